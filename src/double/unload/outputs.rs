//! The files of one UNLOAD: which row goes where, and what stands in the store in the end.

use std::collections::BTreeMap;
use std::io::Write;

use crate::double::copy::store_error;
use crate::double::data::{Seal, Sealed};
use crate::ports::{DbError, DbErrorKind, NewObject, Store, StoreError};

use super::column::Column;
use super::file::{FileError, OpenFile, Target};
use super::name::partition_folder;
use super::options::{Encryption, Existing, Format, UnloadStatement};
use super::parquet::{self, ParquetFile};
use super::row::Row;
use super::text::TextWriter;

/// Slices that write at the same time. Redshift has two for each node of its smallest sort; their number decides nothing
/// but the names of files.
const SLICES: usize = 2;

/// Rows of Parquet that may wait in memory, in bytes.
const MOST_WAITING: u64 = 256 * 1024 * 1024;

/// A file that is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FinishedFile {
    pub(super) key: String,
    pub(super) length: u64,
    /// Header lines included.
    pub(super) lines: u64,
}

/// All files of a statement. Dropped before [`Outputs::finish`] has returned, it removes what it wrote.
pub(super) struct Outputs<'a> {
    layout: Layout<'a>,
    folders: BTreeMap<String, Vec<Slice>>,
    row: Row,
    rows: usize,
    finished: Finished<'a>,
}

/// What is the same for all files.
struct Layout<'a> {
    statement: &'a UnloadStatement,
    store: &'a dyn Store,
    columns: &'a [Column],
    /// Which columns the files hold.
    written: &'a [usize],
    /// Which columns name the folders.
    partition: &'a [usize],
    schema: Option<::parquet::schema::types::TypePtr>,
}

/// What one slice writes into one folder.
#[derive(Default)]
struct Slice {
    /// The number of the next file.
    part: usize,
    open: Option<OpenFile>,
}

struct Finished<'a> {
    store: &'a dyn Store,
    bucket: &'a str,
    files: Vec<FinishedFile>,
    keep: bool,
}

impl Drop for Finished<'_> {
    fn drop(&mut self) {
        if let Some(error) = self.remove() {
            tracing::warn!(%error, bucket = self.bucket, "files of a failed UNLOAD stay");
        }
    }
}

impl Finished<'_> {
    /// Removes the files again; tells what hindered it.
    fn remove(&mut self) -> Option<String> {
        if self.keep {
            return None;
        }
        let keys: Vec<String> = self.files.drain(..).map(|file| file.key).collect();
        self.store.delete(self.bucket, &keys).err().map(|error| store_error(error).message)
    }
}

impl<'a> Outputs<'a> {
    pub(super) fn new(
        statement: &'a UnloadStatement,
        store: &'a dyn Store,
        columns: &'a [Column],
        written: &'a [usize],
        partition: &'a [usize],
    ) -> Result<Self, DbError> {
        let schema = match statement.format {
            Format::Parquet { .. } => Some(parquet::schema(columns, written).map_err(refused)?),
            _ => None,
        };
        let layout = Layout { statement, store, columns, written, partition, schema };
        let finished = Finished { store, bucket: &statement.bucket, files: Vec::new(), keep: false };
        Ok(Self { layout, folders: BTreeMap::new(), row: Row::default(), rows: 0, finished })
    }

