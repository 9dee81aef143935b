//! What `apply`, `rollback`, `run` and `rollforward` share: lock, plan under the lock, carry out, tell.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::adapters::host::Now;
use crate::history::{History, StoredText};
use crate::ledger::{Ledger, LockedLedger, RunInfo};
use crate::plan::saved::Asked;
use crate::plan::{
    Drift, DriftKind, Facts, ForwardInputs, Plan, Question, RollbackInputs, RollbackSelection, Selection, doubted,
    drift, pending, plan_forward, plan_rollback, questions, tell_comments_apart, to_roll_back,
};
use crate::ports::{Batch, Session};
use crate::project::{ChangeId, Project};
use crate::run::{Event, Inquiry, RunOutcome, RunReport, Runner, Settlement, record_settlements};
use crate::sql::Dialect;
use crate::target::Lease;

use super::arguments::{CommonArguments, SelectionArguments, WritingArguments};
use super::commands::plan::print;
use super::environment::Environment;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::opened::{read_history, run_info, with_project};
use super::reporters::Reporters;
use super::saved_plan::SavedTask;
use super::workspace::{Site, Workspace};

/// Which way to go.
pub(super) enum Task {
    /// Apply these.
    Forward(Selection),
    /// Undo these.
    Back(RollbackSelection),
    /// Carry this plan out as it was seen, or refuse.
    Saved(Box<SavedTask>),
}

impl Task {
    fn command(&self) -> &'static str {
        match self {
            Self::Forward(_) => "apply",
            Self::Back(_) => "rollback",
            Self::Saved(saved) => saved.command(),
        }
    }
}

impl From<Asked> for Task {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Forward(selection) => Self::Forward(selection),
            Asked::Rollback(selection) => Self::Back(selection),
        }
    }
}

impl From<&SelectionArguments> for Selection {
    fn from(typed: &SelectionArguments) -> Self {
        let SelectionArguments { only, from, to } = typed;
        Self { only: only.clone(), from: from.clone(), to: to.clone() }
    }
}

/// Plans and carries out, or only plans: the whole of `apply`, `rollback` and `rollforward`.
pub(super) fn run_task(
    common: &CommonArguments,
    site: Site,
    task: &Task,
    writing: &WritingArguments,
    mut reporters: Reporters,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    if writing.dry_run {
        return print_plan(common, site, task, writing.timeout, environment).map(|_| ExitCode::Done);
    }
    let info = run_info(task.command(), &site.name(), &site.root, environment)?;
    let lock = async |lease: &mut Lease| Lock::early(lease, info, writing.lock_timeout).await;
    let result = with_project(site, writing.timeout, environment, lock, async |workspace, lease, lock| {
        carry_out(workspace, task, lock, writing, lease, &mut |event| reporters.event(&event)).await
    });
    let told = reporters.finish();
    let code = exit_code(&result?);
    told?;
    Ok(code)
}

/// Prints what a task would do to the target, and returns it.
pub(super) fn print_plan(
    common: &CommonArguments,
    site: Site,
    task: &Task,
    statement_timeout: Option<Duration>,
    environment: &Environment,
) -> Result<Plan, Failure> {
    let (plan, document) =
        with_project(site, statement_timeout, environment, read_history, async |workspace, lease, mut history| {
            note_doubts(workspace, &mut history, lease).await?;
            let plan = make_plan(workspace, task, &history, lease.session.as_mut()).await?;
            let document = workspace.document(&plan);
            Ok((plan, document))
        })?;
    print(common, &document)?;
    Ok(plan)
}

/// Takes note of what the database says of statements in doubt, where nothing may be written.
pub(super) async fn note_doubts(
    workspace: &mut Workspace,
    history: &mut History,
    lease: &mut Lease,
) -> Result<(), Failure> {
    for settlement in settle_doubts(workspace, history, lease, false).await? {
        history.settle(&settlement.change, settlement.carried_out);
    }
    Ok(())
}

/// The plan of a task against a history.
pub(super) async fn make_plan(
    workspace: &mut Workspace,
    task: &Task,
    history: &History,
    session: &mut dyn Session,
) -> Result<Plan, Failure> {
    match task {
        Task::Forward(selection) => {
            let drift = find_drift(workspace, history, session).await?;
            plan_apply(workspace, selection, history, &drift)
        }
        Task::Back(selection) => plan_back(workspace, selection, history, session, &Now::read().digits()).await,
        Task::Saved(saved) => saved.plan_again(workspace, history, session).await,
    }
}

