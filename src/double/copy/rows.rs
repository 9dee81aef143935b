//! The records of all files as rows in the text format of PostgreSQL's COPY, made on a thread of their own.
//!
//! Memory is bounded by a few chunks and the longest record, whatever the files hold.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::convert::write_field;
use super::failure::{plain, too_many};
use super::fault::Fault;
use super::input::Input;
use super::load_error::LoadError;
use super::record::{Bad, Record};
use super::statement::Place;
use crate::ports::DbError;

/// How much is made ready at once.
const CHUNK: usize = 256 * 1024;

/// How many chunks may wait for the server.
const WAITING: usize = 4;

/// The most errors that are kept for the history.
const MOST_KEPT: usize = 100_000;

/// What came of the files.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) files: Vec<FileReport>,
    pub(super) errors: Vec<LoadError>,
    /// All bad records, also those that are not kept.
    pub(super) error_count: u64,
    /// Why reading stopped.
    pub(super) failure: Option<DbError>,
}

impl Report {
    /// Records that became rows.
    pub(super) fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }
}

/// What came of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FileReport {
    pub(super) url: String,
    pub(super) bytes: u64,
    pub(super) records: u64,
    pub(super) rows: u64,
    pub(super) errors: u64,
}

/// Rows that are read while they are made.
pub(super) struct Rows {
    chunks: Option<Receiver<Vec<u8>>>,
    chunk: Vec<u8>,
    given: usize,
    thread: Option<JoinHandle<Report>>,
    report: Report,
}

impl Rows {
    /// Begins to read the objects one after the other.
    ///
    /// # Errors
    ///
    /// Fails if the system has no thread left.
    pub(super) fn begin(input: Input, objects: Vec<Place>) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("copy".to_owned()).spawn(move || {
            let mut writer =
                Writer { input: &input, sender, out: Vec::with_capacity(2 * CHUNK), report: Report::default() };
            if let Err(Stopped::Failed(error)) = writer.run(&objects) {
                writer.report.failure = Some(error);
            }
            writer.report
        })?;
        let (chunks, thread) = (Some(receiver), Some(thread));
        Ok(Self { chunks, chunk: Vec::new(), given: 0, thread, report: Report::default() })
    }

    /// Waits until the thread has ended, which it does if nobody reads on.
    fn join(&mut self) {
        self.chunks = None;
        if let Some(thread) = self.thread.take() {
            self.report = thread.join().unwrap_or_else(|_| {
                let failure = Some(plain("the reader of the files panicked: this is a defect of vesto"));
                Report { failure, ..Report::default() }
            });
        }
    }

    /// Stops reading and says what came of it.
    pub(super) fn finish(mut self) -> Report {
        self.join();
        std::mem::take(&mut self.report)
    }
}

impl Read for Rows {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.chunk.len() {
            match self.chunks.as_ref().and_then(|chunks| chunks.recv().ok()) {
                Some(chunk) => (self.chunk, self.given) = (chunk, 0),
                None => {
                    self.join();
                    return match &self.report.failure {
                        Some(error) => Err(io::Error::other(error.message.clone())),
                        None => Ok(0),
                    };
                }
            }
        }
        let mut ready = self.chunk.get(self.given..).unwrap_or_default();
        let length = ready.read(buffer)?;
        self.given += length;
        Ok(length)
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.join();
    }
}

/// Why no more rows are made.
enum Stopped {
    /// Nobody reads them.
    Unread,
    Failed(DbError),
}

struct Writer<'a> {
    input: &'a Input,
    sender: SyncSender<Vec<u8>>,
    out: Vec<u8>,
    report: Report,
}

