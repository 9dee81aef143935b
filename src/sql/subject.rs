//! The table that a statement works on.

use super::code::Code;
use super::{Dialect, Kind, ObjectName, Statement};

/// The table that a statement of `script` works on: that of an index, else the object itself.
pub fn table_of(statement: &Statement, script: &str, dialect: Dialect) -> Option<ObjectName> {
    if statement.kind != Kind::CreateIndex {
        return statement.object.clone();
    }
    let code = Code::new(script.get(statement.range.clone())?, dialect);
    let on = code.find(0, |at| code.is(at, "on"))?;
    let at = if code.is(on + 1, "only") { on + 2 } else { on + 1 };
    code.name(at).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::parse_script;

    #[test]
    fn an_index_works_on_its_table() {
        let table = |sql: &str| {
            let statements = parse_script(sql, Dialect::Postgres).ok()?;
            table_of(statements.first()?, sql, Dialect::Postgres).map(|name| name.to_string())
        };
        assert_eq!(
            table("create unique index if not exists i on only S.\"T\" using btree (a)").as_deref(),
            Some("s.T")
        );
        assert_eq!(table("create index on t (a)").as_deref(), Some("t"));
        assert_eq!(table("insert into t values (1)").as_deref(), Some("t"));
        assert_eq!(table("create index").as_deref(), None);
    }
}
