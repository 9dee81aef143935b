//! The library of the double on a real server: what its functions answer, and how it is installed.

mod cases;
mod columns;
mod external;
mod install;
mod late_views;
mod long_names;
mod storage;

use std::sync::Arc;
use std::time::Duration;

use vesto::adapters::folder_store::FolderStore;
use vesto::adapters::wire::Wire;
use vesto::double::Double;
use vesto::ports::{Address, Batch, BatchError, Connect, Endpoint, Outcome, Session, TlsMode};
use vesto::project::settings::DoubleMode;
use vesto::text::Secret;

use crate::support::{ADMIN, PASSWORD, Sandbox};

/// An empty database.
struct Ground {
    runtime: tokio::runtime::Runtime,
    sandbox: Sandbox,
}

impl Ground {
    fn new() -> Option<Self> {
        let sandbox = Sandbox::on_server("redshift")?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Some(Self { runtime, sandbox })
    }

    /// A session as the server gives it.
    fn server(&self, user: &str, password: &str) -> Box<dyn Session> {
        let database = self.sandbox.database();
        let endpoint = Endpoint {
            address: Address::Tcp { host: "127.0.0.1".into(), port: database.server.port },
            database: database.name.clone(),
            user: user.into(),
            password: Some(Secret::new(password.into())),
            host_address: None,
            route: None,
            tls: TlsMode::Disable,
            root_certificates: None,
            connect_timeout: Duration::from_secs(10),
        };
        let wire = Wire { application_name: "vesto test".into() };
        self.runtime.block_on(wire.connect(&endpoint)).expect("a session")
    }

    /// A session of the double.
    fn double(&self) -> Box<dyn Session> {
        Box::new(Double::new(self.server(ADMIN, PASSWORD), Arc::new(FolderStore::default()), DoubleMode::Strict))
    }

    /// Runs one statement of a user.
    fn run(&self, session: &mut dyn Session, sql: &str) -> Result<Vec<Outcome>, BatchError> {
        let mut batch = Batch::default();
        batch.user(sql);
        self.runtime.block_on(session.run(&batch))
    }

    /// The rows that a statement of a user answers, cells joined by ` | `; or its error.
    fn ask(&self, session: &mut dyn Session, sql: &str) -> Vec<String> {
        match self.run(session, sql) {
            Ok(answers) => answers
                .iter()
                .filter_map(|answer| answer.rows.as_ref())
                .flat_map(|rows| &rows.rows)
                .map(|cells| line(cells))
                .collect(),
            Err(failed) => {
                let code = failed.error.code.as_deref().unwrap_or("no code");
                vec![format!("error {code}: {}", failed.error.message)]
            }
        }
    }
}

fn line(cells: &[Option<String>]) -> String {
    let shown: Vec<&str> = cells.iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect();
    shown.join(" | ").trim_end().to_owned()
}