/// The plan back. What it puts aside is named after `suffix`.
pub(super) async fn plan_back(
    workspace: &mut Workspace,
    selection: &RollbackSelection,
    history: &History,
    session: &mut dyn Session,
    suffix: &str,
) -> Result<Plan, Failure> {
    let changes = to_roll_back(&workspace.project, history, selection)
        .map_err(|error| Failure::of_plan(&error, &workspace.files))?;
    let wanted: HashSet<&ChangeId> = changes.iter().collect();
    workspace.read_rollbacks(|change| wanted.contains(&change.id))?;
    let Workspace { project, files, variables, .. } = workspace;
    let target = workspace.target.facts();
    let texts = texts(project, history, &changes, session).await?;
    let empty = Facts::default();
    let mut inputs = RollbackInputs { project, history, variables, texts: &texts, target, facts: &empty, suffix };
    let facts = ask(questions(&inputs, &changes, files), target.dialect, session).await;
    inputs.facts = &facts;
    plan_rollback(&inputs, &changes, files).map_err(|error| Failure::of_plan(&error, files))
}

/// Where project and history differ, edits of comments told apart.
pub(super) async fn find_drift(
    workspace: &Workspace,
    history: &History,
    session: &mut dyn Session,
) -> Result<Vec<Drift>, Failure> {
    let mut found = drift(&workspace.project, history);
    if found.iter().any(|drift| drift.kind == DriftKind::Edited) {
        let sequences: Vec<u64> = found.iter().map(|drift| drift.sequence).collect();
        let texts = Ledger::texts(session, &sequences).await?;
        tell_comments_apart(&mut found, &texts, &workspace.project, workspace.target.facts().dialect);
    }
    Ok(found)
}

/// The plan forward.
pub(super) fn plan_apply(
    workspace: &mut Workspace,
    selection: &Selection,
    history: &History,
    drift: &[Drift],
) -> Result<Plan, Failure> {
    let wanted: HashSet<ChangeId> = pending(&workspace.project, history).map(|change| change.id.clone()).collect();
    workspace.read_rollbacks(|change| wanted.contains(&change.id))?;
    let Workspace { project, files, variables, .. } = workspace;
    let inputs = ForwardInputs { project, history, drift, variables, target: workspace.target.facts() };
    plan_forward(&inputs, selection).map_err(|error| Failure::of_plan(&error, files))
}

/// The applied texts, if a rollback needs them: it does not where the project has all rollbacks written.
async fn texts(
    project: &Project,
    history: &History,
    changes: &[ChangeId],
    session: &mut dyn Session,
) -> Result<HashMap<u64, StoredText>, Failure> {
    let written = |id: &ChangeId| project.change(id).is_some_and(|change| change.rollback.is_some());
    if changes.iter().all(written) {
        return Ok(HashMap::new());
    }
    let sequences = history.applied_sequences();
    let texts = Ledger::texts(session, &sequences).await?;
    Ok(sequences.into_iter().zip(texts).collect())
}

/// Asks which tables and columns are empty. What cannot be asked counts as full, and so is kept.
async fn ask(questions: Vec<Question>, dialect: Dialect, session: &mut dyn Session) -> Facts {
    let mut facts = Facts::default();
    for question in questions {
        let mut batch = Batch::default();
        batch.own(question.sql(dialect));
        if let Ok(answers) = session.run(&batch).await
            && answers.iter().all(|answer| answer.count == 0)
        {
            facts.empty.insert(question);
        }
    }
    facts
}

/// The lock of a target, or who is to take it.
pub(super) enum Lock {
    /// It is held, and this is the history under it.
    Held(Box<LockedLedger>, History),
    /// It is taken when the project is known.
    Later(RunInfo),
}

impl Lock {
    /// Takes the lock while the project is still being read, where the lock ends with the session whatever happens.
    pub(super) async fn early(lease: &mut Lease, info: RunInfo, wait: Duration) -> Result<Self, Failure> {
        match lease.engine {
            Dialect::Postgres => {
                let (ledger, history) = Self::Later(info).take(lease, wait).await?;
                Ok(Self::Held(Box::new(ledger), history))
            }
            Dialect::Redshift => Ok(Self::Later(info)),
        }
    }

