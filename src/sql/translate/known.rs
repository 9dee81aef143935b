//! What the catalogue says of tables that a statement names.

use super::super::ObjectName;

/// Columns of tables, by the names under which a statement knows the tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownColumns {
    tables: Vec<(ObjectName, Vec<String>)>,
}

impl KnownColumns {
    /// Adds a table with its columns in their order.
    pub fn insert(&mut self, table: ObjectName, columns: Vec<String>) {
        self.tables.push((table, columns));
    }

    pub(super) fn of(&self, table: &ObjectName) -> Option<&[String]> {
        let found = self.tables.iter().find(|(name, _)| name == table);
        found.map(|(_, columns)| columns.as_slice())
    }
}
