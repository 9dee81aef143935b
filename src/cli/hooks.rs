//! What `[hooks]` of the settings asks for before and after a run.

use std::path::PathBuf;

use futures_util::future::{Either, select};

use crate::adapters::hooks::{HookError, post, run};
use crate::adapters::signals::StopSignals;
use crate::project::settings::{HookSettings, NotifyFormat};
use crate::report::{Ending, Subject, Summary};
use crate::text::Secret;

use super::console;
use super::environment::Environment;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::opened::block_on;
use super::workspace::Site;

/// The hooks of a command.
pub(super) struct Hooks {
    settings: HookSettings,
    /// Where to post to, or why that is not known.
    notify_url: Option<Result<Secret<String>, String>>,
    root: PathBuf,
    subject: Subject,
    has_begun: bool,
}

impl Hooks {
    /// Those of a project's target.
    pub(super) fn of(site: &Site, environment: &Environment) -> Self {
        let target = site.target.facts().name.to_owned();
        let wanted = |settings: &&HookSettings| settings.targets.is_empty() || settings.targets.contains(&target);
        let settings = Some(site.hooks()).filter(wanted).cloned().unwrap_or_default();
        let notify_url = settings.notify_url.as_ref().map(|url| site.secret(url));
        let subject = Subject { command: String::new(), project: site.name(), target, run: environment.run.clone() };
        Self { settings, notify_url, root: site.root.clone(), subject, has_begun: false }
    }

    /// Runs what comes before a command. If that fails, nothing is to be done.
    pub(super) fn before(&mut self, command: &str) -> Result<(), Failure> {
        command.clone_into(&mut self.subject.command);
        let input = Summary::default().document(&self.subject, None);
        self.run(&self.settings.before_run, None, &input).map_err(|error| {
            Failure::new(ExitCode::Target, format!("`before_run` does not let the run begin: {error}"))
                .hint("nothing was done; what the command said is above".to_owned())
        })?;
        self.has_begun = true;
        Ok(())
    }

    /// Runs what comes after a command, and tells of it. What fails is a warning: the run is over.
    pub(super) fn after(&self, summary: &Summary, code: ExitCode, message: Option<&str>) {
        let ending = Ending { code: code as u8, message };
        let input = summary.document(&self.subject, Some(ending));
        let warn = |what: &str, error: &dyn std::fmt::Display| console::error(&format!("warning: `{what}`: {error}\n"));
        if self.has_begun
            && let Err(error) = self.run(&self.settings.after_run, Some(code), &input)
        {
            warn("after_run", &error);
        }
        if code != ExitCode::Done
            && let Err(error) = self.run(&self.settings.on_failure, Some(code), &input)
        {
            warn("on_failure", &error);
        }
        if code == ExitCode::Done && self.settings.notify_failures_only {
            return;
        }
        let document = match self.settings.notify_format {
            NotifyFormat::Json => input,
            NotifyFormat::Slack => summary.slack(&self.subject, Some(ending)),
        };
        match &self.notify_url {
            None => {}
            Some(Err(reason)) => warn("notify_url", reason),
            Some(Ok(url)) => {
                let posted = until_stopped(post(url, document, self.settings.timeout));
                if let Err(error) = posted {
                    warn("notify_url", &error);
                }
            }
        }
    }

    fn run(&self, words: &[String], code: Option<ExitCode>, input: &str) -> Result<(), String> {
        if words.is_empty() {
            return Ok(());
        }
        let Subject { command, project, target, run: id } = self.subject.clone();
        let mut variables =
            vec![("VESTO_COMMAND", command), ("VESTO_PROJECT", project), ("VESTO_TARGET", target), ("VESTO_RUN", id)];
        variables.extend(code.map(|code| ("VESTO_EXIT_CODE", (code as u8).to_string())));
        until_stopped(run(words, &self.root, &variables, input, self.settings.timeout))
    }
}

/// Does the work, unless somebody asks to stop.
fn until_stopped(work: impl Future<Output = Result<(), HookError>>) -> Result<(), String> {
    let done = block_on(async {
        let mut signals = StopSignals::listen().map_err(|error| Failure::new(ExitCode::Internal, error.to_string()))?;
        let (work, stop) = (std::pin::pin!(work), std::pin::pin!(signals.next()));
        Ok(match select(work, stop).await {
            Either::Left((done, _)) => done.map_err(|error| error.to_string()),
            Either::Right(_) => Err("it was interrupted".to_owned()),
        })
    });
    done.unwrap_or_else(|failure| Err(failure.message))
}
