//! Statements whose outcome is not known: they were announced in the journal, and their answer never came.

use crate::history::{Direction, Doubt, History};
use crate::project::{ChangeId, Project, Rollback, Script, Variables};
use crate::sql::{Dialect, Probe, probe};

use super::forward::{TargetFacts, prefix_checksum};

/// A statement in doubt, as it was sent.
#[derive(Clone, Debug)]
pub struct DoubtedStatement {
    /// Its change.
    pub change: ChangeId,
    /// Which script of the change it stands in.
    pub direction: Direction,
    /// That script.
    pub script: Script,
    /// What the journal says of it.
    pub doubt: Doubt,
}

impl DoubtedStatement {
    /// How to find out whether it was carried out. `engine` is the dialect of the server itself.
    pub fn probe(&self, dialect: Dialect, engine: Dialect) -> Option<Probe> {
        let statement = self.script.statements().get(self.doubt.statement)?;
        Some(probe(statement, self.script.rendered(), dialect, engine))
    }
}

/// The statements in doubt whose text the project still has as it was sent. The rollbacks of changes whose rollback is
/// unfinished must be read.
pub fn doubted(
    project: &Project,
    history: &History,
    variables: &Variables,
    target: TargetFacts<'_>,
) -> Vec<DoubtedStatement> {
    let mut found = Vec::new();
    for (id, progress) in history.unfinished() {
        let (Some(doubt), Some(change)) = (&progress.doubt, project.change(id)) else { continue };
        let text = match progress.direction {
            Direction::Forward => Some(&change.forward),
            Direction::Rollback => change.rollback.as_ref().and_then(|rollback| Rollback::read(rollback).ok()),
        };
        let Some(script) = text.and_then(|text| text.parse(target.dialect, variables).ok()) else { continue };
        if prefix_checksum(&script, doubt.statement + 1, target.dialect).as_ref() == Some(&doubt.prefix_checksum) {
            found.push(DoubtedStatement {
                change: id.clone(),
                direction: progress.direction,
                script,
                doubt: doubt.clone(),
            });
        }
    }
    // The standings have no order.
    found.sort_by_key(|found| found.doubt.sequence);
    found
}

/// What a person has to find out about a statement that no probe can decide. It names no value of a variable.
pub(super) fn question(script: Option<&Script>, doubt: &Doubt, dialect: Dialect) -> String {
    let statement = doubt.statement;
    let unknown = "Its text is not in the project as it was sent: find out from the file's history what it was, and \
                   whether that was carried out."
        .to_owned();
    let sent =
        |script: &&Script| prefix_checksum(script, statement + 1, dialect).as_ref() == Some(&doubt.prefix_checksum);
    let Some(script) = script.filter(sent) else { return unknown };
    let Some(found) = script.statements().get(statement) else { return unknown };
    let asked = match probe(found, script.rendered(), dialect, dialect) {
        Probe::Repeatable => "was it carried out?".to_owned(),
        Probe::Query(query) => query.question,
        Probe::Unknown { question } => question,
    };
    let written = script.written_text(statement);
    let first_line = written.lines().next().unwrap_or_default();
    format!("Find out whether `{first_line}` was carried out: {asked}")
}
