//! What a client wrote: the statements of its text, where they stand in it, and what their completion is called.

use std::ops::Range;

use super::refusal::Refusal;
use crate::ports::{Batch, BatchError};
use crate::sql::{Dialect, Kind, ObjectName, parse_script};

/// A text of a client.
#[derive(Clone, Debug)]
pub struct Written<'a> {
    text: &'a str,
    statements: Vec<Place>,
}

#[derive(Clone, Debug)]
struct Place {
    range: Range<usize>,
    /// Nothing for a text that cannot be cut into statements.
    kind: Option<Kind>,
    object: Option<ObjectName>,
}

/// How the completion of a statement is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The command, for a statement that the double carries out by itself or leaves out.
    command: String,
    /// What is told besides: Redshift says how many rows a COPY or an UNLOAD moved.
    moved: Option<Moved>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Moved {
    Into(String),
    Out,
}

impl<'a> Written<'a> {
    /// Cuts a text into its statements. One that cannot be cut is a statement, which the double refuses.
    pub fn read(text: &'a str) -> Self {
        let whole = || vec![Place { range: 0..text.len(), kind: None, object: None }];
        let statements = parse_script(text, Dialect::Redshift).map_or_else(
            |_| whole(),
            |found| {
                let place =
                    |one: crate::sql::Statement| Place { range: one.range, kind: Some(one.kind), object: one.object };
                found.into_iter().map(place).collect()
            },
        );
        Self { text, statements }
    }

    /// The number of statements.
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// Whether there is nothing but blanks and comments.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// The statements as a message for the double.
    pub fn batch(&self) -> Batch {
        let mut batch = Batch::default();
        for place in &self.statements {
            batch.user(self.text.get(place.range.clone()).unwrap_or_default());
        }
        batch
    }

    /// How the completion of each statement is told.
    pub fn completions(&self) -> impl Iterator<Item = Completion> + '_ {
        self.statements.iter().map(|place| {
            let moved = match place.kind {
                Some(Kind::Copy) => Some(Moved::Into(place.object.as_ref().map_or("", ObjectName::base).to_owned())),
                Some(Kind::Unload) => Some(Moved::Out),
                _ => None,
            };
            Completion { command: place.kind.map_or_else(String::new, command), moved }
        })
    }

    /// What the client is told of a failure. `server` is what the server said last: it knows more than the double hands
    /// on, if the error is its own.
    pub fn refusal(&self, failed: &BatchError, server: Option<Refusal>) -> Refusal {
        let error = &failed.error;
        let mut refusal = server.filter(|said| said.message() == error.message).unwrap_or_else(|| Refusal::of(error));
        let place = self.statements.get(failed.piece);
        let offset = place.zip(error.offset).map(|(place, offset)| place.range.start + offset);
        refusal.point_at(offset.map(|offset| characters(self.text, offset)));
        refusal
    }

    /// The text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Whether no transaction is left after it, whatever comes of it.
    pub fn ends_transaction(&self) -> bool {
        self.statements.last().is_some_and(|last| matches!(last.kind, Some(Kind::Commit | Kind::Rollback)))
    }

    /// The first byte of the first statement.
    pub fn start(&self) -> usize {
        self.statements.first().map_or(0, |place| place.range.start)
    }
}

impl Completion {
    /// The tag of the completion. `server` is PostgreSQL's, which is right unless it ran a stand-in.
    pub fn tag(&self, server: &str) -> String {
        if server == "DO" && !self.command.is_empty() { self.command.clone() } else { server.to_owned() }
    }

    /// The tag of what the double carried out by itself.
    pub fn own_tag(&self) -> &str {
        &self.command
    }

    /// What Redshift tells of moved rows: <https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html>.
    pub fn notice(&self, rows: u64) -> Option<Refusal> {
        let text = match self.moved.as_ref()? {
            Moved::Into(table) => format!("Load into table '{table}' completed, {rows} record(s) loaded successfully."),
            Moved::Out => format!("UNLOAD completed, {rows} record(s) unloaded successfully."),
        };
        Some(Refusal::new("INFO", "00000", text))
    }
}

/// The tag of a kind of statement: its first word, or two where the first says nothing of what.
fn command(kind: Kind) -> String {
    let words: Vec<&str> = kind.as_str().split(' ').collect();
    let count = if matches!(words.first(), Some(&("create" | "alter" | "drop"))) { 2 } else { 1 };
    words.get(..count.min(words.len())).unwrap_or_default().join(" ").to_uppercase()
}

/// The character, counted from 0, at a byte of a text.
pub fn characters(text: &str, offset: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at < offset).count()
}

/// The byte at which a character, counted from 0, begins; the end of the text is a place too.
pub fn byte_offset(text: &str, character: usize) -> Option<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{DbError, DbErrorKind};

    #[test]
    fn statements_are_cut_and_their_completions_named() {
        let text =
            "-- é\nselect 1; copy public.sales from 's3://b/k' iam_role default;\nvacuum full sales; select 'x;'";
        let written = Written::read(text);
        let pieces: Vec<String> = written.batch().pieces.into_iter().map(|piece| piece.sql).collect();
        let expected =
            ["select 1", "copy public.sales from 's3://b/k' iam_role default", "vacuum full sales", "select 'x;'"];
        assert_eq!(pieces, expected);
        let completions: Vec<Completion> = written.completions().collect();
        let notice = completions[1].notice(7).map(|notice| notice.message().to_owned());
        assert_eq!(notice.as_deref(), Some("Load into table 'sales' completed, 7 record(s) loaded successfully."));
        assert_eq!(completions[1].own_tag(), "COPY");
        assert_eq!((completions[2].tag("DO"), completions[0].tag("SELECT 1")), ("VACUUM".into(), "SELECT 1".into()));
        assert!(completions[0].notice(1).is_none());
    }

    #[test]
    fn errors_point_into_the_text_of_the_client() {
        let text = "select 'é'; select nowhere";
        let error = DbError { offset: Some(7), ..DbError::new(DbErrorKind::Statement, "no such column") };
        let failed = BatchError { piece: 1, answered: Vec::new(), error };
        let said = Refusal::error("42703", "no such column").hint("the server's own");
        let refusal = Written::read(text).refusal(&failed, Some(said));
        assert_eq!((refusal.code(), refusal.position()), ("42703", Some(19)));
        assert_eq!(text.chars().skip(19).collect::<String>(), "nowhere");
        let other = Written::read(text).refusal(&failed, Some(Refusal::error("P0001", "a stand-in failed")));
        assert_eq!(other.message(), "no such column");
    }

    #[test]
    fn a_text_that_cannot_be_cut_is_one_statement() {
        assert_eq!(Written::read("select 'open").len(), 1);
        assert!(Written::read(" -- nothing\n;").is_empty());
    }
}
