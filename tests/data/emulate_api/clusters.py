"""Clusters through their states, with boto3's own waiters."""

from face import FAST, PASSWORD, PREFIX, available, create, fails, redshift, status, until

name = f"{PREFIX}-main"
made = create(name, Tags=[{"Key": "run", "Value": "1"}], IamRoles=["arn:aws:iam::123456789012:role/copy"])
assert made["ClusterStatus"] == "creating" and "Endpoint" not in made, made
assert made["ClusterAvailabilityStatus"] == "Modifying"
assert fails("ClusterAlreadyExists", create, name=name)[0] == 400
status_code, _ = fails("InvalidClusterState", redshift.pause_cluster, ClusterIdentifier=name)
assert status_code == 400
available(name)
[cluster] = redshift.describe_clusters(ClusterIdentifier=name.upper())["Clusters"]
assert cluster["Endpoint"]["Address"] == "127.0.0.1" and cluster["Endpoint"]["Port"] > 0
assert cluster["Tags"] == [{"Key": "run", "Value": "1"}]
assert cluster["NumberOfNodes"] == 1 and cluster["MasterUsername"] == f"{PREFIX}_admin"
assert cluster["IamRoles"] == [{"IamRoleArn": "arn:aws:iam::123456789012:role/copy", "ApplyStatus": "in-sync"}]
assert PASSWORD not in str(cluster)

# Roles take their time.
changed = redshift.modify_cluster_iam_roles(
    ClusterIdentifier=name, AddIamRoles=["arn:aws:iam::123456789012:role/more"],
    RemoveIamRoles=["arn:aws:iam::123456789012:role/copy"],
)["Cluster"]
assert changed["IamRoles"] == [{"IamRoleArn": "arn:aws:iam::123456789012:role/more", "ApplyStatus": "adding"}]
roles = lambda: redshift.describe_clusters(ClusterIdentifier=name)["Clusters"][0]["IamRoles"][0]["ApplyStatus"]
assert until("in-sync", roles) == ["adding"]

# Pause, resume, reboot.
assert redshift.pause_cluster(ClusterIdentifier=name)["Cluster"]["ClusterStatus"] == "pausing"
assert until("paused", lambda: status(name)) == ["pausing"]
fails("InvalidClusterState", redshift.pause_cluster, ClusterIdentifier=name)
fails("InvalidClusterState", redshift.get_cluster_credentials, ClusterIdentifier=name, DbUser="alice")
assert redshift.resume_cluster(ClusterIdentifier=name)["Cluster"]["ClusterStatus"] == "resuming"
assert until("available", lambda: status(name)) == ["resuming"]
assert redshift.reboot_cluster(ClusterIdentifier=name)["Cluster"]["ClusterStatus"] == "rebooting"
available(name)

# Deletion.
fails("InvalidParameterCombination", redshift.delete_cluster, ClusterIdentifier=name)
deleted = redshift.delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)["Cluster"]
assert deleted["ClusterStatus"] == "deleting"
fails("InvalidClusterState", redshift.resume_cluster, ClusterIdentifier=name)
redshift.get_waiter("cluster_deleted").wait(ClusterIdentifier=name, WaiterConfig=FAST)
code, message = fails("ClusterNotFound", redshift.describe_clusters, ClusterIdentifier=name)
assert code == 404 and name in message, (code, message)
fails("ClusterNotFound", redshift.delete_cluster, ClusterIdentifier=name, SkipFinalClusterSnapshot=True)
# The name is free again.
create(name)
available(name)
redshift.delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)
