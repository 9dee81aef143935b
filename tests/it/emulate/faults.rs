//! Faults on demand: what the client sees of them, and what stands in the tables afterwards.

use tokio_postgres::{Client, Config, Error, NoTls};

use super::{Emulator, await_that, sandbox};

/// An emulator with these faults, and a table `t` with no row. Making it takes the first session.
fn with_faults(faults: &str) -> Option<Emulator> {
    let sandbox = sandbox()?.file("faults.json", faults);
    let emulator = Emulator::start_in(sandbox, &["--faults", "faults.json"]);
    assert_eq!(emulator.psql(&["-c", "create table t (a int)"]), "CREATE TABLE\n");
    Some(emulator)
}

async fn connect(emulator: &Emulator) -> Client {
    let mut config = Config::new();
    config.host("127.0.0.1").port(emulator.port()).user("awsuser").dbname("dev");
    let (client, connection) = config.connect(NoTls).await.expect("a session");
    tokio::spawn(connection);
    client
}

fn said(result: Result<impl Sized, Error>) -> String {
    let error = result.err().expect("a refusal");
    error.as_db_error().map_or_else(|| "cut".to_owned(), |said| format!("{} {}", said.code().code(), said.message()))
}

fn rows(emulator: &Emulator) -> String {
    emulator.psql(&["-At", "-c", "select count(*) from t"]).trim_end().to_owned()
}

#[tokio::test]
async fn refusals_fail_the_transaction_as_on_redshift() {
    let faults = r#"{"faults": [
        {"fault": "serializable-violation", "statement": "insert into t values (1)", "times": 2},
        {"fault": "disk-full", "statement": "commit"},
        {"fault": "missing-oid", "statement": "values ($1)"},
        {"fault": "error", "statement": "select 5", "code": "57014", "text": "Query (5) cancelled on user's request"}
    ]}"#;
    let Some(emulator) = with_faults(faults) else { return };
    let client = connect(&emulator).await;
    assert_eq!(said(client.batch_execute("insert into t values (1)").await), "XX000 1023");
    client.batch_execute("begin; insert into t values (0)").await.expect("begun");
    assert_eq!(said(client.batch_execute("insert into t values (1)").await), "XX000 1023");
    assert!(said(client.batch_execute("select 1").await).starts_with("25P02"));
    client.batch_execute("rollback").await.expect("undone");
    client.batch_execute("begin").await.expect("begun");
    client.batch_execute("insert into t values (1)").await.expect("both faults are used up");
    assert_eq!(said(client.batch_execute("commit").await), "XX000 Disk Full");
    // The transaction is over.
    client.batch_execute("vacuum t").await.expect("outside of a transaction");
    assert_eq!(rows(&emulator), "0");
    let insert = client.prepare("insert into t values ($1)").await.expect("a statement");
    assert!(said(client.execute(&insert, &[&7]).await).starts_with("XX000 could not open relation with OID "));
    assert_eq!(client.execute(&insert, &[&7]).await.expect("a row"), 1);
    assert_eq!(said(client.query("select 5", &[]).await), "57014 Query (5) cancelled on user's request");
    emulator.end();
}

#[tokio::test]
async fn a_cut_connection_says_nothing_of_what_was_carried_out() {
    let faults = r#"{"faults": [
        {"fault": "cut-before", "session": 2, "message": 2},
        {"fault": "cut-after", "session": 4, "message": 2},
        {"fault": "cut-after", "session": 6, "message": 1},
        {"fault": "copy-outlives-client", "session": 8}
    ]}"#;
    let Some(emulator) = with_faults(faults) else { return };
    let insert = "insert into t values (1)";
    let client = connect(&emulator).await;
    client.batch_execute("select 1").await.expect("not yet");
    assert_eq!(said(client.batch_execute(insert).await), "cut");
    assert_eq!(rows(&emulator), "0");
    let client = connect(&emulator).await;
    client.batch_execute("select 1").await.expect("not yet");
    assert_eq!(said(client.batch_execute(insert).await), "cut");
    assert_eq!(rows(&emulator), "1");
    // By the extended protocol too.
    assert_eq!(said(connect(&emulator).await.execute(insert, &[]).await), "cut");
    let told = emulator.psql(&["-At", "-c", "unload ('select * from t') to 's3://lake/t_' iam_role default"]);
    assert!(told.starts_with("UNLOAD"), "{told}");
    let client = connect(&emulator).await;
    assert_eq!(said(client.batch_execute("copy t from 's3://lake/t_' iam_role default").await), "cut");
    await_that("the COPY has ended without its client", || rows(&emulator) == "4");
    emulator.end();
}

#[tokio::test]
async fn log_ins_fail_and_isolation_is_that_of_redshift() {
    for (isolation, words) in [
        ("snapshot", "XX000 could not complete because of conflict with concurrent transaction"),
        ("serializable", "XX000 1023"),
    ] {
        let expired = r#"{"fault": "credentials-expired", "session": 2}"#;
        let Some(emulator) = with_faults(&format!(r#"{{"isolation": "{isolation}", "faults": [{expired}]}}"#)) else {
            return;
        };
        // With TLS psql would try again without.
        let told = emulator.psql(&["-d", "dbname=dev sslmode=disable", "-c", "insert into t values (1)"]);
        assert!(told.contains("FATAL:  IAM Authentication token has expired"), "{told}");
        emulator.psql(&["-c", "insert into t values (1)"]);
        let (one, other) = (connect(&emulator).await, connect(&emulator).await);
        for client in [&one, &other] {
            client.batch_execute("begin; select * from t").await.expect("a snapshot");
        }
        one.batch_execute("update t set a = 2; commit").await.expect("the first");
        assert_eq!(said(other.batch_execute("update t set a = 3").await), words);
        other.batch_execute("rollback; begin; select * from t").await.expect("again");
        one.batch_execute("update t set a = 4").await.expect("a change");
        assert_eq!(said(other.execute("update t set a = $1", &[&5]).await), words);
        emulator.end();
    }
}

#[test]
fn a_file_that_is_none_is_refused() {
    let Some(sandbox) = sandbox() else { return };
    let sandbox = sandbox.file("faults.json", r#"{"faults": [{"fault": "fire"}]}"#);
    let refused = sandbox.typed("emulate --faults faults.json").ends(3);
    assert!(
        refused.stderr.contains("`faults.json` is no file of faults: unknown variant `fire`"),
        "{}",
        refused.stderr
    );
}
