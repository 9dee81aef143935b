//! What PostgreSQL accepts and Redshift refuses: the double refuses it too, and lint tells of it.
//!
//! Sources: [unsupported features](https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-features.html),
//! [types](https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-datatypes.html),
//! [functions](https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-functions.html),
//! [names](https://docs.aws.amazon.com/redshift/latest/dg/r_names.html),
//! [ALTER TABLE](https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html). Messages are Redshift's own where
//! people have quoted them; what is not listed here is passed on.

use super::code::Code;
use super::lexer::TokenKind;
use super::quote::unquote_identifier;
use super::{Dialect, Kind, ReadStatement, Statement};

mod column;
mod function;

/// What Redshift answers to a statement that it does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// In Redshift's words where they are known.
    pub message: String,
    /// What it adds, if anything.
    pub detail: Option<String>,
    /// The cure.
    pub hint: String,
    /// SQLSTATE.
    pub code: &'static str,
    /// Byte offset in the statement.
    pub offset: usize,
}

/// SQLSTATE of a feature that is not there.
const NOT_SUPPORTED: &str = "0A000";
/// SQLSTATE of a syntax error.
const SYNTAX: &str = "42601";

impl Refusal {
    fn unsupported(message: impl Into<String>, hint: &str, offset: usize) -> Self {
        Self { message: message.into(), detail: None, hint: hint.into(), code: NOT_SUPPORTED, offset }
    }

    /// The words of the parser, which does not know the word at this place.
    fn syntax(code: &Code<'_>, at: usize, hint: &str) -> Self {
        let message = format!("syntax error at or near \"{}\"", code.token(at));
        let offset = code.tokens.get(at).map_or(0, |token| token.start);
        Self { message, detail: None, hint: hint.into(), code: SYNTAX, offset }
    }
}

/// Why Redshift refuses a statement of `text`; `None` if nothing speaks against it.
pub fn redshift_refusal(statement: &Statement, text: &str) -> Option<Refusal> {
    of(&ReadStatement::again(statement, text, Dialect::Redshift))
}

/// Why Redshift refuses a statement that was read.
pub(super) fn of(read: &ReadStatement<'_>) -> Option<Refusal> {
    let ReadStatement { statement, code } = read;
    if let Some(hint) = missing_command(statement.kind) {
        let message = format!("SQL command \"{}\" not supported.", statement.kind.as_str());
        return Some(Refusal::unsupported(message, hint, 0));
    }
    if statement.kind == Kind::CopyWithClient {
        return Some(client_data(code));
    }
    long_name(code)
        .or_else(|| match statement.kind {
            Kind::CreateTable | Kind::AlterTableAddColumn => column::refusal(code, statement),
            Kind::AlterTable | Kind::AlterTableAlterColumn | Kind::AlterTableAlterColumnType => {
                alteration(code, statement)
            }
            Kind::Insert | Kind::Update | Kind::Delete => rows(code),
            Kind::CreateFunction => routine(code),
            _ => None,
        })
        .or_else(|| query(code, statement.kind))
        .or_else(|| function::refusal(code, statement.kind))
}

/// The cure for a command that Redshift does not have.
fn missing_command(kind: Kind) -> Option<&'static str> {
    use Kind::*;
    Some(match kind {
        CreateIndex | AlterIndex | DropIndex | Reindex | Cluster => "there are no indexes: choose a SORTKEY",
        CreateSequence | AlterSequence | DropSequence => "use an IDENTITY column",
        CreateTrigger | AlterTrigger | DropTrigger | CreateEventTrigger | DropEventTrigger | CreateRule | DropRule => {
            "there are no triggers and rules: do it in a procedure"
        }
        CreateType | AlterType | AlterTypeAddValue | DropType | CreateDomain | AlterDomain | DropDomain => {
            "there are no types of one's own: use VARCHAR or SUPER"
        }
        CreateAggregate | DropAggregate | CreateOperator | CreateCast | DropCast | CreateCollation
        | CreateTextSearch | CreateLanguage | CreateStatistics | CreateAccessMethod => "leave it out",
        CreateExtension | AlterExtension | DropExtension => "there are no extensions",
        CreatePolicy | AlterPolicy | DropPolicy => "use CREATE RLS POLICY",
        CreateTablespace | AlterTablespace | DropTablespace => "there are no tablespaces",
        CreateForeignTable | CreateServer | CreateForeignDataWrapper | ImportForeignSchema | CreateUserMapping => {
            "use CREATE EXTERNAL SCHEMA"
        }
        CreatePublication | CreateSubscription => "there is no logical replication: use a datashare",
        Savepoint | ReleaseSavepoint | RollbackToSavepoint => "there are no savepoints",
        PrepareTransaction | CommitPrepared | RollbackPrepared => "there are no prepared transactions",
        Listen | Notify => "there are no notifications",
        Do => "there are no anonymous blocks: create a procedure and call it",
        SecurityLabel | Load | Checkpoint | Discard | Move => "leave it out",
        _ => return None,
    })
}

