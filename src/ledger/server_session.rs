//! Which session of the server a run works in, and whether that session is still there.
//!
//! Process ids are reused, so a session is its process and the time at which it began. Redshift lists sessions in
//! `stv_sessions`; superusers see all of them, and other users only their own
//! (<https://docs.aws.amazon.com/redshift/latest/dg/r_STV_SESSIONS.html>). What cannot be seen is not known, and not gone.

use std::time::{Duration, Instant};

use crate::ports::{Batch, Outcome, Session};

use super::LedgerError;

/// How long a session may take to end once it was told to.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait before it is looked for again.
const PAUSE: Duration = Duration::from_millis(50);

/// How often the server is asked the same while it has conflicts.
const ATTEMPTS: usize = 4;

/// A session of the server.
#[derive(Clone, Debug)]
pub(super) struct ServerSession {
    /// Id of its process.
    pub(super) process: i32,
    /// When it began, as far as it could be seen.
    pub(super) started: Option<String>,
    /// Whose it is; empty if that could not be asked.
    pub(super) user: String,
}

/// A session that looks at others.
pub(super) struct Observer {
    /// The session itself.
    pub(super) own: ServerSession,
    sees_all: bool,
}

impl Observer {
    /// Finds out which session this is.
    pub(super) async fn new(session: &mut dyn Session) -> Result<Self, LedgerError> {
        let mut batch = Batch::default();
        batch.own("select pg_backend_pid()");
        let answers = session.run(&batch).await.map_err(LedgerError::database("lock"))?;
        let process = answers.first().and_then(|answer| answer.rows.as_ref()?.first_cell()?.parse().ok());
        let process = process.ok_or_else(|| LedgerError::Malformed("the server tells no process id".to_owned()))?;
        let rights = cells(session, "select usename, usesuper from pg_user where usename = current_user").await;
        let (user, sees_all) = match rights.as_deref() {
            Some([Some(user), Some(superuser), ..]) => (user.clone(), superuser == "t"),
            _ => (String::new(), false),
        };
        let started = start_times(session, process).await.and_then(|times| times.into_iter().next());
        Ok(Self { own: ServerSession { process, started, user }, sees_all })
    }

    /// Whether another session has ended; nothing if that cannot be known.
    pub(super) async fn has_ended(&self, session: &mut dyn Session, other: &ServerSession) -> Option<bool> {
        let started = other.started.as_ref()?;
        let visible = self.sees_all || !self.own.user.is_empty() && self.own.user == other.user;
        if !visible {
            return None;
        }
        Some(!start_times(session, other.process).await?.contains(started))
    }

    /// Ends another session, and says whether it is gone for certain.
    ///
    /// A superuser may end any session, and others their own
    /// (<https://docs.aws.amazon.com/redshift/latest/dg/PG_TERMINATE_BACKEND.html>).
    pub(super) async fn end(&self, session: &mut dyn Session, other: &ServerSession) -> bool {
        let deadline = Instant::now() + PATIENCE;
        let mut told = false;
        loop {
            match self.has_ended(session, other).await {
                Some(true) => return true,
                None => return false,
                Some(false) if Instant::now() >= deadline => return false,
                Some(false) if told => tokio::time::sleep(PAUSE).await,
                Some(false) => {
                    // Whether it helped is seen from what is listed then.
                    let _ = cells(session, &format!("select pg_terminate_backend({})", other.process)).await;
                    told = true;
                }
            }
        }
    }
}

/// When the sessions of a process began that are there now: at most one. Nothing if it cannot be asked.
async fn start_times(session: &mut dyn Session, process: i32) -> Option<Vec<String>> {
    cells(
        session,
        &format!("select to_char(starttime, 'YYYY-MM-DD HH24:MI:SS.US') from stv_sessions where process = {process}"),
    )
    .await
    .map(|cells| cells.into_iter().flatten().collect())
}

/// All cells of a query, or nothing if the server refuses it. A conflict with others is no refusal yet: a holder whose
/// session nobody could see would be waited for until its term is over.
async fn cells(session: &mut dyn Session, sql: &str) -> Option<Vec<Option<String>>> {
    let mut batch = Batch::default();
    batch.own(sql);
    let mut answered = session.run(&batch).await;
    for _ in 1..ATTEMPTS {
        if !answered.as_ref().is_err_and(|failed| failed.error.is_transient()) {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        answered = session.run(&batch).await;
    }
    let answers: Vec<Outcome> = answered.ok()?;
    Some(answers.into_iter().filter_map(|answer| answer.rows).flat_map(|rows| rows.rows).flatten().collect())
}
