//! `vesto show`: a saved plan as `vesto plan` showed it, from its file alone.

use crate::cli::arguments::{CommonArguments, ShowArguments};
use crate::cli::commands::plan::print;
use crate::cli::console;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::saved_plan::read;

/// Shows the plan; who made it and for what goes to stderr.
pub(in crate::cli) fn show(
    common: &CommonArguments,
    own: &ShowArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let saved = read(&own.plan, environment)?;
    if !common.quiet {
        console::error(&format!("{}\n", saved.heading()));
    }
    print(common, &saved.document())?;
    Ok(ExitCode::Done)
}
