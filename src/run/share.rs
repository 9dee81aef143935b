//! Which steps may share a transaction: those that nobody else can be waiting for.

use std::collections::HashSet;

use crate::history::Direction;
use crate::plan::{PlannedChange, Step};
use crate::sql::{Dialect, Kind, ObjectName, TokenKind, table_of, tokens};

/// Words by which a new table locks another, or may be no new table.
const TIES: [&str; 5] = ["exists", "references", "partition", "inherits", "like"];

/// Tables that the run made. Work on them keeps no one else waiting, and to do it again costs little.
#[derive(Default)]
pub(super) struct NewTables(HashSet<ObjectName>);

impl NewTables {
    /// Whether all statements of a step only make new things, or work on tables that this run made. Takes note of those
    /// that it makes.
    ///
    /// Any other step commits at once: it may hold locks that others wait for, take long, or reach beyond the database.
    /// A rollback drops what nobody should be waiting for.
    pub(super) fn hold(&mut self, change: &PlannedChange, step: &Step, direction: Direction, dialect: Dialect) -> bool {
        let text = change.script.rendered();
        step.statements.iter().all(|number| {
            let statement = &change.script.statements()[*number];
            let has = |words: &[&str]| has_any_word(change.script.statement_text(*number), dialect, words);
            match statement.kind {
                Kind::CreateTable if has(&TIES) => false,
                Kind::CreateTable => {
                    self.0.extend(statement.object.clone());
                    true
                }
                // Readers of a view that is replaced have to wait.
                Kind::CreateView => !has(&["replace"]),
                Kind::CreateProcedure | Kind::CreateFunction | Kind::CreateSchema => true,
                // Rows from a query may take long, and its functions may reach anywhere.
                Kind::Insert if has(&["select", "with", "table"]) => false,
                Kind::CreateIndex | Kind::Insert | Kind::Comment => {
                    table_of(statement, text, dialect).is_some_and(|table| self.0.contains(&table))
                }
                Kind::DropTable | Kind::DropView => direction == Direction::Rollback,
                _ => false,
            }
        })
    }
}

fn has_any_word(statement: &str, dialect: Dialect, words: &[&str]) -> bool {
    let mut code = tokens(statement, dialect).into_iter().filter(|token| token.kind == TokenKind::Word);
    code.any(|token| words.iter().any(|word| token.text(statement).eq_ignore_ascii_case(word)))
}
