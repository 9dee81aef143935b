//! How a COPY fails, as answers to the statement.

use super::load_error::LoadError;
use crate::ports::{DbError, DbErrorKind, StoreError};

/// A failure of the load as a whole, with the state that Redshift gives to all of them.
pub(super) fn plain(message: impl Into<String>) -> DbError {
    DbError { code: Some("XX000".to_owned()), ..DbError::new(DbErrorKind::Statement, message) }
}

/// A store's failure.
pub(in crate::double) fn store_error(error: StoreError) -> DbError {
    let message = match &error {
        StoreError::Unreadable { source, .. } | StoreError::Unwritable { source, .. } => format!("{error}: {source}"),
        _ => error.to_string(),
    };
    DbError {
        code: Some("58030".to_owned()),
        hint: Some(error.hint()),
        source: Some(Box::new(error)),
        ..DbError::new(DbErrorKind::Statement, message)
    }
}

/// More bad records than the statement allows, with Redshift's two spaces.
pub(super) fn too_many(table: &str, first: Option<&LoadError>) -> DbError {
    let message = format!("Load into table '{table}' failed.  Check 'stl_load_errors' system table for details.");
    DbError { detail: first.map(LoadError::to_string), ..plain(message) }
}
