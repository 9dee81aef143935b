//! Buckets that are folders of this machine.
//!
//! A folder has no place for the metadata of an object, and an object must not be seen before it is finished. Both go
//! into the folder `.vesto-store` of the bucket, which is no part of the bucket's objects.

mod metadata;
mod write;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use crate::ports::{NewObject, ObjectHead, ObjectWriter, Store, StoreError};

/// What the store keeps beside the objects.
const OWN: &str = ".vesto-store";

/// Serves each bucket from a folder. The key of a file is its path below the folder, with `/` between the parts.
#[derive(Clone, Debug, Default)]
pub struct FolderStore {
    folders: BTreeMap<String, PathBuf>,
}

impl FolderStore {
    /// Takes the folder of each bucket.
    pub fn new(folders: impl IntoIterator<Item = (String, PathBuf)>) -> Self {
        Self { folders: folders.into_iter().collect() }
    }

    /// Names of the buckets.
    pub fn buckets(&self) -> impl Iterator<Item = &str> {
        self.folders.keys().map(String::as_str)
    }

    fn folder(&self, bucket: &str) -> Result<&Path, StoreError> {
        self.folders.get(bucket).map(PathBuf::as_path).ok_or_else(|| StoreError::UnknownBucket {
            bucket: bucket.to_owned(),
            known: self.folders.keys().cloned().collect(),
        })
    }
}

impl Store for FolderStore {
    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, StoreError> {
        let folder = self.folder(bucket)?;
        let unreadable = |source| StoreError::Unreadable { bucket: bucket.to_owned(), key: prefix.to_owned(), source };
        let root = root(folder).map_err(unreadable)?;
        let mut keys = Vec::new();
        collect(&root, &root, "", prefix, &mut keys).map_err(unreadable)?;
        keys.sort_unstable();
        Ok(keys)
    }

    fn head(&self, bucket: &str, key: &str) -> Result<Option<ObjectHead>, StoreError> {
        let folder = self.folder(bucket)?;
        let look = || -> io::Result<ObjectHead> {
            let root = root(folder)?;
            let size = file_inside(&root, key)?.metadata()?.len();
            Ok(ObjectHead { size, metadata: metadata::read(&root, key)? })
        };
        match look() {
            Ok(head) => Ok(Some(head)),
            Err(error) if is_absence(&error) => Ok(None),
            Err(source) => Err(StoreError::Unreadable { bucket: bucket.to_owned(), key: key.to_owned(), source }),
        }
    }

    fn open_at(&self, bucket: &str, key: &str, start: u64) -> Result<Box<dyn Read + Send>, StoreError> {
        let folder = self.folder(bucket)?;
        let open = || -> io::Result<File> {
            let mut file = File::open(file_inside(&root(folder)?, key)?)?;
            file.seek(SeekFrom::Start(start))?;
            Ok(file)
        };
        let unreadable = |source| StoreError::Unreadable { bucket: bucket.to_owned(), key: key.to_owned(), source };
        Ok(Box::new(open().map_err(unreadable)?))
    }

    fn create(&self, bucket: &str, key: &str, object: &NewObject) -> Result<Box<dyn ObjectWriter>, StoreError> {
        let folder = self.folder(bucket)?;
        if object.kms_key.is_some() {
            return Err(StoreError::Unsupported { bucket: bucket.to_owned(), what: "AWS KMS" });
        }
        let writer = root(folder).and_then(|root| {
            let path = place_inside(&root, key)?;
            write::FileWriter::begin(
                write::Place { bucket: bucket.to_owned(), key: key.to_owned(), root, path },
                object,
            )
        });
        let unwritable = |source| StoreError::Unwritable { bucket: bucket.to_owned(), key: key.to_owned(), source };
        Ok(Box::new(writer.map_err(unwritable)?))
    }

    fn delete(&self, bucket: &str, keys: &[String]) -> Result<(), StoreError> {
        let folder = self.folder(bucket)?;
        for key in keys {
            let removed = root(folder).and_then(|root| remove(&root, key));
            let unwritable = |source| StoreError::Unwritable { bucket: bucket.to_owned(), key: key.clone(), source };
            removed.map_err(unwritable)?;
        }
        Ok(())
    }
}

