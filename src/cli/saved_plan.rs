//! Plans in files: saved by `vesto plan --out`, carried out by `vesto apply FILE`.

use std::path::Path;

use crate::adapters::files;
use crate::adapters::host::{self, Now};
use crate::catalog::Catalog;
use crate::history::{Direction, History};
use crate::ledger::Ledger;
use crate::plan::saved::{
    Asked, Difference, Made, ReadError, SavedInputs, SavedPlan, TargetIdentity, compare_files, compare_ledger,
    compare_plans, compare_target, compare_variables, names_to_fingerprint,
};
use crate::plan::{Plan, PlanError};
use crate::ports::{Batch, Session};
use crate::project::{ChangeId, UnreadRollback};
use crate::target::Lease;

use super::arguments::{ApplyArguments, CommonArguments};
use super::carry_out::{Lock, carry_out};
use super::commands::plan::print;
use super::console;
use super::environment::Environment;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::opened::{read_history, run_info, run_on_project, with_project};
use super::reporters::{Reporters, Results};
use super::task::{Task, find_drift, make_plan, note_doubts, plan_apply, plan_back};
use super::workspace::{Site, Workspace};

/// A saved plan on the way to be carried out on a target.
pub(super) struct SavedTask {
    saved: SavedPlan,
    /// Where the target leads now.
    target: TargetIdentity,
}

/// Makes a plan, prints it and saves it. A plan that a person must clear first is printed and not saved.
pub(super) fn plan_and_save(
    common: &CommonArguments,
    site: Site,
    asked: Asked,
    path: &Path,
    environment: &Environment,
) -> Result<Plan, Failure> {
    let made = Made::new(Now::read().rfc3339_milliseconds(), host::author(&environment.variables));
    let (plan, document, saved) =
        with_project(site, None, environment, read_history, async |workspace, lease, mut history| {
            note_doubts(workspace, &mut history, lease).await?;
            let target = identity(workspace, lease).await?;
            let session = lease.session.as_mut();
            let plan = plan_as_of(workspace, &asked, &made, &history, session).await?;
            let document = workspace.document(&plan);
            let saved = match plan.blockers.is_empty() {
                true => Some(save(workspace, &plan, &asked, made, &target, &history, session).await?),
                false => None,
            };
            Ok((plan, document, saved))
        })?;
    print(common, &document)?;
    let Some(saved) = saved else {
        let blocked =
            Failure::of_blockers(&plan.blockers).unwrap_or_else(|| Failure::new(ExitCode::Project, "blocked"));
        return Err(blocked.hint("the plan was not saved, because it cannot be carried out as it is".to_owned()));
    };
    let internal = |error| Failure::new(ExitCode::Internal, format!("cannot write JSON: {error}"));
    files::write_private(&environment.current_folder.join(path), saved.text().map_err(internal)?.as_bytes())?;
    if !common.quiet {
        let shown = path.display();
        console::error(&format!("saved in {shown}; carry it out with `vesto apply {shown}`\n"));
    }
    Ok(plan)
}

/// Reads the file of a saved plan.
pub(super) fn read(path: &Path, environment: &Environment) -> Result<SavedPlan, Failure> {
    let text = files::read_text(&environment.current_folder.join(path))
        .map_err(|error| Failure::from(error).hint(anew(path)))?;
    SavedPlan::read(&text).map_err(|error| {
        let code = match error {
            ReadError::Version { .. } => ExitCode::Stale,
            _ => ExitCode::Project,
        };
        let mut failure = Failure::of(code, &error).hint(anew(path));
        failure.message = format!("`{}`: {}", path.display(), failure.message);
        failure
    })
}

fn anew(path: &Path) -> String {
    format!("make it anew with `vesto plan --out {}` and the flags that it was made with", path.display())
}

/// Carries out exactly the plan in a file, or refuses: the whole of `vesto apply FILE`.
pub(super) fn apply_saved(
    common: &CommonArguments,
    own: &ApplyArguments,
    path: &Path,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let saved = read(path, environment)?;
    let site = Site::find_with_target(common, Some(&saved.target.name), environment)?;
    let writing = &own.writing;
    if writing.dry_run {
        let document =
            with_project(site, writing.timeout, environment, read_history, async |workspace, lease, mut history| {
                note_doubts(workspace, &mut history, lease).await?;
                let task = on_target(saved, workspace, lease).await?;
                let plan = make_plan(workspace, &task, &history, lease.session.as_mut()).await?;
                Ok(workspace.document(&plan))
            })
            .map_err(|failure| of_file(failure, path))?;
        return print(common, &document).map(|()| ExitCode::Done);
    }
    let reporters = Reporters::new(&site, common, &own.reports, Results::Console, environment);
    let mut reporters = reporters.begin(command(saved.direction()))?;
    let info = run_info(command(saved.direction()), &site.name(), &site.root, environment);
    let lock = async |lease: &mut Lease| Lock::early(lease, info, writing.lock_timeout).await;
    let result = run_on_project(site, writing.timeout, environment, lock, async |workspace, lease, lock| {
        let task = on_target(saved, workspace, lease).await?;
        carry_out(workspace, &task, lock, writing, lease, &mut |event| reporters.event(&event)).await
    });
    reporters.finish(result.map_err(|failure| of_file(failure, path)))
}

/// The task, unless the target is another than the plan is for.
async fn on_target(saved: SavedPlan, workspace: &Workspace, lease: &mut Lease) -> Result<Task, Failure> {
    let target = identity(workspace, lease).await?;
    refuse(&compare_target(&saved, &workspace.project.name, &target))?;
    Ok(Task::Saved(Box::new(SavedTask { saved, target })))
}

