//! The clusters of the emulator as the API face makes, stops and copies them: a PostgreSQL and a port each.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::{AbortHandle, spawn_blocking};

use crate::adapters::emulator::{Cluster, Gate, Home, HomeError, Listening, Master};
use crate::adapters::local_server::ServerAddress;
use crate::double::ExternalNews;
use crate::emulate::api::{Clusters, Failure, Location, Login, NewCluster};
use crate::emulate::credentials::{Credentials, Issued};
use crate::ports::{Connect, DbError, DbErrorKind, Session, Store};
use crate::project::settings::DoubleMode;

/// What all clusters have in common.
pub struct Common {
    /// Their data and servers.
    pub home: Arc<Mutex<Home>>,
    /// What their clients have to pass.
    pub gate: Arc<Gate>,
    /// The address of this machine that they listen on.
    pub listen: IpAddr,
    /// Opens sessions of the emulator's own.
    pub connect: Arc<dyn Connect>,
    /// Where COPY and UNLOAD find their buckets.
    pub store: Arc<dyn Store>,
    /// What becomes of statements that the double has nothing like.
    pub mode: DoubleMode,
    /// The longest time for a statement.
    pub statement_timeout: Option<Duration>,
}

impl Common {
    /// A cluster on a server that runs.
    pub fn cluster(&self, name: String, server: ServerAddress, master: Master, database: String) -> Cluster {
        Cluster {
            name,
            server,
            master,
            database,
            credentials: Credentials::default(),
            news: ExternalNews::default(),
            connect: self.connect.clone(),
            store: self.store.clone(),
            mode: self.mode,
            statement_timeout: self.statement_timeout,
        }
    }
}

/// The clusters that there are.
pub struct Doubles {
    common: Common,
    known: Mutex<BTreeMap<String, Known>>,
    /// Who may do everything in the copy behind a snapshot.
    masters: Mutex<BTreeMap<String, Master>>,
}

#[derive(Clone)]
struct Known {
    cluster: Arc<Cluster>,
    address: SocketAddr,
    /// Ends the listener and all sessions that came by it; none while the cluster is stopped.
    serving: Option<AbortHandle>,
}

impl Doubles {
    /// No cluster yet.
    pub fn new(common: Common) -> Self {
        Self { common, known: Mutex::default(), masters: Mutex::default() }
    }

    /// Takes a cluster in that listens already.
    pub fn adopt(&self, cluster: Arc<Cluster>, address: SocketAddr, serving: AbortHandle) {
        let known = Known { cluster, address, serving: Some(serving) };
        lock(&self.known).insert(known.cluster.name.clone(), known);
    }

    fn find(&self, name: &str) -> Result<Known, Failure> {
        let missing = || Failure { message: format!("there is no cluster `{name}`"), source: None };
        lock(&self.known).get(name).cloned().ok_or_else(missing)
    }

    /// Does something to the servers, which takes its time.
    async fn at_home<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Home) -> Result<T, HomeError> + Send + 'static,
    ) -> Result<T, Failure> {
        let home = self.common.home.clone();
        let acted = spawn_blocking(move || act(&mut lock(&home))).await;
        let ended = |error| Failure { message: format!("{error}"), source: None };
        acted.map_err(ended)?.map_err(|error| Failure { message: error.to_string(), source: Some(Box::new(error)) })
    }

    /// Starts the server of a cluster, puts it behind a port, and takes it in.
    async fn open_to_clients(&self, new: &NewCluster, master: Master) -> Result<(), Failure> {
        let name = new.identifier.clone();
        let server = self.at_home(move |home| home.start(&name)).await?;
        let cluster = self.common.cluster(new.identifier.clone(), server, master, new.database.clone());
        cluster.prepare().await?;
        self.serve(Arc::new(cluster), new.port.unwrap_or_default()).await
    }

    async fn serve(&self, cluster: Arc<Cluster>, port: u16) -> Result<(), Failure> {
        let address = SocketAddr::new(self.common.listen, port);
        let refused = |error: std::io::Error| {
            let message = format!("the cluster `{}` cannot listen on {address}: {error}", cluster.name);
            Failure { message, source: Some(Box::new(error)) }
        };
        let listening = Listening::bind(address, cluster.clone(), self.common.gate.clone()).await.map_err(refused)?;
        let address = listening.address().map_err(refused)?;
        let serving = tokio::spawn(listening.serve());
        self.adopt(cluster, address, serving.abort_handle());
        Ok(())
    }

    /// Makes a cluster of data that are there, or of none; nothing stays of one that could not be made.
    async fn make_with(&self, new: &NewCluster, master: Master) -> Result<(), Failure> {
        let made = self.open_to_clients(new, master).await;
        if made.is_err() {
            let name = new.identifier.clone();
            // The first error is the one to tell.
            let _ = self.at_home(move |home| home.delete(&name)).await;
        }
        made
    }

    /// Refuses a name that data of an earlier run have.
    async fn check_free(&self, name: &str) -> Result<(), Failure> {
        let (name, looked_up) = (name.to_owned(), name.to_owned());
        if !self.at_home(move |home| Ok(home.holds(&looked_up))).await? {
            return Ok(());
        }
        let message = format!(
            "the folder of `--state` holds a cluster `{name}` of an earlier run: name it with `--cluster {name}=PORT`, or \
             delete it there"
        );
        Err(Failure { message, source: None })
    }

    /// Ends the listener and all sessions, and stops the server. Returns what was known.
    async fn close(&self, name: &str) -> Result<Known, Failure> {
        let known = self.find(name)?;
        if let Some(serving) = &known.serving {
            serving.abort();
        }
        lock(&self.known).insert(name.to_owned(), Known { serving: None, ..known.clone() });
        let cluster = name.to_owned();
        self.at_home(move |home| home.stop(&cluster)).await?;
        Ok(known)
    }

    async fn reopen(&self, known: &Known) -> Result<(), Failure> {
        let name = known.cluster.name.clone();
        self.at_home(move |home| home.start(&name)).await?;
        self.serve(known.cluster.clone(), known.address.port()).await
    }
}

