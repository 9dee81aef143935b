//! Clauses of SELECT that PostgreSQL does not have: TOP, QUALIFY, EXCLUDE, names of the list used in the list, and paths
//! into SUPER values in FROM.

use super::super::lexer::TokenKind;
use super::super::quote::{quote_identifier, unquote_identifier};
use super::edits::Edits;
use super::query::{Factor, Item, Query, Seen, factors};
use super::{Untranslatable, catalogue, columns, grouping, hierarchy, other_database, outer_join, pivot, super_type};

/// Rewrites the query whose word `select` stands at `at`; all that is inside of it was rewritten before.
pub(super) fn rewrite(edits: &mut Edits<'_>, at: usize, seen: &mut Seen) -> Result<(), Untranslatable> {
    let query = Query::at(edits, at);
    let mut tables = Vec::new();
    if let Some(from) = query.clause(edits.code(), "from") {
        tables = factors(edits.code(), from.clone());
        name_subqueries(edits, &tables);
        paths(edits, &query, &tables);
        other_database::rewrite(edits, &query, &tables)?;
        if seen.pivot || seen.unpivot {
            pivot::rewrite(edits, &query, &tables)?;
        }
        if seen.outer_join {
            outer_join::rewrite(edits, &query, &tables)?;
        }
    }
    if seen.connect {
        hierarchy::rewrite(edits, &query, &tables)?;
    }
    if seen.exclude {
        exclude(edits, &query, &tables)?;
    }
    grouping::rewrite(edits, &query);
    aliases_in_filter(edits, &query, &tables);
    aliases(edits, &query);
    let limit = if seen.top { top(edits, &query) } else { None };
    let qualified = seen.qualify && qualify(edits, &query, &tables, limit.as_deref())?;
    if let Some(limit) = limit.filter(|_| !qualified) {
        let combined = edits.code().is_any(query.end, &["union", "except", "minus", "intersect"])
            || at > 0 && edits.code().is_any(at - 1, &["union", "except", "minus", "intersect", "all"]);
        edits.insert_after(query.end - 1, &format!(" limit {limit}"));
        if combined {
            edits.insert_before(at, "(");
            edits.insert_after(query.end - 1, ")");
        }
    }
    Ok(())
}

/// PostgreSQL before 16 wants a name for each subquery.
fn name_subqueries(edits: &mut Edits<'_>, tables: &[Factor]) {
    for table in tables {
        let code = edits.code();
        let subquery = table.name.is_none()
            && table.alias.is_none()
            && code.kind(table.range.start) == Some(TokenKind::LeftParenthesis)
            && code.is_any(table.range.start + 1, &["select", "with", "values"]);
        if subquery && !code.is_any(table.end, &["pivot", "unpivot"]) {
            let name = format!(" as subquery_{}", table.range.start);
            edits.insert_after(table.range.end - 1, &name);
        }
    }
}

/// `TOP n`: returns what the limit is.
fn top(edits: &mut Edits<'_>, query: &Query) -> Option<String> {
    let code = edits.code();
    let word = query.select + 1 + usize::from(code.is_any(query.select + 1, &["distinct", "all"]));
    if !code.is(word, "top") || query.list.start == word {
        return None;
    }
    let limit = edits.render(word + 1..query.list.start);
    edits.drop(word..query.list.start);
    Some(limit)
}

/// A name of the list that a later item uses stands for its expression.
///
/// A column of that name would come first on Redshift. Which columns there are is not known here, so a name that the
/// query also uses where only a column can be meant stays.
fn aliases(edits: &mut Edits<'_>, query: &Query) {
    let items = query.items(edits.code());
    if items.len() < 2 || !items.iter().any(|item| item.aliased) {
        return;
    }
    for (index, item) in items.iter().enumerate() {
        let Some(name) = item.name.as_ref().filter(|_| item.aliased) else { continue };
        let rest: Vec<usize> = items.iter().skip(index + 1).flat_map(|item| bare(edits, &item.value, name)).collect();
        if rest.is_empty() || names_column(edits, query, &items, index, name) {
            continue;
        }
        let text = format!("({})", edits.render(item.value.clone()));
        edits.note(rest[0], format!("`{name}` stands for the expression of that name in the same list"));
        for at in rest {
            if edits.is_kept(at) {
                edits.replace(at..at + 1, text.clone());
            }
        }
    }
}

