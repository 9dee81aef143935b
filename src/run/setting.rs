//! What a change sets for its session: each step leaves the session as it found it, and sets again what steps of the same
//! change before it have set. So no change sees what another has set, the ledger's rows are written with the session's
//! own settings, and it makes no difference in which session a half-done change goes on.

use std::collections::HashSet;

use crate::plan::Step;
use crate::ports::Batch;
use crate::project::Script;
use crate::sql::{Dialect, SessionSetting, Setting, isolation_level, session_settings};

/// What the statements of one change set.
pub(super) struct ChangeSettings {
    dialect: Dialect,
    /// By the statements' numbers, ascending.
    found: Vec<(usize, SessionSetting)>,
}

impl ChangeSettings {
    pub(super) fn of(script: &Script, dialect: Dialect) -> Self {
        let text = script.rendered();
        let statements = script.statements().iter().enumerate();
        let found = statements.flat_map(|(number, statement)| {
            session_settings(statement, text, dialect).into_iter().map(move |setting| (number, setting))
        });
        Self { dialect, found: found.collect() }
    }

    /// The statements before this one whose settings still hold where it runs.
    pub(super) fn before(&self, statement: usize) -> Vec<usize> {
        let mut seen = HashSet::new();
        let mut numbers: Vec<usize> = Vec::new();
        for (number, setting) in self.found.iter().rev() {
            let holds = *number < statement && !setting.local && setting.what != Setting::Unknown;
            if holds && seen.insert(&setting.what) && numbers.last() != Some(number) {
                numbers.push(*number);
            }
        }
        numbers.reverse();
        numbers
    }

    /// Those statements.
    pub(super) fn dress(&self, script: &Script, statement: usize) -> Batch {
        let mut batch = Batch::default();
        for number in self.before(statement) {
            batch.user(script.statement_text(number));
        }
        batch
    }

    /// Appends what brings the session back after a step: `own` is what it had before. Settings of the transaction count
    /// too, because the ledger's row stands in it.
    pub(super) fn restore(&self, step: &Step, own: &Batch, batch: &mut Batch) {
        let (Some(first), Some(last)) = (step.statements.first(), step.statements.last()) else { return };
        let holds = |(number, setting): &&(usize, SessionSetting)| {
            number <= last && (number >= first || !setting.local) && setting.what != Setting::Unknown
        };
        let mut seen = HashSet::new();
        for (_, setting) in self.found.iter().rev().filter(holds) {
            if seen.insert(&setting.what)
                && let Some(sql) = setting.what.reset()
            {
                // As if the author had written it, so that the double takes it as it took the setting.
                batch.user(sql);
            }
        }
        if !seen.is_empty() {
            batch.pieces.extend_from_slice(&own.pieces);
        }
    }

    /// Whether the step takes back all that is set, and with it what vesto has noted in its transaction.
    pub(super) fn forgets(&self, step: &Step) -> bool {
        self.found.iter().any(|(number, set)| set.what == Setting::Defaults && step.statements.contains(number))
    }

    /// Whether the change runs code that may set anything.
    pub(super) fn may_set_anything(&self) -> bool {
        self.found.iter().any(|(_, setting)| setting.what == Setting::Unknown && !setting.local)
    }

    /// How the author wants the transaction of a step isolated: the BEGIN before it or a SET TRANSACTION in it says so.
    pub(super) fn isolation(&self, script: &Script, step: &Step) -> Option<&'static str> {
        let begin = step.statements.first()?.checked_sub(1);
        let level = |number: usize| isolation_level(script.statements().get(number)?, script.rendered(), self.dialect);
        begin.into_iter().chain(step.statements.iter().copied()).find_map(level)
    }
}
