//! Records of one line with fields between delimiters.

use super::record::{BadRecord, Field, Lines};

/// The options of the format.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delimited<'a> {
    pub(super) delimiter: &'a [u8],
    pub(super) null: &'a [u8],
    pub(super) escape: bool,
    pub(super) remove_quotes: bool,
}

impl Delimited<'_> {
    /// Reads the next record; `None` at the end of the file.
    pub(super) fn next(&self, lines: &mut Lines) -> Result<Option<Vec<Field>>, BadRecord> {
        let mut line = Vec::new();
        if !lines.next(&mut line)? {
            return Ok(None);
        }
        // An escaped line end belongs to the field.
        while self.escape && line.ends_with(b"\n") && self.escaped(&line, line.len() - 1) && lines.next(&mut line)? {}
        if line.ends_with(b"\n") && !self.escaped(&line, line.len() - 1) {
            line.pop();
            if line.ends_with(b"\r") && !self.escaped(&line, line.len() - 1) {
                line.pop();
            }
        }
        self.split(&line).map(Some)
    }

    /// Whether an odd number of backslashes stands before `at`.
    fn escaped(&self, line: &[u8], at: usize) -> bool {
        let before = line.get(..at).unwrap_or_default();
        self.escape && before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
    }

    fn split(&self, line: &[u8]) -> Result<Vec<Field>, BadRecord> {
        let mut fields = Vec::new();
        let mut rest = line;
        loop {
            let quote = rest.first().copied().filter(|byte| self.remove_quotes && matches!(byte, b'"' | b'\''));
            let end = match quote {
                Some(quote) => {
                    let end = self.closing(rest, quote)?;
                    let bytes = self.unescape(rest.get(1..end).unwrap_or_default());
                    fields.push(Field { bytes, null: false });
                    end + 1
                }
                None => {
                    let end = self.delimiter_in(rest).unwrap_or(rest.len());
                    let raw = rest.get(..end).unwrap_or_default();
                    fields.push(Field { bytes: self.unescape(raw), null: raw == self.null });
                    end
                }
            };
            match rest.get(end..).and_then(|after| after.strip_prefix(self.delimiter)) {
                Some(after) => rest = after,
                None => return Ok(fields),
            }
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
    fn closing(&self, text: &[u8], quote: u8) -> Result<usize, BadRecord> {
        let mut at = 1;
        while at < text.len() {
            if self.escape && text.get(at) == Some(&b'\\') {
                at += 2;
                continue;
            }
            let after = text.get(at + 1..).unwrap_or_default();
            if text.get(at) == Some(&quote) && (after.is_empty() || after.starts_with(self.delimiter)) {
                return Ok(at);
            }
            at += 1;
        }
        Err(BadRecord::Malformed("a field begins with a quote that is not closed".to_owned()))
    }

    fn unescape(&self, raw: &[u8]) -> Vec<u8> {
        if !self.escape {
            return raw.to_vec();
        }
        let mut out = Vec::with_capacity(raw.len());
        let mut bytes = raw.iter();
        while let Some(byte) = bytes.next() {
            out.push(if *byte == b'\\' { *bytes.next().unwrap_or(byte) } else { *byte });
        }
        out
    }
}
