//! The tokens of a COPY or UNLOAD statement, one after the other.

use std::ops::Range;
use std::str::FromStr;

use crate::ports::{DbError, DbErrorKind};
use crate::sql::{Dialect, ObjectName, Token, TokenKind, tokens, unquote_identifier, unquote_literal};

/// Where reading stands in the text of a statement.
pub(in crate::double) struct Cursor<'a> {
    /// `COPY` or `UNLOAD`.
    command: &'static str,
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    /// Values that no message and no history may show.
    secrets: Vec<Range<usize>>,
}

impl<'a> Cursor<'a> {
    /// Stands behind the first word.
    pub(in crate::double) fn new(command: &'static str, text: &'a str) -> Self {
        let all = tokens(text, Dialect::Redshift);
        let tokens = all.into_iter().filter(|token| !token.kind.is_trivia()).collect();
        Self { command, text, tokens, at: 1, secrets: Vec::new() }
    }

    pub(in crate::double) fn at_end(&self) -> bool {
        self.at >= self.tokens.len() || self.kind() == Some(TokenKind::Semicolon)
    }

    /// Where the next token begins in the statement.
    pub(in crate::double) fn place(&self) -> usize {
        self.tokens.get(self.at).map_or(self.text.len(), |token| token.start)
    }

    /// Where the statement begins.
    pub(in crate::double) fn start(&self) -> usize {
        self.tokens.first().map_or(0, |token| token.start)
    }

