//! Row-level security: [CREATE RLS POLICY](https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_RLS_POLICY.html) and its
//! kin. A policy of Redshift belongs to no table before it is attached, so the library keeps its text until then.

use std::ops::Range;

use super::super::lexer::TokenKind;
use super::super::quote::{quote_literal, unquote_identifier};
use super::super::{Dialect, Kind, ObjectName, quote_name};
use super::Untranslatable;
use super::edits::{Edits, word_in};

/// Stands for the row of the table in the condition of a policy: which table that is, is known when it is attached.
const ROW: &str = "\"row of the table\"";

/// Rewrites the statement as a call of the library.
pub(super) fn rewrite(edits: &mut Edits<'_>, kind: Kind) -> Result<(), Untranslatable> {
    let code = edits.code();
    let end = edits.len();
    if code.is(1, "masking") {
        let words = code.source(0..3).to_uppercase();
        return Err(
            edits.refuse(0, format!("{words} is not supported on the local target: PostgreSQL masks no columns"))
        );
    }
    let create = matches!(kind, Kind::CreateRlsPolicy | Kind::AlterRlsPolicy);
    let using = word_in(code, 0..end, "using").filter(|_| create);
    if let Some(using) = using
        && let Some(alias) = word_in(code, 0..using, "as")
    {
        name_the_row(edits, alias + 1, using);
    }
    let code = edits.code();
    let policy = match code.phrase(0, &["create", "or", "replace"]) {
        Some(past) => past + 2,
        None => 3,
    };
    let at = code
        .phrase(policy, &["if", "exists"])
        .or_else(|| code.phrase(policy, &["if", "not", "exists"]))
        .unwrap_or(policy);
    let Some((name, after)) = code.name(at) else { return Ok(()) };
    let literal = |text: &str| quote_literal(text, Dialect::Postgres);
    let inside = |at: usize| {
        let past = code.close(at);
        (edits.render(at + 1..past.saturating_sub(1)), past)
    };
    let name = literal(&name.to_string());
    let call = match kind {
        Kind::CreateRlsPolicy | Kind::AlterRlsPolicy => {
            let with = if code.is(after, "with") { Some(inside(after + 1)) } else { None };
            let (columns, _) = with.unwrap_or_default();
            let Some(using) = using else {
                return Err(edits.refuse(0, "an RLS policy needs USING (condition)"));
            };
            let (condition, _) = inside(using + 1);
            let replace = code.is(1, "or") || kind == Kind::AlterRlsPolicy;
            format!(
                "call pg_catalog.redshift_create_rls_policy({name}, {}, {}, {replace})",
                literal(&columns),
                literal(&condition)
            )
        }
        Kind::DropRlsPolicy => format!("call pg_catalog.redshift_drop_rls_policy({name}, {})", at > policy),
        _ => attachment(edits, after, &name)?,
    };
    edits.replace(0..end, call);
    Ok(())
}

/// `ATTACH RLS POLICY p ON [TABLE] t, u TO ROLE r, bob` and its counterpart: one call for each table.
fn attachment(edits: &Edits<'_>, on: usize, policy: &str) -> Result<String, Untranslatable> {
    let code = edits.code();
    let end = edits.len();
    let literal = |name: &str| quote_literal(name, Dialect::Postgres);
    let attaches = code.is(0, "attach");
    let (verb, word) = if attaches { ("attach", "to") } else { ("detach", "from") };
    let Some(to) = word_in(code, on..end, word) else {
        return Err(edits.refuse(0, format!("{verb} needs {word} and who the policy is for")));
    };
    let role = |item: Range<usize>| {
        let at = item.start + usize::from(item.len() > 1 && code.is(item.start, "role"));
        code.name(at).map_or_else(String::new, |(name, _)| literal(&name.to_string()))
    };
    let roles: Vec<String> = code.items(to + 1..end).into_iter().map(role).collect();
    let roles = roles.join(", ");
    let tables = on + 1 + usize::from(code.is(on + 1, "table"));
    let tables: Vec<ObjectName> =
        code.items(tables..to).into_iter().filter_map(|item| code.name(item.start)).map(|(name, _)| name).collect();
    let call = |table: &ObjectName| {
        let table = literal(&quote_name(table));
        format!("call pg_catalog.redshift_{verb}_rls_policy({policy}, {table}, array[{roles}]::text[])")
    };
    Ok(match tables.as_slice() {
        [table] => call(table),
        several => {
            let calls: String = several.iter().map(|table| call(table) + "; ").collect();
            format!("do {}", literal(&format!("begin {calls}end")))
        }
    })
}

/// Writes [`ROW`] in place of the alias of `WITH (...) AS alias` in the condition.
fn name_the_row(edits: &mut Edits<'_>, alias: usize, using: usize) {
    let code = edits.code();
    let name = unquote_identifier(code.token(alias));
    let names: Vec<usize> = (using..edits.len())
        .filter(|at| code.kind(at + 1) == Some(TokenKind::Dot) && unquote_identifier(code.token(*at)) == name)
        .collect();
    for at in names {
        edits.replace(at..at + 1, ROW);
    }
}
