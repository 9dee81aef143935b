//! Names as Redshift reads them, which PostgreSQL would read otherwise.

use std::borrow::Cow;

use super::super::code::Code;
use super::super::lexer::{Token, TokenKind, tokens};
use super::super::{Dialect, Kind};

/// What becomes of capitals in a quoted name.
///
/// [enable_case_sensitive_identifier](https://docs.aws.amazon.com/redshift/latest/dg/r_enable_case_sensitive_identifier.html)
/// is off unless somebody sets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QuotedNames {
    /// They become small letters, as in a name without quotes.
    #[default]
    Folded,
    /// They stay, as on PostgreSQL.
    AsWritten,
}

/// The parameters that decide about quoted names, and the value at which capitals stay.
const PARAMETERS: &[(&str, bool)] =
    &[("enable_case_sensitive_identifier", true), ("downcase_delimited_identifier", false)];

/// The text with its quoted names folded, as a server does with whatever it is sent. Each byte stays at its place.
pub fn fold_quoted_names(text: &str, dialect: Dialect, names: QuotedNames) -> Cow<'_, str> {
    if names == QuotedNames::AsWritten || !text.contains('"') {
        return Cow::Borrowed(text);
    }
    fold(text, &tokens(text, dialect))
}

/// As [`fold_quoted_names`], of a text that was read.
pub(super) fn folded<'a>(code: &Code<'a>, names: QuotedNames) -> Cow<'a, str> {
    if names == QuotedNames::AsWritten { Cow::Borrowed(code.text) } else { fold(code.text, &code.tokens) }
}

fn fold<'a>(text: &'a str, tokens: &[Token]) -> Cow<'a, str> {
    let mut out = Cow::Borrowed(text);
    for token in tokens.iter().filter(|token| token.kind == TokenKind::QuotedIdentifier) {
        let has_capitals = token.text(text).bytes().any(|byte| byte.is_ascii_uppercase());
        if has_capitals && let Some(name) = out.to_mut().get_mut(token.start..token.end) {
            name.make_ascii_lowercase();
        }
    }
    out
}

/// What a `SET` or `RESET` says about quoted names from then on; `None` if nothing.
pub fn quoted_names(text: &str, kind: Kind) -> Option<QuotedNames> {
    let code = Code::new(text, Dialect::Redshift);
    let at = 1 + usize::from(code.is_any(1, &["session", "local"]));
    if kind == Kind::Reset && code.is(at, "all") {
        return Some(QuotedNames::Folded);
    }
    let (_, keeps) = PARAMETERS.iter().find(|(name, _)| code.is(at, name))?;
    let value = code.literal(at + 2).unwrap_or_else(|| code.token(at + 2).to_owned()).to_ascii_lowercase();
    let on = match value.as_str() {
        "true" | "t" | "on" | "yes" | "y" | "1" if kind == Kind::Set => true,
        "false" | "f" | "off" | "no" | "n" | "0" if kind == Kind::Set => false,
        _ => !keeps,
    };
    Some(if on == *keeps { QuotedNames::AsWritten } else { QuotedNames::Folded })
}

/// Whether a parameter decides about quoted names.
pub(in crate::sql) fn is_about_quoted_names(parameter: &str) -> bool {
    PARAMETERS.iter().any(|(name, _)| *name == parameter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_says_how_names_are_read() {
        let said = |text: &str| quoted_names(text, if text.starts_with("reset") { Kind::Reset } else { Kind::Set });
        for on in ["to true", "= 'on'", "to 1", "= T"] {
            assert_eq!(
                said(&format!("set enable_case_sensitive_identifier {on}")),
                Some(QuotedNames::AsWritten),
                "{on}"
            );
        }
        for off in ["to false", "= off", "to default"] {
            assert_eq!(said(&format!("set session enable_case_sensitive_identifier {off}")), Some(QuotedNames::Folded));
        }
        assert_eq!(said("set downcase_delimited_identifier to off"), Some(QuotedNames::AsWritten));
        assert_eq!(said("set downcase_delimited_identifier to default"), Some(QuotedNames::Folded));
        assert_eq!(said("reset enable_case_sensitive_identifier"), Some(QuotedNames::Folded));
        assert_eq!(said("reset all"), Some(QuotedNames::Folded));
        assert_eq!(said("set query_group to 'enable_case_sensitive_identifier'"), None);
        assert_eq!(said("set"), None);
    }

    #[test]
    fn only_quoted_names_are_folded() {
        let text = r#"select "Ab", 'Ab "Cd"', Ef -- "Gh""#;
        assert_eq!(
            fold_quoted_names(text, Dialect::Redshift, QuotedNames::Folded),
            r#"select "ab", 'Ab "Cd"', Ef -- "Gh""#
        );
        assert_eq!(fold_quoted_names(text, Dialect::Redshift, QuotedNames::AsWritten), text);
    }
}
