//! What is told of statements and sessions: states, results, lists. And how a statement is stopped.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::book::{Cancelled, Session};
use super::super::field;
use super::super::statement::{ResultSet, Status};
use super::wait_for;
use crate::emulate::api::clock::epoch;
use crate::emulate::api::page;
use crate::emulate::api::refusal::Refusal;
use crate::emulate::api::service::Context;

/// Rows of one page.
const ROWS: usize = 100;

/// How long to wait before the server is asked once more to stop a statement: what it hears before the statement has
/// begun is lost.
const PAUSE: Duration = Duration::from_millis(50);

/// The parameters of what asks about one statement.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneStatement {
    id: String,
    next_token: Option<String>,
    wait_time_seconds: Option<u64>,
}

pub(super) async fn describe(context: &Context<'_>, request: OneStatement) -> Result<Value, Refusal> {
    wait_for(context, &request.id, request.wait_time_seconds).await?;
    let mut book = context.api.data.book();
    let (statement, part) = book.find(&request.id, context.now)?;
    match part.and_then(|at| Some((at, statement.parts.get(at)?))) {
        Some((at, part)) if statement.asked.is_batch => Ok(statement.describe_part(at, part)),
        _ => Ok(statement.describe()),
    }
}

pub(super) async fn result(context: &Context<'_>, request: OneStatement, csv: bool) -> Result<Value, Refusal> {
    wait_for(context, &request.id, request.wait_time_seconds).await?;
    let mut book = context.api.data.book();
    let (statement, part) = book.find(&request.id, context.now)?;
    if statement.asked.is_batch && part.is_none() {
        let message =
            "The statement is a batch: ask for the result of one of its statements, with its number behind the id";
        return Err(Refusal::validation(message));
    }
    if statement.asked.csv != csv {
        let (wanted, action) = if csv { ("JSON", "GetStatementResult") } else { ("CSV", "GetStatementResultV2") };
        return Err(Refusal::validation(format!("The result is in the format {wanted}: ask for it with {action}")));
    }
    let part = statement.parts.get(part.unwrap_or_default());
    let result = part.filter(|part| part.status == Status::Finished).and_then(|part| part.result.clone());
    let missing = "Query does not have result. Please check query status with DescribeStatement.";
    let result = result.ok_or_else(|| Refusal::bad("ResourceNotFoundException", missing))?;
    drop(book);
    one_page(&result, request.next_token.as_deref(), csv)
}

fn one_page(result: &ResultSet, token: Option<&str>, csv: bool) -> Result<Value, Refusal> {
    let start = match token {
        None => 0,
        Some(token) => offset(token, result.rows.len())
            .ok_or_else(|| Refusal::validation("NextToken is not one that an earlier answer gave"))?,
    };
    let end = result.rows.len().min(start + ROWS);
    let rows = result.rows.get(start..end).unwrap_or_default();
    let metadata: Vec<Value> = result.columns.iter().map(field::Column::metadata).collect();
    let records = if csv {
        let names: Vec<&str> = result.columns.iter().map(|column| column.name.as_str()).collect();
        json!([{"CSVRecords": field::csv((start == 0).then_some(&names), rows.iter())}])
    } else {
        let record = |row: &Vec<Option<String>>| -> Value {
            result.columns.iter().zip(row).map(|(column, cell)| column.field(cell.as_deref())).collect()
        };
        rows.iter().map(record).collect()
    };
    let mut answer = json!({"Records": records, "ColumnMetadata": metadata, "TotalNumRows": result.rows.len()});
    if csv {
        answer["ResultFormat"] = json!("CSV");
    }
    if end < result.rows.len() {
        answer["NextToken"] = json!(URL_SAFE_NO_PAD.encode(end.to_string()));
    }
    Ok(answer)
}

fn offset(token: &str, most: usize) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    text.parse().ok().filter(|offset| *offset < most)
}

pub(super) fn cancel(context: &Context<'_>, request: OneStatement) -> Result<Value, Refusal> {
    let data = &context.api.data;
    let cancelled = data.book().cancel(&request.id, context.now)?;
    match cancelled {
        Cancelled::Before => data.ended.notify_waiters(),
        Cancelled::Running(canceller) => {
            let (api, id) = (context.api.clone(), request.id);
            tokio::spawn(async move {
                let runs = || {
                    let mut book = api.data.book();
                    let found = book.find(&id, OffsetDateTime::now_utc());
                    found.is_ok_and(|(statement, _)| !statement.status.has_ended())
                };
                while runs() {
                    canceller.cancel().await;
                    tokio::time::sleep(PAUSE).await;
                }
            });
        }
    }
    Ok(json!({"Status": true}))
}

