//! Whether an object was made or dropped.

use super::super::code::Code;
use super::super::{Dialect, Kind, ObjectName};
use super::base::{Base, numbered};
use super::part::{Part, part};
use super::place::{Place, kind, place};
use super::repeatable::is_temporary;
use super::{Case, Query};

/// Where the name stands after CREATE or DROP, and whether the statement says that the object may be there or not.
pub(super) struct Head {
    /// Where the name begins.
    pub(super) name: usize,
    /// IF EXISTS or IF NOT EXISTS.
    pub(super) conditional: bool,
    pub(super) concurrently: bool,
}

impl Head {
    /// Nothing if the noun of the kind does not stand in the statement.
    pub(super) fn read(case: &Case<'_>) -> Option<Self> {
        let code = &case.code;
        let noun = match case.statement.kind {
            Kind::SelectInto => "into",
            // The kinds of these have nouns that are not their last word.
            Kind::CreateTableAs | Kind::CreateExternalTableAs => "table",
            Kind::DropServer if code.is(1, "foreign") => "wrapper",
            kind => kind.noun()?.rsplit(' ').next()?,
        };
        let mut at = code.find(1, |at| code.is(at, noun) || is_routine(case, at))? + 1;
        let concurrently = code.is(at, "concurrently");
        at += usize::from(concurrently);
        let conditional = code.phrase(at, &["if", "exists"]).or_else(|| code.phrase(at, &["if", "not", "exists"]));
        Some(Self { name: conditional.unwrap_or(at), conditional: conditional.is_some(), concurrently })
    }
}

fn is_routine(case: &Case<'_>, at: usize) -> bool {
    case.statement.kind == Kind::DropFunction && case.code.is(at, "routine")
}

/// The noun by which the catalogue knows what the statement makes.
fn noun(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::CreateTable | Kind::CreateTableAs | Kind::SelectInto => "table",
        // Files may be written, and the table not entered.
        Kind::CreateExternalTableAs => return None,
        kind => kind.noun()?,
    })
}

/// Whether what a CREATE makes is there.
pub(super) fn created(case: &Case<'_>) -> Option<Query> {
    let head = Head::read(case)?;
    if is_temporary(case, &head) {
        // It is not there in another session, whether it was made or not.
        return None;
    }
    let noun = noun(case.statement.kind)?;
    let code = &case.code;
    if matches!(case.statement.kind, Kind::CreateDatabase) && code.find(head.name, |at| code.is(at, "from")).is_some() {
        // From a datashare or an integration: pg_database is not known to list those.
        return None;
    }
    if let Some(part) = part(noun, case.engine) {
        return part_created(case, &head, part, noun);
    }
    let object = case.statement.object.as_ref().filter(|object| !is_of_the_session(object, noun))?;
    let base = Base::new(place(noun, case.engine)?, object, case.engine)?;
    let sql = base.created(kind(noun, case.engine))?;
    Some(base.ask(sql, &format!("does the {noun} `{object}` exist? it does if the statement was carried out")))
}

/// Whether what stands for the name is a word: the schema of whoever runs it, or statistics that the server names.
fn is_of_the_session(object: &ObjectName, noun: &str) -> bool {
    match noun {
        "schema" => matches!(object.base(), "current_user" | "session_user" | "current_role" | "user"),
        "statistics" => object.base() == "on",
        _ => false,
    }
}

/// A trigger, rule or policy: a name of its own, on a table.
fn part_created(case: &Case<'_>, head: &Head, part: Part, noun: &str) -> Option<Query> {
    let (name, table, _) = on_table(&case.code, head.name, noun)?;
    let base = Base::new(place("relation", case.engine)?, &table, case.engine)?;
    let sql = part.added(&base, name.base())?;
    let words = format!("has `{table}` the {noun} `{name}`? it has if the statement was carried out");
    Some(base.ask(sql, &words))
}

