//! What is not as it was when a plan was saved: one line each.

use std::fmt;

/// One thing that keeps a saved plan from being carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What is not as it was.
    pub subject: Subject,
    /// In which way.
    pub message: String,
}

/// What a plan is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The project itself.
    Project,
    /// Where it is to run.
    Target,
    /// What was applied and rolled back.
    Ledger,
    /// A file of the project.
    File,
    /// The value of a variable.
    Variable,
    /// An object of the database.
    Object,
    /// What would run, for no reason of the others.
    Plan,
}

impl Subject {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Target => "target",
            Self::Ledger => "ledger",
            Self::File => "file",
            Self::Variable => "variable",
            Self::Object => "object",
            Self::Plan => "plan",
        }
    }

    pub(super) fn because(self, message: impl Into<String>) -> Difference {
        Difference { subject: self, message: message.into() }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject.as_str(), self.message)
    }
}
