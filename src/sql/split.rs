//! Cuts a script at the semicolons that end statements.

use std::ops::Range;

use super::code::Code;
use super::lexer::{Lexer, Token, TokenKind, tokens};
use super::{Dialect, SqlError};

/// The pieces of a script, each up to and with its semicolon; joined, they are `text`.
///
/// What stands after the last semicolon belongs to the last piece if it is blank or comment, and is a piece otherwise.
/// A piece may be without a statement.
pub fn split(text: &str, dialect: Dialect) -> Result<Vec<Range<usize>>, SqlError> {
    let all = tokens(text, dialect);
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut body = Body::new(text, dialect);
    let mut first = 0;
    for (index, token) in all.iter().enumerate() {
        refuse(text, *token)?;
        if body.ends_at(*token) {
            pieces.push(piece(&all, first, index + 1));
            first = index + 1;
            body = Body::new(text, dialect);
        }
    }
    body.check_closed(text.len())?;
    let rest = all.get(first..).unwrap_or_default();
    match pieces.last_mut() {
        Some(last) if rest.iter().all(|token| token.kind.is_trivia()) => {
            last.end = text.len();
        }
        _ if rest.is_empty() => {}
        _ => pieces.push(piece(&all, first, all.len())),
    }
    Ok(pieces)
}

fn piece(all: &[Token], first: usize, end: usize) -> Range<usize> {
    let tokens = all.get(first..end).unwrap_or_default();
    let start = tokens.first().map_or(0, |token| token.start);
    start..tokens.last().map_or(start, |token| token.end)
}

/// Makes something of each statement, given its range and its code: at least one token, and no semicolon at its end. The
/// code comes back, as the next statement's tokens go to the same place.
pub(super) fn each_statement<'a, T>(
    text: &'a str,
    dialect: Dialect,
    make: impl Fn(Range<usize>, Code<'a>) -> (T, Code<'a>),
) -> Result<Vec<T>, SqlError> {
    match statements_of(text, Lexer::new(text, dialect), dialect, &make) {
        Err(first) => match Lexer::with_lone_backslashes(text, dialect) {
            Some(lexer) => statements_of(text, lexer, dialect, &make).map_err(|_| first),
            None => Err(first),
        },
        read => read,
    }
}

fn statements_of<'a, T>(
    text: &'a str,
    mut lexer: Lexer<'a>,
    dialect: Dialect,
    make: &impl Fn(Range<usize>, Code<'a>) -> (T, Code<'a>),
) -> Result<Vec<T>, SqlError> {
    let mut made = Vec::new();
    let mut body = Body::new(text, dialect);
    let mut tokens: Vec<Token> = Vec::new();
    let (mut start, mut end) = (0, 0);
    let mut finish = |range: Range<usize>, tokens: &mut Vec<Token>| {
        if !tokens.is_empty() {
            let own = text.get(range.clone()).unwrap_or_default();
            let (one, code) = make(range, Code { text: own, tokens: std::mem::take(tokens), dialect });
            made.push(one);
            *tokens = code.tokens;
            tokens.clear();
        }
    };
    while let Some(token) = lexer.next_of_code() {
        refuse(text, token)?;
        if body.ends_at(token) {
            finish(start..end, &mut tokens);
            body = Body::new(text, dialect);
            continue;
        }
        if tokens.is_empty() {
            start = token.start;
        }
        end = token.end;
        tokens.push(Token { start: token.start - start, end: token.end - start, ..token });
    }
    body.check_closed(text.len())?;
    finish(start..end, &mut tokens);
    Ok(made)
}

#[inline]
fn refuse(text: &str, token: Token) -> Result<(), SqlError> {
    if token.kind.is_broken() { Err(refusal(text, token)) } else { Ok(()) }
}

/// Why a text with this token is not read.
#[cold]
fn refusal(text: &str, token: Token) -> SqlError {
    let range = token.start..token.end;
    let (what, closer) = match token.kind {
        TokenKind::UnterminatedString => ("a string literal", "a single quote"),
        TokenKind::UnterminatedIdentifier => ("a quoted name", "a double quote"),
        TokenKind::UnterminatedComment => ("a comment", "`*/`"),
        TokenKind::UnterminatedDollarString => ("a dollar-quoted text", "the tag that opens it"),
        _ => {
            let line = token.text(text);
            let word = line.split(|c: char| c.is_whitespace() || c == ';').next().unwrap_or(line);
            return SqlError::MetaCommand { command: word.to_owned(), range };
        }
    };
    SqlError::Unterminated { what, closer, range }
}

/// How deep the statement being read is inside constructs that hold semicolons of their own.
///
/// Only PostgreSQL has them: SQL-standard routine bodies (`BEGIN ATOMIC ... END`) and the parenthesised actions of rules.
struct Body<'a> {
    text: &'a str,
    dialect: Dialect,
    head: Vec<&'a str>,
    previous: Option<Token>,
    blocks: usize,
    opened_at: usize,
    parentheses: usize,
}

impl<'a> Body<'a> {
    fn new(text: &'a str, dialect: Dialect) -> Self {
        Self { text, dialect, head: Vec::new(), previous: None, blocks: 0, opened_at: 0, parentheses: 0 }
    }

    #[inline]
    fn ends_at(&mut self, token: Token) -> bool {
        match self.dialect {
            Dialect::Redshift => token.kind == TokenKind::Semicolon,
            Dialect::Postgres => self.ends_with_body_at(token),
        }
    }

    fn ends_with_body_at(&mut self, token: Token) -> bool {
        if token.kind == TokenKind::Semicolon {
            return self.blocks == 0 && !(self.parentheses > 0 && self.creates(&["rule"]));
        }
        if token.kind.is_trivia() {
            return false;
        }
        match token.kind {
            TokenKind::Word => self.word(token),
            TokenKind::LeftParenthesis => self.parentheses += 1,
            TokenKind::RightParenthesis => self.parentheses = self.parentheses.saturating_sub(1),
            _ => {}
        }
        self.previous = Some(token);
        false
    }

    fn word(&mut self, token: Token) {
        let word = token.text(self.text);
        if self.head.len() < 4 {
            self.head.push(word);
        }
        if self.previous.is_some_and(|previous| previous.kind == TokenKind::Dot) {
            return;
        }
        let is = |wanted: &str| word.eq_ignore_ascii_case(wanted);
        if self.blocks > 0 {
            if is("case") || is("begin") {
                self.blocks += 1;
            } else if is("end") {
                self.blocks -= 1;
            }
        } else if is("atomic")
            && self.previous.is_some_and(|previous| previous.text(self.text).eq_ignore_ascii_case("begin"))
            && self.creates(&["function", "procedure"])
        {
            self.blocks = 1;
            self.opened_at = token.start;
        }
    }

    fn creates(&self, nouns: &[&str]) -> bool {
        let word = |at: usize| self.head.get(at).copied().unwrap_or("");
        let noun = if word(1).eq_ignore_ascii_case("or") { word(3) } else { word(1) };
        word(0).eq_ignore_ascii_case("create") && nouns.iter().any(|wanted| noun.eq_ignore_ascii_case(wanted))
    }

    fn check_closed(&self, end: usize) -> Result<(), SqlError> {
        if self.blocks == 0 {
            return Ok(());
        }
        Err(SqlError::Unterminated { what: "a `BEGIN ATOMIC` body", closer: "`END`", range: self.opened_at..end })
    }
}
