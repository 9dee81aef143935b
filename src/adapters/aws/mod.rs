//! AWS by its own client crates. Credentials and regions are found as AWS's tools find them: variables, profiles, SSO, web
//! identity, the roles of containers and machines (<https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>).

mod clusters;
mod data_api;
mod lifecycle;
mod partition;
mod refusal;
mod roles;
mod secrets;
mod security_groups;
mod signed;
mod store;

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_redshift::config::SharedHttpClient;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, tls};
use tokio::sync::Mutex;

use crate::ports::{
    Cloud, CloudError, CloudErrorKind, ClusterFacts, DataApiRequest, DbError, LoginRequest, NewCluster, NewRole,
    NewRule, RoleFacts, RolePolicies, Roles, RuleFacts, SecurityGroups, Session, TemporaryLogin, WhichRules,
    WorkgroupFacts,
};
use crate::project::settings::Account;
use crate::text::Secret;

use partition::Partition;

pub(super) use store::access as store_access;

/// How long a call may take, all its tries together.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a call is tried where AWS is busy or not there.
const TRIES: u32 = 4;

/// Calls of AWS.
#[derive(Default)]
pub(super) struct Aws {
    configurations: Mutex<HashMap<Account, SdkConfig>>,
}

impl Aws {
    /// Where calls of an account go. Credentials are looked for with the first call and then kept while they last.
    async fn configuration(&self, account: &Account) -> Result<SdkConfig, CloudError> {
        let mut known = self.configurations.lock().await;
        if let Some(configuration) = known.get(account) {
            return Ok(configuration.clone());
        }
        let configuration = load(account).await?;
        known.insert(account.clone(), configuration.clone());
        Ok(configuration)
    }
}

/// As [`found`]; calls of Redshift have no place to go to without a region.
async fn load(account: &Account) -> Result<SdkConfig, CloudError> {
    let configuration = found(account).await;
    if region(&configuration).is_some() {
        return Ok(configuration);
    }
    let error = CloudError::new(CloudErrorKind::Denied, "no region of AWS is known");
    let hint = "set `region` of the target, or AWS_REGION, or a region in the profile".to_owned();
    Err(CloudError { hint: Some(hint), ..error })
}

fn region(configuration: &SdkConfig) -> Option<&str> {
    configuration.region().map(Region::as_ref).filter(|region| !region.is_empty())
}

/// Region and credentials of an account, as AWS's tools find them. The credentials are looked for when they are used.
async fn found(account: &Account) -> SdkConfig {
    // Sessions are opened from several threads, each with a runtime of its own, and a connection of one is of no use to
    // another.
    let http = http(0);
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
        .timeout_config(TimeoutConfig::builder().operation_timeout(PATIENCE).build());
    if let Ok(name) = AppName::new(concat!("vesto-", env!("CARGO_PKG_VERSION"))) {
        loader = loader.app_name(name);
    }
    if let Some(region) = &account.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &account.profile {
        loader = loader.profile_name(profile);
    }
    let mut configuration = loader.load().await;
    if let Some(profile) = &account.profile {
        // The chain would take the keys of the variables before those of a profile that somebody has named.
        let known =
            ProviderConfig::without_region().with_http_client(http).with_region(configuration.region().cloned());
        let named = ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&known).build();
        configuration =
            configuration.into_builder().credentials_provider(SharedCredentialsProvider::new(named)).build();
    }
    let Some(role) = &account.role else { return configuration };
    let assumed = AssumeRoleProvider::builder(role).session_name("vesto").configure(&configuration).build().await;
    configuration.into_builder().credentials_provider(SharedCredentialsProvider::new(assumed)).build()
}

/// A client for HTTP that keeps so many idle connections to a host.
fn http(idle: usize) -> SharedHttpClient {
    let builder = Builder::new().pool_max_idle_per_host(idle);
    builder.tls_provider(tls::Provider::Rustls(CryptoMode::Ring)).build_https()
}

#[async_trait]
impl Roles for Aws {
    async fn partition(&self, account: &Account) -> Result<String, CloudError> {
        let configuration = self.configuration(account).await?;
        let region = configuration.region().map(Region::as_ref).unwrap_or_default();
        Ok(Partition::of_region(region).id.to_owned())
    }

    async fn role(&self, account: &Account, name: &str) -> Result<RoleFacts, CloudError> {
        roles::read(&self.configuration(account).await?, name).await
    }

    async fn create_role(&self, account: &Account, role: &NewRole) -> Result<String, CloudError> {
        roles::create(&self.configuration(account).await?, role).await
    }

    async fn set_trust(&self, account: &Account, role: &str, document: &str) -> Result<(), CloudError> {
        roles::set_trust(&self.configuration(account).await?, role, document).await
    }

