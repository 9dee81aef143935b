//! Opens one object for its records: decrypted, decompressed, in UTF-8, and behind its header.

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use super::avro::Avro;
use super::column::Column;
use super::csv::Csv;
use super::delimited::Delimited;
use super::fixed_width::FixedWidth;
use super::json::{Json, JsonMapping};
use super::parquet::{Matching, Object, Parquet};
use super::record::{Bad, Lines, RecordReader};
use super::statement::{CopyStatement, Format, Place};
use crate::ports::{ObjectHead, Store, StoreError};

/// How much is read at once.
const BUFFER: usize = 256 * 1024;

/// How the records of all files of a load are read.
pub(super) struct Input {
    pub(super) statement: CopyStatement,
    pub(super) columns: Vec<Column>,
    pub(super) mapping: Option<JsonMapping>,
    pub(super) store: Arc<dyn Store>,
}

impl Input {
    /// Opens one object; says how large it is, too.
    pub(super) fn open(&self, place: &Place) -> Result<(u64, Box<dyn RecordReader + '_>), Bad> {
        let head = self.store.head(&place.bucket, &place.key).map_err(unreadable)?;
        let head = head.ok_or_else(|| Bad::File(io::ErrorKind::NotFound.into()))?;
        let reader: Box<dyn RecordReader + '_> = match &self.statement.format {
            Format::Parquet { serialize_to_json, by_name } => {
                let object = Object { store: self.store.clone(), place: place.clone(), size: head.size };
                let matching = Matching {
                    fill: self.statement.layout.fill_record,
                    serialize_to_json: *serialize_to_json,
                    by_name: *by_name,
                };
                Box::new(Parquet::new(object, &self.columns, matching)?)
            }
            Format::Avro(_) => Box::new(Avro::new(self.bytes(place, &head)?, &self.columns, self.mapping())?),
            Format::Json(_) => Box::new(Json::new(self.bytes(place, &head)?, &self.columns, self.mapping())),
            format => self.lines(format, Lines::new(self.bytes(place, &head)?))?,
        };
        Ok((head.size, reader))
    }

    fn lines<'a>(&'a self, format: &'a Format, mut lines: Lines) -> Result<Box<dyn RecordReader + 'a>, Bad> {
        lines.skip(self.statement.layout.header_lines)?;
        let null = self.statement.conversion.null.as_slice();
        Ok(match format {
            Format::Csv { delimiter, quote } => Box::new(Csv { lines, delimiter: *delimiter, quote: *quote, null }),
            Format::FixedWidth(widths) => Box::new(FixedWidth { lines, widths, null, columns: &self.columns }),
            Format::Delimited { delimiter, escape, remove_quotes } => {
                Box::new(Delimited { lines, delimiter, null, escape: *escape, remove_quotes: *remove_quotes })
            }
            Format::Json(_) | Format::Avro(_) | Format::Parquet { .. } => {
                return Err(Bad::Load("the format has no lines".to_owned()));
            }
        })
    }

    fn mapping(&self) -> &JsonMapping {
        self.mapping.as_ref().unwrap_or(&JsonMapping::Names { ignore_case: false })
    }

    fn bytes(&self, place: &Place, head: &ObjectHead) -> Result<Box<dyn io::BufRead + Send>, Bad> {
        let mut file: Box<dyn Read + Send> = self.store.open(&place.bucket, &place.key).map_err(unreadable)?;
        if let Some(key) = &self.statement.master_key {
            file = key.open(&head.metadata, file).map_err(io::Error::other)?;
        }
        if let Some(compression) = self.statement.compression {
            file = compression.decompress(file)?;
        }
        let file = self.statement.charset.decode(file);
        Ok(Box::new(BufReader::with_capacity(BUFFER, file)))
    }
}

fn unreadable(error: StoreError) -> Bad {
    match error {
        StoreError::Unreadable { source, .. } => Bad::File(source),
        other => Bad::File(io::Error::other(other)),
    }
}
