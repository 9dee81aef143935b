//! Opening a target: from what `vesto.ini` says to a session, and back to how things were.

mod aside;
mod ephemeral;
mod identity;
mod ingress;
mod inspection;
mod login;
mod masked;
mod opener;
mod own_cluster;
mod redshift;
mod redshift_host;
mod throw_away;
mod url;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::double::Double;
use crate::ports::{
    Address, Batch, Cloud, CloudError, Connect, DbError, DbErrorKind, Endpoint, Interrupt, LocalServer,
    LocalServerError, Session, Store, TlsMode,
};
use crate::project::TargetSpec;
use crate::project::settings::{Cluster, DoubleMode, TargetKind, TargetPlace};
use crate::sql::{Dialect, quote_identifier, quote_literal};
use crate::text::Secret;

use ephemeral::{MadeCluster, until_reachable};
use ingress::OpenedIngress;
use masked::Masked;
use opener::Access;
use redshift::Found;

pub use ephemeral::{await_created, create_cluster};
pub use ingress::own_address_service;
pub use inspection::Inspection;
pub use login::LoginError;
pub use opener::Opener;
pub use own_cluster::{OwnCluster, expired_clusters};
pub use throw_away::{Share, ThrowAway};

/// How long a connection may take unless the target says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a run keeps a lock that does not end with its session, unless the target says otherwise.
const LOCK_TERM: Duration = Duration::from_secs(60);

/// The schema of the ledger.
const LEDGER_SCHEMA: &str = "vesto";

/// Looks a password up again that is kept elsewhere; nothing if it cannot be had. It may wait for AWS.
pub type PasswordAgain = dyn Fn() -> Option<Secret<String>> + Send + Sync;

