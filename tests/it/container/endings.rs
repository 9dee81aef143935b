//! How a container ends: on the signal of whoever stops it, with nothing left behind.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use super::{Container, expect, open_to_all, project};
use crate::attribution;
use crate::emulate::Emulator;
use crate::support::Sandbox;

/// A project whose second change waits for as long as anybody likes, where all may write.
fn waiting() -> Option<Sandbox> {
    let sandbox = project()?;
    sandbox.write("changes/V2__long.sql", "insert into t values (2);\nselect pg_sleep(600);\n");
    open_to_all(&sandbox.path("."));
    Some(sandbox)
}

/// Names of the dead processes that nobody has asked about, among those below a process.
fn zombies(of: i32) -> Vec<String> {
    let children = fs::read_to_string(format!("/proc/{of}/task/{of}/children")).unwrap_or_default();
    let mut found = Vec::new();
    for pid in children.split_whitespace() {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        if status.lines().any(|line| line.starts_with("State:\tZ")) {
            found.push(status.lines().next().unwrap_or_default().to_owned());
        }
        found.extend(zombies(pid.parse().expect("a pid")));
    }
    found
}

#[test]
fn the_signals_of_an_engine_reach_pid_1() {
    for signal in [Signal::TERM, Signal::INT] {
        let Some(sandbox) = waiting() else { return };
        let Some(container) = Container::new(&sandbox.path("."), false) else { return };
        let mut running = container.start(&["vesto", "run", "--format", "json"]);
        running.await_line(&["change-started", "V2"]);
        assert_eq!(zombies(running.first_process().as_raw_pid()), Vec::<String>::new());
        running.signal(signal);
        let told = expect(&running.end(), 130);
        assert!(told.contains("\"outcome\":\"interrupted\""), "{told}");
        assert!(!sandbox.path(".vesto/local/data/postmaster.pid").exists(), "the server was not stopped in order");

        sandbox.write("changes/V2__long.sql", "insert into t values (2);\n");
        sandbox.write("tests/t.sql", "-- test: rows\nselect count(*) from t;\n-- expect cell: 2\n");
        let Some(container) = Container::new(&sandbox.path("."), false) else { return };
        let told = expect(&container.run(&["vesto", "run", "--lock-timeout", "0s"]), 0);
        assert!(told.contains("1 test passed"), "{told}");
    }
}

/// On a cluster the lock is a row, which outlives a session.
#[test]
fn a_container_that_is_stopped_gives_the_lock_of_a_cluster_back() {
    let Some(emulator) = Emulator::start(&[]) else { return };
    let sandbox = attribution::project(&emulator);
    sandbox.write("changes/V1__t.sql", "create table t (n integer);\n");
    sandbox.vesto(["apply"]).ends(0);
    sandbox.write("changes/V2__waits.sql", "insert into t values (2);\n");
    let Some(container) = Container::new(&sandbox.path("."), true) else { return };

    let mut other = Command::new("psql");
    other.args(["-h", "127.0.0.1", "-U", "awsuser", "-d", "dev", "-p", &emulator.port().to_string(), "-XqAt"]);
    let mut other = other.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("psql runs");
    let mut typed = other.stdin.take().expect("a pipe");
    typed.write_all(b"begin; lock table t; select 'locked';\n").expect("a reader");
    let mut said = String::new();
    BufReader::new(other.stdout.take().expect("a pipe")).read_line(&mut said).expect("an answer");
    assert_eq!(said, "locked\n");

    let mut running = container.start(&["vesto", "apply", "--format", "json"]);
    running.await_line(&["change-started", "V2"]);
    assert_eq!(emulator.psql(&["-Atc", "select count(*) from vesto.holder"]), "1\n");
    running.signal(Signal::TERM);
    expect(&running.end(), 130);
    assert_eq!(emulator.psql(&["-Atc", "select count(*) from vesto.holder"]), "0\n");
    drop(typed);
    other.wait().expect("an end");
    sandbox.vesto(["apply", "--lock-timeout", "0s"]).ends(0).out("1 change applied");
    emulator.end();
}
