//! The server that vesto starts by itself, with the PostgreSQL in the binary or an installed one.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio_postgres::{Config, NoTls};
use vesto::adapters::local_server::{LocalServer, LocalServerError, Options, ServerAddress, Status, Stopped};

/// A project's directory with a server that ends with the test.
struct Fixture {
    root: PathBuf,
    directory: PathBuf,
    options: Options,
}

impl Fixture {
    /// Nothing, after a loud word about it, where there is no PostgreSQL to test with.
    fn new() -> Option<Self> {
        Self::at("project")
    }

    fn at(project: &str) -> Option<Self> {
        let root = temporary_directory();
        let directory = root.join(project).join(".vesto/local");
        let options = Options::from_environment(|name| std::env::var_os(name));
        let fixture = Self { root, directory, options };
        match LocalServer::open(&fixture.directory, &fixture.options) {
            Ok(_) => Some(fixture),
            Err(LocalServerError::NoPostgres) => {
                announce("LEFT OUT: tests of the local server, because no PostgreSQL is installed");
                None
            }
            Err(error) => panic!("{}", chain(&error)),
        }
    }

    /// Where the server's files are: elsewhere, if its user cannot enter the temporary directory.
    fn home(&self) -> PathBuf {
        let home = fs::read_to_string(self.directory.join("place")).map(|home| PathBuf::from(home.trim_end()));
        home.unwrap_or_else(|_| self.directory.clone())
    }

    fn pid_file(&self) -> PathBuf {
        self.home().join("data/postmaster.pid")
    }

    fn pid(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.pid_file()).ok()?;
        Pid::from_raw(text.lines().next()?.parse().ok()?)
    }

    fn is_up(&self) -> bool {
        matches!(LocalServer::status(&self.directory), Ok(Status::Up { .. }))
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = LocalServer::reset(&self.directory, &self.options);
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn temporary_directory() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("vesto-it-{}-{number}", std::process::id()));
    fs::create_dir(&path).expect("a new temporary directory");
    path.canonicalize().expect("a real path")
}

#[expect(clippy::print_stderr, reason = "what a test run leaves out has to be seen")]
fn announce(text: &str) {
    eprintln!("{text}");
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

/// The first column of the first row of a query.
fn ask(address: &ServerAddress, sql: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (client, connection) = Config::new()
            .host_path(&address.socket_directory)
            .port(address.port)
            .user(&address.superuser)
            .dbname("postgres")
            .connect(NoTls)
            .await
            .expect("a connection");
        let connection = tokio::spawn(connection);
        let messages = client.simple_query(sql).await.expect("an answer");
        drop(client);
        connection.await.expect("no panic").expect("an orderly end");
        messages
            .iter()
            .find_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            })
            .unwrap_or_default()
    })
}

fn open(fixture: &Fixture) -> vesto::adapters::local_server::RunningServer {
    LocalServer::open(&fixture.directory, &fixture.options).unwrap_or_else(|error| panic!("{}", chain(&error)))
}

#[test]
fn starts_answers_keeps_its_data_and_stops() {
    let Some(fixture) = Fixture::new() else { return };
    let server = open(&fixture);
    let address = server.address().clone();
    assert!(ask(&address, "select version()").contains(&address.version));
    assert_eq!(ask(&address, "show listen_addresses"), "");
    assert_eq!(ask(&address, "show server_encoding"), "UTF8");
    ask(&address, "create table kept as select 42 as n");
    ask(&address, "do $$ begin perform 1; end $$");
    server.close().expect("an orderly stop");
    assert!(!fixture.is_up());

    let server = open(&fixture);
    assert_eq!(ask(server.address(), "select n from kept"), "42");
    let mode = fs::metadata(&server.address().socket_directory).map(|found| {
        use std::os::unix::fs::PermissionsExt;
        found.permissions().mode() & 0o777
    });
    assert_eq!(mode.expect("a socket directory"), 0o700);
}

#[test]
fn commands_at_once_share_one_server_and_the_last_stops_it() {
    let Some(fixture) = Fixture::new() else { return };
    let pids: Vec<_> = thread::scope(|scope| {
        let commands: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let server = open(&fixture);
                    (ask(server.address(), "select 1"), fixture.pid(), server)
                })
            })
            .collect();
        commands.into_iter().map(|command| command.join().expect("no panic")).collect()
    });
    let first = pids[0].1;
    assert!(pids.iter().all(|(answer, pid, _)| answer == "1" && *pid == first));
    for (_, _, server) in pids {
        assert!(fixture.is_up());
        server.close().expect("an orderly close");
    }
    assert!(!fixture.is_up());
}

