//! The names that WITH defines, and where each of them hides a table of the same name.

use std::ops::Range;

use super::super::code::Code;
use super::super::lexer::TokenKind;

/// A name of a WITH list, and where it means that list's query.
pub(super) struct Local {
    pub(super) name: String,
    pub(super) visible: Range<usize>,
}

/// For each token, where the parenthesis or statement around it ends.
fn scope_ends(code: &Code<'_>) -> Vec<usize> {
    let mut ends = vec![code.tokens.len(); code.tokens.len()];
    let mut outer = vec![code.tokens.len()];
    for at in (0..code.tokens.len()).rev() {
        match code.kind(at) {
            Some(TokenKind::RightParenthesis) => outer.push(at),
            Some(TokenKind::LeftParenthesis) if outer.len() > 1 => {
                outer.pop();
            }
            Some(TokenKind::Semicolon) => outer = vec![at],
            _ => {}
        }
        if let (Some(end), Some(innermost)) = (ends.get_mut(at), outer.last()) {
            *end = *innermost;
        }
    }
    ends
}

/// Every name of every WITH list in the text.
pub(super) fn with_names(code: &Code<'_>) -> Vec<Local> {
    let ends = scope_ends(code);
    let mut locals = Vec::new();
    for with in (0..code.tokens.len()).filter(|at| code.is(*at, "with")) {
        let scope = ends.get(with).copied().unwrap_or(code.tokens.len());
        let recursive = code.is(with + 1, "recursive");
        let mut at = if recursive { with + 2 } else { with + 1 };
        while let Some((name, body, next)) = with_item(code, at) {
            // Only a recursive query sees itself: otherwise its own name is still the table outside.
            let start = if recursive { body } else { next };
            locals.push(Local { name, visible: start..scope });
            if code.kind(next) != Some(TokenKind::Comma) {
                break;
            }
            at = next + 1;
        }
    }
    locals
}

/// `name [(columns)] AS [[NOT] MATERIALIZED] (query)`: the name, where the query begins, and the index past it.
fn with_item(code: &Code<'_>, at: usize) -> Option<(String, usize, usize)> {
    let (name, mut next) = code.name(at)?;
    if code.kind(next) == Some(TokenKind::LeftParenthesis) {
        next = code.close(next);
    }
    next = code.phrase(next, &["as"])?;
    while code.is_any(next, &["not", "materialized"]) {
        next += 1;
    }
    (code.kind(next) == Some(TokenKind::LeftParenthesis)).then(|| (name.base().to_owned(), next, code.close(next)))
}
