//! How to find out whether a statement happened whose answer never came.
//!
//! A statement that runs in no transaction block has no journal row in its own transaction. If the connection or the
//! process dies before the answer, only the database knows whether it was carried out. This module derives from the
//! statement's text what to ask the database, or a person.
//!
//! Four rules keep an answer from being wrong, because a wrong one loses data or does something twice:
//!
//! - The question is put twice: before the statement is sent, and when it is in doubt. See [`Query::verdict`].
//! - Whoever asks the second time first makes sure that the session that sent the statement has ended. While that session
//!   still works, `not done` may become `done`, and an index that is being built looks broken.
//! - An answer says by numbers of the catalogue which object it speaks of, so one of the same name that somebody else
//!   made, in another schema or anew, is not taken for it.
//! - A name without a schema is looked for in all schemas and must be there once. So neither a search path that an
//!   earlier statement set in a session that is gone, nor a temporary table of the same name, makes the answer wrong.
//!
//! Where the text leaves any doubt, the answer is left to a person.

mod alter;
mod alter_table;
mod base;
pub(super) mod call;
pub(super) mod data_type;
mod index;
mod lifetime;
mod part;
mod place;
mod repeatable;
mod routine;
mod rows;
mod storage;

use super::code::Code;
use super::lexer::TokenKind;
use super::{Dialect, Kind, Statement, stored_name};

/// How to find out whether a statement that was sent was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Running it once more does no harm and leads to the same end, so nothing needs to be asked.
    Repeatable,
    /// The database knows.
    Query(Query),
    /// The database cannot tell.
    Unknown {
        /// What a person should look at, in words. It quotes names only and no literals, which may be secret.
        question: String,
    },
}

/// A question to the database, put before the statement is sent and again when it is in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Gives one row of one text cell, see [`Answer`]. It is SQL of the engine, not of the user's dialect, reads only,
    /// and may run in a transaction. An error of it counts as [`Answer::Unknown`].
    pub sql: String,
    /// The same in words, for the person who must decide where the verdict is [`Verdict::Unknown`].
    pub question: String,
    /// What clears a broken state away, each sent alone and in this order; then the question is put once more. Empty
    /// where the answer is never `broken`, or where a person must do it.
    pub clear: Vec<String>,
    /// `done` says enough whatever the answer was before: the statement would do nothing more.
    pub end_suffices: bool,
}

/// The cell that a [`Query`] gives.
///
/// The first three may be followed by numbers of the catalogue, which say what they speak of: the object and then its
/// part, or the schema of what does not exist yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `not done`
    NotDone,
    /// `done`
    Done,
    /// `broken`: it left something half made behind.
    Broken,
    /// `unknown`, no row, or anything else.
    Unknown,
}

impl Answer {
    /// Reads the cell and its numbers; `None` is NULL, no row, or a query that failed.
    pub fn read(cell: Option<&str>) -> (Self, Vec<u64>) {
        let words = [("not done", Self::NotDone), ("done", Self::Done), ("broken", Self::Broken)];
        let cell = cell.unwrap_or_default();
        let found = words.into_iter().find_map(|(word, answer)| Some((answer, cell.strip_prefix(word)?)));
        let Some((answer, rest)) = found.filter(|(_, rest)| rest.is_empty() || rest.starts_with(' ')) else {
            return (Self::Unknown, Vec::new());
        };
        match rest.split_whitespace().map(str::parse).collect() {
            Ok(numbers) => (answer, numbers),
            Err(_) => (Self::Unknown, Vec::new()),
        }
    }
}

/// What two answers together say of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was carried out.
    Done,
    /// It was not, so it can be sent again.
    NotDone,
    /// It was begun and left something half made: see [`Query::clear`].
    Broken,
    /// A person must decide.
    Unknown,
}

impl Query {
    /// What follows from the cells before the statement was sent and after it came in doubt.
    ///
    /// Only a change from `not done` shows that the statement made it. `not done` must be the very same text both times:
    /// an object that was dropped and made anew by somebody has another number, and is not to be dropped again. The
    /// numbers of `done` and `broken` must be the first of those that `not done` had: what is gone has none any more.
    pub fn verdict(&self, before: Option<&str>, after: Option<&str>) -> Verdict {
        let (was, object_before) = Answer::read(before);
        let (is, object) = Answer::read(after);
        let was_not_done = was == Answer::NotDone;
        let made = was_not_done && object_before.starts_with(&object);
        match is {
            Answer::Done if made || self.end_suffices => Verdict::Done,
            Answer::NotDone if was_not_done && before == after => Verdict::NotDone,
            Answer::Broken if made => Verdict::Broken,
            _ => Verdict::Unknown,
        }
    }
}

/// One statement, and who is asked about it.
struct Case<'a> {
    statement: &'a Statement,
    code: Code<'a>,
    engine: Dialect,
}

impl Case<'_> {
    /// Whether Redshift's SQL runs on a PostgreSQL, which leaves out what concerns storage and keys.
    fn on_double(&self) -> bool {
        self.code.dialect == Dialect::Redshift && self.engine == Dialect::Postgres
    }
}

/// How to find out whether `statement` of `script` was carried out.
///
/// `dialect` is whose SQL the script is, `engine` whose catalogue the server has: the double is a PostgreSQL that is
/// given Redshift's SQL.
pub fn probe(statement: &Statement, script: &str, dialect: Dialect, engine: Dialect) -> Probe {
    let text = script.get(statement.range.clone()).unwrap_or("");
    let case = Case { statement, code: Code::new(text, dialect), engine };
    if repeatable::is_repeatable(&case) {
        return Probe::Repeatable;
    }
    if !is_readable(&case) {
        return unknown(&case);
    }
    asked(&case).unwrap_or_else(|| unknown(&case))
}

