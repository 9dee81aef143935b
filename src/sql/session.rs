//! What statements set for their session, and how that is undone.
//!
//! Rules: [SET](https://www.postgresql.org/docs/current/sql-set.html),
//! [SET ROLE](https://www.postgresql.org/docs/current/sql-set-role.html),
//! [USE](https://docs.aws.amazon.com/redshift/latest/dg/r_USE_command.html),
//! [SET of Redshift](https://docs.aws.amazon.com/redshift/latest/dg/r_SET.html).

use super::code::Code;
use super::lexer::TokenKind;
use super::translate::is_about_quoted_names;
use super::{Dialect, Kind, Statement, quote_identifier};

/// What a statement leaves changed in its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSetting {
    /// What is changed.
    pub what: Setting,
    /// Whether it ends with the transaction.
    pub local: bool,
}

/// Something that a session remembers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Setting {
    /// A parameter, by its name as SQL.
    Parameter(String),
    /// The role that acts.
    Role,
    /// The user that the session counts as.
    Authorization,
    /// The database that Redshift looks in for names.
    Database,
    /// All parameters go back to their defaults.
    Defaults,
    /// It cannot be told: code runs that may set anything.
    Unknown,
}

impl Setting {
    /// The statement that takes it back to what the session began with. None where there is nothing to name.
    pub fn reset(&self) -> Option<String> {
        match self {
            Self::Parameter(name) => Some(format!("reset {name}")),
            Self::Role => Some("reset role".into()),
            // Both systems have this form, and Redshift no RESET for it.
            Self::Authorization => Some("set session authorization default".into()),
            Self::Database => Some("reset use".into()),
            Self::Defaults | Self::Unknown => None,
        }
    }

    /// Its name for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Parameter(name) if is_search_path(name) => "the search path".into(),
            Self::Parameter(name) => format!("the parameter {name}"),
            Self::Role => "the role".into(),
            Self::Authorization => "the session's user".into(),
            Self::Database => "the database in use".into(),
            Self::Defaults | Self::Unknown => "parameters of the session".into(),
        }
    }

    /// Whether it decides which object a name means, or whose objects are made.
    pub fn decides_names(&self) -> bool {
        match self {
            Self::Parameter(name) => is_search_path(name) || is_about_quoted_names(&parameter(name)),
            Self::Role | Self::Authorization | Self::Database => true,
            Self::Defaults | Self::Unknown => false,
        }
    }
}

/// A parameter's name without quotes and capitals.
fn parameter(name: &str) -> String {
    name.trim_matches('"').to_ascii_lowercase()
}

fn is_search_path(name: &str) -> bool {
    parameter(name) == "search_path"
}

/// What a statement of `text` sets for its session.
pub fn session_settings(statement: &Statement, text: &str, dialect: Dialect) -> Vec<SessionSetting> {
    if !may_set(statement.kind) {
        return Vec::new();
    }
    let text = text.get(statement.range.clone()).unwrap_or_default();
    let code = Code::new(text, dialect);
    let local = code.is(1, "local");
    let of = |what| vec![SessionSetting { what, local }];
    match statement.kind {
        Kind::Set => parameters(&code).into_iter().map(|what| SessionSetting { what, local }).collect(),
        Kind::Reset => reset(&code).into_iter().flat_map(of).collect(),
        Kind::SetRole => of(Setting::Role),
        Kind::SetSessionAuthorization => of(Setting::Authorization),
        Kind::Use => of(Setting::Database),
        Kind::Call | Kind::Do | Kind::Execute => of(Setting::Unknown),
        _ => set_config(&code),
    }
}

fn may_set(kind: Kind) -> bool {
    use Kind::*;
    matches!(kind, Set | Reset | SetRole | SetSessionAuthorization | Use | Call | Do | Execute | Select | Values)
}

/// The parameters that a SET names.
fn parameters(code: &Code<'_>) -> Vec<Setting> {
    let at = if code.is_any(1, &["session", "local"]) { 2 } else { 1 };
    let parameter = |name: &str| Setting::Parameter(name.to_owned());
    if code.phrase(at, &["time", "zone"]).is_some() {
        vec![parameter("timezone")]
    } else if code.is(at, "names") {
        vec![parameter("client_encoding")]
    } else if code.is(at, "schema") {
        vec![parameter("search_path")]
    } else if code.phrase(at, &["xml", "option"]).is_some() {
        vec![parameter("xmloption")]
    } else if code.phrase(at, &["characteristics", "as", "transaction"]).is_some() {
        ["default_transaction_isolation", "default_transaction_read_only", "default_transaction_deferrable"]
            .map(parameter)
            .into()
    } else if code.is_any(at, &["transaction", "constraints", "seed"]) {
        // They end with the transaction, or have nothing to go back to.
        Vec::new()
    } else {
        named(code, at).into_iter().collect()
    }
}

fn reset(code: &Code<'_>) -> Option<Setting> {
    if code.is(1, "all") {
        Some(Setting::Defaults)
    } else if code.is(1, "role") {
        Some(Setting::Role)
    } else if code.phrase(1, &["session", "authorization"]).is_some() {
        Some(Setting::Authorization)
    } else if code.phrase(1, &["time", "zone"]).is_some() {
        Some(Setting::Parameter("timezone".into()))
    } else if code.is(1, "use") {
        Some(Setting::Database)
    } else {
        named(code, 1)
    }
}

/// The parameter whose name stands here, as the author wrote it.
fn named(code: &Code<'_>, at: usize) -> Option<Setting> {
    let end = code.past_name(at)?;
    Some(Setting::Parameter(code.source(at..end).to_owned()))
}

