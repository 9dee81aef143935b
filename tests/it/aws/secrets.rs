//! Secrets Manager, parameters of Systems Manager, and KMS, for which moto stands.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use super::{Site, account, answering, boto3};
use crate::emulate::await_that;
use crate::support::{PASSWORD, Sandbox};
use crate::unload::moto::Moto;

/// A project on a PostgreSQL whose password is where these settings say, and the endpoint of AWS.
fn site(password: &str) -> Option<(Moto, Sandbox)> {
    let moto = Moto::start("unused")?;
    let project = account(Sandbox::on_server("redshift")?, &moto.endpoint());
    let url = project.database().url().replace(&format!(":{PASSWORD}@"), "@");
    let settings = format!(
        "[project]\nname = sample\ntarget = dev\n[target dev]\nkind = postgres\ndialect = redshift\nurl = {url}\npassword = {password}\n"
    );
    project.write("vesto.ini", &settings);
    project.write("changes/V1__t.sql", "create table t (n integer);\n");
    Some((moto, project))
}

#[test]
fn a_password_may_be_a_key_of_a_secret() {
    let Some((moto, project)) = site("${secret:warehouse/dev#password}") else { return };
    project.typed("status").refuses(3, "secretsmanager:GetSecretValue failed", "vesto.ini");
    let create = |text: &str| {
        format!("client('secretsmanager').create_secret(Name='warehouse/dev', SecretString={text:?})['ARN']")
    };
    let arn = boto3(&moto.endpoint(), &create(&format!(r#"{{"username": "postgres", "password": "{PASSWORD}"}}"#)));
    project.typed("apply").ends(0).lacks(PASSWORD);
    project.write("vesto.ini", &project.read("vesto.ini").replace("warehouse/dev#", &format!("{arn}#")));
    project.typed("status").ends(0);
    project.write("vesto.ini", &project.read("vesto.ini").replace("#password", "#pass"));
    project
        .typed("status")
        .ends(3)
        .err("the secret has no key `pass`")
        .err("it has password, username")
        .lacks(PASSWORD);
}

#[test]
fn a_value_may_be_encrypted_by_a_key_of_kms() {
    let Some((moto, project)) = site("${kms:}") else { return };
    project.typed("secret create-key --alias vesto").ends(0).out("alias/vesto");
    project
        .typed("secret create-key --alias vesto")
        .ends(7)
        .err("kms:CreateAlias failed")
        .err("will be deleted in 7 days");
    let mut encrypt = project.command(&["secret", "encrypt", "--key", "alias/vesto"]);
    let mut child = encrypt.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("vesto runs");
    child.stdin.take().expect("a pipe").write_all(format!("{PASSWORD}\n").as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let reference = String::from_utf8(output.stdout).expect("text");
    assert!(reference.starts_with("${kms:") && !reference.contains(PASSWORD), "{reference}");
    project.write("vesto.ini", &project.read("vesto.ini").replace("${kms:}", reference.trim_end()));
    project.typed("apply").ends(0).lacks(PASSWORD);
    project.write("vesto.ini", &project.read("vesto.ini").replace("${kms:", "${kms:AAAA"));
    project.typed("status").ends(3).err("kms:Decrypt failed").err("${kms:...}");
    drop(moto);
}

#[test]
fn a_password_may_be_a_parameter_of_systems_manager() {
    let Some((moto, mut project)) = site("${ssm:/warehouse/dev/password}") else { return };
    project.typed("status").refuses(3, "ssm:GetParameter failed", "vesto.ini");
    let put = format!(
        "client('ssm').put_parameter(Name='/warehouse/dev/password', Type='SecureString', Value={PASSWORD:?})['Version']"
    );
    boto3(&moto.endpoint(), &put);
    project.typed("apply --verbose").ends(0).lacks(PASSWORD);
    // The service's own endpoint comes before the one of all services, from a variable or from the profile.
    project.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    project.typed("status").ends(3).err("ssm:GetParameter failed: AWS could not be reached");
    project.set("AWS_ENDPOINT_URL_SSM", &moto.endpoint());
    project.typed("status").ends(0);
    project.unset("AWS_ENDPOINT_URL");
    project.unset("AWS_ENDPOINT_URL_SSM");
    let profile =
        format!("[default]\nservices = local\n[services local]\nssm =\n  endpoint_url = {}\n", moto.endpoint());
    project.write("aws.ini", &profile);
    project.set("AWS_CONFIG_FILE", "aws.ini");
    project.typed("status").ends(0);
}

#[test]
fn a_call_that_is_throttled_is_made_again() {
    let Some((moto, mut project)) = site("${ssm:dev}") else { return };
    let value = format!(r#"{{"Parameter": {{"Value": "{PASSWORD}", "Version": 1}}}}"#);
    let throttled = r#"{"__type": "com.amazonaws.ssm#ThrottlingException", "message": "Rate exceeded"}"#;
    project.set("AWS_ENDPOINT_URL_SSM", &answering(&[(400, throttled), (503, "busy"), (200, &value)]));
    project.typed("status").ends(0).lacks(PASSWORD);
    project.set("AWS_ENDPOINT_URL_SSM", &answering(&[(400, throttled)]));
    project.typed("status").ends(3).err("ssm:GetParameter failed: Rate exceeded (ThrottlingException)");
    project.set("AWS_ENDPOINT_URL_SSM", &answering(&[(200, &format!(r#"{{"Value": "{PASSWORD}"}}"#))]));
    project.typed("status").ends(3).err("the answer is not one of AWS").lacks(PASSWORD);
    drop(moto);
}

/// Every file below a folder, as text.
fn written(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.push_str(&written(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            all.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    all
}

/// All rows of the ledger, over the Data API.
fn ledger(site: &Site) -> String {
    let rows = |table: &str| {
        let sql = format!("select * from vesto.{table}");
        site.boto3(&format!(
            "(lambda d: d.get_statement_result(Id=d.execute_statement(ClusterIdentifier='local', DbUser='awsuser', Database='dev', Sql={sql:?}, \
             WaitTimeSeconds=20)['Id'])['Records'])(client('redshift-data'))"
        ))
    };
    ["run", "entry", "entry_text", "journal", "holder", "fence"].map(rows).join("\n")
}

#[test]
fn no_byte_that_is_written_holds_a_secret() {
    const TOKEN: &str = "t0ken-Geheim-99";
    const PARAMETER: &str = "p4rameter-Geheim-7";
    const SESSION: &str = "session-t0ken-of-sts";
    let target =
        "[target dev]\nkind = redshift\ncluster = local\nuser = awsuser\nhostaddr = 127.0.0.1\nsslrootcert = ca.pem\n";
    let settings = format!("{target}\n[vars]\ntoken = ${{secret:api#token}}\nkey = ${{ssm:key}}\n");
    let Some(moto) = Moto::start("unused") else { return };
    let Some(mut site) = Site::start(&settings) else { return };
    site.project.set("AWS_ENDPOINT_URL_SECRETS_MANAGER", &moto.endpoint());
    site.project.set("AWS_ENDPOINT_URL_SSM", &moto.endpoint());
    site.project.set("AWS_SESSION_TOKEN", SESSION);
    site.project.set("RUST_LOG", "trace");
    let text = format!(r#"{{"token": "{TOKEN}"}}"#);
    boto3(
        &moto.endpoint(),
        &format!("client('secretsmanager').create_secret(Name='api', SecretString={text:?})['ARN']"),
    );
    boto3(
        &moto.endpoint(),
        &format!("client('ssm').put_parameter(Name='key', Type='SecureString', Value={PARAMETER:?})['Version']"),
    );
    let change = "create table u (s varchar(40));\ninsert into u values ('${token}'), ('${key}');\n";
    site.project.write("changes/V2__u.sql", change);
    let mut said = String::new();
    let mut run = |line: &str, code: i32| {
        let answer = site.project.typed(line).ends(code);
        said.push_str(&answer.stdout);
        said.push_str(&answer.stderr);
    };
    run("ping --format json", 0);
    run("plan --verbose --out plan.json", 0);
    run("show plan.json", 0);
    run("apply plan.json --verbose --junit apply.xml", 0);
    run("test --verbose --junit test.xml", 0);
    run("history --format json", 0);
    run("verify", 0);
    site.project.write("changes/V3__wrong.sql", "insert into u select cast('${token}' as integer);\n");
    run("apply --format json --junit wrong.xml", 6);
    run("rollback --verbose", 0);
    run("cluster status", 0);
    let (files, rows) = (written(&site.project.path("")), ledger(&site));
    assert!(rows.contains("awsuser") || rows.contains("tester"), "the ledger was read: {rows}");
    for secret in [TOKEN, PARAMETER, SESSION, super::SECRET_KEY] {
        assert!(!said.contains(secret) && !files.contains(secret) && !rows.contains(secret), "{secret} is written");
    }
    site.emulator.end();
}

#[test]
fn a_password_that_was_changed_meanwhile_is_looked_up_again() {
    const SLOW: &str = r#"{"faults": [
        {"fault": "latency", "statement": "lock table vesto.fence", "milliseconds": [8000, 8000], "times": 1}
    ]}"#;
    let target = "[target dev]\nkind = redshift\ncluster = local\nuser = joe\npassword = ${secret:joe#password}\n\
        lock_term = 2s\nhostaddr = 127.0.0.1\nsslrootcert = ca.pem\n";
    let Some(moto) = Moto::start("unused") else { return };
    let Some(mut site) = Site::with_fault_file(target, SLOW) else { return };
    site.project.set("AWS_ENDPOINT_URL_SECRETS_MANAGER", &moto.endpoint());
    site.project.write("changes/V2__slow.sql", "select pg_sleep(3);\n");
    let keep = |call: &str, password: &str| {
        let text = format!(r#"{{"password": "{password}"}}"#);
        boto3(&moto.endpoint(), &format!("client('secretsmanager').{call}='joe', SecretString={text:?})['ARN']"));
    };
    site.sql("create user joe password 'First-Pass1' createuser");
    keep("create_secret(Name", "First-Pass1");
    let mut apply = site.project.command(&["apply", "--lock-timeout", "60s"]);
    let child = apply.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("vesto runs");
    let sessions = "select count(*) from stv_sessions where trim(user_name) = 'joe'";
    await_that("it has logged in", || site.sql(sessions).trim() == "1");
    // The heartbeat opens its session only after the lock is taken, for which the first session still waits.
    site.sql("alter user joe password 'Second-Pass2'");
    keep("put_secret_value(SecretId", "Second-Pass2");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("could not be renewed") && !said.contains("-Pass"), "{said}");
    site.emulator.end();
}
