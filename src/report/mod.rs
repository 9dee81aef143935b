//! Facts in, bytes out: what people, machines and build servers get to see of a run.
//!
//! A reporter folds over [`Event`]s and writes into what it was given. It opens no file, reads no setting and asks no
//! terminal: `cli` decides where output goes and whether it may be coloured.

mod csv;
mod difference;
mod explain;
mod json;
mod junit;
mod paint;
mod progress;
mod proof;
mod quantity;
mod rows;
mod summary;
mod tables;
mod tally;
mod tee;
mod text;
mod visible;
mod xml;

#[cfg(test)]
mod samples;

use std::io;

use crate::run::Event;

pub use csv::csv;
pub use difference::text_diff;
pub use json::{JsonReporter, json_failure};
pub use junit::JunitReporter;
pub use progress::Progress;
pub use quantity::{counted, duration};
pub use summary::{Ending, Subject, Summary};
pub use tables::table;
pub use tee::Tee;
pub use text::{RowsShown, TextOptions, TextReporter};
pub use visible::{visible, visible_line};

/// Renders the events of one or several runs.
pub trait Reporter: Send {
    /// Takes note of one event; what can be shown at once is written at once.
    fn event(&mut self, event: &Event) -> io::Result<()>;

    /// Writes what had to wait for the end and flushes. Called once, also when a run broke off.
    fn finish(&mut self) -> io::Result<()>;
}
