//! Requests to run SQL: checked, written down, and started.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::super::parameters::{Parameter, bind};
use super::super::statement::{Asked, Target};
use super::{run, wait_for};
use crate::emulate::api::behind::{DatabaseUser, Login};
use crate::emulate::api::fleet::Status as ClusterStatus;
use crate::emulate::api::identifier;
use crate::emulate::api::redshift::identity;
use crate::emulate::api::refusal::Refusal;
use crate::emulate::api::service::Context;

/// Statements of a batch.
const MOST_STATEMENTS: usize = 40;

/// Bytes of one statement.
const LONGEST_STATEMENT: usize = 100 * 1024;

/// Seconds that a session may be kept.
const LONGEST_SESSION: u64 = 24 * 60 * 60;

/// Where to log in, and as whom: the same in all requests that need the database.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Access {
    cluster_identifier: Option<String>,
    workgroup_name: Option<String>,
    secret_arn: Option<String>,
    db_user: Option<String>,
    pub(super) database: Option<String>,
}

/// The parameters of ExecuteStatement and BatchExecuteStatement.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Execute {
    #[serde(flatten)]
    access: Access,
    sql: Option<String>,
    sqls: Vec<String>,
    statement_name: Option<String>,
    parameters: Vec<Parameter>,
    client_token: Option<String>,
    result_format: Option<String>,
    session_keep_alive_seconds: Option<u64>,
    session_id: Option<String>,
    execution_mode: Option<String>,
    wait_time_seconds: Option<u64>,
}

pub(super) async fn execute(context: &Context<'_>, request: Execute, is_batch: bool) -> Result<Value, Refusal> {
    let wait = request.wait_time_seconds;
    let id = submit(context, request, is_batch)?;
    wait_for(context, &id, wait).await?;
    let mut book = context.api.data.book();
    let (statement, _) = book.find(&id, context.now)?;
    Ok(statement.receipt(wait.is_some()))
}

/// Writes the request down and starts it; returns its id, which is that of an earlier one with the same token.
fn submit(context: &Context<'_>, request: Execute, is_batch: bool) -> Result<String, Refusal> {
    let keep = kept(request.session_keep_alive_seconds)?;
    let token = request.client_token.clone();
    let mut asked = read(context, request, is_batch)?;
    let bound = bind(&asked.statements, &asked.parameters)?;
    let data = &context.api.data;
    let mut book = data.book();
    if let Some(token) = &token
        && let Some(earlier) = book.repeated(token, &asked)?
    {
        return Ok(earlier.id.clone());
    }
    if let Some(session) = &asked.session {
        book.idle_session(session)?;
    } else if keep.is_some_and(|keep| keep > Duration::ZERO) {
        asked.session = Some(identifier::uuid()?);
    }
    let id = identifier::uuid()?;
    let work = run::Work {
        id: id.clone(),
        target: asked.target.clone(),
        statements: bound,
        is_batch,
        auto_commit: asked.auto_commit,
        session: asked.session.clone(),
        delay: context.api.settings.delays.statement,
    };
    book.submit(id.clone(), asked, token, keep, context.now)?;
    drop(book);
    tokio::spawn(run::run(context.api.clone(), work));
    Ok(id)
}

fn kept(seconds: Option<u64>) -> Result<Option<Duration>, Refusal> {
    match seconds {
        Some(seconds) if seconds > LONGEST_SESSION => {
            Err(Refusal::validation(format!("SessionKeepAliveSeconds must be 0 to {LONGEST_SESSION}: {seconds}")))
        }
        seconds => Ok(seconds.map(Duration::from_secs)),
    }
}

