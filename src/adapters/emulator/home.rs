//! Where the servers of an emulator keep their data, and that none of them outlives it.
//!
//! A second process, the *keeper*, waits for the end of the emulator, however it ends, and stops what it left. It learns
//! of the end by a pipe that the system closes.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::io::{self, Read};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::adapters::local_server::{LocalServer, LocalServerError, Options, RunningServer, ServerAddress};

/// How long the keeper tries: the system gives up the locks of a killed process in its own time.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);

/// The variable of the environment that holds the first user's password.
pub const PASSWORD_VARIABLE: &str = "VESTO_EMULATE_PASSWORD";

/// Why there are no servers.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// Their folder cannot be made or removed.
    #[error("cannot use the folder `{path}`: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The keeper cannot be started.
    #[error("cannot start the process that ends the servers of a killed emulator: {0}")]
    Keeper(io::Error),
    /// A server does not start or stop.
    #[error(transparent)]
    Server(#[from] LocalServerError),
}

/// The servers of one emulator.
pub struct Home {
    folder: PathBuf,
    is_kept: bool,
    options: Options,
    keeper: Child,
    running: BTreeMap<String, RunningServer>,
}

impl Home {
    /// Servers whose data stay in a folder, or are deleted in the end where there is none. `sessions` is how many each
    /// server lets in at a time; `keeper` is the command that runs [`keep`], without its arguments.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be made.
    pub fn open(kept: Option<&Path>, sessions: usize, options: Options, keeper: &[&str]) -> Result<Self, HomeError> {
        let folder = match kept {
            Some(folder) => folder.to_owned(),
            None => new_name()?,
        };
        let unusable = |source| HomeError::Folder { path: folder.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(unusable)?;
        let folder = folder.canonicalize().map_err(unusable)?;
        let keeper = start_keeper(&folder, kept.is_none(), keeper).map_err(HomeError::Keeper)?;
        let options = Options { sessions: Some(sessions), ..options };
        Ok(Self { folder, is_kept: kept.is_some(), options, keeper, running: BTreeMap::new() })
    }

    /// Starts the server of a cluster, unless it runs.
    ///
    /// # Errors
    ///
    /// Fails if there is no PostgreSQL, or it does not start.
    pub fn start(&mut self, cluster: &str) -> Result<ServerAddress, HomeError> {
        if let Some(running) = self.running.get(cluster) {
            return Ok(running.address().clone());
        }
        let server = LocalServer::open(&self.folder.join(cluster), &self.options)?;
        let address = server.address().clone();
        self.running.insert(cluster.to_owned(), server);
        Ok(address)
    }

    /// Stops the server of a cluster, if it runs. Its data stay.
    ///
    /// # Errors
    ///
    /// Fails if it does not stop.
    pub fn stop(&mut self, cluster: &str) -> Result<(), HomeError> {
        Ok(self.running.remove(cluster).map_or(Ok(()), RunningServer::close)?)
    }

    /// Whether there are data of this name.
    pub fn holds(&self, name: &str) -> bool {
        self.folder.join(name).exists()
    }

    /// Copies the data of a cluster that does not run to a name that has none.
    ///
    /// # Errors
    ///
    /// Fails if the files cannot be copied; then there is nothing of that name.
    pub fn copy(&mut self, from: &str, to: &str) -> Result<(), HomeError> {
        if self.holds(to) {
            let source = io::ErrorKind::AlreadyExists.into();
            return Err(HomeError::Folder { path: self.folder.join(to), source });
        }
        let copied = LocalServer::copy(&self.folder.join(from), &self.folder.join(to));
        if copied.is_err() {
            // The first error is the one to tell.
            let _ = self.delete(to);
        }
        Ok(copied?)
    }

    /// Deletes the data of a name, and stops its server.
    ///
    /// # Errors
    ///
    /// Fails if the server does not stop, or its files stay.
    pub fn delete(&mut self, name: &str) -> Result<(), HomeError> {
        self.stop(name)?;
        let path = self.folder.join(name);
        LocalServer::reset(&path, &self.options)?;
        match fs::remove_dir_all(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(HomeError::Folder { path, source }),
            _ => Ok(()),
        }
    }

    /// Stops all servers, and deletes their data unless they are to stay.
    ///
    /// # Errors
    ///
    /// Fails if one does not stop; the keeper then tries for a while.
    pub fn close(&mut self) -> Result<(), HomeError> {
        while let Some((_, server)) = self.running.pop_first() {
            server.close()?;
        }
        if !self.is_kept {
            remove(&self.folder, &self.options)?;
        }
        drop(self.keeper.stdin.take());
        self.keeper.wait().map(drop).map_err(HomeError::Keeper)
    }
}

/// Waits until `alive` ends, and then ends the servers in a folder.
///
/// # Errors
///
/// Fails if one does not stop, or its data cannot be deleted.
pub fn keep(folder: &Path, delete: bool, options: &Options, alive: &mut dyn Read) -> Result<(), HomeError> {
    // An error is an end as well.
    let _ = io::copy(alive, &mut io::sink());
    let since = Instant::now();
    loop {
        let ended = if delete { remove(folder, options) } else { stop(folder) };
        match ended {
            Err(_) if since.elapsed() < PATIENCE => thread::sleep(PAUSE),
            result => return result,
        }
    }
}

fn start_keeper(folder: &Path, delete: bool, arguments: &[&str]) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).arg(folder).args(delete.then_some("--delete"));
    command.env_remove(PASSWORD_VARIABLE);
    // A group of its own, so that Ctrl-C in the terminal does not end it first.
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

/// A name that nobody has, short enough for a socket below it.
fn new_name() -> Result<PathBuf, HomeError> {
    let mut chance = [0; 6];
    let base = std::env::temp_dir();
    let unusable = |error| HomeError::Folder { path: base.clone(), source: io::Error::other(error) };
    getrandom::fill(&mut chance).map_err(unusable)?;
    let name: String = chance.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(base.join(format!("vesto-emulate-{name}")))
}

fn clusters(folder: &Path) -> Result<Vec<PathBuf>, HomeError> {
    let unusable = |source| HomeError::Folder { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unusable)?,
    };
    let path = |entry: io::Result<fs::DirEntry>| entry.map(|entry| entry.path()).map_err(unusable);
    entries.map(path).collect()
}

fn stop(folder: &Path) -> Result<(), HomeError> {
    for cluster in clusters(folder)? {
        LocalServer::stop(&cluster)?;
    }
    Ok(())
}

fn remove(folder: &Path, options: &Options) -> Result<(), HomeError> {
    for cluster in clusters(folder)? {
        LocalServer::reset(&cluster, options)?;
    }
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(HomeError::Folder { path: folder.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}
