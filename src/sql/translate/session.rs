//! Settings of the session, and what is asked of the server: SET, RESET, SHOW, CANCEL.

use super::super::code::Code;
use super::super::lexer::TokenKind;
use super::super::quote::quote_literal;
use super::super::{Dialect, ObjectName, quote_name};
use super::Untranslatable;
use super::edits::{Edits, word_in};
use super::name;

/// Parameters that only Redshift has. PostgreSQL keeps them under `redshift.`, so that they can be shown again.
///
/// [Configuration reference](https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_ConfigurationRef.html)
const OWN: &[&str] = &[
    "activate_aqua",
    "analyze_threshold_percent",
    "auto_analyze",
    "auto_mv",
    "case_sensitive_super_attribute",
    "cast_super_null_on_error",
    "compound_sort_key_limit",
    "compupdate",
    "datashare_break_glass_session_var",
    "default_geometry_encoding",
    "describe_field_name_in_uppercase",
    "downcase_delimited_identifier",
    "enable_case_sensitive_identifier",
    "enable_case_sensitive_super_attribute",
    "enable_numeric_rounding",
    "enable_result_cache_for_session",
    "enable_vacuum_boost",
    "error_on_nondeterministic_update",
    "extra_autocommit",
    "json_parse_dedup_attributes",
    "json_parse_truncate_strings",
    "json_serialization_enable",
    "json_serialization_parse_nested_strings",
    "max_concurrency_scaling_clusters",
    "max_cursor_result_set_size",
    "metadata_sync",
    "mv_enable_aqmv_for_session",
    "navigate_super_null_on_error",
    "parse_super_null_on_error",
    "pg_federation_repeatable_read",
    "query_group",
    "query_priority",
    "require_ssl",
    "s3_iam_role",
    "search_path_for_external",
    "spectrum_enable_pseudo_columns",
    "spectrum_query_maxerror",
    "stored_proc_log_min_messages",
    "use_fips_ssl",
    "user_session_timeout",
    "wlm_json_configuration",
    "wlm_query_slot_count",
    "enable_local_temp_table_by_default",
];

/// Beginnings of names that only Redshift gives to parameters; PostgreSQL's own are excepted.
const FAMILIES: &[&str] = &["enable_spectrum_", "spectrum_", "wlm_", "mv_", "query_", "pg_federation_", "datashare_"];

fn is_own(name: &str) -> bool {
    OWN.contains(&name) || FAMILIES.iter().any(|family| name.starts_with(family))
}

/// `SET`, `RESET` and `ALTER USER ... SET`: the parameter stands at `at`, and `verb` says which it is.
pub(super) fn parameter(edits: &mut Edits<'_>, at: usize, verb: usize) {
    let mut at = at;
    if edits.code().is_any(at, &["session", "local"]) && edits.code().kind(at + 1) == Some(TokenKind::Word) {
        at += 1;
    }
    if edits.code().is(at, "timezone")
        && edits.code().is_any(at + 1 + usize::from(edits.code().is_any(at + 1, &["to"])), &["interval"])
    {
        let past = at + 1 + usize::from(edits.code().is(at + 1, "to"));
        edits.replace(at..past, "time zone");
        return;
    }
    let code = edits.code();
    let name = code.token(at).to_ascii_lowercase();
    let qualified = code.kind(at + 1) == Some(TokenKind::Dot);
    if qualified || !is_own(&name) {
        // `SET seed TO .25`, `SET timezone = '...'` and the like are the same; a bare word of Redshift's may be a value.
        return;
    }
    // The double itself follows what a session says of names; see `quoted_names`.
    if verb > 0 || !name::is_about_quoted_names(&name) {
        edits.note(at, format!("the parameter {name} is kept and has no effect here"));
    }
    edits.insert_before(at, "redshift.");
    let value = at + 2;
    // A value that would be a keyword there.
    if !edits.code().is(verb, "reset") && edits.code().is(value, "default") {
        edits.replace(value..value + 1, "''");
    }
}

