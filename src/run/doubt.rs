//! Settling doubts: asks the database about statements whose answer never came.

use crate::history::{Direction, History, StepState};
use crate::ledger::{JournalRecord, LedgerError, LockedLedger};
use crate::plan::DoubtedStatement;
use crate::ports::{Batch, DbError, DbErrorKind, Session};
use crate::project::ChangeId;
use crate::sql::probe::{Query, Verdict};
use crate::sql::{Dialect, Probe};

use super::setting::ChangeSettings;

/// What became of a statement that was in doubt, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The change.
    pub change: ChangeId,
    /// Which of its scripts.
    pub direction: Direction,
    /// Number of the statement in its script, from 0.
    pub statement: usize,
    /// Whether it was carried out.
    pub carried_out: bool,
    /// How this is known.
    pub reason: String,
    /// Checksum of the script up to the statement.
    pub prefix_checksum: String,
}

impl Settlement {
    /// One line for people.
    pub fn describe(&self) -> String {
        let outcome = if self.carried_out { "it was carried out" } else { "it was not carried out and is sent again" };
        format!("statement {} of `{}` was in doubt: {outcome} ({})", self.statement + 1, self.change, self.reason)
    }
}

/// Who asks, of whom.
#[derive(Clone, Copy, Debug)]
pub struct Inquiry {
    /// Dialect of the changes.
    pub dialect: Dialect,
    /// Dialect of the server itself.
    pub engine: Dialect,
    /// Whether what is half made may be cleared away. Only who holds the lock may; else it is taken for cleared.
    pub may_clear: bool,
}

impl Inquiry {
    /// Finds out what became of these statements. Those that only a person can settle are left out.
    ///
    /// The session that sent them must have ended. On PostgreSQL whoever holds the lock, or could take it, knows that;
    /// Redshift goes on with a statement whose client is gone, so there nothing is taken for not carried out that might
    /// still be.
    ///
    /// # Errors
    ///
    /// The connection was lost. A probe that is refused leaves its statement in doubt.
    pub async fn settle(
        &self,
        session: &mut dyn Session,
        doubted: &[DoubtedStatement],
    ) -> Result<Vec<Settlement>, DbError> {
        let mut settled = Vec::new();
        for statement in doubted {
            let (carried_out, reason) = match statement.probe(self.dialect, self.engine) {
                Some(Probe::Repeatable) if self.engine == Dialect::Postgres => {
                    (false, "to run it once more leads to the same end".to_owned())
                }
                Some(Probe::Query(query)) => match self.verdict(session, statement, &query).await? {
                    Verdict::Done => (true, format!("{} yes", query.question)),
                    Verdict::NotDone if self.engine == Dialect::Postgres => (false, format!("{} no", query.question)),
                    _ => continue,
                },
                _ => continue,
            };
            settled.push(Settlement {
                change: statement.change.clone(),
                direction: statement.direction,
                statement: statement.doubt.statement,
                carried_out,
                reason,
                prefix_checksum: statement.doubt.prefix_checksum.clone(),
            });
        }
        Ok(settled)
    }

    async fn verdict(
        &self,
        session: &mut dyn Session,
        statement: &DoubtedStatement,
        query: &Query,
    ) -> Result<Verdict, DbError> {
        let before = statement.doubt.probe_answer.as_deref();
        // As the first time, so that a name means the same.
        let settings =
            ChangeSettings::of(&statement.script, self.dialect).dress(&statement.script, statement.doubt.statement);
        let after = ask(session, query, &settings).await?;
        let verdict = query.verdict(before, after.as_deref());
        // What clears away would mean something else without the settings.
        let clears = !query.clear.is_empty() && settings.pieces.is_empty();
        if verdict != Verdict::Broken || !clears || self.engine != Dialect::Postgres {
            return Ok(verdict);
        }
        if !self.may_clear {
            // A plan shows what apply will find once it has cleared the remains away.
            return Ok(Verdict::NotDone);
        }
        for sql in &query.clear {
            let mut batch = Batch::default();
            batch.own(sql);
            match session.run(&batch).await {
                Ok(_) => {}
                Err(failed) if failed.error.kind == DbErrorKind::Lost => return Err(failed.error),
                Err(_) => return Ok(Verdict::Unknown),
            }
        }
        let after = ask(session, query, &settings).await?;
        Ok(query.verdict(before, after.as_deref()))
    }
}

/// The answer to a probe under the settings of the statement that it is about; `None` if the server refuses it or has
/// none. The settings are gone afterwards.
pub(super) async fn ask(session: &mut dyn Session, query: &Query, settings: &Batch) -> Result<Option<String>, DbError> {
    let mut batch = Batch::default();
    let mut at = 0;
    if !settings.pieces.is_empty() {
        batch.own("begin");
        batch.pieces.extend_from_slice(&settings.pieces);
        at = batch.pieces.len();
    }
    batch.own(&query.sql);
    if at > 0 {
        batch.own("rollback");
    }
    match session.run(&batch).await {
        Ok(answers) => Ok(answers.get(at).and_then(|answer| Some(answer.rows.as_ref()?.first_cell()?.to_owned()))),
        Err(failed) if failed.error.kind == DbErrorKind::Lost => Err(failed.error),
        Err(_) => {
            let mut batch = Batch::default();
            batch.own("rollback");
            session.run(&batch).await.map(|_| None).map_err(|failed| failed.error)
        }
    }
}

/// Writes settlements to the journal and takes note of them in the history.
pub async fn record_settlements(
    session: &mut dyn Session,
    ledger: &mut LockedLedger,
    history: &mut History,
    settled: &[Settlement],
) -> Result<(), LedgerError> {
    if settled.is_empty() {
        return Ok(());
    }
    let mut batch = Batch::default();
    ledger.begin(&mut batch, true);
    for settlement in settled {
        ledger.journal(
            &mut batch,
            &JournalRecord {
                change: settlement.change.as_str(),
                direction: settlement.direction,
                state: if settlement.carried_out { StepState::Done } else { StepState::NotDone },
                first_statement: settlement.statement,
                statements: 1,
                prefix_checksum: &settlement.prefix_checksum,
                probe_answer: None,
                reason: Some(&settlement.reason),
            },
        );
    }
    batch.own("commit");
    match session.run(&batch).await {
        Ok(answers) => ledger.carried_out(answers.len()),
        Err(failed) => return Err(LedgerError::of_write(&batch, failed)),
    }
    for settlement in settled {
        history.settle(&settlement.change, settlement.carried_out);
    }
    Ok(())
}
