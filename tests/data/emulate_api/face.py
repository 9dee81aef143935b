"""What the programs of this folder share: clients of the API face, and checks."""

import json
import os
import sys
import time
import urllib.request

import boto3
import botocore.exceptions

import shapes

PREFIX = sys.argv[1] if len(sys.argv) > 1 else "p"
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
PASSWORD = "Secret-" + "Pass1word"
# Polls quickly: the emulator's states take less than a second.
FAST = {"Delay": 0.1, "MaxAttempts": 300}

redshift = boto3.client("redshift")
data = boto3.client("redshift-data")
serverless = boto3.client("redshift-serverless")
for client in (redshift, data, serverless):
    client.meta.events.register("after-call", shapes.check)


def fails(code, call, **arguments):
    """Makes a call that must be refused with this code; returns its HTTP status and message."""
    try:
        answer = call(**arguments)
    except botocore.exceptions.ClientError as error:
        told = error.response["Error"]
        assert told["Code"] == code, f"expected {code}: {error}"
        return error.response["ResponseMetadata"]["HTTPStatusCode"], told["Message"]
    raise AssertionError(f"expected {code}, and was answered {answer}")


def create(name, database=None, **more):
    """Makes a cluster of one node; its database has a name of its own, as all share a server."""
    return redshift.create_cluster(
        ClusterIdentifier=name, DBName=database or name.replace("-", "_"), NodeType="ra3.large",
        ClusterType="single-node", MasterUsername=f"{PREFIX}_admin", MasterUserPassword=PASSWORD, **more,
    )["Cluster"]


def database_of_copy(name, source):
    """The name of the database in a cluster that was made from a snapshot of another."""
    database = source.replace("-", "_")
    return database if os.environ.get("SERVERS_OF_THEIR_OWN") else f"{name}_{database}"


def status(name):
    return redshift.describe_clusters(ClusterIdentifier=name)["Clusters"][0]["ClusterStatus"]


def available(name):
    redshift.get_waiter("cluster_available").wait(ClusterIdentifier=name, WaiterConfig=FAST)


def until(wanted, ask):
    """Asks until the answer is the wanted one; returns the others that were seen before it."""
    seen, end = [], time.monotonic() + 30
    while (answer := ask()) != wanted:
        assert time.monotonic() < end, f"expected {wanted}, saw {seen}"
        if answer not in seen:
            seen.append(answer)
        time.sleep(0.03)
    return seen


def control(method, what, body=None):
    """Speaks to the emulator itself."""
    request = urllib.request.Request(f"{ENDPOINT}/_vesto/{what}", method=method)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)