/// Nothing comes from or goes to the client; the words for STDIN are those that users of Redshift quote.
fn client_data(code: &Code<'_>) -> Refusal {
    let reads = (0..code.tokens.len()).any(|at| code.is(at, "stdin"));
    let (message, hint) = if reads {
        let message = "LOAD source is not supported. (Hint: only S3 or DynamoDB or EMR based load is allowed)";
        (message, "put the data into a bucket and COPY it from there")
    } else {
        ("COPY to the client is not supported", "use UNLOAD, or select the rows")
    };
    Refusal::unsupported(message, hint, 0)
}

/// Redshift takes 127 bytes (<https://docs.aws.amazon.com/redshift/latest/dg/r_names.html>).
const NAME_BYTES: usize = 127;

fn long_name(code: &Code<'_>) -> Option<Refusal> {
    let name = |at: &usize| match code.kind(*at)? {
        TokenKind::Word => Some(code.token(*at).len()),
        TokenKind::QuotedIdentifier => Some(unquote_identifier(code.token(*at)).len()),
        _ => None,
    };
    let at = (0..code.tokens.len()).find(|at| name(at).is_some_and(|bytes| bytes > NAME_BYTES))?;
    let message = format!("The length of the identifier exceeds the maximum of {NAME_BYTES} bytes");
    Some(Refusal { code: "42622", ..Refusal::unsupported(message, "use a shorter name", code.tokens[at].start) })
}

/// One action at a time, and a column changes only in what it may hold and how it is stored.
fn alteration(code: &Code<'_>, statement: &Statement) -> Option<Refusal> {
    let actions = code.items(0..code.tokens.len());
    if let [_, second, ..] = actions.as_slice()
        && !second.clone().any(|at| code.is_any(at, &["encode", "sortkey", "distkey", "diststyle"]))
    {
        return Some(Refusal::syntax(code, second.start - 1, "write one ALTER TABLE for each action"));
    }
    let at = code.find(0, |at| code.is(at, "alter") && at > 0)?;
    let column = if code.is(at + 1, "column") { at + 2 } else { at + 1 };
    let (name, next) = code.name(column)?;
    let offset = code.tokens[at].start;
    if code.is_any(next, &["set", "drop"]) && code.is_any(next + 1, &["not", "default"]) {
        let words = code.source(next..next + 2).to_uppercase();
        let message = format!("ALTER COLUMN {words} is not supported");
        return Some(Refusal::unsupported(message, "add a column, copy the values, drop and rename", offset));
    }
    if statement.kind == Kind::AlterTableAlterColumnType {
        let ty = code.find(next, |at| code.is(at, "type"))? + 1;
        if !code.is_any(ty, &["varchar", "character", "nvarchar", "text"]) {
            let table = statement.object.as_ref().map_or("", |table| table.base());
            let message = format!(
                "cannot alter column \"{}\" of relation \"{table}\": only the size of VARCHAR can be changed",
                name.base()
            );
            return Some(Refusal::unsupported(message, "add a column, copy the values, drop and rename", offset));
        }
        if let Some(using) = code.find(ty, |at| code.is(at, "using")) {
            return Some(Refusal::syntax(code, using, "leave USING out"));
        }
    }
    None
}

fn rows(code: &Code<'_>) -> Option<Refusal> {
    let find = |words: &[&str]| code.find(1, |at| code.phrase(at, words).is_some());
    if let Some(at) = find(&["on", "conflict"]) {
        return Some(Refusal::syntax(code, at, "use MERGE, or delete and insert in one transaction"));
    }
    find(&["returning"]).map(|at| Refusal::syntax(code, at, "ask for the rows with a query of its own"))
}

fn routine(code: &Code<'_>) -> Option<Refusal> {
    let at = code.find(0, |at| code.is(at, "language"))? + 1;
    let language = code.literal(at).unwrap_or_else(|| code.token(at).to_owned()).to_lowercase();
    if ["sql", "plpythonu", "plpython3u"].contains(&language.as_str()) {
        return None;
    }
    let message = format!("language \"{language}\" is not supported for user defined functions");
    let hint = "write it in SQL, or make it a procedure";
    Some(Refusal::unsupported(message, hint, code.tokens.get(at).map_or(0, |token| token.start)))
}

