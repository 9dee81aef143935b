//! What a target is and what its user may do there, asked without changing anything.

use std::time::{Duration, Instant};

use crate::ports::{Batch, DbError, DbErrorKind, Session};
use crate::sql::Dialect;

use super::Lease;

/// How often the way there and back is measured.
const MEASUREMENTS: usize = 3;

/// The tables of the ledger that every run writes.
const LEDGER: [&str; 4] = ["run", "entry", "entry_text", "journal"];

/// What a target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The server's own words for what it is.
    pub version: String,
    /// The database.
    pub database: String,
    /// The user.
    pub user: String,
    /// The shortest of a few ways there and back.
    pub latency: Duration,
    /// Whether the ledger is there; the first apply makes it.
    pub has_ledger: bool,
    /// What the user lacks, in words, such as `create on database dev`.
    pub missing: Vec<String>,
}

impl Lease {
    /// Asks what the target is and what its user may do there.
    ///
    /// # Errors
    ///
    /// What the server refuses to tell.
    pub async fn inspect(&mut self) -> Result<Inspection, DbError> {
        let session = self.session.as_mut();
        let mut latency = Duration::MAX;
        for _ in 0..MEASUREMENTS {
            let begun = Instant::now();
            ask(session, "select 1").await?;
            latency = latency.min(begun.elapsed());
        }
        let who = "select version(), current_database(), current_user, \
            has_database_privilege(current_database(), 'create'), \
            (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace \
             where n.nspname = 'vesto' and c.relname = 'entry')";
        let mut cells = ask(session, who).await?.into_iter();
        let mut next = || cells.next().flatten().unwrap_or_default();
        let (version, database, user) = (next(), next(), next());
        let (may_create, has_ledger) = (is_true(&next()), next() != "0");
        let mut missing = Vec::new();
        if !may_create && !has_ledger {
            missing.push(format!("create on database {database}, for the ledger"));
        }
        if has_ledger {
            missing.extend(missing_on_ledger(session).await?);
        }
        if self.engine == Dialect::Redshift && !sees_sessions(session).await? {
            missing.push("select on stv_sessions, to see that the holder of a lock is gone".to_owned());
        }
        Ok(Inspection { version, database, user, latency, has_ledger, missing })
    }
}

/// The rights on the ledger's tables that the user lacks.
async fn missing_on_ledger(session: &mut dyn Session) -> Result<Vec<String>, DbError> {
    let usage = ask(session, "select has_schema_privilege('vesto', 'usage')").await?;
    if !usage.first().and_then(Option::as_deref).is_some_and(is_true) {
        return Ok(vec!["usage on schema vesto".to_owned()]);
    }
    let mut missing = Vec::new();
    for table in LEDGER {
        for right in ["select", "insert"] {
            let sql = format!("select has_table_privilege('vesto.{table}', '{right}')");
            if !ask(session, &sql).await?.first().and_then(Option::as_deref).is_some_and(is_true) {
                missing.push(format!("{right} on vesto.{table}"));
            }
        }
    }
    Ok(missing)
}

async fn sees_sessions(session: &mut dyn Session) -> Result<bool, DbError> {
    match ask(session, "select count(*) from stv_sessions").await {
        Ok(_) => Ok(true),
        Err(error) if error.kind == DbErrorKind::Statement => Ok(false),
        Err(error) => Err(error),
    }
}

/// PostgreSQL's protocol says `t`, the Data API `true`.
fn is_true(cell: &str) -> bool {
    matches!(cell, "t" | "true")
}

/// The cells of the first row.
async fn ask(session: &mut dyn Session, sql: &str) -> Result<Vec<Option<String>>, DbError> {
    let mut batch = Batch::default();
    batch.own(sql);
    let answers = session.run(&batch).await.map_err(|error| error.error)?;
    Ok(answers.into_iter().find_map(|answer| answer.rows?.rows.into_iter().next()).unwrap_or_default())
}
