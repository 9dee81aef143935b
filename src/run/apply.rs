//! Carries a plan out, forward or back: a few messages, each of several steps, each step with its row of the ledger.

use std::time::{Duration, Instant};

use crate::history::{Action, Direction, StepState};
use crate::ledger::{EntryRecord, JournalRecord, LedgerError, LockedLedger, NewEntry};
use crate::plan::{Plan, PlannedChange, Reason, Step, StepKind, prefix_checksum};
use crate::ports::{Batch, BatchError, DbError, DbErrorKind, Interrupt, Outcome, Session};
use crate::sql::probe::Query;
use crate::sql::{Dialect, Probe, probe, quote_literal};
use crate::text::FileSet;

use super::doubt::ask;
use super::message::{Form, Message, Part};
use super::retry::{RETRIES, is_transient, pause};
use super::share::NewTables;
use super::stop::Stop;
use super::{ChangeAction, Event, RunReport};

/// What a plan runs on.
pub struct Runner<'a> {
    /// The session that holds the lock.
    pub session: &'a mut dyn Session,
    /// The ledger's writer.
    pub ledger: &'a mut LockedLedger,
    /// Dialect of the changes.
    pub dialect: Dialect,
    /// Dialect of the server itself: PostgreSQL for the double.
    pub engine: Dialect,
    /// Whether somebody asked to stop.
    pub interrupt: Interrupt,
    /// Files of the project, to show places in.
    pub files: &'a FileSet,
    /// Where facts go.
    pub emit: &'a mut dyn FnMut(Event),
}

/// Bytes after which a message is sent. A link of 20 ms then costs about a tenth of a round trip a change, and the server
/// never holds more than this of parsed text.
const MESSAGE_BYTES: usize = 1 << 20;

