//! Turns a message in Redshift's SQL into the steps that carry it out on PostgreSQL.

use std::collections::VecDeque;

use crate::ports::{Author, Batch, DbError, DbErrorKind, Piece};
use crate::project::settings::DoubleMode;
use crate::sql::{
    Dialect, Kind, OffsetMap, QuotedNames, ReadStatement, Refusal, Statement, Surroundings, Translation, Treatment,
    TxMode, Untranslatable, as_stored, fold_quoted_names, parse_script, quoted_names, read_script, treat,
};

use super::copy::CopyStatement;
use super::design;
use super::long_name;
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
    /// Whether it makes an external table.
    pub(super) makes_external: bool,
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
    /// Asks for what a statement depends on, such as the columns of a table, and sends what it comes to.
    Ask {
        /// The piece of the user's message.
        owner: usize,
        /// What is translated once the answer is known.
        question: Box<Question>,
        /// In which transaction.
        within: Transaction,
    },
    /// Does what one piece comes to, with the files of external tables at hand that it may read.
    External {
        /// The piece of the user's message.
        owner: usize,
        /// What the piece says.
        subject: Box<Subject>,
        /// What is done for it.
        steps: Vec<Step>,
        /// In which transaction it begins.
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

/// A statement whose translation depends on what only the server knows.
#[derive(Debug)]
pub(super) struct Question {
    sql: String,
    statement: Statement,
    names: QuotedNames,
}

impl Question {
    /// What is sent for the statement once that much is known.
    pub(super) fn treat(&self, known: &Surroundings) -> Treatment {
        let read = ReadStatement::again(&self.statement, &self.sql, Dialect::Redshift);
        treat(&read, self.names, known, false)
    }

    /// What PostgreSQL gets for a translation of the statement.
    pub(super) fn sent(&self, translation: Translation, owner: usize, within: Transaction) -> Vec<Sent> {
        let mut compiler = Compiler { transaction: within, ..Compiler::new(true, self.names) };
        compiler.translated(owner, &self.statement, translation);
        let sent = |step| if let Step::Send(sent) = step { sent } else { Vec::new() };
        compiler.steps.into_iter().flat_map(sent).collect()
    }

    /// The error of a statement that is refused all the same.
    pub(super) fn refused(&self, refused: Untranslatable) -> DbError {
        unsupported(refused, self.statement.range.start)
    }
}

/// A piece that may be about external tables.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) text: String,
    /// Nothing for COPY and UNLOAD.
    pub(super) statement: Option<Statement>,
    /// Whether it is part of a transaction.
    pub(super) in_transaction: bool,
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
    /// It is a translation of the piece, whose statement begins at that byte.
    Translated(OffsetMap, usize),
    /// The piece has no effect on PostgreSQL.
    Nothing,
    /// It stands for a piece that is refused, and fails.
    Refused(DbError),
    /// It is the double's own, and answers no piece.
    Extra,
}

/// How statements of the user are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    /// What becomes of capitals in quoted names.
    pub(super) names: QuotedNames,
    /// What becomes of statements that PostgreSQL has nothing like.
    pub(super) mode: DoubleMode,
    /// What is known of the session's database without asking.
    pub(super) known: &'a Surroundings,
    /// Whether pieces of the message may be about external tables.
    pub(super) external: bool,
}

/// Says how to carry out a message that begins in the given transaction and by these rules.
pub(super) fn compile(batch: &Batch, transaction: Transaction, rules: Rules<'_>) -> Compiled {
    let mut pieces = read_all(batch, rules);
    let makes_external =
        pieces.iter().any(|read| makes(read, Kind::CreateExternalTable) || makes(read, Kind::CreateExternalTableAs));
    let mut compiler = Compiler { transaction, ..Compiler::new(batch.pieces.len() == 1, rules.names) };
    for (owner, piece) in batch.pieces.iter().enumerate() {
        if compiler.transaction == Transaction::None && data_cuts(&pieces, rules.external) {
            compiler.extra("begin", owner);
            compiler.transaction = Transaction::Message;
        }
        match pieces.pop_front() {
            Some(read) if rules.external && may_read(piece, &read) || makes(&read, Kind::CreateExternalTableAs) => {
                compiler.external(owner, piece, read);
            }
            Some(read) => compiler.piece(owner, piece, read),
            None => {}
        }
    }
    if compiler.transaction == Transaction::Message {
        compiler.extra("commit", batch.pieces.len());
        compiler.transaction = Transaction::None;
    }
    if compiler.steps.is_empty() {
        compiler.steps.push(Step::Send(Vec::new()));
    }
    Compiled { steps: compiler.steps, transaction: compiler.transaction, names: compiler.names, makes_external }
}

