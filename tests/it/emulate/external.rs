//! External tables through the emulator: by simple queries, and by statements that are prepared and bound.

use std::process::Command;

use tokio_postgres::{Config, NoTls};

use super::{Emulator, has_module};

#[tokio::test]
async fn prepared_statements_read_the_files_that_are_there_when_they_run() {
    let Some(emulator) = Emulator::start(&[]) else { return };
    emulator.sandbox.write("lake/t/a", "1|one\n2|two\n");
    let made = emulator.psql(&[
        "-c",
        "create external schema s from data catalog database 'd' iam_role default",
        "-c",
        "create external table s.t (n int, w varchar(9)) row format delimited fields terminated by '|' \
         stored as textfile location 's3://lake/t/'",
        "-Atc",
        "select w from s.t order by n",
    ]);
    assert!(made.ends_with("one\ntwo\n"), "{made}");
    let mut config = Config::new();
    config.host("127.0.0.1").port(emulator.port()).user("awsuser").dbname("dev");
    let (mut client, connection) = config.connect(NoTls).await.expect("a session");
    tokio::spawn(connection);
    let count = client.prepare("select count(*) from s.t where n > $1").await.expect("a statement");
    assert_eq!(client.query_one(&count, &[&0]).await.expect("a row").get::<_, i64>(0), 2);
    emulator.sandbox.write("lake/t/b", "3|three\n");
    assert_eq!(client.query_one(&count, &[&0]).await.expect("a row").get::<_, i64>(0), 3);
    let transaction = client.transaction().await.expect("a transaction");
    assert_eq!(transaction.query_one(&count, &[&1]).await.expect("a row").get::<_, i64>(0), 2);
    assert_eq!(transaction.query_one("select 7", &[]).await.expect("a row").get::<_, i32>(0), 7);
    transaction.commit().await.expect("committed");
    client.execute("insert into s.t select 4, 'four'", &[]).await.expect("written");
    assert_eq!(client.query_one(&count, &[&0]).await.expect("a row").get::<_, i64>(0), 4);
    client.execute("drop table s.t", &[]).await.expect("dropped");
    let gone = client.query_one("select count(*) from s.t", &[]).await.expect_err("no table");
    assert!(format!("{gone:?}").contains("does not exist"), "{gone:?}");
    drop(client);
    emulator.end();
}

/// psycopg binds parameters to unnamed statements.
const UNNAMED: &str = "
import os, psycopg
with psycopg.connect(host='127.0.0.1', port=os.environ['PORT'], user='awsuser', dbname='dev') as session:
    for n in (1, 2, 3):
        with open(f'{os.environ[\"FOLDER\"]}/{n}', 'w') as file:
            file.write(f'{n}\\n')
        rows = session.execute('select n from s.t where n < %s order by n', [9], prepare=False).fetchall()
        assert rows == [(i,) for i in range(1, n + 1)], rows
        assert session.execute('select %s::int', [n], prepare=False).fetchone() == (n,)
    session.execute('create table copied as select n from s.t')
    assert session.execute('select count(*) from copied where n > %s', [1]).fetchone() == (2,)
";

#[test]
fn unnamed_statements_do_too() {
    if !has_module("psycopg") {
        return;
    }
    let Some(emulator) = Emulator::start(&[]) else { return };
    std::fs::create_dir(emulator.sandbox.path("lake/t")).expect("a folder");
    emulator.psql(&[
        "-c",
        "create external schema s from data catalog database 'd' iam_role default",
        "-c",
        "create external table s.t (n int) stored as textfile location 's3://lake/t/'",
    ]);
    let mut python = Command::new("python3");
    python
        .args(["-c", UNNAMED])
        .env("PORT", emulator.port().to_string())
        .env("FOLDER", emulator.sandbox.path("lake/t"));
    let output = python.output().expect("python3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    emulator.end();
}
