//! The session of the double on the connection that the client's own messages go over, so that both stand in the same
//! transaction.
//!
//! What answers the client's statements goes to the client as it comes and is not kept.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::BytesMut;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::sync::Mutex;
use tokio::task::block_in_place;

use super::link::{Link, LinkError, query};
use crate::emulate::frame::Frame;
use crate::emulate::refusal::Refusal;
use crate::emulate::rows::Shape;
use crate::emulate::statement::{Completion, byte_offset};
use crate::ports::{
    Author, Batch, BatchError, Cancel, DbError, DbErrorKind, Outcome, ResultColumn, RowTaker, Rows, Session,
};

/// What separates the statements of a message, as in [`crate::adapters::wire`].
const SEPARATOR: &str = ";\n";

/// Bytes read ahead for `COPY FROM STDIN`.
const COPY_CHUNK: usize = 64 * 1024;

/// A link that the session and the double take turns with.
pub(super) type SharedLink = Arc<Mutex<Link>>;

/// What the client is to see of what the double runs.
#[derive(Default)]
pub(super) struct Audience {
    /// How the statements that are still to be answered are told.
    pub(super) completions: VecDeque<Completion>,
    /// Whether rows are described: the extended protocol has them described before.
    pub(super) describes: bool,
    /// What the server refused last.
    pub(super) refused: Option<Refusal>,
}

/// The session.
pub(super) struct Upstream {
    pub(super) link: SharedLink,
    pub(super) audience: Arc<Mutex<Audience>>,
    pub(super) canceller: Arc<dyn Cancel>,
}

/// Asks for a cancellation on a connection of its own.
pub(super) struct SocketCanceller {
    pub(super) socket: PathBuf,
    pub(super) request: BytesMut,
}

#[async_trait]
impl Cancel for SocketCanceller {
    async fn cancel(&self) {
        let asked = async {
            let mut stream = UnixStream::connect(&self.socket).await?;
            stream.write_all(&self.request).await?;
            stream.shutdown().await
        };
        // Who asks looks at the statement's own end.
        if let Err(error) = asked.await {
            tracing::debug!(%error, "the request to cancel did not reach the server");
        }
    }
}

#[async_trait]
impl Session for Upstream {
    async fn run(&mut self, batch: &Batch) -> Result<Vec<Outcome>, BatchError> {
        let mut link = self.link.lock().await;
        let mut audience = self.audience.lock().await;
        let mut message = Message { batch, answered: Vec::new(), rows: None, shape: Shape::default(), failed: None };
        match message.run(&mut link, &mut audience).await {
            Ok(()) => message.finish(),
            Err(error) => {
                Err(BatchError { piece: message.answered.len(), answered: message.answered, error: lost(error) })
            }
        }
    }

    async fn copy_in(&mut self, sql: &str, data: &mut (dyn Read + Send)) -> Result<u64, DbError> {
        let mut link = self.link.lock().await;
        let result = copy_in(&mut link, sql, data).await.map_err(lost)?;
        refused(result, &mut *self.audience.lock().await)
    }

    async fn describe(&mut self, query: &str) -> Result<Vec<ResultColumn>, DbError> {
        let mut link = self.link.lock().await;
        let result = describe(&mut link, query).await.map_err(lost)?;
        let position = result.as_ref().err().and_then(Refusal::position);
        refused(result, &mut *self.audience.lock().await)
            .map_err(|error| DbError { offset: position.and_then(|position| byte_offset(query, position)), ..error })
    }

    async fn copy_out(&mut self, sql: &str, take: RowTaker<'_>) -> Result<u64, DbError> {
        let mut link = self.link.lock().await;
        link.ask(&query(sql)).await.map_err(lost)?;
        let mut taken = Taken::default();
        loop {
            let frame = link.answer().await.map_err(lost)?;
            match frame.tag {
                b'd' if taken.failure.is_some() => {}
                b'd' => match block_in_place(|| take(&frame.body)) {
                    Ok(()) => taken.count += 1,
                    Err(error) => {
                        taken.failure = Some(error);
                        self.canceller.cancel().await;
                    }
                },
                b'E' => taken.refusal = Some(Refusal::read(&frame)),
                b'Z' => break,
                _ => {}
            }
        }
        drop(link);
        if let Some(failure) = taken.failure {
            let message = format!("cannot write the data: {failure}");
            return Err(DbError { source: Some(Box::new(failure)), ..DbError::new(DbErrorKind::Statement, message) });
        }
        let position = taken.refusal.as_ref().and_then(Refusal::position);
        let result = taken.refusal.map_or(Ok(taken.count), Err);
        refused(result, &mut *self.audience.lock().await)
            .map_err(|error| DbError { offset: position.and_then(|position| byte_offset(sql, position)), ..error })
    }