/// A name of the list in WHERE stands for its expression, where none of the tables has a column of that name: drivers ask
/// Redshift's catalogues so, and which columns those have is known here.
fn aliases_in_filter(edits: &mut Edits<'_>, query: &Query, tables: &[Factor]) {
    let Some(filter) = query.clause(edits.code(), "where") else { return };
    let known: Option<Vec<_>> = tables.iter().map(|table| catalogue::beginnings(edits.code(), table)).collect();
    let Some(known) = known.filter(|known| !known.is_empty()) else { return };
    let mut replacements = Vec::new();
    for item in query.items(edits.code()).into_iter().filter(|item| item.aliased) {
        let Some(name) = &item.name else { continue };
        let places = bare(edits, &filter, name);
        if places.is_empty() || known.iter().any(|beginnings| catalogue::may_have(beginnings, name)) {
            continue;
        }
        replacements.push((places, format!("({})", edits.render(item.value.clone())), name.clone()));
    }
    for (places, text, name) in replacements {
        edits.note(places[0], format!("`{name}` stands for the expression of that name in the list"));
        for at in places {
            if edits.is_kept(at) {
                edits.replace(at..at + 1, text.clone());
            }
        }
    }
}

/// Where a name stands alone in a range, outside of subqueries.
fn bare(edits: &Edits<'_>, range: &std::ops::Range<usize>, name: &str) -> Vec<usize> {
    let code = edits.code();
    let (mut found, mut at) = (Vec::new(), range.start);
    while at < range.end {
        if code.kind(at) == Some(TokenKind::LeftParenthesis) && code.is_any(at + 1, &["select", "with"]) {
            at = code.close(at);
            continue;
        }
        let named = match code.kind(at) {
            Some(TokenKind::Word) => code.token(at).eq_ignore_ascii_case(name),
            Some(TokenKind::QuotedIdentifier) => unquote_identifier(code.token(at)) == name,
            _ => false,
        };
        let alone = || {
            at.checked_sub(1).is_none_or(|before| {
                code.kind(before) != Some(TokenKind::Dot) && code.token(before) != ":" && !code.is(before, "as")
            }) && !matches!(code.kind(at + 1), Some(TokenKind::Dot | TokenKind::LeftParenthesis))
        };
        if named && alone() {
            found.push(at);
        }
        at += 1;
    }
    found
}

/// Whether the query shows that there is a column of this name.
fn names_column(edits: &Edits<'_>, query: &Query, items: &[Item], index: usize, name: &str) -> bool {
    let code = edits.code();
    let earlier = items.iter().take(index + 1).any(|item| !bare(edits, &item.value, name).is_empty());
    let filter = query.clause(code, "where").is_some_and(|range| !bare(edits, &range, name).is_empty());
    let joined = query.clause(code, "from").is_some_and(|range| !bare(edits, &range, name).is_empty());
    let qualified = (query.select..query.end).any(|at| {
        code.kind(at) == Some(TokenKind::Dot)
            && matches!(code.kind(at + 1), Some(TokenKind::Word | TokenKind::QuotedIdentifier))
            && unquote_identifier(code.token(at + 1)) == name
    });
    earlier || filter || joined || qualified
}

/// `SELECT list EXCLUDE (a, b)`: <https://docs.aws.amazon.com/redshift/latest/dg/r_EXCLUDE_list.html>.
fn exclude(edits: &mut Edits<'_>, query: &Query, tables: &[Factor]) -> Result<(), Untranslatable> {
    let code = edits.code();
    let Some((word, names)) = columns::excluded(code, query) else { return Ok(()) };
    let mut kept = Vec::new();
    let mut left_out: Vec<String> = Vec::new();
    for item in query.items_before(code, Some(word)) {
        if !item.star {
            match item.name.as_ref().filter(|name| names.contains(*name)) {
                Some(name) => left_out.push(name.clone()),
                None => kept.push(edits.render(item.range)),
            }
            continue;
        }
        let stands_for = columns::star(edits, tables, item.owner(code).as_deref()).map_err(|lacks| {
            let message = "EXCLUDE is not supported on the local target unless the columns of its FROM are known: \
                           write them out";
            Untranslatable { lacks, ..edits.refuse(word, message) }
        })?;
        for column in stands_for {
            if names.contains(&column.name) {
                left_out.push(column.name);
                continue;
            }
            let owner = column.owner.map(|owner| format!("{}.", quote_identifier(&owner))).unwrap_or_default();
            kept.push(format!("{owner}{}", quote_identifier(&column.name)));
        }
    }
    // The server says best that there is no such column.
    kept.extend(names.iter().filter(|name| !left_out.contains(name)).map(|name| quote_identifier(name)));
    edits.replace(query.list.clone(), kept.join(", "));
    Ok(())
}

