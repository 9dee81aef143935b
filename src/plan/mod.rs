//! What would run, in which order and why: pure functions of the project, the history and what was asked for.

mod committing;
mod cut;
mod document;
mod double;
mod doubt;
mod drift;
mod forward;
mod granted;
mod rollback;
pub mod saved;
mod selection;
mod show;
mod touched;

pub use cut::{CutError, Step, StepKind, cut};
pub use document::{ChangeDocument, PlanDocument};
pub use double::{Departure, departures};
pub use doubt::{DoubtedStatement, doubted};
pub use drift::{Drift, DriftKind, drift, tell_comments_apart};
pub use forward::{ForwardInputs, TargetFacts, pending, plan_forward, prefix_checksum};
pub use rollback::{
    Facts, Question, RollbackInputs, RollbackSelection, is_backup_name, plan_rollback, questions, to_roll_back,
};
pub use selection::{Selection, UnknownChange, select};
pub use show::show;
pub use touched::{Touched, touched};

use std::time::Duration;

use crate::history::{Direction, StoredText};
use crate::project::{ChangeId, Script, UnreadRollback};
use crate::text::Diagnostic;

/// Ordered changes with the steps that are left of each.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Forward or back.
    pub direction: Direction,
    /// What will run, in order.
    pub changes: Vec<PlannedChange>,
    /// Where the project and the history differ.
    pub drift: Vec<Drift>,
    /// What must be settled before this plan can run.
    pub blockers: Vec<Blocker>,
    /// How many of the selected changes need nothing.
    pub unchanged: usize,
}

/// One change of a plan.
#[derive(Clone, Debug)]
pub struct PlannedChange {
    /// The change.
    pub id: ChangeId,
    /// What people call it.
    pub title: String,
    /// Why it is in the plan.
    pub reason: Reason,
    /// The statements that run.
    pub script: Script,
    /// Longest time for one statement, if the change sets one.
    pub timeout: Option<Duration>,
    /// What is left to do of the script, in order. May be empty: then only the entry is written.
    pub steps: Vec<Step>,
    /// Checksum of the change's text.
    pub checksum: String,
    /// What the ledger keeps of the text.
    pub text: StoredText,
}

/// Why a change is in a plan.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Reason {
    /// Not applied yet.
    Pending,
    /// Not applied yet although a later version is.
    OutOfOrder {
        /// The latest applied change.
        latest: ChangeId,
    },
    /// A repeatable change whose text differs from what was applied.
    TextChanged,
    /// Begun by an earlier run, which stopped before this statement.
    Continued {
        /// Number of the statement to go on with, from 0.
        #[serde(rename = "continues_at")]
        statement: usize,
    },
    /// To be undone by the rollback that its author wrote.
    WrittenRollback,
    /// To be undone by the inverse of its statements, each with a word on what becomes of data.
    DerivedRollback {
        /// One remark a statement that keeps data aside or brings an earlier text back.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remarks: Vec<String>,
    },
}

impl Reason {
    /// A few words for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Pending => "pending".into(),
            Self::OutOfOrder { latest } => format!("pending, out of order: {latest} is applied"),
            Self::TextChanged => "repeatable, text changed".into(),
            Self::Continued { statement } => format!("continues at statement {}", statement + 1),
            Self::WrittenRollback => "written rollback".into(),
            Self::DerivedRollback { .. } => "derived rollback".into(),
        }
    }
}

/// Something that a person must settle before the plan can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocker {
    /// An applied change was edited.
    Edited(ChangeId),
    /// The part of a change that is carried out already was edited.
    PrefixEdited(ChangeId),
    /// It is not known whether a statement was carried out.
    InDoubt {
        /// The change.
        change: ChangeId,
        /// Number of the statement, from 0.
        statement: usize,
        /// The journal row that announced it, which tells this doubt from an earlier one of the same change.
        intent: u64,
        /// What a person has to find out.
        question: String,
    },
    /// A rollback of the change stopped half-way.
    RollbackUnfinished(ChangeId),
    /// Some statements of the change are carried out and it is not complete, so there is nothing to roll back yet.
    HalfApplied(ChangeId),
}