#[test]
fn a_kept_server_outlives_commands_until_it_is_stopped() {
    let Some(fixture) = Fixture::new() else { return };
    LocalServer::start_and_keep(&fixture.directory, &fixture.options).expect("a start");
    open(&fixture).close().expect("a close");
    assert!(matches!(LocalServer::status(&fixture.directory), Ok(Status::Up { kept: true, .. })));

    let server = open(&fixture);
    assert_eq!(LocalServer::stop(&fixture.directory).expect("an answer"), Stopped::WithLastUser);
    server.close().expect("a close");
    assert!(!fixture.is_up());
    assert_eq!(LocalServer::stop(&fixture.directory).expect("an answer"), Stopped::WasDown);

    LocalServer::start_and_keep(&fixture.directory, &fixture.options).expect("a start");
    assert_eq!(LocalServer::stop(&fixture.directory).expect("an answer"), Stopped::Now);
    assert!(!fixture.is_up());
}

#[test]
fn a_killed_postmaster_does_not_hinder_the_next_start() {
    let Some(fixture) = Fixture::new() else { return };
    let server = open(&fixture);
    ask(server.address(), "create table before_kill as select 1 as n");
    // A session that is busy does not notice at once that its postmaster is gone.
    let address = server.address().clone();
    let busy = thread::spawn(move || {
        std::panic::catch_unwind(|| ask(&address, "do $$ begin for i in 1..2000000000 loop end loop; end $$"))
    });
    while ask(server.address(), "select count(*) from pg_stat_activity where query like 'do $$%'") == "0" {}
    let postmaster = fixture.pid().expect("a pid");
    kill_process(postmaster, Signal::KILL).expect("a kill");
    // The signal is on its way when `kill` returns; until it has arrived, the server still answers.
    while test_kill_process(postmaster).is_ok() {
        thread::yield_now();
    }
    drop(server);

    let server = open(&fixture);
    assert_eq!(ask(server.address(), "select n from before_kill"), "1");
    assert!(busy.join().expect("a caught panic").is_err());
}

#[test]
fn a_server_that_a_killed_vesto_left_is_used_again() {
    let Some(fixture) = Fixture::new() else { return };
    // What a killed vesto leaves: a server without a user and without the mark that it is kept.
    LocalServer::start_and_keep(&fixture.directory, &fixture.options).expect("a start");
    fs::remove_file(fixture.home().join("kept")).expect("a mark");
    let left = fixture.pid();

    let server = open(&fixture);
    assert_eq!(fixture.pid(), left);
    server.close().expect("a close");
    assert!(!fixture.is_up());
}

#[test]
fn a_pid_file_that_names_another_process_is_stale() {
    let Some(fixture) = Fixture::new() else { return };
    let pid = std::process::id();
    let text = format!("{pid}\n/elsewhere\n0\n5432\n/nowhere\n\n  0 0\nready   \n");
    fs::write(fixture.pid_file(), text).expect("a pid file");
    assert!(!fixture.is_up());
    assert_eq!(ask(open(&fixture).address(), "select 1"), "1");
}

#[test]
fn reset_drops_the_data_but_not_under_a_user() {
    let Some(fixture) = Fixture::new() else { return };
    let server = open(&fixture);
    ask(server.address(), "create table dropped as select 1 as n");
    let refused = LocalServer::reset(&fixture.directory, &fixture.options);
    assert!(matches!(refused, Err(LocalServerError::InUse { .. })), "{refused:?}");
    server.close().expect("a close");

    LocalServer::reset(&fixture.directory, &fixture.options).expect("a reset");
    assert_eq!(LocalServer::status(&fixture.directory).expect("a status"), Status::Absent);
    let server = open(&fixture);
    assert_eq!(ask(server.address(), "select count(*) from pg_class where relname = 'dropped'"), "0");
}

