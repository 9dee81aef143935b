//! Clusters and snapshots as the answers describe them.

use serde_json::{Value, json};

use super::names::Resource;
use crate::emulate::api::behind::Location;
use crate::emulate::api::clock::iso;
use crate::emulate::api::fleet::{Cluster, Snapshot, Status};
use crate::emulate::api::service::{Context, HostForm};

/// The shape `Cluster` of the model.
pub(super) fn cluster(context: &Context<'_>, cluster: &Cluster) -> Value {
    let status = cluster.status(context.now);
    let made = cluster.was_made(context.now);
    let endpoint = context.location(&cluster.identifier, HostForm::Cluster).filter(|_| made);
    let endpoint = endpoint.map(|Location { host, port }| json!({"Address": host, "Port": port}));
    let shape = &cluster.shape;
    let roles = cluster.roles.iter().map(|(arn, since)| {
        json!({"IamRoleArn": arn, "ApplyStatus": if *since > context.now { "adding" } else { "in-sync" }})
    });
    let groups = cluster.security_groups.iter().map(|group| json!({"VpcSecurityGroupId": group, "Status": "active"}));
    let restored = cluster.restored_from.as_ref().map(|_| {
        let status = if status == Status::Creating { "restoring" } else { "completed" };
        json!({"Status": status, "CurrentRestoreRateInMegaBytesPerSecond": 0.0, "SnapshotSizeInMegaBytes": 0,
            "ProgressInMegaBytes": 0, "ElapsedTimeInSeconds": 0, "EstimatedTimeToCompletionInSeconds": 0})
    });
    json!({
        "ClusterIdentifier": cluster.identifier,
        "NodeType": shape.node_type,
        "ClusterStatus": status.as_str(),
        "ClusterAvailabilityStatus": status.availability(),
        "MasterUsername": shape.admin,
        "DBName": shape.database,
        "Endpoint": endpoint,
        "ClusterCreateTime": made.then(|| iso(cluster.created)),
        "AutomatedSnapshotRetentionPeriod": shape.automated_retention,
        "ManualSnapshotRetentionPeriod": -1,
        "ClusterSecurityGroups": {},
        "VpcSecurityGroups": {"VpcSecurityGroup": groups.collect::<Vec<_>>()},
        "ClusterParameterGroups": {
            "ClusterParameterGroup": {"ParameterGroupName": "default.redshift-2.0", "ParameterApplyStatus": "in-sync"},
        },
        "AvailabilityZone": shape.zone,
        "PreferredMaintenanceWindow": shape.maintenance_window,
        "PendingModifiedValues": {},
        "ClusterVersion": "1.0",
        "AllowVersionUpgrade": true,
        "NumberOfNodes": shape.nodes,
        "PubliclyAccessible": shape.publicly_accessible,
        "Encrypted": shape.encrypted,
        "RestoreStatus": restored,
        "KmsKeyId": shape.kms_key,
        "Tags": {"Tag": tags(&cluster.tags)},
        "EnhancedVpcRouting": false,
        "IamRoles": {"ClusterIamRole": roles.collect::<Vec<_>>()},
        "DefaultIamRoleArn": cluster.default_role,
        "MaintenanceTrackName": "current",
        "MultiAZ": "Disabled",
    })
}

/// The shape `Snapshot` of the model.
pub(super) fn snapshot(context: &Context<'_>, snapshot: &Snapshot, status: &str) -> Value {
    let shape = &snapshot.shape;
    let age = (context.now - snapshot.created).whole_days();
    let resource = Resource::Snapshot { cluster: snapshot.cluster.clone(), identifier: snapshot.identifier.clone() };
    let location = context.api.behind.location(&snapshot.cluster);
    json!({
        "SnapshotIdentifier": snapshot.identifier,
        "ClusterIdentifier": snapshot.cluster,
        "SnapshotCreateTime": iso(snapshot.created),
        "Status": status,
        "Port": location.map(|location| location.port),
        "AvailabilityZone": shape.zone,
        "ClusterCreateTime": iso(snapshot.cluster_created),
        "MasterUsername": shape.admin,
        "ClusterVersion": "1.0",
        "SnapshotType": "manual",
        "NodeType": shape.node_type,
        "NumberOfNodes": shape.nodes,
        "DBName": shape.database,
        "Encrypted": shape.encrypted,
        "KmsKeyId": shape.kms_key,
        "EncryptedWithHSM": false,
        "AccountsWithRestoreAccess": {},
        "OwnerAccount": context.api.settings.account,
        "EstimatedSecondsToCompletion": 0,
        "ElapsedTimeInSeconds": 0,
        "Tags": {"Tag": tags(&snapshot.tags)},
        "RestorableNodeTypes": {"NodeType": [shape.node_type]},
        "EnhancedVpcRouting": false,
        "MaintenanceTrackName": "current",
        "ManualSnapshotRetentionPeriod": snapshot.retention,
        "ManualSnapshotRemainingDays": (snapshot.retention >= 0).then(|| i64::from(snapshot.retention) - age),
        "SnapshotArn": resource.arn(context),
    })
}

fn tags(tags: &std::collections::BTreeMap<String, String>) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}
