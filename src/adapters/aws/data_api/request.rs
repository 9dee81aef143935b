//! Requests of the Data API: sent once however often they are repeated, waited for to their end, read to the last page.

use std::future::Future;
use std::time::Duration;

use aws_sdk_redshiftdata::Client;
use aws_sdk_redshiftdata::config::http::HttpResponse;
use aws_sdk_redshiftdata::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_redshiftdata::operation::describe_statement::DescribeStatementOutput;
use aws_sdk_redshiftdata::types::{ColumnMetadata, StatementStatusString, StatusString};
use tokio::time::Instant;

use super::value;
use crate::adapters::aws::refusal::refused;
use crate::ports::{CloudError, CloudErrorKind, DataApiLogin, DataApiRequest, DbError, DbErrorKind, Rows, Warehouse};

/// How long a request is repeated that gets no answer, or is told to come later.
const PATIENCE: Duration = Duration::from_secs(60);

/// Pauses before a repetition, and between questions whether a statement has ended: at first and in the end.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(4));

/// Seconds that the API waits for a statement's end before it answers. It allows up to 30.
const WAIT_SECONDS: i32 = 20;

/// SQL for one request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Request<'a> {
    /// A statement by itself.
    One(&'a str),
    /// Statements as one transaction.
    Together(&'a [String]),
}

/// In which session a request runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    /// In one that it opens.
    New(&'a DataApiRequest),
    /// In this one.
    Session(&'a str),
}

/// What a request is known by.
pub(super) struct Submitted {
    pub(super) id: String,
    pub(super) session: Option<String>,
}

/// How a request ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: StatusString,
    pub(super) error: Option<String>,
    /// Its statements in order.
    pub(super) parts: Vec<Part>,
}

/// How one statement of a request ended.
#[derive(Debug)]
pub(super) struct Part {
    id: String,
    pub(super) status: Option<StatementStatusString>,
    pub(super) error: Option<String>,
    /// Rows returned or affected.
    pub(super) count: u64,
    has_result: bool,
}

/// Why a call failed, and whether AWS refused it, so that it certainly did nothing.
struct Trouble {
    error: CloudError,
    is_refusal: bool,
}

/// Hands SQL over. A repetition has the token of the first request, so nothing runs twice.
///
/// # Errors
///
/// [`DbErrorKind::Lost`] if it is not known whether the API has it.
pub(super) async fn submit(
    client: &Client,
    place: Place<'_>,
    keep_alive: Duration,
    request: Request<'_>,
) -> Result<Submitted, DbError> {
    let token = token()?;
    let seconds = i32::try_from(keep_alive.as_secs()).unwrap_or(i32::MAX);
    let to = Access::of(place);
    let sent = match request {
        Request::One(sql) => {
            let call = client.execute_statement().sql(sql).client_token(token).session_keep_alive_seconds(seconds);
            let call = call.set_session_id(to.session).set_database(to.database).set_secret_arn(to.secret);
            let call = call.set_cluster_identifier(to.cluster).set_workgroup_name(to.workgroup).set_db_user(to.user);
            persist("redshift-data:ExecuteStatement", || call.clone().send())
                .await
                .map(|answer| (answer.id, answer.session_id))
        }
        Request::Together(sqls) => {
            let call = client.batch_execute_statement().set_sqls(Some(sqls.to_vec())).client_token(token);
            let call = call.session_keep_alive_seconds(seconds);
            let call = call.set_session_id(to.session).set_database(to.database).set_secret_arn(to.secret);
            let call = call.set_cluster_identifier(to.cluster).set_workgroup_name(to.workgroup).set_db_user(to.user);
            persist("redshift-data:BatchExecuteStatement", || call.clone().send())
                .await
                .map(|answer| (answer.id, answer.session_id))
        }
    };
    let (id, session) = sent.map_err(|trouble| match trouble.is_refusal {
        true => DbError::from(trouble.error),
        false => lost(trouble.error),
    })?;
    let id = id.ok_or_else(|| DbError::new(DbErrorKind::Lost, "the Data API answered without an id"))?;
    Ok(Submitted { id, session })
}

/// The members of a request that say where it runs.
#[derive(Default)]
struct Access {
    session: Option<String>,
    cluster: Option<String>,
    workgroup: Option<String>,
    database: Option<String>,
    user: Option<String>,
    secret: Option<String>,
}

impl Access {
    fn of(place: Place<'_>) -> Self {
        let DataApiRequest { warehouse, database, login } = match place {
            Place::Session(id) => return Self { session: Some(id.to_owned()), ..Self::default() },
            Place::New(request) => request,
        };
        let mut access = Self { database: Some(database.clone()), ..Self::default() };
        match warehouse {
            Warehouse::Cluster(name) => access.cluster = Some(name.clone()),
            Warehouse::Workgroup(name) => access.workgroup = Some(name.clone()),
        }
        match login {
            DataApiLogin::User(user) => access.user = Some(user.clone()),
            DataApiLogin::Secret(secret) => access.secret = Some(secret.clone()),
            DataApiLogin::Caller => {}
        }
        access
    }
}

/// Waits until a request has ended.
///
/// # Errors
///
/// [`DbErrorKind::Lost`] if nothing more can be heard of it.
pub(super) async fn end_of(client: &Client, id: &str) -> Result<Ended, DbError> {
    const ACTION: &str = "redshift-data:DescribeStatement";
    let mut wait = Some(WAIT_SECONDS);
    let mut pause = PAUSES.0;
    loop {
        let call = client.describe_statement().id(id).set_wait_time_seconds(wait);
        let told = match persist(ACTION, || call.clone().send()).await {
            Ok(told) => told,
            // A service that cannot wait can still be asked: too many wait already, or it does not know how to.
            Err(trouble) if wait.is_some() && trouble.is_refusal && trouble.error.kind != CloudErrorKind::Denied => {
                wait = None;
                continue;
            }
            Err(trouble) => return Err(lost(trouble.error)),
        };
        if let Some(status @ (StatusString::Finished | StatusString::Failed | StatusString::Aborted)) = &told.status {
            return Ok(ended(status.clone(), told));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(PAUSES.1);
    }
}

fn ended(status: StatusString, told: DescribeStatementOutput) -> Ended {
    let count = |rows: i64| u64::try_from(rows).unwrap_or_default();
    let parts = match told.sub_statements {
        Some(parts) if !parts.is_empty() => parts
            .into_iter()
            .map(|part| Part {
                count: count(part.result_rows),
                has_result: part.has_result_set.unwrap_or_default(),
                id: part.id,
                status: part.status,
                error: part.error,
            })
            .collect(),
        _ => vec![Part {
            count: count(told.result_rows),
            has_result: told.has_result_set.unwrap_or_default(),
            status: Some(status.as_str().into()),
            error: told.error.clone(),
            id: told.id,
        }],
    };
    Ended { status, error: told.error, parts }
}

/// All rows that a statement returned, if it is one that returns any.
///
/// # Errors
///
/// [`DbErrorKind::Lost`] if they cannot be read: the statement was carried out.
pub(super) async fn rows(client: &Client, part: &Part) -> Result<Option<Rows>, DbError> {
    if !part.has_result {
        return Ok(None);
    }
    let mut rows = Rows::default();
    let mut next: Option<String> = None;
    loop {
        let call = client.get_statement_result().id(&part.id).set_next_token(next.clone());
        let page = persist("redshift-data:GetStatementResult", || call.clone().send()).await;
        let page = page.map_err(|trouble| lost(trouble.error))?;
        let columns = page.column_metadata.unwrap_or_default();
        for record in &page.records {
            let cells = record.iter().enumerate().map(|(at, field)| {
                let kind = columns.get(at).and_then(|column| column.type_name.as_deref()).unwrap_or_default();
                value::text(field, kind).map_err(|()| {
                    DbError::new(
                        DbErrorKind::Lost,
                        format!("the Data API gave a value of `{kind}` that vesto cannot read"),
                    )
                })
            });
            rows.rows.push(cells.collect::<Result<_, _>>()?);
        }
        rows.columns = columns.into_iter().map(name).collect();
        match page.next_token {
            None => return Ok(Some(rows)),
            // It would be read for ever.
            token if token == next => {
                return Err(DbError::new(DbErrorKind::Lost, "the Data API gave the same page of a result twice"));
            }
            token => next = token,
        }
    }
}

fn name(column: ColumnMetadata) -> String {
    column.label.or(column.name).unwrap_or_default()
}

/// Repeats a call that got no answer, or was told to come later.
async fn persist<T, E, F>(action: &str, call: impl Fn() -> F) -> Result<T, Trouble>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    let deadline = Instant::now() + PATIENCE;
    let mut pause = PAUSES.0;
    let mut may_have_arrived = false;
    loop {
        let error = match call().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let is_refusal = match &error {
            SdkError::ServiceError(said) => !said.raw().status().is_server_error(),
            SdkError::ConstructionFailure(_) => true,
            _ => false,
        };
        may_have_arrived |= !is_refusal;
        let error = refused(action, error);
        if error.kind != CloudErrorKind::Unreachable || Instant::now() + pause > deadline {
            return Err(Trouble { error, is_refusal: !may_have_arrived });
        }
        tracing::debug!(%error, "the call is repeated");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// It is not known how far what was asked for came.
fn lost(error: CloudError) -> DbError {
    DbError { hint: error.hint, ..DbError::new(DbErrorKind::Lost, error.message) }
}

/// A token that no other request has, in the form of a UUID.
fn token() -> Result<String, DbError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        DbError::new(DbErrorKind::Unreachable, format!("the system gives no random numbers: {error}"))
    })?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}
