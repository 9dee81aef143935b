"""SQLAlchemy with AWS's dialect `sqlalchemy-redshift` against `vesto emulate`. Host and port come from the environment."""

import decimal
import os

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.schema import CreateTable
from sqlalchemy_redshift import commands, ddl, dialect

PLACE = f"awsuser@{os.environ['HOST']}:{os.environ['PORT']}/dev"
# Numbers come from the program: the dialect would ask an INSERT for those of IDENTITY with RETURNING, which Redshift lacks.
ROLE = {"aws_account_id": "123456789012", "iam_role_name": "loader"}

metadata = sa.MetaData()
customers = sa.Table(
    "sa_customers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(20), unique=True),
    redshift_diststyle="ALL",
)
orders = sa.Table(
    "sa_orders",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("customer", sa.Integer, sa.ForeignKey("sa_customers.id", name="of_customer")),
    sa.Column("amount", sa.Numeric(10, 2), redshift_encode="zstd"),
    sa.Column("at", dialect.TIMESTAMPTZ),
    sa.Column("details", dialect.SUPER),
    redshift_diststyle="KEY",
    redshift_distkey="customer",
    redshift_interleaved_sortkey=["id", "amount"],
)


def engine(driver):
    options = {"ssl": False} if driver == "redshift_connector" else {"sslmode": "disable"}
    return sa.create_engine(f"redshift+{driver}://{PLACE}", connect_args=options)


def rows(engine):
    metadata.create_all(engine)
    with engine.begin() as session:
        session.execute(customers.insert(), [{"id": 1, "name": "Ana"}, {"id": 2, "name": "Béa"}])
        session.execute(orders.insert(), [{"id": 1, "customer": 1, "amount": decimal.Decimal("1.50")}])
        joined = sa.select(customers.c.name, orders.c.amount).join(orders)
        assert session.execute(joined).all() == [("Ana", decimal.Decimal("1.50"))]
        assert session.execute(sa.select(sa.func.now())).scalar() is not None
    try:
        with engine.begin() as session:
            session.execute(customers.delete())
            session.execute(sa.text("select nowhere"))
        raise AssertionError("there is such a column")
    except sa.exc.ProgrammingError as error:
        assert "nowhere" in str(error)
    with engine.connect() as session:
        assert session.execute(sa.select(sa.func.count()).select_from(customers)).scalar() == 2


def reflection(engine):
    with engine.begin() as session:
        session.execute(sa.text("create view sa_names as select name from sa_customers"))
        session.execute(sa.text("comment on table sa_orders is 'what was bought'"))
    inspector = sa.inspect(engine)
    assert inspector.default_schema_name == "public"
    assert "public" in inspector.get_schema_names()
    assert sorted(inspector.get_table_names()) == ["sa_customers", "sa_orders"]
    assert inspector.get_view_names() == ["sa_names"]
    assert "sa_customers" in inspector.get_view_definition("sa_names")
    columns = {column["name"]: column for column in inspector.get_columns("sa_orders")}
    assert list(columns) == ["id", "customer", "amount", "at", "details"], columns
    assert not columns["id"]["nullable"] and columns["customer"]["nullable"]
    assert columns["amount"]["info"] == {"encode": "zstd"}, columns["amount"]
    assert (columns["amount"]["type"].precision, columns["amount"]["type"].scale) == (10, 2)
    assert isinstance(columns["details"]["type"], dialect.SUPER), columns["details"]
    assert inspector.get_pk_constraint("sa_orders") == {"constrained_columns": ["id"], "name": "sa_orders_pkey"}
    (key,) = inspector.get_foreign_keys("sa_orders")
    assert key["name"] == "of_customer" and key["constrained_columns"] == ["customer"], key
    assert key["referred_table"] == "sa_customers" and key["referred_columns"] == ["id"], key
    (unique,) = inspector.get_unique_constraints("sa_customers")
    assert unique["column_names"] == ["name"], unique
    assert inspector.get_indexes("sa_orders") == []
    assert inspector.get_table_comment("sa_orders") == {"text": "what was bought"}
    options = inspector.get_table_options("sa_orders")
    assert options["redshift_diststyle"] == "KEY" and options["redshift_distkey"] == "customer", options
    assert options["redshift_interleaved_sortkey"] == ("id", "amount"), options
    assert inspector.get_table_options("sa_customers")["redshift_diststyle"] == "ALL"
    found = sa.Table("sa_orders", sa.MetaData(), autoload_with=engine)
    written = str(CreateTable(found).compile(engine))
    assert 'DISTSTYLE KEY DISTKEY (customer) INTERLEAVED SORTKEY (id, amount)' in written, written


def unload_and_copy(engine, driver):
    with engine.begin() as session:
        session.execute(
            commands.UnloadFromSelect(
                select=sa.select(customers.c.id, customers.c.name),
                unload_location=f"s3://lake/sa/{driver}_",
                header=True,
                format=commands.Format.csv,
                **ROLE,
            )
        )
        session.execute(
            commands.CopyCommand(
                customers,
                data_location=f"s3://lake/sa/{driver}_",
                ignore_header=1,
                format=commands.Format.csv,
                **ROLE,
            )
        )
        assert session.execute(sa.select(sa.func.count()).select_from(customers)).scalar() == 4


def views(engine):
    with engine.begin() as session:
        counted = sa.select(sa.func.count(customers.c.id).label("many"))
        session.execute(ddl.CreateMaterializedView("sa_counted", counted, distkey="many", sortkey="many"))
        session.execute(commands.RefreshMaterializedView("sa_counted"))
        assert session.execute(sa.text("select many from sa_counted")).scalar() == 2
        session.execute(ddl.DropMaterializedView("sa_counted"))


def objects(engine):
    class Base(DeclarativeBase):
        pass

    class Note(Base):
        __tablename__ = "sa_notes"
        id = sa.Column(sa.Integer, primary_key=True, autoincrement=False)
        text = sa.Column(sa.String(100))

    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Note(id=1, text="first"), Note(id=2, text="second")])
        session.commit()
        note = session.get(Note, 1)
        note.text = "changed"
        session.delete(session.get(Note, 2))
        session.commit()
    with Session(engine) as session:
        assert [(note.id, note.text) for note in session.scalars(sa.select(Note))] == [(1, "changed")]
    Base.metadata.drop_all(engine)


for driver in ("psycopg2", "redshift_connector"):
    place = engine(driver)
    rows(place)
    reflection(place)
    # AWS's own driver sends them with parameters in place of their texts, which neither statement takes.
    if driver == "psycopg2":
        views(place)
        unload_and_copy(place, driver)
    objects(place)
    with place.begin() as session:
        session.execute(sa.text("drop view sa_names"))
    metadata.drop_all(place)
    place.dispose()
    print(driver)
