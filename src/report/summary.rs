//! A whole command for hooks and notifications: one JSON document, and one line for people.

use std::fmt::Write as _;

use serde::Serialize;

use super::json::{Changes, Tests, millis, outcome_name};
use super::tally::Tally;
use super::visible::visible_line;
use crate::run::{Event, Proof, Verdict};

const VERSION: u32 = 1;

/// Failures that are told in one line; the document has all.
const FAILURES_SHOWN: usize = 3;

/// What a command works on.
#[derive(Clone, Debug, Serialize)]
pub struct Subject {
    /// Its word, such as `apply`.
    pub command: String,
    /// Name of the project.
    pub project: String,
    /// Name of the target.
    pub target: String,
    /// The id of its first run.
    pub run: String,
}

/// How a command ended.
#[derive(Clone, Copy, Debug)]
pub struct Ending<'a> {
    /// Its exit code.
    pub code: u8,
    /// Why it did not do what was asked, if its runs do not tell.
    pub message: Option<&'a str>,
}

/// Takes note of the events of a command.
#[derive(Debug, Default)]
pub struct Summary {
    tally: Tally,
    current: Option<(String, &'static str)>,
    runs: Vec<Run>,
    words: Vec<String>,
    failures: Vec<Failure>,
}

#[derive(Debug, Serialize)]
struct Run {
    run: String,
    command: &'static str,
    outcome: &'static str,
    duration_ms: f64,
    changes: Changes,
    tests: Tests,
}

#[derive(Debug, Serialize)]
struct Failure {
    subject: String,
    message: String,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    #[serde(flatten)]
    subject: &'a Subject,
    code: Option<u8>,
    text: String,
    message: Option<&'a str>,
    runs: &'a [Run],
    failures: &'a [Failure],
}

impl Summary {
    /// Takes note of one event.
    pub fn note(&mut self, event: &Event) {
        self.tally.note(event);
        match event {
            Event::RunStarted { run, command, .. } => self.current = Some((run.clone(), command)),
            Event::ChangeFailed { id, failure, .. } => self.failed(id.clone(), &failure.message),
            Event::TestFinished { suite, name, verdict, .. } => match verdict {
                Verdict::Failed { message, .. } => self.failed(format!("{suite}: {name}"), message),
                Verdict::Errored { failure } => self.failed(format!("{suite}: {name}"), &failure.message),
                Verdict::Passed | Verdict::Skipped { .. } => {}
            },
            Event::ChangeProven { id, proof, .. } => match proof {
                Proof::Wrong { message, .. } => self.failed(id.clone(), message),
                Proof::Errored { failure } => self.failed(id.clone(), &failure.message),
                _ => {}
            },
            Event::RunFinished { duration, outcome, .. } => {
                self.words.push(self.tally.words());
                if let Some((run, command)) = self.current.take() {
                    self.runs.push(Run {
                        run,
                        command,
                        outcome: outcome_name(*outcome),
                        duration_ms: millis(*duration),
                        changes: Changes::new(&self.tally),
                        tests: Tests::new(&self.tally),
                    });
                }
            }
            _ => {}
        }
    }

    fn failed(&mut self, subject: String, message: &str) {
        self.failures.push(Failure { subject, message: message.to_owned() });
    }

    /// The document; without an ending the command is about to begin.
    pub fn document(&self, subject: &Subject, ending: Option<Ending<'_>>) -> String {
        let document = Document {
            version: VERSION,
            subject,
            code: ending.map(|ending| ending.code),
            text: self.line(subject, ending),
            message: ending.and_then(|ending| ending.message),
            runs: &self.runs,
            failures: &self.failures,
        };
        // Texts and numbers only: it cannot fail.
        serde_json::to_string(&document).unwrap_or_default()
    }

    /// A message for Slack, in which `&`, `<` and `>` would be marks of its own.
    pub fn slack(&self, subject: &Subject, ending: Option<Ending<'_>>) -> String {
        let text = self.line(subject, ending).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        serde_json::json!({ "text": text }).to_string()
    }

    fn line(&self, subject: &Subject, ending: Option<Ending<'_>>) -> String {
        let Subject { command, project, target, run } = subject;
        let mut line = format!("vesto {command} of {project} on {target}");
        // Writing to a String cannot fail.
        let _ = match ending {
            None => write!(line, " begins"),
            Some(Ending { code: 0, .. }) => write!(line, " is done"),
            Some(Ending { code: 130, .. }) => write!(line, " was interrupted"),
            Some(Ending { code, .. }) => write!(line, " failed with code {code}"),
        };
        for words in &self.words {
            let _ = write!(line, "; {words}");
        }
        for Failure { subject, message } in self.failures.iter().take(FAILURES_SHOWN) {
            let _ = write!(line, "; {subject}: {}", first_line(message));
        }
        if let Some(message) = ending.and_then(|ending| ending.message) {
            let _ = write!(line, "; {}", first_line(message));
        }
        let _ = write!(line, " (run {run})");
        visible_line(&line).into_owned()
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    fn subject(command: &str) -> Subject {
        let (project, target) = ("shop".to_owned(), "prod".to_owned());
        Subject { command: command.to_owned(), project, target, run: "6f1c2a9e".to_owned() }
    }

    fn summary(runs: &[Vec<Event>]) -> Summary {
        let mut summary = Summary::default();
        runs.iter().flatten().for_each(|event| summary.note(event));
        summary
    }

    #[test]
    fn a_command_is_a_document() {
        let summary = summary(&[samples::failed_apply(), samples::tests()]);
        let document = summary.document(&subject("run"), Some(Ending { code: 6, message: None }));
        let value: serde_json::Value = serde_json::from_str(&document).unwrap_or_default();
        samples::settings().bind(|| insta::assert_snapshot!("summary", format!("{value:#}")));
    }

    #[test]
    fn marks_of_slack_are_text() {
        let ending = Some(Ending { code: 7, message: Some("no <!channel> & co\nmore") });
        let text = Summary::default().slack(&subject("apply"), ending);
        let line = "vesto apply of shop on prod failed with code 7; no &lt;!channel&gt; &amp; co (run 6f1c2a9e)";
        assert_eq!(text, format!("{{\"text\":\"{line}\"}}"));
        let begins = Summary::default().document(&subject("apply"), None);
        assert!(
            begins.contains(r#""code":null,"text":"vesto apply of shop on prod begins (run 6f1c2a9e)""#),
            "{begins}"
        );
    }
}
