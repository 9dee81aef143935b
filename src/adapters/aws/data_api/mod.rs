//! Sessions over the Data API of Redshift, which needs no connection to the database.
//!
//! A session is one of the API's own (`SessionId`): settings and temporary tables stay in it from request to request
//! (<https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html>). It runs one request at a time.

mod failure;
mod message;
mod request;
mod value;

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_redshiftdata::types::{StatementStatusString, StatusString};
use aws_sdk_redshiftdata::{Client, config};

use self::message::{End, Form, LONGEST_STATEMENT, MOST_STATEMENTS, Role, Segment, lay_out, roles};
use self::request::{Ended, Part, Place, Request};
use crate::ports::{
    Batch, BatchError, Cancel, DataApiRequest, DbError, DbErrorKind, Outcome, ResultColumn, RowTaker, Session,
};
use crate::sql::{Dialect, quote_literal};

/// How long the API keeps a session in which nothing runs. A run that was killed leaves it behind for that time.
const KEEP: Duration = Duration::from_secs(15 * 60);

/// The same while a transaction is open in it, which keeps others waiting.
const KEEP_OPEN: Duration = Duration::from_secs(60);

/// The same for a session that is done with. The API has no call that ends one, and 0 does not stand for "now".
const KEEP_NO_LONGER: Duration = Duration::from_secs(1);

/// How long the last request of a session may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long the answer to one call may take: longer than the API is asked to wait.
const ANSWER: Duration = Duration::from_secs(45);

/// What the server shows beside the session.
const APPLICATION: &str = concat!("vesto ", env!("CARGO_PKG_VERSION"));

/// Opens a session.
///
/// # Errors
///
/// Fails if AWS or the server refuses.
pub(super) async fn open(configuration: &SdkConfig, wanted: &DataApiRequest) -> Result<Box<dyn Session>, DbError> {
    // Each try is vesto's own, so that it knows of a request that may have arrived. Connections may be kept: a session
    // stays on the runtime on which it was opened.
    let settings = config::Builder::from(configuration)
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ANSWER).build())
        .http_client(super::http(1));
    let client = Client::from_conf(settings.build());
    let first = format!("set application_name to {}", quote_literal(APPLICATION, Dialect::Redshift));
    let unopened = |error: DbError| match error.kind {
        DbErrorKind::Lost => DbError { kind: DbErrorKind::Unreachable, ..error },
        _ => error,
    };
    let submitted = request::submit(&client, Place::New(wanted), KEEP, Request::One(&first)).await.map_err(unopened)?;
    let ended = request::end_of(&client, &submitted.id).await.map_err(unopened)?;
    if ended.status != StatusString::Finished {
        let error = failure::of_text(&words(&ended), None);
        return Err(DbError { kind: DbErrorKind::Login, ..error });
    }
    let no_session = || DbError::new(DbErrorKind::Login, "the Data API opened no session");
    let id = submitted.session.ok_or_else(no_session)?;
    let canceller = Arc::new(Canceller { client: client.clone(), running: Mutex::default() });
    Ok(Box::new(DataApiSession { client, id, transaction: Transaction::None, is_given_up: false, canceller }))
}

struct DataApiSession {
    client: Client,
    id: String,
    transaction: Transaction,
    /// Whether it is not known what the session does.
    is_given_up: bool,
    canceller: Arc<Canceller>,
}

/// The transaction between two messages.
#[derive(Debug, Default)]
enum Transaction {
    #[default]
    None,
    /// It has begun with these settings, of which the server does not know yet: so it is one request with what follows,
    /// and nobody can be paused inside of it.
    PutOff(Vec<String>),
    /// The session holds it open.
    Open,
}

/// Why a segment stopped: at which piece of the message, and what those of the segment before it answered.
struct Stopped {
    piece: usize,
    answered: Vec<Outcome>,
    error: DbError,
}

struct Canceller {
    client: Client,
    /// The id of the request that is under way.
    running: Mutex<Option<String>>,
}

impl Canceller {
    fn watch(&self, id: Option<String>) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = id;
    }
}