/// The question to the database, where the text gives one.
fn asked(case: &Case<'_>) -> Option<Probe> {
    let kind = case.statement.kind;
    match kind {
        Kind::CreateIndex | Kind::Reindex => index::probe(case).map(Probe::Query),
        Kind::CreateFunction | Kind::CreateProcedure | Kind::DropFunction | Kind::DropProcedure => {
            routine::probe(case).map(Probe::Query)
        }
        Kind::Truncate | Kind::AlterTableAppend => rows::probe(case).map(Probe::Query),
        _ if kind.creates() => lifetime::created(case).map(Probe::Query),
        _ if kind.drops() => lifetime::dropped(case).map(Probe::Query),
        _ if case.code.is(0, "alter") => alter::probe(case),
        _ => None,
    }
}

/// Names that are not yet replaced, and names with Unicode escapes, are not what the catalogue holds. What the double
/// makes of capitals in quotes depends on a setting of its session, and long names it stores under others.
fn is_readable(case: &Case<'_>) -> bool {
    let code = &case.code;
    let escaped = |at: usize| code.is(at, "u") && code.token(at + 1) == "&";
    let folded = |at: usize| {
        case.on_double()
            && code.kind(at) == Some(TokenKind::QuotedIdentifier)
            && code.token(at).chars().any(char::is_uppercase)
    };
    let shortened = |at: usize| {
        let is_name = matches!(code.kind(at), Some(TokenKind::Word | TokenKind::QuotedIdentifier));
        case.on_double() && is_name && stored_name(code.token(at)) != code.token(at)
    };
    (0..code.tokens.len())
        .all(|at| code.kind(at) != Some(TokenKind::Placeholder) && !escaped(at) && !folded(at) && !shortened(at))
}

/// Leaves it to a person, with the question that fits the statement.
fn unknown(case: &Case<'_>) -> Probe {
    let kind = case.statement.kind;
    let question = match (rows::question(case), &case.statement.object) {
        (Some(question), _) => question,
        // Without a name, what is taken for its object is its table.
        (None, _) if kind == Kind::CreateIndex => {
            "was the index made? look at the indexes of its table, and whether they are valid".to_owned()
        }
        (None, None) => format!("was `{} ...` carried out?", leading_words(&case.code)),
        (None, Some(object)) if kind.creates() => {
            let noun = kind.noun().unwrap_or("table").trim_end_matches(" as");
            format!("does the {noun} `{object}` exist as the statement makes it, and did it not exist before?")
        }
        (None, Some(object)) if kind.drops() => {
            format!("is the {} `{object}` gone, and was it there before?", kind.noun().unwrap_or("object"))
        }
        (None, Some(object)) if case.code.is(0, "alter") => format!("does `{object}` look as `{kind}` makes it?"),
        (None, Some(object)) => format!("was `{} ...` on `{object}` carried out?", leading_words(&case.code)),
    };
    Probe::Unknown { question }
}

/// At most two words with which the statement begins; never a literal.
fn leading_words(code: &Code<'_>) -> String {
    let words = (0..2).take_while(|at| code.kind(*at) == Some(TokenKind::Word));
    words.map(|at| code.token(at).to_ascii_lowercase()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_from_not_done_decides() {
        let query =
            |end_suffices| Query { sql: String::new(), question: String::new(), clear: Vec::new(), end_suffices };
        let strict = |before, after| query(false).verdict(Some(before), Some(after));
        assert_eq!(strict("not done", "done"), Verdict::Done);
        assert_eq!(strict("not done 7", "done"), Verdict::Done);
        assert_eq!(strict("not done", "not done"), Verdict::NotDone);
        assert_eq!(strict("not done 7", "not done 7"), Verdict::NotDone);
        assert_eq!(strict("not done 7", "not done 8"), Verdict::Unknown);
        assert_eq!(strict("not done", "broken"), Verdict::Broken);
        assert_eq!(strict("not done 7", "done 7"), Verdict::Done);
        assert_eq!(strict("not done 7 2", "done 7"), Verdict::Done);
        assert_eq!(strict("not done 7 2", "broken 7 2"), Verdict::Broken);
        for after in ["done 8", "done 7 3", "done 70", "done 7 2 1", "broken 8", "done x", "done7", "not done 7"] {
            assert_eq!(strict("not done 7 2", after), Verdict::Unknown, "{after}");
        }
        assert_eq!(strict("not done", "done 7"), Verdict::Unknown, "the first answer does not say of what");
        for before in ["done", "broken", "unknown", "", "nothing"] {
            for after in ["done", "not done", "broken", "unknown"] {
                assert_eq!(strict(before, after), Verdict::Unknown, "{before}, {after}");
            }
        }
        assert_eq!(query(false).verdict(None, Some("done")), Verdict::Unknown);
        assert_eq!(query(true).verdict(None, Some("done")), Verdict::Done);
        assert_eq!(query(true).verdict(Some("done 7"), Some("done 8")), Verdict::Done);
        assert_eq!(query(true).verdict(Some("done"), Some("not done")), Verdict::Unknown);
        assert_eq!(query(true).verdict(Some("not done"), None), Verdict::Unknown);
    }
}
