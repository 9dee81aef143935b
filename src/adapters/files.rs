//! Files of a project: found, read into a [`FileSet`], and written so that nobody sees half of one.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::text::{FileId, FileSet};

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} `{}`: {source}", path.display())]
pub struct FileError {
    /// `read`, `write` or `list`.
    pub doing: &'static str,
    /// Which.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError { doing, path, source }
}

/// The nearest folder from `start` upwards that holds `name`.
pub fn find_upwards(start: &Path, name: &str) -> Option<PathBuf> {
    start.ancestors().find(|folder| folder.join(name).is_file()).map(Path::to_owned)
}

/// Reads one file; `shown` is its name in messages. Bytes that are no UTF-8 are an error that says where they are.
pub fn read(path: &Path, shown: &str, files: &mut FileSet) -> Result<FileId, FileError> {
    Ok(files.add(shown, read_text(path)?))
}

/// The text of a file.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    utf8(path, fs::read(path).map_err(failed("read", path))?)
}

fn utf8(path: &Path, bytes: Vec<u8>) -> Result<String, FileError> {
    let line = |bytes: &[u8], at: usize| bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    let wrong = |message: String| failed("read", path)(io::Error::new(io::ErrorKind::InvalidData, message));
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(wrong(format!("line {} holds a NUL, which no SQL text may: remove it", line(&bytes, at))));
    }
    String::from_utf8(bytes).map_err(|error| {
        let line = line(error.as_bytes(), error.utf8_error().valid_up_to());
        wrong(format!("line {line} is not UTF-8: convert the file to UTF-8"))
    })
}

/// A file that should be its owner's alone.
pub enum PrivateFile {
    /// There is none, or it cannot be read.
    Absent,
    /// Others can read it too, so it is not used, as libpq treats its password file.
    Exposed,
    /// Its text.
    Text(String),
}

/// Reads a file that only its owner may be able to read.
pub fn read_private(path: &Path) -> PrivateFile {
    match fs::metadata(path).map(|found| std::os::unix::fs::MetadataExt::mode(&found)) {
        Err(_) => PrivateFile::Absent,
        Ok(mode) if mode & 0o077 != 0 => PrivateFile::Exposed,
        Ok(_) => fs::read_to_string(path).map_or(PrivateFile::Absent, PrivateFile::Text),
    }
}

/// Reads a file, or all files below a folder whose extension is one of `extensions`, in the order of their names.
///
/// `shown` is the name of the file or folder in messages; files below a folder are shown as `shown/their/path`.
pub fn read_tree(root: &Path, shown: &str, extensions: &[&str], files: &mut FileSet) -> Result<Vec<FileId>, FileError> {
    if root.is_file() {
        return Ok(vec![read(root, shown, files)?]);
    }
    let mut paths = Vec::new();
    collect(root, &mut paths)?;
    let wanted = |path: &PathBuf| {
        path.extension().is_some_and(|known| extensions.iter().any(|extension| known.eq_ignore_ascii_case(extension)))
    };
    let mut found: Vec<(String, PathBuf)> =
        paths.into_iter().filter(wanted).map(|path| (relative(root, &path), path)).collect();
    found.sort();
    let folder = shown.trim_end_matches('/');
    let texts = read_texts(&found.iter().map(|(_, path)| path.as_path()).collect::<Vec<_>>());
    found.iter().zip(texts).map(|((name, _), text)| Ok(files.add(format!("{folder}/{name}"), text?))).collect()
}

/// The texts of many files, in their order. Opening a small file costs more than reading it, and every core can open.
fn read_texts(paths: &[&Path]) -> Vec<Result<String, FileError>> {
    const WORTH_A_THREAD: usize = 64;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = paths.len().div_ceil(cores).max(WORTH_A_THREAD);
    std::thread::scope(|scope| {
        let mut shares = paths.chunks(share);
        let own = shares.next().unwrap_or_default();
        let others: Vec<_> = shares.map(|paths| scope.spawn(|| read_share(paths))).collect();
        let mut texts = read_share(own);
        for reader in others {
            // Files must not go missing because a reader did.
            texts.extend(reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        texts
    })
}

/// Reads files one after the other through one buffer: most fit, and then a file costs three calls of the system.
fn read_share(paths: &[&Path]) -> Vec<Result<String, FileError>> {
    let mut buffer = vec![0; 64 * 1024];
    let mut read_one = |path: &Path| {
        let mut file = fs::File::open(path)?;
        let length = file.read(&mut buffer)?;
        let mut bytes = buffer[..length].to_vec();
        if length == buffer.len() {
            file.read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    };
    paths.iter().map(|path| utf8(path, read_one(path).map_err(failed("read", path))?)).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), FileError> {
    for entry in fs::read_dir(folder).map_err(failed("list", folder))? {
        let entry = entry.map_err(failed("list", folder))?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let kind = entry.file_type().map_err(failed("list", folder))?;
        match (hidden, kind.is_dir()) {
            (true, _) => {}
            (false, true) => collect(&entry.path(), paths)?,
            (false, false) => paths.push(entry.path()),
        }
    }
    Ok(())
}

fn relative(root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Writes a file by way of a temporary one in the same folder, making folders that are missing.
pub fn write(path: &Path, content: &[u8]) -> Result<(), FileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed("write", path))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let temporary = folder.join(format!(".{name}.{}", std::process::id()));
    let mut file = fs::File::create(&temporary).map_err(failed("write", path))?;
    let written = file.write_all(content).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| {
        // The error to tell is the first one.
        let _ = fs::remove_file(&temporary);
        failed("write", path)(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_read_in_order_of_names() {
        let folder = std::env::temp_dir().join(format!("vesto-files-{}", std::process::id()));
        for name in ["b/V2__x.sql", "V1__a.sql", "b/.hidden.sql", "README.md"] {
            write(&folder.join(name), name.as_bytes()).unwrap();
        }
        let mut files = FileSet::default();
        let read = read_tree(&folder, "changes", &["sql"], &mut files).unwrap();
        let names: Vec<_> = read.iter().map(|id| files.get(*id).path()).collect();
        assert_eq!(names, ["changes/V1__a.sql", "changes/b/V2__x.sql"]);
        fs::remove_dir_all(folder).unwrap();
    }
}
