//! What a statement names and nobody made, as SQL that puts it there.

use std::borrow::Cow;
use std::collections::HashMap;

use tokio_postgres::error::{DbError, ErrorPosition};

/// What a column may be that only a statement tells of, in the order in which they are tried.
const TYPES: &[&str] =
    &["varchar", "integer", "timestamp", "numeric", "jsonb", "boolean", "timestamptz", "date", "bytea", "time"];

/// What messages call these types.
const SAID: &[&str] = &[
    "character varying",
    "integer",
    "timestamp without",
    "numeric",
    "json",
    "boolean",
    "timestamp with time",
    "date",
    "bytea",
    "time without",
];

/// A statement that may cure an error.
pub(crate) struct Cure {
    pub(crate) sql: String,
    /// The column that it makes or changes, with its table and the number of its type.
    column: Option<(String, String, usize)>,
}

impl From<String> for Cure {
    fn from(sql: String) -> Self {
        Self { sql, column: None }
    }
}

/// What was put there for one statement.
pub(crate) struct Stubs<'a> {
    sql: Cow<'a, str>,
    definitions: &'a HashMap<String, String>,
    functions: &'a [String],
    /// Columns by name: their table, the type that was guessed, and how many others were tried.
    columns: Vec<Column>,
    positional: usize,
    /// A table for the columns of a query that has no FROM, as examples of expressions have none.
    from: bool,
}

/// The name of that table.
const WITHOUT_FROM: &str = "without_from";

struct Column {
    name: String,
    table: String,
    first: usize,
    tried: usize,
}

impl<'a> Stubs<'a> {
    pub(crate) fn new(sql: &'a str, definitions: &'a HashMap<String, String>, functions: &'a [String]) -> Self {
        Self { sql: Cow::Borrowed(sql), definitions, functions, columns: Vec::new(), positional: 0, from: false }
    }

    /// Takes another translation of the statement.
    pub(crate) fn retranslated(&mut self, sql: String) {
        self.sql = Cow::Owned(sql);
    }

