//! A PostgreSQL server that vesto starts by itself for one project.
//!
//! It listens on a Unix socket in a private directory only, keeps its data in `.vesto/local` between commands, and is
//! shared by all commands that run at the same time: the last one to close it stops it. `start_and_keep` leaves it
//! running. It is for development and tests and trades durability against a power cut for speed.
//!
//! Two files order the commands. `startup.lock` is held while the server is opened, closed or removed; `users.lock` is
//! shared by those who use it. The system drops both when a process dies, so a killed vesto leaves at most a running
//! server, which the next command takes over.

mod account;
mod aside;
#[cfg_attr(not(feature = "bundled-postgres"), path = "not_carried.rs")]
mod carried;
mod cluster;
mod error;
mod place;
mod processes;
mod programs;
mod server;

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::Command;

use error::Named;
use place::Place;
use server::{PidFile, State};

pub use error::LocalServerError;

/// The name of the role that owns everything; it needs no password, access is by file permissions.
const SUPERUSER: &str = "postgres";

/// What the environment says about where things are.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Options {
    /// `VESTO_POSTGRES_BIN`: the `bin` directory to use, and no other.
    pub postgres_bin: Option<PathBuf>,
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// `XDG_CACHE_HOME`.
    pub cache_home: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`.
    pub runtime_directory: Option<PathBuf>,
    /// `TMPDIR`.
    pub temporary_directory: Option<PathBuf>,
    /// `PATH`.
    pub path: Option<OsString>,
    /// `LD_LIBRARY_PATH`, for programs that were installed beside their libraries.
    pub library_path: Option<OsString>,
    /// How many sessions there may be at a time; 60 unless more are wanted.
    pub sessions: Option<usize>,
}

impl Options {
    /// Takes the options from an environment, such as `|name| std::env::var_os(name)`. Empty variables count as unset.
    pub fn from_environment(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let absolute = |name: &str| get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        Self {
            postgres_bin: get("VESTO_POSTGRES_BIN").map(PathBuf::from),
            home: absolute("HOME"),
            cache_home: absolute("XDG_CACHE_HOME"),
            runtime_directory: absolute("XDG_RUNTIME_DIR"),
            temporary_directory: absolute("TMPDIR"),
            path: get("PATH"),
            library_path: get("LD_LIBRARY_PATH"),
            sessions: None,
        }
    }

    #[cfg(feature = "bundled-postgres")]
    fn cache_home(&self) -> Option<PathBuf> {
        self.cache_home.clone().or_else(|| self.home.as_ref().map(|home| home.join(".cache")))
    }

    /// Gives a server program only what it needs: the rest may hold secrets, or settings for another server.
    fn set_environment(&self, command: &mut Command) {
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC");
        let kept = [("PATH", &self.path), ("LD_LIBRARY_PATH", &self.library_path)];
        command.envs(kept.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))));
    }
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    /// The directory of its socket: the `host` of a connection string.
    pub socket_directory: PathBuf,
    /// The number in the socket's name. No TCP port is open.
    pub port: u16,
    /// The role to log in as, without a password. The database to start from is `postgres`.
    pub superuser: String,
    /// The server's version, such as `18.6`.
    pub version: String,
}

/// What `stop` found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It was not running.
    WasDown,
    /// It is down now.
    Now,
    /// Other commands use it; the last of them stops it.
    WithLastUser,
}

/// What `status` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Nothing was ever started here, or it was reset.
    Absent,
    /// There is data, made by this major version, but no server.
    Down {
        /// The major version.
        major: String,
    },
    /// A server answers.
    Up {
        /// Where.
        address: ServerAddress,
        /// Whether it outlives the commands that use it.
        kept: bool,
    },
}

/// The local server of a project. `directory` is the project's `.vesto/local`, or what [`LocalServer::directory`] says.
#[derive(Debug, Clone, Copy)]
pub struct LocalServer;

impl LocalServer {
    /// The directory of a project's server: `name` in its `.vesto`, or, where nothing can be written there, one among the
    /// temporary files that belongs to this project and this user.
    ///
    /// # Errors
    ///
    /// Fails if neither can be written to.
    pub fn directory(project: &Path, name: &str, options: &Options) -> Result<PathBuf, LocalServerError> {
        aside::directory(project, name, options)
    }

    /// Opens the server for use, starting it if it does not run.
    pub fn open(directory: &Path, options: &Options) -> Result<RunningServer, LocalServerError> {
        let startup = lock_startup(directory)?;
        let place = Place::settle(directory)?;
        let address = ensure_running(&place, options)?;
        let path = place.directory.join("users.lock");
        let users = open_lock(&path)?;
        users.lock_shared().named("lock", &path)?;
        drop(startup);
        Ok(RunningServer { address, place, users: Some(users) })
    }

    /// Starts the server, if it does not run, and lets it run until `stop` or `reset`.
    pub fn start_and_keep(directory: &Path, options: &Options) -> Result<ServerAddress, LocalServerError> {
        let _startup = lock_startup(directory)?;
        let place = Place::settle(directory)?;
        let address = ensure_running(&place, options)?;
        let marker = place.kept_marker();
        fs::write(&marker, "").named("write", &marker)?;
        Ok(address)
    }

    /// Stops the server, now or, if commands use it, with the last of them.
    pub fn stop(directory: &Path) -> Result<Stopped, LocalServerError> {
        if !directory.exists() {
            return Ok(Stopped::WasDown);
        }
        let _startup = lock_startup(directory)?;
        let place = Place::find(directory)?;
        let State::Up(file) = reachable_state(&place)? else { return Ok(Stopped::WasDown) };
        remove_file(&place.kept_marker())?;
        if !is_unused(&place)? {
            return Ok(Stopped::WithLastUser);
        }
        server::stop(&place, &file)?;
        Ok(Stopped::Now)
    }

    /// Stops the server and removes its data.
    pub fn reset(directory: &Path, options: &Options) -> Result<(), LocalServerError> {
        if !directory.exists() {
            return Ok(());
        }
        let _startup = lock_startup(directory)?;
        let place = Place::find(directory)?;
        if !is_unused(&place)? {
            return Err(LocalServerError::InUse { directory: place.directory });
        }
        if let State::Up(file) = reachable_state(&place)? {
            server::stop(&place, &file)?;
        }
        for file in [place.kept_marker(), place.version_file(), place.log()] {
            remove_file(&file)?;
        }
        remove_directory(&place.socket_directory(options))?;
        remove_directory(&place.data())?;
        place.forget()
    }

    /// Copies the data of a server that is down to a directory that has none.
    pub fn copy(from: &Path, to: &Path) -> Result<(), LocalServerError> {
        let (_from_lock, _to_lock) = (lock_startup(from)?, lock_startup(to)?);
        let (from, to) = (Place::find(from)?, Place::settle(to)?);
        match reachable_state(&from)? {
            State::Down => cluster::copy(&from, &to),
            _ => Err(LocalServerError::InUse { directory: from.directory }),
        }
    }

    /// Looks, without a lock, whether there is a server.
    pub fn status(directory: &Path) -> Result<Status, LocalServerError> {
        if !directory.exists() {
            return Ok(Status::Absent);
        }
        let place = Place::find(directory)?;
        let Some(major) = cluster::version(&place)? else { return Ok(Status::Absent) };
        Ok(match server::state(&place) {
            State::Up(file) | State::Unseen(file) => {
                Status::Up { address: address(&place, &file), kept: place.kept_marker().exists() }
            }
            State::Down => Status::Down { major: major.to_string() },
        })
    }
}

/// A server in use. Closing it stops it, unless others use it or it is kept.
#[derive(Debug)]
pub struct RunningServer {
    address: ServerAddress,
    place: Place,
    users: Option<File>,
}

impl RunningServer {
    /// Where it listens.
    pub fn address(&self) -> &ServerAddress {
        &self.address
    }

    /// Ends the use.
    pub fn close(mut self) -> Result<(), LocalServerError> {
        self.leave()
    }

    fn leave(&mut self) -> Result<(), LocalServerError> {
        let Some(users) = self.users.take() else { return Ok(()) };
        let _startup = lock_startup(&self.place.directory)?;
        // To close it is not enough: a child of this process that has not become its program yet has it open too.
        users.unlock().named("unlock", &self.place.directory.join("users.lock"))?;
        drop(users);
        if self.place.kept_marker().exists() || !is_unused(&self.place)? {
            return Ok(());
        }
        match server::state(&self.place) {
            State::Up(file) => server::stop(&self.place, &file),
            State::Down | State::Unseen(_) => Ok(()),
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        // Who wants to know the error calls `close`. The next command copes with what is left.
        let _ = self.leave();
    }
}

/// A server that answers: the one that runs, or a new one. The caller holds the start-up lock.
fn ensure_running(place: &Place, options: &Options) -> Result<ServerAddress, LocalServerError> {
    match server::state(place) {
        State::Up(file) => match server::wait_for(place, file.clone())? {
            Some(file) => return Ok(address(place, &file)),
            // Its socket is gone, for instance because the project was moved.
            None => server::stop(place, &file)?,
        },
        State::Unseen(file) => return Ok(address(place, &file)),
        State::Down => {}
    }
    remove_file(&place.kept_marker())?;
    let data = cluster::version(place)?;
    let programs = programs::choose(place, options, data)?;
    if data.is_none() {
        cluster::create(place, &programs, options)?;
    }
    let version_file = place.version_file();
    fs::write(&version_file, format!("{}\n", programs.version)).named("write", &version_file)?;
    Ok(address(place, &server::start(place, &programs, options)?))
}

fn reachable_state(place: &Place) -> Result<State, LocalServerError> {
    match server::state(place) {
        State::Unseen(file) => Err(LocalServerError::OutOfReach { socket_directory: file.socket_directory }),
        state => Ok(state),
    }
}

fn address(place: &Place, file: &PidFile) -> ServerAddress {
    let version = fs::read_to_string(place.version_file()).unwrap_or_default();
    ServerAddress {
        socket_directory: file.socket_directory.clone(),
        port: file.port,
        superuser: SUPERUSER.to_owned(),
        version: version.trim_end().to_owned(),
    }
}

/// Whether no command uses the server. The caller holds the start-up lock, so the answer stays true.
fn is_unused(place: &Place) -> Result<bool, LocalServerError> {
    let path = place.directory.join("users.lock");
    match open_lock(&path)?.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error).named("lock", &path),
    }
}

fn lock_startup(directory: &Path) -> Result<File, LocalServerError> {
    fs::create_dir_all(directory).named("create", directory)?;
    let path = directory.join("startup.lock");
    let file = open_lock(&path)?;
    file.lock().named("lock", &path)?;
    Ok(file)
}

fn open_lock(path: &Path) -> Result<File, LocalServerError> {
    let opened = OpenOptions::new().write(true).create(true).truncate(false).open(path);
    match opened {
        // Another user's file can be locked without writing to it.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => File::open(path).named("open", path),
        opened => opened.named("open", path),
    }
}

fn remove_file(path: &Path) -> Result<(), LocalServerError> {
    unless_missing(fs::remove_file(path)).named("remove", path)
}

fn remove_directory(path: &Path) -> Result<(), LocalServerError> {
    unless_missing(fs::remove_dir_all(path)).named("remove", path)
}

fn unless_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
