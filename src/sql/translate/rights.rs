//! GRANT, REVOKE and ALTER DEFAULT PRIVILEGES.
//!
//! [GRANT](https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html) knows more rights than PostgreSQL; what the double
//! cannot check is left out with a note.

use std::ops::Range;

use super::super::lexer::TokenKind;
use super::super::quote::{quote_identifier, quote_literal, unquote_identifier};
use super::super::{Dialect, ObjectName};
use super::edits::{Edits, word_in};
use super::{Lacks, Untranslatable};

/// Rights on objects that PostgreSQL does not know.
const UNKNOWN: &[&str] = &["drop", "alter", "rule", "truncate_partition"];

/// Whether anything is left to do.
pub(super) type AnythingLeft = bool;

/// Rewrites the statement that begins at token 0.
pub(super) fn rewrite(edits: &mut Edits<'_>) -> Result<AnythingLeft, Untranslatable> {
    let code = edits.code();
    let end = edits.len();
    let defaults = code.is(0, "alter");
    let verb = match defaults {
        false => 0,
        true => match code.find(1, |at| code.is_any(at, &["grant", "revoke"])) {
            Some(at) => at,
            None => return Ok(true),
        },
    };
    let mut first = verb + 1;
    first = code.phrase(first, &["grant", "option", "for"]).unwrap_or(first);
    first = code.phrase(first, &["admin", "option", "for"]).unwrap_or(first);
    let to = if code.is(verb, "grant") { "to" } else { "from" };
    let Some(grantees) = word_in(code, first..end, to) else { return Ok(true) };
    if code.is(first, "role") {
        roles(edits, first, grantees, end);
        return Ok(true);
    }
    let on = word_in(code, first..grantees, "on");
    let scoped = word_in(code, first..grantees, "for");
    match on.or(scoped) {
        None => Ok(without_object(edits, first, grantees)),
        Some(on) => {
            if let Some(why) = beyond(edits, on, grantees)? {
                edits.note(first, why);
                return Ok(false);
            }
            people(edits, grantees + 1..end);
            if defaults && edits.code().is(on + 1, "procedures") {
                edits.replace(on + 1..on + 2, "routines");
            }
            let anything_left = privileges(edits, first..on, on);
            if scoped == Some(on) && !defaults && anything_left {
                scope(edits, on, grantees);
            }
            Ok(anything_left)
        }
    }
}

/// `ROLE a TO ROLE b, user`: PostgreSQL's roles and users are one, and have no word in front.
fn roles(edits: &mut Edits<'_>, first: usize, grantees: usize, end: usize) {
    for item in edits.code().items(first..grantees) {
        let role = edits.code().is(item.start, "role");
        if role {
            edits.drop(item.start..item.start + 1);
        }
        provider(edits, item.start + usize::from(role)..item.end);
    }
    people(edits, grantees + 1..end);
}

/// Who gets the right.
fn people(edits: &mut Edits<'_>, range: Range<usize>) {
    for item in edits.code().items(range) {
        let code = edits.code();
        let mut at = item.start;
        while at + 1 < item.end && code.is_any(at, &["to", "role", "group", "user"]) {
            at += 1;
        }
        edits.drop(item.start..at);
        provider(edits, at..item.end);
    }
}

/// `IAM:name` and `sys:role` are names with a colon in them.
fn provider(edits: &mut Edits<'_>, range: Range<usize>) {
    let code = edits.code();
    let at = range.start;
    if range.len() > 2 && code.token(at + 1) == ":" && code.kind(at) == Some(TokenKind::Word) {
        let name = format!("{}:{}", code.token(at), unquote_identifier(code.token(at + 2)));
        edits.replace(at..at + 3, quote_identifier(&name));
    }
}

/// A right that is about no object, such as `CREATE USER` or `IGNORE RLS`.
fn without_object(edits: &mut Edits<'_>, first: usize, grantees: usize) -> AnythingLeft {
    // `grant a to b` is a role too.
    let code = edits.code();
    let system = (first..grantees).any(|at| code.is_any(at, SYSTEM_WORDS)) && grantees > first + 1;
    if !system {
        let end = edits.len();
        people(edits, grantees + 1..end);
        return true;
    }
    let words = edits.code().source(first..grantees).to_lowercase();
    edits.note(first, format!("the system right `{words}` is not checked here"));
    false
}

/// Words of which system rights consist.
const SYSTEM_WORDS: &[&str] = &[
    "create", "drop", "alter", "vacuum", "analyze", "truncate", "access", "cancel", "explain", "ignore", "unload",
    "attach", "detach",
];

