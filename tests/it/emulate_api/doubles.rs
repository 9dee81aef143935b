//! Clusters that are databases of the PostgreSQL of this test run.
//!
//! Users belong to that server, so tests give theirs names of their own. A session of the Data API logs in as the
//! server's superuser and becomes the user.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use vesto::adapters::buckets::Buckets;
use vesto::adapters::wire::Wire;
use vesto::double::Double;
use vesto::emulate::api::{Clusters, DatabaseUser, Failure, Location, Login, NewCluster};
use vesto::emulate::credentials::Issued;
use vesto::ports::{Address, Batch, Connect, DbError, DbErrorKind, Endpoint, Session, TlsMode};
use vesto::project::settings::DoubleMode;
use vesto::sql::{Dialect, quote_identifier, quote_literal};
use vesto::text::Secret;

use crate::support::{ADMIN, PASSWORD};

/// Databases on one server.
pub(super) struct Doubles {
    port: u16,
    /// An empty database with the double's library, to copy.
    template: tokio::sync::OnceCell<String>,
    /// The database of each cluster.
    clusters: Mutex<BTreeMap<String, String>>,
    /// The database of each snapshot.
    snapshots: Mutex<BTreeMap<String, String>>,
}

impl Doubles {
    pub(super) fn new(port: u16) -> Self {
        Self { port, template: tokio::sync::OnceCell::new(), clusters: Mutex::default(), snapshots: Mutex::default() }
    }

    fn database(&self, cluster: &str) -> Result<String, Failure> {
        let missing = || Failure { message: format!("no cluster {cluster}"), source: None };
        self.clusters.lock().expect("no panic").get(cluster).cloned().ok_or_else(missing)
    }

    async fn connect(&self, database: &str) -> Result<Box<dyn Session>, DbError> {
        let endpoint = Endpoint {
            address: Address::Tcp { host: "127.0.0.1".into(), port: self.port },
            database: database.to_owned(),
            user: ADMIN.to_owned(),
            password: Some(Secret::new(PASSWORD.to_owned())),
            host_address: None,
            route: None,
            tls: TlsMode::Disable,
            root_certificates: None,
            connect_timeout: Duration::from_secs(10),
        };
        Wire { application_name: "emulate_api".into() }.connect(&endpoint).await
    }

    /// Runs statements as the superuser, each by itself: databases are not made in transactions.
    async fn administer(&self, statements: &[String]) -> Result<(), DbError> {
        let mut session = self.connect("postgres").await?;
        for statement in statements {
            run(session.as_mut(), statement).await?;
        }
        Ok(())
    }

    async fn template(&self) -> Result<&str, DbError> {
        let make = || async {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let name = format!("double_{}", COUNT.fetch_add(1, Ordering::Relaxed));
            self.administer(&[format!("create database {name} template template0")]).await?;
            let mut session = double(self.connect(&name).await?);
            let mut batch = Batch::default();
            batch.user("select 1");
            session.run(&batch).await.map_err(|failed| failed.error)?;
            drop(session);
            self.administer(&closed(&name)).await?;
            Ok(name)
        };
        self.template.get_or_try_init(make).await.map(String::as_str)
    }

    async fn copy(&self, from: &str, to: &str) -> Result<(), DbError> {
        let mut statements = closed(from);
        statements.push(format!("create database {} template {}", quote_identifier(to), quote_identifier(from)));
        let copied = self.administer(&statements).await;
        if from != self.template().await? {
            self.administer(&[allow(from, true)]).await?;
        }
        copied?;
        self.administer(&[allow(to, true)]).await
    }

    async fn user(&self, user: &DatabaseUser) -> Result<(), DbError> {
        let create = |kind: &str, name: &str| {
            let (quoted, literal) = (quote_identifier(name), quote_literal(name, Dialect::Postgres));
            let make = quote_literal(&format!("create role {quoted} {kind}"), Dialect::Postgres);
            format!(
                "do $$ begin if not exists (select 1 from pg_roles where rolname = {literal}) then execute {make}; \
                 end if; end $$"
            )
        };
        let mut statements = Vec::new();
        if user.create {
            statements.push(create("login", &user.name));
        }
        for group in &user.groups {
            statements.push(create("", group));
            statements.push(format!("grant {} to {}", quote_identifier(group), quote_identifier(&user.name)));
        }
        self.administer(&statements).await
    }
}

fn double(session: Box<dyn Session>) -> Box<dyn Session> {
    Box::new(Double::new(session, Arc::new(Buckets::default()), DoubleMode::default()))
}

async fn run(session: &mut dyn Session, statement: &str) -> Result<(), DbError> {
    let mut batch = Batch::default();
    batch.own(statement);
    session.run(&batch).await.map(drop).map_err(|failed| failed.error)
}

fn allow(database: &str, is_allowed: bool) -> String {
    format!("alter database {} allow_connections {is_allowed}", quote_identifier(database))
}