    async fn carried_out(&mut self, outcome: &Outcome) -> Result<(), DbError> {
        let mut link = self.link.lock().await;
        let completion = self.audience.lock().await.completions.pop_front().unwrap_or_default();
        if let Some(notice) = completion.notice(outcome.count) {
            link.tell(&notice.to_notice()).await.map_err(lost)?;
        }
        link.tell(&complete(completion.own_tag())).await.map_err(lost)
    }

    fn canceller(&self) -> Arc<dyn Cancel> {
        self.canceller.clone()
    }
}

/// What `COPY TO STDOUT` has given so far.
#[derive(Default)]
struct Taken {
    count: u64,
    failure: Option<io::Error>,
    refusal: Option<Refusal>,
}

/// A message under way.
struct Message<'a> {
    batch: &'a Batch,
    answered: Vec<Outcome>,
    rows: Option<Rows>,
    shape: Shape,
    failed: Option<Refusal>,
}

impl Message<'_> {
    async fn run(&mut self, link: &mut Link, audience: &mut Audience) -> Result<(), LinkError> {
        let sql: Vec<&str> = self.batch.pieces.iter().map(|piece| piece.sql.as_str()).collect();
        link.ask(&query(&sql.join(SEPARATOR))).await?;
        loop {
            let frame = link.answer().await?;
            let piece = self.batch.pieces.get(self.answered.len());
            let is_shown = piece.is_some_and(|piece| piece.author == Author::User);
            match frame.tag {
                b'Z' => break,
                b'E' => {
                    let refusal = Refusal::read(&frame);
                    audience.refused = Some(refusal.clone());
                    let fatal = refusal.is_fatal();
                    self.failed = Some(refusal);
                    if fatal {
                        break;
                    }
                }
                b'S' | b'A' => link.tell(&frame).await?,
                b'N' if is_shown => link.tell(&frame).await?,
                // The client cannot be asked for data here.
                b'G' => link.ask(&Frame::new(b'f', &b"no data\0"[..])).await?,
                _ if is_shown => self.show(frame, link, audience).await?,
                _ => self.keep(&frame),
            }
        }
        Ok(())
    }

    /// Hands an answer to the client.
    async fn show(&mut self, frame: Frame, link: &mut Link, audience: &mut Audience) -> Result<(), LinkError> {
        match frame.tag {
            b'T' => {
                let (described, shape) = Shape::describe(&frame);
                self.shape = shape;
                if audience.describes {
                    link.tell(&described).await?;
                }
            }
            b'D' => {
                let row = self.shape.row(frame);
                link.tell(&row).await?;
            }
            b'C' => {
                let completion = audience.completions.pop_front().unwrap_or_default();
                let tag = String::from_utf8_lossy(frame.read().bytes_to_zero().unwrap_or_default()).into_owned();
                link.tell(&complete(&completion.tag(&tag))).await?;
                self.answered.push(Outcome::default());
            }
            b'I' => {
                audience.completions.pop_front();
                link.tell(&frame).await?;
                self.answered.push(Outcome::default());
            }
            _ => {}
        }
        Ok(())
    }

    /// Keeps an answer for the double.
    fn keep(&mut self, frame: &Frame) {
        match frame.tag {
            b'T' => {
                let columns = columns(frame).unwrap_or_default().into_iter().map(|column| column.name).collect();
                self.rows = Some(Rows { columns, rows: Vec::new() });
            }
            b'D' => self.rows.get_or_insert_default().rows.push(cells(frame).unwrap_or_default()),
            b'C' | b'I' => self.answered.push(Outcome { rows: self.rows.take(), count: count(frame) }),
            _ => {}
        }
    }

    fn finish(mut self) -> Result<Vec<Outcome>, BatchError> {
        let Some(refusal) = self.failed.take() else { return Ok(self.answered) };
        let (piece, offset) = self.locate(&refusal);
        Err(BatchError { piece, answered: self.answered, error: DbError { offset, ..refusal.to_error() } })
    }

    /// The piece that failed and the byte in it. A syntax error anywhere is found before the first piece runs.
    fn locate(&self, refusal: &Refusal) -> (usize, Option<usize>) {
        let answered = self.answered.len();
        let Some(mut left) = refusal.position() else { return (answered, None) };
        for (number, piece) in self.batch.pieces.iter().enumerate() {
            let length = piece.sql.chars().count();
            if left <= length {
                return (number.max(answered), byte_offset(&piece.sql, left).filter(|_| number >= answered));
            }
            left = left.saturating_sub(length + SEPARATOR.len());
        }
        (answered, None)
    }
}

