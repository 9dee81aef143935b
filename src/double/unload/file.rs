//! One file that is being written.

use std::io::{self, Write};

use crate::double::data::{Compression, Compressor, Sealed};
use crate::ports::{ObjectWriter, StoreError};

use super::parquet::ParquetFile;
use super::row::Row;
use super::text::TextWriter;

/// Bytes that are collected before they are compressed.
const CHUNK: usize = 64 * 1024;

/// What a compressor may hold back: a block of bzip2 is 900 kB.
const HELD_BACK: u64 = 1024 * 1024;

/// An object with a count of its bytes.
pub(super) struct Target {
    object: Box<dyn ObjectWriter>,
    length: u64,
}

impl Target {
    pub(super) fn new(object: Box<dyn ObjectWriter>) -> Self {
        Self { object, length: 0 }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Makes the object visible; returns its length in bytes.
    pub(super) fn finish(self) -> Result<u64, FileError> {
        self.object.finish().map_err(FileError::Store)?;
        Ok(self.length)
    }
}

impl Write for Target {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.object.write(buffer)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.object.flush()
    }
}

/// A file with its rows so far.
pub(super) struct OpenFile {
    pub(super) key: String,
    /// Header lines count too.
    pub(super) lines: u64,
    rows: u64,
    body: Body,
}

enum Body {
    Text { pending: Vec<u8>, to: Box<Compressor<Sealed<Target>>>, compressed: bool },
    Parquet(Box<ParquetFile>),
}

/// Why a row is not in its file.
#[derive(Debug)]
pub(super) enum FileError {
    /// The format has no place for it.
    Row(String),
    /// The file could not be written.
    Write(io::Error),
    /// The store did not take it.
    Store(StoreError),
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl OpenFile {
    pub(super) fn text(
        key: String,
        target: Sealed<Target>,
        compression: Compression,
        writer: &TextWriter<'_>,
    ) -> io::Result<Self> {
        let mut pending = Vec::with_capacity(CHUNK);
        let lines = u64::from(writer.header(&mut pending));
        let to = Box::new(Compressor::new(compression, target)?);
        Ok(Self { key, lines, rows: 0, body: Body::Text { pending, to, compressed: compression != Compression::None } })
    }

    pub(super) fn parquet(key: String, file: ParquetFile) -> Self {
        Self { key, lines: 0, rows: 0, body: Body::Parquet(Box::new(file)) }
    }

    /// Appends a row, which `writer` writes where the file is text; `false` if the file is full and the row belongs into
    /// the next one. A file takes its first row however large that is.
    pub(super) fn add(&mut self, row: &Row, writer: &TextWriter<'_>, largest: u64) -> Result<bool, FileError> {
        let has_rows = self.rows > 0;
        match &mut self.body {
            Body::Text { pending, to, compressed } => {
                if *compressed && has_rows && to.target().target().length() + HELD_BACK > largest {
                    return Ok(false);
                }
                let before = pending.len();
                writer.row(row, pending).map_err(FileError::Row)?;
                if !*compressed && has_rows && to.target().target().length() + pending.len() as u64 > largest {
                    pending.truncate(before);
                    return Ok(false);
                }
                if pending.len() >= CHUNK {
                    to.write_all(pending)?;
                    pending.clear();
                }
            }
            Body::Parquet(file) => {
                if has_rows && file.is_full(largest) {
                    return Ok(false);
                }
                file.add(row).map_err(FileError::Row)?;
                if file.row_group_is_full() {
                    file.end_row_group()?;
                }
            }
        }
        self.lines += 1;
        self.rows += 1;
        Ok(true)
    }

    /// Rows that wait in memory, in bytes.
    pub(super) fn waiting(&self) -> u64 {
        match &self.body {
            Body::Text { .. } => 0,
            Body::Parquet(file) => file.waiting(),
        }
    }

    /// Writes what waits in memory.
    pub(super) fn end_row_group(&mut self) -> Result<(), FileError> {
        match &mut self.body {
            Body::Text { .. } => Ok(()),
            Body::Parquet(file) => Ok(file.end_row_group()?),
        }
    }

    /// Ends the file; returns its length in bytes.
    pub(super) fn finish(self) -> Result<u64, FileError> {
        let target = match self.body {
            Body::Text { pending, mut to, .. } => {
                to.write_all(&pending)?;
                to.finish()?.finish()?
            }
            Body::Parquet(file) => file.finish()?,
        };
        target.finish()
    }
}
