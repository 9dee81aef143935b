//! What the lock of Redshift does beyond any lock: it expires, it is taken over, and who lost it cannot write.
//!
//! The server's clock is set ahead where a term has to end, so no test waits for one.

use std::time::Duration;

use rustix::process::Signal;

use crate::lock::{ENTRIES, MARKS, blocked_run, expect_each_once, fenced, refused_after, sessions};
use crate::rig::{Rig, Running, Sql};

const NUMBER: &str = "select fence_no from vesto.fence";
const LOST: &str = "this run lost the lock of the target";

/// How far transactions see what others committed meanwhile; a database of its own for each.
const ISOLATIONS: [(&str, &str); 3] =
    [("committed", "read committed"), ("snapshot", "repeatable read"), ("serial", "serializable")];

/// A run that is paused in its second change, and the session that keeps that change from going on.
fn paused_run(rig: &Rig, database: &str, isolation: &str) -> (Running, Sql) {
    fenced(rig, database, isolation, "60s");
    let blocker = blocked_run(rig, database);
    let run = rig.start(&["apply"]);
    rig.await_busy(database);
    run.signal(Signal::STOP);
    (run, blocker)
}

/// The server's clock from now on, compared with the client's.
fn set_clock(rig: &Rig, database: &str, ahead: &str) {
    assert_eq!(rig.ask(database, &format!("update test.clock set ahead = '{ahead}'")), "");
}

#[test]
fn a_run_that_was_paused_past_its_term_cannot_write_any_more() {
    let Some(rig) = Rig::new() else { return };
    for (database, isolation) in ISOLATIONS {
        let (first, mut blocker) = paused_run(&rig, database, isolation);
        blocker.ask("rollback");
        // What was sent is carried out, and then nobody sends anything.
        rig.await_answer(database, ENTRIES, "V1,V2");
        refused_after(rig.vesto(&["apply", "--lock-timeout", "0s"]), Duration::ZERO);
        set_clock(&rig, database, "62 seconds");
        let second = rig.vesto(&["apply", "--lock-timeout", "0s"]).expect(0);
        second.says(&["took the lock over from ", "because its term was over"]);
        expect_each_once(&rig, database);
        first.signal(Signal::CONT);
        first.end().expect(8).says(&[LOST, "hint: "]);
        expect_each_once(&rig, database);
        rig.vesto(&["apply", "--lock-timeout", "0s"]).expect(0);
    }
}

#[test]
fn whoever_takes_over_waits_for_an_open_transaction_and_knows_what_it_did() {
    let Some(rig) = Rig::new() else { return };
    for (database, isolation) in ISOLATIONS {
        let (first, mut blocker) = paused_run(&rig, database, isolation);
        set_clock(&rig, database, "62 seconds");
        refused_after(rig.vesto(&["apply", "--lock-timeout", "1s"]), Duration::from_secs(1));
        let second = rig.start(&["apply", "--lock-timeout", "60s"]);
        let queue = "select count(*) from pg_locks where not granted and relation = 'vesto.fence'::regclass";
        rig.await_answer(database, queue, "1");
        blocker.ask("rollback");
        second.end().expect(0);
        first.signal(Signal::CONT);
        first.end().expect(8).says(&[LOST]);
        expect_each_once(&rig, database);
    }
}

#[test]
fn a_transaction_that_had_to_wait_for_the_fence_reads_it_as_it_is_then() {
    let Some(rig) = Rig::new() else { return };
    for (database, isolation) in ISOLATIONS {
        let (first, mut blocker) = paused_run(&rig, database, isolation);
        blocker.ask("rollback");
        rig.await_answer(database, ENTRIES, "V1,V2");
        blocker.ask("begin; lock table vesto.fence");
        first.signal(Signal::CONT);
        rig.await_busy(database);
        blocker.ask("update vesto.fence set fence_no = fence_no + 1; commit");
        first.end().expect(8).says(&[LOST]);
        assert_eq!(rig.ask(database, MARKS), "1,2");
        assert_eq!(rig.ask(database, ENTRIES), "V1,V2");
    }
}

