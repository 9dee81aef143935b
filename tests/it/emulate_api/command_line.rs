//! The AWS CLI against the API face.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::face::{Face, has_module};
use crate::support::announce;

/// Runs the CLI; returns its JSON.
#[track_caller]
fn aws<const N: usize>(face: &Face, arguments: [&str; N]) -> Value {
    let said = face.output(Command::new("aws").args(arguments).args(["--output", "json"]));
    if said.is_empty() { Value::Null } else { serde_json::from_str(&said).expect("the CLI prints JSON") }
}

#[test]
fn the_aws_cli_makes_asks_and_deletes() {
    let Some(face) = Face::start(Duration::ZERO) else { return };
    if !has_module("awscli") {
        announce("LEFT OUT: the AWS CLI against the emulator's API, because it is not installed: see ci/test");
        return;
    }
    let made = aws(
        &face,
        [
            "redshift",
            "create-cluster",
            "--cluster-identifier=cli",
            "--db-name=apk_cli",
            "--node-type=ra3.large",
            "--cluster-type=single-node",
            "--master-username=apk_admin",
            "--master-user-password=Secret-Pass1word",
            "--tags=Key=run,Value=7",
        ],
    );
    assert_eq!(made["Cluster"]["ClusterIdentifier"], "cli");
    let found = aws(&face, ["redshift", "describe-clusters", "--tag-keys=run"]);
    assert_eq!(found["Clusters"][0]["ClusterStatus"], "available");
    let credentials = aws(
        &face,
        ["redshift", "get-cluster-credentials", "--cluster-identifier=cli", "--db-user=apk_eve", "--auto-create"],
    );
    assert_eq!(credentials["DbUser"], "IAMA:apk_eve");
    let group = aws(&face, ["redshift-serverless", "get-workgroup", "--workgroup-name=cli"]);
    assert_eq!(group["workgroup"]["endpoint"]["address"], "127.0.0.1");
    let statement = aws(
        &face,
        [
            "redshift-data",
            "execute-statement",
            "--workgroup-name=cli",
            "--database=apk_cli",
            "--sql=select top 1 listagg('a') as all_of_them",
            "--wait-time-seconds=20",
        ],
    );
    assert_eq!(statement["Status"], "FINISHED", "{statement}");
    let id = format!("--id={}", statement["Id"].as_str().expect("an id"));
    let result = aws(&face, ["redshift-data", "get-statement-result", &id]);
    assert_eq!(result["Records"][0][0]["stringValue"], "a", "{result}");
    aws(&face, ["redshift", "delete-cluster", "--cluster-identifier=cli", "--skip-final-cluster-snapshot"]);
    let left = aws(&face, ["redshift", "describe-clusters"]);
    assert_eq!(left["Clusters"], Value::Array(Vec::new()));
}
