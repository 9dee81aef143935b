//! The metadata of a folder's objects: one file of JSON for each object that has some.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::OWN;

#[derive(Serialize, Deserialize)]
struct Record {
    key: String,
    metadata: BTreeMap<String, String>,
}

/// What was said of an object; nothing if nobody said anything.
pub(super) fn read(root: &Path, key: &str) -> io::Result<BTreeMap<String, String>> {
    let path = path(root, key);
    match fs::read(&path) {
        Ok(text) => {
            let record: Record = serde_json::from_slice(&text)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display())))?;
            Ok(record.metadata)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}

/// Says something of an object in place of what was said before.
pub(super) fn write(root: &Path, key: &str, metadata: &BTreeMap<String, String>) -> io::Result<()> {
    let path = path(root, key);
    if metadata.is_empty() {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let record = Record { key: key.to_owned(), metadata: metadata.clone() };
    fs::write(&path, serde_json::to_vec_pretty(&record)?)
}

/// Names of files are hashes, because `a.json/b` and the metadata of `a` must not meet, and a key may be a longer path
/// than a name may be long.
fn path(root: &Path, key: &str) -> PathBuf {
    let name: String = Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    root.join(OWN).join("metadata").join(format!("{name}.json"))
}
