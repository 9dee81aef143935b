//! How the statements of a message become requests.
//!
//! A batch of the Data API is one transaction by itself, so what stands between `begin` and `commit` becomes one batch
//! without these two. It is never cut: what is too much for one batch is sent statement by statement in a transaction that
//! the session holds open.

use std::ops::Range;

use crate::ports::Batch;
use crate::sql::{Dialect, Kind, parse_script};

/// Statements that one batch may have
/// (<https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_BatchExecuteStatement.html>).
pub(super) const MOST_STATEMENTS: usize = 40;

/// Bytes that one statement may have (<https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html>).
pub(super) const LONGEST_STATEMENT: usize = 100 * 1024;

/// What a piece means for how it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It begins a transaction. The words of an isolation level change nothing on Redshift
    /// (<https://docs.aws.amazon.com/redshift/latest/dg/r_BEGIN.html>).
    Begin,
    /// It ends one and keeps what it did.
    Commit,
    /// It ends one and undoes what it did.
    Rollback,
    /// It sets something for the session or the transaction, and answers nothing.
    Setting,
    /// Any other.
    Other,
}

/// Neighbouring pieces that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) pieces: Range<usize>,
    pub(super) form: Form,
}

/// How a segment is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Not at all: it ends a transaction where none is open.
    Nothing,
    /// The one statement by itself, in no transaction.
    Alone,
    /// These statements as a transaction.
    Transaction(Range<usize>, End),
}

/// What becomes of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Commit,
    Rollback,
    /// The next message goes on with it.
    Open,
}

/// The roles of all pieces.
pub(super) fn roles(batch: &Batch) -> Vec<Role> {
    batch.pieces.iter().map(|piece| role(&piece.sql)).collect()
}

fn role(sql: &str) -> Role {
    // A long text begins and ends no transaction, and takes long to read.
    const SHORT: usize = 1024;
    let kind = match (sql.len() <= SHORT).then(|| parse_script(sql, Dialect::Redshift)) {
        Some(Ok(statements)) if statements.len() == 1 => statements.first().map(|statement| statement.kind),
        _ => None,
    };
    match kind {
        Some(Kind::Begin | Kind::BeginReadOnly) => Role::Begin,
        Some(Kind::Commit) => Role::Commit,
        Some(Kind::Rollback) => Role::Rollback,
        Some(Kind::Set) => Role::Setting,
        _ => Role::Other,
    }
}

/// Cuts a message into what is sent together. `is_open` says that a transaction was left open before it.
///
/// Several statements outside of `begin` and `commit` are a transaction too, as they are in one message of the protocol
/// of the database.
pub(super) fn lay_out(roles: &[Role], is_open: bool) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut at = 0;
    // What an earlier message began has no `begin` in this one.
    let mut begun = is_open.then_some(0..0);
    while at < roles.len() {
        let start = at;
        if begun.is_none() && roles[at] == Role::Begin {
            at += 1;
            begun = Some(start..at);
        }
        let rest = &roles[at..];
        if let Some(begin) = begun.take() {
            let length = rest.iter().position(|role| matches!(role, Role::Commit | Role::Rollback));
            let statements = at..at + length.unwrap_or(rest.len());
            let (end, after) = match length.and_then(|length| rest.get(length)) {
                Some(Role::Commit) => (End::Commit, 1),
                Some(_) => (End::Rollback, 1),
                None => (End::Open, 0),
            };
            at = statements.end + after;
            segments.push(Segment { pieces: begin.start..at, form: Form::Transaction(statements, end) });
            continue;
        }
        let length = rest.iter().take_while(|role| matches!(role, Role::Setting | Role::Other)).count();
        let form = match length {
            0 => Form::Nothing,
            1 => Form::Alone,
            _ => Form::Transaction(at..at + length, End::Commit),
        };
        at += length.max(1);
        segments.push(Segment { pieces: start..at, form });
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(statements: &[&str], is_open: bool) -> Vec<(Range<usize>, Form)> {
        let mut batch = Batch::default();
        for sql in statements {
            batch.own(*sql);
        }
        lay_out(&roles(&batch), is_open).into_iter().map(|segment| (segment.pieces, segment.form)).collect()
    }

    #[test]
    fn a_transaction_is_one_request_without_its_ends() {
        let sent = forms(&["begin", "insert into t values (1)", "/* x */ COMMIT"], false);
        assert_eq!(sent, [(0..3, Form::Transaction(1..2, End::Commit))]);
        let sent = forms(&["rollback", "begin isolation level serializable", "select 1", "rollback"], false);
        assert_eq!(sent, [(0..1, Form::Nothing), (1..4, Form::Transaction(2..3, End::Rollback))]);
        assert_eq!(forms(&["begin", "commit"], false), [(0..2, Form::Transaction(1..1, End::Commit))]);
    }

    #[test]
    fn neighbours_outside_of_transactions_are_one_and_a_single_statement_is_alone() {
        assert_eq!(forms(&["vacuum t"], false), [(0..1, Form::Alone)]);
        let sent = forms(&["set a to 1", "select 1", "begin", "select 2", "end", "select 3"], false);
        let expected = [
            (0..2, Form::Transaction(0..2, End::Commit)),
            (2..5, Form::Transaction(3..4, End::Commit)),
            (5..6, Form::Alone),
        ];
        assert_eq!(sent, expected);
    }

    #[test]
    fn a_transaction_may_go_on_in_the_next_message() {
        assert_eq!(forms(&["begin", "set local a to 1"], false), [(0..2, Form::Transaction(1..2, End::Open))]);
        let sent = forms(&["lock table t", "commit", "select 1"], true);
        assert_eq!(sent, [(0..2, Form::Transaction(0..1, End::Commit)), (2..3, Form::Alone)]);
        assert_eq!(forms(&["rollback"], true), [(0..1, Form::Transaction(0..0, End::Rollback))]);
        assert_eq!(forms(&["rollback"], false), [(0..1, Form::Nothing)]);
        assert_eq!(forms(&[], true), []);
    }
}
