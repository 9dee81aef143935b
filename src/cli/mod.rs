//! The command line: what was typed, the surroundings, and one file a command.

mod arguments;
mod carry_out;
mod commands;
mod console;
mod environment;
mod exit_code;
mod failure;
mod hooks;
mod opened;
mod prover;
mod references;
mod reporters;
mod saved_plan;
mod settings_source;
mod task;
mod workspace;

use clap::Parser;

use arguments::{Arguments, Command, Format};
use environment::Environment;
use exit_code::ExitCode;
use failure::Failure;

/// Runs the command that the process was started with, and says how it ended.
pub fn main() -> std::process::ExitCode {
    // clap prints help and usage errors itself: 0 for help, 2 for errors.
    let arguments = Arguments::parse();
    let environment = match Environment::read() {
        Ok(environment) => environment,
        Err(failure) => return end(&arguments, Err(failure)),
    };
    end(&arguments, dispatch(&arguments, &environment))
}

fn end(arguments: &Arguments, result: Result<ExitCode, Failure>) -> std::process::ExitCode {
    let code = result.unwrap_or_else(|failure| {
        if arguments.common.format == Format::Json && arguments.command.tells_events() {
            console::answer_failure(&failure);
        }
        console::error(&failure.render());
        failure.code
    });
    std::process::ExitCode::from(code as u8)
}

fn dispatch(arguments: &Arguments, environment: &Environment) -> Result<ExitCode, Failure> {
    let common = &arguments.common;
    match &arguments.command {
        Command::Init(own) => commands::init::init(own),
        Command::Plan(own) => commands::plan::plan(common, own, environment),
        Command::Show(own) => commands::show::show(common, own, environment),
        Command::Apply(own) => commands::apply::apply(common, own, environment),
        Command::Rollback(own) => commands::rollback::rollback(common, own, environment),
        Command::Test(own) => commands::test::test(common, own, environment),
        Command::Prove(own) => commands::prove::prove(common, own, environment),
        Command::Run(own) => commands::run::run(common, own, environment),
        Command::Status(own) => commands::status::status(common, own, environment),
        Command::History(own) => commands::history::history(common, own, environment),
        Command::Verify(own) => commands::verify::verify(common, own, environment),
        Command::Lint(own) => commands::lint::lint(common, own, environment),
        Command::Baseline(own) => commands::mark::baseline(common, own, environment),
        Command::MarkApplied(own) => commands::mark::mark_applied(common, own, environment),
        Command::Rebless(own) => commands::mark::rebless(common, own, environment),
        Command::MarkPending(own) => commands::mark::mark_pending(common, own, environment),
        Command::Resolve(own) => commands::resolve::resolve(common, own, environment),
        Command::Local(own) => commands::local::local(common, own, environment),
        Command::Emulate(own) => commands::emulate::emulate(common, own, environment),
        Command::EmulateKeeper(own) => commands::emulate::keep(own, environment),
        Command::Rollforward(own) => commands::rollforward::rollforward(common, own, environment),
        Command::Ping(own) => commands::ping::ping(common, own, environment),
        Command::Cluster(own) => commands::cluster::cluster(common, own, environment),
        Command::Secret(own) => commands::secret::secret(own),
        Command::Completions(own) => commands::completions::completions(own),
    }
}
