//! Compares a saved plan with what is there now.

use crate::history::{Action, Direction, History, RunRow};
use crate::plan::DriftKind;
use crate::project::{ChangeId, Project, UnreadRollback, Variables};
use crate::sql::Dialect;

use super::build::rollback_checksum;
use super::{ABSENT, Difference, LedgerHead, SavedChange, SavedPlan, SavedValue, Subject, TargetIdentity};

/// Whether the plan is for this database.
pub fn compare_target(saved: &SavedPlan, project: &str, now: &TargetIdentity) -> Vec<Difference> {
    let then = &saved.target;
    let dialect = |dialect: Dialect| match dialect {
        Dialect::Redshift => "redshift".to_owned(),
        Dialect::Postgres => "postgres".to_owned(),
    };
    let mut found = Vec::new();
    let mut differ = |subject: Subject, what: &str, then: String, now: String| {
        if then != now {
            found.push(subject.because(format!("the plan is for {what} `{then}`, and this is `{now}`")));
        }
    };
    differ(Subject::Project, "project", saved.project.clone(), project.to_owned());
    differ(Subject::Target, "target", then.name.clone(), now.name.clone());
    differ(Subject::Target, "a target of kind", then.kind.clone(), now.kind.clone());
    differ(Subject::Target, "dialect", dialect(then.dialect), dialect(now.dialect));
    differ(Subject::Target, "an engine of dialect", dialect(then.engine), dialect(now.engine));
    differ(Subject::Target, "host", then.place(), now.place());
    differ(Subject::Target, "database", then.database.clone(), now.database.clone());
    differ(Subject::Target, "search path", then.search_path.clone(), now.search_path.clone());
    if let (Some(then), Some(now)) = (&then.server, &now.server) {
        differ(Subject::Target, "server", then.clone(), now.clone());
    }
    found
}

/// Whether every change stands where it stood. `since` are the ledger's entries, in order; earlier ones are ignored.
pub fn compare_ledger(saved: &SavedPlan, history: &History, since: &[RunRow]) -> Vec<Difference> {
    if saved.ledger.standing == LedgerHead::of(history).standing {
        return Vec::new();
    }
    let since: Vec<&RunRow> =
        since.iter().filter(|row| row.sequence > saved.ledger.sequence && row.action != Action::Failed).collect();
    if let Some(row) = carried_out(saved, &since) {
        let who = format!("by {} in run {}", row.author, row.run);
        return vec![Subject::Ledger.because(format!("this plan was carried out already, {who}"))];
    }
    let mut found: Vec<Difference> = Vec::new();
    for (at, row) in since.iter().enumerate() {
        if since[at + 1..].iter().all(|later| later.change != row.change) {
            let done = row.action.as_str().replace('-', " ");
            let who = format!("by {} in run {}", row.author, row.run);
            found.push(Subject::Ledger.because(format!("`{}` was {done} since, {who}", row.change)));
        }
    }
    let half = history.unfinished().map(|(id, _)| id.as_str()).filter(|id| since.iter().all(|row| row.change != *id));
    let mut half: Vec<&str> = half.collect();
    half.sort_unstable();
    found.extend(half.into_iter().map(|id| Subject::Ledger.because(format!("`{id}` is half done"))));
    if found.is_empty() {
        let (then, now) = (saved.ledger.sequence, history.last_sequence());
        found.push(Subject::Ledger.because(format!("its last row was {then} and is {now}: it is another ledger")));
    }
    found
}

/// The last entry of a run that did all that the plan says.
fn carried_out<'a>(saved: &SavedPlan, since: &[&'a RunRow]) -> Option<&'a RunRow> {
    let action = match saved.direction {
        Direction::Forward => Action::Applied,
        Direction::Rollback => Action::RolledBack,
    };
    let last = saved.changes.last()?;
    let row = since.iter().rev().find(|row| row.change == last.shown.id && row.action == action)?;
    let done = |change: &SavedChange| {
        since.iter().any(|other| other.run == row.run && other.change == change.shown.id && other.action == action)
    };
    saved.changes.iter().all(done).then_some(*row)
}

/// Whether the files of the plan's changes are as they were. Their rollbacks must be read.
///
/// # Errors
///
/// A rollback was not read.
pub fn compare_files(
    saved: &SavedPlan,
    project: &Project,
    dialect: Dialect,
) -> Result<Vec<(String, Difference)>, UnreadRollback> {
    let mut found = Vec::new();
    for change in &saved.changes {
        let id = &change.shown.id;
        let mut differ = |message: String| found.push((id.clone(), Subject::File.because(message)));
        match (&change.path, project.change(&ChangeId::new(id))) {
            (None, None) => {}
            (None, Some(own)) => differ(format!("`{}` came back: `{id}`", own.path)),
            (Some(path), None) => differ(format!("`{path}` has no `{id}` any more")),
            (Some(path), Some(own)) => {
                if *path != own.path {
                    differ(format!("`{path}` is now `{}`", own.path));
                }
                if saved.direction == Direction::Forward && own.checksum != *change.shown.checksum {
                    differ(format!("`{path}` was edited: `{id}` has another text"));
                }
                if rollback_checksum(own, dialect)? != change.rollback_checksum {
                    differ(format!("the rollback of `{id}` was edited"));
                }
            }
        }
    }
    Ok(found)
}

