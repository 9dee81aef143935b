//! Runs SQL tests: each in a transaction that is rolled back, many on their way at once.

use std::time::{Duration, Instant};

use crate::ledger::leading_comment;
use crate::ports::{Batch, BatchError, DbErrorKind, Interrupt, Outcome, Session};
use crate::project::{Suite, TestCase};
use crate::sql::{Dialect, TxMode};
use crate::text::FileSet;

use super::expect::judge;
use super::failure::{describe, locate, offset_as_written};
use super::{Event, RunOutcome, RunReport, Verdict};

/// How many tests are sent before the first answer is awaited.
const AT_ONCE: usize = 64;

/// What tests run on.
pub struct TestRunner<'a> {
    /// Id of the run.
    pub run: String,
    /// A session of their own.
    pub session: &'a mut dyn Session,
    /// Dialect of the server itself: PostgreSQL for the double.
    pub engine: Dialect,
    /// Files of the project, to show places in.
    pub files: &'a FileSet,
    /// Whether somebody asked to stop.
    pub interrupt: Interrupt,
    /// Where facts go.
    pub emit: &'a mut dyn FnMut(Event),
}

impl TestRunner<'_> {
    /// Runs all tests, in the order given. The caller has announced the run.
    pub async fn run(&mut self, suites: &[&Suite]) -> RunReport {
        let mut report = RunReport::default();
        let tests: Vec<(&Suite, &TestCase)> =
            suites.iter().flat_map(|suite| suite.tests.iter().map(move |test| (*suite, test))).collect();
        for chunk in tests.chunks(AT_ONCE) {
            if self.interrupt.is_raised() {
                report.outcome = RunOutcome::Interrupted;
                break;
            }
            let batches: Vec<Prepared> = chunk.iter().map(|(suite, test)| self.prepare(suite, test)).collect();
            let messages: Vec<Batch> = batches.iter().map(|prepared| prepared.batch.clone()).collect();
            let sent = Instant::now();
            let results = self.session.run_each(&messages).await;
            let times = durations(&results, sent.elapsed());
            for (((suite, test), prepared), (result, duration)) in
                chunk.iter().zip(&batches).zip(results.iter().zip(times))
            {
                let verdict = self.verdict(suite, test, prepared, result);
                if !matches!(verdict, Verdict::Passed | Verdict::Skipped { .. }) {
                    report.outcome = RunOutcome::TestsFailed;
                }
                report.lost |= matches!(&verdict, Verdict::Errored { failure } if failure.lost);
                (self.emit)(Event::TestFinished {
                    suite: suite.name.clone(),
                    name: test.name.clone(),
                    verdict,
                    location: Some(self.files.locate(test.place)),
                    duration,
                });
            }
        }
        if self.interrupt.is_raised() {
            self.interrupt.hear();
            report.outcome = RunOutcome::Interrupted;
        }
        if report.outcome != RunOutcome::Done && !report.lost {
            // What the last failed test left open must not meet whoever uses the session next.
            let mut batch = Batch::default();
            batch.own("rollback");
            report.lost |= self.session.run(&batch).await.is_err();
        }
        report
    }

    /// The message of a test. It begins by ending what a failed test before it left open.
    fn prepare(&mut self, suite: &Suite, test: &TestCase) -> Prepared {
        let mut batch = Batch::default();
        let setup = suite.setup.iter().map(|script| (Source::Setup, script));
        let scripts: Vec<_> = setup.chain([(Source::Test, &test.script)]).collect();
        let all_inside = |mode: TxMode| {
            scripts.iter().all(|(_, script)| script.statements().iter().all(|statement| statement.transaction == mode))
        };
        let rolled_back = all_inside(TxMode::Inside);
        if rolled_back {
            batch.own("rollback").own("begin");
            if self.engine == Dialect::Postgres {
                batch.own(CLOCK);
            }
        } else {
            let message = format!(
                "test `{}` of {} runs a statement that no transaction can undo: what it does stays",
                test.name, suite.name
            );
            (self.emit)(Event::Warned { message });
        }
        let comment = leading_comment(&self.run, self.engine, &[("suite", &suite.name), ("test", &test.name)]);
        let mut pieces = Vec::new();
        for (source, script) in scripts {
            for number in 0..script.statements().len() {
                pieces.push((batch.pieces.len(), source, number));
                batch.user(format!("{comment}{}", script.statement_text(number)));
            }
        }
        if rolled_back {
            batch.own("rollback");
        }
        Prepared { batch, pieces }
    }

    fn verdict(
        &self,
        suite: &Suite,
        test: &TestCase,
        prepared: &Prepared,
        result: &Result<Vec<Outcome>, BatchError>,
    ) -> Verdict {
        match result {
            Ok(answers) => {
                let last = prepared.pieces.last().and_then(|(piece, ..)| answers.get(*piece));
                judge(test, last.cloned().unwrap_or_default())
            }
            Err(error) => {
                let failed = prepared.pieces.iter().find(|(piece, ..)| *piece == error.piece);
                let expected = matches!(failed, Some((_, Source::Test, _)));
                if expected
                    && error.error.kind == DbErrorKind::Statement
                    && let Some(verdict) = super::expect::judge_error(test, &error.error)
                {
                    return verdict;
                }
                let (script, number) = match (failed, &suite.setup) {
                    (Some((_, Source::Setup, number)), Some(setup)) => (setup, *number),
                    (Some((_, _, number)), _) => (&test.script, *number),
                    (None, _) => (&test.script, 0),
                };
                let sent = failed.and_then(|(piece, ..)| prepared.batch.pieces.get(*piece));
                let sent = sent.map_or("", |piece| piece.sql.as_str());
                let offset = offset_as_written(&error.error, sent, script.statement_text(number));
                let location = locate(script, number, offset, self.files);
                Verdict::Errored { failure: describe(&error.error, number, location) }
            }
        }
    }
}

const CLOCK: &str = "select extract(epoch from clock_timestamp())::text";

struct Prepared {
    batch: Batch,
    /// Piece, where it comes from, number of the statement there.
    pieces: Vec<(usize, Source, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Setup,
    Test,
}

/// How long each test took, by the server's clock where it tells: from its begin to that of the next.
fn durations(results: &[Result<Vec<Outcome>, BatchError>], elapsed: Duration) -> Vec<Duration> {
    let begin = |result: &Result<Vec<Outcome>, BatchError>| -> Option<f64> {
        let answers = match result {
            Ok(answers) => answers,
            Err(error) => &error.answered,
        };
        answers.get(2)?.rows.as_ref()?.first_cell()?.parse().ok()
    };
    let begins: Vec<Option<f64>> = results.iter().map(begin).collect();
    let mut left = elapsed;
    (0..results.len())
        .map(|number| {
            let next = begins.get(number + 1).copied().flatten();
            let took = match (begins[number], next) {
                (Some(begin), Some(next)) => Duration::try_from_secs_f64(next - begin).unwrap_or_default(),
                // Without a clock in between, what is left is shared out evenly.
                _ => left / u32::try_from(results.len() - number).unwrap_or(1),
            };
            left = left.saturating_sub(took);
            took
        })
        .collect()
}
