//! AWS as targets need it: where a cluster is and whether it runs, and passwords that last a while.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{DbError, DbErrorKind, Roles, SecurityGroups, Session};
use crate::project::settings::Account;
use crate::text::Secret;

/// What AWS tells of a provisioned cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterFacts {
    /// Its identifier.
    pub identifier: String,
    /// AWS's word for what it does, such as `available`, `creating` or `paused`.
    pub status: String,
    /// Where it listens; not known while it is being made.
    pub host: Option<String>,
    /// Its port.
    pub port: Option<u16>,
    /// The database that it was made with.
    pub database: Option<String>,
    /// The user that it was made with.
    pub master_user: Option<String>,
    /// ARNs of the roles that it may use.
    pub roles: Vec<String>,
    /// Ids of the security groups that say who may reach it.
    pub security_groups: Vec<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A cluster to be made.
#[derive(Clone, Debug)]
pub struct NewCluster {
    /// Its identifier.
    pub identifier: String,
    /// What it begins with.
    pub origin: Origin,
    /// Such as `ra3.xlplus`; that of the snapshot if it is left out.
    pub node_type: Option<String>,
    /// How many nodes; 1 for a cluster of a single node, and that of the snapshot if it is left out.
    pub nodes: Option<u16>,
    /// Its port.
    pub port: Option<u16>,
    /// Name or ARN of the role that COPY and UNLOAD use.
    pub role: Option<String>,
    /// The group of subnets in which it stands.
    pub subnet_group: Option<String>,
    /// Ids of security groups.
    pub security_groups: Vec<String>,
    /// Whether it has an address outside of its network.
    pub public: bool,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What a new cluster begins with.
#[derive(Clone, Debug)]
pub enum Origin {
    /// One empty database.
    Empty {
        /// The database.
        database: String,
        /// The user that may do everything.
        user: String,
        /// That user's password.
        password: Secret<String>,
    },
    /// What was saved.
    Snapshot(String),
}

/// What AWS tells of a workgroup of Redshift Serverless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkgroupFacts {
    /// AWS's word for what it does, such as `AVAILABLE`.
    pub status: String,
    /// Where it listens; not known while it is being made.
    pub host: Option<String>,
    /// Its port.
    pub port: Option<u16>,
}

/// Who wants to log in where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginRequest {
    /// As a user of a cluster. <https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html>
    User {
        /// The cluster's identifier.
        cluster: String,
        /// The user.
        user: String,
        /// The database.
        database: String,
        /// Groups that the session is in.
        groups: Vec<String>,
        /// Whether a user that is missing is made.
        create: bool,
    },
    /// As the user that stands for who calls AWS.
    /// <https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentialsWithIAM.html>
    Identity {
        /// The cluster's identifier.
        cluster: String,
        /// The database.
        database: String,
    },
    /// As the user that stands for who calls AWS, on a workgroup.
    /// <https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_GetCredentials.html>
    Workgroup {
        /// The workgroup's name.
        workgroup: String,
        /// The database.
        database: String,
    },
}

/// A user with a password that expires. It is asked for only when a session begins.
#[derive(Clone, Debug)]
pub struct TemporaryLogin {
    /// The user's name as the server wants it, such as `IAM:joe`.
    pub user: String,
    /// The password.
    pub password: Secret<String>,
}

/// A session over the Data API: where, and as whom.
/// <https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ExecuteStatement.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataApiRequest {
    /// Where.
    pub warehouse: Warehouse,
    /// The database.
    pub database: String,
    /// As whom.
    pub login: DataApiLogin,
}

/// A Redshift by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warehouse {
    /// A provisioned cluster by its identifier.
    Cluster(String),
    /// A workgroup of Redshift Serverless.
    Workgroup(String),
}

/// As whom the Data API logs in. It never takes a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataApiLogin {
    /// As a user of a cluster, by a temporary password that the API gets itself.
    User(String),
    /// As the user that a secret of Secrets Manager holds, by its name or ARN.
    Secret(String),
    /// As the user that stands for who calls AWS.
    Caller,
}

/// Why AWS did not do something.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct CloudError {
    /// Which sort of failure.
    pub kind: CloudErrorKind,
    /// The action and AWS's own words.
    pub message: String,
    /// The cure, if one is known.
    pub hint: Option<String>,
}

/// Sorts of [`CloudError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloudErrorKind {
    /// What is named does not exist.
    NotFound,
    /// It exists already.
    Exists,
    /// What is named is in a state in which this cannot be done.
    WrongState,
    /// There are no credentials, or they do not allow it.
    Denied,
    /// AWS could not be reached, or was too busy to answer.
    Unreachable,
    /// AWS refused for another reason.
    Refused,
}

/// Calls of AWS about Redshift. Each is tried again where AWS asks to, and fails with AWS's own words.
#[async_trait]
pub trait Cloud: Roles + SecurityGroups + Send + Sync {
    /// What is known of a cluster.
    async fn cluster(&self, account: &Account, identifier: &str) -> Result<ClusterFacts, CloudError>;

    /// Wakes a paused cluster; its state tells when it is done.
    async fn resume_cluster(&self, account: &Account, identifier: &str) -> Result<(), CloudError>;

    /// Puts a cluster to sleep; its state tells when it is done.
    async fn pause_cluster(&self, account: &Account, identifier: &str) -> Result<(), CloudError>;

    /// Begins to make a cluster; its state tells when it is there.
    async fn create_cluster(&self, account: &Account, cluster: &NewCluster) -> Result<(), CloudError>;

    /// Begins to delete a cluster, after a last snapshot with this name if there is one.
    async fn delete_cluster(
        &self,
        account: &Account,
        identifier: &str,
        final_snapshot: Option<&str>,
    ) -> Result<(), CloudError>;

    /// All clusters that have this tag.
    async fn tagged_clusters(&self, account: &Account, tag: &str) -> Result<Vec<ClusterFacts>, CloudError>;

    /// What is known of a workgroup.
    async fn workgroup(&self, account: &Account, name: &str) -> Result<WorkgroupFacts, CloudError>;

    /// A new password.
    async fn log_in(&self, account: &Account, request: &LoginRequest) -> Result<TemporaryLogin, CloudError>;

    /// Opens a session over the Data API.
    async fn open_session(&self, account: &Account, request: &DataApiRequest) -> Result<Box<dyn Session>, DbError>;

    /// The text of a secret of Secrets Manager, by its name or ARN.
    async fn secret(&self, account: &Account, name: &str) -> Result<Secret<String>, CloudError>;

    /// The value of a parameter of Systems Manager, by its name or ARN, decrypted if it is kept encrypted.
    async fn parameter(&self, account: &Account, name: &str) -> Result<Secret<String>, CloudError>;

    /// What KMS finds in a ciphertext.
    async fn decrypt(&self, account: &Account, ciphertext: &[u8]) -> Result<Secret<Vec<u8>>, CloudError>;

    /// A ciphertext of at most 4 KB that names its key.
    async fn encrypt(&self, account: &Account, key: &str, plaintext: &[u8]) -> Result<Vec<u8>, CloudError>;

    /// Makes a key for it with this alias; returns its ARN.
    async fn create_key(&self, account: &Account, alias: &str) -> Result<String, CloudError>;
}

impl CloudError {
    /// An error without a cure.
    pub fn new(kind: CloudErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }
}

impl From<CloudError> for DbError {
    fn from(error: CloudError) -> Self {
        let kind = match error.kind {
            CloudErrorKind::Unreachable => DbErrorKind::Unreachable,
            _ => DbErrorKind::Login,
        };
        Self { hint: error.hint, ..Self::new(kind, error.message) }
    }
}
