//! Reading the ledger: plain queries, no lock, no write, and an empty history where there is no ledger yet.

use std::str::FromStr;

use crate::history::{Action, Entry, History, JournalRow, RunRow, StoredText, UnknownWord};
use crate::ports::{Batch, Outcome, Rows, Session};
use crate::project::ChangeId;

use super::{LedgerError, is_absent};

/// The reader of the ledger.
pub struct Ledger;

const ENTRIES: &str = "select sequence_no, run_id, change_id, action, checksum, statement_count \
    from vesto.entry order by sequence_no";

const JOURNAL: &str = "select sequence_no, change_id, direction, step_state, first_statement, statement_count, \
    prefix_checksum, probe_answer from vesto.journal order by sequence_no";

const TIMELINE: &str = "select e.sequence_no, e.run_id, e.change_id, e.action, e.finished_at, \
    cast(extract(epoch from e.finished_at) * 1000000 as bigint) - \
    cast(extract(epoch from e.started_at) * 1000000 as bigint), \
    coalesce(r.author, ''), coalesce(r.host, ''), r.source_commit, coalesce(r.tool_version, ''), e.message \
    from vesto.entry e left join vesto.run r on r.run_id = e.run_id order by e.sequence_no";

impl Ledger {
    /// The folded history; empty if the target has no ledger.
    pub async fn read(session: &mut dyn Session) -> Result<History, LedgerError> {
        let mut batch = Batch::default();
        Self::ask(&mut batch);
        match session.run(&batch).await {
            Ok(answers) => Self::answer(answers),
            Err(error) if is_absent(&error.error) => Ok(History::default()),
            Err(error) => Err(LedgerError::database("read")(error)),
        }
    }

    /// Appends the queries that [`Ledger::answer`] understands.
    pub(super) fn ask(batch: &mut Batch) {
        batch.own(ENTRIES).own(JOURNAL);
    }

    /// Folds the answers of the last two queries of a batch that [`Ledger::ask`] was part of.
    pub(super) fn answer(mut answers: Vec<Outcome>) -> Result<History, LedgerError> {
        let (Some(journal), Some(entries)) = (answers.pop(), answers.pop()) else {
            return Err(LedgerError::Malformed("the server answered fewer queries than it was asked".into()));
        };
        let journal = rows(&journal).map(journal_row).collect::<Result<Vec<_>, _>>()?;
        let entries = entries.rows.unwrap_or_default().rows.into_iter();
        // Thousands of entries are not collected a second time only to learn that all are well formed.
        let mut malformed = None;
        let entries = entries.map_while(|row| entry(row).map_err(|error| malformed = Some(error)).ok());
        let history = History::fold(entries, &journal);
        malformed.map_or(Ok(history), Err)
    }

    /// All entries with their runs, oldest first; empty if the target has no ledger.
    pub async fn timeline(session: &mut dyn Session) -> Result<Vec<RunRow>, LedgerError> {
        let mut batch = Batch::default();
        batch.own(TIMELINE);
        match session.run(&batch).await {
            Ok(answers) => answers.iter().flat_map(rows).map(run_row).collect(),
            Err(error) if is_absent(&error.error) => Ok(Vec::new()),
            Err(error) => Err(LedgerError::database("read")(error)),
        }
    }

    /// The texts that entries were applied with, in the order asked for.
    pub async fn texts(session: &mut dyn Session, sequences: &[u64]) -> Result<Vec<StoredText>, LedgerError> {
        if sequences.is_empty() {
            return Ok(Vec::new());
        }
        let list = sequences.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let mut batch = Batch::default();
        batch.own(format!(
            "select sequence_no, forward_text, rollback_text from vesto.entry where sequence_no in ({list})"
        ));
        batch.own(format!(
            "select sequence_no, direction, content from vesto.entry_text where sequence_no in ({list}) \
             order by sequence_no, direction, part_no"
        ));
        let answers = session.run(&batch).await.map_err(LedgerError::database("read"))?;
        let mut texts = std::collections::HashMap::new();
        if let [heads, parts] = answers.as_slice() {
            for row in rows(heads) {
                let forward = optional(row, 1).unwrap_or_default().to_owned();
                let rollback = optional(row, 2).map(str::to_owned);
                texts.insert(number::<u64>(row, 0)?, StoredText { forward, rollback });
            }
            for row in rows(parts) {
                let Some(text) = texts.get_mut(&number::<u64>(row, 0)?) else { continue };
                match text_of(row, 1)? {
                    "rollback" => text.rollback.get_or_insert_default().push_str(text_of(row, 2)?),
                    _ => text.forward.push_str(text_of(row, 2)?),
                }
            }
        }
        Ok(sequences.iter().map(|sequence| texts.get(sequence).cloned().unwrap_or_default()).collect())
    }
}

type Row = Vec<Option<String>>;

fn rows(outcome: &Outcome) -> impl Iterator<Item = &Row> {
    outcome.rows.iter().flat_map(|Rows { rows, .. }| rows)
}

/// A ledger may have many entries, so their cells are moved and not copied.
fn entry(mut row: Row) -> Result<Entry, LedgerError> {
    Ok(Entry {
        sequence: number(&row, 0)?,
        action: word::<Action>(&row, 3)?,
        statements: number(&row, 5)?,
        run: take_text(&mut row, 1)?,
        change: ChangeId::new(take_text(&mut row, 2)?),
        checksum: take_text(&mut row, 4)?,
    })
}

fn journal_row(row: &Row) -> Result<JournalRow, LedgerError> {
    Ok(JournalRow {
        sequence: number(row, 0)?,
        change: ChangeId::new(text_of(row, 1)?),
        direction: word(row, 2)?,
        state: word(row, 3)?,
        first_statement: number(row, 4)?,
        statements: number(row, 5)?,
        prefix_checksum: text_of(row, 6)?.to_owned(),
        probe_answer: optional(row, 7).map(str::to_owned),
    })
}

fn run_row(row: &Row) -> Result<RunRow, LedgerError> {
    Ok(RunRow {
        sequence: number(row, 0)?,
        run: text_of(row, 1)?.to_owned(),
        change: text_of(row, 2)?.to_owned(),
        action: word(row, 3)?,
        finished_at: text_of(row, 4)?.to_owned(),
        microseconds: number::<i64>(row, 5)?.unsigned_abs(),
        author: text_of(row, 6)?.to_owned(),
        host: text_of(row, 7)?.to_owned(),
        source_commit: optional(row, 8).map(str::to_owned),
        tool_version: text_of(row, 9)?.to_owned(),
        message: optional(row, 10).map(str::to_owned),
    })
}

fn optional(row: &Row, column: usize) -> Option<&str> {
    row.get(column)?.as_deref()
}

fn text_of(row: &Row, column: usize) -> Result<&str, LedgerError> {
    optional(row, column).ok_or_else(|| missing(column))
}

fn take_text(row: &mut Row, column: usize) -> Result<String, LedgerError> {
    row.get_mut(column).and_then(Option::take).ok_or_else(|| missing(column))
}

fn missing(column: usize) -> LedgerError {
    LedgerError::Malformed(format!("column {} is missing", column + 1))
}

fn number<T: FromStr>(row: &Row, column: usize) -> Result<T, LedgerError> {
    let text = text_of(row, column)?;
    text.parse().map_err(|_| LedgerError::Malformed(format!("`{text}` is not a number")))
}

fn word<T: FromStr<Err = UnknownWord>>(row: &Row, column: usize) -> Result<T, LedgerError> {
    Ok(text_of(row, column)?.parse()?)
}
