//! Making, waking, putting to sleep and deleting clusters.

use aws_config::{Region, SdkConfig};
use aws_sdk_redshift::types::Tag;

use super::refusal::refused;
use crate::ports::{CloudError, CloudErrorKind, NewCluster, Origin};

/// Wakes a paused cluster.
pub(super) async fn resume(configuration: &SdkConfig, identifier: &str) -> Result<(), CloudError> {
    let client = aws_sdk_redshift::Client::new(configuration);
    let answer = client.resume_cluster().cluster_identifier(identifier).send().await;
    answer.map(drop).map_err(|error| refused("redshift:ResumeCluster", error))
}

/// Puts a cluster to sleep.
pub(super) async fn pause(configuration: &SdkConfig, identifier: &str) -> Result<(), CloudError> {
    let client = aws_sdk_redshift::Client::new(configuration);
    let answer = client.pause_cluster().cluster_identifier(identifier).send().await;
    answer.map(drop).map_err(|error| refused("redshift:PauseCluster", error))
}

/// Begins to make a cluster.
pub(super) async fn create(configuration: &SdkConfig, cluster: &NewCluster) -> Result<(), CloudError> {
    let client = aws_sdk_redshift::Client::new(configuration);
    let roles = match &cluster.role {
        Some(role) => Some(vec![role_arn(configuration, role).await?]),
        None => None,
    };
    let groups = (!cluster.security_groups.is_empty()).then(|| cluster.security_groups.clone());
    let tags = cluster.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    let (port, nodes) = (cluster.port.map(i32::from), cluster.nodes.map(i32::from));
    match &cluster.origin {
        Origin::Empty { database, user, password } => {
            // A cluster of a single node must not say how many it has.
            let (kind, nodes) = match nodes {
                Some(nodes) if nodes > 1 => ("multi-node", Some(nodes)),
                _ => ("single-node", None),
            };
            let call = client.create_cluster().cluster_identifier(&cluster.identifier).cluster_type(kind);
            let call = call.db_name(database).master_username(user).master_user_password(password.expose());
            let call = call.set_node_type(cluster.node_type.clone()).set_number_of_nodes(nodes).set_port(port);
            let call = call.set_iam_roles(roles).set_vpc_security_group_ids(groups).set_tags(Some(tags));
            let call = call.set_cluster_subnet_group_name(cluster.subnet_group.clone());
            let answer = call.publicly_accessible(cluster.public).send().await;
            answer.map(drop).map_err(|error| refused("redshift:CreateCluster", error))
        }
        Origin::Snapshot(snapshot) => {
            let call = client.restore_from_cluster_snapshot().cluster_identifier(&cluster.identifier);
            let call = call.snapshot_identifier(snapshot).set_node_type(cluster.node_type.clone());
            let call = call.set_number_of_nodes(nodes).set_port(port).set_iam_roles(roles);
            let call = call.set_vpc_security_group_ids(groups);
            let call = call.set_cluster_subnet_group_name(cluster.subnet_group.clone());
            let answer = call.publicly_accessible(cluster.public).send().await;
            answer.map_err(|error| refused("redshift:RestoreFromClusterSnapshot", error))?;
            // This call takes no tags: who is killed right here leaves a cluster that `vesto cluster reap` does not know.
            let arn = arn(configuration, "redshift", &format!("cluster:{}", cluster.identifier)).await?;
            let answer = client.create_tags().resource_name(arn).set_tags(Some(tags)).send().await;
            answer.map(drop).map_err(|error| refused("redshift:CreateTags", error))
        }
    }
}

/// The ARN of a role of this account.
async fn role_arn(configuration: &SdkConfig, role: &str) -> Result<String, CloudError> {
    if role.starts_with("arn:") {
        return Ok(role.to_owned());
    }
    arn(configuration, "iam", &format!("role/{role}")).await
}

/// The ARN of something of this account. Roles are in no region.
async fn arn(configuration: &SdkConfig, service: &str, resource: &str) -> Result<String, CloudError> {
    let client = aws_sdk_sts::Client::new(configuration);
    let caller = client.get_caller_identity().send().await;
    let caller = caller.map_err(|error| refused("sts:GetCallerIdentity", error))?;
    let region = configuration.region().filter(|_| service != "iam").map(Region::as_ref).unwrap_or_default();
    // `arn:PARTITION:sts::...`: China and the government have partitions of their own.
    let partition = caller.arn().and_then(|arn| arn.split(':').nth(1));
    match (partition, caller.account()) {
        (Some(partition), Some(account)) => Ok(format!("arn:{partition}:{service}:{region}:{account}:{resource}")),
        _ => Err(CloudError::new(CloudErrorKind::Refused, "AWS does not say whose account this is")),
    }
}

/// Begins to delete a cluster.
pub(super) async fn delete(
    configuration: &SdkConfig,
    identifier: &str,
    final_snapshot: Option<&str>,
) -> Result<(), CloudError> {
    let client = aws_sdk_redshift::Client::new(configuration);
    let call = client.delete_cluster().cluster_identifier(identifier);
    let call = call.skip_final_cluster_snapshot(final_snapshot.is_none());
    let answer = call.set_final_cluster_snapshot_identifier(final_snapshot.map(str::to_owned)).send().await;
    answer.map(drop).map_err(|error| refused("redshift:DeleteCluster", error))
}
