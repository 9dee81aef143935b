"""awswrangler's module for Redshift against `vesto emulate`, with a bucket of S3 between them. Places come from the environment."""

import os

import awswrangler
import boto3
import pandas
import redshift_connector

awswrangler.config.s3_endpoint_url = os.environ["ENDPOINT"]
SESSION = boto3.Session(aws_access_key_id="AKIATEST", aws_secret_access_key="geheim", region_name="us-east-1")
ROLE = "arn:aws:iam::123456789012:role/loader"
PEOPLE = pandas.DataFrame({
    "id": [1, 2, 3],
    "name": ["Ana", "Béa", None],
    "joined": pandas.to_datetime(["2024-01-01", "2024-02-29", None]),
    "share": [0.5, 1.25, None],
})


def connect():
    place = dict(host=os.environ["HOST"], port=int(os.environ["PORT"]), database="dev", user="awsuser", password="")
    return redshift_connector.connect(**place, ssl=False)


def to_sql_and_back(session):
    awswrangler.redshift.to_sql(PEOPLE, session, "people", "public", mode="overwrite", diststyle="KEY", distkey="id",
                                sortkey=["joined"], primary_keys=["id"])
    awswrangler.redshift.to_sql(PEOPLE.assign(id=[3, 4, 5]), session, "people", "public", mode="upsert", primary_keys=["id"])
    found = awswrangler.redshift.read_sql_query("select id, name, joined, share from people order by id", session)
    assert list(found["id"]) == [1, 2, 3, 4, 5], found
    assert list(found["name"]) == ["Ana", "Béa", "Ana", "Béa", None] or found["name"].isna().iloc[4], found
    assert found["joined"].iloc[1] == pandas.Timestamp("2024-02-29"), found
    assert len(awswrangler.redshift.read_sql_table("people", session, schema="public")) == 5


def copy_and_unload(session):
    awswrangler.redshift.copy(PEOPLE, "s3://bucket/in/", session, "loaded", "public", iam_role=ROLE, mode="overwrite",
                              boto3_session=SESSION, diststyle="ALL", keep_files=True)
    awswrangler.redshift.copy_from_files("s3://bucket/in/", session, "loaded", "public", iam_role=ROLE, mode="append",
                                         boto3_session=SESSION)
    found = awswrangler.redshift.unload("select * from loaded order by id", "s3://bucket/out/", session, iam_role=ROLE,
                                        boto3_session=SESSION, keep_files=True)
    assert sorted(found["id"]) == [1, 1, 2, 2, 3, 3], found
    assert found["joined"].notna().sum() == 4, found
    keys = awswrangler.s3.list_objects("s3://bucket/out/", boto3_session=SESSION)
    assert keys and all(key.endswith(".parquet") for key in keys), keys
    awswrangler.redshift.unload_to_files("select id from loaded", "s3://bucket/text/", session, iam_role=ROLE,
                                         unload_format="CSV", boto3_session=SESSION)
    assert awswrangler.s3.list_objects("s3://bucket/text/", boto3_session=SESSION)


with connect() as session:
    for part in (to_sql_and_back, copy_and_unload):
        part(session)
        print(part.__name__)