/// What has no counterpart at all: `Some` if that changes nothing here, with what to tell.
fn beyond(edits: &Edits<'_>, on: usize, grantees: usize) -> Result<Option<String>, Untranslatable> {
    let code = edits.code();
    let first = on + 1;
    let assume = (0..on).any(|at| code.is(at, "assumerole"));
    if assume {
        return Ok(Some("ASSUMEROLE does nothing here: there are no roles of AWS".to_owned()));
    }
    if code.is(first, "datashare") {
        return Ok(Some("a right on a datashare does nothing here: there are no other clusters".to_owned()));
    }
    if code.is_any(first, &["language", "languages"]) {
        return Ok(Some("a right on a language is not checked here".to_owned()));
    }
    if code.phrase(first, &["copy", "job"]).is_some()
        || code.is_any(first, &["model", "integration", "catalog", "template"])
    {
        let what = code.token(first).to_uppercase();
        return Err(edits.refuse(first, format!("GRANT and REVOKE ON {what} are not supported on the local target")));
    }
    if code.phrase(grantees + 1, &["rls", "policy"]).is_some() {
        return Ok(Some("a right of an RLS policy does nothing here: it reads with the rights of who asks".to_owned()));
    }
    if code.phrase(grantees + 1, &["masking", "policy"]).is_some() {
        return Ok(Some("a right of a masking policy does nothing here: no policy is ever attached".to_owned()));
    }
    if code.phrase(first, &["masking", "policy"]).is_some() {
        let why = "rights on a masking policy are not supported on the local target: PostgreSQL masks no columns";
        return Err(edits.refuse(first, why));
    }
    if code.is(first, "schema")
        && let Some((name, _)) = code.name(first + 1)
        && name.parts.len() > 1
    {
        let why = format!("`{name}` is a schema of another database: the local target reaches only its own");
        return Err(edits.refuse(first + 1, why));
    }
    if let Some((at, name)) = in_named_database(edits, first, grantees) {
        match &edits.known.database {
            None => {
                let message = format!("`{name}` would have to be in the session's database");
                return Err(Untranslatable { lacks: Some(Lacks::Database), ..edits.refuse(at, message) });
            }
            Some(here) if name.parts.first() == Some(here) => {}
            Some(_) => {
                let why = format!("the right on `{name}` is not given here: it is of another database");
                return Ok(Some(why));
            }
        }
    }
    if code.is(first, "external") || code.is(grantees + 1, "iam_role") {
        return Err(edits.refuse(first, "rights in the external catalog are not supported on the local target"));
    }
    Ok(None)
}

/// `SELECT FOR TABLES IN SCHEMA s` is a right on all tables, also on those to come.
fn scope(edits: &mut Edits<'_>, on: usize, grantees: usize) {
    let code = edits.code();
    let kind = code.token(on + 1).to_lowercase();
    let database = word_in(code, on..grantees, "database");
    if let Some(schema) = word_in(code, on..grantees, "schema") {
        edits.note(on, format!("the right is about the {kind} that exist now, not about those to come"));
        edits.replace(on..schema, format!("on all {kind} in"));
        if let Some(database) = database {
            edits.note(database, "the database is left out: here it is the one of the session");
            edits.drop(database..grantees);
        }
        return;
    }
    // No statement of PostgreSQL is about all schemas.
    edits.note(on, format!("the right is about the {kind} that this database has now, not about those to come"));
    let object = if kind == "schemas" { "schema".to_owned() } else { format!("all {kind} in schema") };
    let end = edits.len();
    let (verb, people) = (edits.render(0..on), edits.render(grantees..end));
    let template = format!("{verb} on {object} %I {people}", people = people.trim_start());
    let body = format!(
        "declare one name; begin for one in select nspname from pg_catalog.pg_namespace where nspname !~ '^pg_' \
         and nspname <> 'information_schema' loop execute pg_catalog.format({}, one); end loop; end",
        quote_literal(&template, Dialect::Postgres)
    );
    edits.replace(0..end, format!("do {}", quote_literal(&body, Dialect::Postgres)));
}

/// Leaves out the rights that PostgreSQL does not have. Says whether any are left.
fn privileges(edits: &mut Edits<'_>, range: Range<usize>, on: usize) -> AnythingLeft {
    let on_database = edits.code().is(on + 1, "database");
    let items = edits.code().items(range);
    let mut kept = 0;
    for (index, item) in items.iter().enumerate() {
        let code = edits.code();
        let word = code.token(item.start).to_lowercase();
        if on_database && word == "usage" {
            edits.note(item.start, "USAGE on a database becomes CONNECT");
            edits.replace(item.start..item.start + 1, "connect");
        } else if UNKNOWN.contains(&word.as_str()) || on_database && word == "alter" {
            edits.note(
                item.start,
                format!("the right {} is not checked here: only an owner has it", word.to_uppercase()),
            );
            edits.drop(item.clone());
            if kept > 0 {
                edits.drop(item.start - 1..item.start);
            } else if index + 1 < items.len() {
                edits.drop(item.end..item.end + 1);
            }
            continue;
        }
        kept += 1;
    }
    kept > 0
}

/// The first table of a GRANT or REVOKE whose name says its database.
fn in_named_database(edits: &Edits<'_>, first: usize, grantees: usize) -> Option<(usize, ObjectName)> {
    let code = edits.code();
    let tables = first + usize::from(code.is(first, "table"));
    let named = |item: Range<usize>| {
        let (name, past) = code.name(item.start)?;
        (name.parts.len() == 3 && past == item.end).then_some((item.start, name))
    };
    code.items(tables..grantees).into_iter().filter(|item| !item.is_empty()).find_map(named)
}
