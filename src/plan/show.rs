//! The plan as people read it.

use std::fmt::Write as _;

use crate::history::Direction;
use crate::sql::{Effect, TxMode};

use super::document::{ChangeDocument, StatementDocument, Touches};
use super::{DriftKind, PlanDocument, Reason, StepKind};

/// The whole plan: a line a change with its reason, its SQL by transactions, what is lost, and what stands in the way.
pub fn show(plan: &PlanDocument) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_plan(&mut out, plan);
    out
}

fn write_plan(out: &mut String, plan: &PlanDocument) -> std::fmt::Result {
    for change in &plan.changes {
        write_change(out, change)?;
    }
    for drift in &plan.drift {
        let what = match drift.kind {
            DriftKind::Edited => "edited after it was applied",
            DriftKind::CommentsEdited => "comments edited after it was applied",
            DriftKind::Missing => "applied, and missing from the project",
        };
        writeln!(out, "! {}: {what}", drift.id)?;
    }
    for blocker in &plan.blockers {
        writeln!(out, "blocked: {}\n  hint: {}", blocker.message, blocker.hint)?;
    }
    let verb = match plan.direction {
        Direction::Forward => "to apply",
        Direction::Rollback => "to roll back",
    };
    let statements: usize = plan.changes.iter().flat_map(|change| &change.steps).map(|s| s.statements.len()).sum();
    let steps = plan.changes.iter().flat_map(|change| &change.steps);
    let lone = steps.filter(|step| step.kind == StepKind::Lone).count();
    match plan.changes.len() {
        0 => write!(out, "nothing {verb}")?,
        1 => write!(out, "1 change {verb}, {}", counted(statements, "statement"))?,
        count => write!(out, "{count} changes {verb}, {}", counted(statements, "statement"))?,
    }
    if lone > 0 {
        write!(out, ", {}", counted(lone, "point of no return"))?;
    }
    writeln!(out, "; {} unchanged", plan.unchanged)
}

fn counted(count: usize, noun: &str) -> String {
    match (count, noun) {
        (1, _) => format!("1 {noun}"),
        (_, "point of no return") => format!("{count} points of no return"),
        _ => format!("{count} {noun}s"),
    }
}

fn write_change(out: &mut String, change: &ChangeDocument) -> std::fmt::Result {
    writeln!(out, "{}  {}  ({})", change.id, change.title, change.reason.describe())?;
    if let Reason::DerivedRollback { remarks } = &change.reason {
        for remark in remarks {
            writeln!(out, "  note: {remark}")?;
        }
    }
    for step in &change.steps {
        match step.kind {
            StepKind::Transaction => writeln!(out, "  -- transaction")?,
            StepKind::Lone => writeln!(out, "  -- outside any transaction: point of no return")?,
        }
        for statement in &step.statements {
            write_statement(out, statement)?;
        }
    }
    writeln!(out)
}

fn write_statement(out: &mut String, statement: &StatementDocument) -> std::fmt::Result {
    for line in statement.sql.lines() {
        writeln!(out, "    {}", line.trim_end())?;
    }
    for departure in &statement.double {
        writeln!(out, "    -- double: {departure}")?;
    }
    if let Some(risk) = risk(&statement.effect) {
        writeln!(out, "    -- {risk}")?;
    }
    if statement.transaction == TxMode::Commits {
        writeln!(out, "    -- commits by itself")?;
    }
    if !statement.known {
        writeln!(out, "    -- unknown statement: runs as it is")?;
    }
    if let Touches::Unknown(_) = statement.touches {
        writeln!(out, "    -- may touch objects that it does not name")?;
    }
    Ok(())
}

fn risk(effect: &Effect) -> Option<String> {
    Some(match effect {
        Effect::Keeps => return None,
        Effect::ChangesRows => "changes or deletes rows".into(),
        Effect::EmptiesTable => "deletes all rows".into(),
        Effect::DropsColumn(column) => format!("drops column {column} with its values"),
        Effect::DropsData => "drops an object with its data".into(),
        Effect::DropsDefinition => "drops a definition".into(),
    })
}
