//! What the double makes of a statement that Redshift would carry out otherwise.

use crate::project::Script;
use crate::project::settings::DoubleMode;
use crate::sql::{Kind, QuotedNames, lacks_counterpart, redshift_refusal, translate};

/// How the double departs from Redshift, or what it refuses as Redshift does. Messages are lower case, without full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Departure {
    /// Something of the statement is left out or means something else.
    Differs(String),
    /// The statement is left out.
    LeftOut(String),
    /// The statement fails, because PostgreSQL cannot do it.
    Refused(String),
    /// The statement fails, as on Redshift.
    RefusedThere(String),
}

impl Departure {
    /// One line for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Differs(what) => what.clone(),
            Self::LeftOut(why) => format!("left out: {why}"),
            Self::Refused(why) => format!("refused: {why}"),
            Self::RefusedThere(why) => format!("refused, as on Redshift: {why}"),
        }
    }
}

/// How the double departs from Redshift in one statement, each once and in the order of the text. COPY and UNLOAD are
/// carried out by the double itself, so nothing is known of them here.
pub fn departures(script: &Script, number: usize, mode: DoubleMode) -> Vec<Departure> {
    let Some(statement) = script.statements().get(number) else { return Vec::new() };
    if matches!(statement.kind, Kind::Copy | Kind::Unload) {
        return Vec::new();
    }
    if let Some(refusal) = redshift_refusal(statement, script.rendered()) {
        return vec![Departure::RefusedThere(refusal.message)];
    }
    match translate(script.statement_text(number), statement.kind, QuotedNames::default()) {
        Ok(translation) => {
            let mut found = Vec::new();
            for note in translation.notes {
                let departure = Departure::Differs(note.message);
                if !found.contains(&departure) {
                    found.push(departure);
                }
            }
            found
        }
        Err(refused) if mode == DoubleMode::Lenient && lacks_counterpart(statement.kind) => {
            vec![Departure::LeftOut(refused.message)]
        }
        Err(refused) => vec![Departure::Refused(refused.message)],
    }
}
