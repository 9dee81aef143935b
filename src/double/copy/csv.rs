//! CSV: a quoted field may hold delimiters, line ends and doubled quotes.
//!
//! <https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html#copy-csv>

use memchr::{memchr, memchr2};

use super::fault::Fault;
use super::record::{Bad, Lines, Record, RecordReader, without_end};

/// Reads one file.
pub(super) struct Csv<'a> {
    pub(super) lines: Lines,
    pub(super) delimiter: u8,
    pub(super) quote: u8,
    pub(super) null: &'a [u8],
}

impl RecordReader for Csv<'_> {
    fn next(&mut self, record: &mut Record) -> Result<bool, Bad> {
        record.clear();
        record.line = self.lines.line + 1;
        let mut text = std::mem::take(&mut record.raw);
        let result = self.lines.next(&mut text).and_then(|read| {
            if read {
                self.fields(&mut text, record)?;
            }
            Ok(read)
        });
        let length = without_end(&text).len();
        text.truncate(length);
        record.raw = text;
        result
    }
}

impl Csv<'_> {
    fn fields(&mut self, text: &mut Vec<u8>, record: &mut Record) -> Result<(), Bad> {
        let mut at = 0;
        loop {
            let quote = self.past_blanks(text, at);
            if text.get(quote) == Some(&self.quote) {
                at = self.quoted(text, quote, record)?;
                at = self.past_blanks(text, at);
            } else {
                at = self.plain(text, at, record)?;
            }
            match text.get(at..).unwrap_or_default() {
                [] | b"\n" | b"\r" | b"\r\n" => return Ok(()),
                [byte, ..] if *byte == self.delimiter => at += 1,
                _ => return Err(invalid(record.len(), at)),
            }
        }
    }

    /// White space around quotes does not count, unless it is the delimiter.
    fn past_blanks(&self, text: &[u8], at: usize) -> usize {
        let blank = |byte: &&u8| matches!(**byte, b' ' | b'\t') && **byte != self.delimiter;
        at + text.get(at..).unwrap_or_default().iter().take_while(blank).count()
    }

    fn plain(&self, text: &[u8], at: usize, record: &mut Record) -> Result<usize, Bad> {
        let rest = text.get(at..).unwrap_or_default();
        let end = match memchr2(self.delimiter, self.quote, rest) {
            Some(end) if rest.get(end) == Some(&self.delimiter) => end,
            Some(_) => return Err(invalid(record.len(), at)),
            None => without_end(rest).len(),
        };
        if rest.get(..end) == Some(self.null) {
            record.push_null(at);
        } else {
            record.push_raw(at, at + end);
        }
        Ok(at + end)
    }

    /// Reads on in the file as long as the field goes over the end of the line; says where the field ends.
    fn quoted(&mut self, text: &mut Vec<u8>, open: usize, record: &mut Record) -> Result<usize, Bad> {
        let mut at = open + 1;
        let mut pieces = Vec::new();
        loop {
            let start = at;
            let quote = loop {
                match memchr(self.quote, text.get(at..).unwrap_or_default()) {
                    Some(found) => break at + found,
                    None => at = text.len(),
                }
                if !self.lines.next(text)? {
                    return Err(invalid(record.len(), open));
                }
            };
            if text.get(quote + 1) != Some(&self.quote) {
                if pieces.is_empty() {
                    record.push_raw(start, quote);
                } else {
                    pieces.push(start..quote);
                    record.push_with(open, |out| {
                        for piece in &pieces {
                            out.extend_from_slice(text.get(piece.clone()).unwrap_or_default());
                        }
                    });
                }
                return Ok(quote + 1);
            }
            pieces.push(start..quote + 1);
            at = quote + 2;
        }
    }
}

fn invalid(column: usize, position: usize) -> Bad {
    Bad::Record { fault: Fault::quotes(), column: Some(column), position }
}
