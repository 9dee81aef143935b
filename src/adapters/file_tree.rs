//! The many files of a project: found and read at the same time, on all cores.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{Mode, OFlags};
use rustix::io::retry_on_intr;

use crate::text::{FileId, FileSet};

use super::files::{FileError, failed, utf8_text};

/// A file that was found and not read yet.
#[derive(Debug)]
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
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self { shown: shown.into(), folder: folder.into(), name: path.file_name().unwrap_or_default().to_owned() }
    }
}

/// What there is below a folder.
#[derive(Debug)]
pub struct FileTree {
    /// The files that were read, in the order of their names.
    pub read: Vec<FileId>,
    /// Those that were left, in no order.
    pub left: Vec<FoundFile>,
}

/// Reads a file, or all files below a folder whose extension is one of `extensions`, but for those whose name is to be left.
///
/// `shown` is the name of the file or folder in messages; files below a folder are shown as `shown/their/path`.
pub fn read_tree(
    root: &Path,
    shown: &str,
    extensions: &[&str],
    is_left: impl Fn(&str) -> bool,
    files: &mut FileSet,
) -> Result<FileTree, FileError> {
    if root.is_file() {
        return Ok(FileTree { read: vec![super::files::read(root, shown, files)?], left: Vec::new() });
    }
    let mut left = Vec::new();
    let (listed, texts) = read_while(|read| {
        let mut found = |file: FoundFile| if is_left(&file.shown) { left.push(file) } else { read(file) };
        list(root, shown.trim_end_matches('/'), extensions, &mut found)
    });
    listed?;
    Ok(FileTree { read: add(texts, files)?, left })
}

/// Reads files; they are in the order of their names then.
pub fn read_all(found: Vec<FoundFile>, files: &mut FileSet) -> Result<Vec<FileId>, FileError> {
    let ((), texts) = read_while(|read| found.into_iter().for_each(read));
    add(texts, files)
}

type Text = (FoundFile, Result<Arc<str>, FileError>);

fn add(mut texts: Vec<Text>, files: &mut FileSet) -> Result<Vec<FileId>, FileError> {
    texts.sort_unstable_by(|(one, _), (other, _)| one.shown.cmp(&other.shown));
    texts.into_iter().map(|(file, text)| Ok(files.add(file.shown, text?))).collect()
}

