//! Rows of the tables that `stl_unload_log` and `sys_unload_history` read.

use crate::ports::{Batch, DbError, Session};
use crate::sql::{Dialect, quote_literal};

use super::options::{Format, UnloadStatement};
use super::outputs::FinishedFile;

/// The most rows of one INSERT.
const ROWS: usize = 200;

/// What is known of an UNLOAD when it begins.
pub(super) struct Query {
    /// The number that Redshift calls query ID.
    id: String,
    /// By the server's clock, in UTC.
    started: String,
}

impl Query {
    pub(super) async fn begin(session: &mut dyn Session) -> Result<Self, DbError> {
        let mut batch = Batch::default();
        batch.own("select nextval('pg_double.query_id'), pg_double.now_utc()");
        let answer = session.run(&batch).await.map_err(|failed| DbError { offset: None, ..failed.error })?;
        let row = answer.into_iter().next().and_then(|outcome| outcome.rows?.rows.into_iter().next());
        let mut cells = row.unwrap_or_default().into_iter().map(Option::unwrap_or_default);
        Ok(Self { id: cells.next().unwrap_or_default(), started: cells.next().unwrap_or_default() })
    }

    /// What the names of files begin with that no other query writes: `20200303_004509_810669_1007_`.
    pub(super) fn stem(&self) -> String {
        let digits = |from: usize, to: usize| -> String {
            let part = self.started.get(from..to.min(self.started.len())).unwrap_or_default();
            part.chars().filter(char::is_ascii_digit).collect()
        };
        format!("{}_{}_{:0<6}_{}_", digits(0, 10), digits(10, 19), digits(19, 26), self.id)
    }

    /// The statements that record what was written.
    pub(super) fn completed(&self, statement: &UnloadStatement, files: &[FinishedFile], rows: u64) -> Batch {
        let mut batch = Batch::default();
        let size: u64 = files.iter().map(|file| file.length).sum();
        batch.own(self.row(statement, "completed", &format!("{rows}, {}, {size}, null", files.len())));
        let file = |file: &FinishedFile| {
            let url = text(&format!("s3://{}/{}", statement.bucket, file.key));
            format!("({}, {url}, {}, {}, {})", self.id, text(statement.format.name()), file.lines, file.length)
        };
        let files: Vec<String> = files.iter().map(file).collect();
        for part in files.chunks(ROWS) {
            let columns = "query, file_name, file_format, line_count, transfer_size";
            batch.own(format!("insert into pg_double.unload_file ({columns}) values {}", part.join(", ")));
        }
        batch.own(format!(
            "select set_config('pg_double.last_unload_id', '{}', false), \
             set_config('pg_double.last_unload_count', '{rows}', false)",
            self.id
        ));
        batch
    }

    /// The statement that records why nothing was written.
    pub(super) fn failed(&self, statement: &UnloadStatement, error: &DbError) -> Batch {
        let mut batch = Batch::default();
        batch.own(self.row(statement, "failed", &format!("0, 0, 0, {}", text(&error.message))));
        batch
    }

    fn row(&self, statement: &UnloadStatement, status: &str, rest: &str) -> String {
        format!(
            "insert into pg_double.unload (query, statement, destination, file_format, status, start_time, end_time, \
             unloaded_rows, unloaded_files_count, unloaded_files_size, error_message) \
             values ({}, {}, {}, {}, '{status}', {}, pg_double.now_utc(), {rest})",
            self.id,
            text(&statement.shown),
            text(&format!("s3://{}/{}", statement.bucket, statement.prefix)),
            text(statement.format.name()),
            text(&self.started),
        )
    }
}

impl Format {
    fn name(&self) -> &'static str {
        match self {
            Self::Delimited(_) => "text",
            Self::Csv { .. } => "csv",
            Self::FixedWidth { .. } => "fixedwidth",
            Self::Json => "json",
            Self::Parquet { .. } => "parquet",
        }
    }
}

fn text(value: &str) -> String {
    quote_literal(value, Dialect::Postgres)
}
