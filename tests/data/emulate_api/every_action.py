"""Each action that docs/double.md lists is answered, in the shape of the model; each other one is refused as not emulated."""

import pathlib
import re
import urllib.error
import urllib.request

import shapes
from face import ENDPOINT, FAST, PREFIX, available, create, data, redshift, serverless, until

page = (pathlib.Path(__file__).parents[3] / "docs" / "double.md").read_text()
listed = set()
for service, actions in re.findall(r"^\| (redshift[a-z-]*) \| ([A-Za-z0-9, ]+) \|$", page, re.MULTILINE):
    listed |= {(service, action) for action in actions.split(", ")}
assert len(listed) == 32, len(listed)

name, database, user = f"{PREFIX}-main", f"{PREFIX}_main", f"{PREFIX}_zoe"
here = {"ClusterIdentifier": name}
create(name)
available(name)
redshift.modify_cluster_iam_roles(**here, AddIamRoles=["arn:aws:iam::123456789012:role/copy"])
redshift.get_cluster_credentials(**here, DbUser=user, AutoCreate=True)
redshift.get_cluster_credentials_with_iam(**here)
arn = f"arn:aws:redshift:eu-west-1:123456789012:cluster:{name}"
redshift.create_tags(ResourceName=arn, Tags=[{"Key": "a", "Value": "b"}])
redshift.describe_tags(ResourceName=arn)
redshift.delete_tags(ResourceName=arn, TagKeys=["a"])

serverless.get_workgroup(workgroupName=name)
serverless.list_workgroups()
serverless.get_namespace(namespaceName=name)
serverless.get_credentials(workgroupName=name)

login = {**here, "Database": database, "DbUser": f"{PREFIX}_admin"}
waited = {**login, "WaitTimeSeconds": 20}
one = data.execute_statement(Sql="select 1", SessionKeepAliveSeconds=30, **waited)["Id"]
data.describe_statement(Id=one)
data.get_statement_result(Id=one)
data.get_statement_result_v2(Id=data.execute_statement(Sql="select 1", ResultFormat="CSV", **waited)["Id"])
data.batch_execute_statement(Sqls=["create table t (a int default 7)", "insert into t values (1)"], **waited)
data.list_statements()
data.list_sessions()
data.list_databases(**login)
data.list_schemas(**login)
data.list_tables(**login)
data.describe_table(Table="t", **login)
data.cancel_statement(Id=data.execute_statement(Sql="select pg_sleep(60)", **login)["Id"])

snapshot = {"SnapshotIdentifier": f"{PREFIX}-snapshot"}
redshift.create_cluster_snapshot(**here, **snapshot)
redshift.describe_cluster_snapshots(**here)
redshift.get_waiter("snapshot_available").wait(**snapshot, WaiterConfig=FAST)
redshift.restore_from_cluster_snapshot(ClusterIdentifier=f"{PREFIX}-copy", **snapshot)
redshift.delete_cluster_snapshot(**snapshot)
redshift.pause_cluster(**here)
until("paused", lambda: redshift.describe_clusters(**here)["Clusters"][0]["ClusterStatus"])
redshift.resume_cluster(**here)
available(name)
redshift.reboot_cluster(**here)
available(name)
redshift.delete_cluster(**here, SkipFinalClusterSnapshot=True)
assert shapes.seen == listed, shapes.seen ^ listed


def answer(service, action, target):
    """The status and text of a request with nothing but a signature."""
    scope = f"AKIATESTER/20261121/eu-west-1/{service}/aws4_request"
    request = urllib.request.Request(ENDPOINT, data=b"{}" if target else f"Action={action}".encode())
    request.add_header("Authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
    if target:
        request.add_header("X-Amz-Target", f"{target}.{action}")
    try:
        return 200, urllib.request.urlopen(request).read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


others = 0
for client in (redshift, data, serverless):
    model = client.meta.service_model
    for action in model.operation_names:
        status, text = answer(model.service_name, action, model.metadata.get("targetPrefix"))
        is_listed = (model.service_name, action) in listed
        assert ("NotImplemented" in text and status == 501) != is_listed, (action, status, text)
        assert is_listed or action in text, text
        others += not is_listed
assert others > 150, others
