//! What the user asked for, by names of changes or of their groups.

use std::ops::RangeInclusive;

use crate::project::{Change, ChangeId, ChangeKind, Project, Version};
use crate::text::closest;

use super::PlanError;

/// Which changes to consider. Empty means all. Both ends of a range are included.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Selection {
    /// Only these; each names a change or an INI section.
    pub only: Vec<String>,
    /// From this change, or the first of this section, on.
    pub from: Option<String>,
    /// Up to this change, or the last of this section.
    pub to: Option<String>,
}

/// A name that no change and no section has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no change or section is named `{name}`")]
pub struct UnknownChange {
    /// The name.
    pub name: String,
    /// The closest that exists.
    pub suggestion: Option<String>,
}

/// The changes that a selection chooses, in the project's order.
pub fn select<'a>(project: &'a Project, selection: &Selection) -> Result<Vec<&'a Change>, PlanError> {
    Ok(selection.resolve(project)?.into_iter().filter_map(|at| project.changes.get(at)).collect())
}

impl Selection {
    /// Positions of the selected changes, ascending.
    pub(super) fn resolve(&self, project: &Project) -> Result<Vec<usize>, PlanError> {
        let from = self.from.as_deref().map(|name| find(project, name)).transpose()?;
        let to = self.to.as_deref().map(|name| find(project, name)).transpose()?;
        let first = from.as_ref().map_or(0, |range| *range.start());
        let last = to.as_ref().map_or(project.changes.len(), |range| *range.end() + 1);
        if let (Some(from), Some(to)) = (&self.from, &self.to)
            && first >= last
        {
            return Err(PlanError::EmptyRange { from: from.clone(), to: to.clone() });
        }
        if self.only.is_empty() {
            return Ok((first..last).collect());
        }
        let mut chosen = Vec::new();
        for name in &self.only {
            chosen.extend(find(project, name)?.filter(|at| (first..last).contains(at)));
        }
        chosen.sort_unstable();
        chosen.dedup();
        Ok(chosen)
    }
}

/// Positions of the change, or of the section's changes, with this name.
pub(super) fn find(project: &Project, name: &str) -> Result<RangeInclusive<usize>, UnknownChange> {
    let id = ChangeId::new(name);
    let version: Option<Version> = name.trim_start_matches(['V', 'v']).parse().ok();
    let exact = project.changes.iter().position(|change| {
        change.id == id || matches!((&change.kind, &version), (ChangeKind::Versioned { version: known }, Some(version)) if known == version)
    });
    if let Some(at) = exact {
        return Ok(at..=at);
    }
    let in_section = |change: &Change| matches!(&change.kind, ChangeKind::Ini { section, .. } if section == name);
    let first = project.changes.iter().position(in_section);
    let last = project.changes.iter().rposition(in_section);
    match (first, last) {
        (Some(first), Some(last)) => Ok(first..=last),
        _ => Err(unknown(project, name)),
    }
}

fn unknown(project: &Project, name: &str) -> UnknownChange {
    let sections = project.changes.iter().filter_map(|change| match &change.kind {
        ChangeKind::Ini { section, .. } => Some(section.as_str()),
        _ => None,
    });
    let names = project.changes.iter().map(|change| change.id.as_str()).chain(sections);
    UnknownChange { name: name.to_owned(), suggestion: closest(name, names).map(str::to_owned) }
}
