//! A message in the making: steps with what records them, laid out as transactions.

use std::ops::Range;

use crate::ledger::{LockedLedger, NewEntry};
use crate::plan::{PlannedChange, Step};
use crate::ports::{Author, Batch, DbError, Piece};
use crate::sql::probe::Query;

/// How many steps may share a transaction: enough that commits cost little, few enough for the server's lock table.
const SHARED_BY: usize = 64;

/// A step of a change, or what is written about one, with the statements that carry it out and record it.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Position of the change in the plan; none for the end of the run.
    pub(super) change: Option<usize>,
    /// How it is sent.
    pub(super) form: Form,
    /// Its statements.
    pub(super) body: Batch,
    /// Which pieces of the body are the user's, with the statements' numbers in the script.
    pub(super) statements: Vec<(usize, usize)>,
    /// How many of them, the first, were carried out before and only set again what they set.
    pub(super) repeated: usize,
    /// How its transaction is isolated, if not as is usual.
    pub(super) isolation: Option<&'static str>,
    /// What is recorded of the change, if it is complete with this part.
    pub(super) entry: Option<NewEntry>,
    /// Whether it says what became of a statement that was sent alone: it is sent also when somebody asked to stop.
    pub(super) settles: bool,
    /// Of a lone statement: how to find out what became of it, and what the answer was before it was sent.
    pub(super) probe: Option<(Query, Option<String>)>,
}

/// How a part is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// In a transaction of its own, which waits for the disk.
    Durable,
    /// In a transaction of its own.
    Transaction,
    /// In a transaction that it may share with its neighbours.
    Shared,
    /// In no transaction.
    Lone,
}

impl Part {
    pub(super) fn new(change: Option<usize>, form: Form) -> Self {
        Self {
            change,
            form,
            body: Batch::default(),
            statements: Vec::new(),
            repeated: 0,
            isolation: None,
            entry: None,
            settles: false,
            probe: None,
        }
    }

    /// Appends statements of earlier steps, each behind a comment.
    pub(super) fn repeat_statements(&mut self, change: &PlannedChange, numbers: &[usize], comment: &str) {
        self.repeated = numbers.len();
        numbers.iter().for_each(|number| self.add_statement(change, *number, comment));
    }

    /// Appends the step's statements, each behind a comment.
    pub(super) fn add_statements(&mut self, change: &PlannedChange, step: &Step, comment: &str) {
        step.statements.iter().for_each(|number| self.add_statement(change, *number, comment));
    }

    fn add_statement(&mut self, change: &PlannedChange, number: usize, comment: &str) {
        self.statements.push((self.body.pieces.len(), number));
        self.body.user(format!("{comment}{}", change.script.statement_text(number)));
    }
}

/// Parts laid out as one message. It holds their bodies until it gives them back.
pub(super) struct Message {
    pub(super) batch: Batch,
    places: Vec<Place>,
}

/// Where a part lies in its message.
struct Place {
    /// The piece that notes when its transaction began, if there is one.
    mark: Option<usize>,
    /// The pieces of its body.
    body: Range<usize>,
    /// Once that many pieces are answered, the part is committed.
    end: usize,
    /// Whether its commit waits for the disk, and so for all commits before it.
    durable: bool,
}

impl Message {
    /// Lays parts out. With `shared`, neighbours that may share a transaction do.
    pub(super) fn new(parts: &mut [Part], ledger: &mut LockedLedger, shared: bool) -> Self {
        let pieces = parts.iter().map(|part| part.body.pieces.len() + 1).sum();
        let mut message =
            Self { batch: Batch { pieces: Vec::with_capacity(pieces) }, places: Vec::with_capacity(parts.len()) };
        let together = |a: &Part, b: &Part| shared && a.form == Form::Shared && b.form == Form::Shared;
        let mut groups = parts.chunk_by_mut(together).flat_map(|group| group.chunks_mut(SHARED_BY)).peekable();
        while let Some(group) = groups.next() {
            // What a message did is told once it is answered, so by then all of it has to be on disk.
            let durable = groups.peek().is_none() || group.iter().any(|part| part.form == Form::Durable);
            message.add_transaction(group, durable, ledger);
        }
        message
    }

    fn add_transaction(&mut self, parts: &mut [Part], durable: bool, ledger: &mut LockedLedger) {
        let form = parts.first().map_or(Form::Lone, |part| part.form);
        let first = self.places.len();
        let mut mark = None;
        if form != Form::Lone {
            let isolation = parts.first().and_then(|part| part.isolation);
            ledger.begin_isolated(&mut self.batch, isolation, durable);
            mark = ledger.mark(&mut self.batch);
        }
        for part in parts.iter_mut() {
            let start = self.batch.pieces.len();
            self.batch.pieces.append(&mut part.body.pieces);
            self.places.push(Place { mark, body: start..self.batch.pieces.len(), end: 0, durable });
        }
        if form != Form::Lone {
            LockedLedger::insert(parts.iter().filter_map(|part| part.entry.as_ref()), &mut self.batch);
            self.batch.own("commit");
        }
        for place in &mut self.places[first..] {
            place.end = self.batch.pieces.len();
        }
    }

    /// Gives the parts that it was made of their bodies back.
    pub(super) fn give_back(&mut self, parts: &mut [Part]) {
        for (part, place) in parts.iter_mut().zip(&self.places) {
            let held = self.batch.pieces.get_mut(place.body.clone()).unwrap_or_default();
            part.body.pieces =
                held.iter_mut().map(|piece| Piece { sql: std::mem::take(&mut piece.sql), ..*piece }).collect();
        }
    }

    /// How many parts are committed once so many pieces are answered.
    pub(super) fn committed(&self, answered: usize) -> usize {
        self.places.iter().take_while(|place| place.end <= answered).count()
    }

    /// How many of the committed parts the server has even if it crashed right after so many answers.
    pub(super) fn on_disk(&self, answered: usize) -> usize {
        let committed = &self.places[..self.committed(answered)];
        committed.iter().rposition(|place| place.durable).map_or(0, |last| last + 1)
    }

    /// The part that a piece belongs to, and the piece's number in its body.
    pub(super) fn part_at(&self, piece: usize) -> Option<(usize, usize)> {
        let part = self.places.iter().position(|place| place.body.contains(&piece))?;
        Some((part, piece - self.places[part].body.start))
    }

    /// Whether the error of a piece says that the run no longer holds the lock.
    pub(super) fn says_lock_is_lost(&self, piece: usize, error: &DbError) -> bool {
        let own = self.batch.pieces.get(piece).filter(|piece| piece.author != Author::User);
        own.is_some_and(|piece| LockedLedger::says_lock_is_lost(&piece.sql, error))
    }

    /// One past the last part that is in the same transaction as this one.
    pub(super) fn transaction_end(&self, part: usize) -> usize {
        let end = self.places.get(part).map_or(0, |place| place.end);
        self.places.iter().take_while(|place| place.end <= end).count()
    }

    /// The piece that notes when the transaction of a part began.
    pub(super) fn mark(&self, part: usize) -> Option<usize> {
        self.places[part].mark
    }

    /// Where a part's body begins.
    pub(super) fn body_start(&self, part: usize) -> usize {
        self.places[part].body.start
    }
}
