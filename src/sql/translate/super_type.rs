//! Paths into SUPER values: `a.b[0].c` as subscripts of `jsonb`.

use std::ops::Range;

use super::super::lexer::TokenKind;
use super::super::quote::unquote_identifier;
use super::super::{Dialect, quote_literal};
use super::edits::Edits;

/// `'x'::super` is a string, and to PostgreSQL would be the text of a JSON value. The colons stand at `at`.
pub(super) fn literal(edits: &mut Edits<'_>, at: usize) {
    let Some(before) = at.checked_sub(1) else { return };
    if !edits.code().is(at + 2, "super") {
        return;
    }
    let cast = match edits.code().kind(before) {
        Some(TokenKind::String | TokenKind::EscapeString) => "::text)",
        Some(TokenKind::Number) => ")",
        _ => return,
    };
    edits.insert_before(before, "to_jsonb(");
    edits.insert_after(before, cast);
}

/// Past the bracket that closes the one at `at`.
fn close(edits: &Edits<'_>, at: usize) -> Option<usize> {
    let code = edits.code();
    let mut depth = 0_usize;
    for index in at..edits.len() {
        match code.token(index) {
            "[" => depth += 1,
            "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(index + 1);
        }
    }
    None
}

/// Rewrites the attributes behind `[...]`; the bracket stands at `at`.
pub(super) fn after_subscript(edits: &mut Edits<'_>, at: usize) {
    let Some(before) = at.checked_sub(1) else { return };
    let code = edits.code();
    let of_value =
        matches!(code.kind(before), Some(TokenKind::Word | TokenKind::QuotedIdentifier | TokenKind::RightParenthesis))
            || code.token(before) == "]";
    if !of_value || code.is(before, "array") {
        return;
    }
    let Some(past) = close(edits, at) else { return };
    if before.checked_sub(1).is_none_or(|cast| code.token(cast) != ":") {
        place(edits, at + 1..past - 1);
    }
    let past = attributes(edits, past);
    if edits.code().token(past) != "[" {
        operands(edits, start_of(edits, at), past);
    }
}

/// Makes a place in an array a BIGINT. An INTEGER may as well be the text of a name since the library lets numbers be text,
/// and PostgreSQL then refuses to choose.
fn place(edits: &mut Edits<'_>, index: Range<usize>) {
    let code = edits.code();
    let slices = |at: usize| code.token(at) == ":" && code.token(at - 1) != ":" && code.token(at + 1) != ":";
    if index.is_empty() || index.clone().any(slices) || index.len() == 1 && code.literal(index.start).is_some() {
        return;
    }
    if index.len() > 1 {
        edits.insert_before(index.start, "(");
        edits.insert_after(index.end - 1, ")");
    }
    edits.insert_after(index.end - 1, "::bigint");
}

/// Where the path that has a bracket at `at` begins.
fn start_of(edits: &Edits<'_>, at: usize) -> usize {
    let code = edits.code();
    let mut start = at;
    while let Some(before) = start.checked_sub(1) {
        let part = matches!(code.kind(before), Some(TokenKind::Word | TokenKind::QuotedIdentifier));
        let dot = code.kind(before) == Some(TokenKind::Dot);
        let bracket = code.token(before) == "]";
        if part || dot {
            start = before;
            if part && before.checked_sub(1).is_none_or(|more| code.kind(more) != Some(TokenKind::Dot)) {
                return start;
            }
        } else if bracket {
            let Some(open) = (0..before).rev().find(|open| code.token(*open) == "[") else { return start };
            start = open;
        } else {
            return start;
        }
    }
    start
}

