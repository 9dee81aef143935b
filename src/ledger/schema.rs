//! The ledger's own tables: `migrations/ledger/`, embedded.

use refinery::embed_migrations;

use crate::own_schema;
use crate::ports::{Batch, Session};

use super::LedgerError;

embed_migrations!("migrations/ledger");

/// What is missing of the ledger's tables.
pub(super) struct Missing {
    /// A transaction that makes it; empty if nothing is missing.
    pub(super) batch: Batch,
    /// Whether there was no ledger at all, and so no history.
    pub(super) all: bool,
}

/// Finds out what is missing of the ledger's tables. What makes them travels with the caller's next message.
pub(super) async fn missing(session: &mut dyn Session) -> Result<Missing, LedgerError> {
    let missing = own_schema::missing(session, "vesto", migrations::runner).await;
    let mut missing = missing.map_err(|error| LedgerError::Schema(Box::new(error)))?;
    let mut batch = Batch::default();
    if !missing.pieces.is_empty() {
        batch.own("begin");
        batch.pieces.append(&mut missing.pieces);
        batch.own("commit");
    }
    Ok(Missing { batch, all: missing.found == 0 })
}
