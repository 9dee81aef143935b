//! The ledger in the target's schema `vesto`: a reader that takes no lock and never writes, and a writer that exists only
//! while the lock is held.

mod advisory;
mod attribution;
mod fence;
mod heartbeat;
mod holder;
mod lock;
mod read;
mod record;
mod schema;
mod server_session;

pub use attribution::{label, leading_comment};
pub use lock::{LockedLedger, RunInfo};
pub use read::Ledger;
pub use record::{EntryRecord, JournalRecord, NewEntry};

use crate::history::UnknownWord;
use crate::ports::{Author, Batch, BatchError, DbError};

/// Why the ledger could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another run holds the lock.
    #[error("another run holds the lock of this target{}", .0.as_ref().map(|holder| format!(": {}", holder.who)).unwrap_or_default())]
    Locked(Option<Holder>),
    /// The fence names another run, or the row that says that this run holds the lock is gone.
    #[error("this run lost the lock of the target: another run took it, or it was taken away by hand")]
    LockLost,
    /// The server refused a query of vesto's own.
    #[error("cannot {doing} the ledger: {error}")]
    Database {
        /// `read`, `create`, `lock` or `write`.
        doing: &'static str,
        /// The server's refusal.
        #[source]
        error: DbError,
    },
    /// A row makes no sense.
    #[error("the ledger holds a row that vesto cannot read: {0}")]
    Malformed(String),
    /// Written by a newer vesto.
    #[error(transparent)]
    Unknown(#[from] UnknownWord),
    /// The ledger's own tables could not be brought up to date.
    #[error("cannot bring the tables of the ledger up to date")]
    Schema(#[source] Box<refinery::Error>),
}

/// Who holds the lock, as far as the server tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// For people.
    pub who: String,
    /// The statement that takes the lock away if its run is dead.
    pub release: String,
}

impl LedgerError {
    /// Why a batch with rows of the ledger failed.
    pub fn of_write(batch: &Batch, failed: BatchError) -> Self {
        let refused = batch.pieces.get(failed.piece).filter(|piece| piece.author != Author::User);
        if refused.is_some_and(|piece| fence::is_denied(&piece.sql, &failed.error)) {
            return Self::LockLost;
        }
        Self::Database { doing: "write", error: failed.error }
    }

    fn database(doing: &'static str) -> impl Fn(BatchError) -> Self {
        move |error| Self::Database { doing, error: error.error }
    }
}

/// SQLSTATE of a missing relation or schema.
fn is_absent(error: &DbError) -> bool {
    error.has_code("42P01") || error.has_code("3F000")
}
