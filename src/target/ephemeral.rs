//! A cluster that is made for a run and deleted after it, whatever comes of the run.
//!
//! Its tags say whose it is and until when it is wanted. What a killed run leaves is found by them.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::aside::wait_aside;
use super::login::LoginError;
use super::redshift::{self, Found, START_TIMEOUT, await_cluster};
use super::{Notice, Surroundings, TargetError};
use crate::access::{Belonging, EXPIRES_AT};
use crate::ports::{Cloud, CloudError, CloudErrorKind, ClusterFacts, DbErrorKind, NewCluster, Origin};
use crate::project::settings::{Account, Cluster, EphemeralCluster};
use crate::text::Secret;

/// The tag that says whether a last snapshot is to be kept: `yes` or `no`.
const FINAL_SNAPSHOT: &str = "vesto:final-snapshot";

/// How long to try to delete a cluster in whose state AWS does not do it, such as one that is still made: after a run, and
/// after one that was broken off, where somebody waits.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(15 * 60), Duration::from_secs(60));

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
    identifier: String,
    final_snapshot: bool,
    is_deleted: bool,
}

/// Makes a cluster, waits for it and finds out how to log in.
pub(super) async fn make(
    settings: &EphemeralCluster,
    connect_timeout: Duration,
    surroundings: &Surroundings,
) -> Result<(MadeCluster, Found), TargetError> {
    let final_snapshot = settings.final_snapshot.ok_or_else(|| LoginError {
        message: "the target does not say whether a last snapshot of its clusters is kept".to_owned(),
        hint: Some("write `final_snapshot = yes` or `final_snapshot = no`".to_owned()),
    })?;
    let mut cluster = settings.cluster.clone();
    let (new, password) = described(settings, final_snapshot, surroundings)?;
    let account = cluster.account.clone();
    // Known before it is made: an answer may be lost.
    let made = MadeCluster {
        cloud: surroundings.cloud.clone(),
        tell: surroundings.tell.clone(),
        account: account.clone(),
        identifier: new.identifier.clone(),
        final_snapshot,
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

/// The cluster to make, and the password of its user if that is new.
fn described(
    settings: &EphemeralCluster,
    final_snapshot: bool,
    surroundings: &Surroundings,
) -> Result<(NewCluster, Option<Secret<String>>), TargetError> {
    let Cluster { identifier, node_type, nodes, iam_role, login, .. } = &settings.cluster;
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
    let mut tags = Belonging::new(&surroundings.run, settings.expires_after).tags();
    tags.insert(FINAL_SNAPSHOT.to_owned(), if final_snapshot { "yes" } else { "no" }.to_owned());
    let new = NewCluster {
        identifier: unique(identifier.as_deref().unwrap_or("vesto"), &surroundings.run),
        origin,
        node_type: node_type.clone(),
        nodes,
        port: login.port,
        role: iam_role.clone(),
        subnet_group: settings.subnet_group.clone(),
        security_groups: settings.security_groups.clone(),
        public: settings.public,
        tags,
    };
    Ok((new, password))
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
        &self.identifier
    }

    /// Deletes the cluster.
    pub(super) fn delete(mut self) -> Result<(), CloudError> {
        self.delete_within(PATIENCE.0)
    }

    fn delete_within(&mut self, patience: Duration) -> Result<(), CloudError> {
        if std::mem::replace(&mut self.is_deleted, true) {
            return Ok(());
        }
        let (cloud, account, identifier) = (self.cloud.clone(), self.account.clone(), self.identifier.clone());
        let (tell, final_snapshot) = (self.tell.clone(), self.final_snapshot);
        let deleted = wait_aside(move || async move {
            delete(cloud.as_ref(), &account, &identifier, final_snapshot, patience, tell.as_ref()).await
        });
        deleted.map_err(|error| {
            let message = format!("the cluster {} is left: {}", self.identifier, error.message);
            let hint =
                "delete it when its time is over with `vesto cluster reap`, or at once in AWS's console".to_owned();
            CloudError { message, hint: Some(hint), ..error }
        })
    }
}

impl Drop for MadeCluster {
    fn drop(&mut self) {
        if let Err(error) = self.delete_within(PATIENCE.1) {
            (self.tell)(Notice::Left(&error));
        }
    }
}

/// Deletes a cluster as soon as its state allows it.
async fn delete(
    cloud: &dyn Cloud,
    account: &Account,
    identifier: &str,
    final_snapshot: bool,
    patience: Duration,
    tell: &(dyn Fn(Notice<'_>) + Send + Sync),
) -> Result<(), CloudError> {
    let snapshot = final_snapshot.then(|| format!("{identifier}-final"));
    let until = Instant::now() + patience;
    let mut told = false;
    loop {
        match cloud.delete_cluster(account, identifier, snapshot.as_deref()).await {
            Err(error) if error.kind == CloudErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind == CloudErrorKind::WrongState && Instant::now() < until => {
                if !told {
                    let state = format!("the cluster {identifier} will be deleted as soon as its state allows it");
                    tell(Notice::Waiting(&state));
                    told = true;
                }
            }
            other => return other,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A cluster that vesto made and nobody wants any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expired {
    /// Its identifier.
    pub identifier: String,
    /// The run that made it, and until when it wanted it.
    pub belonging: Belonging,
    final_snapshot: bool,
}

/// The clusters of vesto's whose time is over.
///
/// # Errors
///
/// What AWS refuses.
pub async fn expired_clusters(cloud: &dyn Cloud, account: &Account) -> Result<Vec<Expired>, CloudError> {
    let now = OffsetDateTime::now_utc();
    let found = cloud.tagged_clusters(account, EXPIRES_AT).await?;
    Ok(found.into_iter().filter_map(|facts| expired(facts, now)).collect())
}

/// A cluster counts only with all of vesto's tags, and a time that can be read.
fn expired(facts: ClusterFacts, now: OffsetDateTime) -> Option<Expired> {
    let ClusterFacts { identifier, tags, status, .. } = facts;
    let belonging = Belonging::of(&tags)?;
    let over = belonging.is_over(now) && status != "deleting";
    let final_snapshot = match tags.get(FINAL_SNAPSHOT)?.as_str() {
        "yes" => true,
        "no" => false,
        _ => return None,
    };
    over.then_some(Expired { identifier, belonging, final_snapshot })
}

impl Expired {
    /// Deletes the cluster, as the target wished that made it.
    ///
    /// # Errors
    ///
    /// What AWS refuses, such as a state in which it does not delete.
    pub async fn delete(&self, cloud: &dyn Cloud, account: &Account) -> Result<(), CloudError> {
        let snapshot = self.final_snapshot.then(|| format!("{}-final", self.identifier));
        cloud.delete_cluster(account, &self.identifier, snapshot.as_deref()).await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use time::macros::datetime;

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

    #[test]
    fn only_what_has_all_tags_and_is_over_is_expired() {
        let now = datetime!(2026-11-21 12:00 UTC);
        let is_expired = |tags: &[(&str, &str)], status: &str| {
            let tags: BTreeMap<String, String> = tags.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            let facts = ClusterFacts {
                identifier: "c".into(),
                status: status.into(),
                host: None,
                port: None,
                database: None,
                master_user: None,
                roles: Vec::new(),
                security_groups: Vec::new(),
                tags,
            };
            expired(facts, now).is_some()
        };
        let (run, keep) = (("vesto:run", "1"), (FINAL_SNAPSHOT, "no"));
        let (over, later) = ((EXPIRES_AT, "2026-11-21T11:59:59Z"), (EXPIRES_AT, "2026-11-21T12:00:01Z"));
        assert!(is_expired(&[run, keep, over], "available"));
        assert!(!is_expired(&[run, keep, later], "available"));
        assert!(!is_expired(&[run, keep, over], "deleting"));
        assert!(!is_expired(&[keep, over], "available"));
        assert!(!is_expired(&[run, over], "available"));
        assert!(!is_expired(&[run, keep, (EXPIRES_AT, "soon")], "available"));
    }
}
