//! Servers that are reached through a jump host or a proxy: a real sshd and a real SOCKS5 server, run by the test's user.

mod jump;
mod jump_host;
mod killed;
mod proxy;

use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::support::{Answer, Sandbox};

#[cfg(feature = "aws")]
pub(crate) use jump::Jump;

/// Longest wait for anything that must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sessions of vesto that are at work.
const BUSY: &str =
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";

/// A project on the server of the test run, which its target names by `localhost`; what else it says is still open.
struct Project {
    sandbox: Sandbox,
    settings: String,
}

impl Project {
    fn new() -> Option<Self> {
        let sandbox = Sandbox::on_server("postgres")?;
        sandbox.write("server.crt", &sandbox.database().server.certificate);
        sandbox.write("changes/V1__t.sql", "create table t (n integer);\ninsert into t values (1);\n");
        sandbox.write("tests/t.sql", "-- test: rows\nselect count(*) from t;\n-- expect cell: 1\n");
        let settings = format!(
            "[project]\nname = sample\ntarget = dev\n\n[target dev]\nkind = postgres\nurl = {}?sslmode=verify-full\n\
             sslrootcert = server.crt\n",
            sandbox.database().url().replace("127.0.0.1", "localhost")
        );
        Some(Self { sandbox, settings })
    }

    /// The target with these lines more.
    fn target(&self, lines: &str) {
        self.sandbox.write("vesto.ini", &format!("{}{lines}", self.settings));
    }

    fn port(&self) -> u16 {
        self.sandbox.database().server.port
    }

    /// Ctrl-C during a statement reaches the server by the way whose passages these are.
    #[track_caller]
    fn stops_on_ctrl_c(&self, passages: impl Fn(&str, u16) -> usize) {
        self.sandbox.write("changes/V2__long.sql", "insert into t values (2);\nselect pg_sleep(600);\n");
        let running = self.at_work(&["apply"]);
        let before = passages("localhost", self.port());
        running.interrupt();
        running.end().ends(130).out("stopped on request");
        assert!(passages("localhost", self.port()) > before, "the request went another way");
        assert_eq!(self.sandbox.ask("select string_agg(n::text, ',') from t"), "1");
    }

    /// vesto with these arguments, when it is at a statement that waits.
    fn at_work(&self, arguments: &[&str]) -> Running {
        let running = Running::start(&self.sandbox, arguments);
        await_that("vesto is at work", || self.sandbox.ask(BUSY) == "1");
        running
    }
}

/// A vesto that runs.
pub(crate) struct Running {
    child: Child,
    what: String,
    /// What it has written to its standard error, as far as it was read.
    told: Vec<u8>,
}

impl Running {
    pub(crate) fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        let mut command = sandbox.command(arguments);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn();
        Self { child: child.expect("vesto runs"), what: arguments.join(" "), told: Vec::new() }
    }

    /// Waits until it writes a line to its standard error that begins and goes on like this.
    #[cfg(feature = "aws")]
    #[track_caller]
    pub(crate) fn await_told(&mut self, begins: &str, holds: &str) {
        let stderr = self.child.stderr.as_mut().expect("a pipe");
        let (mut line, mut byte) = (Vec::new(), [0]);
        loop {
            assert!(std::io::Read::read(stderr, &mut byte).expect("a pipe") > 0, "it ends without `{begins}`");
            line.push(byte[0]);
            if byte == *b"\n" {
                let told = String::from_utf8_lossy(&line).into_owned();
                self.told.append(&mut line);
                if told.starts_with(begins) && told.contains(holds) {
                    return;
                }
            }
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).expect("a pid")).expect("a pid")
    }

    /// Ctrl-C, which a terminal sends to the whole group of processes.
    pub(crate) fn interrupt(&self) {
        kill_process_group(self.pid(), Signal::INT).expect("it runs");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("it runs");
    }

    /// The processes that it has started.
    pub(crate) fn children(&self) -> Vec<Pid> {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("a running process");
        let of_thread = |thread: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(thread.ok()?.path().join("children")).ok()
        };
        let told = threads.filter_map(of_thread).collect::<String>();
        told.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
    }

    pub(crate) fn end(self) -> Answer {
        let mut output: Output = self.child.wait_with_output().expect("an end");
        output.stderr.splice(..0, self.told);
        Answer::new(self.what, &output, "/nowhere")
    }
}

/// A server that ends with the pipe from the test, however the test ends.
fn keep(script: &str, variables: &[(&str, &str)]) -> Child {
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        &format!("trap '' INT HUP PIPE\n{script} &\nserver=$!\ncat >/dev/null\nkill $server\nwait $server"),
    ]);
    shell.envs(variables.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().expect("a shell")
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|socket| socket.local_addr()).expect("a port").port()
}

fn await_listener(port: u16) {
    await_that("the server listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
}

#[track_caller]
pub(crate) fn await_that(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < PATIENCE, "still waiting: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether there is such a process, other than one whose parent has not heard of its end.
fn is_running(pid: Pid) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    status.is_ok_and(|status| !status.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" Z")))
}
