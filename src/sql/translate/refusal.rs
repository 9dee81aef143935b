//! Kinds of statements that PostgreSQL has no counterpart for.

use super::super::Kind;
use super::edits::Edits;

/// Whether PostgreSQL has nothing like statements of this kind, and no data come from or go to elsewhere by them.
pub(super) fn lacks_counterpart(kind: Kind) -> bool {
    !matches!(kind, Kind::Copy | Kind::Unload | Kind::Use) && of(kind).is_some()
}

/// Why no statement of this kind is translated.
pub(super) fn of(kind: Kind) -> Option<String> {
    let why = match kind {
        Kind::Copy => "its data must come from a store",
        Kind::Unload => "its data must go to a store",
        Kind::CreateExternalView | Kind::AlterExternalView | Kind::DropExternalView => {
            "there is no external catalog on the local target"
        }
        // Redshift's own statement is DROP TABLE.
        Kind::DropExternalTable => "an external table goes with DROP TABLE",
        Kind::CreateExternalFunction => "there is no AWS Lambda on the local target",
        Kind::CreateLibrary | Kind::DropLibrary => "there are no functions in Python on the local target",
        Kind::CreateModel | Kind::DropModel | Kind::AlterModel => "there is no machine learning on the local target",
        Kind::DescribeDatashare => "there are no other clusters to share with",
        Kind::CreateIdentityProvider
        | Kind::AlterIdentityProvider
        | Kind::DropIdentityProvider
        | Kind::DescribeIdentityProvider => "there is no identity provider on the local target",
        Kind::CreateIntegration | Kind::DropIntegration => "there is nothing to integrate on the local target",
        Kind::Use => "PostgreSQL cannot change the database of a session",
        _ => return None,
    };
    Some(format!("{} is not supported on the local target: {why}", kind.as_str().to_uppercase()))
}

/// `DROP SCHEMA name DROP EXTERNAL DATABASE`: CREATE EXTERNAL SCHEMA made none.
pub(super) fn drop_schema(edits: &mut Edits<'_>) {
    let code = edits.code();
    if let Some(at) = code.find(2, |at| code.phrase(at, &["drop", "external", "database"]).is_some()) {
        edits.note(at, "DROP EXTERNAL DATABASE is left out: there is no external catalog on the local target");
        edits.drop(at..at + 3);
    }
}

/// What to tell of a statement of a kind that changes no result.
pub(super) fn without_effect(kind: Kind) -> &'static str {
    match kind {
        Kind::Vacuum => "VACUUM does nothing here: PostgreSQL cleans up by itself",
        Kind::AnalyzeCompression => "ANALYZE COMPRESSION does nothing here: PostgreSQL has no column encodings",
        _ => "a datashare does nothing here: there are no other clusters to share with",
    }
}

/// `COMMENT ON CONSTRAINT`: there are none. Says whether anything is left to do.
pub(super) fn comment(edits: &mut Edits<'_>) -> bool {
    if edits.code().is(2, "constraint") {
        edits.note(2, "the comment is left out: the constraint was not created here");
        return false;
    }
    true
}
