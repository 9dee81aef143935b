//! The SQL that writes rows of the ledger.

use std::fmt::Write as _;

use crate::history::{Action, Direction, StepState};
use crate::ports::Batch;
use crate::sql::{Dialect, push_literal, quote_literal};

/// What an entry of the ledger says.
#[derive(Clone, Copy, Debug)]
pub struct EntryRecord<'a> {
    /// Id of the change.
    pub change: &'a str,
    /// What people call it.
    pub title: &'a str,
    /// What happened.
    pub action: Action,
    /// Checksum of the text.
    pub checksum: &'a str,
    /// Number of statements.
    pub statements: usize,
    /// A reason, or the server's refusal.
    pub message: Option<&'a str>,
    /// The text as written, variables not replaced.
    pub forward: Option<&'a str>,
    /// The rollback as written.
    pub rollback: Option<&'a str>,
}

/// What a journal row says.
#[derive(Clone, Copy, Debug)]
pub struct JournalRecord<'a> {
    /// Id of the change.
    pub change: &'a str,
    /// Which of its scripts.
    pub direction: Direction,
    /// How far the step is.
    pub state: StepState,
    /// First statement of the step.
    pub first_statement: usize,
    /// Number of statements of the step.
    pub statements: usize,
    /// Checksum of all statements up to the end of the step.
    pub prefix_checksum: &'a str,
    /// What the database answered to the statement's probe before an intent.
    pub probe_answer: Option<&'a str>,
    /// How it is known, where nobody saw the statement end.
    pub reason: Option<&'a str>,
}

/// Longest text of one column, in bytes: Redshift's VARCHAR holds no more
/// (<https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html>).
const TEXT_BYTES: usize = 65_535;

/// Longest text of one column on Redshift: with both texts of a change, each of their quotes written twice, an entry is a
/// statement that the Data API takes, which are those of at most 100 kB
/// (<https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html>).
const TEXT_BYTES_OF_REDSHIFT: usize = 20_000;

/// Size of a statement for several entries, for the same reason.
const ROWS_BYTES: usize = 90_000;

/// The present time in UTC while a transaction runs. Redshift has no `clock_timestamp`.
pub(super) fn clock(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "clock_timestamp() at time zone 'UTC'",
        Dialect::Redshift => "getdate()",
    }
}

/// An entry on its way into the ledger, to be written by [`insert`] with others of its transaction.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Its row, in parentheses.
    row: String,
    /// Statements that write what of a text does not fit a column.
    parts: Vec<String>,
}

impl NewEntry {
    /// Size of what writes it, in bytes.
    pub fn size(&self) -> usize {
        self.row.len() + self.parts.iter().map(String::len).sum::<usize>()
    }
}

/// What comes before the rows of entries.
const INSERT: &str = "insert into vesto.entry (sequence_no, run_id, change_id, title, action, checksum, statement_count, \
     started_at, finished_at, message, forward_text, rollback_text) values ";

/// Statements that write entries: one for many rows, which the server reads and plans once, and one for each part of a
/// text that is too long for a column.
pub(super) fn insert<'a>(entries: impl IntoIterator<Item = &'a NewEntry>, batch: &mut Batch) {
    let entries: Vec<&NewEntry> = entries.into_iter().collect();
    let mut rest = entries.as_slice();
    while let [first, ..] = rest {
        let mut size = INSERT.len() + first.row.len();
        let fits = rest[1..].iter().take_while(|entry| {
            size += entry.row.len() + 2;
            size <= ROWS_BYTES
        });
        let (rows, others) = rest.split_at(1 + fits.count());
        let rows: Vec<&str> = rows.iter().map(|entry| entry.row.as_str()).collect();
        batch.own([INSERT, &rows.join(",\n")].concat());
        rest = others;
    }
    for part in entries.iter().flat_map(|entry| &entry.parts) {
        batch.own(part);
    }
}

