//! Rows as Parquet, without Arrow: columns wait in memory until a row group is full.

use std::io;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as PhysicalType};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use super::column::{Column, ColumnType};
use super::file::Target;
use super::row::Row;
use crate::double::data::datetime::{read_date, read_time, read_timestamp};

/// Bytes of a decimal: every NUMERIC of Redshift fits.
const DECIMAL_BYTES: i32 = 16;

/// A file of Parquet that is being written.
pub(super) struct ParquetFile {
    writer: SerializedFileWriter<Target>,
    columns: Vec<Waiting>,
    waiting: u64,
    row_group: u64,
}

/// The values of a column that are not written yet.
struct Waiting {
    /// Where the column stands in a row.
    at: usize,
    name: String,
    kind: ColumnType,
    /// One a row: 0 for NULL, 1 for a value.
    levels: Vec<i16>,
    values: Values,
}

enum Values {
    Boolean(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
}

/// The schema of files with these columns.
///
/// # Errors
///
/// Says which column cannot be written: VARBYTE goes to text and CSV only.
pub(super) fn schema(columns: &[Column], written: &[usize]) -> Result<TypePtr, String> {
    let mut fields = Vec::with_capacity(written.len());
    for column in written.iter().filter_map(|at| columns.get(*at)) {
        fields.push(Arc::new(field(column)?));
    }
    let root = Type::group_type_builder("schema").with_fields(fields).build();
    root.map(Arc::new).map_err(|error| error.to_string())
}

fn field(column: &Column) -> Result<Type, String> {
    let integer = |bit_width| Some(LogicalType::integer(bit_width, true));
    let instant = |utc| Some(LogicalType::timestamp(utc, TimeUnit::MICROS));
    let (physical, logical) = match column.kind {
        ColumnType::Boolean => (PhysicalType::BOOLEAN, None),
        ColumnType::SmallInt => (PhysicalType::INT32, integer(16)),
        ColumnType::Integer => (PhysicalType::INT32, None),
        ColumnType::BigInt => (PhysicalType::INT64, None),
        ColumnType::Real => (PhysicalType::FLOAT, None),
        ColumnType::Double => (PhysicalType::DOUBLE, None),
        ColumnType::Date => (PhysicalType::INT32, Some(LogicalType::Date)),
        ColumnType::Time => (PhysicalType::INT64, Some(LogicalType::time(false, TimeUnit::MICROS))),
        ColumnType::Timestamp => (PhysicalType::INT64, instant(false)),
        ColumnType::TimestampTz => (PhysicalType::INT64, instant(true)),
        ColumnType::Char(_) | ColumnType::Varchar(_) | ColumnType::Super => {
            (PhysicalType::BYTE_ARRAY, Some(LogicalType::String))
        }
        ColumnType::Numeric(Some((precision, scale))) => return decimal(column, precision, scale),
        ColumnType::Numeric(None) => {
            let name = &column.name;
            return Err(format!(
                "the precision of column `{name}` is not known on the double, and Parquet needs it: cast it in the \
                 query, such as {name}::numeric(38, 2)"
            ));
        }
        ColumnType::TimeTz | ColumnType::Varbyte => {
            let (name, kind) = (&column.name, column.kind.name().to_uppercase());
            return Err(format!("column `{name}` is {kind}, which UNLOAD does not write to PARQUET"));
        }
    };
    Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()
        .map_err(|error| error.to_string())
}

fn decimal(column: &Column, precision: u32, scale: u32) -> Result<Type, String> {
    let too_large = || format!("the precision of column `{}` is larger than 38", column.name);
    let precision = i32::try_from(precision).ok().filter(|precision| *precision <= 38).ok_or_else(too_large)?;
    let scale = i32::try_from(scale).map_err(|_| too_large())?;
    Type::primitive_type_builder(&column.name, PhysicalType::FIXED_LEN_BYTE_ARRAY)
        .with_repetition(Repetition::OPTIONAL)
        .with_length(DECIMAL_BYTES)
        .with_precision(precision)
        .with_scale(scale)
        .with_logical_type(Some(LogicalType::decimal(scale, precision)))
        .build()
        .map_err(|error| error.to_string())
}

impl ParquetFile {
    pub(super) fn new(
        target: Target,
        schema: TypePtr,
        columns: &[Column],
        written: &[usize],
        row_group: u64,
    ) -> io::Result<Self> {
        // Version 1.0 and SNAPPY, as AWS says.
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(target, schema, Arc::new(properties)).map_err(failed)?;
        let waiting = |at: &usize| columns.get(*at).map(|column| Waiting::of(*at, column));
        Ok(Self { writer, columns: written.iter().filter_map(waiting).collect(), waiting: 0, row_group })
    }

    /// Whether the file is as large as it may be.
    pub(super) fn is_full(&self, largest: u64) -> bool {
        // What waits is smaller when it is compressed; AWS promises no exact size either.
        let written = self.writer.bytes_written() as u64;
        written > 0 && self.waiting == 0 && written + self.row_group / 2 > largest
    }

    pub(super) fn row_group_is_full(&self) -> bool {
        self.waiting >= self.row_group
    }

    pub(super) fn waiting(&self) -> u64 {
        self.waiting
    }

