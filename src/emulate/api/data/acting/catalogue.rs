//! What is in a database: databases, schemas, tables, columns.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::field::Column;
use super::answers::with_next;
use super::submit::{Access, target};
use crate::emulate::api::page;
use crate::emulate::api::refusal::Refusal;
use crate::emulate::api::service::Context;
use crate::ports::{Batch, ResultColumn};
use crate::sql::{Dialect, quote_literal};

/// The parameters of these actions.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Browse {
    #[serde(flatten)]
    access: Access,
    connected_database: Option<String>,
    schema_pattern: Option<String>,
    table_pattern: Option<String>,
    schema: Option<String>,
    table: Option<String>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

type Row = Vec<Option<String>>;

impl Browse {
    /// The rows of a query, on the database that is asked about.
    async fn ask(&self, context: &Context<'_>, query: String) -> Result<Vec<Row>, Refusal> {
        let target = target(context, &self.access)?;
        if self.connected_database.as_ref().is_some_and(|connected| *connected != target.database) {
            let message = "the emulator does not look from one database into another: leave ConnectedDatabase out";
            return Err(Refusal::validation(message));
        }
        let refused = |error| Refusal::bad("DatabaseConnectionException", format!("FATAL: {error}"));
        let opened = context.api.behind.open(&target.cluster, &target.database, &target.login).await;
        let mut session = opened.map_err(refused)?;
        let mut batch = Batch::default();
        batch.own(query);
        let answered = session.run(&batch).await.map_err(|failed| refused(failed.error))?;
        Ok(answered.into_iter().filter_map(|outcome| outcome.rows).flat_map(|rows| rows.rows).collect())
    }

    /// A page of the rows, which are in the order of all their cells together.
    fn page(&self, rows: Vec<Row>) -> Result<(Vec<Row>, Option<String>), Refusal> {
        let size = self.max_results.filter(|size| *size > 0).unwrap_or(1000);
        if size > 1000 {
            return Err(Refusal::validation(format!("MaxResults must be 0 to 1000: {size}")));
        }
        let key = |row: &Row| row.iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\u{1}");
        let mut rows = rows;
        rows.sort_by_cached_key(key);
        let unknown = || Refusal::validation("NextToken is not one that an earlier answer gave");
        page::page(rows, key, self.next_token.as_deref(), size).ok_or_else(unknown)
    }
}

/// A condition on a name, for a pattern with `%` and `_`.
fn like(column: &str, pattern: Option<&String>) -> String {
    match pattern {
        None => "true".to_owned(),
        Some(pattern) => format!("{column} like {}", quote_literal(pattern, Dialect::Postgres)),
    }
}

fn cell(row: &Row, at: usize) -> &str {
    row.get(at).and_then(Option::as_deref).unwrap_or_default()
}

fn names(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| cell(row, 0)).collect()
}

pub(super) async fn databases(context: &Context<'_>, request: Browse) -> Result<Value, Refusal> {
    let query = "select datname from pg_catalog.pg_database where not datistemplate and datallowconn";
    let (rows, next) = request.page(request.ask(context, query.to_owned()).await?)?;
    Ok(with_next(json!({"Databases": names(&rows)}), next))
}

/// Schemas that Redshift has too.
const SHOWN: &str = "n.nspname <> 'pg_double' and n.nspname not like 'pg\\_toast%' and n.nspname not like 'pg\\_temp%'";

pub(super) async fn schemas(context: &Context<'_>, request: Browse) -> Result<Value, Refusal> {
    let pattern = like("n.nspname", request.schema_pattern.as_ref());
    let query = format!("select n.nspname from pg_catalog.pg_namespace n where {SHOWN} and {pattern}");
    let (rows, next) = request.page(request.ask(context, query).await?)?;
    Ok(with_next(json!({"Schemas": names(&rows)}), next))
}

pub(super) async fn tables(context: &Context<'_>, request: Browse) -> Result<Value, Refusal> {
    let schema = like("n.nspname", request.schema_pattern.as_ref());
    let table = like("c.relname", request.table_pattern.as_ref());
    let query = format!(
        "select n.nspname, c.relname, case when n.nspname in ('pg_catalog', 'information_schema') then 'SYSTEM ' else '' \
         end || case when c.relkind in ('v', 'm') then 'VIEW' else 'TABLE' end from pg_catalog.pg_class c \
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         where c.relkind in ('r', 'p', 'v', 'm', 'f') and {SHOWN} and {schema} and {table}"
    );
    let (rows, next) = request.page(request.ask(context, query).await?)?;
    let tables = rows.iter().map(|row| json!({"schema": cell(row, 0), "name": cell(row, 1), "type": cell(row, 2)}));
    Ok(with_next(json!({"Tables": tables.collect::<Vec<_>>()}), next))
}

pub(super) async fn columns(context: &Context<'_>, request: Browse) -> Result<Value, Refusal> {
    let literal = |name: &Option<String>| quote_literal(name.as_deref().unwrap_or_default(), Dialect::Postgres);
    let schema = match &request.schema {
        Some(_) => format!("n.nspname = {}", literal(&request.schema)),
        None => "pg_catalog.pg_table_is_visible(c.oid)".to_owned(),
    };
    let query = format!(
        "select to_char(a.attnum, '00000'), n.nspname, a.attname, \
         case t.typtype when 'd' then t.typbasetype else t.oid end::text, \
         case t.typtype when 'd' then t.typtypmod else a.atttypmod end::text, a.attnotnull::int::text, \
         pg_catalog.pg_get_expr(d.adbin, d.adrelid) from pg_catalog.pg_attribute a \
         join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         join pg_catalog.pg_type t on t.oid = a.atttypid \
         left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum \
         where a.attnum > 0 and not a.attisdropped and c.relname = {} and {schema}",
        literal(&request.table)
    );
    let (rows, next) = request.page(request.ask(context, query).await?)?;
    let described = rows.iter().map(|row| {
        let column = ResultColumn {
            name: cell(row, 2).to_owned(),
            type_oid: cell(row, 3).parse().unwrap_or_default(),
            modifier: cell(row, 4).parse().unwrap_or(-1),
        };
        let mut metadata = Column::of(&column).metadata();
        metadata["schemaName"] = json!(cell(row, 1));
        metadata["tableName"] = json!(request.table);
        metadata["nullable"] = json!(i32::from(cell(row, 5) == "0"));
        metadata["length"] = metadata["precision"].clone();
        if let Some(default) = row.get(6).and_then(Option::as_deref) {
            metadata["columnDefault"] = json!(default);
        }
        metadata
    });
    let described: Vec<Value> = described.collect();
    Ok(with_next(json!({"TableName": request.table, "ColumnList": described}), next))
}