#[async_trait]
impl Cancel for Canceller {
    async fn cancel(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(id) = running else { return };
        // Who asks looks at the statement's own end, and asks again where there is none.
        if let Err(error) = self.client.cancel_statement().id(id).send().await {
            tracing::debug!(%error, "the request to cancel was refused");
        }
    }
}

#[async_trait]
impl Session for DataApiSession {
    async fn run(&mut self, batch: &Batch) -> Result<Vec<Outcome>, BatchError> {
        let mut answered = Vec::with_capacity(batch.pieces.len());
        if let Some((piece, error)) = too_long(batch) {
            return Err(BatchError { piece, answered, error });
        }
        let roles = roles(batch);
        let is_open = !matches!(self.transaction, Transaction::None);
        for segment in lay_out(&roles, is_open) {
            match self.send(batch, &roles, &segment).await {
                Ok(outcomes) => answered.extend(outcomes),
                Err(Stopped { piece, answered: before, error }) => {
                    answered.extend(before);
                    return Err(BatchError { piece, answered, error });
                }
            }
        }
        Ok(answered)
    }

    async fn copy_in(&mut self, _: &str, _: &mut (dyn Read + Send)) -> Result<u64, DbError> {
        Err(only_by_connection("COPY from the client"))
    }

    async fn describe(&mut self, _: &str) -> Result<Vec<ResultColumn>, DbError> {
        Err(only_by_connection("the columns of a query that is not run"))
    }

    async fn copy_out(&mut self, _: &str, _: RowTaker<'_>) -> Result<u64, DbError> {
        Err(only_by_connection("COPY to the client"))
    }

    fn canceller(&self) -> Arc<dyn Cancel> {
        self.canceller.clone()
    }

    async fn close(&mut self) {
        if self.is_given_up {
            return;
        }
        let sql = if matches!(self.transaction, Transaction::Open) { "rollback" } else { "select 1" };
        let farewell = request::submit(&self.client, Place::Session(&self.id), KEEP_NO_LONGER, Request::One(sql));
        // Without it the session ends by itself, only later.
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
        self.is_given_up = true;
    }
}

impl DataApiSession {
    /// Sends one segment of a message; returns an outcome for each of its pieces.
    async fn send(&mut self, batch: &Batch, roles: &[Role], segment: &Segment) -> Result<Vec<Outcome>, Stopped> {
        let (statements, end) = match &segment.form {
            Form::Nothing => return Ok(vec![Outcome::default(); segment.pieces.len()]),
            Form::Alone => {
                let piece = segment.pieces.start;
                let sent = self.one(&batch.pieces[piece].sql, KEEP).await;
                let stopped = |error| Stopped { piece, answered: Vec::new(), error };
                return sent.map(|outcome| vec![outcome]).map_err(stopped);
            }
            Form::Transaction(statements, end) => (statements.clone(), *end),
        };
        let is_open = matches!(self.transaction, Transaction::Open);
        let mut ahead = match std::mem::take(&mut self.transaction) {
            Transaction::PutOff(settings) => settings,
            _ => Vec::new(),
        };
        let texts = || batch.pieces[statements.clone()].iter().map(|piece| piece.sql.clone());
        if !is_open && end == End::Open && roles[statements.clone()].iter().all(|role| *role == Role::Setting) {
            ahead.extend(texts());
            self.transaction = Transaction::PutOff(ahead);
            return Ok(vec![Outcome::default(); segment.pieces.len()]);
        }
        if !is_open && statements.is_empty() {
            return Ok(vec![Outcome::default(); segment.pieces.len()]);
        }
        let first = ahead.len();
        let needed = first + statements.len() + usize::from(end == End::Rollback);
        if is_open || end == End::Open || needed > MOST_STATEMENTS {
            return self.one_by_one(batch, segment, statements, end, (is_open, ahead)).await;
        }
        let mut sqls = ahead;
        sqls.extend(texts());
        if end == End::Rollback {
            // It undoes all, whatever the API does with the transaction after it.
            sqls.push("rollback".to_owned());
        }
        self.together(batch, segment, statements, first, &sqls).await
    }

