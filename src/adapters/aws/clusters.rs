//! Clusters and workgroups, and passwords for them.

use aws_config::SdkConfig;
use aws_sdk_redshift::types::Cluster;
use aws_sdk_redshiftserverless::types::Workgroup;

use super::refusal::refused;
use crate::ports::{CloudError, CloudErrorKind, ClusterFacts, LoginRequest, TemporaryLogin, WorkgroupFacts};
use crate::text::Secret;

/// How long a password lasts: the shortest that AWS gives, since it is used at once.
const SECONDS: i32 = 900;

/// What AWS knows of a cluster.
pub(super) async fn describe(configuration: &SdkConfig, identifier: &str) -> Result<ClusterFacts, CloudError> {
    let client = aws_sdk_redshift::Client::new(configuration);
    let answer = client.describe_clusters().cluster_identifier(identifier).send().await;
    let clusters = answer.map_err(|error| refused("redshift:DescribeClusters", error))?.clusters;
    clusters.into_iter().flatten().next().map(facts).ok_or_else(|| {
        CloudError::new(CloudErrorKind::NotFound, format!("AWS knows no cluster `{identifier}` in this region"))
    })
}

/// All clusters that have a tag, whatever its value.
pub(super) async fn tagged(configuration: &SdkConfig, tag: &str) -> Result<Vec<ClusterFacts>, CloudError> {
    let client = aws_sdk_redshift::Client::new(configuration);
    let mut pages = client.describe_clusters().tag_keys(tag).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let clusters = page.map_err(|error| refused("redshift:DescribeClusters", error))?.clusters;
        found.extend(clusters.into_iter().flatten().map(facts));
    }
    Ok(found)
}

fn facts(cluster: Cluster) -> ClusterFacts {
    let endpoint = cluster.endpoint;
    ClusterFacts {
        identifier: cluster.cluster_identifier.unwrap_or_default(),
        status: cluster.cluster_status.unwrap_or_default(),
        host: endpoint.as_ref().and_then(|endpoint| endpoint.address.clone()),
        port: endpoint.and_then(|endpoint| port(endpoint.port)),
        database: cluster.db_name,
        master_user: cluster.master_username,
        roles: cluster.iam_roles.into_iter().flatten().filter_map(|role| role.iam_role_arn).collect(),
        security_groups: cluster
            .vpc_security_groups
            .into_iter()
            .flatten()
            .filter_map(|group| group.vpc_security_group_id)
            .collect(),
        tags: cluster.tags.into_iter().flatten().filter_map(|tag| Some((tag.key?, tag.value?))).collect(),
    }
}

fn port(number: Option<i32>) -> Option<u16> {
    number.and_then(|number| number.try_into().ok())
}

/// What AWS knows of a workgroup.
pub(super) async fn workgroup(configuration: &SdkConfig, name: &str) -> Result<WorkgroupFacts, CloudError> {
    let client = aws_sdk_redshiftserverless::Client::new(configuration);
    let answer = client.get_workgroup().workgroup_name(name).send().await;
    let found = answer.map_err(|error| refused("redshift-serverless:GetWorkgroup", error))?.workgroup;
    found.map(workgroup_facts).ok_or_else(|| {
        CloudError::new(CloudErrorKind::NotFound, format!("AWS knows no workgroup `{name}` in this region"))
    })
}

fn workgroup_facts(workgroup: Workgroup) -> WorkgroupFacts {
    let endpoint = workgroup.endpoint;
    WorkgroupFacts {
        status: workgroup.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        host: endpoint.as_ref().and_then(|endpoint| endpoint.address.clone()),
        port: endpoint.and_then(|endpoint| port(endpoint.port)),
    }
}

/// A user and a password that lasts for a quarter of an hour.
pub(super) async fn log_in(configuration: &SdkConfig, request: &LoginRequest) -> Result<TemporaryLogin, CloudError> {
    let (user, password) = match request {
        LoginRequest::User { cluster, user, database, groups, create } => {
            let client = aws_sdk_redshift::Client::new(configuration);
            let call = client.get_cluster_credentials().cluster_identifier(cluster).db_user(user).db_name(database);
            let groups = (!groups.is_empty()).then(|| groups.clone());
            let call = call.set_db_groups(groups).auto_create(*create).duration_seconds(SECONDS);
            let answer = call.send().await.map_err(|error| refused("redshift:GetClusterCredentials", error))?;
            (answer.db_user, answer.db_password)
        }
        LoginRequest::Identity { cluster, database } => {
            let client = aws_sdk_redshift::Client::new(configuration);
            let call = client.get_cluster_credentials_with_iam().cluster_identifier(cluster).db_name(database);
            let answer = call.duration_seconds(SECONDS).send().await;
            let answer = answer.map_err(|error| refused("redshift:GetClusterCredentialsWithIAM", error))?;
            (answer.db_user, answer.db_password)
        }
        LoginRequest::Workgroup { workgroup, database } => {
            let client = aws_sdk_redshiftserverless::Client::new(configuration);
            let call = client.get_credentials().workgroup_name(workgroup).db_name(database);
            let answer = call.duration_seconds(SECONDS).send().await;
            let answer = answer.map_err(|error| refused("redshift-serverless:GetCredentials", error))?;
            (answer.db_user, answer.db_password)
        }
    };
    match (user, password) {
        (Some(user), Some(password)) => Ok(TemporaryLogin { user, password: Secret::new(password) }),
        _ => Err(CloudError::new(CloudErrorKind::Refused, "AWS answered without a user or a password")),
    }
}
