//! Standard output for the answer, standard error for everything else.

use std::io::{self, Write};

use crate::report::json_failure;

use super::failure::Failure;
use super::{ExitCode, arguments::Color, environment::Environment};

/// Writes an answer to stdout. A reader that went away, such as `head`, is no failure.
pub(super) fn answer(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(ExitCode::Internal, format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a JSON document to stdout.
pub(super) fn answer_json(document: &impl serde::Serialize) -> Result<(), Failure> {
    match serde_json::to_string_pretty(document) {
        Ok(text) => answer(&(text + "\n")),
        Err(error) => Err(Failure::new(ExitCode::Internal, format!("cannot write JSON: {error}"))),
    }
}

/// Writes a failure to stdout as the last line of a stream of JSON. Who reads stderr hears of it in any case.
pub(super) fn answer_failure(failure: &Failure) {
    let Failure { code, message, causes, hints, run } = failure;
    if let Ok(line) = json_failure(run.as_deref(), *code as u8, message, causes, hints) {
        let _ = answer(&line);
    }
}

/// Writes a message to stderr. There is nobody left to tell if that fails.
pub(super) fn error(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Whether to use colour on stdout.
pub(super) fn use_color(choice: Color, environment: &Environment) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let unwanted = environment.variables.get("NO_COLOR").is_some_and(|value| !value.is_empty());
            environment.stdout_is_terminal && !unwanted
        }
    }
}
