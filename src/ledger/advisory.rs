//! The lock of PostgreSQL: an advisory lock on the session that executes, which ends with that session.

use std::time::Duration;

use crate::history::History;
use crate::ports::{Batch, Session};

use super::{Holder, Ledger, LedgerError, is_absent, schema};

/// Key of PostgreSQL's advisory lock: "vesto" in ASCII. Advisory locks belong to one database.
const ADVISORY_KEY: u64 = 0x76_6573_746f;

/// Waits for the lock. Returns the history, and what must go ahead of the first row that is written.
pub(super) async fn acquire(session: &mut dyn Session, wait: Duration) -> Result<(History, Batch), LedgerError> {
    let mut batch = Batch::default();
    // A transaction of its own: where the server's default is `repeatable read`, what is read in the same transaction is
    // as old as its first statement, and so as the beginning of the wait.
    batch.own("begin");
    // The time-out also bounds waits for advisory locks; 0 would mean to wait for ever.
    batch.own(format!("set local lock_timeout = {}", wait.as_millis().max(1)));
    batch.own(format!("select pg_advisory_lock({ADVISORY_KEY})"));
    batch.own("commit");
    let locking = batch.pieces.len();
    Ledger::ask(&mut batch);
    match session.run(&batch).await {
        Ok(answers) => Ok((Ledger::answer(&answers)?, session_settings())),
        // The time-out for locks, or the user's own for statements, which may be the shorter one.
        Err(error) if error.error.has_code("55P03") || error.error.has_code("57014") && error.piece < locking => {
            let mut batch = Batch::default();
            batch.own("rollback");
            session.run(&batch).await.map_err(LedgerError::database("lock"))?;
            Err(LedgerError::Locked(holder(session).await))
        }
        // The lock survives the failed message: advisory locks of a session do not end with its transaction.
        Err(error) if error.piece >= locking && is_absent(&error.error) => {
            let schema::Missing { batch: mut schema, all } = schema::missing(session).await?;
            if all {
                let mut batch = session_settings();
                batch.pieces.append(&mut schema.pieces);
                return Ok((History::default(), batch));
            }
            Ledger::ask(&mut schema);
            let answers = session.run(&schema).await.map_err(LedgerError::database("create"))?;
            Ok((Ledger::answer(&answers)?, session_settings()))
        }
        Err(error) => Err(LedgerError::database("lock")(error)),
    }
}

/// Settings of a session that writes.
fn session_settings() -> Batch {
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
