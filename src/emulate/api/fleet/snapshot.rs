//! One snapshot as it is described.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::cluster::Shape;
use super::progress::Progress;

/// `Status` of a snapshot, as far as the emulator has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::emulate::api) enum SnapshotStatus {
    Creating,
    Available,
    Deleted,
}

impl SnapshotStatus {
    pub(in crate::emulate::api) fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Available => "available",
            Self::Deleted => "deleted",
        }
    }
}

/// A manual snapshot.
#[derive(Clone, Debug)]
pub(in crate::emulate::api) struct Snapshot {
    pub(in crate::emulate::api) identifier: String,
    pub(in crate::emulate::api) cluster: String,
    pub(in crate::emulate::api) shape: Shape,
    pub(in crate::emulate::api) cluster_created: OffsetDateTime,
    pub(in crate::emulate::api) created: OffsetDateTime,
    /// Days that it is kept; -1 for ever.
    pub(in crate::emulate::api) retention: i32,
    pub(in crate::emulate::api) tags: BTreeMap<String, String>,
    pub(super) progress: Progress<SnapshotStatus>,
}

impl Snapshot {
    /// The name of the copy behind it.
    pub(in crate::emulate::api) fn key(&self) -> String {
        format!("{}/{}", self.cluster, self.identifier)
    }

    /// Its state at a time.
    pub(in crate::emulate::api) fn status(&self, now: OffsetDateTime) -> SnapshotStatus {
        self.progress.at(now).unwrap_or(SnapshotStatus::Deleted)
    }
}
