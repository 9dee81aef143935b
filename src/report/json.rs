//! A run for programs: one JSON object a line, version 1.
//!
//! Every line holds `version`, `run` (`null` before a run began) and `event`, so that each can be read alone, even where
//! the lines of several runs are mixed. Names of events and of their states are in kebab case, names of fields in snake
//! case. Durations are milliseconds with at most three decimals; statements are counted from 1, as in the text report.
//! A field that has no value is `null`, never absent. A new field raises the version.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::Reporter;
use super::proof::DECLARED;
use super::tally::Tally;
use super::visible::is_hidden;
use crate::run::{ChangeAction, Event, Proof, RunOutcome, StatementFailure, Verdict};
use crate::text::Location;

const VERSION: u32 = 1;

/// The line that tells why a command ended without doing what was asked: the last one, with the run if one had begun.
///
/// # Errors
///
/// Fails if the texts cannot be written as JSON.
pub fn json_failure(
    run: Option<&str>,
    code: u8,
    message: &str,
    causes: &[String],
    hints: &[String],
) -> io::Result<String> {
    line(&Line { version: VERSION, run, body: Body::Failed { code, message, causes, hints } })
}

/// Writes one JSON object for each event.
pub struct JsonReporter<W> {
    out: W,
    run: Option<String>,
    tally: Tally,
}

impl<W: Write> JsonReporter<W> {
    /// A reporter that writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, run: None, tally: Tally::default() }
    }
}

impl<W: Write + Send> Reporter for JsonReporter<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if let Event::RunStarted { run, .. } = event {
            self.run = Some(run.clone());
        }
        self.tally.note(event);
        let body = Body::new(event, &self.tally);
        let text = line(&Line { version: VERSION, run: self.run.as_deref(), body })?;
        self.out.write_all(text.as_bytes())?;
        // Whoever reads along wants the line now, and a process that is killed must not take it away.
        self.out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn line(line: &Line<'_>) -> io::Result<String> {
    let mut text = plain(&serde_json::to_string(line)?);
    text.push('\n');
    Ok(text)
}

