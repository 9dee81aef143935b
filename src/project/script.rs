//! SQL text as written, as sent, and the way back from one to the other.

use std::ops::Range;

use super::variables::{self, Variables};
use crate::sql::{self, Dialect, Statement};
use crate::text::{Diagnostic, Excerpt, Span};

/// SQL of a change or a test, with variables replaced and cut into statements.
#[derive(Clone)]
pub struct Script {
    raw: Excerpt,
    /// The text as sent, if a variable was replaced in it.
    rendered: Option<String>,
    statements: Vec<Statement>,
    replacements: Vec<Replacement>,
}

/// A variable that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Replacement {
    /// Where `${name}` stands in the text as written.
    pub(super) raw: Range<usize>,
    /// Where the value stands in the text as sent.
    pub(super) rendered: Range<usize>,
    /// Whether the value may not be shown.
    pub(super) secret: bool,
}

impl std::fmt::Debug for Script {
    /// Shows the text as written: the text as sent may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Script").field("raw", &self.raw.text()).field("statements", &self.statements.len()).finish()
    }
}

impl Script {
    /// Replaces variables, unless `variables` is absent, and cuts the text into statements.
    ///
    /// # Errors
    ///
    /// Unknown or unsafe variables, and text that cannot be cut, at their places.
    pub fn parse(raw: Excerpt, dialect: Dialect, variables: Option<&Variables>) -> Result<Self, Vec<Diagnostic>> {
        let (rendered, replacements) = match variables {
            Some(variables) if raw.text().contains("${") => {
                let (rendered, replacements) =
                    variables::render(&raw, &sql::tokens(raw.text(), dialect), dialect, variables)?;
                (Some(rendered), replacements)
            }
            _ => (None, Vec::new()),
        };
        let mut script = Self { raw, rendered, statements: Vec::new(), replacements };
        match sql::parse_script(script.rendered(), dialect) {
            Ok(statements) => {
                script.statements = statements;
                Ok(script)
            }
            Err(error) => {
                let span = script.raw.span(script.raw_range(error.range()));
                Err(vec![Diagnostic::error("bad-sql", span, error.to_string()).hint(error.hint())])
            }
        }
    }

    /// The text as written. It holds no secrets and is what may be stored and shown.
    pub fn raw(&self) -> &Excerpt {
        &self.raw
    }

    /// The text as sent, variables replaced. It may hold secrets.
    pub fn rendered(&self) -> &str {
        self.rendered.as_deref().unwrap_or_else(|| self.raw.text())
    }

    /// The statements, with ranges in [`Script::rendered`].
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// One statement as sent. It may hold secrets. Empty if there is no such statement.
    pub fn statement_text(&self, index: usize) -> &str {
        self.statements.get(index).and_then(|statement| self.rendered().get(statement.range.clone())).unwrap_or("")
    }

    /// One statement as written, `${name}` included: this may be shown and logged.
    pub fn written_text(&self, index: usize) -> &str {
        let range = self.statements.get(index).map(|statement| self.raw_range(statement.range.clone()));
        range.and_then(|range| self.raw.text().get(range)).unwrap_or("")
    }

    /// One statement as sent, secret values as `${name}`: for plans, which say what will run.
    pub fn shown_text(&self, index: usize) -> String {
        let Some(statement) = self.statements.get(index) else { return String::new() };
        let (mut out, rendered) = (String::new(), self.rendered());
        let mut at = statement.range.start;
        let inside = |known: &&Replacement| known.secret && statement.range.contains(&known.rendered.start);
        for known in self.replacements.iter().filter(inside) {
            out.push_str(&rendered[at..known.rendered.start]);
            out.push_str(&self.raw.text()[known.raw.clone()]);
            at = known.rendered.end.min(statement.range.end);
        }
        out.push_str(&rendered[at..statement.range.end]);
        out
    }

    /// Names of the variables that were replaced, as the text writes them.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.replacements.iter().filter_map(|known| variables::name_of(self.raw.text().get(known.raw.clone())?))
    }

    /// Where one statement stands in its file.
    pub fn statement_span(&self, index: usize) -> Span {
        self.span(index, 0..usize::MAX)
    }

    /// Where bytes of one statement as sent stand in the file. A place inside a replaced value is its `${name}`.
    pub fn span(&self, index: usize, within: Range<usize>) -> Span {
        let statement = self.statements.get(index).map_or(0..0, |statement| statement.range.clone());
        let start = statement.start.saturating_add(within.start).min(statement.end);
        let end = statement.start.saturating_add(within.end).clamp(start, statement.end);
        self.raw.span(self.raw_range(start..end))
    }

    /// The range as written of a range as sent.
    fn raw_range(&self, range: Range<usize>) -> Range<usize> {
        let (start, _) = self.raw_byte(range.start);
        // The byte after the range may belong to a variable that the range does not touch.
        let end = if range.end > range.start { self.raw_byte(range.end - 1).1 } else { start };
        start..end.max(start)
    }

    /// Where the byte at this offset comes from: first byte, and one past the last.
    fn raw_byte(&self, offset: usize) -> (usize, usize) {
        let past = self.replacements.partition_point(|replacement| replacement.rendered.start <= offset);
        match past.checked_sub(1).and_then(|index| self.replacements.get(index)) {
            None => (offset, offset + 1),
            Some(known) if offset < known.rendered.end => (known.raw.start, known.raw.end),
            Some(known) => {
                let at = known.raw.end + (offset - known.rendered.end);
                (at, at + 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::FileSet;

    fn script(text: &str) -> Script {
        let file = FileSet::default().add("a.sql", text);
        let mut variables = Variables::default();
        variables.set("role", "loader");
        variables.set("empty", "");
        variables.set_secret("word", "it's");
        let raw = Excerpt::contiguous(file, 0, text);
        Script::parse(raw, Dialect::Redshift, Some(&variables)).expect("parses")
    }

    #[test]
    fn places_survive_replaced_variables() {
        let text = "-- é\nselect ${word:literal}, a${empty};\n grant x to ${role} -- end\n;select é";
        let script = script(text);
        assert_eq!(script.statements().len(), 3);
        assert_eq!(script.statement_text(0), "select 'it''s', a");
        assert_eq!(script.written_text(0), "select ${word:literal}, a");
        assert_eq!(script.shown_text(0), "select ${word:literal}, a");
        assert_eq!(script.shown_text(1), "grant x to loader");
        assert_eq!(script.statement_text(1), "grant x to loader");
        assert_eq!(script.written_text(1), "grant x to ${role}");
        let at = |index: usize, part: &str| {
            let start = script.statement_text(index).find(part).expect("is there");
            let span = script.span(index, start..start + part.len());
            &text[span.start..span.end]
        };
        assert_eq!(at(0, "a"), "a");
        assert_eq!(at(0, "s'"), "${word:literal}");
        assert_eq!(at(1, "to"), "to");
        assert_eq!(at(1, "oad"), "${role}");
        assert_eq!(at(2, "é"), "é");
        let whole = script.statement_span(1);
        assert_eq!(&text[whole.start..whole.end], "grant x to ${role}");
        assert_eq!(script.span(9, 3..4).end, 0);
        assert_eq!(script.variables().collect::<Vec<_>>(), ["word", "empty", "role"]);
    }

    #[test]
    fn debug_output_has_no_values() {
        assert!(!format!("{:?}", script("grant x to ${role}")).contains("loader"));
    }
}
