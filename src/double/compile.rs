//! Turns a message in Redshift's SQL into the steps that carry it out on PostgreSQL.

use std::collections::VecDeque;

use crate::ports::{Author, Batch, DbError, DbErrorKind, Piece};
use crate::project::settings::DoubleMode;
use crate::sql::{
    Dialect, Kind, OffsetMap, QuotedNames, Refusal, Statement, TxMode, fold_quoted_names, lacks_counterpart,
    parse_script, quoted_names, redshift_refusal, translate,
};

use super::copy::CopyStatement;
use super::design;
use super::unload::UnloadStatement;

/// A statement that does nothing, for one that has nothing left to do.
const NOTHING: &str = "do 'begin end'";

/// A statement that fails, for one that is refused.
pub(super) const FAILS: &str = "do 'begin raise exception ''vesto refused a statement of this message''; end'";

/// In which transaction a statement runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transaction {
    /// In one of its own, or in the one that the server keeps for each message.
    None,
    /// In one that the double opened, because it must cut a message that the server would keep together.
    Message,
    /// In one that a BEGIN opened.
    Block,
}

/// The steps of a message.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) steps: Vec<Step>,
    /// The transaction that is open once all went well.
    pub(super) transaction: Transaction,
    /// How names are read from then on.
    pub(super) names: QuotedNames,
}

/// What the double does for a part of a message.
#[derive(Debug)]
pub(super) enum Step {
    /// Sends statements as one message.
    Send(Vec<Sent>),
    /// Loads data from a store.
    Copy {
        /// The piece of the user's message.
        owner: usize,
        /// What to load.
        statement: Box<CopyStatement>,
        /// In which transaction.
        within: Transaction,
    },
    /// Writes data to a store.
    Unload {
        /// The piece of the user's message.
        owner: usize,
        /// What to write.
        statement: Box<UnloadStatement>,
        /// In which transaction.
        within: Transaction,
    },
}

/// One statement as PostgreSQL gets it.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) sql: String,
    /// The piece of the user's message.
    pub(super) owner: usize,
    pub(super) origin: Origin,
    /// The transaction that is open if it fails.
    pub(super) within: Transaction,
}

/// Where a [`Sent`] statement comes from.
#[derive(Debug)]
pub(super) enum Origin {
    /// It is the piece.
    AsWritten,
    /// It is a translation of the piece.
    Translated(OffsetMap),
    /// The piece has no effect on PostgreSQL.
    Nothing,
    /// It stands for a piece that is refused, and fails.
    Refused(DbError),
    /// It is the double's own, and answers no piece.
    Extra,
}

/// Says how to carry out a message that begins in the given transaction and with names read so.
pub(super) fn compile(batch: &Batch, transaction: Transaction, names: QuotedNames, mode: DoubleMode) -> Compiled {
    let mut pieces = read_all(batch, names);
    let mut compiler = Compiler { alone: batch.pieces.len() == 1, transaction, names, mode, steps: Vec::new() };
    for (owner, piece) in batch.pieces.iter().enumerate() {
        if compiler.transaction == Transaction::None && data_cuts(&pieces) {
            compiler.extra("begin", owner);
            compiler.transaction = Transaction::Message;
        }
        if let Some(read) = pieces.pop_front() {
            compiler.piece(owner, piece, read);
        }
    }
    if compiler.transaction == Transaction::Message {
        compiler.extra("commit", batch.pieces.len());
        compiler.transaction = Transaction::None;
    }
    if compiler.steps.is_empty() {
        compiler.steps.push(Step::Send(Vec::new()));
    }
    Compiled { steps: compiler.steps, transaction: compiler.transaction, names: compiler.names }
}

/// Whether a COPY or an UNLOAD cuts what the server would keep together as one transaction by itself: what is left of the
/// message up to the end of that transaction.
fn data_cuts(rest: &VecDeque<Read>) -> bool {
    let ends = |read: &Read| matches!(read.kind(), Some(Kind::Commit | Kind::Rollback));
    let together = rest.iter().position(ends).unwrap_or(rest.len());
    let begins = rest.front().is_some_and(|first| matches!(first.kind(), Some(Kind::Begin | Kind::BeginReadOnly)));
    !begins && together > 1 && rest.iter().take(together).any(|read| matches!(read, Read::Copy(_) | Read::Unload(_)))
}

