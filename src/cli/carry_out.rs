//! What `apply`, `rollback`, `run` and `rollforward` share: lock, plan under the lock, carry out, tell.

use std::collections::HashSet;
use std::fmt::Display;
use std::time::{Duration, Instant};

use crate::adapters::host::Now;
use crate::history::{Direction, History};
use crate::ledger::{LockedLedger, RunInfo};
use crate::plan::{Departure, DriftKind, Plan, departures};
use crate::project::settings::DoubleMode;
use crate::project::{ChangeId, Script};
use crate::run::{ChangeAction, Event, RunOutcome, RunReport, Runner, record_settlements};
use crate::sql::Dialect;
use crate::target::Lease;

use super::arguments::{CommonArguments, WritingArguments};
use super::environment::Environment;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::opened::{run_info, run_on_project};
use super::reporters::Reporters;
use super::task::{Task, make_plan, print_plan, settle_doubts};
use super::workspace::{Site, Workspace};

/// Plans and carries out, or only plans: the whole of `apply`, `rollback` and `rollforward`.
pub(super) fn run_task(
    common: &CommonArguments,
    site: Site,
    task: &Task,
    writing: &WritingArguments,
    reporters: Reporters,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    if writing.dry_run {
        return print_plan(common, site, task, writing.timeout, environment).map(|_| ExitCode::Done);
    }
    let mut reporters = reporters.begin(task.command())?;
    let info = run_info(task.command(), &site.name(), &site.root, environment);
    let lock = async |lease: &mut Lease| Lock::early(lease, info, writing.lock_timeout).await;
    let result = run_on_project(site, writing.timeout, environment, lock, async |workspace, lease, lock| {
        carry_out(workspace, task, lock, writing, lease, &mut |event| reporters.event(&event)).await
    });
    reporters.finish(result)
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
///
/// Where the connection is lost on the way forward, it is opened anew, and the ledger says what is left to do.
pub(super) async fn carry_out(
    workspace: &mut Workspace,
    task: &Task,
    lock: Lock,
    writing: &WritingArguments,
    lease: &mut Lease,
    emit: &mut dyn FnMut(Event),
) -> Result<RunReport, Failure> {
    let begun = Instant::now();
    let (mut report, mut info) = attempt(workspace, task, lock, None, writing, lease, emit).await?;
    let mut completed = Vec::new();
    for pause in RECONNECT_AFTER {
        if !may_go_on(task, &report, lease) {
            break;
        }
        tokio::time::sleep(pause).await;
        if lease.reconnect().await.is_err() {
            continue;
        }
        emit(Event::Warned {
            message: "the connection was lost and is open again; the ledger says how to go on".into(),
        });
        completed.append(&mut report.completed);
        let lock = Lock::Later(info.clone());
        match attempt(workspace, task, lock, Some(&mut completed), writing, lease, emit).await {
            Ok(next) => (report, info) = next,
            Err(failure) => {
                report.untold.drain(..).for_each(&mut *emit);
                let outcome = RunOutcome::Failed;
                emit(Event::RunFinished { at: Now::read().rfc3339(), duration: begun.elapsed(), outcome });
                return Err(failure);
            }
        }
    }
    report.untold.drain(..).for_each(&mut *emit);
    completed.append(&mut report.completed);
    report.completed = completed;
    emit(Event::RunFinished { at: Now::read().rfc3339(), duration: begun.elapsed(), outcome: report.outcome });
    Ok(report)
}

/// How long to wait before a lost connection is opened anew, each time that it is tried.
const RECONNECT_AFTER: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(800), Duration::from_millis(2400)];

/// Whether a run that lost its connection may go on with another. Planning again finds what is left only on the way
/// forward; on Redshift the old session may still be at work, and a session that an administrator ended was to end.
fn may_go_on(task: &Task, report: &RunReport, lease: &Lease) -> bool {
    let ended = report.failed.as_ref().and_then(|(_, failure)| failure.code.as_deref()) == Some("57P01");
    report.lost
        && !ended
        && matches!(task, Task::Forward(_))
        && lease.engine == Dialect::Postgres
        && !lease.interrupt.is_raised()
}

