//! What holds for any script that is cut into steps, and for any history of a change.

use proptest::prelude::*;
use vesto::history::{Action, Direction, Entry, History, JournalRow, StepState};
use vesto::plan::{StepKind, cut};
use vesto::project::{ChangeId, Directives, Transaction};
use vesto::sql::{Dialect, Kind, TxMode, parse_script};

fn statements() -> impl Strategy<Value = String> {
    let statement = prop::sample::select(vec![
        "insert into a values (1)",
        "create table b (c int)",
        "truncate a",
        "vacuum a",
        "begin",
        "commit",
        "savepoint s",
        "create database d",
        "alter table a append from b",
        "select 1",
    ]);
    prop::collection::vec(statement, 0..12).prop_map(|list| list.join(";\n"))
}

fn transaction() -> impl Strategy<Value = Transaction> {
    prop_oneof![Just(Transaction::Auto), Just(Transaction::None), Just(Transaction::One)]
}

fn change() -> ChangeId {
    ChangeId::new("c")
}

/// A row of the ledger: an entry or a journal row.
#[derive(Clone, Debug)]
enum Row {
    Entry(Action),
    Step(Direction, StepState, usize),
}

fn row() -> impl Strategy<Value = Row> {
    let action = prop::sample::select(vec![
        Action::Applied,
        Action::RolledBack,
        Action::Failed,
        Action::MarkedApplied,
        Action::MarkedPending,
    ]);
    let direction = prop_oneof![Just(Direction::Forward), Just(Direction::Rollback)];
    let state = prop_oneof![Just(StepState::Intent), Just(StepState::Done)];
    prop_oneof![action.prop_map(Row::Entry), (direction, state, 0usize..5).prop_map(|(d, s, n)| Row::Step(d, s, n))]
}

fn fold(rows: &[Row]) -> History {
    let mut entries = Vec::new();
    let mut journal = Vec::new();
    for (sequence, row) in (1..).zip(rows) {
        let (run, change) = (String::from("r"), change());
        match row.clone() {
            Row::Entry(action) => {
                entries.push(Entry { sequence, run, change, action, checksum: sequence.to_string(), statements: 5 });
            }
            Row::Step(direction, state, first_statement) => journal.push(JournalRow {
                sequence,
                change,
                direction,
                state,
                first_statement,
                statements: 1,
                prefix_checksum: sequence.to_string(),
                probe_answer: None,
            }),
        }
    }
    History::fold(entries, &journal)
}

proptest! {
    #[test]
    fn steps_are_the_statements_in_order_each_once(
        text in statements(),
        transaction in transaction(),
        redshift in any::<bool>(),
    ) {
        let dialect = if redshift { Dialect::Redshift } else { Dialect::Postgres };
        let statements = parse_script(&text, dialect).expect("statements");
        let directives = Directives { transaction, ..Directives::default() };
        let Ok(steps) = cut(&statements, &directives) else { return Ok(()) };
        let stepped: Vec<usize> = steps.iter().flat_map(|step| step.statements.clone()).collect();
        let sent = |number: &usize| !matches!(statements[*number].kind, Kind::Begin | Kind::Commit);
        prop_assert_eq!(&stepped, &(0..statements.len()).filter(sent).collect::<Vec<_>>());
        for step in &steps {
            prop_assert!(!step.statements.is_empty());
            let inside = |number: &usize| !matches!(statements[*number].transaction, TxMode::Alone | TxMode::Commits);
            match step.kind {
                StepKind::Transaction => prop_assert!(step.statements.iter().all(inside)),
                StepKind::Lone => prop_assert_eq!(step.statements.len(), 1),
            }
        }
    }

    #[test]
    fn the_last_entry_that_says_something_decides(rows in prop::collection::vec(row(), 0..12)) {
        let history = fold(&rows);
        prop_assert_eq!(history.last_sequence(), rows.len() as u64);
        let settling = rows.iter().rposition(|row| matches!(row, Row::Entry(action) if *action != Action::Failed));
        let last = settling.map(|at| &rows[at]);
        if let Some(Row::Entry(Action::Applied | Action::MarkedApplied)) = last {
            let sequence = history.applied(&change()).map(|applied| applied.sequence);
            prop_assert_eq!(sequence, settling.map(|at| at as u64 + 1));
        }
        if let None | Some(Row::Entry(Action::MarkedPending)) = last {
            prop_assert!(history.applied(&change()).is_none());
        }
        // Progress is of the steps after it, and a doubt is an intent that nothing answered.
        let rest = &rows[settling.map_or(0, |at| at + 1)..];
        let last_step = rest.iter().rfind(|row| matches!(row, Row::Step(..)));
        let done = history.progress(&change()).map(|progress| progress.done);
        match last_step {
            None => prop_assert_eq!(done, None),
            Some(Row::Step(_, StepState::Done, first)) => prop_assert_eq!(done, Some(first + 1)),
            Some(_) => {}
        }
        let doubt = history.progress(&change()).and_then(|progress| progress.doubt.clone()).map(|doubt| doubt.statement);
        let wanted = match rest.iter().rfind(|row| matches!(row, Row::Step(..) | Row::Entry(Action::Failed))) {
            Some(Row::Step(_, StepState::Intent, first)) => Some(*first),
            _ => None,
        };
        prop_assert_eq!(doubt, wanted);
    }
}