/// Whether the variables that the plan uses have the values that they had.
pub fn compare_variables(saved: &SavedPlan, variables: &Variables) -> Vec<Difference> {
    let mut found = Vec::new();
    for (name, then) in &saved.variables {
        let secret = variables.is_secret(name);
        let message = match (then, variables.get(name)) {
            (_, None) => format!("`{name}` has no value now"),
            (SavedValue::Secret(_), Some(_)) if secret => continue,
            (SavedValue::Secret(_), Some(_)) => format!("`{name}` was secret and is not"),
            (SavedValue::Value(_), Some(_)) if secret => format!("`{name}` is secret and was not"),
            (SavedValue::Value(then), Some(now)) if then == now.expose() => continue,
            (SavedValue::Value(then), Some(now)) => format!("`{name}` was `{then}` and is `{}`", now.expose()),
        };
        found.push(Subject::Variable.because(message));
    }
    found
}

/// Whether the plan that is made now is the saved one, beyond what the other comparisons found.
///
/// `edited` are the changes whose files differ, and `variables` says whether a variable does: what follows from that is
/// not told again. Nothing is found only if both plans say the same of all that would run.
pub fn compare_plans(saved: &SavedPlan, now: &SavedPlan, edited: &[String], variables: bool) -> Vec<Difference> {
    let mut found = compare_changes(saved, now, edited, variables);
    let others = !edited.is_empty() || variables || !found.is_empty();
    found.extend(compare_drift(saved, now));
    found.extend(compare_objects(saved, now, others));
    // Whatever differs and has no words of its own must still keep the plan from running.
    if found.is_empty() && edited.is_empty() && !variables && !is_same(saved, now) {
        found.push(Subject::Plan.because("what would run is not the same as before"));
    }
    found
}

fn compare_changes(saved: &SavedPlan, now: &SavedPlan, edited: &[String], variables: bool) -> Vec<Difference> {
    let mut found = Vec::new();
    for change in &now.changes {
        let id = &change.shown.id;
        let path = change.path.as_deref().unwrap_or("the ledger");
        match saved.changes.iter().find(|then| then.shown.id == *id) {
            None => found.push(Subject::File.because(format!("`{path}` is new: `{id}` would run too"))),
            Some(then) if then == change || edited.contains(id) || variables => {}
            Some(_) => {
                let made = match saved.vesto == now.vesto {
                    true => String::new(),
                    false => format!("; the plan was made by vesto {}", saved.vesto),
                };
                let why = match saved.direction {
                    Direction::Forward => "",
                    Direction::Rollback => "; what its tables hold may have changed",
                };
                found.push(Subject::Plan.because(format!("`{id}` would run other statements{why}{made}")));
            }
        }
    }
    for change in &saved.changes {
        let id = &change.shown.id;
        if !edited.contains(id) && now.changes.iter().all(|other| other.shown.id != *id) {
            found.push(Subject::Plan.because(format!("`{id}` would not run any more")));
        }
    }
    found
}

fn compare_drift(saved: &SavedPlan, now: &SavedPlan) -> Vec<Difference> {
    let news = now.drift.iter().filter(|drift| !saved.drift.contains(drift)).map(|drift| {
        let what = match drift.kind {
            DriftKind::Edited => "was edited after it was applied",
            DriftKind::CommentsEdited => "has other comments than when it was applied",
            DriftKind::Missing => "is applied and its file is gone",
        };
        Subject::File.because(format!("`{}` {what}", drift.id))
    });
    let gone = saved.drift.iter().filter(|drift| now.drift.iter().all(|other| other.id != drift.id));
    let gone = gone.map(|drift| Subject::File.because(format!("`{}` is again as it was applied", drift.id)));
    news.chain(gone).collect()
}

/// `others` says whether the statements are others, which then name other objects.
fn compare_objects(saved: &SavedPlan, now: &SavedPlan, others: bool) -> Vec<Difference> {
    let mut names: Vec<&String> = saved.objects.keys().chain(now.objects.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let mut found = Vec::new();
    for name in names {
        let (then, is) = (saved.objects.get(name), now.objects.get(name));
        if others && (then.is_none() || is.is_none()) {
            continue;
        }
        let (then, is) = (then.map_or(ABSENT, String::as_str), is.map_or(ABSENT, String::as_str));
        let what = match (then, is) {
            (then, is) if then == is => continue,
            (ABSENT, _) => "was not there and is there now",
            (_, ABSENT) => "is gone",
            _ => "was changed",
        };
        found.push(Subject::Object.because(format!("`{name}` {what}")));
    }
    found
}

/// Whether two plans say the same, apart from who made them when and what was compared before.
fn is_same(saved: &SavedPlan, now: &SavedPlan) -> bool {
    let now = SavedPlan {
        vesto: saved.vesto.clone(),
        target: saved.target.clone(),
        ledger: saved.ledger.clone(),
        made: saved.made.clone(),
        ..now.clone()
    };
    now == *saved
}
