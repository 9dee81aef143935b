//! Carries a plan out, forward or back: a few messages, each of several steps, each step with its row of the ledger.

use std::time::Duration;

use crate::history::{Action, Direction, StepState};
use crate::ledger::{EntryRecord, JournalRecord, LedgerError, LockedLedger, NewEntry, leading_comment};
use crate::plan::{Plan, PlannedChange, Step, StepKind, prefix_checksum};
use crate::ports::{Batch, Interrupt, Session};
use crate::sql::Dialect;
use crate::text::FileSet;

use super::message::{Form, Part};
use super::setting::ChangeSettings;
use super::share::NewTables;
use super::stop::Stop;
use super::{Event, RunReport};

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
    /// What vesto itself has set for the session.
    pub settings: Batch,
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
            let settings = ChangeSettings::of(&change.script, self.dialect);
            for step in &change.steps {
                match step.kind {
                    StepKind::Transaction => {
                        let part = self.transaction(work, index, step, &settings);
                        work.add(part);
                    }
                    StepKind::Lone => self.carry_out_lone(work, index, step, &settings).await?,
                }
                if self.engine == Dialect::Redshift || work.size > MESSAGE_BYTES {
                    self.send(work).await?;
                }
            }
            if settings.may_set_anything() {
                work.add(self.clean_session());
            }
        }
        let mut end = Part::new(None, Form::Durable);
        self.ledger.finish(&mut end.body, "done");
        work.add(end);
        self.send(work).await
    }

    fn transaction(&mut self, work: &mut Work<'_>, index: usize, step: &Step, settings: &ChangeSettings) -> Part {
        let plan = work.plan;
        let change = &plan.changes[index];
        let again = settings.before(step.statements.first().copied().unwrap_or(0));
        let isolation = settings.isolation(&change.script, step);
        let shared = work.new_tables.hold(change, step, plan.direction, self.dialect);
        // A limit of its own holds to the end of its transaction, and an isolation level for all of it. Under other
        // settings the same name may be another table.
        let shared = shared && change.timeout.is_none() && isolation.is_none() && again.is_empty();
        let mut part = Part::new(Some(index), if shared { Form::Shared } else { Form::Transaction });
        part.isolation = isolation;
        if let Some(timeout) = change.timeout {
            part.body.own(format!("set local statement_timeout = {}", timeout.as_millis()));
        }
        let comment = self.comment(change, step);
        part.repeat_statements(change, &again, &comment);
        part.add_statements(change, step, &comment);
        settings.restore(step, &self.settings, &mut part.body);
        if settings.forgets(step) {
            self.ledger.mark(&mut part.body);
        }
        self.record_step(&mut part, plan, change, step, change.steps.last() == Some(step));
        part
    }

    /// What goes ahead of each statement of a step, so that the server's history names it as the journal does.
    pub(super) fn comment(&self, change: &PlannedChange, step: &Step) -> String {
        let first = step.statements.first().copied().unwrap_or(0).to_string();
        let facts = [("change", change.id.as_str()), ("step", &first)];
        leading_comment(&self.ledger.run().run, self.engine, &facts)
    }

    /// Takes back whatever code of the author's may have set.
    fn clean_session(&self) -> Part {
        let mut part = Part::new(None, Form::Transaction);
        part.body.own("reset all");
        part.body.pieces.extend_from_slice(&self.settings.pieces);
        part
    }

    /// The row that says a step is done: the change's entry for its last step, else a journal row.
    pub(super) fn record_step(
        &mut self,
        part: &mut Part,
        plan: &Plan,
        change: &PlannedChange,
        step: &Step,
        last: bool,
    ) {
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

    pub(super) fn journal_record<'b>(
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
}

/// A plan half carried out.
pub(super) struct Work<'a> {
    pub(super) plan: &'a Plan,
    /// What is collected and not sent, and its size in bytes.
    pub(super) parts: Vec<Part>,
    pub(super) size: usize,
    /// Changes whose work begins with what is collected.
    pub(super) announced: Vec<usize>,
    new_tables: NewTables,
    pub(super) report: RunReport,
    /// Time spent on steps of the change that is not complete.
    pub(super) change_took: Duration,
    /// How often the step that comes next was tried again.
    pub(super) repetitions: u32,
    /// Whether the end of a lone statement was recorded a second time, because the first was cancelled.
    pub(super) settled_again: bool,
    /// While the session is made for a lone statement: what brings it back.
    pub(super) undress: Batch,
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
            undress: Batch::default(),
        }
    }

    pub(super) fn add(&mut self, part: Part) {
        self.size += part.body.size() + part.entry.as_ref().map_or(0, NewEntry::size);
        self.parts.push(part);
    }
}

pub(super) struct OwnedJournalRecord<'a> {
    change: &'a str,
    direction: Direction,
    state: StepState,
    pub(super) first_statement: usize,
    statements: usize,
    prefix_checksum: String,
    pub(super) probe_answer: Option<String>,
}

impl OwnedJournalRecord<'_> {
    pub(super) fn record(&self) -> JournalRecord<'_> {
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
