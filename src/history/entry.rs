//! The rows of the ledger as values.

use std::str::FromStr;

use crate::project::ChangeId;

/// One entry of the ledger: something happened to a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Position in the ledger; ascending in the order of events.
    pub sequence: u64,
    /// The run that wrote it.
    pub run: String,
    /// The change.
    pub change: ChangeId,
    /// What happened.
    pub action: Action,
    /// Checksum of the change's text at that time.
    pub checksum: String,
    /// Number of its statements.
    pub statements: usize,
}

/// What can happen to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Its forward statements ran.
    Applied,
    /// Its rollback ran.
    RolledBack,
    /// A statement of it failed; its transaction was undone.
    Failed,
    /// Somebody said that it is applied, and nothing ran: `baseline` and `mark-applied`.
    MarkedApplied,
    /// Somebody said that it is not applied, and nothing ran: `mark-pending`.
    MarkedPending,
}

impl Action {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Applied, "applied"),
        (Self::RolledBack, "rolled-back"),
        (Self::Failed, "failed"),
        (Self::MarkedApplied, "marked-applied"),
        (Self::MarkedPending, "marked-pending"),
    ];

    /// The word in the ledger.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(action, _)| *action == self).map_or("", |(_, word)| word)
    }
}

impl FromStr for Action {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == word)
            .map(|(action, _)| *action)
            .ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// A word in the ledger that this version of vesto does not know.
#[derive(Debug, thiserror::Error)]
#[error("the ledger holds `{0}`, which this version of vesto does not know; use the version that wrote it")]
pub struct UnknownWord(pub String);

/// Which of a change's two scripts ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The change itself.
    Forward,
    /// Its rollback.
    Rollback,
}

impl Direction {
    /// The word in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Rollback => "rollback",
        }
    }
}

impl FromStr for Direction {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "forward" => Ok(Self::Forward),
            "rollback" => Ok(Self::Rollback),
            _ => Err(UnknownWord(word.to_owned())),
        }
    }
}

/// One journal row: a step of a change that takes more than one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// Position in the ledger, in one sequence with the entries.
    pub sequence: u64,
    /// The change.
    pub change: ChangeId,
    /// Which of its scripts.
    pub direction: Direction,
    /// How far the step was.
    pub state: StepState,
    /// First statement of the step.
    pub first_statement: usize,
    /// Number of statements of the step.
    pub statements: usize,
    /// Checksum of all statements up to the end of the step.
    pub prefix_checksum: String,
    /// What the database answered to the statement's probe before it was sent; only of an intent.
    pub probe_answer: Option<String>,
}

/// How far a step was when its row was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepState {
    /// About to be sent, outside any transaction.
    Intent,
    /// Carried out.
    Done,
    /// Announced, and found or said not to have been carried out.
    NotDone,
}

impl StepState {
    /// The word in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Done => "done",
            Self::NotDone => "not-done",
        }
    }
}

impl FromStr for StepState {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "intent" => Ok(Self::Intent),
            "done" => Ok(Self::Done),
            "not-done" => Ok(Self::NotDone),
            _ => Err(UnknownWord(word.to_owned())),
        }
    }
}

/// The text that an entry was applied with.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct StoredText {
    /// The forward statements as they stood in the file, variables not replaced.
    pub forward: String,
    /// The rollback statements, if the change had any.
    pub rollback: Option<String>,
}

/// One line of `vesto history`: an entry with its run.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RunRow {
    /// Position in the ledger.
    pub sequence: u64,
    /// The run.
    pub run: String,
    /// The change.
    pub change: String,
    /// What happened.
    pub action: Action,
    /// When it was finished, UTC.
    pub finished_at: String,
    /// How long it took, in microseconds.
    pub microseconds: u64,
    /// Who ran vesto.
    pub author: String,
    /// On which machine.
    pub host: String,
    /// Commit of the project's repository, where one was known.
    pub source_commit: Option<String>,
    /// Version of vesto.
    pub tool_version: String,
    /// Reason given, or the server's refusal.
    pub message: Option<String>,
}
