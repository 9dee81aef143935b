//! Catalogues in which Redshift has columns that PostgreSQL's lack: the double has views of the same names for them.

use super::super::code::Code;
use super::super::lexer::TokenKind;
use super::edits::Edits;
use super::query::Factor;

/// Columns that only Redshift's catalogues have, or PostgreSQL's no longer.
const COLUMNS: &[&str] = &[
    "attisdistkey",
    "attsortkeyord",
    "attencodingtype",
    "reldiststyle",
    "relcreationtime",
    "relhasoids",
    "adsrc",
    "defacluser",
    "proisagg",
    "proiswindow",
];

/// Catalogues that the double has with these columns, in its own schema.
const CATALOGUES: &[&str] = &["pg_attribute", "pg_attrdef", "pg_class", "pg_default_acl", "pg_proc"];

/// Catalogues and functions on them that the double has in its own schema whatever the statement names: they also tell of
/// keys, which are not the server's.
const OF_KEYS: &[&str] = &["pg_constraint", "pg_get_constraintdef", "pg_index"];

/// Catalogues with what the names of their columns begin with, besides `oid`; a full stop ends a whole name.
const BEGINNINGS: &[(&str, &[&str])] = &[
    ("pg_attrdef", &["ad"]),
    ("pg_attribute", &["att"]),
    ("pg_class", &["rel"]),
    ("pg_constraint", &["con"]),
    ("pg_database", &["dat", "enc"]),
    ("pg_description", &["obj", "class", "description."]),
    ("pg_language", &["lan"]),
    ("pg_namespace", &["nsp"]),
    ("pg_proc", &["pro"]),
    ("pg_type", &["typ"]),
    ("pg_user", &["use", "passwd.", "valuntil."]),
    ("pg_get_late_binding_view_cols", &["view_schema.", "view_name.", "col_"]),
    (
        "svv_external_columns",
        &[
            "redshift_database_name.",
            "schemaname.",
            "tablename.",
            "column",
            "external_type.",
            "part_key.",
            "is_nullable.",
        ],
    ),
    ("svv_external_schemas", &["es", "schemaname.", "databasename."]),
    (
        "svv_external_tables",
        &[
            "redshift_database_name.",
            "schemaname.",
            "tablename.",
            "tabletype.",
            "location.",
            "input_format.",
            "output_format.",
            "serialization_lib.",
            "serde_parameters.",
            "compressed.",
            "parameters.",
        ],
    ),
];

/// What the names of the columns of a table of FROM begin with, if it is a catalogue of [`BEGINNINGS`].
pub(super) fn beginnings(code: &Code<'_>, table: &Factor) -> Option<&'static [&'static str]> {
    let (name, _) = code.name(table.range.start)?;
    let own = name.schema().is_none_or(|schema| schema == "pg_catalog");
    BEGINNINGS.iter().find(|(known, _)| own && *known == name.base()).map(|(_, beginnings)| *beginnings)
}

/// Whether one of the columns with these beginnings may have this name.
pub(super) fn may_have(beginnings: &[&str], name: &str) -> bool {
    name == "oid"
        || beginnings.iter().any(|beginning| match beginning.strip_suffix('.') {
            Some(whole) => name == whole,
            None => name.starts_with(beginning),
        })
}

/// Whether a word may be one of the catalogues that [`rewrite`] replaces.
pub(super) fn may_name(word: &str) -> bool {
    matches!(word.as_bytes(), [b'p' | b'P', b'g' | b'G', b'_', ..])
}

/// Reads the double's views in place of the server's catalogues where a statement names such a column.
pub(super) fn rewrite(edits: &mut Edits<'_>) {
    let is_word = |edits: &Edits<'_>, at: usize, words: &[&str]| {
        edits.code().kind(at) == Some(TokenKind::Word) && edits.code().is_any(at, words)
    };
    let of_columns = (0..edits.len()).any(|at| is_word(edits, at, COLUMNS) || is_word(edits, at, &["pg_index"]));
    for at in 1..edits.len() {
        let meant = is_word(edits, at, OF_KEYS) || of_columns && is_word(edits, at, CATALOGUES);
        if !meant || !edits.is_kept(at) {
            continue;
        }
        let code = edits.code();
        let qualified = code.kind(at - 1) == Some(TokenKind::Dot);
        let in_from = code.is_any(at - 1, &["from", "join"])
            || code.kind(at - 1) == Some(TokenKind::Comma)
            || code.kind(at + 1) == Some(TokenKind::LeftParenthesis);
        if qualified && at >= 2 && code.is(at - 2, "pg_catalog") {
            edits.replace(at - 2..at - 1, "pg_double");
        } else if in_from && code.kind(at + 1) != Some(TokenKind::Dot) {
            edits.insert_before(at, "pg_double.");
        }
    }
}

/// `version()`, also with its schema, is the double's own: it names Redshift.
pub(super) fn version(edits: &mut Edits<'_>, at: usize) {
    let code = edits.code();
    let is_call = code.token(at + 1) == "(" && code.token(at + 2) == ")";
    let qualified = at.checked_sub(1).is_some_and(|before| code.kind(before) == Some(TokenKind::Dot));
    match (is_call, qualified) {
        (true, true) if at >= 2 && code.is(at - 2, "pg_catalog") => edits.replace(at - 2..at - 1, "pg_double"),
        (true, false) => edits.insert_before(at, "pg_double."),
        _ => {}
    }
}

/// Functions whose rows Redshift wants described behind the alias: `pg_get_cols('v') cols(view_schema name, ...)`.
pub(super) const OF_ROWS: &[&str] = &[
    "pg_get_cols",
    "pg_get_late_binding_view_cols",
    "pg_get_iam_role_by_user",
    "pg_get_grantee_by_iam_role",
    "pg_get_session_roles",
];

/// Leaves the types of such a description out: the library's functions have them.
pub(super) fn described(edits: &mut Edits<'_>, at: usize) {
    let code = edits.code();
    let past = code.close(at + 1);
    let alias = past + usize::from(code.is(past, "as"));
    let open = alias + 1;
    if code.kind(alias) != Some(TokenKind::Word) || code.kind(open) != Some(TokenKind::LeftParenthesis) {
        return;
    }
    let columns = code.items(open + 1..code.close(open).saturating_sub(1));
    for column in columns.into_iter().filter(|column| column.len() > 1) {
        edits.drop(column.start + 1..column.end);
    }
}
