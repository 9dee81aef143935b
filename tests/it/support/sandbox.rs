//! A sealed folder to run vesto in.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::database::Database;
use super::{Answer, Server, announce};

/// A folder of its own, an environment with nothing of the machine's, and no server left when it is dropped.
pub(crate) struct Sandbox {
    root: PathBuf,
    environment: Vec<(String, String)>,
    database: Option<Database>,
}

impl Sandbox {
    /// An empty folder; its targets are `local` or none.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("vs-{}-{number}", std::process::id()));
        fs::create_dir(&root).expect("a new temporary folder");
        let root = root.canonicalize().expect("a real path");
        let environment = [
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("HOME", root.display().to_string()),
            ("VESTO_AUTHOR", "tester".to_owned()),
            ("TZ", "Pacific/Chatham".to_owned()),
            ("COLUMNS", "100".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Self { root, environment, database: None }
    }

    /// A folder whose default target is `local`. Nothing, after a loud word, where no PostgreSQL is installed.
    pub(crate) fn local() -> Option<Self> {
        if Server::programs().is_none() {
            announce("LEFT OUT: tests of commands on a server, because no PostgreSQL is installed");
            return None;
        }
        Some(Self::new().file("vesto.ini", "[project]\nname = sample\n"))
    }

    /// A project on a database of its own, made on the server of this test run: target `dev`, in this dialect.
    pub(crate) fn on_server(dialect: &str) -> Option<Self> {
        let database = Database::new()?;
        let url = database.url();
        let mut sandbox = Self::new();
        sandbox.database = Some(database);
        let settings = format!(
            "[project]\nname = sample\ntarget = dev\n\n[target dev]\nkind = postgres\ndialect = {dialect}\n\
             url = ${{env:TEST_URL}}\n"
        );
        Some(sandbox.file("vesto.ini", &settings).env("TEST_URL", &url))
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    #[cfg(feature = "aws")]
    pub(crate) fn unset(&mut self, name: &str) {
        self.environment.retain(|(known, _)| known != name);
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a written file");
    }

    pub(crate) fn write_private(&self, path: &str, text: &str, mode: u32) {
        self.write(path, text);
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).expect("a mode");
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).expect("a removed file");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("a readable file")
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Copies a folder of the repository here.
    pub(crate) fn copy(self, folder: &str) -> Self {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &self.root);
        self
    }

    /// The database of [`Sandbox::on_server`].
    pub(crate) fn database(&self) -> &Database {
        self.database.as_ref().expect("a sandbox on the server")
    }

    /// The first column of the first row, asked of the database as its superuser; empty if there is none.
    pub(crate) fn ask(&self, sql: &str) -> String {
        self.database().ask(sql)
    }

    pub(crate) fn vesto<const N: usize>(&self, arguments: [&str; N]) -> Answer {
        self.run(&arguments)
    }

    /// A command line as it would be typed, without quotes.
    pub(crate) fn typed(&self, line: &str) -> Answer {
        self.run(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// vesto in this folder, to be started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vesto"));
        command.args(arguments).current_dir(&self.root).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        let output = self.command(arguments).output().expect("vesto runs");
        Answer::new(format!("vesto {}", arguments.join(" ")), &output, &self.root.display().to_string())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if self.path(".vesto").exists() {
            self.vesto(["local", "reset"]);
        }
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a readable folder") {
        let (from, to) = {
            let entry = entry.expect("an entry");
            (entry.path(), to.join(entry.file_name()))
        };
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a copied file");
        }
    }
}
