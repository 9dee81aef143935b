//! The two ends of one session: the client's connection and a connection to PostgreSQL.
//!
//! What the client is to see passes here from the one to the other, changed where Redshift differs.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::future::{Either, select};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::emulate::exchange::Exchange;
use crate::emulate::faults::Isolation;
use crate::emulate::frame::{Frame, FrameError};
use crate::emulate::refusal::Refusal;
use crate::emulate::status::Status;

/// The longest message of PostgreSQL itself.
const LONGEST_ANSWER: usize = 1 << 30;

/// Bytes that are collected before they are sent.
const ENOUGH: usize = 64 * 1024;

/// How long to wait for a client to hear why it is sent away.
const FAREWELL: Duration = Duration::from_secs(2);

/// A connection of a client, with or without TLS.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Why a session ends before the client ends it.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    /// The client went away, or its connection was lost.
    #[error("the client is gone: {0}")]
    Client(io::Error),
    /// PostgreSQL went away.
    #[error("the server of the double is gone: {0}")]
    Server(io::Error),
    /// The client is to hear of it.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// A fault that was asked for.
    #[error("the connection was cut by a fault")]
    Cut,
    /// The client has heard of it.
    #[error("{0}")]
    Told(Refusal),
}

impl From<FrameError> for LinkError {
    fn from(error: FrameError) -> Self {
        let code = if matches!(error, FrameError::TooLong { .. }) { "54000" } else { "08P01" };
        Self::Refused(Refusal::fatal(code, error.to_string()))
    }
}

/// One end: a connection with what was read from it and what is to be sent.
pub(super) struct End<S> {
    stream: S,
    received: BytesMut,
    pending: BytesMut,
}

