//! The plan as JSON, in a versioned form of its own.

use serde::Serialize;

use crate::sql::{Dialect, Effect, TxMode};

use super::{Plan, PlannedChange, Reason, StepKind};

/// Version of the form. Raise it when a field changes its meaning or goes.
const VERSION: u32 = 1;

/// A plan as machines read it.
#[derive(Debug, Serialize)]
pub struct PlanDocument<'a> {
    version: u32,
    target: &'a str,
    dialect: Dialect,
    direction: &'static str,
    changes: Vec<ChangeDocument<'a>>,
    unchanged: usize,
    drift: Vec<DriftDocument<'a>>,
    blockers: Vec<BlockerDocument>,
}

#[derive(Debug, Serialize)]
struct ChangeDocument<'a> {
    id: &'a str,
    title: &'a str,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    continues_at: Option<usize>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    remarks: &'a [String],
    checksum: &'a str,
    steps: Vec<StepDocument<'a>>,
}

#[derive(Debug, Serialize)]
struct StepDocument<'a> {
    kind: StepKind,
    point_of_no_return: bool,
    statements: Vec<StatementDocument<'a>>,
}

#[derive(Debug, Serialize)]
struct StatementDocument<'a> {
    number: usize,
    kind: &'static str,
    known: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    transaction: TxMode,
    #[serde(flatten)]
    effect: &'a Effect,
    sql: String,
}

#[derive(Debug, Serialize)]
struct DriftDocument<'a> {
    id: &'a str,
    kind: super::DriftKind,
}

#[derive(Debug, Serialize)]
struct BlockerDocument {
    message: String,
    hint: String,
}

impl<'a> PlanDocument<'a> {
    /// The document of a plan for a target.
    pub fn new(plan: &'a Plan, target: &'a str, dialect: Dialect) -> Self {
        Self {
            version: VERSION,
            target,
            dialect,
            direction: plan.direction.as_str(),
            changes: plan.changes.iter().map(change).collect(),
            unchanged: plan.unchanged,
            drift: plan
                .drift
                .iter()
                .map(|drift| DriftDocument { id: drift.change.as_str(), kind: drift.kind })
                .collect(),
            blockers: plan
                .blockers
                .iter()
                .map(|blocker| BlockerDocument { message: blocker.message(), hint: blocker.hint() })
                .collect(),
        }
    }
}

fn change(change: &PlannedChange) -> ChangeDocument<'_> {
    let (continues_at, remarks) = match &change.reason {
        Reason::Continued { statement } => (Some(*statement), &[][..]),
        Reason::DerivedRollback { remarks } => (None, remarks.as_slice()),
        _ => (None, &[][..]),
    };
    ChangeDocument {
        id: change.id.as_str(),
        title: &change.title,
        reason: change.reason.code(),
        continues_at,
        remarks,
        checksum: &change.checksum,
        steps: change
            .steps
            .iter()
            .map(|step| StepDocument {
                kind: step.kind,
                point_of_no_return: step.kind == StepKind::Lone,
                statements: step.statements.iter().map(|number| statement(change, *number)).collect(),
            })
            .collect(),
    }
}

fn statement(change: &PlannedChange, number: usize) -> StatementDocument<'_> {
    let statement = &change.script.statements()[number];
    StatementDocument {
        number,
        kind: statement.kind.as_str(),
        known: statement.kind != crate::sql::Kind::Other,
        object: statement.object.as_ref().map(ToString::to_string),
        transaction: statement.transaction,
        effect: &statement.effect,
        sql: change.script.shown_text(number),
    }
}
