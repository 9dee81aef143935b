//! Rows of the tables that `stl_load_errors`, `stl_load_commits`, `sys_load_history` and their like read.

use std::time::SystemTime;

use super::load_error::LoadError;
use super::rows::Report;
use super::statement::CopyStatement;
use crate::double::data::datetime::DateTime;
use crate::ports::Batch;
use crate::sql::{Dialect, quote_literal};

/// The most rows of one INSERT.
const ROWS: usize = 200;

/// What the history knows of a COPY before it has begun.
#[derive(Clone, Debug)]
pub(super) struct Query {
    /// The number that Redshift calls query ID.
    pub(super) id: String,
    /// The table's object id.
    pub(super) table: String,
    pub(super) started: String,
}

/// The present moment in UTC, as PostgreSQL reads it.
pub(super) fn now() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let moment = i64::try_from(since.as_micros()).ok().and_then(DateTime::of_microseconds).unwrap_or_default();
    let mut text = Vec::new();
    moment.write_timestamp(false, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// The statements that record what came of a COPY; `error` is why it failed.
pub(super) fn record(query: &Query, statement: &CopyStatement, report: &Report, error: Option<&str>) -> Batch {
    let mut batch = Batch::default();
    let (id, ended) = (&query.id, now());
    let loaded = if error.is_some() { 0 } else { report.rows() };
    let bytes: u64 = report.files.iter().map(|file| file.bytes).sum();
    let status = if error.is_some() { "failed" } else { "completed" };
    batch.own(format!(
        "insert into pg_double.load (query, statement, table_id, table_name, data_source, file_format, status, start_time, \
         end_time, loaded_rows, loaded_bytes, source_file_count, source_file_bytes, error_count, error_message) values \
         ({id}, {}, {}, {}, {}, {}, {}, {}, {}, {loaded}, {bytes}, {}, {bytes}, {}, {})",
        text(&statement.shown),
        query.table,
        text(statement.table_name()),
        text(&statement.source.url()),
        text(statement.format.as_str()),
        text(status),
        text(&query.started),
        text(&ended),
        report.files.len(),
        report.error_count,
        error.map_or_else(|| "null".to_owned(), text),
    ));
    let files: Vec<String> = report
        .files
        .iter()
        .map(|file| {
            let rows = if error.is_some() { 0 } else { file.rows };
            format!(
                "({id}, {}, {}, {}, {}, {rows}, {}, {}, {})",
                text(&file.url),
                text(statement.format.as_str()),
                file.bytes,
                file.records,
                file.errors,
                text(&query.started),
                text(&ended),
            )
        })
        .collect();
    let columns =
        "query, file_name, file_format, bytes_scanned, lines_scanned, loaded_rows, error_count, start_time, end_time";
    insert(&mut batch, "pg_double.load_file", columns, &files);
    let errors: Vec<String> = report.errors.iter().map(|error| error_row(query, error)).collect();
    let columns = "query, table_id, file_name, line_number, column_name, column_type, column_length, position, raw_line, \
                   raw_field_value, error_code, error_message";
    insert(&mut batch, "pg_double.load_error", columns, &errors);
    batch.own(format!(
        "select set_config('pg_double.last_copy_id', '{id}', false), \
         set_config('pg_double.last_copy_count', '{loaded}', false)"
    ));
    batch
}

fn error_row(query: &Query, error: &LoadError) -> String {
    format!(
        "({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
        query.id,
        query.table,
        text(&error.file),
        error.line,
        text(&error.column),
        text(error.column_type),
        text(&error.column_length),
        error.position,
        text(&error.raw_line),
        text(&error.raw_field),
        error.code,
        text(&error.reason),
    )
}

fn insert(batch: &mut Batch, table: &str, columns: &str, rows: &[String]) {
    for part in rows.chunks(ROWS) {
        batch.own(format!("insert into {table} ({columns}) values {}", part.join(", ")));
    }
}

fn text(value: &str) -> String {
    quote_literal(value, Dialect::Postgres)
}