/// Carries out what is left with one connection, and says whose run it was. `earlier` are the changes that the same run
/// has completed with a connection before; those that it did not hear of are added and told.
async fn attempt(
    workspace: &mut Workspace,
    task: &Task,
    lock: Lock,
    earlier: Option<&mut Vec<ChangeId>>,
    writing: &WritingArguments,
    lease: &mut Lease,
    emit: &mut dyn FnMut(Event),
) -> Result<(RunReport, RunInfo), Failure> {
    let (mut ledger, mut history) = lock.take(lease, writing.lock_timeout).await?;
    let info = ledger.run().clone();
    let result = async {
        for message in ledger.take_warnings() {
            emit(Event::Warned { message });
        }
        let settled = settle_doubts(workspace, &history, lease, true).await?;
        record_settlements(lease.session.as_mut(), &mut ledger, &mut history, &settled).await?;
        for settlement in &settled {
            emit(Event::Warned { message: settlement.describe() });
        }
        let plan = make_plan(workspace, task, &history, lease.session.as_mut()).await?;
        if let Some(failure) = Failure::of_blockers(&plan.blockers) {
            return Err(failure);
        }
        match earlier {
            None => {
                tell_start(workspace, task, &info, lease.server, &plan, emit);
                tell_unfinished(task, &history, &plan, emit);
                for change in &plan.changes {
                    let statements = change.steps.iter().flat_map(|step| step.statements.iter().copied());
                    tell_left_out(workspace, &change.id, &change.script, statements, emit);
                }
            }
            Some(completed) => tell_unheard(workspace, &info, &history, completed, emit),
        }
        let mut settings = lease.settings().clone();
        settings.pieces.append(&mut ledger.session_settings().pieces);
        let mut runner = Runner {
            settings,
            dialect: workspace.target.facts().dialect,
            engine: lease.engine,
            interrupt: lease.interrupt.clone(),
            session: lease.session.as_mut(),
            ledger: &mut ledger,
            files: &workspace.files,
            emit: &mut *emit,
        };
        Ok(runner.carry_out(&plan).await?)
    }
    .await;
    let released = ledger.release(lease.session.as_mut()).await;
    // As the workspace's: thousands of small pieces that the end of the process frees at once.
    std::mem::forget(history);
    let report: RunReport = result?;
    // A lost connection has released the lock by itself, and the loss is told already.
    if !report.lost {
        released?;
    }
    Ok((report, info))
}

/// Tells of changes that stand half-way and that the plan does not go on with.
fn tell_unfinished(task: &Task, history: &History, plan: &Plan, emit: &mut dyn FnMut(Event)) {
    for (id, progress) in history.unfinished() {
        if plan.changes.iter().any(|change| change.id == *id) {
            continue;
        }
        let (what, cure) = match progress.direction {
            Direction::Forward => ("applied", "bring its file back, or say where it stands with `vesto mark-pending`"),
            Direction::Rollback => ("rolled back", "finish it with `vesto rollback`"),
        };
        let message = format!("`{id}` is half {what} and `{}` does not go on with it; {cure}", task.command());
        emit(Event::Warned { message });
    }
}

/// Tells of statements that a lenient double leaves out of a script with that name.
pub(super) fn tell_left_out(
    workspace: &Workspace,
    name: &dyn Display,
    script: &Script,
    statements: impl IntoIterator<Item = usize>,
    emit: &mut dyn FnMut(Event),
) {
    let Some(mode @ DoubleMode::Lenient) = workspace.target.facts().double else { return };
    for number in statements {
        for departure in departures(script, number, mode) {
            if let Departure::LeftOut(why) = departure {
                emit(Event::Warned { message: format!("statement {} of `{name}` is left out: {why}", number + 1) });
            }
        }
    }
}

/// Tells of changes that were applied in a message whose answer got lost.
fn tell_unheard(
    workspace: &Workspace,
    info: &RunInfo,
    history: &History,
    completed: &mut Vec<ChangeId>,
    emit: &mut dyn FnMut(Event),
) {
    let heard: HashSet<ChangeId> = completed.iter().cloned().collect();
    for id in history.applied_in_order().iter().filter(|id| !heard.contains(*id)) {
        if history.applied(id).is_none_or(|applied| applied.run != info.run) {
            continue;
        }
        let Workspace { project, variables, target, .. } = workspace;
        let script = project.change(id).and_then(|change| change.forward.parse(target.facts().dialect, variables).ok());
        emit(Event::ChangeFinished {
            id: id.to_string(),
            action: ChangeAction::Applied,
            statements: script.map_or(0, |script| script.statements().len()),
            duration: Duration::ZERO,
        });
        completed.push(id.clone());
    }
}

/// Tells what is ahead, and where project and target differ.
fn tell_start(
    workspace: &Workspace,
    task: &Task,
    info: &RunInfo,
    server: &'static str,
    plan: &Plan,
    emit: &mut dyn FnMut(Event),
) {
    emit(Event::RunStarted {
        run: info.run.clone(),
        command: task.command(),
        target: workspace.target.facts().name.to_owned(),
        server,
        at: Now::read().rfc3339(),
        total: plan.changes.len(),
    });
    for drift in &plan.drift {
        let what = match drift.kind {
            DriftKind::Missing => "is applied and missing from the project",
            DriftKind::Edited => "was edited after it was applied",
            DriftKind::CommentsEdited => "has other comments than when it was applied; `vesto rebless` accepts them",
        };
        emit(Event::Warned { message: format!("`{}` {what}", drift.change) });
    }
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
