//! `vesto completions`: a completion script for a shell.

use clap::CommandFactory;

use crate::cli::arguments::{Arguments, CompletionsArguments};
use crate::cli::console;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;

/// Prints the script.
pub(in crate::cli) fn completions(own: &CompletionsArguments) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(own.shell, &mut Arguments::command(), "vesto", &mut script);
    console::answer(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Done)
}
