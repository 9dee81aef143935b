//! A run for people: a line for each change and test, the reason where one failed, and the sum.

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::Duration;

use super::paint::{Paint, Tone};
use super::proof;
use super::tally::Tally;
use super::{Reporter, counted, duration, explain, rows, visible_line};
use crate::ports::Rows;
use crate::run::{ChangeAction, Event, Proof, RunOutcome, StatementFailure, Verdict};
use crate::text::Location;

/// What a [`TextReporter`] shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextOptions {
    /// Whether the output may hold colour.
    pub color: bool,
    /// Only what failed, warnings, results that were asked for, and the sum.
    pub quiet: bool,
    /// Also when work on a change begins and how many statements it had.
    pub verbose: bool,
    /// What to show of the results of queries.
    pub rows: RowsShown,
}

/// What is shown of the results of queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowsShown {
    /// Nothing.
    Hidden,
    /// At most so many rows of each.
    UpTo(usize),
}

impl Default for RowsShown {
    fn default() -> Self {
        Self::UpTo(100)
    }
}

/// Writes a run as lines for people.
pub struct TextReporter<W> {
    out: W,
    options: TextOptions,
    paint: Paint,
    tally: Tally,
    /// ` on dev (real)`, once it is known.
    place: String,
    titles: HashMap<String, String>,
    /// Quiet runs keep their good news until something fails: then it matters what stands.
    held: String,
    running: bool,
    /// Letters of the longest word at the start of a change's line.
    width: usize,
}

impl<W: Write> TextReporter<W> {
    /// A reporter that writes to `out`.
    pub fn new(out: W, options: TextOptions) -> Self {
        Self {
            out,
            options,
            paint: Paint::new(options.color),
            tally: Tally::default(),
            place: String::new(),
            titles: HashMap::new(),
            held: String::new(),
            running: false,
            width: 0,
        }
    }