#[test]
fn a_path_too_long_for_a_socket_gets_a_short_one() {
    let Some(fixture) = Fixture::at(&format!("{}/\"x, y\" {}", "long".repeat(30), "path".repeat(10))) else { return };
    let server = open(&fixture);
    if fixture.home().starts_with(&fixture.root) {
        assert!(!server.address().socket_directory.starts_with(&fixture.root));
    }
    assert_eq!(ask(server.address(), "select 1"), "1");
    let directory = server.address().socket_directory.clone();
    server.close().expect("a close");
    LocalServer::reset(&fixture.directory, &fixture.options).expect("a reset");
    assert!(!directory.exists());
}

#[test]
fn odd_characters_in_a_path_are_no_matter() {
    let Some(fixture) = Fixture::at("a \"b\", c'$ d") else { return };
    let server = open(&fixture);
    assert!(server.address().socket_directory.starts_with(fixture.home()));
    assert_eq!(ask(server.address(), "select 1"), "1");
}

#[test]
fn data_of_another_version_is_refused_with_both_versions() {
    let Some(fixture) = Fixture::new() else { return };
    let version_file = fixture.pid_file().with_file_name("PG_VERSION");
    fs::write(version_file, "9\n").expect("a version file");
    let error = LocalServer::open(&fixture.directory, &fixture.options).expect_err("another version").to_string();
    assert!(error.contains("made by PostgreSQL 9, but only PostgreSQL 1"), "{error}");
    assert!(error.contains("vesto local reset"), "{error}");
}

#[test]
fn a_wrong_directory_of_programs_is_named() {
    let root = temporary_directory();
    let mut options = Options::from_environment(|_| None);
    options.postgres_bin = Some(root.join("nowhere"));
    let error = LocalServer::open(&root.join("local"), &options).expect_err("no programs").to_string();
    assert!(error.contains("VESTO_POSTGRES_BIN") && error.contains("nowhere"), "{error}");
    LocalServer::reset(&root.join("local"), &options).expect("a reset");
    fs::remove_dir_all(root).expect("a removal");
}

#[test]
fn a_server_that_cannot_start_tells_why() {
    let Some(fixture) = Fixture::new() else { return };
    fs::write(fixture.pid_file().with_file_name("postgresql.auto.conf"), "no_such_setting = 1\n").expect("a file");
    let error = LocalServer::open(&fixture.directory, &fixture.options).expect_err("no start").to_string();
    assert!(error.contains("no_such_setting") && error.contains("server.log"), "{error}");
}

#[test]
fn the_last_of_several_processes_stops_the_server() {
    let Some(fixture) = Fixture::new() else { return };
    let server = open(&fixture);
    let startup = fixture.directory.join("startup.lock");
    // While another process opens or closes, nobody else does.
    let held = Command::new("flock").arg("--nonblock").arg(&startup).arg("true").status();
    assert!(held.is_ok_and(|status| status.success()), "open() must not keep the start-up lock");
    let users = fixture.directory.join("users.lock");
    let held = Command::new("flock").args(["--nonblock", "--exclusive"]).arg(&users).arg("true").status();
    assert!(held.is_ok_and(|status| !status.success()), "open() must hold the users' lock");
    drop(server);
    assert!(!fixture.is_up());
    assert!(!fixture.pid_file().exists());
}

#[test]
fn data_are_copied_while_no_server_uses_them() {
    let Some(fixture) = Fixture::new() else { return };
    let server = LocalServer::open(&fixture.directory, &fixture.options).expect("a server");
    let copy = fixture.root.join("copy");
    assert!(matches!(LocalServer::copy(&fixture.directory, &copy), Err(LocalServerError::InUse { .. })));
    ask(server.address(), "create table kept as select 7 as a");
    server.close().expect("an end");
    LocalServer::copy(&fixture.directory, &copy).expect("a copy");
    assert!(LocalServer::copy(&fixture.directory, &copy).is_err(), "there are data already");
    let server = LocalServer::open(&fixture.directory, &fixture.options).expect("a server");
    ask(server.address(), "update kept set a = 8");
    let copied = LocalServer::open(&copy, &fixture.options).expect("a server of the copy");
    assert_eq!(ask(copied.address(), "select a from kept"), "7");
    assert_eq!(ask(server.address(), "select a from kept"), "8");
    drop((server, copied));
    LocalServer::reset(&copy, &fixture.options).expect("nothing is left");
}
