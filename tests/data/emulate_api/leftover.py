"""Leaves a cluster, a paused one and a snapshot behind."""

from face import PREFIX, available, create, redshift

create(f"{PREFIX}-left")
create(f"{PREFIX}-paused")
available(f"{PREFIX}-left")
available(f"{PREFIX}-paused")
redshift.create_cluster_snapshot(ClusterIdentifier=f"{PREFIX}-left", SnapshotIdentifier=f"{PREFIX}-snapshot")
redshift.pause_cluster(ClusterIdentifier=f"{PREFIX}-paused")
