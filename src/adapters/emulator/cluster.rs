//! One cluster: a PostgreSQL server that plays Redshift, its users and its temporary passwords.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::sync::Mutex;

use crate::adapters::local_server::ServerAddress;
use crate::double::{Double, ExternalNews};
use crate::emulate::credentials::{Credentials, Issued, is_temporary};
use crate::emulate::login::{self, Proof};
use crate::emulate::refusal::Refusal;
use crate::ports::{Address, Batch, Connect, DbError, DbErrorKind, Endpoint, Session, Store, TlsMode};
use crate::project::settings::DoubleMode;
use crate::sql::{Dialect, quote_identifier, quote_literal};
use crate::text::Secret;

/// The database that everything is asked in that concerns the whole server.
const MAINTENANCE: &str = "postgres";

/// How long the server may take to let somebody in.
const PATIENCE: Duration = Duration::from_secs(10);

/// The user that may do everything, as the cluster was made with.
#[derive(Clone, Debug)]
pub struct Master {
    /// Its name.
    pub name: String,
    /// Its password; without one it is let in unasked.
    pub password: Option<Secret<String>>,
}

/// What a cluster is made of.
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// Where its PostgreSQL listens.
    pub server: ServerAddress,
    /// Its first user.
    pub master: Master,
    /// Its first database.
    pub database: String,
    /// Passwords for a time.
    pub credentials: Credentials,
    /// Opens sessions of the emulator's own.
    pub connect: Arc<dyn Connect>,
    /// Where COPY and UNLOAD find their buckets.
    pub store: Arc<dyn Store>,
    /// What becomes of statements that the double has nothing like.
    pub mode: DoubleMode,
    /// What its sessions tell each other of external tables.
    pub news: ExternalNews,
    /// The longest time for a statement.
    pub statement_timeout: Option<Duration>,
}

/// How many sessions of a user are in a group only for their time.
pub(super) type Guests = Mutex<HashMap<(String, String), usize>>;

/// What has to be known of a user before it is let in.
pub(super) struct Candidate {
    pub(super) proof: Proof,
    /// What each of the passwords of the proof was issued for; empty for a password of the user's own.
    issued: Vec<Issued>,
}

/// A user that was let in.
pub(super) struct Admitted {
    /// The user of the database.
    pub(super) user: String,
    /// Groups that it is in for this session only.
    pub(super) groups: Vec<String>,
}

impl Cluster {
    /// Makes the first user and the first database, and puts Redshift's library into all databases and into the template
    /// of those to come.
    ///
    /// # Errors
    ///
    /// Fails if the server refuses.
    pub async fn prepare(&self) -> Result<(), DbError> {
        self.add_library("template1").await?;
        // As on Redshift: everybody may make tables in `public`. Databases to come have it from here.
        let mut template = self.own_session("template1").await?;
        run(template.as_mut(), "grant create on schema public to public".to_owned()).await?;
        // Nobody may be in a template that is copied.
        drop(template);
        let mut session = self.own_session(MAINTENANCE).await?;
        let (user, database) = (quote_identifier(&self.master.name), quote_identifier(&self.database));
        let mut batch = Batch::default();
        if !exists(session.as_mut(), "pg_authid where rolname", &self.master.name).await? {
            batch.own(format!("create role {user} superuser createdb createrole login"));
        }
        if !exists(session.as_mut(), "pg_database where datname", &self.database).await? {
            batch.own(format!("create database {database} owner {user}"));
        }
        for piece in batch.pieces {
            // A database cannot be made beside other statements.
            run(session.as_mut(), piece.sql).await?;
        }
        let databases = "select datname from pg_database where datallowconn and not datistemplate";
        for database in first_column(session.as_mut(), databases).await? {
            self.add_library(&database).await?;
        }
        Ok(())
    }

    /// The library comes with the first statement of a superuser.
    async fn add_library(&self, database: &str) -> Result<(), DbError> {
        let session = self.own_session(database).await?;
        let mut double = self.double(session);
        let mut batch = Batch::default();
        batch.user("select 1");
        double.run(&batch).await.map(drop).map_err(|failed| failed.error)
    }

