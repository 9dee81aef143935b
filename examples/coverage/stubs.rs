//! What a statement names and nobody made, as SQL that puts it there.

use std::collections::HashMap;

use tokio_postgres::error::{DbError, ErrorPosition};

/// What a column is taken for that only a statement tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typing {
    /// By its name.
    ByName,
    /// This type.
    All(&'static str),
}

/// Tried in this order until one lets the statement run.
pub(crate) const TYPINGS: &[Typing] = &[
    Typing::ByName,
    Typing::All("integer"),
    Typing::All("varchar"),
    Typing::All("timestamp"),
    Typing::All("numeric"),
    Typing::All("jsonb"),
    Typing::All("boolean"),
    Typing::All("timestamptz"),
    Typing::All("float8"),
    Typing::All("bytea"),
];

pub(crate) struct Knowledge<'a> {
    pub(crate) definitions: &'a HashMap<String, String>,
    pub(crate) functions: &'a [String],
    pub(crate) typing: Typing,
}

/// Statements of which the first that succeeds may cure the error.
pub(crate) fn cures(sql: &str, error: &DbError, knowledge: &Knowledge<'_>) -> Vec<String> {
    let message = error.message();
    let names = quoted(message);
    let first = names.first().map(String::as_str).unwrap_or_default();
    match error.code().code() {
        "3F000" => vec![format!("create schema {}", identifier(first))],
        "42P01" if message.starts_with("missing FROM-clause") => Vec::new(),
        "42P01" => table(first, sql, knowledge),
        "42703" => column(message, &names, sql, error, knowledge.typing),
        "42704" if message.starts_with("role") || message.starts_with("group") => {
            vec![format!("create role {}", identifier(first))]
        }
        "42704" if message.starts_with("type") => Vec::new(),
        "42704" if message.starts_with("constraint") => Vec::new(),
        "26000" => vec![
            format!("prepare {} as select 1", identifier(first)),
            format!("prepare {}(int) as select 1", identifier(first)),
        ],
        "34000" => vec![format!("declare {} cursor for select 1", identifier(first))],
        "42883" => routine(message, knowledge),
        "42P07" | "42710" | "42723" => drop_existing(message, first),
        _ => Vec::new(),
    }
}

fn drop_existing(message: &str, name: &str) -> Vec<String> {
    if message.starts_with("role") { Vec::new() } else { vec![format!("drop table {} cascade", identifier(name))] }
}