/// The parameters of what lists statements or sessions.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Listed {
    next_token: Option<String>,
    max_results: Option<usize>,
    statement_name: Option<String>,
    session_id: Option<String>,
    status: Option<String>,
    database: Option<String>,
    cluster_identifier: Option<String>,
    workgroup_name: Option<String>,
}

impl Listed {
    /// Whether what runs there was asked for.
    fn takes(&self, target: &super::super::statement::Target) -> bool {
        let is = |wanted: &Option<String>, as_workgroup: bool| {
            wanted.as_ref().is_none_or(|wanted| *wanted == target.cluster && as_workgroup == target.as_workgroup)
        };
        is(&self.cluster_identifier, false)
            && is(&self.workgroup_name, true)
            && self.database.as_ref().is_none_or(|wanted| *wanted == target.database)
    }

    fn page<T>(&self, items: Vec<T>, key: impl Fn(&T) -> String) -> Result<(Vec<T>, Option<String>), Refusal> {
        // 0 is allowed and means what leaving it out means.
        let size = self.max_results.filter(|size| *size > 0).unwrap_or(100);
        if size > 100 {
            return Err(Refusal::validation(format!("MaxResults must be 0 to 100: {size}")));
        }
        let unknown = || Refusal::validation("NextToken is not one that an earlier answer gave");
        page::page(items, key, self.next_token.as_deref(), size).ok_or_else(unknown)
    }
}

pub(super) fn list_statements(context: &Context<'_>, request: Listed) -> Result<Value, Refusal> {
    let wanted = request.status.as_deref().unwrap_or("FINISHED");
    let prefix = request.statement_name.as_deref().unwrap_or_default();
    let mut book = context.api.data.book();
    let mut found = book.statements(context.now);
    found.retain(|statement| {
        (wanted == "ALL" || wanted == statement.status.as_str())
            && statement.asked.name.as_deref().unwrap_or_default().starts_with(prefix)
            && request.takes(&statement.asked.target)
    });
    // The latest first, in ascending order of the key.
    let (shown, next) = request.page(found, |statement| format!("{:020}", u64::MAX - statement.number))?;
    let lines: Vec<Value> = shown.iter().map(|statement| statement.summary()).collect();
    Ok(with_next(json!({"Statements": lines}), next))
}

pub(super) fn list_sessions(context: &Context<'_>, request: Listed) -> Result<Value, Refusal> {
    let book = context.api.data.book();
    let mut found: Vec<Session> = book.sessions().cloned().collect();
    drop(book);
    found.retain(|session| match (&request.session_id, request.status.as_deref()) {
        (Some(id), _) => session.id == *id,
        (None, Some(status)) => session_status(session) == status && request.takes(&session.target),
        (None, None) => !session.is_closed && request.takes(&session.target),
    });
    let (shown, next) = request.page(found, |session| session.id.clone())?;
    let lines: Vec<Value> = shown.iter().map(session_line).collect();
    Ok(with_next(json!({"Sessions": lines}), next))
}

fn session_status(session: &Session) -> &'static str {
    match (session.is_closed, &session.busy) {
        (true, _) => "CLOSED",
        (false, Some(_)) => "BUSY",
        (false, None) => "AVAILABLE",
    }
}

fn session_line(session: &Session) -> Value {
    let mut line = json!({
        "SessionId": session.id,
        "Status": session_status(session),
        "CreatedAt": epoch(session.created),
        "UpdatedAt": epoch(session.updated),
        "SessionAliveSeconds": session.keep.as_secs(),
        "SessionTtl": epoch(session.expires),
    });
    session.target.describe(&mut line);
    if let Some(line) = line.as_object_mut() {
        line.remove("SecretArn");
        line.extend(session.busy.iter().map(|id| ("CurrentStatementId".to_owned(), json!(id))));
    }
    line
}

pub(super) fn with_next(mut answer: Value, next: Option<String>) -> Value {
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    answer
}
