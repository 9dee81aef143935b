//! The lock of PostgreSQL: an advisory lock on the session that executes, which ends with that session.

use std::time::{Duration, Instant};

use crate::history::History;
use crate::ports::{Batch, BatchError, Interrupt, Outcome, Rows, Session};

use super::{Holder, Ledger, LedgerError, is_absent, schema};

/// Key of PostgreSQL's advisory lock: "vesto" in ASCII. Advisory locks belong to one database.
const ADVISORY_KEY: u64 = 0x76_6573_746f;

/// How long to wait before the lock is tried again: at first, and at most.
const PAUSES: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(250)];

/// What tries the lock, alone in its transaction, with the piece that says whether it was had.
const TRY: [&str; 3] = ["begin", "select pg_try_advisory_lock(KEY)", "commit"];
const TRIED: usize = 1;

/// Waits for the lock. Returns the history, and what must go ahead of the first row that is written.
///
/// It is tried again and again, and not waited for on the server: that would be a statement with a snapshot, and an index
/// that the holder builds concurrently waits for all of these. Each would wait for the other until the server ends one.
pub(super) async fn acquire(
    session: &mut dyn Session,
    wait: Duration,
    interrupt: &Interrupt,
) -> Result<(History, Batch), LedgerError> {
    let deadline = Instant::now() + wait;
    // A transaction of its own: where the server's default is `repeatable read`, what is read in the same transaction is
    // as old as its first statement, and so may be older than the lock.
    let mut batch = attempt();
    Ledger::ask(&mut batch);
    loop {
        let result = session.run(&batch).await;
        if was_had(result.as_ref().unwrap_or_else(|error| &error.answered)) {
            return opened(session, result).await;
        }
        refused(session, result).await?;
        // The lock is had twice after this, which makes no difference: it ends with the session.
        wait_for_it(session, deadline, interrupt).await?;
    }
}

/// Tries until the lock is had or the time is over.
async fn wait_for_it(session: &mut dyn Session, deadline: Instant, interrupt: &Interrupt) -> Result<(), LedgerError> {
    let [mut pause, longest] = PAUSES;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || interrupt.is_raised() {
            return Err(LedgerError::Locked(holder(session).await));
        }
        tokio::time::sleep(pause.min(left)).await;
        pause = (pause * 2).min(longest);
        let result = session.run(&attempt()).await;
        if was_had(result.as_ref().unwrap_or_else(|error| &error.answered)) {
            return Ok(());
        }
        refused(session, result).await?;
    }
}

fn attempt() -> Batch {
    let mut batch = Batch::default();
    for sql in TRY {
        batch.own(sql.replace("KEY", &ADVISORY_KEY.to_string()));
    }
    batch
}

fn was_had(answers: &[Outcome]) -> bool {
    answers.len() >= TRY.len() && answers[TRIED].rows.as_ref().and_then(Rows::first_cell) == Some("t")
}

/// Lets pass what may follow an attempt that was in vain: there is no ledger yet, or somebody asked to stop.
async fn refused(session: &mut dyn Session, result: Result<Vec<Outcome>, BatchError>) -> Result<(), LedgerError> {
    match result {
        Ok(_) => Ok(()),
        Err(error) if error.piece >= TRY.len() && is_absent(&error.error) => Ok(()),
        Err(error) if error.error.has_code("57014") => {
            let mut batch = Batch::default();
            batch.own("rollback");
            session.run(&batch).await.map(drop).map_err(LedgerError::database("lock"))
        }
        Err(error) => Err(LedgerError::database("lock")(error)),
    }
}

/// The history, once the lock is had.
async fn opened(
    session: &mut dyn Session,
    result: Result<Vec<Outcome>, BatchError>,
) -> Result<(History, Batch), LedgerError> {
    match result {
        Ok(answers) => Ok((Ledger::answer(answers)?, session_settings())),
        // The lock survives the failed message: advisory locks of a session do not end with its transaction.
        Err(error) if is_absent(&error.error) => {
            let schema::Missing { batch: mut schema, all } = schema::missing(session).await?;
            if all {
                let mut batch = session_settings();
                batch.pieces.append(&mut schema.pieces);
                return Ok((History::default(), batch));
            }
            Ledger::ask(&mut schema);
            let answers = session.run(&schema).await.map_err(LedgerError::database("create"))?;
            Ok((Ledger::answer(answers)?, session_settings()))
        }
        Err(error) => Err(LedgerError::database("lock")(error)),
    }
}

/// Settings of a session that writes.
pub(super) fn session_settings() -> Batch {
    let mut batch = Batch::default();
    // The ledger's row stands in the same transaction as what it records, so a crash of the server can lose a suffix
    // of changes only together with their rows. The last commit of a message waits for the disk and so covers all.
    batch.own("set synchronous_commit = off");
    // A server whose client was killed would go on with a statement that nobody waits for, and keep the lock. PostgreSQL 14
    // and later can look, on systems that tell it.
    batch.own(
        "select set_config('client_connection_check_interval', '1s', false) \
         where current_setting('client_connection_check_interval', true) is not null and version() ~* 'linux'",
    );
    batch
}

/// Who holds the advisory lock, as far as this user may see it.
async fn holder(session: &mut dyn Session) -> Option<Holder> {
    let mut batch = Batch::default();
    batch.own(format!(
        "select a.pid, a.application_name || ' of ' || a.usename || coalesce(' from ' || host(a.client_addr), '') || \
         ', server process ' || a.pid from pg_locks l join pg_stat_activity a on a.pid = l.pid \
         where l.locktype = 'advisory' and l.granted \
         and l.database = (select oid from pg_database where datname = current_database()) \
         and l.classid = {} and l.objid = {}",
        ADVISORY_KEY >> 32,
        ADVISORY_KEY & 0xffff_ffff,
    ));
    let answers = session.run(&batch).await.ok()?;
    let row = answers.first()?.rows.as_ref()?.rows.first()?;
    let [Some(pid), Some(who)] = row.as_slice() else { return None };
    Some(Holder { who: who.clone(), release: format!("select pg_terminate_backend({pid})") })
}