    /// A session in Redshift's SQL around one of the server.
    pub(super) fn double(&self, session: Box<dyn Session>) -> Double {
        Double::new(session, self.store.clone(), self.mode).hearing(&self.news)
    }

    async fn own_session(&self, database: &str) -> Result<Box<dyn Session>, DbError> {
        self.session_as(&self.server.superuser, database).await
    }

    async fn session_as(&self, user: &str, database: &str) -> Result<Box<dyn Session>, DbError> {
        let endpoint = Endpoint {
            address: Address::Socket { directory: self.server.socket_directory.clone(), port: self.server.port },
            database: database.to_owned(),
            user: user.to_owned(),
            password: None,
            host_address: None,
            route: None,
            tls: TlsMode::Disable,
            root_certificates: None,
            connect_timeout: PATIENCE,
        };
        self.connect.connect(&endpoint).await
    }

    /// Opens a session in Redshift's SQL for a user whom somebody else has let in, such as the Data API. `create` says
    /// whether the user is made if there is none.
    ///
    /// # Errors
    ///
    /// Fails as a log-in does: no such user, no such database.
    pub async fn session_of(&self, database: &str, user: &str, create: bool) -> Result<Box<dyn Session>, DbError> {
        let refused = |message: String| DbError::new(DbErrorKind::Login, message);
        let mut own = self.own_session(MAINTENANCE).await?;
        let is_there = user != self.server.superuser && exists(own.as_mut(), "pg_authid where rolname", user).await?;
        if !is_there && !create {
            return Err(refused(format!("password authentication failed for user \"IAM:{user}\"")));
        }
        if !is_there {
            run(own.as_mut(), format!("create role {} login", quote_identifier(user))).await?;
        }
        if !exists(own.as_mut(), "pg_database where datallowconn and datname", database).await? {
            return Err(refused(format!("database \"{database}\" does not exist")));
        }
        let mut session = self.session_as(user, database).await?;
        run(session.as_mut(), "set password_encryption = 'md5'".to_owned()).await?;
        if let Some(timeout) = self.statement_timeout {
            run(session.as_mut(), format!("set statement_timeout = {}", timeout.as_millis())).await?;
        }
        Ok(Box::new(self.double(session)))
    }

    /// Looks up what proves that somebody is who the name says.
    pub(super) async fn candidate(&self, login: &str, database: &str) -> Result<Candidate, DbError> {
        if is_temporary(login) {
            let mut issued = self.credentials.of(login, OffsetDateTime::now_utc());
            issued.retain(|one| one.database.as_deref().is_none_or(|only| only == database));
            let proof = Proof::of_passwords(login, issued.iter().map(|one| &one.password));
            return Ok(Candidate { proof, issued });
        }
        let own = |proof| Candidate { proof, issued: Vec::new() };
        if login == self.master.name {
            let password = self.master.password.as_ref();
            return Ok(own(password.map_or(Proof::Trust, |password| Proof::of_passwords(login, [password]))));
        }
        let mut session = self.own_session(MAINTENANCE).await?;
        let name = quote_literal(login, Dialect::Postgres);
        let question = format!(
            "select rolpassword from pg_catalog.pg_authid where rolname = {name} and rolcanlogin \
             and rolname <> {} and (rolvaliduntil is null or rolvaliduntil > now()) and rolpassword is not null",
            quote_literal(&self.server.superuser, Dialect::Postgres),
        );
        let stored = first_column(session.as_mut(), &question).await?;
        Ok(own(stored.first().map_or(Proof::None, |stored| Proof::of_stored(stored))))
    }

    /// Lets in who has given the password of this number of the proof.
    pub(super) async fn admit(
        &self,
        login: &str,
        candidate: &Candidate,
        password: usize,
        guests: &Guests,
    ) -> Result<Result<Admitted, Refusal>, DbError> {
        let Some(issued) = candidate.issued.get(password) else {
            return Ok(Ok(Admitted { user: login.to_owned(), groups: Vec::new() }));
        };
        if issued.has_expired(OffsetDateTime::now_utc()) {
            return Ok(Err(login::expired()));
        }
        let mut session = self.own_session(MAINTENANCE).await?;
        let user = &issued.database_user;
        if !exists(session.as_mut(), "pg_authid where rolname", user).await? {
            if !issued.creates_user {
                return Ok(Err(login::refused(login)));
            }
            run(session.as_mut(), format!("create role {} login", quote_identifier(user))).await?;
        }
        let mut groups = Vec::new();
        for group in &issued.groups {
            if joins(session.as_mut(), user, group, guests).await? {
                groups.push(group.clone());
            }
        }
        Ok(Ok(Admitted { user: user.clone(), groups }))
    }

