//! One rule a file.

pub(super) mod drop_cascade;
pub(super) mod half_applied;
pub(super) mod not_on_double;
pub(super) mod not_on_redshift;
pub(super) mod own_transaction;
pub(super) mod unknown_statement;
pub(super) mod unplanned_data_loss;