/// `QUALIFY condition` becomes the condition of a query around this one. Says whether there was one.
fn qualify(
    edits: &mut Edits<'_>,
    query: &Query,
    tables: &[Factor],
    limit: Option<&str>,
) -> Result<bool, Untranslatable> {
    let code = edits.code();
    let Some(condition) = query.clause(code, "qualify") else { return Ok(false) };
    let items = query.items(code);
    let distinct = code.is(query.select + 1, "distinct");
    // Names of the list in the condition stand for their expressions.
    for item in items.iter().filter(|item| item.aliased) {
        let Some(name) = &item.name else { continue };
        let text = format!("({})", edits.render(item.value.clone()));
        for at in bare(edits, &condition, name) {
            edits.replace(at..at + 1, text.clone());
        }
    }
    let mut outer = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if item.star {
            star(edits, item, index, tables, &mut outer)?;
        } else {
            let name = item.name.clone().unwrap_or_else(|| {
                let name = format!("column_{}", index + 1);
                edits.insert_after(item.range.end - 1, &format!(" as {name}"));
                name
            });
            outer.push(format!("qualified.{}", quote_identifier(&name)));
        }
    }
    let rendered = edits.render(condition.clone());
    edits.drop(condition.start - 1..condition.end);
    edits.insert_after(query.list.end - 1, &format!(", ({rendered}) as qualify_condition"));
    let tail = query.tail(edits.code());
    let mut rest = edits.render(tail..query.end);
    edits.drop(tail..query.end);
    if let Some(limit) = limit {
        rest = format!("limit {limit}");
    }
    if distinct {
        edits.drop(query.select + 1..query.select + 2);
    }
    let all = if distinct { "distinct " } else { "" };
    edits.insert_before(query.select, &format!("select {all}{} from (", outer.join(", ")));
    edits.insert_after(query.end - 1, &format!(") as qualified where qualify_condition {rest}"));
    Ok(true)
}

/// `*` as one row for each table that it stands for, to be taken apart again outside.
fn star(
    edits: &mut Edits<'_>,
    item: &Item,
    index: usize,
    tables: &[Factor],
    outer: &mut Vec<String>,
) -> Result<(), Untranslatable> {
    let code = edits.code();
    let owner = (item.range.len() > 1).then(|| unquote_identifier(code.token(item.range.end - 3)));
    let merges = tables
        .iter()
        .any(|table| code.is(table.end, "using") || code.is(table.range.start.saturating_sub(2), "natural"));
    let names: Option<Vec<String>> = match &owner {
        Some(owner) => Some(vec![owner.clone()]),
        None => tables.iter().map(|table| table.called().map(str::to_owned)).collect(),
    };
    let Some(names) = names.filter(|_| owner.is_some() || !merges) else {
        return Err(edits.refuse(
            item.range.start,
            "QUALIFY with `*` over such a FROM is not supported on the local target: name the columns",
        ));
    };
    let mut inner = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let row = format!("row_{}_{}", index + 1, place + 1);
        inner.push(format!("{} as {row}", quote_identifier(name)));
        outer.push(format!("(qualified.{row}).*"));
    }
    edits.replace(item.range.clone(), inner.join(", "));
    Ok(())
}

/// `FROM c, c.orders AS o AT i`: the elements of an array, one row each; and paths through names of FROM.
fn paths(edits: &mut Edits<'_>, query: &Query, tables: &[Factor]) {
    let mut elements: Vec<&str> = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for table in tables {
        let parts = table.name.as_ref().map_or(&[][..], |name| name.parts.as_slice());
        let first = parts.first().map_or("", String::as_str);
        let of_earlier = parts.len() > 1 && (known.contains(&first) || elements.contains(&first));
        let alone = table.unpivots || parts.len() == 1 && elements.contains(&first);
        match table.called() {
            Some(name) if of_earlier || alone => {
                unnest(edits, table, name, &elements);
                elements.push(name);
            }
            Some(name) => known.push(name),
            None => {}
        }
    }
    if !elements.is_empty() || has_paths(edits, query) {
        let of_columns = columns_have_paths(edits, query, tables);
        names(edits, query, &Scope { elements, known, of_columns });
    }
}

/// Whether one of the names is what an unquoted word means.
fn any_is(names: &[&str], word: &str) -> bool {
    let folded = || word.bytes().map(|byte| byte.to_ascii_lowercase());
    names.iter().any(|name| name.len() == word.len() && name.bytes().eq(folded()))
}

/// What names of a query may be.
struct Scope<'a> {
    /// Elements of arrays, which are SUPER values.
    elements: Vec<&'a str>,
    /// Tables.
    known: Vec<&'a str>,
    /// Where `a.b` is an attribute of a column if no table is called `a`: not in this range, which is FROM.
    of_columns: Option<std::ops::Range<usize>>,
}

