//! Carries out one COPY.

use crate::ports::{Batch, BatchError, DbError, DbErrorKind, Session, Store};
use crate::sql::{Dialect, quote_identifier, quote_literal, quote_name};

use super::CopyStatement;
use super::rows::{Column, Rows, store_error};

/// Who refused.
#[derive(Debug)]
pub(in crate::double) enum CopyFailure {
    /// The double, before the server heard of the statement.
    Here(DbError),
    /// The server, or the double in the middle of the data, which the server knows too.
    Server(DbError),
}

/// Loads the files that the statement names; returns the number of rows.
pub(in crate::double) async fn load(
    statement: &CopyStatement,
    session: &mut dyn Session,
    store: &dyn Store,
) -> Result<u64, CopyFailure> {
    let keys = store.list(&statement.bucket, &statement.prefix).map_err(store_error).map_err(CopyFailure::Here)?;
    if keys.is_empty() {
        let message = format!("The specified S3 prefix '{}' does not exist", statement.prefix);
        let error = DbError::new(DbErrorKind::Statement, message);
        return Err(CopyFailure::Here(DbError { code: Some("XX000".to_owned()), ..error }));
    }
    let columns = columns(statement, session).await?;
    let names: Vec<String> = columns.iter().map(|column| quote_identifier(&column.name)).collect();
    let target = format!("{} ({})", quote_name(&statement.table), names.join(", "));
    rehearse(&target, columns.len(), session).await?;
    let sql = format!("copy {target} from stdin");
    let mut rows = Rows::new(statement, &columns, store, keys);
    let result = session.copy_in(&sql, &mut rows).await;
    result.map_err(|refused| {
        // What the server says of data that stopped coming says less than why it stopped.
        let mut error = rows.failure.take().unwrap_or(refused);
        error.offset = None;
        if error.kind == DbErrorKind::Statement && error.hint.is_none() {
            error.hint = Some(format!("the data comes from s3://{}/{}", statement.bucket, statement.prefix));
        }
        CopyFailure::Server(error)
    })
}

/// Lets the server refuse the table or its columns, by an INSERT of no row.
///
/// tokio-postgres loses step with a server that refuses COPY before its first byte: it sends one Sync too many, and the
/// session is of no use any more.
async fn rehearse(target: &str, width: usize, session: &mut dyn Session) -> Result<(), CopyFailure> {
    let nothing = vec!["null"; width].join(", ");
    let mut batch = Batch::default();
    batch.own(format!("insert into {target} overriding system value select {nothing} where false"));
    let refused = |failed: BatchError| CopyFailure::Server(DbError { offset: None, ..failed.error });
    session.run(&batch).await.map(drop).map_err(refused)
}

/// The columns that the fields go into, in their order.
async fn columns(statement: &CopyStatement, session: &mut dyn Session) -> Result<Vec<Column>, CopyFailure> {
    let table = quote_literal(&quote_name(&statement.table), Dialect::Postgres);
    let mut batch = Batch::default();
    batch.own(format!(
        "select a.attname, t.typcategory = 'S', a.attidentity <> '' from pg_catalog.pg_attribute a \
         join pg_catalog.pg_type t on t.oid = a.atttypid where a.attrelid = {table}::pg_catalog.regclass \
         and a.attnum > 0 and not a.attisdropped order by a.attnum"
    ));
    let answer =
        session.run(&batch).await.map_err(|failed| CopyFailure::Server(DbError { offset: None, ..failed.error }))?;
    let rows = answer.into_iter().next().and_then(|outcome| outcome.rows).unwrap_or_default();
    let known: Vec<(Column, bool)> = rows
        .rows
        .into_iter()
        .filter_map(|row| {
            let [name, is_text, is_identity] = <[Option<String>; 3]>::try_from(row).ok()?;
            let holds = |cell: Option<String>| cell.as_deref() == Some("t");
            Some((Column { name: name?, is_text: holds(is_text) }, holds(is_identity)))
        })
        .collect();
    if statement.columns.is_empty() {
        let wanted = |(_, is_identity): &(Column, bool)| statement.explicit_ids || !is_identity;
        return Ok(known.into_iter().filter(wanted).map(|(column, _)| column).collect());
    }
    listed(statement, &known)
}

fn listed(statement: &CopyStatement, known: &[(Column, bool)]) -> Result<Vec<Column>, CopyFailure> {
    let mut columns = Vec::with_capacity(statement.columns.len());
    for name in &statement.columns {
        match known.iter().find(|(column, _)| column.name == *name) {
            Some((_, true)) if !statement.explicit_ids => {
                let message = format!("cannot load the identity column `{name}` without EXPLICIT_IDS");
                let error = DbError::new(DbErrorKind::Statement, message);
                return Err(CopyFailure::Here(DbError { code: Some("428C9".to_owned()), ..error }));
            }
            Some((column, _)) => columns.push(column.clone()),
            // The server says best that there is no such column.
            None => columns.push(Column { name: name.clone(), is_text: true }),
        }
    }
    Ok(columns)
}
