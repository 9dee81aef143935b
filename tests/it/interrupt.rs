//! What Ctrl-C, SIGTERM and passing refusals do to a run, on a real server.

use rustix::process::{Pid, Signal, kill_process};

use crate::rig::Rig;

const WORKS: &str = "select pid from pg_stat_activity where datname = 'stops' and application_name like 'vesto %'";
const RUNS: &str = "select string_agg(outcome, ',' order by started_at) from vesto.run";
const ENTRIES: &str = "select string_agg(change_id || ' ' || action, ',' order by sequence_no) from vesto.entry";

/// Three changes of which the second waits for as long as anybody likes.
fn waiting_run(rig: &Rig) {
    rig.local("postgres", "stops");
    rig.change("V1__table", "create table mark (change integer);\ninsert into mark values (1);\n");
    rig.change("V2__long", "insert into mark values (2);\nselect pg_sleep(600);\n");
    rig.change("V3__after", "insert into mark values (3);\n");
}

#[test]
fn the_first_signal_undoes_what_is_under_way_and_tells_of_it() {
    for signal in [Signal::INT, Signal::TERM] {
        let Some(rig) = Rig::new() else { return };
        waiting_run(&rig);
        let vesto = rig.start(&["apply", "--junit", "report.xml"]);
        rig.await_busy("stops");
        vesto.signal(signal);
        vesto.end().expect(130).says(&["V2", "stopped on request, and undone", "interrupted: 1 change applied"]);
        rig.await_answer("postgres", "select count(*) from pg_stat_activity where datname = 'stops'", "0");
        assert_eq!(rig.ask("stops", "select string_agg(change::text, ',') from mark"), "1");
        assert_eq!(rig.ask("stops", ENTRIES), "V1 applied,V2 failed");
        assert_eq!(rig.ask("stops", RUNS), "interrupted");
        rig.change("V2__long", "insert into mark values (2);\n");
        rig.vesto(&["apply", "--lock-timeout", "0s"]).expect(0);
        assert_eq!(rig.ask("stops", "select string_agg(change::text, ',') from mark"), "1,2,3");
    }
}

#[test]
fn a_lone_statement_that_was_stopped_is_not_in_doubt() {
    let Some(rig) = Rig::new() else { return };
    waiting_run(&rig);
    rig.change("V2__long", "-- vesto: transaction=none\ninsert into mark values (2);\nselect pg_sleep(600);\n");
    let vesto = rig.start(&["apply"]);
    rig.await_busy("stops");
    vesto.signal(Signal::INT);
    vesto.end().expect(130).says(&["V2"]);
    rig.vesto(&["status"]).expect(0).says(&["half done"]);
    rig.change("V2__long", "-- vesto: transaction=none\ninsert into mark values (2);\nselect pg_sleep(0);\n");
    rig.vesto(&["apply"]).expect(0);
    assert_eq!(rig.ask("stops", "select string_agg(change::text, ',') from mark"), "1,2,3");
}

#[test]
fn the_second_signal_ends_the_run_at_once() {
    let Some(rig) = Rig::new() else { return };
    waiting_run(&rig);
    let vesto = rig.start(&["apply"]);
    rig.await_busy("stops");
    // A server process that stands still hears of no wish.
    let backend = Pid::from_raw(rig.ask("postgres", WORKS).parse().expect("a pid")).expect("a pid");
    kill_process(backend, Signal::STOP).expect("a signal");
    vesto.end_by_repeated(Signal::INT).expect(130).says(&["interrupted twice"]);
    kill_process(backend, Signal::CONT).expect("a signal");
    rig.await_answer("postgres", "select count(*) from pg_stat_activity where datname = 'stops'", "0");
    rig.change("V2__long", "insert into mark values (2);\n");
    rig.vesto(&["apply"]).expect(0);
    assert_eq!(rig.ask("stops", "select string_agg(change::text, ',') from mark"), "1,2,3");
}