impl Writer<'_> {
    fn run(&mut self, objects: &[Place]) -> Result<(), Stopped> {
        for place in objects {
            let mut file = FileReport { url: place.url(), ..FileReport::default() };
            let done = self.file(place, &mut file);
            self.report.files.push(file);
            done?;
        }
        self.send()
    }

    fn send(&mut self) -> Result<(), Stopped> {
        if self.out.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.out, Vec::with_capacity(2 * CHUNK));
        self.sender.send(chunk).map_err(|_| Stopped::Unread)
    }

    fn file(&mut self, place: &Place, file: &mut FileReport) -> Result<(), Stopped> {
        let mut record = Record::default();
        let (size, mut reader) = match self.input.open(place) {
            Ok(opened) => opened,
            Err(bad) => return self.bad(bad, &record, file),
        };
        file.bytes = size;
        loop {
            match reader.next(&mut record) {
                Ok(false) => return Ok(()),
                Ok(true) => self.record(&mut record, file)?,
                Err(bad) => self.bad(bad, &record, file)?,
            }
            if self.out.len() >= CHUNK {
                self.send()?;
            }
        }
    }

    fn record(&mut self, record: &mut Record, file: &mut FileReport) -> Result<(), Stopped> {
        let layout = self.input.statement.layout;
        if layout.ignore_blank_lines && self.has_lines() && record.is_blank() {
            return Ok(());
        }
        file.records += 1;
        let start = self.out.len();
        match self.row(record) {
            Ok(()) => {
                file.rows += 1;
                Ok(())
            }
            Err((fault, column, position)) => {
                self.out.truncate(start);
                self.refuse(&fault, record, column, position, file)
            }
        }
    }

    /// Whether records are lines, so that an empty one is a blank line.
    fn has_lines(&self) -> bool {
        use super::statement::Format::{Csv, Delimited, FixedWidth};
        matches!(self.input.statement.format, Csv { .. } | Delimited { .. } | FixedWidth(_))
    }

    /// Appends the record as a row; the error says at which column and byte.
    fn row(&mut self, record: &mut Record) -> Result<(), (Fault, Option<usize>, usize)> {
        let width = self.input.columns.len();
        // A record may end with a delimiter: https://docs.aws.amazon.com/redshift/latest/dg/t_preparing-input-data.html
        if record.len() == width + 1 && record.field(width).is_some_and(|last| last.bytes == Some(b"")) {
            record.pop();
        }
        if record.len() > width {
            let position = record.field(width).map_or(0, |field| field.position);
            return Err((Fault::extra_columns(), None, position));
        }
        if record.len() < width && !self.input.statement.layout.fill_record {
            return Err((Fault::missing_delimiter(), None, record.raw.len()));
        }
        for (index, column) in self.input.columns.iter().enumerate() {
            if index > 0 {
                self.out.push(b'\t');
            }
            let (bytes, position) = match record.field(index) {
                Some(field) => (field.bytes, field.position),
                None => (Some(b"".as_slice()), record.raw.len()),
            };
            write_field(bytes, column, &self.input.statement.conversion, &mut self.out)
                .map_err(|fault| (fault, Some(index), position))?;
        }
        self.out.push(b'\n');
        Ok(())
    }

    fn bad(&mut self, bad: Bad, record: &Record, file: &mut FileReport) -> Result<(), Stopped> {
        match bad {
            Bad::Record { fault, column, position } => {
                file.records += 1;
                self.refuse(&fault, record, column, position, file)
            }
            Bad::Load(message) => Err(Stopped::Failed(plain(message))),
            Bad::File(error) => {
                let table = self.input.statement.table_name();
                let hint = match self.input.statement.compression {
                    Some(compression) => format!(" (is it {}?)", compression.as_str()),
                    None => String::new(),
                };
                let message = format!("Load into table '{table}' failed: {} cannot be read{hint}: {error}", file.url);
                let source: Option<Box<dyn std::error::Error + Send + Sync>> = Some(Box::new(error));
                Err(Stopped::Failed(DbError { source, ..plain(message) }))
            }
        }
    }

    fn refuse(
        &mut self,
        fault: &Fault,
        record: &Record,
        column: Option<usize>,
        position: usize,
        file: &mut FileReport,
    ) -> Result<(), Stopped> {
        file.errors += 1;
        self.report.error_count += 1;
        let column = column.and_then(|index| Some((index, self.input.columns.get(index)?)));
        if self.report.errors.len() < MOST_KEPT {
            self.report.errors.push(LoadError::new(&file.url, record, column, position, fault));
        }
        if self.input.statement.max_errors.is_none_or(|most| self.report.error_count < most) {
            return Ok(());
        }
        Err(Stopped::Failed(too_many(self.input.statement.table_name(), self.report.errors.first())))
    }
}
