"""Faults on demand, the record of calls, and what the emulator does not do."""

import time
import urllib.error
import urllib.request

import boto3
import botocore.exceptions
from botocore.config import Config
from face import ENDPOINT, PASSWORD, PREFIX, available, control, create, fails, redshift, serverless

control("DELETE", "calls")


def calls():
    return [(call["action"], call["status"], call.get("error")) for call in control("GET", "calls")]


# The SDK tries again, and gets through.
control("POST", "faults", [{"match": "redshift:Describe*", "times": 2, "status": 400, "code": "Throttling"}])
assert redshift.describe_clusters()["Clusters"] == []
throttled = ("DescribeClusters", 400, "Throttling")
assert calls() == [throttled, throttled, ("DescribeClusters", 200, None)], calls()

# One that stays wins.
control("POST", "faults", [{"match": "*", "status": 503, "code": "ServiceUnavailable", "message": "not now"}])
assert fails("ServiceUnavailable", redshift.describe_clusters) == (503, "not now")
control("POST", "faults", [{"match": "redshift-serverless:*", "times": 1, "code": "ExpiredTokenException"}])
fails("ExpiredTokenException", serverless.list_workgroups)
serverless.list_workgroups()

# Slowness, and a connection that is cut.
control("POST", "faults", [{"match": "*", "times": 1, "delay": 0.5}])
begun = time.monotonic()
redshift.describe_clusters()
assert time.monotonic() - begun >= 0.5
control("POST", "faults", [{"match": "*", "times": 1, "reset": True}])
once = boto3.client("redshift", config=Config(retries={"total_max_attempts": 1}))
try:
    once.describe_clusters()
    raise AssertionError("the connection was not cut")
except botocore.exceptions.ConnectionClosedError:
    pass
once.describe_clusters()
control("POST", "faults", [])

# Nothing that was said is in the record.
name = f"{PREFIX}-main"
create(name)
available(name)
password = redshift.get_cluster_credentials(ClusterIdentifier=name, DbUser=f"{PREFIX}_bob", AutoCreate=True)["DbPassword"]
record = str(control("GET", "calls"))
assert "AKIATESTER" in record and "GetClusterCredentials" in record
assert PASSWORD not in record and password not in record
redshift.delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)

# Other services are moto's.
for service, call, arguments in [
    ("s3", "list_buckets", {}), ("sts", "get_caller_identity", {}), ("kms", "list_keys", {}),
    ("secretsmanager", "list_secrets", {}), ("iam", "list_roles", {}),
]:
    status, message = fails("NotImplemented", getattr(boto3.client(service), call), **arguments)
    assert status == 501 and "moto" in message and service in message, (status, message)
status, message = fails("NotImplemented", redshift.describe_reserved_nodes)
assert "DescribeReservedNodes" in message, message


def refused(request):
    try:
        urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    raise AssertionError("answered")


# Without a signature nothing is answered; a page in a browser cannot set faults.
form = urllib.request.Request(ENDPOINT, data=b"Action=DescribeClusters&Version=2012-12-01")
code, text = refused(form)
assert code == 403 and "MissingAuthenticationToken" in text, (code, text)
code, text = refused(urllib.request.Request(f"{ENDPOINT}/_vesto/faults", data=b"[]"))
assert code == 400 and "application/json" in text, (code, text)
