//! A row of `stl_load_errors`.
//!
//! <https://docs.aws.amazon.com/redshift/latest/dg/r_STL_LOAD_ERRORS.html>

use std::fmt;

use super::column::Column;
use super::fault::Fault;
use super::record::Record;

/// The longest text that the table has room for.
const LONGEST_TEXT: usize = 1024;

/// The longest reason that the table has room for.
const LONGEST_REASON: usize = 100;

/// A record that was not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LoadError {
    pub(super) file: String,
    /// From 1; headers count.
    pub(super) line: u64,
    /// The column at which the record failed; empty where it is none of them.
    pub(super) column: String,
    pub(super) column_type: &'static str,
    pub(super) column_length: String,
    /// Byte in the record.
    pub(super) position: usize,
    pub(super) raw_line: String,
    pub(super) raw_field: String,
    pub(super) code: u16,
    pub(super) reason: String,
}

impl LoadError {
    /// `column` is the one that refuses, if it is one of them.
    pub(super) fn new(file: &str, record: &Record, column: Option<(usize, &Column)>, at: usize, fault: &Fault) -> Self {
        let field = column.and_then(|(index, _)| record.field(index)?.bytes).unwrap_or_default();
        let column = column.map(|(_, column)| column);
        Self {
            file: file.to_owned(),
            line: record.line,
            column: column.map_or_else(String::new, |column| column.name.clone()),
            column_type: column.map_or("", |column| column.kind.name()),
            column_length: column.map_or_else(String::new, |column| column.kind.length()),
            position: at,
            raw_line: plain(&record.raw),
            raw_field: plain(field),
            code: fault.code,
            reason: fault.reason.chars().take(LONGEST_REASON).collect(),
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, code, reason, .. } = self;
        write!(formatter, "{file} line {line}: {reason} (error {code})")?;
        if column.is_empty() { Ok(()) } else { write!(formatter, " in column `{column}`") }
    }
}

/// The beginning of a text; a character of several bytes, and bytes that are none, are shown as dots.
fn plain(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST_TEXT));
    for byte in text {
        match byte {
            0 | 0xc0..=0xff => out.push('.'),
            0x80..=0xbf => {}
            ascii => out.push(char::from(*ascii)),
        }
        if out.len() == LONGEST_TEXT {
            break;
        }
    }
    out
}
