//! Names of types: Redshift's lengths where PostgreSQL's need none, and types that the double adds.

use super::super::lexer::TokenKind;
use super::edits::Edits;

/// Where a type stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the definition of a column.
    Column,
    /// In a cast, where `varchar` alone also is 256 bytes long.
    Cast,
}

/// Rewrites the type at `at`. Returns the index past it.
///
/// Lengths follow [Character types](https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html) and
/// [Numeric types](https://docs.aws.amazon.com/redshift/latest/dg/r_Numeric_types201.html).
pub(super) fn rewrite(edits: &mut Edits<'_>, at: usize, place: Place) -> usize {
    let past = past(edits, at);
    let code = edits.code();
    if code.kind(at) != Some(TokenKind::Word) {
        return past;
    }
    let name = code.token(at).to_ascii_lowercase();
    let sized = code.kind(at + 1) == Some(TokenKind::LeftParenthesis);
    let column = place == Place::Column;
    match name.as_str() {
        "varbyte" | "varbinary" if sized => shorten(edits, at, at + 1),
        "varbinary" => edits.replace(at..at + 1, "varbyte"),
        "binary" if code.is(at + 1, "varying") => shorten(edits, at, at + 2),
        "character" | "char" | "nchar"
            if code.is(at + 1, "varying") && code.kind(at + 2) != Some(TokenKind::LeftParenthesis) =>
        {
            edits.insert_after(at + 1, "(256)");
        }
        "varchar" | "nvarchar" => edits.replace(at..at + 1, if sized { "varchar" } else { "varchar(256)" }),
        "text" if sized => edits.replace(at..at + 1, "varchar"),
        "text" if column => edits.replace(at..at + 1, "varchar(256)"),
        "bpchar" if sized => edits.replace(at..at + 1, "char"),
        "bpchar" if column => edits.replace(at..at + 1, "char(256)"),
        "numeric" | "decimal" | "dec" if !sized => edits.replace(at..at + 1, format!("{name}(18,0)")),
        "datetime" => edits.replace(at..at + 1, "timestamp"),
        _ => {}
    }
    past
}

/// PostgreSQL's `varbyte` takes no length.
fn shorten(edits: &mut Edits<'_>, at: usize, size: usize) {
    let past = edits.code().step(size);
    let past = if edits.code().kind(size) == Some(TokenKind::LeftParenthesis) { past } else { size };
    edits.note(at, "the length of VARBYTE is left out: it is not checked here");
    edits.replace(at..past, "varbyte");
}

/// Just past the type at `at`: its words and its size.
pub(super) fn past(edits: &Edits<'_>, at: usize) -> usize {
    let code = edits.code();
    let mut past = code.past_name(at).unwrap_or(at + 1);
    while code.is_any(past, &["varying", "precision"]) {
        past += 1;
    }
    if code.kind(past) == Some(TokenKind::LeftParenthesis) {
        past = code.close(past);
    }
    for zone in [["with", "time", "zone"], ["without", "time", "zone"]] {
        past = code.phrase(past, &zone).unwrap_or(past);
    }
    past
}
