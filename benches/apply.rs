//! `vesto apply` against a floor that is measured in the same run: all SQL in one transaction in one message.
//!
//! `cargo bench --bench apply [-- CHANGES...]` starts a PostgreSQL of its own, applies the changes (100 and 1,000 unless
//! told otherwise) to a new database each time, floor and vesto in turn, and prints the medians and their ratio. It needs
//! PostgreSQL's programs, and no network.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tokio_postgres::{Client, Config, NoTls};
use vesto::adapters::local_server::{LocalServer, Options, ServerAddress};

const ROUNDS: usize = 5;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let asked: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let counts = if asked.is_empty() { vec![100, 1000] } else { asked };
    let folder = std::env::temp_dir().join(format!("vesto-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let options = Options::from_environment(|name| std::env::var_os(name));
    let server = LocalServer::open(&folder.join(".vesto/local"), &options)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("changes  floor (s)  vesto (s)  ratio  nothing to do (s)");
    for count in counts {
        let bench = Bench { address: server.address(), project: project(&folder, count)?, count };
        println!("{}", runtime.block_on(bench.run())?);
    }
    server.close()?;
    LocalServer::reset(&folder.join(".vesto/local"), &options)?;
    fs::remove_dir_all(folder)?;
    Ok(())
}

/// One change: a table, an index on it, and three rows.
fn change(number: usize) -> String {
    format!(
        "create table t_{number} (id bigint not null primary key, customer bigint, status varchar(16) default 'new', \
         amount numeric(12,2), note varchar(200));\ncreate index t_{number}_c on t_{number} (customer);\n\
         insert into t_{number} values (1, 1, 'a', 1.5, 'first'), (2, 1, 'b', 2.5, 'second'), (3, 2, 'c', 3.5, 'third');\n"
    )
}

fn project(folder: &Path, count: usize) -> Outcome<PathBuf> {
    let project = folder.join(count.to_string());
    fs::create_dir_all(project.join("changes"))?;
    for number in 1..=count {
        fs::write(project.join(format!("changes/V{number:05}__t.sql")), change(number))?;
    }
    Ok(project)
}

struct Bench<'a> {
    address: &'a ServerAddress,
    project: PathBuf,
    count: usize,
}

impl Bench<'_> {
    async fn run(&self) -> Outcome<String> {
        let (mut floors, mut applies, mut idles, mut ratios) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            self.new_database().await?;
            let floor = self.floor().await?;
            self.new_database().await?;
            let apply = self.apply()?;
            ratios.push(apply.as_secs_f64() / floor.as_secs_f64());
            floors.push(floor.as_secs_f64());
            applies.push(apply.as_secs_f64());
            idles.push(self.apply()?.as_secs_f64());
        }
        let mut line = format!("{:7}", self.count);
        write!(line, "  {:9.3}  {:9.3}", median(floors), median(applies))?;
        write!(line, "  {:5.2}  {:17.3}", median(ratios), median(idles))?;
        Ok(line)
    }

    /// The least that can be done: everything in one transaction, sent at once.
    async fn floor(&self) -> Outcome<Duration> {
        let texts = (1..=self.count)
            .map(|number| fs::read_to_string(self.project.join(format!("changes/V{number:05}__t.sql"))))
            .collect::<Result<Vec<_>, _>>()?;
        let begun = Instant::now();
        let client = self.connect("bench").await?;
        client.batch_execute(&format!("begin;{}commit;", texts.concat())).await?;
        Ok(begun.elapsed())
    }

    fn apply(&self) -> Outcome<Duration> {
        let ServerAddress { socket_directory, port, superuser, .. } = self.address;
        let target = format!(
            "[project]\nname = bench\ntarget = bench\n[target bench]\nkind = postgres\nhost = {}\nport = {port}\n\
             user = {superuser}\ndatabase = bench\n",
            socket_directory.display()
        );
        fs::write(self.project.join("vesto.ini"), target)?;
        let begun = Instant::now();
        let output =
            Command::new(env!("CARGO_BIN_EXE_vesto")).args(["apply", "-q", "--project"]).arg(&self.project).output()?;
        let elapsed = begun.elapsed();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        Ok(elapsed)
    }

    async fn new_database(&self) -> Outcome<()> {
        let client = self.connect("postgres").await?;
        client.batch_execute("drop database if exists bench with (force)").await?;
        client.batch_execute("create database bench template template0").await?;
        Ok(())
    }

    async fn connect(&self, database: &str) -> Outcome<Client> {
        let (client, connection) = Config::new()
            .host_path(&self.address.socket_directory)
            .port(self.address.port)
            .user(&self.address.superuser)
            .dbname(database)
            .connect(NoTls)
            .await?;
        tokio::spawn(connection);
        Ok(client)
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
