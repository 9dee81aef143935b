//! Attributes of tables that are about storage: distribution, order, compression, backups.

use std::ops::Range;

use super::super::quote::unquote_identifier;
use super::edits::Edits;
use super::{Distribution, PhysicalDesign, SortKey};

/// Leaves out the attributes from `at` up to the query of the table, if it has one.
pub(super) fn leave_out(edits: &mut Edits<'_>, mut at: usize, end: usize) {
    while at < end && !edits.code().is(at, "as") {
        match past(edits, at) {
            Some(past) => {
                let words = edits.code().source(at..past).to_lowercase();
                edits.note(at, format!("`{words}` left out: it is about storage that PostgreSQL does not have"));
                remember(edits, at..past);
                edits.drop(at..past);
                at = past;
            }
            None => at = edits.code().step(at),
        }
    }
}

/// Just past the attribute at `at`, if one stands there.
pub(super) fn past(edits: &Edits<'_>, at: usize) -> Option<usize> {
    let code = edits.code();
    if code.is_any(at, &["compound", "interleaved"]) && code.is(at + 1, "sortkey") {
        return past(edits, at + 1);
    }
    if code.is_any(at, &["distkey", "sortkey"]) {
        return Some(if code.is_any(at + 1, &["auto", "none"]) { at + 2 } else { code.step(at + 1) });
    }
    if code.is_any(at, &["diststyle", "encode"]) || code.is(at, "backup") && code.is_any(at + 1, &["yes", "no"]) {
        return Some(at + 2);
    }
    code.phrase(at, &["auto", "refresh"]).map(|past| past + 1)
}

/// Puts the attribute into the design.
pub(super) fn remember(edits: &mut Edits<'_>, range: Range<usize>) {
    let Some(mut design) = edits.design.take() else { return };
    read(edits, &mut design, range);
    edits.design = Some(design);
}

fn read(edits: &Edits<'_>, design: &mut PhysicalDesign, range: Range<usize>) {
    let code = edits.code();
    let at = range.start;
    let columns = |from: usize| -> Vec<String> {
        let inside = (from..range.end).filter(|at| {
            code.token(*at).starts_with(['"', '`', '_']) || code.token(*at).starts_with(char::is_alphanumeric)
        });
        inside.map(|at| unquote_identifier(code.token(at))).collect()
    };
    if code.is(at, "interleaved") {
        design.sort_key = Some(SortKey::Interleaved(columns(at + 2)));
    } else if code.is_any(at, &["sortkey", "compound"]) {
        let names = at + 1 + usize::from(code.is(at, "compound"));
        design.sort_key = Some(match () {
            () if code.is(names, "auto") => SortKey::Auto,
            () if code.is(names, "none") => SortKey::None,
            () => SortKey::Compound(columns(names)),
        });
    } else if code.is(at, "distkey") {
        design.distribution = columns(at + 1).pop().map(Distribution::Key);
    } else if code.is(at, "diststyle") {
        let style = match code.token(at + 1).to_lowercase().as_str() {
            "even" => Some(Distribution::Even),
            "all" => Some(Distribution::All),
            "auto" => Some(Distribution::Auto),
            _ => None,
        };
        design.distribution = style.or(design.distribution.take());
    } else if code.is(at, "backup") {
        design.backup = Some(code.is(at + 1, "yes"));
    } else if code.is(at, "auto") {
        design.auto_refresh = Some(code.is(at + 2, "yes"));
    } else if code.is(at, "encode") {
        design.encode_auto |= code.is(at + 1, "auto");
    }
}
