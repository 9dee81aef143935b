//! Data types as the catalogue writes them.

use std::ops::Range;

use super::super::code::Code;
use super::super::lexer::TokenKind;
use super::Dialect;

/// What `format_type` gives for the type that is written in `range`; nothing for a type that is not plainly known.
///
/// With `sized` the length or precision belongs to it (PG datatype, RS c_Supported_data_types), else it is left out, as
/// for the arguments of a routine.
pub(in crate::sql) fn catalogue_type(
    code: &Code<'_>,
    range: Range<usize>,
    sized: bool,
    engine: Dialect,
) -> Option<String> {
    let (words, size) = words_and_size(code, range)?;
    let plain = |name: &str| size.is_none().then(|| name.to_owned());
    match words.as_str() {
        "smallint" | "int2" => plain("smallint"),
        "integer" | "int" | "int4" => plain("integer"),
        "bigint" | "int8" => plain("bigint"),
        "real" | "float4" => plain("real"),
        "double precision" | "float" | "float8" => plain("double precision"),
        "boolean" | "bool" => plain("boolean"),
        "date" => plain("date"),
        "uuid" | "json" | "jsonb" | "bytea" | "text" if engine == Dialect::Postgres => plain(&words),
        "super" if engine == Dialect::Redshift => plain("super"),
        "numeric" | "decimal" | "dec" => Some(numeric(size.as_deref(), sized, engine)),
        "varchar" | "character varying" | "nvarchar" | "char varying" => varying(size.as_deref(), sized, engine),
        "text" => varying(size.as_deref(), sized, engine),
        "char" | "character" | "nchar" => {
            let size = size.as_deref().unwrap_or("1");
            Some(if sized { format!("character({size})") } else { "character".to_owned() })
        }
        "timestamp" | "timestamp without time zone" => Some(of_time("timestamp", size.as_deref(), sized, "without")),
        "timestamptz" | "timestamp with time zone" => Some(of_time("timestamp", size.as_deref(), sized, "with")),
        "time" | "time without time zone" => Some(of_time("time", size.as_deref(), sized, "without")),
        "timetz" | "time with time zone" => Some(of_time("time", size.as_deref(), sized, "with")),
        _ => None,
    }
}

/// The words in lower case and what stands in the one parenthesis, blanks left out.
fn words_and_size(code: &Code<'_>, range: Range<usize>) -> Option<(String, Option<String>)> {
    let (mut words, mut size) = (Vec::new(), None);
    let mut at = range.start;
    while at < range.end {
        match code.kind(at)? {
            TokenKind::Word => words.push(code.token(at).to_ascii_lowercase()),
            TokenKind::LeftParenthesis if size.is_none() => {
                let inside = at + 1..code.close(at).saturating_sub(1);
                size = Some(inside.map(|at| code.token(at).to_ascii_lowercase()).collect::<String>());
            }
            _ => return None,
        }
        at = code.step(at);
    }
    let known = |size: &String| size == "max" || size.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
    size.as_ref().is_none_or(known).then(|| (words.join(" "), size))
}

fn numeric(size: Option<&str>, sized: bool, engine: Dialect) -> String {
    match size {
        _ if !sized => "numeric".to_owned(),
        Some(size) if size.contains(',') => format!("numeric({size})"),
        Some(size) => format!("numeric({size},0)"),
        None if engine == Dialect::Redshift => "numeric(18,0)".to_owned(),
        None => "numeric".to_owned(),
    }
}

/// RS r_Character_types: 256 bytes unless said otherwise, and `max` is 65535.
fn varying(size: Option<&str>, sized: bool, engine: Dialect) -> Option<String> {
    let name = "character varying";
    match (size, engine) {
        _ if !sized => Some(name.to_owned()),
        (Some("max"), Dialect::Redshift) => Some(format!("{name}(65535)")),
        (Some("max"), Dialect::Postgres) => None,
        (Some(size), _) => Some(format!("{name}({size})")),
        (None, Dialect::Redshift) => Some(format!("{name}(256)")),
        (None, Dialect::Postgres) => Some(name.to_owned()),
    }
}

fn of_time(name: &str, size: Option<&str>, sized: bool, zone: &str) -> String {
    let size = size.filter(|_| sized).map(|size| format!("({size})")).unwrap_or_default();
    format!("{name}{size} {zone} time zone")
}
