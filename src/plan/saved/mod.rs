//! A plan that is kept in a file, to be carried out later exactly as it was seen, or not at all.
//!
//! The file holds what the plan was made from: the target, where each change stands, the texts, the values of variables
//! that may be shown, and the fingerprints of what its statements touch. To carry it out, the plan is made again under
//! the lock and compared: the file's own SQL is never sent.

mod build;
mod canonical;
mod compare;
mod difference;
mod ledger;

pub use build::{SavedInputs, names_to_fingerprint};
pub use canonical::ReadError;
pub use compare::{compare_files, compare_ledger, compare_plans, compare_target, compare_variables};
pub use difference::{Difference, Subject};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::history::Direction;
use crate::project::Transaction;
use crate::sql::Dialect;

use super::document::DriftDocument;
use super::{ChangeDocument, PlanDocument, RollbackSelection, Selection};

/// What the file says that it is.
pub const FORMAT: &str = "vesto plan";

/// Version of the form. Raise it when a field comes, goes or changes its meaning: an older vesto could not compare it.
pub const VERSION: u32 = 1;

/// The fingerprint of a name that means nothing in a database.
pub const ABSENT: &str = "absent";

/// A plan with all that it was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPlan {
    format: String,
    version: u32,
    vesto: String,
    project: String,
    /// Where it is to run.
    pub target: TargetIdentity,
    ledger: LedgerHead,
    /// What was asked for.
    pub selection: Asked,
    direction: Direction,
    changes: Vec<SavedChange>,
    unchanged: usize,
    drift: Vec<DriftDocument>,
    variables: BTreeMap<String, SavedValue>,
    objects: BTreeMap<String, String>,
    /// When and by whom: the only part that differs if the same plan is made again.
    pub made: Made,
}

/// Which database, as the server itself says where it can.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetIdentity {
    /// Name of the target in `vesto.ini`.
    pub name: String,
    /// `local`, `postgres`, `redshift` and so on.
    pub kind: String,
    /// Whose SQL the changes are written in.
    pub dialect: Dialect,
    /// Whose SQL the server speaks.
    pub engine: Dialect,
    /// The host that was connected to, or the folder of the socket; nothing for the project's own server.
    pub host: Option<String>,
    /// Its port.
    pub port: Option<u16>,
    /// The database.
    pub database: String,
    /// Who was logged in. Another may carry the plan out.
    pub user: String,
    /// The schemas that names without a schema are looked up in.
    pub search_path: String,
    /// What the server calls itself, where the user may ask: PostgreSQL's system identifier, Redshift's namespace.
    pub server: Option<String>,
}

impl TargetIdentity {
    /// Host and port.
    fn place(&self) -> String {
        match (&self.host, self.port) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.clone().unwrap_or_else(|| "the project's own server".into()),
        }
    }
}

/// Where all changes stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct LedgerHead {
    /// The last row of the ledger.
    sequence: u64,
    /// Digest of what is applied and what is half done. Failures do not change it.
    standing: String,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// To apply these.
    Forward(Selection),
    /// To undo these.
    Rollback(RollbackSelection),
}

/// One change of the plan, with what its file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SavedChange {
    #[serde(flatten)]
    shown: ChangeDocument,
    /// Its file, if the project has it.
    path: Option<String>,
    rollback_checksum: Option<String>,
    directives: SavedDirectives,
    /// Digest of all its statements as sent, secret values as `${name}`.
    digest: String,
}

/// What the change's `-- vesto:` lines ask for, as far as it matters when it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SavedDirectives {
    transaction: Transaction,
    timeout_ms: Option<u64>,
}

/// The value of a variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SavedValue {
    /// It may be shown.
    Value(String),
    /// It is kept nowhere, not even as a digest, from which a short value could be found by trying.
    Secret(bool),
}

/// When and by whom a plan was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// `2026-11-21T05:11:00.123Z`. What a rollback puts aside is named after it.
    pub at: String,
    /// Name of the person or robot.
    pub author: String,
    /// Digest of the whole document but itself.
    digest: String,
}

impl Made {
    /// The time and the author.
    pub fn new(at: impl Into<String>, author: impl Into<String>) -> Self {
        Self { at: at.into(), author: author.into(), digest: String::new() }
    }

    /// What a rollback appends to the names of what it puts aside: the digits of the time.
    pub fn suffix(&self) -> String {
        self.at.chars().filter(char::is_ascii_digit).collect()
    }
}

impl SavedPlan {
    /// Forward or back.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Its changes.
    pub fn changes(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().map(|change| change.shown.id.as_str())
    }

    /// Who made it, when, with what and for where: one line.
    pub fn heading(&self) -> String {
        let TargetIdentity { name, database, user, .. } = &self.target;
        format!(
            "saved at {} by {} with vesto {} for the target `{name}`: database `{database}` on {}, as `{user}`",
            self.made.at,
            self.made.author,
            self.vesto,
            self.target.place()
        )
    }

    /// The plan as it was shown when it was made.
    pub fn document(&self) -> PlanDocument {
        let changes = self.changes.iter().map(|change| change.shown.clone()).collect();
        let TargetIdentity { name, dialect, .. } = &self.target;
        PlanDocument::of_saved(name, *dialect, self.direction, changes, self.unchanged, self.drift.clone())
    }
}
