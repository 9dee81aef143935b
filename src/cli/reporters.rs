//! Who gets told of a run: the console in the form that was asked for, and reports as files.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::adapters::files;
use crate::report::{
    JsonReporter, JunitReporter, Progress, Reporter, RowsShown, Summary, Tee, TextOptions, TextReporter, csv,
};
use crate::run::{Event, RunReport, Verdict};
use crate::text::Mask;

use super::arguments::{CommonArguments, Format, ReportArguments};
use super::carry_out::exit_code;
use super::console::use_color;
use super::environment::Environment;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::hooks::Hooks;
use super::workspace::Site;

/// All reporters of a command.
pub(super) struct Reporters {
    tee: Tee,
    mask: Mask,
    junit: Option<(PathBuf, Bytes)>,
    /// The run that has begun last.
    run: Option<String>,
    hooks: Hooks,
    summary: Summary,
}

/// What a command wants shown of the results of queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Results {
    /// As the console does by default.
    Console,
    /// Each result in a file of its own below `output_data`.
    Files,
}

impl Reporters {
    /// The reporters that the command line asks for. They hide the secret ones of the site's variables also in what
    /// queries answer.
    pub(super) fn new(
        site: &Site,
        common: &CommonArguments,
        reports: &ReportArguments,
        results: Results,
        environment: &Environment,
    ) -> Self {
        let mut members = vec![console_reporter(common, results, environment)];
        let junit = reports.junit.as_ref().map(|path| {
            let bytes = Bytes::default();
            members.push(Box::new(JunitReporter::new(bytes.clone())));
            (path.clone(), bytes)
        });
        if results == Results::Files {
            members.push(Box::new(ResultFiles { folder: environment.current_folder.join("output_data"), run: None }));
        }
        let (mask, hooks) = (Mask::new(site.variables.secrets()), Hooks::of(site, environment));
        Self { tee: Tee::new(members), mask, junit, run: None, hooks, summary: Summary::default() }
    }

    /// Runs what the settings want done before a run. If that fails, nothing is to be done.
    pub(super) fn begin(mut self, command: &str) -> Result<Self, Failure> {
        match self.hooks.before(command) {
            Ok(()) => Ok(self),
            Err(failure) => {
                self.hooks.after(&self.summary, failure.code, Some(&failure.message));
                Err(failure)
            }
        }
    }

    /// Passes an event on. A reporter that cannot write does not stop the work; [`Reporters::finish`] tells.
    pub(super) fn event(&mut self, event: &Event) {
        if let Event::RunStarted { run, .. } = event {
            self.run = Some(run.clone());
        }
        let event = self.hidden(event);
        self.summary.note(&event);
        let _ = self.tee.event(&event);
    }

    /// The event without secret values in what the server answered. Messages come without them.
    fn hidden<'a>(&self, event: &'a Event) -> Cow<'a, Event> {
        let mut event = Cow::Borrowed(event);
        let hide = |text: &mut String| *text = self.mask.hide(std::mem::take(text));
        match event.as_ref() {
            Event::ChangeAnswered { .. } => {
                if let Event::ChangeAnswered { rows, .. } = event.to_mut() {
                    rows.rows.iter_mut().flatten().flatten().for_each(hide);
                }
            }
            Event::TestFinished { verdict: Verdict::Failed { .. }, .. } => {
                if let Event::TestFinished { verdict: Verdict::Failed { message, expected, actual }, .. } =
                    event.to_mut()
                {
                    [message, expected, actual].into_iter().for_each(hide);
                }
            }
            _ => {}
        }
        event
    }

    /// Writes what had to wait for the end, runs what the settings want done then, and says how the work ended. If it has
    /// failed, that is the reason, whatever becomes of the reports.
    pub(super) fn finish(mut self, result: Result<RunReport, Failure>) -> Result<ExitCode, Failure> {
        let told = self.written();
        let ended = result.and_then(|report| told.map(|()| exit_code(&report)));
        let (code, message) = match &ended {
            Ok(code) => (*code, None),
            Err(failure) => (failure.code, Some(failure.message.as_str())),
        };
        self.hooks.after(&self.summary, code, message);
        ended.map_err(|failure| Failure { run: self.run, ..failure })
    }

    fn written(&mut self) -> Result<(), Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new(ExitCode::Internal, format!("a report is incomplete: {error}"))
        };
        let told = self.tee.finish();
        if let Some((path, bytes)) = &self.junit {
            files::write(path, &bytes.take()).map_err(|error| failed(&error))?;
        }
        match told {
            // Whoever read our output has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            told => told.map_err(|error| failed(&error)),
        }
    }
}

fn console_reporter(common: &CommonArguments, results: Results, environment: &Environment) -> Box<dyn Reporter> {
    if common.format == Format::Json {
        return Box::new(JsonReporter::new(io::stdout()));
    }
    let options = TextOptions {
        color: use_color(common.color, environment),
        quiet: common.quiet,
        verbose: common.verbose,
        rows: if results == Results::Files { RowsShown::Hidden } else { RowsShown::default() },
    };
    let text = Box::new(TextReporter::new(io::stdout(), options));
    if environment.stderr_is_terminal && environment.stdout_is_terminal && !common.quiet {
        return Box::new(Progress::around(text, indicatif::ProgressDrawTarget::stderr()));
    }
    text
}

/// Bytes that a reporter writes and the command saves.
#[derive(Clone, Default)]
struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Bytes {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Each result as `output_data/<run>/<change>.<statement>.csv`.
struct ResultFiles {
    folder: PathBuf,
    run: Option<String>,
}

impl Reporter for ResultFiles {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted { run, .. } => self.run = Some(run.chars().take(8).collect()),
            Event::ChangeAnswered { id, statement, rows } => {
                let mut bytes = Vec::new();
                csv(rows, true, &mut bytes)?;
                // An id may hold anything; a file name may not.
                let safe = |c: char| if c.is_alphanumeric() || "._-".contains(c) { c } else { '_' };
                let name = format!("{}.{}.csv", id.chars().map(safe).collect::<String>(), statement + 1);
                let folder = self.folder.join(self.run.as_deref().unwrap_or_default());
                files::write(&folder.join(name), &bytes).map_err(io::Error::other)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}
