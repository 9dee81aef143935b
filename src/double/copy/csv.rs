//! CSV: a quoted field may hold delimiters, line ends and doubled quotes.

use super::record::{BadRecord, Field, Lines};

/// The options of the format.
#[derive(Clone, Copy, Debug)]
pub(super) struct Csv<'a> {
    pub(super) delimiter: u8,
    pub(super) quote: u8,
    pub(super) null: &'a [u8],
}

impl Csv<'_> {
    /// Reads the next record; `None` at the end of the file.
    pub(super) fn next(&self, lines: &mut Lines) -> Result<Option<Vec<Field>>, BadRecord> {
        let mut text = Vec::new();
        if !lines.next(&mut text)? {
            return Ok(None);
        }
        let mut fields = Vec::new();
        let mut at = 0;
        loop {
            if text.get(at) == Some(&self.quote) {
                let (field, past) = self.quoted(&mut text, at, lines)?;
                fields.push(field);
                at = past;
            } else {
                let (field, past) = self.plain(&text, at)?;
                fields.push(field);
                at = past;
            }
            match text.get(at..).unwrap_or_default() {
                [] | b"\n" | b"\r" | b"\r\n" => return Ok(Some(fields)),
                [byte, ..] if *byte == self.delimiter => at += 1,
                _ => return Err(invalid_quotes()),
            }
        }
    }

    fn plain(&self, text: &[u8], at: usize) -> Result<(Field, usize), BadRecord> {
        let rest = text.get(at..).unwrap_or_default();
        let line = rest.strip_suffix(b"\n").map_or(rest, |line| line.strip_suffix(b"\r").unwrap_or(line));
        let end = line.iter().position(|byte| *byte == self.delimiter).unwrap_or(line.len());
        let bytes = line.get(..end).unwrap_or_default();
        if bytes.contains(&self.quote) {
            return Err(invalid_quotes());
        }
        Ok((Field { bytes: bytes.to_vec(), null: bytes == self.null }, at + end))
    }

    /// Reads on in the file as long as the field goes over the end of the line.
    fn quoted(&self, text: &mut Vec<u8>, open: usize, lines: &mut Lines) -> Result<(Field, usize), BadRecord> {
        let mut bytes = Vec::new();
        let mut at = open + 1;
        loop {
            match text.get(at).copied() {
                Some(byte) if byte != self.quote => {
                    bytes.push(byte);
                    at += 1;
                }
                Some(quote) if text.get(at + 1) == Some(&quote) => {
                    bytes.push(quote);
                    at += 2;
                }
                Some(_) => return Ok((Field { bytes, null: false }, at + 1)),
                None if lines.next(text)? => {}
                None => return Err(BadRecord::Malformed("a quoted field is not closed".to_owned())),
            }
        }
    }
}

fn invalid_quotes() -> BadRecord {
    BadRecord::Malformed(
        "invalid quote formatting for CSV: a quote stands inside of a field and is not doubled".to_owned(),
    )
}
