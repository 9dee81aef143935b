//! The sum of a run.

use crate::project::ChangeId;

use super::{Event, RunOutcome, StatementFailure};

/// What a run did, also when it failed.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// Changes that were carried out and recorded, in order.
    pub completed: Vec<ChangeId>,
    /// The change that stopped the run.
    pub failed: Option<(ChangeId, StatementFailure)>,
    /// Whether the connection was lost, so that only the ledger can tell what the last message did.
    pub lost: bool,
    /// How it ended.
    pub outcome: RunOutcome,
    /// Facts about a lost connection that are not told yet, because the run may go on with another one.
    pub untold: Vec<Event>,
}

impl Default for RunReport {
    fn default() -> Self {
        Self { completed: Vec::new(), failed: None, lost: false, outcome: RunOutcome::Done, untold: Vec::new() }
    }
}