    /// Takes a row of PostgreSQL's COPY.
    pub(super) fn take(&mut self, line: &[u8]) -> Result<(), DbError> {
        self.row.read(line, self.layout.columns).map_err(|error| refused(error.to_string()))?;
        let folder = self.layout.folder(&self.row);
        if !self.folders.contains_key(&folder) {
            self.layout.clear(&folder)?;
            self.folders.insert(folder.clone(), Vec::new());
        }
        let slices = self.layout.slices();
        let Some(of_folder) = self.folders.get_mut(&folder) else { return Ok(()) };
        of_folder.resize_with(slices, Slice::default);
        let Some(slice) = of_folder.get_mut(self.rows % slices) else { return Ok(()) };
        self.rows += 1;
        let number = (self.rows - 1) % slices;
        loop {
            let file = match &mut slice.open {
                Some(file) => file,
                None => {
                    slice.part += 1;
                    slice.open.insert(self.layout.open(&folder, number, slice.part - 1)?)
                }
            };
            let writer = TextWriter::new(&self.layout.statement.format, self.layout.columns, self.layout.written);
            let added = file.add(&self.row, &writer, self.layout.statement.largest_file);
            if added.map_err(|error| self.layout.failed(&file.key, error))? {
                break;
            }
            if let Some(full) = slice.open.take() {
                self.layout.finish(full, &mut self.finished.files)?;
            }
        }
        if self.rows.is_multiple_of(1024) { self.make_room() } else { Ok(()) }
    }

    /// Many partitions of Parquet would otherwise each keep a row group in memory.
    fn make_room(&mut self) -> Result<(), DbError> {
        let open = self.folders.values_mut().flatten().filter_map(|slice| slice.open.as_mut());
        let mut open: Vec<&mut OpenFile> = open.collect();
        let mut waiting: u64 = open.iter().map(|file| file.waiting()).sum();
        open.sort_unstable_by_key(|file| std::cmp::Reverse(file.waiting()));
        for file in open {
            if waiting <= MOST_WAITING {
                break;
            }
            waiting -= file.waiting();
            file.end_row_group().map_err(|error| self.layout.failed(&file.key, error))?;
        }
        Ok(())
    }

    /// Ends all files; returns them in the order of their keys. They stay unless what [`Outputs`] is dropped before
    /// [`Outputs::keep`].
    pub(super) fn finish(&mut self) -> Result<&[FinishedFile], DbError> {
        self.make_empty_files()?;
        for slice in self.folders.values_mut().flatten() {
            if let Some(file) = slice.open.take() {
                self.layout.finish(file, &mut self.finished.files)?;
            }
        }
        self.finished.files.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        Ok(&self.finished.files)
    }

    /// Every slice writes a file, be it empty; of Parquet and of partitions only those with rows.
    fn make_empty_files(&mut self) -> Result<(), DbError> {
        let parquet = matches!(self.layout.statement.format, Format::Parquet { .. });
        if parquet || !self.layout.partition.is_empty() {
            return Ok(());
        }
        let slices = self.folders.entry(String::new()).or_default();
        slices.resize_with(self.layout.slices(), Slice::default);
        for (number, slice) in slices.iter_mut().enumerate().filter(|(_, slice)| slice.part == 0) {
            slice.open = Some(self.layout.open("", number, 0)?);
        }
        Ok(())
    }

    /// Writes one more object that belongs to the files.
    pub(super) fn write_beside(&mut self, key: String, text: &[u8]) -> Result<(), DbError> {
        let write = || -> Result<u64, FileError> {
            let mut target = self.layout.target(&key)?;
            target.write_all(text)?;
            target.finish()?.finish()
        };
        let length = write().map_err(|error| self.layout.failed(&key, error))?;
        self.finished.files.push(FinishedFile { key, length, lines: 0 });
        Ok(())
    }

    /// The files are to stay.
    pub(super) fn keep(mut self) {
        self.finished.keep = true;
    }

    /// The files are to go; returns what to tell of it.
    pub(super) fn discard(mut self) -> Option<String> {
        let count = self.finished.files.len();
        match self.finished.remove() {
            Some(error) => Some(format!("{count} files that were complete could not be removed again: {error}")),
            None if count > 0 => Some(format!("{count} files that were complete are removed again")),
            None => None,
        }
    }
}

