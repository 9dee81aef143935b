//! Users, groups, roles, schemas and databases: options that PostgreSQL has under another name, or not at all.

use std::ops::Range;

use super::super::Kind;
use super::super::lexer::TokenKind;
use super::Untranslatable;
use super::edits::Edits;
use super::rights::AnythingLeft;
use super::session;

/// Rewrites CREATE and ALTER of USER and ROLE; says whether anything is left to do.
pub(super) fn user(edits: &mut Edits<'_>, kind: Kind) -> Result<AnythingLeft, Untranslatable> {
    let Some((_, after)) = external_name(edits, 2) else { return Ok(true) };
    let code = edits.code();
    let alters = matches!(kind, Kind::AlterUser | Kind::AlterRole);
    let with = code.is(after, "with") && code.is_any(after + 1, &["set", "reset", "owner", "rename"]);
    if alters && with {
        edits.drop(after..after + 1);
    }
    let after = after + usize::from(alters && with);
    let code = edits.code();
    if alters && code.is_any(after, &["set", "reset"]) && !code.is(after + 1, "session") {
        session::parameter(edits, after + 1, after);
        return Ok(true);
    }
    if alters && code.is(after, "owner") {
        edits.note(after, "the owner of a role is left out: PostgreSQL's roles have none");
        return Ok(false);
    }
    if alters && code.is(after, "rename") {
        external_name(edits, after + 2);
        return Ok(true);
    }
    let end = edits.len();
    let mut at = after;
    let mut kept = 0_usize;
    while at < end {
        let (past, keeps) = option(edits, at);
        kept += usize::from(keeps);
        at = past.max(at + 1);
    }
    if alters && kept == 0 {
        return Ok(false);
    }
    Ok(true)
}

/// A name that may have a provider in front: `AzureAD:bob`, `"IAM:bob"`.
fn external_name(edits: &mut Edits<'_>, at: usize) -> Option<(String, usize)> {
    let (name, past) = edits.code().name(at)?;
    let code = edits.code();
    if code.token(past) == ":" && code.kind(past + 1) == Some(TokenKind::Word) {
        let whole = format!("{}:{}", code.token(at), code.token(past + 1));
        edits.replace(at..past + 2, super::super::quote_identifier(&whole));
        return Some((whole, past + 2));
    }
    Some((name.to_string(), past))
}

/// Rewrites one option; returns the index past it and whether PostgreSQL gets it.
fn option(edits: &mut Edits<'_>, at: usize) -> (usize, bool) {
    let code = edits.code();
    let word = code.token(at).to_lowercase();
    match word.as_str() {
        "with" => (at + 1, false),
        "password" => (password(edits, at + 1), true),
        "createuser" => (instead(edits, at, "superuser"), true),
        "nocreateuser" => (instead(edits, at, "nosuperuser"), true),
        "connection" if code.is(at + 2, "unlimited") => {
            edits.replace(at + 2..at + 3, "-1");
            (at + 3, true)
        }
        "connection" => (at + 3, true),
        "valid" => (at + 3, true),
        "syslog" => leave_out(edits, at..at + 3, "PostgreSQL has no system log to see"),
        "session" => leave_out(edits, at..at + 3, "sessions here do not end by themselves"),
        "reset" => leave_out(edits, at..at + 3, "sessions here do not end by themselves"),
        "externalid" => {
            let past = at + 2 + usize::from(code.is(at + 1, "to"));
            leave_out(edits, at..past, "there is no identity provider")
        }
        "in" => {
            let mut past = at + 3;
            while code.kind(past) == Some(TokenKind::Comma) {
                past += 2;
            }
            (past, true)
        }
        _ => (at + 1, true),
    }
}

fn instead(edits: &mut Edits<'_>, at: usize, word: &str) -> usize {
    edits.replace(at..at + 1, word);
    at + 1
}

fn leave_out(edits: &mut Edits<'_>, range: Range<usize>, why: &str) -> (usize, bool) {
    let words = edits.code().source(range.start..range.end - 1).to_lowercase();
    edits.note(range.start, format!("`{words}` left out: {why}"));
    let past = range.end;
    edits.drop(range);
    (past, false)
}

