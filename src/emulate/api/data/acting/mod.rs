//! The actions of the Data API, and what runs statements.

mod answers;
mod catalogue;
mod run;
mod submit;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;
use tokio::sync::Notify;

use super::book::Book;
use crate::emulate::api::parsed;
use crate::emulate::api::refusal::Refusal;
use crate::emulate::api::service::{Context, lock};
use crate::ports;

/// What the Data API keeps.
#[derive(Default)]
pub(in crate::emulate::api) struct Data {
    book: Mutex<Book>,
    /// The sessions that wait for their next statement, by id.
    waiting: Mutex<HashMap<String, Box<dyn ports::Session>>>,
    /// Told whenever a statement has ended.
    ended: Notify,
}

impl Data {
    /// Closes the sessions of a cluster whose server has ended them. Statements under way find out by themselves.
    pub(in crate::emulate::api) fn close_sessions_of(&self, cluster: &str) {
        let closed = self.book().close_sessions_of(cluster, OffsetDateTime::now_utc());
        let mut waiting = lock(&self.waiting);
        closed.iter().for_each(|session| drop(waiting.remove(session)));
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }
}

/// Carries an action out; returns its answer.
pub(in crate::emulate::api) async fn carry_out(
    context: &Context<'_>,
    action: &str,
    body: &[u8],
) -> Result<Value, Refusal> {
    match action {
        "ExecuteStatement" => submit::execute(context, parsed(body)?, false).await,
        "BatchExecuteStatement" => submit::execute(context, parsed(body)?, true).await,
        "DescribeStatement" => answers::describe(context, parsed(body)?).await,
        "GetStatementResult" => answers::result(context, parsed(body)?, false).await,
        "GetStatementResultV2" => answers::result(context, parsed(body)?, true).await,
        "CancelStatement" => answers::cancel(context, parsed(body)?),
        "ListStatements" => answers::list_statements(context, parsed(body)?),
        "ListSessions" => answers::list_sessions(context, parsed(body)?),
        "ListDatabases" => catalogue::databases(context, parsed(body)?).await,
        "ListSchemas" => catalogue::schemas(context, parsed(body)?).await,
        "ListTables" => catalogue::tables(context, parsed(body)?).await,
        "DescribeTable" => catalogue::columns(context, parsed(body)?).await,
        other => Err(Refusal::not_emulated(format!("`{other}` of redshift-data is not emulated"))),
    }
}

/// Waits until a statement has ended, at most so long.
async fn wait_for(context: &Context<'_>, id: &str, seconds: Option<u64>) -> Result<(), Refusal> {
    let Some(seconds) = seconds else { return Ok(()) };
    if !(1..=30).contains(&seconds) {
        return Err(Refusal::validation(format!("WaitTimeSeconds must be 1 to 30: {seconds}")));
    }
    let data = &context.api.data;
    let has_ended = async {
        loop {
            let ended = data.ended.notified();
            let mut ended = std::pin::pin!(ended);
            // Whoever ends after this is heard, also if it is before the wait.
            ended.as_mut().enable();
            match data.book().find(id, context.now) {
                Ok((statement, _)) if !statement.status.has_ended() => {}
                _ => return,
            }
            ended.await;
        }
    };
    // What has not ended is told as it is.
    let _ = tokio::time::timeout(Duration::from_secs(seconds), has_ended).await;
    Ok(())
}
