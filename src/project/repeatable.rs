//! The order of repeatable changes: what creates an object comes before what names it.

use std::collections::{BTreeSet, HashMap};

use super::change::{Change, ChangeId};
use super::script::Script;
use crate::sql::{self, Dialect, ObjectName};
use crate::text::Diagnostic;

/// Sorts repeatable changes by what they need; those that need nothing of each other stand in the order of their ids.
pub(super) fn in_order(
    mut changes: Vec<(Change, Script)>,
    dialect: Dialect,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Change> {
    changes.sort_by(|(left, _), (right, _)| left.id.cmp(&right.id));
    let needs = needs(&changes, dialect);
    let mut changes: Vec<Change> = changes.into_iter().map(|(change, _)| change).collect();
    for (change, needed) in needs.iter().enumerate() {
        let ids: Vec<ChangeId> = needed.iter().map(|index| changes[*index].id.clone()).collect();
        changes[change].depends_on = ids;
    }
    let mut places = vec![0; changes.len()];
    let (order, left) = sorted(&needs);
    for (place, index) in order.iter().chain(&left).enumerate() {
        places[*index] = place;
    }
    if let Some(start) = left.first() {
        diagnostics.push(cycle(&changes, &needs, &left, *start));
    }
    let mut placed: Vec<(usize, Change)> = places.into_iter().zip(changes).collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, change)| change).collect()
}

/// For each change, the changes that it needs.
fn needs(changes: &[(Change, Script)], dialect: Dialect) -> Vec<BTreeSet<usize>> {
    let mut creators: HashMap<&str, Vec<(&ObjectName, usize)>> = HashMap::new();
    for (index, (_, script)) in changes.iter().enumerate() {
        for statement in script.statements().iter().filter(|s| s.kind.as_str().starts_with("create")) {
            if let Some(object) = &statement.object {
                creators.entry(object.base()).or_default().push((object, index));
            }
        }
    }
    let by_id: HashMap<&ChangeId, usize> = changes.iter().enumerate().map(|(index, (c, _))| (&c.id, index)).collect();
    let named = |(change, script): &(Change, Script)| -> BTreeSet<usize> {
        let mut needed = BTreeSet::new();
        for name in sql::referenced_names(script.rendered(), dialect) {
            let known = creators.get(name.base()).map_or(&[][..], Vec::as_slice);
            needed.extend(known.iter().filter(|(object, _)| same_object(object, &name)).map(|(_, index)| *index));
        }
        needed.extend(change.directives.requires.iter().filter_map(|(id, _)| by_id.get(id).copied()));
        needed
    };
    changes
        .iter()
        .enumerate()
        .map(|(index, change)| {
            let mut needed = named(change);
            needed.remove(&index);
            needed
        })
        .collect()
}

/// Whether two names may mean one object: a missing schema may be any.
fn same_object(left: &ObjectName, right: &ObjectName) -> bool {
    match (left.schema(), right.schema()) {
        (Some(left), Some(right)) => left == right,
        _ => true,
    }
}

/// The changes in order, and those that are left because they need each other.
fn sorted(needs: &[BTreeSet<usize>]) -> (Vec<usize>, Vec<usize>) {
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    let mut open: Vec<usize> = needs.iter().map(BTreeSet::len).collect();
    for (index, needed) in needs.iter().enumerate() {
        for other in needed {
            dependents[*other].push(index);
        }
    }
    let mut ready: BTreeSet<usize> = (0..needs.len()).filter(|index| open[*index] == 0).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(next) = ready.pop_first() {
        order.push(next);
        for dependent in &dependents[next] {
            open[*dependent] -= 1;
            if open[*dependent] == 0 {
                ready.insert(*dependent);
            }
        }
    }
    let left = (0..needs.len()).filter(|index| open[*index] > 0).collect();
    (order, left)
}

fn cycle(changes: &[Change], needs: &[BTreeSet<usize>], left: &[usize], start: usize) -> Diagnostic {
    // Every change that is left needs another one that is left, so the walk must come back to where it was.
    let mut path = vec![start];
    let mut at = start;
    while let Some(next) = needs[at].iter().copied().find(|index| left.binary_search(index).is_ok()) {
        if let Some(first) = path.iter().position(|known| *known == next) {
            path.drain(..first);
            break;
        }
        path.push(next);
        at = next;
    }
    let mut shown: Vec<String> = path.iter().map(|index| format!("`{}`", changes[*index].id)).collect();
    shown.extend(shown.first().cloned());
    let first = path.first().copied().unwrap_or(start);
    Diagnostic::error(
        "dependency-cycle",
        changes[first].declared_at,
        format!("repeatable changes need each other: {}", shown.join(" needs ")),
    )
    .hint("move one of the objects into a versioned change, or into the file of the other")
}
