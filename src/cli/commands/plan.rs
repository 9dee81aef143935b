//! `vesto plan`: what would run. It writes nothing and takes no lock.

use crate::history::History;
use crate::ledger::Ledger;
use crate::plan::{Plan, PlanDocument, RollbackSelection, Selection, plan_forward, show};
use crate::sql::Dialect;

use crate::cli::arguments::{CommonArguments, Format, PlanArguments, SelectionArguments};
use crate::cli::carry_out::{Task, make_plan};
use crate::cli::console;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::with_target;
use crate::cli::workspace::Workspace;

/// Shows the plan.
pub(in crate::cli) fn plan(
    common: &CommonArguments,
    own: &PlanArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let mut workspace = Workspace::open(common, environment)?;
    let plan = if own.offline {
        let selection = Selection::from(&own.selection);
        plan_forward(&workspace.project, &History::default(), &selection, workspace.target.facts())
            .map_err(|error| Failure::of_plan(&error, &workspace.files))?
    } else {
        let spec = workspace.spec()?;
        let task = task(own)?;
        let surroundings = workspace.surroundings(environment);
        with_target(&spec, None, &surroundings, async |lease| {
            let history = Ledger::read(lease.session.as_mut()).await?;
            make_plan(&mut workspace, &task, &history, lease.session.as_mut()).await
        })?
    };
    let target = workspace.target.facts();
    print(common, &plan, target.name, target.dialect)?;
    let empty = plan.changes.is_empty() && plan.blockers.is_empty();
    Ok(if own.check && !empty { ExitCode::Differences } else { ExitCode::Done })
}

fn task(own: &PlanArguments) -> Result<Task, Failure> {
    if !own.rollback {
        return Ok(Task::Forward(Selection::from(&own.selection)));
    }
    let SelectionArguments { only, from, to } = &own.selection;
    Ok(Task::Back(match (only.as_slice(), from, to, own.last, &own.run) {
        ([], None, None, last, None) => RollbackSelection::Last(last.unwrap_or(1)),
        ([], Some(from), None, None, None) => RollbackSelection::From(from.clone()),
        ([], None, Some(to), None, None) => RollbackSelection::To(to.clone()),
        ([], None, None, None, Some(run)) => RollbackSelection::Run(run.clone()),
        _ => {
            return Err(Failure::new(ExitCode::Usage, "a rollback takes one of --from, --to, --last and --run")
                .hint("`vesto rollback --help` says what each means".to_owned()));
        }
    }))
}

/// Prints a plan in the form that was asked for.
pub(in crate::cli) fn print(
    common: &CommonArguments,
    plan: &Plan,
    target: &str,
    dialect: Dialect,
) -> Result<(), Failure> {
    match common.format {
        Format::Text => console::answer(&show(plan)),
        Format::Json => console::answer_json(&PlanDocument::new(plan, target, dialect)),
    }
}