    fn render(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted { run, command, target, server, total, .. } => {
                self.started(command, run, target, server, *total)
            }
            Event::ChangeStarted { id, title } => {
                self.titles.insert(id.clone(), title.clone());
                if self.options.verbose { self.change(Word::STARTS, id, None) } else { Ok(()) }
            }
            Event::ChangeAnswered { id, statement, rows } => self.answered(id, *statement, rows),
            Event::ChangeFinished { id, action, statements, duration: took } => {
                self.finished(id, *action, *statements, *took)
            }
            Event::ChangeFailed { id, failure, duration: took } => self.failed(id, failure, *took),
            Event::ChangeSkipped { id } => self.change(Word::NOT_STARTED, id, None),
            Event::TestFinished { suite, name, verdict, location, duration: took } => {
                self.test(&format!("{suite} › {name}"), verdict, location.as_ref(), *took)
            }
            Event::StepRetried { id, repetition, most, pause, message } => {
                let words = explain::retried(id, *repetition, *most, *pause, message);
                self.out.write_all(explain::labelled("warning", &words, self.paint, Tone::Careful).as_bytes())
            }
            Event::ChangeProven { id, proof, duration: took, .. } => self.proven(id, proof, *took),
            Event::Warned { message } => {
                let text = explain::labelled("warning", message, self.paint, Tone::Careful);
                self.out.write_all(text.as_bytes())
            }
            Event::RunFinished { duration: took, outcome, .. } => self.ended(*took, *outcome),
        }
    }

    fn started(&mut self, command: &str, run: &str, target: &str, server: &str, total: usize) -> io::Result<()> {
        self.titles.clear();
        self.held.clear();
        self.running = true;
        self.width = if command == "prove" { Word::IRREVERSIBLE.text.len() } else { Word::ROLLED_BACK.text.len() };
        self.place = format!(" on {} ({server})", visible_line(target));
        if self.options.quiet {
            return Ok(());
        }
        let ahead = counted(total, if command == "test" { "test" } else { "change" });
        let run = self.paint.tone(Tone::Quiet, &format!(", run {}", visible_line(run)));
        writeln!(self.out, "{command}: {ahead}{}{run}", self.place)
    }

    fn answered(&mut self, id: &str, statement: usize, rows: &Rows) -> io::Result<()> {
        let RowsShown::UpTo(limit) = self.options.rows else { return Ok(()) };
        let count = counted(rows.rows.len(), "row");
        writeln!(self.out, "  {:<11}  {}  statement {}, {count}", "answer", visible_line(id), statement + 1)?;
        for line in rows::shown(rows, limit).lines() {
            writeln!(self.out, "    {line}")?;
        }
        Ok(())
    }

    fn finished(&mut self, id: &str, action: ChangeAction, statements: usize, took: Duration) -> io::Result<()> {
        let word = match action {
            ChangeAction::Applied => Word::APPLIED,
            ChangeAction::RolledBack => Word::ROLLED_BACK,
        };
        let mut time = duration(took);
        if self.options.verbose {
            time.push_str(&format!(", {}", counted(statements, "statement")));
        }
        self.change(word, id, Some(time))
    }

    fn failed(&mut self, id: &str, failure: &StatementFailure, took: Duration) -> io::Result<()> {
        self.out.write_all(std::mem::take(&mut self.held).as_bytes())?;
        self.change(if failure.lost { Word::IN_DOUBT } else { Word::FAILED }, id, Some(duration(took)))?;
        write!(self.out, "{}", explain::failure(failure, self.paint))
    }

    fn test(&mut self, name: &str, verdict: &Verdict, location: Option<&Location>, took: Duration) -> io::Result<()> {
        if self.options.quiet && *verdict == Verdict::Passed {
            return Ok(());
        }
        let (tone, word) = match verdict {
            Verdict::Passed => (Tone::Good, "pass "),
            Verdict::Failed { .. } => (Tone::Bad, "FAIL "),
            Verdict::Errored { .. } => (Tone::Bad, "ERROR"),
            Verdict::Skipped { .. } => (Tone::Careful, "skip "),
        };
        let (word, name) = (self.paint.tone(tone, word), visible_line(name));
        if let Verdict::Skipped { reason } = verdict {
            return writeln!(self.out, "  {word} {name}: {}", visible_line(reason));
        }
        writeln!(self.out, "  {word} {name} ({})", duration(took))?;
        match verdict {
            Verdict::Failed { message, expected, actual } => {
                let text = explain::mismatch(message, expected, actual, location, self.paint);
                self.out.write_all(text.as_bytes())
            }
            Verdict::Errored { failure } => write!(self.out, "{}", explain::failure(failure, self.paint)),
            Verdict::Passed | Verdict::Skipped { .. } => Ok(()),
        }
    }

    fn proven(&mut self, id: &str, proof: &Proof, took: Duration) -> io::Result<()> {
        let (word, reason) = match proof {
            Proof::Proven { kept } if kept.is_empty() => (Word::PROVEN, None),
            Proof::Proven { .. } => (Word::KEPT_ASIDE, None),
            Proof::Irreversible => (Word::IRREVERSIBLE, None),
            Proof::LeftOut { reason } => (Word::LEFT_OUT, Some(reason)),
            Proof::Wrong { .. } => (Word::FAILED, None),
            Proof::Errored { .. } => (Word::ERROR, None),
            Proof::NotStarted => (Word::NOT_STARTED, None),
        };
        if self.options.quiet && !word.always {
            return Ok(());
        }
        let timed = reason.is_none() && *proof != Proof::NotStarted;
        self.change(word, id, timed.then(|| duration(took)))?;
        if let Some(reason) = reason {
            writeln!(self.out, "    {}", visible_line(reason))?;
        }
        self.out.write_all(proof::explanation(proof, self.paint).as_bytes())
    }

    fn change(&mut self, word: Word, id: &str, time: Option<String>) -> io::Result<()> {
        let title = self.titles.get(id).filter(|title| *title != id);
        let name = match title {
            Some(title) => format!("{}  {}", visible_line(id), visible_line(title)),
            None => visible_line(id).into_owned(),
        };
        let state = self.paint.tone(word.tone, &format!("{:<width$}", word.text, width = self.width));
        let line = match time {
            Some(time) => format!("  {state}  {name:<48}  {time:>8}\n"),
            None => format!("  {state}  {name}\n"),
        };
        if self.options.quiet && !word.always {
            self.held.push_str(&line);
            return Ok(());
        }
        self.out.write_all(line.as_bytes())
    }

    /// Names the changes that nothing was heard of, after those that stand.
    fn unfinished(&mut self) -> io::Result<()> {
        self.out.write_all(std::mem::take(&mut self.held).as_bytes())?;
        self.tally.unfinished_ids().iter().try_for_each(|id| self.change(Word::UNFINISHED, id, None))
    }

    fn ended(&mut self, took: Duration, outcome: RunOutcome) -> io::Result<()> {
        self.running = false;
        if matches!(outcome, RunOutcome::Failed | RunOutcome::Interrupted) {
            self.unfinished()?;
        }
        let (tone, lead) = match outcome {
            RunOutcome::Done => (Tone::Good, ""),
            RunOutcome::Failed | RunOutcome::TestsFailed => (Tone::Bad, ""),
            RunOutcome::Interrupted => (Tone::Careful, "interrupted: "),
        };
        let words = self.paint.tone(tone, &format!("{lead}{}", self.tally.words()));
        let gap = if self.options.quiet { "" } else { "\n" };
        writeln!(self.out, "{gap}{words}{} in {}", self.place, duration(took))
    }
}

impl<W: Write + Send> Reporter for TextReporter<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.tally.note(event);
        self.render(event)
    }

    fn finish(&mut self) -> io::Result<()> {
        if self.running {
            let text = format!("the run broke off: {}{}", self.tally.words(), self.place);
            self.unfinished()?;
            writeln!(self.out, "{}", self.paint.tone(Tone::Bad, &text))?;
        }
        self.out.flush()
    }
}

/// The word at the start of a change's line.
#[derive(Clone, Copy)]
struct Word {
    text: &'static str,
    tone: Tone,
    /// Whether quiet runs show it as well.
    always: bool,
}

