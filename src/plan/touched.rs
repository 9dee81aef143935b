//! Which objects of a database a statement touches, as far as its text says.

use crate::sql::{Dialect, Kind, ObjectName, Statement, TokenKind, called_names, referenced_names, table_of, tokens};

/// What a statement touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// The objects that it makes, changes, drops or reads.
    pub names: Vec<ObjectName>,
    /// Names in front of parentheses: routines of the database, and the server's own functions and types.
    pub called: Vec<ObjectName>,
    /// Whether there may be others that its text does not name.
    pub others: bool,
}

/// What a statement of `script` touches.
pub fn touched(statement: &Statement, script: &str, dialect: Dialect) -> Touched {
    let text = script.get(statement.range.clone()).unwrap_or_default();
    let own = statement.object.clone().filter(|_| !is_of_server(statement.kind));
    let mut names: Vec<ObjectName> = own.into_iter().chain(table_of_index(statement, script, dialect)).collect();
    for name in referenced_names(text, dialect) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut called = called_names(text, dialect);
    called.retain(|name| !names.contains(name));
    let others = match statement.kind {
        kind if may_touch_more(kind) => true,
        kind if !kind.creates() && cascades(text, dialect) => true,
        // Functions of a query that reads nothing are there for what they do.
        Kind::Select | Kind::Values => names.is_empty() && !called.is_empty(),
        kind => names.is_empty() && !touches_nothing(kind),
    };
    Touched { names, called, others }
}

fn table_of_index(statement: &Statement, script: &str, dialect: Dialect) -> Option<ObjectName> {
    table_of(statement, script, dialect).filter(|_| statement.kind == Kind::CreateIndex)
}

/// Whether what such a statement names stands in no database, such as a role.
fn is_of_server(kind: Kind) -> bool {
    let roles = kind.noun().is_some_and(|noun| ["user", "group", "role"].contains(&noun));
    roles || matches!(kind, Kind::GrantRole | Kind::RevokeRole | Kind::SetRole | Kind::SetSessionAuthorization)
}

/// Whether what runs is written elsewhere or put together when it runs, or whether it is about all that something holds.
fn may_touch_more(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Do
            | Kind::Call
            | Kind::Execute
            | Kind::Other
            | Kind::DropOwned
            | Kind::ReassignOwned
            | Kind::ImportForeignSchema
            | Kind::CreateExtension
            | Kind::AlterExtension
            | Kind::DropExtension
            | Kind::DropDatabase
    )
}

/// Whether such a statement is about the session, the server or nothing, where it names nothing.
fn touches_nothing(kind: Kind) -> bool {
    let of_server = is_of_server(kind) || kind.is_question();
    of_server
        || matches!(
            kind,
            Kind::Set
                | Kind::Reset
                | Kind::Use
                | Kind::Savepoint
                | Kind::ReleaseSavepoint
                | Kind::RollbackToSavepoint
                | Kind::Checkpoint
                | Kind::Listen
                | Kind::Notify
                | Kind::Deallocate
                | Kind::Close
                | Kind::Move
                | Kind::Cancel
                | Kind::Analyze
                | Kind::Vacuum
        )
}

/// Whether the word CASCADE stands in the statement, other than for what a foreign key does.
fn cascades(text: &str, dialect: Dialect) -> bool {
    let words: Vec<&str> = tokens(text, dialect)
        .iter()
        .filter(|token| token.kind == TokenKind::Word)
        .map(|token| token.text(text))
        .collect();
    let key_action = |word: &str| word.eq_ignore_ascii_case("delete") || word.eq_ignore_ascii_case("update");
    words.iter().enumerate().any(|(at, word)| {
        let before = at.checked_sub(1).and_then(|before| words.get(before));
        word.eq_ignore_ascii_case("cascade") && !before.is_some_and(|before| key_action(before))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::parse_script;

    /// Its names, and `...` if there may be others.
    fn shown(sql: &str) -> String {
        let statements = parse_script(sql, Dialect::Postgres).unwrap_or_default();
        let Some(statement) = statements.first() else { return "no statement".into() };
        let found = touched(statement, sql, Dialect::Postgres);
        let mut names: Vec<String> = found.names.iter().map(ToString::to_string).collect();
        names.extend(found.others.then(|| "...".to_owned()));
        names.join(" ")
    }

    #[test]
    fn what_is_named_is_touched() {
        assert_eq!(shown("create table sales.orders (n int references sales.dim)"), "sales.orders sales.dim");
        assert_eq!(shown("create view v as select * from a join b.c using (n)"), "v a b.c");
        assert_eq!(shown("create index i on t (n)"), "i t");
        assert_eq!(shown("insert into t select f(n) from u"), "t u");
        assert_eq!(shown("drop table t"), "t");
        assert_eq!(shown("alter table t add foreign key (n) references u on delete cascade"), "t u");
        assert_eq!(shown("create role t"), "");
        assert_eq!(shown("grant select on t to u"), "t");
        assert_eq!(shown("select 1"), "");
        assert_eq!(shown("set search_path = s"), "");
    }

    #[test]
    fn what_may_touch_more_says_so() {
        assert_eq!(shown("do $$ begin execute 'drop table ' || x; delete from t; end $$"), "t ...");
        assert_eq!(shown("call s.p(1)"), "s.p ...");
        assert_eq!(shown("select fill_it()"), "...");
        assert_eq!(shown("drop schema s cascade"), "s ...");
        assert_eq!(shown("truncate t cascade"), "t ...");
        assert_eq!(shown("grant select on all tables in schema s to u"), "...");
        assert_eq!(shown("drop owned by u"), "...");
        assert_eq!(shown("frobnicate t"), "...");
    }
}
