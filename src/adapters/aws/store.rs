//! Credentials for buckets of S3, from where those of all other calls come.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use tokio::sync::Mutex;

use super::refusal::no_credentials;
use super::{found, region};
use crate::adapters::cloud::StoreAccess;
use crate::project::settings::Account;

/// How long before their end credentials are asked for anew: a request must arrive with those that it was signed with.
const EARLY: Duration = Duration::from_secs(60);

/// How an account uses S3.
pub(in crate::adapters) async fn access(account: &Account) -> StoreAccess {
    let configuration = found(account).await;
    let provider = configuration.credentials_provider();
    let bridge = provider.map(|provider| Arc::new(Bridge { provider, kept: Mutex::default() }) as _);
    StoreAccess { region: region(&configuration).map(str::to_owned), credentials: bridge }
}

/// Keeps what a provider gives while it lasts: `object_store` asks for each request, and most providers do not keep theirs.
struct Bridge {
    provider: SharedCredentialsProvider,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    credential: Arc<AwsCredential>,
    /// Those of a person have no end.
    until: Option<SystemTime>,
}

impl Kept {
    fn lasts(&self, time: SystemTime) -> bool {
        self.until.is_none_or(|until| time < until)
    }
}

impl fmt::Debug for Bridge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Bridge").finish_non_exhaustive()
    }
}

#[async_trait]
impl CredentialProvider for Bridge {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut kept = self.kept.lock().await;
        let now = SystemTime::now();
        if let Some(kept) = kept.as_ref().filter(|kept| kept.lasts(now + EARLY)) {
            return Ok(kept.credential.clone());
        }
        match (self.provider.provide_credentials().await, kept.as_ref()) {
            (Ok(found), _) => {
                let credential = Arc::new(AwsCredential {
                    key_id: found.access_key_id().to_owned(),
                    secret_key: found.secret_access_key().to_owned(),
                    token: found.session_token().map(str::to_owned),
                });
                *kept = Some(Kept { credential: credential.clone(), until: found.expiry() });
                Ok(credential)
            }
            // The next request asks again.
            (Err(_), Some(kept)) if kept.lasts(now) => Ok(kept.credential.clone()),
            (Err(error), _) => {
                Err(object_store::Error::Generic { store: "S3", source: Box::new(no_credentials(&error)) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use aws_credential_types::Credentials;
    use aws_credential_types::provider::error::CredentialsError;
    use aws_credential_types::provider::future;

    use super::*;

    /// Gives other keys each time, which last so long, and none after the second time.
    #[derive(Debug)]
    struct Twice {
        lifetime: Option<Duration>,
        asked: AtomicU32,
    }

    impl ProvideCredentials for Twice {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
            let until = self.lifetime.map(|lifetime| SystemTime::now() + lifetime);
            future::ProvideCredentials::ready(match number {
                1 | 2 => Ok(Credentials::new(format!("KEY{number}"), "secret", None, until, "test")),
                _ => Err(CredentialsError::not_loaded("no more")),
            })
        }
    }

    /// The key ids of four requests, one right after the other.
    async fn keys(lifetime: Option<Duration>) -> Vec<Result<String, String>> {
        let provider = SharedCredentialsProvider::new(Twice { lifetime, asked: AtomicU32::new(0) });
        let bridge = Bridge { provider, kept: Mutex::default() };
        let mut keys = Vec::new();
        for _ in 0..4 {
            let credential = bridge.get_credential().await;
            keys.push(credential.map(|credential| credential.key_id.clone()).map_err(|error| error.to_string()));
        }
        keys
    }

    #[tokio::test]
    async fn credentials_are_kept_while_they_last() {
        let key = |name: &str| Ok(name.to_owned());
        assert_eq!(keys(None).await, ["KEY1"; 4].map(key));
        assert_eq!(keys(Some(EARLY * 2)).await, ["KEY1"; 4].map(key));
        // About to end: asked for anew, and used to their end where there are no others.
        assert_eq!(keys(Some(EARLY / 2)).await, ["KEY1", "KEY2", "KEY2", "KEY2"].map(key));
        let ended = keys(Some(Duration::ZERO)).await;
        assert_eq!(ended[..2], ["KEY1", "KEY2"].map(key));
        let told = ended[2].as_ref().expect_err("there are none");
        assert!(told.contains("there are no credentials for AWS: no more"), "{told}");
    }
}
