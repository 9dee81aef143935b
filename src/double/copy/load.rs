//! Carries out one COPY.

use std::io;
use std::sync::Arc;

use super::column::{Column, Kind};
use super::failure::plain;
use super::history::{self, Query};
use super::input::Input;
use super::rows::{Report, Rows};
use super::source;
use super::statement::CopyStatement;
use crate::ports::{Batch, BatchError, DbError, DbErrorKind, Session, Store};
use crate::sql::{Dialect, quote_identifier, quote_literal, quote_name};

/// Who refused.
#[derive(Debug)]
pub(in crate::double) enum CopyFailure {
    /// The double, before the server heard of the statement.
    Here(DbError),
    /// The server, or the double in the middle of the data, which the server knows too.
    Server(DbError),
}

/// What came of a COPY.
#[derive(Debug)]
pub(in crate::double) struct Copied {
    /// The number of rows.
    pub(in crate::double) result: Result<u64, CopyFailure>,
    /// What records a failure, to be sent once the transaction has ended: it would be undone with it.
    pub(in crate::double) history: Option<Batch>,
}

/// Loads the files that the statement names.
pub(in crate::double) async fn load(
    statement: &CopyStatement,
    session: &mut dyn Session,
    store: &Arc<dyn Store>,
) -> Copied {
    let mut query = None;
    let mut report = Report::default();
    let result = run(statement, session, store, &mut query, &mut report).await;
    let history = match (&result, &query) {
        (Err(CopyFailure::Here(error) | CopyFailure::Server(error)), Some(query)) => {
            Some(history::record(query, statement, &report, Some(&error.message)))
        }
        _ => None,
    };
    Copied { result, history }
}

async fn run(
    statement: &CopyStatement,
    session: &mut dyn Session,
    store: &Arc<dyn Store>,
    query: &mut Option<Query>,
    report: &mut Report,
) -> Result<u64, CopyFailure> {
    let objects = source::objects(statement, store.as_ref()).map_err(CopyFailure::Here)?;
    let table = look_up(statement, session).await?;
    let columns = chosen(statement, table.columns)?;
    let names: Vec<String> = columns.iter().map(|column| quote_identifier(&column.name)).collect();
    let target = format!("{} ({})", quote_name(&statement.table), names.join(", "));
    *query = rehearse(&target, columns.len(), table.history, session).await?;
    let mapping = source::mapping(statement, columns.len(), store.as_ref()).map_err(CopyFailure::Here)?;
    let input = Input { statement: statement.clone(), columns, mapping, store: store.clone() };
    let no_thread = |error: io::Error| CopyFailure::Here(plain(format!("no thread for the files: {error}")));
    let mut rows = Rows::begin(input, objects).map_err(no_thread)?;
    if statement.no_load {
        let checked = io::copy(&mut rows, &mut io::sink());
        *report = rows.finish();
        return match (report.failure.take(), checked) {
            (Some(error), _) => Err(CopyFailure::Here(error)),
            (None, Err(error)) => Err(CopyFailure::Here(plain(error.to_string()))),
            (None, Ok(_)) => Ok(0),
        };
    }
    let result = session.copy_in(&format!("copy {target} from stdin"), &mut rows).await;
    *report = rows.finish();
    let count = result.map_err(|refused| {
        // What the server says of data that stopped coming says less than why it stopped.
        let mut error = report.failure.take().unwrap_or(refused);
        error.offset = None;
        if error.kind == DbErrorKind::Statement && error.hint.is_none() {
            error.hint = Some(format!("the data comes from {}", statement.source.url()));
        }
        CopyFailure::Server(error)
    })?;
    if let Some(query) = query {
        let batch = history::record(query, statement, report, None);
        session.run(&batch).await.map_err(server)?;
    }
    Ok(count)
}

/// The server's refusal.
pub(super) fn server(failed: BatchError) -> CopyFailure {
    CopyFailure::Server(DbError { offset: None, ..failed.error })
}