/// A piece as far as it can be understood on its own.
enum Read {
    /// vesto's own statement, or the user's.
    Statement(Option<Statement>),
    Copy(Box<CopyStatement>),
    Unload(Box<UnloadStatement>),
    Refused(DbError),
    Empty,
}

impl Read {
    fn kind(&self) -> Option<Kind> {
        match self {
            Self::Statement(statement) => statement.as_ref().map(|statement| statement.kind),
            _ => None,
        }
    }
}

/// Reads the pieces in order, as a `SET` may change how the next ones read names.
fn read_all(batch: &Batch, mut names: QuotedNames) -> VecDeque<Read> {
    let one = |piece| {
        let read = read(piece, names);
        names = names_after(piece, &read).unwrap_or(names);
        read
    };
    batch.pieces.iter().map(one).collect()
}

/// What a piece of the user says about names.
fn names_after(piece: &Piece, read: &Read) -> Option<QuotedNames> {
    let kind = read.kind().filter(|kind| piece.author == Author::User && matches!(kind, Kind::Set | Kind::Reset))?;
    quoted_names(&piece.sql, kind)
}

fn read(piece: &Piece, names: QuotedNames) -> Read {
    if piece.author == Author::Vesto {
        return Read::Statement(parse_script(&piece.sql, Dialect::Postgres).ok().and_then(|mut all| all.pop()));
    }
    let mut statements = match parse_script(&piece.sql, Dialect::Redshift) {
        Ok(statements) => statements,
        Err(error) => {
            let offset = Some(error.range().start);
            let refusal = DbError::new(DbErrorKind::Statement, error.to_string());
            return Read::Refused(DbError { offset, hint: Some(error.hint()), code: syntax_error(), ..refusal });
        }
    };
    match (statements.pop(), statements.is_empty()) {
        (None, _) => Read::Empty,
        (Some(statement), true) if statement.kind == Kind::Copy => {
            match CopyStatement::parse(&fold_quoted_names(&piece.sql, Dialect::Redshift, names)) {
                Ok(copy) => Read::Copy(Box::new(copy)),
                Err(error) => Read::Refused(error),
            }
        }
        (Some(statement), true) if statement.kind == Kind::Unload => match UnloadStatement::parse(&piece.sql, names) {
            Ok(unload) => Read::Unload(Box::new(unload)),
            Err(error) => Read::Refused(error),
        },
        (Some(statement), true) => Read::Statement(Some(statement)),
        (Some(second), false) => {
            let message = "a message part holds several statements where one was expected";
            Read::Refused(DbError {
                offset: Some(second.range.start),
                code: syntax_error(),
                ..DbError::new(DbErrorKind::Statement, message)
            })
        }
    }
}

fn syntax_error() -> Option<String> {
    Some("42601".to_owned())
}

struct Compiler {
    /// Whether the message is a single statement.
    alone: bool,
    transaction: Transaction,
    names: QuotedNames,
    mode: DoubleMode,
    steps: Vec<Step>,
}

impl Compiler {
    fn send(&mut self, sql: impl Into<String>, owner: usize, origin: Origin) {
        let sent = Sent { sql: sql.into(), owner, origin, within: self.transaction };
        match self.steps.last_mut() {
            Some(Step::Send(message)) => message.push(sent),
            _ => self.steps.push(Step::Send(vec![sent])),
        }
    }

    /// A message of several statements is a transaction even without BEGIN.
    fn in_transaction(&self) -> bool {
        self.transaction != Transaction::None || !self.alone
    }

    fn extra(&mut self, sql: &str, owner: usize) {
        self.send(sql, owner, Origin::Extra);
    }

