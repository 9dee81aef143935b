//! The options of a COPY statement, and which of them go together.
//!
//! <https://docs.aws.amazon.com/redshift/latest/dg/r_COPY-parameters.html>

use std::collections::BTreeSet;

use crate::ports::DbError;
use crate::sql::{ObjectName, TokenKind};

use super::charset::Charset;
use super::datetime::{DateFormat, TimeFormat};
use super::statement::{Conversion, CopyStatement, Format, Layout, Mapping, Place};
use crate::double::data::Cursor;
use crate::double::data::decompress::Compression;
use crate::double::data::envelope::MasterKey;

/// The most errors that MAXERROR can allow.
const MOST_ERRORS: u64 = 100_000;

/// Options of the formats whose files name their columns, by
/// <https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html>.
const WITH_PARQUET: &[&str] = &[
    "acceptinvchars",
    "compupdate",
    "credentials",
    "explicit_ids",
    "fillrecord",
    "iam_role",
    "manifest",
    "parquet",
    "region",
    "serializetojson",
    "statupdate",
];

/// What may stand behind FORMAT.
const FORMATS: &[&str] = &["csv", "fixedwidth", "json", "avro", "parquet", "orc", "shapefile"];

/// Credentials of one value.
const SECRETS: &[&str] = &["access_key_id", "secret_access_key", "session_token"];

/// What stands in the statement, before it is known whether it goes together.
#[derive(Default)]
pub(super) struct Options {
    /// The words that were read, and where.
    seen: BTreeSet<String>,
    format: Option<Named>,
    delimiter: Option<Vec<u8>>,
    quote: Option<String>,
    null: Option<Vec<u8>>,
    compression: Option<Compression>,
    charset: Charset,
    master_key: Option<String>,
    header_lines: u64,
    max_errors: u64,
    invalid_as: Option<u8>,
    date: DateFormat,
    time: TimeFormat,
}

/// A format that the statement names.
enum Named {
    Csv,
    FixedWidth(Vec<usize>),
    Json(Mapping),
    Avro(Mapping),
    Parquet,
}

