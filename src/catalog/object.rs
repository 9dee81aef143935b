//! One object of a database: what it is and what it is called.

use std::collections::BTreeMap;
use std::fmt;

use crate::sql::ObjectName;

/// What is known of an object, by attribute: `owner`, `column note`, `grants to reader` and so on.
pub type Facts = BTreeMap<String, String>;

/// What an object is and what it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct CatalogObject {
    /// Its schema; nothing for what stands in none, such as a schema or an extension.
    pub schema: Option<String>,
    /// The table that it belongs to and goes with: that of an index, trigger, policy, rule or owned sequence.
    pub table: Option<String>,
    /// What it is, in the server's words: `table`, `materialized view`, `index`.
    pub kind: String,
    /// Its name, without quotes.
    pub name: String,
    /// Types of the arguments of a routine, such as `integer, text`.
    pub arguments: Option<String>,
}

/// Kinds whose names are unique in their table only.
const NAMED_IN_TABLE: [&str; 3] = ["policy", "rule", "trigger"];

impl CatalogObject {
    /// Whether the name may mean this object or the table that it belongs to.
    ///
    /// A name without schema may mean any schema. One of three parts is read as database, schema and object, and as
    /// schema, table and column.
    pub fn is_meant_by(&self, name: &ObjectName) -> bool {
        let reads = |schema: Option<&str>, base: &str| {
            let here = schema.is_none_or(|schema| self.schema.as_deref() == Some(schema));
            here && (self.name == base || self.table.as_deref() == Some(base))
        };
        let of_column = match name.parts.as_slice() {
            [schema, table, _] => reads(Some(schema), table),
            _ => false,
        };
        of_column || reads(name.schema(), name.base())
    }

    /// The name as SQL text may write it.
    pub fn object_name(&self) -> ObjectName {
        ObjectName { parts: self.schema.iter().chain([&self.name]).cloned().collect() }
    }
}

impl fmt::Display for CatalogObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schema, table, kind, name, arguments } = self;
        let qualifier = schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
        if let Some(table) = table
            && NAMED_IN_TABLE.contains(&kind.as_str())
        {
            return write!(f, "{kind} {name} on {qualifier}{table}");
        }
        write!(f, "{kind} {qualifier}{name}")?;
        arguments.as_ref().map_or(Ok(()), |arguments| write!(f, "({arguments})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> CatalogObject {
        CatalogObject {
            kind: "index".into(),
            schema: Some("sales".into()),
            name: "orders_by_day".into(),
            table: Some("orders".into()),
            arguments: None,
        }
    }

    #[test]
    fn an_index_is_meant_by_its_own_name_and_by_that_of_its_table() {
        let meant =
            |name: &str| index().is_meant_by(&ObjectName { parts: name.split('.').map(str::to_owned).collect() });
        for name in ["orders_by_day", "sales.orders", "orders", "dev.sales.orders", "sales.orders.note"] {
            assert!(meant(name), "{name}");
        }
        for name in ["sales", "other.orders", "sales.customers", "sales.note", "dev.sales.note"] {
            assert!(!meant(name), "{name}");
        }
    }

    #[test]
    fn objects_are_shown_as_people_name_them() {
        let trigger = CatalogObject { kind: "trigger".into(), name: "audit".into(), ..index() };
        let function =
            CatalogObject { kind: "function".into(), table: None, arguments: Some("integer, text".into()), ..index() };
        let schema = CatalogObject { kind: "schema".into(), name: "sales".into(), ..CatalogObject::default() };
        let shown = [index(), trigger, function, schema].map(|object| object.to_string());
        assert_eq!(
            shown,
            [
                "index sales.orders_by_day",
                "trigger audit on sales.orders",
                "function sales.orders_by_day(integer, text)",
                "schema sales"
            ]
        );
    }
}
