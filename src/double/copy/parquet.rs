//! Parquet files: columns by their order, of types that match those of the table.
//!
//! <https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html>

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, TimestampType, Type as Physical};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, List, Map, Row};
use parquet::schema::types::Type;
use serde::de::IgnoredAny;

use super::column::{Column, Kind};
use super::record::{Bad, Record, RecordReader};
use super::statement::Place;
use crate::double::data::datetime::DateTime;
use crate::ports::Store;

/// An object that is read here and there.
pub(super) struct Object {
    pub(super) store: Arc<dyn Store>,
    pub(super) place: Place,
    pub(super) size: u64,
}

impl Length for Object {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Object {
    type T = BufReader<Box<dyn Read + Send>>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        let file = self.store.open_at(&self.place.bucket, &self.place.key, start);
        file.map(BufReader::new).map_err(|error| ParquetError::External(Box::new(error)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let mut bytes = Vec::with_capacity(length);
        self.get_read(start)?.take(length as u64).read_to_end(&mut bytes)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF("the file is shorter than it says".to_owned()));
        }
        Ok(bytes.into())
    }
}

/// How columns of the table find those of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matching {
    /// Whether columns may be missing.
    pub(super) fill: bool,
    /// Whether nested columns may go into SUPER.
    pub(super) serialize_to_json: bool,
    /// Whether names count, in upper or lower case, and not the order; then columns may be missing or left over.
    pub(super) by_name: bool,
}

/// Reads one file.
pub(super) struct Parquet<'a> {
    rows: RowIter<'static>,
    columns: &'a [Column],
    /// For each column of the table, its place in the file.
    places: Vec<Option<usize>>,
    /// Whether a column of the file holds nanoseconds since 1970, which the rows show as plain numbers.
    nanoseconds: Vec<bool>,
    count: u64,
}

impl<'a> Parquet<'a> {
    /// Reads the footer and compares the columns with those of the table.
    pub(super) fn new(object: Object, columns: &'a [Column], matching: Matching) -> Result<Self, Bad> {
        let url = object.place.url();
        let reader = SerializedFileReader::new(object).map_err(unreadable)?;
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        let found = schema.root_schema().get_fields();
        let (wanted, given) = (columns.len(), found.len());
        if !matching.by_name && (given > wanted || given < wanted && !matching.fill) {
            return Err(Bad::Load(format!(
                "Unmatched number of columns between table and file. Table columns: {wanted}, Data columns: {given}, \
                 File name: {url}"
            )));
        }
        let place = |(at, column): (usize, &Column)| match matching.by_name {
            true => found.iter().position(|data| data.name().eq_ignore_ascii_case(&column.name)),
            false => (at < given).then_some(at),
        };
        let places: Vec<Option<usize>> = columns.iter().enumerate().map(place).collect();
        for (column, place) in columns.iter().zip(&places) {
            let Some(data) = place.and_then(|place| found.get(place)) else { continue };
            if !fits(column.kind, data, matching.serialize_to_json) {
                return Err(Bad::Load(format!(
                    "Spectrum Scan Error: File '{url}' has an incompatible Parquet schema for column '{}'. Column type: \
                     {}, Parquet schema: {}",
                    column.name,
                    column.kind.name().to_uppercase(),
                    shown(data)
                )));
            }
        }
        let nanoseconds = found.iter().map(|data| {
            matches!(
                data.get_basic_info().logical_type_ref(),
                Some(LogicalType::Timestamp(TimestampType { unit: TimeUnit::NANOS, .. }))
            )
        });
        let nanoseconds = nanoseconds.collect();
        Ok(Self { rows: RowIter::from_file_into(Box::new(reader)), columns, places, nanoseconds, count: 0 })
    }
}

fn unreadable(error: ParquetError) -> Bad {
    Bad::File(io::Error::new(io::ErrorKind::InvalidData, error))
}

