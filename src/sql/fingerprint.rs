//! The form of a text that its checksum is made of.

use std::borrow::Cow;

use super::Dialect;
use super::lexer::{Token, TokenKind, tokens};

/// `text` with line ends as LF, without byte order mark, without blanks at the ends of lines and of the text.
///
/// Blanks inside literals and bodies are data and stay; only their CRLFs become LFs, because a checkout on another
/// system changes those and nobody means it.
pub fn fingerprint_text(text: &str, dialect: Dialect) -> Cow<'_, str> {
    let text = text.trim_start_matches('\u{feff}');
    if has_normal_lines(text) {
        return Cow::Borrowed(text.trim_end_matches(is_whitespace));
    }
    let mut out = String::with_capacity(text.len());
    for token in tokens(text, dialect) {
        let part = token.text(text);
        match token.kind {
            TokenKind::Whitespace | TokenKind::BlockComment | TokenKind::UnterminatedComment => {
                out.push_str(&trim_lines(part));
            }
            TokenKind::LineComment | TokenKind::MetaCommand => out.push_str(part.trim_end_matches(BLANKS)),
            _ if part.contains("\r\n") => out.push_str(&unify_line_ends(part)),
            _ => out.push_str(part),
        }
    }
    out.truncate(out.trim_end_matches(is_whitespace).len());
    Cow::Owned(out)
}

/// `text` without comments, and with one blank between any two tokens: texts of which it is the same do the same.
///
/// Comments in the body of a routine belong to what the server keeps, so they stay.
pub fn code_text(text: &str, dialect: Dialect) -> String {
    let counts = |token: &Token| !token.kind.is_trivia() && token.kind != TokenKind::UnterminatedComment;
    let code = tokens(text, dialect).into_iter().filter(counts).map(|token| unify_line_ends(token.text(text)));
    code.collect::<Vec<_>>().join(" ")
}

/// Whether two texts differ in nothing but comments, and blanks between words.
pub fn same_code(left: &str, right: &str, dialect: Dialect) -> bool {
    code_text(left, dialect) == code_text(right, dialect)
}

/// What the lexer takes for white space.
fn is_whitespace(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}

/// Whether only the end of the text may have to be cut off, which is so for most files and needs no tokens.
fn has_normal_lines(text: &str) -> bool {
    let bytes = text.as_bytes();
    let blank_before = |at: usize| at > 0 && BLANKS.contains(&char::from(bytes[at - 1]));
    !bytes.contains(&b'\r') && !text.match_indices('\n').any(|(at, _)| blank_before(at))
}

const BLANKS: [char; 4] = [' ', '\t', '\u{b}', '\u{c}'];

/// Line ends inside data. Several CRs before an LF count as one: what a tool has doubled is not doubled back.
fn unify_line_ends(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for line in part.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(text) => {
                out.push_str(text.trim_end_matches('\r'));
                out.push('\n');
            }
            None => out.push_str(line),
        }
    }
    out
}

fn trim_lines(part: &str) -> String {
    let unified = part.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = unified.split('\n').peekable();
    let mut out = String::with_capacity(unified.len());
    while let Some(line) = lines.next() {
        if lines.peek().is_some() {
            out.push_str(line.trim_end_matches(BLANKS));
            out.push('\n');
        } else {
            out.push_str(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blanks_are_no_code() {
        let same = |left: &str, right: &str| same_code(left, right, Dialect::Redshift);
        assert!(same("select 1", "-- why\nselect /* one */\n  1 -- end"));
        assert!(same("select 'a\r\nb'", "select 'a\nb'"));
        assert!(!same("select 1", "select 1;"));
        assert!(!same("select 1", "select 2"));
        assert!(!same("select '-- a'", "select '-- b'"));
        assert!(!same("do $$ -- a\n$$", "do $$ -- b\n$$"), "the server keeps the body as it is");
        assert!(!same("select a b", "select ab"));
    }
}
