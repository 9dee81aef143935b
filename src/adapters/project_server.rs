//! The local server of one project, as the port [`crate::ports::LocalServer`] and for `vesto local`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::ports;
use crate::ports::LocalAddress;

use super::local_server::{LocalServer, LocalServerError, Options, RunningServer, ServerAddress, Status, Stopped};

/// The server below `.vesto/local` of a project.
pub struct ProjectServer {
    project: PathBuf,
    name: &'static str,
    options: Options,
    running: Mutex<Option<RunningServer>>,
}

impl ProjectServer {
    /// The server of the project in `root`; nothing is started yet.
    pub fn new(root: &Path, environment: &BTreeMap<String, String>) -> Self {
        let options = Options::from_environment(|name| environment.get(name).map(OsString::from));
        Self { project: root.to_owned(), name: "local", options, running: Mutex::new(None) }
    }

    /// Another server for the same project, for what must not touch the first; in `.vesto/prove`.
    pub fn aside(root: &Path, environment: &BTreeMap<String, String>) -> Self {
        Self { name: "prove", ..Self::new(root, environment) }
    }

    fn directory(&self) -> Result<PathBuf, LocalServerError> {
        LocalServer::directory(&self.project, self.name, &self.options)
    }

    /// Starts it and lets it run.
    pub fn start_and_keep(&self) -> Result<ServerAddress, LocalServerError> {
        LocalServer::start_and_keep(&self.directory()?, &self.options)
    }

    /// Stops it.
    pub fn stop(&self) -> Result<Stopped, LocalServerError> {
        LocalServer::stop(&self.directory()?)
    }

    /// Stops it and removes its data.
    pub fn reset(&self) -> Result<(), LocalServerError> {
        LocalServer::reset(&self.directory()?, &self.options)
    }

    /// Looks whether it runs.
    pub fn status(&self) -> Result<Status, LocalServerError> {
        LocalServer::status(&self.directory()?)
    }

    /// Opens psql on it and waits for its end; the value is psql's exit code.
    pub fn psql(&self, arguments: &[String]) -> Result<Option<i32>, LocalServerError> {
        let running = LocalServer::open(&self.directory()?, &self.options)?;
        let address = running.address();
        let result = Command::new("psql")
            .arg("--host")
            .arg(&address.socket_directory)
            .args(["--port", &address.port.to_string(), "--username", &address.superuser])
            // The user's own --dbname comes later and wins.
            .args(["--dbname", "dev"])
            .args(arguments)
            .status();
        let closed = running.close();
        let status = result.map_err(LocalServerError::NoPsql)?;
        closed?;
        Ok(status.code())
    }
}

impl ports::LocalServer for ProjectServer {
    fn acquire(&self) -> Result<LocalAddress, ports::LocalServerError> {
        let server = LocalServer::open(&self.directory()?, &self.options)?;
        let ServerAddress { socket_directory, port, superuser, .. } = server.address().clone();
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(server);
        Ok(LocalAddress { socket_directory, port, superuser })
    }

    fn release(&self) -> Result<(), ports::LocalServerError> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        running.map_or(Ok(()), |server| Ok(server.close()?))
    }

    fn discard(&self) -> Result<(), ports::LocalServerError> {
        self.release()?;
        Ok(self.reset()?)
    }
}

impl From<LocalServerError> for ports::LocalServerError {
    fn from(error: LocalServerError) -> Self {
        Self { message: error.to_string(), hint: None, source: Some(Box::new(error)) }
    }
}
