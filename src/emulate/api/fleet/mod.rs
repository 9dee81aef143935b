//! Which clusters and snapshots there are and in which state: no database, no clock, no network.
//!
//! What is asked of a cluster is first reserved, which checks its state, then carried out by the caller, and then
//! settled. In between nobody else can ask for anything. From then on only time moves the state.

mod cluster;
mod progress;
mod snapshot;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use time::OffsetDateTime;

pub(super) use cluster::{Cluster, Shape, Status};
pub(super) use snapshot::{Snapshot, SnapshotStatus};

use super::refusal::Refusal;
use progress::Progress;

/// How long states take that on AWS take minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays {
    /// Creating, pausing, resuming, rebooting and deleting a cluster.
    pub cluster: Duration,
    /// Creating a snapshot.
    pub snapshot: Duration,
    /// From the submission of a statement of the Data API to its start.
    pub statement: Duration,
}

/// What is asked of a cluster that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Pause,
    Resume,
    Reboot,
    Delete {
        /// Whether a last snapshot is made first.
        snapshot: bool,
    },
}

/// A change that is being carried out. It must be settled.
#[must_use]
#[derive(Debug)]
pub(super) struct Reserved {
    cluster: String,
    change: Change,
    before: Progress<Status>,
}

/// All clusters and snapshots, by identifier.
pub(super) struct Fleet {
    delays: Delays,
    clusters: BTreeMap<String, Cluster>,
    snapshots: BTreeMap<String, Snapshot>,
}

impl Fleet {
    pub(super) fn new(delays: Delays) -> Self {
        Self { delays, clusters: BTreeMap::new(), snapshots: BTreeMap::new() }
    }

    /// How long its states take.
    pub(super) fn delays(&self) -> Delays {
        self.delays
    }

    /// The clusters that there are at a time, in order of their identifiers.
    pub(super) fn clusters(&mut self, now: OffsetDateTime) -> impl Iterator<Item = &Cluster> {
        self.clusters.retain(|_, cluster| cluster.progress.at(now).is_some());
        self.clusters.values()
    }

    pub(super) fn cluster(&mut self, identifier: &str, now: OffsetDateTime) -> Result<&mut Cluster, Refusal> {
        self.clusters.retain(|_, cluster| cluster.progress.at(now).is_some());
        let identifier = identifier.to_ascii_lowercase();
        let missing = || Refusal::new(404, "ClusterNotFound", format!("Cluster {identifier} not found."));
        self.clusters.get_mut(&identifier).ok_or_else(missing)
    }

    /// A cluster that takes sessions and changes.
    pub(super) fn available(&mut self, identifier: &str, now: OffsetDateTime) -> Result<&mut Cluster, Refusal> {
        let cluster = self.cluster(identifier, now)?;
        match cluster.status(now) {
            Status::Available => Ok(cluster),
            other => Err(invalid_state(&cluster.identifier, other)),
        }
    }

    /// Takes a cluster in that is about to be made.
    pub(super) fn add(&mut self, cluster: Cluster, now: OffsetDateTime) -> Result<(), Refusal> {
        if self.cluster(&cluster.identifier, now).is_ok() {
            return Err(Refusal::bad("ClusterAlreadyExists", "Cluster already exists"));
        }
        self.clusters.insert(cluster.identifier.clone(), cluster);
        Ok(())
    }

    /// The cluster was made.
    pub(super) fn made(&mut self, identifier: &str, now: OffsetDateTime) {
        if let Some(cluster) = self.clusters.get_mut(identifier) {
            let stages = [(Status::Creating, self.delays.cluster)];
            cluster.progress = Progress::through(&stages, Some(Status::Available), now);
        }
    }

    /// The cluster is there since before the API was.
    pub(super) fn adopt(&mut self, cluster: Cluster) {
        let progress = Progress::resting(Status::Available);
        self.clusters.insert(cluster.identifier.clone(), Cluster { progress, ..cluster });
    }

    /// The cluster could not be made.
    pub(super) fn not_made(&mut self, identifier: &str) {
        self.clusters.remove(identifier);
    }

    /// Begins a change, if the state of the cluster allows it.
    pub(super) fn reserve(
        &mut self,
        identifier: &str,
        change: Change,
        now: OffsetDateTime,
    ) -> Result<Reserved, Refusal> {
        let cluster = self.cluster(identifier, now)?;
        let status = cluster.status(now);
        let allowed = match change {
            Change::Pause | Change::Reboot => status == Status::Available,
            Change::Resume => status == Status::Paused,
            Change::Delete { .. } => matches!(status, Status::Available | Status::Paused),
        };
        if !allowed || cluster.progress.is_working() {
            return Err(invalid_state(&cluster.identifier, status));
        }
        let first = match change {
            Change::Pause => Status::Pausing,
            Change::Resume => Status::Resuming,
            Change::Reboot => Status::Rebooting,
            Change::Delete { snapshot: true } => Status::FinalSnapshot,
            Change::Delete { snapshot: false } => Status::Deleting,
        };
        let before = std::mem::replace(&mut cluster.progress, Progress::working(first));
        Ok(Reserved { cluster: cluster.identifier.clone(), change, before })
    }

