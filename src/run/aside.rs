//! What rollbacks put aside because it holds data: how it is found in a catalogue, and how it is removed for good.

use std::fmt;

use crate::catalog::{Catalog, CatalogObject, Facts};
use crate::plan::is_backup_name;
use crate::sql::{ObjectName, quote_identifier, quote_name};

/// Something that a rollback renamed to `<name>_bckup_<time>` rather than drop it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutAside {
    /// A schema, with all that is in it.
    Schema(String),
    /// A table.
    Table(ObjectName),
    /// A column of a table that is there itself.
    Column {
        /// The table.
        table: ObjectName,
        /// Its name by now.
        column: String,
    },
}

/// How the facts about columns are named.
const COLUMN: &str = "column ";

impl PutAside {
    /// All in a catalogue that was put aside.
    pub fn all(catalog: &Catalog) -> Vec<Self> {
        catalog.objects().flat_map(|(object, facts)| Self::of(object, facts)).collect()
    }

    fn of(object: &CatalogObject, facts: &Facts) -> Vec<Self> {
        if object.schema.as_deref().is_some_and(is_backup_name) {
            return Vec::new();
        }
        match object.kind.as_str() {
            "schema" if is_backup_name(&object.name) => vec![Self::Schema(object.name.clone())],
            "table" if is_backup_name(&object.name) => vec![Self::Table(object.object_name())],
            "table" => {
                let columns = facts.keys().filter_map(|attribute| attribute.strip_prefix(COLUMN));
                let aside = |column: &str| Self::Column { table: object.object_name(), column: column.to_owned() };
                columns.filter(|column| is_backup_name(column)).map(aside).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The statement that removes it with its data and all that hangs on it.
    pub fn removal(&self) -> String {
        match self {
            Self::Schema(name) => format!("drop schema {} cascade", quote_identifier(name)),
            Self::Table(name) => format!("drop table {} cascade", quote_name(name)),
            Self::Column { table, column } => {
                format!("alter table {} drop column {} cascade", quote_name(table), quote_identifier(column))
            }
        }
    }
}

impl fmt::Display for PutAside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schema(name) => write!(f, "schema {name}"),
            Self::Table(name) => write!(f, "table {name}"),
            Self::Column { table, column } => write!(f, "column {column} of table {table}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kind: &str, schema: Option<&str>, name: &str, columns: &[&str]) -> String {
        let object = CatalogObject {
            kind: kind.to_owned(),
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
            ..CatalogObject::default()
        };
        let facts = columns.iter().map(|column| (format!("column {column}"), "integer".to_owned())).collect();
        let all: Vec<String> =
            PutAside::of(&object, &facts).iter().map(|aside| format!("{aside}: {}", aside.removal())).collect();
        all.join("\n")
    }

    #[test]
    fn what_was_put_aside_is_known_by_its_name() {
        let time = "_bckup_20261121053000123";
        assert_eq!(
            found("table", Some("s"), &format!("t{time}"), &[]),
            format!("table s.t{time}: drop table \"s\".\"t{time}\" cascade")
        );
        assert_eq!(
            found("table", Some("s"), "t", &["a", &format!("b{time}")]),
            format!("column b{time} of table s.t: alter table \"s\".\"t\" drop column \"b{time}\" cascade")
        );
        assert_eq!(
            found("schema", None, &format!("s{time}"), &[]),
            format!("schema s{time}: drop schema \"s{time}\" cascade")
        );
        assert_eq!(found("table", Some(&format!("s{time}")), &format!("t{time}"), &[]), "", "it goes with its schema");
        assert_eq!(found("view", Some("s"), &format!("t{time}"), &[]), "");
        assert_eq!(found("table", Some("s"), "t_bckup_2026", &["n_bckup_"]), "");
    }
}
