//! Fits the patterns of the table on a statement's tokens. The elements are explained there.

use super::code::Code;
use super::lexer::TokenKind;

/// Where the names begin that the pattern captured.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Captures {
    pub(super) object: Option<usize>,
    pub(super) column: Option<usize>,
}

/// What the pattern captured, if the tokens from `at` on begin as it says.
pub(super) fn fit(pattern: &str, code: &Code<'_>, at: usize) -> Option<Captures> {
    let mut captures = Captures::default();
    fit_rest(pattern, code, at, &mut captures).then_some(captures)
}

fn fit_rest(pattern: &str, code: &Code<'_>, at: usize, captures: &mut Captures) -> bool {
    let (element, rest) = cut(pattern, b' ');
    if element.is_empty() {
        return true;
    }
    if element == "*" {
        let begins = Beginnings::of(cut(rest, b' ').0);
        let fits =
            |start: usize| begins.may_be_at(code, start) && fit_rest(rest, code, start, &mut Captures::default());
        return code.find(at, fits).is_some_and(|start| {
            // Once more for its captures: a failed try must not leave any behind.
            fit_rest(rest, code, start, captures)
        });
    }
    let (choices, optional) = element.strip_suffix('?').map_or((element, false), |choices| (choices, true));
    match fit_element(choices, code, at, captures) {
        Some(next) => fit_rest(rest, code, next, captures),
        None => optional && fit_rest(rest, code, at, captures),
    }
}

fn fit_element(choices: &str, code: &Code<'_>, at: usize, captures: &mut Captures) -> Option<usize> {
    match choices {
        "@" => {
            let next = code.past_name(at)?;
            captures.object = Some(at);
            Some(next)
        }
        "#" => {
            let next = code.past_name(at)?;
            captures.column = Some(at);
            Some(next)
        }
        "~" => code.past_name(at),
        _ => {
            let mut left = choices;
            while !left.is_empty() {
                let (choice, rest) = cut(left, b'|');
                if let Some(next) = fit_choice(choice, code, at) {
                    return Some(next);
                }
                left = rest;
            }
            None
        }
    }
}

fn fit_choice(choice: &str, code: &Code<'_>, at: usize) -> Option<usize> {
    if let Some(word) = choice.strip_prefix('(') {
        let word = word.trim_end_matches(')');
        if code.kind(at) != Some(TokenKind::LeftParenthesis) {
            return None;
        }
        let next = code.close(at);
        return (at..next).any(|inside| code.is(inside, word)).then_some(next);
    }
    let (mut next, mut left) = (at, choice);
    while !left.is_empty() {
        let (word, rest) = cut(left, b'_');
        left = rest;
        if !code.is(next, word) {
            return None;
        }
        next += 1;
    }
    Some(next)
}

/// How the words of an element begin: most tokens that a `*` passes over are told from them by one letter.
struct Beginnings {
    /// A bit for each letter of the alphabet.
    letters: u32,
    parenthesis: bool,
}

impl Beginnings {
    /// Of an element of words and parentheses, as all are that follow a `*`.
    fn of(choices: &str) -> Self {
        let mut begins = Self { letters: 0, parenthesis: false };
        let mut left = choices;
        while let Some(first) = left.bytes().next() {
            begins.letters |= 1 << (first & 31);
            begins.parenthesis |= first == b'(';
            left = cut(left, b'|').1;
        }
        begins
    }

    fn may_be_at(&self, code: &Code<'_>, at: usize) -> bool {
        match code.kind(at) {
            Some(TokenKind::Word) => {
                code.token(at).bytes().next().is_some_and(|first| self.letters >> (first & 31) & 1 == 1)
            }
            Some(TokenKind::LeftParenthesis) => self.parenthesis,
            _ => false,
        }
    }
}

/// What stands in front of the separator and behind it. Patterns are a few bytes long: a loop is quicker than a searcher.
fn cut(text: &str, separator: u8) -> (&str, &str) {
    match text.bytes().position(|byte| byte == separator) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    }
}
