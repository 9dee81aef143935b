"""The Data API: statements of Redshift run on the double, and their results come back typed and in pages."""

import time
import uuid

from face import PREFIX, available, create, data, fails, redshift

name, database, admin = f"{PREFIX}-main", f"{PREFIX}_main", f"{PREFIX}_admin"
create(name)
available(name)
HERE = {"ClusterIdentifier": name, "Database": database, "DbUser": admin}


def ended(answer, **more):
    """Waits for the end of a statement; returns what is told of it."""
    states = []
    while (told := data.describe_statement(Id=answer["Id"], **more))["Status"] not in ("FINISHED", "FAILED", "ABORTED"):
        states.append(told["Status"])
        time.sleep(0.02)
    assert set(states) <= {"SUBMITTED", "PICKED", "STARTED"}, states
    return told


def run(sql, **more):
    answer = data.execute_statement(Sql=sql, **{**HERE, **more})
    told = ended(answer)
    assert told["Status"] == "FINISHED", told
    return told


def failed(sql, **more):
    told = ended(data.execute_statement(Sql=sql, **{**HERE, **more}))
    assert told["Status"] == "FAILED" and not told["HasResultSet"], told
    fails("ResourceNotFoundException", data.get_statement_result, Id=told["Id"])
    return told["Error"]


def rows(sql, **more):
    records = data.get_statement_result(Id=run(sql, **more)["Id"])["Records"]
    return [tuple(None if "isNull" in cell else next(iter(cell.values())) for cell in row) for row in records]


# Submitted, and answered at once.
first = data.execute_statement(Sql="select 1", StatementName="first one", **HERE)
assert first["ClusterIdentifier"] == name and first["Database"] == database and first["DbUser"] == admin
told = ended(first)
assert told["HasResultSet"] and told["ResultRows"] == 1 and told["RedshiftPid"] > 0 and told["QueryString"] == "select 1"
assert told["Duration"] > 0 and told["UpdatedAt"] >= told["CreatedAt"]

# Redshift's SQL, with what it counts.
assert run("create table sales (id int identity(1,1), what varchar(20) encode zstd, price decimal(8,2)) distkey(what)")
assert run("insert into sales (what, price) values ('a', 1.5), ('b', null);")["ResultRows"] == 2
assert rows("select top 1 nvl(price, 0), what from sales where what = 'a'") == [("1.50", "a")]

# Types.
result = data.get_statement_result(Id=run(
    "select true as b, 7::smallint as s, 8 as i, 9::bigint as l, 0.1::float8 as d, 1.50::decimal(10,2) as n,"
    " 'x'::varchar(12) as v, date '2026-11-21' as day, null::int as nothing, json_parse('{\"a\": [1]}') as j,"
    " from_hex('00ff') as raw")["Id"])
assert result["Records"] == [[
    {"booleanValue": True}, {"longValue": 7}, {"longValue": 8}, {"longValue": 9}, {"doubleValue": 0.1},
    {"stringValue": "1.50"}, {"stringValue": "x"}, {"stringValue": "2026-11-21"}, {"isNull": True},
    {"stringValue": '{"a": [1]}'}, {"blobValue": b"\x00\xff"},
]], result["Records"]
metadata = {column["name"]: column for column in result["ColumnMetadata"]}
types = [column["typeName"] for column in result["ColumnMetadata"]]
assert types == ["bool", "int2", "int4", "int8", "float8", "numeric", "varchar", "date", "int4", "super", "varbyte"], types
assert (metadata["n"]["precision"], metadata["n"]["scale"], metadata["v"]["precision"]) == (10, 2, 12)

# Pages of a hundred rows.
numbers = "with recursive t(n) as (select 1 union all select n + 1 from t where n < 250) select n from t order by n"
many = run(numbers)
assert many["ResultRows"] == 250
pages = list(data.get_paginator("get_statement_result").paginate(Id=many["Id"]))
assert [len(page["Records"]) for page in pages] == [100, 100, 50] and pages[0]["TotalNumRows"] == 250
assert [row[0]["longValue"] for page in pages for row in page["Records"]] == list(range(1, 251))
fails("ValidationException", data.get_statement_result, Id=many["Id"], NextToken="made up")
as_text = run(numbers, ResultFormat="CSV")
pages = list(data.get_paginator("get_statement_result_v2").paginate(Id=as_text["Id"]))
assert pages[0]["Records"][0]["CSVRecords"].startswith("n\r\n1\r\n2\r\n") and len(pages) == 3
fails("ValidationException", data.get_statement_result, Id=as_text["Id"])

# Parameters.
assert rows("select what from sales where what = :w and id = :id", Parameters=[
    {"name": "w", "value": "a"}, {"name": "id", "value": "1"}]) == [("a",)]
hostile = "it's :w \\ \"x\""
assert rows("select :text::varchar(40)", Parameters=[{"name": "text", "value": hostile}]) == [(hostile,)]
fails("ValidationException", data.execute_statement, Sql="select 1", Parameters=[{"name": "w", "value": "a"}], **HERE)