#[test]
fn tests_and_waiting_for_the_lock_stop_too() {
    let Some(rig) = Rig::new() else { return };
    waiting_run(&rig);
    let first = rig.start(&["apply"]);
    rig.await_busy("stops");
    let second = rig.start(&["apply", "--lock-timeout", "10m"]);
    let waits = "select count(*) from pg_stat_activity where datname = 'stops' and query like '%_advisory_lock(%' \
        and application_name like 'vesto %'";
    rig.await_answer("postgres", waits, "1");
    second.signal(Signal::TERM);
    second.end().expect(130).says(&["interrupted"]);
    first.signal(Signal::TERM);
    first.end().expect(130);
    rig.file("tests/slow.sql", "-- test: slow\nselect pg_sleep(600);\n-- expect: no rows\n");
    let tests = rig.start(&["test"]);
    rig.await_busy("stops");
    tests.signal(Signal::INT);
    tests.end().expect(130);
}

/// A statement that fails as often as told, as a server under load would: sequences do not roll back.
fn refused(times: u32, code: &str) -> String {
    format!(
        "insert into mark values (2);\ndo $$ begin if nextval('attempts') <= {times} then \
         raise exception 'could not serialize access due to concurrent update' using errcode = '{code}'; \
         end if; end $$;\n"
    )
}

#[test]
fn a_step_that_others_kept_from_committing_is_tried_again() {
    let Some(rig) = Rig::new() else { return };
    waiting_run(&rig);
    rig.change(
        "V1__table",
        "create table mark (change integer);\ncreate sequence attempts;\ninsert into mark values (1);\n",
    );
    rig.change("V2__long", &refused(2, "40001"));
    rig.vesto(&["apply"]).expect(0).says(&[
        "tried again in",
        "(1 of 4)",
        "(2 of 4)",
        "could not serialize",
        "3 changes applied",
    ]);
    assert_eq!(rig.ask("stops", "select string_agg(change::text, ',') from mark"), "1,2,3");
    assert_eq!(rig.ask("stops", ENTRIES), "V1 applied,V2 applied,V3 applied");
}

#[test]
fn it_is_tried_again_only_so_often_and_only_for_what_passes() {
    let Some(rig) = Rig::new() else { return };
    waiting_run(&rig);
    rig.change(
        "V1__table",
        "create table mark (change integer);\ncreate sequence attempts;\ninsert into mark values (1);\n",
    );
    rig.change("V2__long", &refused(5, "40P01"));
    rig.vesto(&["apply", "--format", "json"]).expect(6).says(&["step-retried", "\"repetition\":4"]);
    assert_eq!(rig.ask("stops", "select last_value from attempts"), "5");
    assert_eq!(rig.ask("stops", ENTRIES), "V1 applied,V2 failed");
    rig.change("V2__long", &refused(6, "P0001"));
    rig.vesto(&["apply"]).expect(6);
    assert_eq!(rig.ask("stops", "select last_value from attempts"), "6");
    rig.vesto(&["apply"]).expect(0);
    assert_eq!(rig.ask("stops", "select string_agg(change::text, ',') from mark"), "1,2,3");
}

/// Whenever the wish comes: what was announced is either sent and recorded, or taken back.
#[test]
fn statements_that_are_sent_alone_are_never_left_in_doubt_by_one_signal() {
    let Some(rig) = Rig::new() else { return };
    rig.local("postgres", "stops");
    rig.change("V001__table", "create table mark (change integer);\n");
    for number in 2..=60 {
        rig.change(
            &format!("V{number:03}__alone"),
            &format!(
                "-- vesto: transaction=none\n{}insert into mark values ({number});\n",
                ["", "-- vesto: timeout=1m\n"][number % 2]
            ),
        );
    }
    let marks = "select count(*) || ' ' || count(distinct change) from mark";
    for round in 0..12 {
        let vesto = rig.start(&["apply", "--quiet"]);
        rig.await_some("stops", "select count(*) from vesto.journal", round % 4);
        vesto.signal(Signal::INT);
        let ended = vesto.end();
        assert!(matches!(ended.code, Some(0 | 130)), "{ended:?}");
        rig.vesto(&["apply", "--quiet"]).expect(0);
        assert_eq!(rig.ask("stops", marks), "59 59");
        rig.ask("stops", "drop schema vesto cascade; drop table mark");
    }
}
