//! `vesto verify`: the project against what was applied, edits shown as differences.

use std::fmt::Write as _;

use serde::Serialize;

use crate::history::{Direction, History, Progress};
use crate::ledger::Ledger;
use crate::plan::{Drift, DriftKind, drift, tell_comments_apart};
use crate::project::{ChangeId, Project};
use crate::report::{counted, text_diff};

use crate::cli::arguments::{CommonArguments, Format, VerifyArguments};
use crate::cli::console;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::{read_history, with_project};
use crate::cli::workspace::{Site, Workspace};

/// Shows every difference.
pub(in crate::cli) fn verify(
    common: &CommonArguments,
    own: &VerifyArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let site = Site::find(common, environment)?;
    let target = site.target.facts().name.to_owned();
    let verified = with_project(site, None, environment, read_history, async |workspace, lease, history| {
        let session = lease.session.as_mut();
        let mut found = drift(&workspace.project, &history);
        let sequences: Vec<u64> = found.iter().map(|drift| drift.sequence).collect();
        let texts = Ledger::texts(session, &sequences).await?;
        tell_comments_apart(&mut found, &texts, &workspace.project, workspace.target.facts().dialect);
        let findings = found.iter().zip(texts).map(|(drift, text)| finding(workspace, drift, &text.forward)).collect();
        Ok(Verified { findings, half_done: half_done(&history), whole: whole(&workspace.project, &history) })
    })?;
    print(common, &target, &verified)?;
    let edited = verified.findings.iter().any(|finding| finding.kind != DriftKind::CommentsEdited);
    let matters = edited || !verified.half_done.is_empty();
    Ok(if own.check && matters { ExitCode::Differences } else { ExitCode::Done })
}

/// What was found.
struct Verified {
    findings: Vec<Finding>,
    half_done: Vec<HalfDone>,
    /// How many changes of the project are applied as a whole.
    whole: usize,
}

/// A change of which only a part is carried out: there is nothing to compare it with.
#[derive(Debug, Serialize)]
struct HalfDone {
    id: String,
    direction: Direction,
    /// Number of the statements that are carried out.
    statements: usize,
    /// The statement whose outcome is not known, from 1.
    in_doubt: Option<usize>,
}

impl HalfDone {
    fn describe(&self) -> String {
        let Self { id, direction, statements, in_doubt } = self;
        let (what, command) = match direction {
            Direction::Forward => ("applied", "apply"),
            Direction::Rollback => ("rolled back", "rollback"),
        };
        let doubt = in_doubt.map(|number| format!(", and statement {number} is in doubt")).unwrap_or_default();
        let statements = counted(*statements, "statement");
        format!("{id} is half {what}: {statements} carried out{doubt}; complete it with `vesto {command}`")
    }
}

fn half_done(history: &History) -> Vec<HalfDone> {
    let of = |(id, progress): (&ChangeId, &Progress)| HalfDone {
        id: id.to_string(),
        direction: progress.direction,
        statements: progress.done,
        in_doubt: progress.doubt.as_ref().map(|doubt| doubt.statement + 1),
    };
    let mut found: Vec<HalfDone> = history.unfinished().map(of).collect();
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found
}

fn whole(project: &Project, history: &History) -> usize {
    let is_whole = |id: &&ChangeId| history.applied(id).is_some() && history.progress(id).is_none();
    project.ids().filter(is_whole).count()
}

#[derive(Debug, Serialize)]
struct Finding {
    id: String,
    kind: DriftKind,
    /// A unified diff from the applied text to the present one; for a missing change, the applied text.
    difference: String,
}

fn finding(workspace: &Workspace, drift: &Drift, applied: &str) -> Finding {
    let difference = match workspace.project.change(&drift.change) {
        Some(change) => {
            let now = change.forward.text();
            text_diff(applied, now, &format!("{} as applied", change.title), &format!("{} now", change.title))
        }
        None => applied.to_owned(),
    };
    Finding { id: drift.change.to_string(), kind: drift.kind, difference }
}

/// The document of `--format json`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    version: u32,
    target: &'a str,
    differences: &'a [Finding],
    half_done: &'a [HalfDone],
}

fn print(common: &CommonArguments, target: &str, verified: &Verified) -> Result<(), Failure> {
    let Verified { findings, half_done, whole } = verified;
    if common.format == Format::Json {
        return console::answer_json(&Document { version: 1, target, differences: findings, half_done });
    }
    let mut out = String::new();
    for finding in findings {
        let what = match finding.kind {
            DriftKind::Edited => "was edited after it was applied",
            DriftKind::CommentsEdited => "has other comments than when it was applied",
            DriftKind::Missing => "is applied and missing from the project; its text was",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{} {what}:\n{}\n", finding.id, finding.difference.trim_end());
    }
    for change in half_done {
        let _ = writeln!(out, "{}\n", change.describe());
    }
    let differences = match findings.len() {
        0 => "no difference".to_owned(),
        count => counted(count, "difference"),
    };
    let half = match half_done.len() {
        0 => String::new(),
        count => format!(", {} half done", counted(count, "change")),
    };
    let _ = writeln!(out, "{target}: {} verified, {differences}{half}", counted(*whole, "change"));
    console::answer(&out)
}
