//! CREATE TABLE and CREATE TABLE AS: what is physical on Redshift is left out and remembered.

use std::ops::Range;

use super::super::lexer::TokenKind;
use super::super::quote::unquote_identifier;
use super::edits::Edits;
use super::{DesignSubject, PhysicalDesign, Untranslatable, column, data_type, storage};

/// Rewrites what stands from the word `table` at `table` on.
pub(super) fn create(edits: &mut Edits<'_>, table: usize, end: usize) -> Result<(), Untranslatable> {
    let code = edits.code();
    let name = code.phrase(table + 1, &["if", "not", "exists"]).unwrap_or(table + 1);
    let temporary = code.is_any(table - 1, &["temp", "temporary"]);
    if code.token(name).starts_with('#') && !temporary {
        edits.insert_before(table, "temp ");
    }
    let Some((object, mut after)) = edits.code().name(name) else { return Ok(()) };
    edits.design = Some(PhysicalDesign::of(object, DesignSubject::Table));
    if edits.code().kind(after) == Some(TokenKind::LeftParenthesis) {
        let past = edits.code().close(after);
        definitions(edits, after + 1..past.saturating_sub(1))?;
        after = past;
    }
    storage::leave_out(edits, after, end);
    Ok(())
}

/// Columns and constraints between the parentheses.
fn definitions(edits: &mut Edits<'_>, range: Range<usize>) -> Result<(), Untranslatable> {
    let items = edits.code().items(range);
    for item in &items {
        if constraint(edits, item.start).is_none() && !edits.code().is(item.start, "like") {
            column::rewrite(edits, item.clone())?;
        }
    }
    let mut any_kept = false;
    for (index, item) in items.iter().enumerate() {
        let Some(kind) = constraint(edits, item.start) else {
            any_kept = true;
            continue;
        };
        if edits.code().is(kind, "primary") {
            require_values(edits, kind, &items);
        }
        leave_out_key(edits, item.clone());
        edits.note(item.start, format!("constraint left out: {}", column::NOT_ENFORCED));
        edits.drop(item.clone());
        // One of the two commas beside it must go: the one in front, unless nothing is left there.
        if any_kept {
            edits.drop(item.start - 1..item.start);
        } else if index + 1 < items.len() {
            edits.drop(item.end..item.end + 1);
        }
    }
    Ok(())
}

/// Remembers a key that is not created.
pub(super) fn leave_out_key(edits: &mut Edits<'_>, range: Range<usize>) {
    let written = edits.code().source(range).to_owned();
    if let Some(design) = &mut edits.design {
        design.keys.push(written);
    }
}

/// Where the kind of the key constraint that begins at `at` stands, if one does.
pub(super) fn constraint(edits: &Edits<'_>, at: usize) -> Option<usize> {
    let code = edits.code();
    let kind = if code.is(at, "constraint") { at + 2 } else { at };
    let key = code.is_any(kind, &["primary", "foreign"]) && code.is(kind + 1, "key");
    let unique = code.is(kind, "unique") && code.kind(kind + 1) == Some(TokenKind::LeftParenthesis);
    (key || unique).then_some(kind)
}

/// The columns of a primary key refuse NULL on Redshift, which is the one thing it does enforce.
fn require_values(edits: &mut Edits<'_>, kind: usize, items: &[Range<usize>]) {
    let code = edits.code();
    let names: Vec<String> = code
        .items(kind + 3..code.close(kind + 2).saturating_sub(1))
        .into_iter()
        .map(|item| unquote_identifier(code.source(item)))
        .collect();
    let columns: Vec<usize> = items
        .iter()
        .filter(|item| names.contains(&unquote_identifier(code.token(item.start))))
        .map(|item| item.start + 1)
        .collect();
    for at in columns {
        let past = data_type::past(edits, at);
        edits.insert_after(past - 1, " not null");
    }
}
