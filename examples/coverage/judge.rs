//! PostgreSQL as the judge of a translation.

use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;

use tokio::runtime::Runtime;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};
use vesto::adapters::local_server::{LocalServer, Options, RunningServer};
use vesto::sql::{
    Dialect, Kind, Lacks, ObjectName, QuotedNames, Surroundings, Untranslatable, parse_script, quote_name, translate,
};

use super::stubs;

/// How often something is put there or given another type before a statement is given up.
const MOST_STUBS: usize = 150;

/// What translates a statement once the columns of tables are known.
pub(crate) type Late<'a> = &'a dyn Fn(&Surroundings) -> Result<String, Untranslatable>;

/// A translation, or what makes one as soon as the columns of tables are known.
pub(crate) struct Subject<'a> {
    /// What is sent, or the source of what is translated later.
    pub(crate) text: &'a str,
    pub(crate) late: Option<Late<'a>>,
}

pub(crate) enum Verdict {
    Executed,
    Failed(String),
}

/// A session on the local server, with what the set at hand defines.
pub(crate) struct Judge {
    runtime: Runtime,
    client: Client,
    server: RunningServer,
    directory: PathBuf,
    /// Translated definitions of tables and views by their names without schema.
    definitions: HashMap<String, String>,
    /// Functions that the set defines and PostgreSQL cannot.
    functions: Vec<String>,
}

impl Judge {
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        let directory = std::env::temp_dir().join(format!("vesto-coverage-{}", std::process::id()));
        let server =
            LocalServer::open(&directory.join("local"), &Options::from_environment(|name| std::env::var_os(name)))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut config = Config::new();
        let address = server.address();
        config.host_path(&address.socket_directory).port(address.port).user(&address.superuser).dbname("postgres");
        let (client, connection) = runtime.block_on(config.connect(NoTls))?;
        runtime.spawn(connection);
        for script in library_scripts()? {
            // As the library itself installs them: a function may name what a later script makes.
            let script = format!(
                "set allow_system_table_mods = on; set check_function_bodies = off; create schema if not exists pg_double; \
                 {}; reset check_function_bodies; reset allow_system_table_mods",
                std::fs::read_to_string(script)?
            );
            runtime.block_on(client.batch_execute(&script))?;
        }
        Ok(Self { runtime, client, server, directory, definitions: HashMap::new(), functions: Vec::new() })
    }

    pub(crate) fn stop(self) -> Result<(), Box<dyn Error>> {
        drop(self.client);
        self.server.close()?;
        std::fs::remove_dir_all(self.directory)?;
        Ok(())
    }

    /// Takes the definitions of a set.
    pub(crate) fn learn<'a>(&mut self, statements: impl Iterator<Item = &'a str>) {
        self.definitions.clear();
        self.functions.clear();
        for sql in statements {
            let Ok(parsed) = parse_script(sql, Dialect::Redshift) else { continue };
            for statement in parsed {
                let Some(object) = &statement.object else { continue };
                let text = &sql[statement.range.clone()];
                match statement.kind {
                    Kind::CreateTable => {
                        if let Some(translated) =
                            translate(text, statement.kind, QuotedNames::Folded, &Surroundings::default())
                                .ok()
                                .and_then(|done| done.sql)
                        {
                            self.definitions.entry(object.base().to_owned()).or_insert(translated);
                        }
                    }
                    Kind::CreateModel => {
                        let words: Vec<&str> = text.split_whitespace().collect();
                        let named = words.windows(2).filter(|pair| pair[0].eq_ignore_ascii_case("function"));
                        self.functions
                            .extend(named.map(|pair| pair[1].split('(').next().unwrap_or_default().to_lowercase()));
                    }
                    Kind::CreateFunction | Kind::CreateExternalFunction => {
                        self.functions.push(object.base().to_owned())
                    }
                    _ => {}
                }
            }
        }
    }

    pub(crate) fn execute(&mut self, subject: &Subject<'_>, kind: Kind) -> Result<Verdict, Box<dyn Error>> {
        let sql = subject.text;
        if matches!(kind, Kind::CreateDatabase | Kind::DropDatabase | Kind::AlterDatabase) {
            return self.outside(sql, kind);
        }
        if matches!(kind, Kind::Begin | Kind::BeginReadOnly) {
            let sent = self.send(sql);
            self.send("rollback")?;
            return Ok(sent.map_or_else(|error| Verdict::Failed(told(&error)), |()| Verdict::Executed));
        }
        let verdict = self.rolled_back(subject)?;
        match &verdict {
            Verdict::Failed(why) if why.starts_with("3D000") => {
                let name = stubs::quoted(why).pop().unwrap_or_default();
                self.send(&format!("create database \"{name}\""))?;
                let verdict = self.rolled_back(subject);
                self.send(&format!("drop database \"{name}\""))?;
                verdict
            }
            _ => Ok(verdict),
        }
    }

    fn rolled_back(&self, subject: &Subject<'_>) -> Result<Verdict, Box<dyn Error>> {
        self.send("begin")?;
        let verdict = self.within(subject);
        self.send("rollback; reset session authorization")?;
        verdict
    }

    fn send(&self, sql: &str) -> Result<(), tokio_postgres::Error> {
        self.runtime.block_on(self.client.batch_execute(sql))
    }

    /// What refuses a transaction is undone by hand.
    fn outside(&self, sql: &str, kind: Kind) -> Result<Verdict, Box<dyn Error>> {
        let name = parse_script(sql, Dialect::Postgres)?.pop().and_then(|statement| statement.object);
        let name = name.map(|name| vesto::sql::quote_name(&name)).unwrap_or_default();
        if kind != Kind::CreateDatabase {
            self.send(&format!("create database {name}"))?;
        }
        let before = self.databases()?;
        let mut verdict = self.send(sql);
        for _ in 0..8 {
            let Err(error) = &verdict else { break };
            let Some(missing) = error.as_db_error().filter(|error| *error.code() == SqlState::UNDEFINED_OBJECT) else {
                break;
            };
            let Some(role) = stubs::quoted(missing.message()).first().cloned() else { break };
            self.send(&format!("create role \"{role}\""))?;
            verdict = self.send(sql);
        }
        self.send("reset all")?;
        for made in self
            .databases()?
            .iter()
            .chain(&before)
            .filter(|name| !["postgres", "template0", "template1"].contains(&name.as_str()))
        {
            self.send(&format!("drop database if exists \"{made}\""))?;
        }
        Ok(match verdict {
            Ok(()) => Verdict::Executed,
            Err(error) => Verdict::Failed(told(&error)),
        })
    }

    fn databases(&self) -> Result<Vec<String>, Box<dyn Error>> {
        let rows = self.runtime.block_on(self.client.query("select datname::text from pg_database", &[]))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// A set may define a table otherwise than a statement of it means: then what the statement asks for counts.
    fn within(&self, subject: &Subject<'_>) -> Result<Verdict, Box<dyn Error>> {
        self.send("savepoint beginning")?;
        let defined = self.attempts(subject, &self.definitions)?;
        if matches!(defined, Verdict::Executed) {
            return Ok(defined);
        }
        self.send("rollback to savepoint beginning; reset session authorization")?;
        let asked = self.attempts(subject, &HashMap::new())?;
        Ok(if matches!(asked, Verdict::Executed) { asked } else { defined })
    }

    fn attempts(
        &self,
        subject: &Subject<'_>,
        definitions: &HashMap<String, String>,
    ) -> Result<Verdict, Box<dyn Error>> {
        let mut stubs = stubs::Stubs::new(subject.text, definitions, &self.functions);
        let mut why = String::new();
        for _ in 0..MOST_STUBS {
            self.send("savepoint attempt")?;
            if let Some(late) = subject.late {
                match self.once_known(late) {
                    Ok(text) => stubs.retranslated(text),
                    Err(why) => return Ok(Verdict::Failed(why)),
                }
            }
            let Err(error) = self.send(&stubs.statement()) else { return Ok(Verdict::Executed) };
            let Some(database) = error.as_db_error() else { return Ok(Verdict::Failed(error.to_string())) };
            why = told(&error);
            self.send("rollback to savepoint attempt; reset session authorization")?;
            self.send("savepoint cure")?;
            let mut cured = false;
            for cure in stubs.cures(database) {
                if self.send(&cure.sql).is_ok() {
                    stubs.done(cure);
                    cured = true;
                    break;
                }
                self.send("rollback to savepoint cure")?;
            }
            if !cured {
                break;
            }
        }
        Ok(Verdict::Failed(why))
    }
}

