//! Folds the ledger's rows to the present standing of each change.

use std::collections::HashMap;

use crate::project::ChangeId;

use super::{Action, Direction, Entry, JournalRow, StepState};

/// Where every change stands.
#[derive(Clone, Debug, Default)]
pub struct History {
    standings: HashMap<ChangeId, Standing>,
    /// Ids of applied changes in the order in which they were applied.
    applied_order: Vec<ChangeId>,
    last_sequence: u64,
    last_settled: u64,
}

/// Where one change stands.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Standing {
    /// How it was applied, the latest last; empty if it is not. Only a repeatable change is applied more than once, and
    /// rolling it back brings the application before it back.
    pub applied: Vec<Applied>,
    /// How far a script of it came that did not end.
    pub progress: Option<Progress>,
    /// The last entry that is no failure; 0 when there is none.
    settled: u64,
    /// The last failure; 0 when there is none.
    refused: u64,
}

/// A change that is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The entry that says so.
    pub sequence: u64,
    /// The run that did it.
    pub run: String,
    /// Checksum of the applied text.
    pub checksum: String,
    /// Its place in the order of application: the entry that first said so. Accepting an edit does not change it.
    pub place: u64,
    /// Whether statements ran, or somebody only said that it is applied.
    pub marked: bool,
}

/// A script that was begun in more than one step and did not end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which script.
    pub direction: Direction,
    /// How many of its statements are carried out for good.
    pub done: usize,
    /// Checksum of these statements; absent when none is done.
    pub prefix_checksum: Option<String>,
    /// A statement that may or may not have been carried out.
    pub doubt: Option<Doubt>,
}

/// A statement whose outcome is not known: it was about to be sent and never reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Number of the statement in its script, from 0.
    pub statement: usize,
    /// The journal row that announced it.
    pub sequence: u64,
    /// Checksum of the script's statements up to this one, itself included.
    pub prefix_checksum: String,
    /// What the database answered to the statement's probe before it was sent.
    pub probe_answer: Option<String>,
}

impl History {
    /// Folds rows, both in ascending sequence.
    pub fn fold(entries: impl IntoIterator<Item = Entry>, journal: &[JournalRow]) -> Self {
        let entries = entries.into_iter();
        let most = entries.size_hint().1.unwrap_or_default();
        let mut history = Self { standings: HashMap::with_capacity(most), ..Self::default() };
        for entry in entries {
            history.last_sequence = history.last_sequence.max(entry.sequence);
            let standing = history.standings.entry(entry.change).or_default();
            match entry.action {
                Action::Applied | Action::MarkedApplied => {
                    let marked = entry.action == Action::MarkedApplied;
                    let accepted = if marked { standing.applied.pop() } else { None };
                    let Entry { sequence, run, checksum, .. } = entry;
                    // Most changes are applied once, and a warehouse has thousands.
                    standing.applied.reserve_exact(1);
                    standing.applied.push(match accepted {
                        // Its statements did run: only what they are has another text now.
                        Some(earlier) => Applied { sequence, checksum, ..earlier },
                        None => Applied { sequence, run, checksum, place: sequence, marked },
                    });
                }
                Action::RolledBack => {
                    standing.applied.pop();
                }
                Action::MarkedPending => standing.applied.clear(),
                Action::Failed => {
                    standing.refused = entry.sequence;
                    continue;
                }
            }
            history.last_settled = history.last_settled.max(entry.sequence);
            standing.settled = entry.sequence;
        }
        for row in journal {
            history.last_sequence = history.last_sequence.max(row.sequence);
            let standing = history.standings.entry(row.change.clone()).or_default();
            if row.sequence > standing.settled {
                let mut progress = advance(standing.progress.take(), row);
                // The server's refusal was recorded after the intent: the statement did not happen.
                progress.doubt = progress.doubt.filter(|doubt| doubt.sequence > standing.refused);
                // A statement that was refused at once leaves nothing behind.
                standing.progress = (progress.done > 0 || progress.doubt.is_some()).then_some(progress);
            }
        }
        history.applied_order =
            history.standings.iter().filter(|(_, s)| !s.applied.is_empty()).map(|(id, _)| id.clone()).collect();
        let Self { standings, applied_order, .. } = &mut history;
        applied_order.sort_by_cached_key(|id| standings[id].applied.last().map(|applied| applied.place));
        history
    }

