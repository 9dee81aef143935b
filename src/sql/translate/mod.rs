//! Redshift's SQL as PostgreSQL's SQL, token by token: what both understand stays as the user wrote it.
//!
//! What PostgreSQL has no use for is left out and what it writes differently is rewritten; both become notes unless the
//! meaning is the same. What cannot be done honestly is refused. Text that is wrong on both servers is passed on, so that
//! the server says so.

mod column;
mod design;
mod edits;
mod expression;
mod table;

use super::code::Code;
use super::lexer::TokenKind;
use super::{Dialect, Kind};

pub use design::{ColumnEncoding, DesignSubject, Distribution, PhysicalDesign, SortKey};
use edits::Edits;
pub use edits::OffsetMap;

/// A statement of Redshift as PostgreSQL takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// The text to send; `None` if nothing is left to do.
    pub sql: Option<String>,
    /// What was left out or means something else now, in the order of the text.
    pub notes: Vec<Note>,
    /// Where each byte of `sql` comes from.
    pub map: OffsetMap,
    /// What the statement says of storage and of keys, which PostgreSQL has no place for.
    pub design: Option<PhysicalDesign>,
}

/// Something that Redshift would have done and PostgreSQL does not, or does differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Lower case, without full stop.
    pub message: String,
    /// Byte offset in the statement.
    pub offset: usize,
}

/// Why a statement cannot be carried out on PostgreSQL as Redshift would.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Untranslatable {
    /// Lower case, naming the construct.
    pub message: String,
    /// Byte offset in the statement.
    pub offset: usize,
}

/// Translates one statement, given its kind.
///
/// `COPY` and `UNLOAD` have no translation: whoever has a store carries them out.
pub fn translate(statement: &str, kind: Kind) -> Result<Translation, Untranslatable> {
    if let Some(message) = refusal(kind) {
        return Err(Untranslatable { message, offset: 0 });
    }
    let code = Code::new(statement, Dialect::Redshift);
    if let Some(message) = without_effect(&code, kind) {
        let notes = vec![Note { message: message.to_owned(), offset: 0 }];
        return Ok(Translation { sql: None, notes, map: OffsetMap::default(), design: None });
    }
    let mut edits = Edits::new(code);
    match kind {
        Kind::CreateProcedure | Kind::CreateFunction => routine(&mut edits)?,
        _ => {
            let all = 0..edits.len();
            table::rewrite(&mut edits, all)?;
        }
    }
    expression::rewrite(&mut edits)?;
    Ok(edits.finish())
}

fn refusal(kind: Kind) -> Option<String> {
    let why = match kind {
        Kind::Copy => "its data must come from a store",
        Kind::Unload => "its data must go to a store",
        Kind::AlterTableAppend => "write INSERT ... SELECT and DELETE for the local target",
        Kind::CreateExternalTable
        | Kind::CreateExternalSchema
        | Kind::CreateExternalFunction
        | Kind::CreateExternalView
        | Kind::AlterExternalTable
        | Kind::DropExternalTable => "there is no external catalog on the local target",
        Kind::CreateLibrary | Kind::CreateModel | Kind::CreateDatashare => "PostgreSQL has nothing like it",
        _ => return None,
    };
    Some(format!("{} is not supported on the local target: {why}", kind.as_str().to_uppercase()))
}

/// Parameters that exist on Redshift only and that change no result.
const TUNING: &[&str] = &[
    "query_group",
    "wlm_query_slot_count",
    "enable_result_cache_for_session",
    "mv_enable_aqmv_for_session",
    "analyze_threshold_percent",
];

fn without_effect(code: &Code<'_>, kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Vacuum => Some("VACUUM does nothing here: PostgreSQL cleans up by itself"),
        Kind::AnalyzeCompression => Some("ANALYZE COMPRESSION does nothing here: PostgreSQL has no column encodings"),
        _ if code.is_any(0, &["set", "reset"]) && code.is_any(1, TUNING) => {
            Some("the parameter does nothing here: PostgreSQL does not have it")
        }
        _ => None,
    }
}

/// Rewrites the body of a routine; its statements have rules of their own.
fn routine(edits: &mut Edits<'_>) -> Result<(), Untranslatable> {
    let code = edits.code();
    if let Some(at) = (0..code.tokens.len()).find(|at| code.is(*at, "nonatomic")) {
        let message = "NONATOMIC procedures are not supported on the local target: leave the word out".to_owned();
        return Err(Untranslatable { message, offset: edits.offset(at) });
    }
    let body = (0..code.tokens.len()).find(|at| code.kind(*at) == Some(TokenKind::DollarString));
    let Some(at) = body else { return Ok(()) };
    let literal = code.token(at);
    let tag = literal.get(1..).and_then(|rest| rest.find('$')).map_or(literal.len(), |end| end + 2);
    let Some(text) = literal.get(tag..literal.len().saturating_sub(tag)) else { return Ok(()) };
    let shift = edits.offset(at) + tag;
    let inner = translate_body(text)
        .map_err(|refused| Untranslatable { offset: refused.offset + shift, message: refused.message })?;
    edits.nest(at, tag, inner);
    Ok(())
}

fn translate_body(text: &str) -> Result<Translation, Untranslatable> {
    let mut edits = Edits::new(Code::new(text, Dialect::Redshift));
    let mut start = 0;
    while start < edits.len() {
        let code = edits.code();
        let ends = |at: &usize| code.kind(*at) == Some(TokenKind::Semicolon) || code.is_any(*at, BLOCK_WORDS);
        let end = (start..edits.len()).find(ends).unwrap_or(edits.len());
        if code.is(start, "copy") || code.is(start, "unload") {
            let word = code.token(start).to_uppercase();
            let message = format!("{word} inside of a procedure is not supported on the local target");
            return Err(Untranslatable { message, offset: edits.offset(start) });
        }
        table::rewrite(&mut edits, start..end)?;
        start = end + 1;
    }
    expression::rewrite(&mut edits)?;
    Ok(edits.finish())
}

/// Words of PL/pgSQL after which a statement begins.
const BLOCK_WORDS: &[&str] = &["begin", "then", "else", "loop"];
