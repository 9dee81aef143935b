//! Errors and notices as they stand on the wire: fields, each a letter and a text
//! (<https://www.postgresql.org/docs/current/protocol-error-fields.html>).

use std::fmt;

use bytes::{BufMut, BytesMut};

use super::frame::Frame;
use crate::ports::{DbError, DbErrorKind};

const SEVERITY: u8 = b'S';
const SEVERITY_PLAIN: u8 = b'V';
const CODE: u8 = b'C';
const MESSAGE: u8 = b'M';
const DETAIL: u8 = b'D';
const HINT: u8 = b'H';
const POSITION: u8 = b'P';

/// An error or a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    fields: Vec<(u8, String)>,
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl Refusal {
    /// Something of this severity, SQLSTATE and text.
    pub fn new(severity: &str, code: &str, message: impl Into<String>) -> Self {
        let field = |letter: u8, text: &str| (letter, text.to_owned());
        let mut fields = vec![field(SEVERITY, severity), field(SEVERITY_PLAIN, severity), field(CODE, code)];
        fields.push((MESSAGE, message.into()));
        Self { fields }
    }

    /// An error that ends a statement.
    pub fn error(code: &str, message: impl Into<String>) -> Self {
        Self::new("ERROR", code, message)
    }

    /// An error that ends the session.
    pub fn fatal(code: &str, message: impl Into<String>) -> Self {
        Self::new("FATAL", code, message)
    }

    /// With a cure.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.set(HINT, hint.into());
        self
    }

    /// With what stands behind it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.set(DETAIL, detail.into());
        self
    }

    /// As the double has it.
    pub fn of(error: &DbError) -> Self {
        let code = error.code.as_deref().unwrap_or(match error.kind {
            DbErrorKind::Unsupported => "0A000",
            DbErrorKind::Statement => "XX000",
            _ => "08006",
        });
        let mut refusal = Self::error(code, &error.message);
        for (letter, text) in [(DETAIL, &error.detail), (HINT, &error.hint)] {
            if let Some(text) = text {
                refusal.set(letter, text.clone());
            }
        }
        refusal
    }

    /// Reads the body of an error or a notice. What is no text in UTF-8 is replaced.
    pub fn read(frame: &Frame) -> Self {
        let mut reader = frame.read();
        let mut fields = Vec::new();
        while let Some(letter) = reader.u8().filter(|letter| *letter != 0) {
            let Some(text) = reader.bytes_to_zero() else { break };
            fields.push((letter, String::from_utf8_lossy(text).into_owned()));
        }
        Self { fields }
    }

    /// What it says.
    pub fn message(&self) -> &str {
        self.field(MESSAGE).unwrap_or_default()
    }

    /// SQLSTATE.
    pub fn code(&self) -> &str {
        self.field(CODE).unwrap_or_default()
    }

    /// Whether the server ends the session with it.
    pub fn is_fatal(&self) -> bool {
        matches!(self.field(SEVERITY_PLAIN).or(self.field(SEVERITY)), Some("FATAL" | "PANIC"))
    }

    /// The character of the statement that it points at, from 0.
    pub fn position(&self) -> Option<usize> {
        self.field(POSITION)?.parse::<usize>().ok()?.checked_sub(1)
    }

    /// Lets it point at a character of what the client wrote, from 0, or at nothing.
    pub fn point_at(&mut self, position: Option<usize>) {
        self.fields.retain(|(letter, _)| *letter != POSITION);
        if let Some(position) = position {
            self.fields.push((POSITION, (position + 1).to_string()));
        }
    }

    /// As a session of the double tells it.
    pub fn to_error(&self) -> DbError {
        let kind = if self.is_fatal() { DbErrorKind::Lost } else { DbErrorKind::Statement };
        DbError {
            code: Some(self.code().to_owned()),
            detail: self.field(DETAIL).map(str::to_owned),
            hint: self.field(HINT).map(str::to_owned),
            ..DbError::new(kind, self.message())
        }
    }

    /// As an error on the wire.
    pub fn to_frame(&self) -> Frame {
        self.frame(b'E')
    }

    /// As a notice on the wire.
    pub fn to_notice(&self) -> Frame {
        self.frame(b'N')
    }

    fn frame(&self, tag: u8) -> Frame {
        let mut body = BytesMut::new();
        for (letter, text) in &self.fields {
            body.put_u8(*letter);
            // A zero would end the text on the wire.
            body.extend(text.bytes().filter(|byte| *byte != 0));
            body.put_u8(0);
        }
        body.put_u8(0);
        Frame::new(tag, body)
    }

    fn field(&self, letter: u8) -> Option<&str> {
        self.fields.iter().find(|(found, _)| *found == letter).map(|(_, text)| text.as_str())
    }

    fn set(&mut self, letter: u8, text: String) {
        self.fields.retain(|(found, _)| *found != letter);
        self.fields.push((letter, text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut refusal = Refusal::error("42P01", "relation \"t\" does not exist").hint("make it");
        refusal.point_at(Some(14));
        let read = Refusal::read(&refusal.to_frame());
        assert_eq!(read, refusal);
        assert_eq!((read.code(), read.position(), read.is_fatal()), ("42P01", Some(14), false));
        assert!(Refusal::fatal("28000", "no").is_fatal());
    }
}
