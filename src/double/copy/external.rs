//! Reads the files of an external table, as Redshift Spectrum does, into the table that waits for them.
//!
//! Rules are from [CREATE EXTERNAL TABLE](https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_TABLE.html) and
//! [Creating external tables](https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-external-tables.html).

use std::io;
use std::sync::Arc;

use super::charset::Charset;
use super::column::Column;
use super::datetime::{DateFormat, TimeFormat};
use super::failure::{plain, store_error};
use super::input::Input;
use super::load::{CopyFailure, look_up, server};
use super::rows::Rows;
use super::source;
use super::statement::{Conversion, CopyStatement, Format, Layout, Mapping, Place};
use crate::double::data::decompress::Compression;
use crate::double::data::unescape_marker;
use crate::double::external::ExternalTable;
use crate::double::unload::NO_PARTITION_VALUE;
use crate::ports::{Batch, DbError, DbErrorKind, Session, Store};
use crate::sql::{Dialect, quote_identifier, quote_literal, quote_name};

/// Columns that say where a row comes from.
const PSEUDO: [&str; 2] = ["$path", "$size"];

/// Reads all files of the table.
///
/// # Errors
///
/// Fails if a file cannot be read or does not fit the table, or if the double cannot read files of the sort.
pub(in crate::double) async fn read_external(
    table: &ExternalTable,
    session: &mut dyn Session,
    store: &Arc<dyn Store>,
) -> Result<(), CopyFailure> {
    let statement = statement(table).map_err(CopyFailure::Here)?;
    let mut batch = Batch::default();
    batch.exact(format!("call pg_double.open_external({})", table.id));
    session.run(&batch).await.map_err(server)?;
    let columns = look_up(&statement, session).await?.columns.into_iter().map(|(column, _)| column);
    let in_files = |column: &Column| !table.keys.contains(&column.name) && !PSEUDO.contains(&column.name.as_str());
    let columns: Vec<Column> = columns.filter(in_files).collect();
    let whole = [(Vec::new(), table.definition.location.clone().unwrap_or_default())];
    let parts: Vec<(Vec<String>, String)> = match table.keys.is_empty() {
        true => whole.into(),
        false => table.partitions.iter().map(|part| (part.values.clone(), part.location.clone())).collect(),
    };
    for (values, location) in parts {
        for place in objects(&statement, &location, store.as_ref()).map_err(CopyFailure::Here)? {
            let size = store.head(&place.bucket, &place.key).map_err(|error| CopyFailure::Here(store_error(error)))?;
            let size = size.map_or(0, |head| head.size);
            read_one(table, &statement, &columns, &values, (place, size), session, store).await?;
        }
    }
    Ok(())
}

/// Reads one file. What it does not hold itself are defaults of the table meanwhile.
async fn read_one(
    table: &ExternalTable,
    statement: &CopyStatement,
    columns: &[Column],
    values: &[String],
    (place, size): (Place, u64),
    session: &mut dyn Session,
    store: &Arc<dyn Store>,
) -> Result<(), CopyFailure> {
    let url = place.url();
    let constant = |(name, value): (&str, &str)| {
        let value = match value {
            NO_PARTITION_VALUE => "null".to_owned(),
            value => quote_literal(value, Dialect::Postgres),
        };
        format!("alter column {} set default {value}", quote_identifier(name))
    };
    let size = size.to_string();
    let constants = table.keys.iter().zip(values).map(|(name, value)| (name.as_str(), value.as_str()));
    let constants: Vec<String> = constants.chain([("$path", url.as_str()), ("$size", &size)]).map(constant).collect();
    let room = quote_name(&table.room());
    let mut batch = Batch::default();
    batch.exact(format!("alter table {room} {}", constants.join(", ")));
    session.run(&batch).await.map_err(server)?;
    let mapping = source::mapping(statement, columns.len(), store.as_ref()).map_err(CopyFailure::Here)?;
    let compression = compression(table, &place).map_err(CopyFailure::Here)?;
    let statement = CopyStatement { compression, ..statement.clone() };
    let names: Vec<String> = columns.iter().map(|column| quote_identifier(&column.name)).collect();
    let input = Input { statement, columns: columns.to_vec(), mapping, store: store.clone() };
    let no_thread = |error: io::Error| CopyFailure::Here(plain(format!("no thread for the files: {error}")));
    let mut rows = Rows::begin(input, vec![place]).map_err(no_thread)?;
    let copied = session.copy_in(&format!("copy {room} ({}) from stdin", names.join(", ")), &mut rows).await;
    let report = rows.finish();
    match (copied, report.failure) {
        (Ok(_), _) => Ok(()),
        (Err(refused), None) => Err(CopyFailure::Server(refused)),
        (Err(_), Some(failure)) => {
            let why = report.errors.first().map_or(failure.message, ToString::to_string);
            let message = format!("Spectrum Scan Error. {why}");
            Err(CopyFailure::Server(DbError { message, detail: None, source: failure.source, ..plain("") }))
        }
    }
}

