//! What the readers of the formats have in common: records with fields, and the lines of a file.

use std::io::{self, BufRead, Read};

use super::fault::Fault;

/// The longest record that Redshift takes:
/// <https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html>.
pub(super) const LONGEST: usize = 4 * 1024 * 1024;

/// Reads the records of one file.
pub(super) trait RecordReader {
    /// Reads the next record in place of the one that is there; false at the end of the file.
    ///
    /// After [`Bad::Record`] it goes on with the record that follows.
    fn next(&mut self, record: &mut Record) -> Result<bool, Bad>;
}

/// Why a record cannot be read.
#[derive(Debug)]
pub(super) enum Bad {
    /// The file cannot be read on.
    File(io::Error),
    /// The file does not fit the table: nothing is loaded.
    Load(String),
    /// The record is not what the options promise; `column` says at which field, `position` at which byte.
    Record { fault: Fault, column: Option<usize>, position: usize },
}

impl Bad {
    pub(super) const fn record(fault: Fault, position: usize) -> Self {
        Self::Record { fault, column: None, position }
    }
}

impl From<io::Error> for Bad {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

/// One record. Its buffers are used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The record as it stands in the file.
    pub(super) raw: Vec<u8>,
    /// The line where it begins, from 1.
    pub(super) line: u64,
    text: Vec<u8>,
    spans: Vec<Span>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    end: usize,
    /// Where it stands in `raw`.
    position: usize,
    content: Content,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Null,
    /// In `raw`.
    Raw,
    /// In `text`.
    Text,
}

/// One field of a [`Record`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field<'a> {
    /// The text, or nothing for NULL.
    pub(super) bytes: Option<&'a [u8]>,
    /// Where it stands in the record.
    pub(super) position: usize,
}

impl Record {
    pub(super) fn clear(&mut self) {
        self.raw.clear();
        self.text.clear();
        self.spans.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Adds a field that stands in `raw` as it is.
    pub(super) fn push_raw(&mut self, start: usize, end: usize) {
        self.spans.push(Span { start, end, position: start, content: Content::Raw });
    }

    pub(super) fn push_null(&mut self, position: usize) {
        self.spans.push(Span { start: 0, end: 0, position, content: Content::Null });
    }

    pub(super) fn push_text(&mut self, text: &[u8], position: usize) {
        self.push_with(position, |out| out.extend_from_slice(text));
    }

    /// Adds a field that `write` appends to what it is given.
    pub(super) fn push_with(&mut self, position: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.text.len();
        write(&mut self.text);
        self.spans.push(Span { start, end: self.text.len(), position, content: Content::Text });
    }

    pub(super) fn pop(&mut self) {
        self.spans.pop();
    }

    pub(super) fn field(&self, index: usize) -> Option<Field<'_>> {
        let span = self.spans.get(index)?;
        let bytes = match span.content {
            Content::Null => None,
            Content::Raw => self.raw.get(span.start..span.end),
            Content::Text => self.text.get(span.start..span.end),
        };
        Some(Field { bytes, position: span.position })
    }

    /// Whether there is nothing but the end of the line.
    pub(super) fn is_blank(&self) -> bool {
        self.raw.is_empty()
    }
}

/// The lines of one file.
pub(super) struct Lines {
    input: Box<dyn BufRead + Send>,
    /// The line that was read last, from 1.
    pub(super) line: u64,
}

impl Lines {
    pub(super) fn new(input: Box<dyn BufRead + Send>) -> Self {
        Self { input, line: 0 }
    }

    /// Appends the next line with its end to `record`; false at the end of the file.
    pub(super) fn next(&mut self, record: &mut Vec<u8>) -> Result<bool, Bad> {
        let room = (LONGEST + 1).saturating_sub(record.len()) as u64;
        let read = (&mut self.input).take(room).read_until(b'\n', record)?;
        self.line += u64::from(read > 0);
        if record.len() > LONGEST {
            if record.last() != Some(&b'\n') {
                self.skip_line()?;
            }
            return Err(Bad::record(Fault::too_long(), 0));
        }
        Ok(read > 0)
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let ready = self.input.fill_buf()?;
            let (used, ended) = match memchr::memchr(b'\n', ready) {
                Some(at) => (at + 1, true),
                None => (ready.len(), ready.is_empty()),
            };
            self.input.consume(used);
            if ended {
                return Ok(());
            }
        }
    }

    /// Passes over the lines of a header.
    pub(super) fn skip(&mut self, count: u64) -> io::Result<()> {
        for _ in 0..count {
            if self.input.fill_buf()?.is_empty() {
                return Ok(());
            }
            self.skip_line()?;
            self.line += 1;
        }
        Ok(())
    }
}

/// The line without its end, `\n` or `\r\n`.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    match line.strip_suffix(b"\n") {
        Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
        None => line,
    }
}
