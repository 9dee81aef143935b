//! `vesto plan`: what would run. It writes nothing and takes no lock.

use crate::history::History;
use crate::plan::saved::Asked;
use crate::plan::{PlanDocument, RollbackSelection, Selection, show};

use crate::cli::arguments::{CommonArguments, Format, PlanArguments, SelectionArguments};
use crate::cli::console;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::saved_plan::plan_and_save;
use crate::cli::task::{plan_apply, print_plan};
use crate::cli::workspace::Site;

/// Shows the plan.
pub(in crate::cli) fn plan(
    common: &CommonArguments,
    own: &PlanArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let site = Site::find(common, environment)?;
    let plan = match &own.out {
        _ if own.offline => {
            let mut workspace = site.read()?;
            let plan = plan_apply(&mut workspace, &Selection::from(&own.selection), &History::default(), &[])?;
            print(common, &workspace.document(&plan))?;
            plan
        }
        None => print_plan(common, site, &asked(own)?.into(), None, environment)?,
        Some(path) => plan_and_save(common, site, asked(own)?, path, environment)?,
    };
    let empty = plan.changes.is_empty() && plan.blockers.is_empty();
    Ok(if own.check && !empty { ExitCode::Differences } else { ExitCode::Done })
}

fn asked(own: &PlanArguments) -> Result<Asked, Failure> {
    if !own.rollback {
        return Ok(Asked::Forward(Selection::from(&own.selection)));
    }
    let SelectionArguments { only, from, to } = &own.selection;
    Ok(Asked::Rollback(match (only.as_slice(), from, to, own.last, &own.run) {
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
pub(in crate::cli) fn print(common: &CommonArguments, plan: &PlanDocument) -> Result<(), Failure> {
    match common.format {
        Format::Text => console::answer(&show(plan)),
        Format::Json => console::answer_json(plan),
    }
}
