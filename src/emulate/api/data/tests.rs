//! Statements and sessions through time.

use std::time::Duration;

use time::OffsetDateTime;
use time::macros::datetime;

use super::book::{Book, Cancelled, Ended};
use super::statement::{Asked, Status, Target};
use crate::emulate::api::behind::Login;

const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);

fn after(seconds: u64) -> OffsetDateTime {
    NOW + Duration::from_secs(seconds)
}

fn asked(statements: &[&str]) -> Asked {
    let target = Target {
        cluster: "c".into(),
        as_workgroup: false,
        database: "dev".into(),
        login: Login::Admin,
        user: Some("alice".into()),
        secret: None,
    };
    Asked {
        target,
        statements: statements.iter().map(|&sql| sql.to_owned()).collect(),
        parameters: Vec::new(),
        is_batch: statements.len() > 1,
        auto_commit: false,
        csv: false,
        name: None,
        session: None,
    }
}

fn book(statements: &[&str]) -> Book {
    let mut book = Book::default();
    book.submit("s".into(), asked(statements), Some("t".into()), None, NOW).unwrap();
    book
}

fn ended(outcome: Result<u64, &str>) -> Ended {
    let outcome = outcome.map(|count| (count, None)).map_err(str::to_owned);
    Ended { duration: Duration::from_secs(1), outcome }
}

fn status(book: &mut Book) -> (Status, Vec<Status>) {
    let (statement, _) = book.find("s", NOW).unwrap();
    (statement.status, statement.parts.iter().map(|part| part.status).collect())
}

#[test]
fn a_statement_runs_to_its_end() {
    let mut book = book(&["select 1"]);
    assert!(book.advance("s", Status::Picked, None, after(1)));
    assert!(book.advance("s", Status::Started, None, after(2)));
    assert!(book.begin_part("s", 0, after(2)));
    book.end_part("s", 0, ended(Ok(5)), after(3));
    book.end("s", None, Duration::from_secs(1), after(3));
    assert_eq!(status(&mut book), (Status::Finished, vec![Status::Finished]));
    let told = book.find("s", after(3)).unwrap().0.describe();
    assert_eq!((&told["ResultRows"], &told["Duration"]), (&5.into(), &1_000_000_000_u64.into()));
    assert!(!book.advance("s", Status::Started, None, after(4)), "what has ended does not begin again");
}

#[test]
fn what_follows_a_failure_is_aborted() {
    let mut book = book(&["a", "b", "c"]);
    book.begin_part("s", 0, NOW);
    book.end_part("s", 0, ended(Ok(1)), NOW);
    book.begin_part("s", 1, NOW);
    book.end_part("s", 1, ended(Err("ERROR: no")), NOW);
    book.end("s", Some("Query #2 failed with ERROR: no".into()), Duration::ZERO, NOW);
    assert_eq!(status(&mut book), (Status::Failed, vec![Status::Finished, Status::Failed, Status::Aborted]));
    assert_eq!(book.find("s:2", NOW).unwrap().1, Some(1));
    for wrong in ["s:0", "s:4", "s:x", "other"] {
        assert!(book.find(wrong, NOW).is_err(), "{wrong}");
    }
}

#[test]
fn a_statement_that_nobody_picked_is_aborted_at_once() {
    let mut book = book(&["select 1"]);
    assert!(matches!(book.cancel("s", NOW), Ok(Cancelled::Before)));
    assert_eq!(status(&mut book), (Status::Aborted, vec![Status::Aborted]));
    assert!(!book.advance("s", Status::Picked, None, NOW));
    let refusal = book.cancel("s", NOW).map(drop).unwrap_err();
    assert_eq!(refusal.message, "Could not cancel a query that is already in ABORTED state with ID: s");
}

#[test]
fn statements_are_kept_for_a_day_after_their_end() {
    let day = 24 * 60 * 60;
    let mut book = book(&["select 1"]);
    assert!(book.find("s", after(2 * day)).is_ok(), "it has not ended");
    book.end("s", None, Duration::ZERO, after(2));
    assert!(book.find("s", after(day - 1)).is_ok());
    assert_eq!(book.find("s", after(day)).map(drop).unwrap_err().code, "ResourceNotFoundException");
}

#[test]
fn a_token_stands_for_one_request() {
    let book = book(&["select 1"]);
    assert!(book.repeated("t", &asked(&["select 1"])).unwrap().is_some());
    assert!(book.repeated("u", &asked(&["select 1"])).unwrap().is_none());
    assert_eq!(book.repeated("t", &asked(&["select 2"])).map(drop).unwrap_err().code, "ValidationException");
}

#[test]
fn a_session_is_closed_when_its_time_is_over() {
    let mut book = Book::default();
    let with_session = Asked { session: Some("x".into()), ..asked(&["select 1"]) };
    book.submit("s".into(), with_session.clone(), None, Some(Duration::from_secs(60)), NOW).unwrap();
    assert_eq!(book.idle_session("x").map(drop).unwrap_err().code, "ValidationException");
    assert_eq!(book.close_sessions(after(999)), [""; 0], "a statement runs in it");
    assert_eq!(book.leave("x", true, after(10)), Some(after(70)));
    assert!(book.idle_session("x").is_ok());
    assert_eq!(book.close_sessions(after(69)), [""; 0]);
    // Each statement gives it its time anew.
    book.submit("s2".into(), with_session, None, None, after(69)).unwrap();
    book.leave("x", true, after(70));
    assert_eq!(book.close_sessions(after(129)), [""; 0]);
    assert_eq!(book.close_sessions(after(130)), ["x"]);
    assert_eq!(book.idle_session("x").map(drop).unwrap_err().code, "ResourceNotFoundException");
}

#[test]
fn sessions_end_with_their_cluster() {
    let mut book = Book::default();
    for (statement, session) in [("s", "x"), ("s2", "y")] {
        let asked = Asked { session: Some(session.into()), ..asked(&["select 1"]) };
        book.submit(statement.into(), asked, None, Some(Duration::from_secs(60)), NOW).unwrap();
    }
    book.leave("x", true, NOW);
    assert_eq!(book.close_sessions_of("other", NOW), [""; 0]);
    assert_eq!(book.close_sessions_of("c", NOW), ["x"], "what runs in the other finds out by itself");
}

#[test]
fn there_are_only_so_many_at_a_time() {
    let mut book = Book::default();
    for number in 0..500 {
        book.submit(number.to_string(), asked(&["select 1"]), None, None, NOW).unwrap();
    }
    let more = book.submit("500".into(), asked(&["select 1"]), None, None, NOW);
    assert_eq!(more.unwrap_err().code, "ActiveStatementsExceededException");
}
