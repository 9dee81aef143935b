//! Records of one line with fields between delimiters.

use memchr::memchr;

use super::fault::Fault;
use super::record::{Bad, Lines, Record, RecordReader, without_end};

/// Reads one file.
pub(super) struct Delimited<'a> {
    pub(super) lines: Lines,
    pub(super) delimiter: &'a [u8],
    pub(super) null: &'a [u8],
    pub(super) escape: bool,
    pub(super) remove_quotes: bool,
}

impl RecordReader for Delimited<'_> {
    fn next(&mut self, record: &mut Record) -> Result<bool, Bad> {
        record.clear();
        record.line = self.lines.line + 1;
        if !self.lines.next(&mut record.raw)? {
            return Ok(false);
        }
        if self.escape {
            // An escaped line end belongs to the field.
            while record.raw.ends_with(b"\n") && escaped(&record.raw, record.raw.len() - 1) {
                if !self.lines.next(&mut record.raw)? {
                    break;
                }
            }
        }
        let mut length = without_end(&record.raw).len();
        if self.escape && length < record.raw.len() && escaped(&record.raw, length) {
            // What stands before the end is an escaped carriage return, or an escaped line end at the end of the file.
            length = if record.raw.get(length) == Some(&b'\r') { length + 1 } else { record.raw.len() };
        }
        record.raw.truncate(length);
        match (self.delimiter, self.escape || self.remove_quotes) {
            ([delimiter], false) => self.split_plain(*delimiter, record),
            _ => self.split(record)?,
        }
        Ok(true)
    }
}

impl Delimited<'_> {
    /// The usual case: one byte between fields, which are taken as they are.
    fn split_plain(&self, delimiter: u8, record: &mut Record) {
        let mut start = 0;
        loop {
            let rest = record.raw.get(start..).unwrap_or_default();
            let length = memchr(delimiter, rest);
            let end = start + length.unwrap_or(rest.len());
            if record.raw.get(start..end) == Some(self.null) {
                record.push_null(start);
            } else {
                record.push_raw(start, end);
            }
            match length {
                Some(_) => start = end + 1,
                None => return,
            }
        }
    }

    fn split(&self, record: &mut Record) -> Result<(), Bad> {
        let raw = std::mem::take(&mut record.raw);
        let result = self.fields(&raw, record);
        record.raw = raw;
        result
    }

    fn fields(&self, line: &[u8], record: &mut Record) -> Result<(), Bad> {
        let mut start = 0;
        loop {
            let rest = line.get(start..).unwrap_or_default();
            let quote = rest.first().copied().filter(|byte| self.remove_quotes && matches!(byte, b'"' | b'\''));
            let end = match quote {
                Some(quote) => {
                    let Some(end) = self.closing(rest, quote) else {
                        return Err(Bad::Record {
                            fault: Fault::open_quote(),
                            column: Some(record.len()),
                            position: start,
                        });
                    };
                    self.push(record, rest.get(1..end).unwrap_or_default(), start);
                    end + 1
                }
                None => {
                    let end = self.delimiter_in(rest).unwrap_or(rest.len());
                    self.push(record, rest.get(..end).unwrap_or_default(), start);
                    end
                }
            };
            match rest.get(end..) {
                Some(after) if after.starts_with(self.delimiter) => start += end + self.delimiter.len(),
                _ => return Ok(()),
            }
        }
    }

    /// What stands for NULL may be escaped itself, as UNLOAD with ESCAPE writes it, and stands between the quotes.
    fn push(&self, record: &mut Record, field: &[u8], position: usize) {
        record.push_with(position, |out| self.unescape(field, out));
        let is_null = |text: Option<&[u8]>| text == Some(self.null);
        if field == self.null || is_null(record.field(record.len() - 1).and_then(|field| field.bytes)) {
            record.pop();
            record.push_null(position);
        }
    }

    fn delimiter_in(&self, text: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < text.len() {
            if self.escape && text.get(at) == Some(&b'\\') {
                at += 2;
            } else if text.get(at..)?.starts_with(self.delimiter) {
                return Some(at);
            } else {
                at += 1;
            }
        }
        None
    }

    /// The quote that closes a field is the first with a delimiter or the end behind it.
    fn closing(&self, text: &[u8], quote: u8) -> Option<usize> {
        let mut at = 1;
        while at < text.len() {
            if self.escape && text.get(at) == Some(&b'\\') {
                at += 2;
                continue;
            }
            let after = text.get(at + 1..).unwrap_or_default();
            if text.get(at) == Some(&quote) && (after.is_empty() || after.starts_with(self.delimiter)) {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    fn unescape(&self, field: &[u8], out: &mut Vec<u8>) {
        if !self.escape {
            out.extend_from_slice(field);
            return;
        }
        let mut rest = field;
        while let Some(at) = memchr(b'\\', rest) {
            let (plain, from) = rest.split_at(at);
            out.extend_from_slice(plain);
            out.push(from.get(1).copied().unwrap_or(b'\\'));
            rest = from.get(2..).unwrap_or_default();
        }
        out.extend_from_slice(rest);
    }
}

/// Whether an odd number of backslashes stands before `at`.
fn escaped(line: &[u8], at: usize) -> bool {
    let before = line.get(..at).unwrap_or_default();
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}
