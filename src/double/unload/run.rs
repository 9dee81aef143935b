//! Carries out one UNLOAD.

use std::collections::HashSet;
use std::io;

use crate::double::data::{Author, Element, Entry, Manifest, Meta, Schema};
use crate::double::long_name;
use crate::ports::{Batch, DbError, DbErrorKind, ResultColumn, Session, Store};
use crate::sql::{Dialect, quote_literal};

use super::column::{Column, ColumnType};
use super::history::Query;
use super::options::{Existing, Format, Manifest as Wanted, UnloadStatement};
use super::outputs::{FinishedFile, Outputs, clear};

/// What the values that the server sends must look like.
const SETTINGS: [(&str, &str); 3] = [("datestyle", "ISO, MDY"), ("bytea_output", "hex"), ("extra_float_digits", "1")];

/// What a COPY begins with, before the query.
const COPY: &str = "copy (";

/// What an UNLOAD has written.
#[derive(Debug, Default)]
pub(in crate::double) struct Unloaded {
    pub(in crate::double) rows: u64,
    /// The keys of its files.
    pub(in crate::double) keys: Vec<String>,
}

/// Writes the rows of the query to the store.
///
/// A statement that fails leaves no file of its own behind, as far as the store lets it remove them again. What CLEANPATH
/// removed and ALLOWOVERWRITE replaced does not come back.
///
/// What records a failure is added to `history`: the transaction around it would undo it.
pub(in crate::double) async fn unload(
    statement: &UnloadStatement,
    session: &mut dyn Session,
    store: &dyn Store,
    history: &mut Vec<Batch>,
) -> Result<Unloaded, DbError> {
    let query = Query::begin(session).await?;
    let mut statement = std::borrow::Cow::Borrowed(statement);
    if statement.unique {
        statement.to_mut().stem = query.stem();
    }
    let unloaded = write(&statement, session, store, &query).await;
    if let Err(error) = &unloaded {
        history.push(query.failed(&statement, error));
    }
    unloaded
}

async fn write(
    statement: &UnloadStatement,
    session: &mut dyn Session,
    store: &dyn Store,
    query: &Query,
) -> Result<Unloaded, DbError> {
    let described = session.describe(&statement.select.sql).await;
    let mut columns = columns(&described.map_err(|error| located(statement, error, 0))?)?;
    let names = columns.iter_mut().map(|column| &mut column.name);
    long_name::restore(session, names, &statement.select.long_names).await?;
    let (written, partition) = statement.roles(&columns)?;
    if !statement.cleans_folders() {
        clear(statement, store, &statement.prefix)?;
    }
    let mut outputs = Outputs::new(statement, store, &columns, &written, &partition)?;
    let changed = set(session, &SETTINGS).await?;
    let mut failure = None;
    let sql = format!("{COPY}{}\n) to stdout", statement.select.sql);
    let copied = session
        .copy_out(&sql, &mut |line| {
            outputs.take(line).map_err(|error| {
                let told = io::Error::other(error.message.clone());
                failure = Some(error);
                told
            })
        })
        .await;
    // Where the transaction failed, its rollback puts the settings back.
    let restored: Vec<(&str, &str)> = changed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    drop(set(session, &restored).await);
    let rows = match (failure, copied) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(located(statement, error, COPY.len())),
        (None, Ok(rows)) => write_rest(statement, &columns, &written, &mut outputs).map(|files| (rows, files)),
    };
    let recorded = match rows {
        Ok((rows, files)) => session
            .run(&query.completed(statement, &files, rows))
            .await
            .map(|_| Unloaded { rows, keys: files.into_iter().map(|file| file.key).collect() })
            .map_err(|failed| DbError { offset: None, ..failed.error }),
        Err(error) => Err(error),
    };
    match recorded {
        Ok(written) => {
            outputs.keep();
            Ok(written)
        }
        Err(mut error) => {
            error.detail = error.detail.or_else(|| outputs.discard());
            Err(error)
        }
    }
}

/// Ends the files and writes the manifest, which names them and so comes last. Returns the files without it.
fn write_rest(
    statement: &UnloadStatement,
    columns: &[Column],
    written: &[usize],
    outputs: &mut Outputs<'_>,
) -> Result<Vec<FinishedFile>, DbError> {
    let files = outputs.finish()?.to_vec();
    if statement.manifest == Wanted::None {
        return Ok(files);
    }
    let selected: Vec<&Column> = written.iter().filter_map(|at| columns.get(*at)).collect();
    let manifest = statement.manifest_of(&files, &selected);
    let text = serde_json::to_vec_pretty(&manifest)
        .map_err(|error| DbError::new(DbErrorKind::Statement, format!("cannot write the manifest: {error}")))?;
    outputs.write_beside(statement.manifest_key(), &text)?;
    Ok(files)
}

impl UnloadStatement {
    /// Whether CLEANPATH empties single folders, as it does with PARTITION BY.
    pub(super) fn cleans_folders(&self) -> bool {
        self.existing == Existing::Remove && !self.partition.columns.is_empty()
    }

