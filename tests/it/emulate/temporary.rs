//! Temporary passwords: what somebody issued opens a session of its user, in its groups, until it expires.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};
use tokio_postgres::{Client, Config, NoTls};
use vesto::adapters::buckets::Buckets;
use vesto::adapters::emulator::{Cluster, Gate, Limits, Listening, Master};
use vesto::adapters::local_server::{LocalServer, Options};
use vesto::adapters::wire::Wire;
use vesto::double::ExternalNews;
use vesto::emulate::credentials::{Credentials, Issued};
use vesto::emulate::faults::Faults;
use vesto::project::settings::DoubleMode;
use vesto::text::Secret;

use super::sandbox;

fn issued(login: &str, password: &str, seconds: i64) -> Issued {
    Issued {
        login: login.to_owned(),
        password: Secret::new(password.to_owned()),
        expires_at: OffsetDateTime::now_utc() + Duration::seconds(seconds),
        database_user: login.split(':').nth(1).expect("a user").to_owned(),
        creates_user: login.starts_with("IAMA:"),
        groups: login.split(':').skip(2).map(str::to_owned).collect(),
        database: None,
    }
}

async fn connect(port: u16, login: &str, password: &str) -> Result<Client, String> {
    let mut config = Config::new();
    config.host("127.0.0.1").port(port).user(login).password(password).dbname("dev");
    match config.connect(NoTls).await {
        Ok((client, connection)) => {
            tokio::spawn(connection);
            Ok(client)
        }
        Err(error) => Err(error.as_db_error().expect("the server's words").message().to_owned()),
    }
}

async fn ask(client: &Client, sql: &str) -> String {
    client.query_one(sql, &[]).await.expect("a row").get(0)
}

#[test]
fn they_open_their_user_until_they_expire() {
    let Some(sandbox) = sandbox() else { return };
    let options = Options::from_environment(|name| std::env::var_os(name));
    let server = LocalServer::open(&sandbox.path("server"), &options).expect("a server");
    let credentials = Credentials::default();
    let cluster = Cluster {
        name: "local".to_owned(),
        server: server.address().clone(),
        master: Master { name: "awsuser".to_owned(), password: None },
        database: "dev".to_owned(),
        credentials: credentials.clone(),
        connect: Arc::new(Wire { application_name: "test".to_owned() }),
        store: Arc::new(Buckets::default()),
        mode: DoubleMode::Strict,
        news: ExternalNews::default(),
        statement_timeout: None,
    };
    let limits = Limits { connections: 10, message: 1 << 20 };
    let gate = Gate { limits, tls: None, demands_tls: false, faults: Arc::new(Faults::default()) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        cluster.prepare().await.expect("a cluster");
        let address = "127.0.0.1:0".parse().expect("an address");
        let listening = Listening::bind(address, Arc::new(cluster), Arc::new(gate)).await.expect("it listens");
        let port = listening.address().expect("an address").port();
        let serving = tokio::spawn(listening.serve());
        let master = connect(port, "awsuser", "").await.expect("the first user");
        master.batch_execute("create group analysts; create user bob").await.expect("a group and a user");
        log_in(port, &credentials, &master).await;
        serving.abort();
    });
    drop(runtime);
    server.close().expect("it stops");
    LocalServer::reset(&sandbox.path("server"), &options).expect("it goes");
}

async fn log_in(port: u16, credentials: &Credentials, master: &Client) {
    let refused = |login: &str| Err(format!("password authentication failed for user \"{login}\""));
    let alice = "IAMA:alice:analysts";
    assert_eq!(connect(port, alice, "first").await.map(drop), refused(alice));
    credentials.issue(issued(alice, "first", 900));
    credentials.issue(issued(alice, "second", 900));
    credentials.issue(issued(alice, "old", -1));
    credentials.issue(issued("IAM:bob", "his", 900));
    credentials.issue(issued("IAM:nobody", "hers", 900));
    credentials.issue(Issued { database: Some("other".to_owned()), ..issued("IAM:bob", "elsewhere", 900) });
    let member = "select count(*)::varchar from pg_group g, pg_user u where u.usename = 'alice' and \
                  u.usesysid = any (g.grolist)";
    let one = connect(port, alice, "first").await.expect("a session");
    assert_eq!(ask(&one, "select current_user::varchar").await, "alice");
    assert_eq!(ask(&one, member).await, "1");
    let other = connect(port, alice, "second").await.expect("a session");
    drop(one);
    assert_eq!(ask(&other, member).await, "1");
    drop(other);
    let since = std::time::Instant::now();
    while ask(master, member).await != "0" {
        assert!(since.elapsed() < super::PATIENCE, "alice is still in the group");
    }
    assert_eq!(connect(port, alice, "old").await.map(drop), Err("IAM Authentication token has expired".to_owned()));
    assert_eq!(connect(port, alice, "third").await.map(drop), refused(alice));
    let bob = connect(port, "IAM:bob", "his").await.expect("a session");
    assert_eq!(ask(&bob, "select current_user::varchar").await, "bob");
    for (login, password) in [("IAM:bob", "elsewhere"), ("IAM:nobody", "hers"), ("alice", "first")] {
        assert_eq!(connect(port, login, password).await.map(drop), refused(login));
    }
}
