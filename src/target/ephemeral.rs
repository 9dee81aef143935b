//! Clusters of a target of `kind = ephemeral`: one that is made for a run and deleted after it, whatever comes of the run,
//! and one that stays until it is deleted.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::aside::wait_aside;
use super::login::LoginError;
use super::own_cluster::{OwnCluster, PATIENCE};
use super::redshift::{self, Found, START_TIMEOUT, await_cluster};
use super::{Notice, Surroundings, TargetError};
use crate::access::Belonging;
use crate::ports::{Cloud, CloudError, CloudErrorKind, ClusterFacts, DbErrorKind, NewCluster, Origin};
use crate::project::settings::{Account, Cluster, EphemeralCluster};
use crate::text::Secret;

/// How long to try to delete a cluster after a run that was broken off, where somebody waits.
const SHORT_PATIENCE: Duration = Duration::from_secs(60);

/// How long to try to reach a cluster that has just come to be: its name is not known everywhere at once.
const REACHABLE_WITHIN: Duration = Duration::from_secs(3 * 60);

/// How long to wait before it is tried again.
const PAUSE: Duration = Duration::from_secs(2);

/// The longest identifier of a cluster.
/// <https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateCluster.html>
const LONGEST: usize = 63;

/// The user of a new cluster unless the target says otherwise: that of AWS's console.
const USER: &str = "awsuser";

/// A cluster that is deleted with the value.
pub(super) struct MadeCluster {
    cloud: Arc<dyn Cloud>,
    tell: Arc<dyn Fn(Notice<'_>) + Send + Sync>,
    account: Account,
    cluster: OwnCluster,
    is_deleted: bool,
}

/// Makes a cluster, waits for it and finds out how to log in.
pub(super) async fn make(
    settings: &EphemeralCluster,
    connect_timeout: Duration,
    surroundings: &Surroundings,
) -> Result<(MadeCluster, Found), TargetError> {
    let mut cluster = settings.cluster.clone();
    let name = unique(cluster.identifier.as_deref().unwrap_or("vesto"), &surroundings.run);
    let Described { new, own, password } = described(settings, name, surroundings)?;
    let account = cluster.account.clone();
    // Known before it is made: an answer may be lost.
    let made = MadeCluster {
        cloud: surroundings.cloud.clone(),
        tell: surroundings.tell.clone(),
        account: account.clone(),
        cluster: own,
        is_deleted: false,
    };
    surroundings.cloud.create_cluster(&account, &new).await?;
    let limit = cluster.start_timeout.unwrap_or(START_TIMEOUT);
    let facts = await_cluster(&account, &new.identifier, false, limit, surroundings).await?;
    cluster.identifier = Some(new.identifier);
    cluster.login.user = cluster.login.user.or(facts.master_user);
    cluster.login.password = password;
    let found = redshift::find_cluster(&cluster, connect_timeout, surroundings).await?;
    Ok((made, found))
}

/// Opens a cluster that has just come to be: tries again while it cannot be reached.
pub(super) async fn until_reachable<T, F: Future<Output = Result<T, TargetError>>>(
    open: impl Fn() -> F,
    surroundings: &Surroundings,
) -> Result<T, TargetError> {
    let until = Instant::now() + REACHABLE_WITHIN;
    let mut told = false;
    loop {
        match open().await {
            Err(TargetError::Database(error)) if error.kind == DbErrorKind::Unreachable && Instant::now() < until => {
                if !std::mem::replace(&mut told, true) {
                    (surroundings.tell)(Notice::Waiting(&format!("the new cluster does not answer yet: {error}")));
                }
            }
            other => return other,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Makes a cluster that stays, by this name if there is one. It answers before the cluster can be used.
///
/// # Errors
///
/// Settings with which there can be none, and what AWS refuses.
pub async fn create_cluster(
    settings: &EphemeralCluster,
    name: Option<&str>,
    surroundings: &Surroundings,
) -> Result<OwnCluster, TargetError> {
    let wish = settings.cluster.identifier.as_deref().unwrap_or("vesto");
    let name = name.map_or_else(|| unique(wish, &surroundings.run), str::to_owned);
    let Described { new, own, .. } = described(settings, name, surroundings)?;
    surroundings.cloud.create_cluster(&settings.cluster.account, &new).await?;
    Ok(own)
}

/// Waits until a cluster of [`create_cluster`] can be used.
///
/// # Errors
///
/// What AWS refuses, and a state in which it cannot be used.
pub async fn await_created(
    settings: &EphemeralCluster,
    identifier: &str,
    surroundings: &Surroundings,
) -> Result<ClusterFacts, TargetError> {
    let Cluster { account, start_timeout, .. } = &settings.cluster;
    await_cluster(account, identifier, false, start_timeout.unwrap_or(START_TIMEOUT), surroundings).await
}

/// A cluster to be made.
struct Described {
    new: NewCluster,
    own: OwnCluster,
    /// The password of its user, if that is new.
    password: Option<Secret<String>>,
}

fn described(
    settings: &EphemeralCluster,
    identifier: String,
    surroundings: &Surroundings,
) -> Result<Described, TargetError> {
    let final_snapshot = settings.final_snapshot.ok_or_else(|| LoginError {
        message: "the target does not say whether a last snapshot of its clusters is kept".to_owned(),
        hint: Some("write `final_snapshot = yes` or `final_snapshot = no`".to_owned()),
    })?;
    let Cluster { node_type, nodes, iam_role, login, .. } = &settings.cluster;
    let (origin, password) = match &settings.snapshot {
        Some(snapshot) => (Origin::Snapshot(snapshot.clone()), None),
        None => {
            let password = login.password.clone().map_or_else(new_password, Ok)?;
            let origin = Origin::Empty {
                database: login.database.clone().unwrap_or_else(|| "dev".to_owned()),
                user: login.user.clone().unwrap_or_else(|| USER.to_owned()),
                password: password.clone(),
            };
            (origin, Some(password))
        }
    };
    if settings.snapshot.is_none() && node_type.is_none() {
        let message = "the target has no `node_type`".to_owned();
        return Err(LoginError { message, hint: Some("write one, such as `node_type = ra3.large`".to_owned()) }.into());
    }
    let nodes = match (settings.cluster.cluster_type.as_deref(), nodes) {
        (Some("single-node"), _) => None,
        (Some("multi-node"), None) => {
            let message = "the target is of several nodes and does not say of how many".to_owned();
            return Err(LoginError { message, hint: Some("write `nodes`".to_owned()) }.into());
        }
        (_, nodes) => *nodes,
    };
    let belonging = Belonging::new(&surroundings.run, settings.expires_after);
    let own = OwnCluster { identifier: identifier.clone(), belonging, final_snapshot };
    let new = NewCluster {
        identifier,
        origin,
        node_type: node_type.clone(),
        nodes,
        port: login.port,
        role: iam_role.clone(),
        subnet_group: settings.subnet_group.clone(),
        security_groups: settings.security_groups.clone(),
        public: settings.public,
        tags: own.tags(),
    };
    Ok(Described { new, own, password })
}

/// An identifier that no other run has: the name that is wished for, and what is random of the run's id.
fn unique(wish: &str, run: &str) -> String {
    let mark: String = run.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    let wish: String = wish.to_ascii_lowercase().chars().take(LONGEST - mark.len() - 1).collect();
    format!("{}-{mark}", wish.trim_end_matches('-'))
}

/// A password that nobody knows, of the form that AWS wants: letters of both cases and digits.
fn new_password() -> Result<Secret<String>, CloudError> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes)
        .map_err(|error| CloudError::new(CloudErrorKind::Refused, format!("no random numbers: {error}")))?;
    let mut password = "Aa1".to_owned();
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(password, "{byte:02x}");
    }
    Ok(Secret::new(password))
}

impl MadeCluster {
    /// Its identifier.
    pub(super) fn identifier(&self) -> &str {
        &self.cluster.identifier
    }

