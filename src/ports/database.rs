//! Running SQL: one session, one message at a time, text in and text out.

use std::io::{self, Read};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::Cancel;
use crate::text::Secret;

/// Statements that go to the server as one message of the simple query protocol.
///
/// The server runs the pieces in order and stops at the first error, so a piece never runs if one before it failed. A
/// syntax error anywhere in the message is found before any piece runs.
/// Only that protocol is used: Redshift types that the client does not know would make a prepared statement look them
/// up, and inside a transaction a failed look-up aborts it.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// One statement each, without semicolon.
    pub pieces: Vec<Piece>,
}

/// One statement of a [`Batch`].
#[derive(Clone, Debug)]
pub struct Piece {
    /// The statement.
    pub sql: String,
    /// Who wrote it.
    pub author: Author,
}

/// Who wrote a statement, which decides in whose dialect it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The user, in the dialect of the target: the double translates it.
    User,
    /// vesto, in SQL that Redshift and PostgreSQL both take: sent as it is, but the double reads its names as Redshift.
    Vesto,
    /// vesto, in the server's own SQL and with names as the catalogue holds them: sent as it is.
    Catalogue,
}

impl Batch {
    /// Appends a statement of vesto's own.
    pub fn own(&mut self, sql: impl Into<String>) -> &mut Self {
        self.pieces.push(Piece { sql: sql.into(), author: Author::Vesto });
        self
    }

    /// Appends a statement of vesto's own whose names are those of the catalogue.
    pub fn exact(&mut self, sql: impl Into<String>) -> &mut Self {
        self.pieces.push(Piece { sql: sql.into(), author: Author::Catalogue });
        self
    }

    /// Appends a statement that the user wrote.
    pub fn user(&mut self, sql: impl Into<String>) -> &mut Self {
        self.pieces.push(Piece { sql: sql.into(), author: Author::User });
        self
    }

    /// Size of the message in bytes.
    pub fn size(&self) -> usize {
        self.pieces.iter().map(|piece| piece.sql.len() + 2).sum()
    }
}

/// What one piece answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The result set, for a statement that returns one.
    pub rows: Option<Rows>,
    /// Rows affected, or returned, as the server counts them.
    pub count: u64,
}

/// A result set in the server's text form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Column names in order.
    pub columns: Vec<String>,
    /// Rows in order; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
}

impl Rows {
    /// The first column of the first row.
    pub fn first_cell(&self) -> Option<&str> {
        self.rows.first()?.first()?.as_deref()
    }
}

/// A column that a query returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultColumn {
    /// Its name.
    pub name: String,
    /// PostgreSQL's number of its type; that of the type beneath for a domain.
    pub type_oid: u32,
    /// PostgreSQL's modifier of the type, such as a length; -1 for none.
    pub modifier: i32,
}

/// Takes rows of `COPY ... TO STDOUT`.
pub type RowTaker<'a> = &'a mut (dyn FnMut(&[u8]) -> io::Result<()> + Send);

/// A batch that stopped.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct BatchError {
    /// The piece that failed, counted from 0; the number of pieces if all had been answered.
    pub piece: usize,
    /// What the pieces that ran answered. They may be fewer than those before the failing one: PostgreSQL reads a whole
    /// message before it runs any of it, so a syntax error keeps all of it from running.
    pub answered: Vec<Outcome>,
    /// Why it failed.
    #[source]
    pub error: DbError,
}

/// A database's refusal, or its absence.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct DbError {
    /// Which sort of failure.
    pub kind: DbErrorKind,
    /// The server's own words, or what went wrong on the way to it.
    pub message: String,
    /// SQLSTATE, if the server gave one.
    pub code: Option<String>,
    /// The server's DETAIL.
    pub detail: Option<String>,
    /// The server's HINT, or a cure.
    pub hint: Option<String>,
    /// Byte offset in the piece that the server points at.
    pub offset: Option<usize>,
    /// What lies beneath.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl DbError {
    /// An error without further facts.
    pub fn new(kind: DbErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), code: None, detail: None, hint: None, offset: None, source: None }
    }

    /// Whether the server gave this SQLSTATE.
    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether the server refused a statement because of what others did at the same time, so that the same may be taken
    /// a moment later. Its transaction was undone as a whole.
    ///
    /// PostgreSQL: serialization failure and deadlock
    /// (<https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html>). Redshift tells most of its
    /// conflicts by words only (<https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html>); its catalogue
    /// is read without a snapshot, so an object that another session has just dropped can still be found there.
    pub fn is_transient(&self) -> bool {
        const WORDS: [&str; 4] = [
            "serializable isolation violation",
            "conflict with concurrent transaction",
            "could not open relation with oid",
            "dropped by concurrent transaction",
        ];
        let message = || self.message.to_lowercase();
        self.kind == DbErrorKind::Statement
            && (self.has_code("40001")
                || self.has_code("40P01")
                || WORDS.iter().any(|words| message().contains(words))
                // `ERROR: 1023 DETAIL: Serializable isolation violation on table ...`
                || self.message.starts_with("1023"))
    }
}

