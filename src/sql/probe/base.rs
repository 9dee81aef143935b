//! SQL that finds one object of the catalogue by its name, and asks whether it is there, renamed, moved or given away.

use super::super::quote::quote_literal;
use super::super::{Dialect, ObjectName};
use super::Query;
use super::place::Place;

/// All schemas but those in which nobody makes objects of his own.
pub(super) const NOT_OF_THE_SERVER: &str = "not in ('pg_catalog', 'information_schema', 'pg_toast')";

/// One object and the conditions that find it.
#[derive(Clone)]
pub(super) struct Base {
    pub(super) place: Place,
    pub(super) name: ObjectName,
    engine: Dialect,
    /// Conditions on anything but name and schema.
    filters: Vec<String>,
}

impl Base {
    /// Nothing for a name that the catalogue cannot be asked for: of another database, of the session, or too long.
    pub(super) fn new(place: Place, name: &ObjectName, engine: Dialect) -> Option<Self> {
        let most = if place.schema.is_some() { 2 } else { 1 };
        if name.parts.len() > most || names_the_session(name) {
            return None;
        }
        let filters = Some(place.filter).filter(|filter| !filter.is_empty()).map(str::to_owned).into_iter().collect();
        let base = Self { place, name: name.clone(), engine, filters };
        base.condition().map(|_| base)
    }

    pub(super) fn filter(&mut self, condition: String) {
        self.filters.push(condition);
    }

    /// The schema's condition: one of the named, or any that is not the server's own.
    fn scope(&self, schemas: &[&str]) -> Option<Vec<String>> {
        let mut conditions = self.filters.clone();
        match self.place.schema {
            Some(column) if schemas.is_empty() => conditions.push(format!("{column} {NOT_OF_THE_SERVER}")),
            Some(column) => conditions.push(matches_any(column, schemas, self.engine)?),
            None => {}
        }
        Some(conditions)
    }

    /// What finds the object under its name.
    pub(super) fn condition(&self) -> Option<String> {
        let schemas: Vec<&str> = self.name.schema().into_iter().collect();
        let mut conditions = self.scope(&schemas)?;
        conditions.push(matches(self.place.name, self.name.base(), self.engine)?);
        Some(conditions.join(" and "))
    }

    /// `select <answer> from <place> [join] where <found>`.
    pub(super) fn select(&self, answer: &str, join: &str) -> Option<String> {
        Some(format!("select {answer} from {}{join} where {}", self.place.from, self.condition()?))
    }

    /// Whether the object is there under another name and no longer under its own.
    pub(super) fn renamed(&self, to: &ObjectName) -> Option<String> {
        if to.parts.len() != 1 {
            return None;
        }
        let schemas: Vec<&str> = self.name.schema().into_iter().collect();
        let mut conditions = self.scope(&schemas)?;
        let old = matches(self.place.name, self.name.base(), self.engine)?;
        let new = matches(self.place.name, to.base(), self.engine)?;
        conditions.push(format!("({old} or {new})"));
        let answer = moved(&old, &new, &numbered(self.place.number));
        Some(format!("select {answer} from {} where {}", self.place.from, conditions.join(" and ")))
    }

    /// Whether the object is in another schema and no longer in its own.
    pub(super) fn moved_to(&self, schema: &str) -> Option<String> {
        let new = matches(self.place.schema?, schema, self.engine)?;
        let schemas: Vec<&str> = self.name.schema().map(|old| vec![old, schema]).unwrap_or_default();
        let mut conditions = self.scope(&schemas)?;
        conditions.push(matches(self.place.name, self.name.base(), self.engine)?);
        let answer = self.holds(&new);
        Some(format!("select {answer} from {} where {}", self.place.from, conditions.join(" and ")))
    }

