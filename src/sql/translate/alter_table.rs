//! ALTER TABLE, action by action.

use std::ops::Range;

use super::super::ObjectName;
use super::super::quote::quote_literal;
use super::super::{Dialect, quote_name};
use super::data_type::{self, Place};
use super::edits::Edits;
use super::{ColumnEncoding, DesignSubject, PhysicalDesign, Untranslatable, column, storage, table};

/// An action that changes nothing, but is refused if the table is missing or somebody else's.
const NO_ACTION: &str = "reset (fillfactor)";

/// Rewrites the statement in `range`.
pub(super) fn rewrite(edits: &mut Edits<'_>, range: Range<usize>) -> Result<(), Untranslatable> {
    let code = edits.code();
    let mut at = code.phrase(range.start + 2, &["if", "exists"]).unwrap_or(range.start + 2);
    at += usize::from(code.is(at, "only"));
    let Some((name, action)) = code.name(at) else { return Ok(()) };
    if code.is(action, "append") {
        return append(edits, &name, action, range);
    }
    let actions = code.items(action..range.end);
    edits.design = Some(PhysicalDesign { alters: true, ..PhysicalDesign::of(name.clone(), DesignSubject::Table) });
    let mut done = false;
    for action in actions {
        done |= one(edits, &name, action)?;
    }
    if !done {
        edits.design = None;
    }
    Ok(())
}

/// Rewrites one action; says whether it is about what is remembered.
fn one(edits: &mut Edits<'_>, name: &ObjectName, action: Range<usize>) -> Result<bool, Untranslatable> {
    let code = edits.code();
    let at = action.start;
    if code.is(at, "add") {
        return add(edits, action);
    }
    if code.is(at, "alter") && is_physical(edits, at + 1) {
        physical(edits, action);
        return Ok(true);
    }
    if code.is(at, "alter") {
        let column = at + 1 + usize::from(code.is(at + 1, "column"));
        if code.is(column + 1, "type") {
            data_type::rewrite(edits, column + 2, Place::Column);
        }
    } else if code.phrase(at, &["drop", "constraint"]).is_some() && !code.is(at + 2, "if") {
        let message = format!("the constraint was not created on `{name}` here: Redshift does not enforce any");
        edits.note(at, message);
        edits.insert_before(at + 2, "if exists ");
    } else if code.phrase(at, &["row", "level", "security"]).is_some() || code.is(at, "masking") {
        return row_level_security(edits, action).map(|()| false);
    } else if code.phrase(at, &["rename", "to"]).is_some() && code.kind(at + 3) == Some(super::super::TokenKind::Dot) {
        return Err(edits.refuse(at, "RENAME TO takes a name without schema: a table stays in its schema"));
    }
    Ok(false)
}

/// `ROW LEVEL SECURITY { ON | OFF } [ CONJUNCTION TYPE { AND | OR } ] [ FOR DATASHARES ]`, and the same of masking.
fn row_level_security(edits: &mut Edits<'_>, action: Range<usize>) -> Result<(), Untranslatable> {
    let code = edits.code();
    let find = |words: &[&str]| action.clone().find(|at| code.phrase(*at, words).is_some());
    if let Some(at) = find(&["conjunction", "type", "or"]) {
        let why = "CONJUNCTION TYPE OR is not supported on the local target: a row must pass all policies there";
        return Err(edits.refuse(at, why));
    }
    if let Some(at) = find(&["for", "datashares"]) {
        edits.note(at, "what is said for datashares does nothing here: there are no other clusters to share with");
        edits.replace(action, NO_ACTION);
    } else if !code.is(action.start, "masking") {
        let switch = if code.is(action.start + 3, "on") { "enable" } else { "disable" };
        edits.replace(action, format!("{switch} row level security"));
    }
    Ok(())
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

fn physical(edits: &mut Edits<'_>, action: Range<usize>) {
    let code = edits.code();
    let at = action.start + 1;
    let column = at + usize::from(code.is(at, "column"));
    if code.is(column + 1, "encode") && !code.is(at, "encode") {
        let encoding = ColumnEncoding {
            column: super::super::unquote_identifier(code.token(column)),
            encoding: code.token(column + 2).to_lowercase(),
        };
        if let Some(design) = &mut edits.design {
            design.encodings.push(encoding);
        }
    } else {
        let mut next = at;
        while let Some(past) = storage::past(edits, next).filter(|_| next < action.end) {
            storage::remember(edits, next..past.min(action.end));
            next = past;
        }
    }
    let words = edits.code().source(action.clone()).to_lowercase();
    edits.note(action.start, format!("`{words}` left out: it is about storage that PostgreSQL does not have"));
    edits.replace(action, NO_ACTION);
}

fn add(edits: &mut Edits<'_>, action: Range<usize>) -> Result<bool, Untranslatable> {
    if table::constraint(edits, action.start + 1).is_some() {
        table::leave_out_key(edits, action.start + 1..action.end);
        edits.note(action.start, format!("constraint left out: {}", column::NOT_ENFORCED));
        edits.replace(action, NO_ACTION);
        return Ok(true);
    }
    let code = edits.code();
    let mut name = action.start + 1 + usize::from(code.is(action.start + 1, "column"));
    name = code.phrase(name, &["if", "not", "exists"]).unwrap_or(name);
    column::rewrite(edits, name..action.end)?;
    Ok(edits.design.as_ref().is_some_and(|design| !(design.encodings.is_empty() && design.keys.is_empty())))
}

/// `APPEND FROM source [IGNOREEXTRA | FILLTARGET]` moves the rows; a procedure of the library matches the columns.
fn append(
    edits: &mut Edits<'_>,
    target: &ObjectName,
    action: usize,
    range: Range<usize>,
) -> Result<(), Untranslatable> {
    let code = edits.code();
    let Some((source, after)) = code.name(action + 2) else {
        return Err(edits.refuse(action, "APPEND needs the table to take rows from: APPEND FROM source"));
    };
    let literal = |name: &ObjectName| quote_literal(&quote_name(name), Dialect::Postgres);
    let extra = code.is(after, "ignoreextra");
    let fill = code.is(after, "filltarget");
    let call = format!("call pg_catalog.redshift_append({}, {}, {extra}, {fill})", literal(target), literal(&source));
    edits.replace(range, call);
    Ok(())
}
