//! The actions of Redshift Serverless that a client needs to log in. Each cluster of the emulator is a workgroup, and a
//! namespace of the same name.
//!
//! <https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/Welcome.html>

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::behind::Location;
use super::clock::{epoch, iso};
use super::fleet::{Cluster, Status};
use super::refusal::Refusal;
use super::service::{Context, HostForm};
use super::{page, parsed, redshift};

/// Carries an action out; returns its answer.
pub(super) async fn carry_out(context: &Context<'_>, action: &str, body: &[u8]) -> Result<Value, Refusal> {
    match action {
        "GetWorkgroup" => {
            let request: OneWorkgroup = parsed(body)?;
            let cluster = cluster(context, &request.workgroup_name, "workgroup")?;
            Ok(json!({"workgroup": workgroup(context, &cluster)}))
        }
        "ListWorkgroups" => list_workgroups(context, parsed(body)?),
        "GetNamespace" => {
            let request: OneNamespace = parsed(body)?;
            let cluster = cluster(context, &request.namespace_name, "namespace")?;
            Ok(json!({"namespace": namespace(context, &cluster)}))
        }
        "GetCredentials" => credentials(context, parsed(body)?).await,
        other => Err(Refusal::not_emulated(format!(
            "`{other}` of redshift-serverless is not emulated; docs/double.md lists what is"
        ))),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OneWorkgroup {
    workgroup_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OneNamespace {
    namespace_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListWorkgroups {
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GetCredentials {
    workgroup_name: Option<String>,
    db_name: Option<String>,
    duration_seconds: Option<u64>,
}

fn list_workgroups(context: &Context<'_>, request: ListWorkgroups) -> Result<Value, Refusal> {
    let size = request.max_results.unwrap_or(100);
    if !(1..=100).contains(&size) {
        return Err(Refusal::validation(format!("maxResults is {size}, expected 1 to 100")));
    }
    let all: Vec<Cluster> = context.api.fleet().clusters(context.now).cloned().collect();
    let (shown, next) = page::page(all, |cluster| cluster.identifier.clone(), request.next_token.as_deref(), size)
        .ok_or_else(|| Refusal::validation("nextToken is not one that an earlier answer gave"))?;
    let workgroups: Vec<Value> = shown.iter().map(|cluster| workgroup(context, cluster)).collect();
    let mut answer = json!({"workgroups": workgroups});
    if let Some(next) = next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}

async fn credentials(context: &Context<'_>, request: GetCredentials) -> Result<Value, Refusal> {
    let Some(name) = request.workgroup_name else {
        return Err(Refusal::validation("workgroupName is missing; custom domain names are not emulated"));
    };
    let seconds = request.duration_seconds.unwrap_or(900);
    if !(900..=3600).contains(&seconds) {
        return Err(Refusal::validation(format!("durationSeconds must be 900 to 3600: {seconds}")));
    }
    let cluster = cluster(context, &name, "workgroup")?;
    if cluster.status(context.now) != Status::Available {
        return Err(Refusal::validation(format!("the workgroup {name} is not available")));
    }
    let issued = redshift::issue_to_identity(context, &cluster.identifier, request.db_name, seconds).await?;
    Ok(json!({
        "dbUser": issued.login,
        "dbPassword": issued.password.expose(),
        "expiration": epoch(issued.expires_at),
        "nextRefreshTime": epoch(issued.expires_at - Duration::from_secs(seconds / 2)),
    }))
}

fn cluster(context: &Context<'_>, name: &str, kind: &str) -> Result<Cluster, Refusal> {
    let missing = |_| Refusal::bad("ResourceNotFoundException", format!("The {kind} {name} was not found."));
    Ok(context.api.fleet().cluster(name, context.now).map_err(missing)?.clone())
}

fn arn(context: &Context<'_>, kind: &str, name: &str) -> String {
    let (region, account) = (&context.caller.region, &context.api.settings.account);
    format!("arn:aws:redshift-serverless:{region}:{account}:{kind}/{name}")
}

/// The shape `Workgroup` of the model.
fn workgroup(context: &Context<'_>, cluster: &Cluster) -> Value {
    let status = match cluster.status(context.now) {
        Status::Creating => "CREATING",
        Status::Available => "AVAILABLE",
        Status::Deleting | Status::FinalSnapshot => "DELETING",
        Status::Pausing | Status::Paused | Status::Resuming | Status::Rebooting => "MODIFYING",
    };
    let name = &cluster.identifier;
    let mut workgroup = json!({
        "workgroupName": name,
        "workgroupId": name,
        "workgroupArn": arn(context, "workgroup", name),
        "namespaceName": name,
        "status": status,
        "creationDate": iso(cluster.created),
        "baseCapacity": 8,
        "configParameters": [],
        "enhancedVpcRouting": false,
        "publiclyAccessible": cluster.shape.publicly_accessible,
        "securityGroupIds": [],
        "subnetIds": [],
    });
    let location = context.location(name, HostForm::Workgroup).filter(|_| cluster.was_made(context.now));
    if let Some(Location { host, port }) = location {
        workgroup["endpoint"] = json!({"address": host, "port": port});
        workgroup["port"] = json!(port);
    }
    workgroup
}

/// The shape `Namespace` of the model.
fn namespace(context: &Context<'_>, cluster: &Cluster) -> Value {
    let status = match cluster.status(context.now) {
        Status::Available => "AVAILABLE",
        Status::Deleting | Status::FinalSnapshot => "DELETING",
        _ => "MODIFYING",
    };
    let name = &cluster.identifier;
    let roles: Vec<&String> = cluster.roles.keys().collect();
    json!({
        "namespaceName": name,
        "namespaceId": name,
        "namespaceArn": arn(context, "namespace", name),
        "adminUsername": cluster.shape.admin,
        "dbName": cluster.shape.database,
        "creationDate": iso(cluster.created),
        "iamRoles": roles,
        "logExports": [],
        "status": status,
    })
}