impl Options {
    /// Reads all options up to the end of the statement.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, DbError> {
        let mut options = Self::default();
        while !cursor.at_end() {
            options.next(cursor)?;
            cursor.take_kind(TokenKind::Comma);
        }
        Ok(options)
    }

    fn next(&mut self, cursor: &mut Cursor<'_>) -> Result<(), DbError> {
        let place = cursor.place();
        let mut word = cursor.word()?;
        match word.as_str() {
            "with" => return Ok(()),
            "delimiters" => "delimiter".clone_into(&mut word),
            // FORMAT, AS or both stand before the name of a format.
            "format" | "as" => {
                if word == "format" {
                    cursor.take("as");
                }
                word = cursor.word()?;
                if !FORMATS.contains(&word.as_str()) {
                    return Err(cursor.no_option(place, format!("COPY has no format {}", word.to_uppercase())));
                }
            }
            _ => {}
        }
        if !self.seen.insert(word.clone()) {
            return Err(cursor.no_option(place, "conflicting or redundant options"));
        }
        match word.as_str() {
            format if FORMATS.contains(&format) => self.named_format(cursor, place, format),
            "gzip" | "zstd" | "bzip2" | "lzop" => self.compressed(cursor, place, &word),
            "dateformat" | "timeformat" => self.datetime(cursor, place, &word),
            "delimiter" | "quote" | "null" | "ignoreheader" | "maxerror" | "acceptinvchars" | "encoding" => {
                self.with_value(cursor, place, &word)
            }
            "escape" | "removequotes" | "explicit_ids" | "blanksasnull" | "emptyasnull" | "trimblanks"
            | "fillrecord" | "ignoreblanklines" | "truncatecolumns" | "roundec" | "acceptanydate" | "noload"
            | "ignoreallerrors" | "manifest" | "encrypted" | "serializetojson" => Ok(()),
            _ => self.without_effect(cursor, place, &word),
        }
    }

    fn named_format(&mut self, cursor: &mut Cursor<'_>, place: usize, word: &str) -> Result<(), DbError> {
        let format = match word {
            "csv" => Named::Csv,
            "fixedwidth" => Named::FixedWidth(widths(cursor, place)?),
            "json" => Named::Json(mapping(cursor, place, "JSON")?),
            "avro" => Named::Avro(mapping(cursor, place, "AVRO")?),
            "parquet" => Named::Parquet,
            "orc" => {
                let why = "COPY ORC is not supported by the double: no small reader of ORC files without Apache Arrow is known";
                return Err(cursor.unsupported(place, why));
            }
            _ => {
                return Err(
                    cursor.unsupported(place, "COPY SHAPEFILE is not supported by the double: it has no geometry")
                );
            }
        };
        match self.format.replace(format) {
            None => Ok(()),
            Some(_) => Err(cursor.no_option(place, "conflicting or redundant options")),
        }
    }

    fn compressed(&mut self, cursor: &Cursor<'_>, place: usize, word: &str) -> Result<(), DbError> {
        let compression = match word {
            "gzip" => Compression::Gzip,
            "zstd" => Compression::Zstd,
            "bzip2" => Compression::Bzip2,
            _ => Compression::Lzop,
        };
        match self.compression.replace(compression) {
            None => Ok(()),
            Some(_) => Err(cursor.no_option(place, "conflicting or redundant options")),
        }
    }

    fn datetime(&mut self, cursor: &mut Cursor<'_>, place: usize, word: &str) -> Result<(), DbError> {
        let text = cursor.value("a format, or 'auto'")?;
        if word == "dateformat" {
            self.date = DateFormat::parse(&text).map_err(|why| cursor.refused(place, why))?;
        } else {
            self.time = TimeFormat::parse(&text).map_err(|why| cursor.refused(place, why))?;
        }
        Ok(())
    }

    fn with_value(&mut self, cursor: &mut Cursor<'_>, place: usize, word: &str) -> Result<(), DbError> {
        match word {
            "delimiter" => self.delimiter = Some(cursor.delimiter()?),
            "quote" => self.quote = Some(cursor.value("a quote character")?),
            "null" => self.null = Some(cursor.marker("the text that stands for NULL")?),
            "ignoreheader" => self.header_lines = cursor.number("a whole number")?,
            "maxerror" => {
                self.max_errors = cursor.number("a whole number")?;
                if self.max_errors > MOST_ERRORS {
                    return Err(cursor.refused(place, format!("MAXERROR must be between 0 and {MOST_ERRORS}")));
                }
            }
            "acceptinvchars" => self.invalid_as = Some(replacement(cursor)?),
            _ => {
                let name = if cursor.is_string() { cursor.string("an encoding")? } else { bare(cursor)? };
                self.charset = Charset::parse(&name).ok_or_else(|| {
                    let known = "UTF8, UTF16, UTF16LE, UTF16BE or ISO88591";
                    cursor.refused(place, format!("ENCODING must be {known}, found `{name}`"))
                })?;
            }
        }
        Ok(())
    }

    /// Options that say who may read where, or how a cluster spends its time.
    fn without_effect(&mut self, cursor: &mut Cursor<'_>, place: usize, word: &str) -> Result<(), DbError> {
        match word {
            "iam_role" if cursor.take("default") => Ok(()),
            "iam_role" | "region" => cursor.any_value(),
            "credentials" => {
                let text = cursor.secret()?;
                let key = text.split(';').find_map(|part| part.trim().strip_prefix("master_symmetric_key="));
                self.master_key = key.map(str::to_owned).or_else(|| self.master_key.take());
                Ok(())
            }
            "master_symmetric_key" => {
                self.master_key = Some(cursor.secret()?);
                Ok(())
            }
            word if SECRETS.contains(&word) => cursor.secret().map(drop),
            "comprows" => match cursor.number("a whole number")? {
                1000_u64..=2_147_483_647 => Ok(()),
                _ => Err(cursor.refused(place, "COMPROWS must be between 1000 and 2147483647")),
            },
            "compupdate" | "statupdate" => {
                let _ = ["preset", "on", "off", "true", "false"].iter().any(|value| cursor.take(value));
                Ok(())
            }
            "ssh" | "readratio" => {
                Err(cursor.refused(place, format!("{} cannot be used with COPY from Amazon S3", word.to_uppercase())))
            }
            other => Err(cursor.no_option(place, format!("COPY has no option {}", other.to_uppercase()))),
        }
    }

    fn has(&self, word: &str) -> bool {
        self.seen.contains(word)
    }

    /// The name of the format, and the options that it does not take.
    const fn format_and_its_foes(&self) -> (&'static str, &'static [&'static str]) {
        match &self.format {
            None => ("", &["quote"]),
            Some(Named::Csv) => ("CSV", &["escape", "removequotes"]),
            Some(Named::FixedWidth(_)) => ("FIXEDWIDTH", &["delimiter", "escape", "removequotes", "quote"]),
            Some(Named::Json(_)) => {
                ("JSON", &["delimiter", "escape", "removequotes", "quote", "ignoreheader", "fillrecord"])
            }
            Some(Named::Avro(_)) => {
                ("AVRO", &["delimiter", "escape", "removequotes", "quote", "ignoreheader", "fillrecord", "encoding"])
            }
            Some(Named::Parquet) => ("PARQUET", &[]),
        }
    }

    /// Refuses options that do not go together.
    fn check(&self, cursor: &Cursor<'_>) -> Result<(), DbError> {
        let refused = |message: String| Err(cursor.refused(cursor.start(), message));
        let (format, foes) = self.format_and_its_foes();
        if let Some(word) = foes.iter().find(|word| self.has(word)) {
            let word = word.to_uppercase();
            return refused(match format {
                "" => format!("{word} is only for CSV"),
                name => format!("{name} is not compatible with {word}"),
            });
        }
        if matches!(self.format, Some(Named::Parquet)) {
            let allowed = |word: &&String| WITH_PARQUET.contains(&word.as_str()) || SECRETS.contains(&word.as_str());
            if let Some(word) = self.seen.iter().find(|word| !allowed(word)) {
                return refused(format!("{} argument is not supported for PARQUET based COPY", word.to_uppercase()));
            }
        } else if self.has("serializetojson") {
            return refused("SERIALIZETOJSON is only for PARQUET and ORC".to_owned());
        }
        if self.has("maxerror") && self.has("ignoreallerrors") {
            return refused("IGNOREALLERRORS cannot be used with MAXERROR".to_owned());
        }
        if self.has("encrypted") != self.master_key.is_some() {
            return refused("ENCRYPTED needs MASTER_SYMMETRIC_KEY, and the other way round".to_owned());
        }
        Ok(())
    }

    /// The statement, if all options go together.
    pub(super) fn statement(
        self,
        cursor: &Cursor<'_>,
        table: ObjectName,
        columns: Vec<String>,
        source: Place,
    ) -> Result<CopyStatement, DbError> {
        self.check(cursor)?;
        let has = |word: &str| self.seen.contains(word);
        let layout = Layout {
            header_lines: self.header_lines,
            ignore_blank_lines: has("ignoreblanklines"),
            fill_record: has("fillrecord"),
        };
        let conversion = Conversion {
            null: self.null.clone().unwrap_or_else(|| b"\\N".to_vec()),
            blanks_as_null: has("blanksasnull"),
            empty_as_null: has("emptyasnull"),
            trim_blanks: has("trimblanks"),
            truncate_columns: has("truncatecolumns"),
            invalid_as: self.invalid_as,
            round_decimals: has("roundec"),
            date: self.date.clone(),
            time: self.time.clone(),
            any_date: has("acceptanydate"),
        };
        let key = self.master_key.as_deref().map(MasterKey::parse).transpose();
        Ok(CopyStatement {
            table,
            columns,
            source,
            is_manifest: has("manifest"),
            master_key: key.map_err(|error| cursor.refused(cursor.start(), error.to_string()))?,
            compression: self.compression,
            charset: self.charset,
            layout,
            conversion,
            explicit_ids: has("explicit_ids"),
            no_load: has("noload"),
            max_errors: (!has("ignoreallerrors")).then_some(self.max_errors.max(1)),
            shown: cursor.shown(),
            format: self.format(cursor)?,
        })
    }

    fn format(self, cursor: &Cursor<'_>) -> Result<Format, DbError> {
        let (escape, remove_quotes) = (self.has("escape"), self.has("removequotes"));
        let serialize_to_json = self.has("serializetojson");
        Ok(match self.format {
            Some(Named::Csv) => {
                let delimiter = single(cursor, "DELIMITER", self.delimiter.as_deref().unwrap_or(b","))?;
                let quote = single(cursor, "QUOTE", self.quote.as_deref().unwrap_or("\"").as_bytes())?;
                if delimiter == quote {
                    return Err(cursor.refused(cursor.start(), "DELIMITER and QUOTE must be two characters"));
                }
                Format::Csv { delimiter, quote }
            }
            Some(Named::FixedWidth(widths)) => Format::FixedWidth(widths),
            Some(Named::Json(mapping)) => Format::Json(mapping),
            Some(Named::Avro(mapping)) => Format::Avro(mapping),
            Some(Named::Parquet) => Format::Parquet { serialize_to_json, by_name: false },
            None => {
                let delimiter = self.delimiter.unwrap_or_else(|| b"|".to_vec());
                if delimiter.is_empty() || !delimiter.is_ascii() || delimiter.contains(&b'\n') {
                    return Err(cursor.refused(cursor.start(), "DELIMITER must be ASCII characters without a line end"));
                }
                let meant_otherwise = escape && delimiter.contains(&b'\\')
                    || remove_quotes && delimiter.iter().any(|byte| matches!(byte, b'"' | b'\''));
                if meant_otherwise {
                    return Err(
                        cursor.refused(cursor.start(), "DELIMITER must not hold a quote or the escape character")
                    );
                }
                Format::Delimited { delimiter, escape, remove_quotes }
            }
        })
    }
}

