//! Writes names and values as SQL, and reads them back.

use std::str::Chars;

use memchr::memchr3_iter;

use super::{Dialect, ObjectName};

/// The name in double quotes.
pub fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The qualified name, every part in double quotes.
pub fn quote_name(name: &ObjectName) -> String {
    name.parts.iter().map(|part| quote_identifier(part)).collect::<Vec<_>>().join(".")
}

/// The text as a literal that means the same whatever the session's settings are.
///
/// No server can hold a NUL character in a text, so NULs are left out.
pub fn quote_literal(value: &str, dialect: Dialect) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    push_literal(&mut out, value, dialect);
    out
}

/// Appends the text as [`quote_literal`] writes it.
pub fn push_literal(out: &mut String, value: &str, dialect: Dialect) {
    if dialect == Dialect::Postgres && value.contains('\\') {
        out.push('E');
    }
    out.push('\'');
    let mut plain = 0;
    for at in memchr3_iter(b'\'', b'\\', 0, value.as_bytes()) {
        out.push_str(&value[plain..at]);
        match value.as_bytes()[at] {
            b'\'' => out.push_str("''"),
            b'\\' => out.push_str("\\\\"),
            _ => {}
        }
        plain = at + 1;
    }
    out.push_str(&value[plain..]);
    out.push('\'');
}

/// The name inside its quotes; text without quotes is folded to lower case, as the server does.
pub fn unquote_identifier(text: &str) -> String {
    let inside = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    match (inside('"'), inside('`')) {
        (Some(name), _) => name.replace("\"\"", "\""),
        (None, Some(name)) => name.to_owned(),
        (None, None) => text.to_ascii_lowercase(),
    }
}

/// The value of one literal token, if `text` is one: plain, `E''` or dollar-quoted.
pub fn unquote_literal(text: &str, dialect: Dialect) -> Option<String> {
    unquote_until(text, dialect, usize::MAX).map(|(value, _)| value)
}

/// The byte of one literal token that a byte of its value comes from; the token's end for what is past the value.
pub fn literal_offset(text: &str, dialect: Dialect, value_offset: usize) -> usize {
    unquote_until(text, dialect, value_offset).map_or(0, |(_, offset)| offset)
}

/// The value of a literal up to `stop` bytes of it, and the byte of the text at which reading stopped.
fn unquote_until(text: &str, dialect: Dialect, stop: usize) -> Option<(String, usize)> {
    if text.starts_with('$') {
        let tag = text.get(..text.get(1..)?.find('$')? + 2)?;
        let value = text.strip_prefix(tag)?.strip_suffix(tag)?;
        return Some((value.to_owned(), tag.len() + stop.min(value.len())));
    }
    let (escapes, quoted) = match text.strip_prefix(['e', 'E']) {
        Some(rest) => (true, rest),
        None => (dialect == Dialect::Redshift, text),
    };
    let body = quoted.strip_prefix('\'')?.strip_suffix('\'')?;
    // The literal that is only a backslash is read as the lexer reads it.
    let (value, read) = unescape(body, escapes && body != "\\", stop);
    Some((value, text.len() - body.len() - 1 + read))
}

/// Reads the inside of a literal until `stop` bytes of its value are known; returns these and how much was read.
fn unescape(body: &str, escapes: bool, stop: usize) -> (String, usize) {
    let mut out = String::with_capacity(body.len());
    let mut rest = body.chars();
    while out.len() < stop {
        let Some(character) = rest.next() else { break };
        match character {
            '\'' => {
                take_if(&mut rest, |next| next == '\'');
                out.push('\'');
            }
            '\\' if escapes => out.extend(escaped(&mut rest)),
            other => out.push(other),
        }
    }
    let read = body.len() - rest.as_str().len();
    (out, read)
}

