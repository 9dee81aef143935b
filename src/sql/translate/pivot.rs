//! `PIVOT (sum(a) FOR b IN ('x', 'y'))` and `UNPIVOT (a FOR b IN (x, y))` behind a table of FROM.
//!
//! [PIVOT and UNPIVOT](https://docs.aws.amazon.com/redshift/latest/dg/r_FROM_clause-pivot-unpivot-examples.html). Both keep
//! all other columns of their source, so these must be known from the statement or from the catalogue.

use std::ops::Range;

use super::super::Dialect;
use super::super::lexer::TokenKind;
use super::super::quote::{quote_identifier, quote_literal, unquote_identifier};
use super::Untranslatable;
use super::columns::columns_of;
use super::edits::{Edits, word_in};
use super::query::{Factor, Query, factors};

pub(super) fn rewrite(edits: &mut Edits<'_>, query: &Query, tables: &[Factor]) -> Result<(), Untranslatable> {
    for table in tables {
        let code = edits.code();
        let word = table.end;
        if !code.is_any(word, &["pivot", "unpivot"]) || !edits.is_kept(word) {
            continue;
        }
        let open = (word + 1..query.end).find(|at| code.kind(*at) == Some(TokenKind::LeftParenthesis));
        let Some(open) = open else { continue };
        let past = code.close(open);
        let parts = open + 1..past - 1;
        let (Some(split), Some(list)) = (word_in(code, parts.clone(), "for"), word_in(code, parts.clone(), "in"))
        else {
            continue;
        };
        let alias = alias(edits, past, query.end);
        let source = edits.render(table.range.clone());
        let given = table.alias.as_ref().map(|(alias, _)| alias.clone());
        let called = table.called();
        let text = if code.is(word, "pivot") {
            let shape = Pivot { value: parts.start..split, column: split + 1..list, list: list + 1..parts.end };
            pivoted(edits, table, &shape, word, query)?
        } else {
            let includes = code.phrase(word + 1, &["include", "nulls"]).is_some();
            let shape = Pivot { value: parts.start..split, column: split + 1..list, list: list + 1..parts.end };
            unpivoted(edits, table, &shape, word, includes)?
        };
        let source_alias = quote_identifier(called.unwrap_or("pivot_source"));
        let name = alias.as_ref().map(|(name, _)| name.clone()).or(given).unwrap_or_else(|| "pivoted".to_owned());
        let end = alias.map_or(past, |(_, end)| end);
        let text =
            text.replace("\u{0}source", &format!("{source} as {source_alias}")).replace("\u{0}alias", &source_alias);
        edits.replace(table.range.start..end, format!("({text}) as {}", quote_identifier(&name)));
    }
    Ok(())
}

struct Pivot {
    value: Range<usize>,
    column: Range<usize>,
    list: Range<usize>,
}

/// The alias behind the closing parenthesis, and the index past it.
fn alias(edits: &Edits<'_>, past: usize, end: usize) -> Option<(String, usize)> {
    let code = edits.code();
    let word = past + usize::from(code.is(past, "as"));
    let (_, next) = factors(code, past.saturating_sub(1)..end).first().map(|factor| (factor.end, factor.end))?;
    let named = matches!(code.kind(word), Some(TokenKind::Word | TokenKind::QuotedIdentifier))
        && word < end
        && !code.is_any(
            word,
            &[
                "where",
                "group",
                "order",
                "join",
                "left",
                "right",
                "inner",
                "cross",
                "full",
                "on",
                "limit",
                "having",
                "qualify",
                "union",
                "except",
                "intersect",
                "minus",
            ],
        );
    let _ = next;
    named.then(|| (unquote_identifier(code.token(word)), word + 1))
}

fn other_columns(
    edits: &Edits<'_>,
    table: &Factor,
    word: usize,
    used: &[String],
) -> Result<Vec<String>, Untranslatable> {
    let what = edits.code().token(word).to_uppercase();
    let columns = columns_of(edits, table).map_err(|lacks| {
        let message = format!(
            "{what} is not supported on the local target unless the columns of its table are known: put `(select columns \
             from table)` in front of it"
        );
        Untranslatable { lacks, ..edits.refuse(word, message) }
    })?;
    Ok(columns.into_iter().filter(|name| !used.contains(name)).collect())
}

