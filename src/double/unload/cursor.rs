//! Reads the words and values of an UNLOAD one after the other.

use std::ops::Range;

use crate::ports::{DbError, DbErrorKind};
use crate::sql::{Dialect, Token, TokenKind, tokens, unquote_identifier, unquote_literal};

/// Where reading stands in a statement.
pub(super) struct Cursor<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    /// Literals that nobody is to see.
    secrets: Vec<Range<usize>>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let tokens = tokens(text, Dialect::Redshift).into_iter().filter(|token| !token.kind.is_trivia()).collect();
        Self { text, tokens, at: 0, secrets: Vec::new() }
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.kind(), None | Some(TokenKind::Semicolon))
    }

    /// Where the token that stands next begins.
    pub(super) fn offset(&self) -> usize {
        self.tokens.get(self.at).map_or(self.text.len(), |token| token.start)
    }

    fn kind(&self) -> Option<TokenKind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    fn token(&self) -> &'a str {
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

    pub(super) fn expect(&mut self, word: &str) -> Result<(), DbError> {
        if self.take(word) { Ok(()) } else { Err(self.syntax(&format!("`{word}`"))) }
    }

    pub(super) fn expect_kind(&mut self, kind: TokenKind, shown: &str) -> Result<(), DbError> {
        if self.take_kind(kind) { Ok(()) } else { Err(self.syntax(shown)) }
    }

    /// The next word in lower case.
    pub(super) fn word(&mut self) -> Result<String, DbError> {
        if self.kind() != Some(TokenKind::Word) {
            return Err(self.syntax("an option of UNLOAD"));
        }
        let word = self.token().to_lowercase();
        self.at += 1;
        Ok(word)
    }

    pub(super) fn identifier(&mut self) -> Result<String, DbError> {
        if !matches!(self.kind(), Some(TokenKind::Word | TokenKind::QuotedIdentifier)) {
            return Err(self.syntax("a name"));
        }
        let name = unquote_identifier(self.token());
        self.at += 1;
        Ok(name)
    }

    /// The literal that stands next, as written.
    pub(super) fn literal(&mut self, expected: &str) -> Result<&'a str, DbError> {
        match self.kind() {
            Some(TokenKind::String | TokenKind::EscapeString | TokenKind::DollarString) => {
                let token = self.token();
                self.at += 1;
                Ok(token)
            }
            _ => Err(self.syntax(expected)),
        }
    }

    pub(super) fn string(&mut self, expected: &str) -> Result<String, DbError> {
        let literal = self.literal(expected)?;
        Ok(unquote_literal(literal, Dialect::Redshift).unwrap_or_default())
    }

    /// The string after an optional AS.
    pub(super) fn value(&mut self, expected: &str) -> Result<String, DbError> {
        self.take("as");
        self.string(expected)
    }

    /// The string after an optional AS, which [`Cursor::shown`] hides.
    pub(super) fn secret(&mut self, expected: &str) -> Result<String, DbError> {
        self.take("as");
        let token = self.tokens.get(self.at).copied();
        let value = self.string(expected)?;
        self.secrets.extend(token.map(|token| token.start..token.end));
        Ok(value)
    }

    /// The statement with its secrets hidden.
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

    /// The number after an optional AS.
    pub(super) fn number(&mut self) -> Result<f64, DbError> {
        self.take("as");
        match self.token().trim_matches('\'').parse::<f64>() {
            Ok(number) if number.is_finite() => {
                self.at += 1;
                Ok(number)
            }
            _ => Err(self.syntax("a number")),
        }
    }

    /// ON or TRUE, OFF or FALSE, or nothing.
    pub(super) fn switch(&mut self) -> Option<bool> {
        match () {
            () if self.take("on") || self.take("true") => Some(true),
            () if self.take("off") || self.take("false") => Some(false),
            () => None,
        }
    }

    /// The token itself is not shown: it may be a credential.
    pub(super) fn syntax(&self, expected: &str) -> DbError {
        let error = DbError::new(DbErrorKind::Statement, format!("UNLOAD: expected {expected} here"));
        DbError { offset: Some(self.offset()), code: Some("42601".to_owned()), ..error }
    }
}