/// Lets the server refuse the table or its columns, by an INSERT of no row; takes a number for the history.
///
/// tokio-postgres loses step with a server that refuses COPY before its first byte: it sends one Sync too many, and the
/// session is of no use any more.
async fn rehearse(
    target: &str,
    width: usize,
    table: Option<String>,
    session: &mut dyn Session,
) -> Result<Option<Query>, CopyFailure> {
    let nothing = vec!["null"; width].join(", ");
    let mut batch = Batch::default();
    batch.own(format!("insert into {target} overriding system value select {nothing} where false"));
    if table.is_some() {
        batch.own("select nextval('pg_double.query_id')");
    }
    let answers = session.run(&batch).await.map_err(server)?;
    let id = answers.last().and_then(|outcome| outcome.rows.as_ref()?.first_cell()).map(str::to_owned);
    Ok(id.zip(table).map(|(id, table)| Query { id, table, started: history::now() }))
}

/// How a column gets numbers of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    None,
    /// IDENTITY: only EXPLICIT_IDS loads it.
    Always,
    /// GENERATED BY DEFAULT AS IDENTITY: it may stand in a list.
    ByDefault,
}

/// What the catalogue says of the table.
pub(super) struct Table {
    /// All columns.
    pub(super) columns: Vec<(Column, Identity)>,
    /// Its object id, if the history of the double is there.
    history: Option<String>,
}

/// Asks for the table of a statement.
pub(super) async fn look_up(statement: &CopyStatement, session: &mut dyn Session) -> Result<Table, CopyFailure> {
    let table = quote_literal(&quote_name(&statement.table), Dialect::Postgres);
    let mut batch = Batch::default();
    batch.own(format!(
        "select a.attname, coalesce(b.typname, t.typname), t.typname, \
         case when b.oid is null then a.atttypmod else t.typtypmod end, a.attnotnull or t.typnotnull, \
         a.attidentity, a.attrelid, pg_catalog.to_regclass('pg_double.load') is not null \
         from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid \
         left join pg_catalog.pg_type b on b.oid = t.typbasetype \
         where a.attrelid = {table}::pg_catalog.regclass and a.attnum > 0 and not a.attisdropped order by a.attnum"
    ));
    let answer = session.run(&batch).await.map_err(server)?;
    let rows = answer.into_iter().next().and_then(|outcome| outcome.rows).unwrap_or_default().rows;
    let mut found = Table { columns: Vec::with_capacity(rows.len()), history: None };
    for row in rows {
        let Ok([Some(name), kind, domain, modifier, not_null, identity, id, history]) =
            <[Option<String>; 8]>::try_from(row)
        else {
            continue;
        };
        let holds = |cell: Option<String>| cell.as_deref() == Some("t");
        let modifier = modifier.and_then(|modifier| modifier.parse().ok()).unwrap_or(-1);
        let kind = Kind::of(&kind.unwrap_or_default(), &domain.unwrap_or_default(), modifier);
        let identity = match identity.as_deref() {
            Some("a") => Identity::Always,
            Some("d") => Identity::ByDefault,
            _ => Identity::None,
        };
        found.columns.push((Column { name, kind, not_null: holds(not_null) }, identity));
        found.history = id.filter(|_| holds(history));
    }
    Ok(found)
}

/// The columns that the fields go into, in their order:
/// <https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-column-mapping.html>.
fn chosen(statement: &CopyStatement, known: Vec<(Column, Identity)>) -> Result<Vec<Column>, CopyFailure> {
    if statement.columns.is_empty() {
        let wanted = |(_, identity): &(Column, Identity)| statement.explicit_ids || *identity == Identity::None;
        return Ok(known.into_iter().filter(wanted).map(|(column, _)| column).collect());
    }
    let refused = |message: String| {
        let error = DbError::new(DbErrorKind::Statement, message);
        CopyFailure::Here(DbError { code: Some("428C9".to_owned()), ..error })
    };
    let is_listed = |(column, identity): &(Column, Identity)| {
        *identity != Identity::None && statement.columns.contains(&column.name)
    };
    if statement.explicit_ids && !known.iter().any(is_listed) {
        return Err(refused("EXPLICIT_IDS needs the identity column in the list of columns".to_owned()));
    }
    let mut columns = Vec::with_capacity(statement.columns.len());
    for name in &statement.columns {
        match known.iter().find(|(column, _)| column.name == *name) {
            Some((_, Identity::Always)) if !statement.explicit_ids => {
                return Err(refused(format!("cannot load the identity column `{name}` without EXPLICIT_IDS")));
            }
            Some((column, _)) => columns.push(column.clone()),
            // The server says best that there is no such column.
            None => columns.push(Column { name: name.clone(), kind: Kind::Other, not_null: false }),
        }
    }
    Ok(columns)
}
