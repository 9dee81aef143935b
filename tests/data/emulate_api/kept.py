"""Data of an earlier run are not overwritten."""

from face import PREFIX, create, fails, redshift

_, message = fails("InternalFailure", create, name=f"{PREFIX}-left")
assert f"--cluster {PREFIX}-left=PORT" in message, message
names = [one["ClusterIdentifier"] for one in redshift.describe_clusters()["Clusters"]]
assert names == ["local", f"{PREFIX}-paused"], names
