//! One field as PostgreSQL's COPY takes it, or why the column cannot have it.

use super::column::{Column, Kind};
use super::datetime::{DateFormat, TimeFormat};
use super::fault::Fault;
use super::number::{write_boolean, write_decimal, write_float, write_integer};
use super::statement::Conversion;
use super::text::{Fit, write_char, write_escaped, write_varchar};
use crate::double::data::datetime::read_time;

/// Appends the field, or `\N` for NULL; `None` is a field that is NULL already.
pub(super) fn write_field(
    field: Option<&[u8]>,
    column: &Column,
    conversion: &Conversion,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let start = out.len();
    let written = match field.and_then(|field| present(field, column.kind, conversion)) {
        Some(field) => write_value(field, column.kind, conversion, out)?,
        None => false,
    };
    if !written {
        if column.not_null {
            return Err(Fault::missing());
        }
        out.truncate(start);
        out.extend_from_slice(b"\\N");
    }
    Ok(())
}

/// The field without what does not count; nothing if it stands for NULL.
fn present<'a>(field: &'a [u8], kind: Kind, conversion: &Conversion) -> Option<&'a [u8]> {
    if !kind.is_text() {
        return (!field.trim_ascii().is_empty()).then_some(field);
    }
    let trims = conversion.trim_blanks && matches!(kind, Kind::Varchar(_));
    let field = if trims { field.trim_ascii_end() } else { field };
    let is_null = if field.is_empty() {
        conversion.empty_as_null
    } else {
        conversion.blanks_as_null && field.trim_ascii().is_empty()
    };
    (!is_null).then_some(field)
}

/// Appends the value; false if it is NULL after all.
fn write_value(field: &[u8], kind: Kind, conversion: &Conversion, out: &mut Vec<u8>) -> Result<bool, Fault> {
    let fit = Fit { truncate: conversion.truncate_columns, invalid_as: conversion.invalid_as };
    match kind {
        Kind::SmallInt => write_integer(field, (i16::MIN.into(), i16::MAX.into()), "Short", out)?,
        Kind::Integer => write_integer(field, (i32::MIN.into(), i32::MAX.into()), "Integer", out)?,
        Kind::BigInt => write_integer(field, (i64::MIN, i64::MAX), "Long", out)?,
        Kind::Numeric(size) => write_decimal(field, size, conversion.round_decimals, out)?,
        Kind::Real => write_float(field, true, out)?,
        Kind::Double => write_float(field, false, out)?,
        Kind::Boolean => write_boolean(field, out)?,
        Kind::Char(length) => write_char(field, length, fit, out)?,
        Kind::Varchar(length) => write_varchar(field, length, fit, out)?,
        Kind::Date | Kind::Timestamp | Kind::TimestampTz | Kind::Time | Kind::TimeTz => {
            return write_datetime(&String::from_utf8_lossy(field), kind, conversion, out);
        }
        Kind::Super => write_super(field, out)?,
        Kind::Varbyte(length) => write_varbyte(field, length, out)?,
        Kind::Other => write_varchar(field, None, fit, out)?,
    }
    Ok(true)
}

fn write_datetime(text: &str, kind: Kind, conversion: &Conversion, out: &mut Vec<u8>) -> Result<bool, Fault> {
    let read = match kind {
        Kind::Date => conversion.date.read(text),
        Kind::Time | Kind::TimeTz => read_time(text, kind == Kind::TimeTz),
        _ => conversion.time.read(text, kind == Kind::TimestampTz),
    };
    match (read, kind) {
        (Some(_), Kind::Date) if text.len() == 10 && conversion.date == DateFormat::Usual => {
            out.extend_from_slice(text.as_bytes());
        }
        (Some(_), Kind::Timestamp) if text.len() == 19 && conversion.time == TimeFormat::Usual => {
            out.extend_from_slice(text.as_bytes());
        }
        (Some(moment), Kind::Date) => moment.write_date(out),
        (Some(moment), Kind::Time | Kind::TimeTz) => moment.write_time(kind == Kind::TimeTz, out),
        (Some(moment), _) => moment.write_timestamp(kind == Kind::TimestampTz, out),
        (None, Kind::Date | Kind::Timestamp | Kind::TimestampTz) if conversion.any_date => return Ok(false),
        (None, _) => return Err(unreadable(text, kind, conversion)),
    }
    Ok(true)
}

fn unreadable(text: &str, kind: Kind, conversion: &Conversion) -> Fault {
    match kind {
        Kind::Date if text.trim_ascii().len() < 10 && conversion.date == DateFormat::Usual => {
            Fault::new(1205, "Invalid Date Format - length must be 10 or more")
        }
        Kind::Date => Fault::new(1205, "Invalid date format"),
        Kind::Time | Kind::TimeTz => Fault::new(1206, "Invalid time format or value [HH24:MI:SS]"),
        Kind::TimestampTz => Fault::new(1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SSOF]"),
        _ => match conversion.time {
            TimeFormat::EpochSeconds => Fault::new(1206, "Invalid timestamp format or value [epochsecs]"),
            TimeFormat::EpochMilliseconds => Fault::new(1206, "Invalid timestamp format or value [epochmillisecs]"),
            _ => Fault::new(1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]"),
        },
    }
}

/// Writes one JSON value: <https://docs.aws.amazon.com/redshift/latest/dg/ingest-super.html>.
fn write_super(field: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
    let text = std::str::from_utf8(field).map_err(|_| Fault::json("Invalid JSON format: it is not UTF-8"))?;
    // PostgreSQL's jsonb has no NUL character.
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| Fault::json(format!("Invalid JSON format: {error}")))?;
    if text.contains("\\u0000") && has_null_character(&value) {
        return Err(Fault::json("Invalid JSON format: the double has no NUL character in SUPER"));
    }
    write_escaped(field, out);
    Ok(())
}

fn has_null_character(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(items) => items.iter().any(has_null_character),
        serde_json::Value::Object(members) => {
            members.iter().any(|(name, value)| name.contains('\0') || has_null_character(value))
        }
        _ => false,
    }
}

/// Writes bytes that are given in hexadecimal:
/// <https://docs.aws.amazon.com/redshift/latest/dg/r_VARBYTE_type.html>.
fn write_varbyte(field: &[u8], length: Option<usize>, out: &mut Vec<u8>) -> Result<(), Fault> {
    let digits = field.trim_ascii();
    if let Some(at) = digits.iter().position(|byte| !byte.is_ascii_hexdigit()) {
        return Err(Fault::digit(digits.get(at).copied().unwrap_or_default(), at, "VarByte"));
    }
    if digits.len() % 2 == 1 {
        return Err(Fault::new(1207, "Invalid VARBYTE: an odd number of hexadecimal digits"));
    }
    if length.is_some_and(|length| digits.len() / 2 > length) {
        return Err(Fault::new(1204, "VARBYTE length exceeds DDL length"));
    }
    out.extend_from_slice(b"\\\\x");
    out.extend_from_slice(digits);
    Ok(())
}