/// Whether a COPY, an UNLOAD or a question cuts what the server would keep together as one transaction by itself: what is
/// left of the message up to the end of that transaction. A question and the statement that waits for it are two already.
fn data_cuts(rest: &VecDeque<Read>, external: bool) -> bool {
    let ends = |read: &Read| matches!(read.kind(), Some(Kind::Commit | Kind::Rollback));
    let together = rest.iter().position(ends).unwrap_or(rest.len());
    let begins = rest.front().is_some_and(|first| matches!(first.kind(), Some(Kind::Begin | Kind::BeginReadOnly)));
    let cuts = |read: &Read| match read {
        Read::Copy(_) | Read::Unload(_) => together > 1,
        Read::Statement(Some((statement, treatment))) => {
            let writes = statement.kind == Kind::CreateExternalTableAs;
            lacks(treatment).is_some() || writes || external && treatment.is_some() && together > 1
        }
        _ => false,
    };
    !begins && rest.iter().take(together).any(cuts)
}

fn makes(read: &Read, kind: Kind) -> bool {
    matches!(read, Read::Statement(Some((statement, Some(Treatment::Translated(_))))) if statement.kind == kind)
}

/// Whether a piece is a statement of the user that may be about external tables.
fn may_read(piece: &Piece, read: &Read) -> bool {
    let controls = |statement: &Statement| statement.transaction == TxMode::Control;
    match read {
        Read::Copy(_) | Read::Unload(_) => true,
        Read::Statement(Some((statement, _))) => piece.author == Author::User && !controls(statement),
        _ => false,
    }
}

/// The refusal of a statement that waits for an answer of the server.
fn lacks(treatment: &Option<Treatment>) -> Option<&Untranslatable> {
    match treatment {
        Some(Treatment::Refused(refused)) if refused.lacks.is_some() => Some(refused),
        _ => None,
    }
}

/// A piece as far as it can be understood on its own.
enum Read {
    /// vesto's own statement, or the user's with what becomes of it.
    Statement(Option<(Statement, Option<Treatment>)>),
    Copy(Box<CopyStatement>),
    Unload(Box<UnloadStatement>),
    Refused(DbError),
    Empty,
}

impl Read {
    fn kind(&self) -> Option<Kind> {
        match self {
            Self::Statement(statement) => statement.as_ref().map(|(statement, _)| statement.kind),
            _ => None,
        }
    }
}

/// Reads the pieces in order, as a `SET` may change how the next ones read names.
fn read_all(batch: &Batch, mut rules: Rules<'_>) -> VecDeque<Read> {
    let one = |piece| {
        let read = read(piece, rules);
        rules.names = names_after(piece, read.kind()).unwrap_or(rules.names);
        read
    };
    batch.pieces.iter().map(one).collect()
}

/// What a piece of the user says about names.
fn names_after(piece: &Piece, kind: Option<Kind>) -> Option<QuotedNames> {
    let kind = kind.filter(|kind| piece.author == Author::User && matches!(kind, Kind::Set | Kind::Reset))?;
    quoted_names(&piece.sql, kind)
}

