//! Hand-made runs that the tests of all reporters share.

use std::time::Duration;

use super::Reporter;
use crate::ports::Rows;
use crate::run::{ChangeAction, Event, Proof, RunOutcome, StatementFailure, Verdict};
use crate::text::Location;

/// Where the snapshots lie.
pub(super) fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../tests/data/report");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

/// Plays events to a reporter that must take them all.
pub(super) fn rendered(reporter: &mut dyn Reporter, events: &[Event]) {
    for event in events {
        assert!(reporter.event(event).is_ok());
    }
    assert!(reporter.finish().is_ok());
}

/// Two changes stand, one fails, one is not started.
pub(super) fn failed_apply() -> Vec<Event> {
    vec![
        run_started("apply", "real", 4),
        started("V00001", "create orders"),
        applied("V00001", 12),
        started("V00002", "fill orders"),
        answered("V00002"),
        applied("V00002", 1240),
        Event::Warned { message: "statistics of `orders` are missing".into() },
        started("V00003", "orders by day"),
        Event::ChangeFailed { id: "V00003".into(), failure: refusal(), duration: millis(3) },
        Event::ChangeSkipped { id: "V00004".into() },
        run_finished(1260, RunOutcome::Failed),
    ]
}

/// The connection breaks while two changes are on their way.
pub(super) fn lost_apply() -> Vec<Event> {
    let failure = StatementFailure {
        statement: 1,
        message: "connection closed".into(),
        code: None,
        detail: None,
        hint: Some("run `vesto status` once the server is back".into()),
        location: None,
        lost: true,
    };
    vec![
        run_started("apply", "real", 3),
        started("DDL_v01.a", "DDL_v01.a"),
        started("DDL_v01.b", "DDL_v01.b"),
        Event::ChangeFailed { id: "DDL_v01.a".into(), failure, duration: millis(30_000) },
        run_finished(30_000, RunOutcome::Interrupted),
    ]
}

/// One change is rolled back.
pub(super) fn rollback() -> Vec<Event> {
    let finished = Event::ChangeFinished {
        id: "V00002".into(),
        action: ChangeAction::RolledBack,
        statements: 1,
        duration: millis(1_118),
    };
    vec![
        run_started("rollback", "real", 1),
        started("V00002", "fill orders"),
        finished,
        run_finished(1_180, RunOutcome::Done),
    ]
}

/// Each verdict once, in two suites.
pub(super) fn tests() -> Vec<Event> {
    let failed = Verdict::Failed {
        message: "row 2 of 2 differs".into(),
        expected: "F | 10\nO | 12".into(),
        actual: "F | 10\nO | 13".into(),
    };
    vec![
        run_started("test", "double", 5),
        test("orders", "by status", Verdict::Passed),
        test("orders", "by day", failed),
        test("regions", "bad region is refused", Verdict::Errored { failure: refusal() }),
        test("regions", "needs Spectrum", Verdict::Skipped { reason: "the double has no Spectrum".into() }),
        run_finished(2_000, RunOutcome::TestsFailed),
    ]
}

/// Each finding about a rollback once, the last change not reached.
pub(super) fn proofs() -> Vec<Event> {
    let kept = vec!["table sales.orders_bckup_20261121053000123".into()];
    let different = Proof::Wrong {
        message: "its rollback does not give back what was there before".into(),
        differences: vec![
            "index sales.by_day: was not there before".into(),
            "table sales.orders: comment: `\u{1b}[2J` is new".into(),
        ],
        failure: None,
        hints: Vec::new(),
    };
    let refused = Proof::Wrong {
        message: "its rollback fails".into(),
        differences: Vec::new(),
        failure: Some(refusal()),
        hints: vec!["write another".into()],
    };
    let findings = [
        ("V00001", Proof::Proven { kept: Vec::new() }),
        ("V00002", Proof::Proven { kept }),
        ("V00003", Proof::Irreversible),
        ("V00004", Proof::LeftOut { reason: "it concerns roles".into() }),
        ("V00005", different),
        ("V00006", refused),
        ("V00007", Proof::Errored { failure: refusal() }),
        ("V00008", Proof::NotStarted),
    ];
    let mut events = vec![run_started("prove", "double", findings.len())];
    for (id, proof) in findings {
        if proof != Proof::NotStarted {
            events.push(started(id, &format!("{id}__t.sql")));
        }
        let (id, project) = (id.to_owned(), "warehouse".to_owned());
        events.push(Event::ChangeProven { id, project, proof, duration: millis(80) });
    }
    events.push(run_finished(640, RunOutcome::Failed));
    events
}

