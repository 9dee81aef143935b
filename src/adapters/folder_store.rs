//! Buckets that are folders of this machine.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use crate::ports::{Store, StoreError};

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
        let root = folder.canonicalize().map_err(|error| unreadable(naming(folder, &error)))?;
        let mut keys = Vec::new();
        collect(&root, &root, "", prefix, &mut keys).map_err(unreadable)?;
        keys.sort_unstable();
        Ok(keys)
    }

    fn open(&self, bucket: &str, key: &str) -> Result<Box<dyn Read + Send>, StoreError> {
        let folder = self.folder(bucket)?;
        let open = || -> io::Result<File> {
            let root = folder.canonicalize().map_err(|error| naming(folder, &error))?;
            let relative = Path::new(key);
            if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "a key is a path below the folder"));
            }
            let path = root.join(relative).canonicalize()?;
            if !path.starts_with(&root) {
                return Err(outside(&root));
            }
            File::open(path)
        };
        let file = open().map_err(|source| StoreError::Unreadable {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            source,
        })?;
        Ok(Box::new(file))
    }
}

/// Adds the keys below `folder` that begin with `prefix`.
fn collect(root: &Path, folder: &Path, above: &str, prefix: &str, keys: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder).map_err(|error| naming(folder, &error))? {
        let entry = entry?;
        let name = entry.file_name();
        // S3's keys are Unicode, so no COPY can name such a file.
        let Some(name) = name.to_str() else { continue };
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
mod tests {
    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    fn folder(name: &str) -> io::Result<PathBuf> {
        let path = std::env::temp_dir().join(format!("vesto-folder-store-{name}-{}", std::process::id()));
        fs::create_dir_all(path.join("in/a/b"))?;
        for file in ["in/a/b/2.csv", "in/a/1.csv", "in/a.csv", "in/b.csv", "secret"] {
            fs::write(path.join(file), file)?;
        }
        Ok(path)
    }

    #[test]
    fn keys_are_listed_by_prefix_in_byte_order() -> Tested {
        let path = folder("list")?;
        let store = FolderStore::new([("raw".to_owned(), path.join("in"))]);
        assert_eq!(store.list("raw", "a")?, ["a.csv", "a/1.csv", "a/b/2.csv"]);
        assert_eq!(store.list("raw", "a/")?, ["a/1.csv", "a/b/2.csv"]);
        assert_eq!(store.list("raw", "a/b/2")?, ["a/b/2.csv"]);
        assert!(store.list("raw", "nothing")?.is_empty());
        let mut text = String::new();
        store.open("raw", "a/1.csv")?.read_to_string(&mut text)?;
        assert_eq!(text, "in/a/1.csv");
        fs::remove_dir_all(path)?;
        Ok(())
    }

    #[test]
    fn nothing_outside_of_the_folder_is_served() -> Tested {
        let path = folder("outside")?;
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(path.join("secret"), path.join("in/out"))?;
            std::os::unix::fs::symlink(&path, path.join("in/up"))?;
            std::os::unix::fs::symlink(path.join("in/b.csv"), path.join("in/inside"))?;
        }
        let store = FolderStore::new([("raw".to_owned(), path.join("in"))]);
        let keys = store.list("raw", "")?;
        assert!(!keys.iter().any(|key| key.starts_with("out") || key.starts_with("up")), "{keys:?}");
        for key in ["out", "up/secret", "../secret", "/etc/passwd"] {
            assert!(matches!(store.open("raw", key), Err(StoreError::Unreadable { .. })), "{key}");
        }
        fs::remove_dir_all(path)?;
        Ok(())
    }

    #[test]
    fn what_is_missing_is_named() {
        let store = FolderStore::new([("raw".to_owned(), PathBuf::from("/nonexistent-folder"))]);
        assert!(matches!(store.list("raw", ""), Err(StoreError::Unreadable { .. })));
        let known = match store.list("other", "") {
            Err(StoreError::UnknownBucket { known, .. }) => known,
            _ => Vec::new(),
        };
        assert_eq!(known, ["raw"]);
    }
}
