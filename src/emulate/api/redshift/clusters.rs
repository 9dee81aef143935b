//! Clusters: made, described, paused, resumed, rebooted, deleted.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{description, names, new_cluster, page_of, snapshots};
use crate::emulate::api::behind::Failure;
use crate::emulate::api::fleet::{Change, Reserved};
use crate::emulate::api::query::Parameters;
use crate::emulate::api::refusal::Refusal;
use crate::emulate::api::service::Context;

/// The answer to whatever changes one cluster.
fn one(context: &Context<'_>, identifier: &str) -> Result<Value, Refusal> {
    let cluster = context.api.fleet().cluster(identifier, context.now)?.clone();
    Ok(json!({"Cluster": description::cluster(context, &cluster)}))
}

pub(super) async fn create(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let (new, cluster) = new_cluster::read(parameters, context.now)?;
    context.api.fleet().add(cluster, context.now)?;
    let made = context.api.behind.make(&new).await;
    settle_new(context, &new.identifier, made)
}

/// Ends what [`Fleet::add`](crate::emulate::api::fleet::Fleet::add) began.
pub(super) fn settle_new(context: &Context<'_>, identifier: &str, made: Result<(), Failure>) -> Result<Value, Refusal> {
    match made {
        Ok(()) => context.api.fleet().made(identifier, OffsetDateTime::now_utc()),
        Err(failure) => {
            context.api.fleet().not_made(identifier);
            return Err(failure.into());
        }
    }
    one(context, identifier)
}

pub(super) fn describe(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let mut fleet = context.api.fleet();
    let found = match parameters.text("ClusterIdentifier") {
        Some(identifier) => vec![fleet.cluster(identifier, context.now)?.clone()],
        None => fleet.clusters(context.now).cloned().collect(),
    };
    drop(fleet);
    let filter = names::TagFilter::read(parameters);
    let found: Vec<_> = found.into_iter().filter(|cluster| filter.takes(&cluster.tags)).collect();
    let (shown, marker) = page_of(parameters, found, |cluster| cluster.identifier.clone())?;
    let clusters: Vec<Value> = shown.iter().map(|cluster| description::cluster(context, cluster)).collect();
    Ok(json!({"Clusters": {"Cluster": clusters}, "Marker": marker}))
}

/// Ends what was reserved, once the databases have followed.
fn settle(context: &Context<'_>, reserved: Reserved, done: Result<(), Failure>) -> Result<(), Refusal> {
    context.api.fleet().settle(reserved, done.is_ok(), OffsetDateTime::now_utc());
    Ok(done?)
}

pub(super) async fn pause(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let identifier = names::identifier(parameters, "ClusterIdentifier", 63)?;
    let reserved = context.api.fleet().reserve(&identifier, Change::Pause, context.now)?;
    let done = context.api.behind.stop(&identifier).await;
    context.api.data.close_sessions_of(&identifier);
    settle(context, reserved, done)?;
    one(context, &identifier)
}

pub(super) async fn resume(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let identifier = names::identifier(parameters, "ClusterIdentifier", 63)?;
    let reserved = context.api.fleet().reserve(&identifier, Change::Resume, context.now)?;
    let done = context.api.behind.start(&identifier).await;
    settle(context, reserved, done)?;
    one(context, &identifier)
}

pub(super) async fn reboot(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let identifier = names::identifier(parameters, "ClusterIdentifier", 63)?;
    let reserved = context.api.fleet().reserve(&identifier, Change::Reboot, context.now)?;
    let done = match context.api.behind.stop(&identifier).await {
        Ok(()) => context.api.behind.start(&identifier).await,
        failed => failed,
    };
    context.api.data.close_sessions_of(&identifier);
    settle(context, reserved, done)?;
    one(context, &identifier)
}

pub(super) async fn delete(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let identifier = names::identifier(parameters, "ClusterIdentifier", 63)?;
    let skip = parameters.flag("SkipFinalClusterSnapshot")?.unwrap_or_default();
    let last = match (skip, parameters.text("FinalClusterSnapshotIdentifier")) {
        (true, Some(_)) => {
            let message = "FinalClusterSnapshotIdentifier can not be given when SkipFinalClusterSnapshot is true";
            return Err(Refusal::combination(message));
        }
        (false, None) => {
            let message = "FinalClusterSnapshotIdentifier is required unless SkipFinalClusterSnapshot is specified.";
            return Err(Refusal::combination(message));
        }
        (true, None) => None,
        (false, Some(_)) => Some(names::identifier(parameters, "FinalClusterSnapshotIdentifier", 255)?),
    };
    let retention = snapshots::retention(parameters, "FinalClusterSnapshotRetentionPeriod")?;
    let change = Change::Delete { snapshot: last.is_some() };
    let reserved = context.api.fleet().reserve(&identifier, change, context.now)?;
    let saved = match &last {
        Some(last) => snapshots::save(context, last, &identifier, retention).await.map(drop),
        None => Ok(()),
    };
    if let Err(refusal) = saved {
        context.api.fleet().settle(reserved, false, OffsetDateTime::now_utc());
        return Err(refusal);
    }
    let done = context.api.behind.delete(&identifier).await;
    context.api.data.close_sessions_of(&identifier);
    settle(context, reserved, done)?;
    one(context, &identifier)
}

pub(super) fn modify_roles(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let identifier = names::identifier(parameters, "ClusterIdentifier", 63)?;
    let mut fleet = context.api.fleet();
    let delay = fleet.delays().cluster;
    let cluster = fleet.available(&identifier, context.now)?;
    let mut changed = cluster.clone();
    for role in parameters.list("RemoveIamRoles") {
        changed.roles.remove(&role);
    }
    new_cluster::add_roles(&mut changed, parameters.list("AddIamRoles"), context.now, delay)?;
    if let Some(role) = parameters.text("DefaultIamRoleArn") {
        changed.default_role = Some(role.to_owned());
    }
    *cluster = changed;
    drop(fleet);
    one(context, &identifier)
}