fn read(context: &Context<'_>, request: Execute, is_batch: bool) -> Result<Asked, Refusal> {
    let statements = match (is_batch, request.sql) {
        (false, Some(sql)) => vec![sql],
        (true, None) if (1..=MOST_STATEMENTS).contains(&request.sqls.len()) => request.sqls,
        (false, _) => return Err(Refusal::validation("Sql is missing")),
        (true, _) => return Err(Refusal::validation(format!("Sqls must have 1 to {MOST_STATEMENTS} statements"))),
    };
    if statements.iter().any(|sql| sql.len() > LONGEST_STATEMENT) {
        return Err(Refusal::validation(format!("A statement has at most {LONGEST_STATEMENT} bytes")));
    }
    let auto_commit = match request.execution_mode.as_deref() {
        None | Some("TRANSACTION") => false,
        Some("AUTO_COMMIT") if is_batch => true,
        Some(other) => return Err(Refusal::validation(format!("ExecutionMode is not known: {other}"))),
    };
    let csv = match request.result_format.as_deref() {
        None | Some("JSON") => false,
        Some("CSV") => true,
        Some(other) => return Err(Refusal::validation(format!("ResultFormat must be JSON or CSV: {other}"))),
    };
    let target = match &request.session_id {
        Some(session) => target_of_session(context, session, &request.access)?,
        None => target(context, &request.access)?,
    };
    Ok(Asked {
        target,
        statements,
        parameters: request.parameters,
        is_batch,
        auto_commit,
        csv,
        name: request.statement_name,
        session: request.session_id,
    })
}

fn target_of_session(context: &Context<'_>, session: &str, access: &Access) -> Result<Target, Refusal> {
    let Access { cluster_identifier, workgroup_name, secret_arn, db_user, database } = access;
    if [cluster_identifier, workgroup_name, secret_arn, db_user, database].iter().any(|given| given.is_some()) {
        let message =
            "With SessionId, ClusterIdentifier, WorkgroupName, SecretArn, DbUser and Database are not to be given";
        return Err(Refusal::validation(message));
    }
    Ok(context.api.data.book().idle_session(session)?.target.clone())
}

/// Checks where a request wants to log in.
pub(super) fn target(context: &Context<'_>, access: &Access) -> Result<Target, Refusal> {
    let (name, as_workgroup) = match (&access.cluster_identifier, &access.workgroup_name) {
        (Some(cluster), None) => (cluster.as_str(), false),
        // An ARN ends with the name.
        (None, Some(workgroup)) => (workgroup.rsplit('/').next().unwrap_or_default(), true),
        _ => return Err(Refusal::validation("Either ClusterIdentifier or WorkgroupName must be given")),
    };
    let Some(database) = access.database.clone() else {
        return Err(Refusal::validation("Database is missing"));
    };
    let mut fleet = context.api.fleet();
    let missing = |_| Refusal::validation("Redshift endpoint doesn't exist in this region.");
    let cluster = fleet.cluster(name, context.now).map_err(missing)?;
    let status = cluster.status(context.now);
    if status != ClusterStatus::Available {
        let message = format!("Redshift cluster {} is not available: it is {}", cluster.identifier, status.as_str());
        return Err(Refusal::validation(message));
    }
    let cluster = cluster.identifier.clone();
    drop(fleet);
    let (login, user) = match (&access.db_user, &access.secret_arn) {
        (Some(_), Some(_)) => return Err(Refusal::validation("Give either DbUser or SecretArn")),
        (Some(_), None) if as_workgroup => {
            return Err(Refusal::validation("DbUser goes with ClusterIdentifier, not with WorkgroupName"));
        }
        (Some(name), None) => {
            let user = DatabaseUser { name: name.clone(), groups: Vec::new(), create: false };
            (Login::User(user), Some(name.clone()))
        }
        // The secret is another service's; who has one is taken for the administrator.
        (None, Some(_)) => (Login::Admin, None),
        (None, None) => {
            let user = identity(context.caller);
            let name = user.name.clone();
            (Login::User(user), Some(name))
        }
    };
    Ok(Target { cluster, as_workgroup, database, login, user, secret: access.secret_arn.clone() })
}
