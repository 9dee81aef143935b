//! Tags of clusters and snapshots.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::names::{self, Resource, TagFilter};
use super::page_of;
use crate::emulate::api::fleet::Fleet;
use crate::emulate::api::query::Parameters;
use crate::emulate::api::refusal::Refusal;
use crate::emulate::api::service::Context;

/// The tags of what an ARN names.
fn of<'a>(
    fleet: &'a mut Fleet,
    context: &Context<'_>,
    resource: &Resource,
) -> Result<&'a mut BTreeMap<String, String>, Refusal> {
    let found = match resource {
        Resource::Cluster(identifier) => fleet.cluster(identifier, context.now).map(|cluster| &mut cluster.tags),
        Resource::Snapshot { cluster, identifier } => {
            fleet.snapshot(identifier, Some(cluster)).map(|snapshot| &mut snapshot.tags)
        }
    };
    let missing = |_| Refusal::new(404, "ResourceNotFoundFault", format!("{} not found.", resource.arn(context)));
    found.map_err(missing)
}

pub(super) fn create(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let resource = Resource::read(parameters.required("ResourceName")?)?;
    let tags = names::tags(parameters)?;
    names::add_tags(of(&mut context.api.fleet(), context, &resource)?, tags)?;
    Ok(Value::Null)
}

pub(super) fn delete(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let resource = Resource::read(parameters.required("ResourceName")?)?;
    let keys = parameters.list("TagKeys");
    of(&mut context.api.fleet(), context, &resource)?.retain(|key, _| !keys.contains(key));
    Ok(Value::Null)
}

pub(super) fn describe(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let mut fleet = context.api.fleet();
    let mut resources: Vec<(Resource, BTreeMap<String, String>)> = Vec::new();
    match (parameters.text("ResourceName"), parameters.text("ResourceType")) {
        (Some(_), Some(_)) => return Err(Refusal::combination("Give either ResourceName or ResourceType")),
        (Some(arn), None) => {
            let resource = Resource::read(arn)?;
            let tags = of(&mut fleet, context, &resource)?.clone();
            resources.push((resource, tags));
        }
        (None, kind) => {
            let of_clusters = fleet.clusters(context.now);
            resources.extend(of_clusters.map(|one| (Resource::Cluster(one.identifier.clone()), one.tags.clone())));
            resources.extend(fleet.snapshots().map(|one| {
                let (cluster, identifier) = (one.cluster.clone(), one.identifier.clone());
                (Resource::Snapshot { cluster, identifier }, one.tags.clone())
            }));
            resources.retain(|(resource, _)| kind.is_none_or(|kind| resource.kind() == kind.to_ascii_lowercase()));
        }
    }
    drop(fleet);
    let filter = TagFilter::read(parameters);
    let mut tagged: Vec<(String, Value)> = Vec::new();
    for (resource, tags) in &resources {
        for (key, value) in tags.iter().filter(|(key, value)| filter.takes_one(key, value)) {
            let arn = resource.arn(context);
            let order = format!("{arn} {key}");
            let tag = json!({"Key": key, "Value": value});
            tagged.push((order, json!({"Tag": tag, "ResourceName": arn, "ResourceType": resource.kind()})));
        }
    }
    tagged.sort_by(|(left, _), (right, _)| left.cmp(right));
    let (shown, marker) = page_of(parameters, tagged, |(order, _)| order.clone())?;
    let shown: Vec<Value> = shown.into_iter().map(|(_, resource)| resource).collect();
    Ok(json!({"TaggedResources": {"TaggedResource": shown}, "Marker": marker}))
}