    pub(super) fn add(&mut self, row: &Row) -> Result<(), String> {
        for column in &mut self.columns {
            self.waiting += column.add(row.value(column.at))?;
        }
        Ok(())
    }

    pub(super) fn end_row_group(&mut self) -> io::Result<()> {
        if self.waiting == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group().map_err(failed)?;
        for column in &mut self.columns {
            let Some(mut to) = group.next_column().map_err(failed)? else { break };
            column.write(to.untyped()).map_err(failed)?;
            to.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
        self.waiting = 0;
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<Target> {
        self.end_row_group()?;
        self.writer.into_inner().map_err(failed)
    }
}

impl Waiting {
    fn of(at: usize, column: &Column) -> Self {
        let values = match column.kind {
            ColumnType::Boolean => Values::Boolean(Vec::new()),
            ColumnType::SmallInt | ColumnType::Integer | ColumnType::Date => Values::Int32(Vec::new()),
            ColumnType::BigInt | ColumnType::Time | ColumnType::Timestamp | ColumnType::TimestampTz => {
                Values::Int64(Vec::new())
            }
            ColumnType::Real => Values::Float(Vec::new()),
            ColumnType::Double => Values::Double(Vec::new()),
            ColumnType::Numeric(_) => Values::Fixed(Vec::new()),
            _ => Values::Bytes(Vec::new()),
        };
        Self { at, name: column.name.clone(), kind: column.kind, levels: Vec::new(), values }
    }

    /// Takes a value; returns about how many bytes of memory it costs.
    fn add(&mut self, value: Option<&[u8]>) -> Result<u64, String> {
        self.levels.push(i16::from(value.is_some()));
        let Some(bytes) = value else { return Ok(2) };
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let known = match &mut self.values {
            Values::Boolean(values) => {
                values.push(bytes == b"t");
                Some(())
            }
            Values::Int32(values) if self.kind == ColumnType::Date => {
                read_date(text).and_then(|day| i32::try_from(day.days()).ok()).map(|days| values.push(days))
            }
            Values::Int32(values) => text.parse().ok().map(|value| values.push(value)),
            Values::Int64(values) => {
                let value = match self.kind {
                    ColumnType::Time => read_time(text, false).map(|time| time.microseconds_of_day()),
                    ColumnType::Timestamp | ColumnType::TimestampTz => {
                        read_timestamp(text, true).and_then(|moment| moment.microseconds())
                    }
                    _ => text.parse().ok(),
                };
                value.map(|value| values.push(value))
            }
            Values::Float(values) => text.parse().ok().map(|value| values.push(value)),
            Values::Double(values) => text.parse().ok().map(|value| values.push(value)),
            Values::Bytes(values) => {
                values.push(ByteArray::from(bytes.to_vec()));
                Some(())
            }
            Values::Fixed(values) => unscaled(text, self.kind)
                .map(|number| values.push(FixedLenByteArray::from(number.to_be_bytes().to_vec()))),
        };
        match known {
            Some(()) => Ok(24 + bytes.len() as u64),
            None => Err(format!("PARQUET has no place for the value `{text}` of column `{}`", self.name)),
        }
    }

    fn write(&mut self, to: &mut ColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = Some(self.levels.as_slice());
        match (&self.values, to) {
            (Values::Boolean(values), ColumnWriter::BoolColumnWriter(to)) => to.write_batch(values, levels, None)?,
            (Values::Int32(values), ColumnWriter::Int32ColumnWriter(to)) => to.write_batch(values, levels, None)?,
            (Values::Int64(values), ColumnWriter::Int64ColumnWriter(to)) => to.write_batch(values, levels, None)?,
            (Values::Float(values), ColumnWriter::FloatColumnWriter(to)) => to.write_batch(values, levels, None)?,
            (Values::Double(values), ColumnWriter::DoubleColumnWriter(to)) => to.write_batch(values, levels, None)?,
            (Values::Bytes(values), ColumnWriter::ByteArrayColumnWriter(to)) => to.write_batch(values, levels, None)?,
            (Values::Fixed(values), ColumnWriter::FixedLenByteArrayColumnWriter(to)) => {
                to.write_batch(values, levels, None)?
            }
            _ => return Err(ParquetError::General(format!("column {} has another type than its schema", self.name))),
        };
        self.levels.clear();
        match &mut self.values {
            Values::Boolean(values) => values.clear(),
            Values::Int32(values) => values.clear(),
            Values::Int64(values) => values.clear(),
            Values::Float(values) => values.clear(),
            Values::Double(values) => values.clear(),
            Values::Bytes(values) => values.clear(),
            Values::Fixed(values) => values.clear(),
        }
        Ok(())
    }
}

/// The number without its point: PostgreSQL writes all digits of its scale.
fn unscaled(text: &str, kind: ColumnType) -> Option<i128> {
    let ColumnType::Numeric(Some((_, scale))) = kind else { return None };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let missing = usize::try_from(scale).ok()?.checked_sub(fraction.len())?;
    format!("{whole}{fraction}{}", "0".repeat(missing)).parse().ok()
}

fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(source) => io::Error::other(source),
        },
        other => io::Error::other(other),
    }
}
