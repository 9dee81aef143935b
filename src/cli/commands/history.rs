//! `vesto history`: what was done to the target, when, by whom, and how long it took.

use std::time::Duration;

use serde::Serialize;

use crate::history::RunRow;
use crate::ledger::Ledger;
use crate::report::{duration, table, visible_line};

use crate::cli::arguments::{CommonArguments, Format, HistoryArguments};
use crate::cli::console;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::with_target;
use crate::cli::workspace::Site;

/// Shows the entries of the ledger, oldest first.
pub(in crate::cli) fn history(
    common: &CommonArguments,
    own: &HistoryArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let site = Site::find(common, environment)?;
    let spec = site.spec()?;
    let surroundings = site.surroundings(environment);
    let rows =
        with_target(&spec, None, &surroundings, async |lease| Ok(Ledger::timeline(lease.session.as_mut()).await?))?;
    let first = own.last.map_or(0, |last| rows.len().saturating_sub(last));
    print(common, &spec.name, &rows[first..])?;
    Ok(ExitCode::Done)
}

/// The document of `--format json`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    version: u32,
    target: &'a str,
    entries: &'a [RunRow],
}

fn print(common: &CommonArguments, target: &str, rows: &[RunRow]) -> Result<(), Failure> {
    if common.format == Format::Json {
        return console::answer_json(&Document { version: 1, target, entries: rows });
    }
    if rows.is_empty() {
        return console::answer(&format!("{target}: nothing was done yet\n"));
    }
    let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let columns = ["finished (UTC)", "action", "change", "took", "by", "commit", "run", "message"];
    let mut out = table(&columns, &cells);
    if !out.ends_with('\n') {
        out.push('\n');
    }
    console::answer(&out)
}

fn cells(row: &RunRow) -> Vec<String> {
    let short = |text: &str| text.chars().take(8).collect::<String>();
    vec![
        row.finished_at.split('.').next().unwrap_or_default().to_owned(),
        row.action.as_str().to_owned(),
        row.change.clone(),
        duration(Duration::from_micros(row.microseconds)),
        format!("{}@{}", row.author, row.host),
        row.source_commit.as_deref().map(short).unwrap_or_default(),
        short(&row.run),
        visible_line(row.message.as_deref().unwrap_or_default().lines().next().unwrap_or_default()).into_owned(),
    ]
}
