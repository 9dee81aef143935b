//! Reads the text of a COPY statement.

use crate::ports::{DbError, DbErrorKind};
use crate::sql::{Dialect, ObjectName, Token, TokenKind, tokens, unquote_identifier, unquote_literal};

/// A COPY from S3, as far as the double carries it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::double) struct CopyStatement {
    pub(super) table: ObjectName,
    /// The columns that the user lists; empty for all.
    pub(super) columns: Vec<String>,
    pub(super) bucket: String,
    pub(super) prefix: String,
    pub(super) gzip: bool,
    pub(super) explicit_ids: bool,
    pub(super) layout: Layout,
}

/// How records and fields are written in the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) format: Format,
    pub(super) null: String,
    pub(super) header_lines: u64,
    pub(super) blanks_as_null: bool,
    pub(super) empty_as_null: bool,
    pub(super) trim_blanks: bool,
    pub(super) fill_record: bool,
    pub(super) ignore_blank_lines: bool,
    /// What stands for bytes that are not UTF-8; `None` refuses them.
    pub(super) invalid_as: Option<u8>,
}

/// Which of the two formats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Delimited { delimiter: String, escape: bool, remove_quotes: bool },
    Csv { delimiter: u8, quote: u8 },
}

impl CopyStatement {
    /// Reads one statement in Redshift's SQL. What the double does not do is an error that names it.
    pub(in crate::double) fn parse(text: &str) -> Result<Self, DbError> {
        let all = tokens(text, Dialect::Redshift);
        let mut cursor =
            Cursor { text, tokens: all.into_iter().filter(|token| !token.kind.is_trivia()).collect(), at: 1 };
        let table = cursor.name()?;
        let columns = if cursor.take_kind(TokenKind::LeftParenthesis) { cursor.columns()? } else { Vec::new() };
        if !cursor.take("from") {
            return Err(cursor.syntax("`from`"));
        }
        let place = cursor.at;
        let url = cursor.string("the place of the data, such as 's3://bucket/prefix'")?;
        let Some((bucket, prefix)) = url.strip_prefix("s3://").map(|path| path.split_once('/').unwrap_or((path, "")))
        else {
            let message = "COPY from anything but 's3://...' is not supported on the local target";
            return Err(cursor.unsupported(place, message));
        };
        let mut options = Options::default();
        while cursor.at < cursor.tokens.len() {
            options.read(&mut cursor)?;
        }
        let (gzip, explicit_ids) = (options.gzip, options.explicit_ids);
        let layout = options.layout(&cursor)?;
        let (bucket, prefix) = (bucket.to_owned(), prefix.to_owned());
        Ok(Self { table, columns, bucket, prefix, gzip, explicit_ids, layout })
    }
}

#[derive(Default)]
struct Options {
    csv: bool,
    quote: Option<String>,
    delimiter: Option<String>,
    escape: bool,
    remove_quotes: bool,
    null: Option<String>,
    header_lines: u64,
    gzip: bool,
    explicit_ids: bool,
    blanks_as_null: bool,
    empty_as_null: bool,
    trim_blanks: bool,
    fill_record: bool,
    ignore_blank_lines: bool,
    invalid_as: Option<u8>,
}

/// Options with one value that say who may read where, or how the cluster spends its time: nothing to do here.
const WITHOUT_EFFECT: &[&str] =
    &["iam_role", "credentials", "access_key_id", "secret_access_key", "session_token", "region", "comprows"];

impl Options {
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<(), DbError> {
        let start = cursor.at;
        let word = cursor.word()?;
        match word.as_str() {
            "with" | "as" => {}
            "format" => {
                cursor.take("as");
            }
            "csv" => self.csv = true,
            "quote" => self.quote = Some(cursor.value("a quote character")?),
            "delimiter" | "delimiters" => self.delimiter = Some(cursor.value("a delimiter")?),
            "escape" => self.escape = true,
            "removequotes" => self.remove_quotes = true,
            "null" => self.null = Some(cursor.value("the text that stands for NULL")?),
            "ignoreheader" => self.header_lines = cursor.number()?,
            "gzip" => self.gzip = true,
            "explicit_ids" => self.explicit_ids = true,
            "blanksasnull" => self.blanks_as_null = true,
            "emptyasnull" => self.empty_as_null = true,
            "trimblanks" => self.trim_blanks = true,
            "fillrecord" => self.fill_record = true,
            "ignoreblanklines" => self.ignore_blank_lines = true,
            "acceptinvchars" => self.invalid_as = Some(cursor.replacement()?),
            "compupdate" | "statupdate" => {
                let _ = ["preset", "on", "off", "true", "false"].iter().any(|value| cursor.take(value));
            }
            "dateformat" | "timeformat" => cursor.default_format(start)?,
            "maxerror" if cursor.number()? == 0 => {}
            "encoding" if matches!(cursor.value("an encoding")?.to_lowercase().as_str(), "utf8" | "utf-8" | "auto") => {
            }
            "iam_role" if cursor.take("default") => {}
            word if WITHOUT_EFFECT.contains(&word) => cursor.skip_value()?,
            other => {
                let option = other.to_uppercase();
                return Err(cursor.unsupported(start, format!("COPY {option} is not supported on the local target")));
            }
        }
        Ok(())
    }