async fn identity(workspace: &Workspace, lease: &mut Lease) -> Result<TargetIdentity, Failure> {
    let identity = lease.identity(workspace.target.facts().name).await;
    identity.map_err(|error| Failure { code: ExitCode::Target, ..Failure::from(error) })
}

fn command(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "apply",
        Direction::Rollback => "rollback",
    }
}

impl SavedTask {
    /// The name of the command that does the same without a file.
    pub(super) fn command(&self) -> &'static str {
        command(self.saved.direction())
    }

    /// The plan as it is made now, if it is the saved one.
    pub(super) async fn plan_again(
        &self,
        workspace: &mut Workspace,
        history: &History,
        session: &mut dyn Session,
    ) -> Result<Plan, Failure> {
        let Self { saved, target } = self;
        let planned: Vec<ChangeId> = saved.changes().map(ChangeId::new).collect();
        workspace.read_rollbacks(|change| planned.contains(&change.id))?;
        let files =
            compare_files(saved, &workspace.project, target.dialect).map_err(|error| unread(error, workspace))?;
        let variables = compare_variables(saved, &workspace.variables);
        let ledger = self.compare_ledger(history, session).await?;
        let edited: Vec<String> = files.iter().map(|(id, _)| id.clone()).collect();
        let mut found: Vec<Difference> = ledger;
        let moved = !found.is_empty();
        found.extend(files.into_iter().map(|(_, difference)| difference));
        found.extend(variables.iter().cloned());
        if moved {
            refuse(&found)?;
        }
        let made = saved.made.clone();
        let plan = match plan_as_of(workspace, &saved.selection, &made, history, session).await {
            Ok(plan) => plan,
            // What keeps a plan from being made is what was found already.
            Err(failure) => return Err(refuse(&found).err().unwrap_or(failure)),
        };
        let now = save(workspace, &plan, &saved.selection, made, target, history, session).await?;
        found.extend(compare_plans(saved, &now, &edited, !variables.is_empty()));
        refuse(&found)?;
        Ok(plan)
    }

    /// Asks who did what only if something was done.
    async fn compare_ledger(&self, history: &History, session: &mut dyn Session) -> Result<Vec<Difference>, Failure> {
        if compare_ledger(&self.saved, history, &[]).is_empty() {
            return Ok(Vec::new());
        }
        let since = Ledger::timeline(session).await?;
        Ok(compare_ledger(&self.saved, history, &since))
    }
}

/// The plan of what was asked for. What a rollback puts aside is named after the time at which the plan was made.
async fn plan_as_of(
    workspace: &mut Workspace,
    asked: &Asked,
    made: &Made,
    history: &History,
    session: &mut dyn Session,
) -> Result<Plan, Failure> {
    match asked {
        Asked::Forward(selection) => {
            let drift = find_drift(workspace, history, session).await?;
            plan_apply(workspace, selection, history, &drift)
        }
        Asked::Rollback(selection) => plan_back(workspace, selection, history, session, &made.suffix()).await,
    }
}

/// The document of a plan, with the fingerprints of what it touches as the server has it now.
async fn save(
    workspace: &mut Workspace,
    plan: &Plan,
    asked: &Asked,
    made: Made,
    target: &TargetIdentity,
    history: &History,
    session: &mut dyn Session,
) -> Result<SavedPlan, Failure> {
    workspace.read_rollbacks(|change| plan.changes.iter().any(|planned| planned.id == change.id))?;
    let names = names_to_fingerprint(plan, target.dialect);
    let mut batch = Batch::default();
    Catalog::ask(&mut batch, target.engine);
    let answers = session.run(&batch).await.map_err(|error| Failure {
        message: format!("cannot read the server's catalogue: {}", error.error.message),
        code: ExitCode::Target,
        ..Failure::from(error.error)
    })?;
    let catalog = Catalog::answer(&answers, target.engine).map_err(|error| Failure::of(ExitCode::Target, &error))?;
    let fingerprints = catalog.fingerprint(&names);
    let inputs = SavedInputs {
        plan,
        project: &workspace.project,
        history,
        variables: &workspace.variables,
        asked,
        target,
        double: workspace.target.facts().double,
        fingerprints: &fingerprints,
        vesto: env!("CARGO_PKG_VERSION"),
    };
    SavedPlan::new(&inputs, made).map_err(|error| unread(error, workspace))
}

fn unread(error: UnreadRollback, workspace: &Workspace) -> Failure {
    Failure::of_plan(&PlanError::UnreadRollback(error), &workspace.files)
}

/// Refuses if anything differs: one line each.
fn refuse(found: &[Difference]) -> Result<(), Failure> {
    if found.is_empty() {
        return Ok(());
    }
    let mut failure = Failure::new(ExitCode::Stale, "the saved plan is stale, and nothing of it ran");
    failure.causes.extend(found.iter().map(ToString::to_string));
    Err(failure)
}

/// Names the file in a refusal, with its cure.
fn of_file(mut failure: Failure, path: &Path) -> Failure {
    if failure.code != ExitCode::Stale {
        return failure;
    }
    failure.message = format!("`{}`: {}", path.display(), failure.message);
    failure.hint(anew(path))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_absent_has_one_word() {
        assert_eq!(crate::plan::saved::ABSENT, crate::catalog::ABSENT);
    }
}
