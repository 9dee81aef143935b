//! Files of a project: found, read into a [`FileSet`], and written so that nobody sees half of one.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    utf8(path, &fs::read(path).map_err(failed("read", path))?).map(str::to_owned)
}

fn utf8<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, FileError> {
    let line = |at: usize| bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    let wrong = |message: String| failed("read", path)(io::Error::new(io::ErrorKind::InvalidData, message));
    let text = std::str::from_utf8(bytes).map_err(|error| {
        wrong(format!("line {} is not UTF-8: convert the file to UTF-8", line(error.valid_up_to())))
    })?;
    match text.find('\0') {
        Some(at) => Err(wrong(format!("line {} holds a NUL, which no SQL text may: remove it", line(at)))),
        None => Ok(text),
    }
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

/// A file that was found and not read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// Its name in messages.
    pub shown: String,
    folder: Arc<Path>,
    /// Its name in the folder.
    name: OsString,
}

impl FoundFile {
    /// A file that is known to be there.
    pub fn new(path: &Path, shown: impl Into<String>) -> Self {
        let folder = path.parent().unwrap_or(path).into();
        Self { shown: shown.into(), folder, name: path.file_name().unwrap_or_default().to_owned() }
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }
}

/// A file, or all files below a folder whose extension is one of `extensions`, in the order of their names.
///
/// `shown` is the name of the file or folder in messages; files below a folder are shown as `shown/their/path`.
pub fn list(root: &Path, shown: &str, extensions: &[&str]) -> Result<Vec<FoundFile>, FileError> {
    if root.is_file() {
        return Ok(vec![FoundFile::new(root, shown)]);
    }
    let mut found = Vec::new();
    collect(root, shown.trim_end_matches('/'), extensions, &mut found)?;
    found.sort_unstable_by(|left, right| left.shown.cmp(&right.shown));
    Ok(found)
}

/// Reads files, in their order.
pub fn read_all(found: &[FoundFile], files: &mut FileSet) -> Result<Vec<FileId>, FileError> {
    let texts = read_texts(found);
    found.iter().zip(texts).map(|(file, text)| Ok(files.add(&file.shown, text?))).collect()
}

/// The texts of many files, in their order. Opening a small file costs more than reading it, and every core can open.
fn read_texts(found: &[FoundFile]) -> Vec<Result<Arc<str>, FileError>> {
    const WORTH_A_THREAD: usize = 64;
    if found.len() <= WORTH_A_THREAD {
        return read_share(found);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = found.len().div_ceil(cores).max(WORTH_A_THREAD);
    std::thread::scope(|scope| {
        let mut shares = found.chunks(share);
        let own = shares.next().unwrap_or_default();
        let others: Vec<_> = shares.map(|found| scope.spawn(|| read_share(found))).collect();
        let mut texts = read_share(own);
        for reader in others {
            // Files must not go missing because a reader did.
            texts.extend(reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        texts
    })
}

/// Reads files one after the other through one buffer: most fit, and then a file costs three calls of the system.
fn read_share(found: &[FoundFile]) -> Vec<Result<Arc<str>, FileError>> {
    let mut buffer = vec![0; 64 * 1024];
    let mut read_one = |path: &Path| {
        let mut file = fs::File::open(path).map_err(failed("read", path))?;
        let length = file.read(&mut buffer).map_err(failed("read", path))?;
        if length < buffer.len() {
            return utf8(path, &buffer[..length]).map(Arc::from);
        }
        let mut bytes = buffer.clone();
        file.read_to_end(&mut bytes).map_err(failed("read", path))?;
        utf8(path, &bytes).map(Arc::from)
    };
    found.iter().map(|file| read_one(&file.path())).collect()
}

fn collect(folder: &Path, shown: &str, extensions: &[&str], found: &mut Vec<FoundFile>) -> Result<(), FileError> {
    let shared: Arc<Path> = folder.into();
    for entry in fs::read_dir(folder).map_err(failed("list", folder))? {
        let entry = entry.map_err(failed("list", folder))?;
        let name = entry.file_name();
        let shown_name = name.to_string_lossy();
        if shown_name.starts_with('.') {
            continue;
        }
        let shown = [shown, "/", &shown_name].concat();
        let kind = entry.file_type().map_err(failed("list", folder))?;
        if kind.is_dir() {
            collect(&entry.path(), &shown, extensions, found)?;
        } else if Path::new(&name)
            .extension()
            .is_some_and(|known| extensions.iter().any(|extension| known.eq_ignore_ascii_case(extension)))
        {
            if !kind.is_file() {
                refuse_what_is_no_file(&entry.path(), kind)?;
            }
            found.push(FoundFile { shown, folder: shared.clone(), name });
        }
    }
    Ok(())
}

/// Reading a pipe or a device may never end. A link counts as what it leads to.
fn refuse_what_is_no_file(path: &Path, named: fs::FileType) -> Result<(), FileError> {
    let kind = if named.is_symlink() { fs::metadata(path).map_err(failed("read", path))?.file_type() } else { named };
    let found = match kind {
        kind if kind.is_file() => return Ok(()),
        kind if kind.is_dir() => "a link to a folder",
        kind if kind.is_fifo() => "a named pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    };
    let message = format!("it is {found}, and only regular files are read: remove it, or give it another extension");
    Err(failed("read", path)(io::Error::new(io::ErrorKind::InvalidInput, message)))
}

/// Writes a file by way of a temporary one in the same folder, making folders that are missing.
pub fn write(path: &Path, content: &[u8]) -> Result<(), FileError> {
    write_by(path, content, |temporary| fs::File::create(temporary))
}

/// As [`write`], for a file that only its owner may read.
pub fn write_private(path: &Path, content: &[u8]) -> Result<(), FileError> {
    write_by(path, content, |temporary| {
        // What a killed process left behind would keep its mode.
        let _ = fs::remove_file(temporary);
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(temporary)
    })
}

fn write_by(path: &Path, content: &[u8], create: fn(&Path) -> io::Result<fs::File>) -> Result<(), FileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed("write", path))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let temporary = folder.join(format!(".{name}.{}", std::process::id()));
    let mut file = create(&temporary).map_err(failed("write", path))?;
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
        let found = list(&folder, "changes", &["sql"]).unwrap();
        let read = read_all(&found, &mut files).unwrap();
        let names: Vec<_> = read.iter().map(|id| files.get(*id).path()).collect();
        assert_eq!(names, ["changes/V1__a.sql", "changes/b/V2__x.sql"]);
        fs::remove_dir_all(folder).unwrap();
    }
}
