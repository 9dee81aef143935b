//! Cuts a script into steps: transactions, and statements that must be sent alone.

use crate::project::{Directives, Transaction};
use crate::sql::{Kind, Statement, TxMode};

/// What is sent and recorded as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Transaction or lone statement.
    pub kind: StepKind,
    /// Numbers of the statements, from 0 and ascending. The user's own BEGIN and COMMIT are not among them.
    pub statements: Vec<usize>,
}

/// Whether a step can be undone as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// The statements and their journal row are one transaction.
    Transaction,
    /// One statement that the server runs in no transaction block, or that commits by itself: a point of no return.
    Lone,
}

/// Why a script cannot be cut as its author asks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CutError {
    /// The statement in the way, from 0.
    pub statement: usize,
    /// Why.
    pub message: String,
    /// The cure.
    pub hint: String,
}

/// The steps of a script. `BEGIN` and `COMMIT` in the script are where the author wants the cuts, so they are not sent:
/// the transaction is vesto's, because its journal row is part of it.
pub fn cut(statements: &[Statement], directives: &Directives) -> Result<Vec<Step>, CutError> {
    let mut steps: Vec<Step> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for (number, statement) in statements.iter().enumerate() {
        let mode = match (directives.transaction, statement.transaction) {
            (Transaction::None, TxMode::Inside) => TxMode::Alone,
            (_, mode) => mode,
        };
        if let Some(error) = impossible(number, statement) {
            return Err(error);
        }
        match mode {
            TxMode::Inside => open.push(number),
            TxMode::Alone | TxMode::Commits => {
                if directives.transaction == Transaction::One {
                    return Err(alone(number, statement));
                }
                close(&mut steps, &mut open);
                steps.push(Step { kind: StepKind::Lone, statements: vec![number] });
            }
            TxMode::Control => match statement.kind {
                Kind::Begin | Kind::Commit => close(&mut steps, &mut open),
                Kind::Savepoint | Kind::ReleaseSavepoint | Kind::RollbackToSavepoint => open.push(number),
                _ => return Err(uncontrollable(number, statement)),
            },
        }
    }
    close(&mut steps, &mut open);
    Ok(steps)
}

/// A statement that cannot be carried out in a change at all.
fn impossible(statement: usize, of: &Statement) -> Option<CutError> {
    let (message, hint) = match of.kind {
        Kind::Discard => (
            "`discard` would release the lock that keeps other runs out",
            "reset what the change has set by name, with `reset`",
        ),
        Kind::CopyWithClient => (
            "`copy` from stdin or to stdout needs a client that has the data, and a change has none",
            "write `insert` statements, or copy from a file or a store that the server reads",
        ),
        Kind::BeginReadOnly => (
            "a transaction of a change cannot be read only, because vesto records the change in it",
            "leave `read only` out",
        ),
        _ => return None,
    };
    Some(CutError { statement, message: message.into(), hint: hint.into() })
}

fn close(steps: &mut Vec<Step>, open: &mut Vec<usize>) {
    if !open.is_empty() {
        steps.push(Step { kind: StepKind::Transaction, statements: std::mem::take(open) });
    }
}

fn alone(number: usize, statement: &Statement) -> CutError {
    let name = statement.kind.as_str();
    CutError {
        statement: number,
        message: match statement.transaction {
            TxMode::Commits => format!("`{name}` commits what came before it, and the change asks for one transaction"),
            _ => format!("`{name}` cannot run inside a transaction, and the change asks for one"),
        },
        hint: "remove `transaction=one`, or move the statement into a change of its own".into(),
    }
}

fn uncontrollable(number: usize, statement: &Statement) -> CutError {
    CutError {
        statement: number,
        message: format!("`{}` in a change would undo what vesto records as done", statement.kind.as_str()),
        hint: "remove it: vesto itself rolls a failed transaction back".into(),
    }
}
