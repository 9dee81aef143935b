//! What the double does with a statement of Redshift, decided in one place.

use super::translate::{self, QuotedNames, Surroundings, Translation, Untranslatable};
use super::{ReadStatement, Refusal, refusal};

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

/// Decides about a statement of Redshift.
///
/// `names` and `known` are what [`translate`](super::translate()) takes. `lenient` says whether a statement of a kind that
/// PostgreSQL has nothing like is left out. Places in what is returned count from the beginning of the statement.
pub fn treat(read: &ReadStatement<'_>, names: QuotedNames, known: &Surroundings, lenient: bool) -> Treatment {
    if let Some(refusal) = refusal::of(read) {
        return Treatment::RefusedThere(refusal);
    }
    match translate::translate_read(read, names, known) {
        Ok(translation) => Treatment::Translated(Box::new(translation)),
        Err(refused) if lenient && translate::lacks_counterpart(read.statement.kind) => Treatment::LeftOut(refused),
        Err(refused) => Treatment::Refused(refused),
    }
}
