//! All statements and sessions of the Data API, with the time passed in.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use super::statement::{Asked, ResultSet, Statement, Status, Target};
use crate::emulate::api::refusal::Refusal;
use crate::ports::Cancel;

/// How long statements and their results are kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Statements that may be under way, and sessions that may be open, at one time
/// (<https://docs.aws.amazon.com/redshift/latest/mgmt/amazon-redshift-limits.html>).
const MOST: usize = 500;

/// A session that outlives a statement.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) target: Target,
    pub(super) keep: Duration,
    pub(super) created: OffsetDateTime,
    pub(super) updated: OffsetDateTime,
    /// The statement that runs in it.
    pub(super) busy: Option<String>,
    /// When it is closed if nothing runs in it by then.
    pub(super) expires: OffsetDateTime,
    pub(super) is_closed: bool,
}

/// How one statement of a request ended.
pub(super) struct Ended {
    pub(super) duration: Duration,
    pub(super) outcome: Result<(u64, Option<ResultSet>), String>,
}

/// What CancelStatement leads to.
pub(super) enum Cancelled {
    /// It had not begun.
    Before,
    /// The server is to be asked.
    Running(Arc<dyn Cancel>),
}

/// Statements by id, and sessions by theirs.
#[derive(Default)]
pub(super) struct Book {
    statements: BTreeMap<String, Statement>,
    sessions: BTreeMap<String, Session>,
    next: u64,
}

impl Book {
    /// Forgets what is too old.
    fn expire(&mut self, now: OffsetDateTime) {
        self.statements.retain(|_, statement| !statement.status.has_ended() || now - statement.created < KEPT);
        self.sessions.retain(|_, session| !session.is_closed || now - session.updated < KEPT);
    }

    /// The statement that an earlier request with this token made.
    ///
    /// # Errors
    ///
    /// Fails if that request asked for something else.
    pub(super) fn repeated(&self, token: &str, asked: &Asked) -> Result<Option<&Statement>, Refusal> {
        let earlier = self.statements.values().find(|statement| statement.token.as_deref() == Some(token));
        // A session that the earlier request made is not in this one yet.
        let same = |earlier: &Statement| {
            let session = asked.session.clone().or_else(|| earlier.asked.session.clone());
            Asked { session, ..asked.clone() } == earlier.asked
        };
        match earlier {
            Some(earlier) if !same(earlier) => {
                Err(Refusal::validation("The ClientToken was used before, in a request with other parameters."))
            }
            found => Ok(found),
        }
    }

    /// Writes down a request. A session is made for it where `keep` is given and it names one that there is not.
    pub(super) fn submit(
        &mut self,
        id: String,
        asked: Asked,
        token: Option<String>,
        keep: Option<Duration>,
        now: OffsetDateTime,
    ) -> Result<(), Refusal> {
        self.expire(now);
        if self.statements.values().filter(|statement| !statement.status.has_ended()).count() >= MOST {
            let message = format!("There are {MOST} statements under way, and no more are allowed");
            return Err(Refusal::bad("ActiveStatementsExceededException", message));
        }
        if let Some(session) = &asked.session {
            self.enter(session, &id, &asked.target, keep, now)?;
        }
        let statement = Statement::new(id.clone(), self.next, asked, token, now);
        self.next += 1;
        self.statements.insert(id, statement);
        Ok(())
    }

    fn enter(
        &mut self,
        session: &str,
        statement: &str,
        target: &Target,
        keep: Option<Duration>,
        now: OffsetDateTime,
    ) -> Result<(), Refusal> {
        if let Some(known) = self.sessions.get_mut(session) {
            known.busy = Some(statement.to_owned());
            known.updated = now;
            known.keep = keep.unwrap_or(known.keep);
            return Ok(());
        }
        if self.sessions.values().filter(|session| !session.is_closed).count() >= MOST {
            let message = format!("There are {MOST} sessions, and no more are allowed");
            return Err(Refusal::bad("ActiveSessionsExceededException", message));
        }
        let keep = keep.unwrap_or_default();
        let made = Session {
            id: session.to_owned(),
            target: target.clone(),
            keep,
            created: now,
            updated: now,
            busy: Some(statement.to_owned()),
            expires: now + keep,
            is_closed: false,
        };
        self.sessions.insert(session.to_owned(), made);
        Ok(())
    }

    /// A session that a statement can run in.
    pub(super) fn idle_session(&self, id: &str) -> Result<&Session, Refusal> {
        let session = self.sessions.get(id).filter(|session| !session.is_closed);
        let missing =
            || Refusal::bad("ResourceNotFoundException", format!("Session is not available or does not exist: {id}"));
        let session = session.ok_or_else(missing)?;
        match session.busy {
            Some(_) => Err(Refusal::validation(format!("Session is busy with another statement: {id}"))),
            None => Ok(session),
        }
    }

    /// The statement in a session has ended; the session stays for its time, or is closed if its connection is lost.
    /// Returns when it is to be looked at again.
    pub(super) fn leave(&mut self, session: &str, is_open: bool, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let session = self.sessions.get_mut(session)?;
        session.busy = None;
        session.updated = now;
        session.expires = now + session.keep;
        session.is_closed = !is_open;
        is_open.then_some(session.expires)
    }

    /// Closes the sessions whose time is over; returns their ids.
    pub(super) fn close_sessions(&mut self, now: OffsetDateTime) -> Vec<String> {
        self.close_where(|session| session.expires <= now, now)
    }

