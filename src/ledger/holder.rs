//! The lock of a server without advisory locks: a row that one run holds until it gives it back or lets it expire.
//!
//! Redshift enforces no keys, so the row is read and written under `LOCK TABLE`, which must be the first statement of its
//! transaction: the snapshot is taken by the first statement that reads, and LOCK does not read
//! (<https://docs.aws.amazon.com/redshift/latest/dg/r_LOCK.html>).

use std::time::{Duration, Instant};

use crate::history::History;
use crate::ports::{Batch, BatchError, Outcome, Session};
use crate::sql::{Dialect, quote_literal};

use super::lock::RunInfo;
use super::{Holder, Ledger, LedgerError, schema};

/// How long a run that says nothing more keeps the lock. Each of its transactions begins a new term.
const TERM: &str = "interval '1 hour'";

/// How long to wait before the row is looked at again.
const PAUSE: Duration = Duration::from_millis(500);

/// Waits for the row to be free, takes it, and reads the history.
pub(super) async fn acquire(session: &mut dyn Session, info: &RunInfo, wait: Duration) -> Result<History, LedgerError> {
    create_tables(session).await?;
    let deadline = Instant::now() + wait;
    let mut last = None;
    loop {
        match look(session, deadline.saturating_duration_since(Instant::now())).await? {
            Look::Free => break,
            Look::Held(holder) => last = Some(holder),
            // The holder's transaction is under way, and its row cannot be read under the lock before it ends.
            Look::Busy => last = peek(session).await?.or(last),
        }
        if Instant::now() >= deadline {
            return Err(LedgerError::Locked(last));
        }
        tokio::time::sleep(PAUSE.min(deadline.saturating_duration_since(Instant::now()))).await;
    }
    let literal = |text: &str| quote_literal(text, Dialect::Redshift);
    let mut batch = Batch::default();
    batch.own("delete from vesto.holder");
    batch.own(format!(
        "insert into vesto.holder (run_id, author, host, expires_at) values ({}, {}, {}, getdate() + {TERM})",
        literal(&info.run),
        literal(&info.author),
        literal(&info.host),
    ));
    batch.own("commit");
    Ledger::ask(&mut batch);
    let answers = session.run(&batch).await.map_err(LedgerError::database("lock"))?;
    Ledger::answer(&answers)
}

/// Brings the ledger's tables up to date.
///
/// There is no lock yet, so first runs on a target may do so at once. Whoever is too late for the schema, for refinery's
/// table or for the others fails, and finds it made when he looks again.
async fn create_tables(session: &mut dyn Session) -> Result<(), LedgerError> {
    for _ in 0..3 {
        if try_to_create_tables(session).await.is_ok() {
            return Ok(());
        }
        end(session, "rollback").await?;
    }
    try_to_create_tables(session).await
}

async fn try_to_create_tables(session: &mut dyn Session) -> Result<(), LedgerError> {
    let batch = schema::missing(session).await?.batch;
    if !batch.pieces.is_empty() {
        session.run(&batch).await.map_err(LedgerError::database("create"))?;
    }
    Ok(())
}

const ASSERTION: &str = "select 1 / count(*) as holds_lock";

/// A statement that fails, and so aborts its transaction, if the run no longer holds the lock; else it begins a new term.
pub(super) fn assertion(run: &str) -> Vec<String> {
    let run = quote_literal(run, Dialect::Redshift);
    vec![
        format!("update vesto.holder set expires_at = getdate() + {TERM} where run_id = {run}"),
        format!("{ASSERTION} from vesto.holder where run_id = {run}"),
    ]
}

/// Whether a refused statement is that of [`assertion`].
pub(super) fn is_assertion(sql: &str) -> bool {
    sql.starts_with(ASSERTION)
}

/// Gives the row back, also from within a transaction that failed.
pub(super) async fn release(session: &mut dyn Session, run: &str) -> Result<(), LedgerError> {
    end(session, "rollback").await?;
    end(session, &format!("delete from vesto.holder where run_id = {}", quote_literal(run, Dialect::Redshift))).await
}

/// What a look at the row found.
enum Look {
    /// Nobody's. The transaction that holds the lock of the table is open.
    Free,
    /// Somebody's.
    Held(Holder),
    /// The table's lock was not to be had in time.
    Busy,
}

const HELD: &str = "select run_id, author || ' on ' || host from vesto.holder where expires_at > getdate()";

/// Locks the table and says who holds the row.
async fn look(session: &mut dyn Session, wait: Duration) -> Result<Look, LedgerError> {
    let mut batch = Batch::default();
    batch.own("lock table vesto.holder").own(HELD);
    let looked = match within(session, wait.max(PAUSE), &batch).await? {
        Ok(answers) => held(&answers).map_or(Look::Free, Look::Held),
        Err(error) if error.error.has_code("57014") => Look::Busy,
        Err(error) => return Err(LedgerError::database("lock")(error)),
    };
    if !matches!(looked, Look::Free) {
        end(session, "rollback").await?;
    }
    Ok(looked)
}

/// Who held the row at the last commit, if that can be seen at once.
async fn peek(session: &mut dyn Session) -> Result<Option<Holder>, LedgerError> {
    let mut batch = Batch::default();
    batch.own(HELD);
    let answers = within(session, PAUSE, &batch).await?;
    end(session, "rollback").await?;
    Ok(answers.ok().and_then(|answers| held(&answers)))
}

/// Runs a batch in a transaction that is left open, and in which no statement may take longer than `limit`.
async fn within(
    session: &mut dyn Session,
    limit: Duration,
    batch: &Batch,
) -> Result<Result<Vec<Outcome>, BatchError>, LedgerError> {
    // In a message of its own: a server may apply the limit that was set when a message began.
    let mut begin = Batch::default();
    begin.own("begin").own(format!("set local statement_timeout to {}", limit.as_millis()));
    session.run(&begin).await.map_err(LedgerError::database("lock"))?;
    Ok(session.run(batch).await)
}

fn held(answers: &[Outcome]) -> Option<Holder> {
    let row = answers.last()?.rows.as_ref()?.rows.first()?;
    let [Some(run), Some(who)] = row.as_slice() else { return None };
    let release = format!("delete from vesto.holder where run_id = {}", quote_literal(run, Dialect::Redshift));
    Some(Holder { who: format!("{who}, run {run}"), release })
}

async fn end(session: &mut dyn Session, sql: &str) -> Result<(), LedgerError> {
    let mut batch = Batch::default();
    batch.own(sql);
    session.run(&batch).await.map(drop).map_err(LedgerError::database("lock"))
}
