//! Column definitions of CREATE TABLE and ALTER TABLE ADD COLUMN.

use std::ops::Range;

use super::super::lexer::TokenKind;
use super::Untranslatable;
use super::edits::Edits;

pub(super) const NOT_ENFORCED: &str = "Redshift does not enforce it, so it is not created here either";

/// Types that hold what PostgreSQL has no type for.
const FOREIGN_TYPES: &[&str] = &["super", "geometry", "geography", "hllsketch", "varbyte", "varbinary"];

/// Rewrites one column definition: a name, a type, and what follows.
pub(super) fn rewrite(edits: &mut Edits<'_>, range: Range<usize>) -> Result<(), Untranslatable> {
    if range.len() < 2 {
        return Ok(());
    }
    data_type(edits, range.start + 1)?;
    let mut at = range.start + 2;
    while at < range.end {
        at = attribute(edits, at, range.end)?;
    }
    Ok(())
}

/// Redshift's types have a length where PostgreSQL's need none.
fn data_type(edits: &mut Edits<'_>, at: usize) -> Result<(), Untranslatable> {
    let code = edits.code();
    if code.is_any(at, FOREIGN_TYPES) {
        let message = format!("type {} is not supported on the local target", code.token(at).to_uppercase());
        return Err(edits.refuse(at, message));
    }
    let sized = |at: usize| code.kind(at) == Some(TokenKind::LeftParenthesis);
    if code.is(at, "character") && code.is(at + 1, "varying") && !sized(at + 2) {
        edits.insert_after(at + 1, "(256)");
    } else if sized(at + 1) {
        if code.is(at, "text") {
            edits.replace(at..at + 1, "varchar");
        } else if code.is(at, "bpchar") {
            edits.replace(at..at + 1, "char");
        }
    } else if code.is_any(at, &["varchar", "nvarchar", "text"]) {
        edits.replace(at..at + 1, "varchar(256)");
    } else if code.is(at, "bpchar") {
        edits.replace(at..at + 1, "char(256)");
    }
    Ok(())
}

/// Rewrites the attribute at `at` and returns where the next one stands.
fn attribute(edits: &mut Edits<'_>, at: usize, end: usize) -> Result<usize, Untranslatable> {
    let code = edits.code();
    if code.is(at, "encode") {
        edits.note(at, "column encoding left out: PostgreSQL has none");
        edits.drop(at..at + 2);
        return Ok(at + 2);
    }
    if code.is_any(at, &["distkey", "sortkey"]) {
        let word = code.token(at).to_lowercase();
        edits.note(at, format!("`{word}` left out: PostgreSQL neither distributes nor sorts tables"));
        edits.drop(at..at + 1);
        return Ok(at + 1);
    }
    if code.is(at, "collate") {
        if code.is(at + 1, "case_insensitive") {
            return Err(edits.refuse(at, "COLLATE CASE_INSENSITIVE is not supported on the local target"));
        }
        if code.is(at + 1, "case_sensitive") {
            edits.drop(at..at + 2);
        }
        return Ok(at + 2);
    }
    let kind = if code.is(at, "constraint") { at + 2 } else { at };
    if code.is(kind, "primary") && code.is(kind + 1, "key") {
        edits.note(at, format!("primary key reduced to not null: {NOT_ENFORCED}"));
        edits.replace(at..kind + 2, "not null");
        return Ok(kind + 2);
    }
    if code.is(kind, "unique") {
        edits.note(at, format!("unique constraint left out: {NOT_ENFORCED}"));
        edits.drop(at..kind + 1);
        return Ok(kind + 1);
    }
    if code.is(kind, "references") {
        let past = code.name(kind + 1).map_or(kind + 1, |(_, past)| past);
        let past = if code.kind(past) == Some(TokenKind::LeftParenthesis) { code.close(past) } else { past };
        edits.note(at, format!("foreign key left out: {NOT_ENFORCED}"));
        edits.drop(at..past.min(end));
        return Ok(past);
    }
    if code.is(at, "identity") && code.kind(at + 1) == Some(TokenKind::LeftParenthesis) {
        return identity(edits, at, at, "always");
    }
    if let Some(past) = code.phrase(at, &["generated", "by", "default", "as", "identity"]) {
        return identity(edits, at, past - 1, "by default");
    }
    Ok(code.step(at))
}

/// `IDENTITY(seed, step)`, whose word stands at `word`, from `first` on.
fn identity(edits: &mut Edits<'_>, first: usize, word: usize, when: &str) -> Result<usize, Untranslatable> {
    let code = edits.code();
    let past = code.close(word + 1);
    let numbers: Vec<Option<i64>> = code
        .items(word + 2..past.saturating_sub(1))
        .into_iter()
        .map(|item| code.source(item).split_whitespace().collect::<String>().parse().ok())
        .collect();
    let [Some(seed), Some(step)] = numbers.as_slice() else {
        return Err(edits.refuse(word, "IDENTITY takes two whole numbers, a seed and a step: identity(1, 1)"));
    };
    let bound = match (*seed, *step) {
        (seed, 1..) if seed < 1 => format!(" minvalue {seed}"),
        (seed, ..=-1) if seed > -1 => format!(" maxvalue {seed}"),
        _ => String::new(),
    };
    let text = format!("generated {when} as identity (start with {seed} increment by {step}{bound})");
    edits.replace(first..past, text);
    Ok(past)
}
