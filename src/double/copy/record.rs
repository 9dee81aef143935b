//! What the readers of the formats have in common: fields, and where reading stands in a file.

use std::io::{self, BufRead, Read};

/// The longest record that Redshift takes.
const LONGEST: u64 = 4 * 1024 * 1024;

/// One field of a record, and whether it is NULL by the NULL AS option.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) bytes: Vec<u8>,
    pub(super) null: bool,
}

/// Why a record cannot be read.
#[derive(Debug)]
pub(super) enum BadRecord {
    /// The file cannot be read on.
    Unreadable(io::Error),
    /// It is not what the options promise; in the words of Redshift where they are known.
    Malformed(String),
}

impl From<io::Error> for BadRecord {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
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
    pub(super) fn next(&mut self, record: &mut Vec<u8>) -> Result<bool, BadRecord> {
        let room = (LONGEST + 1).saturating_sub(record.len() as u64);
        let read = (&mut self.input).take(room).read_until(b'\n', record)?;
        if record.len() as u64 > LONGEST {
            self.line += 1;
            return Err(BadRecord::Malformed("record is longer than 4 MB".to_owned()));
        }
        self.line += u64::from(read > 0);
        Ok(read > 0)
    }
}