#[test]
fn wherever_a_run_is_paused_each_change_runs_once() {
    let Some(rig) = Rig::new() else { return };
    fenced(&rig, "sweep", "repeatable read", "60s");
    for number in 1..=60 {
        let table = if number == 1 { "create table mark (change integer);\n" } else { "" };
        rig.change(&format!("V{number:02}__change"), &format!("{table}insert into mark values ({number});\n"));
    }
    let all = "select count(*), count(distinct change), (select count(*) from vesto.entry), \
        (select count(distinct change_id) from vesto.entry) from mark";
    let mut lost = 0;
    for round in 0..12 {
        set_clock(&rig, "sweep", "0");
        rig.ask("sweep", "drop schema if exists vesto cascade; drop table if exists mark");
        let mut watch = rig.session("sweep");
        let first = rig.start(&["apply"]);
        // There is no ledger at first, and in the first round that is soon enough.
        if round > 0 {
            watch.await_answer(&format!("select count(*) >= {} from vesto.entry", 4 * round), "t");
        }
        first.signal(Signal::STOP);
        set_clock(&rig, "sweep", "62 seconds");
        let second = rig.start(&["apply", "--lock-timeout", "60s"]);
        // The second may be anywhere too: not begun, or on its way, or through, unless it has to wait for the first.
        if round % 5 > 0 {
            let further = 4 * round + 12 * (round % 5);
            let reached = format!(
                "select (select count(*) from vesto.entry) >= least({further}, 60) \
                 or exists (select 1 from pg_locks where not granted)"
            );
            watch.await_answer(&reached, "t");
        }
        first.signal(Signal::CONT);
        let first = first.end();
        second.end().expect(0);
        match first.code {
            Some(8) => lost += 1,
            code => assert_eq!(code, Some(0), "{}", first.text),
        }
        assert_eq!(rig.ask("sweep", all), "60|60|60|60", "round {round}");
    }
    assert!(lost > 0, "no run was paused while it held the lock");
}

#[test]
fn numbers_only_go_up() {
    let Some(rig) = Rig::new() else { return };
    fenced(&rig, "numbers", "repeatable read", "60s");
    rig.change("V1__table", "create table mark (change integer);\n");
    let mut last = 0;
    for round in 0..4 {
        rig.vesto(&["apply"]).expect(0);
        let number = rig.ask("numbers", NUMBER).parse().expect("a number");
        assert!(number > last, "{number} after {last}");
        last = number;
        if round == 1 {
            rig.ask("numbers", "delete from vesto.fence");
        }
        if round == 2 {
            // Whatever came to an end without a word keeps its number.
            rig.ask(
                "numbers",
                "insert into vesto.holder select fence_no, run_id, 'somebody', 'elsewhere', 'nobody', 1, null, \
                 getdate() - interval '1 second' from vesto.fence",
            );
        }
    }
}

#[test]
fn what_the_client_takes_for_the_time_does_not_matter() {
    let Some(rig) = Rig::new() else { return };
    for (database, ahead, later) in [("ahead", "90 seconds", "152 seconds"), ("behind", "-90 seconds", "-28 seconds")] {
        fenced(&rig, database, "repeatable read", "60s");
        set_clock(&rig, database, ahead);
        let mut blocker = blocked_run(&rig, database);
        let first = rig.start(&["apply"]);
        rig.await_busy(database);
        let left = "select extract(epoch from expires_at - getdate()) between 50 and 60 from vesto.holder";
        assert_eq!(rig.ask(database, left), "t");
        refused_after(rig.vesto(&["apply", "--lock-timeout", "0s"]), Duration::ZERO);
        first.signal(Signal::STOP);
        blocker.ask("rollback");
        rig.await_answer(database, ENTRIES, "V1,V2");
        refused_after(rig.vesto(&["apply", "--lock-timeout", "0s"]), Duration::ZERO);
        set_clock(&rig, database, later);
        rig.vesto(&["apply", "--lock-timeout", "0s"]).expect(0);
        first.signal(Signal::CONT);
        first.end().expect(8).says(&[LOST]);
        expect_each_once(&rig, database);
    }
}

#[test]
fn a_session_that_cannot_be_seen_is_not_gone() {
    let Some(rig) = Rig::new() else { return };
    fenced(&rig, "unseen", "repeatable read", "60s");
    let mut blocker = blocked_run(&rig, "unseen");
    rig.ask("unseen", "alter view stv_sessions rename to hidden_sessions");
    let first = rig.start(&["apply"]);
    rig.await_busy("unseen");
    first.kill();
    blocker.ask("rollback");
    rig.await_answer("postgres", &sessions("unseen"), "0");
    let refused = refused_after(rig.vesto(&["apply", "--lock-timeout", "0s"]), Duration::ZERO);
    // Nor is one of which only the beginning is not known.
    rig.ask("unseen", "alter view hidden_sessions rename to stv_sessions");
    refused_after(rig.vesto(&["apply", "--lock-timeout", "0s"]), Duration::ZERO);
    // The cure that the message names, as it names it.
    let mut parts = refused.text.split('`');
    let cure = parts.find(|part| part.starts_with("delete from vesto.holder")).expect("a cure").to_owned();
    rig.ask("unseen", &cure);
    rig.vesto(&["apply", "--lock-timeout", "0s"]).expect(0);
    expect_each_once(&rig, "unseen");
}

