//! `vesto apply`: carries out what is pending, or a saved plan.

use crate::plan::Selection;

use crate::cli::arguments::{ApplyArguments, CommonArguments};
use crate::cli::carry_out::run_task;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::reporters::{Reporters, Results};
use crate::cli::saved_plan::apply_saved;
use crate::cli::task::Task;
use crate::cli::workspace::Site;

/// Applies.
pub(in crate::cli) fn apply(
    common: &CommonArguments,
    own: &ApplyArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    if let Some(path) = &own.plan {
        return apply_saved(common, own, path, environment);
    }
    let site = Site::find(common, environment)?;
    let reporters = Reporters::new(&site, common, &own.reports, Results::Console, environment);
    let task = Task::Forward(Selection::from(&own.selection));
    run_task(common, site, &task, &own.writing, reporters, environment)
}
