//! An object that is being written: in one request if it is small, else in parts.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;

use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{Attributes, MultipartUpload, ObjectStore, PutMultipartOptions, PutOptions, PutPayload};
use tokio::task::JoinHandle;

use super::background::{Background, wait_here};
use super::io_error;
use crate::ports::{ObjectWriter, StoreError};

/// Bytes of a part. S3 takes 10,000 parts of 5 MB or more: enough for the largest file of UNLOAD, of 6.2 GB.
const PART: usize = 8 * 1024 * 1024;

/// Parts that are under way at the same time.
const UNDER_WAY: usize = 2;

/// Which object it is, for messages.
pub(super) struct Place {
    pub(super) bucket: String,
    pub(super) key: String,
}

impl Place {
    pub(super) fn unwritable(&self, source: io::Error) -> StoreError {
        StoreError::Unwritable { bucket: self.bucket.clone(), key: self.key.clone(), source }
    }
}

/// The object so far.
pub(super) struct Upload {
    background: Background,
    client: Arc<AmazonS3>,
    path: Path,
    place: Place,
    attributes: Attributes,
    part: Vec<u8>,
    parts: Option<Box<dyn MultipartUpload>>,
    under_way: VecDeque<JoinHandle<object_store::Result<()>>>,
}

impl Upload {
    pub(super) fn new(
        background: Background,
        client: Arc<AmazonS3>,
        path: Path,
        place: Place,
        attributes: Attributes,
    ) -> Self {
        Self { background, client, path, place, attributes, part: Vec::new(), parts: None, under_way: VecDeque::new() }
    }

    fn send_part(&mut self) -> io::Result<()> {
        let mut parts = match self.parts.take() {
            Some(parts) => parts,
            None => {
                let (client, path) = (self.client.clone(), self.path.clone());
                let options = PutMultipartOptions { attributes: self.attributes.clone(), ..Default::default() };
                let begun = self.background.wait(async move { client.put_multipart_opts(&path, options).await })?;
                begun.map_err(io_error)?
            }
        };
        let payload = PutPayload::from(std::mem::take(&mut self.part));
        let part = parts.put_part(payload);
        self.parts = Some(parts);
        self.under_way.push_back(self.background.handle()?.spawn(part));
        self.wait_for_all_but(UNDER_WAY)
    }

    fn wait_for_all_but(&mut self, count: usize) -> io::Result<()> {
        while self.under_way.len() > count {
            let Some(first) = self.under_way.pop_front() else { break };
            wait_here(first).map_err(io::Error::other)?.map_err(io_error)?;
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        if self.parts.is_none() {
            let (client, path) = (self.client.clone(), self.path.clone());
            let payload = PutPayload::from(std::mem::take(&mut self.part));
            let options = PutOptions { attributes: self.attributes.clone(), ..Default::default() };
            let put = self.background.wait(async move { client.put_opts(&path, payload, options).await })?;
            return put.map(drop).map_err(io_error);
        }
        if !self.part.is_empty() {
            self.send_part()?;
        }
        self.wait_for_all_but(0)?;
        let Some(mut parts) = self.parts.take() else { return Ok(()) };
        let (parts, result) = self.background.wait(async move {
            let result = parts.complete().await;
            (parts, result)
        })?;
        if let Err(error) = result {
            // Whoever drops this aborts what is not complete.
            self.parts = Some(parts);
            return Err(io_error(error));
        }
        Ok(())
    }
}

impl Write for Upload {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let length = buffer.len().min(PART - self.part.len());
        self.part.extend_from_slice(buffer.get(..length).unwrap_or_default());
        if self.part.len() == PART {
            self.send_part()?;
        }
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ObjectWriter for Upload {
    fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        self.end().map_err(|source| self.place.unwritable(source))
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Some(mut parts) = self.parts.take() else { return };
        for part in self.under_way.drain(..) {
            part.abort();
        }
        // Parts that stay cost money until the bucket's own rule removes them.
        if let Ok(Err(error)) = self.background.wait(async move { parts.abort().await }) {
            tracing::warn!(%error, key = self.place.key, "parts of an object that was not finished stay");
        }
    }
}
