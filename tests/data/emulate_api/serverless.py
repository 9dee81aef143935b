"""Workgroups and namespaces: the clusters under their other names."""

import boto3

from face import PREFIX, available, create, fails, redshift, serverless, status, until

name = f"{PREFIX}-group"
create(name, IamRoles=["arn:aws:iam::123456789012:role/copy"])
made = serverless.get_workgroup(workgroupName=name)["workgroup"]
assert made["status"] == "CREATING" and "endpoint" not in made, made
available(name)
workgroup = serverless.get_workgroup(workgroupName=name)["workgroup"]
assert workgroup["status"] == "AVAILABLE" and workgroup["endpoint"]["address"] == "127.0.0.1", workgroup
assert workgroup["workgroupArn"] == f"arn:aws:redshift-serverless:eu-west-1:123456789012:workgroup/{name}"
namespace = serverless.get_namespace(namespaceName=workgroup["namespaceName"])["namespace"]
assert namespace["dbName"] == name.replace("-", "_") and namespace["adminUsername"] == f"{PREFIX}_admin"
assert namespace["iamRoles"] == ["arn:aws:iam::123456789012:role/copy"]

# Pages.
create(f"{name}-2")
create(f"{name}-3")
pages = serverless.get_paginator("list_workgroups").paginate(PaginationConfig={"PageSize": 2})
sizes, names = [], []
for page in pages:
    sizes.append(len(page["workgroups"]))
    names += [one["workgroupName"] for one in page["workgroups"]]
assert (sizes, names) == ([2, 1], [name, f"{name}-2", f"{name}-3"]), (sizes, names)

# A password for a role's key is for another user than that for a user's key.
credentials = serverless.get_credentials(workgroupName=name, dbName="dev", durationSeconds=1800)
assert credentials["dbUser"] == "IAM:AKIATESTER" and len(credentials["dbPassword"]) == 32
left = (credentials["expiration"] - credentials["nextRefreshTime"]).total_seconds()
assert left == 900, left
role = boto3.client("redshift-serverless", aws_access_key_id="ASIAROLE", aws_secret_access_key="x")
assert role.get_credentials(workgroupName=name)["dbUser"] == "IAMR:ASIAROLE"

fails("ValidationException", serverless.get_credentials, workgroupName=name, durationSeconds=60)
fails("ResourceNotFoundException", serverless.get_workgroup, workgroupName="nobody")
fails("ResourceNotFoundException", serverless.get_namespace, namespaceName="nobody")
fails("NotImplemented", serverless.list_namespaces)
for one in names:
    until("available", lambda: status(one))
    redshift.delete_cluster(ClusterIdentifier=one, SkipFinalClusterSnapshot=True)
