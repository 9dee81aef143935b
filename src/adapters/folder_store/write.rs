//! An object that is being written into a folder.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{OWN, metadata};
use crate::ports::{NewObject, ObjectWriter, StoreError};

/// Which object it is, and where it is to stand.
pub(super) struct Place {
    pub(super) bucket: String,
    pub(super) key: String,
    /// The bucket's folder.
    pub(super) root: PathBuf,
    /// The object's file.
    pub(super) path: PathBuf,
}

/// Writes aside and renames in the end.
pub(super) struct FileWriter {
    place: Place,
    object: NewObject,
    file: File,
    aside: PathBuf,
    finished: bool,
}

impl FileWriter {
    pub(super) fn begin(place: Place, object: &NewObject) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let folder = place.root.join(OWN).join("unfinished");
        fs::create_dir_all(&folder)?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let aside = folder.join(format!("{}-{number}", std::process::id()));
        let file = File::create(&aside)?;
        Ok(Self { place, object: object.clone(), file, aside, finished: false })
    }

    fn publish(&mut self) -> io::Result<()> {
        self.file.flush()?;
        // Metadata first: an object that cannot be decrypted is worse than metadata of one that is not there.
        metadata::write(&self.place.root, &self.place.key, &self.object.metadata)?;
        fs::rename(&self.aside, &self.place.path)?;
        self.finished = true;
        Ok(())
    }
}

impl Write for FileWriter {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.file.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl ObjectWriter for FileWriter {
    fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        self.publish().map_err(|source| StoreError::Unwritable {
            bucket: self.place.bucket.clone(),
            key: self.place.key.clone(),
            source,
        })
    }
}

impl Drop for FileWriter {
    fn drop(&mut self) {
        if !self.finished {
            // Nobody is left to hear of it, and nobody lists what stays.
            drop(fs::remove_file(&self.aside));
        }
        for folder in [self.place.root.join(OWN).join("unfinished"), self.place.root.join(OWN)] {
            // It fails as long as the folder holds something.
            drop(fs::remove_dir(folder));
        }
    }
}
