//! One run at a time: who waits, for how long, and what becomes of a lock whose holder is gone.

use std::time::Duration;

use rustix::process::Signal;

use crate::rig::{Ended, Rig, Sql};

/// More than this beyond its time-out a run must not wait.
const SLACK: Duration = Duration::from_secs(2);

/// Three changes, the second of which waits for what the session returned here holds.
fn blocked_run(rig: &Rig, database: &str) -> Sql {
    rig.change("V1__table", "create table mark (change integer);\ninsert into mark values (1);\n");
    rig.change("V2__long", "insert into mark values (2);\n");
    rig.change("V3__after", "insert into mark values (3);\n");
    rig.vesto(&["apply", "--to", "V1"]).expect(0);
    let mut blocker = rig.session(database);
    blocker.ask("begin; lock table mark in access exclusive mode");
    blocker
}

const MARKS: &str = "select string_agg(change::text, ',' order by change) from mark";
const ENTRIES: &str =
    "select string_agg(change_id, ',' order by sequence_no) from vesto.entry where action = 'applied'";

#[track_caller]
fn refused_after(ended: Ended, wait: Duration) -> Ended {
    let took = ended.took;
    let ended = ended.expect(8).says(&["another run holds the lock of this target: ", "hint: ", "--lock-timeout"]);
    assert!(took >= wait && took < wait + SLACK, "it took {took:?}");
    ended
}

#[test]
fn the_second_run_waits_as_long_as_it_may_and_works_after_the_first() {
    let Some(rig) = Rig::new() else { return };
    rig.local("postgres", "two");
    let mut blocker = blocked_run(&rig, "two");
    let first = rig.start(&["apply"]);
    rig.await_busy("two");
    for (option, wait) in [("0s", 0), ("1s", 1000), ("2500ms", 2500)] {
        let second = rig.vesto(&["apply", "--lock-timeout", option]);
        refused_after(second, Duration::from_millis(wait)).says(&[
            "vesto 0.",
            "server process",
            "pg_terminate_backend(",
        ]);
    }
    // A limit for statements that is shorter than the wait is no reason for another message.
    let second = rig.vesto(&["apply", "--lock-timeout", "20s", "--timeout", "1s"]);
    refused_after(second, Duration::from_secs(1));
    for command in [["mark-pending", "V1"], ["rollback", "--last=1"]] {
        let second = rig.vesto(&[command[0], command[1], "--lock-timeout", "0s"]);
        refused_after(second, Duration::ZERO);
    }
    // Who only asks does not wait.
    rig.vesto(&["status"]).expect(0).says(&["V2"]);
    let waiting = rig.start(&["apply", "--lock-timeout", "60s"]);
    let queue = "select count(*) from pg_locks where locktype = 'advisory' and not granted";
    rig.await_answer("postgres", queue, "1");
    blocker.ask("rollback");
    first.end().expect(0);
    waiting.end().expect(0);
    assert_eq!(rig.ask("two", MARKS), "1,2,3");
    assert_eq!(rig.ask("two", ENTRIES), "V1,V2,V3");
}

#[test]
fn a_killed_holder_frees_the_lock_although_its_statement_still_waits() {
    let Some(rig) = Rig::new() else { return };
    rig.local("postgres", "dead");
    let mut blocker = blocked_run(&rig, "dead");
    let first = rig.start(&["apply"]);
    rig.await_busy("dead");
    first.kill();
    // Nothing else ends the statement: the blocker is still there. The server finds that its client is gone.
    let second = rig.start(&["apply"]);
    let one = "select count(*) from pg_stat_activity where datname = 'dead' and application_name like 'vesto %'";
    rig.await_answer("postgres", one, "1");
    rig.await_busy("dead");
    blocker.ask("rollback");
    second.end().expect(0);
    assert_eq!(rig.ask("dead", MARKS), "1,2,3");
    assert_eq!(rig.ask("dead", ENTRIES), "V1,V2,V3");
}

