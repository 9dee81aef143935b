//! `START WITH condition CONNECT BY condition` as a recursive query.
//!
//! [CONNECT BY](https://docs.aws.amazon.com/redshift/latest/dg/r_CONNECT_BY_clause.html): the joins of FROM come first,
//! then the hierarchy, then WHERE. `PRIOR x` is `x` of the row above, `LEVEL` the depth of the row from 1.

use std::ops::Range;

use super::super::lexer::TokenKind;
use super::super::quote::quote_identifier;
use super::Untranslatable;
use super::edits::Edits;
use super::query::{Factor, Query};

/// What the rows found so far are called.
const FOUND: &str = "hierarchy";

/// The row above, as one column: its own columns would be ambiguous beside those of the row below.
const ABOVE: &str = "row_above";

/// Puts the hierarchy in place of the table of FROM, so that the rest of the query reads its rows.
pub(super) fn rewrite(edits: &mut Edits<'_>, query: &Query, tables: &[Factor]) -> Result<(), Untranslatable> {
    let code = edits.code();
    let Some(connect) = query.clause(code, "connect") else { return Ok(()) };
    let start = query.clause(code, "start");
    let one = match tables {
        [table] if query.clause(code, "from").is_some_and(|from| table.end == from.end) => Some(table),
        _ => None,
    };
    let Some((table, name)) = one.and_then(|table| Some((table, quote_identifier(table.called()?)))) else {
        let message =
            "CONNECT BY over a join is not supported on the local target: select the join in a subquery with a name";
        return Err(edits.refuse(connect.start - 1, message));
    };
    let levels = pseudo_columns(edits, query.select..query.end, "level");
    let stars = query.items(code).iter().any(|item| item.star);
    if !levels.is_empty() && stars {
        let message = "LEVEL beside `*` is not supported on the local target: write the columns out";
        return Err(edits.refuse(levels[0], message));
    }
    let counts = |value: &str| if levels.is_empty() { String::new() } else { format!(", {value} as level") };
    // Behind the words WITH and BY.
    let (condition, root) = (connect.start + 1..connect.end, start.clone().map(|start| start.start + 1..start.end));
    for at in pseudo_columns(edits, condition.clone(), "level") {
        edits.replace(at..at + 1, format!("({FOUND}.level + 1)"));
    }
    for at in pseudo_columns(edits, condition.clone(), "prior") {
        prior(edits, at);
    }
    let condition = edits.render(condition);
    let root = root.map(|root| format!(" where {}", edits.render(root))).unwrap_or_default();
    let source = format!("{} as {name}", edits.render(table.range.clone()));
    let rows = format!(
        "(with recursive {FOUND} as (select {name}.*{} from {source}{root} union all select {name}.*{} from {source} \
         join (select {FOUND} as {ABOVE}{} from {FOUND}) as {FOUND} on {condition}) select * from {FOUND}) as {name}",
        counts("1"),
        counts(&format!("{FOUND}.level + 1")),
        counts("level").trim_end_matches(" as level"),
    );
    edits.replace(table.range.start..table.end, rows);
    edits.drop(connect.start - 1..connect.end);
    if let Some(start) = start {
        edits.drop(start.start - 1..start.end);
    }
    Ok(())
}

/// Where a word stands that is no part of a longer name.
fn pseudo_columns(edits: &Edits<'_>, range: Range<usize>, word: &str) -> Vec<usize> {
    let code = edits.code();
    let touches = |at: usize| code.kind(at) == Some(TokenKind::Dot);
    range.filter(|at| code.is(*at, word) && !touches(at - 1) && !touches(at + 1)).collect()
}

/// `PRIOR column` is a column of the row above; the name of its table goes.
fn prior(edits: &mut Edits<'_>, at: usize) {
    let Some((column, past)) = edits.code().name(at + 1) else { return };
    edits.replace(at..past, format!("({FOUND}.{ABOVE}).{}", quote_identifier(column.base())));
}
