//! Many changes, nearly all in transactions: killed at moments, and the server gone in the middle of one long message.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::moments::{Moments, let_run};
use crate::rig::{Rig, say};

const CHANGES: usize = 300;
const KILLS: u32 = 50;

/// Rows that a change leaves count how often it ran: no key keeps it from running twice.
fn write_changes(rig: &Rig) {
    for number in 1..=CHANGES {
        let mark = format!("insert into mark values ({number});\n");
        let text = match number {
            1 => format!(
                "create table mark (change integer);\ncreate table total (value integer);\ninsert into total values (0);\n{mark}"
            ),
            _ => match number % 3 {
                // Work for the server, so that most kills come while it is at it.
                0 => format!(
                    "create table t{number} (id integer);\n\
                     insert into t{number} select a.change from mark a cross join mark b limit 200;\n{mark}"
                ),
                1 => format!("update total set value = value + 1;\n{mark}"),
                // Two transactions: a kill may come between them.
                _ => format!("begin;\n{mark}commit;\nbegin;\nupdate total set value = value + 1;\ncommit;\n"),
            },
        };
        rig.change(&format!("V{number:03}__change"), &text);
    }
}

/// Marks, different marks, what updates added up to, tables, rows of the ledger, changes in it, its sequence numbers.
const ORACLE: &str = "select (select count(*) from mark), (select count(distinct change) from mark), \
    (select value from total), (select count(*) from pg_tables where tablename ~ '^t[0-9]+$'), \
    (select count(*) from vesto.entry where action = 'applied'), (select count(distinct change_id) from vesto.entry), \
    (select count(*) - count(distinct sequence_no) from (select sequence_no from vesto.entry union all \
     select sequence_no from vesto.journal) s), (select count(*) from vesto.journal)";
const EXACTLY_ONCE: &str = "300|300|199|100|300|300|0|100";

const APPLIED: &str = "select count(*) from vesto.entry where action = 'applied'";

fn kill_at_moments(dialect: &str, kills: u32) {
    let Some(rig) = Rig::new() else { return };
    write_changes(&rig);
    let mut span = Duration::ZERO;
    for whole in 0..2 {
        let database = format!("whole{whole}");
        rig.local(dialect, &database);
        span = rig.vesto(&["apply", "--quiet"]).expect(0).took;
        assert_eq!(rig.ask(&database, ORACLE), EXACTLY_ONCE);
    }
    let mut moments = Moments::new();
    let (mut kill, mut round) = (0, 0);
    while kill < kills {
        let database = format!("round{round}");
        rig.local(dialect, &database);
        // Spread over the whole, and denser where the changes run: at first there is no database yet.
        let moment = span.mul_f64(((f64::from(kill) + moments.next()) / f64::from(kills)).sqrt());
        let vesto = rig.start(&["apply", "--quiet"]);
        let_run(moment);
        let killed = vesto.kill();
        let applied = rig.ask(&database, APPLIED).parse::<usize>().map_or("none".to_owned(), |count| count.to_string());
        let next = rig.vesto(&["apply", "--quiet"]).expect(0).took;
        let oracle = rig.ask(&database, ORACLE);
        let ended = killed.code.map_or("killed".to_owned(), |code| format!("ended {code}"));
        say(&format!(
            "{dialect} kill {kill:2}: {ended} at {moment:8.1?} of {span:.0?}, {applied:>4} applied; next {next:.0?}: {oracle}"
        ));
        assert_eq!(oracle, EXACTLY_ONCE, "{dialect} round {round}");
        rig.ask("postgres", &format!("drop database {database} with (force)"));
        match killed.code {
            None => kill += 1,
            // A moment too late counts for nothing; runs became faster than those that were measured.
            Some(_) => span = span.mul_f64(0.9),
        }
        round += 1;
        assert!(round < kills * 4, "the kills come too late");
    }
}

#[test]
fn killed_at_fifty_moments_each_change_is_applied_once() {
    kill_at_moments("postgres", KILLS);
}

#[test]
fn killed_on_the_double_each_change_is_applied_once() {
    kill_at_moments("redshift", KILLS / 5);
}

/// How a server goes away.
fn server_goes(how: &str, goes_on: bool, blow: impl Fn(&Rig)) {
    let Some(mut rig) = Rig::new() else { return };
    write_changes(&rig);
    rig.local("postgres", "gone");
    rig.vesto(&["apply", "--to", "V100"]).expect(0);
    // The run stands still in the middle of its one long message.
    let mut blocker = rig.session("gone");
    blocker.ask("create table t201 (id integer)");
    blocker.ask("begin; create table t204 (id integer)");
    rig.change("V201__change", "create table if not exists t201 (id integer);\ninsert into mark values (201);\n");
    let vesto = rig.start(&["apply"]);
    rig.await_busy("gone");
    blow(&rig);
    let ended = vesto.end();
    let ended = match goes_on {
        true => ended.expect(0).says(&["the connection was lost and is open again", "200 changes applied"]),
        false => ended.expect(7).says(&["hint: ", "again"]),
    };
    let _ = blocker.try_ask("rollback");
    drop(blocker);
    assert!(ended.text.matches("error").count() <= 2, "one message is enough:\n{}", ended.text);
    say(&format!("{how}:\n{}", ended.text));
    rig.restart();
    let survived = rig.ask("gone", "select (select count(*) from mark), (select count(*) from vesto.entry where action = 'applied'), (select count(*) from vesto.entry)");
    say(&format!("{how}: marks and entries after it: {survived}"));
    rig.vesto(&["apply", "--quiet"]).expect(0);
    assert_eq!(rig.ask("gone", ORACLE), EXACTLY_ONCE);
}

#[test]
fn a_stopped_server_ends_the_run_and_loses_nothing() {
    server_goes("immediate stop", false, |rig| kill_process(rig.postmaster(), Signal::QUIT).expect("a signal"));
}

#[test]
fn a_run_whose_backend_is_killed_goes_on_and_loses_nothing() {
    server_goes("kill -9 of the backend, with the crash recovery that follows", true, |rig| {
        let pid = rig.ask(
            "postgres",
            "select pid from pg_stat_activity where datname = 'gone' and application_name like 'vesto %'",
        );
        let pid = Pid::from_raw(pid.parse().expect("a pid")).expect("a pid");
        kill_process(pid, Signal::KILL).expect("a signal");
    });
}

#[test]
fn a_terminated_session_ends_the_run_and_loses_nothing() {
    server_goes("pg_terminate_backend", false, |rig| {
        rig.ask("postgres", "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'gone' and application_name like 'vesto %'");
    });
}
