//! What a run came to, counted from its events, so that all reports agree on the numbers.

use std::collections::BTreeSet;

use super::counted;
use super::proof::ProofTally;
use crate::run::{ChangeAction, Event, Verdict};

/// The counts of one run so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    total: usize,
    of: Subject,
    open: BTreeSet<String>,
    skipped: usize,
    pub(super) applied: usize,
    pub(super) rolled_back: usize,
    pub(super) failed: usize,
    pub(super) in_doubt: usize,
    pub(super) tests: TestTally,
    pub(super) proofs: ProofTally,
}

/// What a run is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Subject {
    #[default]
    Changes,
    Tests,
    Proofs,
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
                let of = match *command {
                    "test" => Subject::Tests,
                    "prove" => Subject::Proofs,
                    _ => Subject::Changes,
                };
                *self = Self { total: *total, of, ..Self::default() };
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
            Event::ChangeProven { id, proof, .. } => {
                self.open.remove(id);
                self.proofs.note(proof);
            }
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
        let ahead = if self.of == Subject::Changes { self.total } else { 0 };
        ahead.saturating_sub(seen).max(self.skipped)
    }

    /// Tests of which no verdict came.
    pub(super) fn tests_not_run(&self) -> usize {
        if self.of == Subject::Tests { self.total.saturating_sub(self.tests.seen()) } else { 0 }
    }

    /// Changes whose rollback was to be tried and was not.
    pub(super) fn not_proven(&self) -> usize {
        let seen = self.proofs.seen() + self.unfinished();
        let ahead = if self.of == Subject::Proofs { self.total } else { 0 };
        // A change that was only to be applied first may be among those seen.
        ahead.saturating_sub(seen).max(self.proofs.not_started)
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
        let proofs = [
            (self.proofs.proven, "proven"),
            (self.proofs.kept_aside, "proven with data kept aside"),
            (self.proofs.irreversible, "irreversible"),
            (self.proofs.left_out, "left out"),
            (self.proofs.wrong, "failed"),
            (self.proofs.errored, "broken"),
            (if self.of == Subject::Proofs { self.unfinished() } else { 0 }, "unfinished"),
            (self.not_proven(), "not started"),
        ];
        let of_changes = if self.of == Subject::Proofs { Vec::new() } else { sentence("change", &changes) };
        let parts: Vec<String> =
            of_changes.into_iter().chain(sentence("test", &tests)).chain(sentence("change", &proofs)).collect();
        match (parts.is_empty(), self.of) {
            (true, Subject::Tests) => "no tests to run".to_owned(),
            (true, Subject::Proofs) => "no changes to prove".to_owned(),
            (true, Subject::Changes) => "no changes to make".to_owned(),
            (false, _) => parts.join(", "),
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
