//! The catalogue of a real PostgreSQL.

mod contents;
mod engines;
mod laws;
mod seen;

use std::time::Duration;

use vesto::adapters::wire::Wire;
use vesto::catalog::{Catalog, CatalogObject, Contents, compare};
use vesto::ports::{Address, Batch, Connect, Endpoint, Outcome, Session, TlsMode};
use vesto::sql::Dialect;
use vesto::text::Secret;

use crate::support::{ADMIN, PASSWORD, Sandbox};

/// A database with a small warehouse in it, and a session.
struct Warehouse {
    runtime: tokio::runtime::Runtime,
    session: Box<dyn Session>,
    _sandbox: Sandbox,
}

/// What is there before each statement. Roles belong to the server, which other tests use as well.
const SETUP: &str = "
do 'begin create role catalog_reader; exception when duplicate_object or unique_violation then end';
do 'begin create role catalog_writer; exception when duplicate_object or unique_violation then end';
create schema sales;
create schema vesto;
create table vesto.run (id integer);
create table sales.customers (id integer primary key, name text);
create table sales.orders (id integer not null, day date default '2024-03-01', note varchar(10), cents bigint);
create table sales.moments (at timestamptz default '2024-03-01 12:00:00+00', span interval default '1 day 2 hours');
create table sales.parts (id integer, day date) partition by range (day);
create table sales.parts_2023 partition of sales.parts for values from ('2023-01-01') to ('2024-01-01');
create table sales.ledger (id integer generated always as identity, amount numeric(12, 2));
create view sales.daily as select day, count(*) as orders from sales.orders group by day;
create materialized view sales.totals as select sum(cents) as cents from sales.orders;
create sequence sales.numbers;
create type sales.state as enum ('open', 'done');
create type sales.pair as (a integer, b text);
create domain sales.percent as integer check (value between 0 and 100);
create function sales.twice(n integer) returns integer language sql as 'select n * 2';
create function sales.twice(n text) returns text language sql as 'select n || n';
create function sales.stamp() returns trigger language plpgsql as 'begin return new; end';
create procedure sales.load(n integer) language sql as 'select n';
create aggregate sales.total(integer) (sfunc = int4pl, stype = integer, initcond = '0');
create foreign data wrapper files;
create server archive foreign data wrapper files;
create foreign table sales.old (id integer) server archive;
insert into sales.orders values (1, '2024-01-01', 'a', 5), (2, '2024-01-02', 'b', 6)";

impl Warehouse {
    fn new() -> Option<Self> {
        let mut warehouse = Self::empty()?;
        warehouse.run(SETUP);
        Some(warehouse)
    }

    fn empty() -> Option<Self> {
        let sandbox = Sandbox::on_server("postgres")?;
        let database = sandbox.database();
        let endpoint = Endpoint {
            address: Address::Tcp { host: "127.0.0.1".into(), port: database.server.port },
            database: database.name.clone(),
            user: ADMIN.into(),
            password: Some(Secret::new(PASSWORD.into())),
            host_address: None,
            route: None,
            tls: TlsMode::Disable,
            root_certificates: None,
            connect_timeout: Duration::from_secs(10),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let wire = Wire { application_name: "vesto test".into() };
        let session = runtime.block_on(wire.connect(&endpoint)).expect("a session");
        Some(Self { runtime, session, _sandbox: sandbox })
    }

    #[track_caller]
    fn send(&mut self, batch: &Batch) -> Vec<Outcome> {
        self.runtime.block_on(self.session.run(batch)).unwrap_or_else(|error| {
            let sql = batch.pieces.get(error.piece).map(|piece| piece.sql.as_str()).unwrap_or_default();
            panic!("{error}, {:?}: {sql}", error.error.offset)
        })
    }

    #[track_caller]
    fn run(&mut self, sql: &str) {
        let mut batch = Batch::default();
        for statement in sql.split(";\n") {
            batch.user(statement);
        }
        self.send(&batch);
    }

    #[track_caller]
    fn catalog(&mut self) -> Catalog {
        let mut batch = Batch::default();
        Catalog::ask(&mut batch, Dialect::Postgres);
        let answers = self.send(&batch);
        Catalog::answer(&answers, Dialect::Postgres).unwrap_or_else(|error| panic!("{error}"))
    }

    #[track_caller]
    fn contents(&mut self, tables: &[CatalogObject]) -> Contents {
        let mut batch = Batch::default();
        Contents::ask(&mut batch, tables, Dialect::Postgres);
        let answers = self.send(&batch);
        Contents::answer(&answers, tables, Dialect::Postgres).unwrap_or_else(|error| panic!("{error}"))
    }
}

fn lines(before: &Catalog, after: &Catalog) -> String {
    compare(before, after).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
