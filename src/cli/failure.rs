//! A command that did not succeed: one line that says what, the causes beneath it, and the cure.

use std::error::Error;
use std::fmt::Write as _;

use crate::ledger::{Holder, LedgerError};
use crate::plan::{Blocker, PlanError};
use crate::ports::{DbError, DbErrorKind, LocalServerError, StoreError};
use crate::text::{Diagnostic, FileSet, Severity, render_all};

use super::exit_code::ExitCode;

/// Why a command ended without doing what was asked.
#[derive(Debug)]
pub(super) struct Failure {
    /// The process's exit code.
    pub(super) code: ExitCode,
    /// What went wrong.
    pub(super) message: String,
    /// Causes, the nearest first.
    pub(super) causes: Vec<String>,
    /// Cures.
    pub(super) hints: Vec<String>,
}

impl Failure {
    /// A failure without cause.
    pub(super) fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), causes: Vec::new(), hints: Vec::new() }
    }

    /// A failure with the causes of an error, as far as they say more than the error itself.
    pub(super) fn of(code: ExitCode, error: &(dyn Error + 'static)) -> Self {
        let mut failure = Self::new(code, error.to_string());
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !failure.message.contains(&text) && !failure.causes.contains(&text) {
                failure.causes.push(text);
            }
            cause = error.source();
        }
        failure
    }

    /// The failure of work that somebody asked to stop: that is the reason, whatever the work says.
    pub(super) fn interrupted(self) -> Self {
        let causes = std::iter::once(self.message).chain(self.causes).collect();
        Self { code: ExitCode::Interrupted, message: "interrupted".into(), causes, hints: self.hints }
    }

    /// Adds a cure.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hints.extend(hint.into());
        self
    }

    /// Errors among diagnostics; they are rendered with their places.
    pub(super) fn of_diagnostics(diagnostics: &[Diagnostic], files: &FileSet) -> Self {
        let errors: Vec<Diagnostic> =
            diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).cloned().collect();
        let mut failure = Self::new(ExitCode::Project, render_all(&errors, files).trim_end());
        failure.message = failure.message.strip_prefix("error: ").unwrap_or(&failure.message).to_owned();
        failure
    }

    /// What is printed to stderr, ended by a line end.
    pub(super) fn render(&self) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "error: {}", self.message);
        for cause in &self.causes {
            let _ = writeln!(out, "  because: {cause}");
        }
        for hint in &self.hints {
            let _ = writeln!(out, "hint: {hint}");
        }
        out
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        let code = match error.kind {
            DbErrorKind::Unreachable | DbErrorKind::Untrusted | DbErrorKind::Login | DbErrorKind::Lost => {
                ExitCode::Target
            }
            // insufficient_privilege: the user is not allowed to do this here.
            DbErrorKind::Statement if error.has_code("42501") => ExitCode::Target,
            DbErrorKind::Statement | DbErrorKind::Unsupported => ExitCode::StatementFailed,
        };
        let hint = error.hint.clone();
        let detail = error.detail.clone();
        let mut failure = Self::new(code, error.message.clone()).hint(hint);
        failure.causes.extend(detail);
        failure
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Locked(ref holder) => {
                let wait = "wait for it to end, or wait longer with `--lock-timeout`".to_owned();
                let take = |holder: &Holder| format!("if that run is dead, end its hold with `{}`", holder.release);
                Self::of(ExitCode::Locked, &error).hint(wait).hint(holder.as_ref().map(take))
            }
            LedgerError::LockLost => Self::of(ExitCode::Locked, &error).hint(
                "what was not committed is undone; see with `vesto history` which run took the lock, then run the same \
                 command again"
                    .to_owned(),
            ),
            LedgerError::Database { doing, error } => {
                let mut failure = Self::from(error);
                failure.message = format!("cannot {doing} the ledger: {}", failure.message);
                if failure.code == ExitCode::StatementFailed {
                    failure.code = ExitCode::Target;
                }
                failure
            }
            LedgerError::Malformed(_) | LedgerError::Unknown(_) | LedgerError::Schema(_) => {
                Self::of(ExitCode::Target, &error)
            }
        }
    }
}

impl From<LocalServerError> for Failure {
    fn from(error: LocalServerError) -> Self {
        let hint = error.hint.clone();
        Self::of(ExitCode::Target, &error).hint(hint)
    }
}

impl From<crate::adapters::local_server::LocalServerError> for Failure {
    fn from(error: crate::adapters::local_server::LocalServerError) -> Self {
        Self::of(ExitCode::Target, &error)
    }
}

impl From<crate::adapters::files::FileError> for Failure {
    fn from(error: crate::adapters::files::FileError) -> Self {
        Self::of(ExitCode::Project, &error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::of(ExitCode::Target, &error)
    }
}

impl Failure {
    /// A plan that could not be made; `files` shows the place of a statement that cannot be cut.
    pub(super) fn of_plan(error: &PlanError, files: &FileSet) -> Self {
        let mut failure = Self::new(ExitCode::Project, error.to_string());
        match error {
            PlanError::UnknownChange(unknown) => {
                failure.hints.push(match &unknown.suggestion {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => "`vesto status` lists all changes".into(),
                });
            }
            PlanError::Unreadable(diagnostics) => return Self::of_diagnostics(diagnostics, files),
            PlanError::UnreadRollback(_) => failure.code = ExitCode::Internal,
            PlanError::Cut { error, script, .. } => {
                let span = script.statement_span(error.statement);
                let _ = write!(failure.message, "\n{}", files.locate(span));
                failure.hints.push(error.hint.clone());
            }
            PlanError::MissingRequirement { required, .. } => {
                failure.hints.push(format!("apply `{required}` first, or select it too"));
            }
            PlanError::RequirementElsewhere { change, required } => {
                failure.hints.push(format!(
                    "give `{change}` the `only-on` of `{required}` if it is for the same targets, else take `{required}` \
                     out of its `requires`"
                ));
            }
            PlanError::Irreversible(_) => {
                failure
                    .hints
                    .push("write what undoes it below a line `-- vesto: rollback` of the change's file".into());
            }
            PlanError::NotApplied(_) => failure.hints.push("`vesto status` shows what is applied".into()),
            PlanError::UnknownRun(_) => failure.hints.push("`vesto history` lists the runs".into()),
            PlanError::EmptyRange { .. } => failure.hints.push("exchange `--from` and `--to`".into()),
        }
        failure
    }

    /// A plan that a person must clear first.
    pub(super) fn of_blockers(blockers: &[Blocker]) -> Option<Self> {
        let (first, rest) = blockers.split_first()?;
        let doubt = blockers.iter().any(|blocker| matches!(blocker, Blocker::InDoubt { .. }));
        let code = if doubt { ExitCode::InDoubt } else { ExitCode::Project };
        let mut failure = Self::new(code, first.message()).hint(first.hint());
        failure.causes.extend(rest.iter().map(|blocker| format!("also, {}", blocker.message())));
        Some(failure)
    }
}
