//! Stands for the PostgreSQL inside the binary where the feature `bundled-postgres` is off.

use std::path::Path;

use super::Options;
use super::error::LocalServerError;
use super::place::Place;
use super::programs::Programs;

/// The version that the binary carries: none.
pub(super) const VERSION: Option<&str> = None;

/// Nothing to unpack.
pub(super) fn unpack_programs(_place: &Place, _options: &Options) -> Result<Programs, LocalServerError> {
    Err(LocalServerError::NoPostgres)
}

/// Nothing to unpack.
pub(super) fn unpack_cluster(_directory: &Path) -> Result<(), LocalServerError> {
    Err(LocalServerError::NoPostgres)
}
