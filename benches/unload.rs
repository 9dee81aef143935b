//! UNLOAD of the double against psql's `\copy (query) to` of the same rows of the same PostgreSQL, in turn in one run.
//!
//! `cargo bench --bench unload [-- ROWS]` starts a PostgreSQL of its own, fills a table (5,000,000 rows unless told
//! otherwise) and writes it out twice with each, as delimited text. It prints seconds, CPU seconds and peak memory of
//! the client, and the ratio; then the same for UNLOAD in its other formats. It needs Linux, PostgreSQL's programs with
//! psql, and no network.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::fs;
use std::path::PathBuf;

use tokio_postgres::{Config, NoTls};
use vesto::adapters::local_server::{LocalServer, Options, ServerAddress};

mod clients;

use clients::{Outcome, Spent};

const ROUNDS: usize = 2;

const TABLE: &str = "create table t as select id::bigint, (id % 1000000)::int customer, (id % 10000 + 0.25)::numeric(12,2) \
                     amount, id % 2 = 0 paid, (array['new', 'paid', 'shipped', 'returned'])[id % 4 + 1]::varchar(16) status, \
                     timestamp '2026-01-01' + id * interval '1 second' created_at, \
                     ('a note on order ' || id || ' that nobody reads')::varchar(100) note from generate_series(1, ";

fn main() -> Outcome<()> {
    let rows: u64 = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(5_000_000);
    let folder = std::env::temp_dir().join(format!("vesto-bench-unload-{}", std::process::id()));
    fs::create_dir_all(folder.join("data"))?;
    let options = Options::from_environment(|name| std::env::var_os(name));
    let server = LocalServer::open(&folder.join(".vesto/local"), &options)?;
    let bench = Bench { address: server.address(), folder: folder.clone(), rows };
    let result = bench.run();
    server.close()?;
    LocalServer::reset(&folder.join(".vesto/local"), &options)?;
    fs::remove_dir_all(folder)?;
    result
}

struct Bench<'a> {
    address: &'a ServerAddress,
    folder: PathBuf,
    rows: u64,
}

impl Bench<'_> {
    fn run(&self) -> Outcome<()> {
        self.fill()?;
        self.vesto(0, "select 1")?;
        println!("{} rows\n                   seconds  CPU seconds  peak MB       MB", self.rows);
        let (mut best_psql, mut best_vesto) = (f64::MAX, f64::MAX);
        let mut number = 0;
        for _ in 0..ROUNDS {
            best_psql = best_psql.min(self.told("psql \\copy", self.psql()?)?);
            number += 1;
            best_vesto = best_vesto.min(self.told("UNLOAD", self.unload(number, "")?)?);
        }
        println!("ratio of the best: {:.2}", best_vesto / best_psql);
        for options in ["csv", "json", "gzip", "zstd", "parquet"] {
            number += 1;
            self.told(&format!("UNLOAD {options}"), self.unload(number, options)?)?;
        }
        Ok(())
    }

    /// Prints what one run needed; returns its seconds.
    fn told(&self, name: &str, spent: Spent) -> Outcome<f64> {
        let mut size = 0;
        for entry in fs::read_dir(self.folder.join("data"))? {
            let entry = entry?;
            size += entry.metadata()?.len();
            fs::remove_file(entry.path())?;
        }
        let Spent { elapsed, cpu, peak_kilobytes } = spent;
        let (seconds, cpu) = (elapsed.as_secs_f64(), cpu.as_secs_f64());
        println!(
            "{name:17}  {seconds:7.2}  {cpu:11.2}  {:7.1}  {:7.1}",
            peak_kilobytes as f64 / 1024.0,
            size as f64 / 1e6
        );
        Ok(seconds)
    }

    fn psql(&self) -> Outcome<Spent> {
        let copy =
            format!("\\copy (select * from t) to '{}' with (delimiter '|')", self.folder.join("data/rows").display());
        clients::psql(self.address, &copy)
    }

    fn unload(&self, number: usize, options: &str) -> Outcome<Spent> {
        let change = format!("unload ('select * from t') to 's3://bench/u_' iam_role default parallel off {options}");
        self.vesto(number, &change)
    }

    fn vesto(&self, number: usize, change: &str) -> Outcome<Spent> {
        clients::vesto(self.address, &self.folder, number, change)
    }

    fn fill(&self) -> Outcome<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let (client, connection) = Config::new()
                .host_path(&self.address.socket_directory)
                .port(self.address.port)
                .user(&self.address.superuser)
                .dbname("postgres")
                .connect(NoTls)
                .await?;
            tokio::spawn(connection);
            client.batch_execute(&format!("{TABLE}{}) id", self.rows)).await?;
            Ok(())
        })
    }
}