#[test]
fn a_paused_holder_keeps_the_lock() {
    let Some(rig) = Rig::new() else { return };
    rig.local("postgres", "paused");
    let mut blocker = blocked_run(&rig, "paused");
    let first = rig.start(&["apply"]);
    rig.await_busy("paused");
    first.signal(Signal::STOP);
    blocker.ask("rollback");
    // What was sent is carried out; the answer waits for its reader, and so does the session with the lock.
    rig.await_answer("paused", ENTRIES, "V1,V2,V3");
    refused_after(rig.vesto(&["apply", "--lock-timeout", "3s"]), Duration::from_secs(3));
    first.signal(Signal::CONT);
    first.end().expect(0);
    rig.vesto(&["apply"]).expect(0);
    assert_eq!(rig.ask("paused", MARKS), "1,2,3");
}

/// A target that is taken for a Redshift cluster: the lock is a row.
fn row_lock(rig: &Rig, database: &str) {
    rig.session("postgres").ask(&format!("create database {database}"));
    rig.ask(
        database,
        "create function getdate() returns timestamp language sql as \
         $$ select date_trunc('second', clock_timestamp() at time zone 'UTC')::timestamp $$",
    );
    let address = &rig.address;
    rig.target(&format!(
        "kind = redshift\nendpoint = {}\nport = {}\nuser = {}\ndatabase = {database}\nsslmode = disable",
        address.socket_directory.display(),
        address.port,
        address.superuser
    ));
}

const HOLDERS: &str = "select count(*) from vesto.holder";

#[test]
fn the_row_lock_does_for_a_whole_life() {
    let Some(rig) = Rig::new() else { return };
    row_lock(&rig, "life");
    rig.change(
        "V1__table",
        "create table mark (change integer);\ninsert into mark values (1);\n-- vesto: rollback\ndrop table mark;\n",
    );
    rig.change("V2__row", "insert into mark values (2);\n-- vesto: rollback\ndelete from mark where change = 2;\n");
    rig.vesto(&["apply"]).expect(0);
    assert_eq!(rig.ask("life", HOLDERS), "0");
    rig.vesto(&["status", "--check"]).expect(0);
    rig.vesto(&["rollback"]).expect(0);
    assert_eq!(rig.ask("life", MARKS), "1");
    rig.vesto(&["history"]).expect(0).says(&["V1", "V2", "rolled-back"]);
    // Whatever fails under the lock, the row goes.
    rig.vesto(&["mark-applied", "V7"]).expect(3);
    rig.vesto(&["apply", "--to", "V7"]).expect(3);
    rig.change("V3__wrong", "insert into mark values (3);\ninsert into mark values (1 / 0);\n");
    rig.vesto(&["apply"]).expect(6).says(&["division by zero"]);
    assert_eq!(rig.ask("life", MARKS), "1,2");
    assert_eq!(rig.ask("life", HOLDERS), "0");
    rig.change("V3__wrong", "insert into mark values (3);\n");
    rig.vesto(&["apply"]).expect(0);
    assert_eq!(rig.ask("life", MARKS), "1,2,3");
}

#[test]
fn two_first_runs_with_the_row_lock_both_work() {
    let Some(rig) = Rig::new() else { return };
    row_lock(&rig, "first");
    for number in 1..=9 {
        let table = if number == 1 { "create table mark (change integer);\n" } else { "" };
        rig.change(&format!("V{number}__change"), &format!("{table}insert into mark values ({number});\n"));
    }
    for _ in 0..4 {
        rig.ask("first", "drop schema if exists vesto cascade; drop table if exists mark");
        let runs = [0; 3].map(|_| rig.start(&["apply", "--lock-timeout", "60s"]));
        for run in runs {
            run.end().expect(0);
        }
        assert_eq!(rig.ask("first", MARKS), "1,2,3,4,5,6,7,8,9");
        assert_eq!(rig.ask("first", ENTRIES), "V1,V2,V3,V4,V5,V6,V7,V8,V9");
    }
}

#[test]
fn with_the_row_lock_too_the_second_run_waits_no_longer_than_it_may() {
    let Some(rig) = Rig::new() else { return };
    row_lock(&rig, "rows");
    let mut blocker = blocked_run(&rig, "rows");
    let first = rig.start(&["apply"]);
    rig.await_busy("rows");
    for (option, wait) in [("0s", 0), ("1s", 1000), ("2500ms", 2500)] {
        let second = rig.vesto(&["apply", "--lock-timeout", option]);
        refused_after(second, Duration::from_millis(wait))
            .says(&[", run ", "delete from vesto.holder where run_id = '"]);
    }
    let waiting = rig.start(&["apply", "--lock-timeout", "60s"]);
    blocker.ask("rollback");
    first.end().expect(0);
    waiting.end().expect(0);
    assert_eq!(rig.ask("rows", MARKS), "1,2,3");
    assert_eq!(rig.ask("rows", ENTRIES), "V1,V2,V3");
    assert_eq!(rig.ask("rows", HOLDERS), "0");
}

