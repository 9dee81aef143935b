//! What tests of commands stand on: a sealed folder, a server of the test run, and what a command answered.

mod answer;
mod database;
mod sandbox;
mod schema;
mod server;
mod stable;

pub(crate) use answer::Answer;
pub(crate) use sandbox::Sandbox;
pub(crate) use schema::misfits;
pub(crate) use server::{ADMIN, PASSWORD, Server};
pub(crate) use stable::stable;

/// Writes a line that a test run must not swallow.
#[expect(clippy::print_stderr, reason = "what a test run leaves out has to be seen")]
pub(crate) fn announce(text: &str) {
    eprintln!("{text}");
}