    /// Sends statements as one batch, which is one transaction. `first` of them stand before those of the segment.
    async fn together(
        &mut self,
        batch: &Batch,
        segment: &Segment,
        statements: std::ops::Range<usize>,
        first: usize,
        sqls: &[String],
    ) -> Result<Vec<Outcome>, Stopped> {
        let Segment { pieces, .. } = segment;
        let stopped = |piece, error| Stopped { piece, answered: Vec::new(), error };
        let ended = self.request(Request::Together(sqls), KEEP).await.map_err(|error| stopped(pieces.start, error))?;
        let place = |number: usize| match number.checked_sub(first) {
            None => pieces.start,
            Some(number) if number < statements.len() => statements.start + number,
            Some(_) => pieces.end - 1,
        };
        let mut answered = vec![Outcome::default(); pieces.len()];
        let of_part = |number: usize| place(number) - pieces.start;
        for (number, part) in ended.parts.iter().enumerate().skip(first).take(statements.len()) {
            answered[of_part(number)].count = part.count;
        }
        if ended.status != StatusString::Finished {
            let piece = place(failed(&ended));
            answered.truncate(piece - pieces.start);
            let error = self.give_up(refusal(&ended, Some(&batch.pieces[piece].sql)));
            return Err(Stopped { piece, answered, error });
        }
        if ended.parts.len() != sqls.len() {
            let message = format!("the Data API told of {} statements of a batch of {}", ended.parts.len(), sqls.len());
            return Err(stopped(pieces.start, self.give_up(DbError::new(DbErrorKind::Lost, message))));
        }
        for (number, part) in ended.parts.iter().enumerate().skip(first).take(statements.len()) {
            match request::rows(&self.client, part).await {
                Ok(rows) => answered[of_part(number)].rows = rows,
                Err(error) => return Err(stopped(place(number), self.give_up(error))),
            }
        }
        Ok(answered)
    }

    /// Sends statements one after the other in a transaction that the session holds open.
    async fn one_by_one(
        &mut self,
        batch: &Batch,
        segment: &Segment,
        statements: std::ops::Range<usize>,
        end: End,
        (is_open, ahead): (bool, Vec<String>),
    ) -> Result<Vec<Outcome>, Stopped> {
        let Segment { pieces, .. } = segment;
        let mut answered = vec![Outcome::default(); statements.start - pieces.start];
        if !is_open && let Err(error) = self.begin(&ahead).await {
            self.undo(&error).await;
            return Err(Stopped { piece: pieces.start, answered: Vec::new(), error });
        }
        for piece in statements.clone() {
            match self.one(&batch.pieces[piece].sql, KEEP_OPEN).await {
                Ok(outcome) => answered.push(outcome),
                Err(error) => {
                    self.undo(&error).await;
                    return Err(Stopped { piece, answered, error });
                }
            }
        }
        let ended = match end {
            End::Open => {
                self.transaction = Transaction::Open;
                return Ok(answered);
            }
            End::Commit => self.one("commit", KEEP).await,
            End::Rollback => self.one("rollback", KEEP).await,
        };
        if let Err(error) = ended {
            self.undo(&error).await;
            return Err(Stopped { piece: pieces.end - 1, answered, error });
        }
        answered.resize(pieces.len(), Outcome::default());
        Ok(answered)
    }

    /// Begins a transaction over several requests.
    ///
    /// AWS's documentation says that sessions keep settings and temporary tables, and nothing of transactions. So it is
    /// shown first that this one does: what is set for the transaction must still be so in the next request.
    async fn begin(&mut self, settings: &[String]) -> Result<(), DbError> {
        let sign = format!("{APPLICATION}, transaction");
        self.one("begin", KEEP_OPEN).await?;
        let sql = format!("set local application_name to {}", quote_literal(&sign, Dialect::Redshift));
        self.one(&sql, KEEP_OPEN).await?;
        let answer = self.one("select current_setting('application_name')", KEEP_OPEN).await?;
        if answer.rows.as_ref().and_then(|rows| rows.first_cell()) != Some(sign.as_str()) {
            let message = "the session of the Data API holds no transaction over several requests";
            let hint = format!(
                "use `transport = wire`, or make transactions of at most {MOST_STATEMENTS} statements, those of vesto's ledger included"
            );
            return Err(DbError { hint: Some(hint), ..DbError::new(DbErrorKind::Unsupported, message) });
        }
        for sql in settings {
            self.one(sql, KEEP_OPEN).await?;
        }
        Ok(())
    }

