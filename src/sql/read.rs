//! Statements with the tokens that they were classified by, for what looks at a statement more than once.

use super::classify::classified;
use super::code::Code;
use super::split::each_statement;
use super::{Dialect, SqlError, Statement};

/// A statement and its tokens.
#[derive(Clone, Debug)]
pub struct ReadStatement<'a> {
    /// What it is, with its range in the script.
    pub statement: Statement,
    /// Its own text: places count from its beginning.
    pub(super) code: Code<'a>,
}

impl<'a> ReadStatement<'a> {
    /// Reads a statement of a script again.
    pub fn again(statement: &Statement, script: &'a str, dialect: Dialect) -> Self {
        let text = script.get(statement.range.clone()).unwrap_or_default();
        Self { statement: statement.clone(), code: Code::new(text, dialect) }
    }

    /// Its text, without comments around it and without semicolon.
    pub fn text(&self) -> &'a str {
        self.code.text
    }
}

/// Makes something of each statement of a script, in order; the tokens of one statement at a time are held.
///
/// `make` may be called for statements of a script that then turns out to be broken, and again.
///
/// # Errors
///
/// Text that cannot be cut into statements.
pub fn read_script<'a, T>(
    text: &'a str,
    dialect: Dialect,
    make: impl Fn(&ReadStatement<'a>) -> T,
) -> Result<Vec<T>, SqlError> {
    each_statement(text, dialect, |range, code| {
        let read = ReadStatement { statement: classified(&code, range), code };
        (make(&read), read.code)
    })
}