/// The files of a place: those of a folder and the folders in it that are not hidden, or those of a manifest.
fn objects(statement: &CopyStatement, location: &str, store: &dyn Store) -> Result<Vec<Place>, DbError> {
    let place = Place::parse(location)
        .ok_or_else(|| plain(format!("`{location}` is no place of the form s3://bucket/folder/")))?;
    let Place { bucket, mut key } = place.clone();
    if !key.is_empty() && !key.ends_with('/') {
        if store.head(&bucket, &key).map_err(store_error)?.is_some() {
            let manifest = CopyStatement { source: place, is_manifest: true, ..statement.clone() };
            return source::objects(&manifest, store);
        }
        key.push('/');
    }
    let keys = store.list(&bucket, &key).map_err(store_error)?;
    let shown = keys.into_iter().filter(|found| !is_hidden(found.get(key.len()..).unwrap_or_default()));
    Ok(shown.map(|key| Place { bucket: bucket.clone(), key }).collect())
}

/// Whether a file below a folder is none for Spectrum.
fn is_hidden(path: &str) -> bool {
    path.is_empty()
        || path.ends_with('/')
        || path.split('/').any(|part| part.starts_with(['.', '_', '#']) || part.ends_with('~'))
}

fn unsupported(table: &ExternalTable, why: impl std::fmt::Display) -> DbError {
    let message = format!("external table \"{}.{}\" cannot be read by the double: {why}", table.schema, table.name);
    DbError { code: Some("0A000".to_owned()), ..DbError::new(DbErrorKind::Unsupported, message) }
}

/// How a file is compressed: as a property of the table says, or the end of its name.
fn compression(table: &ExternalTable, place: &Place) -> Result<Option<Compression>, DbError> {
    if !is_text(table) {
        return Ok(None);
    }
    let said = table.definition.parameters.get("compression_type").map(String::as_str);
    let named = place.key.rsplit_once('.').map(|(_, extension)| extension);
    match said.or(named) {
        Some("gzip" | "gz") => Ok(Some(Compression::Gzip)),
        Some("bzip2" | "bz2") => Ok(Some(Compression::Bzip2)),
        Some("zst") => Ok(Some(Compression::Zstd)),
        Some(other @ ("snappy" | "lzo" | "lz4" | "deflate")) => {
            Err(unsupported(table, format!("{} is a text compressed by {other}", place.url())))
        }
        Some(_) | None => Ok(None),
    }
}

fn is_text(table: &ExternalTable) -> bool {
    table.definition.input_format.ends_with(".TextInputFormat")
}