async fn copy_in(link: &mut Link, sql: &str, data: &mut (dyn Read + Send)) -> Result<Result<u64, Refusal>, LinkError> {
    link.ask(&query(sql)).await?;
    let mut result = Ok(0);
    let mut feeding = false;
    loop {
        let frame = if feeding { link.answer_at_hand()? } else { Some(link.answer().await?) };
        let Some(frame) = frame else {
            let next = next_data(data);
            feeding = next.tag == b'd';
            link.ask(&next).await?;
            continue;
        };
        match frame.tag {
            b'G' => feeding = true,
            b'C' => result = Ok(count(&frame)),
            b'E' => {
                result = Err(Refusal::read(&frame));
                feeding = false;
            }
            b'Z' => return Ok(result),
            _ => {}
        }
    }
}

/// The next message of `COPY FROM STDIN`: data, its end, or that it failed.
fn next_data(data: &mut (dyn Read + Send)) -> Frame {
    let mut chunk = vec![0; COPY_CHUNK];
    match block_in_place(|| data.read(&mut chunk)) {
        Ok(0) => Frame::new(b'c', Vec::new()),
        Ok(length) => {
            chunk.truncate(length);
            Frame::new(b'd', chunk)
        }
        Err(error) => Frame::new(b'f', format!("cannot read the data to load: {error}\0").into_bytes()),
    }
}

async fn describe(link: &mut Link, query: &str) -> Result<Result<Vec<ResultColumn>, Refusal>, LinkError> {
    let mut parse = vec![0];
    parse.extend_from_slice(query.as_bytes());
    parse.extend_from_slice(&[0, 0, 0]);
    for (tag, body) in [(b'P', parse), (b'D', b"S\0".to_vec()), (b'S', Vec::new())] {
        link.ask(&Frame::new(tag, body)).await?;
    }
    let mut result = Ok(Vec::new());
    loop {
        let frame = link.answer().await?;
        match frame.tag {
            b'T' => result = Ok(columns(&frame).unwrap_or_default()),
            b'E' => result = Err(Refusal::read(&frame)),
            b'Z' => return Ok(result),
            _ => {}
        }
    }
}

/// Keeps what the server refused, so that the client hears all of it.
fn refused<T>(result: Result<T, Refusal>, audience: &mut Audience) -> Result<T, DbError> {
    result.map_err(|refusal| {
        let error = refusal.to_error();
        audience.refused = Some(refusal);
        error
    })
}

fn lost(error: LinkError) -> DbError {
    match error {
        LinkError::Refused(refusal) | LinkError::Told(refusal) => {
            DbError { kind: DbErrorKind::Lost, ..refusal.to_error() }
        }
        other => DbError::new(DbErrorKind::Lost, other.to_string()),
    }
}

fn complete(tag: &str) -> Frame {
    Frame::new(b'C', format!("{tag}\0").into_bytes())
}

/// The number at the end of a completion's tag.
fn count(frame: &Frame) -> u64 {
    let tag = frame.read().text().unwrap_or_default();
    tag.rsplit(' ').next().and_then(|count| count.parse().ok()).unwrap_or_default()
}

/// The columns of a description: <https://www.postgresql.org/docs/current/protocol-message-formats.html>.
fn columns(frame: &Frame) -> Option<Vec<ResultColumn>> {
    let mut reader = frame.read();
    let count = reader.i16()?;
    let column = |_| {
        let name = reader.text()?.to_owned();
        let (_table, _number, type_oid) = (reader.u32()?, reader.i16()?, reader.u32()?);
        let (_length, modifier, _format) = (reader.i16()?, reader.i32()?, reader.i16()?);
        Some(ResultColumn { name, type_oid, modifier })
    };
    (0..count).map(column).collect()
}

fn cells(frame: &Frame) -> Option<Vec<Option<String>>> {
    let mut reader = frame.read();
    let count = reader.i16()?;
    let cell = |_| match usize::try_from(reader.i32()?) {
        Ok(length) => Some(Some(String::from_utf8_lossy(reader.bytes(length)?).into_owned())),
        Err(_) => Some(None),
    };
    (0..count).map(cell).collect()
}