impl Word {
    const STARTS: Self = Self { text: "starts", tone: Tone::Quiet, always: false };
    const APPLIED: Self = Self { text: "applied", tone: Tone::Good, always: false };
    const ROLLED_BACK: Self = Self { text: "rolled back", tone: Tone::Good, always: false };
    const FAILED: Self = Self { text: "FAILED", tone: Tone::Bad, always: true };
    const IN_DOUBT: Self = Self { text: "IN DOUBT", tone: Tone::Bad, always: true };
    const PROVEN: Self = Self { text: "proven", tone: Tone::Good, always: false };
    const KEPT_ASIDE: Self = Self { text: "kept aside", tone: Tone::Good, always: false };
    const IRREVERSIBLE: Self = Self { text: "irreversible", tone: Tone::Careful, always: false };
    const LEFT_OUT: Self = Self { text: "left out", tone: Tone::Careful, always: true };
    const ERROR: Self = Self { text: "ERROR", tone: Tone::Bad, always: true };
    const UNFINISHED: Self = Self { text: "unfinished", tone: Tone::Bad, always: true };
    const NOT_STARTED: Self = Self { text: "not started", tone: Tone::Careful, always: true };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{self, rendered};

    fn shown(events: &[Event], options: TextOptions) -> String {
        let mut bytes = Vec::new();
        rendered(&mut TextReporter::new(&mut bytes, options), events);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn snapshot(name: &str, text: &str) {
        samples::settings().bind(|| insta::assert_snapshot!(name, text));
    }

    #[test]
    fn an_apply_that_fails_shows_what_stands_and_why_the_rest_does_not() {
        snapshot("text_failed_apply", &shown(&samples::failed_apply(), TextOptions::default()));
    }

    #[test]
    fn quiet_shows_what_stands_only_once_something_fails() {
        let quiet = TextOptions { quiet: true, rows: RowsShown::Hidden, ..TextOptions::default() };
        snapshot("text_failed_apply_quiet", &shown(&samples::failed_apply(), quiet));
        assert_eq!(shown(&samples::rollback(), quiet), "1 change rolled back on dev (real) in 1.2 s\n");
    }

    #[test]
    fn verbose_tells_beginnings_and_statements() {
        let verbose = TextOptions { verbose: true, ..TextOptions::default() };
        snapshot("text_rollback_verbose", &shown(&samples::rollback(), verbose));
    }

    #[test]
    fn tests_show_differences() {
        snapshot("text_tests", &shown(&samples::tests(), TextOptions::default()));
    }

    #[test]
    fn findings_about_rollbacks_name_what_differs() {
        let text = shown(&samples::proofs(), TextOptions::default());
        assert!(!text.contains('\u{1b}'), "{text}");
        snapshot("text_proofs", &text);
        let quiet = shown(&samples::proofs(), TextOptions { quiet: true, ..TextOptions::default() });
        snapshot("text_proofs_quiet", &quiet);
    }

    #[test]
    fn colour_goes_around_and_never_comes_from_the_data() {
        let color = TextOptions { color: true, ..TextOptions::default() };
        let text = shown(&samples::tests(), color);
        snapshot("text_tests_color", &text.replace('\u{1b}', "<ESC>"));
        let plain = shown(&samples::hostile(), TextOptions::default());
        assert!(!plain.chars().any(|c| c != '\n' && c != '\t' && super::super::visible::is_hidden(c)), "{plain}");
        snapshot("text_hostile", &plain);
    }

    #[test]
    fn a_run_without_an_end_is_no_success() {
        let mut events = samples::failed_apply();
        events.truncate(3);
        let text = shown(&events, TextOptions::default());
        assert!(text.ends_with("the run broke off: 1 change applied, 3 not started on dev (real)\n"), "{text}");
    }

    #[test]
    fn a_quiet_run_that_is_interrupted_says_what_stands() {
        let quiet = TextOptions { quiet: true, rows: RowsShown::Hidden, ..TextOptions::default() };
        let mut events = samples::failed_apply();
        events.truncate(3);
        events.push(samples::interrupted());
        let text = shown(&events, quiet);
        let line = "  applied      V00001  create orders                                12 ms\n";
        assert_eq!(text, format!("{line}interrupted: 1 change applied, 3 not started on dev (real) in 20 ms\n"));
    }

    #[test]
    fn a_lost_connection_is_not_called_a_failure() {
        snapshot("text_in_doubt", &shown(&samples::lost_apply(), TextOptions::default()));
    }

    #[test]
    fn nothing_to_do_is_said_so() {
        let text = shown(&samples::empty("apply"), TextOptions { quiet: true, ..TextOptions::default() });
        assert_eq!(text, "no changes to make on dev (real) in 12 ms\n");
        let text = shown(&samples::empty("test"), TextOptions { quiet: true, ..TextOptions::default() });
        assert_eq!(text, "no tests to run on dev (real) in 12 ms\n");
    }
}
