//! Columns and tables as Redshift does not define them.

use std::ops::Range;

use super::Refusal;
use crate::sql::code::Code;
use crate::sql::lexer::TokenKind;
use crate::sql::{Kind, Statement};

/// Types of PostgreSQL (<https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-datatypes.html>).
const TYPES: &[&str] = &[
    "serial",
    "bigserial",
    "smallserial",
    "serial2",
    "serial4",
    "serial8",
    "money",
    "uuid",
    "json",
    "jsonb",
    "xml",
    "bytea",
    "bit",
    "inet",
    "cidr",
    "macaddr",
    "macaddr8",
    "hstore",
    "tsvector",
    "tsquery",
    "point",
    "line",
    "lseg",
    "box",
    "path",
    "polygon",
    "circle",
    "int4range",
    "int8range",
    "numrange",
    "tsrange",
    "tstzrange",
    "daterange",
    "txid_snapshot",
    "regclass",
    "citext",
];

/// Words that begin a constraint of the table instead of a column.
const CONSTRAINTS: &[&str] = &["constraint", "primary", "unique", "foreign", "check", "exclude", "like"];

const CHECK: &str = "check the rows with a test instead";

/// What Redshift refuses in the columns of a CREATE TABLE or an ADD COLUMN.
pub(super) fn refusal(code: &Code<'_>, statement: &Statement) -> Option<Refusal> {
    let table = statement.object.as_ref()?.base();
    if statement.kind == Kind::AlterTableAddColumn {
        let add = code.find(2, |at| code.is(at, "add"))?;
        let at = if code.is(add + 1, "column") { add + 2 } else { add + 1 };
        let items = code.items(at..code.tokens.len());
        if let [_, second, ..] = items.as_slice() {
            return Some(Refusal::syntax(code, second.start - 1, "write one ALTER TABLE for each column"));
        }
        return column(code, at..code.tokens.len(), table);
    }
    let open = code.find(0, |at| code.kind(at) == Some(TokenKind::LeftParenthesis))?;
    let close = code.close(open);
    let inside = code.items(open + 1..close.saturating_sub(1));
    inside.into_iter().find_map(|item| element(code, item, table)).or_else(|| attributes(code, close))
}

fn element(code: &Code<'_>, item: Range<usize>, table: &str) -> Option<Refusal> {
    if !code.is_any(item.start, CONSTRAINTS) {
        return column(code, item, table);
    }
    let named = code.is(item.start, "constraint");
    let at = if named { item.start + 2 } else { item.start };
    let offset = code.tokens.get(at)?.start;
    // `check` may also be the name of a column.
    if code.is(at, "check") && code.kind(at + 1) == Some(TokenKind::LeftParenthesis) {
        return Some(Refusal::unsupported("ALTER/CREATE TABLE CHECK constraint is not supported", CHECK, offset));
    }
    code.is(at, "exclude").then(|| Refusal::syntax(code, at, CHECK))
}

fn column(code: &Code<'_>, item: Range<usize>, table: &str) -> Option<Refusal> {
    let (name, ty) = code.name(item.start)?;
    let offset = code.tokens.get(item.start)?.start;
    let array = item.clone().find(|at| code.token(*at) == "[" || code.is(*at, "array"));
    if let Some(at) = array.filter(|at| *at <= code.step(ty + 1)) {
        let of = code.source(ty..at).to_lowercase();
        return Some(unsupported(table, name.base(), &format!("{of}[]"), offset));
    }
    if code.is_any(ty, TYPES) {
        return Some(unsupported(table, name.base(), &code.token(ty).to_lowercase(), offset));
    }
    let check = item
        .clone()
        .skip(1)
        .find(|at| code.is(*at, "check") && code.kind(at + 1) == Some(TokenKind::LeftParenthesis))?;
    let message = "ALTER/CREATE TABLE column CHECK constraint is not supported";
    Some(Refusal::unsupported(message, CHECK, code.tokens[check].start))
}

fn unsupported(table: &str, column: &str, ty: &str, offset: usize) -> Refusal {
    let hint = match ty {
        _ if ty.contains("serial") => "use `bigint identity(1, 1)`",
        "json" | "jsonb" => "use SUPER",
        "uuid" => "use CHAR(36)",
        "bytea" => "use VARBYTE",
        "money" => "use DECIMAL",
        _ if ty.ends_with("[]") => "use SUPER",
        _ => "use VARCHAR",
    };
    Refusal::unsupported(format!("Column \"{table}.{column}\" has unsupported type \"{ty}\"."), hint, offset)
}

/// What follows the columns.
fn attributes(code: &Code<'_>, from: usize) -> Option<Refusal> {
    let at = code.find(from, |at| {
        code.is_any(at, &["inherits", "tablespace", "using"]) || code.phrase(at, &["partition", "by"]).is_some()
    })?;
    Some(Refusal::syntax(code, at, "leave it out: a table is laid out by DISTKEY and SORTKEY"))
}
