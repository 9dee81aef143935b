//! A PostgreSQL for the whole test run: TCP, passwords, TLS. It is started when first asked for.
//!
//! Nothing of it outlives the test run, killed or not: a shell is its parent, and ends it when the pipe from the test
//! process is closed.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::{fs, thread};

use super::announce;

/// The server's superuser.
pub(crate) const ADMIN: &str = "boss";
/// Its password.
pub(crate) const PASSWORD: &str = "b0ss-Geheim";

/// The running server.
pub(crate) struct Server {
    pub(crate) port: u16,
    /// Its certificate, for `localhost` only, signed by itself.
    pub(crate) certificate: String,
    /// The shell above it; the end of its standard input ends the server.
    _shell: Child,
}

impl Server {
    /// The server of this test run. Nothing, after a loud word, where no PostgreSQL is installed.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        let server = SERVER.get_or_init(|| Some(Self::start(&Self::programs()?)));
        if server.is_none() {
            announce("LEFT OUT: tests of commands on a server, because no PostgreSQL is installed");
        }
        server.as_ref()
    }

    /// The folder of the newest installed PostgreSQL's programs.
    pub(crate) fn programs() -> Option<PathBuf> {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path().join("bin"));
        let version = |path: &PathBuf| {
            path.parent()?.file_name()?.to_str()?.parse::<u32>().ok().filter(|_| path.join("initdb").exists())
        };
        versions.filter(|path| version(path).is_some()).max_by_key(version)
    }

    fn start(programs: &Path) -> Self {
        let root = std::env::temp_dir().join(format!("vs-{}-server", std::process::id()));
        fs::create_dir(&root).expect("a new temporary folder");
        let account = account();
        if let Some((uid, gid)) = account {
            std::os::unix::fs::chown(&root, Some(uid), Some(gid)).expect("a folder of the server's user");
        }
        // Another process may take the port before the server does; the server then says so.
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|socket| socket.local_addr()).expect("a port").port();
        let variables = [("BIN", programs.display().to_string()), ("PORT", port.to_string())];
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT]).current_dir(&root).env_clear().process_group(0);
        shell.envs(variables).env("PATH", "/usr/bin:/bin").env("ADMIN", ADMIN).env("PASSWORD", PASSWORD);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        if let Some((uid, gid)) = account {
            shell.uid(uid).gid(gid);
        }
        let mut shell = shell.spawn().expect("a shell");
        let mut log = BufReader::new(shell.stderr.take().expect("a pipe"));
        let mut heard = String::new();
        while !heard.contains("ready to accept connections") {
            let length = log.read_line(&mut heard).expect("a log");
            assert!(length > 0, "the server did not start:\n{heard}");
        }
        // The server would wait for a full pipe.
        thread::spawn(move || log.read_to_end(&mut Vec::new()));
        let certificate = fs::read_to_string(root.join("server.crt")).expect("a certificate");
        Self { port, certificate, _shell: shell }
    }
}

/// Ends with its standard input, and takes the server and its files along.
const SCRIPT: &str = r#"
set -e
trap '' INT HUP PIPE
trap 'rm -rf "$PWD"' EXIT
printf %s "$PASSWORD" >password
"$BIN/initdb" -D data -U "$ADMIN" -A scram-sha-256 --pwfile password -E UTF8 --locale C --no-sync >/dev/null
openssl req -new -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout server.key -out server.crt 2>openssl.log
chmod 600 server.key
"$BIN/postgres" -D data -p "$PORT" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off \
    -c max_connections=50 -c shared_buffers=16MB -c ssl=on -c ssl_cert_file="$PWD/server.crt" \
    -c ssl_key_file="$PWD/server.key" -c logging_collector=off -c lc_messages=C &
server=$!
cat >/dev/null
# TERM ends a server that is only about to start and still ignores QUIT, as all that sh starts in the background.
kill -TERM $server
kill -QUIT $server || true
wait $server || true
"#;

/// Whom the server runs as: it refuses root.
fn account() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").expect("accounts");
    let of = |name: &str| {
        let mut accounts = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let fields = accounts.find(|fields| fields[0] == name)?;
        Some((fields[2].parse().ok()?, fields[3].parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody"))
}
