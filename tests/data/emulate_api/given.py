"""The cluster that `vesto emulate` begins with is one of the API's."""

import socket

import psycopg
from face import PASSWORD, PREFIX, available, create, data, fails, redshift, serverless, until

[cluster] = redshift.describe_clusters()["Clusters"]
assert (cluster["ClusterIdentifier"], cluster["ClusterStatus"]) == ("local", "available"), cluster
endpoint = cluster["Endpoint"]
made = redshift.get_cluster_credentials(ClusterIdentifier="local", DbUser="eve", AutoCreate=True, DbName="dev")
with psycopg.connect(
    host=endpoint["Address"], port=endpoint["Port"], dbname="dev", user=made["DbUser"], password=made["DbPassword"],
    sslmode="require",
) as connection:
    user, version = connection.execute("select current_user, version()").fetchone()
assert user == "eve" and "Redshift" in version, (user, version)

# The wire and the Data API are the same database.
statement = data.execute_statement(
    WorkgroupName="local", Database="dev", Sql="create table seen (a super) diststyle all", WaitTimeSeconds=20)
assert statement["Status"] == "FINISHED", data.describe_statement(Id=statement["Id"])
login = serverless.get_credentials(workgroupName="local")
with psycopg.connect(
    host=endpoint["Address"], port=endpoint["Port"], dbname="dev", user=login["dbUser"], password=login["dbPassword"],
) as connection:
    assert connection.execute("select count(*) from seen").fetchone() == (0,)

# A pause ends sessions and lets nobody in.
held = psycopg.connect(host=endpoint["Address"], port=endpoint["Port"], dbname="dev", user="awsuser")
redshift.pause_cluster(ClusterIdentifier="local")
status = lambda: redshift.describe_clusters(ClusterIdentifier="local")["Clusters"][0]["ClusterStatus"]
assert until("paused", status) in ([], ["pausing"])
try:
    held.execute("select 1")
    raise AssertionError("a session outlived the pause")
except psycopg.OperationalError:
    pass
try:
    psycopg.connect(host=endpoint["Address"], port=endpoint["Port"], dbname="dev", user="awsuser", connect_timeout=5)
    raise AssertionError("a paused cluster let somebody in")
except psycopg.OperationalError:
    pass
redshift.resume_cluster(ClusterIdentifier="local")
until("available", status)
again = redshift.describe_clusters(ClusterIdentifier="local")["Clusters"][0]["Endpoint"]
assert again == endpoint, again
with psycopg.connect(host=endpoint["Address"], port=endpoint["Port"], dbname="dev", user="awsuser") as connection:
    assert connection.execute("select count(*) from seen").fetchone() == (0,)

# A port can be asked for.
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
create("asked", Port=port)
available("asked")
assert redshift.describe_clusters(ClusterIdentifier="asked")["Clusters"][0]["Endpoint"]["Port"] == port
with psycopg.connect(
    host="127.0.0.1", port=port, dbname="asked", user=f"{PREFIX}_admin", password=PASSWORD,
) as connection:
    assert connection.execute("select current_user").fetchone() == (f"{PREFIX}_admin",)
fails("InternalFailure", create, name="taken", Port=port)
fails("ClusterNotFound", redshift.describe_clusters, ClusterIdentifier="taken")
