//! The table of what came of all trials.

use std::time::Instant;

use super::trial::Course;
use crate::rig::say;

/// One kind of fault on one kind of target.
pub(crate) struct Row {
    kind: String,
    points: u32,
    plain: u32,
    settled: u32,
    asked: u32,
    wrong: Vec<String>,
    begun: Instant,
}

impl Row {
    pub(crate) fn new(kind: String) -> Self {
        Self { kind, points: 0, plain: 0, settled: 0, asked: 0, wrong: Vec::new(), begun: Instant::now() }
    }

    /// Takes note of a trial, and says at once what is wrong.
    pub(crate) fn count(&mut self, what: &str, course: Result<Course, String>) {
        self.points += 1;
        match course {
            Ok(Course::Plain) => self.plain += 1,
            Ok(Course::Settled) => self.settled += 1,
            Ok(Course::Asked) => self.asked += 1,
            Err(wrong) => {
                say(&format!("WRONG: {}, {what}: {wrong}", self.kind));
                self.wrong.push(format!("{what}: {wrong}"));
            }
        }
    }

    pub(crate) fn points(&self) -> u32 {
        self.points
    }

    /// Prints the row; the trials failed if one of them is wrong.
    #[track_caller]
    pub(crate) fn close(self) {
        let Self { kind, points, plain, settled, asked, wrong, begun } = self;
        say(&format!(
            "| kind of fault | points | exactly once, nobody asked | settled by the catalogue | asked a person | wrong | s |\n\
             | {kind} | {points} | {plain} | {settled} | {asked} | {} | {:.0} |",
            wrong.len(),
            begun.elapsed().as_secs_f64()
        ));
        assert!(wrong.is_empty(), "{kind}:\n{}", wrong.join("\n"));
        assert!(points > 0, "{kind}: no trial");
    }
}