# Failures tell the server's words.
assert failed("select * from nowhere") == 'ERROR: relation "nowhere" does not exist'
assert failed("create table t (a serial)").startswith("ERROR: ")
assert failed("select 1; select 2").startswith("ERROR: cannot insert multiple commands")
assert failed("select 1", DbUser=f"{PREFIX}_nobody") == (
    f'FATAL: password authentication failed for user "IAM:{PREFIX}_nobody"')
assert failed("select 1", Database="nowhere") == 'FATAL: database "nowhere" does not exist'
fails("ValidationException", data.execute_statement, Sql="select 1", Database=database, ClusterIdentifier="nobody")
fails("ValidationException", data.execute_statement, Sql="select 1", Database=database)
fails("ValidationException", data.execute_statement, Sql="select 1", ClusterIdentifier=name)
fails("ValidationException", data.execute_statement, Sql="select 1", WorkgroupName=name, **HERE)
fails("ResourceNotFoundException", data.describe_statement, Id=str(uuid.uuid4()))

# Who asks: the user, the IAM identity, or whoever a secret names.
assert rows("select current_user") == [(admin,)]
identity = data.execute_statement(Sql="select current_user", WorkgroupName=name, Database=database)
assert identity["DbUser"] == "IAM:AKIATESTER" and identity["WorkgroupName"] == name
assert ended(identity)["Status"] == "FINISHED"
secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x"
with_secret = data.execute_statement(Sql="select 1", ClusterIdentifier=name, Database=database, SecretArn=secret)
assert with_secret["SecretArn"] == secret and "DbUser" not in with_secret and ended(with_secret)["Status"] == "FINISHED"

# One token, one statement.
token = str(uuid.uuid4())
ids = {data.execute_statement(Sql="insert into sales (what) values ('once')", ClientToken=token, **HERE)["Id"] for _ in range(3)}
assert len(ids) == 1
ended({"Id": ids.pop()})
assert rows("select count(*) from sales where what = 'once'") == [(1,)]
fails("ValidationException", data.execute_statement, Sql="select 2", ClientToken=token, **HERE)

# Waiting instead of polling.
waited = data.execute_statement(Sql="select pg_sleep(0.2)", WaitTimeSeconds=10, **HERE)
assert waited["Status"] == "FINISHED" and waited["HasResultSet"], waited
assert data.describe_statement(Id=data.execute_statement(Sql="select 1", **HERE)["Id"], WaitTimeSeconds=10)["Status"] == "FINISHED"

# Stopping.
sleeper = data.execute_statement(Sql="select pg_sleep(60)", **HERE)
while data.describe_statement(Id=sleeper["Id"])["Status"] != "STARTED":
    time.sleep(0.02)
begun = time.monotonic()
assert data.cancel_statement(Id=sleeper["Id"])["Status"] is True
assert ended(sleeper)["Status"] == "ABORTED" and time.monotonic() - begun < 20
_, message = fails("ValidationException", data.cancel_statement, Id=sleeper["Id"])
assert message == f"Could not cancel a query that is already in ABORTED state with ID: {sleeper['Id']}"
early = data.execute_statement(Sql="insert into sales (what) values ('never')", **HERE)
data.cancel_statement(Id=early["Id"])
assert ended(early)["Status"] == "ABORTED" and "cancel" in ended(early)["Error"] and "cancel" in ended(sleeper)["Error"]

# Lists.
listed = data.list_statements(StatementName="first")["Statements"]
assert [one["QueryString"] for one in listed] == ["select 1"] and listed[0]["StatementName"] == "first one"
pages = list(data.get_paginator("list_statements").paginate(Status="ALL", PaginationConfig={"PageSize": 10}))
ids = [one["Id"] for page in pages for one in page["Statements"]]
assert len(pages) > 2 and len(ids) == len(set(ids)) and ids[0] == early["Id"] and ids[-1] == first["Id"]
assert {one["Id"] for one in data.list_statements(Status="ABORTED")["Statements"]} == {sleeper["Id"], early["Id"]}

# What is in the database.
assert database in data.list_databases(**HERE)["Databases"]
assert data.list_schemas(SchemaPattern="pub%", **HERE)["Schemas"] == ["public"]
tables = data.list_tables(SchemaPattern="public", TablePattern="s_les", **HERE)["Tables"]
assert tables == [{"schema": "public", "name": "sales", "type": "TABLE"}], tables
columns = data.describe_table(Schema="public", Table="sales", **HERE)["ColumnList"]
assert [(one["name"], one["typeName"]) for one in columns] == [("id", "int4"), ("what", "varchar"), ("price", "numeric")]
assert (columns[1]["length"], columns[2]["precision"], columns[2]["scale"]) == (20, 8, 2), columns
fails("DatabaseConnectionException", data.list_tables, **{**HERE, "Database": "nowhere"})

redshift.pause_cluster(ClusterIdentifier=name)
fails("ValidationException", data.execute_statement, Sql="select 1", **HERE)