impl Layout<'_> {
    fn slices(&self) -> usize {
        if self.statement.parallel { SLICES } else { 1 }
    }

    fn folder(&self, row: &Row) -> String {
        let name = |at: &usize| self.columns.get(*at).map(|column| (column.name.as_str(), row.value(*at)));
        partition_folder(self.partition.iter().filter_map(name))
    }

    /// CLEANPATH empties the folders of partitions that get files, and no others.
    fn clear(&self, folder: &str) -> Result<(), DbError> {
        if !self.statement.cleans_folders() {
            return Ok(());
        }
        clear(self.statement, self.store, &format!("{}{folder}", self.statement.prefix))
    }

    fn open(&self, folder: &str, slice: usize, part: usize) -> Result<OpenFile, DbError> {
        let key = self.statement.key(folder, slice, part);
        let target = self.target(&key).map_err(|error| self.failed(&key, error))?;
        let opened = match (&self.statement.format, &self.schema) {
            (Format::Parquet { row_group }, Some(schema)) => {
                // The client encrypts no Parquet: the statement would have been refused.
                let target = target.finish().map_err(|error| self.failed(&key, FileError::Write(error)))?;
                ParquetFile::new(target, schema.clone(), self.columns, self.written, *row_group)
                    .map(|file| OpenFile::parquet(key.clone(), file))
            }
            _ => {
                let writer = TextWriter::new(&self.statement.format, self.columns, self.written);
                OpenFile::text(key.clone(), target, self.statement.compression, &writer)
            }
        };
        opened.map_err(|error| self.failed(&key, FileError::Write(error)))
    }

    /// A new object, encrypted as the statement says.
    fn target(&self, key: &str) -> Result<Sealed<Target>, FileError> {
        let (seal, object) = match &self.statement.encryption {
            Encryption::Store => (None, NewObject::default()),
            Encryption::Kms(key) => (None, NewObject { kms_key: Some(key.clone()), ..NewObject::default() }),
            Encryption::Client(master) => {
                let seal = Seal::new(master)?;
                let object = NewObject { metadata: seal.metadata.clone(), ..NewObject::default() };
                (Some(seal), object)
            }
        };
        let object = self.store.create(&self.statement.bucket, key, &object).map_err(FileError::Store)?;
        Ok(Sealed::new(Target::new(object), seal))
    }

    fn finish(&self, file: OpenFile, finished: &mut Vec<FinishedFile>) -> Result<(), DbError> {
        let (key, lines) = (file.key.clone(), file.lines);
        let length = file.finish().map_err(|error| self.failed(&key, error))?;
        finished.push(FinishedFile { key, length, lines });
        Ok(())
    }

    fn failed(&self, key: &str, error: FileError) -> DbError {
        match error {
            FileError::Row(message) => refused(message),
            FileError::Store(error) => store_error(error),
            FileError::Write(source) => store_error(StoreError::Unwritable {
                bucket: self.statement.bucket.clone(),
                key: key.to_owned(),
                source,
            }),
        }
    }
}

/// Makes a place ready: refuses it if files stand there, removes them, or leaves them to be overwritten.
pub(super) fn clear(statement: &UnloadStatement, store: &dyn Store, prefix: &str) -> Result<(), DbError> {
    if statement.existing == Existing::Overwrite {
        return Ok(());
    }
    let keys = store.list(&statement.bucket, prefix).map_err(store_error)?;
    if keys.is_empty() {
        return Ok(());
    }
    if statement.existing == Existing::Remove {
        return store.delete(&statement.bucket, &keys).map_err(store_error);
    }
    let message = "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, \
                   manually removing the target files in S3, or using the ALLOWOVERWRITE option.";
    let detail = keys.first().map(|key| format!("s3://{}/{key} exists", statement.bucket));
    Err(DbError { detail, code: Some("XX000".to_owned()), ..DbError::new(DbErrorKind::Statement, message) })
}

fn refused(message: impl Into<String>) -> DbError {
    DbError { code: Some("XX000".to_owned()), ..DbError::new(DbErrorKind::Statement, message) }
}