    fn layout(self, cursor: &Cursor<'_>) -> Result<Layout, DbError> {
        let format = if self.csv {
            if self.escape || self.remove_quotes {
                let other = if self.escape { "ESCAPE" } else { "REMOVEQUOTES" };
                return Err(cursor.refused(format!("CSV is not compatible with {other}")));
            }
            let delimiter = cursor.single("DELIMITER", self.delimiter.as_deref().unwrap_or(","))?;
            let quote = cursor.single("QUOTE", self.quote.as_deref().unwrap_or("\""))?;
            Format::Csv { delimiter, quote }
        } else {
            if self.quote.is_some() {
                return Err(cursor.refused("QUOTE is only for CSV".to_owned()));
            }
            let delimiter = self.delimiter.unwrap_or_else(|| "|".to_owned());
            if delimiter.is_empty() {
                return Err(cursor.refused("DELIMITER must not be empty".to_owned()));
            }
            Format::Delimited { delimiter, escape: self.escape, remove_quotes: self.remove_quotes }
        };
        Ok(Layout {
            format,
            null: self.null.unwrap_or_else(|| "\\N".to_owned()),
            header_lines: self.header_lines,
            blanks_as_null: self.blanks_as_null,
            empty_as_null: self.empty_as_null,
            trim_blanks: self.trim_blanks,
            fill_record: self.fill_record,
            ignore_blank_lines: self.ignore_blank_lines,
            invalid_as: self.invalid_as,
        })
    }
}

struct Cursor<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
}

impl Cursor<'_> {
    fn kind(&self) -> Option<TokenKind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    fn token(&self) -> &str {
        self.tokens.get(self.at).map_or("", |token| token.text(self.text))
    }

    fn take_kind(&mut self, kind: TokenKind) -> bool {
        let stands = self.kind() == Some(kind);
        self.at += usize::from(stands);
        stands
    }

    fn take(&mut self, word: &str) -> bool {
        let stands = self.kind() == Some(TokenKind::Word) && self.token().eq_ignore_ascii_case(word);
        self.at += usize::from(stands);
        stands
    }

    fn word(&mut self) -> Result<String, DbError> {
        if self.kind() != Some(TokenKind::Word) {
            return Err(self.syntax("an option of COPY"));
        }
        let word = self.token().to_lowercase();
        self.at += 1;
        Ok(word)
    }

    fn identifier(&mut self) -> Result<String, DbError> {
        if !matches!(self.kind(), Some(TokenKind::Word | TokenKind::QuotedIdentifier)) {
            return Err(self.syntax("a name"));
        }
        let name = unquote_identifier(self.token());
        self.at += 1;
        Ok(name)
    }

    fn name(&mut self) -> Result<ObjectName, DbError> {
        let mut parts = vec![self.identifier()?];
        while self.take_kind(TokenKind::Dot) {
            parts.push(self.identifier()?);
        }
        Ok(ObjectName { parts })
    }

    fn columns(&mut self) -> Result<Vec<String>, DbError> {
        let mut columns = vec![self.identifier()?];
        while self.take_kind(TokenKind::Comma) {
            columns.push(self.identifier()?);
        }
        if !self.take_kind(TokenKind::RightParenthesis) {
            return Err(self.syntax("`)`"));
        }
        Ok(columns)
    }

    fn string(&mut self, expected: &str) -> Result<String, DbError> {
        let value = match self.kind() {
            Some(TokenKind::String | TokenKind::EscapeString | TokenKind::DollarString) => {
                unquote_literal(self.token(), Dialect::Redshift)
            }
            _ => None,
        };
        let Some(value) = value else { return Err(self.syntax(expected)) };
        self.at += 1;
        Ok(value)
    }

    /// The string after an optional AS.
    fn value(&mut self, expected: &str) -> Result<String, DbError> {
        self.take("as");
        self.string(expected)
    }

    fn number(&mut self) -> Result<u64, DbError> {
        self.take("as");
        let Ok(number) = self.token().trim_matches('\'').parse() else { return Err(self.syntax("a whole number")) };
        self.at += 1;
        Ok(number)
    }

    fn skip_value(&mut self) -> Result<(), DbError> {
        self.take("as");
        match self.kind() {
            Some(TokenKind::Number) => {
                self.at += 1;
                Ok(())
            }
            _ => self.string("a value").map(drop),
        }
    }

    fn replacement(&mut self) -> Result<u8, DbError> {
        let with_value = self.take("as") || matches!(self.kind(), Some(TokenKind::String));
        if !with_value {
            return Ok(b'?');
        }
        let text = self.string("a replacement character")?;
        self.single("ACCEPTINVCHARS", &text)
    }

    fn default_format(&mut self, start: usize) -> Result<(), DbError> {
        let format = self.value("a format")?;
        if matches!(format.to_lowercase().as_str(), "auto" | "yyyy-mm-dd" | "yyyy-mm-dd hh:mi:ss") {
            return Ok(());
        }
        let option = self.tokens.get(start).map_or("", |token| token.text(self.text)).to_uppercase();
        Err(self.unsupported(start, format!("COPY {option} '{format}' is not supported on the local target")))
    }

    fn single(&self, option: &str, text: &str) -> Result<u8, DbError> {
        match text.as_bytes() {
            [byte] if byte.is_ascii() => Ok(*byte),
            _ => Err(self.refused(format!("{option} must be a single ASCII character, found `{text}`"))),
        }
    }

    fn refused(&self, message: String) -> DbError {
        DbError { code: Some("0A000".to_owned()), ..DbError::new(DbErrorKind::Statement, message) }
    }

    fn unsupported(&self, at: usize, message: impl Into<String>) -> DbError {
        let offset = self.tokens.get(at).map(|token| token.start);
        DbError { offset, code: Some("0A000".to_owned()), ..DbError::new(DbErrorKind::Unsupported, message) }
    }

    /// The token itself is not shown: it may be a credential.
    fn syntax(&self, expected: &str) -> DbError {
        let offset = self.tokens.get(self.at).map_or(self.text.len(), |token| token.start);
        let error = DbError::new(DbErrorKind::Statement, format!("COPY: expected {expected} here"));
        DbError { offset: Some(offset), code: Some("42601".to_owned()), ..error }
    }
}
