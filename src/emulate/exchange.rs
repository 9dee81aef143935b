//! The extended query protocol between a client and a server that must not see everything
//! (<https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY>).
//!
//! Messages pass as they are, with the text of Parse translated. For a statement that only the double can carry out, such
//! as COPY, the server prepares an empty one in its place, and answers everything but its execution.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, OnceLock};

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
    /// How it is prepared depends on what the database holds: the message is to be taken again with the answer, once the
    /// server has answered all it was sent.
    Ask(Frame, String),
    /// It breaks the protocol.
    Fail(Refusal),
    /// It follows a failure, so nobody gets it.
    Skip,
}

/// What a client has prepared, and what the server still has to answer.
#[derive(Debug, Default)]
pub struct Exchange {
    statements: HashMap<String, Arc<Statement>>,
    portals: HashMap<String, Portal>,
    expected: VecDeque<Expected>,
    /// Whether everything up to the next Sync is to be skipped.
    failed: bool,
}

/// A text of the client, and as the server has it.
#[derive(Debug, Default)]
struct Statement {
    text: Arc<str>,
    /// Where its first word stands.
    start: usize,
    sql: String,
    /// How the server was asked to prepare it.
    parse: Option<Frame>,
    map: Option<OffsetMap>,
    /// Whether only the double carries it out.
    is_whole: bool,
    /// Its rows, once the client has asked for their description.
    shape: OnceLock<Shape>,
}

#[derive(Clone, Debug, Default)]
struct Portal {
    statement: Arc<Statement>,
    formats: Vec<i16>,
}

/// An answer that is to come. It keeps the statement, which the client may close before.
#[derive(Debug)]
enum Expected {
    /// The answer to Parse or Bind.
    Taken(Arc<Statement>),
    Closed,
    Description(Arc<Statement>),
    /// Rows, and the end of the statement. The shape is known with the first of them.
    Rows(Portal, Option<Shape>),
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
            b'H' if frame.body.is_empty() => Action::Forward(frame),
            // The server would skip what follows, and no answer is expected that would tell of it.
            b'H' => broken(),
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
        let (sql, map, is_whole) = match prepare(statement) {
            Prepared::ByServer { sql, map } => (sql, map, false),
            Prepared::Whole => (String::new(), None, true),
            Prepared::Depends => return Some(Action::Ask(frame.clone(), statement.to_owned())),
            Prepared::Refused => return Some(Action::Refuse(text)),
        };
        let mut body = BytesMut::with_capacity(frame.body.len() + sql.len());
        for part in [name.as_str(), sql.as_str()] {
            body.put_slice(part.as_bytes());
            body.put_u8(0);
        }
        body.put_slice(reader.rest());
        let start = written.start();
        let frame = Frame::new(b'P', body);
        let parse = Some(frame.clone());
        let statement =
            Arc::new(Statement { text: text.clone(), start, sql, parse, map, is_whole, shape: OnceLock::new() });
        self.statements.insert(name, statement.clone());
        self.expected.push_back(Expected::Taken(statement));
        Some(Action::Forward(frame))
    }

    fn bind(&mut self, frame: Frame) -> Option<Action> {
        let mut reader = frame.read();
        let name = reader.text()?.to_owned();
        let statement = self.statements.get(reader.text()?).cloned();
        match &statement {
            Some(statement) => {
                let formats = rows::result_formats(reader)?;
                self.portals.insert(name, Portal { statement: statement.clone(), formats });
            }
            // The server says that there is none.
            None => drop(self.portals.remove(&name)),
        }
        self.expected.push_back(Expected::Taken(statement.unwrap_or_default()));
        Some(Action::Forward(frame))
    }

    fn describe(&mut self, frame: Frame) -> Option<Action> {
        let mut reader = frame.read();
        let sort = reader.u8()?;
        let name = reader.text()?;
        let statement = match sort {
            b'S' => self.statements.get(name),
            _ => self.portals.get(name).map(|portal| &portal.statement),
        };
        self.expected.push_back(Expected::Description(statement.cloned().unwrap_or_default()));
        Some(Action::Forward(frame))
    }

    fn execute(&mut self, frame: Frame) -> Option<Action> {
        let portal = self.portals.get(frame.read().text()?).cloned().unwrap_or_default();
        if portal.statement.is_whole {
            return Some(Action::Run(portal.statement.text.clone()));
        }
        self.expected.push_back(Expected::Rows(portal, None));
        Some(Action::Forward(frame))
    }

    fn close(&mut self, frame: Frame) -> Option<Action> {
        let mut reader = frame.read();
        let sort = reader.u8()?;
        let name = reader.text()?;
        if sort == b'S' {
            self.statements.remove(name);
        } else {
            self.portals.remove(name);
        }
        self.expected.push_back(Expected::Closed);
        Some(Action::Forward(frame))
    }

    /// The text that a message executes, if it executes one.
    pub fn executed(&self, frame: &Frame) -> Option<Arc<str>> {
        if frame.tag != b'E' || self.failed {
            return None;
        }
        self.portals.get(frame.read().text()?).map(|portal| portal.statement.text.clone())
    }

    /// The text of the statement that a message binds, if the server will run it.
    pub fn bound(&self, frame: &Frame) -> Option<Arc<str>> {
        if frame.tag != b'B' || self.failed {
            return None;
        }
        let statement = self.statements.get(bound_name(frame)?)?;
        (!statement.is_whole).then(|| statement.text.clone())
    }

    /// The message that prepares once more what a message binds, if a simple query has made the server forget it.
    pub fn forgotten(&self, frame: &Frame) -> Option<Frame> {
        let name = bound_name(frame).filter(|name| name.is_empty())?;
        self.statements.get(name)?.parse.clone()
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
        if let Some(Expected::Description(statement)) = self.expected.pop_front() {
            // A statement that returns something else after a change of its tables is refused by the server.
            let _ = statement.shape.set(shape);
        }
        described
    }

    fn row(&mut self, frame: Frame) -> Frame {
        let Some(Expected::Rows(portal, shape)) = self.expected.front_mut() else { return frame };
        let known = || portal.statement.shape.get().map(|shape| shape.in_formats(&portal.formats)).unwrap_or_default();
        shape.get_or_insert_with(known).row(frame)
    }

    /// The server skips what it was sent up to the next Sync.
    fn error(&mut self, frame: &Frame) -> Frame {
        let mut refusal = Refusal::read(frame);
        let statement = match self.expected.front() {
            Some(Expected::Taken(statement) | Expected::Description(statement)) => Some(statement),
            Some(Expected::Rows(portal, _)) => Some(&portal.statement),
            _ => None,
        };
        if let Some(statement) = statement {
            refusal.point_at(refusal.position().and_then(|position| statement.source_position(position)));
        }
        while self.expected.front().is_some_and(|next| !matches!(next, Expected::Ready)) {
            self.expected.pop_front();
        }
        self.failed |= self.expected.is_empty();
        refusal.to_frame()
    }
}