impl<S: AsyncRead + AsyncWrite + Unpin> End<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, received: BytesMut::new(), pending: BytesMut::new() }
    }

    /// The connection, and whether anything was read ahead.
    pub(super) fn into_stream(self) -> (S, bool) {
        (self.stream, !self.received.is_empty())
    }

    /// What was read and not yet taken.
    pub(super) fn received(&mut self) -> &mut BytesMut {
        &mut self.received
    }

    /// Appends to what is to be sent.
    pub(super) fn put(&mut self, frame: &Frame) {
        frame.put(&mut self.pending);
    }

    /// Appends bytes to what is to be sent.
    pub(super) fn put_bytes(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// Sends everything.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.pending).await?;
        self.pending.clear();
        self.stream.flush().await
    }

    /// Ends the connection in order, so that a client over TLS knows that nothing was cut off.
    pub(super) async fn close(&mut self) -> io::Result<()> {
        self.flush().await?;
        self.stream.shutdown().await
    }

    /// Waits for more bytes.
    pub(super) async fn fill(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

impl End<Box<dyn Stream>> {
    /// Says why the session ends, and waits until the client has had the time to read it: a connection that is closed
    /// while something unread is on its way loses what was sent last.
    pub(super) async fn part(&mut self, refusal: &Refusal) -> io::Result<()> {
        self.put(&refusal.to_frame());
        self.flush().await?;
        self.stream.shutdown().await?;
        let rest = async {
            loop {
                self.received.clear();
                if self.stream.read_buf(&mut self.received).await? == 0 {
                    return Ok(());
                }
            }
        };
        tokio::time::timeout(FAREWELL, rest).await.unwrap_or(Ok(()))
    }
}

/// Both ends of a session.
pub(super) struct Link {
    pub(super) client: End<Box<dyn Stream>>,
    server: End<UnixStream>,
    /// The socket of PostgreSQL, for requests to cancel.
    pub(super) socket: PathBuf,
    pub(super) exchange: Exchange,
    pub(super) status: Status,
    longest: usize,
    pub(super) isolation: Isolation,
    /// The database of the session.
    pub(super) database: String,
}

impl Link {
    pub(super) fn new(
        client: End<Box<dyn Stream>>,
        server: End<UnixStream>,
        socket: PathBuf,
        longest: usize,
        isolation: Isolation,
        database: String,
    ) -> Self {
        let (exchange, status) = (Exchange::default(), Status::default());
        Self { client, server, socket, exchange, status, longest, isolation, database }
    }

    /// Lets the client hear nothing any more. Its connection is closed when the value is dropped.
    pub(super) async fn turn_away(&mut self) -> Result<End<Box<dyn Stream>>, LinkError> {
        self.client.flush().await.map_err(LinkError::Client)?;
        Ok(std::mem::replace(&mut self.client, End::new(Box::new(tokio::io::empty()))))
    }

    /// Runs a statement for its effect on the transaction alone.
    pub(super) async fn run_unheard(&mut self, sql: &str) -> Result<(), LinkError> {
        self.ask(&query(sql)).await?;
        while self.answer().await?.tag != b'Z' {}
        Ok(())
    }

    /// The next message of the client. What PostgreSQL says meanwhile passes.
    pub(super) async fn next(&mut self) -> Result<Frame, LinkError> {
        loop {
            if let Some(frame) = Frame::take(&mut self.client.received, self.longest)? {
                return Ok(frame);
            }
            self.pass_on().await?;
            self.flush_to_server().await?;
            self.client.flush().await.map_err(LinkError::Client)?;
            let from_client = std::pin::pin!(self.client.fill());
            let from_server = std::pin::pin!(self.server.fill());
            match select(from_client, from_server).await {
                Either::Left((read, _)) => read.map_err(LinkError::Client)?,
                Either::Right((Ok(()), _)) => {}
                // What it said last is for the client.
                Either::Right((Err(error), _)) => return Err(LinkError::Server(error)),
            }
        }
    }

    /// Hands to the client what PostgreSQL answered to messages of the client's own.
    async fn pass_on(&mut self) -> Result<(), LinkError> {
        while let Some(frame) = Frame::take(&mut self.server.received, LONGEST_ANSWER)? {
            let frame = self.status.follow(frame);
            let frame = self.exchange.from_server(self.reworded(frame));
            self.tell(&frame).await?;
        }
        Ok(())
    }

    fn reworded(&self, frame: Frame) -> Frame {
        if frame.tag != b'E' || self.isolation == Isolation::ReadCommitted {
            return frame;
        }
        self.isolation.reword(Refusal::read(&frame)).to_frame()
    }

    /// Lets the client have a message, at the latest when the session next waits.
    pub(super) async fn tell(&mut self, frame: &Frame) -> Result<(), LinkError> {
        self.client.put(frame);
        if self.client.pending.len() > ENOUGH {
            self.client.flush().await.map_err(LinkError::Client)?;
        }
        Ok(())
    }

    /// Lets PostgreSQL have a message, at the latest when the session next waits.
    pub(super) async fn ask(&mut self, frame: &Frame) -> Result<(), LinkError> {
        self.server.put(frame);
        if self.server.pending.len() > ENOUGH {
            self.flush_to_server().await?;
        }
        Ok(())
    }

    /// Sends what PostgreSQL is to get. It may itself be waiting until its answers are read.
    pub(super) async fn flush_to_server(&mut self) -> Result<(), LinkError> {
        while !self.server.pending.is_empty() {
            let (mut reader, mut writer) = self.server.stream.split();
            let write = std::pin::pin!(writer.write_buf(&mut self.server.pending));
            let read = std::pin::pin!(reader.read_buf(&mut self.server.received));
            match select(write, read).await {
                Either::Left((written, _)) => {
                    written.map_err(LinkError::Server)?;
                }
                Either::Right((Ok(0), _)) => return Err(LinkError::Server(io::ErrorKind::UnexpectedEof.into())),
                Either::Right((read, _)) => {
                    read.map_err(LinkError::Server)?;
                }
            }
        }
        Ok(())
    }

    /// Waits until PostgreSQL has answered everything that the client has sent.
    pub(super) async fn settle(&mut self) -> Result<(), LinkError> {
        if !self.exchange.is_settled() {
            self.server.put(&Frame::new(b'H', BytesMut::new()));
        }
        self.flush_to_server().await?;
        self.pass_on().await?;
        while !self.exchange.is_settled() {
            self.server.fill().await.map_err(LinkError::Server)?;
            self.pass_on().await?;
        }
        Ok(())
    }

    /// The next message of PostgreSQL, for who asked it.
    pub(super) async fn answer(&mut self) -> Result<Frame, LinkError> {
        loop {
            if let Some(frame) = Frame::take(&mut self.server.received, LONGEST_ANSWER)? {
                return Ok(self.status.follow(frame));
            }
            self.flush_to_server().await?;
            self.server.fill().await.map_err(LinkError::Server)?;
        }
    }

    /// A message of PostgreSQL that is here already.
    pub(super) fn answer_at_hand(&mut self) -> Result<Option<Frame>, LinkError> {
        let frame = Frame::take(&mut self.server.received, LONGEST_ANSWER)?;
        Ok(frame.map(|frame| self.status.follow(frame)))
    }
}

/// The message of a simple query.
pub(super) fn query(sql: &str) -> Frame {
    let mut body = sql.as_bytes().to_vec();
    body.push(0);
    Frame::new(b'Q', body)
}
