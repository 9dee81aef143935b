//! CREATE PROCEDURE and CREATE FUNCTION: parameters, options and bodies.

use std::ops::Range;

use super::super::code::Code;
use super::super::lexer::TokenKind;
use super::super::quote::quote_literal;
use super::super::{Dialect, Kind};
use super::edits::Edits;
use super::{Translation, Untranslatable, expression, long_name, name, session, statement};

/// Rewrites the statement that creates a routine; its body has rules of its own.
pub(super) fn rewrite(edits: &mut Edits<'_>) -> Result<(), Untranslatable> {
    let code = edits.code();
    let noun = code.phrase(1, &["or", "replace"]).unwrap_or(1);
    let procedure = code.is(noun, "procedure");
    let Some(open) = code.past_name(noun + 1) else { return Ok(()) };
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
    let definer = (open..code.tokens.len()).any(|at| code.phrase(at, &["security", "definer"]).is_some());
    body.map_or(Ok(()), |at| body_at(edits, at, procedure && !definer))
}

fn body_at(edits: &mut Edits<'_>, at: usize, may_commit: bool) -> Result<(), Untranslatable> {
    let code = edits.code();
    let literal = code.token(at);
    if code.kind(at) != Some(TokenKind::DollarString) {
        // A body in quotes has escapes of its own: it is written anew, and places in it lead to its beginning.
        let Some(text) = code.literal(at) else { return Ok(()) };
        let inner = body(&text, edits, may_commit).map_err(|refused| refused.at(edits.offset(at)))?;
        edits.long_names.extend(inner.long_names);
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
    let inner = body(text, edits, may_commit).map_err(|refused| refused.moved(shift))?;
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

/// Translates the body of the routine that `outer` is.
fn body(text: &str, outer: &Edits<'_>, may_commit: bool) -> Result<Translation, Untranslatable> {
    let text = name::fold_quoted_names(text, Dialect::Redshift, outer.names);
    let code = Code::new(&text, Dialect::Redshift);
    match long_name::shorten(&code, Kind::Other) {
        None => rewritten(Edits::new(&code, outer.names, outer.known), may_commit),
        Some(shortened) => long_name::within(shortened, |text| {
            rewritten(Edits::new(&Code::new(text, Dialect::Redshift), outer.names, outer.known), may_commit)
        }),
    }
}

fn rewritten(mut edits: Edits<'_>, may_commit: bool) -> Result<Translation, Untranslatable> {
    edits.has_variables = true;
    let code = edits.code();
    let commit = may_commit && !(0..code.tokens.len()).any(|at| code.phrase(at, &["exception", "when"]).is_some());
    let (mut start, mut declares) = (0, false);
    while start < edits.len() {
        let code = edits.code();
        let ends = |at: &usize| code.kind(*at) == Some(TokenKind::Semicolon) || code.is_any(*at, BLOCK_WORDS);
        let end = (start..edits.len()).find(ends).unwrap_or(edits.len());
        // A label may stand in front: `<<name>> declare`.
        declares |= (start..end).any(|at| code.is(at, "declare") && (at == start || code.token(at - 1).ends_with('>')));
        let begins = code.is(end, "begin");
        if !declares && let Err(refused) = one(&mut edits, start..end, commit) {
            fail_when_reached(&mut edits, start..end, &refused);
        }
        declares &= !begins;
        start = end + 1;
    }
    expression::rewrite(&mut edits)?;
    // Which tables the body makes is known when it runs, so what it says of their storage is only noted.
    edits.design = None;
    Ok(edits.finish())
}

fn one(edits: &mut Edits<'_>, range: Range<usize>, commit: bool) -> Result<(), Untranslatable> {
    let code = edits.code();
    let at = range.start;
    let text = code.literal(at + 1).unwrap_or_default();
    let text = text.trim_start().get(.."truncate".len()).filter(|_| code.is(at, "execute"));
    if code.is(at, "truncate") || text.is_some_and(|word| word.eq_ignore_ascii_case("truncate")) {
        truncate(edits, range.clone(), commit);
    }
    let code = edits.code();
    if code.is(at, "execute") {
        if range.len() == 2 && code.literal(at + 1).is_some() {
            return dynamic(edits, at + 1);
        }
        edits.note(at, "what EXECUTE puts together goes to PostgreSQL as it is when the procedure runs");
        return Ok(());
    }
    if code.is(at, "exception") {
        edits.note(at, "a handled error is over here; Redshift raises it again at the end of an atomic procedure");
    }
    let code = edits.code();
    let assigned = code.token(at + 1).starts_with([':', '=']);
    if code.is_any(at, ADMIN_WORDS) && !assigned && stands_alone(edits, range.clone())? {
        return Ok(());
    }
    statement(edits, range)
}

/// TRUNCATE [commits](https://docs.aws.amazon.com/redshift/latest/dg/stored-procedure-transaction-management.html), so a
/// procedure that has one cannot be called inside of a transaction.
fn truncate(edits: &mut Edits<'_>, range: Range<usize>, commit: bool) {
    if commit {
        edits.insert_after(range.end - 1, "; commit");
    } else {
        edits.note(
            range.start,
            "TRUNCATE does not commit here: PostgreSQL cannot in a block with EXCEPTION or in SECURITY DEFINER",
        );
    }
}

/// Words that begin statements in which no variable can stand.
const ADMIN_WORDS: &[&str] = &[
    "alter", "analyze", "attach", "cancel", "comment", "copy", "create", "detach", "drop", "grant", "refresh", "reset",
    "revoke", "set", "unload", "vacuum",
];

/// Translates a statement in a body as if it stood by itself; says whether it is of such a kind.
fn stands_alone(edits: &mut Edits<'_>, range: Range<usize>) -> Result<bool, Untranslatable> {
    let source = edits.code().source(range.clone());
    let Ok(statements) = super::super::parse_script(source, Dialect::Redshift) else { return Ok(false) };
    let [only] = statements.as_slice() else { return Ok(false) };
    if matches!(only.kind, Kind::Copy | Kind::Unload) {
        let word = only.kind.as_str().to_uppercase();
        let why = format!("{word} inside of a routine is not supported on the local target");
        return Err(edits.refuse(range.start, why));
    }
    if matches!(only.kind, Kind::CreateExternalTable | Kind::CreateExternalTableAs | Kind::AlterExternalTable) {
        let word = only.kind.as_str().to_uppercase();
        return Err(edits.refuse(range.start, format!("{word} cannot run inside a transaction block")));
    }
    if matches!(
        only.kind,
        Kind::CreateTable
            | Kind::CreateTableAs
            | Kind::CreateView
            | Kind::CreateMaterializedView
            | Kind::Analyze
            | Kind::DropTable
            | Kind::Other
    ) || edits.code().phrase(range.start, &["alter", "table"]).is_some()
    {
        return Ok(false);
    }
    let shift = edits.offset(range.start);
    let mut done =
        super::translate(source, only.kind, edits.names, edits.known).map_err(|refused| refused.moved(shift))?;
    done.sql.get_or_insert_with(|| "null".to_owned());
    edits.drop(range.clone());
    edits.nest(range.start, 0, done);
    Ok(true)
}

/// Writes an error in place of a statement that has no translation: the routine can be made, and fails when it gets there.
fn fail_when_reached(edits: &mut Edits<'_>, range: Range<usize>, refused: &Untranslatable) {
    edits.note(range.start, format!("the routine fails here when it runs: {refused}"));
    let message = quote_literal(&refused.message, Dialect::Postgres);
    edits.replace(range, format!("raise exception using errcode = '0A000', message = {message}"));
}

/// `EXECUTE 'one statement'`: what is put together at run time is not translated.
fn dynamic(edits: &mut Edits<'_>, at: usize) -> Result<(), Untranslatable> {
    let Some(text) = edits.code().literal(at) else { return Ok(()) };
    let Ok(statements) = super::super::parse_script(&text, Dialect::Redshift) else { return Ok(()) };
    let [only] = statements.as_slice() else { return Ok(()) };
    let Some(sql) = text.get(only.range.clone()) else { return Ok(()) };
    let done =
        super::translate(sql, only.kind, edits.names, edits.known).map_err(|refused| refused.at(edits.offset(at)))?;
    edits.long_names.extend(done.long_names);
    for note in &done.notes {
        edits.note(at, note.message.clone());
    }
    let written = done.sql.unwrap_or_else(|| "do 'begin end'".to_owned());
    if written != sql {
        edits.replace(at..at + 1, quote_literal(&written, Dialect::Postgres));
    }
    Ok(())
}