    /// How a change is applied, if it is.
    pub fn applied(&self, change: &ChangeId) -> Option<&Applied> {
        self.standings.get(change)?.applied.last()
    }

    /// How a repeatable change was applied before it was applied the last time.
    pub fn applied_before(&self, change: &ChangeId) -> Option<&Applied> {
        self.standings.get(change)?.applied.iter().nth_back(1)
    }

    /// Everything that is applied, in the order of application; a repeatable change as often as it was.
    pub fn applications(&self) -> Vec<(&ChangeId, &Applied)> {
        let mut applications = Vec::new();
        for (id, standing) in &self.standings {
            applications.extend(standing.applied.iter().map(|applied| (id, applied)));
        }
        applications.sort_unstable_by_key(|(_, applied)| applied.place);
        applications
    }

    /// Entries whose texts say what the target contains now.
    pub fn applied_sequences(&self) -> Vec<u64> {
        let applied = self.standings.values().flat_map(|standing| &standing.applied);
        applied.map(|applied| applied.sequence).collect()
    }

    /// How far an unfinished script of a change came.
    pub fn progress(&self, change: &ChangeId) -> Option<&Progress> {
        self.standings.get(change)?.progress.as_ref()
    }

    /// Takes note of whether the statement of a change that is in doubt was carried out. Without a doubt it does nothing.
    pub fn settle(&mut self, change: &ChangeId, carried_out: bool) {
        let Some(standing) = self.standings.get_mut(change) else { return };
        let Some(progress) = &mut standing.progress else { return };
        let Some(doubt) = progress.doubt.take() else { return };
        if carried_out {
            progress.done = doubt.statement + 1;
            progress.prefix_checksum = Some(doubt.prefix_checksum);
        } else if progress.done == 0 {
            standing.progress = None;
        }
    }

    /// Applied changes in the order in which they were applied.
    pub fn applied_in_order(&self) -> &[ChangeId] {
        &self.applied_order
    }

    /// Changes with an unfinished script.
    pub fn unfinished(&self) -> impl Iterator<Item = (&ChangeId, &Progress)> {
        self.standings.iter().filter_map(|(change, standing)| Some((change, standing.progress.as_ref()?)))
    }

    /// The sequence number of the last entry that is no failure; 0 when there is none.
    pub fn last_settled(&self) -> u64 {
        self.last_settled
    }

    /// The highest sequence number in the ledger; 0 when it is empty.
    pub fn last_sequence(&self) -> u64 {
        self.last_sequence
    }
}

