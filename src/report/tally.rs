//! What a run came to, counted from its events, so that all reports agree on the numbers.

use std::collections::BTreeSet;

use super::counted;
use crate::run::{ChangeAction, Event, Verdict};

/// The counts of one run so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    total: usize,
    of_tests: bool,
    open: BTreeSet<String>,
    skipped: usize,
    pub(super) applied: usize,
    pub(super) rolled_back: usize,
    pub(super) failed: usize,
    pub(super) in_doubt: usize,
    pub(super) tests: TestTally,
}

/// The tests of one run so far.
#[derive(Debug, Default)]
pub(super) struct TestTally {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) broken: usize,
    pub(super) skipped: usize,
}

impl Tally {
    /// Counts an event; the start of a run begins anew.
    pub(super) fn note(&mut self, event: &Event) {
        match event {
            Event::RunStarted { command, total, .. } => {
                *self = Self { total: *total, of_tests: *command == "test", ..Self::default() };
            }
            Event::ChangeStarted { id, .. } => {
                self.open.insert(id.clone());
            }
            Event::ChangeFinished { id, action, .. } => {
                self.open.remove(id);
                match action {
                    ChangeAction::Applied => self.applied += 1,
                    ChangeAction::RolledBack => self.rolled_back += 1,
                }
            }
            Event::ChangeFailed { id, failure, .. } => {
                self.open.remove(id);
                if failure.lost {
                    self.in_doubt += 1;
                } else {
                    self.failed += 1;
                }
            }
            Event::ChangeSkipped { id } => {
                self.open.remove(id);
                self.skipped += 1;
            }
            Event::TestFinished { verdict, .. } => self.tests.note(verdict),
            Event::ChangeAnswered { .. }
            | Event::StepRetried { .. }
            | Event::Warned { .. }
            | Event::RunFinished { .. } => {}
        }
    }

    /// Changes that were announced and of which nothing was heard since.
    pub(super) fn unfinished(&self) -> usize {
        self.open.len()
    }

    /// Their ids.
    pub(super) fn unfinished_ids(&self) -> Vec<String> {
        self.open.iter().cloned().collect()
    }

    /// Changes that were not sent at all, whether or not an event said so of each.
    pub(super) fn not_started(&self) -> usize {
        let seen = self.applied + self.rolled_back + self.failed + self.in_doubt + self.unfinished();
        let ahead = if self.of_tests { 0 } else { self.total };
        ahead.saturating_sub(seen).max(self.skipped)
    }

    /// Tests of which no verdict came.
    pub(super) fn tests_not_run(&self) -> usize {
        if self.of_tests { self.total.saturating_sub(self.tests.seen()) } else { 0 }
    }

    /// The counts that are not zero in words: `2 changes applied, 1 failed, 3 not started`.
    pub(super) fn words(&self) -> String {
        let changes = [
            (self.applied, "applied"),
            (self.rolled_back, "rolled back"),
            (self.failed, "failed"),
            (self.in_doubt, "in doubt"),
            (self.unfinished(), "unfinished"),
            (self.not_started(), "not started"),
        ];
        let tests = [
            (self.tests.passed, "passed"),
            (self.tests.failed, "failed"),
            (self.tests.broken, "broken"),
            (self.tests.skipped, "skipped"),
            (self.tests_not_run(), "not run"),
        ];
        let parts: Vec<String> = sentence("change", &changes).into_iter().chain(sentence("test", &tests)).collect();
        match parts.is_empty() {
            true if self.of_tests => "no tests to run".to_owned(),
            true => "no changes to make".to_owned(),
            false => parts.join(", "),
        }
    }
}

impl TestTally {
    fn note(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed { .. } => self.failed += 1,
            Verdict::Errored { .. } => self.broken += 1,
            Verdict::Skipped { .. } => self.skipped += 1,
        }
    }

    fn seen(&self) -> usize {
        self.passed + self.failed + self.broken + self.skipped
    }
}

/// Only the first count carries the noun: the others are of the same things.
fn sentence(noun: &str, counts: &[(usize, &str)]) -> Vec<String> {
    let mut counts = counts.iter().filter(|(count, _)| *count > 0);
    let first = counts.next().map(|(count, what)| format!("{} {what}", counted(*count, noun)));
    first.into_iter().chain(counts.map(|(count, what)| format!("{count} {what}"))).collect()
}
