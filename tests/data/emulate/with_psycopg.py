"""psycopg 3 against `vesto emulate`: what a program does with Redshift. Host, port and bucket come from the environment."""

import asyncio
import datetime
import decimal
import logging
import os
import threading

import psycopg

PLACE = dict(host=os.environ["HOST"], port=os.environ["PORT"], dbname="dev", user="awsuser")


def connect(**more):
    return psycopg.connect(**{**PLACE, **more})


def refused(state, work):
    try:
        work()
    except psycopg.Error as error:
        assert error.sqlstate == state, (error.sqlstate, state, str(error))
        return error
    raise AssertionError(f"nothing was refused, expected {state}")


def parameters_and_types():
    with connect() as session:
        assert session.info.server_version == 80002
        cursor = session.execute("select %s::int + 1, %s, nvl(null, %s)", (41, "é", decimal.Decimal("1.50")))
        assert cursor.fetchone() == (42, "é", decimal.Decimal("1.50"))
        for binary in (False, True):
            row = session.cursor(binary=binary).execute(
                "select 1::smallint, 2::bigint, 1.5::float8, date '2024-02-29', timestamp '2024-01-02 03:04:05', true,"
                " 'x'::varchar(3), null::int, 12.34::numeric(10,2)"
            )
            assert row.fetchone() == (
                1, 2, 1.5, datetime.date(2024, 2, 29), datetime.datetime(2024, 1, 2, 3, 4, 5), True, "x", None,
                decimal.Decimal("12.34"),
            )
        session.execute("create table kinds (s super, v varbyte)")
        session.execute("""insert into kinds values (json_parse('{"a": [1, 2]}'), to_varbyte('0aff', 'hex'))""")
        for binary in (False, True):
            cursor = session.cursor(binary=binary).execute("select s, v, s.a[1] from kinds")
            assert [column.type_code for column in cursor.description] == [4000, 6551, 4000]
            row = cursor.fetchone()
            expected = b'{"a": [1, 2]}', b"\x0a\xff", b"2"
            assert row == (expected if binary else ('{"a": [1, 2]}', "0aff", "2")), row


def transactions():
    with connect() as session:
        session.execute("create table notes (id int identity(1, 1), note varchar(10)) diststyle even")
        session.commit()
        session.execute("insert into notes (note) values ('kept')")
        session.commit()
        session.execute("insert into notes (note) values ('undone')")
        session.rollback()
        assert session.execute("select id, note from notes").fetchall() == [(1, "kept")]
        refused("22001", lambda: session.execute("insert into notes (note) values ('much too long')"))
        refused("25P02", lambda: session.execute("select 1"))
        session.rollback()
        # TRUNCATE commits what came before it.
        session.execute("insert into notes (note) values ('gone')")
        session.execute("truncate notes")
        session.rollback()
        assert session.execute("select count(*) from notes").fetchone() == (0,)
        session.rollback()
        error = refused("25001", lambda: (session.execute("select 1"), session.execute("vacuum notes")))
        assert "inside a transaction block" in str(error)
        session.rollback()
        refused("0A000", lambda: session.execute("savepoint one"))


def errors_have_their_place():
    with connect(autocommit=True) as session:
        error = refused("42703", lambda: session.execute("select nvl('é', null), nowhere from stv_slices"))
        assert error.diag.statement_position == "24", error.diag.statement_position
        error = refused("42703", lambda: session.execute("select %s::int, nowhere", (1,)))
        assert error.diag.statement_position == "17", error.diag.statement_position
        error = refused("42601", lambda: session.execute("select 1 frmo x y"))
        refused("0A000", lambda: session.execute("create index i on nowhere (x)"))
        error = refused("0A000", lambda: session.cursor().copy("copy nowhere from stdin").__enter__())
        assert "LOAD source is not supported" in str(error)
        assert session.execute("select 1").fetchone() == (1,)


