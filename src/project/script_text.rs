//! SQL of a change as its author wrote it, before anybody needs its statements.

use super::script::Script;
use super::variables::Variables;
use crate::sql::Dialect;
use crate::text::{Diagnostic, Excerpt};

/// SQL as written. Nothing runs it: a plan first parses it to a [`Script`], and most changes of a project are applied
/// and never parsed again.
///
/// It holds no value of a variable, so it may be stored and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptText {
    excerpt: Excerpt,
    /// Whether `${name}` is replaced.
    placeholders: bool,
}

impl ScriptText {
    /// A text of a file, and whether variables are replaced in it.
    pub(super) fn new(excerpt: Excerpt, placeholders: bool) -> Self {
        Self { excerpt, placeholders }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.excerpt.text()
    }

    /// Replaces variables and cuts the text into statements.
    ///
    /// # Errors
    ///
    /// Unknown or unsafe variables, and text that cannot be cut, at their places.
    pub fn parse(&self, dialect: Dialect, variables: &Variables) -> Result<Script, Vec<Diagnostic>> {
        Script::parse(self.excerpt.clone(), dialect, self.placeholders.then_some(variables))
    }
}

/// The rollback that the author of a change wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rollback {
    /// Its text.
    Read(ScriptText),
    /// In a file of its own, which is read when a plan needs it.
    Unread(UnreadRollback),
}

impl Rollback {
    /// The text.
    ///
    /// # Errors
    ///
    /// The file was not read, so that an unread rollback is never taken for none.
    pub fn read(&self) -> Result<&ScriptText, UnreadRollback> {
        match self {
            Self::Read(text) => Ok(text),
            Self::Unread(unread) => Err(unread.clone()),
        }
    }
}

/// A file with a rollback that a plan needs and nobody read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rollback file `{path}` was not read before it was needed")]
pub struct UnreadRollback {
    /// Its name as shown.
    pub path: String,
}
