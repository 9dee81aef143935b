//! The cloud that this vesto was built for.

use std::sync::Arc;

use object_store::aws::AwsCredentialProvider;

use crate::ports::{Cloud, CloudError};
use crate::project::settings::Account;

/// How an account uses buckets of S3.
pub(super) struct StoreAccess {
    /// The region, if one is known.
    pub(super) region: Option<String>,
    /// As whom. Without any, `object_store` looks for them in the variables and on the machine.
    pub(super) credentials: Option<AwsCredentialProvider>,
}

/// AWS.
#[cfg(feature = "aws")]
pub fn cloud() -> Arc<dyn Cloud> {
    Arc::new(super::aws::Aws::default())
}

/// None, which says so.
#[cfg(not(feature = "aws"))]
pub fn cloud() -> Arc<dyn Cloud> {
    Arc::new(absent::Absent)
}

/// How an account uses buckets: as all calls of AWS find region and credentials.
#[cfg(feature = "aws")]
pub(super) async fn store_access(account: &Account) -> Result<StoreAccess, CloudError> {
    Ok(super::aws::store_access(account).await)
}

/// How an account uses buckets, where it names neither profile nor role.
#[cfg(not(feature = "aws"))]
pub(super) async fn store_access(account: &Account) -> Result<StoreAccess, CloudError> {
    match account {
        Account { region, profile: None, role: None } => Ok(StoreAccess { region: region.clone(), credentials: None }),
        _ => absent::refused(),
    }
}

#[cfg(not(feature = "aws"))]
mod absent {
    use async_trait::async_trait;

    use crate::ports::{
        Cloud, CloudError, CloudErrorKind, ClusterFacts, DataApiRequest, DbError, LoginRequest, NewCluster, NewRole,
        NewRule, RoleFacts, RolePolicies, Roles, RuleFacts, SecurityGroups, Session, TemporaryLogin, WhichRules,
        WorkgroupFacts,
    };
    use crate::project::settings::Account;
    use crate::text::Secret;

    /// No cloud: every question is refused.
    pub(super) struct Absent;

    pub(super) fn refused<T>() -> Result<T, CloudError> {
        let error = CloudError::new(CloudErrorKind::Refused, "this vesto was built without AWS");
        Err(CloudError { hint: Some("build it with the feature `aws`, which is on by default".to_owned()), ..error })
    }

    #[async_trait]
    impl Roles for Absent {
        async fn partition(&self, _: &Account) -> Result<String, CloudError> {
            refused()
        }

        async fn role(&self, _: &Account, _: &str) -> Result<RoleFacts, CloudError> {
            refused()
        }

        async fn create_role(&self, _: &Account, _: &NewRole) -> Result<String, CloudError> {
            refused()
        }

        async fn set_trust(&self, _: &Account, _: &str, _: &str) -> Result<(), CloudError> {
            refused()
        }

        async fn role_policy(&self, _: &Account, _: &str, _: &str) -> Result<String, CloudError> {
            refused()
        }

        async fn set_role_policy(&self, _: &Account, _: &str, _: &str, _: &str) -> Result<(), CloudError> {
            refused()
        }

        async fn role_policies(&self, _: &Account, _: &str) -> Result<RolePolicies, CloudError> {
            refused()
        }

        async fn delete_role_policy(&self, _: &Account, _: &str, _: &str) -> Result<(), CloudError> {
            refused()
        }

        async fn delete_role(&self, _: &Account, _: &str) -> Result<(), CloudError> {
            refused()
        }

        async fn attach_role(&self, _: &Account, _: &str, _: &str) -> Result<(), CloudError> {
            refused()
        }
    }

    #[async_trait]
    impl SecurityGroups for Absent {
        async fn create_rule(&self, _: &Account, _: &NewRule) -> Result<String, CloudError> {
            refused()
        }

        async fn rules(&self, _: &Account, _: &WhichRules) -> Result<Vec<RuleFacts>, CloudError> {
            refused()
        }

        async fn delete_rule(&self, _: &Account, _: &str, _: &str) -> Result<(), CloudError> {
            refused()
        }

        async fn own_address(&self, _: &Account, _: &str) -> Result<String, CloudError> {
            refused()
        }
    }

    #[async_trait]
    impl Cloud for Absent {
        async fn cluster(&self, _: &Account, _: &str) -> Result<ClusterFacts, CloudError> {
            refused()
        }

        async fn resume_cluster(&self, _: &Account, _: &str) -> Result<(), CloudError> {
            refused()
        }

        async fn pause_cluster(&self, _: &Account, _: &str) -> Result<(), CloudError> {
            refused()
        }

        async fn create_cluster(&self, _: &Account, _: &NewCluster) -> Result<(), CloudError> {
            refused()
        }

        async fn delete_cluster(&self, _: &Account, _: &str, _: Option<&str>) -> Result<(), CloudError> {
            refused()
        }

        async fn tagged_clusters(&self, _: &Account, _: &str) -> Result<Vec<ClusterFacts>, CloudError> {
            refused()
        }

        async fn workgroup(&self, _: &Account, _: &str) -> Result<WorkgroupFacts, CloudError> {
            refused()
        }

        async fn log_in(&self, _: &Account, _: &LoginRequest) -> Result<TemporaryLogin, CloudError> {
            refused()
        }

        async fn open_session(&self, _: &Account, _: &DataApiRequest) -> Result<Box<dyn Session>, DbError> {
            Ok(refused()?)
        }

        async fn secret(&self, _: &Account, _: &str) -> Result<Secret<String>, CloudError> {
            refused()
        }

        async fn parameter(&self, _: &Account, _: &str) -> Result<Secret<String>, CloudError> {
            refused()
        }

        async fn decrypt(&self, _: &Account, _: &[u8]) -> Result<Secret<Vec<u8>>, CloudError> {
            refused()
        }

        async fn encrypt(&self, _: &Account, _: &str, _: &[u8]) -> Result<Vec<u8>, CloudError> {
            refused()
        }

        async fn create_key(&self, _: &Account, _: &str) -> Result<String, CloudError> {
            refused()
        }
    }
}
