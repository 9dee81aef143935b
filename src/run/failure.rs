//! A server's refusal as a fact about the user's file.

use crate::plan::PlannedChange;
use crate::ports::{DbError, DbErrorKind};
use crate::project::Script;
use crate::text::{FileSet, Location};

use super::StatementFailure;
use super::message::Part;

/// Which statement of a planned change failed, and where it stands. `piece` counts in the part's body.
pub(super) fn statement_failure(
    change: &PlannedChange,
    part: &Part,
    piece: Option<usize>,
    error: &DbError,
    files: &FileSet,
) -> StatementFailure {
    let own = part.statements.iter().find(|(at, _)| Some(*at) == piece);
    // A failing COMMIT is the fault of the statements before it.
    let statement = own.or(part.statements.last()).map_or(0, |(_, statement)| *statement);
    let sent = |at: &usize| part.body.pieces.get(*at).map_or("", |piece| piece.sql.as_str());
    let offset = own.and_then(|(at, number)| offset_as_written(error, sent(at), change.script.statement_text(*number)));
    let mut failure = describe(error, statement, locate(&change.script, statement, offset, files));
    if own.is_none() && error.kind != DbErrorKind::Lost {
        let sql = piece.and_then(|piece| part.body.pieces.get(piece)).map_or("commit", |piece| piece.sql.as_str());
        let doing = sql.split(' ').next().unwrap_or_default();
        failure.message = format!("{} (at {doing}, after the change's statements)", failure.message);
    }
    failure
}

/// Where the server points at in a statement: it was sent behind a comment of vesto's.
pub(super) fn offset_as_written(error: &DbError, sent: &str, written: &str) -> Option<usize> {
    error.offset?.checked_sub(sent.len().saturating_sub(written.len()))
}

/// The facts of a refusal.
pub(super) fn describe(error: &DbError, statement: usize, location: Option<Location>) -> StatementFailure {
    let lost = error.kind == DbErrorKind::Lost;
    let run_again = || "run the same command again: the ledger knows what was carried out".to_owned();
    StatementFailure {
        statement,
        message: error.message.clone(),
        code: error.code.clone(),
        detail: error.detail.clone(),
        hint: error.hint.clone().or_else(|| lost.then(run_again)),
        location,
        lost,
    }
}

/// The place of a statement, or of the word in it that the server points at.
pub(super) fn locate(script: &Script, statement: usize, offset: Option<usize>, files: &FileSet) -> Option<Location> {
    let text = script.statement_text(statement);
    let start = offset.unwrap_or(0).min(text.len());
    let rest = text.get(start..)?;
    let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len()).max(1);
    Some(files.locate(script.span(statement, start..(start + word).min(text.len()))))
}
