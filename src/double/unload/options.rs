//! Reads the text of an UNLOAD statement: <https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html>.

use std::collections::HashSet;

use crate::double::data::envelope::MasterKey;
use crate::double::data::{Compression, Cursor};
use crate::ports::{DbError, DbErrorKind};
use crate::sql::{QuotedNames, TokenKind};

use super::select::Select;

/// Bytes of a megabyte.
const MEGABYTE: u64 = 1024 * 1024;

/// The largest file unless MAXFILESIZE says less: 6.2 GB.
const LARGEST_FILE: u64 = 6_657_199_308;

/// An UNLOAD as far as it can be understood without a server.
#[derive(Clone, Debug)]
pub(in crate::double) struct UnloadStatement {
    /// The statement without its secrets.
    pub(super) shown: String,
    pub(super) select: Select,
    pub(super) bucket: String,
    /// What the keys of all files begin with; with PARTITION BY it ends with a slash.
    pub(super) prefix: String,
    pub(super) format: Format,
    pub(super) compression: Compression,
    pub(super) extension: Option<String>,
    pub(super) parallel: bool,
    pub(super) largest_file: u64,
    pub(super) partition: Partition,
    pub(super) manifest: Manifest,
    pub(super) existing: Existing,
    pub(super) encryption: Encryption,
    /// What the names of files begin with, behind their folder.
    pub(super) stem: String,
    /// Whether the stem is made of the moment and the number of the query, so that no file has the name of another.
    pub(super) unique: bool,
}

/// What the files hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Delimited(Delimited),
    Csv { delimiter: u8, null: Vec<u8>, header: bool },
    FixedWidth { columns: Vec<usize>, null: Vec<u8> },
    Json,
    Parquet { row_group: u64 },
}

/// Fields between delimiters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Delimited {
    pub(super) delimiter: u8,
    pub(super) null: Vec<u8>,
    pub(super) header: bool,
    pub(super) add_quotes: bool,
    pub(super) escape: bool,
}

/// PARTITION BY.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Partition {
    /// Names of the columns; empty without PARTITION BY.
    pub(super) columns: Vec<String>,
    /// Whether the files hold these columns too.
    pub(super) include: bool,
}

/// Which manifest is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manifest {
    None,
    Plain,
    Verbose,
}

/// What becomes of files that stand there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existing {
    Refuse,
    Overwrite,
    Remove,
}

/// Who encrypts the files.
#[derive(Clone, Debug)]
pub(super) enum Encryption {
    /// The store, in its own way.
    Store,
    /// The store, with a key of AWS KMS.
    Kms(String),
    /// vesto, with the user's key.
    Client(MasterKey),
}

impl UnloadStatement {
    /// The same with files whose names nobody else writes.
    pub(in crate::double) fn with_unique_names(self) -> Self {
        Self { unique: true, ..self }
    }

