//! External schemas and tables: what their statements say goes to procedures of the double's library, which keep it.
//!
//! [CREATE EXTERNAL TABLE](https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_TABLE.html),
//! [CREATE EXTERNAL SCHEMA](https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_SCHEMA.html),
//! [ALTER TABLE](https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE_external-table.html)

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::super::code::Code;
use super::super::lexer::TokenKind;
use super::super::quote::{quote_literal, quote_name, unquote_identifier};
use super::super::{Dialect, Kind, ObjectName};
use super::data_type::{self, Place};
use super::edits::Edits;
use super::{Lacks, Untranslatable, translate};

/// What Hive calls the readers and writers of a file format, and the SerDe that it has unless another is named.
const FORMATS: &[(&str, [&str; 3])] = &[
    (
        "textfile",
        [
            "org.apache.hadoop.mapred.TextInputFormat",
            "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        ],
    ),
    (
        "parquet",
        [
            "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        ],
    ),
    (
        "avro",
        [
            "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
            "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
            "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
        ],
    ),
    (
        "orc",
        [
            "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
            "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
            "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
        ],
    ),
    (
        "rcfile",
        [
            "org.apache.hadoop.hive.ql.io.RCFileInputFormat",
            "org.apache.hadoop.hive.ql.io.RCFileOutputFormat",
            "org.apache.hadoop.hive.serde2.columnar.ColumnarSerDe",
        ],
    ),
    (
        "sequencefile",
        [
            "org.apache.hadoop.mapred.SequenceFileInputFormat",
            "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat",
            "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        ],
    ),
];

/// Rewrites a statement about an external schema or table.
pub(super) fn rewrite(edits: &mut Edits<'_>, kind: Kind) -> Result<(), Untranslatable> {
    let call = match kind {
        Kind::CreateExternalSchema => create_schema(edits)?,
        Kind::AlterExternalSchema => alter_schema(edits)?,
        Kind::AlterExternalTable => alter_table(edits)?,
        _ => create_table(edits, kind)?,
    };
    let all = 0..edits.len();
    edits.replace(all, call);
    Ok(())
}

/// Where the query of CREATE EXTERNAL TABLE AS begins.
fn query_of(code: &Code<'_>) -> Option<usize> {
    let at = code.find(4, |at| code.is(at, "as") && !code.is(at - 1, "stored"))?;
    Some(at + 1)
}

/// The query whose rows a CREATE EXTERNAL TABLE AS, or an INSERT into a table without a list of columns, writes.
pub fn written_query(text: &str, kind: Kind) -> Option<&str> {
    let code = Code::new(text, Dialect::Redshift);
    let at = match kind {
        Kind::CreateExternalTableAs => query_of(&code)?,
        _ => code.past_name(1 + usize::from(code.is(1, "into")))?,
    };
    let inside = (at..code.tokens.len()).find(|at| code.kind(*at) != Some(TokenKind::LeftParenthesis))?;
    code.is_any(inside, &["select", "with"]).then(|| code.source(at..code.tokens.len()))
}

/// `ALTER TABLE ... ADD COLUMN` or `DROP COLUMN`, as translated, of a table that is an external one.
pub fn alter_external_columns(translated: &str) -> Option<String> {
    let code = Code::new(translated, Dialect::Postgres);
    let (name, at) = code.name(2)?;
    let column = at + 1 + usize::from(code.is(at + 1, "column"));
    let named = literal(&unquote_identifier(code.token(column)));
    let change = if code.is(at, "add") {
        format!("{named}, {}, null", literal(code.source(column + 1..code.tokens.len())))
    } else {
        format!("null, null, {named}")
    };
    Some(format!("call pg_double.external_columns({}, {change})", literal(&quote_name(&name))))
}

/// `DROP TABLE`, as translated, of a table that is an external one, which is a view to PostgreSQL; nothing for a list.
pub fn drop_external_table(translated: &str) -> Option<String> {
    let code = Code::new(translated, Dialect::Postgres);
    let alone = (0..code.tokens.len()).all(|at| code.kind(at) != Some(TokenKind::Comma));
    (alone && code.phrase(0, &["drop", "table"]).is_some())
        .then(|| format!("drop view {}", code.source(2..code.tokens.len())))
}

fn literal(text: &str) -> String {
    quote_literal(text, Dialect::Postgres)
}

fn array(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
    format!("array[{}]::text[]", values.join(", "))
}

/// The schema and table of a name, which may say the session's database before.
fn qualified(edits: &Edits<'_>, at: usize) -> Result<(ObjectName, usize), Untranslatable> {
    let Some((mut name, past)) = edits.code().name(at) else { return Err(edits.refuse(at, "expected a name")) };
    if name.parts.len() == 3 {
        let here = edits.known.database.as_ref().ok_or_else(|| {
            let message = format!("`{name}` would have to be in the session's database");
            Untranslatable { lacks: Some(Lacks::Database), ..edits.refuse(at, message) }
        })?;
        if name.parts.first() != Some(here) {
            let message = format!("`{name}` is not supported on the local target: it is in another database");
            return Err(edits.refuse(at, message));
        }
        name.parts.remove(0);
    }
    Ok((name, past))
}

/// The words that follow a schema's name, as options: `REGION 'us-east-1' PORT 99`.
fn options(edits: &Edits<'_>, mut at: usize) -> Map<String, Value> {
    let code = edits.code();
    let mut options = Map::new();
    while at < edits.len() {
        let value = code.literal(at + 1).or_else(|| {
            let plain = code.kind(at + 1) == Some(TokenKind::Number)
                || code.is(at, "iam_role") && code.is_any(at + 1, &["default", "session"]);
            plain.then(|| code.token(at + 1).to_owned())
        });
        match value {
            Some(value) if code.kind(at) == Some(TokenKind::Word) => {
                options.insert(code.token(at).to_uppercase(), Value::String(value));
                at += 2;
            }
            _ => at += 1,
        }
    }
    options
}

fn create_schema(edits: &mut Edits<'_>) -> Result<String, Untranslatable> {
    let code = edits.code();
    let exists = code.phrase(3, &["if", "not", "exists"]);
    let start = exists.unwrap_or(3);
    let Some((name, after)) = code.name(start) else {
        return Err(edits.refuse(start, "expected the name of a schema"));
    };
    let from = code.find(after, |at| code.is(at, "from")).map_or(after, |from| from + 1);
    let kind = match () {
        () if code.is(from, "hive") => 2,
        () if code.is(from, "postgres") => 3,
        () if code.is(from, "redshift") => 4,
        () if code.is(from, "mysql") => 5,
        () if code.is_any(from, &["kinesis", "kafka", "msk"]) => 6,
        () => 1,
    };
    let mut options = options(edits, from);
    let database = options.remove("DATABASE").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    if kind > 2 {
        edits.note(from, "the external schema is an ordinary one here, and there are no tables in it");
    }
    Ok(format!(
        "call pg_catalog.redshift_create_external_schema({}, {}, {kind}, {}, {})",
        literal(&quote_name(&name)),
        exists.is_some(),
        literal(&database),
        literal(&Value::Object(options).to_string())
    ))
}

fn alter_schema(edits: &Edits<'_>) -> Result<String, Untranslatable> {
    let Some((name, after)) = edits.code().name(3) else {
        return Err(edits.refuse(3, "expected the name of a schema"));
    };
    let options = Value::Object(options(edits, after)).to_string();
    Ok(format!(
        "call pg_catalog.redshift_alter_external_schema({}, {})",
        literal(&quote_name(&name)),
        literal(&options)
    ))
}

fn create_table(edits: &mut Edits<'_>, kind: Kind) -> Result<String, Untranslatable> {
    let exists = edits.code().phrase(3, &["if", "not", "exists"]);
    let (name, mut at) = qualified(edits, exists.unwrap_or(3))?;
    let query = (kind == Kind::CreateExternalTableAs).then(|| query_of(edits.code())).flatten();
    let end = query.map_or(edits.len(), |query| query - 1);
    let mut columns = Columns::default();
    if edits.code().kind(at) == Some(TokenKind::LeftParenthesis) {
        at = columns.read(edits, at)?;
    }
    let files = columns.names.len();
    let mut definition = Map::new();
    while at < end {
        at = match edits.code().phrase(at, &["partitioned", "by"]) {
            Some(list) if edits.code().kind(list) == Some(TokenKind::LeftParenthesis) => columns.read(edits, list)?,
            _ => clause(edits, at, &mut definition)?,
        };
    }
    complete(&mut definition, &columns.written);
    let keys = array(columns.names.get(files..).unwrap_or_default());
    let definition = literal(&Value::Object(definition).to_string());
    let (name, exists) = (literal(&quote_name(&name)), exists.is_some());
    let Some(query) = query else {
        return Ok(format!(
            "call pg_catalog.redshift_create_external_table({name}, {exists}, {}, {}, {keys}, {definition})",
            array(&columns.names),
            array(&columns.types)
        ));
    };
    let shift = edits.offset(query);
    let source = edits.code().source(query..edits.len()).to_owned();
    let select = translate(&source, Kind::Select, edits.names, edits.known).map_err(|refused| refused.moved(shift))?;
    let select = literal(&select.sql.unwrap_or_default());
    Ok(format!("call pg_catalog.redshift_create_external_table_as({name}, {exists}, {select}, {keys}, {definition})"))
}

/// Columns of an external table, first those of the files and then those of PARTITIONED BY.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    /// For PostgreSQL.
    types: Vec<String>,
    /// As written.
    written: Map<String, Value>,
}

impl Columns {
    /// Reads the list in the parenthesis at `open`; in PARTITIONED BY of a query, types may be left out.
    fn read(&mut self, edits: &mut Edits<'_>, open: usize) -> Result<usize, Untranslatable> {
        let past = edits.code().close(open);
        for item in items(edits, open + 1..past.saturating_sub(1)) {
            let code = edits.code();
            if !matches!(code.kind(item.start), Some(TokenKind::Word | TokenKind::QuotedIdentifier)) {
                return Err(edits.refuse(item.start, "expected the name of a column"));
            }
            let name = unquote_identifier(code.token(item.start));
            if matches!(name.as_str(), "$path" | "$size" | "$spectrum_oid") {
                return Err(edits.refuse(item.start, format!("a column cannot be called \"{name}\"")));
            }
            let typed = item.start + 1..item.end;
            let written = code.source(typed.clone()).to_lowercase();
            let nested = code.is_any(typed.start, &["struct", "array", "map"]);
            let data_type = match () {
                () if nested => "super".to_owned(),
                () if code.is(typed.start, "string") => "varchar(65535)".to_owned(),
                () if typed.is_empty() => String::new(),
                () => {
                    data_type::rewrite(edits, typed.start, Place::Column);
                    edits.render(typed)
                }
            };
            if !written.is_empty() {
                self.written.insert(name.clone(), Value::String(written));
            }
            self.names.push(name);
            self.types.push(data_type);
        }
        Ok(past)
    }
}

/// The ranges between commas that are neither in parentheses nor in `<` and `>`.
fn items(edits: &Edits<'_>, range: Range<usize>) -> Vec<Range<usize>> {
    let code = edits.code();
    let (mut items, mut start, mut depth) = (Vec::new(), range.start, 0_isize);
    let mut at = range.start;
    while at < range.end {
        let text = code.token(at);
        if code.kind(at) == Some(TokenKind::Comma) && depth <= 0 {
            items.push(start..at);
            start = at + 1;
        } else if !matches!(code.kind(at), Some(TokenKind::String | TokenKind::QuotedIdentifier)) {
            let count = |bracket: char| isize::try_from(text.matches(bracket).count()).unwrap_or_default();
            depth += count('<') - count('>');
        }
        at = code.step(at);
    }
    if start < range.end {
        items.push(start..range.end);
    }
    items
}

/// Reads one clause behind the columns into the definition; returns where the next one stands.
fn clause(edits: &Edits<'_>, at: usize, definition: &mut Map<String, Value>) -> Result<usize, Untranslatable> {
    let code = edits.code();
    let text = |at: usize| code.literal(at).ok_or_else(|| edits.refuse(at, "expected a text in quotes"));
    let mut put = |name: &str, value: Value| definition.insert(name.to_owned(), value);
    if let Some(next) = code.phrase(at, &["row", "format", "serde"]) {
        put("serde", Value::String(text(next)?));
        return Ok(next + 1);
    }
    if let Some(open) = code.phrase(at, &["with", "serdeproperties"]) {
        let (properties, past) = properties(edits, open)?;
        put("serde_parameters", Value::Object(properties));
        return Ok(past);
    }
    if let Some(next) = code.phrase(at, &["row", "format", "delimited"]) {
        let (mut parameters, mut at) = (Map::new(), next);
        while let Some(name) =
            ["fields", "lines", "escaped", "collection", "map", "null"].into_iter().find(|word| code.is(at, word))
        {
            let name = match name {
                "fields" => "field.delim",
                "lines" => "line.delim",
                "escaped" => "escape.delim",
                "collection" => "collection.delim",
                "map" => "mapkey.delim",
                _ => "serialization.null.format",
            };
            let value = code.find(at, |at| code.literal(at).is_some()).unwrap_or(at);
            parameters.insert(name.to_owned(), Value::String(text(value)?));
            at = value + 1;
        }
        put("serde_parameters", Value::Object(parameters));
        return Ok(at);
    }
    if let Some(next) = code.phrase(at, &["stored", "as"]) {
        if code.is(next, "inputformat") && code.is(next + 2, "outputformat") {
            put("input_format", Value::String(text(next + 1)?));
            put("output_format", Value::String(text(next + 3)?));
            return Ok(next + 4);
        }
        file_format(edits, next, definition)?;
        return Ok(next + 1);
    }
    if code.is(at, "location") {
        put("location", Value::String(place(edits, at + 1)?));
        return Ok(at + 2);
    }
    if let Some(open) = code.phrase(at, &["table", "properties"]).or_else(|| code.phrase(at, &["tblproperties"])) {
        let (properties, past) = properties(edits, open)?;
        put("parameters", Value::Object(properties));
        return Ok(past);
    }
    Err(edits.refuse(at, format!("syntax error at or near \"{}\"", code.token(at))))
}

/// `s3://bucket/folder/`; the scheme in small letters.
fn place(edits: &Edits<'_>, at: usize) -> Result<String, Untranslatable> {
    let text = edits.code().literal(at).unwrap_or_default();
    match text.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("s3://")) {
        Some(_) => Ok(format!("s3://{}", text.get(5..).unwrap_or_default())),
        None => Err(edits.refuse(at, "LOCATION must be a place such as 's3://bucket/folder/'")),
    }
}

/// Takes the name of a file format.
fn file_format(edits: &Edits<'_>, at: usize, definition: &mut Map<String, Value>) -> Result<(), Untranslatable> {
    let word = edits.code().token(at).to_lowercase();
    let Some((_, [input, output, serde])) = FORMATS.iter().find(|(name, _)| *name == word) else {
        return Err(edits.refuse(at, format!("`{word}` is not a file format of external tables")));
    };
    definition.insert("input_format".to_owned(), json!(input));
    definition.insert("output_format".to_owned(), json!(output));
    definition.entry("serde").or_insert_with(|| json!(serde));
    Ok(())
}

/// `('name'='value', ...)`.
fn properties(edits: &Edits<'_>, open: usize) -> Result<(Map<String, Value>, usize), Untranslatable> {
    let code = edits.code();
    let past = code.close(open);
    let mut properties = Map::new();
    for item in code.items(open + 1..past.saturating_sub(1)) {
        match (code.literal(item.start), code.literal(item.start + 2)) {
            (Some(name), Some(value)) if item.len() == 3 => properties.insert(name, Value::String(value)),
            _ => return Err(edits.refuse(item.start, "expected 'name'='value'")),
        };
    }
    Ok((properties, past))
}

/// Adds what a statement may leave out.
fn complete(definition: &mut Map<String, Value>, written: &Map<String, Value>) {
    let [input, output, serde] = FORMATS.first().map_or([""; 3], |(_, classes)| *classes);
    for (name, value) in [("input_format", input), ("output_format", output), ("serde", serde)] {
        definition.entry(name).or_insert_with(|| json!(value));
    }
    for name in ["serde_parameters", "parameters"] {
        definition.entry(name).or_insert_with(|| json!({}));
    }
    definition.insert("types".to_owned(), Value::Object(written.clone()));
}

fn alter_table(edits: &Edits<'_>) -> Result<String, Untranslatable> {
    let code = edits.code();
    let table = code.find(1, |at| code.is(at, "table")).unwrap_or(1);
    let (name, at) = qualified(edits, table + 1)?;
    let mut change = Map::new();
    if code.is(at, "add") {
        added(edits, at + 1, &mut change)?;
    } else if code.is(at, "drop") {
        let mut dropped = Vec::new();
        let mut next = at + 1;
        while code.is(next, "partition") {
            let (values, past) = partition(edits, next)?;
            dropped.push(values);
            next = past + usize::from(code.kind(past) == Some(TokenKind::Comma));
        }
        change.insert("drop".to_owned(), Value::Array(dropped));
    } else if code.is(at, "partition") {
        let (values, past) = partition(edits, at)?;
        change.insert("partition".to_owned(), values);
        if code.phrase(past, &["set", "location"]).is_none() {
            return Err(edits.refuse(past, "expected SET LOCATION"));
        }
        change.insert("location".to_owned(), Value::String(place(edits, past + 2)?));
    } else if let Some(format) = code.phrase(at, &["set", "file", "format"]) {
        file_format(edits, format, &mut change)?;
    } else {
        clause(edits, at + 1, &mut change)?;
    }
    let change = literal(&Value::Object(change).to_string());
    Ok(format!("call pg_catalog.redshift_alter_external_table({}, {change})", literal(&quote_name(&name))))
}

/// `[IF NOT EXISTS] PARTITION (...) LOCATION '...' [PARTITION ...]`
fn added(edits: &Edits<'_>, at: usize, change: &mut Map<String, Value>) -> Result<(), Untranslatable> {
    let code = edits.code();
    let exists = code.phrase(at, &["if", "not", "exists"]);
    let mut next = exists.unwrap_or(at);
    let mut partitions = Vec::new();
    while code.is(next, "partition") {
        let (values, past) = partition(edits, next)?;
        if !code.is(past, "location") {
            return Err(edits.refuse(past, "expected LOCATION"));
        }
        partitions.push(json!({"values": values, "location": place(edits, past + 1)?}));
        next = past + 2 + usize::from(code.kind(past + 2) == Some(TokenKind::Comma));
    }
    if next < edits.len() {
        return Err(edits.refuse(next, "expected PARTITION"));
    }
    change.insert("add".to_owned(), Value::Array(partitions));
    change.insert("if_not_exists".to_owned(), json!(exists.is_some()));
    Ok(())
}

/// `PARTITION (name=value, ...)` as a member for each name.
fn partition(edits: &Edits<'_>, at: usize) -> Result<(Value, usize), Untranslatable> {
    let code = edits.code();
    let open = at + 1;
    if code.kind(open) != Some(TokenKind::LeftParenthesis) {
        return Err(edits.refuse(open, "expected the values of a partition in parentheses"));
    }
    let past = code.close(open);
    let mut values = Map::new();
    for item in code.items(open + 1..past.saturating_sub(1)) {
        let name = unquote_identifier(code.token(item.start));
        let value = code.literal(item.end - 1).unwrap_or_else(|| code.source(item.start + 2..item.end).to_owned());
        if item.len() < 3 || code.token(item.start + 1) != "=" {
            return Err(edits.refuse(item.start, "expected name=value"));
        }
        values.insert(name, Value::String(value));
    }
    Ok((Value::Object(values), past))
}
