//! Column definitions of CREATE TABLE and ALTER TABLE ADD COLUMN.

use std::ops::Range;

use super::super::lexer::TokenKind;
use super::super::quote::{quote_identifier, unquote_identifier};
use super::data_type::{self, Place};
use super::edits::Edits;
use super::{ColumnEncoding, Distribution, Untranslatable};

pub(super) const NOT_ENFORCED: &str = "Redshift does not enforce it, so it is not created here either";

/// Words that are names on Redshift and cannot be names on PostgreSQL without quotes.
const RESERVED: &[&str] = &[
    "array",
    "asymmetric",
    "collation",
    "concurrently",
    "current_catalog",
    "current_role",
    "fetch",
    "lateral",
    "localtime",
    "localtimestamp",
    "placing",
    "returning",
    "symmetric",
    "tablesample",
    "variadic",
    "window",
];

/// Rewrites one column definition: a name, a type, and what follows.
pub(super) fn rewrite(edits: &mut Edits<'_>, range: Range<usize>) -> Result<(), Untranslatable> {
    if edits.code().is_any(range.start, RESERVED) {
        let name = quote_identifier(&unquote_identifier(edits.code().token(range.start)));
        edits.replace(range.start..range.start + 1, name);
    }
    if range.len() < 2 {
        return Ok(());
    }
    let column = edits.code().token(range.start);
    let mut at = data_type::rewrite(edits, range.start + 1, Place::Column);
    while at < range.end {
        at = attribute(edits, column, at, range.end)?;
    }
    Ok(())
}

/// Rewrites the attribute at `at` of a column, whose name is as written, and returns where the next one stands.
fn attribute(edits: &mut Edits<'_>, column: &str, at: usize, end: usize) -> Result<usize, Untranslatable> {
    if edits.code().is_any(at, &["encode", "distkey", "sortkey"]) {
        return Ok(storage(edits, column, at));
    }
    let code = edits.code();
    if code.is(at, "collate") {
        if code.is_any(at + 1, &["case_insensitive", "ci"]) {
            edits.note(at, "the column is compared without regard to case by a collation of ICU");
            edits.replace(at + 1..at + 2, "pg_catalog.case_insensitive");
        } else if code.is_any(at + 1, &["case_sensitive", "cs"]) {
            edits.drop(at..at + 2);
        }
        return Ok(at + 2);
    }
    if code.is(at, "default") {
        return identity_as_shown(edits, at).map_or_else(|| Ok(default(edits, at, end)), Ok);
    }
    if code.is(at, "identity") {
        return identity(edits, at, at, "always");
    }
    if let Some(past) = code.phrase(at, &["generated", "by", "default", "as", "identity"]) {
        return identity(edits, at, past - 1, "by default");
    }
    Ok(key(edits, column, at, end))
}

/// Rewrites what is about the storage of the column.
fn storage(edits: &mut Edits<'_>, column: &str, at: usize) -> usize {
    let word = edits.code().token(at).to_lowercase();
    if word == "encode" {
        let encoding = edits.code().token(at + 1).to_lowercase();
        if let Some(design) = &mut edits.design {
            design.encodings.push(ColumnEncoding { column: unquote_identifier(column), encoding });
        }
        edits.note(at, "column encoding left out: PostgreSQL has none");
        edits.drop(at..at + 2);
        return at + 2;
    }
    if let Some(design) = &mut edits.design {
        match word.as_str() {
            "distkey" => design.distribution = Some(Distribution::Key(unquote_identifier(column))),
            _ => design.sorted_by(unquote_identifier(column)),
        }
    }
    edits.note(at, format!("`{word}` left out: PostgreSQL neither distributes nor sorts tables"));
    edits.drop(at..at + 1);
    at + 1
}

/// Just past a default, which may have blanks in it: it ends where the next attribute begins.
fn default(edits: &Edits<'_>, at: usize, end: usize) -> usize {
    const NEXT: &[&str] = &[
        "encode",
        "distkey",
        "sortkey",
        "collate",
        "identity",
        "generated",
        "not",
        "primary",
        "unique",
        "references",
        "constraint",
    ];
    let code = edits.code();
    let mut past = code.step(at + 1);
    let own_null = |at: usize| code.is(at, "null") && code.is(at - 1, "default");
    while past < end && !code.is_any(past, NEXT) && (own_null(past) || !code.is(past, "null")) {
        past = code.step(past);
    }
    past
}

