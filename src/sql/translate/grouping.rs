//! `GROUP BY ALL`: by every item of the list without an aggregate or a window function.
//!
//! [GROUP BY](https://docs.aws.amazon.com/redshift/latest/dg/r_GROUP_BY_clause.html)

use std::ops::Range;

use super::super::code::Code;
use super::super::lexer::TokenKind;
use super::edits::Edits;
use super::query::Query;

const AGGREGATES: &[&str] = &[
    "any_value",
    "avg",
    "bit_and",
    "bit_or",
    "bool_and",
    "bool_or",
    "count",
    "hll",
    "hll_combine",
    "hll_create_sketch",
    "listagg",
    "max",
    "median",
    "min",
    "percentile_cont",
    "percentile_disc",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
];

/// Writes the places of the items in the list for the word ALL.
pub(super) fn rewrite(edits: &mut Edits<'_>, query: &Query) {
    let code = edits.code();
    let Some(group) = query.clause(code, "group").filter(|group| group.len() == 2 && code.is(group.start + 1, "all"))
    else {
        return;
    };
    let items = query.items(code);
    // Which columns `*` stands for is not known: the server says that ALL is wrong.
    if items.iter().any(|item| item.star) {
        return;
    }
    let plain = items.iter().enumerate().filter(|(_, item)| !aggregates(code, &item.value));
    let places: Vec<String> = plain.map(|(place, _)| (place + 1).to_string()).collect();
    if places.is_empty() {
        edits.drop(group.start - 1..group.end);
    } else {
        edits.replace(group.start + 1..group.end, places.join(", "));
    }
}

/// Whether an aggregate or a window function stands in a range.
fn aggregates(code: &Code<'_>, value: &Range<usize>) -> bool {
    value.clone().any(|at| {
        code.kind(at + 1) == Some(TokenKind::LeftParenthesis) && (code.is(at, "over") || code.is_any(at, AGGREGATES))
    })
}