    /// The statement, with a FROM if it needs one.
    pub(crate) fn statement(&self) -> Cow<'_, str> {
        if self.from { Cow::Owned(format!("{} from {WITHOUT_FROM}", self.sql)) } else { Cow::Borrowed(&self.sql) }
    }

    /// Takes note of a cure that the server took.
    pub(crate) fn done(&mut self, cure: Cure) {
        self.from |= cure.sql.starts_with(&format!("create table {WITHOUT_FROM}"));
        let Some((name, table, data_type)) = cure.column else { return };
        match self.columns.iter_mut().find(|column| column.name == name && column.table == table) {
            Some(column) => column.tried += 1,
            None => self.columns.push(Column { name, table, first: data_type, tried: 0 }),
        }
    }

    /// Statements of which the first that succeeds may cure the error.
    pub(crate) fn cures(&mut self, error: &DbError) -> Vec<Cure> {
        let message = error.message();
        let names = quoted(message);
        let first = names.first().map(String::as_str).unwrap_or_default();
        let text = |sql: Vec<String>| sql.into_iter().map(Cure::from).collect();
        if matches!(error.code().code(), "3F000" | "42P16" | "42809" | "42704")
            && let Some(cure) = external(&self.sql)
        {
            return text(vec![cure]);
        }
        match error.code().code() {
            "42P01" if self.sql.starts_with("call pg_catalog.redshift_alter_external_table") => {
                text(external(&self.sql).into_iter().collect())
            }
            "3F000" => text(vec![format!("create schema {}", identifier(first))]),
            "42P01" if message.starts_with("missing FROM-clause") => Vec::new(),
            "42P01" => text(table(first, &self.sql, self.definitions)),
            "42703" => self.column(message, &names, error),
            "42701" => {
                let relation = names.get(1).cloned().unwrap_or_default();
                let tables = tables_named(&self.sql, Some(&relation), 1);
                text(
                    tables
                        .iter()
                        .map(|table| format!("alter table {table} drop column {} cascade", identifier(first)))
                        .collect(),
                )
            }
            "42704" | "22023" if message.starts_with("role") || message.starts_with("group") => {
                text(vec![format!("create role {}", identifier(first))])
            }
            "26000" => text(vec![
                format!("prepare {} as select 1", identifier(first)),
                format!("prepare {}(int) as select 1", identifier(first)),
            ]),
            "42704" if message.starts_with("RLS policy") => {
                text(vec![format!("call pg_catalog.redshift_create_rls_policy('{first}', '', 'true', false)")])
            }
            "42704" if message.starts_with("masking policy") => text(vec![format!(
                "insert into pg_double.masking_policy values ('{first}', 'select 1', '', '', '', now())"
            )]),
            "42704" if message.starts_with("policy") => text(detachable(first, names.get(1))),
            "34000" => text(vec![format!("declare {} cursor for select 1", identifier(first))]),
            "42P07" | "42710" | "42723" => text(drop_existing(message, first)),
            "42601" if message.starts_with("INSERT has more expressions") => self.one_more(1),
            // `*` of a table without columns is too short.
            "42601" if message.contains("same number of columns") || message.starts_with("too many column names") => {
                self.one_more(position(error))
            }
            "42883" => {
                let mut cures: Vec<Cure> = text(routine(message, &self.sql, self.functions));
                cures.extend(self.retyped(error));
                cures
            }
            "42804" | "42846" | "22P02" | "22007" | "42725" | "0A000" | "42P18" | "22003" | "42809" => {
                self.retyped(error)
            }
            _ => Vec::new(),
        }
    }

    /// A table that a statement takes as it comes gets as many columns as it needs.
    fn one_more(&mut self, place: usize) -> Vec<Cure> {
        self.positional += 1;
        let name = format!("stub_{}", self.positional);
        let add = |table: &String| Cure {
            sql: format!("alter table {table} add column {name} varchar"),
            column: Some((name.clone(), table.clone(), 0)),
        };
        tables_named(&self.sql, None, place).iter().map(add).collect()
    }

    /// The column that stands next to the place of the error gets the next type.
    fn retyped(&self, error: &DbError) -> Vec<Cure> {
        let place = position(error);
        let lower = self.sql.to_lowercase();
        let distance = |column: &Column| {
            let name = column.name.to_lowercase();
            let places = lower.match_indices(&name).map(|(at, _)| at.abs_diff(place));
            (column.tried, places.min().unwrap_or(usize::MAX))
        };
        let near = |column: &&Column| distance(column).1 < 120 || place <= 1;
        let mut columns: Vec<&Column> =
            self.columns.iter().filter(near).filter(|column| column.tried + 1 < TYPES.len()).collect();
        let told = |column: &&Column| error.message().contains(SAID[(column.first + column.tried) % TYPES.len()]);
        columns.sort_by_key(|column| (!told(column), distance(column)));
        let change = |column: &&Column| {
            let data_type = (column.first + column.tried + 1) % TYPES.len();
            let name = identifier(&column.name);
            Cure {
                sql: format!(
                    "alter table {} alter column {name} drop default, alter column {name} type {} using null",
                    column.table, TYPES[data_type]
                ),
                column: Some((column.name.clone(), column.table.clone(), data_type)),
            }
        };
        columns.iter().map(change).collect()
    }

    /// The column goes to the table that the statement may mean.
    fn column(&self, message: &str, names: &[String], error: &DbError) -> Vec<Cure> {
        let all = words(&self.sql);
        let is = |at: usize, word: &str| all.get(at).is_some_and(|(_, found)| found.eq_ignore_ascii_case(word));
        // `a is not distinct from b` is no FROM.
        let queries = (0..all.len()).any(|at| is(at, "from") && !(at > 0 && is(at - 1, "distinct")));
        if !self.from
            && !queries
            && self.sql.trim_start().get(..6).is_some_and(|verb| verb.eq_ignore_ascii_case("select"))
        {
            return vec![Cure::from(format!("create table {WITHOUT_FROM} ()"))];
        }
        let unquoted = message.strip_prefix("column ").and_then(|rest| rest.strip_suffix(" does not exist"));
        let (name, mut of) = match (names, unquoted) {
            (_, Some(rest)) if !rest.starts_with('"') => match rest.rsplit_once('.') {
                Some((table, column)) => (column.trim_matches('"').to_owned(), Some(table.to_owned())),
                None => (rest.to_owned(), None),
            },
            ([column, ..], _) => (column.clone(), None),
            _ => return Vec::new(),
        };
        if let Some(table) = names.get(1).filter(|_| message.contains("of relation")) {
            of = Some(table.clone());
        }
        let data_type = by_name(&name);
        let tables = if self.from {
            vec![WITHOUT_FROM.to_owned()]
        } else {
            tables_named(&self.sql, of.as_deref(), position(error))
        };
        let add = |table: &String| Cure {
            sql: format!("alter table {table} add column {} {}", identifier(&name), TYPES[data_type]),
            column: Some((name.clone(), table.clone(), data_type)),
        };
        tables.iter().map(add).collect()
    }
}

