//! Redshift's functions, types and catalogues as SQL: `migrations/double/`, embedded, and installed once a database.
//!
//! They go into `pg_catalog`, as on Redshift: they are found whatever the search path is, and no comparison or dump of a
//! database sees them. What they need besides is in the schema `pg_double`, which is left out for its `pg_` as well. Its
//! comment is the version that is installed, so that asking costs one row and no error.

use refinery::embed_migrations;

use crate::own_schema;
use crate::ports::{Author, Batch, DbError, DbErrorKind, Outcome, Session};

embed_migrations!("migrations/double");

/// The schema of what is the double's own.
const SCHEMA: &str = "pg_double";

/// Answers the installed version, and whether the user may install another. Nothing if there is no library.
const QUESTION: &str = "select pg_catalog.obj_description(n.oid, 'pg_namespace'), \
     pg_catalog.current_setting('is_superuser') from (select 1) one \
     left join pg_catalog.pg_namespace n on n.nspname = 'pg_double'";

/// Keeps two installations apart: the key of an advisory lock, `vesto` and `lib` as ASCII.
const LOCK: &str = "select pg_catalog.pg_advisory_xact_lock(33322962131151202)";

/// What is known of the library in the session's database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Library {
    /// Not asked yet.
    Unknown,
    /// Not there, or of an older version.
    Missing {
        /// Whether the user may install it.
        superuser: bool,
    },
    /// This version or a newer one.
    Ready,
}

/// The question whether the library is there, and the one of [`super::external::Presence`], as a message of its own.
pub(super) fn question() -> Batch {
    let mut batch = Batch::default();
    batch.own(QUESTION).exact(super::external::QUESTION);
    batch
}

/// Reads the answer to [`question`].
pub(super) fn answer(outcomes: &[Outcome]) -> Library {
    let row = outcomes.first().and_then(|outcome| outcome.rows.as_ref()?.rows.first());
    let cell = |at: usize| row.and_then(|row| row.get(at)?.as_deref());
    match cell(0).and_then(|version| version.parse::<i32>().ok()) {
        Some(installed) if installed >= version() => Library::Ready,
        _ => Library::Missing { superuser: cell(1) == Some("on") },
    }
}

/// The version that this vesto carries.
fn version() -> i32 {
    migrations::runner().get_migrations().iter().map(refinery::Migration::version).max().unwrap_or_default()
}

/// Whether a message can be carried out without the library: all of it is vesto's own, and no transaction stays open in
/// which the library would have to be installed later.
pub(super) fn is_needless_for(batch: &Batch, stays_open: bool) -> bool {
    !stays_open && batch.pieces.iter().all(|piece| piece.author != Author::User)
}

/// Installs what is missing, in a transaction of its own. Whoever comes second waits and finds it done.
///
/// # Errors
///
/// Fails if the server refuses, and then nothing of it stays.
pub(super) async fn install(session: &mut dyn Session) -> Result<(), DbError> {
    let result = install_locked(session).await;
    if result.is_err() {
        let mut batch = Batch::default();
        batch.own("rollback");
        // If this fails too, the connection is gone and the server rolls back by itself.
        let _ = session.run(&batch).await;
    }
    result
}

async fn install_locked(session: &mut dyn Session) -> Result<(), DbError> {
    let mut batch = Batch::default();
    batch.own("begin").own(LOCK).own("set local search_path = pg_catalog").own("set local check_function_bodies = off");
    batch.own("set local client_min_messages = warning").own("set local allow_system_table_mods = on");
    session.run(&batch).await.map_err(|error| error.error)?;
    // A newer vesto may have been here; what it added is in nobody's way.
    let runner = || migrations::runner().set_abort_missing(false);
    let missing = own_schema::missing(session, SCHEMA, runner).await.map_err(refused)?;
    let mut batch = Batch { pieces: missing.pieces };
    if !batch.pieces.is_empty() {
        batch.own(format!("comment on schema {SCHEMA} is '{}'", version()));
    }
    batch.own("commit");
    session.run(&batch).await.map(drop).map_err(|error| error.error)
}

fn refused(error: refinery::Error) -> DbError {
    let message = format!("cannot install the double's library of Redshift's functions: {error}");
    DbError { source: Some(Box::new(error)), ..DbError::new(DbErrorKind::Unsupported, message) }
}

/// Why the double cannot work for a user who may not install its library.
pub(super) fn no_superuser() -> DbError {
    let message =
        "the double's library of Redshift's functions is not in this database, and only a superuser can install it";
    DbError {
        code: Some("42501".to_owned()),
        hint: Some("log in as a superuser the first time that a database is used (`prove` makes a new one each time), or use the local target".to_owned()),
        ..DbError::new(DbErrorKind::Unsupported, message)
    }
}