    /// Takes the lock, unless it is held already.
    pub(super) async fn take(self, lease: &mut Lease, wait: Duration) -> Result<(LockedLedger, History), Failure> {
        match self {
            Self::Held(ledger, history) => Ok((*ledger, history)),
            Self::Later(info) => Ok(LockedLedger::acquire(lease, info, wait).await?),
        }
    }
}

/// Takes the lock, plans under it, and carries the plan out. The report says how far it came also when it failed.
pub(super) async fn carry_out(
    workspace: &mut Workspace,
    task: &Task,
    lock: Lock,
    writing: &WritingArguments,
    lease: &mut Lease,
    emit: &mut dyn FnMut(Event),
) -> Result<RunReport, Failure> {
    let (mut ledger, mut history) = lock.take(lease, writing.lock_timeout).await?;
    let (engine, server) = (lease.engine, lease.server);
    let run = ledger.run_id().to_owned();
    let begun = Instant::now();
    let result = async {
        for message in ledger.take_warnings() {
            emit(Event::Warned { message });
        }
        let settled = settle_doubts(workspace, &history, lease, true).await?;
        let interrupt = lease.interrupt.clone();
        let session = lease.session.as_mut();
        record_settlements(session, &mut ledger, &mut history, &settled).await?;
        for settlement in &settled {
            emit(Event::Warned { message: settlement.describe() });
        }
        let plan = make_plan(workspace, task, &history, &mut *session).await?;
        if let Some(failure) = Failure::of_blockers(&plan.blockers) {
            return Err(failure);
        }
        let target = workspace.target.facts();
        emit(Event::RunStarted {
            run,
            command: task.command(),
            target: target.name.to_owned(),
            server,
            at: Now::read().rfc3339(),
            total: plan.changes.len(),
        });
        for drift in &plan.drift {
            let what = match drift.kind {
                DriftKind::Missing => "is applied and missing from the project",
                DriftKind::Edited => "was edited after it was applied",
                DriftKind::CommentsEdited => {
                    "has other comments than when it was applied; `vesto rebless` accepts them"
                }
            };
            emit(Event::Warned { message: format!("`{}` {what}", drift.change) });
        }
        let dialect = target.dialect;
        let mut runner = Runner {
            session: &mut *session,
            ledger: &mut ledger,
            dialect,
            engine,
            interrupt,
            files: &workspace.files,
            emit: &mut *emit,
        };
        let report = runner.carry_out(&plan).await?;
        emit(Event::RunFinished { at: Now::read().rfc3339(), duration: begun.elapsed(), outcome: report.outcome });
        Ok(report)
    }
    .await;
    let released = ledger.release(lease.session.as_mut()).await;
    let report: RunReport = result?;
    // A lost connection has released the lock by itself, and the loss is told already.
    if !report.lost {
        released?;
    }
    Ok(report)
}

/// Asks the database what became of the statements in doubt. Those that only a person can settle stay so.
async fn settle_doubts(
    workspace: &mut Workspace,
    history: &History,
    lease: &mut Lease,
    may_clear: bool,
) -> Result<Vec<Settlement>, Failure> {
    if history.unfinished().all(|(_, progress)| progress.doubt.is_none()) {
        return Ok(Vec::new());
    }
    workspace.read_rollbacks(|change| history.progress(&change.id).is_some())?;
    let Workspace { project, variables, target, .. } = workspace;
    let doubted = doubted(project, history, variables, target.facts());
    let inquiry = Inquiry { dialect: target.facts().dialect, engine: lease.engine, may_clear };
    Ok(inquiry.settle(lease.session.as_mut(), &doubted).await?)
}

/// The exit code of a report, whose events have told the rest.
pub(super) fn exit_code(report: &RunReport) -> ExitCode {
    match report.outcome {
        RunOutcome::Done => ExitCode::Done,
        RunOutcome::Failed if report.lost => ExitCode::Target,
        RunOutcome::Failed => ExitCode::StatementFailed,
        RunOutcome::TestsFailed => ExitCode::TestsFailed,
        RunOutcome::Interrupted => ExitCode::Interrupted,
    }
}