    async fn role_policy(&self, account: &Account, role: &str, policy: &str) -> Result<String, CloudError> {
        roles::policy(&self.configuration(account).await?, role, policy).await
    }

    async fn set_role_policy(
        &self,
        account: &Account,
        role: &str,
        policy: &str,
        document: &str,
    ) -> Result<(), CloudError> {
        roles::set_policy(&self.configuration(account).await?, role, policy, document).await
    }

    async fn role_policies(&self, account: &Account, role: &str) -> Result<RolePolicies, CloudError> {
        roles::policies(&self.configuration(account).await?, role).await
    }

    async fn delete_role_policy(&self, account: &Account, role: &str, policy: &str) -> Result<(), CloudError> {
        roles::delete_policy(&self.configuration(account).await?, role, policy).await
    }

    async fn delete_role(&self, account: &Account, role: &str) -> Result<(), CloudError> {
        roles::delete(&self.configuration(account).await?, role).await
    }

    async fn attach_role(&self, account: &Account, cluster: &str, role_arn: &str) -> Result<(), CloudError> {
        roles::attach(&self.configuration(account).await?, cluster, role_arn).await
    }
}

#[async_trait]
impl SecurityGroups for Aws {
    async fn create_rule(&self, account: &Account, rule: &NewRule) -> Result<String, CloudError> {
        security_groups::create(&self.configuration(account).await?, rule).await
    }

    async fn rules(&self, account: &Account, which: &WhichRules) -> Result<Vec<RuleFacts>, CloudError> {
        security_groups::list(&self.configuration(account).await?, which).await
    }

    async fn delete_rule(&self, account: &Account, group: &str, id: &str) -> Result<(), CloudError> {
        security_groups::delete(&self.configuration(account).await?, group, id).await
    }

    async fn own_address(&self, account: &Account, service: &str) -> Result<String, CloudError> {
        signed::plain(&self.configuration(account).await?, service).await
    }
}

#[async_trait]
impl Cloud for Aws {
    async fn cluster(&self, account: &Account, identifier: &str) -> Result<ClusterFacts, CloudError> {
        clusters::describe(&self.configuration(account).await?, identifier).await
    }

    async fn resume_cluster(&self, account: &Account, identifier: &str) -> Result<(), CloudError> {
        lifecycle::resume(&self.configuration(account).await?, identifier).await
    }

    async fn pause_cluster(&self, account: &Account, identifier: &str) -> Result<(), CloudError> {
        lifecycle::pause(&self.configuration(account).await?, identifier).await
    }

    async fn create_cluster(&self, account: &Account, cluster: &NewCluster) -> Result<(), CloudError> {
        lifecycle::create(&self.configuration(account).await?, cluster).await
    }

    async fn delete_cluster(
        &self,
        account: &Account,
        identifier: &str,
        final_snapshot: Option<&str>,
    ) -> Result<(), CloudError> {
        lifecycle::delete(&self.configuration(account).await?, identifier, final_snapshot).await
    }

    async fn tagged_clusters(&self, account: &Account, tag: &str) -> Result<Vec<ClusterFacts>, CloudError> {
        clusters::tagged(&self.configuration(account).await?, tag).await
    }

    async fn workgroup(&self, account: &Account, name: &str) -> Result<WorkgroupFacts, CloudError> {
        clusters::workgroup(&self.configuration(account).await?, name).await
    }

    async fn log_in(&self, account: &Account, request: &LoginRequest) -> Result<TemporaryLogin, CloudError> {
        clusters::log_in(&self.configuration(account).await?, request).await
    }

    async fn open_session(&self, account: &Account, request: &DataApiRequest) -> Result<Box<dyn Session>, DbError> {
        data_api::open(&self.configuration(account).await?, request).await
    }

    async fn secret(&self, account: &Account, name: &str) -> Result<Secret<String>, CloudError> {
        secrets::read(&self.configuration(account).await?, name).await
    }

    async fn parameter(&self, account: &Account, name: &str) -> Result<Secret<String>, CloudError> {
        secrets::parameter(&self.configuration(account).await?, name).await
    }

    async fn decrypt(&self, account: &Account, ciphertext: &[u8]) -> Result<Secret<Vec<u8>>, CloudError> {
        secrets::decrypt(&self.configuration(account).await?, ciphertext).await
    }

    async fn encrypt(&self, account: &Account, key: &str, plaintext: &[u8]) -> Result<Vec<u8>, CloudError> {
        secrets::encrypt(&self.configuration(account).await?, key, plaintext).await
    }

    async fn create_key(&self, account: &Account, alias: &str) -> Result<String, CloudError> {
        secrets::create_key(&self.configuration(account).await?, alias).await
    }
}
