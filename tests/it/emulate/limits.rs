//! Who gets in from where, and how much a client may use.

use tokio_postgres::{Client, Config, NoTls};

use super::{Emulator, sandbox};

async fn connect(port: u16, user: &str, password: &str) -> Result<Client, tokio_postgres::Error> {
    let mut config = Config::new();
    config.host("127.0.0.1").port(port).user(user).password(password).dbname("dev");
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

fn said(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| format!("{error:?}"), |said| format!("{} {}", said.code().code(), said.message()))
}

#[test]
fn other_machines_get_in_only_where_that_is_meant() {
    let Some(sandbox) = sandbox() else { return };
    let refused = sandbox.typed("emulate --listen 0.0.0.0:0").ends(2);
    assert!(refused.stderr.contains("other machines can reach 0.0.0.0:0"), "{}", refused.stderr);
    let refused = sandbox.typed("emulate --listen 0.0.0.0:0 --allow-remote").ends(2);
    assert!(refused.stderr.contains("there is no password"), "{}", refused.stderr);
    sandbox.write_private("password", "Geh3im\n", 0o644);
    let refused = sandbox.typed("emulate --password-file password").ends(3);
    assert!(refused.stderr.contains("can be read by others"), "{}", refused.stderr);
    for typed in ["--cluster Other=0", "--cluster other", "--cluster local=0"] {
        sandbox.typed(&format!("emulate {typed}")).ends(2);
    }
}

#[tokio::test]
async fn with_a_password_a_remote_address_takes_tls_only() {
    let Some(sandbox) = sandbox() else { return };
    sandbox.write_private("password", "Geh3im\n", 0o600);
    let arguments = ["--password-file", "password", "--listen", "0.0.0.0:0", "--allow-remote"];
    let mut emulator = Emulator::start_in(sandbox, &arguments);
    let error = connect(emulator.port(), "awsuser", "Geh3im").await.expect_err("no TLS");
    assert_eq!(said(&error), "28000 this server takes connections with SSL only");
    emulator.sandbox.set("PGPASSWORD", "Geh3im");
    let psql = |password: &str| {
        let url = format!("postgres://awsuser:{password}@127.0.0.1:{}/dev?sslmode=require", emulator.port());
        let output = std::process::Command::new("psql").args(["-XAt", "-c", "select 1", &url]).output();
        String::from_utf8(output.expect("psql runs").stdout).expect("text")
    };
    assert_eq!(psql("Geh3im"), "1\n");
    assert_eq!(psql("other"), "");
    emulator.end();
}

#[tokio::test]
async fn connections_messages_and_statements_have_limits() {
    let arguments = ["--max-connections", "2", "--max-message", "100000", "--timeout", "1s"];
    let Some(emulator) = Emulator::start(&arguments) else { return };
    let port = emulator.port();
    let (first, second) = (connect(port, "awsuser", "").await, connect(port, "awsuser", "").await);
    let (first, second) = (first.expect("a session"), second.expect("a session"));
    let error = connect(port, "awsuser", "").await.expect_err("one too many");
    assert_eq!(said(&error), "53300 connection limit \"2\" exceeded for non-bootstrap users");
    let error = first.batch_execute("select pg_sleep(60)").await.expect_err("too long");
    assert!(said(&error).starts_with("57014"), "{}", said(&error));
    let long = format!("select '{}'", "x".repeat(100_000));
    let error = first.batch_execute(&long).await.expect_err("too large");
    assert!(said(&error).contains("is longer than the limit of 100000"), "{}", said(&error));
    // Its place is free again.
    drop((first, second));
    let mut third = connect(port, "awsuser", "").await;
    let since = std::time::Instant::now();
    while third.is_err() && since.elapsed() < super::PATIENCE {
        third = connect(port, "awsuser", "").await;
    }
    third.expect("a session").batch_execute("select 1").await.expect("an answer");
    emulator.end();
}

#[test]
fn clusters_share_nothing_but_the_buckets() {
    let Some(mut emulator) = Emulator::start(&["--cluster", "other=0"]) else { return };
    emulator.psql(&["-c", "create table t (a int); insert into t values (7)"]);
    emulator.psql(&["-c", "unload ('select * from t') to 's3://lake/t_' iam_role default"]);
    emulator.ports.reverse();
    let told = emulator.psql(&["-At", "-c", "select * from t"]);
    assert!(told.contains("relation \"t\" does not exist"), "{told}");
    let sql = "create table t (a int); copy t from 's3://lake/t_' iam_role default; select a from t";
    let told = emulator.psql(&["-At", "-c", sql]);
    assert!(told.starts_with("CREATE TABLE\nCOPY\n7\n"), "{told}");
    emulator.end();
}