const OTHER: &str = "delete from vesto.holder; \
    insert into vesto.holder values ('other', 'somebody', 'elsewhere', getdate() + interval '1 hour')";

#[test]
fn a_run_whose_row_was_taken_commits_nothing_more() {
    let Some(rig) = Rig::new() else { return };
    row_lock(&rig, "fence");
    let mut blocker = blocked_run(&rig, "fence");
    let first = rig.start(&["apply"]);
    rig.await_busy("fence");
    // It is held up between two transactions for so long that another run takes its row.
    first.signal(Signal::STOP);
    blocker.ask("rollback");
    rig.await_answer("fence", ENTRIES, "V1,V2");
    rig.ask("fence", OTHER);
    first.signal(Signal::CONT);
    first.end().expect(8).says(&["this run lost the lock of the target", "hint: "]);
    assert_eq!(rig.ask("fence", MARKS), "1,2");
    assert_eq!(rig.ask("fence", ENTRIES), "V1,V2");
    assert_eq!(rig.ask("fence", "select run_id from vesto.holder"), "other", "nobody gives back what is not his");
    refused_after(rig.vesto(&["apply", "--lock-timeout", "0s"]), Duration::ZERO)
        .says(&["somebody on elsewhere, run other"]);
    rig.ask("fence", "update vesto.holder set expires_at = getdate() - interval '1 second'");
    rig.vesto(&["apply", "--lock-timeout", "0s"]).expect(0);
    assert_eq!(rig.ask("fence", MARKS), "1,2,3");
    assert_eq!(rig.ask("fence", ENTRIES), "V1,V2,V3");
}

#[test]
fn a_run_that_lost_its_row_during_a_lone_statement_records_nothing() {
    let Some(rig) = Rig::new() else { return };
    row_lock(&rig, "alone");
    let mut blocker = blocked_run(&rig, "alone");
    rig.change("V2__long", "-- vesto: transaction=none\ninsert into mark values (2);\n");
    let first = rig.start(&["apply"]);
    rig.await_busy("alone");
    rig.ask("alone", OTHER);
    blocker.ask("rollback");
    first.end().expect(8).says(&["this run lost the lock of the target"]);
    assert_eq!(rig.ask("alone", ENTRIES), "V1");
    rig.ask("alone", "delete from vesto.holder");
    rig.vesto(&["apply"]).expect(10).says(&["statement 1 of `V2` is in doubt"]);
    assert_eq!(rig.ask("alone", HOLDERS), "0");
    rig.vesto(&["mark-applied", "V2"]).expect(0);
    rig.vesto(&["apply"]).expect(0);
    assert_eq!(rig.ask("alone", MARKS), "1,2,3");
}

#[test]
fn the_row_of_a_killed_run_stands_until_it_expires_or_is_removed() {
    let Some(rig) = Rig::new() else { return };
    row_lock(&rig, "stale");
    let mut blocker = blocked_run(&rig, "stale");
    let first = rig.start(&["apply"]);
    rig.await_busy("stale");
    first.kill();
    blocker.ask("rollback");
    let nobody = "select count(*) from pg_stat_activity where datname = 'stale' and application_name like 'vesto %'";
    rig.await_answer("postgres", nobody, "0");
    let refused = refused_after(rig.vesto(&["apply", "--lock-timeout", "0s"]), Duration::ZERO);
    // The cure that the message names, as it names it.
    let cure =
        refused.text.split('`').find(|part| part.starts_with("delete from vesto.holder")).expect("a cure").to_owned();
    rig.ask("stale", &cure);
    rig.vesto(&["apply"]).expect(0);
    assert_eq!(rig.ask("stale", MARKS), "1,2,3");
    assert_eq!(rig.ask("stale", ENTRIES), "V1,V2,V3");
}
