//! Writes names and values as SQL, and reads them back.

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
    if dialect == Dialect::Postgres && value.contains('\\') {
        out.push('E');
    }
    out.push('\'');
    for character in value.chars() {
        match character {
            '\0' => {}
            '\'' => out.push_str("''"),
            '\\' => out.push_str("\\\\"),
            other => out.push(other),
        }
    }
    out.push('\'');
    out
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
    if text.starts_with('$') {
        let tag = text.get(..text.get(1..)?.find('$')? + 2)?;
        return Some(text.strip_prefix(tag)?.strip_suffix(tag)?.to_owned());
    }
    let (escapes, quoted) = match text.strip_prefix(['e', 'E']) {
        Some(rest) => (true, rest),
        None => (dialect == Dialect::Redshift, text),
    };
    let body = quoted.strip_prefix('\'')?.strip_suffix('\'')?;
    // The literal that is only a backslash is read as the lexer reads it.
    if !escapes || body == "\\" {
        return Some(body.replace("''", "'"));
    }
    Some(unescape(body))
}

fn unescape(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut rest = body.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\'' => {
                rest.next_if_eq(&'\'');
                out.push('\'');
            }
            '\\' => match rest.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('b') => out.push('\u{8}'),
                Some('f') => out.push('\u{c}'),
                Some(first @ '0'..='7') => {
                    let mut code = first.to_digit(8).unwrap_or(0);
                    for _ in 0..2 {
                        let Some(digit) = rest.peek().and_then(|next| next.to_digit(8)) else { break };
                        code = code * 8 + digit;
                        rest.next();
                    }
                    // A server would refuse the NUL and wrap a code above one byte.
                    out.extend(char::from_u32(code & 0xff).filter(|character| *character != '\0'));
                }
                Some('x') if rest.peek().is_some_and(char::is_ascii_hexdigit) => {
                    out.extend(hexadecimal(&mut rest, 2));
                }
                Some('u') => out.extend(hexadecimal(&mut rest, 4)),
                Some('U') => out.extend(hexadecimal(&mut rest, 8)),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            other => out.push(other),
        }
    }
    out
}

fn hexadecimal(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, most: usize) -> Option<char> {
    let mut code = 0;
    for _ in 0..most {
        let Some(digit) = rest.peek().and_then(|next| next.to_digit(16)) else { break };
        code = code * 16 + digit;
        rest.next();
    }
    char::from_u32(code).filter(|character| *character != '\0')
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
    fn names_keep_their_case_in_quotes_only() {
        assert_eq!(quote_identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(unquote_identifier("\"A\"\"b\""), "A\"b");
        assert_eq!(unquote_identifier("Ab"), "ab");
        let name = ObjectName { parts: vec!["S".to_owned(), "t".to_owned()] };
        assert_eq!(quote_name(&name), "\"S\".\"t\"");
    }
}
