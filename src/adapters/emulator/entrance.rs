//! The beginning of a connection: TLS, the log-in, and a session of the user's own on PostgreSQL.

use std::io;

use bytes::BytesMut;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::OwnedSemaphorePermit;

use super::cluster::{Admitted, Cluster, Guests};
use super::link::{End, Link, LinkError, Stream};
use super::{Gate, Reception};
use crate::emulate::faults::{Fate, SessionFaults};
use crate::emulate::frame::{self, Frame};
use crate::emulate::login;
use crate::emulate::refusal::Refusal;
use crate::emulate::startup::{Opening, Startup, StartupError};
use crate::ports::DbError;

/// The longest answer to a question for a password.
const LONGEST_PASSWORD: usize = 10_000;

type Client = End<Box<dyn Stream>>;

/// What came of a connection.
pub(super) enum Entered {
    /// A session.
    Session(Box<Guest>),
    /// It asked for something else, and got it.
    Done,
}

/// A session that may begin.
pub(super) struct Guest {
    pub(super) link: Link,
    /// Who is in it.
    pub(super) admitted: Admitted,
    /// What goes wrong in it.
    pub(super) faults: SessionFaults,
    /// Its place among those that there may be.
    _place: OwnedSemaphorePermit,
}

/// Lets a client in, or tells it why not.
pub(super) async fn enter(stream: TcpStream, reception: &Reception) -> Result<Entered, LinkError> {
    let mut client: Client = End::new(Box::new(stream));
    match begin(&mut client, reception).await {
        Ok(Some((server, database, admitted, faults, _place))) => {
            let (socket, gate) = (reception.cluster.socket(), &reception.gate);
            let link = Link::new(client, server, socket, gate.limits.message, gate.faults.isolation(), database);
            Ok(Entered::Session(Box::new(Guest { link, admitted, faults, _place })))
        }
        Ok(None) => Ok(Entered::Done),
        Err(LinkError::Refused(refusal)) => {
            client.part(&refusal).await.map_err(LinkError::Client)?;
            Err(LinkError::Told(refusal))
        }
        Err(error) => Err(error),
    }
}

async fn begin(
    client: &mut Client,
    reception: &Reception,
) -> Result<Option<(End<UnixStream>, String, Admitted, SessionFaults, OwnedSemaphorePermit)>, LinkError> {
    let Reception { cluster, gate, places, guests } = reception;
    let mut encrypted = false;
    let startup = loop {
        match opening(client).await? {
            Opening::Tls if !encrypted => encrypted = handshake(client, gate).await?,
            Opening::Tls | Opening::Gss => {
                client.put_bytes(b"N");
                client.flush().await.map_err(LinkError::Client)?;
            }
            Opening::Cancel(body) => {
                let mut message = BytesMut::new();
                frame::put_length(&mut message, &body);
                let mut server = cluster.connect(&message).await.map_err(LinkError::Server)?;
                // The server closes the connection once it has acted; until then the client waits.
                tokio::io::copy(&mut server, &mut tokio::io::sink()).await.map_err(LinkError::Server)?;
                client.close().await.map_err(LinkError::Client)?;
                return Ok(None);
            }
            Opening::Session(startup) => break startup,
        }
    };
    if gate.demands_tls && !encrypted {
        let text = "this server takes connections with SSL only";
        return Err(Refusal::fatal("28000", text).hint("connect with sslmode=require").into());
    }
    let place = places.clone().try_acquire_owned().map_err(|_| {
        let text = format!("connection limit \"{}\" exceeded for non-bootstrap users", gate.limits.connections);
        Refusal::fatal("53300", text)
    })?;
    let faults = gate.faults.session();
    match faults.at_log_in() {
        Fate::Refused(refusal) => return Err(refusal.into()),
        Fate::CutBefore => return Err(LinkError::Cut),
        _ => {}
    }
    let admitted = log_in(client, cluster, &startup, guests).await?;
    negotiate(client, &startup);
    let isolation = gate.faults.isolation().option().unwrap_or_default();
    let first = startup.for_server(&admitted.user, &format!("{} {isolation}", cluster.options()));
    let server = cluster.connect(&first).await.map_err(LinkError::Server)?;
    Ok(Some((End::new(server), startup.database, admitted, faults, place)))
}

async fn opening(client: &mut Client) -> Result<Opening, LinkError> {
    loop {
        match Opening::take(client.received()) {
            Ok(Some(opening)) => return Ok(opening),
            Ok(None) => client.fill().await.map_err(LinkError::Client)?,
            Err(StartupError::Refused(refusal)) => return Err(refusal.into()),
            Err(StartupError::Frame(error)) => return Err(error.into()),
        }
    }
}

/// Goes over to TLS, if there is a certificate. What was sent in clear behind the question is not taken: somebody else
/// may have put it there (CVE-2021-23214).
async fn handshake(client: &mut Client, gate: &Gate) -> Result<bool, LinkError> {
    let Some(acceptor) = &gate.tls else {
        client.put_bytes(b"N");
        client.flush().await.map_err(LinkError::Client)?;
        return Ok(false);
    };
    client.put_bytes(b"S");
    client.flush().await.map_err(LinkError::Client)?;
    let plain = std::mem::replace(client, End::new(Box::new(tokio::io::empty())));
    let (stream, read_ahead) = plain.into_stream();
    if read_ahead {
        return Err(Refusal::fatal("08P01", "received unencrypted data after SSL request").into());
    }
    let stream = acceptor.accept(stream).await.map_err(LinkError::Client)?;
    *client = End::new(Box::new(stream));
    Ok(true)
}

async fn log_in(
    client: &mut Client,
    cluster: &Cluster,
    startup: &Startup,
    guests: &Guests,
) -> Result<Admitted, LinkError> {
    let unreachable = |error: DbError| LinkError::Server(io::Error::other(error));
    let login = startup.user.as_str();
    let candidate = cluster.candidate(login, &startup.database).await.map_err(unreachable)?;
    let mut salt = [0; 4];
    getrandom::fill(&mut salt).map_err(|error| LinkError::Server(io::Error::other(error)))?;
    let password = match candidate.proof.question(salt) {
        None => Some(0),
        Some(question) => {
            client.put(&question);
            client.flush().await.map_err(LinkError::Client)?;
            candidate.proof.check(&answer(client).await?.body, salt)
        }
    };
    let Some(password) = password else { return Err(login::refused(login).into()) };
    match cluster.admit(login, &candidate, password, guests).await {
        Ok(admitted) => Ok(admitted?),
        Err(error) => Err(Refusal::of(&error).into()),
    }
}

async fn answer(client: &mut Client) -> Result<Frame, LinkError> {
    loop {
        match Frame::take(client.received(), LONGEST_PASSWORD)? {
            Some(frame) if frame.tag == b'p' => return Ok(frame),
            Some(_) => return Err(Refusal::fatal("08P01", "expected password response").into()),
            None => client.fill().await.map_err(LinkError::Client)?,
        }
    }
}

/// Says which version of the protocol is spoken, if the client would like a newer one:
/// <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP>.
fn negotiate(client: &mut Client, startup: &Startup) {
    if let Some(frame) = startup.negotiation() {
        client.put(&frame);
    }
}
