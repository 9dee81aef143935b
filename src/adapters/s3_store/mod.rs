//! Buckets of S3, and of whatever else speaks its protocol, by the crate `object_store`.
//!
//! [`Store`] waits for its answers, as files do, so requests run on a thread of their own.

mod background;
mod read;
mod write;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path;
use object_store::{Attribute, Attributes, ClientOptions, GetOptions, ObjectStore, RetryConfig};

use crate::adapters::cloud::store_access;
use crate::adapters::crypto::install_provider;
use crate::ports::{CloudError, NewObject, ObjectHead, ObjectWriter, Store, StoreError};
use crate::project::settings::Account;
use crate::text::Secret;

use background::Background;

/// How long a request that fails by the service's fault is tried again.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it is tried again.
const RETRIES: usize = 5;

/// Where a bucket is and who may use it.
#[derive(Clone, Debug, Default)]
pub struct S3Place {
    /// URL of the service, without the bucket.
    pub endpoint: String,
    /// Region and credentials of the service, unless there is an access key; `us-east-1` if no region is found.
    pub account: Account,
    /// Access key.
    pub access_key_id: Option<String>,
    /// Secret of the access key.
    pub secret_access_key: Option<Secret<String>>,
    /// Token of temporary credentials.
    pub session_token: Option<Secret<String>>,
    /// Variables of the environment that begin with `AWS_`, unless there is an access key.
    pub environment: BTreeMap<String, String>,
}

/// A bucket and the key of AWS KMS, which a client has for all its objects.
type ClientName = (String, Option<String>);

/// Serves buckets from S3.
#[derive(Default)]
pub struct S3Store {
    /// A place that is not known, because a reference in the settings has no value, is the reason why.
    places: BTreeMap<String, Result<S3Place, String>>,
    clients: Mutex<HashMap<ClientName, Arc<AmazonS3>>>,
    background: Background,
}

impl S3Store {
    /// Takes the place of each bucket, or why it is not known.
    pub fn new(places: impl IntoIterator<Item = (String, Result<S3Place, String>)>) -> Self {
        Self { places: places.into_iter().collect(), ..Self::default() }
    }

    /// Names of the buckets.
    pub fn buckets(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    fn client(&self, bucket: &str, kms_key: Option<&str>) -> Result<Arc<AmazonS3>, StoreError> {
        let place = self.places.get(bucket).ok_or_else(|| StoreError::UnknownBucket {
            bucket: bucket.to_owned(),
            known: self.buckets().map(str::to_owned).collect(),
        })?;
        let unusable = |source| StoreError::Unreadable { bucket: bucket.to_owned(), key: String::new(), source };
        let place = place.as_ref().map_err(|reason| unusable(io::Error::other(reason.clone())))?;
        let name = (bucket.to_owned(), kms_key.map(str::to_owned));
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&name) {
            return Ok(client.clone());
        }
        let (bucket, place, kms_key) = (bucket.to_owned(), place.clone(), name.1.clone());
        let connected = self.background.wait(async move { connect(&bucket, &place, kms_key.as_deref()).await });
        let client = Arc::new(connected.flatten().map_err(unusable)?);
        clients.insert(name, client.clone());
        Ok(client)
    }
}

async fn connect(bucket: &str, place: &S3Place, kms_key: Option<&str>) -> io::Result<AmazonS3> {
    install_provider();
    let retry = RetryConfig { max_retries: RETRIES, retry_timeout: PATIENCE, ..RetryConfig::default() };
    let http = place.endpoint.starts_with("http://");
    let mut builder = identified(AmazonS3Builder::new(), place)
        .await?
        .with_bucket_name(bucket)
        .with_endpoint(&place.endpoint)
        .with_allow_http(http)
        .with_client_options(ClientOptions::new().with_allow_http(http))
        .with_virtual_hosted_style_request(false)
        .with_retry(retry);
    if let Some(key) = kms_key {
        builder = builder.with_sse_kms_encryption(key);
    }
    builder.build().map_err(io_error)
}

/// Says in which region requests are signed, and as whom.
async fn identified(mut builder: AmazonS3Builder, place: &S3Place) -> io::Result<AmazonS3Builder> {
    if let (Some(id), Some(secret)) = (&place.access_key_id, &place.secret_access_key) {
        builder = builder.with_access_key_id(id).with_secret_access_key(secret.expose());
        if let Some(token) = &place.session_token {
            builder = builder.with_token(token.expose());
        }
        return Ok(match &place.account.region {
            Some(region) => builder.with_region(region),
            None => builder,
        });
    }
    for (name, value) in &place.environment {
        if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    let access = store_access(&place.account).await.map_err(denied)?;
    if let Some(region) = access.region {
        builder = builder.with_region(region);
    }
    Ok(match access.credentials {
        Some(credentials) => builder.with_credentials(credentials),
        None => builder,
    })
}

fn denied(error: CloudError) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, error)
}

