//! Carrying out a plan and running SQL tests: facts as they happen, and their sum.

mod apply;
mod aside;
mod deliver;
mod doubt;
mod event;
mod expect;
mod failure;
mod lone;
mod message;
mod report;
mod retry;
mod setting;
mod share;
mod state;
mod stop;
mod test;

pub use apply::Runner;
pub use aside::PutAside;
pub use doubt::{Inquiry, Settlement, record_settlements};
pub use event::{ChangeAction, Event, Proof, RunOutcome, StatementFailure, Verdict};
pub use report::RunReport;
pub use state::{State, StateError};
pub use test::TestRunner;