fn single(cursor: &Cursor<'_>, option: &str, text: &[u8]) -> Result<u8, DbError> {
    match text {
        [byte] if byte.is_ascii() => Ok(*byte),
        _ => {
            let found = String::from_utf8_lossy(text);
            Err(cursor.refused(cursor.start(), format!("{option} must be a single ASCII character, found `{found}`")))
        }
    }
}

/// A name that may stand without quotes.
fn bare(cursor: &mut Cursor<'_>) -> Result<String, DbError> {
    cursor.take("as");
    if cursor.is_string() { cursor.string("a name") } else { cursor.word() }
}

fn replacement(cursor: &mut Cursor<'_>) -> Result<u8, DbError> {
    let place = cursor.place();
    if !cursor.take("as") && !cursor.is_string() {
        return Ok(b'?');
    }
    let text = cursor.string("a replacement character")?;
    match text.as_bytes() {
        [byte @ 1..=127] => Ok(*byte),
        _ => Err(cursor.refused(place, "ACCEPTINVCHARS takes one ASCII character other than NUL")),
    }
}

/// `label:width, label:width`; the labels have no meaning.
fn widths(cursor: &mut Cursor<'_>, place: usize) -> Result<Vec<usize>, DbError> {
    let text = cursor.value("the widths, such as 'id:10,name:20'")?;
    let width = |part: &str| part.rsplit_once(':')?.1.trim().parse().ok().filter(|width| *width > 0);
    let widths: Option<Vec<usize>> = text.split(',').map(width).collect();
    widths.ok_or_else(|| cursor.refused(place, format!("FIXEDWIDTH must be 'label:width, ...', found `{text}`")))
}

fn mapping(cursor: &mut Cursor<'_>, place: usize, format: &str) -> Result<Mapping, DbError> {
    cursor.take("as");
    if !cursor.is_string() {
        return Ok(Mapping::Auto);
    }
    let text = cursor.string("'auto' or the place of a JSONPaths file")?;
    match text.as_str() {
        "auto" => Ok(Mapping::Auto),
        "auto ignorecase" => Ok(Mapping::AutoIgnoreCase),
        "noshred" if format == "JSON" => Ok(Mapping::NoShred),
        other => match Place::parse(other) {
            Some(place) if !place.key.is_empty() => Ok(Mapping::Paths(place)),
            _ => Err(cursor.refused(
                place,
                format!("{format} takes 'auto', 'auto ignorecase' or the place of a JSONPaths file, found `{other}`"),
            )),
        },
    }
}
