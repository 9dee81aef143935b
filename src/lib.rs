//! vesto plans, applies, rolls back and tests changes to Amazon Redshift and PostgreSQL warehouses.
//!
//! The modules stand in an order that `tests/layering.rs` enforces: each may name only those before it.
//! `docs/architecture.md` says what each is for.

pub mod text;

pub mod sql;

pub mod project;

pub mod history;

pub mod plan;

pub mod lint;

pub mod ports;

pub mod access;

pub mod own_schema;

pub mod double;

pub mod catalog;

pub mod target;

pub mod ledger;

pub mod run;

pub mod report;

pub mod emulate;

pub mod adapters;

pub mod cli;
