//! Temporary passwords, as `GetClusterCredentials` and its like issue them.
//!
//! Whoever issues them writes them into the book; a log-in reads it. A password counts at log-in only: a session that is
//! open outlives it
//! (<https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html>).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use time::{Duration, OffsetDateTime};

use crate::text::Secret;

/// How long a password is remembered that opens nothing any more.
const REMEMBERED: Duration = Duration::DAY;

/// The temporary passwords of one cluster. Clones share one book.
#[derive(Clone, Debug, Default)]
pub struct Credentials(Arc<Mutex<Vec<Issued>>>);

/// A temporary password and what it opens.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The name to log in with, as the answer of the call gave it: `IAM:alice`, `IAMA:alice:analysts`, `IAMR:loader`.
    pub login: String,
    /// The password.
    pub password: Secret<String>,
    /// When it no longer opens anything.
    pub expires_at: OffsetDateTime,
    /// The user of the database that the session belongs to, such as `alice`.
    pub database_user: String,
    /// Whether the log-in makes this user if there is none.
    pub creates_user: bool,
    /// Groups that the user is in for the time of the session.
    pub groups: Vec<String>,
    /// The only database that it opens; nothing for all.
    pub database: Option<String>,
}

impl Issued {
    /// Whether it opens nothing any more.
    pub fn has_expired(&self, now: OffsetDateTime) -> bool {
        self.expires_at <= now
    }
}

impl Credentials {
    /// Writes a password into the book, beside others of the same name that still hold.
    pub fn issue(&self, issued: Issued) {
        self.book().push(issued);
    }

    /// What was issued under a name, also what has expired of late: who gives such a password is told so.
    pub fn of(&self, login: &str, now: OffsetDateTime) -> Vec<Issued> {
        let mut book = self.book();
        book.retain(|issued| issued.expires_at + REMEMBERED > now);
        book.iter().filter(|issued| issued.login == login).cloned().collect()
    }

    fn book(&self) -> MutexGuard<'_, Vec<Issued>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a name to log in with is one that only a temporary password opens.
pub fn is_temporary(login: &str) -> bool {
    ["IAM:", "IAMA:", "IAMR:"].iter().any(|prefix| login.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_holds_until_it_expires_and_others_stay() {
        let start = OffsetDateTime::UNIX_EPOCH;
        let book = Credentials::default();
        let issued = |password: &str, seconds: i64| Issued {
            login: "IAMA:alice:analysts".to_owned(),
            password: Secret::new(password.to_owned()),
            expires_at: start + Duration::seconds(seconds),
            database_user: "alice".to_owned(),
            creates_user: true,
            groups: vec!["analysts".to_owned()],
            database: None,
        };
        book.clone().issue(issued("first", 900));
        book.issue(issued("second", 3600));
        let at = |seconds: i64| {
            let now = start + Duration::seconds(seconds);
            let held = book.of("IAMA:alice:analysts", now);
            held.iter().map(|issued| (issued.password.expose().clone(), issued.has_expired(now))).collect::<Vec<_>>()
        };
        let first = |expired: bool| ("first".to_owned(), expired);
        let second = |expired: bool| ("second".to_owned(), expired);
        assert_eq!(at(899), [first(false), second(false)]);
        assert_eq!(at(900), [first(true), second(false)]);
        assert_eq!(at(900 + 86_400), [second(true)]);
        assert!(book.of("alice", start).is_empty());
        assert!(is_temporary("IAMR:loader") && !is_temporary("alice"));
    }
}