/// Policies that a DETACH takes away: PostgreSQL's `name for role`, and the other half of it.
fn detachable(policy: &str, table: Option<&String>) -> Vec<String> {
    let (Some((name, role)), Some(table)) = (policy.split_once(" for "), table) else { return Vec::new() };
    vec![format!(
        "create policy \"{policy}\" on {0} using (true); create policy \"{name} also for {role}\" on {0} using (true)",
        qualified(table)
    )]
}

fn position(error: &DbError) -> usize {
    match error.position() {
        Some(ErrorPosition::Original(place)) => *place as usize,
        _ => 1,
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
fn table(name: &str, sql: &str, definitions: &HashMap<String, String>) -> Vec<String> {
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
        () if lower.contains("redshift_append") => format!("create table {made} (stub integer)"),
        () => format!("create table {made} ()"),
    };
    let mut cures = Vec::new();
    if let (Some(definition), true) = (definitions.get(base), empty.starts_with("create table")) {
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

/// What people call things: the number of a type.
fn by_name(name: &str) -> usize {
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if has(&["date", "time", "_at", "_ts", "tstamp", "day"]) && !has(&["dateid"]) {
        2
    } else if name.starts_with("is_") || name.starts_with("has_") {
        5
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
        1
    } else {
        0
    }
}

/// A routine with a name of the user's; never one that Redshift has and the library lacks.
fn routine(message: &str, sql: &str, functions: &[String]) -> Vec<String> {
    let Some((what, rest)) = message.split_once(' ') else { return Vec::new() };
    let Some(signature) = rest.strip_suffix(" does not exist").or_else(|| rest.split(" does not exist").next()) else {
        return Vec::new();
    };
    let Some((name, types)) = signature.split_once('(') else { return Vec::new() };
    let start = sql.trim_start().to_lowercase();
    let names_one = ["drop", "alter", "grant", "revoke", "comment"].iter().any(|verb| start.starts_with(verb));
    let users = name.contains('.') && !name.starts_with("pg_catalog.")
        || names_one
        || functions.iter().any(|function| function == name);
    let types = types.trim_end_matches(')').replace("unknown", "varchar");
    let schema =
        name.split_once('.').map(|(schema, _)| format!("create schema if not exists {schema};")).unwrap_or_default();
    match what {
        "procedure" => vec![format!("{schema} create procedure {name}({types}) language plpgsql as 'begin end'")],
        "function" if users => ["integer", "varchar", "boolean"].iter().map(|returned| format!("{schema} create function {name}({types}) returns {returned} language plpgsql as 'begin return null; end'")).collect(),
        _ => Vec::new(),
    }
}

/// The external schema for a table that is made in it, or the external table that is altered.
fn external(sql: &str) -> Option<String> {
    let (creates, call) = match sql.strip_prefix("call pg_catalog.redshift_create_external_table") {
        Some(call) => (true, call),
        None => (false, sql.strip_prefix("call pg_catalog.redshift_alter_external_table")?),
    };
    let name = call.split('\'').nth(1)?;
    let schema = name.split_once('.')?.0;
    let schema = format!(
        "create schema if not exists {schema}; insert into pg_double.external_schema values ('{schema}'::regnamespace, \
         1, '', '{{}}') on conflict do nothing"
    );
    if creates {
        return Some(schema);
    }
    let change = call.get(call.find('{')?..=call.rfind('}')?)?;
    let change: serde_json::Value = serde_json::from_str(change).ok()?;
    let there = [change.get("partition"), change.pointer("/drop/0")].into_iter().flatten().next();
    let values = there.or(change.pointer("/add/0/values")).and_then(|values| values.as_object());
    let keys: Vec<String> = values.into_iter().flatten().map(|(key, _)| format!("'{key}'")).collect();
    let keys = format!("array[{}]::text[]", keys.join(", "));
    let add = there.map_or(String::new(), |values| {
        let add = serde_json::json!({"add": [{"values": values, "location": "s3://b/p/"}], "if_not_exists": false});
        format!("; call pg_catalog.redshift_alter_external_table('{name}', '{add}')")
    });
    Some(format!(
        "{schema}; call pg_catalog.redshift_create_external_table('{name}', false, 'a'::text || {keys}, \
         array_fill('text'::text, array[1 + cardinality({keys})]), {keys}, \
         '{{\"parameters\": {{}}, \"types\": {{}}}}'){add}"
    ))
}
