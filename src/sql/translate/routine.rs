//! CREATE PROCEDURE and CREATE FUNCTION: parameters, options and bodies.

use std::ops::Range;

use super::super::Dialect;
use super::super::code::Code;
use super::super::lexer::TokenKind;
use super::super::quote::quote_literal;
use super::edits::Edits;
use super::{Translation, Untranslatable, expression, session, statement};

/// Rewrites the statement that creates a routine; its body has rules of its own.
pub(super) fn rewrite(edits: &mut Edits<'_>) -> Result<(), Untranslatable> {
    let code = edits.code();
    let noun = code.phrase(1, &["or", "replace"]).unwrap_or(1);
    let procedure = code.is(noun, "procedure");
    let Some((_, open)) = code.name(noun + 1) else { return Ok(()) };
    if let Some(at) =
        code.find(open, |at| code.is(at, "language") && code.is_any(at + 1, &["plpythonu", "plpython2u", "plpython3u"]))
    {
        return Err(
            edits.refuse(at, "functions in Python are not supported on the local target: Redshift ends them too")
        );
    }
    if code.kind(open) == Some(TokenKind::LeftParenthesis) {
        let past = code.close(open);
        if procedure {
            parameters(edits, open + 1..past.saturating_sub(1));
        }
        if let Some(at) = edits.code().find(past, |at| edits.code().is(at, "nonatomic")) {
            edits.note(at, "NONATOMIC left out: here the procedure is one transaction, and an error undoes all of it");
            edits.drop(at..at + 1);
        }
    }
    if let Some(at) = edits.code().find(open, |at| edits.code().is(at, "set")) {
        session::parameter(edits, at + 1, at);
    }
    let code = edits.code();
    let body = (open..code.tokens.len()).find(|at| {
        let text =
            matches!(code.kind(*at), Some(TokenKind::DollarString | TokenKind::String | TokenKind::EscapeString));
        text && (code.kind(*at) == Some(TokenKind::DollarString) || code.is(at - 1, "as"))
    });
    body.map_or(Ok(()), |at| body_at(edits, at))
}

fn body_at(edits: &mut Edits<'_>, at: usize) -> Result<(), Untranslatable> {
    let code = edits.code();
    let literal = code.token(at);
    if code.kind(at) != Some(TokenKind::DollarString) {
        // A body in quotes has escapes of its own: it is written anew, and places in it lead to its beginning.
        let Some(text) = code.literal(at) else { return Ok(()) };
        let inner = body(&text).map_err(|refused| edits.refuse(at, refused.message))?;
        for note in &inner.notes {
            edits.note(at, note.message.clone());
        }
        let written = quote_literal(inner.sql.as_deref().unwrap_or(""), Dialect::Postgres);
        edits.replace(at..at + 1, written);
        return Ok(());
    }
    let tag = literal.get(1..).and_then(|rest| rest.find('$')).map_or(literal.len(), |end| end + 2);
    let Some(text) = literal.get(tag..literal.len().saturating_sub(tag)) else { return Ok(()) };
    let shift = edits.offset(at) + tag;
    let inner =
        body(text).map_err(|refused| Untranslatable { offset: refused.offset + shift, message: refused.message })?;
    edits.nest(at, tag, inner);
    Ok(())
}

/// CALL of Redshift gives no value for an OUT parameter, and PostgreSQL wants one: so it gets a default.
fn parameters(edits: &mut Edits<'_>, range: Range<usize>) {
    let items = edits.code().items(range);
    let out = |item: &Range<usize>| {
        let code = edits.code();
        let place = [item.start, item.start + 1].into_iter().find(|at| *at < item.end && code.is(*at, "out"));
        place.filter(|_| item.len() > 2 || code.is(item.start, "out"))
    };
    let places: Vec<Option<usize>> = items.iter().map(out).collect();
    let Some(first) = places.iter().position(Option::is_some) else { return };
    if places.iter().skip(first).any(Option::is_none) {
        if let Some(at) = places.iter().flatten().next() {
            edits.note(*at, "CALL must give a value for each OUT parameter here, as one that is not OUT follows");
        }
        return;
    }
    for (item, place) in items.iter().zip(&places) {
        if let Some(at) = place {
            edits.replace(*at..at + 1, "inout");
            edits.insert_after(item.end - 1, " default null");
        }
    }
}

/// Words of PL/pgSQL after which a statement begins.
const BLOCK_WORDS: &[&str] = &["begin", "then", "else", "loop"];

fn body(text: &str) -> Result<Translation, Untranslatable> {
    let mut edits = Edits::new(Code::new(text, Dialect::Redshift));
    edits.has_variables = true;
    let mut start = 0;
    while start < edits.len() {
        let code = edits.code();
        let ends = |at: &usize| code.kind(*at) == Some(TokenKind::Semicolon) || code.is_any(*at, BLOCK_WORDS);
        let end = (start..edits.len()).find(ends).unwrap_or(edits.len());
        one(&mut edits, start..end)?;
        start = end + 1;
    }
    expression::rewrite(&mut edits)?;
    // Which tables the body makes is known when it runs, so what it says of their storage is only noted.
    edits.design = None;
    Ok(edits.finish())
}

fn one(edits: &mut Edits<'_>, range: Range<usize>) -> Result<(), Untranslatable> {
    let code = edits.code();
    let at = range.start;
    if code.is(at, "copy") || code.is(at, "unload") {
        let word = code.token(at).to_uppercase();
        return Err(edits.refuse(at, format!("{word} inside of a procedure is not supported on the local target")));
    }
    if code.is(at, "execute") && range.len() == 2 {
        return dynamic(edits, at + 1);
    }
    if code.is(at, "exception") {
        edits.note(at, "a handled error is over here; Redshift raises it again at the end of an atomic procedure");
    }
    statement(edits, range)
}

/// `EXECUTE 'one statement'`: what is put together at run time is not translated.
fn dynamic(edits: &mut Edits<'_>, at: usize) -> Result<(), Untranslatable> {
    let Some(text) = edits.code().literal(at) else { return Ok(()) };
    let Ok(statements) = super::super::parse_script(&text, Dialect::Redshift) else { return Ok(()) };
    let [only] = statements.as_slice() else { return Ok(()) };
    let Some(sql) = text.get(only.range.clone()) else { return Ok(()) };
    let done = super::translate(sql, only.kind).map_err(|refused| edits.refuse(at, refused.message))?;
    for note in &done.notes {
        edits.note(at, note.message.clone());
    }
    let written = done.sql.unwrap_or_else(|| "do 'begin end'".to_owned());
    if written != sql {
        edits.replace(at..at + 1, quote_literal(&written, Dialect::Postgres));
    }
    Ok(())
}
