//! One SQL statement and what is known of it without running it.

use std::fmt;
use std::ops::Range;

use super::Kind;

/// Whose SQL it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// Amazon Redshift.
    Redshift,
    /// PostgreSQL and what speaks its SQL, such as AlloyDB.
    Postgres,
}

/// One statement of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Bytes of the script from its first word to its last token: no comments around it, no semicolon.
    pub range: Range<usize>,
    /// What it does, by its leading words.
    pub kind: Kind,
    /// The object that it is about, where its text says so.
    pub object: Option<ObjectName>,
    /// How it relates to transactions.
    pub transaction: TxMode,
    /// What it takes away for good, if anything.
    pub effect: Effect,
}

/// How a statement relates to transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TxMode {
    /// May run inside a transaction and be rolled back with it.
    Inside,
    /// Is refused inside a transaction block: it must be sent alone.
    Alone,
    /// Commits what came before it and itself, such as TRUNCATE on Redshift: a point of no return.
    Commits,
    /// Begins or ends a transaction itself, such as BEGIN and COMMIT.
    Control,
}

/// What a statement takes away.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case", tag = "effect", content = "of")]
pub enum Effect {
    /// Nothing that was there is lost.
    Keeps,
    /// Rows are deleted or overwritten.
    ChangesRows,
    /// All rows of a table go.
    EmptiesTable,
    /// A column goes with its values.
    DropsColumn(String),
    /// An object with data in it goes: a table, a schema, a database, a materialized view.
    DropsData,
    /// An object goes that its text can bring back: a view, a routine, a user, a grant.
    DropsDefinition,
}

impl Effect {
    /// Whether data is lost that no SQL text can bring back.
    pub fn loses_data(&self) -> bool {
        matches!(self, Self::ChangesRows | Self::EmptiesTable | Self::DropsColumn(_) | Self::DropsData)
    }
}

/// A possibly qualified name as the database will understand it: quotes removed, unquoted parts in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectName {
    /// The parts, such as schema and table. Never empty.
    pub parts: Vec<String>,
}

impl ObjectName {
    /// The last part, without schema.
    pub fn base(&self) -> &str {
        self.parts.last().map_or("", String::as_str)
    }

    /// The part before the last, if any.
    pub fn schema(&self) -> Option<&str> {
        self.parts.len().checked_sub(2).map(|at| self.parts[at].as_str())
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts.join("."))
    }
}
