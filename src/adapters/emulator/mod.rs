//! Redshift on the network: the double behind a port for any client.
//!
//! PostgreSQL's messages pass as they are, and only what must differ is touched (`emulate` says what). Every client has a
//! session of its own on a PostgreSQL server, as its own user.

mod cluster;
mod conversation;
mod entrance;
mod home;
mod link;
mod tls;
mod upstream;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use cluster::Guests;
pub use cluster::{Cluster, Master};
use conversation::Conversation;
use entrance::Entered;
pub use home::{Home, HomeError, PASSWORD_VARIABLE, keep};
use link::LinkError;
pub use tls::{TlsError, acceptor};

use crate::emulate::faults::{Faults, SessionFaults};

/// How long a client may take to log in, as PostgreSQL's `authentication_timeout`.
const LOG_IN: Duration = Duration::from_secs(60);

/// How long to wait before the next client after the system refused one.
const PAUSE: Duration = Duration::from_millis(100);

/// What clients may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections to one cluster at a time.
    pub connections: usize,
    /// Bytes of one message.
    pub message: usize,
}

/// What all connections of an emulator have to pass.
pub struct Gate {
    /// What clients may use.
    pub limits: Limits,
    /// The certificate, if TLS is offered.
    pub tls: Option<TlsAcceptor>,
    /// Whether who comes without TLS is refused.
    pub demands_tls: bool,
    /// What goes wrong.
    pub faults: Arc<Faults>,
}

/// A cluster that listens.
pub struct Listening {
    listener: TcpListener,
    reception: Arc<Reception>,
}

/// What a client has to pass, and what it may find.
struct Reception {
    cluster: Arc<Cluster>,
    gate: Arc<Gate>,
    /// Sessions that may still be opened.
    places: Arc<Semaphore>,
    guests: Guests,
}

impl Listening {
    /// Listens for clients of a cluster; they are served by [`Listening::serve`].
    ///
    /// # Errors
    ///
    /// Fails if the address cannot be used.
    pub async fn bind(address: SocketAddr, cluster: Arc<Cluster>, gate: Arc<Gate>) -> io::Result<Self> {
        let places = Arc::new(Semaphore::new(gate.limits.connections));
        let reception = Arc::new(Reception { cluster, gate, places, guests: Guests::default() });
        Ok(Self { listener: TcpListener::bind(address).await?, reception })
    }

    /// The address, with the port that the system chose for port 0.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves clients until it is dropped, and their sessions with it.
    pub async fn serve(self) {
        let mut sessions = JoinSet::new();
        loop {
            while sessions.try_join_next().is_some() {}
            let stream = match self.listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a client could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let reception = self.reception.clone();
            sessions.spawn(async move {
                if let Err(error) = session(stream, &reception).await {
                    tracing::debug!(cluster = reception.cluster.name, "a session ended: {error}");
                }
            });
        }
    }
}

async fn session(stream: TcpStream, reception: &Reception) -> Result<(), LinkError> {
    stream.set_nodelay(true).map_err(LinkError::Client)?;
    let entered = tokio::time::timeout(LOG_IN, entrance::enter(stream, reception)).await;
    let Entered::Session(guest) = entered.map_err(|late| LinkError::Client(late.into()))?? else { return Ok(()) };
    let result = converse(guest.link, &reception.cluster, guest.faults).await;
    if let Err(error) = reception.cluster.dismiss(&guest.admitted, &reception.guests).await {
        tracing::warn!("a user stays in a group that it was in for a session: {error}");
    }
    result
}

async fn converse(link: link::Link, cluster: &Cluster, faults: SessionFaults) -> Result<(), LinkError> {
    Conversation::begin(link, cluster, faults).await?.serve().await
}
