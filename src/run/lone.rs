//! Statements that run in no transaction: announced, sent alone, and recorded.

use std::time::Duration;

use crate::history::StepState;
use crate::ledger::JournalRecord;
use crate::plan::{PlannedChange, Step};
use crate::ports::{Batch, BatchError, DbErrorKind};
use crate::sql::probe::Query;
use crate::sql::{Probe, probe};

use super::apply::{OwnedJournalRecord, Runner, Work};
use super::doubt::ask;
use super::message::{Form, Part};
use super::setting::ChangeSettings;
use super::stop::Stop;

impl Runner<'_> {
    /// Announces a statement (`intent`), sends it alone, and prepares the record that it is done.
    ///
    /// Between intent and statement nothing may stop the run without taking the intent back, as far as the server can
    /// still be reached: a doubt that nobody needed to have would stop the next run.
    pub(super) async fn carry_out_lone(
        &mut self,
        work: &mut Work<'_>,
        index: usize,
        step: &Step,
        settings: &ChangeSettings,
    ) -> Result<(), Stop> {
        let plan = work.plan;
        let change = &plan.changes[index];
        let mut record = self.journal_record(plan, change, step, StepState::Intent);
        let dress = self.dress(change, settings, record.first_statement);
        let mut lone = Part::new(Some(index), Form::Lone);
        lone.add_statements(change, step, &self.comment(change, step));
        let query = self.probe_of(change, record.first_statement);
        if let Some(query) = &query {
            // What comes before the statement may make what is asked about.
            self.send(work).await?;
            let asked = ask(self.session, query, &dress).await;
            record.probe_answer = asked.map_err(|error| Stop::at(Some(&lone), None, error, Duration::ZERO))?;
        }
        lone.probe = query.map(|query| (query, record.probe_answer.clone()));
        let mut intent = Part::new(Some(index), Form::Durable);
        self.ledger.journal(&mut intent.body, &record.record());
        work.add(intent);
        self.send(work).await?;

        self.undress(change, settings, step, &mut work.undress);
        if let Err(stop) = self.make_ready(&lone, &dress, index).await {
            return Err(self.take_intent_back(work, &record, index, stop).await);
        }
        self.deliver(work, &mut [lone], false).await?;
        let mut done = Part::new(Some(index), Form::Durable);
        done.settles = true;
        done.body = std::mem::take(&mut work.undress);
        let last = change.steps.last() == Some(step);
        self.record_step(&mut done, plan, change, step, last);
        work.add(done);
        Ok(())
    }

    /// What makes the session one for this statement.
    fn dress(&self, change: &PlannedChange, settings: &ChangeSettings, statement: usize) -> Batch {
        let mut batch = settings.dress(&change.script, statement);
        if let Some(timeout) = change.timeout {
            batch.own(format!("set statement_timeout = {}", timeout.as_millis()));
        }
        batch
    }

    /// What brings the session back after the statement.
    fn undress(&self, change: &PlannedChange, settings: &ChangeSettings, step: &Step, batch: &mut Batch) {
        settings.restore(step, &self.settings, batch);
        if change.timeout.is_some() {
            batch.own("reset statement_timeout");
            batch.pieces.extend_from_slice(&self.settings.pieces);
        }
    }

    /// The last that is done before the statement is sent.
    async fn make_ready(&mut self, lone: &Part, dress: &Batch, index: usize) -> Result<(), Stop> {
        // Nothing holds the statement back if the run was paused since it recorded the intent, and lost its lock.
        let mut ready = match self.ledger.still_holds(self.session).await {
            Ok(true) => Ok(()),
            Ok(false) => return Err(Stop::lock_lost()),
            Err(BatchError { error, .. }) => Err(error),
        };
        if ready.is_ok() && !dress.pieces.is_empty() {
            ready = self.session.run(dress).await.map(drop).map_err(|failed| failed.error);
        }
        match ready {
            Err(error) if error.kind == DbErrorKind::Lost => Err(Stop::at(Some(lone), None, error, Duration::ZERO)),
            _ if self.interrupt.is_raised() => {
                self.interrupt.hear();
                Err(Stop::interrupted(None, Some(index)))
            }
            Err(error) => Err(Stop::at(Some(lone), None, error, Duration::ZERO)),
            Ok(()) => Ok(()),
        }
    }

    /// Says that a statement that was announced is not sent, if anything can still be said.
    async fn take_intent_back(
        &mut self,
        work: &mut Work<'_>,
        intent: &OwnedJournalRecord<'_>,
        index: usize,
        stop: Stop,
    ) -> Stop {
        if stop.is_final() {
            return stop;
        }
        let mut part = Part::new(Some(index), Form::Durable);
        part.settles = true;
        part.body = std::mem::take(&mut work.undress);
        let reason = Some("the run stopped before it was sent");
        self.ledger.journal(
            &mut part.body,
            &JournalRecord { state: StepState::NotDone, probe_answer: None, reason, ..intent.record() },
        );
        match self.deliver(work, &mut [part], false).await {
            Ok(()) => stop,
            Err(failed) => failed,
        }
    }

    /// What the database is asked about a statement before it is sent alone.
    fn probe_of(&self, change: &PlannedChange, statement: usize) -> Option<Query> {
        let found = change.script.statements().get(statement)?;
        match probe(found, change.script.rendered(), self.dialect, self.engine) {
            Probe::Query(query) => Some(query),
            Probe::Repeatable | Probe::Unknown { .. } => None,
        }
    }
}
