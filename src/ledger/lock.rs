//! The lock of a target, and the ledger's only writer, which exists only while the lock is held.

use std::time::Duration;

use crate::history::History;
use crate::ports::{Batch, BatchError, DbError, Outcome, Session};
use crate::sql::{Dialect, quote_literal};
use crate::target::Lease;

use super::attribution::{label, query_group};
use super::fence::{self, Fence};
use super::record::{self, EntryRecord, JournalRecord, NewEntry};
use super::{LedgerError, advisory, holder};

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
    /// What the lock is where it does not end with the session.
    fence: Option<Fence>,
    /// Whether the session has the run for its query group.
    labelled: bool,
    /// Settings of the session, and what makes the tables of a new ledger: they go ahead of the run's own row.
    preparation: Batch,
}

/// Whether the ledger knows of this run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RunRecord {
    Missing,
    /// Handed out in a message that was not answered yet: its first pieces, so many of them.
    Handed(usize),
    Written,
}

impl LockedLedger {
    /// Takes the lock, brings the ledger's tables up to date, and reads the history under the lock.
    ///
    /// Which lock it is depends on the server itself, which is PostgreSQL for the double. There it is the session's and ends
    /// with it. On Redshift it is a row that is renewed while the ledger lives, with a fence that every transaction asserts.
    pub async fn acquire(lease: &mut Lease, info: RunInfo, wait: Duration) -> Result<(Self, History), LedgerError> {
        let mut labelled = false;
        let (fence, (history, preparation)) = match lease.engine {
            Dialect::Postgres => (None, advisory::acquire(lease.session.as_mut(), wait, &lease.interrupt).await?),
            Dialect::Redshift => {
                let (fence, history) = holder::acquire(lease, &info, wait).await?;
                labelled = label(lease.session.as_mut(), &info.run).await?;
                (Some(fence), (history, Batch::default()))
            }
        };
        let last_sequence = history.last_sequence();
        let run = RunRecord::Missing;
        let ledger = Self { info, dialect: lease.engine, last_sequence, run, fence, labelled, preparation };
        Ok((ledger, history))
    }

    /// The run that holds the lock.
    pub fn run(&self) -> &RunInfo {
        &self.info
    }

    /// Gives the lock back, where the end of the session does not.
    pub async fn release(self, session: &mut dyn Session) -> Result<(), LedgerError> {
        match self.fence {
            None => Ok(()),
            Some(fence) => fence.release(session).await,
        }
    }

    /// Whether the run has lost the lock, as far as it has noticed. Its transactions cannot commit then.
    pub fn is_lost(&self) -> bool {
        self.fence.as_ref().is_some_and(Fence::is_lost)
    }

    /// What people should hear of the lock since this was asked the last time.
    pub fn take_warnings(&mut self) -> Vec<String> {
        self.fence.as_mut().map(Fence::take_warnings).unwrap_or_default()
    }

    /// Whether the run holds the lock now and for most of a term: to be asked right before a statement that runs in no
    /// transaction, and so asserts nothing itself.
    pub async fn still_holds(&self, session: &mut dyn Session) -> Result<bool, BatchError> {
        match &self.fence {
            None => Ok(true),
            Some(fence) => fence.renew(session).await,
        }
    }

    /// Begins a transaction.
    ///
    /// The last transaction of a message must be `durable`: it takes those before it to the disk.
    pub fn begin(&mut self, batch: &mut Batch, durable: bool) {
        self.begin_isolated(batch, None, durable);
    }

    /// Begins a transaction that is isolated as the words of the level say, if there are any.
    pub fn begin_isolated(&mut self, batch: &mut Batch, level: Option<&'static str>, durable: bool) {
        self.record_run(batch);
        self.begin_alone(batch, level);
        if durable && self.dialect == Dialect::Postgres {
            batch.own("set local synchronous_commit = on");
        }
    }

    fn begin_alone(&self, batch: &mut Batch, level: Option<&'static str>) {
        batch.own(level.map_or_else(|| "begin".to_owned(), |level| format!("begin isolation level {level}")));
        if let Some(fence) = &self.fence {
            fence.assert(batch);
        }
    }

    /// What the ledger sets for the session that writes.
    pub fn session_settings(&self) -> Batch {
        match self.dialect {
            Dialect::Postgres => advisory::session_settings(),
            Dialect::Redshift if self.labelled => query_group(&self.info.run),
            Dialect::Redshift => Batch::default(),
        }
    }

    /// Whether the refusal of a statement of vesto's own says that the run lost the lock.
    pub fn says_lock_is_lost(sql: &str, error: &DbError) -> bool {
        fence::is_denied(sql, error)
    }

    /// Notes the time, where the server can: what is recorded in the transaction counts as started now. It stands for the
    /// beginning of the transaction, which `now()` does not: that is when the message came.
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
        if let RunRecord::Handed(needed) = self.run {
            self.run = if pieces < needed { RunRecord::Missing } else { RunRecord::Written };
        }
    }

    /// The next entry. [`LockedLedger::insert`] writes it.
    pub fn entry(&mut self, record: &EntryRecord<'_>) -> NewEntry {
        let started = match self.dialect {
            Dialect::Postgres => "to_timestamp(current_setting('vesto.started')::float8) at time zone 'UTC'",
            Dialect::Redshift => record::clock(self.dialect),
        };
        let sequence = self.next_sequence();
        record::entry(&self.info.run, sequence, started, record, self.dialect)
    }

    /// Appends entries to the transaction that is open in the batch, and in which the time was noted.
    pub fn insert<'a>(entries: impl IntoIterator<Item = &'a NewEntry>, batch: &mut Batch) {
        record::insert(entries, batch);
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
        batch.pieces.extend_from_slice(&self.preparation.pieces);
        let literal = |text: &str, bytes| quote_literal(record::head(text, bytes), self.dialect);
        let info = &self.info;
        let run = literal(&info.run, 36);
        // In a transaction of its own: what follows may be undone, and the run happened all the same. A run that goes on
        // after it lost its connection has its row already.
        self.begin_alone(batch, None);
        batch.own(format!(
            "insert into vesto.run (run_id, command, project, author, host, tool_version, source_commit, started_at) \
             select {run}, {}, {}, {}, {}, {}, {}, cast({} as timestamp) \
             where not exists (select 1 from vesto.run where run_id = {run})",
            literal(&info.command, 32),
            literal(&info.project, 256),
            literal(&info.author, 256),
            literal(&info.host, 256),
            literal(&info.tool_version, 32),
            info.source_commit.as_deref().map_or_else(|| "null".to_owned(), |commit| literal(commit, 64)),
            literal(&info.started_at, 32),
        ));
        batch.own("commit");
        // It stands first in its message.
        self.run = RunRecord::Handed(batch.pieces.len());
    }
}
