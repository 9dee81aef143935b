//! Whatever is killed, cut or stopped, and whenever: the next apply finishes, and each statement was carried out exactly
//! once, or is a question to a person whose answer brings the run to its end.
//!
//! `many_changes` and `lone` hold single cases. The rest is a harness: `mixed` is a project, `trial` carries one fault out
//! and brings the project to its end, `table` prints what came of all. `VESTO_CRASH_MOMENTS=2000` makes it the long form,
//! with so many random moments and every point of the others: `docs/reliability.md`.

mod boundaries;
mod cuts;
mod emulator;
mod faults;
mod lone;
mod many_changes;
mod mixed;
mod moments;
mod random;
mod runners;
mod server;
mod table;
mod trial;

/// How many random moments the long form has; none for the short one.
fn long_form() -> Option<u32> {
    std::env::var("VESTO_CRASH_MOMENTS").ok().and_then(|count| count.parse().ok())
}
