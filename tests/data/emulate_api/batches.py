"""Batches are one transaction, and sessions live as long as they are told to."""

import time

from face import PREFIX, available, create, data, fails, redshift, until

name, database = f"{PREFIX}-main", f"{PREFIX}_main"
create(name)
available(name)
HERE = {"ClusterIdentifier": name, "Database": database, "DbUser": f"{PREFIX}_admin"}


def ended(answer):
    while (told := data.describe_statement(Id=answer["Id"]))["Status"] not in ("FINISHED", "FAILED", "ABORTED"):
        time.sleep(0.02)
    return told


def run(sql, **more):
    told = ended(data.execute_statement(Sql=sql, **(more or HERE)))
    assert told["Status"] == "FINISHED", told
    return told


def value(sql, **more):
    return next(iter(data.get_statement_result(Id=run(sql, **more)["Id"])["Records"][0][0].values()))


def batch(*sqls, **more):
    return ended(data.batch_execute_statement(Sqls=list(sqls), **{**HERE, **more}))


# All or nothing.
done = batch("create table t (a int)", "insert into t values (1), (2)", "select count(*) from t")
assert done["Status"] == "FINISHED" and done["HasResultSet"] and done["ExecutionMode"] == "TRANSACTION", done
parts = done["SubStatements"]
assert [part["Id"] for part in parts] == [f"{done['Id']}:{number}" for number in (1, 2, 3)]
assert [part["HasResultSet"] for part in parts] == [False, False, True] and parts[1]["ResultRows"] == 2
assert data.get_statement_result(Id=parts[2]["Id"])["Records"] == [[{"longValue": 2}]]
assert data.describe_statement(Id=parts[1]["Id"])["QueryString"] == "insert into t values (1), (2)"
fails("ValidationException", data.get_statement_result, Id=done["Id"])
fails("ResourceNotFoundException", data.get_statement_result, Id=parts[0]["Id"])
fails("ResourceNotFoundException", data.describe_statement, Id=f"{done['Id']}:4")

undone = batch("insert into t values (3)", "insert into nowhere values (1)", "insert into t values (4)")
assert undone["Status"] == "FAILED", undone
assert undone["Error"] == 'Query #2 failed with ERROR: relation "nowhere" does not exist', undone["Error"]
assert [part["Status"] for part in undone["SubStatements"]] == ["FINISHED", "FAILED", "ABORTED"]
assert undone["SubStatements"][1]["Error"] == 'ERROR: relation "nowhere" does not exist'
assert value("select count(*) from t") == 2
each = batch("insert into t values (5)", "insert into nowhere values (1)", "insert into t values (6)", ExecutionMode="AUTO_COMMIT")
assert [part["Status"] for part in each["SubStatements"]] == ["FINISHED", "FAILED", "FINISHED"] and each["Status"] == "FAILED"
assert value("select count(*) from t") == 4
bound = batch("insert into t values (:a)", "select :b", Parameters=[{"name": "a", "value": "7"}, {"name": "b", "value": "x"}])
assert bound["Status"] == "FINISHED" and bound["QueryParameters"][0] == {"name": "a", "value": "7"}
fails("ValidationException", data.batch_execute_statement, Sqls=["select 1"] * 41, **HERE)

# A batch that is stopped leaves nothing.
stopped = data.batch_execute_statement(Sqls=["insert into t values (8)", "select pg_sleep(60)"], **HERE)
until("STARTED", lambda: data.describe_statement(Id=f"{stopped['Id']}:2")["Status"])
data.cancel_statement(Id=stopped["Id"])
assert ended(stopped)["Status"] == "ABORTED"
assert value("select count(*) from t where a = 8") == 0

# Without a session each statement has one of its own.
first = data.execute_statement(Sql="create temp table seen as select 1 as n", SessionKeepAliveSeconds=60, **HERE)
session = {"SessionId": first["SessionId"]}
assert ended(first)["SessionId"] == first["SessionId"]
assert value("select n from seen", **session) == 1
assert ended(data.execute_statement(Sql="select n from seen", **HERE))["Status"] == "FAILED"

# A transaction stays open in it, also one that failed.
run("begin", **session)
run("insert into t values (9)", **session)
assert value("select count(*) from t where a = 9") == 0
run("commit", **session)
assert value("select count(*) from t where a = 9") == 1
run("begin", **session)
assert ended(data.execute_statement(Sql="select * from nowhere", **session))["Status"] == "FAILED"
aborted = ended(data.execute_statement(Sql="select 1", **session))
assert "current transaction is aborted" in aborted["Error"], aborted
run("rollback", **session)
assert ended(data.batch_execute_statement(Sqls=["select 1", "select n from seen"], **session))["Status"] == "FINISHED"

# One statement at a time, and no other place than its own.
slow = data.execute_statement(Sql="select pg_sleep(0.5)", **session)
fails("ValidationException", data.execute_statement, Sql="select 1", **session)
[line] = data.list_sessions(SessionId=first["SessionId"])["Sessions"]
assert (line["Status"], line["CurrentStatementId"], line["SessionAliveSeconds"]) == ("BUSY", slow["Id"], 60), line
ended(slow)
fails("ValidationException", data.execute_statement, Sql="select 1", **session, **HERE)

# It is closed when its time is over.
run("select 1", SessionKeepAliveSeconds=1, **session)
state = lambda: data.list_sessions(SessionId=first["SessionId"])["Sessions"][0]["Status"]
assert until("CLOSED", state) == ["AVAILABLE"]
fails("ResourceNotFoundException", data.execute_statement, Sql="select 1", **session)
assert data.list_sessions()["Sessions"] == []
left = f"select count(*) from pg_stat_activity where datname = '{database}' and pid <> pg_backend_pid()"
until(0, lambda: value(left))

# It ends with its cluster.
last = run("select 1", SessionKeepAliveSeconds=60, **HERE)["SessionId"]
redshift.reboot_cluster(ClusterIdentifier=name)
available(name)
fails("ResourceNotFoundException", data.execute_statement, Sql="select 1", SessionId=last)