fn read(piece: &Piece, rules: Rules<'_>) -> Read {
    let names = rules.names;
    if piece.author != Author::User {
        let statement = parse_script(&piece.sql, Dialect::Postgres).ok().and_then(|mut all| all.pop());
        return Read::Statement(statement.map(|statement| (statement, None)));
    }
    let treated = |read: &ReadStatement<'_>| {
        let elsewhere = matches!(read.statement.kind, Kind::Copy | Kind::Unload);
        let treat = || treat(read, names, rules.known, rules.mode == DoubleMode::Lenient);
        let treatment = (!elsewhere).then(treat);
        (read.statement.clone(), treatment)
    };
    let mut statements = match read_script(&piece.sql, Dialect::Redshift, treated) {
        Ok(statements) => statements,
        Err(error) => {
            let offset = Some(error.range().start);
            let refusal = DbError::new(DbErrorKind::Statement, error.to_string());
            return Read::Refused(DbError { offset, hint: Some(error.hint()), code: syntax_error(), ..refusal });
        }
    };
    match (statements.pop(), statements.is_empty()) {
        (None, _) => Read::Empty,
        (Some((statement, _)), true) if statement.kind == Kind::Copy => {
            match CopyStatement::parse(&fold_quoted_names(&piece.sql, Dialect::Redshift, names)) {
                Ok(copy) => Read::Copy(Box::new(copy)),
                Err(error) => Read::Refused(error),
            }
        }
        (Some((statement, _)), true) if statement.kind == Kind::Unload => {
            match UnloadStatement::parse(&piece.sql, names) {
                Ok(unload) => Read::Unload(Box::new(unload)),
                Err(error) => Read::Refused(error),
            }
        }
        (Some(treated), true) => Read::Statement(Some(treated)),
        (Some((second, _)), false) => {
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
    steps: Vec<Step>,
}

impl Compiler {
    /// Of a message that begins outside of any transaction.
    fn new(alone: bool, names: QuotedNames) -> Self {
        Self { alone, transaction: Transaction::None, names, steps: Vec::new() }
    }

    fn send(&mut self, sql: impl Into<String>, owner: usize, origin: Origin) {
        let sent = Sent { sql: sql.into(), owner, origin, within: self.transaction };
        match self.steps.last_mut() {
            Some(Step::Send(message)) => message.push(sent),
            _ => self.steps.push(Step::Send(vec![sent])),
        }
    }

    /// A message of several statements is a transaction even without BEGIN.
    fn in_transaction(&self) -> bool {
        self.transaction == Transaction::Block || !self.alone
    }

    fn extra(&mut self, sql: &str, owner: usize) {
        self.send(sql, owner, Origin::Extra);
    }

    /// Keeps what is done for a piece together.
    fn external(&mut self, owner: usize, piece: &Piece, read: Read) {
        let statement = if let Read::Statement(Some((statement, _))) = &read { Some(statement.clone()) } else { None };
        let text = piece.sql.clone();
        let subject = Box::new(Subject { text, statement, in_transaction: self.in_transaction() });
        let within = self.transaction;
        let before = std::mem::take(&mut self.steps);
        self.piece(owner, piece, read);
        let steps = std::mem::replace(&mut self.steps, before);
        self.steps.push(Step::External { owner, subject, steps, within });
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
            Read::Statement(Some((statement, treatment))) => {
                match treatment {
                    None if piece.author == Author::Vesto => {
                        let sql = as_stored(&piece.sql, self.names);
                        self.send(sql, owner, Origin::AsWritten);
                    }
                    None => self.send(&piece.sql, owner, Origin::AsWritten),
                    Some(treatment) => self.users(owner, piece, &statement, treatment),
                }
                self.follow(owner, piece.author, &statement);
                self.names = names_after(piece, Some(statement.kind)).unwrap_or(self.names);
            }
        }
    }

    fn users(&mut self, owner: usize, piece: &Piece, statement: &Statement, treatment: Treatment) {
        if statement.transaction == TxMode::Alone && self.in_transaction() {
            return self.refuse(owner, inside_transaction(statement.kind));
        }
        match treatment {
            Treatment::Translated(translation) => self.translated(owner, statement, *translation),
            // Who sends it tells of it: see `plan::departures`.
            Treatment::LeftOut(_) => self.send(NOTHING, owner, Origin::Nothing),
            Treatment::RefusedThere(refusal) => self.refuse(owner, as_error(refusal, statement.range.start)),
            Treatment::Refused(refused) if refused.lacks.is_some() => {
                let (sql, names, within) = (piece.sql.clone(), self.names, self.transaction);
                let question = Box::new(Question { sql, statement: statement.clone(), names });
                self.steps.push(Step::Ask { owner, question, within });
            }
            Treatment::Refused(refused) => self.refuse(owner, unsupported(refused, statement.range.start)),
        }
    }

    fn translated(&mut self, owner: usize, statement: &Statement, translation: Translation) {
        match translation.sql {
            Some(sql) => self.send(sql, owner, Origin::Translated(translation.map, statement.range.start)),
            None => self.send(NOTHING, owner, Origin::Nothing),
        }
        if let Some(keep) = translation.design.as_ref().and_then(design::keep) {
            self.extra(&keep, owner);
        }
        if makes_names(statement)
            && let Some(keep) = long_name::keep(&translation.long_names)
        {
            self.extra(&keep, owner);
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

/// Whether names in the statement may be new, and there is a transaction to keep them in.
fn makes_names(statement: &Statement) -> bool {
    statement.transaction != TxMode::Alone
        && !matches!(statement.kind, Kind::Select | Kind::Insert | Kind::Update | Kind::Delete | Kind::Merge)
}

fn unsupported(refused: Untranslatable, start: usize) -> DbError {
    let error = DbError::new(DbErrorKind::Unsupported, refused.message);
    DbError { offset: Some(start + refused.offset), code: Some("0A000".to_owned()), ..error }
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
