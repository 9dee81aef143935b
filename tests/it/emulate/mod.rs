//! `vesto emulate` with the programs that people use: psql, drivers of Python and Rust, and messages of no program at all.

mod drivers;
mod endings;
mod external;
mod faults;
mod hostile;
mod limits;
mod psql;
mod temporary;
mod tools;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Sandbox, announce};

/// Longest wait for anything that must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// An emulator with one bucket, `lake`. It is ended with the value, and what it leaves behind fails the test.
pub(crate) struct Emulator {
    sandbox: Sandbox,
    child: Child,
    /// Ports in the order of the clusters.
    ports: Vec<u16>,
    /// Port of the API face; 0 without one.
    pub(crate) api: u16,
    _stdout: BufReader<ChildStdout>,
}

impl Emulator {
    /// Nothing, after a loud word, where no PostgreSQL is installed.
    pub(crate) fn start(arguments: &[&str]) -> Option<Self> {
        Some(Self::start_in(sandbox()?, arguments))
    }

    pub(crate) fn start_in(sandbox: Sandbox, arguments: &[&str]) -> Self {
        let mut command = sandbox.command(&["emulate", "--format", "json"]);
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().expect("vesto runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("it did not listen: {line}"));
        let clusters = told["clusters"].as_array().expect("clusters");
        let port = |cluster: &Value| u16::try_from(cluster["port"].as_u64().expect("a number")).expect("a port");
        let api = told["api"].as_object().map_or(0, |_| port(&told["api"]));
        Self { sandbox, ports: clusters.iter().map(port).collect(), api, child, _stdout: stdout }
    }

    pub(crate) fn port(&self) -> u16 {
        self.ports[0]
    }

    /// Ends it in order; the sandbox stays for a second one.
    #[track_caller]
    pub(crate) fn end(self) -> Sandbox {
        self.end_with(Signal::TERM, Some(0))
    }

    #[track_caller]
    pub(crate) fn end_with(mut self, signal: Signal, code: Option<i32>) -> Sandbox {
        let pid = i32::try_from(self.child.id()).expect("a pid");
        kill_process(Pid::from_raw(pid).expect("a pid"), signal).expect("it runs");
        assert_eq!(self.child.wait().expect("an end").code(), code);
        await_that("no server and no folder is left", || self.left_behind().is_empty());
        std::mem::replace(&mut self.sandbox, Sandbox::new())
    }

    /// Folders of throw-away servers, which lie where the system keeps temporary files.
    fn left_behind(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.sandbox.path("tmp")).into_iter().flatten();
        entries.map(|entry| entry.expect("an entry").path()).collect()
    }

    /// Runs psql with a command; the value is what it prints on both outputs.
    #[track_caller]
    pub(crate) fn psql(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("psql");
        command.args(["-h", "127.0.0.1", "-U", "awsuser", "-d", "dev", "-p", &self.port().to_string(), "-X"]);
        let output = command.args(arguments).env("PGAPPNAME", "psql").output().expect("psql runs");
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8(text).expect("text in UTF-8")
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // A test that fails leaves it to its keeper, which has to find the folder.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let since = Instant::now();
        while !self.left_behind().is_empty() && since.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A project with a bucket, where throw-away servers have a folder of their own.
pub(crate) fn sandbox() -> Option<Sandbox> {
    let sandbox = Sandbox::local()?.file("vesto.ini", "[project]\nname = sample\n\n[store lake]\nfolder = lake\n");
    for folder in ["lake", "tmp"] {
        std::fs::create_dir(sandbox.path(folder)).expect("a folder");
    }
    let temporary = sandbox.path("tmp").display().to_string();
    Some(sandbox.env("TMPDIR", &temporary))
}

/// Makes `server.crt`, signed by itself, for `localhost`, and `server.key`.
pub(crate) fn certify(sandbox: &Sandbox) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-keyout", "server.key", "-out", "server.crt"])
        .current_dir(sandbox.path("."))
        .output()
        .expect("openssl runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[track_caller]
pub(crate) fn await_that(what: &str, holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < PATIENCE, "still not so: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether Python has a module. A loud word where it has not.
fn has_module(name: &str) -> bool {
    let found = Command::new("python3").args(["-c", &format!("import {name}")]).stderr(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        announce(&format!("LEFT OUT: a client of the emulator, because `python3` has no {name}: see ci/test"));
    }
    found
}
