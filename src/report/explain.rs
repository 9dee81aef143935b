//! Why something failed, in the words that text and JUnit share.

use std::fmt::Write as _;
use std::time::Duration;

use super::paint::{Paint, Tone};
use super::visible::visible_place;
use super::{difference, duration, visible};
use crate::run::StatementFailure;
use crate::text::Location;

/// A server's refusal: its message, the place with a caret, detail, hint and SQLSTATE. Each line is ended.
pub(super) fn failure(failure: &StatementFailure, paint: Paint) -> String {
    let mut out = labelled("error", &failure.message, paint, Tone::Bad);
    match &failure.location {
        Some(location) => out.push_str(&place(location)),
        None => {
            let _ = writeln!(out, "in statement {}", failure.statement + 1);
        }
    }
    if let Some(detail) = &failure.detail {
        out.push_str(&labelled("detail", detail, paint, Tone::Quiet));
    }
    if let Some(hint) = &failure.hint {
        out.push_str(&labelled("hint", hint, paint, Tone::Careful));
    }
    if let Some(code) = &failure.code {
        let _ = writeln!(out, "sqlstate {}", super::visible_line(code));
    }
    if failure.lost {
        out.push_str(&labelled("note", LOST, paint, Tone::Careful));
    }
    out
}

const LOST: &str = "the connection was lost, so whether this was carried out is not known";

/// An answer that differs from what was expected.
pub(super) fn mismatch(
    message: &str,
    expected: &str,
    actual: &str,
    location: Option<&Location>,
    paint: Paint,
) -> String {
    let mut out = labelled("failed", message, paint, Tone::Bad);
    if let Some(location) = location {
        out.push_str(&place(location));
    }
    out.push_str(&paint.diff(&difference::difference(expected, actual, "expected", "actual")));
    out
}

/// `label: text`. Further lines of the text are indented, so that none can pass for a line of the report.
pub(super) fn labelled(label: &str, text: &str, paint: Paint, tone: Tone) -> String {
    let text = visible(text.trim_end());
    let indent = " ".repeat(label.len() + 2);
    format!("{} {}\n", paint.tone(tone, &format!("{label}:")), text.replace('\n', &format!("\n{indent}")))
}

/// Why a step is tried again.
pub(super) fn retried(id: &str, repetition: u32, most: u32, pause: Duration, message: &str) -> String {
    format!(
        "`{id}` was refused because of others and is tried again in {} ({repetition} of {most}): {message}",
        duration(pause)
    )
}

fn place(location: &Location) -> String {
    format!("{}\n", visible_place(location))
}
