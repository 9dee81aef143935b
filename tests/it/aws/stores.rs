//! Stores on S3 that take their credentials from where all calls of AWS have theirs. moto checks signatures and policies.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::{account, boto3};
use crate::support::Sandbox;
use crate::unload::moto::Moto;

/// An S3 with one file that two may read: the user `loader`, and whoever assumes the role `lake`, as the user `caller` may.
struct Lake {
    moto: Moto,
    loader: Value,
    caller: Value,
    role: String,
}

impl Lake {
    fn start() -> Option<Self> {
        let moto = Moto::start("bucket")?;
        let ask = |expression: &str| boto3(&moto.endpoint(), expression);
        let json = |expression: &str| -> Value {
            serde_json::from_str(&ask(&format!("json.dumps({expression}, default=str)"))).expect("JSON")
        };
        ask("client('s3').put_object(Bucket='bucket', Key='in/a.csv', Body=b'1\\n2\\n3\\n')['ETag']");
        let policy = |action: &str| {
            let statement = json!([{"Effect": "Allow", "Action": action, "Resource": "*"}]);
            json!({"Version": "2012-10-17", "Statement": statement}).to_string()
        };
        let user = |name: &str, action: &str| {
            ask(&format!("client('iam').create_user(UserName={name:?})['User']['Arn']"));
            let policy = policy(action);
            ask(&format!(
                "client('iam').put_user_policy(UserName={name:?}, PolicyName='p', PolicyDocument={policy:?})"
            ));
            json(&format!("client('iam').create_access_key(UserName={name:?})['AccessKey']"))
        };
        let (loader, caller) = (user("loader", "s3:*"), user("caller", "sts:AssumeRole"));
        let trust = r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}"#;
        let role = json(&format!(
            "client('iam').create_role(RoleName='lake', AssumeRolePolicyDocument={trust:?})['Role']['Arn']"
        ));
        let policy = policy("s3:*");
        ask(&format!("client('iam').put_role_policy(RoleName='lake', PolicyName='p', PolicyDocument={policy:?})"));
        let address = format!("{}/moto-api/reset-auth", moto.endpoint());
        ask(&format!("__import__('requests').post({address:?}, data=b'0').status_code"));
        let role = role.as_str().expect("an ARN").to_owned();
        Some(Self { moto, loader, caller, role })
    }

    /// A project that copies the file into a table; these keys say as whom. The variables name a user that nobody knows.
    fn project(&self, keys: &str) -> Option<Sandbox> {
        let project = account(Sandbox::on_server("redshift")?, &self.moto.endpoint());
        let endpoint = self.moto.endpoint();
        let settings =
            project.read("vesto.ini") + &format!("\n[store bucket]\nbucket = bucket\nendpoint = {endpoint}\n{keys}");
        project.write("vesto.ini", &settings);
        project.write(
            "changes/V1__copy.sql",
            "create table t (n int);\ncopy t from 's3://bucket/in/' iam_role default csv;\n",
        );
        Some(project)
    }
}

fn secret(keys: &Value) -> (&str, &str) {
    let text = |name: &str| keys[name].as_str().expect("text");
    (text("AccessKeyId"), text("SecretAccessKey"))
}

/// A profile of `~/.aws/config` with the keys of a user.
fn profile(name: &str, keys: &Value) -> String {
    let (id, key) = secret(keys);
    format!("[profile {name}]\naws_access_key_id = {id}\naws_secret_access_key = {key}\n")
}

#[track_caller]
fn copies(project: &Sandbox) {
    project.typed("apply").ends(0);
    assert_eq!(project.ask("select count(*) from t"), "3");
}

#[test]
fn a_store_may_be_used_as_a_profile() {
    let Some(lake) = Lake::start() else { return };
    let Some(project) = lake.project("") else { return };
    project.write(".aws/config", &(profile("loader", &lake.loader) + &profile("caller", &lake.caller)));
    project.typed("apply").ends(6).out("InvalidAccessKeyId").lacks(super::SECRET_KEY);
    let settings = project.read("vesto.ini");
    project.write("vesto.ini", &format!("{settings}profile = caller\n"));
    project.typed("apply").ends(6).out("AccessDenied").lacks(secret(&lake.caller).1);
    project.write("vesto.ini", &format!("{settings}profile = nobody\n"));
    project.typed("apply").ends(6).out("there are no credentials for AWS").out("nobody");
    project.write("vesto.ini", &format!("{settings}profile = loader\n"));
    copies(&project);
}

#[test]
fn a_store_may_be_used_by_a_role_that_is_assumed() {
    let Some(lake) = Lake::start() else { return };
    // By the keys of the variables, and by a profile that is a role itself.
    let Some(mut project) = lake.project(&format!("assume_role = {}\n", lake.role)) else { return };
    let (id, key) = secret(&lake.caller);
    project.set("AWS_ACCESS_KEY_ID", id);
    project.set("AWS_SECRET_ACCESS_KEY", key);
    copies(&project);
    let Some(project) = lake.project("profile = lake\n") else { return };
    let role = format!("[profile lake]\nrole_arn = {}\nsource_profile = caller\n", lake.role);
    project.write(".aws/config", &(profile("caller", &lake.caller) + &role));
    copies(&project);
}

#[test]
fn a_profile_may_have_a_command_for_its_credentials() {
    let Some(lake) = Lake::start() else { return };
    let Some(project) = lake.project("profile = vault\n") else { return };
    let command = project.path("vault");
    project
        .write(".aws/config", &format!("[profile vault]\ncredential_process = {} --user loader\n", command.display()));
    let (id, key) = secret(&lake.loader);
    let answer = json!({"Version": 1, "AccessKeyId": id, "SecretAccessKey": key});
    project.write("vault", &format!("#!/bin/sh\n[ \"$*\" = '--user loader' ] || exit 3\ncat <<'end'\n{answer}\nend\n"));
    std::fs::set_permissions(&command, PermissionsExt::from_mode(0o700)).expect("a mode");
    copies(&project);
    project.write("vault", "#!/bin/sh\necho 'the vault is shut' >&2\nexit 1\n");
    project.write("changes/V2__copy.sql", "copy t from 's3://bucket/in/' iam_role default csv;\n");
    project.typed("apply").ends(6).out("there are no credentials for AWS").out("the vault is shut").lacks(key);
}
