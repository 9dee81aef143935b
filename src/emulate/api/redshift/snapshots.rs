//! Snapshots: copies of a cluster's database, and clusters made from them.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{clusters, description, names, new_cluster, page_of};
use crate::emulate::api::behind::NewCluster;
use crate::emulate::api::fleet::{Cluster, Snapshot, SnapshotStatus};
use crate::emulate::api::query::Parameters;
use crate::emulate::api::refusal::Refusal;
use crate::emulate::api::service::Context;

/// Days that a manual snapshot is kept; -1, for ever, unless given.
pub(super) fn retention(parameters: &Parameters, name: &str) -> Result<i32, Refusal> {
    let days = parameters.number(name)?.unwrap_or(-1);
    if days == -1 || (1..=3653).contains(&days) {
        return Ok(days);
    }
    Err(Refusal::bad("InvalidRetentionPeriodFault", format!("{name} must be -1 or 1 to 3653 days: {days}")))
}

/// Takes a snapshot of a cluster whose state allows it.
pub(super) async fn save(
    context: &Context<'_>,
    identifier: &str,
    cluster: &str,
    retention: i32,
) -> Result<Snapshot, Refusal> {
    let snapshot = context.api.fleet().add_snapshot(identifier, cluster, retention, context.now)?;
    let saved = context.api.behind.save(&snapshot.cluster, &snapshot.key()).await;
    context.api.data.close_sessions_of(&snapshot.cluster);
    context.api.fleet().settle_snapshot(&snapshot.identifier, saved.is_ok(), OffsetDateTime::now_utc());
    saved?;
    Ok(snapshot)
}

pub(super) async fn create(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let identifier = names::identifier(parameters, "SnapshotIdentifier", 255)?;
    let cluster = names::identifier(parameters, "ClusterIdentifier", 63)?;
    let retention = retention(parameters, "ManualSnapshotRetentionPeriod")?;
    let tags = names::tags(parameters)?;
    context.api.fleet().available(&cluster, context.now)?;
    save(context, &identifier, &cluster, retention).await?;
    let mut fleet = context.api.fleet();
    let snapshot = fleet.snapshot(&identifier, None)?;
    names::add_tags(&mut snapshot.tags, tags)?;
    let snapshot = snapshot.clone();
    drop(fleet);
    Ok(one(context, &snapshot))
}

fn one(context: &Context<'_>, snapshot: &Snapshot) -> Value {
    let status = snapshot.status(context.now).as_str();
    json!({"Snapshot": description::snapshot(context, snapshot, status)})
}

pub(super) fn describe(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let mut fleet = context.api.fleet();
    let cluster = parameters.text("ClusterIdentifier");
    let mut found: Vec<Snapshot> = match parameters.text("SnapshotIdentifier") {
        Some(identifier) => vec![fleet.snapshot(identifier, cluster)?.clone()],
        None => fleet.snapshots().cloned().collect(),
    };
    drop(fleet);
    if let Some(cluster) = cluster {
        found.retain(|snapshot| snapshot.cluster.eq_ignore_ascii_case(cluster));
    }
    if let Some(arn) = parameters.text("SnapshotArn") {
        let wanted = names::Resource::read(arn)?;
        let is_wanted = |snapshot: &Snapshot| {
            let (cluster, identifier) = (snapshot.cluster.clone(), snapshot.identifier.clone());
            names::Resource::Snapshot { cluster, identifier } == wanted
        };
        found.retain(is_wanted);
    }
    if parameters.text("SnapshotType").is_some_and(|kind| kind != "manual") {
        found.clear();
    }
    let filter = names::TagFilter::read(parameters);
    found.retain(|snapshot| filter.takes(&snapshot.tags));
    let (shown, marker) = page_of(parameters, found, |snapshot| snapshot.identifier.clone())?;
    let snapshots: Vec<Value> = shown.iter().map(|snapshot| one(context, snapshot)["Snapshot"].take()).collect();
    Ok(json!({"Snapshots": {"Snapshot": snapshots}, "Marker": marker}))
}

pub(super) async fn delete(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let identifier = names::identifier(parameters, "SnapshotIdentifier", 255)?;
    let cluster = parameters.text("SnapshotClusterIdentifier");
    let snapshot = context.api.fleet().complete_snapshot(&identifier, cluster, context.now)?;
    context.api.behind.forget(&snapshot.key()).await?;
    context.api.fleet().remove_snapshot(&snapshot.identifier);
    Ok(json!({"Snapshot": description::snapshot(context, &snapshot, SnapshotStatus::Deleted.as_str())}))
}

pub(super) async fn restore(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let identifier = names::identifier(parameters, "ClusterIdentifier", 63)?;
    let (wanted, of) = match (parameters.text("SnapshotIdentifier"), parameters.text("SnapshotArn")) {
        (Some(wanted), None) => (wanted.to_owned(), parameters.text("SnapshotClusterIdentifier").map(str::to_owned)),
        (None, Some(arn)) => match names::Resource::read(arn)? {
            names::Resource::Snapshot { cluster, identifier } => (identifier, Some(cluster)),
            names::Resource::Cluster(_) => return Err(Refusal::invalid(format!("no ARN of a snapshot: {arn}"))),
        },
        _ => return Err(Refusal::combination("Give either SnapshotIdentifier or SnapshotArn")),
    };
    let snapshot = context.api.fleet().complete_snapshot(&wanted, of.as_deref(), context.now)?;
    let mut shape = new_cluster::changed(snapshot.shape.clone(), parameters)?;
    shape.nodes = parameters.number("NumberOfNodes")?.unwrap_or(shape.nodes);
    let new = NewCluster {
        identifier: identifier.clone(),
        port: new_cluster::port(parameters)?,
        database: shape.database.clone(),
        admin: shape.admin.clone(),
        password: None,
    };
    let mut cluster = new_cluster::dress(Cluster::new(identifier, shape, context.now), parameters, context.now)?;
    cluster.restored_from = Some(snapshot.key());
    context.api.fleet().add(cluster, context.now)?;
    let made = context.api.behind.restore(&new, &snapshot.key()).await;
    clusters::settle_new(context, &new.identifier, made)
}