    /// Closes the sessions of a cluster; returns their ids.
    pub(super) fn close_sessions_of(&mut self, cluster: &str, now: OffsetDateTime) -> Vec<String> {
        self.close_where(|session| session.target.cluster == cluster, now)
    }

    /// Closes open sessions in which nothing runs.
    fn close_where(&mut self, over: impl Fn(&Session) -> bool, now: OffsetDateTime) -> Vec<String> {
        let mut closed = Vec::new();
        for session in self.sessions.values_mut() {
            if !session.is_closed && session.busy.is_none() && over(session) {
                (session.is_closed, session.updated) = (true, now);
                closed.push(session.id.clone());
            }
        }
        closed
    }

    pub(super) fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values()
    }

    /// Statements, the latest first.
    pub(super) fn statements(&mut self, now: OffsetDateTime) -> Vec<&Statement> {
        self.expire(now);
        let mut all: Vec<&Statement> = self.statements.values().collect();
        all.sort_by_key(|statement| std::cmp::Reverse(statement.number));
        all
    }

    /// A statement, and which statement of its batch an id such as `...:2` means.
    pub(super) fn find(&mut self, id: &str, now: OffsetDateTime) -> Result<(&mut Statement, Option<usize>), Refusal> {
        self.expire(now);
        let missing = || Refusal::bad("ResourceNotFoundException", "Query does not exist.");
        let (id, part) = match id.split_once(':') {
            None => (id, None),
            Some((id, number)) => (id, Some(number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)))),
        };
        let statement = self.statements.get_mut(id).ok_or_else(missing)?;
        match part {
            None => Ok((statement, None)),
            Some(Some(at)) if at < statement.parts.len() => Ok((statement, Some(at))),
            Some(_) => Err(missing()),
        }
    }

    /// Moves a statement on that has not ended, and is wanted still; whether it is one.
    pub(super) fn advance(
        &mut self,
        id: &str,
        status: Status,
        running: Option<(i64, Arc<dyn Cancel>)>,
        now: OffsetDateTime,
    ) -> bool {
        let Some(statement) = self.statements.get_mut(id) else { return false };
        if statement.status.has_ended() {
            return false;
        }
        (statement.status, statement.updated) = (status, now);
        if let Some((pid, canceller)) = running {
            (statement.pid, statement.canceller) = (pid, Some(canceller));
        }
        !statement.is_unwanted
    }

    /// Begins one statement of a request; whether it is still wanted.
    pub(super) fn begin_part(&mut self, id: &str, at: usize, now: OffsetDateTime) -> bool {
        let Some(statement) = self.statements.get_mut(id) else { return false };
        if let Some(part) = statement.parts.get_mut(at).filter(|_| !statement.is_unwanted) {
            (part.status, part.updated) = (Status::Started, now);
        }
        !statement.is_unwanted
    }

    /// Ends one statement of a request.
    pub(super) fn end_part(&mut self, id: &str, at: usize, ended: Ended, now: OffsetDateTime) {
        let Some(statement) = self.statements.get_mut(id) else { return };
        let is_unwanted = statement.is_unwanted;
        let Some(part) = statement.parts.get_mut(at) else { return };
        (part.updated, part.duration) = (now, ended.duration);
        match ended.outcome {
            Ok((count, result)) => {
                part.status = Status::Finished;
                part.count = Some(count);
                part.result = result.map(Arc::new);
            }
            Err(_) if is_unwanted => part.status = Status::Aborted,
            Err(error) => {
                part.status = Status::Failed;
                part.error = Some(error);
            }
        }
    }

    /// Ends a request. What did not get its turn was aborted.
    pub(super) fn end(&mut self, id: &str, error: Option<String>, duration: Duration, now: OffsetDateTime) {
        let Some(statement) = self.statements.get_mut(id).filter(|statement| !statement.status.has_ended()) else {
            return;
        };
        let unfinished = statement.parts.iter().any(|part| part.status != Status::Finished);
        statement.status = match error {
            _ if statement.is_unwanted && (unfinished || error.is_some()) => Status::Aborted,
            Some(_) => Status::Failed,
            None => Status::Finished,
        };
        statement.error = match statement.status {
            // Clients read an error of it.
            Status::Aborted => Some(error.unwrap_or_else(|| "ERROR: Query cancelled on user's request".to_owned())),
            _ => error,
        };
        (statement.updated, statement.duration, statement.canceller) = (now, duration, None);
        let unended = statement.parts.iter_mut().filter(|part| !part.status.has_ended());
        unended.for_each(|part| (part.status, part.updated) = (Status::Aborted, now));
    }

    /// Stops a statement that has not ended.
    pub(super) fn cancel(&mut self, id: &str, now: OffsetDateTime) -> Result<Cancelled, Refusal> {
        let (statement, _) = self.find(id, now)?;
        if statement.status.has_ended() {
            return Err(Refusal::validation(format!(
                "Could not cancel a query that is already in {} state with ID: {}",
                statement.status.as_str(),
                statement.id
            )));
        }
        statement.is_unwanted = true;
        match &statement.canceller {
            Some(canceller) => Ok(Cancelled::Running(canceller.clone())),
            None => {
                let id = statement.id.clone();
                self.end(&id, None, Duration::ZERO, now);
                Ok(Cancelled::Before)
            }
        }
    }
}
