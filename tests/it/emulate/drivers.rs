//! Drivers: Python's psycopg and AWS's redshift_connector, and tokio-postgres.

use std::process::Command;

use tokio_postgres::{Config, NoTls};

use super::{Emulator, has_module};

/// Runs a script of `tests/data/emulate`; it ends with an error if something is not as it says.
#[track_caller]
fn run_script(emulator: &Emulator, name: &str) {
    let script = format!("{}/tests/data/emulate/{name}.py", env!("CARGO_MANIFEST_DIR"));
    let mut python = Command::new("python3");
    python.arg(script).env("HOST", "127.0.0.1").env("PORT", emulator.port().to_string());
    python.env("SSL_CERT_FILE", emulator.sandbox.path("server.crt"));
    let output = python.output().expect("python3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// An emulator whose certificate is in `server.crt`.
pub(super) fn certified() -> Option<Emulator> {
    let sandbox = super::sandbox()?;
    super::certify(&sandbox);
    Some(Emulator::start_in(sandbox, &["--tls-cert", "server.crt", "--tls-key", "server.key"]))
}

#[test]
fn psycopg() {
    if !has_module("psycopg") {
        return;
    }
    let Some(emulator) = Emulator::start(&[]) else { return };
    run_script(&emulator, "with_psycopg");
    emulator.end();
}

#[test]
fn redshift_connector() {
    if !has_module("redshift_connector") {
        return;
    }
    let Some(emulator) = certified() else { return };
    run_script(&emulator, "with_redshift_connector");
    emulator.end();
}

#[tokio::test]
async fn tokio_postgres() {
    let Some(emulator) = Emulator::start(&[]) else { return };
    let mut config = Config::new();
    config.host("127.0.0.1").port(emulator.port()).user("awsuser").dbname("dev");
    let (mut client, connection) = config.connect(NoTls).await.expect("a session");
    tokio::spawn(connection);
    client.batch_execute("create table t (id int, note varchar(10)) sortkey (id)").await.expect("a table");
    let insert = client.prepare("insert into t values ($1, nvl($2, 'none'))").await.expect("a statement");
    for id in 0..3 {
        assert_eq!(client.execute(&insert, &[&id, &None::<&str>]).await.expect("a row"), 1);
    }
    // Pipelined: none waits for the one before.
    let (first, second) = tokio::join!(
        client.query_one("select count(*) from t where id < $1", &[&2]),
        client.query_one("select dateadd(day, 1, date '2024-02-28')::date::varchar", &[]),
    );
    assert_eq!(first.expect("a row").get::<_, i64>(0), 2);
    assert_eq!(second.expect("a row").get::<_, &str>(0), "2024-02-29");
    // What it returns depends on the columns of the table, which this transaction has made.
    let transaction = client.transaction().await.expect("a transaction");
    transaction.batch_execute("create table wide (id int, note varchar(10), n int)").await.expect("a table");
    transaction.execute("insert into wide values (1, 'a', 2)", &[]).await.expect("a row");
    let narrow = transaction.prepare("select * exclude (note) from wide where id = $1").await.expect("a statement");
    let names: Vec<&str> = narrow.columns().iter().map(|column| column.name()).collect();
    assert_eq!(names, ["id", "n"]);
    let row = transaction.query_one(&narrow, &[&1]).await.expect("a row");
    assert_eq!((row.get::<_, i32>(0), row.get::<_, i32>(1)), (1, 2));
    transaction.rollback().await.expect("undone");
    let error = client.query("select * exclude (note) from wide", &[]).await.expect_err("no such table");
    assert_eq!(error.code().map(|code| code.code()), Some("42P01"));
    client.execute("unload ('select * from t') to 's3://lake/t_' iam_role default", &[]).await.expect("files");
    let transaction = client.transaction().await.expect("a transaction");
    transaction.execute("copy t from 's3://lake/t_' iam_role default", &[]).await.expect("loaded");
    let count = transaction.query_one("select count(*) from t", &[]).await.expect("a row").get::<_, i64>(0);
    assert_eq!(count, 6);
    transaction.rollback().await.expect("undone");
    let count = client.query_one("select count(*) from t", &[]).await.expect("a row").get::<_, i64>(0);
    assert_eq!(count, 3);
    // It looks up the types of results that it does not know.
    let query = "select json_parse('{\"a\": 1}'), to_varbyte('ff', 'hex')";
    let row = client.query_one(query, &[]).await.expect("a row");
    let types: Vec<_> = row.columns().iter().map(|column| (column.type_().oid(), column.type_().name())).collect();
    assert_eq!(types, [(4000, "super"), (6551, "varbyte")]);
    let error = client.prepare("select nvl(id, 1), nowhere from t").await.expect_err("no such column");
    let error = error.as_db_error().expect("the server's error");
    assert_eq!(error.code().code(), "42703");
    assert_eq!(error.position(), Some(&tokio_postgres::error::ErrorPosition::Original(20)));
    drop(client);
    emulator.end();
}