/// What stands between double quotes.
pub(crate) fn quoted(message: &str) -> Vec<String> {
    message.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn qualified(name: &str) -> String {
    name.split('.').map(identifier).collect::<Vec<_>>().join(".")
}

/// A table, as the set defines it or without columns.
fn table(name: &str, sql: &str, knowledge: &Knowledge<'_>) -> Vec<String> {
    let mut parts: Vec<&str> = name.split('.').collect();
    let base = parts.pop().unwrap_or_default();
    let lower = sql.to_lowercase();
    let made = qualified(name);
    let empty = match () {
        () if lower.contains("refresh materialized")
            || lower.contains("materialized view") && lower.starts_with("drop") =>
        {
            format!("create materialized view {made} as select 1 as stub")
        }
        () if lower.starts_with("drop view")
            || lower.starts_with("comment on view")
            || lower.starts_with("alter view") =>
        {
            format!("create view {made} as select 1 as stub")
        }
        () => format!("create table {made} ()"),
    };
    let mut cures = Vec::new();
    if let (Some(definition), true) = (knowledge.definitions.get(base), empty.starts_with("create table")) {
        let schema = parts.first().map(|schema| {
            format!("create schema if not exists {0}; set local search_path = {0}, public;", identifier(schema))
        });
        cures.push(format!("{} {definition}", schema.unwrap_or_default()));
    }
    if let Some(schema) = parts.first() {
        cures.push(format!("create schema if not exists {}; {empty}", identifier(schema)));
    }
    cures.push(empty);
    cures
}

/// The column goes to every table that the statement may mean: made ones have no other columns to clash with.
fn column(message: &str, names: &[String], sql: &str, error: &DbError, typing: Typing) -> Vec<String> {
    let unquoted = message.strip_prefix("column ").and_then(|rest| rest.strip_suffix(" does not exist"));
    let (mut name, mut of) = match (names, unquoted) {
        ([column, table, ..], _) => (column.clone(), Some(table.clone())),
        (_, Some(rest)) if !rest.starts_with('"') => match rest.rsplit_once('.') {
            Some((table, column)) => (column.trim_matches('"').to_owned(), Some(table.to_owned())),
            None => (rest.to_owned(), None),
        },
        ([column], _) => (column.clone(), None),
        _ => return Vec::new(),
    };
    if let Some(table) = names.get(1).filter(|_| message.contains("of relation")) {
        of = Some(table.clone());
    }
    let data_type = match typing {
        Typing::ByName => by_name(&name),
        Typing::All(data_type) => data_type,
    };
    let place = match error.position() {
        Some(ErrorPosition::Original(place)) => *place as usize,
        _ => 1,
    };
    name = name.replace('"', "\"\"");
    let tables = tables_named(sql, of.as_deref(), place);
    let add = |table: &String| format!("alter table {table} add column \"{name}\" {data_type}");
    tables.iter().map(add).collect()
}

/// The names in the statement that may be the table of a column, the likeliest first: as SQL writes them.
fn tables_named(sql: &str, wanted: Option<&str>, place: usize) -> Vec<String> {
    let words: Vec<(usize, &str)> = words(sql);
    let mut found: Vec<(usize, String)> = Vec::new();
    for (index, (offset, word)) in words.iter().enumerate() {
        let lead = ["from", "join", "into", "update", "table", "using", "on", "only", ","];
        if !lead.contains(&word.to_lowercase().as_str()) {
            continue;
        }
        let Some((_, name)) = words.get(index + 1) else { continue };
        let alias = match words.get(index + 2).map(|(_, word)| word.to_lowercase()).as_deref() {
            Some("as") => words.get(index + 3).map(|(_, word)| *word),
            _ => words.get(index + 2).map(|(_, word)| *word),
        };
        let matches = wanted.is_none_or(|wanted| {
            let base = |name: &str| name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_lowercase();
            base(name) == base(wanted) || alias.is_some_and(|alias| base(alias) == base(wanted))
        });
        if matches {
            found.push((offset.abs_diff(place), (*name).to_owned()));
        }
    }
    found.sort();
    let mut names: Vec<String> = found.into_iter().map(|(_, name)| name).collect();
    if let Some(wanted) = wanted {
        names.push(wanted.to_owned());
    }
    names
}

/// Words with their dots and quotes, and commas.
fn words(sql: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quoted = false;
    for (at, character) in sql.char_indices().chain([(sql.len(), ' ')]) {
        quoted ^= character == '"';
        let inside = quoted || character.is_alphanumeric() || matches!(character, '_' | '.' | '"' | '$' | '#');
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push((from, &sql[from..at]));
                start = None;
            }
            _ => {}
        }
        if character == ',' {
            words.push((at, ","));
        }
    }
    words
}

/// What people call things.
fn by_name(name: &str) -> &'static str {
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if has(&["date", "time", "_at", "_ts", "tstamp", "day"]) && !has(&["dateid"]) {
        "timestamp"
    } else if name.starts_with("is_") || name.starts_with("has_") {
        "boolean"
    } else if has(&[
        "id",
        "qty",
        "price",
        "count",
        "num",
        "amount",
        "paid",
        "commission",
        "sold",
        "key",
        "seats",
        "size",
        "total",
        "year",
        "age",
        "rank",
        "sum",
        "quantity",
    ]) {
        "integer"
    } else {
        "varchar"
    }
}

/// A routine with a name of the user's; never one that Redshift has and the library lacks.
fn routine(message: &str, knowledge: &Knowledge<'_>) -> Vec<String> {
    let Some((what, rest)) = message.split_once(' ') else { return Vec::new() };
    let Some(signature) = rest.strip_suffix(" does not exist").or_else(|| rest.split(" does not exist").next()) else {
        return Vec::new();
    };
    let Some((name, types)) = signature.split_once('(') else { return Vec::new() };
    let users = name.contains('.') || knowledge.functions.iter().any(|function| function == name);
    let types = types.trim_end_matches(')').replace("unknown", "varchar");
    let schema =
        name.split_once('.').map(|(schema, _)| format!("create schema if not exists {schema};")).unwrap_or_default();
    match what {
        "procedure" => vec![format!("{schema} create procedure {name}({types}) language plpgsql as 'begin end'")],
        "function" if users => ["integer", "varchar", "boolean"].iter().map(|returned| format!("{schema} create function {name}({types}) returns {returned} language plpgsql as 'begin return null; end'")).collect(),
        _ => Vec::new(),
    }
}