/// Data and names that try to look like something else.
pub(super) fn hostile() -> Vec<Event> {
    let evil = "\u{1b}[2J]]>\0\u{9b}1m\n  applied      V9\r</testsuite>&\"'\u{202e}\u{ffff}".to_owned();
    let failure = StatementFailure {
        statement: 0,
        message: evil.clone(),
        code: Some(evil.clone()),
        detail: Some(evil.clone()),
        hint: Some(evil.clone()),
        location: Some(Location { path: evil.clone(), line: 7, column: 2, width: 1, text: evil.replace('\n', "") }),
        lost: false,
    };
    let failed = Verdict::Failed { message: evil.clone(), expected: evil.clone(), actual: "x\n".into() };
    let rows = Rows { columns: vec![evil.clone()], rows: vec![vec![Some(evil.clone())]] };
    vec![
        run_started("apply", "real", 1),
        Event::ChangeStarted { id: evil.clone(), title: format!("title {evil}") },
        Event::ChangeAnswered { id: evil.clone(), statement: 0, rows },
        Event::Warned { message: evil.clone() },
        Event::ChangeFailed { id: evil.clone(), failure, duration: millis(1) },
        test(&evil, &evil, failed),
        test(&evil, &evil, Verdict::Skipped { reason: evil.clone() }),
        run_finished(5, RunOutcome::Failed),
    ]
}

/// The end of a run that was stopped on request.
pub(super) fn interrupted() -> Event {
    run_finished(20, RunOutcome::Interrupted)
}

/// A run that had nothing to do.
pub(super) fn empty(command: &'static str) -> Vec<Event> {
    vec![run_started(command, "real", 0), run_finished(12, RunOutcome::Done)]
}

fn run_started(command: &'static str, server: &'static str, total: usize) -> Event {
    Event::RunStarted {
        run: "6f1c2a9e-0000-4000-8000-000000000001".into(),
        command,
        target: "dev".into(),
        server,
        at: "2026-11-21T05:30:00Z".into(),
        total,
    }
}

fn run_finished(duration: u64, outcome: RunOutcome) -> Event {
    Event::RunFinished { at: "2026-11-21T05:30:02Z".into(), duration: millis(duration), outcome }
}

fn started(id: &str, title: &str) -> Event {
    Event::ChangeStarted { id: id.into(), title: title.into() }
}

fn applied(id: &str, duration: u64) -> Event {
    Event::ChangeFinished { id: id.into(), action: ChangeAction::Applied, statements: 2, duration: millis(duration) }
}

fn answered(id: &str) -> Event {
    let row = |status: Option<&str>, count: &str| vec![status.map(str::to_owned), Some(count.to_owned())];
    let rows = Rows {
        columns: vec!["o_orderstatus".into(), "count".into()],
        rows: vec![row(Some("F"), "10"), row(None, "1234")],
    };
    Event::ChangeAnswered { id: id.into(), statement: 1, rows }
}

fn test(suite: &str, name: &str, verdict: Verdict) -> Event {
    let location = Location {
        path: "tests/orders.sql".into(),
        line: 12,
        column: 1,
        width: 6,
        text: "select o_orderstatus, count(*) from orders group by 1 order by 1;".into(),
    };
    Event::TestFinished {
        suite: suite.into(),
        name: name.into(),
        verdict,
        location: Some(location),
        duration: Duration::from_micros(1_118_400),
    }
}

fn refusal() -> StatementFailure {
    let location = Location {
        path: "changes/V00003__orders_by_day.sql".into(),
        line: 3,
        column: 8,
        width: 5,
        text: "  from ordres".into(),
    };
    StatementFailure {
        statement: 0,
        message: "relation \"ordres\" does not exist".into(),
        code: Some("42P01".into()),
        detail: Some("looked in schemas public\nand pg_catalog".into()),
        hint: Some("did you mean `orders`?".into()),
        location: Some(location),
        lost: false,
    }
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}
