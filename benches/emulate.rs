//! `vesto emulate` against direct sessions on the PostgreSQL behind it: small queries of many clients at once.
//!
//! `cargo bench --bench emulate [-- CLIENTS [QUERIES]]` starts an emulator, lets as many clients (200 unless told otherwise) each send
//! so many queries (100), through it and past it in turn, and prints the medians of several rounds: queries a second, their
//! ratio, the median and the 99th percentile of the time that a query takes, and the emulator's memory for one more
//! client. It ends with an error if a session is left behind. It needs PostgreSQL's programs, no network, and to be root
//! or a user that may reach the server's socket.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use tokio_postgres::{Client, Config, NoTls};

const ROUNDS: usize = 5;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How a client asks.
#[derive(Clone, Copy, Debug)]
enum Asked {
    /// The simple protocol, with words of Redshift that are translated.
    Simple,
    /// A statement that was prepared once.
    Prepared,
}

fn main() -> Outcome<()> {
    let asked: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let clients = asked.first().copied().unwrap_or(200);
    let queries = asked.get(1).copied().unwrap_or(100);
    let folder = std::env::temp_dir().join(format!("vesto-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let mut emulator = Emulator::start(&folder, clients)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let result = runtime.block_on(measure(&emulator, clients, queries));
    let ended = emulator.end();
    fs::remove_dir_all(folder)?;
    result?;
    ended
}

async fn measure(emulator: &Emulator, clients: usize, queries: usize) -> Outcome<()> {
    let mut through = Config::new();
    through.host("127.0.0.1").port(emulator.port).user("awsuser").dbname("dev");
    let one = connect(&through).await?;
    let mut direct = Config::new();
    let port = one.query_one("select current_setting('port')", &[]).await?.try_get::<_, String>(0)?.parse()?;
    let socket: String = one.query_one("select current_setting('unix_socket_directories')", &[]).await?.try_get(0)?;
    direct.host_path(socket.trim_matches('"')).port(port).user("awsuser").dbname("dev");
    drop(one);
    let watcher = connect(&direct).await?;
    no_session_left(&watcher).await?;
    // First of all: later there is room left from the clients before.
    let before = emulator.memory()?;
    let sessions = open(&through, clients).await?;
    let memory = emulator.memory()?.saturating_sub(before);
    println!("memory of the emulator for one idle client: {} kB", memory / u64::try_from(clients)?);
    drop(sessions);
    no_session_left(&watcher).await?;
    println!("{clients} clients, {queries} queries each    queries a second    ratio    median    99th percentile");
    for asked in [Asked::Simple, Asked::Prepared] {
        let (mut emulated, mut plain) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            plain.push(round(&direct, clients, queries, asked).await?);
            no_session_left(&watcher).await?;
            emulated.push(round(&through, clients, queries, asked).await?);
            no_session_left(&watcher).await?;
        }
        let (emulated, plain) = (median(emulated, |run| run.rate), median(plain, |run| run.rate));
        let ratio = emulated.rate / plain.rate;
        for (name, run, ratio) in [("direct", &plain, 1.0), ("emulator", &emulated, ratio)] {
            let (half, late) = (run.half.as_secs_f64() * 1e3, run.late.as_secs_f64() * 1e3);
            println!("{:9} {name:9} {:30.0} {ratio:8.2} {half:6.1} ms {late:12.1} ms", format!("{asked:?}"), run.rate);
        }
    }
    Ok(())
}

async fn connect(config: &Config) -> Outcome<Client> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn open(config: &Config, clients: usize) -> Outcome<Vec<Client>> {
    let mut sessions = Vec::with_capacity(clients);
    for _ in 0..clients {
        sessions.push(connect(config).await?);
    }
    Ok(sessions)
}

/// What one round took.
struct Run {
    rate: f64,
    half: Duration,
    late: Duration,
}

/// All clients at once, each with a session of its own that is open before the clock runs.
async fn round(config: &Config, clients: usize, queries: usize, asked: Asked) -> Outcome<Run> {
    let sessions = open(config, clients).await?;
    let begun = Instant::now();
    let tasks: Vec<_> = sessions.into_iter().map(|client| tokio::spawn(ask(client, queries, asked))).collect();
    let mut spans = Vec::with_capacity(clients * queries);
    for task in tasks {
        spans.extend(task.await??);
    }
    let elapsed = begun.elapsed();
    spans.sort_unstable();
    let at = |part: usize| spans.get(spans.len() * part / 100).copied().unwrap_or_default();
    let rate = f64::from(u32::try_from(spans.len())?) / elapsed.as_secs_f64();
    Ok(Run { rate, half: at(50), late: at(99) })
}

async fn ask(client: Client, queries: usize, asked: Asked) -> Outcome<Vec<Duration>> {
    // The direct server has the double's library, so both understand it.
    let statement = client.prepare("select nvl($1::int, 0) + 1").await?;
    let mut spans = Vec::with_capacity(queries);
    for number in 0..queries {
        let begun = Instant::now();
        match asked {
            Asked::Simple => drop(client.simple_query("select nvl(null, 1) + 1").await?),
            Asked::Prepared => drop(client.query(&statement, &[&i32::try_from(number)?]).await?),
        }
        spans.push(begun.elapsed());
    }
    Ok(spans)
}

/// Waits until the server has no session but the one that asks.
async fn no_session_left(watcher: &Client) -> Outcome<()> {
    let question = "select count(*) from pg_stat_activity where usename = 'awsuser' and pid <> pg_backend_pid()";
    let begun = Instant::now();
    loop {
        let left: i64 = watcher.query_one(question, &[]).await?.try_get(0)?;
        if left == 0 {
            return Ok(());
        }
        if begun.elapsed() > Duration::from_secs(30) {
            return Err(format!("{left} sessions are left on the server").into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn median(mut runs: Vec<Run>, value: impl Fn(&Run) -> f64) -> Run {
    runs.sort_by(|one, other| value(one).total_cmp(&value(other)));
    runs.swap_remove(runs.len() / 2)
}

/// A `vesto emulate` of the benchmark's own.
struct Emulator {
    child: Child,
    port: u16,
    _stdout: BufReader<ChildStdout>,
}

impl Emulator {
    fn start(folder: &Path, clients: usize) -> Outcome<Self> {
        let most = (clients + 10).to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_vesto"));
        command.args(["emulate", "--format", "json", "--listen", "127.0.0.1:0", "--max-connections", &most]);
        let mut child = command.current_dir(folder).stdout(Stdio::piped()).spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let told: serde_json::Value = serde_json::from_str(&line)?;
        let port = told["clusters"][0]["port"].as_u64().ok_or("it tells no port")?;
        Ok(Self { child, port: u16::try_from(port)?, _stdout: stdout })
    }

    /// Memory that it alone has, in kilobytes: <https://man7.org/linux/man-pages/man5/proc.5.html>.
    fn memory(&self) -> Outcome<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).ok_or("no RssAnon")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    fn end(&mut self) -> Outcome<()> {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id())?).ok_or("no process")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the emulator ended with {status}").into()) }
    }
}