impl Blocker {
    /// What is wrong, in one line.
    pub fn message(&self) -> String {
        match self {
            Self::Edited(change) => format!("`{change}` was edited after it was applied"),
            Self::PrefixEdited(change) => {
                format!("`{change}` is half applied, and the part that is carried out was edited")
            }
            Self::InDoubt { change, statement, intent, .. } => format!(
                "statement {} of `{change}` is in doubt ({change}@{intent}): it was sent outside a transaction and its \
                 answer never came",
                statement + 1
            ),
            Self::RollbackUnfinished(change) => format!("a rollback of `{change}` stopped half-way"),
            Self::HalfApplied(change) => format!("`{change}` is half applied: its first statements are carried out"),
        }
    }

    /// The cure.
    pub fn hint(&self) -> String {
        match self {
            Self::Edited(change) => format!(
                "see the difference with `vesto verify`; undo the edit and write a new change, or accept it with \
                 `vesto rebless {change} --reason \"...\"`"
            ),
            Self::PrefixEdited(change) => {
                format!(
                    "restore the statements that ran; or undo them by hand and say so with \
                     `vesto mark-pending {change}`"
                )
            }
            Self::InDoubt { change, intent, question, .. } => {
                let command = format!("vesto resolve {change}@{intent} --done --reason \"...\"");
                format!("{question} Say so with `{command}`, or with `--not-done`")
            }
            Self::HalfApplied(change) => format!(
                "complete it with `vesto apply`; or undo what it did by hand and say so with `vesto mark-pending {change}`"
            ),
            Self::RollbackUnfinished(change) => {
                format!("finish it with `vesto rollback`, or say where it stands with `vesto mark-pending {change}`")
            }
        }
    }
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A name that selects nothing.
    #[error(transparent)]
    UnknownChange(#[from] UnknownChange),
    /// The ends of a range are the wrong way round.
    #[error("`{from}` comes after `{to}`: the range is empty")]
    EmptyRange {
        /// Lower end.
        from: String,
        /// Upper end.
        to: String,
    },
    /// Scripts that cannot be read: what is wrong with each, at its place.
    #[error("scripts that are to run cannot be read")]
    Unreadable(Vec<Diagnostic>),
    /// A rollback that the plan needs was not read.
    #[error(transparent)]
    UnreadRollback(#[from] UnreadRollback),
    /// A script cannot be cut into steps.
    #[error("`{change}`: {error}")]
    Cut {
        /// The change.
        change: ChangeId,
        /// Why not.
        #[source]
        error: CutError,
        /// The script that the error's statement belongs to.
        script: Box<Script>,
    },
    /// A change needs another that is neither applied nor planned before it.
    #[error("`{change}` requires `{required}`, which is not applied and not planned before it")]
    MissingRequirement {
        /// The change.
        change: ChangeId,
        /// What it needs.
        required: ChangeId,
    },
    /// A change needs another that is never applied to this target.
    #[error("`{change}` requires `{required}`, which is not for this target")]
    RequirementElsewhere {
        /// The change.
        change: ChangeId,
        /// What it needs.
        required: ChangeId,
    },
    /// A change that should be applied and is not.
    #[error("`{0}` is not applied")]
    NotApplied(ChangeId),
    /// Changes that cannot be undone.
    #[error("{}", irreversible_message(.0))]
    Irreversible(Vec<(ChangeId, String)>),
    /// No run with this id applied anything that is still applied.
    #[error("run `{0}` applied nothing that is still applied")]
    UnknownRun(String),
}

fn irreversible_message(changes: &[(ChangeId, String)]) -> String {
    let list: Vec<String> = changes.iter().map(|(change, reason)| format!("`{change}`: {reason}")).collect();
    format!("cannot roll back {}", list.join("; "))
}
