//! Whether a statement acts on more than the database that it runs in.

use super::Kind::*;
use super::code::Code;
use super::{Dialect, Statement};

/// What a statement acts on beyond its own database, in words for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Something of the whole server.
    Server(&'static str),
    /// Other databases, systems or programs.
    Outside(&'static str),
}

impl Reach {
    /// The words.
    pub fn what(self) -> &'static str {
        match self {
            Self::Server(what) | Self::Outside(what) => what,
        }
    }
}

const ROLES: Reach = Reach::Server("roles, which belong to the whole server");
const TABLESPACES: Reach = Reach::Server("tablespaces, which belong to the whole server");
const SETTINGS: Reach = Reach::Server("settings of the whole server");
const DATABASES: Reach = Reach::Outside("databases of the server by their names");
const SHARED: Reach = Reach::Outside("what is shared with other systems");

/// What a statement acts on that other databases of the server, or other systems, share; nothing if it keeps to its own
/// database. What a routine does inside is not seen, and of a `do` block only what it makes, alters or drops by name.
pub fn reaches_beyond_database(statement: &Statement, script: &str, dialect: Dialect) -> Option<Reach> {
    match statement.kind {
        CreateUser
        | CreateGroup
        | CreateRole
        | AlterUser
        | AlterGroup
        | AlterRole
        | DropUser
        | DropGroup
        | DropRole
        | GrantRole
        | RevokeRole
        | CreateIdentityProvider
        | AlterIdentityProvider
        | DropIdentityProvider => Some(ROLES),
        CreateDatabase | AlterDatabase | DropDatabase => Some(DATABASES),
        CreateTablespace | AlterTablespace | DropTablespace => Some(TABLESPACES),
        AlterSystem => Some(SETTINGS),
        ReassignOwned | DropOwned => Some(Reach::Server("what a role owns in all databases")),
        CreateSubscription | AlterSubscription | DropSubscription | CreateDatashare | AlterDatashare
        | DropDatashare | CreateIntegration | DropIntegration => Some(SHARED),
        Unload => Some(Reach::Outside("files outside of the database")),
        Grant | Revoke | Comment | SecurityLabel => about_shared(script.get(statement.range.clone())?, dialect),
        Do => in_body(script.get(statement.range.clone())?),
        Cancel => Some(Reach::Outside("sessions of other programs")),
        _ => None,
    }
}

/// What the code of a `do` block names that is shared.
fn in_body(text: &str) -> Option<Reach> {
    let words: Vec<String> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let shared = |pair: &[String]| {
        ["create", "alter", "drop"].contains(&pair[0].as_str())
            && ["role", "user", "group", "tablespace"].contains(&pair[1].as_str())
    };
    words.windows(2).any(shared).then_some(ROLES)
}

/// What a right or a remark is on, if that is no part of one database.
fn about_shared(text: &str, dialect: Dialect) -> Option<Reach> {
    let code = Code::new(text, dialect);
    let on = code.find(0, |at| code.is(at, "on"))?;
    // A table may have such a name, and then nothing is named after it.
    let names_one = !code.is_any(on + 2, &["to", "from", "is"]);
    let is = |word: &str| names_one && code.is(on + 1, word);
    [
        ("database", DATABASES),
        ("role", ROLES),
        ("tablespace", TABLESPACES),
        ("parameter", SETTINGS),
        ("datashare", SHARED),
    ]
    .into_iter()
    .find_map(|(word, shared)| is(word).then_some(shared))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::parse_script;

    fn beyond(script: &str) -> Vec<bool> {
        let dialect = Dialect::Redshift;
        let statements = parse_script(script, dialect).unwrap();
        statements.iter().map(|statement| reaches_beyond_database(statement, script, dialect).is_some()).collect()
    }

    #[test]
    fn what_other_databases_share_is_seen() {
        let shared = "create role r; drop user if exists u; grant r to u; grant connect on database dev to u; grant create on database \"d v\" to u; \
            revoke usage on tablespace x from u; comment on role r is 'x'; alter database dev set search_path = a; \
            alter system set x = 1; do $$ begin if true then DROP ROLE r; end if; end $$; unload ('select 1') to 's3://b/p' iam_role default";
        assert!(beyond(shared).iter().all(|found| *found), "{:?}", beyond(shared));
    }

    #[test]
    fn what_belongs_to_the_database_is_not() {
        let own = "create table role (database int); grant select on role to u; grant usage on schema database to u; \
            revoke all on all tables in schema s from u; comment on table role is 'on database'; \
            create schema s authorization u; alter default privileges grant select on tables to u; \
            alter table t owner to u; set session authorization u; do $$ begin create table role (n int); end $$";
        assert!(!beyond(own).contains(&true), "{:?}", beyond(own));
    }
}
