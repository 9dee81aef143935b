//! Compares what a test returned with what was expected.

use crate::ports::{DbError, Outcome, Rows};
use crate::project::{Cell, Expectation, TestCase};

use super::Verdict;

/// The verdict on a test whose statements ran.
pub(super) fn judge(test: &TestCase, outcome: Outcome) -> Verdict {
    let rows = outcome.rows.unwrap_or_default();
    match &test.expect {
        Expectation::FirstCell(expected) => first_cell(expected, &rows, test.tolerance),
        Expectation::Rows(expected) => all_rows(expected, &rows, test.tolerance),
        Expectation::NoRows if rows.rows.is_empty() => Verdict::Passed,
        Expectation::NoRows => {
            failed(format!("expected no rows, got {}", rows.rows.len()), String::new(), lines(&rows))
        }
        Expectation::RowCount(expected) => {
            let actual = rows.rows.len() as u64;
            if actual == *expected {
                return Verdict::Passed;
            }
            failed(format!("expected {expected} rows, got {actual}"), expected.to_string(), actual.to_string())
        }
        Expectation::Error { text, .. } => {
            failed("expected an error, and every statement ran".into(), text.clone(), lines(&rows))
        }
    }
}

/// The verdict on a test whose statement failed, if an error was expected.
pub(super) fn judge_error(test: &TestCase, error: &DbError) -> Option<Verdict> {
    let Expectation::Error { text, sqlstate } = &test.expect else { return None };
    let shown = |code: Option<&str>, message: &str| match code {
        Some(code) => format!("[{code}] {message}"),
        None => message.to_owned(),
    };
    let fits_code = sqlstate.as_deref().is_none_or(|code| error.has_code(code));
    if fits_code && error.message.contains(text.as_str()) {
        return Some(Verdict::Passed);
    }
    Some(failed(
        "another error than expected".into(),
        shown(sqlstate.as_deref(), text),
        shown(error.code.as_deref().filter(|_| sqlstate.is_some()), &error.message),
    ))
}

fn first_cell(expected: &str, rows: &Rows, tolerance: Option<f64>) -> Verdict {
    let Some(row) = rows.rows.first() else {
        return failed("expected a value, got no rows".into(), expected.to_owned(), String::new());
    };
    let actual = row.first().cloned().flatten();
    if same(Some(expected), actual.as_deref(), tolerance) {
        return Verdict::Passed;
    }
    let actual = actual.unwrap_or_else(|| NULL.to_owned());
    failed("the value differs".into(), expected.to_owned(), actual)
}

fn all_rows(expected: &[Vec<Cell>], rows: &Rows, tolerance: Option<f64>) -> Verdict {
    let text = |cell: &Cell| match cell {
        Cell::Null => None,
        Cell::Text(text) => Some(text.clone()),
    };
    let expected: Vec<Vec<Option<String>>> = expected.iter().map(|row| row.iter().map(text).collect()).collect();
    let same_row = |(left, right): (&Vec<Option<String>>, &Vec<Option<String>>)| {
        left.len() == right.len() && left.iter().zip(right).all(|(a, b)| same(a.as_deref(), b.as_deref(), tolerance))
    };
    if expected.len() == rows.rows.len() && expected.iter().zip(&rows.rows).all(same_row) {
        return Verdict::Passed;
    }
    let message = match expected.len() == rows.rows.len() {
        true => "the rows differ".to_owned(),
        false => format!("expected {} rows, got {}", expected.len(), rows.rows.len()),
    };
    let expected = Rows { columns: Vec::new(), rows: expected };
    failed(message, lines(&expected), lines(rows))
}

/// Whether two values are the same, numbers within the tolerance.
fn same(expected: Option<&str>, actual: Option<&str>, tolerance: Option<f64>) -> bool {
    if expected == actual {
        return true;
    }
    let (Some(tolerance), Some(Ok(expected)), Some(Ok(actual))) =
        (tolerance, expected.map(str::parse::<f64>), actual.map(str::parse::<f64>))
    else {
        return false;
    };
    (expected - actual).abs() <= tolerance
}

const NULL: &str = "NULL";

/// Rows as a test file writes them.
fn lines(rows: &Rows) -> String {
    let cell = |cell: &Option<String>| cell.clone().unwrap_or_else(|| NULL.to_owned());
    let line = |row: &Vec<Option<String>>| row.iter().map(cell).collect::<Vec<_>>().join(" | ");
    rows.rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn failed(message: String, expected: String, actual: String) -> Verdict {
    Verdict::Failed { message, expected, actual }
}
