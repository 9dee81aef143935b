//! Which columns the tables of a FROM have: as the statement itself says, or the catalogue.

use std::ops::Range;

use super::super::ObjectName;
use super::super::code::Code;
use super::super::lexer::TokenKind;
use super::super::quote::unquote_identifier;
use super::edits::Edits;
use super::query::{Factor, Query, factors};
use super::{Lacks, other_database};

/// How far back the columns of a subquery are looked for.
const MOST_LEVELS: usize = 8;

/// Why columns are not known: what would have to be known, if the server could tell.
pub(super) type Unknown = Option<Lacks>;

/// A column of `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// What the query calls its table; none for a column that USING made one of two.
    pub(super) owner: Option<String>,
    pub(super) name: String,
}

/// The names of the columns that a FROM factor gives.
pub(super) fn columns_of(edits: &Edits<'_>, factor: &Factor) -> Result<Vec<String>, Unknown> {
    of_factor(edits, factor, MOST_LEVELS)
}

/// The columns that `*` stands for, or `owner.*`.
pub(super) fn star(edits: &Edits<'_>, tables: &[Factor], owner: Option<&str>) -> Result<Vec<Column>, Unknown> {
    of_star(edits, tables, owner, MOST_LEVELS)
}

/// The names behind EXCLUDE in the list of a query, and where the word stands.
pub(super) fn excluded(code: &Code<'_>, query: &Query) -> Option<(usize, Vec<String>)> {
    let word = code.find(query.list.start, |at| at >= query.list.end || code.is(at, "exclude"))?;
    if !(query.list.start + 1..query.list.end).contains(&word) || code.is(word - 1, "as") {
        return None;
    }
    let names = names_in(code, word + 1..query.list.end);
    (!names.is_empty()).then_some((word, names))
}

fn of_star(edits: &Edits<'_>, tables: &[Factor], owner: Option<&str>, levels: usize) -> Result<Vec<Column>, Unknown> {
    let code = edits.code();
    let mut columns = Vec::new();
    let mut merged: Vec<String> = Vec::new();
    for (index, table) in tables.iter().enumerate().filter(|_| owner.is_none()) {
        let before =
            index.checked_sub(1).and_then(|index| tables.get(index)).map_or(table.range.start, |table| table.end);
        if (before..table.range.start).any(|at| code.is(at, "natural")) {
            return Err(None);
        }
        if code.is(table.end, "using") && code.kind(table.end + 1) == Some(TokenKind::LeftParenthesis) {
            merged.extend(names_in(code, table.end + 2..code.close(table.end + 1)));
        }
    }
    merged.dedup();
    columns.extend(merged.iter().map(|name| Column { owner: None, name: name.clone() }));
    let mut found = false;
    for table in tables.iter().filter(|table| owner.is_none_or(|owner| table.called() == Some(owner))) {
        found = true;
        let names = of_factor(edits, table, levels)?.into_iter().filter(|name| !merged.contains(name));
        columns.extend(names.map(|name| Column { owner: table.called().map(str::to_owned), name }));
    }
    if found { Ok(columns) } else { Err(None) }
}

fn of_factor(edits: &Edits<'_>, factor: &Factor, levels: usize) -> Result<Vec<String>, Unknown> {
    let code = edits.code();
    let levels = levels.checked_sub(1).ok_or(None)?;
    // What was rewritten, such as a path into a SUPER value, is no table any more; a temporary one still is.
    let elsewhere = factor.name.as_ref().and_then(|name| other_database::stand_in(edits, name));
    let is_table =
        edits.is_kept(factor.range.start) || code.token(factor.range.start).starts_with('#') || elsewhere.is_some();
    let mut columns = match &factor.name {
        None => of_query(edits, factor.range.start, levels)?,
        Some(_) if !is_table => return Err(None),
        Some(name) => match common_table(code, factor.range.start, name) {
            Some((listed, open)) => renamed(of_query(edits, open, levels), names_in(code, listed))?,
            None => {
                let name = elsewhere.unwrap_or_else(|| name.clone());
                let known = edits.known.columns_of(&name).map(<[String]>::to_vec);
                known.ok_or(Some(Lacks::Columns(name)))?
            }
        },
    };
    if let Some((_, alias)) = factor.alias {
        columns = renamed(Ok(columns), names_in(code, alias + 1..factor.end))?;
    }
    Ok(columns)
}

/// A list of names behind an alias or the name of a common table counts for the first columns.
fn renamed(columns: Result<Vec<String>, Unknown>, listed: Vec<String>) -> Result<Vec<String>, Unknown> {
    if listed.is_empty() {
        return columns;
    }
    let rest = columns?.into_iter().skip(listed.len());
    Ok(listed.into_iter().chain(rest).collect())
}

/// The list of names behind the name of a common table, and where its query is opened.
fn common_table(code: &Code<'_>, before: usize, name: &ObjectName) -> Option<(Range<usize>, usize)> {
    if name.parts.len() != 1 {
        return None;
    }
    (0..before).find_map(|at| {
        let (_, past) = code.name(at).filter(|(named, _)| named == name)?;
        let body = if code.kind(past) == Some(TokenKind::LeftParenthesis) { code.close(past) } else { past };
        let opens = code.is(body, "as") && code.kind(body + 1) == Some(TokenKind::LeftParenthesis);
        opens.then_some((past..body, body + 1))
    })
}

/// The columns of the query in the parenthesis at `open`.
fn of_query(edits: &Edits<'_>, open: usize, levels: usize) -> Result<Vec<String>, Unknown> {
    let code = edits.code();
    if code.kind(open) != Some(TokenKind::LeftParenthesis) || !code.is(open + 1, "select") {
        return Err(None);
    }
    let query = Query::at(edits, open + 1);
    let tables = query.clause(code, "from").map(|from| factors(code, from)).unwrap_or_default();
    let left_out = excluded(code, &query);
    let mut names = Vec::new();
    for item in query.items_before(code, left_out.as_ref().map(|(word, _)| *word)) {
        if item.star {
            let columns = of_star(edits, &tables, item.owner(code).as_deref(), levels)?;
            names.extend(columns.into_iter().map(|column| column.name));
        } else {
            names.push(item.name.ok_or(None)?);
        }
    }
    let left_out = left_out.map(|(_, names)| names).unwrap_or_default();
    names.retain(|name| !left_out.contains(name));
    Ok(names)
}

/// The columns of a view whose name ends in front of `past`, as far as its text says them.
pub(super) fn of_view(edits: &Edits<'_>, past: usize) -> Option<Vec<String>> {
    let code = edits.code();
    if code.kind(past) == Some(TokenKind::LeftParenthesis) {
        return Some(names_in(code, past..code.close(past)));
    }
    let select = (past..edits.len()).find(|at| code.is(*at, "select"))?;
    if !code.is(past, "as") || select > past + 2 {
        return None;
    }
    let names: Option<Vec<String>> = Query::at(edits, select).items(code).into_iter().map(|item| item.name).collect();
    let mut seen = names.filter(|names| !names.is_empty())?;
    let all = seen.len();
    seen.dedup();
    (seen.len() == all && !seen.contains(&"*".to_owned())).then_some(seen)
}

fn names_in(code: &Code<'_>, range: Range<usize>) -> Vec<String> {
    let is_name = |at: &usize| matches!(code.kind(*at), Some(TokenKind::Word | TokenKind::QuotedIdentifier));
    range.filter(is_name).map(|at| unquote_identifier(code.token(at))).collect()
}