/// Leaves out a key of one column.
fn key(edits: &mut Edits<'_>, column: &str, at: usize, end: usize) -> usize {
    let code = edits.code();
    let kind = if code.is(at, "constraint") { at + 2 } else { at };
    let (past, what) = if code.is(kind, "primary") && code.is(kind + 1, "key") {
        (kind + 2, "primary key")
    } else if code.is(kind, "unique") {
        (kind + 1, "unique")
    } else if code.is(kind, "references") {
        let past = code.past_name(kind + 1).unwrap_or(kind + 1);
        let past = if code.kind(past) == Some(TokenKind::LeftParenthesis) { code.close(past) } else { past };
        (past.min(end), "foreign key")
    } else {
        return code.step(at);
    };
    let name = quote_identifier(&unquote_identifier(column));
    let named = code.source(at..kind);
    let written = match what {
        "foreign key" => format!("{named} foreign key ({name}) {}", code.source(kind..past)),
        other => format!("{named} {other} ({name})"),
    };
    if let Some(design) = &mut edits.design {
        design.keys.push(written.trim_start().to_owned());
    }
    if what == "primary key" {
        edits.note(at, format!("primary key reduced to not null: {NOT_ENFORCED}"));
        edits.replace(at..past, "not null");
    } else {
        let what = if what == "unique" { "unique constraint" } else { what };
        edits.note(at, format!("{what} left out: {NOT_ENFORCED}"));
        edits.drop(at..past);
    }
    past
}

/// `IDENTITY(seed, step)`, whose word stands at `word`, from `first` on.
fn identity(edits: &mut Edits<'_>, first: usize, word: usize, when: &str) -> Result<usize, Untranslatable> {
    let code = edits.code();
    let sized = code.kind(word + 1) == Some(TokenKind::LeftParenthesis);
    let past = if sized { code.close(word + 1) } else { word + 1 };
    let numbers: Vec<Option<i64>> = code
        .items(word + 2..past.saturating_sub(1))
        .into_iter()
        .map(|item| code.source(item).split_whitespace().collect::<String>().parse().ok())
        .collect();
    let (seed, step) = match numbers.as_slice() {
        [Some(seed), Some(step)] => (*seed, *step),
        [] if !sized => (1, 1),
        _ => return Err(edits.refuse(word, "IDENTITY takes two whole numbers, a seed and a step: identity(1, 1)")),
    };
    edits.replace(first..past, identity_of(when, seed, step));
    Ok(past)
}

/// `default "identity"(100, 0, '1,1'::text)` is what Redshift's catalogue makes of `identity(1, 1)`, and
/// `"default_identity"` of `generated by default as identity(1, 1)`; tools that read it write this. Returns the index past it.
fn identity_as_shown(edits: &mut Edits<'_>, at: usize) -> Option<usize> {
    let code = edits.code();
    let when = match code.name(at + 1)?.0.base() {
        "identity" => "always",
        "default_identity" => "by default",
        _ => return None,
    };
    let past = code.close(at + 2);
    let [_, _, sizes] = code.items(at + 3..past.checked_sub(1)?).try_into().ok()?;
    let sizes = code.literal(sizes.start)?;
    let (seed, step) = sizes.split_once(',')?;
    let (seed, step): (i64, i64) = (seed.trim().parse().ok()?, step.trim().parse().ok()?);
    edits.replace(at..past, identity_of(when, seed, step));
    Some(past)
}

fn identity_of(when: &str, seed: i64, step: i64) -> String {
    let bound = match (seed, step) {
        (seed, 1..) if seed < 1 => format!(" minvalue {seed}"),
        (seed, ..=-1) if seed > -1 => format!(" maxvalue {seed}"),
        _ => String::new(),
    };
    format!("generated {when} as identity (start with {seed} increment by {step}{bound})")
}