/// How all files of the table are read.
fn statement(table: &ExternalTable) -> Result<CopyStatement, DbError> {
    let definition = &table.definition;
    let (serde, parameters) = (class(&definition.serde), &definition.serde_parameters);
    let format = match class(&definition.input_format) {
        "TextInputFormat" if serde == "LazySimpleSerDe" => delimited(table)?,
        "TextInputFormat" if serde == "OpenCSVSerde" => {
            Format::Csv { delimiter: byte(table, "separatorChar", b',')?, quote: byte(table, "quoteChar", b'"')? }
        }
        "TextInputFormat" if matches!(serde, "JsonSerDe" | "JsonSerde") => {
            let known = ["serialization.format", "paths", "case.insensitive"];
            if let Some(name) = parameters.keys().find(|name| !known.contains(&name.as_str())) {
                return Err(unsupported(table, format!("it has the property '{name}' of JsonSerDe")));
            }
            Format::Json(Mapping::AutoIgnoreCase)
        }
        "MapredParquetInputFormat" => Format::Parquet { serialize_to_json: true, by_name: true },
        "AvroContainerInputFormat" => Format::Avro(Mapping::AutoIgnoreCase),
        "TextInputFormat" => return Err(unsupported(table, format!("SerDe '{}'", definition.serde))),
        _ => return Err(unsupported(table, format!("format '{}'", definition.input_format))),
    };
    let null = parameters.get("serialization.null.format").or(definition.parameters.get("serialization.null.format"));
    let header = definition.parameters.get("skip.header.line.count").map(|count| count.trim().parse());
    let header_lines = header.transpose().map_err(|_| unsupported(table, "skip.header.line.count is no number"))?;
    Ok(CopyStatement {
        table: table.room(),
        columns: Vec::new(),
        source: Place { bucket: String::new(), key: String::new() },
        is_manifest: false,
        master_key: None,
        compression: None,
        charset: Charset::default(),
        format,
        layout: Layout { header_lines: header_lines.unwrap_or_default(), ignore_blank_lines: false, fill_record: true },
        conversion: Conversion {
            null: null.map_or_else(|| b"\\N".to_vec(), |text| text.clone().into_bytes()),
            blanks_as_null: false,
            empty_as_null: false,
            trim_blanks: false,
            truncate_columns: true,
            invalid_as: None,
            round_decimals: true,
            date: DateFormat::Auto,
            time: TimeFormat::Auto,
            any_date: false,
        },
        explicit_ids: true,
        no_load: false,
        max_errors: Some(1),
        shown: String::new(),
    })
}

/// The name of a Java class without its package.
fn class(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn delimited(table: &ExternalTable) -> Result<Format, DbError> {
    let parameters = &table.definition.serde_parameters;
    let named = |name: &str| parameters.get(name).map(|value| unescape_marker(value.as_bytes()));
    let delimiter = named("field.delim").or_else(|| named("serialization.format")).unwrap_or_else(|| vec![1]);
    let escape = named("escape.delim");
    if escape.as_ref().is_some_and(|escape| escape != b"\\") {
        return Err(unsupported(table, "its escape character is not a backslash"));
    }
    // `\n\l` is in AWS's own examples.
    if named("line.delim").is_some_and(|end| end.first() != Some(&b'\n')) {
        return Err(unsupported(table, "its lines do not end with \\n"));
    }
    if delimiter.is_empty() || delimiter.contains(&b'\n') {
        return Err(unsupported(table, "its fields end with no character, or with a line end"));
    }
    Ok(Format::Delimited { delimiter, escape: escape.is_some(), remove_quotes: false })
}

/// A property of a SerDe that is one character.
fn byte(table: &ExternalTable, name: &str, usual: u8) -> Result<u8, DbError> {
    match table.definition.serde_parameters.get(name).map(|value| unescape_marker(value.as_bytes())).as_deref() {
        None => Ok(usual),
        Some([byte]) if byte.is_ascii() => Ok(*byte),
        Some(_) => Err(unsupported(table, format!("{name} must be one ASCII character"))),
    }
}

#[cfg(test)]
mod tests {
    use super::is_hidden;

    #[test]
    fn hidden_files_are_none() {
        for path in ["", "sub/", "_SUCCESS", ".x", "_delta_log/0.json", "a/#b", "a/b~"] {
            assert!(is_hidden(path), "{path}");
        }
        for path in ["a.txt", "a/b_c", "year=2019/part~0"] {
            assert!(!is_hidden(path), "{path}");
        }
    }
}