def copy_and_unload():
    notices = []
    with connect(autocommit=True) as session:
        session.add_notice_handler(lambda notice: notices.append((notice.severity, notice.message_primary)))
        session.execute("create table sales (id int, price numeric(10,2), note varchar(20)) distkey (id)")
        session.cursor().executemany(
            "insert into sales values (%s, %s, %s)", [(one, one * 2, f"note {one}") for one in range(100)]
        )
        session.execute("unload ('select * from sales') to 's3://lake/py/sales_' iam_role default csv")
        assert notices[-1] == ("INFO", "UNLOAD completed, 100 record(s) unloaded successfully."), notices
        cursor = session.execute("copy sales from 's3://lake/py/sales_' iam_role default csv")
        assert cursor.statusmessage == "COPY"
        assert notices[-1] == ("INFO", "Load into table 'sales' completed, 100 record(s) loaded successfully."), notices
        assert session.execute("select count(*), sum(price) from sales").fetchone() == (200, decimal.Decimal(19800))
        assert session.execute("select pg_last_copy_count()").fetchone() == (100,)
        refused("XX000", lambda: session.execute("copy sales from 's3://lake/none' iam_role default"))
    with connect() as session:
        session.execute("copy sales from 's3://lake/py/sales_' iam_role default csv")
        assert session.execute("select count(*) from sales").fetchone() == (300,)
        session.rollback()
        refused("XX000", lambda: session.execute("copy sales from 's3://lake/py/' iam_role default delimiter '|'"))
        refused("25P02", lambda: session.execute("select 1"))
        session.rollback()
        assert session.execute("select count(*) from sales").fetchone() == (200,)
        session.rollback()
        # Several statements are one transaction.
        session.autocommit = True
        refused("42P01", lambda: session.execute("insert into sales values (1, 1, 'x'); copy sales from 's3://lake/py/sales_' iam_role default csv; select * from nowhere"))
        assert session.execute("select count(*) from sales").fetchone() == (200,)


def cursors_and_prepared_statements():
    with connect() as session:
        with session.cursor(name="walk") as cursor:
            cursor.execute("select id from sales order by id")
            assert [row[0] for row in cursor.fetchmany(3)] == [0, 0, 1]
        for _ in range(10):
            row = session.execute("select count(*) from sales where id < %s", (10,), prepare=True).fetchone()
            assert row == (20,)
            session.execute("set query_group to 'etl'", prepare=True)
        with session.pipeline():
            first = session.execute("select 1")
            session.execute("create temp table #piped (x int) diststyle all", prepare=False)
            last = session.execute("select count(*) from #piped")
            assert (first.fetchone(), last.fetchone()) == ((1,), (0,))


def ways_to_fetch():
    with connect() as session:
        for binary in (False, True):
            with session.cursor(name="walk", binary=binary) as cursor:
                cursor.itersize = 7
                cursor.execute("select id, price from sales where id < %s order by id", (20,))
                assert sum(row[0] for row in cursor) == 380
            streamed = session.cursor(binary=binary).stream("select id from sales order by id")
            assert [next(streamed)[0], next(streamed)[0]] == [0, 0]
            streamed.close()
        with psycopg.ClientCursor(session) as cursor:
            cursor.execute("select nvl(%s, %s), id from sales order by id limit 1", (None, "it's"))
            assert cursor.fetchone() == ("it's", 0)
            cursor.execute("select 1; select nvl(null, 2)")
            assert cursor.fetchone() == (1,) and cursor.nextset() and cursor.fetchone() == (2,)
        with session.pipeline():
            cursor = session.cursor()
            cursor.executemany("select nvl(%s::int, 0)", [(1,), (None,), (3,)], returning=True)
            found = [cursor.fetchone()[0]]
            while cursor.nextset():
                found.append(cursor.fetchone()[0])
            assert found == [1, 0, 3]
        # All is sent before the first answer is read: what stands behind a refusal is left out.
        link = session.pgconn
        link.enter_pipeline_mode()
        for query in (b"select nowhere from sales", b"select 1"):
            link.send_query_params(query, None)
        link.pipeline_sync()
        answers = []
        while len(answers) < 3:
            answers.extend(filter(None, [link.get_result()]))
        link.exit_pipeline_mode()
        status = psycopg.pq.ExecStatus
        assert [answer.status for answer in answers] == [
            status.FATAL_ERROR, status.PIPELINE_ABORTED, status.PIPELINE_SYNC
        ]
        assert answers[0].error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"42703"
        session.rollback()
    with connect(autocommit=True) as session, session.pipeline():
        session.execute("create temp table piped (x int)")
        session.cursor().executemany("insert into piped values (%s)", [(one,) for one in range(50)])
        assert session.execute("select count(*), sum(x) from piped").fetchone() == (50, 1225)


