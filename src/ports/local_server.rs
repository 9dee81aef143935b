//! A PostgreSQL server on this machine that vesto starts and stops by itself.

use std::path::PathBuf;

/// Starts and stops the project's own PostgreSQL server.
///
/// Commands that run at the same time share one server; the last to release it stops it.
pub trait LocalServer: Send + Sync {
    /// Starts the server unless it runs, and counts this process as its user.
    fn acquire(&self) -> Result<LocalAddress, LocalServerError>;

    /// Gives the server back; it stops if nobody else uses it. Does nothing without an earlier [`LocalServer::acquire`].
    fn release(&self) -> Result<(), LocalServerError>;

    /// Gives the server back and deletes it with all its data. Refused while others use it.
    fn discard(&self) -> Result<(), LocalServerError>;
}

/// Where the local server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalAddress {
    /// Directory of the Unix socket.
    pub socket_directory: PathBuf,
    /// The number in the socket's name.
    pub port: u16,
    /// A user that may do everything, without password.
    pub superuser: String,
}

/// Why there is no local server.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct LocalServerError {
    /// What is missing or went wrong.
    pub message: String,
    /// The cure.
    pub hint: Option<String>,
    /// What lies beneath.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}
