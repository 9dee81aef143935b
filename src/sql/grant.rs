//! What a GRANT gives to whom, as far as its text says: enough to tell that two of them have nothing in common.

use std::ops::Range;

use super::code::Code;
use super::lexer::TokenKind;
use super::{Dialect, Kind, ObjectName, Statement};

/// The rights that one statement gives, now or on what is made later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// In lower case, without columns; roles, if it gives those. `all` stands for every one.
    rights: Vec<String>,
    on: On,
    /// Folded as the server folds them, without `user`, `group` or `role` before them.
    grantees: Vec<String>,
    /// Of ALTER DEFAULT PRIVILEGES: on what is made later.
    in_future: bool,
}

/// What a right is on.
#[derive(Clone, Debug, PartialEq, Eq)]
enum On {
    /// Nothing: membership in a role, or a right of the whole system.
    Nothing,
    /// These.
    Objects(String, Vec<ObjectName>),
    /// All of a class in these schemas; in every schema, if there are none.
    AllIn(String, Vec<String>),
    /// The text has an unknown shape.
    Unknown,
}

/// Whoever runs the statement, who may be anybody.
const WHOEVER: [&str; 4] = ["current_user", "current_role", "session_user", "user"];

impl Grant {
    /// What a statement of `script` gives; nothing for one that is no GRANT.
    pub fn of(statement: &Statement, script: &str, dialect: Dialect) -> Option<Self> {
        let code = Code::new(script.get(statement.range.clone())?, dialect);
        let start = match statement.kind {
            Kind::Grant | Kind::GrantRole => 0,
            Kind::AlterDefaultPrivileges => code.find(3, |at| code.is(at, "grant"))?,
            _ => return None,
        };
        let end = code.tokens.len();
        let to = code.find(start, |at| code.is(at, "to")).unwrap_or(end);
        let on = code.find(start, |at| code.is(at, "on")).filter(|on| *on < to);
        let rights = code.items(start + 1..on.unwrap_or(to)).into_iter().map(|item| right(&code, item));
        let in_future = start > 0;
        Some(Self {
            rights: rights.collect(),
            on: match on {
                None => On::Nothing,
                Some(on) if in_future => On::AllIn(class(code.token(on + 1)), schemas(&code, 3..start)),
                Some(on) => objects(&code, on + 1..to),
            },
            grantees: code.items(to + 1..end_of_grantees(&code, to)).into_iter().map(|it| grantee(&code, it)).collect(),
            in_future,
        })
    }

    /// Whether a REVOKE of all that `later` gives may take away something that this statement gave.
    pub fn may_have_given(&self, later: &Self) -> bool {
        let same_grantee = self.grantees.iter().any(|one| later.grantees.contains(one));
        let any_grantee =
            self.grantees.iter().chain(&later.grantees).any(|one| one.is_empty() || WHOEVER.contains(&one.as_str()));
        let all = |grant: &Self| grant.rights.iter().any(|right| right == "all");
        let same_right = all(self) || all(later) || self.rights.iter().any(|right| later.rights.contains(right));
        // A default of the future is a thing of its own, and what follows from it is a right like any other.
        let same_time = self.in_future || !later.in_future;
        (same_grantee || any_grantee) && same_right && same_time && self.on.may_meet(&later.on)
    }

    /// Whether everybody may have had the right before anybody granted it (PG ddl-priv): EXECUTE on routines, USAGE on
    /// types and languages, and CONNECT and TEMPORARY on databases.
    pub fn may_be_given_from_the_start(&self) -> bool {
        let class = match &self.on {
            On::Objects(class, _) | On::AllIn(class, _) => class.as_str(),
            On::Nothing => return false,
            On::Unknown => "routine",
        };
        self.grantees.iter().any(|one| one == "public") && ["routine", "type", "language", "database"].contains(&class)
    }

    /// Whether it is on what is made later.
    pub fn is_in_future(&self) -> bool {
        self.in_future
    }

