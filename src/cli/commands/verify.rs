//! `vesto verify`: the project against what was applied, edits shown as differences.

use std::fmt::Write as _;

use serde::Serialize;

use crate::ledger::Ledger;
use crate::plan::{Drift, DriftKind, drift, tell_comments_apart};
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
    let (findings, verified) =
        with_project(site, None, environment, read_history, async |workspace, lease, history| {
            let session = lease.session.as_mut();
            let mut found = drift(&workspace.project, &history);
            let sequences: Vec<u64> = found.iter().map(|drift| drift.sequence).collect();
            let texts = Ledger::texts(session, &sequences).await?;
            tell_comments_apart(&mut found, &texts, &workspace.project, workspace.target.facts().dialect);
            let findings = found.iter().zip(texts).map(|(drift, text)| finding(workspace, drift, &text.forward));
            Ok((findings.collect::<Vec<_>>(), workspace.project.changes.len()))
        })?;
    print(common, &target, &findings, verified)?;
    let matters = findings.iter().any(|finding| finding.kind != DriftKind::CommentsEdited);
    Ok(if own.check && matters { ExitCode::Differences } else { ExitCode::Done })
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
}

fn print(common: &CommonArguments, target: &str, findings: &[Finding], changes: usize) -> Result<(), Failure> {
    if common.format == Format::Json {
        return console::answer_json(&Document { version: 1, target, differences: findings });
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
    let _ = match findings.len() {
        0 => writeln!(out, "{target}: {} verified, no difference", counted(changes, "change")),
        count => writeln!(out, "{target}: {} verified, {}", counted(changes, "change"), counted(count, "difference")),
    };
    console::answer(&out)
}