impl Runner<'_> {
    /// Runs the whole plan and stops at the first statement that fails.
    ///
    /// The caller has announced the run. The report says what was carried out also when it failed; an error means that the
    /// ledger itself could not be written.
    pub async fn carry_out(&mut self, plan: &Plan) -> Result<RunReport, LedgerError> {
        let mut work = Work::new(plan);
        if plan.changes.is_empty() {
            return Ok(work.report);
        }
        match self.carry_out_all(&mut work).await {
            Ok(()) => Ok(work.report),
            Err(stop) => self.stop(work, stop).await,
        }
    }

    async fn carry_out_all(&mut self, work: &mut Work<'_>) -> Result<(), Stop> {
        for (index, change) in work.plan.changes.iter().enumerate() {
            work.announced.push(index);
            if change.steps.is_empty() {
                let mut part = Part::new(Some(index), Form::Transaction);
                self.record_end(&mut part, work.plan, change);
                work.add(part);
            }
            for (number, step) in change.steps.iter().enumerate() {
                let last = number + 1 == change.steps.len();
                match step.kind {
                    StepKind::Transaction => {
                        let shared = work.new_tables.hold(change, step, work.plan.direction, self.dialect);
                        // A limit of its own holds to the end of its transaction.
                        let shared = shared && change.timeout.is_none();
                        let form = if shared { Form::Shared } else { Form::Transaction };
                        work.add(self.transaction(work.plan, index, step, form, last));
                    }
                    StepKind::Lone => self.carry_out_lone(work, index, step, last).await?,
                }
                if self.engine == Dialect::Redshift || work.size > MESSAGE_BYTES {
                    self.send(work).await?;
                }
            }
        }
        let mut end = Part::new(None, Form::Durable);
        self.ledger.finish(&mut end.body, "done");
        work.add(end);
        self.send(work).await
    }

    fn transaction(&mut self, plan: &Plan, index: usize, step: &Step, form: Form, last: bool) -> Part {
        let change = &plan.changes[index];
        let mut part = Part::new(Some(index), form);
        if let Some(timeout) = change.timeout {
            part.body.own(format!("set local statement_timeout = {}", timeout.as_millis()));
        }
        part.add_statements(change, step);
        self.record_step(&mut part, plan, change, step, last);
        part
    }

    /// A statement that runs in no transaction: intent before, the statement alone, done after.
    async fn carry_out_lone(&mut self, work: &mut Work<'_>, index: usize, step: &Step, last: bool) -> Result<(), Stop> {
        let change = &work.plan.changes[index];
        let mut record = self.journal_record(work.plan, change, step, StepState::Intent);
        let query = self.probe_of(change, record.first_statement);
        if let Some(query) = &query {
            // What comes before the statement may make what is asked about.
            self.send(work).await?;
            let asked = ask(self.session, query).await;
            let lone = || Part::new(Some(index), Form::Lone);
            record.probe_answer = asked.map_err(|error| Stop::at(Some(&lone()), None, error, Duration::ZERO))?;
        }
        let mut intent = Part::new(Some(index), Form::Durable);
        self.ledger.journal(&mut intent.body, &record.record());
        work.add(intent);
        self.send(work).await?;
        let probe = query.map(|query| (query, record.probe_answer.clone()));

        // What is set stays set, as there is no transaction to end it.
        let before = match change.timeout {
            Some(timeout) => self.set_timeout(&timeout.as_millis().to_string()).await?,
            None => None,
        };
        // Nothing holds this statement back if the run was paused since it recorded the intent, and lost its lock.
        let mut lone = Part::new(Some(index), Form::Lone);
        match self.ledger.still_holds(self.session).await {
            Ok(true) => {}
            Ok(false) => return Err(Stop::lock_lost()),
            Err(BatchError { error, .. }) if self.interrupt.is_raised() => {
                return Err(Stop::interrupted(Some((&lone, error, Duration::ZERO)), Some(index)));
            }
            Err(BatchError { error, .. }) => return Err(Stop::at(Some(&lone), None, error, Duration::ZERO)),
        }
        lone.probe = probe;
        lone.add_statements(change, step);
        if self.interrupt.is_raised() {
            return Err(self.take_intent_back(work, index, &record).await);
        }
        self.deliver(work, &[lone], false).await?;
        if let Some(before) = before {
            self.set_timeout(&before).await?;
        }

        let mut done = Part::new(Some(index), Form::Durable);
        done.settles = true;
        self.record_step(&mut done, work.plan, change, step, last);
        work.add(done);
        Ok(())
    }

    /// Says that a statement that was announced is not sent, because somebody asked to stop in between.
    async fn take_intent_back(&mut self, work: &mut Work<'_>, index: usize, intent: &OwnedJournalRecord<'_>) -> Stop {
        self.interrupt.hear();
        let mut part = Part::new(Some(index), Form::Durable);
        let reason = Some("stopped on request before it was sent");
        self.ledger.journal(
            &mut part.body,
            &JournalRecord { state: StepState::NotDone, probe_answer: None, reason, ..intent.record() },
        );
        match self.deliver(work, &[part], false).await {
            Ok(()) => Stop::interrupted(None, Some(index)),
            Err(stop) => stop,
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

    /// Sets how long statements of the session may take and returns what was set before.
    async fn set_timeout(&mut self, value: &str) -> Result<Option<String>, Stop> {
        let mut batch = Batch::default();
        batch.own("show statement_timeout");
        batch.own(format!("set statement_timeout = {}", quote_literal(value, Dialect::Postgres)));
        match self.session.run(&batch).await {
            Ok(answers) => Ok(answers.first().and_then(|shown| shown.rows.as_ref()?.first_cell().map(str::to_owned))),
            Err(error) => Err(Stop::at(None, None, error.error, Duration::ZERO)),
        }
    }

    /// The row that says a step is done: the change's entry for its last step, else a journal row.
    fn record_step(&mut self, part: &mut Part, plan: &Plan, change: &PlannedChange, step: &Step, last: bool) {
        if last {
            self.record_end(part, plan, change);
        } else {
            let record = self.journal_record(plan, change, step, StepState::Done);
            self.ledger.journal(&mut part.body, &record.record());
        }
    }

    fn record_end(&mut self, part: &mut Part, plan: &Plan, change: &PlannedChange) {
        let action = match plan.direction {
            Direction::Forward => Action::Applied,
            Direction::Rollback => Action::RolledBack,
        };
        part.entry = Some(self.ledger.entry(&EntryRecord {
            change: change.id.as_str(),
            title: &change.title,
            action,
            checksum: &change.checksum,
            statements: change.script.statements().len(),
            message: None,
            forward: (action == Action::Applied).then_some(change.text.forward.as_str()),
            rollback: change.text.rollback.as_deref(),
        }));
    }

    fn journal_record<'b>(
        &self,
        plan: &Plan,
        change: &'b PlannedChange,
        step: &Step,
        state: StepState,
    ) -> OwnedJournalRecord<'b> {
        let first = step.statements.first().copied().unwrap_or(0);
        let end = step.statements.last().map_or(first, |last| last + 1);
        OwnedJournalRecord {
            change: change.id.as_str(),
            direction: plan.direction,
            state,
            first_statement: first,
            statements: end - first,
            prefix_checksum: prefix_checksum(&change.script, end, self.dialect).unwrap_or_default(),
            probe_answer: None,
        }
    }

    /// Sends what is collected and emits what came of it.
    async fn send(&mut self, work: &mut Work<'_>) -> Result<(), Stop> {
        for message in self.ledger.take_warnings() {
            (self.emit)(Event::Warned { message });
        }
        if self.ledger.is_lost() {
            return Err(Stop::lock_lost());
        }
        for index in std::mem::take(&mut work.announced) {
            let change = &work.plan.changes[index];
            (self.emit)(Event::ChangeStarted { id: change.id.to_string(), title: change.title.clone() });
        }
        let mut parts = std::mem::take(&mut work.parts);
        work.size = 0;
        if self.interrupt.is_raised() {
            let unsent = parts.split_off(parts.iter().take_while(|part| part.settles).count());
            self.interrupt.hear();
            self.deliver(work, &parts, false).await?;
            return Err(Stop::interrupted(None, unsent.first().and_then(|part| part.change)));
        }
        self.deliver(work, &parts, true).await
    }

    /// Sends parts as one message. If one fails, all before it are carried out and none after it, however they were sent.
    async fn deliver(&mut self, work: &mut Work<'_>, parts: &[Part], shared: bool) -> Result<(), Stop> {
        if parts.is_empty() {
            return Ok(());
        }
        let message = Message::new(parts, self.ledger, shared);
        let sent = Instant::now();
        let result = self.session.run(&message.batch).await;
        let elapsed = sent.elapsed();
        let error = match result {
            Ok(answers) => {
                self.ledger.carried_out(answers.len());
                self.account(work, parts, &message, &answers, elapsed);
                work.repetitions = 0;
                return Ok(());
            }
            Err(error) => error,
        };
        self.ledger.carried_out(error.answered.len());
        let committed = message.committed(error.answered.len());
        let lost = error.error.kind == DbErrorKind::Lost;
        // A server that is gone may have lost what it had not yet written, though it answered.
        let certain = if lost { message.on_disk(error.answered.len()) } else { committed };
        self.account(work, &parts[..certain], &message, &error.answered, elapsed);
        if message.says_lock_is_lost(error.piece, &error.error) {
            return Err(Stop::lock_lost());
        }
        let culprit = message.part_at(error.piece);
        let Some(first_undone) = parts.get(committed) else {
            return Err(Stop::at(None, None, error.error, elapsed));
        };
        if self.interrupt.is_raised() && !lost {
            self.interrupt.hear();
            if first_undone.settles && !work.settled_again {
                // The wish to stop met what says how the statement before it ended.
                work.settled_again = true;
                self.roll_back().await?;
                Box::pin(self.deliver(work, std::slice::from_ref(first_undone), false)).await?;
                let next = parts.get(committed + 1).and_then(|part| part.change);
                return Err(Stop::interrupted(None, next));
            }
            let part = culprit.and_then(|(part, _)| parts.get(part)).unwrap_or(first_undone);
            return Err(Stop::interrupted(Some((part, error.error, elapsed)), part.change));
        }
        if committed > 0 {
            work.repetitions = 0;
        }
        if is_transient(&error.error) && work.repetitions < RETRIES && first_undone.form != Form::Lone {
            self.wait_to_retry(work, first_undone, &error.error).await?;
            return Box::pin(self.deliver(work, &parts[committed..], shared)).await;
        }
        let alone = message.transaction_end(committed) == committed + 1;
        let at_once = culprit.map_or(alone, |(part, _)| part == committed);
        if lost || at_once {
            let piece = culprit.filter(|(part, _)| *part == committed).map(|(_, piece)| piece);
            return Err(Stop::at(Some(first_undone), piece, error.error, elapsed));
        }
        // Steps that shared the failed transaction were undone with it, and a syntax error kept steps before it from
        // running at all. They are right, so they run now, each by itself; and so does the one that failed, because what
        // it was refused may have been due to its company, such as the number of locks of one transaction.
        self.roll_back().await?;
        let (failed, end) = match culprit {
            Some((failed, _)) => (failed, failed + 1),
            None => (message.transaction_end(committed), message.transaction_end(committed)),
        };
        for alone in [&parts[committed..failed], &parts[failed..end]] {
            Box::pin(self.deliver(work, alone, false)).await?;
        }
        Box::pin(self.deliver(work, &parts[end..], shared)).await
    }

    /// Undoes what is left of the refused step, says so, and waits.
    async fn wait_to_retry(&mut self, work: &mut Work<'_>, part: &Part, error: &DbError) -> Result<(), Stop> {
        self.roll_back().await?;
        work.repetitions += 1;
        let pause = pause(work.repetitions);
        if let Some(change) = part.change.and_then(|index| work.plan.changes.get(index)) {
            (self.emit)(Event::StepRetried {
                id: change.id.to_string(),
                repetition: work.repetitions,
                most: RETRIES,
                pause,
                message: error.message.clone(),
            });
        }
        tokio::time::sleep(pause).await;
        if self.interrupt.is_raised() { Err(Stop::interrupted(None, part.change)) } else { Ok(()) }
    }

    async fn roll_back(&mut self) -> Result<(), Stop> {
        let mut batch = Batch::default();
        batch.own("rollback");
        match self.session.run(&batch).await {
            Ok(_) => Ok(()),
            Err(error) => Err(Stop::at(None, None, error.error, Duration::ZERO)),
        }
    }

    /// Emits the facts of parts that the server committed.
    fn account(
        &mut self,
        work: &mut Work<'_>,
        parts: &[Part],
        message: &Message,
        answers: &[Outcome],
        elapsed: Duration,
    ) {
        let started = |part: usize| LockedLedger::started(answers.get(message.mark(part)?)?);
        let mut left = elapsed;
        // Of the transaction that the part is in: where it ends, and the share of each part in its time.
        let (mut end, mut share) = (0, Duration::ZERO);
        for (number, part) in parts.iter().enumerate() {
            if number == end {
                end = message.transaction_end(number);
                let next = if end < parts.len() { started(end) } else { None };
                let took = match (started(number), next) {
                    (Some(start), Some(next)) => Duration::try_from_secs_f64(next - start).unwrap_or_default(),
                    _ => left,
                };
                left = left.saturating_sub(took);
                share = took.div_f64((end - number).max(1) as f64);
            }
            work.change_took += share;
            let Some(change) = part.change.map(|index| &work.plan.changes[index]) else { continue };
            // The checks of a rollback that vesto derived answer nothing that anybody asked.
            let asked = !matches!(change.reason, Reason::DerivedRollback { .. });
            for (piece, statement) in part.statements.iter().filter(|_| asked) {
                let answer = answers.get(message.body_start(number) + piece);
                if let Some(rows) = answer.and_then(|answer| answer.rows.clone()) {
                    (self.emit)(Event::ChangeAnswered { id: change.id.to_string(), statement: *statement, rows });
                }
            }
            if part.entry.is_some() {
                work.report.completed.push(change.id.clone());
                (self.emit)(Event::ChangeFinished {
                    id: change.id.to_string(),
                    action: match work.plan.direction {
                        Direction::Forward => ChangeAction::Applied,
                        Direction::Rollback => ChangeAction::RolledBack,
                    },
                    statements: change.script.statements().len(),
                    duration: std::mem::take(&mut work.change_took),
                });
            }
        }
    }
}

