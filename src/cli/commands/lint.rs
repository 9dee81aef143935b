//! `vesto lint`: mistakes in the project, found without a server.

use std::fmt::Write as _;

use serde::Serialize;

use crate::lint::lint as find;
use crate::report::counted;
use crate::text::{Diagnostic, FileSet, Location, Severity, render_all};

use crate::cli::arguments::{CommonArguments, Format, LintArguments};
use crate::cli::console;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::workspace::Site;

/// Prints all findings: of reading the project, and of the rules.
pub(in crate::cli) fn lint(
    common: &CommonArguments,
    own: &LintArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let mut workspace = Site::find(common, environment)?.read_quietly()?;
    workspace.read_rollbacks(|_| true)?;
    let mut findings = workspace.diagnostics.clone();
    findings.extend(find(&workspace.project, workspace.target.facts(), &workspace.variables));
    findings.retain(|finding| finding.severity != Severity::Note || common.verbose);
    print(common, &findings, &workspace.files)?;
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Ok(ExitCode::Project);
    }
    Ok(if own.check && !findings.is_empty() { ExitCode::Differences } else { ExitCode::Done })
}

/// The document of `--format json`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    version: u32,
    findings: Vec<Finding<'a>>,
}

#[derive(Debug, Serialize)]
struct Finding<'a> {
    severity: &'static str,
    code: &'static str,
    message: &'a str,
    location: Option<Location>,
    hint: Option<&'a str>,
}

fn print(common: &CommonArguments, findings: &[Diagnostic], files: &FileSet) -> Result<(), Failure> {
    if common.format == Format::Json {
        let findings = findings.iter().map(|finding| Finding {
            severity: finding.severity.as_str(),
            code: finding.code,
            message: &finding.message,
            location: finding.span.map(|span| files.locate(span)),
            hint: finding.hint.as_deref(),
        });
        return console::answer_json(&Document { version: 1, findings: findings.collect() });
    }
    let mut out = render_all(findings, files);
    let line = if findings.is_empty() {
        "no findings".to_owned()
    } else {
        format!("\n{}", counted(findings.len(), "finding"))
    };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{line}");
    console::answer(&out)
}