    /// Whether the rights are on nothing but these objects, each with the kind of the statement that made it.
    pub fn is_only_on(&self, objects: &[(Kind, &ObjectName)]) -> bool {
        let On::Objects(class, names) = &self.on else { return false };
        names.iter().all(|name| objects.iter().any(|(kind, made)| name == *made && class_made(*kind) == *class))
    }
}

impl On {
    fn may_meet(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nothing, Self::Nothing) => true,
            (Self::Nothing, _) | (_, Self::Nothing) => false,
            (Self::Unknown, _) | (_, Self::Unknown) => true,
            (Self::Objects(class, names), Self::Objects(other, others)) => {
                class == other && names.iter().any(|name| others.iter().any(|other| may_be_same(name, other)))
            }
            (Self::Objects(class, names), Self::AllIn(other, schemas))
            | (Self::AllIn(other, schemas), Self::Objects(class, names)) => {
                class == other && names.iter().any(|name| may_lie_in(name, schemas))
            }
            (Self::AllIn(class, schemas), Self::AllIn(other, others)) => {
                let anywhere = schemas.is_empty() || others.is_empty();
                class == other && (anywhere || schemas.iter().any(|schema| others.contains(schema)))
            }
        }
    }
}

/// A name without a schema may be one of any.
fn may_be_same(one: &ObjectName, other: &ObjectName) -> bool {
    let schemas = (one.schema(), other.schema());
    one.base() == other.base() && !matches!(schemas, (Some(one), Some(other)) if one != other)
}

fn may_lie_in(name: &ObjectName, schemas: &[String]) -> bool {
    schemas.is_empty() || name.schema().is_none_or(|schema| schemas.iter().any(|known| known == schema))
}

/// `select` for `SELECT (a, b)`, and `all` for `ALL PRIVILEGES`.
fn right(code: &Code<'_>, item: Range<usize>) -> String {
    let words = item.take_while(|at| code.kind(*at) != Some(TokenKind::LeftParenthesis));
    let words: Vec<String> = words.map(|at| folded(code, at)).collect();
    match words.join(" ").as_str() {
        "all privileges" => "all".to_owned(),
        "temp" => "temporary".to_owned(),
        right => right.to_owned(),
    }
}

/// A token as the server understands it.
fn folded(code: &Code<'_>, at: usize) -> String {
    code.name(at).map_or_else(|| code.token(at).to_owned(), |(name, _)| name.base().to_owned())
}

/// One word for what has its rights in common, whether it stands in the singular or the plural.
fn class(word: &str) -> String {
    match word.to_ascii_lowercase().trim_end_matches('s') {
        "table" | "view" | "sequence" => "table",
        "function" | "procedure" | "routine" | "aggregate" => "routine",
        "type" | "domain" => "type",
        other => return other.to_owned(),
    }
    .to_owned()
}

/// The class of what statements of this kind make.
fn class_made(kind: Kind) -> String {
    // `create table as` and `select into` make tables too.
    class(kind.noun().and_then(|noun| noun.rsplit(' ').find(|word| *word != "as")).unwrap_or("table"))
}

/// Words of one class of things, before their names.
const CLASSES: [&str; 19] = [
    "table",
    "view",
    "sequence",
    "function",
    "procedure",
    "routine",
    "aggregate",
    "type",
    "domain",
    "schema",
    "database",
    "language",
    "tablespace",
    "parameter",
    "datashare",
    "model",
    "library",
    "role",
    "user",
];

fn objects(code: &Code<'_>, range: Range<usize>) -> On {
    let Range { start, end } = range;
    if let Some(listed) = code.phrase(start, &["all"]).filter(|at| code.phrase(at + 1, &["in", "schema"]).is_some()) {
        return On::AllIn(class(code.token(listed)), schemas(code, start..end));
    }
    // A table may have such a name, and then nothing is named after it.
    let named = code.is_any(start, &CLASSES) && start + 1 < end && code.name(start + 1).is_some();
    let (class, first) = if named { (class(code.token(start)), start + 1) } else { ("table".to_owned(), start) };
    let name = |item: Range<usize>| {
        let (name, next) = code.name(item.start)?;
        let arguments = class == "routine" && code.kind(next) == Some(TokenKind::LeftParenthesis);
        let next = if arguments { code.close(next) } else { next };
        (next == item.end).then_some(name)
    };
    code.items(first..end)
        .into_iter()
        .map(name)
        .collect::<Option<Vec<_>>>()
        .map_or(On::Unknown, |names| if names.is_empty() { On::Unknown } else { On::Objects(class, names) })
}

