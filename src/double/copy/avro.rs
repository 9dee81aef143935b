//! Avro object container files, whose schema is a record.
//!
//! <https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html#copy-avro>

use std::io::{self, BufRead};

use apache_avro::types::Value;

use super::column::{Column, Kind};
use super::fault::Fault;
use super::json::{JsonMapping, column_named};
use super::json_path::Step;
use super::record::{Bad, Record, RecordReader};

/// Reads one file.
pub(super) struct Avro<'a> {
    reader: apache_avro::Reader<'static, Box<dyn BufRead + Send>>,
    columns: &'a [Column],
    mapping: &'a JsonMapping,
    count: u64,
}

impl<'a> Avro<'a> {
    /// Reads the header of the file.
    pub(super) fn new(
        input: Box<dyn BufRead + Send>,
        columns: &'a [Column],
        mapping: &'a JsonMapping,
    ) -> Result<Self, Bad> {
        let reader = apache_avro::Reader::new(input).map_err(unreadable)?;
        Ok(Self { reader, columns, mapping, count: 0 })
    }
}

fn unreadable(error: apache_avro::Error) -> Bad {
    Bad::File(io::Error::new(io::ErrorKind::InvalidData, error))
}

impl RecordReader for Avro<'_> {
    fn next(&mut self, record: &mut Record) -> Result<bool, Bad> {
        record.clear();
        self.count += 1;
        record.line = self.count;
        let Some(value) = self.reader.next().transpose().map_err(unreadable)? else { return Ok(false) };
        let Value::Record(fields) = &value else {
            let message = "the Avro schema is no record";
            return Err(Bad::File(io::Error::new(io::ErrorKind::InvalidData, message)));
        };
        match self.mapping {
            JsonMapping::Whole => record.push_text(json(&value).to_string().as_bytes(), 0),
            JsonMapping::Names { ignore_case } => {
                let mut found = vec![None; self.columns.len()];
                for (name, value) in fields {
                    if let Some(slot) =
                        column_named(self.columns, name, *ignore_case).and_then(|index| found.get_mut(index))
                    {
                        *slot = Some(value);
                    }
                }
                for (column, value) in self.columns.iter().zip(found) {
                    push(record, column, value);
                }
            }
            JsonMapping::Paths(paths) => {
                for (column, path) in self.columns.iter().zip(paths) {
                    let element = follow(&value, &path.0).map_err(|fault| Bad::record(fault, 0))?;
                    push(record, column, element);
                }
            }
        }
        Ok(true)
    }
}

/// A union is what it holds.
fn inner(mut value: &Value) -> &Value {
    while let Value::Union(_, held) = value {
        value = held;
    }
    value
}

fn follow<'v>(root: &'v Value, steps: &[Step]) -> Result<Option<&'v Value>, Fault> {
    let mut value = root;
    for step in steps {
        let next = match (inner(value), step) {
            (Value::Record(fields), Step::Member(name)) => {
                fields.iter().find(|(known, _)| known == name).map(|(_, value)| value)
            }
            (Value::Map(members), Step::Member(name)) => members.get(name),
            (Value::Array(items), Step::Element(index)) if *index < items.len() => items.get(*index),
            (Value::Null, Step::Member(_)) => None,
            (_, Step::Member(_)) => return Err(Fault::json("Invalid JSONPath format: Member is not an object.")),
            (_, Step::Element(_)) => {
                return Err(Fault::json("Invalid JSONPath format: Not an array or index out of range."));
            }
        };
        match next {
            Some(next) => value = next,
            None => return Ok(None),
        }
    }
    Ok(Some(value))
}

fn push(record: &mut Record, column: &Column, value: Option<&Value>) {
    let Some(value) = value.map(inner).filter(|value| **value != Value::Null) else {
        return record.push_null(0);
    };
    match (value, column.kind) {
        (Value::Bytes(bytes) | Value::Fixed(_, bytes), Kind::Varbyte(_)) => {
            record.push_with(0, |out| bytes.iter().for_each(|byte| out.extend_from_slice(&hex(*byte))));
        }
        (_, Kind::Super) => record.push_text(json(value).to_string().as_bytes(), 0),
        _ => match json(value) {
            serde_json::Value::String(text) => record.push_text(text.as_bytes(), 0),
            other => record.push_text(other.to_string().as_bytes(), 0),
        },
    }
}

fn hex(byte: u8) -> [u8; 2] {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).map_or(b'0', |digit| digit as u8);
    [digit(byte >> 4), digit(byte & 15)]
}

/// The value as JSON. Dates, times and numbers of logical types are the numbers that the file holds.
fn json(value: &Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match inner(value) {
        Value::Null | Value::Union(..) => Json::Null,
        Value::Boolean(truth) => Json::Bool(*truth),
        Value::Int(number) | Value::Date(number) | Value::TimeMillis(number) => Json::from(*number),
        Value::Long(number)
        | Value::TimeMicros(number)
        | Value::TimestampMillis(number)
        | Value::TimestampMicros(number)
        | Value::TimestampNanos(number)
        | Value::LocalTimestampMillis(number)
        | Value::LocalTimestampMicros(number)
        | Value::LocalTimestampNanos(number) => Json::from(*number),
        // JSON has no infinities: as a text they still reach a column of numbers.
        Value::Float(number) if number.is_finite() => number.to_string().parse().map_or(Json::Null, Json::Number),
        Value::Double(number) if number.is_finite() => Json::from(*number),
        Value::Float(number) => Json::String(number.to_string()),
        Value::Double(number) => Json::String(number.to_string()),
        Value::String(text) | Value::Enum(_, text) => Json::String(text.clone()),
        Value::Bytes(bytes) | Value::Fixed(_, bytes) => Json::String(text_of(bytes)),
        Value::Decimal(decimal) => {
            Json::String(Vec::<u8>::try_from(decimal).map_or_else(|_| String::new(), |bytes| text_of(&bytes)))
        }
        Value::BigDecimal(number) => Json::String(number.to_string()),
        Value::Uuid(uuid) => Json::String(uuid.to_string()),
        Value::Duration(duration) => Json::String(text_of(&<[u8; 12]>::from(*duration))),
        Value::Array(items) => items.iter().map(json).collect(),
        Value::Map(members) => {
            let sorted: std::collections::BTreeMap<_, _> = members.iter().collect();
            Json::Object(sorted.into_iter().map(|(name, value)| (name.clone(), json(value))).collect())
        }
        Value::Record(fields) => Json::Object(fields.iter().map(|(name, value)| (name.clone(), json(value))).collect()),
    }
}

/// Bytes as a text; bytes that are no UTF-8 as Avro's JSON encoding has them, a character a byte.
fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}
