//! The plan as data: what machines read, what a file keeps, and what is shown to people.

use serde::{Deserialize, Serialize};

use crate::history::Direction;
use crate::project::Variables;
use crate::project::settings::DoubleMode;
use crate::sql::{Dialect, Effect, Kind, ObjectName, TxMode};

use super::{DriftKind, Plan, PlannedChange, Reason, StepKind, TargetFacts, departures, touched};

/// Version of the form. Raise it when a field changes its meaning or goes.
const VERSION: u32 = 1;

/// A plan without anything secret, in a versioned form of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanDocument {
    pub(super) version: u32,
    pub(super) target: String,
    pub(super) dialect: Dialect,
    pub(super) direction: Direction,
    pub(super) changes: Vec<ChangeDocument>,
    pub(super) unchanged: usize,
    pub(super) drift: Vec<DriftDocument>,
    pub(super) blockers: Vec<BlockerDocument>,
}

/// One change of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeDocument {
    pub(super) id: String,
    pub(super) title: String,
    #[serde(flatten)]
    pub(super) reason: Reason,
    pub(super) checksum: String,
    pub(super) steps: Vec<StepDocument>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StepDocument {
    pub(super) kind: StepKind,
    pub(super) point_of_no_return: bool,
    pub(super) statements: Vec<StatementDocument>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StatementDocument {
    pub(super) number: usize,
    pub(super) kind: String,
    pub(super) known: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) object: Option<String>,
    pub(super) touches: Touches,
    pub(super) transaction: TxMode,
    #[serde(flatten)]
    pub(super) effect: Effect,
    pub(super) sql: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) double: Vec<String>,
}

/// The names of what a statement touches, or the word `unknown` where it may touch what it does not name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Touches {
    Names(Vec<String>),
    Unknown(Unknown),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Unknown {
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DriftDocument {
    pub(super) id: String,
    pub(super) kind: DriftKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BlockerDocument {
    pub(super) message: String,
    pub(super) hint: String,
}

impl PlanDocument {
    /// The document of a plan for a target. Values of `variables` that are never shown are not in it.
    pub fn new(plan: &Plan, target: TargetFacts<'_>, variables: &Variables) -> Self {
        let TargetFacts { name, dialect, double } = target;
        let document = |change| Shown { change, direction: plan.direction, dialect, double, variables }.change();
        Self {
            version: VERSION,
            target: name.to_owned(),
            dialect,
            direction: plan.direction,
            changes: plan.changes.iter().map(document).collect(),
            unchanged: plan.unchanged,
            drift: plan
                .drift
                .iter()
                .map(|drift| DriftDocument { id: drift.change.to_string(), kind: drift.kind })
                .collect(),
            blockers: plan
                .blockers
                .iter()
                .map(|blocker| BlockerDocument { message: blocker.message(), hint: blocker.hint() })
                .collect(),
        }
    }

    /// The document of a plan that was read from a file.
    pub(super) fn of_saved(
        target: &str,
        dialect: Dialect,
        direction: Direction,
        changes: Vec<ChangeDocument>,
        unchanged: usize,
        drift: Vec<DriftDocument>,
    ) -> Self {
        let target = target.to_owned();
        Self { version: VERSION, target, dialect, direction, changes, unchanged, drift, blockers: Vec::new() }
    }
}

/// A change as it may be shown.
pub(super) struct Shown<'a> {
    pub(super) change: &'a PlannedChange,
    pub(super) direction: Direction,
    pub(super) dialect: Dialect,
    /// How the double is that runs it, where what it makes of a statement is to be shown.
    pub(super) double: Option<DoubleMode>,
    pub(super) variables: &'a Variables,
}

impl Shown<'_> {
    fn change(&self) -> ChangeDocument {
        let change = self.change;
        let steps = change.steps.iter().map(|step| StepDocument {
            kind: step.kind,
            point_of_no_return: step.kind == StepKind::Lone,
            statements: step.statements.iter().map(|number| self.statement(*number)).collect(),
        });
        ChangeDocument {
            id: change.id.to_string(),
            title: change.title.clone(),
            reason: match &change.reason {
                Reason::DerivedRollback { remarks } => Reason::DerivedRollback {
                    remarks: remarks.iter().map(|remark| self.variables.conceal(remark.clone())).collect(),
                },
                reason => reason.clone(),
            },
            checksum: change.checksum.clone(),
            steps: steps.collect(),
        }
    }

    fn statement(&self, number: usize) -> StatementDocument {
        let statement = &self.change.script.statements()[number];
        let found = touched(statement, self.change.script.rendered(), self.dialect);
        StatementDocument {
            number,
            kind: statement.kind.as_str().to_owned(),
            known: statement.kind != Kind::Other,
            object: statement.object.as_ref().map(|name| self.name(name)),
            touches: match found.others {
                true => Touches::Unknown(Unknown::Unknown),
                false => Touches::Names(found.names.iter().map(|name| self.name(name)).collect()),
            },
            transaction: statement.transaction,
            effect: match &statement.effect {
                Effect::DropsColumn(column) => Effect::DropsColumn(self.conceal(column.clone())),
                effect => effect.clone(),
            },
            sql: self.sql(number),
            double: self.double.map_or_else(Vec::new, |mode| self.departures(number, mode)),
        }
    }

    fn departures(&self, number: usize, mode: DoubleMode) -> Vec<String> {
        let found = departures(&self.change.script, number, mode);
        found.iter().map(|departure| self.conceal(departure.describe())).collect()
    }

    /// A statement as sent, without secret values.
    pub(super) fn sql(&self, number: usize) -> String {
        let sql = self.change.script.shown_text(number);
        if self.is_derived() { self.variables.conceal(sql) } else { sql }
    }

    /// A name as the server understands it, without secret values.
    pub(super) fn name(&self, name: &ObjectName) -> String {
        self.conceal(name.to_string())
    }

    fn conceal(&self, text: String) -> String {
        let used: Vec<&str> = self.change.script.variables().collect();
        let text = self.variables.conceal_these(text, &used);
        if self.is_derived() { self.variables.conceal(text) } else { text }
    }

    /// Whether vesto itself wrote the statements, from texts whose variables were replaced.
    fn is_derived(&self) -> bool {
        match self.change.reason {
            Reason::DerivedRollback { .. } => true,
            Reason::Continued { .. } => self.direction == Direction::Rollback,
            _ => false,
        }
    }
}
