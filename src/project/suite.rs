//! SQL tests: what to run and what must come out.

mod from_ini;
mod from_sql;

use super::ParseOptions;
use super::script::Script;
use crate::text::{Diagnostic, FileId, FileSet, Span};

/// Tests of one file or of one section.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The file below the folder of tests, without extension; for INI files followed by `.` and the section.
    pub name: String,
    /// The file.
    pub path: String,
    /// SQL to run before each test.
    pub setup: Option<Script>,
    /// The tests in the order of the file.
    pub tests: Vec<TestCase>,
}

/// One test.
#[derive(Clone, Debug)]
pub struct TestCase {
    /// Its name, unique in the suite.
    pub name: String,
    /// Where it is declared.
    pub place: Span,
    /// What to run. What the last statement returns is what counts.
    pub script: Script,
    /// What must come out.
    pub expect: Expectation,
    /// By how much numbers may differ.
    pub tolerance: Option<f64>,
    /// Where the expectation stands.
    pub expect_place: Span,
}

/// What must come out of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// The first column of the first row, compared as text.
    FirstCell(String),
    /// Exactly these rows, in this order.
    Rows(Vec<Vec<Cell>>),
    /// No rows.
    NoRows,
    /// So many rows.
    RowCount(u64),
    /// An error.
    Error {
        /// What its message must contain; empty for any error.
        text: String,
        /// Its SQLSTATE, if that matters.
        sqlstate: Option<String>,
    },
}

/// One value of an expected row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// NULL.
    Null,
    /// A value as text.
    Text(String),
}

/// Reads files of tests, sorted by path. `root` is their folder and is left out of names.
pub(super) fn read(
    files: &FileSet,
    ids: &[FileId],
    root: &str,
    options: &ParseOptions<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Suite> {
    let mut ids = ids.to_vec();
    ids.sort_by_key(|id| files.get(*id).path());
    let mut suites = Vec::new();
    for id in ids {
        let source = files.get(id);
        let Some((stem, extension)) = source.path().rsplit_once('.') else { continue };
        let name = stem.strip_prefix(root.trim_end_matches('/')).map_or(stem, |rest| rest.trim_start_matches('/'));
        // The folder of tests may be one file, and then it is its own root.
        let name =
            if name.is_empty() || source.path() == root { stem.rsplit('/').next().unwrap_or(stem) } else { name };
        match extension.to_ascii_lowercase().as_str() {
            "sql" => suites.extend(from_sql::read(id, source, name, options, diagnostics)),
            "ini" => suites.extend(from_ini::read(id, source, name, options, diagnostics)),
            _ => {}
        }
    }
    suites
}
