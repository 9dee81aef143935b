//! The server's process: found, started, waited for and stopped.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::Options;
use super::cluster::last_lines;
use super::error::{LocalServerError, Named};
use super::place::{PORT, Place, socket};
use super::processes;
use super::programs::Programs;

const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(2);

/// How many sessions there may be at a time, unless more are wanted.
const SESSIONS: usize = 60;

/// What `postmaster.pid` says.
#[derive(Debug, Clone)]
pub(super) struct PidFile {
    pid: Pid,
    pub(super) port: u16,
    pub(super) socket_directory: PathBuf,
    is_ready: bool,
}

impl PidFile {
    fn read(data: &Path) -> Option<Self> {
        let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let mut lines = text.lines();
        Some(Self {
            pid: Pid::from_raw(lines.next()?.trim().parse().ok()?)?,
            port: lines.nth(2).and_then(|port| port.trim().parse().ok()).unwrap_or(PORT),
            socket_directory: lines.next().unwrap_or_default().trim_end().into(),
            is_ready: lines.nth(2).is_some_and(|status| status.trim() == "ready"),
        })
    }

    fn answers(&self) -> bool {
        UnixStream::connect(socket(&self.socket_directory, self.port)).is_ok()
    }
}

/// Whether a server runs on a data directory.
#[derive(Debug)]
pub(super) enum State {
    /// None does.
    Down,
    /// One does, ready or not.
    Up(PidFile),
    /// One answers, but its process cannot be seen.
    Unseen(PidFile),
}

/// Looks for a server on the data of `place`. A pid file that a killed server left does not count.
pub(super) fn state(place: &Place) -> State {
    let data = place.data();
    match PidFile::read(&data) {
        Some(file) if processes::is_server(file.pid, &data) => State::Up(file),
        Some(file) if file.answers() => State::Unseen(file),
        _ => State::Down,
    }
}

/// Waits until a server that somebody else started answers. Nothing, if it ended or does not listen where it says.
pub(super) fn wait_for(place: &Place, file: PidFile) -> Result<Option<PidFile>, LocalServerError> {
    let since = Instant::now();
    let pid = file.pid;
    let mut current = file;
    loop {
        if current.is_ready {
            return Ok(Some(current).filter(PidFile::answers));
        }
        if since.elapsed() > PATIENCE {
            return Err(not_ready(place, pid));
        }
        thread::sleep(POLL);
        match state(place) {
            State::Up(file) => current = file,
            State::Down | State::Unseen(_) => return Ok(None),
        }
    }
}

/// Starts a server and waits until it answers.
pub(super) fn start(place: &Place, programs: &Programs, options: &Options) -> Result<PidFile, LocalServerError> {
    let socket_directory = place.make_socket_directory(options)?;
    clear_leftovers(place, &socket_directory);
    let log = File::create(place.log()).named("create", &place.log())?;
    let errors = log.try_clone().named("open", &place.log())?;
    let mut command = Command::new(programs.postgres());
    command.arg("-D").arg(place.data());
    for setting in settings(programs, &socket_directory, options) {
        command.arg("-c").arg(setting);
    }
    options.set_environment(&mut command);
    place.account.apply(&mut command);
    // A group of its own, so that Ctrl-C in the terminal reaches vesto, which then shuts the server down in order.
    command.process_group(0).current_dir(&place.home).stdin(Stdio::null()).stdout(log).stderr(errors);
    let mut child = command.spawn().map_err(|source| LocalServerError::Run {
        program: programs.postgres(),
        account: place.account.to_string(),
        source,
    })?;
    let ready = wait_for_child(place, &mut child)?;
    // Reaped when it ends; otherwise its pid would seem alive for as long as this process lives.
    thread::spawn(move || child.wait());
    Ok(ready)
}

