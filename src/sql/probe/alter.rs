//! ALTER of anything: a new name, another owner or schema, and what is special to one sort of object.

use super::super::code::Code;
use super::super::{Kind, ObjectName};
use super::alter_table::{added_constraint, last_name, owner, removed, rename_part, renamed, set_schema};
use super::base::{Base, matches, matches_any};
use super::part::{attribute, domain_constraint, part, value};
use super::place::{Place, place};
use super::{Case, Dialect, Probe, Query, alter_table, routine};

pub(super) fn probe(case: &Case<'_>) -> Option<Probe> {
    let code = &case.code;
    let (noun, at) = noun(code)?;
    let at = code.phrase(at, &["if", "exists"]).unwrap_or(at);
    let at = at + usize::from(code.is(at, "only"));
    let (name, next) = code.name(at)?;
    let relation =
        ["table", "foreign table", "view", "materialized view", "index", "sequence"].contains(&noun.as_str());
    let known = match case.statement.kind {
        Kind::AlterExternalTable => return is_absolute_outside(code, next).then_some(Probe::Repeatable),
        Kind::AlterExternalView => None,
        Kind::AlterFunction | Kind::AlterProcedure => return of_routine(case, &name, at).map(Probe::Query),
        _ if relation => alter_table::probe(case, &name, next),
        _ => special(case, &noun, &name, next)
            .or_else(|| common(case, place(&noun, case.engine)?, &name, next))
            .map(Probe::Query),
    };
    known.or_else(|| is_absolute(case, &noun, next).then_some(Probe::Repeatable))
}

/// The noun after ALTER, and where the name begins.
fn noun(code: &Code<'_>) -> Option<(String, usize)> {
    let of_several: &[&[&str]] = &[
        &["foreign", "data", "wrapper"],
        &["foreign", "table"],
        &["materialized", "view"],
        &["event", "trigger"],
        &["external", "table"],
        &["external", "view"],
    ];
    if let Some(words) = of_several.iter().find(|words| code.phrase(1, words).is_some()) {
        return Some((words.join(" "), 1 + words.len()));
    }
    if code.is_any(1, &["external", "default", "large", "operator", "text", "rls", "masking", "identity", "system"])
        || code.is(2, "mapping")
        || code.is(2, "all")
    {
        return None;
    }
    Some((code.token(1).to_ascii_lowercase(), 2))
}

/// RENAME TO, OWNER TO and SET SCHEMA, which most objects have.
fn common(case: &Case<'_>, place: Place, name: &ObjectName, next: usize) -> Option<Query> {
    let base = Base::new(place, name, case.engine)?;
    on_base(case, &base, next)
}

fn on_base(case: &Case<'_>, base: &Base, next: usize) -> Option<Query> {
    let end = case.code.tokens.len();
    match case.code.phrase(next, &["rename", "to"]) {
        Some(to) => renamed(case, base, to, end),
        None => owner(case, base, next..end).or_else(|| set_schema(case, base, next..end)),
    }
}

fn of_routine(case: &Case<'_>, name: &ObjectName, at: usize) -> Option<Query> {
    let code = &case.code;
    if code.is_any(1, &["external", "aggregate"]) {
        return None;
    }
    let open = code.past_name(at)?;
    on_base(case, &routine::of(case, name, at)?, code.close(open))
}

fn special(case: &Case<'_>, noun: &str, name: &ObjectName, next: usize) -> Option<Query> {
    let code = &case.code;
    match noun {
        "database" => database(case, name, next),
        "type" => of_type(case, name, next),
        "domain" => domain(case, name, next),
        "trigger" | "rule" | "policy" => {
            let (table, end) = code.name(code.phrase(next, &["on"])?)?;
            let base = Base::new(place("relation", case.engine)?, &table, case.engine)?;
            let new = last_name(case, code.phrase(end, &["rename", "to"])?, code.tokens.len())?;
            let sql = part(noun, case.engine)?.renamed(&base, name.base(), &new)?;
            let words = format!("is `{name}` of `{table}` now named `{new}`? it is if the statement was carried out");
            Some(base.ask(sql, &words))
        }
        "group" if case.engine == Dialect::Redshift => members(case, name, next),
        _ => None,
    }
}

/// PG sql-alterdatabase: to the tablespace where it is already, nothing moves.
fn database(case: &Case<'_>, name: &ObjectName, next: usize) -> Option<Query> {
    let code = &case.code;
    let tablespace = last_name(case, code.phrase(next, &["set", "tablespace"])?, code.tokens.len())?;
    let base = Base::new(place("database", case.engine)?, name, case.engine)?;
    let condition = matches("p.spcname", tablespace.base(), case.engine)?;
    let sql = base.select(&base.holds(&condition), " join pg_tablespace p on p.oid = o.dattablespace")?;
    let words =
        format!("is the database `{name}` in the tablespace `{tablespace}`? it is if the statement was carried out");
    Some(Query { end_suffices: true, ..base.ask(sql, &words) })
}

