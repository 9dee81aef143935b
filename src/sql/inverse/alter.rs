//! Undoing what changes an object in place, and what grants rights.

use super::super::code::Code;
use super::super::lexer::TokenKind;
use super::super::{Kind, Statement};
use super::{Inverse, impossible};

const NOT_BEFORE: &str = "the earlier definition is not in the text";

pub(super) fn inverse(statement: &Statement, code: &Code<'_>) -> Inverse {
    let undone = match statement.kind {
        Kind::AlterTableAddColumn => return add_column(statement, code),
        Kind::AlterTableRename => rename(code),
        Kind::AlterTableRenameColumn | Kind::AlterTableRenameConstraint => rename_part(code),
        Kind::AlterTableSetSchema => set_schema(code),
        Kind::AlterTableAddConstraint => return add_constraint(code),
        Kind::AlterTableAttachPartition => attach_partition(code),
        Kind::AlterExternalTable => external_partition(code),
        Kind::AlterTableAppend => return impossible("it is not known which rows were moved"),
        Kind::AlterGroup => rename(code).or_else(|| swap(code, &["add", "user"], "DROP USER")),
        Kind::AlterDatashare => swap(code, &["add"], "REMOVE"),
        _ => rename(code).or_else(|| rename_part(code)),
    };
    match undone {
        Some(text) if code.items(0..code.tokens.len()).len() == 1 || !is_table(statement.kind) => {
            Inverse::Statement(text)
        }
        Some(_) => impossible("it does several things at once"),
        None => impossible(NOT_BEFORE),
    }
}

fn is_table(kind: Kind) -> bool {
    kind.as_str().starts_with("alter table")
}

/// Where the name of the altered object begins: after the noun, IF EXISTS and ONLY.
fn altered(code: &Code<'_>) -> Option<(usize, usize)> {
    let mut at = 1;
    while code.is_any(at, &["external", "foreign", "materialized", "event", "rls", "masking", "identity", "data"]) {
        at += 1;
    }
    at += 1;
    at = code.phrase(at, &["if", "exists"]).unwrap_or(at);
    if code.is(at, "only") {
        at += 1;
    }
    code.past_name(at).map(|next| (at, next))
}

/// `ALTER noun s.a ... RENAME TO b` as `ALTER noun s.b ... RENAME TO a`.
fn rename(code: &Code<'_>) -> Option<String> {
    let (start, next) = altered(code)?;
    let rename = code.find(next, |at| code.is(at, "rename"))?;
    let to = code.phrase(rename, &["rename", "to"])?;
    let end = code.past_name(to)?;
    if end != code.tokens.len() {
        return None;
    }
    let base = base_of(code, start, next);
    let verb = code.source(0..start);
    let schema = code.source(start..base);
    let between = code.source(next..rename);
    let gap = if between.is_empty() || between.starts_with('(') { "" } else { " " };
    let new = code.source(to..end);
    Some(format!("{verb} {schema}{new}{gap}{between} RENAME TO {}", code.source(base..next)))
}

/// Where the last part of a qualified name begins.
fn base_of(code: &Code<'_>, start: usize, next: usize) -> usize {
    (start..next).rev().find(|at| code.kind(*at) == Some(TokenKind::Dot)).map_or(start, |dot| dot + 1)
}

/// `... RENAME [COLUMN | CONSTRAINT | VALUE | ATTRIBUTE] a TO b` with `a` and `b` changed over.
fn rename_part(code: &Code<'_>) -> Option<String> {
    let (_, next) = altered(code)?;
    let rename = code.find(next, |at| code.is(at, "rename"))?;
    let to = code.find(rename, |at| code.is(at, "to"))?;
    if to < rename + 2 || to + 2 != code.tokens.len() {
        return None;
    }
    Some(format!("{} {} TO {}", code.source(0..to - 1), code.token(to + 1), code.token(to - 1)))
}

/// `ALTER TABLE s.t SET SCHEMA n` as `ALTER TABLE n.t SET SCHEMA s`, if the text says what `s` was.
fn set_schema(code: &Code<'_>) -> Option<String> {
    let (start, next) = altered(code)?;
    let base = base_of(code, start, next);
    let new = code.phrase(next, &["set", "schema"])?;
    if base == start || new + 1 != code.tokens.len() {
        return None;
    }
    let verb = code.source(0..start);
    let old = code.source(start..base - 1);
    Some(format!("{verb} {}.{} SET SCHEMA {old}", code.token(new), code.source(base..next)))
}

