//! The lock of a server without advisory locks, while a run holds it: a row with an expiry, and a fence.
//!
//! The row in `vesto.holder` says who holds the lock and until when. It is renewed by the heartbeat and read by who waits.
//! The row in `vesto.fence` says who may write. Each writing transaction locks that table first, and whoever takes the lock
//! over locks it first too, so that it is changed while no transaction of the run before is open.
//! `docs/architecture.md` has the whole argument.

use std::time::{Duration, Instant};

use crate::ports::{Batch, BatchError, DbError, DbErrorKind, Outcome, Session};
use crate::sql::{Dialect, quote_literal};
use crate::target::Opener;

use super::LedgerError;
use super::heartbeat::Heartbeat;

const ASSERTION: &str = "select 1 / count(*) as holds_lock";

/// The lock that this run holds.
pub(super) struct Fence {
    claim: Claim,
    heartbeat: Heartbeat,
    /// What the run should hear of how it came by the lock.
    notes: Vec<String>,
}

/// Which row of `vesto.holder` is this run's, and for how long it is renewed.
#[derive(Clone)]
pub(super) struct Claim {
    /// Id of the run.
    pub(super) run: String,
    /// Higher than that of any holder before.
    pub(super) number: u64,
    /// How long the lock is held without a sign of life.
    pub(super) term: Duration,
}

impl Fence {
    /// Holds the lock from now on: the row is taken.
    pub(super) fn new(claim: Claim, opener: Opener, notes: Vec<String>) -> Self {
        let heartbeat = Heartbeat::start(claim.clone(), opener);
        Self { claim, heartbeat, notes }
    }

    /// Statements after a BEGIN, which let nothing after them happen unless this run still holds the lock.
    ///
    /// The snapshot of a transaction is taken by the first statement that reads, and LOCK does not
    /// (<https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html>,
    /// <https://www.postgresql.org/docs/current/sql-lock.html>), so the fence is read as it is once the lock is had.
    pub(super) fn assert(&self, batch: &mut Batch) {
        batch.own("lock table vesto.fence");
        batch.own(format!("{ASSERTION} from vesto.fence where {}", self.claim.row()));
    }

    /// Whether another run has the lock by now, as far as the heartbeat knows.
    pub(super) fn is_lost(&self) -> bool {
        self.heartbeat.is_lost()
    }

    /// What is to be told since this was asked the last time.
    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        let mut warnings = std::mem::take(&mut self.notes);
        warnings.extend(self.heartbeat.warnings());
        warnings
    }

    /// Begins a new term. `false` if the run has lost the lock.
    ///
    /// Whoever gets `true` has most of a term left: an answer that took longer to come, because the process was paused,
    /// is not believed.
    pub(super) async fn renew(&self, session: &mut dyn Session) -> Result<bool, BatchError> {
        loop {
            let asked = Instant::now();
            match session.run(&self.claim.renewal()).await {
                Ok(answers) if !Claim::is_renewed(&answers) => return Ok(false),
                Ok(_) if asked.elapsed() < self.claim.term / 2 => return Ok(true),
                Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Gives the lock back, also from within a transaction that failed. The fence stays as it is.
    pub(super) async fn release(self, session: &mut dyn Session) -> Result<(), LedgerError> {
        // It would find the row gone and take the lock for lost.
        drop(self.heartbeat);
        let mut batch = Batch::default();
        batch.own("rollback");
        session.run(&batch).await.map_err(LedgerError::database("lock"))?;
        let mut batch = Batch::default();
        // A last beat may be under way; without the lock one of the two would fail.
        batch.own("begin").own("lock table vesto.holder");
        batch.own(format!("delete from vesto.holder where {}", self.claim.row())).own("commit");
        session.run(&batch).await.map(drop).map_err(LedgerError::database("lock"))
    }
}

impl Claim {
    /// Begins a new term, if the row is still the run's.
    pub(super) fn renewal(&self) -> Batch {
        let mut batch = Batch::default();
        batch.own("begin").own(UTC).own("lock table vesto.holder");
        batch.own(format!("update vesto.holder set expires_at = {} where {}", end_of_term(self.term), self.row()));
        batch.own("commit");
        batch
    }

    /// Whether a message of [`Claim::renewal`] found the row.
    pub(super) fn is_renewed(answers: &[Outcome]) -> bool {
        answers.iter().rev().nth(1).is_some_and(|update| update.count > 0)
    }

    fn row(&self) -> String {
        format!("fence_no = {} and run_id = {}", self.number, quote_literal(&self.run, Dialect::Redshift))
    }
}

/// `getdate()` is in the time zone of the session, and runs may differ in theirs
/// (<https://docs.aws.amazon.com/redshift/latest/dg/r_GETDATE.html>). Only for the transaction: it is the user's session.
pub(super) const UTC: &str = "set local timezone to 'UTC'";

/// When a term ends that begins now, by the server's clock.
pub(super) fn end_of_term(term: Duration) -> String {
    format!("getdate() + interval '{} seconds'", term.as_secs())
}

/// Whether a refused statement is that of [`Fence::begin`], and was refused because the fence names another run: it may
/// also be cancelled, or be in the way of others. Redshift says "Divide by zero" where its compute nodes divide.
pub(super) fn is_denied(sql: &str, error: &DbError) -> bool {
    let divided = error.has_code("22012") || error.message.to_lowercase().ends_with("by zero");
    error.kind == DbErrorKind::Statement && divided && sql.starts_with(ASSERTION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_division_says_that_the_lock_is_lost() {
        let refusal = |code: Option<&str>, message: &str| {
            let error = DbError::new(DbErrorKind::Statement, message);
            DbError { code: code.map(str::to_owned), ..error }
        };
        let assertion = format!("{ASSERTION} from vesto.fence where fence_no = 1");
        assert!(is_denied(&assertion, &refusal(Some("22012"), "Division durch Null")));
        assert!(is_denied(&assertion, &refusal(Some("XX000"), "Divide by zero")));
        assert!(!is_denied(&assertion, &refusal(Some("57014"), "canceling statement due to user request")));
        assert!(!is_denied("select 1 / 0", &refusal(Some("22012"), "division by zero")));
        assert!(!is_denied(&assertion, &DbError::new(DbErrorKind::Lost, "by zero")));
    }
}
