//! Names of 64 to 127 bytes, which Redshift takes and PostgreSQL would cut.
//!
//! [Redshift](https://docs.aws.amazon.com/redshift/latest/dg/r_names.html) takes 127 bytes,
//! [PostgreSQL](https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS) 63. A longer name
//! is stored under its beginning with a digest of the whole, which is the same wherever the name stands.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::super::code::Code;
use super::super::lexer::{Token, TokenKind};
use super::super::quote::{quote_identifier, unquote_identifier};
use super::super::{Dialect, Kind};
use super::edits::Edits;
use super::{Note, QuotedNames, Surroundings, Translation, Untranslatable, name};

/// PostgreSQL cuts a longer name, and only a notice says so (`NAMEDATALEN` is 64).
const MOST_BYTES: usize = 63;

/// Bytes of the digest: two names with the same one are not to be met by chance.
const DIGEST_BYTES: usize = 8;

/// A name that PostgreSQL does not hold as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongName {
    /// As Redshift has it.
    pub full: String,
    /// As PostgreSQL has it.
    pub stored: String,
}

/// The name under which PostgreSQL has what Redshift calls `name`.
pub fn stored_name(name: &str) -> Cow<'_, str> {
    if name.len() <= MOST_BYTES {
        return Cow::Borrowed(name);
    }
    let digest = Sha256::digest(name.as_bytes());
    let digits: String = digest.iter().take(DIGEST_BYTES).map(|byte| format!("{byte:02x}")).collect();
    let room = MOST_BYTES - 2 * DIGEST_BYTES - 1;
    let kept = (0..=room).rev().find_map(|end| name.get(..end)).unwrap_or_default();
    Cow::Owned(format!("{kept}_{digits}"))
}

/// A statement of PostgreSQL with its names as they are stored, which Redshift would read so too: quoted ones folded, long
/// ones shortened.
pub fn as_stored(text: &str, names: QuotedNames) -> Cow<'_, str> {
    let folded = name::fold_quoted_names(text, Dialect::Postgres, names);
    let shortened = if may_hold_long_name(&folded) {
        shorten(&Code::new(&folded, Dialect::Postgres), Kind::Other).and_then(|shortened| shortened.sql)
    } else {
        None
    };
    shortened.map_or(folded, Cow::Owned)
}

/// Whether a name is too long as it is written.
pub(super) fn is_long(name: Token) -> bool {
    name.end - name.start > MOST_BYTES
}

/// The text with its long names shortened, also in the body of a routine; `None` if it has none.
pub(super) fn shorten(code: &Code<'_>, kind: Kind) -> Option<Translation> {
    let is_routine = matches!(kind, Kind::CreateProcedure | Kind::CreateFunction);
    let wanted = |token: &Token| match token.kind {
        TokenKind::Word | TokenKind::QuotedIdentifier => is_long(*token),
        TokenKind::DollarString => is_routine && may_hold_long_name(token.text(code.text)),
        _ => false,
    };
    if !code.tokens.iter().any(wanted) {
        return None;
    }
    let known = Surroundings::default();
    let mut edits = Edits::new(code, QuotedNames::AsWritten, &known);
    for (at, _) in code.tokens.iter().enumerate().filter(|(_, token)| wanted(token)) {
        if code.kind(at) == Some(TokenKind::DollarString) {
            body(&mut edits, at);
        } else {
            one(&mut edits, at);
        }
    }
    let shortened = edits.finish();
    (!shortened.long_names.is_empty()).then_some(shortened)
}

fn one(edits: &mut Edits<'_>, at: usize) {
    let written = edits.code().token(at);
    let full = unquote_identifier(written);
    let Cow::Owned(stored) = stored_name(&full) else { return };
    let quoted = edits.code().kind(at) == Some(TokenKind::QuotedIdentifier);
    let text = if quoted { quote_identifier(&stored) } else { stored.clone() };
    edits.replace(at..at + 1, text);
    edits.note(at, format!("the name `{full}` is `{stored}` here: PostgreSQL holds {MOST_BYTES} bytes"));
    edits.long_names.push(LongName { full, stored });
}

/// Shortens names in the body that stands between dollar tags.
fn body(edits: &mut Edits<'_>, at: usize) {
    let literal = edits.code().token(at);
    let tag = literal.get(1..).and_then(|rest| rest.find('$')).map_or(literal.len(), |end| end + 2);
    let Some(text) = literal.get(tag..literal.len().saturating_sub(tag)) else { return };
    if let Some(inner) = shorten(&Code::new(text, Dialect::Redshift), Kind::Other) {
        edits.nest(at, tag, inner);
    }
}

/// Whether it is worth while to look at the tokens of a text: with false alarms, without misses.
fn may_hold_long_name(text: &str) -> bool {
    let mut run = 0_usize;
    let long_word = text.bytes().any(|byte| {
        let in_name = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#') || !byte.is_ascii();
        run = if in_name { run + 1 } else { 0 };
        run > MOST_BYTES
    });
    long_word || text.split('"').skip(1).any(|quoted| quoted.len() > MOST_BYTES)
}

/// Does something with a text whose names were shortened, and leads places in the result back to the source.
pub(super) fn within(
    shortened: Translation,
    rewrite: impl FnOnce(&str) -> Result<Translation, Untranslatable>,
) -> Result<Translation, Untranslatable> {
    let Translation { sql, notes, map, long_names, .. } = shortened;
    let result = rewrite(sql.as_deref().unwrap_or_default());
    let mut done = result.map_err(|refused| {
        let offset = map.source_offset(refused.offset);
        refused.at(offset)
    })?;
    for note in &mut done.notes {
        note.offset = map.source_offset(note.offset);
    }
    done.long_names.extend(long_names);
    let mut seen = Vec::new();
    done.long_names.retain(|name| {
        let is_new = !seen.contains(name);
        seen.push(name.clone());
        is_new
    });
    let mut told: Vec<Note> = Vec::new();
    for note in notes {
        if told.iter().all(|before| before.message != note.message) {
            told.push(note);
        }
    }
    done.notes.extend(told);
    done.notes.sort_by_key(|note| note.offset);
    done.map = done.map.after(map);
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_63_bytes_stays() {
        let name = "n".repeat(63);
        assert_eq!(stored_name(&name), name);
    }

    #[test]
    fn a_longer_name_gets_63_bytes_and_its_own_digest() {
        let (first, second) = (format!("{}a", "n".repeat(126)), format!("{}b", "n".repeat(126)));
        assert_eq!(stored_name(&first).len(), 63);
        assert_ne!(stored_name(&first), stored_name(&second));
        assert_eq!(stored_name(&first), stored_name(&first));
    }

    #[test]
    fn no_character_is_cut() {
        let name = format!("{}{}", "n".repeat(45), "\u{e9}".repeat(20));
        let stored = stored_name(&name);
        assert_eq!(stored.len(), 62);
        assert!(stored.starts_with(&"n".repeat(45)));
    }
}
