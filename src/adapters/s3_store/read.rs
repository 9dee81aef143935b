//! An object that is being read.

use std::io::{self, Read};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use futures_util::StreamExt;
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore};
use tokio::sync::mpsc::{Receiver, channel};

use super::background::{Background, wait_here};
use super::io_error;

/// Pieces that are read ahead.
const AHEAD: usize = 8;

/// What the other thread has received and nobody has read.
pub(super) struct Download {
    pieces: Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

/// Asks for the object and waits until the service has said that it comes.
pub(super) fn open(background: &Background, client: Arc<AmazonS3>, path: Path, start: u64) -> io::Result<Download> {
    // A range of an empty object is refused.
    let range = (start > 0).then_some(GetRange::Offset(start));
    let options = GetOptions { range, ..GetOptions::default() };
    let found = background.wait(async move { client.get_opts(&path, options).await })?.map_err(io_error)?;
    let (to, pieces) = channel(AHEAD);
    background.handle()?.spawn(async move {
        let mut stream = found.into_stream();
        while let Some(piece) = stream.next().await {
            if to.send(piece.map_err(io_error)).await.is_err() {
                break;
            }
        }
    });
    Ok(Download { pieces, piece: Bytes::new() })
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match wait_here(self.pieces.recv()) {
                Some(piece) => self.piece = piece?,
                None => return Ok(0),
            }
        }
        let length = self.piece.len().min(buffer.len());
        if let Some(to) = buffer.get_mut(..length) {
            self.piece.copy_to_slice(to);
        }
        Ok(length)
    }
}
