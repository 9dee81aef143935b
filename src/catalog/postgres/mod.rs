//! The queries of PostgreSQL's catalogues.
//!
//! They name no column that came after PostgreSQL 10: what newer versions added is read from the row as JSON, where a
//! missing column is null. Every user may read what they read.

mod database;
mod dependents;
mod query;
mod relations;
mod routines;
mod types;
mod wrappers;

/// Begins a transaction that reads one moment, with settings under which the server writes names and constants in one
/// way only. `row_security` makes a query that would see only some rows fail.
pub(super) const OPENING: [&str; 2] = [
    "begin transaction isolation level repeatable read read only",
    "select set_config('search_path', 'pg_catalog, pg_temp', true), set_config('datestyle', 'ISO, YMD', true), \
     set_config('intervalstyle', 'postgres', true), set_config('timezone', 'UTC', true), \
     set_config('bytea_output', 'hex', true), set_config('extra_float_digits', '3', true), \
     set_config('xmloption', 'content', true), set_config('lc_monetary', 'C', true), \
     set_config('quote_all_identifiers', 'off', true), set_config('row_security', 'off', true)",
];

/// All queries, in the order in which they are sent.
pub(super) fn queries() -> Vec<String> {
    [
        database::queries(),
        relations::queries(),
        dependents::queries(),
        routines::queries(),
        types::queries(),
        wrappers::queries(),
    ]
    .concat()
}
