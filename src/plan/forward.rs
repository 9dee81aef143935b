//! Plans forward: what is selected and not applied, in the project's order.

use std::collections::HashSet;

use crate::history::{Direction, History, StoredText};
use crate::project::settings::DoubleMode;
use crate::project::{Change, ChangeId, ChangeKind, Checksum, Project, Rollback, Script, Variables, Version};
use crate::sql::Dialect;

use super::committing::CommittingProcedures;
use super::doubt::question;
use super::drift::{Drift, DriftKind};
use super::{Blocker, Plan, PlanError, PlannedChange, Reason, Selection, Step, cut, select};

/// What a plan needs to know of its target.
#[derive(Clone, Copy, Debug)]
pub struct TargetFacts<'a> {
    /// Name of the target in `vesto.ini`.
    pub name: &'a str,
    /// Whose SQL the changes are written in.
    pub dialect: Dialect,
    /// How the double is; nothing if the target is none.
    pub double: Option<DoubleMode>,
}

impl TargetFacts<'_> {
    /// Whether a change is for this target, as its `only-on` says.
    pub fn takes(&self, change: &Change) -> bool {
        change.directives.applies_to(self.name, self.dialect)
    }
}

/// What a plan forward is made from.
#[derive(Clone, Copy)]
pub struct ForwardInputs<'a> {
    /// The project as it is now. The rollbacks of all changes that are [`pending`] must be read.
    pub project: &'a Project,
    /// What is applied.
    pub history: &'a History,
    /// Where the two differ.
    pub drift: &'a [Drift],
    /// Values of the variables.
    pub variables: &'a Variables,
    /// Where.
    pub target: TargetFacts<'a>,
}

/// The changes that a plan forward of everything would run.
pub fn pending<'a>(project: &'a Project, history: &'a History) -> impl Iterator<Item = &'a Change> {
    project.changes.iter().filter(|change| reason(change, history, None).is_some())
}

/// What would run to apply the selected changes.
pub fn plan_forward(inputs: &ForwardInputs<'_>, selection: &Selection) -> Result<Plan, PlanError> {
    let ForwardInputs { project, history, target, .. } = *inputs;
    let mut plan = Plan {
        direction: Direction::Forward,
        changes: Vec::new(),
        drift: inputs.drift.to_vec(),
        blockers: Vec::new(),
        unchanged: 0,
    };
    let latest = latest_version(project, history);
    let mut planned_before: HashSet<&ChangeId> = HashSet::new();
    let mut unreadable = Vec::new();
    let committing = CommittingProcedures::of(project, inputs.variables, target.dialect);
    for change in select(project, selection)? {
        if !target.takes(change) {
            continue;
        }
        match reason(change, history, latest) {
            None => plan.unchanged += 1,
            Some(reason) => {
                require(change, inputs, &planned_before)?;
                match change.forward.parse(target.dialect, inputs.variables) {
                    Ok(script) => {
                        plan.changes.push(planned(inputs, change, (script, &committing), reason, &mut plan.blockers)?)
                    }
                    Err(errors) => unreadable.extend(errors),
                }
                planned_before.insert(&change.id);
            }
        }
    }
    if !unreadable.is_empty() {
        return Err(PlanError::Unreadable(unreadable));
    }
    let edited = plan.drift.iter().filter(|drift| drift.kind == DriftKind::Edited);
    plan.blockers.extend(edited.map(|drift| Blocker::Edited(drift.change.clone())));
    Ok(plan)
}

/// Why a change is to run; `None` if it is applied as it is.
fn reason(change: &Change, history: &History, latest: Option<(&Version, &ChangeId)>) -> Option<Reason> {
    if let Some(applied) = history.applied(&change.id) {
        let repeatable = matches!(change.kind, ChangeKind::Repeatable);
        return (repeatable && change.checksum != *applied.checksum).then_some(Reason::TextChanged);
    }
    match (&change.kind, latest) {
        (ChangeKind::Versioned { version }, Some((newest, latest))) if version < newest => {
            Some(Reason::OutOfOrder { latest: latest.clone() })
        }
        _ => Some(Reason::Pending),
    }
}

fn latest_version<'a>(project: &'a Project, history: &History) -> Option<(&'a Version, &'a ChangeId)> {
    project.changes.iter().rev().find_map(|change| match &change.kind {
        ChangeKind::Versioned { version } if history.applied(&change.id).is_some() => Some((version, &change.id)),
        _ => None,
    })
}

fn require(change: &Change, inputs: &ForwardInputs<'_>, planned_before: &HashSet<&ChangeId>) -> Result<(), PlanError> {
    let mut required = change.directives.requires.iter().map(|(id, _)| id);
    let Some(required) = required.find(|id| inputs.history.applied(id).is_none() && !planned_before.contains(*id))
    else {
        return Ok(());
    };
    let (change, required) = (change.id.clone(), required.clone());
    Err(match inputs.project.change(&required).filter(|it| !inputs.target.takes(it)) {
        Some(_) => PlanError::RequirementElsewhere { change, required },
        None => PlanError::MissingRequirement { change, required },
    })
}

fn planned(
    inputs: &ForwardInputs<'_>,
    change: &Change,
    (script, committing): (Script, &CommittingProcedures<'_>),
    reason: Reason,
    blockers: &mut Vec<Blocker>,
) -> Result<PlannedChange, PlanError> {
    let mut steps = cut(&committing.set_apart(&script), &change.directives).map_err(|error| PlanError::Cut {
        change: change.id.clone(),
        error,
        script: Box::new(script.clone()),
    })?;
    let mut reason = reason;
    if let Some(progress) = inputs.history.progress(&change.id) {
        if progress.direction == Direction::Rollback {
            blockers.push(Blocker::RollbackUnfinished(change.id.clone()));
        } else if let Some(doubt) = &progress.doubt {
            let question = question(Some(&script), doubt, inputs.target.dialect);
            let (statement, intent) = (doubt.statement, doubt.sequence);
            blockers.push(Blocker::InDoubt { change: change.id.clone(), statement, intent, question });
        } else if progress.done > 0 {
            if progress.prefix_checksum != prefix_checksum(&script, progress.done, inputs.target.dialect) {
                blockers.push(Blocker::PrefixEdited(change.id.clone()));
            }
            continue_after(progress.done, &mut steps);
            reason = Reason::Continued { statement: progress.done };
        }
    }
    let rollback = change.rollback.as_ref().map(Rollback::read).transpose()?;
    let text = StoredText {
        forward: change.forward.text().to_owned(),
        rollback: rollback.map(|rollback| rollback.text().to_owned()),
    };
    let checksum = change.checksum.to_string();
    let (id, title, timeout) = (change.id.clone(), change.title.clone(), change.directives.timeout);
    Ok(PlannedChange { id, title, reason, script, timeout, steps, checksum, text })
}

/// Checksum of the first `count` statements of a script as shown, without their comments; `None` if it has fewer. Values
/// of variables count, so that what was sent with one value is not taken for what would be sent with another; only secret
/// ones stay out of it.
pub fn prefix_checksum(script: &Script, count: usize, dialect: Dialect) -> Option<String> {
    let texts: Vec<String> = (0..count).map(|number| script.shown_text(number)).collect();
    (count <= script.statements().len()).then(|| Checksum::of_code(&texts.join(";\n"), dialect).to_string())
}

/// Leaves the steps that are not carried out yet.
pub(super) fn continue_after(done: usize, steps: &mut Vec<Step>) {
    steps.retain(|step| step.statements.first().is_some_and(|first| *first >= done));
}
