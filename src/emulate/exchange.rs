//! The extended query protocol between a client and a server that must not see everything
//! (<https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY>).
//!
//! Messages pass as they are, with the text of Parse translated. For a statement that only the double can carry out, such
//! as COPY, the server prepares an empty one in its place, and answers everything but its execution.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::{BufMut, BytesMut};

use super::frame::{Frame, Reader};
use super::refusal::Refusal;
use super::rows::{self, Shape};
use super::statement::{Written, byte_offset, characters};
use crate::double::Prepared;
use crate::sql::OffsetMap;

/// What becomes of a message of the client.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// The server gets it.
    Forward(Frame),
    /// The double carries the text out, once the server has answered all it was sent.
    Run(Arc<str>),
    /// It is refused, once the server has answered all it was sent. The text is one that the double refuses.
    Refuse(Arc<str>),
    /// It breaks the protocol.
    Fail(Refusal),
    /// It follows a failure, so nobody gets it.
    Skip,
}

/// What a client has prepared, and what the server still has to answer.
#[derive(Debug, Default)]
pub struct Exchange {
    statements: HashMap<String, Statement>,
    portals: HashMap<String, Portal>,
    /// The rows of a statement, as far as the client has asked.
    shapes: HashMap<u64, Shape>,
    expected: VecDeque<Expected>,
    /// Whether everything up to the next Sync is to be skipped.
    failed: bool,
    next: u64,
}

#[derive(Clone, Debug)]
struct Statement {
    number: u64,
    /// The client's text of what only the double carries out.
    whole: Option<Arc<str>>,
}

#[derive(Clone, Debug)]
struct Portal {
    statement: Statement,
    formats: Vec<i16>,
}

/// A text of the client as the server has it.
#[derive(Debug)]
struct Translation {
    text: Arc<str>,
    start: usize,
    sql: String,
    map: Option<OffsetMap>,
}

/// An answer that is to come.
#[derive(Debug)]
enum Expected {
    Parsed(Arc<Translation>),
    /// The answer to Bind or Close.
    Done,
    /// A description of these rows.
    Description(u64),
    /// Rows, and the end of the statement. The shape is known with the first of them.
    Rows {
        statement: u64,
        formats: Vec<i16>,
        shape: Option<Shape>,
    },
    Ready,
}

impl Exchange {
    /// Whether the server has answered everything.
    pub fn is_settled(&self) -> bool {
        self.expected.is_empty()
    }

    /// Whether messages up to the next Sync are skipped.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// Skips what comes up to the next Sync.
    pub fn fail(&mut self) {
        self.failed = true;
    }

    /// Forgets what a simple query ends: <https://www.postgresql.org/docs/current/protocol-flow.html>.
    pub fn forget_unnamed(&mut self) {
        self.statements.remove("");
        self.portals.remove("");
    }

    /// Takes a message of the client. `prepare` says how the double carries a statement out.
    pub fn from_client(&mut self, frame: Frame, prepare: &mut dyn FnMut(&str) -> Prepared) -> Action {
        if frame.tag == b'S' {
            self.failed = false;
            self.expected.push_back(Expected::Ready);
            return Action::Forward(frame);
        }
        if self.failed {
            return Action::Skip;
        }
        let broken = || Action::Fail(Refusal::error("08P01", "invalid message format"));
        match frame.tag {
            b'P' => self.parse(&frame, prepare).unwrap_or_else(broken),
            b'B' => self.bind(frame).unwrap_or_else(broken),
            b'D' => self.describe(frame).unwrap_or_else(broken),
            b'E' => self.execute(frame).unwrap_or_else(broken),
            b'C' => self.close(frame).unwrap_or_else(broken),
            b'H' => Action::Forward(frame),
            tag => {
                let shown = char::from(tag).escape_default().to_string();
                Action::Fail(Refusal::error("08P01", format!("invalid frontend message type {shown}")))
            }
        }
    }

    fn parse(&mut self, frame: &Frame, prepare: &mut dyn FnMut(&str) -> Prepared) -> Option<Action> {
        let mut reader = frame.read();
        let name = reader.text()?.to_owned();
        let Some(text) = reader.text() else {
            let text = "invalid byte sequence for encoding \"UTF8\"";
            return Some(Action::Fail(Refusal::error("22021", text)));
        };
        let written = Written::read(text);
        if written.len() > 1 {
            let text = "cannot insert multiple commands into a prepared statement";
            return Some(Action::Fail(Refusal::error("42601", text)));
        }
        let batch = written.batch();
        let statement = batch.pieces.first().map_or("", |piece| piece.sql.as_str());
        let text: Arc<str> = text.into();
        let (sql, map, whole) = match prepare(statement) {
            Prepared::ByServer { sql, map } => (sql, map, None),
            Prepared::Whole => (String::new(), None, Some(text.clone())),
            Prepared::Refused => return Some(Action::Refuse(text)),
        };
        let mut body = BytesMut::with_capacity(frame.body.len() + sql.len());
        for part in [name.as_str(), sql.as_str()] {
            body.put_slice(part.as_bytes());
            body.put_u8(0);
        }
        body.put_slice(reader.rest());
        self.next += 1;
        if let Some(old) = self.statements.insert(name, Statement { number: self.next, whole }) {
            self.shapes.remove(&old.number);
        }
        let translation = Translation { start: written.start(), text: text.clone(), sql, map };
        self.expected.push_back(Expected::Parsed(Arc::new(translation)));
        Some(Action::Forward(Frame::new(b'P', body)))
    }

