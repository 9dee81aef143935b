//! A run for build servers: JUnit XML that Jenkins' schema accepts.
//!
//! A change is a test case of the suite `apply` or `rollback` with the target as its class; a SQL test is one of its own
//! suite with `target.suite` as its class. An answer that differs is a `<failure>`, a statement that did not run an `<error>`.
//! A change whose rollback was tried is a test case of the suite `prove` with the project as its class: a `<failure>` if the
//! rollback is wrong or missing, an `<error>` if it could not be applied.
//! Results of queries are not in it: they are answers, not findings.

use std::io::{self, Write};
use std::time::Duration;

use super::json::outcome_name;
use super::paint::Paint;
use super::xml::Xml;
use super::{Reporter, explain, proof};
use crate::run::{Event, Proof, RunOutcome, StatementFailure, Verdict};
use crate::text::Location;

/// Collects events and writes one document when all is over.
pub struct JunitReporter<W> {
    out: W,
    runs: Vec<Run>,
}

#[derive(Default)]
struct Run {
    id: String,
    command: &'static str,
    target: String,
    server: &'static str,
    at: String,
    outcome: Option<RunOutcome>,
    suites: Vec<Suite>,
    warnings: Vec<String>,
}

struct Suite {
    name: String,
    cases: Vec<Case>,
}

struct Case {
    class: String,
    name: String,
    time: Duration,
    ending: Ending,
}

enum Ending {
    /// Announced; nothing was heard of it since.
    Open,
    Passed,
    Failure {
        message: String,
        text: String,
    },
    Error {
        kind: String,
        message: String,
        text: String,
    },
    Skipped {
        message: String,
    },
}

impl<W: Write> JunitReporter<W> {
    /// A reporter that writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, runs: Vec::new() }
    }

    /// The run that events belong to; there is one even if its start was never told.
    fn with_run(&mut self, note: impl FnOnce(&mut Run)) {
        if self.runs.is_empty() {
            self.runs.push(Run::default());
        }
        if let Some(run) = self.runs.last_mut() {
            note(run);
        }
    }
}

impl<W: Write + Send> Reporter for JunitReporter<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted { run, command, target, server, at, total: _ } => {
                // What was told before the first run began belongs to it.
                let early = self.runs.pop_if(|run| run.suites.is_empty() && run.id.is_empty());
                self.runs.push(Run {
                    warnings: early.unwrap_or_default().warnings,
                    ..Run::new(run, command, target, server, at)
                });
            }
            Event::ChangeStarted { id, .. } => self.with_run(|run| run.change(id, Duration::ZERO, Ending::Open)),
            Event::ChangeAnswered { .. } => {}
            Event::ChangeFinished { id, duration, .. } => {
                self.with_run(|run| run.change(id, *duration, Ending::Passed));
            }
            Event::ChangeFailed { id, failure, duration } => {
                self.with_run(|run| run.change(id, *duration, Ending::error(failure)));
            }
            Event::ChangeSkipped { id } => {
                let ending = Ending::Skipped { message: proof::NOT_STARTED.to_owned() };
                self.with_run(|run| run.change(id, Duration::ZERO, ending));
            }
            Event::TestFinished { suite, name, verdict, location, duration } => {
                let ending = Ending::of_test(verdict, location.as_ref());
                self.with_run(|run| run.test(suite, name, *duration, ending));
            }
            Event::StepRetried { id, repetition, most, pause, message } => {
                let words = explain::retried(id, *repetition, *most, *pause, message);
                self.with_run(|run| run.warnings.push(words));
            }
            Event::ChangeProven { id, project, proof, duration } => {
                self.with_run(|run| run.proof(project, id, *duration, Ending::of_proof(proof)));
            }
            Event::Warned { message } => self.with_run(|run| run.warnings.push(message.clone())),
            Event::RunFinished { outcome, .. } => self.with_run(|run| run.outcome = Some(*outcome)),
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let mut xml = Xml::new();
        let suites = || self.runs.iter().flat_map(|run| &run.suites);
        let attributes = Counts::of(suites().flat_map(|suite| &suite.cases)).attributes();
        // The schema knows no `skipped` here.
        let attributes: Vec<_> = attributes.iter().filter(|(key, _)| *key != "skipped").collect();
        let attributes: Vec<_> = attributes.iter().map(|(key, value)| (*key, value.as_str())).collect();
        xml.element("testsuites", &[[("name", "vesto")].as_slice(), &attributes].concat(), |xml| {
            for run in &self.runs {
                run.write(xml);
            }
        });
        self.out.write_all(xml.into_string().as_bytes())?;
        self.out.flush()
    }
}

