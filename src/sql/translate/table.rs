//! Statements that define tables and views: what is physical on Redshift is left out.

use std::ops::Range;

use super::super::ObjectName;
use super::super::lexer::TokenKind;
use super::super::quote::unquote_identifier;
use super::Untranslatable;
use super::column;
use super::edits::{Edits, word_in};

/// An action of ALTER TABLE that changes nothing, but is refused if the table is missing or somebody else's.
const NO_ACTION: &str = "reset (fillfactor)";

/// Rewrites the statement in `range`, if it is one of those.
pub(super) fn rewrite(edits: &mut Edits<'_>, range: Range<usize>) -> Result<(), Untranslatable> {
    let code = edits.code();
    let at = range.start;
    if code.is(at, "alter") && code.is(at + 1, "table") {
        return alter_table(edits, range);
    }
    if code.is(at, "analyze") {
        if let Some(extra) = word_in(code, range.clone(), "predicate").or_else(|| word_in(code, range, "all")) {
            edits.note(extra, "the choice of columns is left out: all columns are analyzed");
            edits.drop(extra..extra + 2);
        }
        return Ok(());
    }
    if !code.is(at, "create") {
        return Ok(());
    }
    let head = (at + 1..(at + 6).min(range.end)).find(|at| code.is_any(*at, &["table", "view"]));
    match head {
        Some(view) if code.is(view - 1, "materialized") => materialized_view(edits, view, range.end),
        Some(view) if code.is(view, "view") => view_binding(edits, range),
        Some(table) => create_table(edits, table, range.end)?,
        None => {}
    }
    Ok(())
}

fn create_table(edits: &mut Edits<'_>, table: usize, end: usize) -> Result<(), Untranslatable> {
    let code = edits.code();
    let name = code.phrase(table + 1, &["if", "not", "exists"]).unwrap_or(table + 1);
    if code.token(name).starts_with('#') && !code.is_any(table - 1, &["temp", "temporary"]) {
        edits.insert_before(table, "temp ");
    }
    let code = edits.code();
    let Some((_, mut after)) = code.name(name) else { return Ok(()) };
    if code.kind(after) == Some(TokenKind::LeftParenthesis) {
        let past = code.close(after);
        definitions(edits, after + 1..past.saturating_sub(1))?;
        after = past;
    }
    attributes(edits, after, end);
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

/// Where the kind of the key constraint that begins at `at` stands, if one does.
fn constraint(edits: &Edits<'_>, at: usize) -> Option<usize> {
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
    for data_type in columns {
        let past = past_type(edits, data_type);
        edits.insert_after(past - 1, " not null");
    }
}

/// Just past the type at `at`: its words and its size.
fn past_type(edits: &Edits<'_>, at: usize) -> usize {
    let code = edits.code();
    let mut past = at + 1;
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

/// Distribution, order and the like, from `at` up to the query of the table, if it has one.
fn attributes(edits: &mut Edits<'_>, mut at: usize, end: usize) {
    while at < end && !edits.code().is(at, "as") {
        match attribute(edits, at) {
            Some(past) => {
                let words = edits.code().source(at..past).to_lowercase();
                edits.note(at, format!("`{words}` left out: it is about storage that PostgreSQL does not have"));
                edits.drop(at..past);
                at = past;
            }
            None => at = edits.code().step(at),
        }
    }
}

/// Just past the physical attribute at `at`, if one stands there.
fn attribute(edits: &Edits<'_>, at: usize) -> Option<usize> {
    let code = edits.code();
    if code.is_any(at, &["compound", "interleaved"]) && code.is(at + 1, "sortkey") {
        return attribute(edits, at + 1);
    }
    if code.is_any(at, &["distkey", "sortkey"]) {
        return Some(if code.is_any(at + 1, &["auto", "none"]) { at + 2 } else { code.step(at + 1) });
    }
    if code.is_any(at, &["diststyle", "encode"]) || code.is(at, "backup") && code.is_any(at + 1, &["yes", "no"]) {
        return Some(at + 2);
    }
    code.phrase(at, &["auto", "refresh"]).map(|past| past + 1)
}

fn materialized_view(edits: &mut Edits<'_>, view: usize, end: usize) {
    if let Some((_, after)) = edits.code().name(view + 1) {
        attributes(edits, after, end);
    }
}

fn view_binding(edits: &mut Edits<'_>, range: Range<usize>) {
    let words = ["with", "no", "schema", "binding"];
    let Some(at) = range.end.checked_sub(words.len()) else { return };
    if edits.code().phrase(at, &words).is_some() {
        edits.note(
            at,
            "`with no schema binding` left out: here the view needs its tables and keeps them from being dropped",
        );
        edits.drop(at..range.end);
    }
}

fn alter_table(edits: &mut Edits<'_>, range: Range<usize>) -> Result<(), Untranslatable> {
    let code = edits.code();
    let mut at = code.phrase(range.start + 2, &["if", "exists"]).unwrap_or(range.start + 2);
    at += usize::from(code.is(at, "only"));
    let Some((name, action)) = code.name(at) else { return Ok(()) };
    if code.is(action, "add") {
        return add(edits, action, range.end);
    }
    if code.is(action, "alter") && is_physical(edits, action + 1) {
        let words = code.source(action..range.end).to_lowercase();
        edits.note(action, format!("`{words}` left out: it is about storage that PostgreSQL does not have"));
        edits.replace(action..range.end, NO_ACTION);
    } else if code.phrase(action, &["drop", "constraint"]).is_some() && !code.is(action + 2, "if") {
        edits.note(action, missing_constraint(&name));
        edits.insert_before(action + 2, "if exists ");
    }
    Ok(())
}

fn missing_constraint(table: &ObjectName) -> String {
    format!("the constraint was not created on `{table}` here: Redshift does not enforce any")
}

/// Whether what is altered at `at` is the storage of the table or of a column.
fn is_physical(edits: &Edits<'_>, at: usize) -> bool {
    let code = edits.code();
    if code.is_any(at, &["distkey", "diststyle", "sortkey"])
        || code.is_any(at, &["compound", "interleaved"]) && code.is(at + 1, "sortkey")
        || code.is(at, "encode") && !code.is(at + 1, "type")
    {
        return true;
    }
    let column = at + usize::from(code.is(at, "column"));
    code.is(column + 1, "encode")
}

fn add(edits: &mut Edits<'_>, action: usize, end: usize) -> Result<(), Untranslatable> {
    if constraint(edits, action + 1).is_some() {
        edits.note(action, format!("constraint left out: {}", column::NOT_ENFORCED));
        edits.replace(action..end, NO_ACTION);
        return Ok(());
    }
    let code = edits.code();
    let mut name = action + 1 + usize::from(code.is(action + 1, "column"));
    name = code.phrase(name, &["if", "not", "exists"]).unwrap_or(name);
    column::rewrite(edits, name..end)
}
