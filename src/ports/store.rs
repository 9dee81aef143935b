//! Objects by key, such as those of an S3 bucket or the files of a folder that stands for one.

use std::io::Read;

/// Reads objects of buckets.
pub trait Store: Send + Sync {
    /// Keys of a bucket that begin with `prefix`, in ascending byte order, as S3 lists them.
    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, StoreError>;

    /// Opens one object for reading.
    fn open(&self, bucket: &str, key: &str) -> Result<Box<dyn Read + Send>, StoreError>;
}

/// Why an object could not be listed or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The project says nothing about this bucket.
    #[error("no store for bucket `{bucket}`")]
    UnknownBucket {
        /// Name of the bucket.
        bucket: String,
        /// Buckets that the project knows.
        known: Vec<String>,
    },
    /// The bucket or object could not be read.
    #[error("cannot read `s3://{bucket}/{key}`")]
    Unreadable {
        /// Name of the bucket.
        bucket: String,
        /// Key or prefix.
        key: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}