/// Values of enumerations are literals, so their case is kept; the parts of composite types are names.
fn of_type(case: &Case<'_>, name: &ObjectName, next: usize) -> Option<Query> {
    let code = &case.code;
    let end = code.tokens.len();
    let base = Base::new(place("type", case.engine)?, name, case.engine)?;
    let has = |what: &str| format!("has the type `{name}` {what}? it has if the statement was carried out");
    if let Some(at) = code.phrase(next, &["add", "value"]) {
        let label = code.literal(at)?;
        return Some(base.ask(value(case.engine).added(&base, &label)?, &has("the value that is added")));
    }
    if let Some(at) = code.phrase(next, &["rename", "value"]) {
        let (old, to) = (code.literal(at)?, code.phrase(at + 1, &["to"])?);
        let new = ObjectName { parts: vec![code.literal(to)?] };
        return Some(
            base.ask(value(case.engine).renamed(&base, &old, &new)?, &has("the new value and not the old one")),
        );
    }
    if code.items(0..end).len() > 1 {
        return None;
    }
    if let Some(at) = code.phrase(next, &["rename", "attribute"]) {
        let end = end - usize::from(code.is_any(end - 1, &["cascade", "restrict"]));
        return rename_part(case, &base, attribute(case.engine), at, end);
    }
    if let Some(at) = code.phrase(next, &["drop", "attribute"]) {
        return removed(case, &base, attribute(case.engine), at, end);
    }
    let (added, _) = code.name(code.phrase(next, &["add", "attribute"])?)?;
    Some(base.ask(attribute(case.engine).added(&base, added.base())?, &has(&format!("the attribute `{added}`"))))
}

fn domain(case: &Case<'_>, name: &ObjectName, next: usize) -> Option<Query> {
    let code = &case.code;
    let end = code.tokens.len();
    let base = Base::new(place("domain", case.engine)?, name, case.engine)?;
    let part = domain_constraint(case.engine);
    if let Some(at) = code.phrase(next, &["rename", "constraint"]) {
        return rename_part(case, &base, part, at, end);
    }
    if let Some(at) = code.phrase(next, &["drop", "constraint"]) {
        return removed(case, &base, part, at, end);
    }
    added_constraint(&base, part, &code.name(code.phrase(next, &["add", "constraint"])?)?.0)
}

/// RS r_ALTER_GROUP: the users of a group, all of them or none.
fn members(case: &Case<'_>, name: &ObjectName, next: usize) -> Option<Query> {
    let code = &case.code;
    let adds = code.is(next, "add");
    let at = code.phrase(next, &["add", "user"]).or_else(|| code.phrase(next, &["drop", "user"]))?;
    let items = code.items(at..code.tokens.len());
    let users: Vec<ObjectName> =
        items.iter().map(|item| last_name(case, item.start, item.end)).collect::<Option<_>>()?;
    let bases: Vec<&str> = users.iter().map(ObjectName::base).collect();
    let (none, all) = if adds { ("not done", "done") } else { ("done", "not done") };
    let sql = format!(
        "select case count(*) when 0 then '{none}' when {} then '{all}' else 'unknown' end \
         from pg_user u, pg_group g where u.usesysid = any (g.grolist) and {} and {}",
        users.len(),
        matches("g.groname", name.base(), case.engine)?,
        matches_any("u.usename", &bases, case.engine)?
    );
    let place = if adds { "in" } else { "out of" };
    let shown: Vec<String> = users.iter().map(|user| format!("`{user}`")).collect();
    let question =
        format!("are {} {place} the group `{name}`? they are if the statement was carried out", shown.join(", "));
    Some(Query { sql, question, clear: Vec::new(), end_suffices: false })
}

/// RS r_ALTER_TABLE_external-table: where the files are and how they are read; a partition may be there already.
fn is_absolute_outside(code: &Code<'_>, next: usize) -> bool {
    let set = |at: usize| code.is(at, "set") && code.is_any(at + 1, &["location", "file", "table"]);
    let partition = code.is(next, "partition") && code.token(next + 1) == "(" && set(code.close(next + 1));
    set(next) || partition || code.phrase(next, &["add", "if", "not", "exists", "partition"]).is_some()
}

/// Whether the statement makes the object be as it says, however often it is run.
fn is_absolute(case: &Case<'_>, noun: &str, next: usize) -> bool {
    let code = &case.code;
    let postgres = case.engine == Dialect::Postgres;
    let starts = |words: &[&str]| code.is_any(next, words);
    let rename_or_give = starts(&["rename", "owner"]) || code.phrase(next, &["set", "schema"]).is_some();
    if rename_or_give {
        return false;
    }
    match noun {
        // PG sql-alterrole, RS r_ALTER_USER: passwords, limits, settings.
        "user" => true,
        "role" => postgres,
        // PG sql-altergroup: a member twice is a notice.
        "group" => postgres && starts(&["add", "drop"]),
        "database" => !starts(&["collate", "integration"]) && code.find(next, |at| code.is(at, "collate")).is_none(),
        "schema" => code.is(next, "quota"),
        "sequence" => (next..code.tokens.len()).all(|at| !code.is(at, "restart")),
        "materialized view" => code.phrase(next, &["auto", "refresh"]).is_some(),
        "function" | "procedure" | "routine" => false,
        "type" => code.phrase(next, &["add", "value", "if", "not", "exists"]).is_some(),
        "domain" => {
            starts(&["validate"])
                || [&["set", "default"][..], &["drop", "default"], &["set", "not", "null"], &["drop", "not", "null"]]
                    .iter()
                    .any(|words| code.phrase(next, words).is_some())
        }
        "event trigger" => starts(&["enable", "disable"]),
        "policy" => code.find(next, |at| code.is(at, "rename")).is_none(),
        "extension" => starts(&["update"]),
        "tablespace" => starts(&["set", "reset"]),
        "publication" => starts(&["set"]),
        "subscription" => starts(&["connection", "set", "refresh", "enable", "disable"]),
        _ => false,
    }
}