    /// Takes a user out of the groups that it was in for a session, unless it has another one.
    pub(super) async fn dismiss(&self, admitted: &Admitted, guests: &Guests) -> Result<(), DbError> {
        for group in &admitted.groups {
            let mut guests = guests.lock().await;
            let guest = (admitted.user.clone(), group.clone());
            match guests.get_mut(&guest) {
                Some(sessions) if *sessions > 1 => *sessions -= 1,
                _ => {
                    guests.remove(&guest);
                    let mut session = self.own_session(MAINTENANCE).await?;
                    let (group, user) = (quote_identifier(group), quote_identifier(&admitted.user));
                    run(session.as_mut(), format!("revoke {group} from {user}")).await?;
                }
            }
        }
        Ok(())
    }

    /// The socket of its PostgreSQL.
    pub(super) fn socket(&self) -> PathBuf {
        self.server.socket_directory.join(format!(".s.PGSQL.{}", self.server.port))
    }

    /// Opens a connection to its PostgreSQL with this first message.
    pub(super) async fn connect(&self, first: &[u8]) -> io::Result<UnixStream> {
        let mut stream = UnixStream::connect(self.socket()).await?;
        stream.write_all(first).await?;
        Ok(stream)
    }

    /// Settings that every session begins with, as options of a command line.
    pub(super) fn options(&self) -> String {
        // Old drivers answer a question for an MD5 hash only, and it can be checked against nothing else.
        let mut options = "-c password_encryption=md5".to_owned();
        let major = self.server.version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        if major.is_some_and(|major| major >= 18) {
            options.push_str(" -c md5_password_warnings=off");
        }
        if let Some(timeout) = self.statement_timeout {
            options.push_str(&format!(" -c statement_timeout={}", timeout.as_millis()));
        }
        options
    }
}

/// Puts a user into a group for one more session; false if it is in it anyway.
async fn joins(session: &mut dyn Session, user: &str, group: &str, guests: &Guests) -> Result<bool, DbError> {
    let mut guests = guests.lock().await;
    if let Some(sessions) = guests.get_mut(&(user.to_owned(), group.to_owned())) {
        *sessions += 1;
        return Ok(true);
    }
    let name = |name: &str| quote_literal(&quote_identifier(name), Dialect::Postgres);
    let member = format!(
        "select 1 from pg_catalog.pg_auth_members where roleid = to_regrole({})::oid and member = to_regrole({})::oid",
        name(group),
        name(user),
    );
    if !first_column(session, &member).await?.is_empty() {
        return Ok(false);
    }
    run(session, format!("grant {} to {}", quote_identifier(group), quote_identifier(user))).await?;
    guests.insert((user.to_owned(), group.to_owned()), 1);
    Ok(true)
}

async fn exists(session: &mut dyn Session, place: &str, name: &str) -> Result<bool, DbError> {
    let question = format!("select 1 from pg_catalog.{place} = {}", quote_literal(name, Dialect::Postgres));
    Ok(!first_column(session, &question).await?.is_empty())
}

async fn run(session: &mut dyn Session, sql: String) -> Result<(), DbError> {
    let mut batch = Batch::default();
    batch.own(sql);
    match session.run(&batch).await {
        // Two first log-ins of one user at once: the other was faster.
        Err(failed) if failed.error.has_code("42710") || failed.error.has_code("23505") => Ok(()),
        result => result.map(drop).map_err(|failed| failed.error),
    }
}

async fn first_column(session: &mut dyn Session, question: &str) -> Result<Vec<String>, DbError> {
    let mut batch = Batch::default();
    batch.own(question);
    let answered = session.run(&batch).await.map_err(|failed| failed.error)?;
    let rows = answered.into_iter().next().and_then(|outcome| outcome.rows);
    let rows = rows.ok_or_else(|| DbError::new(DbErrorKind::Lost, "the server did not answer"))?.rows;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}