def at_once():
    """The asynchronous half of the driver, in several sessions."""

    async def ask(number):
        async with await psycopg.AsyncConnection.connect(**PLACE) as session:
            cursor = await session.execute("select %s::int + 1", (number,))
            return (await cursor.fetchone())[0]

    async def all_of_them():
        return await asyncio.gather(*(ask(number) for number in range(10)))

    assert asyncio.run(all_of_them()) == list(range(1, 11))


def pipelined_begin():
    with connect() as session:
        session.execute("insert into notes (note) values ('gone')")
        session.commit()
        # BEGIN and TRUNCATE go out together, and TRUNCATE commits all the same.
        with session.pipeline():
            session.execute("truncate notes")
        session.rollback()
        assert session.execute("select count(*) from notes").fetchone() == (0,)
        session.rollback()
        session.execute("select 1")
        refused("42601", lambda: session.execute("select 1; select 2 where %s", (True,)))
        refused("25P02", lambda: session.execute("select 1"))


def cancels():
    with connect() as session:
        done = threading.Event()

        def again():
            # A server does not hear it before it has begun the statement.
            while not done.wait(0.1):
                session.cancel()

        thread = threading.Thread(target=again)
        thread.start()
        refused("57014", lambda: session.execute("select pg_sleep(600)"))
        done.set()
        thread.join()


def users_and_groups():
    with connect(autocommit=True) as session:
        session.execute("create group analysts")
        session.execute("create user bob password 'Passw0rd' in group analysts")
        session.execute("create schema lab authorization bob")
        assert session.execute("select usename, usesuper from pg_user where usename = 'bob'").fetchone() == ("bob", False)
        assert session.execute("select groname from pg_group").fetchall() == [("analysts",)]
        assert session.execute("select datname from pg_database_info where datname = 'dev'").fetchone() == ("dev",)
        session.execute("create table lab.t (a int) sortkey (a)")
        session.execute("grant select on lab.t to group analysts")
    with connect(user="bob", password="Passw0rd", autocommit=True) as session:
        assert session.execute("select current_user, count(*) from lab.t").fetchone() == ("bob", 0)
        session.execute("create table lab.own (a int) distkey (a)")
        refused("42501", lambda: session.execute("select * from notes"))
        assert session.execute("select schema_name from svv_all_schemas where schema_name = 'lab'").fetchone() == ("lab",)
        session.execute("alter user bob password 'Passw1rd'")
    for user, password in (("bob", "Passw0rd"), ("nobody", "x"), ("postgres", "x"), ("IAM:bob", "x")):
        try:
            connect(user=user, password=password)
            raise AssertionError(f"{user} got in")
        except psycopg.OperationalError as error:
            assert f'password authentication failed for user "{user}"' in str(error), str(error)
    connect(user="bob", password="Passw1rd", sslmode="require").close()
    connect(user="bob", password="Passw1rd", sslmode="disable").close()


def start_up():
    try:
        connect(options="-c extra_float_digits=3")
        raise AssertionError("extra_float_digits was taken")
    except psycopg.OperationalError as error:
        assert "(-15 .. 2)" in str(error), str(error)
    try:
        connect(dbname="nowhere")
        raise AssertionError("there is such a database")
    except psycopg.OperationalError as error:
        assert 'database "nowhere" does not exist' in str(error), str(error)


class Complaints(logging.Handler):
    """What the driver only logs, such as a request to cancel that did not end in order."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record.getMessage())


complaints = Complaints()
logging.getLogger("psycopg").addHandler(complaints)

for part in (
    parameters_and_types,
    transactions,
    errors_have_their_place,
    copy_and_unload,
    cursors_and_prepared_statements,
    ways_to_fetch,
    at_once,
    pipelined_begin,
    cancels,
    users_and_groups,
    start_up,
):
    part()
    print(part.__name__)
assert not complaints.records, complaints.records
