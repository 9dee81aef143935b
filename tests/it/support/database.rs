//! A database of its own for one test.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::{Config, NoTls, SimpleQueryMessage};

use super::server::{ADMIN, PASSWORD, Server};

/// A database on the server of the test run.
pub(crate) struct Database {
    pub(crate) server: &'static Server,
    pub(crate) name: String,
}

impl Database {
    /// A new, empty one. Nothing where there is no server.
    pub(crate) fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = Server::shared()?;
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let maintenance = Self { server, name: "postgres".to_owned() };
        maintenance.ask(&format!("create database {name} template template0"));
        Some(Self { server, name })
    }

    pub(crate) fn url(&self) -> String {
        self.url_of(ADMIN, PASSWORD)
    }

    pub(crate) fn url_of(&self, user: &str, password: &str) -> String {
        format!("postgres://{user}:{password}@127.0.0.1:{}/{}", self.server.port, self.name)
    }

    /// The first column of all rows of all answers, joined by `, `.
    pub(crate) fn ask(&self, sql: &str) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let messages = runtime.block_on(async {
            let mut config = Config::new();
            config.host("127.0.0.1").port(self.server.port).user(ADMIN).password(PASSWORD).dbname(&self.name);
            let (client, connection) = config.connect(NoTls).await.expect("a connection");
            let connection = tokio::spawn(connection);
            let messages = client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            drop(client);
            connection.await.expect("no panic").expect("an orderly end");
            messages
        });
        let cells = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("NULL").to_owned()),
            _ => None,
        });
        cells.collect::<Vec<_>>().join(", ")
    }
}