    /// Whether an object that a CREATE makes is there and is what `kind` says. While it is not, the answer names the
    /// schema where the statement makes it: its own, or for a name without one the first of the search path (PG
    /// ddl-schemas). An object of another kind under its name is no answer.
    pub(super) fn created(&self, kind: Option<&str>) -> Option<String> {
        let fits = kind.map(|kind| format!(" and sum(case when {kind} then 1 else 0 end) = 1")).unwrap_or_default();
        let (schema, of) = match (self.place.schema, self.name.schema()) {
            (None, _) => (String::new(), String::new()),
            // A view of Redshift, which holds nothing without a schema.
            (Some(_), name) if self.place.number.is_none() => name.map(|_| (String::new(), String::new()))?,
            (Some(_), Some(name)) => (number_of_schema(&matches("k.nspname", name, self.engine)?), numbered(["n.oid"])),
            // What is made in a schema of the session is gone with it, made or not.
            (Some(_), None) => (
                number_of_schema("k.nspname = current_schema() and position('pg_temp_' in k.nspname) <> 1"),
                numbered(["n.oid"]),
            ),
        };
        let answer = format!(
            "case when count(*) = 0 then 'not done'{schema} when count(*) = 1{fits} then 'done'{of} \
             else 'unknown' end"
        );
        self.select(&answer, "")
    }

    /// The answer over the rows of the object: `done` if the condition holds.
    pub(super) fn holds(&self, condition: &str) -> String {
        let number = numbered(self.place.number);
        format!(
            "case when count(*) <> 1 then 'unknown' \
             when sum(case when {condition} then 1 else 0 end) = 1 then 'done'{number} else 'not done'{number} end"
        )
    }

    /// Whether the object belongs to that role.
    pub(super) fn owned_by(&self, role: &str) -> Option<String> {
        let owner = format!("pg_get_userbyid({})", self.place.owner?);
        self.select(&self.holds(&matches(&owner, role, self.engine)?), "")
    }

    /// A question about the object with that answer.
    pub(super) fn ask(&self, sql: String, words: &str) -> Query {
        Query { sql, question: words.to_owned(), clear: Vec::new(), end_suffices: false }
    }
}

/// Whether the name itself says that the object goes with its session.
pub(super) fn names_the_session(name: &ObjectName) -> bool {
    name.schema().is_some_and(|schema| schema.starts_with("pg_temp")) || name.base().starts_with('#')
}

/// What follows the word of an answer over one row: each number after a blank.
pub(super) fn numbered<'a>(numbers: impl IntoIterator<Item = &'a str>) -> String {
    numbers.into_iter().map(|number| format!(" || ' ' || cast(sum(cast({number} as bigint)) as varchar(40))")).collect()
}

/// The answer over the rows of the old and the new name. No row at all gives NULL sums, which are `unknown`.
pub(super) fn moved(old: &str, new: &str, numbers: &str) -> String {
    let olds = format!("sum(case when {old} then 1 else 0 end)");
    let news = format!("sum(case when {new} then 1 else 0 end)");
    format!(
        "case when {olds} = 1 and {news} = 0 then 'not done'{numbers} \
         when {olds} = 0 and {news} = 1 then 'done'{numbers} else 'unknown' end"
    )
}

/// NULL, which makes the whole answer unknown, if there is no such schema.
fn number_of_schema(condition: &str) -> String {
    format!(" || ' ' || (select cast(sum(cast(k.oid as bigint)) as varchar(40)) from pg_namespace k where {condition})")
}

/// Whether a column of the catalogue holds this name.
pub(super) fn matches(column: &str, name: &str, engine: Dialect) -> Option<String> {
    matches_any(column, &[name], engine)
}

/// Redshift folds quoted names too, unless it was told to keep their case (RS enable_case_sensitive_identifier), so both
/// spellings are looked for; where both exist there are two rows, and the answer is `unknown`. A name that the server
/// would cut off (PG sql-syntax-lexical: 63 bytes, RS r_names: 127) is in no catalogue.
pub(super) fn matches_any(column: &str, names: &[&str], engine: Dialect) -> Option<String> {
    let longest = match engine {
        Dialect::Redshift => 127,
        Dialect::Postgres => 63,
    };
    let mut spellings: Vec<String> = Vec::new();
    for name in names {
        if name.is_empty() || name.len() > longest || name.contains('\0') {
            return None;
        }
        let folded = match engine {
            Dialect::Redshift => vec![(*name).to_owned(), name.to_ascii_lowercase(), name.to_lowercase()],
            Dialect::Postgres => vec![(*name).to_owned()],
        };
        for spelling in folded {
            let literal = quote_literal(&spelling, engine);
            if !spellings.contains(&literal) {
                spellings.push(literal);
            }
        }
    }
    Some(match spellings.as_slice() {
        [one] => format!("{column} = {one}"),
        several => format!("{column} in ({})", several.join(", ")),
    })
}
