//! Indexes that are built beside the work of others: what is interrupted leaves an index that is not valid.
//!
//! PG sql-createindex, sql-reindex: building indexes concurrently.

use super::super::quote::{quote_identifier, quote_literal, quote_name};
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
    let table_number = number_of(&table, case.engine)?;
    let done = format!("'done ' || {table_number}");
    let state = match head.concurrently {
        false => format!("else {done}"),
        true => format!(
            "when sum(case when p.indisvalid then 1 else 0 end) = 1 then {done} \
             when sum(case when {BEING_BUILT} then 1 else 0 end) > 0 then 'unknown' \
             else 'broken ' || {table_number}"
        ),
    };
    let answer = format!(
        "case when count(*) = 0 then 'not done ' || {table_number} \
         when count(*) > 1 or count(p.indrelid) = 0 then 'unknown' \
         when sum(cast(p.indrelid as bigint)) <> {table_number} then 'unknown' {state} end"
    );
    let sql = base.select(&answer, " left join pg_index p on p.indexrelid = o.oid")?;
    if !head.concurrently {
        return Some(base.ask(sql, &words));
    }
    // In another session a table without a schema may be another one, which has its index already.
    let end_suffices = head.conditional && table.schema().is_some();
    Some(Query { clear: drop_of(&index), end_suffices, ..base.ask(sql, &words) })
}

/// Whether somebody builds an index of the table of `p`: it looks like one that was left half made. Of sessions of other
/// roles the server may hide the table (PG progress-reporting), so those count for every table.
const BEING_BUILT: &str = "exists (select 1 from pg_stat_progress_create_index b \
     where b.datname = current_database() and coalesce(b.relid = p.indrelid, true))";

/// The number of the table as the statement finds it, by the search path if the text names no schema; NULL if it is not
/// there.
fn number_of(table: &ObjectName, engine: Dialect) -> Option<String> {
    let Some(schema) = table.schema() else {
        return Some(format!(
            "cast(cast(to_regclass({}) as oid) as bigint)",
            quote_literal(&quote_name(table), engine)
        ));
    };
    Some(format!(
        "(select cast(t.oid as bigint) from pg_class t join pg_namespace s on s.oid = t.relnamespace where {} and {})",
        matches("s.nspname", schema, engine)?,
        matches("t.relname", table.base(), engine)?
    ))
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
         when sum(case when not p.indisvalid and not {BEING_BUILT} then 1 else 0 end) = 1 then 'broken' \
         else 'unknown' end \
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
