//! The tokens of one statement without blanks and comments, with the small look-aheads that classifying needs.

use std::ops::Range;

use super::lexer::{Token, TokenKind, code_tokens};
use super::quote::{unquote_identifier, unquote_literal};
use super::{Dialect, ObjectName};

/// One statement's tokens that mean something, over the text they were cut from.
#[derive(Clone, Debug)]
pub(super) struct Code<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
    pub(super) dialect: Dialect,
}

impl<'a> Code<'a> {
    /// Of a whole text, semicolons included.
    pub(super) fn new(text: &'a str, dialect: Dialect) -> Self {
        Self { text, tokens: code_tokens(text, dialect), dialect }
    }

    pub(super) fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// The text of one token; empty past the end.
    pub(super) fn token(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.text(self.text))
    }

    /// Whether the token is this unquoted word.
    #[inline]
    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| {
            token.kind == TokenKind::Word
                && token.end - token.start == word.len()
                && self.text.as_bytes()[token.start..token.end].eq_ignore_ascii_case(word.as_bytes())
        })
    }

    pub(super) fn is_any(&self, at: usize, words: &[&str]) -> bool {
        let Some(token) = self.tokens.get(at).filter(|token| token.kind == TokenKind::Word) else { return false };
        let written = &self.text.as_bytes()[token.start..token.end];
        words.iter().any(|word| word.len() == written.len() && written.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// The source between two tokens, as the user wrote it.
    pub(super) fn source(&self, range: Range<usize>) -> &'a str {
        let tokens = self.tokens.get(range).unwrap_or_default();
        match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => self.text.get(first.start..last.end).unwrap_or(""),
            _ => "",
        }
    }

    /// Just past the word list, if it stands here.
    pub(super) fn phrase(&self, at: usize, words: &[&str]) -> Option<usize> {
        let stands = words.iter().enumerate().all(|(index, word)| self.is(at + index, word));
        stands.then_some(at + words.len())
    }

    /// The index past the part of a name that stands here. A `${variable}` joins what touches it.
    fn past_part(&self, at: usize) -> Option<usize> {
        let is_name =
            |kind: TokenKind| matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier | TokenKind::Placeholder);
        let mut before = self.tokens.get(at).filter(|token| is_name(token.kind))?;
        let mut next = at + 1;
        while let Some(token) = self.tokens.get(next) {
            let variable = before.kind == TokenKind::Placeholder || token.kind == TokenKind::Placeholder;
            if !(variable && is_name(token.kind) && before.end == token.start) {
                break;
            }
            (before, next) = (token, next + 1);
        }
        Some(next)
    }

    /// The index past the possibly qualified name that stands here.
    pub(super) fn past_name(&self, at: usize) -> Option<usize> {
        let mut next = self.past_part(at)?;
        while self.kind(next) == Some(TokenKind::Dot) {
            let Some(after) = self.past_part(next + 1) else { break };
            next = after;
        }
        Some(next)
    }

    /// The possibly qualified name that stands here, and the index past it.
    pub(super) fn name(&self, at: usize) -> Option<(ObjectName, usize)> {
        let (mut start, mut past) = (at, self.past_part(at)?);
        let mut parts = Vec::with_capacity(2);
        loop {
            let rest = start + 1..past;
            let mut part = self.part(start);
            part.extend(rest.map(|at| self.part(at)));
            parts.push(part);
            let next = (self.kind(past) == Some(TokenKind::Dot)).then(|| self.past_part(past + 1)).flatten();
            match next {
                Some(next) => (start, past) = (past + 1, next),
                None => return Some((ObjectName { parts }, past)),
            }
        }
    }

    /// What a token adds to a part of a name.
    fn part(&self, at: usize) -> String {
        let text = self.token(at);
        match self.kind(at) {
            Some(TokenKind::Word) => text.to_ascii_lowercase(),
            Some(TokenKind::QuotedIdentifier) => unquote_identifier(text),
            _ => text.to_owned(),
        }
    }

    /// Just past the parenthesis that closes the one at `at`; the end if none does.
    pub(super) fn close(&self, at: usize) -> usize {
        let mut depth = 0_usize;
        for (index, token) in self.tokens.iter().enumerate().skip(at) {
            match token.kind {
                TokenKind::LeftParenthesis => depth += 1,
                TokenKind::RightParenthesis => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return index + 1;
                    }
                }
                _ => {}
            }
        }
        self.tokens.len()
    }

    /// The index past the construct at `at`: past the closing parenthesis for an opening one, else the next token.
    pub(super) fn step(&self, at: usize) -> usize {
        if self.kind(at) == Some(TokenKind::LeftParenthesis) { self.close(at) } else { at + 1 }
    }

    /// The first place from `at` on, outside of parentheses, where `wanted` holds.
    pub(super) fn find(&self, mut at: usize, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        while at < self.tokens.len() {
            if wanted(at) {
                return Some(at);
            }
            at = self.step(at);
        }
        None
    }

    /// The ranges between commas that are outside of parentheses.
    pub(super) fn items(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let end = range.end.min(self.tokens.len());
        let (mut items, mut start, mut at) = (Vec::new(), range.start, range.start);
        while at < end {
            if self.kind(at) == Some(TokenKind::Comma) {
                items.push(start..at);
                start = at + 1;
            }
            at = self.step(at);
        }
        if start < end || !items.is_empty() {
            items.push(start..end);
        }
        items
    }

    /// The value of the string literal that stands here.
    pub(super) fn literal(&self, at: usize) -> Option<String> {
        match self.kind(at)? {
            TokenKind::String | TokenKind::EscapeString | TokenKind::DollarString => {
                unquote_literal(self.token(at), self.dialect)
            }
            _ => None,
        }
    }
}
