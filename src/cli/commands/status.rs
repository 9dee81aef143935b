//! `vesto status`: where the target stands.

use serde::Serialize;

use crate::history::History;
use crate::plan::{Drift, DriftKind, TargetFacts};
use crate::project::{Change, ChangeKind, Project};
use crate::report::{counted, table, visible_line};

use crate::cli::arguments::{CommonArguments, Format, StatusArguments};
use crate::cli::console;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::{read_history, with_project};
use crate::cli::task::find_drift;
use crate::cli::workspace::Site;

/// Shows each change with its standing.
pub(in crate::cli) fn status(
    common: &CommonArguments,
    own: &StatusArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let site = Site::find(common, environment)?;
    let target = site.target.facts().name.to_owned();
    let lines = with_project(site, None, environment, read_history, async |workspace, lease, history| {
        let found = find_drift(workspace, &history, lease.session.as_mut()).await?;
        Ok(lines(&workspace.project, workspace.target.facts(), &history, &found))
    })?;
    print(common, &target, &lines)?;
    let settled = lines.iter().all(|line| matches!(line.standing, "applied" | "comments edited" | ELSEWHERE));
    Ok(if own.check && !settled { ExitCode::Differences } else { ExitCode::Done })
}

/// How a change stands that is only for other targets: there is nothing to do about it here.
const ELSEWHERE: &str = "not for this target";

/// The changes in the project's order, then what only the ledger knows.
fn lines(project: &Project, target: TargetFacts<'_>, history: &History, found: &[Drift]) -> Vec<Line> {
    let of_change = |change| Line::of_change(change, target, history, found);
    let mut lines: Vec<Line> = project.changes.iter().map(of_change).collect();
    let missing = found.iter().filter(|drift| drift.kind == DriftKind::Missing);
    lines.extend(missing.map(|drift| Line { id: drift.change.to_string(), title: String::new(), standing: "missing" }));
    let gone = history.unfinished().filter(|(id, _)| project.change(id).is_none());
    lines.extend(gone.map(|(id, _)| Line { id: id.to_string(), title: String::new(), standing: "half done" }));
    lines
}

#[derive(Debug, Serialize)]
struct Line {
    id: String,
    title: String,
    standing: &'static str,
}

impl Line {
    fn of_change(change: &Change, target: TargetFacts<'_>, history: &History, found: &[Drift]) -> Self {
        let edit = || found.iter().find(|drift| drift.change == change.id).map(|drift| drift.kind);
        let standing = match (history.applied(&change.id), history.progress(&change.id)) {
            (_, Some(progress)) if progress.doubt.is_some() => "in doubt",
            (_, Some(_)) => "half done",
            (None, None) if !target.takes(change) => ELSEWHERE,
            (None, None) => "pending",
            (Some(_), None) if edit() == Some(DriftKind::Edited) => "edited",
            (Some(_), None) if edit() == Some(DriftKind::CommentsEdited) => "comments edited",
            (Some(applied), None)
                if matches!(change.kind, ChangeKind::Repeatable) && change.checksum != *applied.checksum =>
            {
                "text changed"
            }
            (Some(_), None) => "applied",
        };
        Self { id: change.id.to_string(), title: change.title.clone(), standing }
    }
}

/// The document of `--format json`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    version: u32,
    target: &'a str,
    changes: &'a [Line],
}

fn print(common: &CommonArguments, target: &str, lines: &[Line]) -> Result<(), Failure> {
    if common.format == Format::Json {
        return console::answer_json(&Document { version: 1, target, changes: lines });
    }
    let shown = lines.iter().filter(|line| common.verbose || line.standing != "applied");
    let rows: Vec<Vec<String>> = shown
        .map(|line| vec![line.standing.to_owned(), line.id.clone(), visible_line(&line.title).into_owned()])
        .collect();
    let mut out = if rows.is_empty() { String::new() } else { table(&["standing", "change", "title"], &rows) };
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    let applied = lines.iter().filter(|line| line.standing == "applied").count();
    let rest = lines.iter().filter(|line| line.standing != ELSEWHERE).count() - applied;
    out.push_str(&format!("{target}: {} applied, {rest} not settled\n", counted(applied, "change")));
    console::answer(&out)
}