/// Stops a server: sessions are ended, data is kept.
pub(super) fn stop(place: &Place, file: &PidFile) -> Result<(), LocalServerError> {
    let data = place.data();
    for (signal, patience) in [(Signal::INT, PATIENCE), (Signal::QUIT, Duration::from_secs(5))] {
        // It may be gone already, which is what is wanted.
        let _ = kill_process(file.pid, signal);
        let since = Instant::now();
        while since.elapsed() < patience {
            if !processes::is_server(file.pid, &data) {
                return Ok(());
            }
            thread::sleep(POLL);
        }
    }
    Err(LocalServerError::NotStopping { pid: file.pid.as_raw_pid(), seconds: PATIENCE.as_secs() })
}

fn wait_for_child(place: &Place, child: &mut Child) -> Result<PidFile, LocalServerError> {
    let since = Instant::now();
    loop {
        let ended = child.try_wait().named("watch the server of", &place.data())?;
        if let Some(status) = ended {
            let text = fs::read(place.log()).unwrap_or_default();
            let tail = last_lines(&String::from_utf8_lossy(&text), 5);
            return Err(LocalServerError::Ended { status: status.to_string(), log: place.log(), tail });
        }
        let file = PidFile::read(&place.data());
        if let Some(file) = file.filter(|file| file.is_ready && file.pid == Pid::from_child(child) && file.answers()) {
            return Ok(file);
        }
        if since.elapsed() > PATIENCE {
            return Err(not_ready(place, Pid::from_child(child)));
        }
        thread::sleep(POLL);
    }
}

/// Removes what a killed server leaves and a new one stumbles over, when its pid now belongs to something else.
fn clear_leftovers(place: &Place, socket_directory: &Path) {
    let data = place.data();
    if let Some(file) = PidFile::read(&data) {
        processes::end_orphans(&data);
        if test_kill_process(file.pid).is_ok() {
            let _ = fs::remove_file(data.join("postmaster.pid"));
        }
    }
    let socket = socket(socket_directory, PORT);
    let mut lock = socket.clone().into_os_string();
    lock.push(".lock");
    let _ = fs::remove_file(socket);
    let _ = fs::remove_file(lock);
}

/// Nothing here is worth waiting for a disk: the data can be made again with `vesto local reset` and `vesto apply`.
fn settings(programs: &Programs, socket_directory: &Path, options: &Options) -> Vec<OsString> {
    let mut settings: Vec<OsString> = [
        "listen_addresses=",
        "unix_socket_permissions=0700",
        // Commits reach the kernel before they are answered, so only a crash of the machine loses any.
        "fsync=off",
        "synchronous_commit=on",
        "full_page_writes=off",
        "wal_level=minimal",
        "max_wal_senders=0",
        "shared_buffers=64MB",
        "jit=off",
        "timezone=UTC",
        "log_timezone=UTC",
        "logging_collector=off",
        "log_destination=stderr",
        // What the log keeps of a failed statement could be a secret.
        "log_min_messages=log",
        "log_min_error_statement=panic",
    ]
    .map(OsString::from)
    .into();
    if programs.major >= 18 {
        // The default starts three processes more.
        settings.push("io_method=sync".into());
    }
    settings.push(format!("port={PORT}").into());
    settings.push(format!("max_connections={}", options.sessions.unwrap_or(SESSIONS)).into());
    let mut directories = OsString::from("unix_socket_directories=");
    directories.push(quoted(socket_directory.as_os_str()));
    settings.push(directories);
    settings
}

/// An element of a list setting: a path may hold a comma.
fn quoted(name: &OsStr) -> OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let mut quoted = vec![b'"'];
    for byte in name.as_bytes() {
        quoted.extend(if *byte == b'"' { &b"\"\""[..] } else { std::slice::from_ref(byte) });
    }
    quoted.push(b'"');
    OsString::from_vec(quoted)
}

fn not_ready(place: &Place, pid: Pid) -> LocalServerError {
    LocalServerError::NotReady { pid: pid.as_raw_pid(), seconds: PATIENCE.as_secs(), log: place.log() }
}
