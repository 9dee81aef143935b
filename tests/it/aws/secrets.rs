//! Secrets Manager and KMS, for which moto stands.

use std::io::Write;
use std::process::Stdio;

use super::{account, boto3};
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
