//! Tools that teams run against Redshift: SQLAlchemy, dbt, awswrangler and JDBC. `ci/test` installs them in an environment of
//! their own, because they want older versions of what the other tests use.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::drivers::certified;
use super::{Emulator, sandbox};
use crate::support::announce;
use crate::unload::moto::Moto;

/// Names the environment of the tools, as `ci/test` sets it. Where it is set nothing may lack.
const ENVIRONMENT: &str = "VESTO_TEST_TOOLS";

/// Debian's place of PostgreSQL's JDBC driver.
const JDBC_DRIVER: &str = "/usr/share/java/postgresql.jar";

/// The folder of the tools' programs. Nothing, after a loud word, where none was installed.
fn programs() -> Option<PathBuf> {
    let folder = std::env::var_os(ENVIRONMENT).map(|folder| Path::new(&folder).join("bin"));
    if folder.is_none() {
        announce(&format!("LEFT OUT: tools that use the emulator, because {ENVIRONMENT} is not set: see ci/test"));
    }
    folder
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/emulate").join(name)
}

/// Runs a program with the emulator's place in its environment.
#[track_caller]
fn run(command: &mut Command, emulator: &Emulator) -> Output {
    command.env("HOST", "127.0.0.1").env("PORT", emulator.port().to_string()).stdin(Stdio::null());
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; ci/test installs it"))
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn sqlalchemy() {
    let Some(programs) = programs() else { return };
    let Some(emulator) = Emulator::start(&[]) else { return };
    succeeds(&run(Command::new(programs.join("python3")).arg(data("with_sqlalchemy.py")), &emulator));
    emulator.end();
}

/// The version before that of the other tests, with pandas.
#[test]
fn redshift_connector_with_pandas() {
    let Some(programs) = programs() else { return };
    let Some(emulator) = certified() else { return };
    let mut python = Command::new(programs.join("python3"));
    python.arg(data("with_redshift_connector.py")).env("PANDAS", "1");
    succeeds(&run(python.env("SSL_CERT_FILE", emulator.sandbox.path("server.crt")), &emulator));
    emulator.end();
}

#[test]
fn awswrangler() {
    let Some(programs) = programs() else { return };
    let (Some(sandbox), Some(moto)) = (sandbox(), Moto::start("bucket")) else { return };
    let settings = format!(
        "[project]\nname = sample\n\n[store bucket]\nbucket = bucket\nendpoint = {}\naccess_key_id = AKIATEST\n\
         secret_access_key = geheim\n",
        moto.endpoint()
    );
    sandbox.write("vesto.ini", &settings);
    let emulator = Emulator::start_in(sandbox, &[]);
    let mut python = Command::new(programs.join("python3"));
    succeeds(&run(python.arg(data("with_awswrangler.py")).env("ENDPOINT", moto.endpoint()), &emulator));
    emulator.end();
}

#[test]
fn dbt() {
    let Some(programs) = programs() else { return };
    let Some(emulator) = Emulator::start(&[]) else { return };
    let project = emulator.sandbox.path("dbt");
    copy_folder(&data("dbt"), &project);
    let dbt = |arguments: &[&str]| {
        let mut command = Command::new(programs.join("dbt"));
        command.args(arguments).current_dir(&project).env("DBT_PROFILES_DIR", &project);
        run(command.env("HOME", emulator.sandbox.path(".")), &emulator)
    };
    let does = |arguments: &[&str], words: &str| {
        let said = succeeds(&dbt(arguments));
        assert!(said.contains(words), "no `{words}` in\n{said}");
    };
    does(&["debug"], "All checks passed!");
    does(&["seed"], "PASS=2 WARN=0 ERROR=0 SKIP=0");
    // The second time, what is incremental is merged, and what is there is replaced.
    for _ in 0..2 {
        does(&["run"], "PASS=5 WARN=0 ERROR=0 SKIP=0");
        does(&["snapshot"], "PASS=1 WARN=0 ERROR=0 SKIP=0");
    }
    does(&["test"], "PASS=5 WARN=0 ERROR=0 SKIP=0");
    does(&["docs", "generate"], "Catalog written");
    let counts = "select (select count(*) from shop.orders), (select count(*) from shop.events), \
                  (select count(*) from shop.customers_over_time), (select sum(amount) from shop.daily)";
    assert_eq!(emulator.psql(&["-At", "-c", counts]), "3|3|3|114.75\n");
    let design = "select diststyle, sortkey1 from svv_table_info where \"table\" in ('orders', 'totals') order by 1";
    assert_eq!(emulator.psql(&["-At", "-c", design]), "ALL|INTERLEAVED\nKEY(customer_id)|ordered_at\n");
    // What is wrong with the data is found.
    emulator.psql(&["-q", "-c", "insert into shop.orders values (9, 99, -1, getdate())"]);
    let output = dbt(&["test"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.code() == Some(1) && said.contains("PASS=3 WARN=0 ERROR=2 SKIP=0"), "{said}");
    emulator.end();
}

#[test]
fn jdbc() {
    if std::env::var_os(ENVIRONMENT).is_none() && !Path::new(JDBC_DRIVER).exists() {
        announce(&format!("LEFT OUT: the emulator with JDBC, because there is no {JDBC_DRIVER}: see ci/test"));
        return;
    }
    let Some(emulator) = certified() else { return };
    let url = format!("jdbc:postgresql://localhost:{}/dev", emulator.port());
    let mut java = Command::new("java");
    java.args(["-cp", JDBC_DRIVER]).arg(data("WithJdbc.java")).arg(url).args(["user=awsuser", "password="]);
    let certificate = format!("sslrootcert={}", emulator.sandbox.path("server.crt").display());
    succeeds(&run(java.args(["sslmode=verify-full", &certificate]), &emulator));
    emulator.end();
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        if path.is_dir() {
            copy_folder(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).expect("a copy");
        }
    }
}
