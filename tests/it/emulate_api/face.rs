//! A running API face, and Python programs that talk to it.

use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;
use vesto::adapters::emulator_api;
use vesto::emulate::api::{Api, Delays, Settings};

use super::doubles::Doubles;
use crate::emulate::Emulator;
use crate::support::{Server, announce};

/// The folder of the programs.
const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/emulate_api");

/// An API face that ends with the value.
pub(super) struct Face {
    port: u16,
    /// Whether each cluster has a server of its own.
    is_whole: bool,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Face {
    /// A new face without clusters whose states take this long. Nothing, after a loud word, without boto3 or PostgreSQL.
    pub(super) fn start(delay: Duration) -> Option<Self> {
        let server = Server::shared()?;
        if !has_boto3() {
            return None;
        }
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let delays = Delays { cluster: delay, snapshot: delay, statement: delay / 4 };
                let settings = Settings { delays, account: "123456789012".into(), host_names: false };
                let api = Api::new(settings, Arc::new(Doubles::new(server.port)));
                let address = "127.0.0.1:0".parse().expect("an address");
                let listener = emulator_api::listen(address).await.expect("a free port");
                tell.send(listener.local_addr().expect("an address").port()).expect("somebody waits");
                let stopped = async {
                    let _ = stopped.await;
                };
                emulator_api::serve(listener, api, stopped).await;
            });
        });
        let port = told.recv().expect("a port");
        Some(Self { port, is_whole: false, stop: Some(stop), thread: Some(thread) })
    }

    /// The face of an emulator that runs.
    pub(super) fn of(emulator: &Emulator) -> Option<Self> {
        has_boto3().then(|| Self { port: emulator.api, is_whole: true, stop: None, thread: None })
    }

    /// Runs a program of `tests/data/emulate_api` against the face; returns what it prints. `prefix` is for the names
    /// of its databases and users, which all tests share a server for.
    #[track_caller]
    pub(super) fn run(&self, program: &str, prefix: &str) -> String {
        let mut command = Command::new("python3");
        command.arg(format!("{PROGRAMS}/{program}")).arg(prefix);
        self.output(&mut command)
    }

    /// Runs a program with the environment of a user of AWS.
    #[track_caller]
    pub(super) fn output(&self, command: &mut Command) -> String {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        command
            .env_clear()
            .envs([("PATH", std::env::var("PATH").unwrap_or_default())])
            .envs([("AWS_ENDPOINT_URL", endpoint.as_str()), ("AWS_REGION", "eu-west-1")])
            .envs([("AWS_ACCESS_KEY_ID", "AKIATESTER"), ("AWS_SECRET_ACCESS_KEY", "never-sent")])
            .envs([("AWS_DEFAULT_REGION", "eu-west-1"), ("HOME", "/nonexistent")])
            .envs([("PYTHONPATH", PROGRAMS), ("PYTHONDONTWRITEBYTECODE", "1"), ("AWS_MAX_ATTEMPTS", "3")])
            .envs(self.is_whole.then_some(("SERVERS_OF_THEIR_OWN", "1")))
            .stdin(Stdio::null());
        let output = command.output().expect("the program is there: `ci/test` installs it");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}\n{said}\n{errors}");
        said
    }
}

impl Drop for Face {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn has_boto3() -> bool {
    let found = has_module("boto3");
    if !found {
        announce("LEFT OUT: tests of the emulator's API, because `python3` has no boto3: see ci/test");
    }
    found
}

/// Whether Python has a module; asked once for each.
pub(super) fn has_module(name: &'static str) -> bool {
    static FOUND: OnceLock<std::sync::Mutex<std::collections::BTreeMap<&str, bool>>> = OnceLock::new();
    let mut found = FOUND.get_or_init(std::sync::Mutex::default).lock().expect("no panic");
    *found.entry(name).or_insert_with(|| {
        let status = Command::new("python3").args(["-c", &format!("import {name}")]).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    })
}
