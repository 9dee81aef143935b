//! vesto as pipelines run it: as PID 1 of a container, as a uid without a name, with no HOME and no terminal, on files that
//! cannot be written to. `ci/contained` makes the container.

mod definition;
mod endings;
mod limits;
mod pipelines;

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::OnceLock;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Sandbox, announce};

/// Where the container shows the project.
const PROJECT: &str = "/srv";

/// A container to be started: vesto is in its PATH, and the project is where it starts.
struct Container {
    command: Command,
}

impl Container {
    /// Nothing, after a loud word, where the system allows no namespaces.
    fn new(project: &Path, is_read_only: bool) -> Option<Self> {
        if !is_possible() {
            announce("LEFT OUT: tests in containers, because no namespaces can be made here");
            return None;
        }
        let binary = Path::new(env!("CARGO_BIN_EXE_vesto"));
        let folder = binary.parent().expect("a folder");
        let mut command = Command::new(script());
        command.arg("--bind").arg(bind(folder, "/opt", true));
        command.arg("--bind").arg(bind(project, PROJECT, is_read_only));
        command.args(["--folder", PROJECT, "--env", "PATH=/opt:/usr/bin:/bin"]).stdin(Stdio::null());
        Some(Self { command })
    }

    /// An empty /tmp in memory.
    fn with_tmp(mut self) -> Self {
        self.command.arg("--tmp");
        self
    }

    fn uid(mut self, uid: &str) -> Self {
        self.command.args(["--uid", uid]);
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.command.arg("--env").arg(format!("{name}={value}"));
        self
    }

    /// Shows a folder at another place, writable.
    fn bind(mut self, from: &Path, to: &str) -> Self {
        self.command.arg("--bind").arg(bind(from, to, false));
        self
    }

    fn run(mut self, words: &[&str]) -> Output {
        self.command.args(words).output().expect("ci/contained runs")
    }

    fn start(mut self, words: &[&str]) -> Running {
        self.command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("ci/contained runs");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        Running { child, out }
    }
}

/// A container that runs; it ends with the value.
struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Running {
    /// Waits for a line of standard output with these words.
    #[track_caller]
    fn await_line(&mut self, words: &[&str]) {
        let mut told = String::new();
        loop {
            let from = told.len();
            let length = self.out.read_line(&mut told).expect("text");
            assert!(length > 0, "it ended without {words:?}:\n{told}");
            if words.iter().all(|word| told[from..].contains(word)) {
                return;
            }
        }
    }

    /// The first process of the container, as this machine numbers it: vesto, once it has said something.
    fn first_process(&self) -> Pid {
        let outside = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{outside}/task/{outside}/children")).expect("children");
        let pid: i32 = children.trim().parse().expect("one child");
        assert_eq!(std::fs::read_to_string(format!("/proc/{pid}/comm")).expect("a name").trim_end(), "vesto");
        Pid::from_raw(pid).expect("a pid")
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.first_process(), signal).expect("it runs");
    }

    /// The rest of what it says, once it has ended.
    fn end(mut self) -> Output {
        let mut stdout = Vec::new();
        self.out.read_to_end(&mut stdout).expect("the rest");
        let output = self.child.wait_with_output().expect("an end");
        Output { stdout, ..output }
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ci/contained")
}

fn bind(from: &Path, to: &str, is_read_only: bool) -> String {
    format!("{}:{to}{}", from.display(), if is_read_only { ":ro" } else { "" })
}

/// Whether namespaces can be made: root may unless it is in a container itself, and for others it is a setting of the system.
fn is_possible() -> bool {
    static POSSIBLE: OnceLock<bool> = OnceLock::new();
    *POSSIBLE.get_or_init(|| {
        let as_root: &[&str] = if rustix::process::geteuid().is_root() { &[] } else { &["--user", "--map-root-user"] };
        let mut unshare = Command::new("unshare");
        unshare.args(as_root).args(["--mount", "--pid", "--fork", "true"]);
        unshare.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    })
}

/// Both outputs, if the command ended with this code.
#[track_caller]
fn expect(output: &Output, code: i32) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    let text = String::from_utf8(text).expect("output in UTF-8");
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    text
}

/// Lets every user write in a folder and all below it, as volumes of a container do.
fn open_to_all(folder: &Path) {
    let done = Command::new("chmod").args(["-R", "a+rwX"]).arg(folder).status().expect("chmod runs");
    assert!(done.success());
}

/// A project with a table and a test on the local target.
fn project() -> Option<Sandbox> {
    let sandbox = Sandbox::local()?;
    sandbox.write("changes/V1__t.sql", "create table t (n integer);\ninsert into t values (1);\n");
    sandbox.write("tests/t.sql", "-- test: rows\nselect count(*) from t;\n-- expect cell: 1\n");
    Some(sandbox)
}
