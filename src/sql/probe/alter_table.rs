//! ALTER of a table, view, index or sequence, action by action.

use std::ops::Range;

use super::super::ObjectName;
use super::super::quote::{quote_literal, quote_name};
use super::base::{Base, NOT_OF_THE_SERVER, matches, numbered};
use super::data_type::catalogue_type;
use super::part::{Part, column, constraint};
use super::place::place;
use super::{Case, Dialect, Probe, Query, storage};

/// The probe of the actions that follow the name. The statement does all of them or none, so one that changes the
/// catalogue decides for all.
pub(super) fn probe(case: &Case<'_>, name: &ObjectName, next: usize) -> Option<Probe> {
    let base = Base::new(place("relation", case.engine)?, name, case.engine)?;
    let actions = case.code.items(next..case.code.tokens.len());
    let probes: Vec<Option<Probe>> = actions.iter().map(|action| one(case, &base, action.clone())).collect();
    if probes.iter().all(|probe| matches!(probe, Some(Probe::Repeatable))) {
        return (!probes.is_empty()).then_some(Probe::Repeatable);
    }
    let several = probes.len() > 1;
    probes.into_iter().flatten().find_map(|probe| match probe {
        // What was so before says nothing of the other actions.
        Probe::Query(query) => Some(Probe::Query(Query { end_suffices: query.end_suffices && !several, ..query })),
        _ => None,
    })
}

/// Actions that make the table be as they say, however often (PG sql-altertable).
const ABSOLUTE: &[&[&str]] = &[
    &["set", "logged"],
    &["set", "unlogged"],
    &["set", "tablespace"],
    &["set", "without"],
    &["set", "access"],
    &["cluster", "on"],
    &["replica", "identity"],
    &["validate", "constraint"],
    &["enable"],
    &["disable"],
    &["force", "row"],
    &["no", "force"],
    &["reset"],
];

fn one(case: &Case<'_>, base: &Base, action: Range<usize>) -> Option<Probe> {
    let code = &case.code;
    let at = action.start;
    let options = code.is(at, "set") && code.token(at + 1) == "(";
    let of_postgres = case.engine == Dialect::Postgres && !case.on_double();
    if of_postgres && (options || ABSOLUTE.iter().any(|words| code.phrase(at, words).is_some())) {
        return Some(Probe::Repeatable);
    }
    if case.on_double() && (is_key(case, at) || code.phrase(at, &["drop", "constraint"]).is_some()) {
        // The double creates no keys, and drops what is not there without a word.
        return Some(Probe::Repeatable);
    }
    let query = match code.token(at).to_ascii_lowercase().as_str() {
        "rename" => rename(case, base, action),
        "owner" => owner(case, base, action),
        "set" => set_schema(case, base, action),
        "add" => return add(case, base, action),
        "drop" => drop(case, base, action),
        "attach" | "detach" => partition(case, base, action),
        "alter" => return alter(case, base, action),
        _ => None,
    };
    query.map(Probe::Query)
}

/// Where the key of an `add [constraint name] key` stands.
fn is_key(case: &Case<'_>, at: usize) -> bool {
    let code = &case.code;
    let kind = if code.is(at + 1, "constraint") { at + 3 } else { at + 1 };
    code.is(at, "add") && code.is_any(kind, &["primary", "foreign", "unique"])
}

/// One name, and nothing after it.
pub(super) fn last_name(case: &Case<'_>, at: usize, end: usize) -> Option<ObjectName> {
    let (name, next) = case.code.name(at)?;
    (next == end && name.parts.len() == 1).then_some(name)
}

fn rename(case: &Case<'_>, base: &Base, action: Range<usize>) -> Option<Query> {
    let code = &case.code;
    let at = action.start;
    if let Some(to) = code.phrase(at, &["rename", "to"]) {
        return renamed(case, base, to, action.end);
    }
    let (part, old) = match code.is(at + 1, "constraint") {
        true => (constraint(case.engine), at + 2),
        false => (column(case.engine), at + 1 + usize::from(code.is(at + 1, "column"))),
    };
    rename_part(case, base, part, old, action.end)
}

/// `TO b` of an object.
pub(super) fn renamed(case: &Case<'_>, base: &Base, to: usize, end: usize) -> Option<Query> {
    let new = last_name(case, to, end)?;
    let words = format!("is `{}` now named `{new}`? it is if the statement was carried out", base.name);
    Some(base.ask(base.renamed(&new)?, &words))
}