/// The entry of a record.
pub(super) fn entry(run: &str, sequence: u64, started: &str, record: &EntryRecord<'_>, dialect: Dialect) -> NewEntry {
    let literal = |text: &str| quote_literal(text, dialect);
    let parts = |text| parts(text, dialect);
    let forward = record.forward.map(parts).unwrap_or_default();
    let rollback = record.rollback.map(parts).unwrap_or_default();
    let mut row = format!(
        "({sequence}, {}, {}, {}, {}, {}, {}, {started}, {}",
        literal(run),
        literal(record.change),
        literal(head(record.title, 512)),
        literal(record.action.as_str()),
        literal(record.checksum),
        record.statements,
        clock(dialect),
    );
    let texts =
        [record.message.map(|message| head(message, 4096)), forward.first().copied(), rollback.first().copied()];
    // Quotes and backslashes in a text are written twice; a few of them make no second allocation.
    row.reserve_exact(texts.iter().map(|text| text.map_or(0, str::len) * 17 / 16 + 8).sum());
    for text in texts {
        row.push_str(", ");
        match text {
            Some(text) => push_literal(&mut row, text, dialect),
            None => row.push_str("null"),
        }
    }
    row.push(')');
    let mut further = Vec::new();
    for (direction, parts) in [(Direction::Forward, forward), (Direction::Rollback, rollback)] {
        for (number, part) in parts.iter().enumerate().skip(1) {
            further.push(format!(
                "insert into vesto.entry_text (sequence_no, direction, part_no, content) values ({sequence}, {}, {number}, {})",
                literal(direction.as_str()),
                literal(part),
            ));
        }
    }
    NewEntry { row, parts: further }
}

/// The statement that writes a journal row.
pub(super) fn journal(run: &str, sequence: u64, record: &JournalRecord<'_>, dialect: Dialect) -> String {
    let literal = |text: &str| quote_literal(text, dialect);
    let optional =
        |text: Option<&str>, bytes| text.map_or_else(|| "null".to_owned(), |text| literal(head(text, bytes)));
    let mut sql = String::from(
        "insert into vesto.journal (sequence_no, run_id, change_id, direction, step_state, first_statement, \
         statement_count, prefix_checksum, probe_answer, reason, written_at) values (",
    );
    // Writing to a String cannot fail.
    let _ = write!(
        sql,
        "{sequence}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
        literal(run),
        literal(record.change),
        literal(record.direction.as_str()),
        literal(record.state.as_str()),
        record.first_statement,
        record.statements,
        literal(record.prefix_checksum),
        optional(record.probe_answer, 512),
        optional(record.reason, 4096),
        clock(dialect),
    );
    sql
}

/// The beginning of a text, at most `bytes` long, cut between characters.
pub(super) fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// A text in pieces that each fit a column; one empty piece for an empty text.
fn parts(text: &str, dialect: Dialect) -> Vec<&str> {
    let most = match dialect {
        Dialect::Postgres => TEXT_BYTES,
        Dialect::Redshift => TEXT_BYTES_OF_REDSHIFT,
    };
    let mut rest = text;
    let mut parts = Vec::new();
    loop {
        let part = head(rest, most);
        parts.push(part);
        rest = &rest[part.len()..];
        if rest.is_empty() {
            return parts;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters_and_lose_nothing() {
        for text in [String::new(), "a".repeat(TEXT_BYTES), "é".repeat(TEXT_BYTES), "aé".repeat(50_000)] {
            let parts = parts(&text, Dialect::Postgres);
            assert!(parts.iter().all(|part| part.len() <= TEXT_BYTES));
            assert_eq!(parts.concat(), text);
        }
    }

    #[test]
    fn no_statement_of_entries_is_too_long_for_the_data_api() {
        let long = "'".repeat(70_000);
        let record = EntryRecord {
            change: "V1__a",
            title: &long,
            action: Action::Applied,
            checksum: "c",
            statements: 1,
            message: Some(&long),
            forward: Some(&long),
            rollback: Some(&long),
        };
        let entries: Vec<NewEntry> =
            (0..3).map(|sequence| entry("run", sequence, "getdate()", &record, Dialect::Redshift)).collect();
        let mut batch = Batch::default();
        insert(&entries, &mut batch);
        assert_eq!(batch.pieces.len(), 3 + 3 * 2 * 3);
        assert!(batch.pieces.iter().all(|piece| piece.sql.len() < 100_000));
    }

    #[test]
    fn entries_share_a_statement_and_parts_of_texts_follow() {
        let long = "a".repeat(TEXT_BYTES + 1);
        let record = |forward| EntryRecord {
            change: "V1__a",
            title: "a",
            action: Action::Applied,
            checksum: "c",
            statements: 1,
            message: None,
            forward: Some(forward),
            rollback: None,
        };
        let entry = |sequence, forward| entry("run", sequence, "now()", &record(forward), Dialect::Postgres);
        let entries = [entry(7, "short"), entry(8, long.as_str())];
        let mut batch = Batch::default();
        insert(&entries, &mut batch);
        let [rows, part] = &batch.pieces[..] else { panic!("{} statements", batch.pieces.len()) };
        assert!(rows.sql.contains("values (7, ") && rows.sql.contains("),\n(8, "));
        assert!(part.sql.ends_with("values (8, 'forward', 1, 'a')"), "{}", part.sql);
        let mut none = Batch::default();
        insert([], &mut none);
        assert!(none.pieces.is_empty());
    }
}