impl Judge {
    /// Asks for columns as the double does. A table that is not there is left to the server to miss.
    fn once_known(&self, late: Late<'_>) -> Result<String, String> {
        let mut known = Surroundings::default();
        loop {
            let refused = match late(&known) {
                Ok(text) => return Ok(text),
                Err(refused) => refused,
            };
            let table = match refused.lacks.clone() {
                Some(Lacks::Columns(table)) => table,
                Some(Lacks::Database) => {
                    known.database = Some("postgres".to_owned());
                    continue;
                }
                None => return Err(refused.message),
            };
            let Some(columns) = self.columns_of(&table).map_err(|error| told(&error))? else {
                return Ok(format!("select from {}", quote_name(&table)));
            };
            known.insert(table, columns);
        }
    }

    fn columns_of(&self, table: &ObjectName) -> Result<Option<Vec<String>>, tokio_postgres::Error> {
        let sql = "select array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 \
                   and not a.attisdropped order by a.attnum) from pg_class c where c.oid = to_regclass($1)";
        let row = self.runtime.block_on(self.client.query_opt(sql, &[&quote_name(table)]))?;
        Ok(row.map(|row| row.get(0)))
    }
}

/// The scripts of the double's library, in order. They are run as they stand, so that a mistake in one is seen.
fn library_scripts() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut scripts = Vec::new();
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/double"))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let version: u32 = name.trim_start_matches('V').split("__").next().unwrap_or_default().parse()?;
        scripts.push((version, path));
    }
    scripts.sort();
    Ok(scripts.into_iter().map(|(_, path)| path).collect())
}

fn told(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), |error| format!("{} {}", error.code().code(), error.message()))
}
