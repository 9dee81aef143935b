//! What is wrong with a script as a whole, before any server sees it.

use std::ops::Range;

/// A script that cannot be cut into statements.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// A literal, name, comment or body without an end.
    #[error("{what} is not closed")]
    Unterminated {
        /// What was opened.
        what: &'static str,
        /// What would close it.
        closer: &'static str,
        /// From where it was opened to the end of the text.
        range: Range<usize>,
    },
    /// A command for psql itself.
    #[error("`{command}` is a command of psql, not SQL")]
    MetaCommand {
        /// The backslash and the word after it.
        command: String,
        /// The command with its arguments.
        range: Range<usize>,
    },
}

impl SqlError {
    /// The bytes of the script that are to blame.
    pub fn range(&self) -> Range<usize> {
        match self {
            Self::Unterminated { range, .. } | Self::MetaCommand { range, .. } => range.clone(),
        }
    }

    /// What to do about it, as an imperative sentence without a full stop.
    pub fn hint(&self) -> String {
        match self {
            Self::Unterminated { closer, .. } => format!("close it with {closer}"),
            Self::MetaCommand { command, .. } => match command.as_str() {
                "\\i" | "\\ir" | "\\include" | "\\include_relative" => {
                    "put the text of that file here, or make it a change of its own".to_owned()
                }
                "\\copy" | "\\." => {
                    "load the rows with INSERT, with COPY from a store, or with `vesto data`".to_owned()
                }
                "\\set" | "\\gset" => "use a variable of the project: `${name}`".to_owned(),
                "\\c" | "\\connect" => "give the change its own target instead".to_owned(),
                "\\g" | "\\gexec" | "\\gx" => "end the statement with a semicolon instead".to_owned(),
                _ => "remove the line: only psql understands it".to_owned(),
            },
        }
    }
}
