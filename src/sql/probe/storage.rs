//! How Redshift stores a table: distribution, order, encoding.
//!
//! RS r_ALTER_TABLE for the statements, r_PG_CLASS_INFO and r_PG_TABLE_DEF for what the catalogue says of them.

use std::ops::Range;

use super::super::Dialect;
use super::super::quote::quote_literal;
use super::base::{Base, matches};
use super::part::column;
use super::{Case, Probe, Query};

/// The probe of `alter <storage>`; the outer nothing if the action is not about storage, the inner if it is left to a
/// person. The double takes these actions and does nothing.
pub(super) fn probe(case: &Case<'_>, base: &Base, action: Range<usize>) -> Option<Option<Probe>> {
    let code = &case.code;
    let at = action.start + 1;
    let compound = code.is_any(at, &["compound", "interleaved"]) && code.is(at + 1, "sortkey");
    let name = at + usize::from(code.is(at, "column"));
    let sorts = compound || code.is(at, "sortkey");
    let distributes = code.is_any(at, &["distkey", "diststyle"]);
    let encodes = code.is(name + 1, "encode");
    let automatic = code.is(at, "encode") && !encodes;
    if !(sorts || distributes || encodes || automatic) || code.is(at + 1, "type") {
        return None;
    }
    if case.engine == Dialect::Postgres {
        return Some(case.on_double().then_some(Probe::Repeatable));
    }
    // A materialized view is stored in a table of another name, which its own row says nothing of.
    let mut table = base.clone();
    table.filter("o.relkind = 'r'".to_owned());
    let query = if distributes {
        distribution(case, &table, at..action.end)
    } else if sorts {
        order(case, &table, at + usize::from(compound)..action.end)
    } else if encodes {
        encoding(case, &table, name..action.end)
    } else {
        // The catalogue does not say plainly that the server chooses the encodings.
        None
    };
    Some(query.map(Probe::Query))
}

fn ask(base: &Base, sql: String, what: &str) -> Query {
    let words = format!("has `{}` {what}? it has if the statement was carried out", base.name);
    Query { end_suffices: true, ..base.ask(sql, &words) }
}

/// `distkey c`, `diststyle key distkey c`, `diststyle even | all | auto`. AUTO is 9 in pg_class and 10 to 12 once the
/// server has chosen.
fn distribution(case: &Case<'_>, base: &Base, range: Range<usize>) -> Option<Query> {
    let code = &case.code;
    let key =
        code.phrase(range.start, &["distkey"]).or_else(|| code.phrase(range.start, &["diststyle", "key", "distkey"]));
    if let Some(at) = key {
        let (name, next) = match code.token(at) {
            "(" => code.name(at + 1).map(|(name, next)| (name, next + 1))?,
            _ => code.name(at)?,
        };
        if next != range.end || name.parts.len() != 1 {
            return None;
        }
        let sql = column(case.engine).holds(base, name.base(), "o.reldiststyle = 1 and p.attisdistkey")?;
        return Some(ask(base, sql, &format!("the distribution key `{name}`")));
    }
    let style = range.start + 1;
    let condition = match code.token(style).to_ascii_lowercase().as_str() {
        "even" => "o.reldiststyle = 0",
        "all" => "o.reldiststyle = 8",
        "auto" => "o.reldiststyle in (9, 10, 11, 12)",
        _ => return None,
    };
    if !code.is(range.start, "diststyle") || style + 1 != range.end {
        return None;
    }
    let sql = base.select(&base.holds(condition), "")?;
    Some(ask(base, sql, &format!("the distribution style `{}`", code.token(style).to_ascii_lowercase())))
}

/// `sortkey (a, b)` and `sortkey none`. The columns of an interleaved key have signs that alternate, and `auto` keeps the
/// key that was there, so only a change to a compound key is seen; what was so before decides nothing.
fn order(case: &Case<'_>, base: &Base, range: Range<usize>) -> Option<Query> {
    let code = &case.code;
    let at = range.start + 1;
    let columns = if code.is(at, "none") && at + 1 == range.end {
        Vec::new()
    } else if code.token(at) == "(" && code.close(at) == range.end && !code.is(range.start - 1, "interleaved") {
        let items = code.items(at + 1..range.end - 1);
        items.into_iter().map(|item| code.name(item.start).map(|(name, _)| name)).collect::<Option<_>>()?
    } else {
        return None;
    };
    let mut agrees = Vec::new();
    for (index, name) in columns.iter().enumerate() {
        let named = matches("p.attname", name.base(), case.engine)?;
        agrees.push(format!("sum(case when {named} and p.attsortkeyord = {} then 1 else 0 end) = 1 and ", index + 1));
    }
    let answer = format!(
        "case when count(distinct o.oid) <> 1 then 'unknown' when {}sum(case when p.attsortkeyord <> 0 then 1 else 0 end) = {} \
         then 'done' else 'not done' end",
        agrees.concat(),
        columns.len()
    );
    let join = " join pg_attribute p on p.attrelid = o.oid and p.attnum > 0 and not p.attisdropped";
    let shown: Vec<String> = columns.iter().map(|name| format!("`{name}`")).collect();
    let what = if shown.is_empty() { "no sort key".to_owned() } else { format!("the sort key {}", shown.join(", ")) };
    Some(Query { end_suffices: false, ..ask(base, base.select(&answer, join)?, &what) })
}

/// `c encode zstd`. What is called RAW is `none` in the catalogue.
fn encoding(case: &Case<'_>, base: &Base, range: Range<usize>) -> Option<Query> {
    let code = &case.code;
    let (name, next) = code.name(range.start)?;
    let (written, end) = code.name(code.phrase(next, &["encode"])?)?;
    if end != range.end || name.parts.len() != 1 || written.base() == "auto" {
        return None;
    }
    let wanted = if written.base() == "raw" { "none" } else { written.base() };
    let wanted = quote_literal(wanted, case.engine);
    let condition = format!("format_encoding(cast(p.attencodingtype as integer)) = {wanted}");
    let sql = column(case.engine).holds(base, name.base(), &condition)?;
    Some(ask(base, sql, &format!("the encoding `{written}` in the column `{name}`")))
}
