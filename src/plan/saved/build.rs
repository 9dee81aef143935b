//! Makes the document of a plan.

use std::collections::BTreeMap;

use crate::history::{Direction, History};
use crate::plan::document::{PlanDocument, Shown};
use crate::plan::{Plan, PlannedChange, Reason, TargetFacts, touched};
use crate::project::settings::DoubleMode;
use crate::project::{Change, Checksum, Directives, Project, Rollback, UnreadRollback, Variables};
use crate::sql::{Dialect, ObjectName};

use super::canonical::sha256;
use super::{
    ABSENT, Asked, FORMAT, LedgerHead, Made, SavedChange, SavedDirectives, SavedPlan, SavedValue, TargetIdentity,
    VERSION,
};

/// What a saved plan is made from.
#[derive(Clone, Copy)]
pub struct SavedInputs<'a> {
    /// The plan. Nothing blocks it.
    pub plan: &'a Plan,
    /// The project that it was made from; the rollbacks of the plan's changes are read.
    pub project: &'a Project,
    /// The history that it was made from.
    pub history: &'a History,
    /// The values that it was made with.
    pub variables: &'a Variables,
    /// What was asked for.
    pub asked: &'a Asked,
    /// Where it is to run.
    pub target: &'a TargetIdentity,
    /// How the double is; nothing if the target is none.
    pub double: Option<DoubleMode>,
    /// The fingerprints of [`names_to_fingerprint`], by the names as they are shown.
    pub fingerprints: &'a BTreeMap<String, String>,
    /// The version of vesto.
    pub vesto: &'a str,
}

/// The names of everything in the database that a plan may touch.
pub fn names_to_fingerprint(plan: &Plan, dialect: Dialect) -> Vec<ObjectName> {
    let mut names: Vec<ObjectName> = Vec::new();
    for (change, number) in statements(plan) {
        let found = touched(&change.script.statements()[number], change.script.rendered(), dialect);
        names.extend(found.names.into_iter().chain(found.called));
    }
    names.sort_unstable();
    names.dedup();
    names
}

fn statements(plan: &Plan) -> impl Iterator<Item = (&PlannedChange, usize)> {
    let numbers =
        |change: &PlannedChange| change.steps.iter().flat_map(|step| step.statements.clone()).collect::<Vec<usize>>();
    plan.changes.iter().flat_map(move |change| numbers(change).into_iter().map(move |number| (change, number)))
}

impl SavedPlan {
    /// The document of a plan.
    ///
    /// # Errors
    ///
    /// A rollback that the plan needs was not read.
    pub fn new(inputs: &SavedInputs<'_>, made: Made) -> Result<Self, UnreadRollback> {
        let SavedInputs { plan, project, history, variables, asked, target, vesto, .. } = *inputs;
        let facts = TargetFacts { name: &target.name, dialect: target.dialect, double: inputs.double };
        let PlanDocument { changes, drift, .. } = PlanDocument::new(plan, facts, variables);
        let changes = plan.changes.iter().zip(changes).map(|(change, shown)| {
            let own = project.change(&change.id);
            let directives = own.map(|own| own.directives.clone()).unwrap_or_default();
            Ok(SavedChange {
                shown,
                path: own.map(|own| own.path.clone()),
                rollback_checksum: own.map(|own| rollback_checksum(own, target.dialect)).transpose()?.flatten(),
                directives: saved_directives(change, &directives),
                digest: inputs.digest(change),
            })
        });
        Ok(Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            vesto: vesto.to_owned(),
            project: project.name.clone(),
            target: target.clone(),
            ledger: LedgerHead::of(history),
            selection: asked.clone(),
            direction: plan.direction,
            changes: changes.collect::<Result<_, _>>()?,
            unchanged: plan.unchanged,
            drift,
            variables: inputs.used_variables(),
            objects: inputs.objects(),
            made,
        })
    }
}

/// The checksum of the rollback that the author of a change wrote.
pub(super) fn rollback_checksum(change: &Change, dialect: Dialect) -> Result<Option<String>, UnreadRollback> {
    let text = change.rollback.as_ref().map(Rollback::read).transpose()?;
    Ok(text.map(|text| Checksum::of(text.text(), dialect).to_string()))
}

fn saved_directives(change: &PlannedChange, own: &Directives) -> SavedDirectives {
    let transaction = match change.reason {
        Reason::DerivedRollback { .. } => Directives::default().transaction,
        _ => own.transaction,
    };
    let timeout_ms = change.timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
    SavedDirectives { transaction, timeout_ms }
}

impl SavedInputs<'_> {
    fn shown<'b>(&'b self, change: &'b PlannedChange) -> Shown<'b> {
        let Self { plan, target, variables, .. } = *self;
        Shown { change, direction: plan.direction, dialect: target.dialect, double: None, variables }
    }

    /// Digest of all statements of the script, also of those that are carried out already.
    fn digest(&self, change: &PlannedChange) -> String {
        let shown = self.shown(change);
        let all: Vec<String> = (0..change.script.statements().len()).map(|number| shown.sql(number)).collect();
        sha256(&all.join(";\n"))
    }

    fn used_variables(&self) -> BTreeMap<String, SavedValue> {
        let names = self.plan.changes.iter().flat_map(|change| change.script.variables());
        let value = |name: &str| match self.variables.is_secret(name) {
            true => SavedValue::Secret(true),
            false => {
                SavedValue::Value(self.variables.get(name).map(|value| value.expose().clone()).unwrap_or_default())
            }
        };
        names.map(|name| (name.to_lowercase(), value(name))).collect()
    }

    /// Fingerprints by names without secret values. Of what stands in front of a parenthesis only what the database has:
    /// the rest is the server's own.
    fn objects(&self) -> BTreeMap<String, String> {
        let mut objects: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (change, number) in statements(self.plan) {
            let shown = self.shown(change);
            let found = touched(&change.script.statements()[number], change.script.rendered(), self.target.dialect);
            let print = |name: &ObjectName| self.fingerprints.get(&name.to_string()).map_or(ABSENT, String::as_str);
            let called = found.called.into_iter().filter(|name| print(name) != ABSENT);
            for name in found.names.iter().chain(&called.collect::<Vec<_>>()) {
                let alike = objects.entry(shown.name(name)).or_default();
                alike.insert(name.to_string(), print(name).to_owned());
            }
        }
        objects.into_iter().map(|(name, alike)| (name, together(alike.into_values().collect()))).collect()
    }
}

/// The fingerprint of names that cannot be told apart without their secret parts.
fn together(mut fingerprints: Vec<String>) -> String {
    match fingerprints.as_slice() {
        [_] => fingerprints.remove(0),
        _ => sha256(&fingerprints.join("\n")),
    }
}

impl Asked {
    /// Forward or back.
    pub fn direction(&self) -> Direction {
        match self {
            Self::Forward(_) => Direction::Forward,
            Self::Rollback(_) => Direction::Rollback,
        }
    }
}
