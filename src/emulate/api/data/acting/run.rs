//! Runs the statements of one request in a session, and writes down how each of them ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::super::book::Ended;
use super::super::field::Column;
use super::super::statement::{ResultSet, Status, Target};
use crate::emulate::api::service::{Api, lock};
use crate::ports::{Batch, DbError, DbErrorKind, Outcome, Session};
use crate::sql::{Dialect, parse_script};

/// SQL to run.
pub(super) struct Work {
    pub(super) id: String,
    pub(super) target: Target,
    /// The statements, with their parameters in place.
    pub(super) statements: Vec<String>,
    pub(super) is_batch: bool,
    pub(super) auto_commit: bool,
    /// The session to run in; it is made if it is not there.
    pub(super) session: Option<String>,
    /// How long to wait before.
    pub(super) delay: Duration,
}

/// Runs a request to its end.
pub(super) async fn run(api: Arc<Api>, work: Work) {
    tokio::time::sleep(work.delay).await;
    let picked = api.data.book().advance(&work.id, Status::Picked, None, now());
    let waiting = work.session.as_ref().and_then(|session| lock(&api.data.waiting).remove(session));
    let begun = Instant::now();
    let (session, error) = if picked { carry_out(&api, &work, waiting).await } else { (waiting, None) };
    if let Some(id) = &work.session {
        // The session waits before others hear of the end, and may ask for it.
        keep(&api, id, session);
    }
    api.data.book().end(&work.id, error, begun.elapsed(), now());
    api.data.ended.notify_waiters();
}

/// Puts a session back until its time is over; without one, its connection is lost.
fn keep(api: &Arc<Api>, id: &str, session: Option<Box<dyn Session>>) {
    let is_open = session.is_some();
    if let Some(session) = session {
        lock(&api.data.waiting).insert(id.to_owned(), session);
    }
    let Some(expires) = api.data.book().leave(id, is_open, now()) else { return };
    let api = api.clone();
    tokio::spawn(async move {
        let left = Duration::try_from(expires - now()).unwrap_or_default();
        tokio::time::sleep(left).await;
        for closed in api.data.book().close_sessions(now()) {
            lock(&api.data.waiting).remove(&closed);
        }
    });
}

/// Runs what was picked. Returns the session, unless its connection is lost, and why the request failed.
async fn carry_out(
    api: &Arc<Api>,
    work: &Work,
    waiting: Option<Box<dyn Session>>,
) -> (Option<Box<dyn Session>>, Option<String>) {
    let Target { cluster, database, login, .. } = &work.target;
    let opened = match waiting {
        Some(session) => Ok(session),
        None => api.behind.open(cluster, database, login).await,
    };
    let mut session = match opened {
        Ok(session) => session,
        Err(error) => return (None, Some(format!("FATAL: {error}"))),
    };
    let error = match pid(session.as_mut()).await {
        Ok(pid) => {
            let running = Some((pid, session.canceller()));
            match api.data.book().advance(&work.id, Status::Started, running, now()) {
                true => None,
                false => return (Some(session), None),
            }
        }
        Err(error) => Some(error),
    };
    let error = match error {
        None => all(api, work, session.as_mut()).await.err(),
        error => error,
    };
    match error {
        Some(error) if error.kind == DbErrorKind::Lost => (None, Some(text(&error))),
        Some(error) => (Some(session), Some(failure(work, api, &error))),
        None => (Some(session), None),
    }
}

/// The error of the request: of a batch, with the number of the statement that failed.
fn failure(work: &Work, api: &Api, error: &DbError) -> String {
    let text = text(error);
    let mut book = api.data.book();
    let failed = book.find(&work.id, now()).ok().and_then(|(statement, _)| {
        statement.parts.iter().position(|part| matches!(part.status, Status::Failed | Status::Aborted))
    });
    match failed.filter(|_| work.is_batch) {
        Some(at) => format!("Query #{} failed with {text}", at + 1),
        None => text,
    }
}

