//! Which objects a COPY loads: those of a prefix, or those of a manifest.
//!
//! <https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-source-s3.html>

use std::io::Read;

use super::failure::{plain, store_error};
use super::json::JsonMapping;
use super::json_path;
use super::statement::{CopyStatement, Format, Mapping, Place};
use crate::double::data::{Manifest, envelope};
use crate::ports::{DbError, Store};

/// The largest file that names others: Redshift gives no limit.
const LARGEST_TEXT: u64 = 64 * 1024 * 1024;

/// Says which objects are loaded, in their order.
///
/// # Errors
///
/// Fails if there is none, if a mandatory one is not there, or if the manifest makes no sense.
pub(super) fn objects(statement: &CopyStatement, store: &dyn Store) -> Result<Vec<Place>, DbError> {
    if statement.is_manifest {
        return manifest(statement, store);
    }
    let Place { bucket, key } = &statement.source;
    let keys = store.list(bucket, key).map_err(store_error)?;
    if keys.is_empty() {
        return Err(plain(format!("The specified S3 prefix '{key}' does not exist")));
    }
    Ok(keys.into_iter().map(|key| Place { bucket: bucket.clone(), key }).collect())
}

fn manifest(statement: &CopyStatement, store: &dyn Store) -> Result<Vec<Place>, DbError> {
    let Some(text) = text(statement, store, &statement.source)? else {
        return Err(plain("Problem reading manifest file - The specified key does not exist."));
    };
    let manifest: Manifest = serde_json::from_str(&text).map_err(|error| {
        plain(format!("Problem reading manifest file - it is not in the correct JSON format: {error}"))
    })?;
    let needs_length = matches!(statement.format, Format::Parquet { .. });
    let mut objects = Vec::with_capacity(manifest.entries.len());
    for entry in manifest.entries {
        let place = Place::parse(&entry.url).filter(|place| !place.key.is_empty());
        let place = place.ok_or_else(|| {
            plain(format!("Problem reading manifest file - `{}` is no object of the form s3://bucket/key", entry.url))
        })?;
        let length = entry.meta.and_then(|meta| meta.content_length);
        if needs_length && length.is_none() {
            return Err(plain(format!("Problem reading manifest file - `{}` needs meta.content_length", entry.url)));
        }
        match store.head(&place.bucket, &place.key).map_err(store_error)? {
            Some(head) if length.is_some_and(|length| length != head.size) => {
                let (told, found) = (length.unwrap_or_default(), head.size);
                return Err(plain(format!(
                    "Problem reading manifest file - `{}` has {found} bytes, and its meta.content_length is {told}",
                    entry.url
                )));
            }
            Some(_) => objects.push(place),
            None if entry.mandatory => {
                return Err(plain(format!(
                    "The specified key does not exist: {}, mandatory in the manifest",
                    entry.url
                )));
            }
            None => {}
        }
    }
    if objects.is_empty() {
        return Err(plain("No files found: the manifest names none that exists"));
    }
    Ok(objects)
}

/// How members of JSON and Avro records find their columns; nothing for other formats.
///
/// # Errors
///
/// Fails if the JSONPaths file is not there, makes no sense or has another number of paths than there are columns.
pub(super) fn mapping(
    statement: &CopyStatement,
    columns: usize,
    store: &dyn Store,
) -> Result<Option<JsonMapping>, DbError> {
    let (Format::Json(mapping) | Format::Avro(mapping)) = &statement.format else { return Ok(None) };
    Ok(Some(match mapping {
        Mapping::Auto => JsonMapping::Names { ignore_case: false },
        Mapping::AutoIgnoreCase => JsonMapping::Names { ignore_case: true },
        Mapping::NoShred if columns == 1 => JsonMapping::Whole,
        Mapping::NoShred => return Err(plain("JSON 'noshred' needs a single column of type SUPER")),
        Mapping::Paths(place) => {
            let Some(text) = text(statement, store, place)? else {
                return Err(plain(format!("The specified key does not exist: {}, the JSONPaths file", place.url())));
            };
            match json_path::parse_file(&text).map_err(|error| plain(error.to_string()))? {
                None => JsonMapping::Names { ignore_case: false },
                Some(paths) if paths.len() == columns => JsonMapping::Paths(paths),
                Some(paths) => {
                    return Err(plain(format!(
                        "Number of jsonpaths and the number of columns should match. JSONPath size: {}, Number of \
                         columns in table or column list: {columns}",
                        paths.len()
                    )));
                }
            }
        }
    }))
}

/// The text of a small object; nothing if it is not there. UNLOAD with ENCRYPTED encrypts its manifest too, and other
/// writers leave theirs plain.
fn text(statement: &CopyStatement, store: &dyn Store, place: &Place) -> Result<Option<String>, DbError> {
    let Some(head) = store.head(&place.bucket, &place.key).map_err(store_error)? else { return Ok(None) };
    let unreadable = |error: &dyn std::fmt::Display| plain(format!("{} cannot be read: {error}", place.url()));
    let mut file = store.open(&place.bucket, &place.key).map_err(store_error)?;
    if let Some(key) = statement.master_key.as_ref().filter(|_| head.metadata.contains_key(envelope::KEY)) {
        file = key.open(&head.metadata, file).map_err(|error| unreadable(&error))?;
    }
    let mut text = String::new();
    file.take(LARGEST_TEXT).read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}
