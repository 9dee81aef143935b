//! What the double does with a statement of Redshift, decided in one place.

use super::translate::{self, QuotedNames, Surroundings, Translation, Untranslatable};
use super::{Refusal, Statement, redshift_refusal};

/// What the double does with a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// It sends PostgreSQL this.
    Translated(Box<Translation>),
    /// It leaves the statement out, as it may where it is lenient.
    LeftOut(Untranslatable),
    /// It refuses the statement as Redshift does.
    RefusedThere(Refusal),
    /// It refuses the statement, because PostgreSQL cannot do it.
    Refused(Untranslatable),
}

/// Decides about a statement of a script.
///
/// `names` and `known` are what [`translate`](super::translate()) takes. `lenient` says whether a statement of a kind that
/// PostgreSQL has nothing like is left out. Places in what is returned count from the beginning of the statement.
pub fn treat(
    statement: &Statement,
    script: &str,
    names: QuotedNames,
    known: &Surroundings,
    lenient: bool,
) -> Treatment {
    if let Some(refusal) = redshift_refusal(statement, script) {
        return Treatment::RefusedThere(refusal);
    }
    let text = script.get(statement.range.clone()).unwrap_or_default();
    match translate::translate(text, statement.kind, names, known) {
        Ok(translation) => Treatment::Translated(Box::new(translation)),
        Err(refused) if lenient && translate::lacks_counterpart(statement.kind) => Treatment::LeftOut(refused),
        Err(refused) => Treatment::Refused(refused),
    }
}
