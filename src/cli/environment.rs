//! What surrounds the process, read once: variables, folder, terminal.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;

use crate::adapters::host;

use super::ExitCode;
use super::failure::Failure;

/// The process's surroundings.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    /// Environment variables; those that are not UTF-8 are left out.
    pub(super) variables: BTreeMap<String, String>,
    /// The id of the run that this process is.
    pub(super) run: String,
    /// The working folder.
    pub(super) current_folder: PathBuf,
    /// Whether stdout is a terminal.
    pub(super) stdout_is_terminal: bool,
    /// Whether stderr is a terminal.
    pub(super) stderr_is_terminal: bool,
}

impl Environment {
    /// Reads it.
    pub(super) fn read() -> Result<Self, Failure> {
        let current_folder = std::env::current_dir().map_err(|error| {
            Failure::new(ExitCode::Usage, format!("the working folder cannot be used: {error}"))
                .hint("change to a folder that exists".to_owned())
        })?;
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Ok(Self {
            run: new_run_id()?,
            variables: std::env::vars_os().filter_map(text).collect(),
            current_folder,
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
        })
    }

    /// The variables of AWS's own tools.
    pub(super) fn of_aws(&self) -> BTreeMap<String, String> {
        let variables = self.variables.iter().filter(|(name, _)| name.starts_with("AWS_"));
        variables.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The variable, unless it is unset or empty.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// A new id of a run.
pub(super) fn new_run_id() -> Result<String, Failure> {
    host::new_run_id().map_err(|error| Failure::new(ExitCode::Internal, format!("cannot make a run id: {error}")))
}