/// The names after IN SCHEMA.
fn schemas(code: &Code<'_>, range: Range<usize>) -> Vec<String> {
    let Some(first) = range.clone().find_map(|at| code.phrase(at, &["in", "schema"])) else { return Vec::new() };
    code.items(first..range.end).into_iter().map(|item| folded(code, item.start)).collect()
}

fn end_of_grantees(code: &Code<'_>, to: usize) -> usize {
    let option = code.find(to + 1, |at| code.is_any(at, &["with", "granted", "for"]));
    option.unwrap_or(code.tokens.len())
}

/// The name alone; empty if the text has an unknown shape.
fn grantee(code: &Code<'_>, item: Range<usize>) -> String {
    let marked = item.len() > 1 && code.is_any(item.start, &["user", "group", "role"]);
    let start = if marked { item.start + 1 } else { item.start };
    match code.name(start) {
        Some((name, next)) if next == item.end => name.base().to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::parse_script;

    fn grant(sql: &str) -> Grant {
        let statements = parse_script(sql, Dialect::Redshift).expect("a script");
        Grant::of(&statements[0], sql, Dialect::Redshift).expect("a grant")
    }

    fn meet(earlier: &str, later: &str) -> bool {
        grant(earlier).may_have_given(&grant(later))
    }

    #[test]
    fn grants_that_may_share_a_right_are_seen() {
        let pairs = [
            ("grant select on t to a", "grant select on table t to A"),
            ("grant select, insert on s.t to b, a", "grant insert on t to group a"),
            ("grant all privileges on t to a", "grant select (x) on public.t to \"a\" with grant option"),
            ("grant select on all tables in schema r, s to a", "grant select on s.t to a"),
            ("grant select on s.t to a", "grant select on all tables in schema s to a"),
            ("grant execute on function f(int, int) to a", "grant execute on all functions in schema s to a"),
            ("grant usage on schema s to role a", "grant all on schema r, s to a"),
            ("grant r to a", "grant q, r to a with admin option"),
            ("alter default privileges in schema s grant select on tables to a", "grant select on s.t to a"),
            (
                "alter default privileges grant select on tables to a",
                "alter default privileges for user u in schema s grant all on tables to a",
            ),
            ("grant select on t to current_user", "grant select on t to a"),
            ("grant select on table (x) to a", "grant select on t to a"),
        ];
        for (earlier, later) in pairs {
            assert!(meet(earlier, later), "{earlier} / {later}");
        }
    }

    #[test]
    fn grants_that_share_nothing_are_told_apart() {
        let pairs = [
            ("grant select on t to a", "grant insert on t to a"),
            ("grant select on t to a", "grant select on t to b"),
            ("grant select on t to a", "grant select on t to public"),
            ("grant select on t to a", "grant select on u to a"),
            ("grant select on r.t to a", "grant select on s.t to a"),
            ("grant usage on schema t to a", "grant usage on t to a"),
            ("grant execute on function f() to a", "grant execute on function g() to a"),
            ("grant select on all tables in schema r to a", "grant select on s.t to a"),
            ("grant select to a", "grant select on t to a"),
            ("grant select on s.t to a", "alter default privileges in schema s grant select on tables to a"),
            (
                "alter default privileges in schema r grant select on tables to a",
                "alter default privileges in schema s grant select on tables to a",
            ),
            ("alter default privileges grant execute on functions to a", "grant all on t to a"),
        ];
        for (earlier, later) in pairs {
            assert!(!meet(earlier, later), "{earlier} / {later}");
        }
    }

    #[test]
    fn what_everybody_has_is_known() {
        assert!(grant("grant execute on function f() to public").may_be_given_from_the_start());
        assert!(!grant("grant execute on function f() to a").may_be_given_from_the_start());
        assert!(!grant("grant select on t to public").may_be_given_from_the_start());
    }
}
