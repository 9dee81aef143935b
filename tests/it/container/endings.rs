//! How a container ends: on the signal of whoever stops it, with nothing left behind.

use std::fs;

use rustix::process::Signal;

use super::{Container, expect, open_to_all, project};
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