fn root(folder: &Path) -> io::Result<PathBuf> {
    folder.canonicalize().map_err(|error| naming(folder, &error))
}

/// The path of a key, which may lead out of the folder by a link.
fn path_of(root: &Path, key: &str) -> io::Result<PathBuf> {
    let relative = Path::new(key);
    let mut parts = relative.components();
    let plain = parts.clone().all(|part| matches!(part, Component::Normal(_)));
    // The same file must not have two keys, as `a//b` and `a/b` would.
    let same = relative.components().collect::<PathBuf>().as_os_str() == relative.as_os_str();
    if !plain || !same || key.is_empty() || parts.next() == Some(Component::Normal(OWN.as_ref())) {
        let message = "a key in a folder is a path below it, without empty parts, `.` and `..`";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    Ok(root.join(relative))
}

/// The file of a key that exists.
fn file_inside(root: &Path, key: &str) -> io::Result<PathBuf> {
    let path = path_of(root, key)?.canonicalize()?;
    if !path.starts_with(root) {
        return Err(outside(root));
    }
    match path.is_file() {
        true => Ok(path),
        false => Err(io::Error::new(io::ErrorKind::NotFound, "it is a folder")),
    }
}

/// Where the file of a key is to stand; its folder is made.
fn place_inside(root: &Path, key: &str) -> io::Result<PathBuf> {
    let path = path_of(root, key)?;
    let Some((folder, name)) = path.parent().zip(path.file_name()) else { return Err(outside(root)) };
    // The nearest folder that exists says whether a link leads out; what is made below it cannot.
    let existing = folder.ancestors().find(|folder| folder.exists()).unwrap_or(root);
    if !existing.canonicalize()?.starts_with(root) {
        return Err(outside(root));
    }
    fs::create_dir_all(folder).map_err(|error| naming(folder, &error))?;
    let path = folder.canonicalize()?.join(name);
    match path.is_dir() {
        true => Err(io::Error::new(io::ErrorKind::IsADirectory, "there are keys below this one, so it is a folder")),
        false => Ok(path),
    }
}

/// Removes an object and the folders that only it was in.
fn remove(root: &Path, key: &str) -> io::Result<()> {
    let path = match file_inside(root, key) {
        Err(error) if is_absence(&error) => return Ok(()),
        // The link itself goes, not the file that it leads to.
        _ => path_of(root, key)?,
    };
    let Some(folder) = path.parent() else { return Ok(()) };
    if !folder.canonicalize()?.starts_with(root) {
        return Err(outside(root));
    }
    fs::remove_file(&path)?;
    metadata::write(root, key, &BTreeMap::new())?;
    for folder in folder.ancestors().take_while(|folder| *folder != root) {
        // It fails at a folder that holds something.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Adds the keys below `folder` that begin with `prefix`.
fn collect(root: &Path, folder: &Path, above: &str, prefix: &str, keys: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder).map_err(|error| naming(folder, &error))? {
        let entry = entry?;
        let name = entry.file_name();
        // S3's keys are Unicode, so no COPY can name such a file.
        let Some(name) = name.to_str() else { continue };
        if above.is_empty() && name == OWN {
            continue;
        }
        let key = format!("{above}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() {
            let below = format!("{key}/");
            if below.starts_with(prefix) || prefix.starts_with(&below) {
                collect(root, &entry.path(), &below, prefix, keys)?;
            }
        } else if key.starts_with(prefix) && is_file_inside(root, &entry.path(), kind)? {
            keys.push(key);
        }
    }
    Ok(())
}

/// A link counts if it leads to a file inside of the folder; links to folders could lead in circles.
fn is_file_inside(root: &Path, path: &Path, kind: fs::FileType) -> io::Result<bool> {
    if !kind.is_symlink() {
        return Ok(kind.is_file());
    }
    match path.canonicalize() {
        Ok(target) => Ok(target.starts_with(root) && target.is_file()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(naming(path, &error)),
    }
}

fn naming(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn outside(root: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, format!("a link leads out of {}", root.display()))
}

#[cfg(test)]
mod tests;
