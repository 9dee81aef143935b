//! The tokens of a COPY statement, one after the other.

use std::ops::Range;

use crate::ports::{DbError, DbErrorKind};
use crate::sql::{Dialect, ObjectName, Token, TokenKind, tokens, unquote_identifier, unquote_literal};

/// Where reading stands in the text of a statement.
pub(super) struct Cursor<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    /// Values that no message and no history may show.
    secrets: Vec<Range<usize>>,
}

impl<'a> Cursor<'a> {
    /// Stands behind the first word.
    pub(super) fn new(text: &'a str) -> Self {
        let all = tokens(text, Dialect::Redshift);
        let tokens = all.into_iter().filter(|token| !token.kind.is_trivia()).collect();
        Self { text, tokens, at: 1, secrets: Vec::new() }
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.tokens.len() || self.kind() == Some(TokenKind::Semicolon)
    }

    /// The number of the next token, for [`Cursor::refused`] and [`Cursor::unsupported`].
    pub(super) const fn place(&self) -> usize {
        self.at
    }

    fn kind(&self) -> Option<TokenKind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    fn token(&self) -> &str {
        self.tokens.get(self.at).map_or("", |token| token.text(self.text))
    }

    pub(super) fn take_kind(&mut self, kind: TokenKind) -> bool {
        let stands = self.kind() == Some(kind);
        self.at += usize::from(stands);
        stands
    }

    pub(super) fn take(&mut self, word: &str) -> bool {
        let stands = self.kind() == Some(TokenKind::Word) && self.token().eq_ignore_ascii_case(word);
        self.at += usize::from(stands);
        stands
    }

    pub(super) fn word(&mut self) -> Result<String, DbError> {
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

    pub(super) fn name(&mut self) -> Result<ObjectName, DbError> {
        let mut parts = vec![self.identifier()?];
        while self.take_kind(TokenKind::Dot) {
            parts.push(self.identifier()?);
        }
        Ok(ObjectName { parts })
    }

    pub(super) fn columns(&mut self) -> Result<Vec<String>, DbError> {
        let mut columns = vec![self.identifier()?];
        while self.take_kind(TokenKind::Comma) {
            columns.push(self.identifier()?);
        }
        if !self.take_kind(TokenKind::RightParenthesis) {
            return Err(self.syntax("`)`"));
        }
        Ok(columns)
    }

    pub(super) fn is_string(&self) -> bool {
        matches!(self.kind(), Some(TokenKind::String | TokenKind::EscapeString | TokenKind::DollarString))
    }

    pub(super) fn string(&mut self, expected: &str) -> Result<String, DbError> {
        let value = if self.is_string() { unquote_literal(self.token(), Dialect::Redshift) } else { None };
        let Some(value) = value else { return Err(self.syntax(expected)) };
        self.at += 1;
        Ok(value)
    }

    /// The string after an optional AS.
    pub(super) fn value(&mut self, expected: &str) -> Result<String, DbError> {
        self.take("as");
        self.string(expected)
    }

    /// The value of DELIMITER and NULL AS, in which `\N`, `\t`, `\ddd` and `\\` have a meaning of their own.
    pub(super) fn marker(&mut self, expected: &str) -> Result<Vec<u8>, DbError> {
        self.take("as");
        let quoted = if self.is_string() { self.token() } else { "" };
        let inside = |text: &str| text.strip_prefix('\'')?.strip_suffix('\'').map(|body| body.replace("''", "'"));
        let Some(body) = inside(quoted.trim_start_matches(['e', 'E'])) else { return Err(self.syntax(expected)) };
        self.at += 1;
        Ok(unescape_marker(body.as_bytes()))
    }

    pub(super) fn number(&mut self) -> Result<u64, DbError> {
        self.take("as");
        let Ok(number) = self.token().trim_matches('\'').parse() else { return Err(self.syntax("a whole number")) };
        self.at += 1;
        Ok(number)
    }

    /// A number or a string.
    pub(super) fn any_value(&mut self) -> Result<(), DbError> {
        self.take("as");
        if self.take_kind(TokenKind::Number) { Ok(()) } else { self.string("a value").map(drop) }
    }

    /// A string that is not shown to anybody.
    pub(super) fn secret(&mut self) -> Result<String, DbError> {
        self.take("as");
        if let Some(token) = self.tokens.get(self.at) {
            self.secrets.push(token.start..token.start + token.text(self.text).len());
        }
        self.string("a value")
    }

    /// The statement without its secrets.
    pub(super) fn shown(&self) -> String {
        let mut shown = String::with_capacity(self.text.len());
        let mut at = 0;
        for secret in &self.secrets {
            shown.push_str(self.text.get(at..secret.start).unwrap_or_default());
            shown.push_str("'****'");
            at = secret.end;
        }
        shown.push_str(self.text.get(at..).unwrap_or_default());
        shown
    }

    fn offset(&self, place: usize) -> usize {
        self.tokens.get(place).map_or(self.text.len(), |token| token.start)
    }

    /// What Redshift refuses too.
    pub(super) fn refused(&self, place: usize, message: impl Into<String>) -> DbError {
        let offset = Some(self.offset(place));
        DbError { offset, code: Some("0A000".to_owned()), ..DbError::new(DbErrorKind::Statement, message) }
    }

    /// What only the double does not do.
    pub(super) fn unsupported(&self, place: usize, message: impl Into<String>) -> DbError {
        let offset = Some(self.offset(place));
        DbError { offset, code: Some("0A000".to_owned()), ..DbError::new(DbErrorKind::Unsupported, message) }
    }

    /// What is no COPY statement. The token itself is not shown: it may be a credential.
    pub(super) fn syntax(&self, expected: &str) -> DbError {
        let error = DbError::new(DbErrorKind::Statement, format!("COPY: expected {expected} here"));
        DbError { offset: Some(self.offset(self.at)), code: Some("42601".to_owned()), ..error }
    }

    /// An option that stands twice, or an unknown one.
    pub(super) fn no_option(&self, place: usize, message: impl Into<String>) -> DbError {
        DbError { code: Some("42601".to_owned()), ..self.refused(place, message) }
    }
}

fn unescape_marker(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let digits = rest.iter().take(3).take_while(|digit| matches!(digit, b'0'..=b'7')).count();
        if digits > 0 {
            let (octal, after) = rest.split_at(digits);
            out.push(octal.iter().fold(0_u8, |code, digit| code.wrapping_mul(8).wrapping_add(digit - b'0')));
            rest = after;
            continue;
        }
        match rest.split_first() {
            Some((b't', after)) => {
                out.push(b'\t');
                rest = after;
            }
            Some((b'\\', after)) => {
                out.push(b'\\');
                rest = after;
            }
            _ => out.push(b'\\'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_mean_what_redshift_reads() {
        let cases: &[(&str, &[u8])] = &[
            (r"'\N'", b"\\N"),
            (r"'\\N'", b"\\N"),
            (r"'\0'", b"\0"),
            (r"'\000'", b"\0"),
            (r"'\t'", b"\t"),
            (r"'\001'", b"\x01"),
            ("''''", b"'"),
            ("''", b""),
            ("'NULL'", b"NULL"),
        ];
        for (text, expected) in cases {
            let marker = Cursor::new(&format!("null {text}")).marker("a text").ok();
            assert_eq!(marker.as_deref(), Some(*expected), "{text}");
        }
    }
}
