//! `database.schema.table` in FROM, where the database is another one than the session's.
//!
//! [Cross-database queries](https://docs.aws.amazon.com/redshift/latest/dg/cross-database-overview.html) only read.
//! PostgreSQL has none: a schema `database$schema` of the session's own database stands for the other's.

use super::super::ObjectName;
use super::super::quote::quote_identifier;
use super::edits::Edits;
use super::query::{Factor, Query};
use super::{Lacks, Untranslatable, stored_name};

/// The table that stands for one of another database; `None` if it is one of the session's, or that is not known.
pub(super) fn stand_in(edits: &Edits<'_>, table: &ObjectName) -> Option<ObjectName> {
    let [database, schema, base] = table.parts.as_slice() else { return None };
    let here = edits.known.database.as_ref()?;
    let schema = stored_name(&format!("{database}${schema}")).into_owned();
    (here != database).then(|| ObjectName { parts: vec![schema, base.clone()] })
}

/// Rewrites the names that tables of other databases have in a query.
pub(super) fn rewrite(edits: &mut Edits<'_>, query: &Query, tables: &[Factor]) -> Result<(), Untranslatable> {
    for table in tables {
        let Some(name) = table.name.as_ref().filter(|name| name.parts.len() == 3) else { continue };
        let at = table.range.start;
        if !edits.is_kept(at) {
            continue;
        }
        if edits.known.database.is_none() {
            let message = format!("`{name}` would have to be in the session's database");
            return Err(Untranslatable { lacks: Some(Lacks::Database), ..edits.refuse(at, message) });
        }
        let Some(stand_in) = stand_in(edits, name) else { continue };
        edits.note(at, format!("`{name}` is of another database, for which `{stand_in}` stands here"));
        let named: Vec<usize> = (query.select..query.end).filter(|at| begins(edits, *at, table)).collect();
        let schema = quote_identifier(stand_in.schema().unwrap_or_default());
        // To PostgreSQL, two tables of one name would be the same, whatever their schemas are.
        let twin = table.alias.is_none() && tables.iter().filter(|other| other.called() == table.called()).count() > 1;
        let alias = quote_identifier(&stored_name(&stand_in.to_string()));
        for at in named {
            if !twin {
                edits.replace(at..at + 3, schema.clone());
            } else if at == table.range.start {
                edits.replace(at..at + 3, schema.clone());
                edits.insert_after(at + 4, &format!(" as {alias}"));
            } else {
                edits.replace(at..at + 5, alias.clone());
            }
        }
    }
    Ok(())
}

/// Whether the table's name begins at a token, maybe in front of a column.
fn begins(edits: &Edits<'_>, at: usize, table: &Factor) -> bool {
    let code = edits.code();
    let Some(wanted) = table.name.as_ref().map(|name| name.parts.as_slice()) else { return false };
    let behind_dot = at.checked_sub(1).is_some_and(|before| code.token(before) == ".");
    let named = || code.name(at).is_some_and(|(name, _)| name.parts.get(..wanted.len()) == Some(wanted));
    !behind_dot && edits.is_kept(at) && named()
}
