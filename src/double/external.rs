//! External tables: what the library knows of them, and when the double has to ask.
//!
//! The view that stands for an external table reads a temporary table, which the double fills from the files right before
//! a statement that may read it and drops right after.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;

use crate::ports::{DbError, DbErrorKind, Outcome};
use crate::sql::{Dialect, ObjectName, quote_literal};

/// Counts the external tables that the sessions which share it have made, in whichever database: whoever has seen another
/// number asks its server again.
#[derive(Clone, Debug, Default)]
pub struct ExternalNews(Arc<AtomicU64>);

/// Whether the session's database has external tables, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Presence {
    pub(super) news: ExternalNews,
    /// What the number was when the server was asked, and what it answered.
    asked: Option<(u64, bool)>,
}

/// The SQLSTATE of a statement that reached an external table whose files were not read.
pub(super) const NOT_READ: &str = "55000";

/// Asks whether there are any; it needs no library.
pub(super) const QUESTION: &str = "select exists (select from pg_catalog.pg_depend d \
     where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass \
     and d.refobjid = pg_catalog.to_regprocedure('pg_double.external_rows(integer)') \
     and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass)";

impl Presence {
    /// Whether there are any, if it need not be asked.
    pub(super) fn known(&self) -> Option<bool> {
        self.asked.filter(|(made, _)| *made == self.made()).map(|(_, any)| any)
    }

    /// What is to be handed to [`Presence::answered`]; taken before the question is sent.
    pub(super) fn made(&self) -> u64 {
        self.news.0.load(Ordering::SeqCst)
    }

    /// Reads the answer to [`QUESTION`].
    pub(super) fn answered(&mut self, made: u64, outcome: Option<&Outcome>) {
        let cell = outcome.and_then(|outcome| outcome.rows.as_ref()?.first_cell());
        self.asked = Some((made, cell == Some("t")));
    }

    /// Has the server asked again.
    pub(super) fn forget(&mut self) {
        self.asked = None;
    }

    /// Lets every session that shares the news ask again.
    pub(super) fn made_one(&self) {
        self.news.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// An external table as the library describes it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ExternalTable {
    pub(super) id: i32,
    pub(super) schema: String,
    pub(super) name: String,
    /// The columns that are in no file.
    pub(super) keys: Vec<String>,
    pub(super) definition: Definition,
    pub(super) columns: Vec<ExternalColumn>,
    pub(super) partitions: Vec<Partition>,
}

/// What its statements have said.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Definition {
    /// `s3://bucket/folder/`
    pub(super) location: Option<String>,
    pub(super) input_format: String,
    pub(super) serde: String,
    pub(super) serde_parameters: BTreeMap<String, String>,
    /// TABLE PROPERTIES.
    pub(super) parameters: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct ExternalColumn {
    pub(super) name: String,
    /// As PostgreSQL calls it.
    #[serde(rename = "type")]
    pub(super) data_type: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Partition {
    /// In the order of the keys.
    pub(super) values: Vec<String>,
    pub(super) location: String,
}

impl ExternalTable {
    /// The tables that a text may read.
    pub(super) fn found(text: &str) -> String {
        let words: Vec<String> = words(text).iter().map(|word| quote_literal(word, Dialect::Postgres)).collect();
        format!("select pg_double.external_found(array[{}]::pg_catalog.text[])", words.join(", "))
    }

    pub(super) fn read(described: &str) -> Result<Self, DbError> {
        serde_json::from_str(described).map_err(|error| {
            let message =
                format!("the double's library describes an external table in a way that cannot be read: {error}");
            DbError { source: Some(Box::new(error)), ..DbError::new(DbErrorKind::Unsupported, message) }
        })
    }

    pub(super) fn is_called(&self, name: &ObjectName) -> bool {
        name.base() == self.name && name.schema() == Some(self.schema.as_str())
    }

    /// Where its rows are put.
    pub(super) fn room(&self) -> ObjectName {
        ObjectName { parts: vec!["pg_temp".to_owned(), format!("external_{}", self.id)] }
    }
}

/// The most words of a text that the server is asked about. Names stand near the beginning; what follows are values.
const MOST_WORDS: usize = 4096;

/// What could be a name in a text, also inside of literals, in small letters.
fn words(text: &str) -> BTreeSet<String> {
    let is_part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '$' | '#');
    let words = text.split(|character: char| !is_part(character));
    let named = words.filter(|word| !word.is_empty() && !word.starts_with(|first: char| first.is_ascii_digit()));
    let mut found = BTreeSet::new();
    for word in named {
        found.insert(word.to_lowercase());
        if found.len() == MOST_WORDS {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_wherever_they_stand() {
        let found = words("unload ('select \"A b\" from S.t$1 where x = 12') to 's3://b/k'");
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, ["a", "b", "from", "k", "s", "s3", "select", "t$1", "to", "unload", "where", "x"]);
    }
}
