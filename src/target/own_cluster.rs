//! Clusters that vesto made: told by their tags, and deleted when nobody wants them any more.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::Notice;
use crate::access::{Belonging, EXPIRES_AT};
use crate::ports::{Cloud, CloudError, CloudErrorKind, ClusterFacts};
use crate::project::settings::Account;

/// The tag that says whether a last snapshot is to be kept: `yes` or `no`.
const FINAL_SNAPSHOT: &str = "vesto:final-snapshot";

/// How long to try to delete a cluster in whose state AWS does not do it, such as one that is still made.
pub(super) const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// How long to wait before a deletion is tried again.
const PAUSE: Duration = Duration::from_secs(2);

/// A cluster that vesto made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCluster {
    /// Its identifier.
    pub identifier: String,
    /// The run that made it, and until when it is wanted.
    pub belonging: Belonging,
    /// Whether a last snapshot is kept of it.
    pub final_snapshot: bool,
}

impl OwnCluster {
    /// A cluster counts only with all of vesto's tags.
    fn of(facts: &ClusterFacts) -> Option<Self> {
        let final_snapshot = match facts.tags.get(FINAL_SNAPSHOT)?.as_str() {
            "yes" => true,
            "no" => false,
            _ => return None,
        };
        let belonging = Belonging::of(&facts.tags)?;
        Some(Self { identifier: facts.identifier.clone(), belonging, final_snapshot })
    }

    /// The tags that say so.
    pub(super) fn tags(&self) -> BTreeMap<String, String> {
        let mut tags = self.belonging.tags();
        tags.insert(FINAL_SNAPSHOT.to_owned(), if self.final_snapshot { "yes" } else { "no" }.to_owned());
        tags
    }

    /// The cluster of this name.
    ///
    /// # Errors
    ///
    /// What AWS refuses, and a cluster that vesto did not make.
    pub async fn find(cloud: &dyn Cloud, account: &Account, identifier: &str) -> Result<Self, CloudError> {
        let facts = cloud.cluster(account, identifier).await?;
        Self::of(&facts).ok_or_else(|| {
            let message = format!("the cluster {identifier} was not made by vesto: it has not the tags that say so");
            let hint = "vesto deletes only what it made; delete it with AWS's own tools".to_owned();
            CloudError { hint: Some(hint), ..CloudError::new(CloudErrorKind::Denied, message) }
        })
    }

    /// The name of its last snapshot, if one is kept.
    pub fn last_snapshot(&self) -> Option<String> {
        self.final_snapshot.then(|| format!("{}-final", self.identifier))
    }

    /// Deletes the cluster.
    ///
    /// # Errors
    ///
    /// What AWS refuses, such as a state in which it does not delete.
    pub async fn delete(&self, cloud: &dyn Cloud, account: &Account) -> Result<(), CloudError> {
        cloud.delete_cluster(account, &self.identifier, self.last_snapshot().as_deref()).await
    }

    /// Deletes the cluster as soon as its state allows it.
    ///
    /// # Errors
    ///
    /// What AWS refuses, such as a state that stays for a quarter of an hour.
    pub async fn delete_at_rest(
        &self,
        cloud: &dyn Cloud,
        account: &Account,
        tell: &(dyn Fn(Notice<'_>) + Send + Sync),
    ) -> Result<(), CloudError> {
        self.delete_within(cloud, account, PATIENCE, tell).await
    }

    /// As [`OwnCluster::delete_at_rest`] for so long. One that is gone already is deleted too.
    pub(super) async fn delete_within(
        &self,
        cloud: &dyn Cloud,
        account: &Account,
        patience: Duration,
        tell: &(dyn Fn(Notice<'_>) + Send + Sync),
    ) -> Result<(), CloudError> {
        let until = Instant::now() + patience;
        let mut told = false;
        loop {
            match self.delete(cloud, account).await {
                Err(error) if error.kind == CloudErrorKind::NotFound => return Ok(()),
                Err(error) if error.kind == CloudErrorKind::WrongState && Instant::now() < until => {
                    if !told {
                        let name = &self.identifier;
                        let state = format!("the cluster {name} will be deleted as soon as its state allows it");
                        tell(Notice::Waiting(&state));
                        told = true;
                    }
                }
                other => return other,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// The clusters of vesto's whose time is over.
///
/// # Errors
///
/// What AWS refuses.
pub async fn expired_clusters(cloud: &dyn Cloud, account: &Account) -> Result<Vec<OwnCluster>, CloudError> {
    let now = OffsetDateTime::now_utc();
    let found = cloud.tagged_clusters(account, EXPIRES_AT).await?;
    Ok(found.iter().filter_map(|facts| expired(facts, now)).collect())
}

fn expired(facts: &ClusterFacts, now: OffsetDateTime) -> Option<OwnCluster> {
    let own = OwnCluster::of(facts)?;
    (own.belonging.is_over(now) && facts.status != "deleting").then_some(own)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

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
            expired(&facts, now).is_some()
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
