//! What happens in a run, as facts: no colour, no wording, no reporter's settings.

use std::time::Duration;

use crate::ports::Rows;
use crate::text::Location;

/// One fact of a run, in the order in which it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A run began.
    RunStarted {
        /// Identity of the run: a UUID.
        run: String,
        /// `apply`, `rollback`, `test` or `prove`.
        command: &'static str,
        /// Name of the target.
        target: String,
        /// `double` or `real`: what answers for the warehouse.
        server: &'static str,
        /// When, as RFC 3339 in UTC.
        at: String,
        /// How many changes or tests are ahead.
        total: usize,
    },
    /// Work on a change began. Changes that share a message are announced together before it is sent.
    ChangeStarted {
        /// Id of the change.
        id: String,
        /// What people call it: a file name or `SECTION.key`.
        title: String,
    },
    /// A statement of a change returned rows.
    ChangeAnswered {
        /// Id of the change.
        id: String,
        /// Number of the statement in the change, from 0.
        statement: usize,
        /// What it returned.
        rows: Rows,
    },
    /// A change was carried out and recorded.
    ChangeFinished {
        /// Id of the change.
        id: String,
        /// What was done.
        action: ChangeAction,
        /// How many statements it had.
        statements: usize,
        /// How long the server took.
        duration: Duration,
    },
    /// A change failed; what it had done in its transaction is undone.
    ChangeFailed {
        /// Id of the change.
        id: String,
        /// Why.
        failure: StatementFailure,
        /// How long the server took.
        duration: Duration,
    },
    /// A step of a change was refused because of what others did at the same time, and is tried again.
    StepRetried {
        /// Id of the change.
        id: String,
        /// Which repetition comes now, from 1.
        repetition: u32,
        /// How many there may be.
        most: u32,
        /// How long it waits before.
        pause: Duration,
        /// The server's refusal.
        message: String,
    },
    /// A change was not started because an earlier one failed.
    ChangeSkipped {
        /// Id of the change.
        id: String,
    },
    /// A SQL test ended.
    TestFinished {
        /// Name of the suite: its file without extension.
        suite: String,
        /// Name of the test.
        name: String,
        /// How it ended.
        verdict: Verdict,
        /// Where the test stands.
        location: Option<Location>,
        /// How long the server took.
        duration: Duration,
    },
    /// It was tried whether the rollback of a change undoes it.
    ChangeProven {
        /// Id of the change.
        id: String,
        /// Name of the project.
        project: String,
        /// What came of it.
        proof: Proof,
        /// How long it took, questions included.
        duration: Duration,
    },
    /// Something that the user should know and that stops nothing.
    Warned {
        /// What.
        message: String,
    },
    /// A run ended.
    RunFinished {
        /// When, as RFC 3339 in UTC.
        at: String,
        /// How long the whole run took.
        duration: Duration,
        /// How it ended.
        outcome: RunOutcome,
    },
}

/// What was done with a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeAction {
    /// Its forward statements ran.
    Applied,
    /// Its rollback statements ran.
    RolledBack,
}

/// A statement that a server refused.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct StatementFailure {
    /// Number of the statement in its change or test, from 0.
    pub statement: usize,
    /// The server's words.
    pub message: String,
    /// SQLSTATE.
    pub code: Option<String>,
    /// The server's DETAIL.
    pub detail: Option<String>,
    /// The server's HINT, or vesto's.
    pub hint: Option<String>,
    /// Where in which file.
    pub location: Option<Location>,
    /// Whether the connection was lost, so that the outcome of the last message is not known.
    pub lost: bool,
}

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// As expected.
    Passed,
    /// The statements ran and the answer differs from what was expected.
    Failed {
        /// What differs, in one line.
        message: String,
        /// What was expected, line by line.
        expected: String,
        /// What came, line by line.
        actual: String,
    },
    /// The statements did not run.
    Errored {
        /// Why.
        failure: StatementFailure,
    },
    /// Not run.
    Skipped {
        /// Why not.
        reason: String,
    },
}

/// What came of trying the rollback of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// After the rollback all is as before the change, and it can be applied again.
    Proven {
        /// What the rollback kept aside because it held data, beside which all is as before.
        kept: Vec<String>,
    },
    /// It has no rollback, and says so.
    Irreversible,
    /// It was not run at all.
    LeftOut {
        /// Why not.
        reason: String,
    },
    /// The rollback is wrong or missing.
    Wrong {
        /// What is wrong, in one line.
        message: String,
        /// What differs, object by object.
        differences: Vec<String>,
        /// The statement that the server refused.
        failure: Option<StatementFailure>,
        /// Cures.
        hints: Vec<String>,
    },
    /// It could not be applied.
    Errored {
        /// Why.
        failure: StatementFailure,
    },
    /// It was not tried because a change before it could not be applied.
    NotStarted,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    /// All that was asked is done.
    Done,
    /// A statement failed; what was done before it stands.
    Failed,
    /// At least one test failed or did not run, or a rollback is wrong or missing.
    TestsFailed,
    /// Stopped on request.
    Interrupted,
}
