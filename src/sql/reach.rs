//! Whether a statement acts on more than the database that it runs in.

use super::Kind::*;
use super::{Dialect, Statement, TokenKind, tokens};

/// What a statement acts on that other databases of the server, or other systems, share; nothing if it keeps to its own
/// database. What a routine or a `do` block does inside is not seen.
pub fn reaches_beyond_database(statement: &Statement, script: &str, dialect: Dialect) -> Option<&'static str> {
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
        | DropIdentityProvider => Some("roles, which belong to the whole server"),
        CreateDatabase | AlterDatabase | DropDatabase => Some("databases of the server"),
        CreateTablespace | AlterTablespace | DropTablespace => Some("tablespaces, which belong to the whole server"),
        AlterSystem => Some("settings of the whole server"),
        ReassignOwned | DropOwned => Some("what a role owns in all databases"),
        CreateSubscription | AlterSubscription | DropSubscription | CreateDatashare | AlterDatashare
        | DropDatashare | CreateIntegration | DropIntegration => Some("what is shared with other systems"),
        Unload => Some("files outside of the database"),
        Grant | Revoke | Comment | SecurityLabel => about_shared(script.get(statement.range.clone())?, dialect),
        Cancel => Some("sessions of other programs"),
        _ => None,
    }
}

/// What a right or a remark is on, if that is no part of one database.
fn about_shared(text: &str, dialect: Dialect) -> Option<&'static str> {
    let words: Vec<String> = tokens(text, dialect)
        .into_iter()
        .filter(|token| token.kind == TokenKind::Word)
        .map(|token| token.text(text).to_ascii_lowercase())
        .collect();
    let subject = words.windows(2).find(|pair| pair[0] == "on").map(|pair| pair[1].as_str())?;
    match subject {
        "database" => Some("databases of the server"),
        "role" => Some("roles, which belong to the whole server"),
        "tablespace" => Some("tablespaces, which belong to the whole server"),
        "parameter" => Some("settings of the whole server"),
        "datashare" => Some("what is shared with other systems"),
        _ => None,
    }
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
        let shared = "create role r; drop user if exists u; grant r to u; grant connect on database dev to u; \
            revoke usage on tablespace x from u; comment on role r is 'x'; alter database dev set search_path = a; \
            alter system set x = 1; unload ('select 1') to 's3://b/p' iam_role default";
        assert!(beyond(shared).iter().all(|found| *found), "{:?}", beyond(shared));
    }

    #[test]
    fn what_belongs_to_the_database_is_not() {
        let own = "create table role (database int); grant select on role to u; grant usage on schema database to u; \
            revoke all on all tables in schema s from u; comment on table role is 'on database'; \
            create schema s authorization u; alter default privileges grant select on tables to u; \
            alter table t owner to u; set session authorization u; do $$ begin end $$";
        assert!(!beyond(own).contains(&true), "{:?}", beyond(own));
    }
}
