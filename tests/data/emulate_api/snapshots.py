"""Snapshots are copies: what a cluster held then is in the cluster that is made from one."""

import psycopg
from face import FAST, PASSWORD, PREFIX, available, create, database_of_copy, fails, redshift, status, until


def sql(name, statement, database=None):
    """Asks a cluster, at the endpoint that the API tells, as its administrator."""
    endpoint = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"][0]["Endpoint"]
    connection = psycopg.connect(
        host=endpoint["Address"], port=endpoint["Port"], dbname=database or name.replace("-", "_"),
        user=f"{PREFIX}_admin", password=PASSWORD, autocommit=True,
    )
    with connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else None


name, copy, snapshot = f"{PREFIX}-source", f"{PREFIX}-copy", f"{PREFIX}-snapshot"
create(name)
available(name)
sql(name, "create table sales as select 1 as n")
taken = redshift.create_cluster_snapshot(
    SnapshotIdentifier=snapshot, ClusterIdentifier=name, Tags=[{"Key": "kind", "Value": "test"}],
)["Snapshot"]
assert taken["Status"] == "creating" and taken["SnapshotType"] == "manual", taken
assert taken["SnapshotArn"] == f"arn:aws:redshift:eu-west-1:123456789012:snapshot:{name}/{snapshot}"
fails("InvalidClusterSnapshotState", redshift.restore_from_cluster_snapshot, ClusterIdentifier=copy,
      SnapshotIdentifier=snapshot)
fails("ClusterSnapshotAlreadyExists", redshift.create_cluster_snapshot, SnapshotIdentifier=snapshot,
      ClusterIdentifier=name)
redshift.get_waiter("snapshot_available").wait(SnapshotIdentifier=snapshot, WaiterConfig=FAST)
sql(name, "insert into sales values (2)")

restored = redshift.restore_from_cluster_snapshot(ClusterIdentifier=copy, SnapshotIdentifier=snapshot)["Cluster"]
assert restored["ClusterStatus"] == "creating" and restored["RestoreStatus"]["Status"] == "restoring", restored
redshift.get_waiter("cluster_restored").wait(ClusterIdentifier=copy, WaiterConfig=FAST)
database = database_of_copy(copy, name)
assert sql(copy, "select n from sales order by n", database) == [(1,)]
assert sql(name, "select n from sales order by n") == [(1,), (2,)]

# A last snapshot outlives its cluster.
last = f"{PREFIX}-last"
redshift.delete_cluster(ClusterIdentifier=name, FinalClusterSnapshotIdentifier=last)
seen = []


def state():
    try:
        return status(name)
    except redshift.exceptions.ClusterNotFoundFault:
        return "gone"


assert until("gone", state) == ["final-snapshot", "deleting"]
found = redshift.describe_cluster_snapshots(ClusterIdentifier=name)["Snapshots"]
assert {one["SnapshotIdentifier"] for one in found} == {snapshot, last}, found
again = f"{PREFIX}-again"
[arn] = [one["SnapshotArn"] for one in found if one["SnapshotIdentifier"] == last]
redshift.restore_from_cluster_snapshot(ClusterIdentifier=again, SnapshotArn=arn)
available(again)
assert sql(again, "select count(*) from sales", database_of_copy(again, name)) == [(2,)]

# Tags find snapshots, and a deleted one is gone.
by_tag = redshift.describe_cluster_snapshots(TagKeys=["kind"])["Snapshots"]
assert [one["SnapshotIdentifier"] for one in by_tag] == [snapshot]
assert redshift.delete_cluster_snapshot(SnapshotIdentifier=snapshot)["Snapshot"]["Status"] == "deleted"
fails("ClusterSnapshotNotFound", redshift.describe_cluster_snapshots, SnapshotIdentifier=snapshot)
fails("ClusterSnapshotNotFound", redshift.delete_cluster_snapshot, SnapshotIdentifier=snapshot)
redshift.delete_cluster_snapshot(SnapshotIdentifier=last, SnapshotClusterIdentifier=name)
for one in (copy, again):
    redshift.delete_cluster(ClusterIdentifier=one, SkipFinalClusterSnapshot=True)