/// Runs all statements: those of a batch as one transaction, unless each is to be one.
async fn all(api: &Api, work: &Work, session: &mut dyn Session) -> Result<(), DbError> {
    let as_one = work.is_batch && !work.auto_commit;
    if as_one {
        own(session, "begin").await?;
    }
    let mut result = Ok(());
    for (at, sql) in work.statements.iter().enumerate() {
        if !api.data.book().begin_part(&work.id, at, now()) {
            break;
        }
        let begun = Instant::now();
        let (outcome, error) = match one(session, sql).await {
            Ok(answered) => (Ok(answered), None),
            Err(error) => (Err(text(&error)), Some(error)),
        };
        api.data.book().end_part(&work.id, at, Ended { duration: begun.elapsed(), outcome }, now());
        let Some(error) = error else { continue };
        let is_last = error.kind == DbErrorKind::Lost || !work.auto_commit;
        // The first error is the one to tell.
        result = result.and(Err(error));
        if is_last {
            break;
        }
    }
    if as_one && !result.as_ref().is_err_and(|error| error.kind == DbErrorKind::Lost) {
        let is_wanted = api.data.book().advance(&work.id, Status::Started, None, now());
        let end = if result.is_ok() && is_wanted { "commit" } else { "rollback" };
        let ended = own(session, end).await;
        result = result.and(ended);
    }
    result
}

/// Runs one statement; returns how many rows it affected or returned, and these.
async fn one(session: &mut dyn Session, sql: &str) -> Result<(u64, Option<ResultSet>), DbError> {
    let (sql, is_question) = match parse_script(sql, Dialect::Redshift).as_deref() {
        Ok([statement]) => (sql.get(statement.range.clone()).unwrap_or(sql), statement.kind.is_question()),
        Ok([_, _, ..]) => return Err(several()),
        // The double says what is wrong with it, or that it is empty.
        _ => (sql, false),
    };
    let described = if is_question { session.describe(sql).await? } else { Vec::new() };
    let mut batch = Batch::default();
    batch.user(sql);
    let answered = session.run(&batch).await.map_err(|failed| failed.error)?;
    let Outcome { rows, count } = answered.into_iter().next().unwrap_or_default();
    let Some(rows) = rows else { return Ok((count, None)) };
    let is_described = described.len() == rows.columns.len();
    let columns = match is_described {
        true => described.iter().map(Column::of).collect(),
        false => rows.columns.iter().map(|name| Column::untyped(name)).collect(),
    };
    Ok((rows.rows.len() as u64, Some(ResultSet { columns, rows: rows.rows })))
}

fn several() -> DbError {
    let message = "cannot insert multiple commands into a prepared statement";
    DbError { code: Some("42601".to_owned()), ..DbError::new(DbErrorKind::Statement, message) }
}

async fn pid(session: &mut dyn Session) -> Result<i64, DbError> {
    let mut batch = Batch::default();
    batch.own("select pg_backend_pid()");
    match session.run(&batch).await {
        Ok(answered) => {
            let rows = answered.first().and_then(|outcome| outcome.rows.as_ref());
            Ok(rows.and_then(|rows| rows.first_cell()?.parse().ok()).unwrap_or_default())
        }
        // An earlier statement of the session failed inside of a transaction: this one is told so.
        Err(failed) if failed.error.has_code("25P02") => Ok(0),
        Err(failed) => Err(failed.error),
    }
}

async fn own(session: &mut dyn Session, sql: &str) -> Result<(), DbError> {
    let mut batch = Batch::default();
    batch.own(sql);
    session.run(&batch).await.map(drop).map_err(|failed| failed.error)
}

/// An error as the server's drivers write it.
fn text(error: &DbError) -> String {
    let detail = error.detail.iter().map(|detail| format!("\n  Detail: {detail}"));
    format!("ERROR: {}{}", error.message, detail.collect::<String>())
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
