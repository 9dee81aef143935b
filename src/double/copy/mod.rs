//! `COPY ... FROM 's3://...'` from a store: records are read as Redshift reads them and streamed into PostgreSQL's COPY.
//!
//! The way of a byte: `input` opens an object (decrypted, decompressed, in UTF-8), a reader of its format cuts it into
//! fields (`delimited`, `csv`, `fixed_width`, `json`, `avro`, `parquet`), `convert` makes of each field what PostgreSQL
//! takes or says why the column cannot have it, and `rows` counts, sends and records what came of it.

mod avro;
mod charset;
mod column;
mod convert;
mod csv;
mod datetime;
mod delimited;
mod external;
mod failure;
mod fault;
mod fixed_width;
mod history;
mod input;
mod json;
mod json_path;
mod load;
mod load_error;
mod number;
mod options;
mod parquet;
mod recognize;
mod record;
mod rows;
mod source;
mod statement;
mod text;

pub(super) use external::read_external;
pub(super) use failure::store_error;
pub(super) use load::{CopyFailure, load};
pub(super) use statement::CopyStatement;

#[cfg(test)]
mod tests;