/// `a TO b` of a part.
pub(super) fn rename_part(case: &Case<'_>, base: &Base, part: Part, old: usize, end: usize) -> Option<Query> {
    let (from, next) = case.code.name(old)?;
    let new = last_name(case, case.code.phrase(next, &["to"])?, end)?;
    let sql = part.renamed(base, from.base(), &new)?;
    let words = format!("is `{from}` of `{}` now named `{new}`? it is if the statement was carried out", base.name);
    Some(base.ask(sql, &words))
}

/// A second time the role that gave the object away may no longer do so, so this is asked.
pub(super) fn owner(case: &Case<'_>, base: &Base, action: Range<usize>) -> Option<Query> {
    let role = case.code.phrase(action.start, &["owner", "to"])?;
    let owner = last_name(case, role, action.end)?;
    if case.code.is_any(role, &["current_user", "session_user", "current_role"]) {
        return None;
    }
    let words = format!("does `{}` belong to `{owner}`? it does if the statement was carried out", base.name);
    Some(Query { end_suffices: true, ..base.ask(base.owned_by(owner.base())?, &words) })
}

pub(super) fn set_schema(case: &Case<'_>, base: &Base, action: Range<usize>) -> Option<Query> {
    let schema = last_name(case, case.code.phrase(action.start, &["set", "schema"])?, action.end)?;
    let words = format!("is `{}` in the schema `{schema}`? it is if the statement was carried out", base.name);
    Some(base.ask(base.moved_to(schema.base())?, &words))
}

fn add(case: &Case<'_>, base: &Base, action: Range<usize>) -> Option<Probe> {
    let code = &case.code;
    let at = action.start + 1;
    if code.is_any(at, &["constraint", "primary", "unique", "foreign", "check", "exclude"]) {
        return add_constraint(case, base, at).map(Probe::Query);
    }
    let at = at + usize::from(code.is(at, "column"));
    if code.phrase(at, &["if", "not", "exists"]).is_some() {
        return Some(Probe::Repeatable);
    }
    let (name, next) = code.name(at)?;
    if name.parts.len() != 1 || next >= action.end {
        return None;
    }
    let words = format!("has `{}` the column `{name}`? it has if the statement was carried out", base.name);
    Some(Probe::Query(base.ask(column(case.engine).added(base, name.base())?, &words)))
}

/// A table has one primary key at most, so that one is known without a name.
fn add_constraint(case: &Case<'_>, base: &Base, at: usize) -> Option<Query> {
    let code = &case.code;
    if code.is(at, "constraint") {
        return added_constraint(base, constraint(case.engine), &code.name(at + 1)?.0);
    }
    code.phrase(at, &["primary", "key"])?;
    let object = numbered(["o.oid"]);
    let answer = format!(
        "case when count(*) <> 1 then 'unknown' when count(p.conname) = 0 then 'not done'{object} \
         else 'done'{object} end"
    );
    let sql = base.select(&answer, " left join pg_constraint p on p.conrelid = o.oid and p.contype = 'p'")?;
    let words = format!("has `{}` a primary key? it has if the statement was carried out", base.name);
    Some(base.ask(sql, &words))
}

pub(super) fn added_constraint(base: &Base, part: Part, name: &ObjectName) -> Option<Query> {
    let words = format!("has `{}` the constraint `{name}`? it has if the statement was carried out", base.name);
    Some(base.ask(part.added(base, name.base())?, &words))
}

fn drop(case: &Case<'_>, base: &Base, action: Range<usize>) -> Option<Query> {
    let code = &case.code;
    let at = action.start + 1;
    let part = if code.is(at, "constraint") { constraint(case.engine) } else { column(case.engine) };
    removed(case, base, part, at + usize::from(code.is_any(at, &["constraint", "column"])), action.end)
}

/// `[IF EXISTS] name [CASCADE | RESTRICT]` of a part.
pub(super) fn removed(case: &Case<'_>, base: &Base, part: Part, at: usize, end: usize) -> Option<Query> {
    let code = &case.code;
    let conditional = code.phrase(at, &["if", "exists"]);
    let (name, next) = code.name(conditional.unwrap_or(at))?;
    if name.parts.len() != 1 || next + usize::from(code.is_any(next, &["cascade", "restrict"])) != end {
        return None;
    }
    let words = format!("has `{}` no `{name}`? it has none if the statement was carried out", base.name);
    let sql = part.removed(base, name.base())?;
    Some(Query { end_suffices: conditional.is_some(), ..base.ask(sql, &words) })
}