/// Sorts of [`DbError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DbErrorKind {
    /// The server ran the statement and refused it.
    Statement,
    /// The double does not do this statement.
    Unsupported,
    /// The server could not be reached.
    Unreachable,
    /// TLS failed: who answers is not known.
    Untrusted,
    /// The server refused the login.
    Login,
    /// The connection was lost: whether the message was carried out is not known.
    Lost,
}

/// A session on a database.
#[async_trait]
pub trait Session: Send {
    /// Sends a batch as one message and waits for all its answers.
    async fn run(&mut self, batch: &Batch) -> Result<Vec<Outcome>, BatchError>;

    /// Sends several independent messages without waiting in between; each ends as if it had been sent alone.
    ///
    /// An error does not keep later messages from running: use it only for messages that undo themselves.
    async fn run_each(&mut self, batches: &[Batch]) -> Vec<Result<Vec<Outcome>, BatchError>> {
        let mut results = Vec::with_capacity(batches.len());
        for batch in batches {
            results.push(self.run(batch).await);
        }
        results
    }

    /// Runs `COPY ... FROM STDIN` with PostgreSQL's own syntax and feeds it `data`; returns the number of rows.
    ///
    /// Only the double uses it: Redshift has no COPY from the client.
    async fn copy_in(&mut self, sql: &str, data: &mut (dyn Read + Send)) -> Result<u64, DbError>;

    /// What a query would return, without running it: columns in order.
    ///
    /// Only the double uses it: on Redshift a session never prepares statements.
    async fn describe(&mut self, query: &str) -> Result<Vec<ResultColumn>, DbError>;

    /// Runs `COPY ... TO STDOUT` with PostgreSQL's own syntax and hands over what comes, one row at a time with its line
    /// end; returns the number of rows. A row that is refused ends the statement with an error.
    ///
    /// Only the double uses it: Redshift has no COPY to the client.
    async fn copy_out(&mut self, sql: &str, take: RowTaker<'_>) -> Result<u64, DbError>;

    /// Hears of a statement of the user that the double carried out by itself, in its place among the answers. Only a
    /// session that hands its answers on as they come has use for it.
    async fn carried_out(&mut self, _outcome: &Outcome) -> Result<(), DbError> {
        Ok(())
    }

    /// What stops this session while it runs something.
    fn canceller(&self) -> Arc<dyn Cancel>;

    /// Ends the session, where to drop it does not end it.
    async fn close(&mut self) {}
}

/// Opens sessions.
#[async_trait]
pub trait Connect: Send + Sync {
    /// Opens one session.
    async fn connect(&self, endpoint: &Endpoint) -> Result<Box<dyn Session>, DbError>;
}

/// Where a database is and how to log in.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Where to connect.
    pub address: Address,
    /// The host's address, where it is not to be looked up by the name. Certificates are still for the name.
    pub host_address: Option<IpAddr>,
    /// Database name.
    pub database: String,
    /// User name.
    pub user: String,
    /// Password, where the server asks for one.
    pub password: Option<Secret<String>>,
    /// How far TLS goes.
    pub tls: TlsMode,
    /// File with the certificates to trust instead of the system's.
    pub root_certificates: Option<PathBuf>,
    /// How long the connection may take.
    pub connect_timeout: Duration,
}

/// Where to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A host name or IP address and a port.
    Tcp {
        /// Host name or IP address.
        host: String,
        /// Port.
        port: u16,
    },
    /// A Unix socket `.s.PGSQL.<port>` in a directory.
    Socket {
        /// The directory.
        directory: PathBuf,
        /// The number in the socket's name.
        port: u16,
    },
}

/// TLS as libpq's `sslmode` names it: <https://www.postgresql.org/docs/current/libpq-ssl.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// No TLS.
    Disable,
    /// TLS if the server has it; nothing is verified.
    Prefer,
    /// TLS; nothing is verified.
    Require,
    /// TLS; the certificate must come from a trusted authority.
    VerifyCa,
    /// TLS; the certificate must come from a trusted authority and name the host.
    VerifyFull,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: Option<&str>, message: &str) -> DbError {
        DbError { code: code.map(str::to_owned), ..DbError::new(DbErrorKind::Statement, message) }
    }

    #[test]
    fn only_what_others_caused_is_transient() {
        assert!(refusal(Some("40001"), "could not serialize access").is_transient());
        assert!(refusal(Some("40P01"), "deadlock detected").is_transient());
        assert!(refusal(Some("XX000"), "1023").is_transient());
        assert!(refusal(Some("XX000"), "Could not open relation with OID 1234").is_transient());
        assert!(refusal(None, "could not complete because of conflict with concurrent transaction").is_transient());
        assert!(!refusal(Some("42P01"), "relation \"t\" does not exist").is_transient());
        assert!(!refusal(Some("55P03"), "canceling statement due to lock timeout").is_transient());
        assert!(!DbError::new(DbErrorKind::Lost, "serializable isolation violation").is_transient());
    }
}