    fn kind(&self) -> Option<TokenKind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    fn token(&self) -> &'a str {
        self.tokens.get(self.at).map_or("", |token| token.text(self.text))
    }

    pub(in crate::double) fn take_kind(&mut self, kind: TokenKind) -> bool {
        let stands = self.kind() == Some(kind);
        self.at += usize::from(stands);
        stands
    }

    pub(in crate::double) fn take(&mut self, word: &str) -> bool {
        let stands = self.kind() == Some(TokenKind::Word) && self.token().eq_ignore_ascii_case(word);
        self.at += usize::from(stands);
        stands
    }

    pub(in crate::double) fn word(&mut self) -> Result<String, DbError> {
        if self.kind() != Some(TokenKind::Word) {
            return Err(self.syntax("an option"));
        }
        let word = self.token().to_lowercase();
        self.at += 1;
        Ok(word)
    }

    pub(in crate::double) fn expect(&mut self, word: &str) -> Result<(), DbError> {
        if self.take(word) { Ok(()) } else { Err(self.syntax(&format!("`{word}`"))) }
    }

    pub(in crate::double) fn expect_kind(&mut self, kind: TokenKind, shown: &str) -> Result<(), DbError> {
        if self.take_kind(kind) { Ok(()) } else { Err(self.syntax(shown)) }
    }

    fn identifier(&mut self) -> Result<String, DbError> {
        if !matches!(self.kind(), Some(TokenKind::Word | TokenKind::QuotedIdentifier)) {
            return Err(self.syntax("a name"));
        }
        let name = unquote_identifier(self.token());
        self.at += 1;
        Ok(name)
    }

    pub(in crate::double) fn name(&mut self) -> Result<ObjectName, DbError> {
        let mut parts = vec![self.identifier()?];
        while self.take_kind(TokenKind::Dot) {
            parts.push(self.identifier()?);
        }
        Ok(ObjectName { parts })
    }

    /// The names of columns up to the parenthesis that closes the list.
    pub(in crate::double) fn columns(&mut self) -> Result<Vec<String>, DbError> {
        let mut columns = vec![self.identifier()?];
        while self.take_kind(TokenKind::Comma) {
            columns.push(self.identifier()?);
        }
        self.expect_kind(TokenKind::RightParenthesis, "`)`")?;
        Ok(columns)
    }

    pub(in crate::double) fn is_string(&self) -> bool {
        matches!(self.kind(), Some(TokenKind::String | TokenKind::EscapeString | TokenKind::DollarString))
    }

    /// The literal that stands next, as written.
    pub(in crate::double) fn literal(&mut self, expected: &str) -> Result<&'a str, DbError> {
        if !self.is_string() {
            return Err(self.syntax(expected));
        }
        let token = self.token();
        self.at += 1;
        Ok(token)
    }

    pub(in crate::double) fn string(&mut self, expected: &str) -> Result<String, DbError> {
        let place = self.at;
        let value = unquote_literal(self.literal(expected)?, Dialect::Redshift);
        value.ok_or_else(|| {
            self.at = place;
            self.syntax(expected)
        })
    }

    /// The string after an optional AS.
    pub(in crate::double) fn value(&mut self, expected: &str) -> Result<String, DbError> {
        self.take("as");
        self.string(expected)
    }

    /// The value of NULL AS, in which `\N`, `\t`, `\ddd` and `\\` have a meaning of their own.
    pub(in crate::double) fn marker(&mut self, expected: &str) -> Result<Vec<u8>, DbError> {
        self.take("as");
        let literal = self.literal(expected)?;
        let inside = |text: &str| text.strip_prefix('\'')?.strip_suffix('\'').map(|body| body.replace("''", "'"));
        Ok(match inside(literal.trim_start_matches(['e', 'E'])) {
            Some(body) => unescape_marker(body.as_bytes()),
            // In dollars everything stands for itself.
            None => unquote_literal(literal, Dialect::Redshift).unwrap_or_default().into_bytes(),
        })
    }

    /// The value of DELIMITER: a marker, or the text of one.
    pub(in crate::double) fn delimiter(&mut self) -> Result<Vec<u8>, DbError> {
        let marker = self.marker("a delimiter")?;
        Ok(if marker.len() > 1 { unescape_marker(&marker) } else { marker })
    }

    /// The number after an optional AS.
    pub(in crate::double) fn number<N: FromStr>(&mut self, expected: &str) -> Result<N, DbError> {
        self.take("as");
        let Ok(number) = self.token().trim_matches('\'').parse() else { return Err(self.syntax(expected)) };
        self.at += 1;
        Ok(number)
    }

    /// ON or TRUE, OFF or FALSE, or nothing.
    pub(in crate::double) fn switch(&mut self) -> Option<bool> {
        match () {
            () if self.take("on") || self.take("true") => Some(true),
            () if self.take("off") || self.take("false") => Some(false),
            () => None,
        }
    }

    /// A number or a string.
    pub(in crate::double) fn any_value(&mut self) -> Result<(), DbError> {
        self.take("as");
        if self.take_kind(TokenKind::Number) { Ok(()) } else { self.string("a value").map(drop) }
    }

    /// The string after an optional AS, which nobody is to see.
    pub(in crate::double) fn secret(&mut self) -> Result<String, DbError> {
        self.take("as");
        if let Some(token) = self.tokens.get(self.at) {
            self.secrets.push(token.start..token.start + token.text(self.text).len());
        }
        self.string("a value")
    }

    /// The statement without its secrets.
    pub(in crate::double) fn shown(&self) -> String {
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

    /// What Redshift refuses too.
    pub(in crate::double) fn refused(&self, place: usize, message: impl Into<String>) -> DbError {
        DbError { offset: Some(place), code: Some("0A000".to_owned()), ..DbError::new(DbErrorKind::Statement, message) }
    }

    /// What only the double does not do.
    pub(in crate::double) fn unsupported(&self, place: usize, message: impl Into<String>) -> DbError {
        DbError {
            offset: Some(place),
            code: Some("0A000".to_owned()),
            ..DbError::new(DbErrorKind::Unsupported, message)
        }
    }

    /// What cannot stand here. The token itself is not shown: it may be a credential.
    pub(in crate::double) fn syntax(&self, expected: &str) -> DbError {
        let error = DbError::new(DbErrorKind::Statement, format!("{}: expected {expected} here", self.command));
        DbError { offset: Some(self.place()), code: Some("42601".to_owned()), ..error }
    }

    /// An option that stands twice, or an unknown one.
    pub(in crate::double) fn no_option(&self, place: usize, message: impl Into<String>) -> DbError {
        DbError { code: Some("42601".to_owned()), ..self.refused(place, message) }
    }
}

/// What `\N`, `\t`, `\ddd` and `\\` in a text stand for.
pub(in crate::double) fn unescape_marker(body: &[u8]) -> Vec<u8> {
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
            Some((b'\\' | b'\'', after)) => {
                out.extend(rest.first());
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
            (r"'\''", b"'"),
            ("$$a\\t$$", b"a\\t"),
            ("''", b""),
            ("'NULL'", b"NULL"),
        ];
        for (text, expected) in cases {
            let marker = Cursor::new("COPY", &format!("null {text}")).marker("a text").ok();
            assert_eq!(marker.as_deref(), Some(*expected), "{text}");
        }
        for text in [r"'\001'", r"'\\001'", "'\u{1}'"] {
            let delimiter = Cursor::new("COPY", &format!("delimiter {text}")).delimiter().ok();
            assert_eq!(delimiter.as_deref(), Some(b"\x01".as_slice()), "{text}");
        }
    }
}