/// What calls of `set_config` in a query set.
fn set_config(code: &Code<'_>) -> Vec<SessionSetting> {
    let calls = (0..code.tokens.len())
        .filter(|at| code.is(*at, "set_config") && code.kind(at + 1) == Some(TokenKind::LeftParenthesis));
    calls
        .map(|at| {
            let arguments = code.items(at + 2..code.close(at + 1).saturating_sub(1));
            let what = match arguments.first().map(|first| (first.len(), code.literal(first.start))) {
                Some((1, Some(name))) => {
                    let parts: Vec<String> = name.split('.').map(quote_identifier).collect();
                    Setting::Parameter(parts.join("."))
                }
                _ => Setting::Unknown,
            };
            let local = arguments.get(2).is_some_and(|third| code.is_any(third.start, &["true", "t", "on", "yes"]));
            SessionSetting { what, local }
        })
        .collect()
}

/// How a BEGIN or a SET TRANSACTION asks its transaction to be isolated: the words of the level, in lower case.
///
/// Redshift takes the words and isolates as its database does
/// (<https://docs.aws.amazon.com/redshift/latest/dg/r_BEGIN.html>).
pub fn isolation_level(statement: &Statement, text: &str, dialect: Dialect) -> Option<&'static str> {
    if !matches!(statement.kind, Kind::Begin | Kind::Set) {
        return None;
    }
    let code = Code::new(text.get(statement.range.clone())?, dialect);
    if statement.kind == Kind::Set && !code.is(1, "transaction") && code.phrase(1, &["local", "transaction"]).is_none()
    {
        return None;
    }
    let at = code.find(0, |at| code.phrase(at, &["isolation", "level"]).is_some())? + 2;
    let levels: [(&[&str], &str); 5] = [
        (&["serializable"], "serializable"),
        (&["repeatable", "read"], "repeatable read"),
        (&["read", "committed"], "read committed"),
        (&["read", "uncommitted"], "read uncommitted"),
        (&["snapshot"], "snapshot"),
    ];
    levels.into_iter().find(|(words, _)| code.phrase(at, words).is_some()).map(|(_, level)| level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::parse_script;

    fn shown(sql: &str) -> String {
        let Ok(statements) = parse_script(sql, Dialect::Postgres) else { return "unreadable".into() };
        let all = statements.iter().flat_map(|statement| session_settings(statement, sql, Dialect::Postgres));
        let one = |setting: SessionSetting| {
            let reset = setting.what.reset().unwrap_or_else(|| format!("{:?}", setting.what));
            if setting.local { format!("local {reset}") } else { reset }
        };
        all.map(one).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_a_statement_sets_is_named() {
        assert_eq!(shown("set search_path to a, b"), "reset search_path");
        assert_eq!(shown("SET SESSION \"My\".x = 1"), "reset \"My\".x");
        assert_eq!(shown("set local statement_timeout = 1"), "local reset statement_timeout");
        assert_eq!(shown("set time zone 'UTC'; set names 'latin1'"), "reset timezone; reset client_encoding");
        assert_eq!(shown("set schema 'x'"), "reset search_path");
        assert_eq!(
            shown("set session characteristics as transaction read only"),
            "reset default_transaction_isolation; reset default_transaction_read_only; \
             reset default_transaction_deferrable"
        );
        assert_eq!(shown("set transaction isolation level serializable; set constraints all deferred"), "");
        assert_eq!(shown("set role r; set local role r"), "reset role; local reset role");
        assert_eq!(shown("set session authorization u"), "set session authorization default");
        assert_eq!(shown("reset search_path; reset all; reset role"), "reset search_path; Defaults; reset role");
        assert_eq!(shown("use other"), "reset use");
    }

    #[test]
    fn calls_of_set_config_are_found() {
        assert_eq!(
            shown("select set_config('search_path', 'a', false), pg_catalog.set_config('my.x', '(,', true)"),
            "reset \"search_path\"; local reset \"my\".\"x\""
        );
        assert_eq!(shown("select set_config(name, 'a', false) from t"), "Unknown");
        assert_eq!(shown("select 'set_config' from t; select set_config from t"), "");
        assert_eq!(shown("call p(); do $$ begin end $$; create table t (n int)"), "Unknown; Unknown");
    }

    #[test]
    fn names_depend_on_few_settings() {
        let decides = |name: &str| Setting::Parameter(name.into()).decides_names();
        assert!(
            decides("search_path") && decides("\"search_path\"") && decides("Search_Path") && !decides("datestyle")
        );
        assert!(decides("enable_case_sensitive_identifier") && decides("downcase_delimited_identifier"));
        assert!(Setting::Role.decides_names() && !Setting::Defaults.decides_names());
    }

    #[test]
    fn the_level_of_a_transaction_is_read() {
        let level = |sql: &str| {
            let statements = parse_script(sql, Dialect::Postgres).unwrap_or_default();
            statements.first().and_then(|statement| isolation_level(statement, sql, Dialect::Postgres))
        };
        assert_eq!(level("begin"), None);
        assert_eq!(level("BEGIN WORK ISOLATION LEVEL Repeatable Read, read write"), Some("repeatable read"));
        assert_eq!(level("start transaction read write isolation level serializable"), Some("serializable"));
        assert_eq!(level("set transaction isolation level read committed"), Some("read committed"));
        assert_eq!(level("set session characteristics as transaction isolation level serializable"), None);
        assert_eq!(level("select 'isolation level serializable'"), None);
    }
}