/// The name of the statement that a Bind is about.
fn bound_name(frame: &Frame) -> Option<&str> {
    let mut reader = frame.read();
    let _portal = reader.text()?;
    reader.text()
}

impl Statement {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes everything as it is, but COPY, which is carried out whole, and REINDEX, which is refused.
    fn prepare(sql: &str) -> Prepared {
        match sql.split(' ').next() {
            Some("copy") => Prepared::Whole,
            Some("reindex") => Prepared::Refused,
            _ => Prepared::ByServer { sql: sql.to_owned(), map: None },
        }
    }

    fn frame(tag: u8, body: &str) -> Frame {
        Frame::new(tag, body.as_bytes().to_vec())
    }

    fn take(exchange: &mut Exchange, tag: u8, body: &str) -> Action {
        exchange.from_client(frame(tag, body), &mut prepare)
    }

    const BIND: &str = "\0\0\0\0\0\0\0\0";

    #[test]
    fn what_only_the_double_does_is_prepared_empty_and_run_at_its_execution() {
        let mut exchange = Exchange::default();
        let parse = take(&mut exchange, b'P', "\0-- load\ncopy t from 's3://b/k'\0\0\0");
        assert_eq!(parse, Action::Forward(frame(b'P', "\0\0\0\0")));
        assert_eq!(take(&mut exchange, b'B', BIND), Action::Forward(frame(b'B', BIND)));
        assert_eq!(exchange.executed(&frame(b'E', "\0\0\0\0\0")).as_deref(), Some("-- load\ncopy t from 's3://b/k'"));
        let run = take(&mut exchange, b'E', "\0\0\0\0\0");
        assert_eq!(run, Action::Run("-- load\ncopy t from 's3://b/k'".into()));
        assert!(!exchange.is_settled());
        exchange.from_server(frame(b'1', ""));
        exchange.from_server(frame(b'2', ""));
        assert!(exchange.is_settled());
    }

    #[test]
    fn after_a_failure_everything_up_to_sync_is_skipped() {
        let mut exchange = Exchange::default();
        take(&mut exchange, b'P', "\0select 1\0\0\0");
        exchange.from_server(Refusal::error("42601", "no").to_frame());
        assert!(exchange.has_failed() && exchange.is_settled());
        assert_eq!(take(&mut exchange, b'B', BIND), Action::Skip);
        assert_eq!(take(&mut exchange, b'S', ""), Action::Forward(frame(b'S', "")));
        assert!(!exchange.has_failed());
        // What the client sent behind the Sync before it heard of the error is not skipped.
        take(&mut exchange, b'P', "\0select 2\0\0\0");
        take(&mut exchange, b'S', "");
        exchange.from_server(frame(b'Z', "I"));
        exchange.from_server(Refusal::error("42601", "no").to_frame());
        assert!(!exchange.has_failed() && !exchange.is_settled());
    }

    #[test]
    fn a_flush_that_holds_something_does_not_reach_the_server() {
        let mut exchange = Exchange::default();
        assert_eq!(take(&mut exchange, b'H', ""), Action::Forward(frame(b'H', "")));
        assert!(matches!(take(&mut exchange, b'H', "x"), Action::Fail(_)));
    }

    #[test]
    fn errors_of_prepared_statements_point_into_the_text_of_the_client() {
        let mut exchange = Exchange::default();
        take(&mut exchange, b'P', "\0 /* é */ select nowhere;\0\0\0");
        let mut refusal = Refusal::error("42703", "no such column");
        refusal.point_at(Some(7));
        let told = Refusal::read(&exchange.from_server(refusal.to_frame()));
        assert_eq!(told.position(), Some(16));
    }

    #[test]
    fn messages_that_cannot_be_read_are_refused() {
        for (tag, body) in [(b'B', "\0"), (b'D', ""), (b'E', "x"), (b'C', "S"), (b'P', "\0select"), (b'z', "")] {
            assert!(matches!(take(&mut Exchange::default(), tag, body), Action::Fail(_)), "{}", char::from(tag));
        }
        let two = take(&mut Exchange::default(), b'P', "\0select 1; select 2\0\0\0");
        assert!(matches!(two, Action::Fail(refusal) if refusal.code() == "42601"));
        let refused = take(&mut Exchange::default(), b'P', "\0reindex table t\0\0\0");
        assert_eq!(refused, Action::Refuse("reindex table t".into()));
    }
}
