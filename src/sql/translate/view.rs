//! Views, materialized views and what refreshes them.

use std::ops::Range;

use super::super::{Dialect, quote_literal};
use super::edits::Edits;
use super::{DesignSubject, PhysicalDesign, Translation, columns, storage};

/// Leaves out the storage of a materialized view, whose word `view` stands at `view`.
pub(super) fn create_materialized(edits: &mut Edits<'_>, view: usize, end: usize) {
    let name = edits.code().phrase(view + 1, &["if", "not", "exists"]).unwrap_or(view + 1);
    if let Some((object, after)) = edits.code().name(name) {
        edits.design = Some(PhysicalDesign::of(object, DesignSubject::MaterializedView));
        storage::leave_out(edits, after, end);
    }
}

/// Leaves out `WITH NO SCHEMA BINDING`; see [`late`].
pub(super) fn create(edits: &mut Edits<'_>, view: usize, range: Range<usize>) {
    let words = ["with", "no", "schema", "binding"];
    let Some(at) = range.end.checked_sub(words.len()) else { return };
    if edits.code().phrase(at, &words).is_none() {
        return;
    }
    if edits.has_variables {
        edits.note(at, "`with no schema binding` left out: in a routine the view needs its tables when it is made");
    }
    if let Some((object, _)) = edits.code().name(view + 1) {
        let late_binding = Some(edits.code().source(range.clone()).to_owned());
        // The one that it may replace has the same number.
        let alters = true;
        edits.design =
            Some(PhysicalDesign { late_binding, alters, ..PhysicalDesign::of(object, DesignSubject::LateBindingView) });
    }
    edits.drop(at..range.end);
}

/// Makes the statement that creates a view without schema binding a call of the library, once all in it is rewritten: the
/// library makes the view whether its tables are there or not.
pub(super) fn late(edits: Edits<'_>) -> Translation {
    let code = edits.code();
    let view = (1..edits.len().min(6)).find(|at| code.is(*at, "view"));
    let Some((view, past)) = view.and_then(|view| Some((view, code.past_name(view + 1)?))) else {
        return edits.finish();
    };
    let or_replace = code.phrase(1, &["or", "replace"]).is_some();
    let columns = columns::of_view(&edits, past).unwrap_or_else(|| vec!["not bound".to_owned()]);
    let literal = |text: &str| quote_literal(text, Dialect::Postgres);
    let columns: Vec<String> = columns.iter().map(|name| literal(name)).collect();
    let end = edits.len();
    let (name, definition) = (literal(&edits.render(view + 1..past)), literal(edits.render(past..end).trim_end()));
    let columns = columns.join(", ");
    let call = format!("redshift_create_late_view({name}, array[{columns}], {definition}, {or_replace})");
    edits.finish_as(format!("call pg_catalog.{call}"))
}

/// `ALTER MATERIALIZED VIEW`: what is about storage is left out. Says whether anything is left to do.
pub(super) fn alter_materialized(edits: &mut Edits<'_>) -> bool {
    let name = edits.code().phrase(3, &["if", "exists"]).unwrap_or(3);
    let Some((object, action)) = edits.code().name(name) else { return true };
    let at = action + usize::from(edits.code().is(action, "alter"));
    let Some(past) = storage::past(edits, at) else {
        if let Some(past) = edits.code().phrase(action, &["row", "level", "security"]) {
            let words = edits.code().source(action..past + 1).to_lowercase();
            edits.note(action, format!("`{words}` does nothing here: a materialized view has no policies"));
            return false;
        }
        return true;
    };
    edits.design = Some(PhysicalDesign { alters: true, ..PhysicalDesign::of(object, DesignSubject::MaterializedView) });
    storage::remember(edits, at..past);
    let words = edits.code().source(action..edits.len()).to_lowercase();
    edits.note(action, format!("`{words}` left out: it is about storage that PostgreSQL does not have"));
    false
}

/// `REFRESH MATERIALIZED VIEW name [CASCADE | RESTRICT]`.
pub(super) fn refresh(edits: &mut Edits<'_>) {
    let Some(after) = edits.code().past_name(3) else { return };
    if edits.code().is_any(after, &["cascade", "restrict"]) {
        if edits.code().is(after, "cascade") {
            edits.note(after, "`cascade` left out: views over it are not refreshed along");
        }
        edits.drop(after..after + 1);
    }
}
