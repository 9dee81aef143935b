//! Objects by key, such as those of an S3 bucket or the files of a folder that stands for one.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

/// Reads and writes objects of buckets.
pub trait Store: Send + Sync {
    /// Keys of a bucket that begin with `prefix`, in ascending byte order, as S3 lists them.
    ///
    /// # Errors
    ///
    /// Fails if the bucket is not known or cannot be listed.
    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, StoreError>;

    /// What is known of one object without reading it; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Fails if the bucket is not known or does not tell.
    fn head(&self, bucket: &str, key: &str) -> Result<Option<ObjectHead>, StoreError>;

    /// Opens one object for reading.
    ///
    /// # Errors
    ///
    /// Fails if the bucket is not known or the object cannot be read; [`io::ErrorKind::NotFound`] if there is none.
    fn open(&self, bucket: &str, key: &str) -> Result<Box<dyn Read + Send>, StoreError> {
        self.open_at(bucket, key, 0)
    }

    /// Opens one object for reading from its byte `start` on, which must not be past its end.
    ///
    /// # Errors
    ///
    /// As [`Store::open`].
    fn open_at(&self, bucket: &str, key: &str, start: u64) -> Result<Box<dyn Read + Send>, StoreError>;

    /// Begins to write one object, which takes the place of an earlier one when it is finished.
    ///
    /// # Errors
    ///
    /// Fails if the bucket is not known, cannot be written or does not do what `object` asks.
    fn create(&self, bucket: &str, key: &str, object: &NewObject) -> Result<Box<dyn ObjectWriter>, StoreError>;

    /// Removes objects. One that is not there is no error.
    ///
    /// # Errors
    ///
    /// Fails at the first object that cannot be removed; those before it may be gone.
    fn delete(&self, bucket: &str, keys: &[String]) -> Result<(), StoreError>;
}

/// What is known of an object without reading it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectHead {
    /// Its length in bytes.
    pub size: u64,
    /// What its writer said of it: S3's user metadata, names in lower case without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
}

/// How an object is to be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewObject {
    /// What to say of it: names in lower case without `x-amz-meta-`, values of ASCII.
    pub metadata: BTreeMap<String, String>,
    /// The AWS KMS key with which the store encrypts it.
    pub kms_key: Option<String>,
}

/// An object that is being written. Nobody sees it before it is finished; dropped unfinished it never was.
pub trait ObjectWriter: Write + Send {
    /// Ends the object and makes it visible.
    ///
    /// # Errors
    ///
    /// Fails if the store did not take all of it; then nothing was made visible.
    fn finish(self: Box<Self>) -> Result<(), StoreError>;
}

/// What a store could not do.
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
        source: io::Error,
    },
    /// The object could not be written or removed.
    #[error("cannot write `s3://{bucket}/{key}`")]
    Unwritable {
        /// Name of the bucket.
        bucket: String,
        /// Key.
        key: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The store has no such thing.
    #[error("the store of bucket `{bucket}` has no {what}")]
    Unsupported {
        /// Name of the bucket.
        bucket: String,
        /// What was asked for.
        what: &'static str,
    },
}

impl StoreError {
    /// The cure.
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownBucket { bucket, known } if known.is_empty() => {
                format!("add a section `[store NAME]` with `bucket = {bucket}` and `folder` or `endpoint` to vesto.ini")
            }
            Self::UnknownBucket { known, .. } => format!("the project has a store for: {}", known.join(", ")),
            Self::Unreadable { .. } | Self::Unwritable { .. } => {
                "check the `[store]` of the bucket in vesto.ini".into()
            }
            Self::Unsupported { .. } => "leave the option out, or use a bucket of S3".to_owned(),
        }
    }
}