#[test]
fn another_users_session_is_not_taken_for_gone() {
    let Some(rig) = Rig::new() else { return };
    fenced(&rig, "users", "repeatable read", "60s");
    let mut owner = rig.session("users");
    owner.ask("create role plain login; grant all on database users to plain; grant all on schema public to plain");
    owner.ask("grant usage on schema test to plain; grant select on test.clock, stv_sessions to plain");
    let settings = rig.read("vesto.ini");
    rig.file("vesto.ini", &settings.replace(&format!("user = {}", rig.address.superuser), "user = plain"));
    rig.change("V1__table", "create table mark (change integer);\n");
    rig.vesto(&["apply"]).expect(0);
    let hold = |user: &str| {
        format!(
            "delete from vesto.holder; insert into vesto.holder values \
             (7, 'other', 'somebody', 'elsewhere', '{user}', 1, 'long ago', getdate() + interval '1 hour')"
        )
    };
    owner.ask(&hold("someone"));
    refused_after(rig.vesto(&["apply", "--lock-timeout", "0s"]), Duration::ZERO);
    owner.ask(&hold("plain"));
    rig.vesto(&["apply", "--lock-timeout", "0s"]).expect(0);
    assert_eq!(owner.ask("select count(*) from vesto.holder"), "0");
}

#[test]
fn a_process_id_that_was_given_to_another_session_does_not_mislead() {
    let Some(rig) = Rig::new() else { return };
    fenced(&rig, "reused", "repeatable read", "60s");
    rig.change("V1__table", "create table mark (change integer);\n");
    rig.vesto(&["apply"]).expect(0);
    rig.change("V2__row", "insert into mark values (2);\n");
    let mut other = rig.session("reused");
    let hold = |user: &str, started: &str| {
        format!(
            "delete from vesto.holder; insert into vesto.holder select 7, 'other', 'somebody', 'elsewhere', {user}, \
             process, to_char(starttime{started}, 'YYYY-MM-DD HH24:MI:SS.US'), getdate() + interval '1 hour' \
             from stv_sessions where process = pg_backend_pid()"
        )
    };
    other.ask(&hold("current_user", ""));
    refused_after(rig.vesto(&["apply", "--lock-timeout", "0s"]), Duration::ZERO)
        .says(&["somebody on elsewhere, run other, fence 7, server process "]);
    other.ask(&hold("current_user", " - interval '1 second'"));
    let second = rig.vesto(&["apply", "--lock-timeout", "0s"]).expect(0);
    second.says(&["took the lock over from somebody on elsewhere", "because its session was gone"]);
    assert_eq!(other.ask("select 1"), "1", "nobody ends the session that has the number now");
}

#[test]
fn a_heartbeat_that_cannot_connect_is_told_and_stops_nothing() {
    let Some(rig) = Rig::new() else { return };
    fenced(&rig, "beat", "repeatable read", "4s");
    let mut blocker = blocked_run(&rig, "beat");
    let mut watch = rig.session("beat");
    let first = rig.start(&["apply"]);
    rig.await_busy("beat");
    rig.ask("postgres", "alter database beat allow_connections false");
    let expired = "select count(*) from vesto.holder where expires_at < getdate()";
    watch.await_answer(expired, "1");
    rig.ask("postgres", "alter database beat allow_connections true");
    watch.await_answer(expired, "0");
    refused_after(rig.vesto(&["apply", "--lock-timeout", "0s"]), Duration::ZERO);
    blocker.ask("rollback");
    first.end().expect(0).says(&["the lock of the target could not be renewed", "is not currently accepting"]);
    expect_each_once(&rig, "beat");
}