/// A plan half carried out.
pub(super) struct Work<'a> {
    pub(super) plan: &'a Plan,
    /// What is collected and not sent, and its size in bytes.
    parts: Vec<Part>,
    size: usize,
    /// Changes whose work begins with what is collected.
    announced: Vec<usize>,
    new_tables: NewTables,
    pub(super) report: RunReport,
    /// Time spent on steps of the change that is not complete.
    change_took: Duration,
    /// How often the step that comes next was tried again.
    repetitions: u32,
    /// Whether the end of a lone statement was recorded a second time, because the first was cancelled.
    settled_again: bool,
}

impl<'a> Work<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            parts: Vec::new(),
            size: 0,
            announced: Vec::new(),
            new_tables: NewTables::default(),
            report: RunReport::default(),
            change_took: Duration::ZERO,
            repetitions: 0,
            settled_again: false,
        }
    }

    fn add(&mut self, part: Part) {
        self.size += part.body.size() + part.entry.as_ref().map_or(0, NewEntry::size);
        self.parts.push(part);
    }
}

struct OwnedJournalRecord<'a> {
    change: &'a str,
    direction: Direction,
    state: StepState,
    first_statement: usize,
    statements: usize,
    prefix_checksum: String,
    probe_answer: Option<String>,
}

impl OwnedJournalRecord<'_> {
    fn record(&self) -> JournalRecord<'_> {
        JournalRecord {
            change: self.change,
            direction: self.direction,
            state: self.state,
            first_statement: self.first_statement,
            statements: self.statements,
            prefix_checksum: &self.prefix_checksum,
            probe_answer: self.probe_answer.as_deref(),
            reason: None,
        }
    }
}
