//! One run at a time: who waits, for how long, and what becomes of a lock whose holder is gone. The same for each sort of
//! lock; what only the lock with a fence does is in `fence`.

use std::time::Duration;

use rustix::process::Signal;

use crate::rig::{Ended, Rig, Sql};

/// More than this beyond its time-out a run must not wait.
const SLACK: Duration = Duration::from_secs(2);

/// The sorts of locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// PostgreSQL's, which ends with the session.
    Advisory,
    /// Redshift's: a row with an expiry, and a fence.
    Fence,
}

/// A test for each sort of lock.
macro_rules! conformance {
    ($($test:ident),+ $(,)?) => {
        mod advisory {
            $(#[test]
            fn $test() {
                super::$test(super::Sort::Advisory);
            })+
        }
        mod fence {
            $(#[test]
            fn $test() {
                super::$test(super::Sort::Fence);
            })+
        }
    };
}

conformance!(
    the_second_run_waits_as_long_as_it_may_and_works_after_the_first,
    whatever_came_of_a_run_it_gives_the_lock_back,
    several_first_runs_at_once_all_work,
    a_killed_holder_is_followed_at_once_when_its_session_is_gone,
    a_holder_that_is_stopped_on_request_gives_the_lock_back,
    a_statement_may_take_longer_than_any_term,
);

/// A project on a database with this sort of lock. Its transactions see what `repeatable read` sees, which is what
/// Redshift's default, `SNAPSHOT`, comes closest to.
fn project(sort: Sort) -> Option<Rig> {
    let rig = Rig::new()?;
    match sort {
        Sort::Advisory => {
            create_database(&rig, "d", "repeatable read");
            rig.local("postgres", "d");
        }
        Sort::Fence => fenced(&rig, "d", "repeatable read", "2s"),
    }
    Some(rig)
}

fn create_database(rig: &Rig, database: &str, isolation: &str) {
    let mut maintenance = rig.session("postgres");
    maintenance.ask(&format!("create database {database}"));
    maintenance.ask(&format!("alter database {database} set default_transaction_isolation = '{isolation}'"));
}

/// A target that is taken for a Redshift cluster. Its clock can be set ahead of the client's.
pub(crate) fn fenced(rig: &Rig, database: &str, isolation: &str, term: &str) {
    create_database(rig, database, isolation);
    let mut session = rig.session(database);
    session.ask("create schema test; create table test.clock (ahead interval); insert into test.clock values ('0')");
    session.ask(
        "create function getdate() returns timestamp language sql as \
         $$ select date_trunc('second', clock_timestamp() at time zone 'UTC' + ahead)::timestamp from test.clock $$",
    );
    session.ask(
        "create view stv_sessions as select backend_start::timestamp as starttime, pid as process \
         from pg_stat_activity where pid is not null",
    );
    let address = &rig.address;
    rig.target(&format!(
        "kind = redshift\nendpoint = {}\nport = {}\nuser = {}\ndatabase = {database}\nsslmode = disable\n\
         lock_term = {term}",
        address.socket_directory.display(),
        address.port,
        address.superuser
    ));
}

/// Three changes, the second of which waits for what the session returned here holds.
pub(crate) fn blocked_run(rig: &Rig, database: &str) -> Sql {
    rig.change("V1__table", "create table mark (change integer);\ninsert into mark values (1);\n");
    rig.change("V2__long", "insert into mark values (2);\n");
    rig.change("V3__after", "insert into mark values (3);\n");
    rig.vesto(&["apply", "--to", "V1"]).expect(0);
    let mut blocker = rig.session(database);
    blocker.ask("begin; lock table mark in access exclusive mode");
    blocker
}

/// Each change that ran, as often as it ran.
pub(crate) const MARKS: &str = "select string_agg(change::text, ',' order by change) from mark";
pub(crate) const ENTRIES: &str =
    "select string_agg(change_id, ',' order by sequence_no) from vesto.entry where action = 'applied'";

/// Tables and ledger agree, and each of the three changes ran once.
#[track_caller]
pub(crate) fn expect_each_once(rig: &Rig, database: &str) {
    assert_eq!(rig.ask(database, MARKS), "1,2,3");
    assert_eq!(rig.ask(database, ENTRIES), "V1,V2,V3");
}

/// Sessions of vesto, the heartbeat's not counted.
pub(crate) fn sessions(database: &str) -> String {
    format!(
        "select count(*) from pg_stat_activity where datname = '{database}' and application_name like 'vesto %' \
         and query not like '%vesto.holder set expires_at%'"
    )
}

#[track_caller]
pub(crate) fn refused_after(ended: Ended, wait: Duration) -> Ended {
    let took = ended.took;
    let ended = ended.expect(8).says(&["another run holds the lock of this target: ", "hint: ", "--lock-timeout"]);
    assert!(took >= wait && took < wait + SLACK, "it took {took:?}");
    ended
}

