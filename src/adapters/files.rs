//! Single files: read into a [`FileSet`], and written so that nobody sees half of one.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
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

pub(super) fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    move |source| FileError { doing, path: path.to_owned(), source }
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
    text(path, &fs::read(path).map_err(failed("read", path))?).map(str::to_owned)
}

/// The text of what was read from a place.
pub fn text<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, FileError> {
    utf8_text(bytes).map_err(failed("read", path))
}

/// Bytes as text; the error says in which line they are none.
pub(super) fn utf8_text(bytes: &[u8]) -> io::Result<&str> {
    let line = |at: usize| bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    let wrong = |message: String| io::Error::new(io::ErrorKind::InvalidData, message);
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