impl RecordReader for Parquet<'_> {
    fn next(&mut self, record: &mut Record) -> Result<bool, Bad> {
        record.clear();
        self.count += 1;
        record.line = self.count;
        let Some(row) = self.rows.next().transpose().map_err(unreadable)? else { return Ok(false) };
        let fields = row.into_columns();
        for (column, place) in self.columns.iter().zip(&self.places) {
            let found = place.and_then(|place| Some((fields.get(place)?, *self.nanoseconds.get(place)?)));
            match found {
                Some(((_, field), nanoseconds)) => push(record, column, field, nanoseconds),
                None => record.push_null(0),
            }
        }
        Ok(true)
    }
}

/// Whether values of the file's type can go into the column.
fn fits(kind: Kind, data: &Type, serialize_to_json: bool) -> bool {
    let info = data.get_basic_info();
    let is_repeated = info.has_repetition() && info.repetition() == parquet::basic::Repetition::REPEATED;
    if kind == Kind::Super || kind == Kind::Other {
        // UNLOAD writes SUPER as a string of JSON.
        let is_string = data.is_primitive() && data.get_physical_type() == Physical::BYTE_ARRAY;
        return serialize_to_json || is_string || kind == Kind::Other && data.is_primitive();
    }
    if !data.is_primitive() || is_repeated {
        return false;
    }
    let logical = info.logical_type_ref();
    let is_decimal =
        matches!(logical, Some(LogicalType::Decimal(_))) || info.converted_type() == ConvertedType::DECIMAL;
    let is_date = matches!(logical, Some(LogicalType::Date)) || info.converted_type() == ConvertedType::DATE;
    let is_time = matches!(logical, Some(LogicalType::Time(_)))
        || matches!(info.converted_type(), ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS);
    let is_timestamp = matches!(logical, Some(LogicalType::Timestamp(_)))
        || matches!(info.converted_type(), ConvertedType::TIMESTAMP_MILLIS | ConvertedType::TIMESTAMP_MICROS);
    let is_plain = !is_decimal && !is_date && !is_time && !is_timestamp;
    let physical = data.get_physical_type();
    match kind {
        Kind::SmallInt | Kind::Integer => physical == Physical::INT32 && is_plain,
        Kind::BigInt => physical == Physical::INT64 && is_plain,
        Kind::Numeric(_) => is_decimal,
        Kind::Real => physical == Physical::FLOAT,
        Kind::Double => physical == Physical::DOUBLE,
        Kind::Boolean => physical == Physical::BOOLEAN,
        Kind::Char(_) | Kind::Varchar(_) => physical == Physical::BYTE_ARRAY && is_plain,
        Kind::Varbyte(_) => matches!(physical, Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY) && !is_decimal,
        Kind::Date => is_date,
        Kind::Timestamp | Kind::TimestampTz => is_timestamp || physical == Physical::INT96,
        Kind::Time | Kind::TimeTz => is_time,
        Kind::Super | Kind::Other => true,
    }
}

fn shown(data: &Type) -> String {
    let name = data.name();
    if data.is_primitive() {
        format!("{} {name}", data.get_physical_type().to_string().to_lowercase())
    } else {
        format!("group {name}")
    }
}

fn push(record: &mut Record, column: &Column, field: &Field, nanoseconds: bool) {
    if column.kind == Kind::TimestampTz
        && let Some(microseconds) = since_1970(field, nanoseconds)
    {
        // Moments are in UTC, whatever the time zone of the session is.
        let text = calendar(microseconds, |moment, out| {
            DateTime { offset: Some(0), ..*moment }.write_timestamp(true, out);
        });
        return record.push_text(text.as_bytes(), 0);
    }
    let text = match field {
        Field::Null => return record.push_null(0),
        Field::Str(text) if column.kind == Kind::Super && serde_json::from_str::<IgnoredAny>(text).is_ok() => {
            text.clone()
        }
        _ if column.kind == Kind::Super => json(field).to_string(),
        Field::Str(text) => return record.push_text(text.as_bytes(), 0),
        Field::Bytes(bytes) if matches!(column.kind, Kind::Varbyte(_)) => {
            bytes.data().iter().map(|byte| format!("{byte:02x}")).collect()
        }
        Field::Bytes(bytes) => return record.push_text(bytes.data(), 0),
        other => since_1970(other, nanoseconds).map_or_else(|| scalar(other), moment),
    };
    record.push_text(text.as_bytes(), 0);
}

