"""awswrangler's functions of the Redshift Data API."""

import awswrangler
from awswrangler.data_api.redshift import RedshiftDataApiFailedException
from face import PREFIX, available, create

name, database = f"{PREFIX}-main", f"{PREFIX}_main"
create(name)
available(name)
FAST = {"sleep": 0.05, "backoff": 1.0, "retries": 200}
connection = awswrangler.data_api.redshift.connect(
    cluster_id=name, database=database, db_user=f"{PREFIX}_admin", **FAST)
query = awswrangler.data_api.redshift.read_sql_query
query("create table t (id int, what varchar(9) encode lzo, part float8) sortkey(id)", con=connection)
query("insert into t values (1, 'a', 0.5), (2, null, 1.5)", con=connection)
frame = query("select id, nvl(what, 'none') as what, part, what is null as empty from t order by id", con=connection)
assert frame.to_dict("list") == {
    "id": [1, 2], "what": ["a", "none"], "part": [0.5, 1.5], "empty": [False, True]}, frame
serverless = awswrangler.data_api.redshift.connect(workgroup_name=name, database=database, **FAST)
assert len(query("select a.id from t a, t b", con=connection)) == 4
assert query("select 7 as n", con=serverless)["n"].tolist() == [7]
try:
    query("select * from nowhere", con=connection)
    raise AssertionError("a table that is not there was read")
except RedshiftDataApiFailedException as error:
    assert "does not exist" in str(error), error