/// `name ... on table`, and where it ends; for a rule of CREATE, `name as on event to table`.
fn on_table(code: &Code<'_>, at: usize, noun: &str) -> Option<(ObjectName, ObjectName, usize)> {
    let (name, next) = code.name(at)?;
    let word = if noun == "rule" && code.is(0, "create") { "to" } else { "on" };
    let on = code.find(next, |at| code.is(at, word))?;
    let (table, end) = code.name(on + 1)?;
    (name.parts.len() == 1).then_some((name, table, end))
}

/// Whether what a DROP takes away is gone.
pub(super) fn dropped(case: &Case<'_>) -> Option<Query> {
    let head = Head::read(case)?;
    let code = &case.code;
    let noun = case.statement.kind.noun()?;
    if noun == "schema" && code.find(head.name, |at| code.is(at, "external")).is_some() {
        // It drops a database of the external catalogue too.
        return None;
    }
    if let Some(part) = part(noun, case.engine) {
        let (name, table, end) = on_table(code, head.name, noun)?;
        let base = Base::new(place("relation", case.engine)?, &table, case.engine)?;
        let sql = part.removed(&base, name.base())?;
        let words = format!("has `{table}` no {noun} `{name}`? it has none if the statement was carried out");
        return ends(code, end).then(|| Query { end_suffices: head.conditional, ..base.ask(sql, &words) });
    }
    let objects = names(code, head.name)?;
    // The kind is the same for both.
    let noun = if noun == "server" && code.is(1, "foreign") { "foreign data wrapper" } else { noun };
    all_gone(case, &objects, head.conditional, noun)
}

/// Names between commas, up to the end or what may follow them.
fn names(code: &Code<'_>, mut at: usize) -> Option<Vec<ObjectName>> {
    let mut names = Vec::new();
    loop {
        let (name, next) = code.name(at)?;
        names.push(name);
        if code.token(next) != "," {
            return ends(code, next).then_some(names);
        }
        at = next + 1;
    }
}

/// Whether nothing follows but how dependent objects and sessions fare.
fn ends(code: &Code<'_>, at: usize) -> bool {
    let past = if code.is_any(at, &["cascade", "restrict", "force"]) {
        at + 1
    } else {
        let options = at + usize::from(code.is(at, "with"));
        if code.token(options) == "(" { code.close(options) } else { at }
    };
    past == code.tokens.len()
}

/// Whether all of them are gone; a DROP of several takes all or none.
fn all_gone(case: &Case<'_>, objects: &[ObjectName], conditional: bool, noun: &str) -> Option<Query> {
    let place = place(noun, case.engine)?;
    let bases: Vec<Base> = objects.iter().map(|name| Base::new(place, name, case.engine)).collect::<Option<_>>()?;
    let conditions: Vec<String> = bases.iter().map(Base::condition).collect::<Option<_>>()?;
    let found = match conditions.as_slice() {
        [one] => one.clone(),
        several => format!("(({}))", several.join(") or (")),
    };
    let sql = gone(place, bases.len(), &found);
    let shown: Vec<String> = objects.iter().map(|name| format!("`{name}`")).collect();
    let words = format!("is the {noun} {} gone? it is if the statement was carried out", shown.join(", "));
    // On Redshift an external table is not in this catalogue, and a role may be hidden: that a name is not here says
    // something of these only.
    let complete = matches!(noun, "database" | "schema" | "user" | "group" | "materialized view");
    let end_suffices = conditional && (complete || case.engine == Dialect::Postgres);
    Some(Query { end_suffices, ..bases.first()?.ask(sql, &words) })
}

/// `not done` carries the number of the object, by which one that was made anew is told from it.
pub(super) fn gone(place: Place, count: usize, condition: &str) -> String {
    let number = numbered(place.number);
    format!(
        "select case count(*) when 0 then 'done' when {count} then 'not done'{number} else 'unknown' end \
         from {} where {condition}",
        place.from
    )
}