impl Run {
    fn new(id: &str, command: &'static str, target: &str, server: &'static str, at: &str) -> Self {
        let mut run = Self {
            id: id.to_owned(),
            command,
            target: target.to_owned(),
            server,
            at: at.to_owned(),
            ..Self::default()
        };
        if command != "test" {
            // A run that ends before its first change must leave a trace too.
            run.suite(command);
        }
        run
    }

    fn suite(&mut self, name: &str) -> &mut Suite {
        let index = self.suites.iter().position(|suite| suite.name == name).unwrap_or(self.suites.len());
        if index == self.suites.len() {
            self.suites.push(Suite { name: name.to_owned(), cases: Vec::new() });
        }
        &mut self.suites[index]
    }

    fn change(&mut self, id: &str, time: Duration, ending: Ending) {
        self.settle(Case { class: self.target.clone(), name: id.to_owned(), time, ending });
    }

    fn proof(&mut self, project: &str, id: &str, time: Duration, ending: Ending) {
        self.settle(Case { class: project.to_owned(), name: id.to_owned(), time, ending });
    }

    /// Puts a case where it was announced, or at the end.
    fn settle(&mut self, case: Case) {
        let cases = &mut self.suite(self.command).cases;
        match cases.iter_mut().rev().find(|open| open.name == case.name && matches!(open.ending, Ending::Open)) {
            Some(open) => *open = case,
            None => cases.push(case),
        }
    }

    fn test(&mut self, suite: &str, name: &str, time: Duration, ending: Ending) {
        let class = format!("{}.{suite}", self.target);
        self.suite(suite).cases.push(Case { class, name: name.to_owned(), time, ending });
    }

    fn write(&self, xml: &mut Xml) {
        for (index, suite) in self.suites.iter().enumerate() {
            let counts = Counts::of(&suite.cases).attributes();
            let mut attributes = vec![("name", suite.name.as_str())];
            attributes.extend(counts.iter().map(|(key, value)| (*key, value.as_str())));
            attributes.push(("timestamp", &self.at));
            xml.element("testsuite", &attributes, |xml| {
                self.write_properties(xml);
                for case in &suite.cases {
                    case.write(xml);
                }
                if index == 0 && !self.warnings.is_empty() {
                    xml.text("system-err", &[], &self.warnings.join("\n"));
                }
            });
        }
    }

    fn write_properties(&self, xml: &mut Xml) {
        let properties = [
            ("vesto.run", self.id.as_str()),
            ("vesto.command", self.command),
            ("vesto.target", &self.target),
            ("vesto.server", self.server),
            ("vesto.outcome", self.outcome.map_or("broke-off", outcome_name)),
        ];
        xml.element("properties", &[], |xml| {
            for (name, value) in properties {
                xml.empty("property", &[("name", name), ("value", value)]);
            }
        });
    }
}

impl Case {
    fn write(&self, xml: &mut Xml) {
        let time = seconds(self.time);
        let attributes = [("classname", self.class.as_str()), ("name", &self.name), ("time", &time)];
        if matches!(self.ending, Ending::Passed) {
            return xml.empty("testcase", &attributes);
        }
        xml.element("testcase", &attributes, |xml| match &self.ending {
            Ending::Passed => {}
            Ending::Open => {
                let message = "the run ended before anything was heard of this change";
                xml.empty("error", &[("type", "unfinished"), ("message", message)]);
            }
            Ending::Failure { message, text } => {
                xml.text("failure", &[("type", "mismatch"), ("message", message)], text);
            }
            Ending::Error { kind, message, text } => xml.text("error", &[("type", kind), ("message", message)], text),
            Ending::Skipped { message } => xml.empty("skipped", &[("message", message)]),
        });
    }
}

impl Ending {
    fn error(failure: &StatementFailure) -> Self {
        let kind = match &failure.code {
            _ if failure.lost => "in-doubt".to_owned(),
            Some(code) => format!("sqlstate {code}"),
            None => "error".to_owned(),
        };
        Self::Error { kind, message: failure.message.clone(), text: explain::failure(failure, Paint::NONE) }
    }

