//! `vesto run`: the pipeline in one command: plan, apply, test, and on failure roll back if asked.

use crate::plan::{RollbackSelection, Selection};
use crate::run::{Event, RunOutcome, RunReport};
use crate::target::Lease;

use crate::cli::arguments::{CommonArguments, RunArguments};
use crate::cli::carry_out::{Lock, carry_out, run_task};
use crate::cli::commands::test::{choose, run_tests};
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::{further_run_info, run_info, run_on_target};
use crate::cli::reporters::{Reporters, Results};
use crate::cli::task::Task;
use crate::cli::workspace::{Site, Workspace};

/// Runs the pipeline.
pub(in crate::cli) fn run(
    common: &CommonArguments,
    own: &RunArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let site = Site::find(common, environment)?;
    let reporters = Reporters::new(&site, common, &own.reports, Results::Console, environment);
    if own.writing.dry_run {
        let task = Task::Forward(Selection::from(&own.selection));
        return run_task(common, site, &task, &own.writing, reporters, environment);
    }
    let (spec, surroundings) = (site.spec()?, site.surroundings(environment));
    let mut workspace = site.read()?;
    // A project without tests can still be applied: what must not be is a test that is asked for and missing.
    let suites = if workspace.project.suites.is_empty() { Vec::new() } else { choose(&workspace, &[])? };
    let mut reporters = reporters.begin("run")?;
    let result = run_on_target(&spec, own.writing.timeout, &surroundings, async |lease| {
        let emit = &mut |event: Event| reporters.event(&event);
        let info = run_info("run", &workspace.project.name, &workspace.root, environment);
        let run = info.run.clone();
        let task = Task::Forward(Selection::from(&own.selection));
        let mut report = carry_out(&mut workspace, &task, Lock::Later(info), &own.writing, lease, emit).await?;
        if report.outcome == RunOutcome::Done && !suites.is_empty() {
            let tested = run_tests(&workspace, &suites, run.clone(), lease, emit).await;
            report = RunReport { completed: report.completed, ..tested };
        }
        let failed = matches!(report.outcome, RunOutcome::Failed | RunOutcome::TestsFailed);
        if failed && own.rollback_on_failure && !report.lost {
            roll_back(&mut workspace, own, environment, &run, &report, lease, emit).await?;
        }
        Ok(report)
    });
    reporters.finish(result)
}

/// Undoes what this run applied. The exit code stays that of the failure.
async fn roll_back(
    workspace: &mut Workspace,
    own: &RunArguments,
    environment: &Environment,
    run: &str,
    report: &RunReport,
    lease: &mut Lease,
    emit: &mut dyn FnMut(Event),
) -> Result<(), Failure> {
    if report.completed.is_empty() {
        return Ok(());
    }
    let info = further_run_info("rollback", &workspace.project.name, &workspace.root, environment)?;
    let task = Task::Back(RollbackSelection::Run(run.to_owned()));
    carry_out(workspace, &task, Lock::Later(info), &own.writing, lease, emit).await.map(drop)
}