    /// Ends an open transaction in which a statement failed.
    async fn undo(&mut self, error: &DbError) {
        if error.kind == DbErrorKind::Lost {
            return;
        }
        // Without it the transaction ends with the session, and nothing else is to run in it.
        self.is_given_up |= self.one("rollback", KEEP).await.is_err();
    }

    /// Runs one statement by itself.
    async fn one(&mut self, sql: &str, keep_alive: Duration) -> Result<Outcome, DbError> {
        let ended = self.request(Request::One(sql), keep_alive).await?;
        let part = match (ended.status == StatusString::Finished, ended.parts.first()) {
            (true, Some(part)) => part,
            _ => return Err(self.give_up(refusal(&ended, Some(sql)))),
        };
        match request::rows(&self.client, part).await {
            Ok(rows) => Ok(Outcome { rows, count: part.count }),
            Err(error) => Err(self.give_up(error)),
        }
    }

    /// Sends a request and waits for its end.
    async fn request(&mut self, request: Request<'_>, keep_alive: Duration) -> Result<Ended, DbError> {
        if self.is_given_up {
            return Err(DbError::new(DbErrorKind::Lost, "the session of the Data API was given up"));
        }
        let submitted = request::submit(&self.client, Place::Session(&self.id), keep_alive, request).await;
        let id = submitted.map_err(|error| self.give_up(error))?.id;
        self.canceller.watch(Some(id.clone()));
        let ended = request::end_of(&self.client, &id).await;
        self.canceller.watch(None);
        ended.map_err(|error| self.give_up(error))
    }

    /// Uses the session no more if it is not known what it does.
    fn give_up(&mut self, error: DbError) -> DbError {
        self.is_given_up |= error.kind == DbErrorKind::Lost;
        error
    }
}

/// The first statement that the API does not take. Nothing is sent then.
fn too_long(batch: &Batch) -> Option<(usize, DbError)> {
    let piece = batch.pieces.iter().position(|piece| piece.sql.len() > LONGEST_STATEMENT)?;
    let length = batch.pieces[piece].sql.len();
    let message = format!("the statement has {length} bytes, and the Data API takes {LONGEST_STATEMENT}");
    let hint = "use `transport = wire`, or load the rows with COPY".to_owned();
    Some((piece, DbError { hint: Some(hint), ..DbError::new(DbErrorKind::Unsupported, message) }))
}

/// Which statement of a request was the one that failed; their number if it was the end of the transaction.
fn failed(ended: &Ended) -> usize {
    let has_failed = |part: &Part| part.status == Some(StatementStatusString::Failed);
    let has_not_finished = |part: &Part| part.status != Some(StatementStatusString::Finished);
    let told = || ended.error.as_deref().and_then(failure::number);
    let position = |fits: &dyn Fn(&Part) -> bool| ended.parts.iter().position(fits);
    position(&has_failed).or_else(told).or_else(|| position(&has_not_finished)).unwrap_or(ended.parts.len())
}

/// Why a request failed.
fn refusal(ended: &Ended, sql: Option<&str>) -> DbError {
    let error = failure::of_text(&words(ended), sql);
    match ended.status {
        StatusString::Aborted if error.code.is_none() && error.kind == DbErrorKind::Statement => {
            DbError { code: Some("57014".to_owned()), ..error }
        }
        _ => error,
    }
}

/// What the server said: the words of the statement are nearer to it than those of the request.
fn words(ended: &Ended) -> String {
    let of_part = ended.parts.get(failed(ended)).filter(|part| part.status == Some(StatementStatusString::Failed));
    let words = of_part.and_then(|part| part.error.clone()).or_else(|| ended.error.clone());
    words.unwrap_or_else(|| match ended.status {
        StatusString::Aborted => "the statement was cancelled".to_owned(),
        _ => "the Data API does not say why the statement failed".to_owned(),
    })
}

fn only_by_connection(what: &str) -> DbError {
    DbError::new(DbErrorKind::Unsupported, format!("the Data API has nothing for {what}"))
}