fn add_column(statement: &Statement, code: &Code<'_>) -> Inverse {
    let Some((_, next)) = altered(code) else { return impossible(NOT_BEFORE) };
    let column = if code.is(next + 1, "column") { next + 2 } else { next + 1 };
    if code.phrase(column, &["if", "not", "exists"]).is_some() {
        return impossible("the column may have existed before");
    }
    if code.items(0..code.tokens.len()).len() > 1 {
        return impossible("it does several things at once");
    }
    match (&statement.object, code.name(column)) {
        (Some(table), Some((column, _))) => {
            Inverse::KeepColumn { table: table.clone(), column: column.base().to_owned() }
        }
        _ => impossible(NOT_BEFORE),
    }
}

fn add_constraint(code: &Code<'_>) -> Inverse {
    let Some((_, next)) = altered(code) else { return impossible(NOT_BEFORE) };
    let Some(name) = code.phrase(next, &["add", "constraint"]) else {
        return impossible("the server chooses the name of the constraint");
    };
    if code.items(0..code.tokens.len()).len() > 1 {
        return impossible("it does several things at once");
    }
    match code.name(name) {
        Some((_, end)) => {
            Inverse::Statement(format!("{} DROP CONSTRAINT {}", code.source(0..next), code.source(name..end)))
        }
        None => impossible(NOT_BEFORE),
    }
}

fn attach_partition(code: &Code<'_>) -> Option<String> {
    let (_, next) = altered(code)?;
    let partition = code.phrase(next, &["attach", "partition"])?;
    let end = code.past_name(partition)?;
    Some(format!("{} DETACH PARTITION {}", code.source(0..next), code.source(partition..end)))
}

/// `ADD PARTITION (...) LOCATION '...'` of one partition; its files stay where they are.
fn external_partition(code: &Code<'_>) -> Option<String> {
    let (_, next) = altered(code)?;
    let values = code.phrase(next, &["add", "partition"])?;
    let after = code.close(values);
    let opens = code.kind(values) == Some(TokenKind::LeftParenthesis);
    if !opens || code.find(after, |at| code.is(at, "partition")).is_some() {
        return None;
    }
    Some(format!("{} DROP PARTITION {}", code.source(0..next), code.source(values..after)))
}

/// The same statement with `verb` instead of the words `old`, which stand just after the name.
fn swap(code: &Code<'_>, old: &[&str], verb: &str) -> Option<String> {
    let (_, next) = altered(code)?;
    let rest = code.phrase(next, old)?;
    Some(format!("{} {verb} {}", code.source(0..next), code.source(rest..code.tokens.len())))
}

/// The REVOKE for the GRANT at `grant`; empty if it has no shape that is known.
pub(super) fn revoke(code: &Code<'_>, grant: usize) -> String {
    let end = code.tokens.len();
    let on = code.find(grant + 1, |at| code.is(at, "on")).unwrap_or(grant + 1);
    let Some(to) = code.find(on, |at| code.is(at, "to")) else { return String::new() };
    // A revoked right takes its grant option along.
    let option = code.find(to, |at| {
        ["grant", "admin", "inherit", "set"].iter().any(|word| code.phrase(at, &["with", word]).is_some())
    });
    let grantees = code.source(to + 1..option.unwrap_or(end));
    format!("REVOKE {} FROM {grantees}", code.source(grant + 1..to))
}

pub(super) fn default_privileges(code: &Code<'_>) -> Inverse {
    match code.find(3, |at| code.is(at, "grant")) {
        Some(grant) => match revoke(code, grant) {
            text if text.is_empty() => impossible(NOT_BEFORE),
            text => Inverse::Statement(format!("{} {text}", code.source(0..grant))),
        },
        None => impossible("it is not known which rights existed"),
    }
}

/// `ATTACH ... POLICY p ON t ... TO x` as `DETACH ... POLICY p ON t FROM x`.
pub(super) fn detach(code: &Code<'_>) -> Inverse {
    let end = code.tokens.len();
    let Some(to) = code.find(1, |at| code.is(at, "to")) else { return impossible(NOT_BEFORE) };
    let target = code.find(1, |at| code.is(at, "using")).filter(|using| *using < to).unwrap_or(to);
    let priority = code.find(to, |at| code.is(at, "priority")).unwrap_or(end);
    Inverse::Statement(format!("DETACH {} FROM {}", code.source(1..target), code.source(to + 1..priority)))
}
