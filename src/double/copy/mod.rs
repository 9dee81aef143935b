//! `COPY ... FROM 's3://...'` from a store: records are read as Redshift reads them and streamed into PostgreSQL's COPY.

mod csv;
mod delimited;
mod load;
mod options;
mod record;
mod rows;

pub(super) use load::{CopyFailure, load};
pub(super) use options::CopyStatement;
pub(super) use rows::store_error;

#[cfg(test)]
mod tests;
