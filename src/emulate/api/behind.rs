//! What stands behind the API: whatever makes, stops and copies the databases of clusters, and lets users in.

use async_trait::async_trait;

use crate::emulate::credentials::Issued;
use crate::ports::{DbError, Session};
use crate::text::Secret;

/// The databases of clusters. A cluster is known by its identifier, in lower case; a snapshot by `cluster/snapshot`.
///
/// The API asks for one thing of a cluster at a time, and never for what does not fit its state.
#[async_trait]
pub trait Clusters: Send + Sync {
    /// Makes a cluster with one empty database, and lets its administrator in.
    async fn make(&self, cluster: &NewCluster) -> Result<(), Failure>;

    /// Makes a cluster whose database is a copy of a snapshot. The administrator is the one of the snapshot.
    async fn restore(&self, cluster: &NewCluster, snapshot: &str) -> Result<(), Failure>;

    /// Keeps a copy of the cluster's database as it is now.
    async fn save(&self, cluster: &str, snapshot: &str) -> Result<(), Failure>;

    /// Deletes a copy that was kept.
    async fn forget(&self, snapshot: &str) -> Result<(), Failure>;

    /// Ends all sessions, and lets nobody in until [`Clusters::start`].
    async fn stop(&self, cluster: &str) -> Result<(), Failure>;

    /// Lets users in again.
    async fn start(&self, cluster: &str) -> Result<(), Failure>;

    /// Deletes the cluster's database and ends all sessions.
    async fn delete(&self, cluster: &str) -> Result<(), Failure>;

    /// Where clients reach the cluster; `None` if it is not known.
    fn location(&self, cluster: &str) -> Option<Location>;

    /// Lets whoever has this password into the cluster, until it expires.
    async fn admit(&self, cluster: &str, issued: Issued) -> Result<(), Failure>;

    /// Opens a session that understands Redshift's SQL.
    ///
    /// # Errors
    ///
    /// Fails as a log-in does: no such database, no such user, too many sessions.
    async fn open(&self, cluster: &str, database: &str, login: &Login) -> Result<Box<dyn Session>, DbError>;
}

/// A cluster to make.
#[derive(Clone, Debug)]
pub struct NewCluster {
    /// Its identifier.
    pub identifier: String,
    /// The port that was asked for; any will do without one.
    pub port: Option<u16>,
    /// The name of its database.
    pub database: String,
    /// The user who may do everything.
    pub admin: String,
    /// That user's password; none where the cluster comes from a snapshot.
    pub password: Option<Secret<String>>,
}

/// Where clients connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// Who a session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseUser {
    /// Name of the user in the database.
    pub name: String,
    /// Groups that it belongs to in that session, besides those it is a member of.
    pub groups: Vec<String>,
    /// Whether to make the user at log-in, where there is none.
    pub create: bool,
}

/// Who logs in without a password, because the API has let them in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// The cluster's administrator.
    Admin,
    /// A user.
    User(DatabaseUser),
}

/// What could not be done to a cluster.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What and why.
    pub message: String,
    /// What lies beneath.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self { message: error.message.clone(), source: Some(Box::new(error)) }
    }
}