/// Writes `.name.name` from `at` on as subscripts; returns the index past them.
pub(super) fn attributes(edits: &mut Edits<'_>, mut at: usize) -> usize {
    loop {
        let code = edits.code();
        let named = matches!(code.kind(at + 1), Some(TokenKind::Word | TokenKind::QuotedIdentifier));
        if code.kind(at) != Some(TokenKind::Dot) || !named {
            break;
        }
        let name = quote_literal(&unquote_identifier(code.token(at + 1)), Dialect::Postgres);
        edits.drop(at..at + 1);
        edits.replace(at + 1..at + 2, format!("[{name}]"));
        at += 2;
    }
    // What follows a bracket later in the path was done before.
    while edits.code().token(at) == "[" {
        let Some(past) = close(edits, at) else { break };
        at = past;
        while edits.code().kind(at) == Some(TokenKind::Dot) {
            at += 2;
        }
    }
    at
}

/// `f(x)[0]` and `f(x).a`: PostgreSQL takes a path only of a name or of parentheses. The closing one stands at `at`.
pub(super) fn after_call(edits: &mut Edits<'_>, at: usize) {
    let code = edits.code();
    let attribute = code.kind(at + 1) == Some(TokenKind::Dot)
        && matches!(code.kind(at + 2), Some(TokenKind::Word | TokenKind::QuotedIdentifier));
    // Its rows have attributes of their own: PostgreSQL's JDBC driver asks for keys so.
    let of_rows = attribute && code.text.contains("_pg_expandarray");
    if of_rows || !attribute && code.token(at + 1) != "[" {
        return;
    }
    let Some(open) = opening(edits, at) else { return };
    let code = edits.code();
    let named = open.checked_sub(1).filter(|name| {
        code.kind(*name) == Some(TokenKind::Word) && !code.is_any(*name, &["select", "in", "and", "or", "not"])
    });
    if attribute {
        attributes(edits, at + 1);
    }
    if let Some(name) = named {
        edits.insert_before(name, "(");
        edits.insert_after(at, ")");
    }
}

/// The parenthesis that opens the one at `at`.
fn opening(edits: &Edits<'_>, at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for index in (0..=at).rev() {
        match edits.code().kind(index) {
            Some(TokenKind::RightParenthesis) => depth += 1,
            Some(TokenKind::LeftParenthesis) => {
                depth -= 1;
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}

/// What stands beside a path: a literal becomes a SUPER value, and arithmetic a number.
pub(super) fn operands(edits: &mut Edits<'_>, start: usize, past: usize) {
    let code = edits.code();
    let compares = |at: usize| matches!(code.token(at), "=" | "<" | ">" | "!");
    let literal =
        |at: usize| matches!(code.kind(at), Some(TokenKind::String | TokenKind::EscapeString | TokenKind::Number));
    let mut after = past;
    while compares(after) {
        after += 1;
    }
    let mut literals = Vec::new();
    // The library compares SUPER values with numbers as Redshift does: what is no number is neither more nor less.
    let text_literal = |at: usize| literal(at) && code.kind(at) != Some(TokenKind::Number);
    if after > past && text_literal(after) {
        literals.push(after);
    }
    let list = past + usize::from(code.is(past, "not"));
    if code.is(list, "in") && code.kind(list + 1) == Some(TokenKind::LeftParenthesis) {
        let close = code.close(list + 1);
        literals.extend((list + 2..close).filter(|at| literal(*at)));
    }
    if start >= 2 && compares(start - 1) {
        let before = (0..start).rev().find(|at| !compares(*at));
        literals.extend(before.filter(|at| text_literal(*at)));
    }
    let text = code.token(past) == "|"
        || code.is_any(past, &["like", "ilike", "similar"])
        || start > 0 && code.token(start - 1) == "|";
    let number = matches!(code.token(past), "+" | "-" | "*" | "/" | "%")
        || start > 0
            && matches!(code.token(start - 1), "+" | "-" | "*" | "/" | "%")
            && !code.is_any(start.saturating_sub(2), &["select"]);
    for at in literals {
        let cast = if edits.code().kind(at) == Some(TokenKind::Number) { ")" } else { "::text)" };
        edits.insert_before(at, "to_jsonb(");
        edits.insert_after(at, cast);
    }
    if text {
        edits.insert_after(past - 1, "::varchar");
    } else if number {
        edits.insert_after(past - 1, "::numeric");
    }
}
