//! Text that came from a server or a file, made safe to show: nothing in it can steer a terminal or break XML.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::text::Location;

/// The text with everything escaped that steers a terminal or turns the reading direction; line feeds and tabs stay.
///
/// An escape character is shown as `\u{1b}`, a carriage return as `\r`. The result is legal in XML 1.0.
pub fn visible(text: &str) -> Cow<'_, str> {
    escape(text, |c| c != '\n' && c != '\t' && is_hidden(c))
}

/// As [`visible`], with line feeds and tabs escaped too, for places that must stay one line.
pub fn visible_line(text: &str) -> Cow<'_, str> {
    escape(text, is_hidden)
}

/// A place whose line is safe to show. Each hidden character becomes one sign of the same width, so that the caret
/// still stands under its character.
pub(super) fn visible_place(location: &Location) -> Location {
    Location {
        path: visible_line(&location.path).into_owned(),
        text: location.text.chars().map(|c| if c == '\t' { c } else { picture(c) }).collect(),
        ..location.clone()
    }
}

/// Control characters of ASCII and Latin-1, line and paragraph separators, direction controls, and the two
/// characters of the basic plane that XML forbids.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn escape(text: &str, must_go: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&must_go) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if !must_go(c) {
            out.push(c);
        } else if matches!(c, '\n' | '\r' | '\t') {
            out.extend(c.escape_default());
        } else {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
    }
    Cow::Owned(out)
}

fn picture(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\u{7f}' => '\u{2421}',
        _ if is_hidden(c) => char::REPLACEMENT_CHARACTER,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_spelled_out() {
        assert!(matches!(visible("plain\n\ttext é 漢"), Cow::Borrowed(_)));
        assert_eq!(visible("\u{1b}[31mred\u{9b}0m\r\n"), "\\u{1b}[31mred\\u{9b}0m\\r\n");
        assert_eq!(visible("a\u{202e}b\0\u{ffff}"), "a\\u{202e}b\\u{0}\\u{ffff}");
        assert_eq!(visible_line("a\n\tb"), "a\\n\\tb");
    }

    #[test]
    fn caret_stays_under_its_character() {
        let location = Location { path: "a.sql".into(), line: 1, column: 3, width: 1, text: "\u{1b}\tx".into() };
        assert_eq!(visible_place(&location).to_string(), " --> a.sql:1:3\n  |\n1 | \u{241b}\tx\n  |  \t^");
    }
}