/// The microseconds of a moment.
fn since_1970(field: &Field, nanoseconds: bool) -> Option<i64> {
    match field {
        Field::TimestampMillis(number) => Some(number.saturating_mul(1000)),
        Field::TimestampMicros(number) => Some(*number),
        Field::Long(number) if nanoseconds => Some(number.div_euclid(1000)),
        _ => None,
    }
}

/// A value that is no text, no bytes and nothing nested, as a text.
fn scalar(field: &Field) -> String {
    match field {
        Field::Bool(truth) => truth.to_string(),
        Field::Byte(number) => number.to_string(),
        Field::Short(number) => number.to_string(),
        Field::Int(number) => number.to_string(),
        Field::Long(number) => number.to_string(),
        Field::UByte(number) => number.to_string(),
        Field::UShort(number) => number.to_string(),
        Field::UInt(number) => number.to_string(),
        Field::ULong(number) => number.to_string(),
        Field::Float16(number) => number.to_string(),
        // The shortest text that is the same number again.
        Field::Float(number) => format!("{number:?}"),
        Field::Double(number) => format!("{number:?}"),
        Field::Date(days) => calendar(i64::from(*days) * 86_400_000_000, DateTime::write_date),
        Field::TimeMillis(number) => time(i64::from(*number) * 1000),
        Field::TimeMicros(number) => time(*number),
        other => since_1970(other, false).map_or_else(|| other.to_string(), moment),
    }
}

fn moment(microseconds: i64) -> String {
    calendar(microseconds, |moment, out| moment.write_timestamp(false, out))
}

/// A moment in the usual format; one outside of the calendar as what no column takes.
fn calendar(microseconds: i64, write: impl Fn(&DateTime, &mut Vec<u8>)) -> String {
    match DateTime::of_microseconds(microseconds) {
        Some(moment) => {
            let mut out = Vec::new();
            write(&moment, &mut out);
            String::from_utf8_lossy(&out).into_owned()
        }
        None => format!("{microseconds} microseconds since 1970"),
    }
}

fn time(microseconds: i64) -> String {
    // The last moment of a day is not the first.
    if microseconds == 24 * 3600 * 1_000_000 {
        return "24:00:00".to_owned();
    }
    calendar(microseconds, |moment, out| moment.write_time(false, out))
}

fn json(field: &Field) -> serde_json::Value {
    use serde_json::Value as Json;
    match field {
        Field::Null => Json::Null,
        Field::Bool(truth) => Json::Bool(*truth),
        Field::Str(text) => Json::String(text.clone()),
        Field::Bytes(bytes) => Json::String(String::from_utf8_lossy(bytes.data()).into_owned()),
        Field::Group(row) => object(row),
        Field::ListInternal(list) => elements(list),
        Field::MapInternal(map) => members(map),
        other => {
            let text = scalar(other);
            let number = match other {
                Field::Date(_)
                | Field::TimeMillis(_)
                | Field::TimeMicros(_)
                | Field::TimestampMillis(_)
                | Field::TimestampMicros(_) => None,
                _ => text.parse().ok(),
            };
            number.map_or(Json::String(text), Json::Number)
        }
    }
}

fn object(row: &Row) -> serde_json::Value {
    row.get_column_iter().map(|(name, field)| (name.clone(), json(field))).collect()
}

fn elements(list: &List) -> serde_json::Value {
    list.elements().iter().map(json).collect()
}

fn members(map: &Map) -> serde_json::Value {
    let name = |field: &Field| match json(field) {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    map.entries().iter().map(|(key, value)| (name(key), json(value))).collect()
}
