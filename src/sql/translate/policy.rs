//! Row-level security: [CREATE RLS POLICY](https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_RLS_POLICY.html) and its
//! kin. A policy of Redshift belongs to no table before it is attached, so the library keeps its text until then.

use super::super::Kind;
use super::super::quote::quote_literal;
use super::super::{Dialect, ObjectName, quote_name};
use super::Untranslatable;
use super::edits::{Edits, word_in};

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
            let Some(using) = word_in(code, after..end, "using") else {
                return Err(edits.refuse(0, "an RLS policy needs USING (condition)"));
            };
            let (condition, _) = inside(using + 1);
            let replace = code.is(1, "or") || kind == Kind::AlterRlsPolicy;
            format!("redshift_create_rls_policy({name}, {}, {}, {replace})", literal(&columns), literal(&condition))
        }
        Kind::DropRlsPolicy => format!("redshift_drop_rls_policy({name}, {})", at > policy),
        _ => {
            let verb = code.token(0).to_lowercase();
            let on = after + 1 + usize::from(code.is(after + 1, "table"));
            let Some((table, to)) = code.name(on) else { return Ok(()) };
            let roles: Vec<String> = code
                .items(to + 1..end)
                .into_iter()
                .map(|item| {
                    let role = item.start + usize::from(item.len() > 1 && code.is(item.start, "role"));
                    literal(
                        &code.name(role).map_or_else(String::new, |(role, _): (ObjectName, usize)| role.to_string()),
                    )
                })
                .collect();
            let table = literal(&quote_name(&table));
            format!("redshift_{verb}_rls_policy({name}, {table}, array[{}]::text[])", roles.join(", "))
        }
    };
    edits.replace(0..end, format!("call pg_catalog.{call}"));
    Ok(())
}
