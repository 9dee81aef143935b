//! Aggregates and window functions with clauses of their own: LISTAGG, PERCENTILE_CONT, IGNORE NULLS.

use std::ops::Range;

use super::super::lexer::TokenKind;
use super::Untranslatable;
use super::edits::{Edits, word_in};

/// What follows a call: `WITHIN GROUP (ORDER BY ...)` and `OVER (...)`.
struct Tail {
    /// `WITHIN GROUP` with its parentheses.
    within: Option<Range<usize>>,
    /// The parentheses of `OVER`.
    over: Option<Range<usize>>,
}

fn tail(edits: &Edits<'_>, past: usize) -> Tail {
    let code = edits.code();
    let mut next = past;
    let within = code.phrase(past, &["within", "group"]).map(|open| {
        next = code.close(open);
        past..next
    });
    let over = (code.is(next, "over") && code.kind(next + 1) == Some(TokenKind::LeftParenthesis))
        .then(|| next + 1..code.close(next + 1));
    Tail { within, over }
}

/// `LISTAGG([DISTINCT] x [, separator]) [WITHIN GROUP (ORDER BY y)] [OVER (PARTITION BY z)]`.
///
/// The library has an aggregate of this name. It takes its order inside of the call, or from the window.
pub(super) fn listagg(edits: &mut Edits<'_>, at: usize) {
    let past = edits.code().close(at + 1);
    let Tail { within: Some(within), over } = tail(edits, past) else { return };
    let order = edits.render(within.start + 3..within.end - 1);
    edits.drop(within);
    match over {
        None => edits.insert_before(past - 1, &format!(" {order}")),
        Some(over) => {
            let frame = format!(" {order} rows between unbounded preceding and unbounded following");
            edits.insert_before(over.end - 1, &frame);
        }
    }
}

/// `PERCENTILE_CONT(f) WITHIN GROUP (ORDER BY x) OVER (...)`: PostgreSQL has it as an aggregate only.
pub(super) fn percentile(edits: &mut Edits<'_>, at: usize) {
    let past = edits.code().close(at + 1);
    let Tail { within: Some(within), over: Some(_) } = tail(edits, past) else { return };
    let code = edits.code();
    let order = within.start + 5..within.end - 1;
    let descending = code.is(order.end - 1, "desc");
    let sorted = if descending || code.is(order.end - 1, "asc") { order.start..order.end - 1 } else { order };
    let value = edits.render(sorted);
    let name = format!("pg_catalog.redshift_{}", edits.code().token(at).to_lowercase());
    edits.drop(within);
    edits.replace(at..at + 1, name);
    // What is inserted later stands in front.
    edits.insert_before(past - 1, &format!(", {value}"));
    if descending {
        edits.insert_before(past - 1, ")");
        edits.insert_before(at + 2, "1 - (");
    }
}

/// `FIRST_VALUE(x IGNORE NULLS) OVER (...)`, also with the words behind the call.
pub(super) fn nulls(edits: &mut Edits<'_>, at: usize) -> Result<(), Untranslatable> {
    let code = edits.code();
    let past = code.close(at + 1);
    let choice = word_in(code, at + 2..past.saturating_sub(1), "nulls")
        .filter(|nulls| code.is_any(nulls - 1, &["ignore", "respect"]));
    let behind = (code.is_any(past, &["ignore", "respect"]) && code.is(past + 1, "nulls")).then_some(past + 1);
    let Some(nulls) = choice.or(behind) else { return Ok(()) };
    let ignores = code.is(nulls - 1, "ignore");
    let name = code.token(at).to_lowercase();
    let after = if behind.is_some() { past + 2 } else { past };
    let over = (code.is(after, "over") && code.kind(after + 1) == Some(TokenKind::LeftParenthesis))
        .then(|| after + 1..code.close(after + 1));
    let arguments = code.items(at + 2..past - 1).len();
    edits.drop(nulls - 1..nulls + 1);
    if !ignores {
        return Ok(());
    }
    let (function, frame) = match name.as_str() {
        "first_value" => ("redshift_first_value", None),
        "last_value" => ("redshift_last_value", None),
        "lag" => ("redshift_last_value", Some(" rows between unbounded preceding and 1 preceding")),
        "lead" => ("redshift_first_value", Some(" rows between 1 following and unbounded following")),
        "nth_value" => return nth_value(edits, at, past, over),
        _ => {
            return Err(
                edits.refuse(at, format!("{} IGNORE NULLS is not supported on the local target", name.to_uppercase()))
            );
        }
    };
    if let Some(frame) = frame {
        let Some(over) = over.filter(|_| arguments == 1) else {
            let message =
                format!("{} IGNORE NULLS with an offset is not supported on the local target", name.to_uppercase());
            return Err(edits.refuse(at, message));
        };
        edits.insert_before(over.end - 1, frame);
    }
    edits.replace(at..at + 1, format!("pg_catalog.{function}"));
    Ok(())
}

/// `NTH_VALUE(x, n) IGNORE NULLS OVER (...)` is an element of what the window holds.
fn nth_value(edits: &mut Edits<'_>, at: usize, past: usize, over: Option<Range<usize>>) -> Result<(), Untranslatable> {
    let items = edits.code().items(at + 2..past - 1);
    let (Some(over), [value, place]) = (over, items.as_slice()) else {
        return Err(edits.refuse(at, "NTH_VALUE takes a value, a number, and a window"));
    };
    let written = edits.render(value.clone());
    let place_text = edits.render(place.clone());
    edits.replace(at..at + 1, "(array_agg");
    edits.drop(value.end..place.end);
    edits.insert_after(past - 1, &format!(" filter (where ({written}) is not null)"));
    edits.insert_after(over.end - 1, &format!(")[{place_text}]"));
    Ok(())
}
