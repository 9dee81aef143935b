//! The lock of a target, and the ledger's only writer, which exists only while the lock is held.

use std::time::Duration;

use crate::history::History;
use crate::ports::{Batch, Outcome, Session};
use crate::sql::{Dialect, quote_literal};

use super::record::{self, EntryRecord, JournalRecord};
use super::{Holder, Ledger, LedgerError, holder, is_absent, schema};

/// Key of PostgreSQL's advisory lock: "vesto" in ASCII. Advisory locks belong to one database.
const ADVISORY_KEY: u64 = 0x76_6573_746f;

/// Begin, insert, commit.
const RUN_PIECES: usize = 3;

/// Who runs vesto, on what, for what: one row of the ledger.
#[derive(Clone, Debug, Default)]
pub struct RunInfo {
    /// A UUID.
    pub run: String,
    /// The command, such as `apply`.
    pub command: String,
    /// Name of the project.
    pub project: String,
    /// Name of the person or robot.
    pub author: String,
    /// Name of the machine.
    pub host: String,
    /// Version of vesto.
    pub tool_version: String,
    /// Commit of the project's repository, where one is known.
    pub source_commit: Option<String>,
    /// Begin of the run: `YYYY-MM-DD HH:MM:SS[.ffffff]`, UTC.
    pub started_at: String,
}

/// The ledger's only writer. It hands out the statements that write rows, so that they travel in the transaction of what
/// they record.
pub struct LockedLedger {
    info: RunInfo,
    dialect: Dialect,
    last_sequence: u64,
    run: RunRecord,
    /// Settings of the session, and what makes the tables of a new ledger: they go ahead of the run's own row.
    preparation: Batch,
}

/// Whether the ledger knows of this run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RunRecord {
    Missing,
    /// Handed out in a message that was not answered yet.
    Handed,
    Written,
}

impl LockedLedger {
    /// Takes the lock, brings the ledger's tables up to date, and reads the history under the lock.
    ///
    /// `dialect` is that of the server itself: PostgreSQL for the double. The lock is that of the session and ends with it.
    pub async fn acquire(
        session: &mut dyn Session,
        dialect: Dialect,
        info: RunInfo,
        wait: Duration,
    ) -> Result<(Self, History), LedgerError> {
        let (history, preparation) = match dialect {
            Dialect::Postgres => Self::acquire_advisory(session, wait).await?,
            Dialect::Redshift => (holder::acquire(session, &info, wait).await?, Batch::default()),
        };
        let ledger =
            Self { info, dialect, last_sequence: history.last_sequence(), run: RunRecord::Missing, preparation };
        Ok((ledger, history))
    }