    fn bind(&mut self, frame: Frame) -> Option<Action> {
        let mut reader = frame.read();
        let portal = reader.text()?.to_owned();
        let statement = reader.text()?;
        match self.statements.get(statement) {
            Some(statement) => {
                let formats = rows::result_formats(reader)?;
                self.portals.insert(portal, Portal { statement: statement.clone(), formats });
            }
            // The server says that there is none.
            None => drop(self.portals.remove(&portal)),
        }
        self.expected.push_back(Expected::Done);
        Some(Action::Forward(frame))
    }

    fn describe(&mut self, frame: Frame) -> Option<Action> {
        let mut reader = frame.read();
        let sort = reader.u8()?;
        let name = reader.text()?;
        let number = match sort {
            b'S' => self.statements.get(name).map(|statement| statement.number),
            _ => self.portals.get(name).map(|portal| portal.statement.number),
        };
        self.expected.push_back(Expected::Description(number.unwrap_or_default()));
        Some(Action::Forward(frame))
    }

    fn execute(&mut self, frame: Frame) -> Option<Action> {
        let portal = self.portals.get(frame.read().text()?);
        if let Some(text) = portal.and_then(|portal| portal.statement.whole.clone()) {
            return Some(Action::Run(text));
        }
        let (statement, formats) =
            portal.map_or((0, Vec::new()), |portal| (portal.statement.number, portal.formats.clone()));
        self.expected.push_back(Expected::Rows { statement, formats, shape: None });
        Some(Action::Forward(frame))
    }

    fn close(&mut self, frame: Frame) -> Option<Action> {
        let mut reader = frame.read();
        let sort = reader.u8()?;
        let name = reader.text()?;
        if sort == b'S' {
            if let Some(old) = self.statements.remove(name) {
                self.shapes.remove(&old.number);
            }
        } else {
            self.portals.remove(name);
        }
        self.expected.push_back(Expected::Done);
        Some(Action::Forward(frame))
    }

    /// Takes a message of the server; the client gets what comes back.
    pub fn from_server(&mut self, frame: Frame) -> Frame {
        match frame.tag {
            b'1' | b'2' | b'3' | b'n' | b'C' | b'I' | b's' | b'Z' => {
                self.expected.pop_front();
                frame
            }
            b'T' => self.description(&frame),
            b'D' => self.row(frame),
            b'E' => self.error(&frame),
            _ => frame,
        }
    }

    fn description(&mut self, frame: &Frame) -> Frame {
        let (described, shape) = Shape::describe(frame);
        if let Some(Expected::Description(number)) = self.expected.pop_front() {
            self.shapes.insert(number, shape);
        }
        described
    }

    fn row(&mut self, frame: Frame) -> Frame {
        let Some(Expected::Rows { statement, formats, shape }) = self.expected.front_mut() else { return frame };
        let known = || self.shapes.get(statement).map(|shape| shape.in_formats(formats)).unwrap_or_default();
        shape.get_or_insert_with(known).row(frame)
    }

    /// The server skips what it was sent up to the next Sync.
    fn error(&mut self, frame: &Frame) -> Frame {
        let mut refusal = Refusal::read(frame);
        if let Some(Expected::Parsed(translation)) = self.expected.front() {
            let position = refusal.position().and_then(|position| translation.source_position(position));
            refusal.point_at(position);
        }
        while self.expected.front().is_some_and(|next| !matches!(next, Expected::Ready)) {
            self.expected.pop_front();
        }
        self.failed |= self.expected.is_empty();
        refusal.to_frame()
    }
}

impl Translation {
    /// The character of the client's text that a character of the server's text stands for.
    fn source_position(&self, position: usize) -> Option<usize> {
        let offset = byte_offset(&self.sql, position)?;
        let offset = self.map.as_ref().map_or(offset, |map| map.source_offset(offset));
        Some(characters(&self.text, self.start + offset))
    }
}

/// The text of a simple query.
///
/// # Errors
///
/// Fails if it is no text in UTF-8.
pub fn query_text(frame: &Frame) -> Result<&str, Refusal> {
    Reader::new(&frame.body)
        .text()
        .ok_or_else(|| Refusal::error("22021", "invalid byte sequence for encoding \"UTF8\""))
}
