//! Statements that move rows. Rows have no history, so most of these are left to a person.

use super::super::code::Code;
use super::super::quote::{quote_literal, quote_name};
use super::super::{Kind, ObjectName};
use super::base::{matches, names_the_session};
use super::{Case, Dialect, Query};

/// Emptied tables, which can be asked.
pub(super) fn probe(case: &Case<'_>) -> Option<Query> {
    match case.statement.kind {
        Kind::Truncate => truncate(case),
        Kind::AlterTableAppend => append(case),
        _ => None,
    }
}

/// A table without a schema is another one where the search path is another, so it is not asked.
fn qualified(code: &Code<'_>, at: usize) -> Option<(ObjectName, usize)> {
    code.name(at).filter(|(name, _)| name.parts.len() == 2 && !names_the_session(name))
}

/// An empty table was emptied, by this statement or by somebody else: nothing is left to do. One with rows may have
/// been filled again. But the sequences and the tables that a longer TRUNCATE empties too are not asked, and where
/// policies hide rows the table only looks empty (PG ddl-rowsecurity). PostgreSQL gives a truncated table a new file (PG storage-file-layout), so the same file shows that
/// it was not truncated; Redshift shows no such thing.
fn truncate(case: &Case<'_>) -> Option<Query> {
    let code = &case.code;
    let mut at = 1 + usize::from(code.is(1, "table"));
    at += usize::from(code.is(at, "only"));
    let (table, next) = qualified(code, at)?;
    let tail = ["restart", "continue", "identity", "cascade", "restrict"];
    if !(next..code.tokens.len()).all(|at| code.is_any(at, &tail)) {
        return None;
    }
    let plain = !(next..code.tokens.len()).any(|at| code.is_any(at, &["restart", "cascade"]));
    let empty = if plain { "done" } else { "unknown" };
    let name = quote_name(&table);
    let hidden = match case.engine {
        Dialect::Redshift => String::new(),
        Dialect::Postgres => {
            let named = quote_literal(&name, case.engine);
            format!("when row_security_active(cast({named} as text)) then 'unknown' ")
        }
    };
    let not_empty = match case.engine {
        Dialect::Redshift => "'unknown'".to_owned(),
        Dialect::Postgres => format!(
            "coalesce((select 'not done ' || o.relfilenode from pg_class o join pg_namespace n on n.oid = o.relnamespace \
             where o.relkind = 'r' and {} and {}), 'unknown')",
            matches("n.nspname", table.schema()?, case.engine)?,
            matches("o.relname", table.base(), case.engine)?
        ),
    };
    let sql = format!(
        "select case {hidden}when count(*) = 0 then '{empty}' else {not_empty} end from (select 1 from {name} limit 1) r"
    );
    let question = format!("is `{table}` empty, or does it hold only rows that came after the truncate?");
    Some(Query { sql, question, clear: Vec::new(), end_suffices: plain })
}

/// RS r_ALTER_TABLE_APPEND: the rows of the source move to the target at once and the source is empty then, so a row
/// cannot be appended twice. With as many rows in the source as before, it was not carried out; should somebody have put
/// just as many in since, another run appends those, which is what the statement is for.
fn append(case: &Case<'_>) -> Option<Query> {
    let code = &case.code;
    let from = code.find(3, |at| code.phrase(at, &["append", "from"]).is_some())? + 2;
    let (source, next) = qualified(code, from)?;
    let rest = next + usize::from(code.is_any(next, &["ignoreextra", "filltarget"]));
    if rest != code.tokens.len() {
        return None;
    }
    let sql = format!(
        "select case when count(*) = 0 then 'done' else 'not done ' || cast(count(*) as varchar(40)) end from {}",
        quote_name(&source)
    );
    let question = format!("is `{source}` empty? it is if the statement was carried out");
    Some(Query { sql, question, clear: Vec::new(), end_suffices: true })
}

/// What a person should look at after a statement that changes rows or calls something.
pub(super) fn question(case: &Case<'_>) -> Option<String> {
    let object = match &case.statement.object {
        Some(object) => format!("`{object}`"),
        None => "its table".to_owned(),
    };
    let words = match case.statement.kind {
        Kind::Insert => format!("did the insert into {object} add its rows? look for them in {object}"),
        Kind::Copy if copies_out(&case.code) => "did the copy write its file? look at it".to_owned(),
        Kind::Copy => format!("did the copy into {object} load its rows? look for them in {object}"),
        Kind::Unload => "did the unload write its files? look at them, and at their manifest".to_owned(),
        Kind::Update => format!("did the update of {object} change its rows? look at them in {object}"),
        Kind::Delete => format!("did the delete from {object} take its rows away? look for them in {object}"),
        Kind::Merge => format!("did the merge into {object} change its rows? look at them in {object}"),
        Kind::Truncate => format!("is {object} empty, or does it hold only rows that came after the truncate?"),
        Kind::Call => format!("did the procedure {object} run to its end? look at what it changes"),
        Kind::Do => "did the block of `do` run to its end? look at what it changes".to_owned(),
        Kind::Execute => format!("was the prepared statement {object} carried out? look at what it changes"),
        Kind::AlterTableAppend => format!("is the table empty whose rows were appended to {object}?"),
        Kind::Select | Kind::Values | Kind::ExplainAnalyze => {
            "did the query run to its end? it may change something: look at what it calls".to_owned()
        }
        _ => return None,
    };
    Some(match case.engine {
        Dialect::Redshift => format!("{words}; the server's record is `{}`", history(case)?),
        Dialect::Postgres => words,
    })
}

fn copies_out(code: &Code<'_>) -> bool {
    code.find(1, |at| code.is_any(at, &["from", "to"])).is_some_and(|at| code.is(at, "to"))
}

/// RS SYS_QUERY_HISTORY: what ran and whether its transaction committed. That is not for a machine to read: the record
/// lags behind, and the same text may have been run by somebody else.
fn history(case: &Case<'_>) -> Option<String> {
    let word = case.code.token(0).to_ascii_lowercase();
    let object = case.statement.object.as_ref().map(|object| format!("{}%", object.base())).unwrap_or_default();
    let pattern = quote_literal(&format!("%{word}%{object}"), case.engine);
    Some(format!(
        "select q.start_time, q.session_id, q.status, t.status as transaction_status, q.error_message, q.query_text \
         from sys_query_history q left join sys_transaction_history t on t.transaction_id = q.transaction_id \
         where q.query_text ilike {pattern} order by q.start_time desc"
    ))
}
