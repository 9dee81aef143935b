//! `UNLOAD ('select ...') TO 's3://...'` into a store: rows come from PostgreSQL's COPY and are written as Redshift
//! writes them, in the files that it would make.

mod column;
mod file;
mod history;
mod name;
mod options;
mod outputs;
mod parquet;
mod row;
mod run;
mod select;
mod text;

pub(super) use name::{NO_PARTITION_VALUE, partition_values};
pub(super) use options::UnloadStatement;
pub(super) use run::{Unloaded, unload};
