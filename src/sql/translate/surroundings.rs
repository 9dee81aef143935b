//! What the server says of the place where a statement runs.

use super::super::ObjectName;

/// What is known of the session's database beside the text of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The database of the session.
    pub database: Option<String>,
    tables: Vec<(ObjectName, Vec<String>)>,
}

/// What a translation lacks in its [`Surroundings`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lacks {
    /// The columns of this table.
    Columns(ObjectName),
    /// The name of the session's database.
    Database,
}

impl Surroundings {
    /// Adds a table, under the name that the statement has for it, with its columns in their order.
    pub fn insert(&mut self, table: ObjectName, columns: Vec<String>) {
        self.tables.push((table, columns));
    }

    pub(super) fn columns_of(&self, table: &ObjectName) -> Option<&[String]> {
        let found = self.tables.iter().find(|(name, _)| name == table);
        found.map(|(_, columns)| columns.as_slice())
    }
}
