//! What a COPY statement asks for.

use crate::ports::DbError;
use crate::sql::{ObjectName, TokenKind, stored_name};

use super::charset::Charset;
use super::datetime::{DateFormat, TimeFormat};
use super::options::Options;
use crate::double::data::Cursor;
use crate::double::data::decompress::Compression;
use crate::double::data::envelope::MasterKey;

/// A COPY from S3.
#[derive(Clone, Debug)]
pub(in crate::double) struct CopyStatement {
    pub(super) table: ObjectName,
    /// The columns that the user lists; empty for all.
    pub(super) columns: Vec<String>,
    pub(super) source: Place,
    /// Whether `source` is a manifest and no prefix.
    pub(super) is_manifest: bool,
    pub(super) master_key: Option<MasterKey>,
    pub(super) compression: Option<Compression>,
    pub(super) charset: Charset,
    pub(super) format: Format,
    pub(super) layout: Layout,
    pub(super) conversion: Conversion,
    pub(super) explicit_ids: bool,
    /// Whether the files are only checked.
    pub(super) no_load: bool,
    /// The number of bad records that fails the load; `None` never does.
    pub(super) max_errors: Option<u64>,
    /// The statement as the history shows it.
    pub(super) shown: String,
}

/// A key or prefix of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) bucket: String,
    pub(super) key: String,
}

impl Place {
    /// Reads `s3://bucket/key`.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let path = url.strip_prefix("s3://")?;
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        Some(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// As the user writes it.
    pub(super) fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

/// What records look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Delimited {
        delimiter: Vec<u8>,
        escape: bool,
        remove_quotes: bool,
    },
    Csv {
        delimiter: u8,
        quote: u8,
    },
    /// The width of each field in characters.
    FixedWidth(Vec<usize>),
    Json(Mapping),
    Avro(Mapping),
    Parquet {
        /// Whether nested columns may go into SUPER.
        serialize_to_json: bool,
        /// Whether columns are found by their names and not by their order.
        by_name: bool,
    },
}

impl Format {
    /// The name in the system tables.
    pub(super) const fn as_str(&self) -> &'static str {
        match self {
            Self::Delimited { .. } => "text",
            Self::Csv { .. } => "csv",
            Self::FixedWidth(_) => "fixedwidth",
            Self::Json(_) => "json",
            Self::Avro(_) => "avro",
            Self::Parquet { .. } => "parquet",
        }
    }
}

/// How members of a JSON or Avro record find their columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mapping {
    /// By the name of the column.
    Auto,
    /// By the name of the column, in upper or lower case.
    AutoIgnoreCase,
    /// The record as a whole goes into one SUPER column.
    NoShred,
    /// By the paths in a file.
    Paths(Place),
}

/// Which lines are records, and how long a record may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) header_lines: u64,
    pub(super) ignore_blank_lines: bool,
    pub(super) fill_record: bool,
}

/// How fields become values:
/// <https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html>.
#[derive(Clone, Debug)]
pub(super) struct Conversion {
    /// The text that stands for NULL.
    pub(super) null: Vec<u8>,
    pub(super) blanks_as_null: bool,
    pub(super) empty_as_null: bool,
    pub(super) trim_blanks: bool,
    pub(super) truncate_columns: bool,
    /// What stands for each byte that is not UTF-8; `None` refuses them.
    pub(super) invalid_as: Option<u8>,
    /// Whether numbers with too many decimals are rounded and not cut.
    pub(super) round_decimals: bool,
    pub(super) date: DateFormat,
    pub(super) time: TimeFormat,
    /// Whether a date that cannot be read is NULL.
    pub(super) any_date: bool,
}

impl CopyStatement {
    /// The table's name as Redshift's messages have it.
    pub(super) fn table_name(&self) -> &str {
        self.table.parts.last().map_or("", String::as_str)
    }

    /// Reads one statement in Redshift's SQL.
    ///
    /// # Errors
    ///
    /// Fails at what Redshift refuses, and at what the double does not do, which it names.
    pub(in crate::double) fn parse(text: &str) -> Result<Self, DbError> {
        let mut cursor = Cursor::new("COPY", text);
        let stored = |name: String| stored_name(&name).into_owned();
        let table = ObjectName { parts: cursor.name()?.parts.into_iter().map(stored).collect() };
        let columns = if cursor.take_kind(TokenKind::LeftParenthesis) { cursor.columns()? } else { Vec::new() };
        let columns = columns.into_iter().map(stored).collect();
        cursor.expect("from")?;
        let place = cursor.place();
        let url = cursor.string("the place of the data, such as 's3://bucket/prefix'")?;
        let source = Place::parse(&url).ok_or_else(|| {
            let scheme = url.split_once("://").map_or("this place", |(scheme, _)| scheme);
            cursor.unsupported(place, format!("COPY from {scheme} is not supported by the double: only 's3://...' is"))
        })?;
        let options = Options::read(&mut cursor)?;
        options.statement(&cursor, table, columns, source)
    }
}