    /// Deletes the cluster.
    pub(super) fn delete(mut self) -> Result<(), CloudError> {
        self.delete_within(PATIENCE)
    }

    fn delete_within(&mut self, patience: Duration) -> Result<(), CloudError> {
        if std::mem::replace(&mut self.is_deleted, true) {
            return Ok(());
        }
        let (cloud, account, cluster) = (self.cloud.clone(), self.account.clone(), self.cluster.clone());
        let tell = self.tell.clone();
        let deleted = wait_aside(move || async move {
            cluster.delete_within(cloud.as_ref(), &account, patience, tell.as_ref()).await
        });
        deleted.map_err(|error| {
            let message = format!("the cluster {} is left: {}", self.cluster.identifier, error.message);
            let hint = format!("delete it with `vesto cluster delete {}` and the same target", self.cluster.identifier);
            CloudError { message, hint: Some(hint), ..error }
        })
    }
}

impl Drop for MadeCluster {
    fn drop(&mut self) {
        if let Err(error) = self.delete_within(SHORT_PATIENCE) {
            (self.tell)(Notice::Left(&error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_fit_and_differ() {
        assert_eq!(unique("Night", "0123abcd-4567-89ef"), "night-0123abcd4567");
        let long = unique(&"n".repeat(80), "0123abcd-4567-89ef");
        assert_eq!(long.len(), LONGEST);
    }

    #[test]
    fn passwords_are_what_aws_takes() {
        let password = new_password().expect("random numbers");
        let text = password.expose();
        assert!((8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{text}");
        assert_ne!(password, new_password().expect("random numbers"));
    }
}
