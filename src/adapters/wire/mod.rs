//! Sessions over the PostgreSQL wire protocol, as PostgreSQL and Redshift speak it, by simple queries only.

mod tls;

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use tokio_postgres::error::ErrorPosition;
use tokio_postgres::{CancelToken, Client, Config, Error, NoTls, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::ports::{
    Address, Batch, BatchError, Cancel, Connect, DbError, DbErrorKind, Endpoint, Outcome, ResultColumn, RowTaker, Rows,
    Session, TlsMode,
};

/// What separates the pieces of a message. The line end keeps line numbers in server logs readable.
const SEPARATOR: &str = ";\n";

/// Bytes read ahead for `COPY FROM STDIN`.
const COPY_CHUNK: usize = 64 * 1024;

/// SQLSTATE of a server that is not ready yet.
const CANNOT_CONNECT_NOW: &str = "57P03";

/// How long to wait before such a server is asked again.
const PAUSE: Duration = Duration::from_millis(100);

/// Opens sessions over TCP or a Unix socket.
pub struct Wire {
    /// Shown by the server beside each session, such as `vesto 0.1.0`.
    pub application_name: String,
}

#[async_trait]
impl Connect for Wire {
    async fn connect(&self, endpoint: &Endpoint) -> Result<Box<dyn Session>, DbError> {
        let deadline = Instant::now() + endpoint.connect_timeout;
        loop {
            match self.try_to_connect(endpoint).await {
                // It starts, or recovers from a crash of one of its processes, which takes a moment.
                Err(error) if error.has_code(CANNOT_CONNECT_NOW) && Instant::now() < deadline => {
                    tokio::time::sleep(PAUSE).await;
                }
                result => return result,
            }
        }
    }
}

impl Wire {
    async fn try_to_connect(&self, endpoint: &Endpoint) -> Result<Box<dyn Session>, DbError> {
        let mut config = Config::new();
        config
            .dbname(&endpoint.database)
            .user(&endpoint.user)
            .application_name(&self.application_name)
            .connect_timeout(endpoint.connect_timeout)
            .keepalives_idle(Duration::from_secs(60))
            .ssl_mode(tls::negotiation(endpoint.tls));
        if let Some(password) = &endpoint.password {
            config.password(password.expose());
        }
        let plain = match &endpoint.address {
            Address::Socket { directory, port } => {
                config.host_path(directory).port(*port);
                true
            }
            Address::Tcp { host, port } => {
                config.host(host).port(*port);
                if let Some(address) = endpoint.host_address {
                    config.hostaddr(address);
                }
                endpoint.tls == TlsMode::Disable
            }
        };
        let (client, tls) = if plain {
            let (client, connection) = config.connect(NoTls).await.map_err(|error| login_error(error, endpoint))?;
            tokio::spawn(connection);
            (client, None)
        } else {
            let connector = tls::connector(endpoint.tls, endpoint.root_certificates.as_deref())?;
            let connected = config.connect(connector.clone()).await;
            let (client, connection) = connected.map_err(|error| login_error(error, endpoint))?;
            tokio::spawn(connection);
            (client, Some(connector))
        };
        let canceller = Arc::new(WireCanceller { token: client.cancel_token(), tls });
        Ok(Box::new(WireSession { client, canceller }))
    }
}

struct WireSession {
    client: Client,
    canceller: Arc<WireCanceller>,
}

/// Asks for a cancellation on a connection of its own, as the protocol wants it
/// (<https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS>).
struct WireCanceller {
    token: CancelToken,
    tls: Option<MakeRustlsConnect>,
}

#[async_trait]
impl Cancel for WireCanceller {
    async fn cancel(&self) {
        let asked = match &self.tls {
            Some(tls) => self.token.cancel_query(tls.clone()).await,
            None => self.token.cancel_query(NoTls).await,
        };
        // Who asks looks at the statement's own end, and asks again where there is none.
        if let Err(error) = asked {
            tracing::debug!(%error, "the request to cancel did not reach the server");
        }
    }
}

#[async_trait]
impl Session for WireSession {
    async fn run(&mut self, batch: &Batch) -> Result<Vec<Outcome>, BatchError> {
        send(&self.client, batch).await
    }

    async fn run_each(&mut self, batches: &[Batch]) -> Vec<Result<Vec<Outcome>, BatchError>> {
        // The driver writes a message when its future is first polled, so all are under way before any is answered.
        join_all(batches.iter().map(|batch| send(&self.client, batch))).await
    }

    async fn copy_in(&mut self, sql: &str, data: &mut (dyn Read + Send)) -> Result<u64, DbError> {
        let sink = self.client.copy_in::<_, Bytes>(sql).await.map_err(statement_error)?;
        let mut sink = Box::pin(sink);
        loop {
            let mut chunk = vec![0; COPY_CHUNK];
            let length = data.read(&mut chunk).map_err(unreadable_data)?;
            if length == 0 {
                return sink.as_mut().finish().await.map_err(statement_error);
            }
            chunk.truncate(length);
            sink.send(Bytes::from(chunk)).await.map_err(statement_error)?;
        }
    }

    async fn describe(&mut self, query: &str) -> Result<Vec<ResultColumn>, DbError> {
        let statement = self.client.prepare(query).await.map_err(|error| {
            let offset = position(&error).and_then(|position| byte_offset(query, position));
            DbError { offset, ..statement_error(error) }
        })?;
        let column = |column: &tokio_postgres::Column| ResultColumn {
            name: column.name().to_owned(),
            type_oid: column.type_().oid(),
            modifier: column.type_modifier(),
        };
        Ok(statement.columns().iter().map(column).collect())
    }

    async fn copy_out(&mut self, sql: &str, take: RowTaker<'_>) -> Result<u64, DbError> {
        let located = |error: Error| {
            let offset = position(&error).and_then(|position| byte_offset(sql, position));
            DbError { offset, ..statement_error(error) }
        };
        // The server sends a message for each row.
        let mut rows = std::pin::pin!(self.client.copy_out(sql).await.map_err(located)?);
        let mut count = 0;
        let mut refused = None;
        while let Some(row) = rows.next().await {
            match row {
                // What is still on its way has to be read: the answers of the session stand in line behind it.
                Ok(_) if refused.is_some() => {}
                Ok(row) => match take(&row) {
                    Ok(()) => count += 1,
                    Err(error) => {
                        refused = Some(error);
                        self.canceller.cancel().await;
                    }
                },
                Err(error) => return Err(refused.map_or_else(|| located(error), unwritable_row)),
            }
        }
        refused.map_or(Ok(count), |error| Err(unwritable_row(error)))
    }

    fn canceller(&self) -> Arc<dyn Cancel> {
        self.canceller.clone()
    }
}

async fn send(client: &Client, batch: &Batch) -> Result<Vec<Outcome>, BatchError> {
    let mut outcomes = Vec::with_capacity(batch.pieces.len());
    match collect(client, batch, &mut outcomes).await {
        Ok(()) if outcomes.len() == batch.pieces.len() => Ok(outcomes),
        // Answers are matched to statements by their number, so nothing can be said of a message that has others.
        Ok(()) => {
            let (asked, told) = (batch.pieces.len(), outcomes.len());
            let message = format!("the server answered {told} times to a message of {asked} statements");
            Err(BatchError { piece: asked, answered: Vec::new(), error: DbError::new(DbErrorKind::Lost, message) })
        }
        Err(error) => {
            let (piece, offset) = locate(&error, batch, outcomes.len());
            let error = DbError { offset, ..statement_error(error) };
            Err(BatchError { piece, answered: outcomes, error })
        }
    }
}

async fn collect(client: &Client, batch: &Batch, outcomes: &mut Vec<Outcome>) -> Result<(), Error> {
    let message = batch.pieces.iter().map(|piece| piece.sql.as_str()).collect::<Vec<_>>().join(SEPARATOR);
    let mut answers = std::pin::pin!(client.simple_query_raw(&message).await?);
    let mut rows = None;
    while let Some(answer) = answers.next().await {
        match answer? {
            SimpleQueryMessage::RowDescription(columns) => {
                let columns = columns.iter().map(|column| column.name().to_owned()).collect();
                rows = Some(Rows { columns, rows: Vec::new() });
            }
            SimpleQueryMessage::Row(row) => {
                let cells = (0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect();
                rows.get_or_insert_with(Rows::default).rows.push(cells);
            }
            SimpleQueryMessage::CommandComplete(count) => outcomes.push(Outcome { rows: rows.take(), count }),
            _ => {}
        }
    }
    Ok(())
}

/// The piece that failed and the byte offset in it, from the position that the server gives in characters of the whole
/// message. The position counts: a syntax error anywhere in a message is found before its first statement runs.
fn locate(error: &Error, batch: &Batch, answered: usize) -> (usize, Option<usize>) {
    let Some(mut left) = position(error) else { return (answered, None) };
    for (number, piece) in batch.pieces.iter().enumerate() {
        let length = piece.sql.chars().count();
        if left <= length {
            return (number.max(answered), byte_offset(&piece.sql, left).filter(|_| number >= answered));
        }
        left = left.saturating_sub(length + SEPARATOR.chars().count());
    }
    (answered, None)
}

/// The position that the server gives, in characters from 0 of the whole message.
fn position(error: &Error) -> Option<usize> {
    match error.as_db_error().and_then(tokio_postgres::error::DbError::position) {
        Some(ErrorPosition::Original(position)) => (*position as usize).checked_sub(1),
        _ => None,
    }
}

/// Where a character begins; the end of the text is a place too.
fn byte_offset(text: &str, character: usize) -> Option<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(character)
}

fn statement_error(error: Error) -> DbError {
    let Some(refusal) = error.as_db_error() else {
        let kind = DbErrorKind::Lost;
        let message = format!("the connection to the server was lost: {}", innermost(&error));
        return DbError { source: Some(Box::new(error)), ..DbError::new(kind, message) };
    };
    // Class 57P: the server ends the session, by an administrator's command or because it goes down.
    let kind = match refusal.code().code() {
        "57P01" | "57P02" | "57P03" => DbErrorKind::Lost,
        _ => DbErrorKind::Statement,
    };
    DbError {
        code: Some(refusal.code().code().to_owned()),
        detail: refusal.detail().map(str::to_owned),
        hint: refusal.hint().map(str::to_owned),
        ..DbError::new(kind, refusal.message())
    }
}

fn login_error(error: Error, endpoint: &Endpoint) -> DbError {
    let place = match &endpoint.address {
        Address::Tcp { host, port } => format!("{host}:{port}"),
        Address::Socket { directory, port } => format!("{}/.s.PGSQL.{port}", directory.display()),
    };
    if let Some(refusal) = error.as_db_error() {
        let code = refusal.code().code().to_owned();
        let message = format!("{place} refused the login of `{}`: {}", endpoint.user, refusal.message());
        let hint = login_hint(&code, endpoint);
        return DbError { code: Some(code), hint, ..DbError::new(DbErrorKind::Login, message) };
    }
    let reason = innermost(&error);
    if reason.contains("password missing") {
        let message = format!("{place} asks for a password and none is set for `{}`", endpoint.user);
        let hint = Some("set `password` of the target, PGPASSWORD, or a line in ~/.pgpass".to_owned());
        return DbError { hint, source: Some(Box::new(error)), ..DbError::new(DbErrorKind::Login, message) };
    }
    let message = format!("cannot connect to {place}: {reason}");
    let (kind, hint) = match reason.contains("certificate") {
        true => (
            DbErrorKind::Untrusted,
            "set `sslrootcert` of the target to the certificate of the server's authority, and the host to its name",
        ),
        false => (DbErrorKind::Unreachable, "check host, port, network and `sslmode` of the target"),
    };
    DbError { hint: Some(hint.to_owned()), source: Some(Box::new(error)), ..DbError::new(kind, message) }
}

fn login_hint(code: &str, endpoint: &Endpoint) -> Option<String> {
    match code {
        "28P01" | "28000" => Some("check user and password of the target".to_owned()),
        CANNOT_CONNECT_NOW => Some("the server starts, stops or recovers: run the same command again later".into()),
        "3D000" => Some(format!("create the database `{}` or correct `database` of the target", endpoint.database)),
        _ => None,
    }
}

fn unreadable_data(error: std::io::Error) -> DbError {
    let message = format!("cannot read the data to load: {error}");
    DbError { source: Some(Box::new(error)), ..DbError::new(DbErrorKind::Statement, message) }
}

fn unwritable_row(error: std::io::Error) -> DbError {
    let message = format!("cannot write the data: {error}");
    DbError { source: Some(Box::new(error)), ..DbError::new(DbErrorKind::Statement, message) }
}

/// The driver wraps what happened into "error connecting to server" and the like; the last cause says it.
fn innermost(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
