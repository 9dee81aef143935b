//! One cluster as it is described.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::progress::Progress;

/// `ClusterStatus`, as far as the emulator has it:
/// <https://docs.aws.amazon.com/redshift/latest/mgmt/rs-mgmt-cluster-status.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::emulate::api) enum Status {
    Creating,
    Available,
    Pausing,
    Paused,
    Resuming,
    Rebooting,
    FinalSnapshot,
    Deleting,
}

impl Status {
    pub(in crate::emulate::api) fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Available => "available",
            Self::Pausing => "pausing",
            Self::Paused => "paused",
            Self::Resuming => "resuming",
            Self::Rebooting => "rebooting",
            Self::FinalSnapshot => "final-snapshot",
            Self::Deleting => "deleting",
        }
    }

    /// `ClusterAvailabilityStatus`.
    pub(in crate::emulate::api) fn availability(self) -> &'static str {
        match self {
            Self::Available => "Available",
            Self::Creating | Self::Resuming => "Modifying",
            Self::Rebooting => "Maintenance",
            Self::Pausing | Self::Paused | Self::FinalSnapshot | Self::Deleting => "Unavailable",
        }
    }
}

/// What was asked for when the cluster was made, and what has become of it.
#[derive(Clone, Debug)]
pub(in crate::emulate::api) struct Cluster {
    pub(in crate::emulate::api) identifier: String,
    pub(in crate::emulate::api) shape: Shape,
    pub(in crate::emulate::api) created: OffsetDateTime,
    pub(in crate::emulate::api) tags: BTreeMap<String, String>,
    /// Roles, and when each of them can be used.
    pub(in crate::emulate::api) roles: BTreeMap<String, OffsetDateTime>,
    pub(in crate::emulate::api) default_role: Option<String>,
    /// Ids of security groups of a VPC. They are told, and keep nobody out.
    pub(in crate::emulate::api) security_groups: Vec<String>,
    /// The snapshot that it was made from.
    pub(in crate::emulate::api) restored_from: Option<String>,
    pub(super) progress: Progress<Status>,
}

/// What a snapshot keeps of its cluster, besides data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::emulate::api) struct Shape {
    pub(in crate::emulate::api) node_type: String,
    pub(in crate::emulate::api) nodes: u32,
    pub(in crate::emulate::api) database: String,
    pub(in crate::emulate::api) admin: String,
    pub(in crate::emulate::api) encrypted: bool,
    pub(in crate::emulate::api) kms_key: Option<String>,
    pub(in crate::emulate::api) publicly_accessible: bool,
    pub(in crate::emulate::api) zone: Option<String>,
    pub(in crate::emulate::api) maintenance_window: String,
    pub(in crate::emulate::api) automated_retention: u32,
}

impl Cluster {
    /// A cluster that is being made.
    pub(in crate::emulate::api) fn new(identifier: String, shape: Shape, created: OffsetDateTime) -> Self {
        let progress = Progress::working(Status::Creating);
        let (tags, roles) = (BTreeMap::new(), BTreeMap::new());
        Self {
            identifier,
            shape,
            created,
            tags,
            roles,
            default_role: None,
            security_groups: Vec::new(),
            restored_from: None,
            progress,
        }
    }

    /// Its state at a time. One that is gone is not in the fleet any more.
    pub(in crate::emulate::api) fn status(&self, now: OffsetDateTime) -> Status {
        self.progress.at(now).unwrap_or(Status::Deleting)
    }

    /// Whether it has been reachable: before that it has no endpoint.
    pub(in crate::emulate::api) fn was_made(&self, now: OffsetDateTime) -> bool {
        self.status(now) != Status::Creating
    }
}
