//! Where the project and the history differ.

use crate::history::{History, StoredText};
use crate::project::{ChangeId, ChangeKind, Project};
use crate::sql::{Dialect, same_code};

/// One difference between project and history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The change.
    pub change: ChangeId,
    /// The difference.
    pub kind: DriftKind,
    /// The entry of the ledger that holds the applied text.
    pub sequence: u64,
}

/// Kinds of [`Drift`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftKind {
    /// The text differs from what was applied.
    Edited,
    /// Nothing but comments and blanks differ from what was applied.
    CommentsEdited,
    /// Applied, and no longer in the project.
    Missing,
}

/// Tells edits of comments apart, by the texts that were applied, in the order of `drift`. Nothing is known of an edit
/// whose applied text the ledger does not have.
pub fn tell_comments_apart(drift: &mut [Drift], applied: &[StoredText], project: &Project, dialect: Dialect) {
    for (drift, applied) in drift.iter_mut().zip(applied) {
        let now = project.change(&drift.change).filter(|_| drift.kind == DriftKind::Edited);
        if !applied.forward.is_empty()
            && now.is_some_and(|now| same_code(now.forward.text(), &applied.forward, dialect))
        {
            drift.kind = DriftKind::CommentsEdited;
        }
    }
}

/// All differences: edited changes in the project's order, then missing ones in the order in which they were applied.
///
/// Repeatable changes may be edited: that makes them pending again, and is no drift.
pub fn drift(project: &Project, history: &History) -> Vec<Drift> {
    let mut found = Vec::new();
    for change in &project.changes {
        if let Some(applied) = history.applied(&change.id)
            && !matches!(change.kind, ChangeKind::Repeatable)
            && change.checksum != *applied.checksum
        {
            found.push(Drift { change: change.id.clone(), kind: DriftKind::Edited, sequence: applied.sequence });
        }
    }
    for id in history.applied_in_order().iter().filter(|id| project.change(id).is_none()) {
        if let Some(applied) = history.applied(id) {
            found.push(Drift { change: id.clone(), kind: DriftKind::Missing, sequence: applied.sequence });
        }
    }
    found
}