/// `SHOW`: of a parameter, or of objects.
pub(super) fn show(edits: &mut Edits<'_>) -> Result<(), Untranslatable> {
    let code = edits.code();
    let end = edits.len();
    let what = code.token(1).to_ascii_lowercase();
    let call = match what.as_str() {
        "databases" => Some("redshift_show_databases()".to_owned()),
        "schemas" => Some(format!("redshift_show_schemas({}, {})", name_after(edits, "database"), pattern(edits))),
        "tables" => {
            let (database, schema) = two(edits, "schema");
            Some(format!("redshift_show_tables({database}, {schema}, {})", pattern(edits)))
        }
        "columns" => Some(columns(edits)),
        "table" | "view" if end > 2 => code.name(2).map(|(name, _)| {
            let name = quote_literal(&quote_name(&name), Dialect::Postgres);
            format!("redshift_show_{what}({name}::regclass)")
        }),
        "procedure" if end > 2 => {
            let signature = quote_literal(code.source(2..end), Dialect::Postgres);
            Some(format!("redshift_show_procedure({signature})"))
        }
        "grants" => grants(edits),
        _ if end > 2 && !is_parameter(code) => {
            let second = if code.is_any(2, &["from", "of", "on", "in", "like"]) { 2 } else { 3 };
            let words = code.source(1..second).to_uppercase();
            let why = match what.as_str() {
                "external" => "there is no external catalog",
                "model" | "models" => "there is no machine learning",
                "datashares" => "there are no other clusters to share with",
                _ => "ask the catalogue, such as svv_columns or pg_proc",
            };
            return Err(edits.refuse(1, format!("SHOW {words} is not supported on the local target: {why}")));
        }
        "datashares" | "models" | "policies" => {
            let words = what.to_uppercase();
            return Err(edits.refuse(1, format!("SHOW {words} is not supported on the local target")));
        }
        _ => None,
    };
    if let Some(call) = call {
        let limit = word_in(code, 2..end, "limit").map_or("", |at| code.source(at..end));
        let query = format!("select * from pg_catalog.{call} {limit}");
        edits.replace(0..end, query.trim_end());
    } else if end == 2 && what == "server_version" {
        edits.replace(0..end, "select '8.0.2'::text as server_version");
    } else if end == 2 && is_own(&what) {
        edits.replace(0..end, format!("select current_setting('redshift.{what}', true) as {what}"));
    }
    Ok(())
}

/// Whether what is shown is a parameter that is written in several words, or with a dot.
fn is_parameter(code: &Code<'_>) -> bool {
    let several = [["time", "zone"], ["session", "authorization"], ["transaction", "isolation"]];
    code.kind(2) == Some(TokenKind::Dot) || several.iter().any(|words| code.phrase(1, words).is_some())
}

fn literal(name: &str) -> String {
    quote_literal(name, Dialect::Postgres)
}

/// The name after a word, as a literal; `null` if the word is not there.
fn name_after(edits: &Edits<'_>, word: &str) -> String {
    let code = edits.code();
    let name = word_in(code, 1..edits.len(), word).and_then(|at| code.name(at + 1));
    name.map_or_else(|| "null".to_owned(), |(name, _)| literal(name.base()))
}

/// Database and schema of `SCHEMA database.schema`.
fn two(edits: &Edits<'_>, word: &str) -> (String, String) {
    let code = edits.code();
    let name = word_in(code, 1..edits.len(), word).and_then(|at| code.name(at + 1)).map(|(name, _)| name);
    let part = |part: Option<&str>| part.map_or_else(|| "null".to_owned(), literal);
    (part(name.as_ref().and_then(ObjectName::schema)), part(name.as_ref().map(ObjectName::base)))
}

fn pattern(edits: &Edits<'_>) -> String {
    let code = edits.code();
    let pattern = word_in(code, 1..edits.len(), "like").and_then(|at| code.literal(at + 1));
    pattern.map_or_else(|| "null".to_owned(), |pattern| literal(&pattern))
}

fn columns(edits: &Edits<'_>) -> String {
    let code = edits.code();
    let name = word_in(code, 1..edits.len(), "table").and_then(|at| code.name(at + 1));
    let parts = name.map(|(name, _)| name.parts).unwrap_or_default();
    let part = |from_end: usize| {
        let at = parts.len().checked_sub(from_end);
        at.and_then(|at| parts.get(at)).map_or_else(|| "null".to_owned(), |part| literal(part))
    };
    format!("redshift_show_columns({}, {}, {}, {})", part(3), part(2), part(1), pattern(edits))
}

/// `SHOW GRANTS ON TABLE t` and `SHOW GRANTS FOR user`.
fn grants(edits: &Edits<'_>) -> Option<String> {
    let code = edits.code();
    let on = code.is(2, "on");
    let word = on && code.is_any(3, &["table", "schema", "database", "function", "procedure", "datashare"]);
    let kind = match (on, word) {
        (true, true) => code.token(3).to_lowercase(),
        (true, false) => "table".to_owned(),
        (false, _) => "for".to_owned(),
    };
    let at = 3 + usize::from(word || code.is_any(3, &["role", "user", "group"]));
    let (name, _) = code.name(at)?;
    Some(format!("redshift_show_grants({}, {})", literal(&kind), literal(&name.to_string())))
}

/// `CANCEL process ['message']`.
pub(super) fn cancel(edits: &mut Edits<'_>) {
    let end = edits.len();
    if edits.code().kind(2).is_some() {
        edits.note(2, "the message of CANCEL is left out");
    }
    let process = edits.code().token(1).to_owned();
    edits.replace(0..end, format!("select pg_cancel_backend({process})"));
}
