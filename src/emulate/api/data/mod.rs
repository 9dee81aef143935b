//! The Redshift Data API: SQL over HTTP. <https://docs.aws.amazon.com/redshift-data/latest/APIReference/Welcome.html>
//!
//! [`book`] knows all statements and sessions and in which state they are; [`acting`] runs them.

mod acting;
mod book;
mod field;
mod parameters;
mod statement;
#[cfg(test)]
mod tests;

pub(super) use acting::{Data, carry_out};