impl Store for S3Store {
    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, StoreError> {
        let client = self.client(bucket, None)?;
        let wanted = prefix.to_owned();
        let listed = self.background.wait(async move {
            let mut keys = Vec::new();
            let mut page_token = None;
            loop {
                let options = PaginatedListOptions { page_token, ..PaginatedListOptions::default() };
                let page = client.list_paginated(Some(wanted.as_str()).filter(|it| !it.is_empty()), options).await?;
                keys.extend(page.result.objects.into_iter().map(|object| object.location.to_string()));
                page_token = page.page_token;
                if page_token.is_none() {
                    return Ok(keys);
                }
            }
        });
        let unreadable = |source| StoreError::Unreadable { bucket: bucket.to_owned(), key: prefix.to_owned(), source };
        let mut keys = listed.and_then(|keys| keys.map_err(io_error)).map_err(unreadable)?;
        keys.sort_unstable();
        Ok(keys)
    }

    fn head(&self, bucket: &str, key: &str) -> Result<Option<ObjectHead>, StoreError> {
        let client = self.client(bucket, None)?;
        let unreadable = |source| StoreError::Unreadable { bucket: bucket.to_owned(), key: key.to_owned(), source };
        let path = path(key).map_err(unreadable)?;
        let asked = self.background.wait(async move {
            let options = GetOptions { head: true, ..GetOptions::default() };
            client.get_opts(&path, options).await
        });
        match asked.map_err(unreadable)? {
            Ok(found) => Ok(Some(ObjectHead { size: found.meta.size, metadata: metadata(&found.attributes) })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(unreadable(io_error(error))),
        }
    }

    fn open_at(&self, bucket: &str, key: &str, start: u64) -> Result<Box<dyn Read + Send>, StoreError> {
        let client = self.client(bucket, None)?;
        let unreadable = |source| StoreError::Unreadable { bucket: bucket.to_owned(), key: key.to_owned(), source };
        let opened = path(key).and_then(|path| read::open(&self.background, client, path, start));
        Ok(Box::new(opened.map_err(unreadable)?))
    }

    fn create(&self, bucket: &str, key: &str, object: &NewObject) -> Result<Box<dyn ObjectWriter>, StoreError> {
        let client = self.client(bucket, object.kms_key.as_deref())?;
        let place = write::Place { bucket: bucket.to_owned(), key: key.to_owned() };
        let path = path(key).map_err(|source| place.unwritable(source))?;
        Ok(Box::new(write::Upload::new(self.background.clone(), client, path, place, attributes(object))))
    }

    fn delete(&self, bucket: &str, keys: &[String]) -> Result<(), StoreError> {
        let client = self.client(bucket, None)?;
        let first = keys.first().cloned().unwrap_or_default();
        let unwritable = |source| StoreError::Unwritable { bucket: bucket.to_owned(), key: first.clone(), source };
        let paths: Vec<Path> = keys.iter().map(|key| path(key)).collect::<io::Result<_>>().map_err(unwritable)?;
        let deleted = self.background.wait(async move {
            let paths = futures_util::stream::iter(paths.into_iter().map(Ok)).boxed();
            let absent = |error: &object_store::Error| matches!(error, object_store::Error::NotFound { .. });
            let deleted = client.delete_stream(paths).filter(|one| {
                let counts = !one.as_ref().is_err_and(absent);
                async move { counts }
            });
            deleted.try_for_each(|_| async { Ok(()) }).await
        });
        deleted.and_then(|deleted| deleted.map_err(io_error)).map_err(unwritable)
    }
}

/// The key as `object_store` names it; it has no name for keys with empty parts.
fn path(key: &str) -> io::Result<Path> {
    match Path::parse(key) {
        Ok(path) if path.as_ref() == key && !key.is_empty() => Ok(path),
        _ => {
            let message = "a key must not be empty, begin or end with `/`, or have empty parts, `.` or `..`";
            Err(io::Error::new(io::ErrorKind::InvalidInput, message))
        }
    }
}

fn metadata(attributes: &Attributes) -> BTreeMap<String, String> {
    let named = attributes.iter().filter_map(|(attribute, value)| match attribute {
        Attribute::Metadata(name) => Some((name.to_ascii_lowercase(), value.to_string())),
        _ => None,
    });
    named.collect()
}

fn attributes(object: &NewObject) -> Attributes {
    let named = object.metadata.iter();
    named.map(|(name, value)| (Attribute::Metadata(name.clone().into()), value.clone())).collect()
}

/// The error with the kind by which callers tell a missing object.
fn io_error(error: object_store::Error) -> io::Error {
    let kind = match &error {
        object_store::Error::NotFound { .. } => io::ErrorKind::NotFound,
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
            io::ErrorKind::PermissionDenied
        }
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