    /// Which columns the files hold, and which name their folders.
    fn roles(&self, columns: &[Column]) -> Result<(Vec<usize>, Vec<usize>), DbError> {
        let mut partition = Vec::with_capacity(self.partition.columns.len());
        for name in &self.partition.columns {
            match columns.iter().position(|column| column.name == *name) {
                Some(at) if !columns.get(at).is_some_and(|column| column.kind.may_partition()) => {
                    return Err(refused(format!("column `{name}` has a type that PARTITION BY does not take")));
                }
                Some(at) => partition.push(at),
                None => return Err(refused(format!("column `{name}` of PARTITION BY is not in the query"))),
            }
        }
        let keeps = |at: &usize| self.partition.include || !partition.contains(at);
        let written: Vec<usize> = (0..columns.len()).filter(keeps).collect();
        if written.is_empty() {
            return Err(refused("UNLOAD needs a column that is not in PARTITION BY"));
        }
        self.fits(columns, &written)?;
        Ok((written, partition))
    }

    /// Whether the format can hold these columns.
    fn fits(&self, columns: &[Column], written: &[usize]) -> Result<(), DbError> {
        let format = match &self.format {
            Format::FixedWidth { columns: widths, .. } if widths.len() != written.len() => {
                let (widths, columns) = (widths.len(), written.len());
                return Err(refused(format!("FIXEDWIDTH has {widths} columns and the query has {columns}")));
            }
            Format::FixedWidth { .. } => "FIXEDWIDTH",
            Format::Json => "JSON",
            Format::Parquet { .. } => "PARQUET",
            Format::Delimited(_) | Format::Csv { .. } => "",
        };
        let mut names = HashSet::new();
        for column in written.iter().filter_map(|at| columns.get(*at)) {
            if column.kind == ColumnType::Varbyte && !format.is_empty() {
                return Err(refused(format!("VARBYTE column `{}` cannot be unloaded to {format}", column.name)));
            }
            if matches!(self.format, Format::Json | Format::Parquet { .. }) && !names.insert(&column.name) {
                return Err(refused(format!(
                    "two columns are called `{}`, and {format} needs one name each",
                    column.name
                )));
            }
        }
        Ok(())
    }

    fn manifest_of(&self, files: &[FinishedFile], columns: &[&Column]) -> Manifest {
        let verbose = self.manifest == Wanted::Verbose;
        let columnar = matches!(self.format, Format::Parquet { .. });
        let meta =
            |length: u64, lines: u64| Meta { content_length: Some(length), record_count: verbose.then_some(lines) };
        let entry = |file: &FinishedFile| Entry {
            url: format!("s3://{}/{}", self.bucket, file.key),
            mandatory: false,
            // COPY of Parquet needs the length.
            meta: (verbose || columnar).then(|| meta(file.length, file.lines)),
        };
        let entries = files.iter().map(entry).collect();
        if !verbose {
            return Manifest { entries, ..Manifest::default() };
        }
        let element = |column: &&Column| Element { name: column.name.clone(), kind: column.element() };
        let (length, lines) =
            files.iter().fold((0, 0), |(length, lines), file| (length + file.length, lines + file.lines));
        Manifest {
            entries,
            schema: Some(Schema { elements: columns.iter().map(element).collect() }),
            meta: Some(meta(length, lines)),
            author: Some(Author { name: "Amazon Redshift".to_owned(), version: "1.0.0".to_owned() }),
        }
    }
}

fn columns(described: &[ResultColumn]) -> Result<Vec<Column>, DbError> {
    let column = |column: &ResultColumn| {
        Column::of(column).ok_or_else(|| {
            let message = format!("column `{}` has a type of PostgreSQL that Redshift has not", column.name);
            DbError { hint: Some("cast it in the query".to_owned()), ..refused(message) }
        })
    };
    described.iter().map(column).collect()
}

/// Sets what is set otherwise; returns what it was before.
async fn set<'a>(session: &mut dyn Session, wanted: &[(&'a str, &str)]) -> Result<Vec<(&'a str, String)>, DbError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let current = |(name, _): &(&str, &str)| format!("current_setting('{name}')");
    let mut batch = Batch::default();
    batch.own(format!("select {}", wanted.iter().map(current).collect::<Vec<_>>().join(", ")));
    let answer = session.run(&batch).await.map_err(|failed| DbError { offset: None, ..failed.error })?;
    let rows = answer.into_iter().next().and_then(|outcome| outcome.rows).unwrap_or_default();
    let row = rows.rows.into_iter().next().unwrap_or_default();
    let values = wanted.iter().zip(row).filter_map(|((name, wanted), now)| Some((*name, *wanted, now?)));
    let changed: Vec<(&str, &str, String)> = values.filter(|(_, wanted, now)| wanted != now).collect();
    if !changed.is_empty() {
        let change = |(name, wanted, _): &(&str, &str, String)| {
            format!("set_config('{name}', {}, false)", quote_literal(wanted, Dialect::Postgres))
        };
        let mut batch = Batch::default();
        batch.own(format!("select {}", changed.iter().map(change).collect::<Vec<_>>().join(", ")));
        session.run(&batch).await.map_err(|failed| DbError { offset: None, ..failed.error })?;
    }
    Ok(changed.into_iter().map(|(name, _, before)| (name, before)).collect())
}

/// The error at its place in the UNLOAD.
fn located(statement: &UnloadStatement, error: DbError, before: usize) -> DbError {
    let offset = error.offset.and_then(|offset| offset.checked_sub(before));
    DbError { offset: offset.map(|offset| statement.select.source_offset(offset)), ..error }
}

fn refused(message: impl Into<String>) -> DbError {
    DbError { code: Some("0A000".to_owned()), ..DbError::new(DbErrorKind::Statement, message) }
}
