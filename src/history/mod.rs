//! What the ledger says, folded to where each change stands.

mod entry;
mod fold;

pub use entry::{Action, Direction, Entry, JournalRow, RunRow, StepState, StoredText, UnknownWord};
pub use fold::{Applied, Doubt, History, Progress, Standing};
