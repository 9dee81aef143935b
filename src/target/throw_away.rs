//! A database of its own on a target's server, for work that must not touch the target's, dropped again at the end.
//!
//! Whoever makes one holds an advisory lock that is named after it, so that the next run knows which databases a killed
//! one left behind, and clears them away. Those of other users are left alone. Redshift has no such locks: there the
//! server's time, which is in the name, must be a day ago.

use std::sync::Arc;

use crate::ports::{Batch, DbError, LocalAddress, LocalServer, LocalServerError};
use crate::project::TargetSpec;
use crate::project::settings::TargetPlace;
use crate::sql::{Dialect, quote_identifier, quote_literal};

use super::{Lease, SessionOptions, Surroundings, TargetError, open};

/// How the names of such databases begin. Fourteen digits of the time follow, `_`, and what tells two of one second apart.
const PREFIX: &str = "vesto_prove_";

/// The form of the time in a name.
const TIME: &str = "YYYYMMDDHH24MISS";

/// The first half of the keys of the advisory locks; the second is the hash of the name.
const LOCKS: i32 = 0x7665_7374;

/// A database that is there until [`ThrowAway::close`].
pub struct ThrowAway {
    name: String,
    /// A session on a database that stays, which holds the lock that says that somebody is at work.
    beside: Lease,
    spec: TargetSpec,
    options: SessionOptions,
    surroundings: Surroundings,
    /// The local server that was started for it.
    local: Option<Arc<dyn LocalServer>>,
    share: Share,
}

/// What of a local server goes with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// The database only: others use the server.
    Database,
    /// The whole server, with its roles: it is there for nothing else.
    Server,
}

impl ThrowAway {
    /// Makes an empty database on the target's server. `options` are those of its sessions, and `mark` tells its name
    /// from others of the same second. `share` says what may be deleted of a local server.
    ///
    /// # Errors
    ///
    /// Fails if the server cannot be reached or the user may not create a database.
    pub async fn make(
        spec: &TargetSpec,
        options: SessionOptions,
        surroundings: &Surroundings,
        share: Share,
        mark: &str,
    ) -> Result<Self, TargetError> {
        let mut surroundings = surroundings.clone();
        let mut local = None;
        if let TargetPlace::Local { .. } = spec.place {
            let server = surroundings.local.clone();
            if share == Share::Server {
                // A killed run may have left it.
                server.discard()?;
            }
            surroundings.local = Arc::new(Borrowed(server.acquire()?));
            local = Some(server);
        }
        match Self::make_on(spec, options, surroundings, mark).await {
            Ok(made) => Ok(Self { local, share, ..made }),
            Err(error) => {
                // The first error is the one to tell.
                let _ = local.map_or(Ok(()), |local| local.release());
                Err(error)
            }
        }
    }

    async fn make_on(
        spec: &TargetSpec,
        options: SessionOptions,
        surroundings: Surroundings,
        mark: &str,
    ) -> Result<Self, TargetError> {
        let beside = open_beside(spec, &surroundings).await?;
        // The way in that this session has opened is there for the others too.
        let (name, spec, share) = (String::new(), spec.without_ingress(), Share::Database);
        let mut made = Self { name, beside, spec, options, surroundings, local: None, share };
        made.create(mark).await?;
        Ok(made)
    }

    /// Opens a session on the database, as [`open`] opens one on the target.
    ///
    /// # Errors
    ///
    /// Fails if the server refuses.
    pub async fn open(&self) -> Result<Lease, TargetError> {
        open(&self.spec.with_database(&self.name), self.options, &self.surroundings).await
    }

    /// Drops the database, with what is in it and whoever uses it, and makes an empty one.
    ///
    /// # Errors
    ///
    /// Fails if the server refuses.
    pub async fn renew(&mut self, mark: &str) -> Result<(), TargetError> {
        match &self.local {
            Some(server) if self.share == Share::Server => {
                server.discard()?;
                self.surroundings.local = Arc::new(Borrowed(server.acquire()?));
                self.beside = open_beside(&self.spec, &self.surroundings).await?;
            }
            _ => self.discard(&self.name.clone()).await?,
        }
        self.create(mark).await
    }

    /// Drops the database and gives the local server back.
    ///
    /// # Errors
    ///
    /// Tells the name of the database, if it could not be dropped: the next run tries again.
    pub async fn close(mut self) -> Result<(), TargetError> {
        if let Some(server) = self.local.take_if(|_| self.share == Share::Server) {
            self.beside.close().await?;
            return Ok(server.discard()?);
        }
        let dropped = self.discard(&self.name.clone()).await.map_err(|error| left_behind(&self.name, error));
        self.beside.close().await?;
        self.local.map_or(Ok(()), |local| local.release())?;
        Ok(dropped?)
    }

    async fn create(&mut self, mark: &str) -> Result<(), TargetError> {
        let engine = self.beside.engine;
        let mut batch = Batch::default();
        batch.own(format!("select to_char({}, '{TIME}')", now(engine))).own(leftovers(engine));
        let answers = self.beside.session.run(&batch).await.map_err(|error| error.error)?;
        let mut cells = answers.iter().map(|answer| {
            let rows = answer.rows.iter().flat_map(|rows| &rows.rows);
            rows.filter_map(|row| row.first()?.clone()).collect::<Vec<String>>()
        });
        let time = cells.next().unwrap_or_default().concat();
        for name in cells.next().unwrap_or_default() {
            // It may be in use after all, and then the server refuses.
            let _ = self.drop_database(&name).await;
        }
        let name = format!("{PREFIX}{time}_{mark}");
        if engine == Dialect::Postgres {
            // Before the database is there, so that nobody sees it without. Shared, so that nobody waits for it.
            let mut batch = Batch::default();
            batch.own(format!(
                "select pg_advisory_lock_shared({LOCKS}, hashtext({}))",
                quote_literal(&name, Dialect::Postgres)
            ));
            self.beside.session.run(&batch).await.map_err(|error| error.error)?;
        }
        let template = if engine == Dialect::Postgres { " template template0" } else { "" };
        let mut batch = Batch::default();
        batch.own(format!("create database {}{template}", quote_identifier(&name)));
        self.beside.session.run(&batch).await.map_err(|error| not_created(error.error))?;
        self.name = name;
        Ok(())
    }