/// PG sql-altertable: a partition that is detached concurrently goes in two steps; FINALIZE does the second one.
fn partition(case: &Case<'_>, base: &Base, action: Range<usize>) -> Option<Query> {
    let code = &case.code;
    if case.engine == Dialect::Redshift {
        return None;
    }
    let attaches = code.is(action.start, "attach");
    let (child, next) = code.name(code.phrase(action.start + 1, &["partition"])?)?;
    let schema = match child.schema() {
        Some(schema) => matches("m.nspname", schema, case.engine)?,
        None => format!("m.nspname {NOT_OF_THE_SERVER}"),
    };
    let join = format!(
        " join (pg_class k join pg_namespace m on m.oid = k.relnamespace) on {schema} and {} \
         left join pg_inherits p on p.inhparent = o.oid and p.inhrelid = k.oid",
        matches("k.relname", child.base(), case.engine)?
    );
    let numbers = numbered(["o.oid", "k.oid"]);
    let (none, there) = if attaches { ("not done", "done") } else { ("done", "not done") };
    let halfway = if code.is(next, "concurrently") {
        format!("when sum(case when p.inhdetachpending then 1 else 0 end) > 0 then 'broken'{numbers} ")
    } else {
        String::new()
    };
    let answer = format!(
        "case when count(*) <> 1 then 'unknown' when count(p.inhrelid) = 0 then '{none}'{numbers} \
         {halfway}else '{there}'{numbers} end"
    );
    let finish = format!("alter table {} detach partition {} finalize", quote_name(&base.name), quote_name(&child));
    let named = base.name.schema().is_some() && child.schema().is_some() && !halfway.is_empty();
    let clear = if named { vec![finish] } else { Vec::new() };
    let (is, it) = if attaches { ("a", "it is") } else { ("no", "it is not") };
    let words = format!("is `{child}` {is} partition of `{}`? {it} if the statement was carried out", base.name);
    Some(Query { clear, ..base.ask(base.select(&answer, &join)?, &words) })
}

/// `alter [column] c ...`, or storage on Redshift.
fn alter(case: &Case<'_>, base: &Base, action: Range<usize>) -> Option<Probe> {
    let code = &case.code;
    if let Some(probe) = storage::probe(case, base, action.clone()) {
        return probe;
    }
    let at = action.start + 1;
    let (name, next) = code.name(at + usize::from(code.is(at, "column")))?;
    if let Some(written) = code.phrase(next, &["type"]).or_else(|| code.phrase(next, &["set", "data", "type"])) {
        return alter_type(case, base, &name, written..action.end);
    }
    let sets = ["default", "statistics", "storage", "compression"]
        .iter()
        .any(|word| code.phrase(next, &["set", word]).is_some())
        || code.phrase(next, &["set", "not", "null"]).is_some()
        || code.is(next, "set") && code.token(next + 1) == "(";
    let drops = code.phrase(next, &["drop", "default"]).is_some()
        || code.phrase(next, &["drop", "not", "null"]).is_some()
        || code.is(next, "drop") && code.phrase(next + 2, &["if", "exists"]).is_some();
    (sets || drops || code.is(next, "reset")).then_some(Probe::Repeatable)
}

/// To the type that a column has, PostgreSQL changes nothing; but an expression of USING would be applied twice. Redshift
/// may refuse the second time.
fn alter_type(case: &Case<'_>, base: &Base, name: &ObjectName, written: Range<usize>) -> Option<Probe> {
    let code = &case.code;
    let using = code.find(written.start, |at| at < written.end && code.is(at, "using")).filter(|at| *at < written.end);
    if case.engine == Dialect::Postgres && using.is_none() {
        return Some(Probe::Repeatable);
    }
    if case.on_double() || name.parts.len() != 1 {
        return None;
    }
    let end = using.unwrap_or(written.end);
    let end = (written.start..end).find(|at| code.is(*at, "collate")).unwrap_or(end);
    let wanted = catalogue_type(code, written.start..end, true, case.engine)?;
    let condition = format!("format_type(p.atttypid, p.atttypmod) = {}", quote_literal(&wanted, case.engine));
    let sql = column(case.engine).holds(base, name.base(), &condition)?;
    let words = format!(
        "has the column `{name}` of `{}` the type `{wanted}`? it has if the statement was carried out",
        base.name
    );
    Some(Probe::Query(Query { end_suffices: using.is_none(), ..base.ask(sql, &words) }))
}
