//! What a database contains, as facts that can be compared: the schemas, tables, views, routines and so on with their
//! owners, grants and comments, without anything that differs from one server or moment to the next.
//!
//! A saved plan keeps [`Catalog::fingerprint`] of what it touches; a proof that a rollback gives back what was there
//! uses [`compare`] and [`Contents`].
//!
//! Left out are the server's own schemas, temporary ones, vesto's ledger, and what belongs to an extension. Also left
//! out are object ids, files, statistics, times, the next value of a sequence, and roles, which belong to the whole
//! server.
//!
//! The queries for PostgreSQL are for versions 10 to 18, and ran on 15. Those for Redshift **never ran on one**: they
//! are written after what AWS documents; see the module `redshift`.

mod compare;
mod contents;
mod fingerprint;
mod fold;
mod object;
mod postgres;
mod redshift;

pub use compare::{CatalogChange, ChangedFact, compare};
pub use contents::{ContentChange, Contents, TableContent};
pub use fingerprint::ABSENT;
pub use object::{CatalogObject, Facts};

use std::collections::BTreeMap;

use crate::ports::{Batch, Outcome};
use crate::sql::Dialect;

/// What a database contained at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    objects: BTreeMap<CatalogObject, Facts>,
}

/// Why answers of a server make no catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Answers are missing.
    #[error("the server answered {found} of {asked} queries of its catalogue: ask again in a new session")]
    TooFewAnswers {
        /// Queries that were sent.
        asked: usize,
        /// Answers that came.
        found: usize,
    },
    /// An answer has not the form that the query gives it.
    #[error("the server's catalogue answered what vesto cannot read: {0}; report it with the server's version")]
    Malformed(String),
}

impl Catalog {
    /// Appends the queries that [`Catalog::answer`] understands, in a transaction of their own that only reads and
    /// sees one moment. `engine` is the dialect of the server itself, also under the double.
    ///
    /// What stands before them in the batch must not leave a transaction open, and on PostgreSQL must not query: the
    /// server refuses the transaction's isolation otherwise. A `commit` in between settles both.
    pub fn ask(batch: &mut Batch, engine: Dialect) {
        in_one_moment(batch, queries(engine), engine);
    }

    /// Folds the answers to a batch that ends with the queries of [`Catalog::ask`].
    ///
    /// # Errors
    ///
    /// Fails if answers are missing or have another form than the queries give them.
    pub fn answer(answers: &[Outcome], engine: Dialect) -> Result<Self, CatalogError> {
        let answers = own_answers(answers, queries(engine).len(), engine)?;
        Ok(Self { objects: fold::fold(answers)? })
    }

    /// All objects with their facts, sorted.
    pub fn objects(&self) -> impl Iterator<Item = (&CatalogObject, &Facts)> {
        self.objects.iter()
    }

    /// The facts of one object.
    pub fn facts(&self, object: &CatalogObject) -> Option<&Facts> {
        self.objects.get(object)
    }

    /// What holds rows that can be read: tables and filled materialized views, but no foreign tables.
    pub fn tables(&self) -> Vec<CatalogObject> {
        let readable = |(object, facts): &(&CatalogObject, &Facts)| match object.kind.as_str() {
            "table" => true,
            "materialized view" => facts.get("populated").is_some_and(|populated| populated == "t"),
            _ => false,
        };
        self.objects.iter().filter(readable).map(|(object, _)| object.clone()).collect()
    }
}

fn queries(engine: Dialect) -> Vec<String> {
    match engine {
        Dialect::Postgres => postgres::queries(),
        Dialect::Redshift => redshift::queries(),
    }
}

/// Appends queries in a transaction of their own, with settings that make their answers comparable.
fn in_one_moment(batch: &mut Batch, queries: Vec<String>, engine: Dialect) {
    for sql in opening(engine) {
        batch.own(*sql);
    }
    for sql in queries {
        batch.exact(sql);
    }
    batch.own("commit");
}

/// The answers to the queries of [`in_one_moment`], of which there were `asked`.
fn own_answers(answers: &[Outcome], asked: usize, engine: Dialect) -> Result<&[Outcome], CatalogError> {
    let missing = CatalogError::TooFewAnswers { asked, found: answers.len() };
    let pieces = opening(engine).len() + asked + 1;
    let Some(first) = answers.len().checked_sub(pieces) else { return Err(missing) };
    let start = first + opening(engine).len();
    answers.get(start..start + asked).ok_or(missing)
}

fn opening(engine: Dialect) -> &'static [&'static str] {
    match engine {
        Dialect::Postgres => &postgres::OPENING,
        Dialect::Redshift => &redshift::OPENING,
    }
}
