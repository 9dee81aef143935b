//! What the double makes of a statement that Redshift would carry out otherwise.

use crate::project::Script;
use crate::project::settings::DoubleMode;
use crate::sql::{Dialect, Kind, Lacks, QuotedNames, ReadStatement, Surroundings, Treatment, Untranslatable, treat};

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
    let lenient = mode == DoubleMode::Lenient;
    let read = ReadStatement::again(statement, script.rendered(), Dialect::Redshift);
    match treat(&read, QuotedNames::default(), &Surroundings::default(), lenient) {
        Treatment::Translated(translation) => {
            let mut found = Vec::new();
            for note in translation.notes {
                let departure = Departure::Differs(note.message.into_owned());
                if !found.contains(&departure) {
                    found.push(departure);
                }
            }
            found
        }
        Treatment::LeftOut(refused) => vec![Departure::LeftOut(refused.message)],
        Treatment::RefusedThere(refusal) => vec![Departure::RefusedThere(refusal.message)],
        Treatment::Refused(Untranslatable { lacks: Some(Lacks::Columns(table)), .. }) => {
            let what = format!("translated when it runs, as it depends on the columns of `{table}`");
            vec![Departure::Differs(what)]
        }
        Treatment::Refused(Untranslatable { lacks: Some(Lacks::Database), .. }) => {
            let what = "translated when it runs: for a schema of another database the schema `database$schema` stands";
            vec![Departure::Differs(what.to_owned())]
        }
        Treatment::Refused(refused) => vec![Departure::Refused(refused.message)],
    }
}
