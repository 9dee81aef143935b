//! COPY on the double against psql's `\copy` of the same rows into the same PostgreSQL, in turn in the same run.
//!
//! `cargo bench --bench copy [-- ROWS]` starts a PostgreSQL of its own, writes a delimited file (5,000,000 rows unless
//! told otherwise) and loads it twice with each. It prints seconds, CPU seconds and peak memory of the client, and the
//! ratio. It needs Linux, PostgreSQL's programs with psql, and no network.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tokio_postgres::{Client, Config, NoTls};
use vesto::adapters::local_server::{LocalServer, Options, ServerAddress};

mod clients;

use clients::{Outcome, Spent};

const ROUNDS: usize = 2;

const COLUMNS: &str = "id bigint, customer integer, amount numeric(12,2), paid boolean, status varchar(16), \
                       created_at timestamp, note varchar(100)";

fn main() -> Outcome<()> {
    let rows = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(5_000_000);
    let folder = std::env::temp_dir().join(format!("vesto-bench-copy-{}", std::process::id()));
    fs::create_dir_all(folder.join("data"))?;
    let options = Options::from_environment(|name| std::env::var_os(name));
    let server = LocalServer::open(&folder.join(".vesto/local"), &options)?;
    let size = write_rows(&folder.join("data/rows"), rows)?;
    println!("{rows} rows, {} MB", size / 1_000_000);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let bench = Bench { address: server.address(), folder: folder.clone(), rows };
    let result = runtime.block_on(bench.run());
    server.close()?;
    LocalServer::reset(&folder.join(".vesto/local"), &options)?;
    fs::remove_dir_all(folder)?;
    result
}

fn write_rows(path: &Path, rows: u64) -> Outcome<u64> {
    let mut file = BufWriter::new(fs::File::create(path)?);
    for id in 0..rows {
        // A fixed sequence that looks like chance.
        let mixed = id.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
        let status = ["new", "paid", "shipped", "returned"][(mixed % 4) as usize];
        let (day, second) = (1 + mixed % 28, mixed % 60);
        writeln!(
            file,
            "{id}|{}|{}.{:02}|{}|{status}|2026-01-{day:02} 12:34:{second:02}|a note on order {mixed} that nobody reads",
            mixed % 1_000_000,
            mixed % 10_000,
            mixed % 100,
            if mixed.is_multiple_of(2) { 't' } else { 'f' },
        )?;
    }
    file.flush()?;
    Ok(fs::metadata(path)?.len())
}

struct Bench<'a> {
    address: &'a ServerAddress,
    folder: PathBuf,
    rows: u64,
}

impl Bench<'_> {
    async fn run(&self) -> Outcome<()> {
        let client = self.connect().await?;
        self.vesto(0, "select 1")?;
        println!("            seconds  CPU seconds  peak MB");
        let (mut best_psql, mut best_vesto) = (Spent::default(), Spent::default());
        for round in 1..=ROUNDS {
            for (name, best) in [("psql", &mut best_psql), ("vesto", &mut best_vesto)] {
                client
                    .batch_execute(&format!("drop table if exists t; create table t ({COLUMNS}); checkpoint"))
                    .await?;
                let spent = match name {
                    "psql" => self.psql()?,
                    _ => self.vesto(round, "copy t from 's3://bench/rows' iam_role default")?,
                };
                let count: i64 = client.query_one("select count(*) from t", &[]).await?.get(0);
                if count != i64::try_from(self.rows)? {
                    return Err(format!("{name} loaded {count} rows").into());
                }
                let Spent { elapsed, cpu, peak_kilobytes } = spent;
                let (seconds, cpu) = (elapsed.as_secs_f64(), cpu.as_secs_f64());
                println!("{name:10}  {seconds:7.2}  {cpu:11.2}  {:7.1}", peak_kilobytes as f64 / 1024.0);
                if best.elapsed.is_zero() || elapsed < best.elapsed {
                    *best = spent;
                }
            }
        }
        println!("ratio of the best: {:.2}", best_vesto.elapsed.as_secs_f64() / best_psql.elapsed.as_secs_f64());
        Ok(())
    }

    fn psql(&self) -> Outcome<Spent> {
        let copy = format!("\\copy t from '{}' with (delimiter '|')", self.folder.join("data/rows").display());
        clients::psql(self.address, &copy)
    }

    fn vesto(&self, number: usize, change: &str) -> Outcome<Spent> {
        clients::vesto(self.address, &self.folder, number, change)
    }

    async fn connect(&self) -> Outcome<Client> {
        let (client, connection) = Config::new()
            .host_path(&self.address.socket_directory)
            .port(self.address.port)
            .user(&self.address.superuser)
            .dbname("postgres")
            .connect(NoTls)
            .await?;
        tokio::spawn(connection);
        Ok(client)
    }
}