fn advance(progress: Option<Progress>, row: &JournalRow) -> Progress {
    let mut progress = progress.filter(|progress| progress.direction == row.direction).unwrap_or(Progress {
        direction: row.direction,
        done: 0,
        prefix_checksum: None,
        doubt: None,
    });
    match row.state {
        StepState::Intent => {
            progress.doubt = Some(Doubt {
                statement: row.first_statement,
                sequence: row.sequence,
                prefix_checksum: row.prefix_checksum.clone(),
                probe_answer: row.probe_answer.clone(),
            });
        }
        StepState::Done => {
            progress.done = row.first_statement + row.statements;
            progress.prefix_checksum = Some(row.prefix_checksum.clone());
            progress.doubt = None;
        }
        StepState::NotDone => progress.doubt = None,
    }
    progress
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(sequence: u64, change: &str, action: Action) -> Entry {
        Entry {
            sequence,
            run: "r".into(),
            change: ChangeId::new(change),
            action,
            checksum: format!("c{sequence}"),
            statements: 1,
        }
    }

    fn journal(sequence: u64, change: &str, state: StepState, first_statement: usize) -> JournalRow {
        JournalRow {
            sequence,
            change: ChangeId::new(change),
            direction: Direction::Forward,
            state,
            first_statement,
            statements: 1,
            prefix_checksum: format!("p{sequence}"),
            probe_answer: None,
        }
    }

    #[test]
    fn the_last_word_counts() {
        let entries = [
            entry(1, "a", Action::Applied),
            entry(2, "b", Action::Applied),
            entry(3, "a", Action::RolledBack),
            entry(4, "c", Action::Failed),
            entry(5, "a", Action::Applied),
            entry(6, "b", Action::Failed),
        ];
        let history = History::fold(entries.clone(), &[]);
        let order: Vec<String> = history.applied_in_order().iter().map(ToString::to_string).collect();
        assert_eq!(order, ["b", "a"]);
        assert_eq!(history.applied(&ChangeId::new("a")).map(|applied| applied.checksum.as_str()), Some("c5"));
        assert_eq!(history.applied(&ChangeId::new("c")), None);
        assert_eq!((history.last_settled(), history.last_sequence()), (5, 6));
    }

    #[test]
    fn an_accepted_edit_keeps_its_place() {
        let entries = [
            entry(1, "a", Action::Applied),
            entry(2, "b", Action::Applied),
            entry(3, "a", Action::MarkedApplied),
            entry(4, "c", Action::MarkedApplied),
        ];
        let history = History::fold(entries.clone(), &[]);
        let order: Vec<String> = history.applied_in_order().iter().map(ToString::to_string).collect();
        assert_eq!(order, ["a", "b", "c"]);
        let edited = history.applied(&ChangeId::new("a"));
        assert_eq!(edited.map(|applied| (applied.checksum.as_str(), applied.sequence)), Some(("c3", 3)));
        assert_eq!(edited.map(|applied| applied.marked), Some(false), "its statements did run");
        assert_eq!(history.applied(&ChangeId::new("c")).map(|applied| applied.marked), Some(true));
    }

    #[test]
    fn rolling_a_repeatable_change_back_brings_its_earlier_text_back() {
        let mut entries = vec![
            entry(1, "R__v", Action::Applied),
            entry(2, "R__v", Action::Applied),
            entry(3, "R__v", Action::RolledBack),
        ];
        let id = ChangeId::new("R__v");
        let history = History::fold(entries.clone(), &[]);
        assert_eq!(history.applied(&id).map(|applied| applied.sequence), Some(1));
        assert_eq!(
            History::fold(entries[..2].to_vec(), &[]).applied_before(&id).map(|applied| applied.sequence),
            Some(1)
        );
        entries.push(entry(4, "R__v", Action::RolledBack));
        assert_eq!(History::fold(entries.clone(), &[]).applied(&id), None);
    }

    #[test]
    fn steps_after_the_last_entry_are_progress() {
        let entries = [entry(3, "a", Action::RolledBack), entry(9, "a", Action::Failed)];
        let rows = [
            journal(1, "a", StepState::Done, 0),
            journal(5, "a", StepState::Done, 0),
            journal(6, "a", StepState::Intent, 1),
            journal(7, "b", StepState::Intent, 0),
            journal(8, "b", StepState::Done, 0),
        ];
        let history = History::fold(entries.clone(), &rows);
        let progress = history.progress(&ChangeId::new("a")).cloned();
        assert_eq!(
            progress,
            Some(Progress { direction: Direction::Forward, done: 1, prefix_checksum: Some("p5".into()), doubt: None }),
            "the refusal at 9 settles the intent at 6"
        );
        assert_eq!(history.progress(&ChangeId::new("b")).map(|progress| progress.done), Some(1));
        assert_eq!(history.last_sequence(), 9);
        let history = History::fold(entries[..1].to_vec(), &rows[..4]);
        let a = ChangeId::new("a");
        let doubt = |history: &History| history.progress(&a).and_then(|progress| progress.doubt.clone());
        assert_eq!(doubt(&history).map(|doubt| (doubt.statement, doubt.sequence)), Some((1, 6)));

        for carried_out in [true, false] {
            let mut settled = history.clone();
            settled.settle(&a, carried_out);
            let state = if carried_out { StepState::Done } else { StepState::NotDone };
            let row = JournalRow { prefix_checksum: "p6".into(), ..journal(8, "a", state, 1) };
            let read = History::fold(entries[..1].to_vec(), &[rows[0].clone(), rows[1].clone(), rows[2].clone(), row]);
            assert_eq!(settled.progress(&a), read.progress(&a), "what is noted is what is read back");
            assert_eq!(settled.progress(&a).map(|progress| progress.done), Some(if carried_out { 2 } else { 1 }));
        }
    }
}
