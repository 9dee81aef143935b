//! What the tables hold: how many rows, and on PostgreSQL a digest of them.

use std::collections::BTreeMap;
use std::fmt;

use crate::ports::{Batch, Outcome, Rows};
use crate::sql::{Dialect, quote_name};

use super::object::CatalogObject;
use super::{CatalogError, in_one_moment, own_answers};

/// What tables held at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// By table.
    pub tables: BTreeMap<CatalogObject, TableContent>,
}

/// What one table holds.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TableContent {
    /// Number of its own rows: those of partitions and of tables that inherit from it are theirs.
    pub rows: u64,
    /// Digest of the rows in any order; nothing on Redshift. It says the same of the same rows in the same columns.
    pub digest: Option<String>,
}

/// A table that holds something else than before. Shown, it is a line.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ContentChange {
    /// The table.
    pub table: CatalogObject,
    /// What it held.
    pub before: TableContent,
    /// What it holds.
    pub after: TableContent,
}

impl Contents {
    /// Appends a query for each table, under the same conditions as [`super::Catalog::ask`]. Each reads its whole table.
    ///
    /// The server refuses the batch if the user may not read one of the tables, or only some of its rows because of
    /// row security.
    pub fn ask(batch: &mut Batch, tables: &[CatalogObject], engine: Dialect) {
        in_one_moment(batch, tables.iter().map(|table| query(table, engine)).collect(), engine);
    }

    /// Folds the answers to a batch that ends with the queries of [`Contents::ask`] for the same tables.
    ///
    /// # Errors
    ///
    /// Fails if answers are missing or are no counts.
    pub fn answer(answers: &[Outcome], tables: &[CatalogObject], engine: Dialect) -> Result<Self, CatalogError> {
        let answers = own_answers(answers, tables.len(), engine)?;
        let content = |(table, answer): (&CatalogObject, &Outcome)| Ok((table.clone(), read(answer)?));
        Ok(Self { tables: tables.iter().zip(answers).map(content).collect::<Result<_, CatalogError>>()? })
    }

    /// The tables that are in both and hold something else than before.
    pub fn compare(before: &Self, after: &Self) -> Vec<ContentChange> {
        let change = |(table, before): (&CatalogObject, &TableContent)| {
            let after = after.tables.get(table).filter(|after| *after != before)?;
            Some(ContentChange { table: table.clone(), before: before.clone(), after: after.clone() })
        };
        before.tables.iter().filter_map(change).collect()
    }
}

impl fmt::Display for ContentChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, before, after } = self;
        let noun = if before.rows == 1 { "row" } else { "rows" };
        if before.rows == after.rows {
            return write!(f, "{table}: {} {noun} as before, with other values", before.rows);
        }
        write!(f, "{table}: {} {noun} became {}", before.rows, after.rows)
    }
}

fn query(table: &CatalogObject, engine: Dialect) -> String {
    let name = quote_name(&table.object_name());
    match engine {
        Dialect::Redshift => format!("select count(*) from {name}"),
        // A sum does not depend on the order of rows. 60 bits of each row's digest are a positive bigint, and sums of
        // those are numeric. `row.*` is the row even where a column is named `row`.
        Dialect::Postgres => format!(
            "select count(*), coalesce(sum(('x' || left(md5((\"row\".*)::text), 15))::bit(60)::bigint), 0) \
             from only {name} as \"row\""
        ),
    }
}

fn read(answer: &Outcome) -> Result<TableContent, CatalogError> {
    let row = answer.rows.as_ref().and_then(|Rows { rows, .. }| rows.first());
    let count = row.and_then(|row| row.first()?.as_deref()?.parse().ok());
    let rows = count.ok_or_else(|| CatalogError::Malformed(format!("{row:?} is no count of rows")))?;
    Ok(TableContent { rows, digest: row.and_then(|row| row.get(1)?.clone()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> CatalogObject {
        CatalogObject {
            kind: "table".into(),
            schema: Some("sales".into()),
            name: "the \"orders\"".into(),
            ..CatalogObject::default()
        }
    }

    fn contents(rows: u64, digest: Option<&str>) -> Contents {
        Contents { tables: BTreeMap::from([(table(), TableContent { rows, digest: digest.map(str::to_owned) })]) }
    }

    #[test]
    fn names_of_tables_are_quoted() {
        assert_eq!(query(&table(), Dialect::Redshift), r#"select count(*) from "sales"."the ""orders""""#);
        assert!(query(&table(), Dialect::Postgres).contains(r#"from only "sales"."the ""orders""" as"#));
    }

    #[test]
    fn differences_tell_counts_or_that_values_differ() {
        let shown = |before: Contents, after: Contents| {
            Contents::compare(&before, &after).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(shown(contents(1, Some("7")), contents(1, Some("7"))), "");
        assert_eq!(shown(contents(1, None), contents(3, None)), "table sales.the \"orders\": 1 row became 3");
        assert_eq!(
            shown(contents(2, Some("7")), contents(2, Some("8"))),
            "table sales.the \"orders\": 2 rows as before, with other values"
        );
        assert_eq!(shown(contents(2, None), Contents::default()), "");
    }

    #[test]
    fn what_is_no_count_is_refused() {
        let answers = vec![Outcome::default(); postgres_pieces()];
        let refused = Contents::answer(&answers, &[table()], Dialect::Postgres).map_err(|error| error.to_string());
        assert!(refused.is_err_and(|text| text.contains("is no count of rows")));
        let refused = Contents::answer(&[], &[table()], Dialect::Postgres).map_err(|error| error.to_string());
        assert!(refused.is_err_and(|text| text.contains("answered 0 of 1 queries")));
    }

    fn postgres_pieces() -> usize {
        let mut batch = Batch::default();
        Contents::ask(&mut batch, &[table()], Dialect::Postgres);
        batch.pieces.len()
    }
}
