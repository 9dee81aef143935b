//! Records of one line with fields of fixed widths, in characters.
//!
//! <https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html#copy-fixedwidth>

use super::column::Column;
use super::fault::Fault;
use super::record::{Bad, Lines, Record, RecordReader, without_end};

/// Reads one file.
pub(super) struct FixedWidth<'a> {
    pub(super) lines: Lines,
    pub(super) widths: &'a [usize],
    pub(super) null: &'a [u8],
    pub(super) columns: &'a [Column],
}

impl RecordReader for FixedWidth<'_> {
    fn next(&mut self, record: &mut Record) -> Result<bool, Bad> {
        record.clear();
        record.line = self.lines.line + 1;
        if !self.lines.next(&mut record.raw)? {
            return Ok(false);
        }
        let length = without_end(&record.raw).len();
        record.raw.truncate(length);
        if record.is_blank() {
            return Ok(true);
        }
        let mut start = 0;
        for (index, width) in self.widths.iter().enumerate() {
            let end = start + characters(record.raw.get(start..).unwrap_or_default(), *width);
            if end == start {
                let fault = Fault::new(1216, "Input line is not valid");
                return Err(Bad::Record { fault, column: Some(record.len()), position: start });
            }
            let trimmed = start + record.raw.get(start..end).unwrap_or_default().trim_ascii_end().len();
            if record.raw.get(start..trimmed) == Some(self.null) {
                record.push_null(start);
            } else {
                // Only texts keep the blanks that fill them up.
                let is_text = self.columns.get(index).is_some_and(|column| column.kind.is_text());
                record.push_raw(start, if is_text { end } else { trimmed });
            }
            start = end;
        }
        if start < length {
            return Err(Bad::record(Fault::extra_columns(), start));
        }
        Ok(true)
    }
}

/// The number of bytes of the first `count` characters; a byte that is no UTF-8 counts as one.
fn characters(text: &[u8], count: usize) -> usize {
    let is_start = |byte: &u8| *byte & 0xc0 != 0x80;
    text.iter().enumerate().filter(|(_, byte)| is_start(byte)).nth(count).map_or(text.len(), |(at, _)| at)
}