/// What opening a target may use.
#[derive(Clone)]
pub struct Surroundings {
    /// Opens sessions.
    pub connect: Arc<dyn Connect>,
    /// The project's own server.
    pub local: Arc<dyn LocalServer>,
    /// Finds clusters and gives temporary passwords.
    pub cloud: Arc<dyn Cloud>,
    /// Gives the password as it is now, if it is kept where others may change it.
    pub password_again: Option<Arc<PasswordAgain>>,
    /// The id of the run that opens it.
    pub run: String,
    /// Hears what happens beside the work.
    pub tell: Arc<dyn Fn(Notice<'_>) + Send + Sync>,
    /// Objects that COPY reads when the double runs it.
    pub store: Arc<dyn Store>,
    /// Environment variables: `PG*` fill in what a target leaves out.
    pub environment: BTreeMap<String, String>,
    /// Text of the password file, if there is one that only its owner can read.
    pub password_file: Option<String>,
    /// Values in SQL that no message may show.
    pub secrets: Vec<Secret<String>>,
    /// Where the wish to stop is heard.
    pub interrupt: Interrupt,
    /// Folder of the project: relative paths of the settings start there.
    pub project: PathBuf,
}

/// What a person who waits for a target wants to hear.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// What is waited for.
    Waiting(&'a str),
    /// What is good to know.
    Remark(&'a str),
    /// What was not deleted, and how to delete it.
    Left(&'a CloudError),
}

/// What a command needs of the session beyond the target's own settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionOptions {
    /// Longest time for one statement; wins over the target's.
    pub statement_timeout: Option<Duration>,
}

/// Why a target could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Login data are missing or make no sense.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The local server did not start.
    #[error(transparent)]
    LocalServer(#[from] LocalServerError),
    /// The server is not there or refuses.
    #[error(transparent)]
    Database(#[from] DbError),
    /// AWS does not find it, does not allow it, or is not there.
    #[error(transparent)]
    Cloud(#[from] CloudError),
}

/// An opened target. [`Lease::close`] undoes what opening did.
pub struct Lease {
    /// The session.
    pub session: Box<dyn Session>,
    /// Dialect of the changes.
    pub dialect: Dialect,
    /// Dialect of the server itself: PostgreSQL for the double.
    pub engine: Dialect,
    /// `double` if a PostgreSQL answers for Redshift, else `real`.
    pub server: &'static str,
    /// Whether somebody asked to stop.
    pub interrupt: Interrupt,
    /// What sort of target it is.
    pub kind: TargetKind,
    /// Where it was connected to; nothing for the project's own server.
    pub address: Option<Address>,
    /// Opens further sessions beside this one.
    pub opener: Opener,
    /// What makes a session of the server one of the target.
    fittings: Fittings,
    /// How long a run that says nothing more keeps the lock, where the lock does not end with the session.
    pub lock_term: Duration,
    local: Option<Arc<dyn LocalServer>>,
    /// The way in that was opened for it, closed at the latest when it is dropped.
    ingress: Option<OpenedIngress>,
    /// The cluster that was made for it, deleted at the latest when it is dropped.
    made: Option<MadeCluster>,
}

/// What a session of a target has that the server does not give it.
#[derive(Clone, Default)]
struct Fittings {
    /// Where the double reads data; none for a server that is the target itself.
    double: Option<(Arc<dyn Store>, DoubleMode)>,
    secrets: Vec<Secret<String>>,
    settings: Batch,
}

impl Fittings {
    async fn fit(&self, mut session: Box<dyn Session>) -> Result<Box<dyn Session>, DbError> {
        if let Some((store, mode)) = &self.double {
            session = Box::new(Double::new(session, store.clone(), *mode));
        }
        if !self.secrets.is_empty() {
            session = Box::new(Masked::new(session, &self.secrets));
        }
        if !self.settings.pieces.is_empty() {
            session.run(&self.settings).await.map_err(|error| error.error)?;
        }
        Ok(session)
    }
}

impl Lease {
    /// Opens the session anew after its connection was lost. What the old one still does on the server is not known.
    ///
    /// # Errors
    ///
    /// Fails if the server cannot be reached or refuses.
    pub async fn reconnect(&mut self) -> Result<(), DbError> {
        let session = self.opener.connect().await?;
        self.interrupt.watch(session.canceller());
        self.session = self.fittings.fit(session).await?;
        Ok(())
    }

    /// What opening has set for the session.
    pub fn settings(&self) -> &Batch {
        &self.fittings.settings
    }

    /// Ends the session, gives the local server back, deletes a cluster that was made for it and closes the way in.
    ///
    /// # Errors
    ///
    /// Tells what is left.
    pub async fn close(mut self) -> Result<(), TargetError> {
        self.session.close().await;
        drop(self.session);
        if let Some(local) = self.local {
            local.release()?;
        }
        // Of the two, a way in that is left open after a cluster that is left is told when it is dropped.
        self.made.map_or(Ok(()), MadeCluster::delete)?;
        Ok(self.ingress.map_or(Ok(()), OpenedIngress::close)?)
    }
}

/// Opens a target.
pub async fn open(
    spec: &TargetSpec,
    options: SessionOptions,
    surroundings: &Surroundings,
) -> Result<Lease, TargetError> {
    let mut user = None;
    let connect_timeout = spec.connect_timeout.unwrap_or(CONNECT_TIMEOUT);
    let mut lease = match &spec.place {
        TargetPlace::Local { database } => open_local(database.as_deref(), surroundings).await?,
        TargetPlace::Postgres(login) => {
            let endpoint = login::postgres(login, connect_timeout, surroundings)?;
            user = Some(endpoint.user.clone());
            remote(Found { endpoint, access: Access::Given }, Dialect::Postgres, surroundings).await?
        }
        TargetPlace::Redshift(cluster) => {
            let found = redshift::find_cluster(cluster, connect_timeout, surroundings).await?;
            let (account, name) = redshift::named(cluster, &found.endpoint);
            let settings = &cluster.ingress;
            let ingress = ingress::open(settings, account, name.as_deref(), &found.endpoint, surroundings).await?;
            Lease { ingress, ..remote(found, Dialect::Redshift, surroundings).await? }
        }
        TargetPlace::Serverless(workgroup) => {
            let found = redshift::find_workgroup(workgroup, connect_timeout, surroundings).await?;
            remote(found, Dialect::Redshift, surroundings).await?
        }
        TargetPlace::Ephemeral(settings) => {
            let (made, found) = ephemeral::make(settings, connect_timeout, surroundings).await?;
            let Cluster { ingress, account, .. } = &settings.cluster;
            let (account, name) = (account.clone(), Some(made.identifier()));
            let ingress = ingress::open(ingress, account, name, &found.endpoint, surroundings).await?;
            let lease =
                until_reachable(|| remote(found.clone(), Dialect::Redshift, surroundings), surroundings).await?;
            Lease { ingress, made: Some(made), ..lease }
        }
    };
    lease.dialect = spec.dialect;
    lease.interrupt = surroundings.interrupt.clone();
    lease.interrupt.watch(lease.session.canceller());
    lease.kind = spec.place.kind();
    lease.lock_term = spec.lock_term.unwrap_or(LOCK_TERM);
    let is_double = spec.dialect == Dialect::Redshift && lease.engine == Dialect::Postgres;
    if is_double {
        lease.server = "double";
    }
    let mut settings = session_settings(spec, options, lease.engine);
    if spec.search_path.is_empty() && user.as_deref() == Some(LEDGER_SCHEMA) {
        // The server's default path begins with a schema of the user's name, and that is the ledger's.
        settings.own("set search_path = public");
    }
    let double = is_double.then(|| (surroundings.store.clone(), spec.double));
    lease.fittings = Fittings { double, secrets: surroundings.secrets.clone(), settings };
    lease.session = lease.fittings.fit(lease.session).await?;
    Ok(lease)
}

async fn remote(found: Found, engine: Dialect, surroundings: &Surroundings) -> Result<Lease, TargetError> {
    let opener = Opener::new(&found.endpoint, found.access, surroundings);
    Ok(Lease {
        session: opener.connect().await?,
        dialect: engine,
        engine,
        server: "real",
        interrupt: Interrupt::default(),
        kind: TargetKind::Postgres,
        address: Some(found.endpoint.address),
        opener,
        fittings: Fittings::default(),
        lock_term: LOCK_TERM,
        local: None,
        ingress: None,
        made: None,
    })
}

async fn open_local(database: Option<&str>, surroundings: &Surroundings) -> Result<Lease, TargetError> {
    let address = surroundings.local.acquire()?;
    let endpoint = Endpoint {
        address: Address::Socket { directory: address.socket_directory, port: address.port },
        database: database.unwrap_or("dev").to_owned(),
        user: address.superuser,
        password: None,
        host_address: None,
        route: None,
        tls: TlsMode::Disable,
        root_certificates: None,
        connect_timeout: CONNECT_TIMEOUT,
    };
    match connect_or_create(&endpoint, surroundings).await {
        Ok(session) => Ok(Lease {
            session,
            dialect: Dialect::Redshift,
            engine: Dialect::Postgres,
            server: "real",
            interrupt: Interrupt::default(),
            kind: TargetKind::Local,
            address: None,
            opener: Opener::new(&endpoint, Access::Given, surroundings),
            fittings: Fittings::default(),
            lock_term: LOCK_TERM,
            local: Some(surroundings.local.clone()),
            ingress: None,
            made: None,
        }),
        Err(error) => {
            // The first error is the one to tell.
            let _ = surroundings.local.release();
            Err(error.into())
        }
    }
}

/// Connects to a database of the local server, which is made when it is first asked for.
async fn connect_or_create(endpoint: &Endpoint, surroundings: &Surroundings) -> Result<Box<dyn Session>, DbError> {
    let missing = match surroundings.connect.connect(endpoint).await {
        Err(error) if error.has_code("3D000") => error,
        result => return result,
    };
    let maintenance = Endpoint { database: "postgres".into(), ..endpoint.clone() };
    let mut session = surroundings.connect.connect(&maintenance).await?;
    let mut batch = Batch::default();
    batch.own(format!("create database {} template template0", quote_identifier(&endpoint.database)));
    match session.run(&batch).await {
        Ok(_) => {}
        // Two first commands at once: the other was faster.
        Err(error) if error.error.has_code("42P04") || error.error.has_code("23505") => {}
        Err(error) => {
            let message = format!("{missing}; it could not be created: {}", error.error);
            return Err(DbError::new(DbErrorKind::Login, message));
        }
    }
    surroundings.connect.connect(endpoint).await
}

/// The statements that prepare a session. None where the server's defaults are wanted: each costs a round trip.
fn session_settings(spec: &TargetSpec, options: SessionOptions, engine: Dialect) -> Batch {
    let mut batch = Batch::default();
    if let Some(timeout) = options.statement_timeout.or(spec.statement_timeout) {
        batch.own(format!("set statement_timeout = {}", timeout.as_millis()));
    }
    if !spec.search_path.is_empty() {
        let path: Vec<String> = spec.search_path.iter().map(|schema| quote_identifier(schema)).collect();
        batch.own(match engine {
            Dialect::Postgres => {
                format!("select set_config('search_path', {}, false)", quote_literal(&path.join(", "), engine))
            }
            Dialect::Redshift => format!("set search_path to {}", path.join(", ")),
        });
    }
    batch
}
