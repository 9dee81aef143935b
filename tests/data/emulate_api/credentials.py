"""Temporary passwords that let in, and only whom they are for."""

from datetime import datetime, timezone

import psycopg
from face import PASSWORD, PREFIX, available, create, fails, redshift

name, user, group = f"{PREFIX}-main", f"{PREFIX}_alice", f"{PREFIX}_readers"
create(name)
available(name)
endpoint = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"][0]["Endpoint"]


def ask(credentials, statement, password=None):
    connection = psycopg.connect(
        host=endpoint["Address"], port=endpoint["Port"], dbname=name.replace("-", "_"),
        user=credentials["DbUser"], password=password or credentials["DbPassword"],
    )
    with connection:
        return connection.execute(statement).fetchone()[0]


# Groups have to be there.
with psycopg.connect(
    host=endpoint["Address"], port=endpoint["Port"], dbname=name.replace("-", "_"), user=f"{PREFIX}_admin",
    password=PASSWORD,
) as connection:
    connection.execute(f"create group {group}")

made = redshift.get_cluster_credentials(
    ClusterIdentifier=name, DbUser=user, AutoCreate=True, DbGroups=[group], DurationSeconds=900,
)
assert made["DbUser"] == f"IAMA:{user}:{group}", made["DbUser"]
left = (made["Expiration"] - datetime.now(timezone.utc)).total_seconds()
assert 890 < left <= 900, left
assert ask(made, "select current_user") == user
assert ask(made, f"select pg_has_role(current_user, '{group}', 'member')") is True
try:
    ask(made, "select 1", password="wrong")
    raise AssertionError("a wrong password let in")
except psycopg.OperationalError as error:
    assert "password authentication failed" in str(error)

# Each call gives another password; the user is there now.
again = redshift.get_cluster_credentials(ClusterIdentifier=name, DbUser=user)
assert again["DbUser"] == f"IAM:{user}" and again["DbPassword"] != made["DbPassword"]
assert ask(again, "select current_user") == user

identity = redshift.get_cluster_credentials_with_iam(ClusterIdentifier=name, DurationSeconds=3600)
assert identity["DbUser"] == "IAM:AKIATESTER"
assert identity["NextRefreshTime"] < identity["Expiration"]
assert ask(identity, "select current_user") == "IAM:AKIATESTER"

for seconds in (899, 3601):
    fails("InvalidParameterValue", redshift.get_cluster_credentials, ClusterIdentifier=name, DbUser=user,
          DurationSeconds=seconds)
fails("InvalidParameterValue", redshift.get_cluster_credentials, ClusterIdentifier=name, DbUser="a:b")
code, _ = fails("ClusterNotFound", redshift.get_cluster_credentials, ClusterIdentifier="nobody", DbUser=user)
assert code == 404
fails("ClusterNotFound", redshift.get_cluster_credentials_with_iam, ClusterIdentifier="nobody")
redshift.delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)