/// `DISABLE` and hashes of Redshift's own are no passwords.
fn password(edits: &mut Edits<'_>, at: usize) -> usize {
    let hashed = edits.code().literal(at).is_some_and(|text| text.starts_with("sha256|"));
    if hashed {
        edits.note(at, "a SHA-256 hash of Redshift is left out: nobody can log in with it here");
    }
    if hashed || edits.code().is(at, "disable") {
        edits.replace(at..at + 1, "null");
    }
    at + 1
}

/// `DROP ROLE name FORCE`, also `RESTRICT`.
pub(super) fn drop_role(edits: &mut Edits<'_>) {
    let last = edits.len().saturating_sub(1);
    if edits.code().is_any(last, &["force", "restrict"]) && last > 2 {
        if edits.code().is(last, "force") {
            edits.note(last, "`force` left out: a role that has rights is not dropped here");
        }
        edits.drop(last..last + 1);
    }
}

/// `DROP DATABASE name FORCE`.
pub(super) fn drop_database(edits: &mut Edits<'_>) {
    let last = edits.len().saturating_sub(1);
    if edits.code().is(last, "force") && last > 2 {
        edits.note(last, "`force` left out: a database that is in use is not dropped here");
        edits.drop(last..last + 1);
    }
}

/// CREATE and ALTER SCHEMA: quotas are left out. Says whether anything is left to do.
pub(super) fn schema(edits: &mut Edits<'_>) -> AnythingLeft {
    let code = edits.code();
    let end = edits.len();
    let Some(quota) = (2..end).find(|at| code.is(*at, "quota")) else { return true };
    edits.note(quota, "the quota of the schema is left out: PostgreSQL has none");
    if edits.code().is(0, "alter") {
        return false;
    }
    edits.drop(quota..end);
    true
}

/// CREATE and ALTER DATABASE; says whether anything is left to do.
pub(super) fn database(edits: &mut Edits<'_>) -> Result<AnythingLeft, Untranslatable> {
    let code = edits.code();
    let end = edits.len();
    let alters = code.is(0, "alter");
    let Some(mut at) = code.past_name(2) else { return Ok(true) };
    if alters && code.is_any(at, &["rename", "owner", "set", "reset"]) {
        return Ok(true);
    }
    let mut kept = 0;
    while at < end {
        let code = edits.code();
        if code.is(at, "from") {
            let past = past_origin(edits, at);
            edits.note(at, "the database is an ordinary one here, and empty: there are no other clusters");
            edits.drop(at..past);
            at = past;
        } else if code.phrase(at, &["with", "permissions"]).is_some() {
            edits.drop(at..at + 2);
            at += 2;
        } else if code.is(at, "iam_role") {
            at = leave_out(edits, at..at + 2, "there are no roles of AWS").0;
        } else if code.is(at, "collate") {
            if code.is_any(at + 1, &["case_insensitive", "ci"]) {
                return Err(edits.refuse(at, "COLLATE CASE_INSENSITIVE is not supported on the local target"));
            }
            edits.drop(at..at + 2);
            at += 2;
        } else if code.is(at, "isolation") {
            at = leave_out(edits, at..at + 3, "PostgreSQL has no isolation level of a database").0;
        } else if code.phrase(at, &["connection", "limit"]).is_some() {
            if code.is(at + 2, "unlimited") {
                edits.replace(at + 2..at + 3, "-1");
            }
            at += 3;
            kept += 1;
        } else {
            kept += usize::from(!code.is(at, "with"));
            at += 1;
        }
    }
    if kept == 0 {
        if alters {
            return Ok(false);
        }
        if let Some(with) = (2..end).find(|at| edits.code().is(*at, "with")) {
            edits.drop(with..with + 1);
        }
    }
    Ok(true)
}

/// Past `FROM ARN`, `FROM DATASHARE` or `FROM INTEGRATION` with what belongs to it.
///
/// [CREATE DATABASE](https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_DATABASE.html)
fn past_origin(edits: &Edits<'_>, from: usize) -> usize {
    let code = edits.code();
    let mut at = from + 1;
    while at < edits.len() {
        let catalog = [&["with", "data", "catalog"][..], &["with", "no", "data", "catalog"]];
        at = match catalog.iter().find_map(|words| code.phrase(at, words)) {
            // `SCHEMA ['name']` follows.
            Some(past) => past + 1 + usize::from(code.literal(past + 1).is_some()),
            None if code.is_any(at, &["with", "iam_role", "owner", "collate", "isolation", "connection"]) => break,
            None => code.step(at),
        };
    }
    at
}