/// Escapes what JSON allows in strings and terminals obey; outside of strings these characters do not occur.
fn plain(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if is_hidden(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

#[derive(Serialize)]
struct Line<'a> {
    version: u32,
    run: Option<&'a str>,
    #[serde(flatten)]
    body: Body<'a>,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Body<'a> {
    RunStarted { command: &'a str, target: &'a str, server: &'a str, at: &'a str, total: usize },
    ChangeStarted { id: &'a str, title: &'a str },
    ChangeAnswered { id: &'a str, statement: usize, columns: &'a [String], rows: &'a [Vec<Option<String>>] },
    ChangeFinished { id: &'a str, action: &'static str, statements: usize, duration_ms: f64 },
    ChangeFailed { id: &'a str, failure: Failure<'a>, duration_ms: f64 },
    StepRetried { id: &'a str, repetition: u32, most: u32, pause_ms: f64, message: &'a str },
    ChangeSkipped { id: &'a str },
    TestFinished(Test<'a>),
    ChangeProven(Tried<'a>),
    Warned { message: &'a str },
    RunFinished { at: &'a str, duration_ms: f64, outcome: &'static str, changes: Changes, tests: Tests },
    Failed { code: u8, message: &'a str, causes: &'a [String], hints: &'a [String] },
}

#[derive(Serialize)]
struct Test<'a> {
    suite: &'a str,
    name: &'a str,
    location: Option<Place<'a>>,
    duration_ms: f64,
    #[serde(flatten)]
    verdict: Ending<'a>,
}

#[derive(Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
enum Ending<'a> {
    Passed,
    Failed { message: &'a str, expected: &'a str, actual: &'a str },
    Errored { failure: Failure<'a> },
    Skipped { reason: &'a str },
}

#[derive(Serialize)]
struct Tried<'a> {
    id: &'a str,
    project: &'a str,
    duration_ms: f64,
    #[serde(flatten)]
    proof: Finding<'a>,
}

#[derive(Serialize)]
#[serde(tag = "proof", rename_all = "kebab-case")]
enum Finding<'a> {
    Proven { kept_aside: &'a [String] },
    Irreversible { reason: &'a str },
    LeftOut { reason: &'a str },
    Failed { message: &'a str, differences: &'a [String], failure: Option<Failure<'a>>, hints: &'a [String] },
    Errored { failure: Failure<'a> },
    NotStarted,
}

#[derive(Serialize)]
struct Failure<'a> {
    statement: usize,
    message: &'a str,
    sqlstate: Option<&'a str>,
    detail: Option<&'a str>,
    hint: Option<&'a str>,
    location: Option<Place<'a>>,
    in_doubt: bool,
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    text: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct Changes {
    applied: usize,
    rolled_back: usize,
    failed: usize,
    in_doubt: usize,
    unfinished: usize,
    not_started: usize,
}

/// Of tests, and of changes whose rollback was tried: each is a test too.
#[derive(Debug, Serialize)]
pub(super) struct Tests {
    passed: usize,
    failed: usize,
    errored: usize,
    skipped: usize,
    not_run: usize,
}

impl<'a> Body<'a> {
    fn new(event: &'a Event, tally: &Tally) -> Self {
        match event {
            Event::RunStarted { command, target, server, at, total, run: _ } => {
                Self::RunStarted { command, target, server, at, total: *total }
            }
            Event::ChangeStarted { id, title } => Self::ChangeStarted { id, title },
            Event::ChangeAnswered { id, statement, rows } => {
                Self::ChangeAnswered { id, statement: statement + 1, columns: &rows.columns, rows: &rows.rows }
            }
            Event::ChangeFinished { id, action, statements, duration } => Self::ChangeFinished {
                id,
                action: action_name(*action),
                statements: *statements,
                duration_ms: millis(*duration),
            },
            Event::StepRetried { id, repetition, most, pause, message } => {
                Self::StepRetried { id, repetition: *repetition, most: *most, pause_ms: millis(*pause), message }
            }
            Event::ChangeFailed { id, failure, duration } => {
                Self::ChangeFailed { id, failure: Failure::new(failure), duration_ms: millis(*duration) }
            }
            Event::ChangeSkipped { id } => Self::ChangeSkipped { id },
            Event::TestFinished { suite, name, verdict, location, duration } => Self::TestFinished(Test {
                suite,
                name,
                location: location.as_ref().map(Place::new),
                duration_ms: millis(*duration),
                verdict: Ending::new(verdict),
            }),
            Event::ChangeProven { id, project, proof, duration } => {
                Self::ChangeProven(Tried { id, project, duration_ms: millis(*duration), proof: Finding::new(proof) })
            }
            Event::Warned { message } => Self::Warned { message },
            Event::RunFinished { at, duration, outcome } => Self::RunFinished {
                at,
                duration_ms: millis(*duration),
                outcome: outcome_name(*outcome),
                changes: Changes::new(tally),
                tests: Tests::new(tally),
            },
        }
    }
}

impl<'a> Ending<'a> {
    fn new(verdict: &'a Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::Passed,
            Verdict::Failed { message, expected, actual } => Self::Failed { message, expected, actual },
            Verdict::Errored { failure } => Self::Errored { failure: Failure::new(failure) },
            Verdict::Skipped { reason } => Self::Skipped { reason },
        }
    }
}

impl<'a> Finding<'a> {
    fn new(proof: &'a Proof) -> Self {
        match proof {
            Proof::Proven { kept } => Self::Proven { kept_aside: kept },
            Proof::Irreversible => Self::Irreversible { reason: DECLARED },
            Proof::LeftOut { reason } => Self::LeftOut { reason },
            Proof::Wrong { message, differences, failure, hints } => {
                Self::Failed { message, differences, failure: failure.as_ref().map(Failure::new), hints }
            }
            Proof::Errored { failure } => Self::Errored { failure: Failure::new(failure) },
            Proof::NotStarted => Self::NotStarted,
        }
    }
}

impl<'a> Failure<'a> {
    fn new(failure: &'a StatementFailure) -> Self {
        let StatementFailure { statement, message, code, detail, hint, location, lost } = failure;
        Self {
            statement: statement + 1,
            message,
            sqlstate: code.as_deref(),
            detail: detail.as_deref(),
            hint: hint.as_deref(),
            location: location.as_ref().map(Place::new),
            in_doubt: *lost,
        }
    }
}

impl<'a> Place<'a> {
    fn new(location: &'a Location) -> Self {
        Self { path: &location.path, line: location.line, column: location.column, text: &location.text }
    }
}

impl Changes {
    pub(super) fn new(tally: &Tally) -> Self {
        Self {
            applied: tally.applied,
            rolled_back: tally.rolled_back,
            failed: tally.failed,
            in_doubt: tally.in_doubt,
            unfinished: tally.unfinished(),
            not_started: tally.not_started(),
        }
    }
}

impl Tests {
    pub(super) fn new(tally: &Tally) -> Self {
        let (tests, proofs) = (&tally.tests, &tally.proofs);
        Self {
            passed: tests.passed + proofs.proven + proofs.kept_aside,
            failed: tests.failed + proofs.wrong,
            errored: tests.broken + proofs.errored,
            skipped: tests.skipped + proofs.irreversible + proofs.left_out,
            not_run: tally.tests_not_run() + tally.not_proven(),
        }
    }
}

/// Names in the wire format are written here and not taken from the type, so that renaming one breaks no reader.
fn action_name(action: ChangeAction) -> &'static str {
    match action {
        ChangeAction::Applied => "applied",
        ChangeAction::RolledBack => "rolled-back",
    }
}

pub(super) fn outcome_name(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Done => "done",
        RunOutcome::Failed => "failed",
        RunOutcome::TestsFailed => "tests-failed",
        RunOutcome::Interrupted => "interrupted",
    }
}

pub(super) fn millis(duration: Duration) -> f64 {
    // One division of a whole number gives the double closest to the decimal, so it prints short.
    duration.as_micros() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{self, rendered};

    fn lines(events: &[Event]) -> String {
        let mut bytes = Vec::new();
        rendered(&mut JsonReporter::new(&mut bytes), events);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn snapshot(name: &str, text: &str) {
        samples::settings().bind(|| insta::assert_snapshot!(name, text));
    }

    #[test]
    fn every_event_is_a_line() {
        snapshot("json_failed_apply", &lines(&samples::failed_apply()));
        snapshot("json_tests", &lines(&samples::tests()));
        snapshot("json_proofs", &lines(&samples::proofs()));
    }

    #[test]
    fn every_line_can_be_read_alone() {
        let runs = [samples::failed_apply(), samples::lost_apply(), samples::rollback(), samples::tests()];
        for events in runs {
            let text = lines(&events);
            assert_eq!(text.lines().count(), events.len());
            for line in text.lines() {
                let value: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
                assert_eq!(value["version"], 1, "{line}");
                assert_eq!(value["run"], "6f1c2a9e-0000-4000-8000-000000000001", "{line}");
                assert!(value["event"].is_string(), "{line}");
            }
        }
        let warned = lines(&[Event::Warned { message: "early".into() }]);
        assert_eq!(warned, "{\"version\":1,\"run\":null,\"event\":\"warned\",\"message\":\"early\"}\n");
    }

    #[test]
    fn a_failure_is_a_line() {
        let (causes, hints) = (["no\u{1b}route".to_owned()], ["look".to_owned()]);
        let told = json_failure(Some("r"), 7, "lost\nit", &causes, &hints).unwrap_or_default();
        let expected = r#"{"version":1,"run":"r","event":"failed","code":7,"message":"lost\nit","causes":["no\u001broute"],"hints":["look"]}"#;
        assert_eq!(told, format!("{expected}\n"));
    }

    #[test]
    fn data_come_back_as_they_were_and_steer_no_terminal() {
        let events = samples::hostile();
        let text = lines(&events);
        assert!(!text.chars().any(|c| c != '\n' && is_hidden(c)), "{text}");
        let Event::Warned { message } = &events[3] else { panic!("the fourth event is a warning") };
        let line = text.lines().nth(3).unwrap_or_default();
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        assert_eq!(value["message"], *message);
    }

    #[test]
    fn durations_print_short() {
        for micros in [0, 1, 1_118_000, 1_122_001, 86_400_000_001] {
            let shown = serde_json::to_string(&millis(Duration::from_micros(micros))).unwrap_or_default();
            assert!(shown.split_once('.').is_some_and(|(_, decimals)| decimals.len() <= 3), "{shown}");
        }
    }
}
