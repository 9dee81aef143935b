//! Indexes that are built beside the work of others: what is interrupted leaves an index that is not valid.
//!
//! PG sql-createindex, sql-reindex: building indexes concurrently.

use super::super::quote::{quote_identifier, quote_name};
use super::super::{Kind, ObjectName};
use super::base::{Base, matches};
use super::lifetime::Head;
use super::place::place;
use super::repeatable::is_concurrent;
use super::{Case, Dialect, Query};

/// The longest name to which REINDEX appends its ending without cutting it off.
const LONGEST_NAME: usize = 63 - "_ccnew".len();

pub(super) fn probe(case: &Case<'_>) -> Option<Query> {
    if case.engine == Dialect::Redshift {
        // It has no indexes.
        return None;
    }
    match case.statement.kind {
        Kind::CreateIndex => create(case),
        _ => reindex(case),
    }
}

/// Whether the index is there, and usable if it was built concurrently. An index on the parent only is never valid before
/// its partitions have theirs, so only a concurrent one, which cannot be such, is asked for it.
fn create(case: &Case<'_>) -> Option<Query> {
    let head = Head::read(case)?;
    let code = &case.code;
    if code.is(head.name, "on") {
        // The server chooses the name.
        return None;
    }
    let (name, next) = code.name(head.name)?;
    let on = code.find(next, |at| code.is(at, "on"))?;
    let (table, _) = code.name(on + 1 + usize::from(code.is(on + 1, "only")))?;
    if name.parts.len() != 1 || table.parts.len() > 2 {
        return None;
    }
    let index = in_schema_of(&table, name.base());
    let base = Base::new(place("index", case.engine)?, &index, case.engine)?;
    let words = format!("is there an index `{index}`, and is it valid? both are so if the statement was carried out");
    if !head.concurrently {
        let sql = base.select("case count(*) when 0 then 'not done' when 1 then 'done' else 'unknown' end", "")?;
        return Some(base.ask(sql, &words));
    }
    let answer = "case when count(*) = 0 then 'not done' when count(*) > 1 then 'unknown' \
         when sum(case when p.indisvalid then 1 else 0 end) = 1 then 'done' else 'broken' end";
    let sql = base.select(answer, " left join pg_index p on p.indexrelid = o.oid")?;
    Some(Query { clear: drop_of(&index), end_suffices: head.conditional, ..base.ask(sql, &words) })
}

/// An index lives in the schema of its table.
fn in_schema_of(table: &ObjectName, index: &str) -> ObjectName {
    let schema = table.schema().map(str::to_owned);
    ObjectName { parts: schema.into_iter().chain([index.to_owned()]).collect() }
}

/// Nothing without a schema: the statement could meet another index of that name.
fn drop_of(index: &ObjectName) -> Vec<String> {
    let drop = index.schema().map(|_| format!("drop index concurrently if exists {}", quote_name(index)));
    drop.into_iter().collect()
}

/// Building an index anew may be repeated, but not before what an interrupted one left behind is gone: an index beside the
/// old one, by the ending `_ccnew` or `_ccold`.
fn reindex(case: &Case<'_>) -> Option<Query> {
    let code = &case.code;
    let noun = code.find(1, |at| code.is_any(at, &["index", "table", "schema", "database", "system"]))?;
    let leftover = "not p.indisvalid and o.relname ~ '_cc(new|old)[0-9]*$'";
    let words = "is there an index that is not valid and whose name ends in `_ccnew` or `_ccold`? \
                 drop it, and run the statement again";
    if !code.is(noun, "index") {
        let sql = format!(
            "select case when exists (select 1 from pg_index p join pg_class o on o.oid = p.indexrelid \
             where {leftover}) then 'broken' else 'not done' end"
        );
        return Some(Query { sql, question: words.to_owned(), clear: Vec::new(), end_suffices: false });
    }
    let at = noun + 1 + usize::from(code.is(noun + 1, "concurrently"));
    let (index, _) = code.name(at)?;
    let (schema, name) = (index.schema()?, index.base());
    if index.parts.len() != 2 || name.len() > LONGEST_NAME || !is_concurrent(code) {
        return None;
    }
    let beside: Vec<String> = ["_ccnew", "_ccold"].iter().map(|ending| format!("{name}{ending}")).collect();
    let named: Vec<String> =
        beside.iter().map(|name| matches("o.relname", name, case.engine)).collect::<Option<_>>()?;
    let sql = format!(
        "select case when count(*) = 0 then 'not done' when count(*) > 1 then 'unknown' \
         when sum(case when not p.indisvalid then 1 else 0 end) = 1 then 'broken' else 'unknown' end \
         from pg_class o join pg_namespace n on n.oid = o.relnamespace left join pg_index p on p.indexrelid = o.oid \
         where {} and ({})",
        matches("n.nspname", schema, case.engine)?,
        named.join(" or ")
    );
    let clear = beside.iter().map(|name| {
        format!("drop index concurrently if exists {}.{}", quote_identifier(schema), quote_identifier(name))
    });
    Some(Query { sql, question: words.to_owned(), clear: clear.collect(), end_suffices: false })
}
