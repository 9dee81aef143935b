//! Keeps what a statement says of storage in the library's catalogue, in the statement's own transaction.

use serde_json::{Map, Value, json};

use crate::sql::{ColumnEncoding, Dialect, Distribution, PhysicalDesign, SortKey, quote_literal, quote_name};

/// The statement that keeps it, to be sent right after the one that says it. None if nothing is said.
pub(super) fn keep(design: &PhysicalDesign) -> Option<String> {
    let mut said = said(design);
    if said.is_empty() {
        return None;
    }
    said.insert("alters".to_owned(), json!(design.alters));
    let name = quote_literal(&quote_name(&design.object), Dialect::Postgres);
    let said = quote_literal(&Value::Object(said).to_string(), Dialect::Postgres);
    Some(format!("call pg_double.set_design({name}, {said})"))
}

/// What `pg_double.set_design` reads: what the statement does not mention is not there.
fn said(design: &PhysicalDesign) -> Map<String, Value> {
    let mut said = Map::new();
    let mut say = |word: &str, value: Value| said.insert(word.to_owned(), value);
    if let Some(distribution) = &design.distribution {
        let (style, key) = match distribution {
            Distribution::Auto => ("auto", None),
            Distribution::Even => ("even", None),
            Distribution::All => ("all", None),
            Distribution::Key(column) => ("key", Some(column)),
        };
        say("distribution", json!(style));
        say("distribution_key", json!(key));
    }
    if let Some(sort_key) = &design.sort_key {
        let (order, columns): (_, &[String]) = match sort_key {
            SortKey::Auto => ("auto", &[]),
            SortKey::None => ("none", &[]),
            SortKey::Compound(columns) => ("compound", columns),
            SortKey::Interleaved(columns) => ("interleaved", columns),
        };
        say("sort_order", json!(order));
        say("sort_key", json!(columns));
    }
    if !design.encodings.is_empty() {
        let encoding = |one: &ColumnEncoding| json!({"column": one.column, "encoding": one.encoding});
        say("encodings", design.encodings.iter().map(encoding).collect());
    }
    if design.encode_auto {
        say("encode_auto", json!(true));
    }
    if let Some(backup) = design.backup {
        say("backup", json!(backup));
    }
    if let Some(auto_refresh) = design.auto_refresh {
        say("auto_refresh", json!(auto_refresh));
    }
    if !design.keys.is_empty() {
        say("keys", json!(design.keys));
    }
    if let Some(statement) = &design.late_binding {
        say("late_binding", json!(statement));
    }
    said
}
