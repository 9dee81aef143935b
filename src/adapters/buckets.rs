//! All buckets of a project, each where its settings put it.

use std::io::Read;

use super::folder_store::FolderStore;
use super::s3_store::S3Store;
use crate::ports::{NewObject, ObjectHead, ObjectWriter, Store, StoreError};

/// Buckets that are folders, and buckets of S3.
#[derive(Default)]
pub struct Buckets {
    folders: FolderStore,
    s3: S3Store,
}

impl Buckets {
    /// A bucket that both have is a folder.
    pub fn new(folders: FolderStore, s3: S3Store) -> Self {
        Self { folders, s3 }
    }

    fn store(&self, bucket: &str) -> Result<&dyn Store, StoreError> {
        let is = |known: &str| known == bucket;
        if self.folders.buckets().any(is) {
            return Ok(&self.folders);
        }
        if self.s3.buckets().any(is) {
            return Ok(&self.s3);
        }
        let mut known: Vec<String> = self.folders.buckets().chain(self.s3.buckets()).map(str::to_owned).collect();
        known.sort_unstable();
        Err(StoreError::UnknownBucket { bucket: bucket.to_owned(), known })
    }
}

impl Store for Buckets {
    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.store(bucket)?.list(bucket, prefix)
    }

    fn head(&self, bucket: &str, key: &str) -> Result<Option<ObjectHead>, StoreError> {
        self.store(bucket)?.head(bucket, key)
    }

    fn open_at(&self, bucket: &str, key: &str, start: u64) -> Result<Box<dyn Read + Send>, StoreError> {
        self.store(bucket)?.open_at(bucket, key, start)
    }

    fn create(&self, bucket: &str, key: &str, object: &NewObject) -> Result<Box<dyn ObjectWriter>, StoreError> {
        self.store(bucket)?.create(bucket, key, object)
    }

    fn delete(&self, bucket: &str, keys: &[String]) -> Result<(), StoreError> {
        self.store(bucket)?.delete(bucket, keys)
    }
}
