//! Located messages about what the user wrote.

use std::fmt::Write as _;

use super::{FileSet, Span};

/// How much a [`Diagnostic`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; changes nothing.
    Note,
    /// Probably not what was meant; the work goes on.
    Warning,
    /// The project cannot be used as it is.
    Error,
}

impl Severity {
    /// The word shown to people and written to JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A message about a place in a file: what is wrong, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Stable identity in kebab case, such as `duplicate-version`.
    pub code: &'static str,
    /// Lower case, no full stop, names in backticks.
    pub message: String,
    /// Where; absent when the message is about something that does not exist.
    pub span: Option<Span>,
    /// Further places with a word on each.
    pub related: Vec<(Span, String)>,
    /// The cure, as an imperative sentence without a full stop.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &'static str, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span.into(), message.into())
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span.into(), message.into())
    }

    fn new(severity: Severity, code: &'static str, span: Option<Span>, message: String) -> Self {
        Self { severity, code, message, span, related: Vec::new(), hint: None }
    }

    /// Adds the cure.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a further place, such as the first of two duplicates.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    /// The message with its places and its cure, without a final line end.
    pub fn render(&self, files: &FileSet) -> String {
        let mut out = format!("{}: {}", self.severity.as_str(), self.message);
        if let Some(span) = self.span {
            let _ = write!(out, "\n{}", files.locate(span));
        }
        for (span, label) in &self.related {
            let _ = write!(out, "\nnote: {label}\n{}", files.locate(*span));
        }
        if let Some(hint) = &self.hint {
            let _ = write!(out, "\nhint: {hint}");
        }
        out
    }
}

/// All messages, one after the other with an empty line between, ended by a line end.
pub fn render_all(diagnostics: &[Diagnostic], files: &FileSet) -> String {
    let mut out = diagnostics.iter().map(|d| d.render(files)).collect::<Vec<_>>().join("\n\n");
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_place_and_cure_are_drawn() {
        let mut files = FileSet::default();
        let file = files.add("vesto.ini", "[project]\nname = a\nname = b\n");
        let first = Span { file, start: 10, end: 14 };
        let second = Span { file, start: 19, end: 23 };
        let shown = Diagnostic::error("duplicate-key", second, "key `name` stands twice in `[project]`")
            .related(first, "it was set here first")
            .hint("remove one of them")
            .render(&files);
        assert_eq!(
            shown,
            "error: key `name` stands twice in `[project]`\n --> vesto.ini:3:1\n  |\n3 | name = b\n  | ^^^^\n\
             note: it was set here first\n --> vesto.ini:2:1\n  |\n2 | name = a\n  | ^^^^\nhint: remove one of them"
        );
    }
}