/// Whether a name in front of a dot can only be a table of this query or a column: nothing around it has tables or
/// variables. Returns FROM, where names are of schemas.
fn columns_have_paths(edits: &Edits<'_>, query: &Query, tables: &[Factor]) -> Option<std::ops::Range<usize>> {
    let code = edits.code();
    let inner = query.select > 0 && code.kind(query.select - 1) == Some(TokenKind::LeftParenthesis);
    let all_called = !tables.is_empty() && tables.iter().all(|table| table.called().is_some());
    let turned = tables.iter().any(|table| code.is_any(table.end, &["pivot", "unpivot"]));
    query.clause(code, "from").filter(|_| !inner && !edits.has_variables && all_called && !turned)
}

/// Rewrites the paths that the names of a query begin.
fn names(edits: &mut Edits<'_>, query: &Query, scope: &Scope<'_>) {
    let mut at = query.select + 1;
    // Queries inside of this one have tables of their own.
    let mut inner_end = 0;
    while at < query.end {
        let code = edits.code();
        if code.kind(at) == Some(TokenKind::LeftParenthesis) && code.is_any(at + 1, &["select", "with"]) {
            inner_end = inner_end.max(code.close(at));
        }
        let has_parts = || matches!(code.kind(at + 1), Some(TokenKind::Dot | TokenKind::Placeholder));
        let begins = code.kind(at) == Some(TokenKind::Word)
            && (has_parts() || !scope.elements.is_empty())
            && !matches!(code.kind(at - 1), Some(TokenKind::Dot))
            && !matches!(code.token(at - 1), ":" | "[")
            && edits.is_kept(at);
        if begins && let Some(from) = path_from(edits, at, scope, at < inner_end) {
            let past = super_type::attributes(edits, from);
            super_type::operands(edits, at, past);
            at = past;
            continue;
        }
        at += 1;
    }
}

/// Where the attributes of the path that begins at `at` begin, if it is one.
fn path_from(edits: &Edits<'_>, at: usize, scope: &Scope<'_>, inner: bool) -> Option<usize> {
    let code = edits.code();
    let word = code.token(at);
    let past = code.past_name(at)?;
    if code.kind(past) == Some(TokenKind::LeftParenthesis) || code.is(at - 1, "as") {
        return None;
    }
    let dots = (at..past).filter(|at| code.kind(*at) == Some(TokenKind::Dot)).count();
    let from = match dots {
        0 if any_is(&scope.elements, word) => return (code.token(past) != "[").then_some(at + 1),
        0 => return None,
        _ if any_is(&scope.elements, word) => at + 1,
        1 if any_is(&scope.known, word) => return None,
        _ if any_is(&scope.known, word) => at + 3,
        _ => {
            // `schema.table.column` names a table of FROM further on.
            let (name, _) = code.name(at)?;
            if name.parts[1..dots].iter().any(|part| scope.known.contains(&part.as_str())) {
                return None;
            }
            let outside = !inner && scope.of_columns.as_ref().is_some_and(|from| !from.contains(&at));
            if !outside {
                return None;
            }
            at + 1
        }
    };
    (edits.is_kept(from) && edits.is_kept(from + 1) && code.token(from + 1) != "*").then_some(from)
}

/// Whether any name may be a path, the cheap way: it has three parts, or one in front of a dot that FROM does not give.
fn has_paths(edits: &Edits<'_>, query: &Query) -> bool {
    (query.select..query.end).any(|at| edits.code().kind(at) == Some(TokenKind::Dot))
}

/// Writes a path in FROM as a call of the library.
fn unnest(edits: &mut Edits<'_>, table: &Factor, name: &str, elements: &[&str]) {
    let start = table.range.start;
    let first = unquote_identifier(edits.code().token(start));
    if edits.code().kind(start + 1) == Some(TokenKind::Dot) {
        let from = if elements.contains(&first.as_str()) { start + 1 } else { start + 3 };
        super_type::attributes(edits, from.min(table.range.end));
    }
    let path = edits.render(table.range.clone());
    let code = edits.code();
    let mut end = table.end;
    let mut position = None;
    if code.is(end, "at") {
        position = code.name(end + 1).map(|(name, _)| quote_identifier(&name.to_string()));
        end += 2;
    }
    let quoted = quote_identifier(name);
    let call = match (table.unpivots, position) {
        (true, Some(position)) => format!("redshift_attributes({path}) as {quoted}({quoted}, {position})"),
        (true, None) => format!("redshift_attributes({path}) as {quoted}({quoted})"),
        (false, Some(position)) => format!("redshift_elements_at({path}) as {quoted}({quoted}, {position})"),
        (false, None) => format!("redshift_elements({path}) as {quoted}({quoted})"),
    };
    let begin = if table.unpivots { start - 1 } else { start };
    edits.replace(begin..end, format!("lateral pg_catalog.{call}"));
}