    fn of_proof(proof: &Proof) -> Self {
        match proof {
            Proof::Proven { .. } => Self::Passed,
            Proof::Irreversible => Self::Skipped { message: proof::DECLARED.to_owned() },
            Proof::LeftOut { reason } => Self::Skipped { message: reason.clone() },
            Proof::Wrong { message, .. } => {
                Self::Failure { message: message.clone(), text: proof::explanation(proof, Paint::NONE) }
            }
            Proof::Errored { failure } => Self::error(failure),
            Proof::NotStarted => Self::Skipped { message: proof::NOT_STARTED.to_owned() },
        }
    }

    fn of_test(verdict: &Verdict, location: Option<&Location>) -> Self {
        match verdict {
            Verdict::Passed => Self::Passed,
            Verdict::Failed { message, expected, actual } => Self::Failure {
                message: message.clone(),
                text: explain::mismatch(message, expected, actual, location, Paint::NONE),
            },
            Verdict::Errored { failure } => Self::error(failure),
            Verdict::Skipped { reason } => Self::Skipped { message: reason.clone() },
        }
    }
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    time: Duration,
}

impl Counts {
    fn of<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Self {
        cases.into_iter().fold(Self::default(), |counts, case| Self {
            tests: counts.tests + 1,
            failures: counts.failures + usize::from(matches!(case.ending, Ending::Failure { .. })),
            errors: counts.errors + usize::from(matches!(case.ending, Ending::Error { .. } | Ending::Open)),
            skipped: counts.skipped + usize::from(matches!(case.ending, Ending::Skipped { .. })),
            time: counts.time + case.time,
        })
    }

    fn attributes(&self) -> [(&'static str, String); 5] {
        [
            ("tests", self.tests.to_string()),
            ("failures", self.failures.to_string()),
            ("errors", self.errors.to_string()),
            ("skipped", self.skipped.to_string()),
            ("time", seconds(self.time)),
        ]
    }
}

/// Seconds with three decimals, computed in whole numbers: Jenkins' schema refuses a fourth.
fn seconds(duration: Duration) -> String {
    let millis = (duration.as_micros() + 500) / 1000;
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{self, rendered};

    fn document(events: &[Event]) -> String {
        let mut bytes = Vec::new();
        rendered(&mut JunitReporter::new(&mut bytes), events);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// `ci/junit/check.py` validates these files against the schema.
    fn snapshot(name: &str, events: &[Event]) {
        samples::settings().bind(|| insta::assert_snapshot!(name, document(events)));
    }

    #[test]
    fn changes_are_cases_of_their_command() {
        snapshot("junit_failed_apply", &samples::failed_apply());
        snapshot("junit_in_doubt", &samples::lost_apply());
    }

    #[test]
    fn tests_are_cases_of_their_suite() {
        snapshot("junit_tests", &samples::tests());
    }

    #[test]
    fn proofs_are_cases_of_their_project() {
        snapshot("junit_proofs", &samples::proofs());
    }

    #[test]
    fn several_runs_make_one_document() {
        let runs = [samples::failed_apply(), samples::rollback(), samples::tests(), samples::empty("test")].concat();
        snapshot("junit_several_runs", &runs);
    }

    #[test]
    fn an_early_warning_goes_to_the_first_run() {
        let early = [Event::Warned { message: "early".into() }];
        let text = document(&[early.to_vec(), samples::rollback()].concat());
        assert!(text.contains("<system-err>early</system-err>"), "{text}");
        assert_eq!(text.matches("<testsuite ").count(), 1);
    }

    #[test]
    fn hostile_data_stay_data() {
        snapshot("junit_hostile", &samples::hostile());
    }

    #[test]
    fn a_run_that_says_nothing_leaves_a_document() {
        snapshot("junit_empty", &[]);
        snapshot("junit_no_changes", &samples::empty("apply"));
    }

    #[test]
    fn times_have_three_decimals() {
        assert_eq!(seconds(Duration::from_micros(1_118_400)), "1.118");
        assert_eq!(seconds(Duration::from_secs(86_400)), "86400.000");
        assert_eq!(seconds(Duration::from_micros(400)), "0.000");
    }
}