/// What stands for the text behind a backslash; nothing for a code that no text can hold.
fn escaped(rest: &mut Chars<'_>) -> Option<char> {
    match rest.next() {
        Some('n') => Some('\n'),
        Some('t') => Some('\t'),
        Some('r') => Some('\r'),
        Some('b') => Some('\u{8}'),
        Some('f') => Some('\u{c}'),
        Some(first @ '0'..='7') => {
            let mut code = first.to_digit(8).unwrap_or(0);
            for _ in 0..2 {
                let Some(digit) = take_if(rest, |next| next.is_digit(8)) else { break };
                code = code * 8 + digit.to_digit(8).unwrap_or(0);
            }
            // A server would refuse the NUL and wrap a code above one byte.
            char::from_u32(code & 0xff).filter(|character| *character != '\0')
        }
        Some('x') => match take_if(rest, |next| next.is_ascii_hexdigit()) {
            Some(first) => hexadecimal(first.to_digit(16), rest, 1),
            None => Some('x'),
        },
        Some('u') => hexadecimal(None, rest, 4),
        Some('U') => hexadecimal(None, rest, 8),
        Some(other) => Some(other),
        None => Some('\\'),
    }
}

fn hexadecimal(first: Option<u32>, rest: &mut Chars<'_>, most: usize) -> Option<char> {
    let mut code = first.unwrap_or(0);
    for _ in 0..most {
        let Some(digit) = take_if(rest, |next| next.is_ascii_hexdigit()) else { break };
        code = code * 16 + digit.to_digit(16).unwrap_or(0);
    }
    char::from_u32(code).filter(|character| *character != '\0')
}

fn take_if(rest: &mut Chars<'_>, wanted: impl Fn(char) -> bool) -> Option<char> {
    let next = rest.clone().next().filter(|next| wanted(*next))?;
    rest.next();
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_mean_the_same_under_any_setting() {
        assert_eq!(quote_literal("it's", Dialect::Postgres), "'it''s'");
        assert_eq!(quote_literal(r"a\b", Dialect::Postgres), r"E'a\\b'");
        assert_eq!(quote_literal(r"a\b'", Dialect::Redshift), r"'a\\b'''");
        assert_eq!(quote_literal("a\0b", Dialect::Redshift), "'ab'");
    }

    #[test]
    fn escapes_are_read_as_the_server_reads_them() {
        let value = |text, dialect| unquote_literal(text, dialect).unwrap_or_default();
        assert_eq!(value(r"'a\tb\101\''", Dialect::Redshift), "a\tbA'");
        assert_eq!(value(r"'a\tb'", Dialect::Postgres), r"a\tb");
        assert_eq!(value(r"E'\x41\u0042\q'", Dialect::Postgres), "ABq");
        assert_eq!(value("$t$it's$t$", Dialect::Postgres), "it's");
        assert_eq!(value(r"'\'", Dialect::Redshift), r"\");
        assert_eq!(unquote_literal("word", Dialect::Redshift), None);
        assert_eq!(unquote_literal("$", Dialect::Redshift), None);
    }

    #[test]
    fn bytes_of_a_value_are_found_in_its_literal() {
        let source = |text: &str, value: usize| literal_offset(text, Dialect::Redshift, value);
        assert_eq!([0, 1, 2, 3, 9].map(|at| source("'a''b'", at)), [1, 2, 4, 5, 5]);
        assert_eq!([0, 1, 2, 3].map(|at| source(r"'\'a\x41b'", at)), [1, 3, 4, 8]);
        assert_eq!([0, 2].map(|at| source("$q$ab$q$", at)), [3, 5]);
        assert_eq!(literal_offset(r"E'\n!'", Dialect::Postgres, 1), 4);
    }

    #[test]
    fn names_keep_their_case_in_quotes_only() {
        assert_eq!(quote_identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(unquote_identifier("\"A\"\"b\""), "A\"b");
        assert_eq!(unquote_identifier("Ab"), "ab");
        let name = ObjectName { parts: vec!["S".to_owned(), "t".to_owned()] };
        assert_eq!(quote_name(&name), "\"S\".\"t\"");
    }
}