/// The names in a range.
fn names(edits: &Edits<'_>, range: Range<usize>) -> Vec<String> {
    let code = edits.code();
    range
        .filter(|at| matches!(code.kind(*at), Some(TokenKind::Word | TokenKind::QuotedIdentifier)))
        .filter(|at| code.kind(at + 1) != Some(TokenKind::LeftParenthesis))
        .map(|at| unquote_identifier(code.token(at)))
        .collect()
}

/// The items of the parenthesis that `list` is, each with its alias.
fn listed(edits: &Edits<'_>, list: &Range<usize>) -> Vec<(Range<usize>, Option<String>)> {
    let code = edits.code();
    let inside = list.start + 1..list.end.saturating_sub(1);
    let read = |item: Range<usize>| {
        let last = item.end - 1;
        let named = matches!(code.kind(last), Some(TokenKind::Word | TokenKind::QuotedIdentifier));
        if item.len() > 2 && code.is(last - 1, "as") {
            (item.start..last - 1, Some(code.literal(last).unwrap_or_else(|| unquote_identifier(code.token(last)))))
        } else if item.len() > 1 && named {
            (item.start..last, Some(unquote_identifier(code.token(last))))
        } else {
            (item, None)
        }
    };
    code.items(inside).into_iter().filter(|item| !item.is_empty()).map(read).collect()
}

fn pivoted(
    edits: &Edits<'_>,
    table: &Factor,
    shape: &Pivot,
    word: usize,
    query: &Query,
) -> Result<String, Untranslatable> {
    let _ = query;
    let code = edits.code();
    let column = edits.render(shape.column.clone());
    let mut used = names(edits, shape.column.clone());
    let aggregates: Vec<(Range<usize>, Option<String>)> = code
        .items(shape.value.clone())
        .into_iter()
        .map(|item| {
            let call = code
                .find(item.start, |at| code.kind(at) == Some(TokenKind::LeftParenthesis))
                .map_or(item.end, |open| code.close(open));
            let alias = (call < item.end).then(|| unquote_identifier(code.token(item.end - 1)));
            (item.start..call.min(item.end), alias)
        })
        .collect();
    for (call, _) in &aggregates {
        used.extend(names(edits, call.clone()));
    }
    let others = other_columns(edits, table, word, &used)?;
    let others: Vec<String> = others.iter().map(|name| quote_identifier(name)).collect();
    let mut columns = others.clone();
    for (value, alias) in listed(edits, &shape.list) {
        let written = edits.render(value.clone());
        let plain = code.literal(value.start).unwrap_or_else(|| code.source(value.clone()).to_lowercase());
        let label = alias.unwrap_or(plain);
        for (call, name) in &aggregates {
            let label = name.as_ref().map_or_else(|| label.clone(), |name| format!("{label}_{name}"));
            let call = edits.render(call.clone());
            columns.push(format!(
                "{call} filter (where {column} is not distinct from {written}) as {}",
                quote_identifier(&label)
            ));
        }
    }
    let group = if others.is_empty() { String::new() } else { format!(" group by {}", others.join(", ")) };
    Ok(format!("select {} from \u{0}source{group}", columns.join(", ")))
}

fn unpivoted(
    edits: &Edits<'_>,
    table: &Factor,
    shape: &Pivot,
    word: usize,
    includes: bool,
) -> Result<String, Untranslatable> {
    let code = edits.code();
    let value = names(edits, shape.value.clone()).pop().unwrap_or_default();
    let name = names(edits, shape.column.clone()).pop().unwrap_or_default();
    let sources = listed(edits, &shape.list);
    let used: Vec<String> = sources.iter().map(|(column, _)| unquote_identifier(code.token(column.start))).collect();
    let others = other_columns(edits, table, word, &used)?;
    let rows: Vec<String> = sources
        .iter()
        .zip(&used)
        .map(|((_, alias), column)| {
            let label = quote_literal(alias.as_ref().unwrap_or(column), Dialect::Postgres);
            format!("({label}, \u{0}alias.{})", quote_identifier(column))
        })
        .collect();
    let (name, value) = (quote_identifier(&name), quote_identifier(&value));
    let mut columns: Vec<String> =
        others.iter().map(|other| format!("\u{0}alias.{}", quote_identifier(other))).collect();
    columns.extend([format!("unpivoted.{name}"), format!("unpivoted.{value}")]);
    let filter = if includes { String::new() } else { format!(" where unpivoted.{value} is not null") };
    Ok(format!(
        "select {} from \u{0}source cross join lateral (values {}) as unpivoted({name}, {value}){filter}",
        columns.join(", "),
        rows.join(", ")
    ))
}
