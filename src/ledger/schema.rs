//! The ledger's own tables: `migrations/`, embedded and applied by refinery through a [`Session`].

use refinery::Migration;
use refinery::embed_migrations;
use refinery_core::traits::r#async::{AsyncMigrate, AsyncQuery, AsyncTransaction};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::ports::{Batch, DbError, DbErrorKind, Session};
use crate::sql::{Dialect, parse_script};

use super::LedgerError;

embed_migrations!("migrations");

const VERSIONS: &str = "vesto.refinery_schema_history";

/// What is missing of the ledger's tables.
pub(super) struct Missing {
    /// A transaction that makes it; empty if nothing is missing.
    pub(super) batch: Batch,
    /// Whether there was no ledger at all, and so no history.
    pub(super) all: bool,
}

/// Finds out what is missing of the ledger's tables. What makes them travels with the caller's next message.
///
/// refinery asks in three messages; through [`Deferred`] it takes one round trip here and none of its own to write.
pub(super) async fn missing(session: &mut dyn Session) -> Result<Missing, LedgerError> {
    let mut deferred = Deferred { session, pending: Batch::default(), found: 0 };
    deferred.pending.own("create schema if not exists vesto");
    let mut runner = migrations::runner().set_grouped(true);
    runner.set_migration_table_name(VERSIONS);
    runner.run_async(&mut deferred).await.map_err(|error| LedgerError::Schema(Box::new(error)))?;
    let mut batch = Batch::default();
    if !deferred.pending.pieces.is_empty() {
        batch.own("begin");
        batch.pieces.append(&mut deferred.pending.pieces);
        batch.own("commit");
    }
    Ok(Missing { batch, all: deferred.found == 0 })
}

/// Keeps statements back until an answer is needed, and sends them together with the question.
struct Deferred<'a> {
    session: &'a mut dyn Session,
    pending: Batch,
    /// How many versions of the tables were applied before.
    found: usize,
}

impl AsyncTransaction for Deferred<'_> {
    type Error = DbError;

    async fn execute<'a, T: Iterator<Item = &'a str> + Send + 'a>(&'a mut self, queries: T) -> Result<usize, DbError> {
        let mut count = 0;
        for script in queries {
            // One statement a piece: the server answers each, and answers are matched to pieces by their number.
            let statements = parse_script(script, Dialect::Postgres)
                .map_err(|error| DbError::new(DbErrorKind::Statement, format!("the ledger's own tables: {error}")))?;
            for statement in statements {
                self.pending.own(&script[statement.range]);
                count += 1;
            }
        }
        Ok(count)
    }
}

impl AsyncQuery<Vec<Migration>> for Deferred<'_> {
    async fn query<'a>(&'a mut self, query: &'a str) -> Result<Vec<Migration>, DbError> {
        let mut batch = std::mem::take(&mut self.pending);
        batch.own(query.trim_end().trim_end_matches(';'));
        let answers = self.session.run(&batch).await.map_err(|error| error.error)?;
        let rows = answers.last().and_then(|answer| answer.rows.as_ref()).map_or(&[][..], |rows| &rows.rows);
        self.found = rows.len();
        Ok(rows.iter().filter_map(|row| applied_migration(row)).collect())
    }
}

impl AsyncMigrate for Deferred<'_> {}

/// A row of refinery's own table: version, name, time, checksum.
fn applied_migration(row: &[Option<String>]) -> Option<Migration> {
    let [Some(version), Some(name), Some(applied_on), Some(checksum)] = row else { return None };
    let applied_on = OffsetDateTime::parse(applied_on, &Rfc3339).ok()?;
    Some(Migration::applied(version.parse().ok()?, name.clone(), applied_on, checksum.parse().ok()?))
}