    /// Ends a change: from now on it takes its time; or it failed, and nothing has changed.
    pub(super) fn settle(&mut self, reserved: Reserved, succeeded: bool, now: OffsetDateTime) {
        let Some(cluster) = self.clusters.get_mut(&reserved.cluster) else { return };
        let Delays { cluster: delay, snapshot, .. } = self.delays;
        cluster.progress = match reserved.change {
            _ if !succeeded => reserved.before,
            Change::Pause => Progress::through(&[(Status::Pausing, delay)], Some(Status::Paused), now),
            Change::Resume => Progress::through(&[(Status::Resuming, delay)], Some(Status::Available), now),
            Change::Reboot => Progress::through(&[(Status::Rebooting, delay)], Some(Status::Available), now),
            Change::Delete { snapshot: false } => Progress::through(&[(Status::Deleting, delay)], None, now),
            Change::Delete { snapshot: true } => {
                Progress::through(&[(Status::FinalSnapshot, snapshot), (Status::Deleting, delay)], None, now)
            }
        };
    }

    /// All snapshots, in order of their identifiers.
    pub(super) fn snapshots(&self) -> impl Iterator<Item = &Snapshot> {
        self.snapshots.values()
    }

    /// A snapshot, of this cluster if one is named.
    pub(super) fn snapshot(&mut self, identifier: &str, cluster: Option<&str>) -> Result<&mut Snapshot, Refusal> {
        let identifier = identifier.to_ascii_lowercase();
        let missing = || Refusal::new(404, "ClusterSnapshotNotFound", format!("Snapshot {identifier} not found."));
        let found = self.snapshots.get_mut(&identifier);
        found
            .filter(|found| cluster.is_none_or(|cluster| found.cluster.eq_ignore_ascii_case(cluster)))
            .ok_or_else(missing)
    }

    /// Takes a snapshot in that is about to be made of a cluster.
    pub(super) fn add_snapshot(
        &mut self,
        identifier: &str,
        cluster: &str,
        retention: i32,
        now: OffsetDateTime,
    ) -> Result<Snapshot, Refusal> {
        let of = self.cluster(cluster, now)?;
        let snapshot = Snapshot {
            identifier: identifier.to_ascii_lowercase(),
            cluster: of.identifier.clone(),
            shape: of.shape.clone(),
            cluster_created: of.created,
            created: now,
            retention,
            tags: BTreeMap::new(),
            progress: Progress::working(SnapshotStatus::Creating),
        };
        if self.snapshots.contains_key(&snapshot.identifier) {
            let message = format!("Snapshot already exists: {}", snapshot.identifier);
            return Err(Refusal::bad("ClusterSnapshotAlreadyExists", message));
        }
        self.snapshots.insert(snapshot.identifier.clone(), snapshot.clone());
        Ok(snapshot)
    }

    /// The copy behind a snapshot was made, or could not be.
    pub(super) fn settle_snapshot(&mut self, identifier: &str, succeeded: bool, now: OffsetDateTime) {
        if !succeeded {
            self.snapshots.remove(identifier);
        } else if let Some(snapshot) = self.snapshots.get_mut(identifier) {
            let stages = [(SnapshotStatus::Creating, self.delays.snapshot)];
            snapshot.progress = Progress::through(&stages, Some(SnapshotStatus::Available), now);
        }
    }

    /// A snapshot that is complete.
    pub(super) fn complete_snapshot(
        &mut self,
        identifier: &str,
        cluster: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<Snapshot, Refusal> {
        let snapshot = self.snapshot(identifier, cluster)?;
        match snapshot.status(now) {
            SnapshotStatus::Available => Ok(snapshot.clone()),
            other => {
                let message = format!("The snapshot {} is in state {}.", snapshot.identifier, other.as_str());
                Err(Refusal::bad("InvalidClusterSnapshotState", message))
            }
        }
    }

    /// Forgets a snapshot whose copy is gone.
    pub(super) fn remove_snapshot(&mut self, identifier: &str) {
        self.snapshots.remove(identifier);
    }
}

fn invalid_state(identifier: &str, status: Status) -> Refusal {
    let message = format!(
        "There is an operation running on the Cluster {identifier}, or its state does not allow it: it is {}.",
        status.as_str()
    );
    Refusal::bad("InvalidClusterState", message)
}
