//! Sessions and cancel requests that go to their server by a [`Route`].

use rustix::net::sockopt::{set_socket_keepalive, set_tcp_keepidle};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{CancelToken, Client, Config, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_socks::tcp::Socks5Stream;
use tokio_util::either::Either;

use crate::ports::{Address, DbError, DbErrorKind, Endpoint};
use crate::project::settings::{Route, SocksProxy};

use super::ssh::{self, Tunnel};
use super::{KEEPALIVE, login_error, place};

/// The way to one server.
pub(super) struct Way {
    route: Route,
    endpoint: Endpoint,
    /// The server's name, which its certificate is for.
    name: String,
    /// What leads to it at the end of the way: the name, or the address that stands for it.
    host: String,
    port: u16,
}

/// A connection: the input and output of ssh, or one to a proxy.
type Stream = Either<UnixStream, TcpStream>;

type TlsConnector = <MakeRustlsConnect as MakeTlsConnect<Stream>>::TlsConnect;

impl Way {
    /// Nothing for a server that is reached directly.
    pub(super) fn to(endpoint: &Endpoint) -> Option<Self> {
        let (Some(route), Address::Tcp { host: name, port }) = (&endpoint.route, &endpoint.address) else {
            return None;
        };
        let host = endpoint.host_address.map_or_else(|| name.clone(), |address| address.to_string());
        let (route, name, port) = (route.clone(), name.clone(), *port);
        Some(Self { route, endpoint: endpoint.clone(), name, host, port })
    }

    /// Logs in, and returns what stands behind the connection beside it.
    pub(super) async fn log_in(
        &self,
        config: &Config,
        tls: Option<&MakeRustlsConnect>,
    ) -> Result<(Client, Option<Tunnel>), DbError> {
        let attempt = async {
            let (stream, tunnel) = self.open().await?;
            let error = match self.shake_hands(config, stream, tls).await {
                Ok(client) => return Ok((client, tunnel)),
                Err(error) => error,
            };
            if let (Some(tunnel), Route::Jump(jump), None) = (tunnel, &self.route, error.as_db_error())
                && let Some(failure) = tunnel.failure().await
            {
                let (kind, hint) = ssh::diagnosis(&failure, jump);
                return Err(self.blocked(kind, &format!("ssh: {failure}"), hint));
            }
            Err(login_error(error, &self.endpoint))
        };
        let limit = self.endpoint.connect_timeout;
        timeout(limit, attempt).await.unwrap_or_else(|_| {
            let hint = "check the way, or give it more time with `connect_timeout` of the target".to_owned();
            Err(self.blocked(DbErrorKind::Unreachable, &format!("no answer within {} s", limit.as_secs_f32()), hint))
        })
    }

    /// Asks for the end of what a session runs.
    pub(super) async fn cancel(
        &self,
        token: &CancelToken,
        tls: Option<&MakeRustlsConnect>,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let asking = async {
            let (stream, tunnel) = self.open().await?;
            match tls {
                Some(tls) => token.cancel_query_raw(stream, self.connector(tls)).await?,
                None => token.cancel_query_raw(stream, NoTls).await?,
            }
            if let Some(tunnel) = tunnel {
                // It may not have sent a byte yet.
                tunnel.end_of_connection().await;
            }
            Ok(())
        };
        timeout(self.endpoint.connect_timeout, asking).await?
    }

    async fn open(&self) -> Result<(Stream, Option<Tunnel>), DbError> {
        match &self.route {
            Route::Jump(jump) => match ssh::open(jump, &self.host, self.port) {
                Ok((stream, tunnel)) => Ok((Either::Left(stream), Some(tunnel))),
                Err(error) => {
                    let hint = "install OpenSSH's client, so that `ssh` is on the PATH".to_owned();
                    Err(self.blocked(DbErrorKind::Login, &format!("`ssh` cannot be started: {error}"), hint))
                }
            },
            Route::Proxy(proxy) => Ok((Either::Right(self.by_proxy(proxy).await?), None)),
        }
    }

    async fn by_proxy(&self, proxy: &SocksProxy) -> Result<TcpStream, DbError> {
        let unreachable = |error: std::io::Error| {
            self.blocked(DbErrorKind::Unreachable, &error.to_string(), "check host and port of `proxy`".into())
        };
        let socket = TcpStream::connect((proxy.host.as_str(), proxy.port)).await.map_err(unreachable)?;
        socket.set_nodelay(true).map_err(unreachable)?;
        set_socket_keepalive(&socket, true).map_err(|error| unreachable(error.into()))?;
        set_tcp_keepidle(&socket, KEEPALIVE).map_err(|error| unreachable(error.into()))?;
        let to = (self.host.clone(), self.port);
        let opened = match &proxy.login {
            Some((user, password)) => {
                Socks5Stream::connect_with_password_and_socket(socket, to, user, password.expose()).await
            }
            None => Socks5Stream::connect_with_socket(socket, to).await,
        };
        opened.map(Socks5Stream::into_inner).map_err(|error| {
            use tokio_socks::Error as Refusal;
            let (kind, hint) = match &error {
                Refusal::PasswordAuthFailure(_) | Refusal::NoAcceptableAuthMethods | Refusal::UnknownAuthMethod => {
                    (DbErrorKind::Login, "check user and password of `proxy`")
                }
                _ => (DbErrorKind::Unreachable, "check that the proxy knows the host and may connect to it"),
            };
            self.blocked(kind, &format!("it says: {error}"), hint.to_owned())
        })
    }

    async fn shake_hands(
        &self,
        config: &Config,
        stream: Stream,
        tls: Option<&MakeRustlsConnect>,
    ) -> Result<Client, Error> {
        match tls {
            Some(tls) => {
                let (client, connection) = config.connect_raw(stream, self.connector(tls)).await?;
                tokio::spawn(connection);
                Ok(client)
            }
            None => {
                let (client, connection) = config.connect_raw(stream, NoTls).await?;
                tokio::spawn(connection);
                Ok(client)
            }
        }
    }

    fn connector(&self, tls: &MakeRustlsConnect) -> TlsConnector {
        let Ok(connector) = MakeTlsConnect::<Stream>::make_tls_connect(&mut tls.clone(), &self.name);
        connector
    }

    fn blocked(&self, kind: DbErrorKind, reason: &str, hint: String) -> DbError {
        let message = format!("cannot connect to {}: {reason}", place(&self.endpoint));
        DbError { hint: Some(hint), ..DbError::new(kind, message) }
    }
}
