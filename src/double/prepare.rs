//! Statements that are prepared before they run, as the extended query protocol has it.

use super::Double;
use super::compile::{self, Origin, Sent, Step, Transaction};
use crate::ports::Batch;
use crate::sql::{Dialect, Kind, OffsetMap, TokenKind, TxMode, parse_script, tokens, written_query};

/// How a prepared statement is carried out.
#[derive(Debug)]
pub enum Prepared {
    /// The server prepares and runs this text.
    ByServer {
        /// The text.
        sql: String,
        /// The way back to what the user wrote, if it was translated.
        map: Option<OffsetMap>,
    },
    /// [`Session::run`](crate::ports::Session::run) carries it out, with whatever belongs to it.
    Whole,
    /// It depends on what the database holds, such as the columns of a table: [`Double::prepare_by_asking`] says how.
    Depends,
    /// [`Session::run`](crate::ports::Session::run) refuses it.
    Refused,
}

impl Double {
    /// Says how a statement is carried out, whatever the transaction it will stand in. Without a statement, the server
    /// says what it says to an empty text.
    pub fn prepare(&self, sql: &str) -> Prepared {
        if sql.is_empty() {
            return Prepared::ByServer { sql: String::new(), map: None };
        }
        if is_more_than_its_text(sql) || !self.knows_no_external() && changes_what_may_be_external(sql) {
            return Prepared::Whole;
        }
        let mut batch = Batch::default();
        batch.user(sql);
        let mut steps = compile::compile(&batch, Transaction::None, self.rules()).steps;
        match (steps.pop(), steps.is_empty()) {
            (Some(Step::Send(sent)), true) => alone(sent),
            // It stands between BEGIN and COMMIT, where the answer stays true.
            _ if steps.iter().any(|step| matches!(step, Step::Ask { .. })) => Prepared::Depends,
            _ => Prepared::Whole,
        }
    }

    /// As [`Double::prepare`], for a statement that depends on what the database holds now. What cannot be found out is left
    /// for when it runs.
    pub async fn prepare_by_asking(&mut self, sql: &str) -> Prepared {
        let mut batch = Batch::default();
        batch.user(sql);
        let mut steps = compile::compile(&batch, Transaction::Block, self.rules()).steps;
        let (Some(Step::Ask { owner, question, within }), true) = (steps.pop(), steps.is_empty()) else {
            return Prepared::Whole;
        };
        match self.asked(owner, &question, within).await {
            Ok(sent) => alone(sent),
            Err(_) => Prepared::Whole,
        }
    }

    /// Says whether a transaction is open that the double did not see begin or end.
    pub fn is_in_transaction(&mut self, open: bool) {
        self.transaction = if open { Transaction::Block } else { Transaction::None };
    }
}

fn alone(mut sent: Vec<Sent>) -> Prepared {
    match (sent.pop(), sent.is_empty()) {
        (Some(Sent { sql, origin: Origin::AsWritten, .. }), true) => Prepared::ByServer { sql, map: None },
        (Some(Sent { sql, origin: Origin::Translated(map, _), .. }), true) => {
            Prepared::ByServer { sql, map: Some(map) }
        }
        (Some(Sent { origin: Origin::Refused(_), .. }), true) => Prepared::Refused,
        _ => Prepared::Whole,
    }
}

/// Whether a statement means something else where its object turns out to be an external table. One that has parameters
/// cannot be carried out by the double.
fn changes_what_may_be_external(sql: &str) -> bool {
    let statements = parse_script(sql, Dialect::Redshift).unwrap_or_default();
    let [statement] = statements.as_slice() else { return false };
    let has_schema = statement.object.as_ref().is_some_and(|object| object.schema().is_some());
    let parameters = || tokens(sql, Dialect::Redshift).iter().any(|token| token.kind == TokenKind::Parameter);
    match statement.kind {
        Kind::DropTable | Kind::AlterTableAddColumn | Kind::AlterTableDropColumn => has_schema,
        Kind::Insert => has_schema && written_query(sql, Kind::Insert).is_some() && !parameters(),
        _ => false,
    }
}

/// Whether the double has to know when the statement runs: its place in a transaction decides what is sent, or it changes
/// how later statements are read.
fn is_more_than_its_text(sql: &str) -> bool {
    let statements = parse_script(sql, Dialect::Redshift).unwrap_or_default();
    statements.iter().any(|statement| {
        matches!(statement.transaction, TxMode::Alone | TxMode::Commits)
            || matches!(statement.kind, Kind::Set | Kind::Reset)
    })
}