/// Parts of queries that Redshift's parser does not know.
fn query(code: &Code<'_>, kind: Kind) -> Option<Refusal> {
    if !matches!(
        kind,
        Kind::Select
            | Kind::Insert
            | Kind::CreateTableAs
            | Kind::CreateView
            | Kind::SelectInto
            | Kind::Update
            | Kind::Delete
    ) {
        return None;
    }
    let all = 0..code.tokens.len();
    let phrase = |words: &'static [&'static str]| move |at: &usize| code.phrase(*at, words).is_some();
    let syntax = |at: usize, hint: &str| Some(Refusal::syntax(code, at, hint));
    if let Some(at) = all.clone().find(phrase(&["select", "distinct", "on"])) {
        let message = "SELECT DISTINCT ON is not supported";
        return Some(Refusal::unsupported(message, "use QUALIFY row_number() over (...) = 1", code.tokens[at].start));
    }
    for words in [&["skip", "locked"][..], &["tablesample"], &["lateral"]] {
        if let Some(at) = all.clone().find(|at| code.phrase(*at, words).is_some() && !touches_dot(code, *at)) {
            return syntax(at, "Redshift does not have it");
        }
    }
    let filter = |at: &usize| {
        code.is(*at, "filter") && code.kind(at + 1) == Some(TokenKind::LeftParenthesis) && code.is(at + 2, "where")
    };
    if let Some(at) = all.clone().find(filter) {
        return syntax(at + 1, "put a CASE into the aggregate");
    }
    let values = |at: &usize| code.kind(*at) == Some(TokenKind::LeftParenthesis) && code.is(at + 1, "values");
    if let Some(at) = all.clone().skip(1).find(values) {
        return syntax(at + 1, "join SELECTs with UNION ALL");
    }
    if let Some(at) = all.clone().find(|at| is_outer_join(code, *at) && is_alternative(code, *at)) {
        let message = "Outer join operator (+) not allowed in operand of OR or IN.";
        return Some(Refusal::unsupported(message, "write LEFT JOIN", code.tokens[at].start));
    }
    let all_of = |at: &usize| code.is_any(*at, &["intersect", "except"]) && code.is(at + 1, "all");
    let at = all.clone().find(all_of)?;
    syntax(at + 1, "leave ALL out")
}

/// Whether `(+)` begins here.
fn is_outer_join(code: &Code<'_>, at: usize) -> bool {
    code.kind(at) == Some(TokenKind::LeftParenthesis)
        && code.token(at + 1) == "+"
        && code.kind(at + 2) == Some(TokenKind::RightParenthesis)
}

/// Whether what stands here is in an operand of OR of its WHERE:
/// <https://docs.aws.amazon.com/redshift/latest/dg/r_WHERE_oracle_outer.html>.
fn is_alternative(code: &Code<'_>, at: usize) -> bool {
    // How many parentheses are open between WHERE and this place; those that were closed again are passed over.
    let (mut open, mut closed) = (0_usize, 0_usize);
    for before in (0..at).rev() {
        match code.kind(before) {
            Some(TokenKind::RightParenthesis) => closed += 1,
            Some(TokenKind::LeftParenthesis) if closed > 0 => closed -= 1,
            Some(TokenKind::LeftParenthesis) => open += 1,
            Some(TokenKind::Word) if closed == 0 && code.is(before, "or") => return true,
            Some(TokenKind::Word) if closed == 0 && code.is_any(before, &["where", "select"]) => break,
            _ => {}
        }
    }
    let mut next = at + 3;
    while next < code.tokens.len() {
        match code.kind(next) {
            Some(TokenKind::RightParenthesis) if open == 0 => return false,
            Some(TokenKind::RightParenthesis) => open -= 1,
            Some(TokenKind::Word) if code.is(next, "or") => return true,
            Some(TokenKind::Word) if code.is_any(next, &["group", "order", "having", "union", "limit", "qualify"]) => {
                return false;
            }
            _ => {}
        }
        next = code.step(next);
    }
    false
}