#[test]
fn a_run_whose_row_was_deleted_notices_and_stops() {
    let Some(rig) = Rig::new() else { return };
    fenced(&rig, "deleted", "repeatable read", "2s");
    let mut blocker = blocked_run(&rig, "deleted");
    let first = rig.start(&["apply"]);
    rig.await_busy("deleted");
    // The heartbeat finds nothing to renew once it gets at the row, and ends.
    let mut thief = rig.session("deleted");
    thief.ask("begin; lock table vesto.holder; delete from vesto.holder");
    let queue = "select count(*) from pg_locks where not granted and relation = 'vesto.holder'::regclass";
    rig.await_answer("deleted", queue, "1");
    thief.ask("commit");
    let beats = "select count(*) from pg_stat_activity where datname = 'deleted' \
        and query like '%vesto.holder set expires_at%'";
    rig.await_answer("postgres", beats, "0");
    blocker.ask("rollback");
    first.end().expect(8).says(&[LOST, "hint: "]);
    assert_eq!(rig.ask("deleted", ENTRIES), "V1,V2");
    rig.vesto(&["apply", "--lock-timeout", "0s"]).expect(0);
    expect_each_once(&rig, "deleted");
}

#[test]
fn raising_the_fence_by_hand_stops_a_run_before_its_next_transaction() {
    let Some(rig) = Rig::new() else { return };
    let (first, mut blocker) = paused_run(&rig, "raised", "repeatable read");
    blocker.ask("rollback");
    rig.await_answer("raised", ENTRIES, "V1,V2");
    rig.ask(
        "raised",
        "begin; lock table vesto.fence, vesto.holder; update vesto.fence set fence_no = fence_no + 1; \
         delete from vesto.holder; commit",
    );
    first.signal(Signal::CONT);
    first.end().expect(8).says(&[LOST]);
    assert_eq!(rig.ask("raised", MARKS), "1,2");
    rig.vesto(&["apply", "--lock-timeout", "0s"]).expect(0);
    expect_each_once(&rig, "raised");
}

/// A run whose second change runs in no transaction.
fn lone(rig: &Rig, database: &str) {
    fenced(rig, database, "repeatable read", "60s");
    drop(blocked_run(rig, database));
    rig.change("V2__long", "-- vesto: transaction=none\ninsert into mark values (2);\n");
}

#[test]
fn a_run_that_was_paused_before_a_lone_statement_does_not_send_it() {
    let Some(rig) = Rig::new() else { return };
    lone(&rig, "lone");
    let mut blocker = rig.session("lone");
    blocker.ask("begin; lock table vesto.journal in share mode");
    // The one who takes over cannot end what it cannot see.
    rig.ask("lone", "alter view stv_sessions rename to hidden_sessions");
    let first = rig.start(&["apply"]);
    rig.await_busy("lone");
    first.signal(Signal::STOP);
    blocker.ask("rollback");
    rig.await_answer("lone", "select count(*) from vesto.journal where step_state = 'intent'", "1");
    set_clock(&rig, "lone", "62 seconds");
    rig.vesto(&["apply", "--lock-timeout", "0s"]).expect(10).says(&["statement 1 of `V2` is in doubt"]);
    first.signal(Signal::CONT);
    first.end().expect(8).says(&[LOST]);
    assert_eq!(rig.ask("lone", MARKS), "1");
    rig.vesto(&["mark-pending", "V2"]).expect(0);
    rig.vesto(&["apply"]).expect(0);
    expect_each_once(&rig, "lone");
}

#[test]
fn whoever_takes_over_ends_a_lone_statement_that_may_still_run() {
    let Some(rig) = Rig::new() else { return };
    lone(&rig, "running");
    let mut blocker = rig.session("running");
    blocker.ask("begin; lock table mark");
    let first = rig.start(&["apply"]);
    rig.await_busy("running");
    first.signal(Signal::STOP);
    set_clock(&rig, "running", "62 seconds");
    rig.vesto(&["apply", "--lock-timeout", "0s"]).expect(10).says(&["statement 1 of `V2` is in doubt"]);
    assert_eq!(rig.ask("postgres", &sessions("running")), "0");
    blocker.ask("rollback");
    first.signal(Signal::CONT);
    assert_ne!(first.end().code, Some(0));
    assert_eq!(rig.ask("running", MARKS), "1");
    assert_eq!(rig.ask("running", "select count(*) from vesto.holder"), "0");
    rig.vesto(&["mark-pending", "V2"]).expect(0);
    rig.vesto(&["apply"]).expect(0);
    expect_each_once(&rig, "running");
}

#[test]
fn a_term_is_not_shorter_than_the_servers_clock_can_tell() {
    let Some(rig) = Rig::new() else { return };
    for (term, code) in [("1s", 3), ("soon", 3), ("2s", 0)] {
        fenced(&rig, &format!("term{code}{}", term.len()), "read committed", term);
        let ended = rig.vesto(&["apply"]).expect(code);
        if code == 3 {
            ended.says(&["the value of `lock_term` does not fit", "a length of time of at least `2s`"]);
        }
    }
}