    /// What the keys of all files begin with.
    pub(in crate::double) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Reads one statement in Redshift's SQL. What is unknown, contradicts itself or cannot be done here is an error
    /// that shows no value of an option: it may be a credential.
    pub(in crate::double) fn parse(text: &str, names: QuotedNames) -> Result<Self, DbError> {
        let mut cursor = Cursor::new("UNLOAD", text);
        cursor.expect_kind(TokenKind::LeftParenthesis, "`(`")?;
        let start = cursor.place();
        let literal = cursor.literal("the query in single quotes")?;
        cursor.expect_kind(TokenKind::RightParenthesis, "`)`")?;
        cursor.expect("to")?;
        let place = cursor.place();
        let url = cursor.string("the place of the files, such as 's3://bucket/prefix'")?;
        let Some((bucket, prefix)) = url.strip_prefix("s3://").map(|path| path.split_once('/').unwrap_or((path, "")))
        else {
            return Err(refused("UNLOAD writes to 's3://bucket/prefix' only", Some(place)));
        };
        let mut options = Options::default();
        while !cursor.at_end() {
            let (start, word) = (cursor.place(), cursor.word()?);
            options.read(&mut cursor, &word, start)?;
        }
        let mut prefix = prefix.to_owned();
        if !options.partition.columns.is_empty() && !prefix.is_empty() && !prefix.ends_with('/') {
            prefix.push('/');
        }
        Ok(Self {
            shown: cursor.shown(),
            select: Select::parse(literal, start, names)?,
            bucket: bucket.to_owned(),
            prefix,
            format: options.format()?,
            compression: options.compression.unwrap_or(Compression::None),
            extension: options.extension.clone(),
            parallel: options.parallel.unwrap_or(true),
            largest_file: options.largest_file.unwrap_or(LARGEST_FILE),
            manifest: options.manifest.unwrap_or(Manifest::None),
            existing: options.existing()?,
            encryption: options.encryption()?,
            partition: options.partition,
            stem: String::new(),
            unique: false,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FormatWord {
    Csv,
    Json,
    Parquet,
}

#[derive(Default)]
struct Options {
    format: Option<FormatWord>,
    delimiter: Option<u8>,
    null: Option<Vec<u8>>,
    fixed_width: Option<Vec<usize>>,
    header: Option<()>,
    add_quotes: Option<()>,
    escape: Option<()>,
    compression: Option<Compression>,
    extension: Option<String>,
    parallel: Option<bool>,
    largest_file: Option<u64>,
    row_group: Option<u64>,
    partition: Partition,
    manifest: Option<Manifest>,
    overwrite: Option<()>,
    clean_path: Option<()>,
    encrypted: Option<bool>,
    kms_key: Option<String>,
    master_key: Option<MasterKey>,
    region: Option<String>,
    iam_role: Option<()>,
    credentials: Option<()>,
    access_keys: Vec<String>,
}

impl Options {
    fn read(&mut self, cursor: &mut Cursor<'_>, word: &str, start: usize) -> Result<(), DbError> {
        match word {
            "with" => Ok(()),
            "format" => {
                cursor.take("as");
                let word = cursor.word()?;
                let Some(format) = format_word(&word) else {
                    return Err(refused("UNLOAD writes FORMAT CSV, JSON or PARQUET", Some(start)));
                };
                once(&mut self.format, format, start)
            }
            "header" => once(&mut self.header, (), start),
            "addquotes" => once(&mut self.add_quotes, (), start),
            "escape" => once(&mut self.escape, (), start),
            "allowoverwrite" => once(&mut self.overwrite, (), start),
            "cleanpath" => once(&mut self.clean_path, (), start),
            "gzip" => once(&mut self.compression, Compression::Gzip, start),
            "bzip2" => once(&mut self.compression, Compression::Bzip2, start),
            "zstd" => once(&mut self.compression, Compression::Zstd, start),
            "delimiter" => {
                let delimiter = delimiter(&cursor.delimiter()?, start)?;
                once(&mut self.delimiter, delimiter, start)
            }
            "null" => once(&mut self.null, cursor.marker("the text that stands for NULL")?, start),
            "fixedwidth" => {
                let widths = widths(&cursor.value("the widths, such as 'a:3,b:10'")?, start)?;
                once(&mut self.fixed_width, widths, start)
            }
            "extension" => once(&mut self.extension, cursor.value("an extension in quotes")?, start),
            "parallel" => once(&mut self.parallel, cursor.switch().unwrap_or(true), start),
            "partition" => self.read_partition(cursor, start),
            "manifest" => {
                let manifest = if cursor.take("verbose") { Manifest::Verbose } else { Manifest::Plain };
                once(&mut self.manifest, manifest, start)
            }
            "maxfilesize" => {
                let size = size(cursor, start, 5.0, 6.2 * 1024.0)?;
                once(&mut self.largest_file, size, start)
            }
            "rowgroupsize" => {
                let size = size(cursor, start, 32.0, 128.0)?;
                once(&mut self.row_group, size, start)
            }
            "encrypted" => {
                let auto = cursor.take("auto");
                once(&mut self.encrypted, auto, start)
            }
            "kms_key_id" => once(&mut self.kms_key, cursor.value("the id of a key")?, start),
            "master_symmetric_key" => {
                let key = master_key(&cursor.secret()?)?;
                once(&mut self.master_key, key, start)
            }
            "region" => once(&mut self.region, cursor.value("a region")?, start),
            _ => self.read_authorization(cursor, word, start),
        }
    }

    fn read_partition(&mut self, cursor: &mut Cursor<'_>, start: usize) -> Result<(), DbError> {
        cursor.expect("by")?;
        cursor.expect_kind(TokenKind::LeftParenthesis, "`(`")?;
        if !self.partition.columns.is_empty() {
            return Err(twice(start));
        }
        let columns = cursor.columns()?;
        let mut names = HashSet::new();
        if let Some(name) = columns.iter().find(|name| !names.insert(*name)) {
            return Err(refused(format!("column `{name}` stands twice in PARTITION BY"), Some(start)));
        }
        self.partition.columns = columns;
        self.partition.include = cursor.take("include");
        Ok(())
    }

    /// Who may write where is the store's own setting here, so these are read and checked only.
    fn read_authorization(&mut self, cursor: &mut Cursor<'_>, word: &str, start: usize) -> Result<(), DbError> {
        match word {
            "iam_role" => {
                if !cursor.take("default") {
                    cursor.value("a role")?;
                }
                once(&mut self.iam_role, (), start)
            }
            "credentials" => {
                let text = cursor.secret()?;
                let parts = text.split(';').filter_map(|part| part.trim().split_once('='));
                for (_, key) in parts.filter(|(name, _)| *name == "master_symmetric_key") {
                    once(&mut self.master_key, master_key(key)?, start)?;
                }
                once(&mut self.credentials, (), start)
            }
            "access_key_id" | "secret_access_key" | "session_token" => {
                cursor.secret()?;
                if self.access_keys.iter().any(|known| known == word) {
                    return Err(twice(start));
                }
                self.access_keys.push(word.to_owned());
                Ok(())
            }
            _ => match format_word(word) {
                Some(format) => once(&mut self.format, format, start),
                // Only the word: what follows it may be a credential.
                None => {
                    let message = format!("syntax error at or near \"{word}\": UNLOAD has no such option");
                    let error = DbError::new(DbErrorKind::Statement, message);
                    Err(DbError { offset: Some(start), code: Some("42601".to_owned()), ..error })
                }
            },
        }
    }

    fn format(&self) -> Result<Format, DbError> {
        self.agree()?;
        let null = self.null.clone().unwrap_or_default();
        Ok(match (self.format, &self.fixed_width) {
            (Some(FormatWord::Parquet), _) => Format::Parquet { row_group: self.row_group.unwrap_or(32 * MEGABYTE) },
            (Some(FormatWord::Json), _) => Format::Json,
            (Some(FormatWord::Csv), _) => {
                Format::Csv { delimiter: self.delimiter.unwrap_or(b','), null, header: self.header.is_some() }
            }
            (None, Some(columns)) => Format::FixedWidth { columns: columns.clone(), null },
            (None, None) => Format::Delimited(Delimited {
                delimiter: self.delimiter.unwrap_or(b'|'),
                null,
                header: self.header.is_some(),
                add_quotes: self.add_quotes.is_some(),
                escape: self.escape.is_some(),
            }),
        })
    }

    /// Refuses options that do not go together.
    fn agree(&self) -> Result<(), DbError> {
        let text = [
            ("DELIMITER", self.delimiter.is_some()),
            ("HEADER", self.header.is_some()),
            ("FIXEDWIDTH", self.fixed_width.is_some()),
            ("ADDQUOTES", self.add_quotes.is_some()),
            ("ESCAPE", self.escape.is_some()),
            ("NULL AS", self.null.is_some()),
        ];
        let given =
            |names: &[&str]| text.iter().find(|(name, given)| *given && names.contains(name)).map(|(name, _)| *name);
        let (other, format) = match (self.format, &self.fixed_width) {
            (Some(FormatWord::Csv), _) => (given(&["FIXEDWIDTH", "ADDQUOTES", "ESCAPE"]), "CSV"),
            (Some(FormatWord::Json), _) => (given(&text.map(|(name, _)| name)), "JSON"),
            (Some(FormatWord::Parquet), _) => (given(&text.map(|(name, _)| name)), "PARQUET"),
            (None, Some(_)) => (given(&["DELIMITER", "HEADER", "ADDQUOTES", "ESCAPE"]), "FIXEDWIDTH"),
            (None, None) => (None, ""),
        };
        let parquet = self.format == Some(FormatWord::Parquet);
        let compressed = self.compression.filter(|_| parquet).map(Compression::keyword);
        if let Some(other) = other.or(compressed) {
            // Redshift's words for ADDQUOTES: https://github.com/awsdocs/amazon-redshift-developer-guide/pull/25
            return Err(refused(format!("{other} is not supported for UNLOAD to {format}"), None));
        }
        if self.row_group.is_some() && !parquet {
            return Err(refused("ROWGROUPSIZE is only supported for UNLOAD to PARQUET", None));
        }
        self.divides()?;
        let credentials = [self.iam_role.is_some(), self.credentials.is_some(), !self.access_keys.is_empty()];
        if credentials.iter().filter(|given| **given).count() > 1 {
            let message = "UNLOAD takes only one of IAM_ROLE, CREDENTIALS and ACCESS_KEY_ID with SECRET_ACCESS_KEY";
            return Err(refused(message, None));
        }
        Ok(())
    }

    /// Refuses a delimiter that nobody could tell from what else stands in the lines.
    fn divides(&self) -> Result<(), DbError> {
        let csv = self.format == Some(FormatWord::Csv);
        let delimiter = self.delimiter.unwrap_or(if csv { b',' } else { b'|' });
        let meant_otherwise = match delimiter {
            b'"' => csv || self.add_quotes.is_some(),
            b'\'' => self.add_quotes.is_some(),
            b'\\' => self.escape.is_some(),
            _ => false,
        };
        if meant_otherwise {
            return Err(refused("DELIMITER must not be a quote or the escape character", None));
        }
        let (lines, escaped) = (self.fixed_width.is_none(), self.escape.is_some() || self.add_quotes.is_some());
        if lines && !escaped && self.null.as_ref().is_some_and(|null| null.contains(&delimiter)) {
            return Err(refused("NULL AS must not hold the delimiter", None));
        }
        Ok(())
    }

    fn existing(&self) -> Result<Existing, DbError> {
        match (self.overwrite, self.clean_path) {
            (Some(()), Some(())) => Err(refused("CLEANPATH is not supported with ALLOWOVERWRITE", None)),
            (Some(()), None) => Ok(Existing::Overwrite),
            (None, Some(())) => Ok(Existing::Remove),
            (None, None) => Ok(Existing::Refuse),
        }
    }

    fn encryption(&self) -> Result<Encryption, DbError> {
        let master_key = self.master_key.clone().map(Encryption::Client);
        let kms_key = self.kms_key.clone().map(Encryption::Kms);
        match (self.encrypted, kms_key, master_key) {
            (None, Some(_), _) => Err(refused("KMS_KEY_ID needs ENCRYPTED", None)),
            (None, _, Some(_)) => Err(refused("MASTER_SYMMETRIC_KEY needs ENCRYPTED", None)),
            (Some(_), Some(_), Some(_)) => Err(refused("UNLOAD takes KMS_KEY_ID or MASTER_SYMMETRIC_KEY", None)),
            (Some(true), Some(_), _) | (Some(true), _, Some(_)) => {
                Err(refused("ENCRYPTED AUTO takes neither KMS_KEY_ID nor MASTER_SYMMETRIC_KEY", None))
            }
            (Some(false), Some(_), None) if self.credentials.is_some() => {
                Err(refused("KMS_KEY_ID is not supported with CREDENTIALS", None))
            }
            (Some(false), None, Some(_)) if self.format == Some(FormatWord::Parquet) => {
                Err(refused("UNLOAD to PARQUET is encrypted with KMS_KEY_ID only", None))
            }
            (Some(false), Some(key), None) | (Some(false), None, Some(key)) => Ok(key),
            // ENCRYPTED alone is what is done anyway, SSE-S3; awswrangler always writes it.
            (_, None, None) => Ok(Encryption::Store),
        }
    }
}

fn master_key(text: &str) -> Result<MasterKey, DbError> {
    MasterKey::parse(text).map_err(|error| refused(error.to_string(), None))
}

fn format_word(word: &str) -> Option<FormatWord> {
    match word {
        "csv" => Some(FormatWord::Csv),
        "json" => Some(FormatWord::Json),
        "parquet" => Some(FormatWord::Parquet),
        _ => None,
    }
}

fn once<T>(option: &mut Option<T>, value: T, start: usize) -> Result<(), DbError> {
    if option.replace(value).is_some() { Err(twice(start)) } else { Ok(()) }
}

fn twice(start: usize) -> DbError {
    let error = DbError::new(DbErrorKind::Statement, "conflicting or redundant options");
    DbError { offset: Some(start), code: Some("42601".to_owned()), ..error }
}

/// One ASCII character.
fn delimiter(text: &[u8], start: usize) -> Result<u8, DbError> {
    match text {
        // A line end would make one record of many.
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(*byte),
        _ => Err(refused("DELIMITER must be a single ASCII character", Some(start))),
    }
}

/// `name:width,name:width`.
fn widths(text: &str, start: usize) -> Result<Vec<usize>, DbError> {
    let width = |column: &str| column.rsplit_once(':').and_then(|(_, width)| width.trim().parse::<usize>().ok());
    let widths: Option<Vec<usize>> = text.split(',').map(|column| width(column).filter(|width| *width > 0)).collect();
    widths.ok_or_else(|| refused("FIXEDWIDTH must be 'column:width,column:width,...'", Some(start)))
}

/// A number of megabytes or gigabytes as bytes.
fn size(cursor: &mut Cursor<'_>, start: usize, least: f64, most: f64) -> Result<u64, DbError> {
    let number: f64 = cursor.number("a number")?;
    let unit = if cursor.take("gb") { 1024.0 } else { f64::from(u8::from(cursor.take("mb")).max(1)) };
    let megabytes = number * unit;
    if !(least..=most).contains(&megabytes) {
        let message = format!("the size must be between {least} MB and {most} MB");
        return Err(refused(message, Some(start)));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is positive and below 2^33")]
    let bytes = (megabytes * 1024.0 * 1024.0) as u64;
    Ok(bytes)
}

fn refused(message: impl Into<String>, offset: Option<usize>) -> DbError {
    let error = DbError::new(DbErrorKind::Statement, message);
    DbError { offset, code: Some("0A000".to_owned()), ..error }
}
