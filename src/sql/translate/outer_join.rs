//! Oracle's `(+)`: `where a.x = b.y(+)` is a left join of b.
//!
//! [Outer join operator](https://docs.aws.amazon.com/redshift/latest/dg/r_WHERE_oracle_outer.html)

use std::ops::Range;

use super::super::lexer::TokenKind;
use super::super::quote::unquote_identifier;
use super::Untranslatable;
use super::edits::Edits;
use super::query::{Factor, Query};

/// One condition of WHERE between two ANDs.
struct Condition {
    range: Range<usize>,
    /// The table with the mark, as FROM calls it.
    joins: Option<String>,
}

pub(super) fn rewrite(edits: &mut Edits<'_>, query: &Query, tables: &[Factor]) -> Result<(), Untranslatable> {
    let Some(filter) = query.clause(edits.code(), "where") else { return Ok(()) };
    if !filter.clone().any(|at| is_mark(edits, at)) {
        return Ok(());
    }
    let Some(from) = query.clause(edits.code(), "from") else { return Ok(()) };
    let refuse = |edits: &Edits<'_>, why: &str| {
        Err(edits.refuse(filter.start, format!("(+) {why} is not supported on the local target: write LEFT JOIN")))
    };
    if tables.iter().any(|table| !table.lone) {
        return refuse(edits, "beside JOIN");
    }
    let conditions = conditions(edits, filter.clone());
    let code = edits.code();
    if code.find(filter.start, |at| at >= filter.end || code.is(at, "or")).is_some_and(|at| at < filter.end) {
        return refuse(edits, "beside OR");
    }
    for at in filter.clone() {
        if is_mark(edits, at) {
            edits.drop(at..at + 3);
        }
    }
    let called: Vec<Option<&str>> = tables.iter().map(Factor::called).collect();
    let joined: Vec<String> = conditions.iter().filter_map(|condition| condition.joins.clone()).collect();
    let text = |table: &Factor| edits.render(table.range.start..table.end);
    let mut clause: Vec<String> = Vec::new();
    for (table, name) in tables.iter().zip(&called) {
        if !name.as_ref().is_some_and(|name| joined.iter().any(|joined| joined == name)) {
            clause.push(text(table));
        }
    }
    let mut clause = clause.join(" cross join ");
    // In an order in which each condition names only what stands before it.
    let mut left: Vec<&String> = Vec::new();
    for name in &joined {
        if !left.contains(&name) {
            left.push(name);
        }
    }
    if clause.is_empty() {
        return refuse(edits, "on each side");
    }
    while !left.is_empty() {
        let ready = left.iter().position(|name| {
            let others = left.iter().filter(|other| *other != name);
            let mine = conditions.iter().filter(|condition| condition.joins.as_ref() == Some(*name));
            let mut mentioned = mine.flat_map(|condition| owners(edits, condition.range.clone()));
            let others: Vec<String> = others.map(|other| (*other).clone()).collect();
            !mentioned.any(|owner| others.contains(&owner))
        });
        let Some(ready) = ready else { return refuse(edits, "in a circle") };
        let name = left.remove(ready);
        let Some(table) =
            tables.iter().zip(&called).find(|(_, called)| **called == Some(name.as_str())).map(|(table, _)| table)
        else {
            return refuse(edits, "on a table that FROM does not name");
        };
        let on: Vec<String> = conditions
            .iter()
            .filter(|condition| condition.joins.as_ref() == Some(name))
            .map(|condition| edits.render(condition.range.clone()))
            .collect();
        clause.push_str(&format!(" left join {} on {}", edits.render(table.range.start..table.end), on.join(" and ")));
    }
    let rest: Vec<String> = conditions
        .iter()
        .filter(|condition| condition.joins.is_none())
        .map(|condition| edits.render(condition.range.clone()))
        .collect();
    edits.replace(from, clause);
    if rest.is_empty() {
        edits.drop(filter.start - 1..filter.end);
    } else {
        edits.replace(filter, rest.join(" and "));
    }
    Ok(())
}

/// Whether `(+)` begins here.
fn is_mark(edits: &Edits<'_>, at: usize) -> bool {
    let code = edits.code();
    code.kind(at) == Some(TokenKind::LeftParenthesis)
        && code.token(at + 1) == "+"
        && code.kind(at + 2) == Some(TokenKind::RightParenthesis)
}

fn conditions(edits: &Edits<'_>, filter: Range<usize>) -> Vec<Condition> {
    let code = edits.code();
    let (mut found, mut start, mut at, mut between) = (Vec::new(), filter.start, filter.start, false);
    while at <= filter.end {
        if code.is(at, "between") {
            between = true;
        }
        if at == filter.end || code.is(at, "and") {
            if at < filter.end && between {
                between = false;
            } else {
                let range = start..at;
                let mark = range.clone().find(|at| is_mark(edits, *at));
                let joins = mark.and_then(|mark| owner(edits, mark - 1));
                found.push(Condition { range, joins });
                start = at + 1;
            }
        }
        at = if at < filter.end { code.step(at) } else { at + 1 };
    }
    found
}

/// The table of the column whose last token stands at `at`.
fn owner(edits: &Edits<'_>, at: usize) -> Option<String> {
    let code = edits.code();
    (code.kind(at.checked_sub(1)?) == Some(TokenKind::Dot)).then(|| unquote_identifier(code.token(at - 2)))
}

fn owners(edits: &Edits<'_>, range: Range<usize>) -> Vec<String> {
    let code = edits.code();
    range.filter(|at| code.kind(at + 1) == Some(TokenKind::Dot)).map(|at| unquote_identifier(code.token(at))).collect()
}
