//! A project on a local server of its own, for tests that kill things: vesto as a process, and SQL beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};
use vesto::adapters::local_server::{LocalServer, LocalServerError, Options, ServerAddress};

/// Longest wait for anything that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Rig {
    root: PathBuf,
    options: Options,
    pub(crate) address: ServerAddress,
    /// What vesto finds in its environment beside that of the tests.
    environment: Vec<(String, String)>,
}

/// How a vesto ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` for a killed one.
    pub(crate) code: Option<i32>,
    /// Both outputs.
    pub(crate) text: String,
    pub(crate) took: Duration,
}

impl Ended {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.text);
        self.says(&[])
    }

    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.text.contains(word), "no `{word}` in\n{}", self.text);
        }
        assert!(!self.text.contains("panicked"), "{}", self.text);
        self
    }
}

/// A vesto that runs; killed if the test ends before it does.
pub(crate) struct Running {
    child: Child,
    begun: Instant,
}

impl Running {
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a pid")).expect("a pid");
        // It may have ended by itself.
        let _ = kill_process(pid, signal);
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a status").is_some()
    }

    /// The signal again and again, as by somebody who has no patience left, and its end.
    pub(crate) fn end_by_repeated(mut self, signal: Signal) -> Ended {
        while self.child.try_wait().expect("a status").is_none() && self.begun.elapsed() < PATIENCE {
            self.signal(signal);
            std::thread::sleep(Duration::from_millis(20));
        }
        self.end()
    }

    /// SIGKILL, and its end.
    pub(crate) fn kill(self) -> Ended {
        self.signal(Signal::KILL);
        self.end()
    }

    pub(crate) fn end(mut self) -> Ended {
        use std::io::Read as _;
        // The pipes hold all that such a run says, so that they can be read after its end.
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                break status;
            }
            assert!(self.begun.elapsed() < PATIENCE, "vesto does not end");
            std::thread::sleep(Duration::from_millis(1));
        };
        let took = self.begun.elapsed();
        let mut text = String::new();
        let outputs: [Option<Box<dyn std::io::Read>>; 2] = [
            self.child.stdout.take().map(|pipe| Box::new(pipe) as _),
            self.child.stderr.take().map(|pipe| Box::new(pipe) as _),
        ];
        for mut output in outputs.into_iter().flatten() {
            output.read_to_string(&mut text).expect("text");
        }
        Ended { code: status.code(), text, took }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Rig {
    /// Nothing, after a loud word about it, where there is no PostgreSQL to test with.
    pub(crate) fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("vesto-rig-{}-{number}", std::process::id()));
        fs::create_dir_all(root.join("changes")).expect("a new folder");
        let options = Options::from_environment(|name| std::env::var_os(name));
        match LocalServer::start_and_keep(&root.join(".vesto/local"), &options) {
            Ok(address) => Some(Self { root, options, address, environment: Vec::new() }),
            Err(LocalServerError::NoPostgres) => {
                say("LEFT OUT: tests of failure, because no PostgreSQL is installed");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Lets vesto find AWS at a port of this machine.
    pub(crate) fn call_aws_at(&mut self, port: u16) {
        let endpoint = format!("http://127.0.0.1:{port}");
        let environment = [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIATESTER"),
            ("AWS_SECRET_ACCESS_KEY", "none"),
        ];
        self.environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    }

    /// The server again, after it was killed.
    pub(crate) fn restart(&mut self) {
        let directory = self.root.join(".vesto/local");
        self.address = LocalServer::start_and_keep(&directory, &self.options).expect("a start");
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    fn pid_file(&self) -> PathBuf {
        let home = fs::read_to_string(self.root.join(".vesto/local/place"));
        let home = home.map_or_else(|_| self.root.join(".vesto/local"), |home| PathBuf::from(home.trim_end()));
        home.join("data/postmaster.pid")
    }

    pub(crate) fn postmaster(&self) -> Pid {
        let text = fs::read_to_string(self.pid_file()).expect("a pid file");
        Pid::from_raw(text.lines().next().and_then(|line| line.parse().ok()).expect("a pid")).expect("a pid")
    }

    /// Stops the server at once, as `pg_ctl stop -m immediate` does, and waits until it is gone.
    pub(crate) fn stop_at_once(&self) {
        kill_process(self.postmaster(), Signal::QUIT).expect("a signal");
        let deadline = Instant::now() + PATIENCE;
        while self.pid_file().exists() {
            assert!(Instant::now() < deadline, "the server does not end");
            std::thread::yield_now();
        }
    }

    /// `vesto.ini` with one target, of these lines.
    pub(crate) fn target(&self, lines: &str) {
        let text = format!("[project]\nname = rig\ntarget = t\n\n[target t]\n{lines}\n");
        fs::write(self.root.join("vesto.ini"), text).expect("a file");
    }

    /// Text of a file of the project.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).expect("a file")
    }

    /// What the server has written to its log.
    pub(crate) fn log(&self) -> String {
        let place = self.address.socket_directory.parent().expect("a folder").join("server.log");
        fs::read_to_string(place).expect("a log")
    }

    pub(crate) fn local(&self, dialect: &str, database: &str) {
        self.target(&format!("kind = local\ndialect = {dialect}\ndatabase = {database}"));
    }

    pub(crate) fn change(&self, name: &str, text: &str) {
        fs::write(self.root.join("changes").join(format!("{name}.sql")), text).expect("a file");
    }

    pub(crate) fn file(&self, name: &str, text: &str) {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let child = Command::new(env!("CARGO_BIN_EXE_vesto"))
            .args(arguments)
            .current_dir(&self.root)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a process");
        Running { child, begun: Instant::now() }
    }

    pub(crate) fn vesto(&self, arguments: &[&str]) -> Ended {
        self.start(arguments).end()
    }

    pub(crate) fn session(&self, database: &str) -> Sql {
        Sql::open(&self.address, database).unwrap_or_else(|error| panic!("{database}: {error}"))
    }

    /// All rows of a query, their cells joined; what went wrong in place of them where nothing answers.
    pub(crate) fn ask(&self, database: &str, sql: &str) -> String {
        match Sql::open(&self.address, database).and_then(|mut session| session.try_ask(sql)) {
            Ok(rows) => rows,
            Err(error) => format!("{error:?}"),
        }
    }

    /// Asks until the answer is the wanted one.
    #[track_caller]
    pub(crate) fn await_answer(&self, database: &str, sql: &str, wanted: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.ask(database, sql);
            if answer == wanted {
                return;
            }
            assert!(Instant::now() < deadline, "`{sql}` still answers `{answer}`");
            std::thread::yield_now();
        }
    }

    /// Asks until the answer is a number above this one.
    pub(crate) fn await_some(&self, database: &str, sql: &str, above: u32) {
        let deadline = Instant::now() + PATIENCE;
        while self.ask(database, sql).parse::<u32>().map_or(true, |count| count <= above) {
            assert!(Instant::now() < deadline, "`{sql}` never answers");
            std::thread::yield_now();
        }
    }

    /// Waits until a session of vesto waits for a lock that is not that of the target, or sleeps.
    #[track_caller]
    pub(crate) fn await_busy(&self, database: &str) {
        let sql = format!(
            "select count(*) from pg_stat_activity where application_name like 'vesto %' and datname = '{database}' \
             and state = 'active' and (wait_event = 'PgSleep' or wait_event_type = 'Lock' and wait_event <> 'advisory')"
        );
        self.await_answer("postgres", &sql, "1");
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = LocalServer::stop(&self.root.join(".vesto/local"));
        let _ = LocalServer::reset(&self.root.join(".vesto/local"), &self.options);
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// A session of the test's own.
pub(crate) struct Sql {
    runtime: tokio::runtime::Runtime,
    client: Client,
}

impl Sql {
    fn open(address: &ServerAddress, database: &str) -> Result<Self, tokio_postgres::Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let client = runtime.block_on(async {
            let mut config = Config::new();
            config.host_path(&address.socket_directory).port(address.port).user(&address.superuser).dbname(database);
            let (client, connection) = config.connect(NoTls).await?;
            tokio::spawn(connection);
            Ok(client)
        })?;
        Ok(Self { runtime, client })
    }

    pub(crate) fn try_ask(&mut self, sql: &str) -> Result<String, tokio_postgres::Error> {
        let messages = self.runtime.block_on(self.client.simple_query(sql))?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|cell| row.get(cell).unwrap_or("NULL")).collect::<Vec<_>>().join("|"))
            }
            _ => None,
        });
        Ok(rows.collect::<Vec<_>>().join("\n"))
    }

    /// Asks until the answer is the wanted one; what cannot be answered yet is asked again.
    #[track_caller]
    pub(crate) fn await_answer(&mut self, sql: &str, wanted: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.try_ask(sql);
            if answer.as_ref().is_ok_and(|answer| answer == wanted) {
                return;
            }
            assert!(Instant::now() < deadline, "`{sql}` still answers {answer:?}");
            std::thread::yield_now();
        }
    }

    pub(crate) fn ask(&mut self, sql: &str) -> String {
        self.try_ask(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    }
}

#[expect(clippy::print_stderr, reason = "what a test run leaves out has to be seen")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}
