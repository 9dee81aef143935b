//! Statements that may be run again without asking: a second time they do nothing more, or the same.

use super::super::Kind;
use super::super::code::Code;
use super::base::names_the_session;
use super::call;
use super::lifetime::Head;
use super::{Case, Dialect};

/// Whether running the statement again does no harm and leads to the same end.
///
/// What it does to the session alone counts too, because the session is gone. A statement that makes something be as its
/// text says, such as a grant or a comment, is repeatable; one that makes it be so once, such as a rename, is not.
pub(super) fn is_repeatable(case: &Case<'_>) -> bool {
    let code = &case.code;
    match case.statement.kind {
        Kind::Select | Kind::Values => call::only_reads(code),
        // A cursor that outlives its transaction is filled at once (PG sql-declare).
        Kind::ExplainAnalyze | Kind::DeclareCursor => !writes(code) && call::only_reads(code),
        Kind::Explain | Kind::Show | Kind::Fetch | Kind::DescribeDatashare | Kind::DescribeIdentityProvider => true,
        kind if is_of_session(kind) || is_upkeep(kind) || is_absolute(kind) => true,
        // A concurrent one leaves indexes behind that are not valid.
        Kind::Reindex => !is_concurrent(code) || case.engine == Dialect::Redshift,
        kind if kind.creates() => create(case),
        _ => false,
    }
}

/// Whether what EXPLAIN ANALYZE or DECLARE carries out may be more than a query.
fn writes(code: &Code<'_>) -> bool {
    let words = ["insert", "update", "delete", "merge", "create", "into", "execute", "refresh"];
    (1..code.tokens.len()).any(|at| code.is_any(at, &words))
}

fn is_of_session(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Set
            | Kind::SetRole
            | Kind::SetSessionAuthorization
            | Kind::Reset
            | Kind::Use
            | Kind::Discard
            | Kind::Prepare
            | Kind::Deallocate
            | Kind::Move
            | Kind::Close
            | Kind::Listen
            | Kind::Load
            | Kind::Lock
    )
}

fn is_upkeep(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Analyze
            | Kind::AnalyzeCompression
            | Kind::Vacuum
            | Kind::Cluster
            | Kind::Checkpoint
            | Kind::RefreshMaterializedView
    )
}

/// What sets rights and descriptions to what the text says. A second REVOKE finds nothing and says so (PG sql-revoke).
fn is_absolute(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Comment
            | Kind::SecurityLabel
            | Kind::Grant
            | Kind::GrantRole
            | Kind::Revoke
            | Kind::RevokeRole
            | Kind::AlterDefaultPrivileges
            | Kind::ReassignOwned
            | Kind::AlterSystem
    )
}

pub(super) fn is_concurrent(code: &Code<'_>) -> bool {
    (1..code.tokens.len()).any(|at| code.is(at, "concurrently"))
}

/// A CREATE that keeps what is there, puts the same in its place, or makes what went with its session.
///
/// `or replace` puts the same text in place again and keeps owner and rights (PG sql-createview, sql-createfunction).
/// `if not exists` does nothing the second time; but an index that is built concurrently may be there and not be valid,
/// and CREATE EXTERNAL TABLE AS writes files.
fn create(case: &Case<'_>) -> bool {
    let (code, kind) = (&case.code, case.statement.kind);
    if matches!(kind, Kind::CreateExternalTableAs) || (kind == Kind::CreateIndex && is_concurrent(code)) {
        return false;
    }
    let Some(head) = Head::read(case) else { return false };
    let reads = |at| call::only_reads(&Code::new(code.source(at..code.tokens.len()), code.dialect));
    match kind {
        _ if !is_temporary(case, &head) => head.conditional || code.phrase(1, &["or", "replace"]).is_some(),
        // The table goes with its session, but not what its query has done.
        Kind::CreateTableAs => code.find(head.name, |at| code.is(at, "as")).is_some_and(reads),
        Kind::SelectInto => reads(0),
        _ => true,
    }
}

/// Whether it makes a table, view or sequence that is gone with the session.
pub(super) fn is_temporary(case: &Case<'_>, head: &Head) -> bool {
    let (code, kind) = (&case.code, case.statement.kind);
    let relation = matches!(
        kind,
        Kind::CreateTable | Kind::CreateTableAs | Kind::SelectInto | Kind::CreateView | Kind::CreateSequence
    );
    // The words stand in front of the name, but after INTO.
    let mut words = if kind == Kind::SelectInto { head.name..head.name + 1 } else { 1..head.name };
    let named = case.statement.object.as_ref().is_some_and(names_the_session);
    relation && (named || words.any(|at| code.is_any(at, &["temp", "temporary"])))
}
