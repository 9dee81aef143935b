//! The files of a COPY as one stream in the text format of PostgreSQL's COPY.

use std::collections::VecDeque;
use std::io::{self, BufReader, Read};

use flate2::read::MultiGzDecoder;

use super::csv::Csv;
use super::delimited::Delimited;
use super::options::{CopyStatement, Format, Layout};
use super::record::{BadRecord, Field, Lines};
use crate::ports::{DbError, DbErrorKind, Store, StoreError};

/// How much is made ready at once.
const CHUNK: usize = 64 * 1024;

/// A column that a field goes into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// Whether an empty field is an empty text; it is NULL for any other type.
    pub(super) is_text: bool,
}

/// Reads the files one after the other, record by record.
pub(super) struct Rows<'a> {
    statement: &'a CopyStatement,
    columns: &'a [Column],
    store: &'a dyn Store,
    keys: VecDeque<String>,
    open: Option<(String, Lines)>,
    out: Vec<u8>,
    sent: usize,
    /// Why reading stopped; the server only hears that it did.
    pub(super) failure: Option<DbError>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        statement: &'a CopyStatement,
        columns: &'a [Column],
        store: &'a dyn Store,
        keys: Vec<String>,
    ) -> Self {
        let keys = keys.into();
        Self { statement, columns, store, keys, open: None, out: Vec::new(), sent: 0, failure: None }
    }

    /// Makes the next rows ready; nothing is ready at the end of the last file.
    fn fill(&mut self) -> Result<(), DbError> {
        self.out.clear();
        self.sent = 0;
        while self.out.len() < CHUNK {
            let Some((key, mut lines)) = self.next_file()? else { return Ok(()) };
            match self.record(&mut lines) {
                Ok(true) => self.open = Some((key, lines)),
                Ok(false) => {}
                Err(bad) => return Err(self.located(&key, lines.line, bad)),
            }
        }
        Ok(())
    }

    fn next_file(&mut self) -> Result<Option<(String, Lines)>, DbError> {
        if let Some(open) = self.open.take() {
            return Ok(Some(open));
        }
        let Some(key) = self.keys.pop_front() else { return Ok(None) };
        let file = self.store.open(&self.statement.bucket, &key).map_err(store_error)?;
        let input: Box<dyn io::BufRead + Send> = if self.statement.gzip {
            Box::new(BufReader::with_capacity(CHUNK, MultiGzDecoder::new(BufReader::new(file))))
        } else {
            Box::new(BufReader::with_capacity(CHUNK, file))
        };
        let mut lines = Lines::new(input);
        for _ in 0..self.statement.layout.header_lines {
            match lines.next(&mut Vec::new()) {
                Ok(true) => {}
                Ok(false) => break,
                Err(bad) => return Err(self.located(&key, lines.line, bad)),
            }
        }
        Ok(Some((key, lines)))
    }

    /// Appends the next record of the file as a row; false at the end of the file.
    fn record(&mut self, lines: &mut Lines) -> Result<bool, BadRecord> {
        let layout = &self.statement.layout;
        let null = layout.null.as_bytes();
        let read = match &layout.format {
            Format::Csv { delimiter, quote } => Csv { delimiter: *delimiter, quote: *quote, null }.next(lines)?,
            Format::Delimited { delimiter, escape, remove_quotes } => {
                let (escape, remove_quotes) = (*escape, *remove_quotes);
                Delimited { delimiter: delimiter.as_bytes(), null, escape, remove_quotes }.next(lines)?
            }
        };
        let Some(mut fields) = read else { return Ok(false) };
        let blank = matches!(fields.as_slice(), [only] if only.bytes.trim_ascii().is_empty());
        if blank && layout.ignore_blank_lines {
            return Ok(true);
        }
        fit(&mut fields, self.columns.len(), layout)?;
        for (index, (field, column)) in fields.into_iter().zip(self.columns).enumerate() {
            if index > 0 {
                self.out.push(b'\t');
            }
            write_field(&mut self.out, field, column, layout)?;
        }
        self.out.push(b'\n');
        Ok(true)
    }

    fn located(&self, key: &str, line: u64, bad: BadRecord) -> DbError {
        let (table, bucket) = (&self.statement.table, &self.statement.bucket);
        let (why, source) = match bad {
            BadRecord::Malformed(why) => (why, None),
            BadRecord::Unreadable(error) => {
                let hint = if self.statement.gzip { " (is it gzip?)" } else { "" };
                (format!("cannot be read{hint}: {error}"), Some(error))
            }
        };
        let message = format!("load into table '{table}' failed: s3://{bucket}/{key} line {line}: {why}");
        let source = source.map(|error| Box::new(error) as Box<dyn std::error::Error + Send + Sync>);
        DbError { source, code: Some("XX000".to_owned()), ..DbError::new(DbErrorKind::Statement, message) }
    }
}

