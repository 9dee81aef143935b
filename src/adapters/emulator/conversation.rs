//! One session: what the client asks, carried out by the double or handed on.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::cluster::Cluster;
use super::link::{End, Link, LinkError, Stream};
use super::upstream::{Audience, SharedLink, SocketCanceller, Upstream};
use crate::double::{Double, Prepared};
use crate::emulate::exchange::{Action, query_text};
use crate::emulate::faults::{Fate, Isolation, SessionFaults};
use crate::emulate::frame::Frame;
use crate::emulate::refusal::Refusal;
use crate::emulate::statement::Written;
use crate::ports::Session;

/// A session under way.
pub(super) struct Conversation {
    link: SharedLink,
    audience: Arc<Mutex<Audience>>,
    double: Double,
    faults: SessionFaults,
    isolation: Isolation,
}

/// What a fault has left of a statement.
enum Struck {
    /// All of it.
    Nothing,
    /// It has failed.
    Refused(Refusal),
    /// It is to be carried out, and the session ends with it. What is left of the client's connection is closed then.
    Unheard(Option<End<Box<dyn Stream>>>),
}

/// Fails, so that the transaction in which it stands fails.
const FAILS: &str = "select 1/0";

impl Conversation {
    /// Waits until PostgreSQL has let the user in, and tells the client what it says.
    pub(super) async fn begin(mut link: Link, cluster: &Cluster, faults: SessionFaults) -> Result<Self, LinkError> {
        loop {
            let frame = link.answer().await?;
            link.tell(&frame).await?;
            match frame.tag {
                b'Z' => break,
                b'E' => {
                    link.client.flush().await.map_err(LinkError::Client)?;
                    return Err(LinkError::Told(Refusal::read(&frame)));
                }
                _ => {}
            }
        }
        let canceller = SocketCanceller { socket: link.socket.clone(), request: link.status.cancel_request() };
        let (isolation, database) = (link.isolation, link.database.clone());
        let link = Arc::new(Mutex::new(link));
        let audience = Arc::<Mutex<Audience>>::default();
        let upstream = Upstream { link: link.clone(), audience: audience.clone(), canceller: Arc::new(canceller) };
        let double = cluster.double(Box::new(upstream)).in_database(database);
        Ok(Self { link, audience, double, faults, isolation })
    }

    /// Serves the client until it leaves, or is sent away.
    pub(super) async fn serve(&mut self) -> Result<(), LinkError> {
        match self.listen().await {
            Err(LinkError::Refused(refusal)) => {
                self.link.lock().await.client.part(&refusal).await.map_err(LinkError::Client)?;
                Err(LinkError::Told(refusal))
            }
            result => result,
        }
    }

    async fn listen(&mut self) -> Result<(), LinkError> {
        loop {
            let frame = self.link.lock().await.next().await?;
            match frame.tag {
                b'X' => return Ok(()),
                b'Q' => self.query(&frame).await?,
                // What is left of a COPY that was refused.
                b'd' | b'c' | b'f' => {}
                _ => self.message(frame).await?,
            }
        }
    }

    /// A simple query: <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SIMPLE-QUERY>.
    async fn query(&mut self, frame: &Frame) -> Result<(), LinkError> {
        let mut link = self.link.lock().await;
        link.settle().await?;
        if link.exchange.has_failed() {
            return Ok(());
        }
        drop(link);
        self.double.forget_read().await;
        let mut link = self.link.lock().await;
        link.exchange.forget_unnamed();
        let text = match query_text(frame) {
            Ok(text) => text,
            Err(refusal) => {
                fail_transaction(&mut link).await?;
                link.tell(&refusal.to_frame()).await?;
                let ready = link.status.ready();
                return link.tell(&ready).await;
            }
        };
        let written = Written::read(text);
        if written.is_empty() {
            link.tell(&Frame::new(b'I', Vec::new())).await?;
        } else {
            drop(link);
            let refusal = match self.strike(&written).await? {
                Struck::Nothing => self.carry_out(&written, true).await,
                Struck::Refused(refusal) => Some(refusal),
                Struck::Unheard(_held) => {
                    self.carry_out(&written, true).await;
                    return Err(LinkError::Cut);
                }
            };
            if let Some(refusal) = refusal {
                self.refuse(&refusal).await?;
            }
            link = self.link.lock().await;
        }
        let ready = link.status.ready();
        link.tell(&ready).await
    }

    /// A message of the extended protocol.
    async fn message(&mut self, frame: Frame) -> Result<(), LinkError> {
        if self.faults.are_none() {
            return self.take(frame).await;
        }
        let executed = self.link.lock().await.exchange.executed(&frame);
        let Some(text) = executed else { return self.take(frame).await };
        match self.strike(&Written::read(&text)).await? {
            Struck::Nothing => self.take(frame).await,
            Struck::Refused(refusal) => {
                self.link.lock().await.exchange.fail();
                self.refuse(&refusal).await
            }
            Struck::Unheard(_held) => {
                self.take(frame).await?;
                self.take(Frame::new(b'S', Vec::new())).await?;
                self.link.lock().await.settle().await?;
                Err(LinkError::Cut)
            }
        }
    }