fn the_second_run_waits_as_long_as_it_may_and_works_after_the_first(sort: Sort) {
    let Some(rig) = project(sort) else { return };
    let mut blocker = blocked_run(&rig, "d");
    let first = rig.start(&["apply"]);
    rig.await_busy("d");
    let named: &[&str] = match sort {
        Sort::Advisory => &["vesto 0.", "server process", "pg_terminate_backend("],
        Sort::Fence => &[" on ", ", run ", ", fence ", "server process", "delete from vesto.holder where run_id = '"],
    };
    for (option, wait) in [("0s", 0), ("1s", 1000), ("2500ms", 2500)] {
        let second = rig.vesto(&["apply", "--lock-timeout", option]);
        refused_after(second, Duration::from_millis(wait)).says(named);
    }
    // To wait is no statement: a limit for these does not end it.
    let second = rig.vesto(&["apply", "--lock-timeout", "1s", "--timeout", "300ms"]);
    refused_after(second, Duration::from_secs(1)).says(named);
    for command in [["mark-pending", "V1"], ["rollback", "--last=1"]] {
        let second = rig.vesto(&[command[0], command[1], "--lock-timeout", "0s"]);
        refused_after(second, Duration::ZERO);
    }
    // Who only asks does not wait.
    rig.vesto(&["status"]).expect(0).says(&["V2"]);
    let impatient = rig.start(&["apply", "--lock-timeout", "60s"]);
    rig.await_answer("postgres", &sessions("d"), "2");
    impatient.signal(Signal::INT);
    impatient.end().expect(130).says(&["interrupted"]);
    let waiting = rig.start(&["apply", "--lock-timeout", "60s"]);
    rig.await_answer("postgres", &sessions("d"), "2");
    blocker.ask("rollback");
    first.end().expect(0);
    waiting.end().expect(0);
    expect_each_once(&rig, "d");
}

fn whatever_came_of_a_run_it_gives_the_lock_back(sort: Sort) {
    let Some(rig) = project(sort) else { return };
    rig.change(
        "V1__table",
        "create table mark (change integer);\ninsert into mark values (1);\n-- vesto: rollback\ndrop table mark;\n",
    );
    rig.change("V2__row", "insert into mark values (2);\n-- vesto: rollback\ndelete from mark where change = 2;\n");
    let vesto = |arguments: &[&str]| rig.vesto(&[arguments, &["--lock-timeout", "0s"]].concat());
    vesto(&["apply"]).expect(0);
    assert_eq!(rig.ask("d", "select count(*) from vesto.holder"), "0");
    rig.vesto(&["status", "--check"]).expect(0);
    vesto(&["rollback"]).expect(0);
    assert_eq!(rig.ask("d", MARKS), "1");
    rig.vesto(&["history"]).expect(0).says(&["V1", "V2", "rolled-back"]);
    vesto(&["mark-applied", "V7"]).expect(3);
    vesto(&["apply", "--to", "V7"]).expect(3);
    rig.change("V3__wrong", "insert into mark values (3);\ninsert into mark values (1 / 0);\n");
    vesto(&["apply"]).expect(6).says(&["division by zero"]);
    assert_eq!(rig.ask("d", MARKS), "1,2");
    assert_eq!(rig.ask("d", "select count(*) from vesto.holder"), "0");
    rig.change("V3__wrong", "insert into mark values (3);\n");
    vesto(&["apply"]).expect(0);
    assert_eq!(rig.ask("d", MARKS), "1,2,3");
}

fn several_first_runs_at_once_all_work(sort: Sort) {
    let Some(rig) = project(sort) else { return };
    for number in 1..=9 {
        let table = if number == 1 { "create table mark (change integer);\n" } else { "" };
        rig.change(&format!("V{number}__change"), &format!("{table}insert into mark values ({number});\n"));
    }
    for _ in 0..4 {
        rig.ask("d", "drop schema if exists vesto cascade; drop table if exists mark");
        let runs = [0; 3].map(|_| rig.start(&["apply", "--lock-timeout", "60s"]));
        for run in runs {
            run.end().expect(0);
        }
        assert_eq!(rig.ask("d", MARKS), "1,2,3,4,5,6,7,8,9");
        assert_eq!(rig.ask("d", ENTRIES), "V1,V2,V3,V4,V5,V6,V7,V8,V9");
    }
}

fn a_killed_holder_is_followed_at_once_when_its_session_is_gone(sort: Sort) {
    let Some(rig) = project(sort) else { return };
    let mut blocker = blocked_run(&rig, "d");
    let first = rig.start(&["apply"]);
    rig.await_busy("d");
    let waiting = rig.start(&["apply", "--lock-timeout", "60s"]);
    rig.await_answer("postgres", &sessions("d"), "2");
    first.kill();
    if sort == Sort::Advisory {
        // The blocker is still there: the server finds by itself that its client is gone, and ends the statement.
        rig.await_answer("postgres", &sessions("d"), "1");
    }
    blocker.ask("rollback");
    let waiting = waiting.end().expect(0);
    assert!(waiting.took < Duration::from_secs(30), "it took {:?}", waiting.took);
    expect_each_once(&rig, "d");
}

fn a_holder_that_is_stopped_on_request_gives_the_lock_back(sort: Sort) {
    let Some(rig) = project(sort) else { return };
    let mut blocker = blocked_run(&rig, "d");
    let first = rig.start(&["apply"]);
    rig.await_busy("d");
    first.signal(Signal::TERM);
    first.end().expect(130).says(&["V2", "stopped on request, and undone"]);
    blocker.ask("rollback");
    rig.vesto(&["apply", "--lock-timeout", "0s"]).expect(0);
    expect_each_once(&rig, "d");
}

fn a_statement_may_take_longer_than_any_term(sort: Sort) {
    let Some(rig) = project(sort) else { return };
    let mut blocker = blocked_run(&rig, "d");
    let first = rig.start(&["apply"]);
    rig.await_busy("d");
    let begun = rig.ask("d", "select clock_timestamp()");
    let long = format!("select clock_timestamp() > timestamptz '{begun}' + interval '5 seconds'");
    rig.await_answer("d", &long, "t");
    refused_after(rig.vesto(&["apply", "--lock-timeout", "0s"]), Duration::ZERO);
    blocker.ask("rollback");
    first.end().expect(0);
    expect_each_once(&rig, "d");
}