impl Read for Rows<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.sent == self.out.len()
            && let Err(error) = self.fill()
        {
            let told = io::Error::other(error.message.clone());
            self.failure = Some(error);
            return Err(told);
        }
        let ready = self.out.get(self.sent..).unwrap_or_default();
        let length = ready.len().min(buffer.len());
        let (Some(to), Some(from)) = (buffer.get_mut(..length), ready.get(..length)) else { return Ok(0) };
        to.copy_from_slice(from);
        self.sent += length;
        Ok(length)
    }
}

/// Makes a record as long as the table is wide, or says why it is not.
fn fit(fields: &mut Vec<Field>, width: usize, layout: &Layout) -> Result<(), BadRecord> {
    // Files of TPC-H and others end every line with a delimiter.
    if fields.len() == width + 1 && fields.last().is_some_and(|last| last.bytes.is_empty()) {
        fields.pop();
    }
    if fields.len() > width {
        let message = format!("extra column(s) found: {} fields for {width} columns", fields.len());
        return Err(BadRecord::Malformed(message));
    }
    if fields.len() < width && !layout.fill_record {
        let message = format!("delimiter not found: {} fields for {width} columns", fields.len());
        return Err(BadRecord::Malformed(message));
    }
    fields.resize_with(width, Field::default);
    Ok(())
}

fn write_field(out: &mut Vec<u8>, field: Field, column: &Column, layout: &Layout) -> Result<(), BadRecord> {
    let mut bytes = field.bytes;
    if column.is_text && layout.trim_blanks {
        bytes.truncate(bytes.trim_ascii_end().len());
    }
    let empty = bytes.is_empty() && (!column.is_text || layout.empty_as_null);
    let blank = (!column.is_text || layout.blanks_as_null && !bytes.is_empty()) && bytes.trim_ascii().is_empty();
    if field.null || empty || blank {
        out.extend_from_slice(b"\\N");
        return Ok(());
    }
    let bytes = checked(bytes, column, layout)?;
    for byte in bytes {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            other => out.push(other),
        }
    }
    Ok(())
}

/// The bytes as a server can store them: UTF-8 without NUL.
fn checked(bytes: Vec<u8>, column: &Column, layout: &Layout) -> Result<Vec<u8>, BadRecord> {
    let bad = |what: &str| BadRecord::Malformed(format!("{what} in the field for column `{}`", column.name));
    if bytes.contains(&0) {
        return Err(bad("a NUL character"));
    }
    if std::str::from_utf8(&bytes).is_ok() {
        return Ok(bytes);
    }
    let Some(replacement) = layout.invalid_as else { return Err(bad("bytes that are not UTF-8")) };
    let mut out = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        out.extend(chunk.invalid().iter().map(|_| replacement));
    }
    Ok(out)
}

/// A store's failure as an answer to the statement.
pub(in crate::double) fn store_error(error: StoreError) -> DbError {
    let message = match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    DbError {
        code: Some("58030".to_owned()),
        hint: Some(error.hint()),
        source: Some(Box::new(error)),
        ..DbError::new(DbErrorKind::Statement, message)
    }
}