/// The folder of the copy behind a snapshot `cluster/snapshot`. No cluster has a name with a dot.
fn folder(snapshot: &str) -> String {
    format!("snapshot.{}", snapshot.replace('/', "."))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Clusters for Doubles {
    async fn make(&self, cluster: &NewCluster) -> Result<(), Failure> {
        self.check_free(&cluster.identifier).await?;
        let master = Master { name: cluster.admin.clone(), password: cluster.password.clone() };
        self.make_with(cluster, master).await
    }

    async fn restore(&self, cluster: &NewCluster, snapshot: &str) -> Result<(), Failure> {
        self.check_free(&cluster.identifier).await?;
        let missing = || Failure { message: format!("there is no snapshot `{snapshot}`"), source: None };
        let master = lock(&self.masters).get(snapshot).cloned().ok_or_else(missing)?;
        let (from, to) = (folder(snapshot), cluster.identifier.clone());
        self.at_home(move |home| home.copy(&from, &to)).await?;
        self.make_with(cluster, master).await
    }

    async fn save(&self, cluster: &str, snapshot: &str) -> Result<(), Failure> {
        let known = self.close(cluster).await?;
        let (from, to) = (cluster.to_owned(), folder(snapshot));
        let saved = self.at_home(move |home| home.copy(&from, &to)).await;
        let reopened = if known.serving.is_some() { self.reopen(&known).await } else { Ok(()) };
        saved?;
        lock(&self.masters).insert(snapshot.to_owned(), known.cluster.master.clone());
        reopened
    }

    async fn forget(&self, snapshot: &str) -> Result<(), Failure> {
        let folder = folder(snapshot);
        self.at_home(move |home| home.delete(&folder)).await?;
        lock(&self.masters).remove(snapshot);
        Ok(())
    }

    async fn stop(&self, cluster: &str) -> Result<(), Failure> {
        self.close(cluster).await.map(drop)
    }

    async fn start(&self, cluster: &str) -> Result<(), Failure> {
        let known = self.find(cluster)?;
        self.reopen(&known).await
    }

    async fn delete(&self, cluster: &str) -> Result<(), Failure> {
        self.close(cluster).await?;
        let name = cluster.to_owned();
        self.at_home(move |home| home.delete(&name)).await?;
        lock(&self.known).remove(cluster);
        Ok(())
    }

    fn location(&self, cluster: &str) -> Option<Location> {
        let known = lock(&self.known);
        let address = known.get(cluster)?.address;
        Some(Location { host: address.ip().to_string(), port: address.port() })
    }

    async fn admit(&self, cluster: &str, issued: Issued) -> Result<(), Failure> {
        self.find(cluster)?.cluster.credentials.issue(issued);
        Ok(())
    }

    async fn open(&self, cluster: &str, database: &str, login: &Login) -> Result<Box<dyn Session>, DbError> {
        let found = self.find(cluster).map_err(|failure| DbError::new(DbErrorKind::Login, failure.message))?;
        match login {
            Login::Admin => found.cluster.session_of(database, &found.cluster.master.name, false).await,
            Login::User(user) => found.cluster.session_of(database, &user.name, user.create).await,
        }
    }
}
