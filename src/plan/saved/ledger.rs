//! Where all changes stand, as one digest.

use std::fmt::Write as _;

use crate::history::{History, Progress};
use crate::project::ChangeId;

use super::LedgerHead;
use super::canonical::sha256;

impl LedgerHead {
    /// The head of a history. An entry that only says that a change failed moves `sequence` and not `standing`.
    pub(super) fn of(history: &History) -> Self {
        let mut text = String::new();
        // What was done and undone since was done all the same: no plan is carried out twice.
        line(&mut text, &["settled", &history.last_settled().to_string()]);
        for id in history.applied_in_order() {
            let Some(applied) = history.applied(id) else { continue };
            line(&mut text, &["applied", id.as_str(), &applied.sequence.to_string(), &applied.checksum]);
        }
        let mut unfinished: Vec<(&ChangeId, &Progress)> = history.unfinished().collect();
        unfinished.sort_unstable_by_key(|(id, _)| *id);
        for (id, progress) in unfinished {
            let doubt = progress.doubt.as_ref().map(|doubt| doubt.statement.to_string()).unwrap_or_default();
            let prefix = progress.prefix_checksum.as_deref().unwrap_or_default();
            line(&mut text, &[progress.direction.as_str(), id.as_str(), &progress.done.to_string(), prefix, &doubt]);
        }
        Self { sequence: history.last_sequence(), standing: sha256(&text) }
    }
}

/// Quoted, so that no id can look like the end of a field.
fn line(text: &mut String, fields: &[&str]) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{fields:?}");
}