/// Ends all sessions and lets nobody in.
fn closed(database: &str) -> Vec<String> {
    let name = quote_literal(database, Dialect::Postgres);
    let wait = "do $$ begin while exists (select 1 from pg_stat_activity where datname = NAME) loop \
                perform pg_stat_clear_snapshot(), pg_sleep(0.01); end loop; end $$";
    vec![
        allow(database, false),
        format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = {name}"),
        wait.replace("NAME", &name),
    ]
}

#[async_trait]
impl Clusters for Doubles {
    async fn make(&self, cluster: &NewCluster) -> Result<(), Failure> {
        let template = self.template().await?.to_owned();
        let password = cluster.password.as_ref().expect("a new cluster has one").expose();
        let password = quote_literal(password, Dialect::Postgres);
        let admin = DatabaseUser { name: cluster.admin.clone(), groups: Vec::new(), create: true };
        self.user(&admin).await?;
        self.administer(&[format!("alter role {} superuser password {password}", quote_identifier(&admin.name))])
            .await?;
        self.copy(&template, &cluster.database).await?;
        self.clusters.lock().expect("no panic").insert(cluster.identifier.clone(), cluster.database.clone());
        Ok(())
    }

    async fn restore(&self, cluster: &NewCluster, snapshot: &str) -> Result<(), Failure> {
        // Two clusters cannot have databases of one name on one server.
        let database = format!("{}_{}", cluster.identifier, cluster.database);
        let from = self.snapshots.lock().expect("no panic")[snapshot].clone();
        self.copy(&from, &database).await?;
        self.clusters.lock().expect("no panic").insert(cluster.identifier.clone(), database);
        Ok(())
    }

    async fn save(&self, cluster: &str, snapshot: &str) -> Result<(), Failure> {
        let database = snapshot.replace('/', "_snapshot_");
        self.copy(&self.database(cluster)?, &database).await?;
        self.snapshots.lock().expect("no panic").insert(snapshot.to_owned(), database);
        Ok(())
    }

    async fn forget(&self, snapshot: &str) -> Result<(), Failure> {
        let database = self.snapshots.lock().expect("no panic").remove(snapshot).expect("a known snapshot");
        Ok(self.administer(&[format!("drop database {}", quote_identifier(&database))]).await?)
    }

    async fn stop(&self, cluster: &str) -> Result<(), Failure> {
        Ok(self.administer(&closed(&self.database(cluster)?)).await?)
    }

    async fn start(&self, cluster: &str) -> Result<(), Failure> {
        Ok(self.administer(&[allow(&self.database(cluster)?, true)]).await?)
    }

    async fn delete(&self, cluster: &str) -> Result<(), Failure> {
        let database = self.database(cluster)?;
        self.administer(&[format!("drop database {} (force)", quote_identifier(&database))]).await?;
        self.clusters.lock().expect("no panic").remove(cluster);
        Ok(())
    }

    fn location(&self, cluster: &str) -> Option<Location> {
        let known = self.clusters.lock().expect("no panic").contains_key(cluster);
        known.then(|| Location { host: "127.0.0.1".into(), port: self.port })
    }

    async fn admit(&self, _cluster: &str, issued: Issued) -> Result<(), Failure> {
        let Issued { login, password, expires_at, database_user, creates_user, groups, .. } = issued;
        self.user(&DatabaseUser { name: database_user.clone(), groups, create: creates_user }).await?;
        self.user(&DatabaseUser { name: login.clone(), groups: Vec::new(), create: true }).await?;
        let (login, user) = (quote_identifier(&login), quote_identifier(&database_user));
        let password = quote_literal(password.expose(), Dialect::Postgres);
        let until = expires_at.unix_timestamp();
        let mut statements = vec![format!(
            "do $$ begin execute format('alter role {login} password %L valid until %L', {password}, \
             to_timestamp({until})); end $$"
        )];
        if login != user {
            statements.push(format!("grant {user} to {login}"));
            statements.push(format!("alter role {login} set role = {user}"));
        }
        Ok(self.administer(&statements).await?)
    }

    async fn open(&self, cluster: &str, database: &str, login: &Login) -> Result<Box<dyn Session>, DbError> {
        let own = self.database(cluster).map_err(|error| DbError::new(DbErrorKind::Login, error.message))?;
        if own != database && !own.ends_with(&format!("_{database}")) {
            let message = format!("database \"{database}\" does not exist");
            return Err(DbError::new(DbErrorKind::Login, message));
        }
        let mut session = self.connect(&own).await?;
        if let Login::User(user) = login {
            self.user(user).await?;
            let become_user = format!("set session authorization {}", quote_identifier(&user.name));
            let refused = |_| {
                let message = format!("password authentication failed for user \"IAM:{}\"", user.name);
                DbError::new(DbErrorKind::Login, message)
            };
            run(session.as_mut(), &become_user).await.map_err(refused)?;
        }
        Ok(double(session))
    }
}
