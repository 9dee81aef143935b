//! What came of trying a rollback, in the words that text, JSON and JUnit share.

use std::fmt::Write as _;

use super::explain;
use super::paint::{Paint, Tone};
use super::visible_line;
use crate::run::Proof;

/// Why a change without rollback counts as settled.
pub(super) const DECLARED: &str = "declared irreversible";

/// Why a change was not looked at.
pub(super) const NOT_STARTED: &str = "not started: an earlier change failed";

/// How many there were of each.
#[derive(Debug, Default)]
pub(super) struct ProofTally {
    pub(super) proven: usize,
    pub(super) kept_aside: usize,
    pub(super) irreversible: usize,
    pub(super) left_out: usize,
    pub(super) wrong: usize,
    pub(super) errored: usize,
    pub(super) not_started: usize,
}

impl ProofTally {
    pub(super) fn note(&mut self, proof: &Proof) {
        match proof {
            Proof::Proven { kept } if kept.is_empty() => self.proven += 1,
            Proof::Proven { .. } => self.kept_aside += 1,
            Proof::Irreversible => self.irreversible += 1,
            Proof::LeftOut { .. } => self.left_out += 1,
            Proof::Wrong { .. } => self.wrong += 1,
            Proof::Errored { .. } => self.errored += 1,
            Proof::NotStarted => self.not_started += 1,
        }
    }

    /// How many were looked at.
    pub(super) fn seen(&self) -> usize {
        self.proven + self.kept_aside + self.irreversible + self.left_out + self.wrong + self.errored
    }
}

/// What stands below the line of a change. Each line is ended.
pub(super) fn explanation(proof: &Proof, paint: Paint) -> String {
    match proof {
        Proof::Proven { kept } => indented(kept),
        Proof::Wrong { message, differences, failure, hints } => {
            let mut out = explain::labelled("failed", message, paint, Tone::Bad);
            out.push_str(&indented(differences));
            if let Some(failure) = failure {
                out.push_str(&explain::failure(failure, paint));
            }
            for hint in hints {
                out.push_str(&explain::labelled("hint", hint, paint, Tone::Careful));
            }
            out
        }
        Proof::Errored { failure } => explain::failure(failure, paint),
        Proof::Irreversible | Proof::LeftOut { .. } | Proof::NotStarted => String::new(),
    }
}

fn indented(lines: &[String]) -> String {
    let mut out = String::new();
    for line in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "    {}", visible_line(line));
    }
    out
}