    /// Does what the faults have for a statement.
    async fn strike(&mut self, written: &Written<'_>) -> Result<Struck, LinkError> {
        let (delay, fate) = self.faults.at_statement(written.text());
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let mut link = self.link.lock().await;
        match fate {
            Fate::Normal => Ok(Struck::Nothing),
            Fate::CutBefore => Err(LinkError::Cut),
            Fate::CutAfter => Ok(Struck::Unheard(Some(link.turn_away().await?))),
            Fate::Outlives => {
                drop(link.turn_away().await?);
                Ok(Struck::Unheard(None))
            }
            Fate::Refused(refusal) => {
                link.settle().await?;
                if link.exchange.has_failed() {
                    return Ok(Struck::Nothing);
                }
                if written.ends_transaction() {
                    link.run_unheard("rollback").await?;
                } else {
                    fail_transaction(&mut link).await?;
                }
                Ok(Struck::Refused(refusal))
            }
        }
    }

    /// Takes a message of the extended protocol.
    async fn take(&mut self, frame: Frame) -> Result<(), LinkError> {
        let goes_on = match frame.tag {
            b'B' => self.read_files(&frame).await?,
            // A simple query takes the unnamed statement away, which this message is about to do.
            b'P' if self.double.has_read() && frame.body.first() == Some(&0) => {
                self.link.lock().await.settle().await?;
                self.double.forget_read().await;
                true
            }
            _ => true,
        };
        if !goes_on {
            return Ok(());
        }
        let mut link = self.link.lock().await;
        let double = &self.double;
        let action = link.exchange.from_client(frame, &mut |sql| double.prepare(sql));
        match action {
            Action::Forward(frame) => link.ask(&frame).await,
            Action::Skip => Ok(()),
            Action::Ask(parse, sql) => {
                drop(link);
                self.prepare_by_asking(parse, &sql).await
            }
            Action::Run(text) | Action::Refuse(text) => {
                link.settle().await?;
                let skips = link.exchange.has_failed();
                drop(link);
                if skips { Ok(()) } else { self.run_prepared(&text).await }
            }
            Action::Fail(refusal) => {
                link.settle().await?;
                if link.exchange.has_failed() {
                    return Ok(());
                }
                link.exchange.fail();
                fail_transaction(&mut link).await?;
                link.tell(&refusal.to_frame()).await
            }
        }
    }

    /// Prepares a statement that depends on what the database holds, in the client's own transaction.
    async fn prepare_by_asking(&mut self, parse: Frame, sql: &str) -> Result<(), LinkError> {
        let mut link = self.link.lock().await;
        link.settle().await?;
        let (skips, open) = (link.exchange.has_failed(), link.status.is_in_transaction());
        drop(link);
        if skips {
            return Ok(());
        }
        self.double.is_in_transaction(open);
        let mut prepared = Some(self.double.prepare_by_asking(sql).await);
        let mut link = self.link.lock().await;
        match link.exchange.from_client(parse, &mut |_| prepared.take().unwrap_or(Prepared::Whole)) {
            Action::Forward(frame) => link.ask(&frame).await,
            _ => Ok(()),
        }
    }

    /// Reads the files of external tables that a statement needs which the server is about to run. Says whether the
    /// message can go on to the server.
    async fn read_files(&mut self, frame: &Frame) -> Result<bool, LinkError> {
        let mut link = self.link.lock().await;
        let Some(text) = link.exchange.bound(frame) else { return Ok(true) };
        if self.double.knows_no_external() {
            return Ok(true);
        }
        link.settle().await?;
        let open = link.status.is_in_transaction();
        if link.exchange.has_failed() {
            return Ok(true);
        }
        drop(link);
        self.double.is_in_transaction(open);
        self.double.read_for(&text).await;
        let mut link = self.link.lock().await;
        let Some(parse) = link.exchange.forgotten(frame) else { return Ok(true) };
        link.ask(&parse).await?;
        link.ask(&Frame::new(b'H', Vec::new())).await?;
        loop {
            let answer = link.answer().await?;
            match answer.tag {
                b'1' => return Ok(true),
                b'E' => {
                    link.exchange.fail();
                    link.tell(&answer).await?;
                    return Ok(false);
                }
                _ => link.tell(&answer).await?,
            }
        }
    }

    /// What the double carries out of the extended protocol.
    async fn run_prepared(&mut self, text: &str) -> Result<(), LinkError> {
        match self.carry_out(&Written::read(text), false).await {
            None => Ok(()),
            Some(refusal) => {
                self.link.lock().await.exchange.fail();
                self.refuse(&refusal).await
            }
        }
    }

    /// Carries statements out. The client gets their answers on the way; what comes back is why they stopped.
    async fn carry_out(&mut self, written: &Written<'_>, describes: bool) -> Option<Refusal> {
        *self.audience.lock().await =
            Audience { completions: written.completions().collect(), describes, refused: None };
        let open = self.link.lock().await.status.is_in_transaction();
        self.double.is_in_transaction(open);
        let failed = self.double.run(&written.batch()).await.err()?;
        let server = self.audience.lock().await.refused.take();
        Some(self.isolation.reword(written.refusal(&failed, server)))
    }

    async fn refuse(&mut self, refusal: &Refusal) -> Result<(), LinkError> {
        let mut link = self.link.lock().await;
        link.tell(&refusal.to_frame()).await?;
        if !refusal.is_fatal() {
            return Ok(());
        }
        link.client.flush().await.map_err(LinkError::Client)?;
        Err(LinkError::Told(refusal.clone()))
    }
}

/// Makes the transaction fail in which the server has not seen what failed.
async fn fail_transaction(link: &mut Link) -> Result<(), LinkError> {
    if link.status.is_in_transaction() { link.run_unheard(FAILS).await } else { Ok(()) }
}