    /// The history, and what must go ahead of the first row that is written.
    async fn acquire_advisory(session: &mut dyn Session, wait: Duration) -> Result<(History, Batch), LedgerError> {
        let mut batch = Batch::default();
        // The time-out also bounds waits for advisory locks; 0 would mean to wait for ever.
        batch.own(format!("set lock_timeout = {}", wait.as_millis().max(1)));
        batch.own(format!("select pg_advisory_lock({ADVISORY_KEY})"));
        batch.own("reset lock_timeout");
        let locking = batch.pieces.len();
        Ledger::ask(&mut batch);
        match session.run(&batch).await {
            Ok(answers) => Ok((Ledger::answer(&answers)?, session_settings())),
            // The time-out for locks, or the user's own for statements, which may be the shorter one.
            Err(error) if error.error.has_code("55P03") || error.error.has_code("57014") && error.piece < locking => {
                Err(LedgerError::Locked(advisory_holder(session).await))
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

    /// The run that holds the lock.
    pub fn run_id(&self) -> &str {
        &self.info.run
    }

    /// Gives the lock back, where the end of the session does not.
    pub async fn release(self, session: &mut dyn Session) -> Result<(), LedgerError> {
        match self.dialect {
            Dialect::Postgres => Ok(()),
            Dialect::Redshift => holder::release(session, &self.info.run).await,
        }
    }

    /// Begins a transaction.
    ///
    /// The last transaction of a message must be `durable`: it takes those before it to the disk.
    pub fn begin(&mut self, batch: &mut Batch, durable: bool) {
        self.record_run(batch);
        batch.own("begin");
        match self.dialect {
            Dialect::Redshift => {
                for statement in holder::assertion(&self.info.run) {
                    batch.own(statement);
                }
            }
            Dialect::Postgres if durable => {
                batch.own("set local synchronous_commit = on");
            }
            Dialect::Postgres => {}
        }
    }

    /// Whether a refused statement of vesto's own says that the run lost the lock.
    pub fn tells_lock_is_lost(sql: &str) -> bool {
        holder::is_assertion(sql)
    }

    /// Notes the time, where the server can: what is recorded after this in the transaction counts as started now.
    /// Returns the number of the piece whose answer [`LockedLedger::started`] reads.
    pub fn mark(&self, batch: &mut Batch) -> Option<usize> {
        if self.dialect != Dialect::Postgres {
            return None;
        }
        batch.own("select set_config('vesto.started', extract(epoch from clock_timestamp())::text, true)");
        Some(batch.pieces.len() - 1)
    }

    /// The time that a piece of [`LockedLedger::mark`] noted, in seconds of the server's clock.
    pub fn started(answer: &Outcome) -> Option<f64> {
        answer.rows.as_ref()?.first_cell()?.parse().ok()
    }

    /// Takes note of how many pieces of a message with statements of this ledger the server carried out.
    pub fn carried_out(&mut self, pieces: usize) {
        if self.run == RunRecord::Handed {
            // The run's own transaction stands first in its message.
            let needed = self.preparation.pieces.len() + RUN_PIECES;
            self.run = if pieces < needed { RunRecord::Missing } else { RunRecord::Written };
        }
    }

    /// Appends an entry to the transaction that is open in the batch.
    pub fn entry(&mut self, batch: &mut Batch, record: &EntryRecord<'_>) {
        let started = match self.dialect {
            Dialect::Postgres => "to_timestamp(current_setting('vesto.started')::float8) at time zone 'UTC'",
            Dialect::Redshift => record::clock(self.dialect),
        };
        let sequence = self.next_sequence();
        for statement in record::entry(&self.info.run, sequence, started, record, self.dialect) {
            batch.own(statement);
        }
    }

    /// Appends a journal row to the transaction that is open in the batch.
    pub fn journal(&mut self, batch: &mut Batch, record: &JournalRecord<'_>) {
        let sequence = self.next_sequence();
        batch.own(record::journal(&self.info.run, sequence, record, self.dialect));
    }

    /// Appends the end of the run to the transaction that is open in the batch.
    pub fn finish(&mut self, batch: &mut Batch, outcome: &str) {
        batch.own(format!(
            "update vesto.run set finished_at = {}, outcome = {} where run_id = {}",
            record::clock(self.dialect),
            quote_literal(outcome, self.dialect),
            quote_literal(&self.info.run, self.dialect),
        ));
    }

    fn next_sequence(&mut self) -> u64 {
        self.last_sequence += 1;
        self.last_sequence
    }

    /// A run that writes nothing leaves no row.
    fn record_run(&mut self, batch: &mut Batch) {
        if self.run != RunRecord::Missing {
            return;
        }
        self.run = RunRecord::Handed;
        batch.pieces.extend_from_slice(&self.preparation.pieces);
        let literal = |text: &str, bytes| quote_literal(record::head(text, bytes), self.dialect);
        let info = &self.info;
        // In a transaction of its own: what follows may be undone, and the run happened all the same.
        batch.own("begin");
        batch.own(format!(
            "insert into vesto.run (run_id, command, project, author, host, tool_version, source_commit, started_at) \
             values ({}, {}, {}, {}, {}, {}, {}, {})",
            literal(&info.run, 36),
            literal(&info.command, 32),
            literal(&info.project, 256),
            literal(&info.author, 256),
            literal(&info.host, 256),
            literal(&info.tool_version, 32),
            info.source_commit.as_deref().map_or_else(|| "null".to_owned(), |commit| literal(commit, 64)),
            literal(&info.started_at, 32),
        ));
        batch.own("commit");
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
async fn advisory_holder(session: &mut dyn Session) -> Option<Holder> {
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