fn touches_dot(code: &Code<'_>, at: usize) -> bool {
    let is_dot = |at: usize| code.kind(at) == Some(TokenKind::Dot);
    is_dot(at + 1) || at > 0 && is_dot(at - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::parse_script;

    fn refused(sql: &str) -> String {
        let Ok(statements) = parse_script(sql, Dialect::Redshift) else { return "unreadable".into() };
        let all = statements.iter().filter_map(|statement| redshift_refusal(statement, sql));
        let shown = |refusal: Refusal| format!("{} {} @{}", refusal.code, refusal.message, refusal.offset);
        all.map(shown).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn commands_that_redshift_does_not_have() {
        assert_eq!(refused("create index i on t (n)"), "0A000 SQL command \"create index\" not supported. @0");
        assert_eq!(refused("savepoint a"), "0A000 SQL command \"savepoint\" not supported. @0");
        assert_eq!(refused("do $$ begin end $$"), "0A000 SQL command \"do\" not supported. @0");
        assert_eq!(refused("create procedure p() language plpgsql as $$ begin end $$; call p(); vacuum t"), "");
    }

    #[test]
    fn outer_joins_of_oracle_beside_or() {
        let message = "0A000 Outer join operator (+) not allowed in operand of OR or IN.";
        assert_eq!(refused("select 1 from a, b where a.n = b.n(+) or a.m = 2"), format!("{message} @34"));
        assert_eq!(refused("select 1 from a, b where a.m = 2 or (a.k = 3 and a.n = b.n(+))"), format!("{message} @58"));
        assert_eq!(refused("select 1 from a, b where (a.n = b.n(+)) or a.m = 2"), format!("{message} @35"));
        assert_eq!(refused("select 1 from a, b where a.n = b.n(+) and (a.m = 2 or a.m = 3) order by 1"), "");
        assert_eq!(refused("select 1 from c where n in (select n from a, b where a.n = b.n(+)) or m = 2"), "");
        assert_eq!(refused("select 1 from c where m = 2 or n in (select n from a, b where a.n = b.n(+))"), "");
    }

    #[test]
    fn types_and_constraints_of_columns() {
        let serial = "0A000 Column \"t.id\" has unsupported type \"serial\". @16";
        assert_eq!(refused("create table t (id serial primary key)"), serial);
        let added = "0A000 Column \"t.a\" has unsupported type \"integer[]\". @25";
        assert_eq!(refused("alter table t add column a integer[]"), added);
        assert_eq!(refused("create table s.t (c uuid)"), "0A000 Column \"t.c\" has unsupported type \"uuid\". @18");
        let check = "0A000 ALTER/CREATE TABLE column CHECK constraint is not supported @25";
        assert_eq!(refused("create table t (n integer check (n > 0))"), check.replace("@25", "@26"));
        assert!(refused("create table t (n int, check (n > 0))").contains("CHECK constraint is not supported"));
        assert!(
            refused("create table t (n int) partition by range (n)").contains("syntax error at or near \"partition\"")
        );
        assert!(refused("create table t (n int) inherits (u)").contains("syntax error at or near \"inherits\""));
        assert_eq!(
            refused(
                "create table t (n int not null default 1 encode az64 distkey, t timestamp with time zone, \
            c character varying(20) references u (c), s super, primary key (n)) diststyle key sortkey (n)"
            ),
            ""
        );
        assert_eq!(refused("create table t (check_date date, \"uuid\" varchar(36), json varchar(9))"), "");
    }

    #[test]
    fn alterations() {
        assert!(refused("alter table t add column a int, add column b int").starts_with("42601"));
        assert_eq!(refused("alter table t alter column a encode zstd, alter column b encode zstd"), "");
        assert!(refused("alter table t alter column a set not null").contains("ALTER COLUMN SET NOT is not"));
        assert!(refused("alter table t alter column a type integer").contains("only the size of VARCHAR"));
        assert_eq!(refused("alter table t alter column a type varchar(200)"), "");
        assert_eq!(refused("alter table t alter distkey a; alter table t alter sortkey (a), alter distkey a"), "");
    }

    #[test]
    fn queries() {
        assert!(refused("insert into t values (1) on conflict do nothing").contains("at or near \"on\" @25"));
        assert!(refused("delete from t returning n").contains("at or near \"returning\""));
        assert!(refused("select distinct on (a) a, b from t").contains("DISTINCT ON"));
        assert!(refused("select count(*) filter (where a) from t").contains("at or near \"(\""));
        assert!(refused("select * from (values (1), (2)) v").contains("at or near \"values\""));
        assert!(refused("select string_agg(a, ',') from t").contains("not supported on Redshift tables"));
        assert!(refused("insert into t select generate_series(1, 9)").contains("not supported on Redshift tables"));
        assert_eq!(
            refused(
                "select generate_series(1, 9); select now(); select now() from pg_class; select filter, t.lateral from t"
            ),
            ""
        );
        assert_eq!(refused("insert into t (a) values (1), (2); select 'string_agg(a)' from t"), "");
    }

    #[test]
    fn names_have_127_bytes() {
        assert_eq!(refused(&format!("create table {} (n int)", "a".repeat(127))), "");
        assert!(refused(&format!("create table \"{}\" (n int)", "a".repeat(128))).starts_with("42622"));
    }
}