/// Reads files while they are found. Opening a small file costs more than reading it, and every core can open.
fn read_while<R>(find: impl FnOnce(&mut dyn FnMut(FoundFile)) -> R) -> (R, Vec<Text>) {
    /// So many files are worth a thread, and are handed over together.
    const SHARE: usize = 64;
    let (sender, receiver) = mpsc::channel();
    let receiver = Mutex::new(receiver);
    std::thread::scope(|scope| {
        // It must be gone before the readers are waited for, also in a panic.
        let sender = sender;
        let mut share = Vec::new();
        let mut readers = Vec::new();
        let result = find(&mut |file| {
            share.push(file);
            if share.len() == SHARE {
                if readers.is_empty() {
                    let cores = std::thread::available_parallelism().map_or(1, usize::from);
                    readers.extend((1..cores).map(|_| scope.spawn(|| read_shares(&receiver))));
                }
                // There is a receiver as long as this function lasts.
                let _ = sender.send(std::mem::take(&mut share));
            }
        });
        let _ = sender.send(share);
        drop(sender);
        let mut texts = read_shares(&receiver);
        for reader in readers {
            // Files must not go missing because a reader did.
            texts.extend(reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        (result, texts)
    })
}

/// Reads what is found until all is.
fn read_shares(found: &Mutex<Receiver<Vec<FoundFile>>>) -> Vec<Text> {
    let next = || found.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
    let mut reader = Reader { buffer: vec![0; 64 * 1024], folder: None };
    let mut texts = Vec::new();
    while let Some(share) = next() {
        texts.extend(share.into_iter().map(|file| {
            let text = reader.read(&file);
            (file, text)
        }));
    }
    texts
}

/// Reads files one after the other through one buffer, which most of them fit, and without a way from the root to each.
struct Reader {
    buffer: Vec<u8>,
    /// The folder of the last file.
    folder: Option<(Arc<Path>, OwnedFd)>,
}

impl Reader {
    fn read(&mut self, file: &FoundFile) -> Result<Arc<str>, FileError> {
        self.read_text(file).map_err(|error| failed("read", &file.folder.join(&file.name))(error))
    }

    fn read_text(&mut self, file: &FoundFile) -> io::Result<Arc<str>> {
        let mut opened = self.open(file)?;
        let mut length = 0;
        while length < self.buffer.len() {
            // A network's file system may give less than there is.
            match opened.read(&mut self.buffer[length..])? {
                0 => return utf8_text(&self.buffer[..length]).map(Arc::from),
                more => length += more,
            }
        }
        let mut bytes = self.buffer.clone();
        opened.read_to_end(&mut bytes)?;
        utf8_text(&bytes).map(Arc::from)
    }

    fn open(&mut self, file: &FoundFile) -> rustix::io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let is_same = |folder: &Path| folder.as_os_str() == file.folder.as_os_str();
        let folder = match self.folder.take().filter(|(folder, _)| is_same(folder)) {
            Some(known) => known,
            None => {
                let open = || rustix::fs::open(&*file.folder, flags | OFlags::DIRECTORY, Mode::empty());
                (file.folder.clone(), retry_on_intr(open)?)
            }
        };
        let (_, folder) = self.folder.insert(folder);
        retry_on_intr(|| rustix::fs::openat(&*folder, &file.name, flags, Mode::empty())).map(File::from)
    }
}

/// Hands over all files below a folder whose extension is one of `extensions`.
fn list(folder: &Path, shown: &str, extensions: &[&str], found: &mut dyn FnMut(FoundFile)) -> Result<(), FileError> {
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
            list(&entry.path(), &shown, extensions, found)?;
        } else if Path::new(&name)
            .extension()
            .is_some_and(|known| extensions.iter().any(|extension| known.eq_ignore_ascii_case(extension)))
        {
            if !kind.is_file() {
                refuse_what_is_no_file(&entry.path(), kind)?;
            }
            found(FoundFile { shown, folder: shared.clone(), name });
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::files::write;
    use super::*;

    /// A folder with these files, each of which holds its own name.
    fn folder(test: &str, names: &[String]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("vesto-{test}-{}", std::process::id()));
        for name in names {
            write(&folder.join(name), name.as_bytes()).unwrap();
        }
        folder
    }

    fn names(tree: &FileTree, files: &FileSet) -> Vec<String> {
        tree.read.iter().map(|id| files.get(*id).path().to_owned()).collect()
    }

    #[test]
    fn trees_are_read_in_order_of_names() {
        let folder = folder("tree", &["b/V2__x.sql", "V1__a.sql", "b/.hidden.sql", "README.md"].map(str::to_owned));
        let mut files = FileSet::default();
        let tree = read_tree(&folder, "changes/", &["sql"], |_| false, &mut files).unwrap();
        assert_eq!(names(&tree, &files), ["changes/V1__a.sql", "changes/b/V2__x.sql"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn none_of_many_files_is_lost_or_taken_for_another() {
        let all: Vec<String> = (0..1000).map(|number| format!("{}/{number:04}.sql", number % 7)).collect();
        let folder = folder("many", &all);
        let mut files = FileSet::default();
        let mut tree = read_tree(&folder, "x", &["sql"], |shown| shown.ends_with("5.sql"), &mut files).unwrap();
        assert_eq!((tree.read.len(), tree.left.len()), (900, 100));
        tree.read.extend(read_all(tree.left.drain(..).collect(), &mut files).unwrap());
        let mut seen = names(&tree, &files);
        seen.sort_unstable();
        let mut expected: Vec<String> = all.iter().map(|name| format!("x/{name}")).collect();
        expected.sort_unstable();
        assert_eq!(seen, expected);
        assert!(tree.read.iter().all(|id| files.get(*id).path() == format!("x/{}", files.get(*id).text())));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn of_several_errors_the_first_by_name_is_told() {
        let all: Vec<String> = (0..300).map(|number| format!("{number:03}.sql")).collect();
        let folder = folder("errors", &all);
        for name in ["250.sql", "030.sql"] {
            write(&folder.join(name), b"\xff").unwrap();
        }
        let error = read_tree(&folder, "x", &["sql"], |_| false, &mut FileSet::default()).unwrap_err();
        assert!(error.to_string().contains("030.sql`: line 1 is not UTF-8"), "{error}");
        fs::remove_dir_all(folder).unwrap();
    }
}
