//! The end of a run that does not end well: what was under way is undone, recorded and told.

use std::time::Duration;

use crate::history::Action;
use crate::ledger::{EntryRecord, LedgerError, LockedLedger};
use crate::plan::PlannedChange;
use crate::ports::{Batch, DbError, DbErrorKind};
use crate::sql::probe::Verdict;

use super::apply::{Runner, Work};
use super::doubt::ask;
use super::failure::statement_failure;
use super::message::Part;
use super::{Event, RunOutcome, RunReport};

/// Where and why the work stopped.
pub(super) struct Stop {
    /// The step; none if vesto's own bookkeeping failed.
    part: Option<Part>,
    /// The piece of its body; none if it is not one of them.
    piece: Option<usize>,
    error: DbError,
    elapsed: Duration,
    /// Whether another run holds the lock by now.
    lock_lost: bool,
    /// Whether somebody asked for it.
    interrupted: bool,
    /// Position of the first change that is not complete, where the step does not say it.
    first_undone: Option<usize>,
}

impl Stop {
    pub(super) fn at(part: Option<&Part>, piece: Option<usize>, error: DbError, elapsed: Duration) -> Self {
        let first_undone = part.and_then(|part| part.change);
        Self { part: part.cloned(), piece, error, elapsed, lock_lost: false, interrupted: false, first_undone }
    }

    /// Stopped on request, with what the server said to the step that was under way, if one was.
    pub(super) fn interrupted(under_way: Option<(&Part, DbError, Duration)>, first_undone: Option<usize>) -> Self {
        let stop = match under_way {
            Some((part, error, elapsed)) => Self::at(Some(part), None, error, elapsed),
            None => Self::at(None, None, DbError::new(DbErrorKind::Statement, "stopped on request"), Duration::ZERO),
        };
        Self { interrupted: true, first_undone, ..stop }
    }

    pub(super) fn lock_lost() -> Self {
        let error = DbError::new(DbErrorKind::Statement, LedgerError::LockLost.to_string());
        Self { lock_lost: true, ..Self::at(None, None, error, Duration::ZERO) }
    }

    /// Whether nothing more can be written.
    pub(super) fn is_final(&self) -> bool {
        self.lock_lost || self.error.kind == DbErrorKind::Lost
    }
}

impl Runner<'_> {
    /// Undoes the open transaction, records the failure, and tells what was not started.
    pub(super) async fn stop(&mut self, mut work: Work<'_>, stop: Stop) -> Result<RunReport, LedgerError> {
        if stop.lock_lost {
            return Err(LedgerError::LockLost);
        }
        if stop.interrupted {
            return self.stop_on_request(work, stop).await;
        }
        let Some((part, index)) = stop.part.as_ref().and_then(|part| Some((part, part.change?))) else {
            if stop.error.kind == DbErrorKind::Lost {
                let message = format!("{}; the ledger knows what was carried out", stop.error.message);
                work.report.untold = vec![Event::Warned { message }];
                work.report.outcome = RunOutcome::Failed;
                work.report.lost = true;
                return Ok(work.report);
            }
            return Err(LedgerError::Database { doing: "write", error: stop.error });
        };
        let change = &work.plan.changes[index];
        let failure = statement_failure(change, part, stop.piece, &stop.error, self.files);
        let lost = stop.error.kind == DbErrorKind::Lost;
        let (id, duration) = (change.id.to_string(), stop.elapsed);
        let mut facts = vec![Event::ChangeFailed { id, failure: failure.clone(), duration }];
        let skipped = work.plan.changes[index + 1..].iter();
        facts.extend(skipped.map(|skipped| Event::ChangeSkipped { id: skipped.id.to_string() }));
        if lost {
            work.report.untold = facts;
        } else {
            facts.into_iter().for_each(&mut *self.emit);
        }
        work.report.outcome = RunOutcome::Failed;
        work.report.lost = lost;
        if !lost {
            self.clear_remains(part).await?;
            self.record_end_of_run("failed", Some((change, &failure.message)), &work.undress).await?;
        }
        work.report.failed = Some((change.id.clone(), failure));
        Ok(work.report)
    }

    /// Ends the run as a person asked, with what was under way undone.
    async fn stop_on_request(&mut self, mut work: Work<'_>, stop: Stop) -> Result<RunReport, LedgerError> {
        // What follows puts things away and must not be cancelled.
        self.interrupt.hear();
        work.report.outcome = RunOutcome::Interrupted;
        let first = stop.first_undone.unwrap_or(work.plan.changes.len());
        let mut failed = None;
        if let Some(part) = &stop.part
            && let Some(change) = work.plan.changes.get(first)
        {
            let mut failure = statement_failure(change, part, stop.piece, &stop.error, self.files);
            failure.message = "stopped on request, and undone".into();
            let id = change.id.to_string();
            (self.emit)(Event::ChangeFailed { id, failure: failure.clone(), duration: stop.elapsed });
            failed = Some((change, failure));
            self.clear_remains(part).await?;
        }
        let skipped = first + usize::from(failed.is_some());
        for change in work.plan.changes.get(skipped..).unwrap_or_default() {
            (self.emit)(Event::ChangeSkipped { id: change.id.to_string() });
        }
        let entry = failed.as_ref().map(|(change, failure)| (*change, failure.message.as_str()));
        self.record_end_of_run("interrupted", entry, &work.undress).await?;
        work.report.failed = failed.map(|(change, failure)| (change.id.clone(), failure));
        Ok(work.report)
    }

    /// Undoes the open transaction, and records how the run ended and which change was the reason.
    async fn record_end_of_run(
        &mut self,
        outcome: &str,
        failed: Option<(&PlannedChange, &str)>,
        undress: &Batch,
    ) -> Result<(), LedgerError> {
        let mut batch = Batch::default();
        batch.own("rollback");
        batch.pieces.extend_from_slice(&undress.pieces);
        self.session.run(&batch).await.map_err(|error| LedgerError::of_write(&batch, error))?;
        let mut batch = Batch::default();
        self.ledger.begin(&mut batch, true);
        if let Some((change, message)) = failed {
            self.ledger.mark(&mut batch);
            let entry = self.ledger.entry(&EntryRecord {
                change: change.id.as_str(),
                title: &change.title,
                action: Action::Failed,
                checksum: &change.checksum,
                statements: change.script.statements().len(),
                message: Some(message),
                forward: None,
                rollback: None,
            });
            LockedLedger::insert([&entry], &mut batch);
        }
        self.ledger.finish(&mut batch, outcome);
        batch.own("commit");
        self.session.run(&batch).await.map(drop).map_err(|error| LedgerError::of_write(&batch, error))
    }

    /// Clears away what a refused statement left half made, such as an index that is not valid: nobody would come back
    /// for it, and it would stand in the way of the next attempt.
    async fn clear_remains(&mut self, part: &Part) -> Result<(), LedgerError> {
        let Some((query, before)) = &part.probe else { return Ok(()) };
        let told = |error: DbError| LedgerError::Database { doing: "write", error };
        let after = ask(self.session, query, &Batch::default()).await.map_err(told)?;
        if query.verdict(before.as_deref(), after.as_deref()) != Verdict::Broken {
            return Ok(());
        }
        for sql in &query.clear {
            let mut batch = Batch::default();
            batch.own(sql);
            let message = match self.session.run(&batch).await {
                Ok(_) => format!("what the statement left half made was cleared away with `{sql}`"),
                Err(error) => format!("the statement left something half made, and `{sql}` failed: {error}"),
            };
            (self.emit)(Event::Warned { message });
        }
        Ok(())
    }
}