    fn piece(&mut self, owner: usize, piece: &Piece, read: Read) {
        match read {
            Read::Empty => self.send(NOTHING, owner, Origin::Nothing),
            Read::Refused(error) => self.refuse(owner, error),
            Read::Copy(statement) => {
                let within = self.transaction;
                self.steps.push(Step::Copy { owner, statement, within });
            }
            Read::Unload(statement) => {
                let within = self.transaction;
                self.steps.push(Step::Unload { owner, statement, within });
            }
            Read::Statement(None) => self.send(&piece.sql, owner, Origin::AsWritten),
            Read::Statement(Some(statement)) => {
                match piece.author {
                    Author::Vesto => {
                        let sql = fold_quoted_names(&piece.sql, Dialect::Postgres, self.names);
                        self.send(sql, owner, Origin::AsWritten);
                    }
                    Author::User => self.users(owner, piece, &statement),
                }
                self.follow(owner, piece.author, &statement);
                self.names = names_after(piece, &Read::Statement(Some(statement))).unwrap_or(self.names);
            }
        }
    }

    fn users(&mut self, owner: usize, piece: &Piece, statement: &Statement) {
        if statement.transaction == TxMode::Alone && self.in_transaction() {
            return self.refuse(owner, inside_transaction(statement.kind));
        }
        if let Some(refusal) = redshift_refusal(statement, &piece.sql) {
            return self.refuse(owner, as_error(refusal, statement.range.start));
        }
        match translate(&piece.sql, statement.kind, self.names) {
            Ok(translation) => {
                match translation.sql {
                    Some(sql) => self.send(sql, owner, Origin::Translated(translation.map)),
                    None => self.send(NOTHING, owner, Origin::Nothing),
                }
                if let Some(keep) = translation.design.as_ref().and_then(design::keep) {
                    self.extra(&keep, owner);
                }
            }
            // Who sends it tells of it: see `plan::departures`.
            Err(_) if self.mode == DoubleMode::Lenient && lacks_counterpart(statement.kind) => {
                self.send(NOTHING, owner, Origin::Nothing);
            }
            Err(refused) => {
                let offset = Some(refused.offset);
                let error = DbError::new(DbErrorKind::Unsupported, refused.message);
                self.refuse(owner, DbError { offset, code: Some("0A000".to_owned()), ..error });
            }
        }
    }

    fn refuse(&mut self, owner: usize, error: DbError) {
        self.send(FAILS, owner, Origin::Refused(error));
    }

    /// Follows what the statement does to the transaction.
    fn follow(&mut self, owner: usize, author: Author, statement: &Statement) {
        match statement.kind {
            Kind::Begin | Kind::BeginReadOnly => self.transaction = Transaction::Block,
            // A COMMIT that fails leaves no transaction either.
            Kind::Commit | Kind::Rollback => {
                self.transaction = Transaction::None;
                if let Some(Step::Send(message)) = self.steps.last_mut()
                    && let Some(last) = message.last_mut()
                {
                    last.within = Transaction::None;
                }
            }
            _ if author == Author::User && statement.transaction == TxMode::Commits && self.in_transaction() => {
                self.extra("commit", owner);
                self.transaction = Transaction::None;
            }
            _ => {}
        }
    }
}

fn as_error(refusal: Refusal, start: usize) -> DbError {
    DbError {
        code: Some(refusal.code.to_owned()),
        detail: refusal.detail,
        hint: Some(refusal.hint),
        offset: Some(start + refusal.offset),
        ..DbError::new(DbErrorKind::Statement, refusal.message)
    }
}

/// What Redshift answers to a statement that must not stand in a transaction.
fn inside_transaction(kind: Kind) -> DbError {
    let name = match kind {
        Kind::AlterTableAlterColumnType => "ALTER TABLE ALTER COLUMN".to_owned(),
        other => other.as_str().to_uppercase(),
    };
    let error = DbError::new(DbErrorKind::Statement, format!("{name} cannot run inside a transaction block"));
    DbError { code: Some("25001".to_owned()), hint: Some("run it as a change of its own".to_owned()), ..error }
}