    /// Drops a database of this run's own, whoever uses it.
    async fn discard(&mut self, name: &str) -> Result<(), DbError> {
        if self.beside.engine == Dialect::Postgres {
            let mut batch = Batch::default();
            batch.own(format!(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = {} \
                 and usename = session_user and pid <> pg_backend_pid()",
                quote_literal(name, Dialect::Postgres)
            ));
            self.beside.session.run(&batch).await.map_err(|error| error.error)?;
        }
        self.drop_database(name).await
    }

    async fn drop_database(&mut self, name: &str) -> Result<(), DbError> {
        let verb = match self.beside.engine {
            Dialect::Postgres => "drop database if exists",
            Dialect::Redshift => "drop database",
        };
        // A database cannot be dropped in a message with anything else: that would be a transaction.
        let mut batch = Batch::default();
        batch.own(format!("{verb} {}", quote_identifier(name)));
        self.beside.session.run(&batch).await.map(drop).map_err(|error| error.error)
    }
}

/// A session on the target's server that is not on the throw-away database.
async fn open_beside(spec: &TargetSpec, surroundings: &Surroundings) -> Result<Lease, TargetError> {
    let beside = match spec.place {
        TargetPlace::Local { .. } => spec.with_database("postgres"),
        _ => spec.clone(),
    };
    // What the target wants of its sessions concerns the user's statements.
    let beside = TargetSpec { statement_timeout: None, search_path: Vec::new(), ..beside };
    open(&beside, SessionOptions::default(), surroundings).await
}

/// The server's time in UTC.
fn now(engine: Dialect) -> &'static str {
    match engine {
        Dialect::Postgres => "clock_timestamp() at time zone 'UTC'",
        Dialect::Redshift => "getdate()",
    }
}

/// Databases of runs that are gone, and the user's to drop: nobody holds their lock, whichever database that is held from,
/// and nobody is connected to them. Redshift does not tell everybody who is connected, so there they must be old.
fn leftovers(engine: Dialect) -> String {
    let length = PREFIX.len();
    let of_runs = format!("select datname from pg_database d where left(datname, {length}) = '{PREFIX}'");
    let time = format!("substring(datname, {}, {})", length + 1, "YYYYMMDDHHMMSS".len());
    match engine {
        Dialect::Postgres => format!(
            // A key of two halves has 2 in `objsubid` (PG view-pg-locks).
            "{of_runs} and {time} ~ '^[0-9]+$' and pg_has_role(d.datdba, 'MEMBER') \
             and not exists (select 1 from pg_locks l where l.locktype = 'advisory' and l.classid = {LOCKS}::oid \
             and l.objid = hashtext(d.datname)::oid and l.objsubid = 2) \
             and not exists (select 1 from pg_stat_activity a where a.datname = d.datname)"
        ),
        Dialect::Redshift => format!("{of_runs} and {time} < to_char(dateadd(day, -1, {}), '{TIME}')", now(engine)),
    }
}

fn not_created(error: DbError) -> DbError {
    // insufficient_privilege
    if !error.has_code("42501") {
        return error;
    }
    let hint = "let an administrator run `alter role NAME createdb`, or work on a server of your own with \
        `--target local`";
    let message = format!("a database to work in could not be created: {}", error.message);
    DbError { message, hint: Some(hint.to_owned()), ..error }
}

fn left_behind(name: &str, error: DbError) -> DbError {
    let hint = format!("drop the database {name} by hand, or leave that to the next run");
    DbError { message: format!("{name} is left behind: {}", error.message), hint: Some(hint), ..error }
}

/// A server that somebody else started and gives back.
struct Borrowed(LocalAddress);

impl LocalServer for Borrowed {
    fn acquire(&self) -> Result<LocalAddress, LocalServerError> {
        Ok(self.0.clone())
    }

    fn release(&self) -> Result<(), LocalServerError> {
        Ok(())
    }

    fn discard(&self) -> Result<(), LocalServerError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_what_looks_for_leftovers() {
        let name = format!("{PREFIX}20261121053000_0a1b2c3d");
        assert!(name.len() <= 63);
        for engine in [Dialect::Postgres, Dialect::Redshift] {
            let sql = leftovers(engine);
            assert!(sql.contains("left(datname, 12) = 'vesto_prove_'"), "{sql}");
            assert!(sql.contains("substring(datname, 13, 14)"), "{sql}");
        }
        assert_eq!(&name[12..26], "20261121053000");
    }

    #[test]
    fn a_refusal_of_the_right_to_create_has_a_cure() {
        let refused = DbError {
            code: Some("42501".into()),
            ..DbError::new(crate::ports::DbErrorKind::Statement, "permission denied to create database")
        };
        let told = not_created(refused);
        assert!(told.message.ends_with("permission denied to create database"));
        assert!(told.hint.is_some_and(|hint| hint.contains("createdb")));
    }
}
