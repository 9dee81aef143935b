"""AWS's own driver against `vesto emulate`. Host and port come from the environment."""

import decimal
import os

import redshift_connector


def connect(**more):
    place = dict(host=os.environ["HOST"], port=int(os.environ["PORT"]), database="dev", user="awsuser", password="")
    return redshift_connector.connect(**{**place, "ssl": False, **more})


def refused(state, work):
    try:
        work()
    except redshift_connector.ProgrammingError as error:
        assert error.args[0]["C"] == state, error.args
        return error.args[0]
    raise AssertionError(f"nothing was refused, expected {state}")


def types_and_parameters():
    with connect() as session, session.cursor() as cursor:
        cursor.execute("select 1, 'é'::varchar, 1.5::numeric(10, 2), true, null, %s::int", (7,))
        assert cursor.fetchone() == [1, "é", decimal.Decimal("1.50"), True, None, 7]
        cursor.execute("create table rc_kinds (s super, v varbyte, n numeric(38, 9))")
        cursor.execute("""insert into rc_kinds values (json_parse('{"a": 1}'), to_varbyte('6162', 'hex'), 1.25)""")
        cursor.execute("select * from rc_kinds")
        assert [column[1] for column in cursor.description] == [4000, 6551, 1700]
        row = cursor.fetchone()
        assert row == ['{"a": 1}', "ab", decimal.Decimal("1.250000000")], row
        session.commit()


def transactions_and_errors():
    with connect() as session, session.cursor() as cursor:
        cursor.execute("create table rc_notes (id int, note varchar(10)) distkey (id)")
        session.commit()
        cursor.executemany("insert into rc_notes values (%s, %s)", [(1, "a"), (2, "b")])
        session.rollback()
        cursor.execute("select count(*) from rc_notes")
        assert cursor.fetchone() == [0]
        error = refused("42703", lambda: cursor.execute("select nvl(id, 0), nowhere from rc_notes"))
        assert error["P"] == "20", error
        session.rollback()
        session.autocommit = True
        cursor.execute("vacuum rc_notes")
        refused("0A000", lambda: cursor.execute("create index i on rc_notes (id)"))


def copy_and_unload():
    with connect() as session, session.cursor() as cursor:
        cursor.execute("create table rc_sales (id int, note varchar(20))")
        cursor.executemany("insert into rc_sales values (%s, %s)", [(one, f"note {one}") for one in range(10)])
        session.commit()
        cursor.execute("unload ('select * from rc_sales') to 's3://lake/rc/' iam_role default format parquet")
        cursor.execute("copy rc_sales from 's3://lake/rc/' iam_role default format parquet")
        cursor.execute("select count(*) from rc_sales")
        assert cursor.fetchone() == [20]
        session.rollback()
        cursor.execute("select count(*) from rc_sales")
        assert cursor.fetchone() == [10]


def catalogue():
    with connect() as session, session.cursor() as cursor:
        cursor.execute("select \"column\", type, distkey from pg_table_def where tablename = 'rc_notes'")
        assert cursor.fetchall() == (["id", "integer", True], ["note", "character varying(10)", False])


def metadata():
    with connect() as session, session.cursor() as cursor:
        cursor.execute("create table rc_people (id int primary key, name varchar(20) not null)")
        cursor.execute("create table rc_keys (a int, b int references rc_people, constraint both_keys primary key (a, b))")
        cursor.execute("create view rc_view as select a from rc_keys")
        session.commit()
        assert cursor.get_catalogs() == (["dev"],)
        assert "public" in [row[0] for row in cursor.get_schemas()]
        for catalog in (None, "dev"):
            place = dict(catalog=catalog, schema_pattern="public")
            tables = cursor.get_tables(**place, table_name_pattern="rc%keys", types=["TABLE"])
            assert [row[1:4] for row in tables] == [["public", "rc_keys", "TABLE"]], tables
            views = cursor.get_tables(**place, table_name_pattern="rc%view", types=["VIEW"])
            assert [row[2:4] for row in views] == [["rc_view", "VIEW"]], views
            columns = cursor.get_columns(**place, tablename_pattern="rc_people")
            assert [(row[3], row[5], row[6], row[17]) for row in columns] == [
                ("id", "int4", 10, "NO"), ("name", "varchar", 20, "NO"),
            ], columns
        keys = cursor.get_primary_keys(schema="public", table="rc_keys")
        assert [row[1:] for row in keys] == [
            ["public", "rc_keys", "a", 1, "both_keys"], ["public", "rc_keys", "b", 2, "both_keys"],
        ], keys
        assert ["TABLE"] in list(cursor.get_table_types())
        cursor.get_procedures()


def frames():
    import pandas

    with connect() as session, session.cursor() as cursor:
        cursor.execute("create table rc_frame (a int, b varchar(10))")
        cursor.write_dataframe(pandas.DataFrame({"a": [1, 2], "b": ["x", "é"]}), "rc_frame")
        cursor.execute("select a, b, json_parse('[1]') as s from rc_frame order by a")
        frame = cursor.fetch_dataframe()
        assert list(frame.columns) == ["a", "b", "s"] and list(frame["b"]) == ["x", "é"], frame
        cursor.execute("select a from rc_frame order by a")
        assert cursor.fetch_numpy_array().tolist() == [[1], [2]]


def tls():
    # The environment names the server's certificate as one to trust.
    with connect(ssl=True, sslmode="verify-full", host="localhost") as session, session.cursor() as cursor:
        cursor.execute("select 1")
        assert cursor.fetchone() == [1]


for part in (
    types_and_parameters,
    transactions_and_errors,
    copy_and_unload,
    catalogue,
    metadata,
    *([frames] if "PANDAS" in os.environ else []),
    tls,
):
    part()
    print(part.__name__)
