//! Every kind of statement is seen in the catalogue, and its inverse brings the same catalogue back.

use vesto::catalog::{Catalog, compare};

use super::{Warehouse, lines};

fn objects(before: &Catalog, after: &Catalog) -> String {
    compare(before, after).iter().map(|change| change.object().to_string()).collect::<Vec<_>>().join(", ")
}

/// A statement, its inverse, and the objects that differ in between.
type Law = (&'static str, &'static str, &'static str);

#[track_caller]
fn hold(laws: &[Law]) {
    let Some(mut warehouse) = Warehouse::new() else { return };
    let before = warehouse.catalog();
    for (forward, inverse, differ) in laws {
        warehouse.run(forward);
        let between = warehouse.catalog();
        assert_eq!(objects(&before, &between), *differ, "{forward}\n{}", lines(&before, &between));
        warehouse.run(inverse);
        let after = warehouse.catalog();
        assert_eq!(lines(&before, &after), "", "{forward}\n{inverse}");
        assert_eq!(before, after);
    }
}

const CREATED: [Law; 27] = [
    ("create schema stage", "drop schema stage", "schema stage"),
    ("create table sales.new (a integer)", "drop table sales.new", "table sales.new"),
    (
        "create table sales.keyed (a integer primary key)",
        "drop table sales.keyed",
        "table sales.keyed, index sales.keyed_pkey",
    ),
    (
        "create table sales.counted (a serial)",
        "drop table sales.counted",
        "table sales.counted, sequence sales.counted_a_seq",
    ),
    ("create view sales.v as select 1 as one", "drop view sales.v", "view sales.v"),
    (
        "create materialized view sales.m as select 1 as one",
        "drop materialized view sales.m",
        "materialized view sales.m",
    ),
    ("create sequence sales.s start 5 cycle", "drop sequence sales.s", "sequence sales.s"),
    ("create index by_day on sales.orders (day)", "drop index sales.by_day", "index sales.by_day"),
    (
        "create function sales.f(a integer, b text default 'x') returns text language sql as 'select b'",
        "drop function sales.f",
        "function sales.f(integer, text)",
    ),
    (
        "create procedure sales.p(n text) language sql as 'select n'",
        "drop procedure sales.p",
        "procedure sales.p(text)",
    ),
    (
        "create aggregate sales.top(integer) (sfunc = int4larger, stype = integer)",
        "drop aggregate sales.top(integer)",
        "aggregate sales.top(integer)",
    ),
    ("create type sales.colour as enum ('red')", "drop type sales.colour", "type sales.colour"),
    ("create type sales.point as (x integer, y integer)", "drop type sales.point", "type sales.point"),
    ("create type sales.days as range (subtype = date)", "drop type sales.days", "type sales.days"),
    ("create domain sales.short as text check (length(value) < 9)", "drop domain sales.short", "domain sales.short"),
    ("create collation sales.plain from \"C\"", "drop collation sales.plain", "collation sales.plain"),
    (
        "create trigger stamped before insert on sales.orders for each row execute function sales.stamp()",
        "drop trigger stamped on sales.orders",
        "trigger stamped on sales.orders",
    ),
    (
        "create policy own on sales.orders for select to catalog_reader using (note = current_user)",
        "drop policy own on sales.orders",
        "policy own on sales.orders",
    ),
    (
        "create rule nothing as on delete to sales.orders do instead nothing",
        "drop rule nothing on sales.orders",
        "rule nothing on sales.orders",
    ),
    (
        "create statistics sales.both on day, note from sales.orders",
        "drop statistics sales.both",
        "statistics sales.both",
    ),
    (
        "create table sales.parts_2024 partition of sales.parts for values from ('2024-01-01') to ('2025-01-01')",
        "drop table sales.parts_2024",
        "table sales.parts_2024",
    ),
    (
        "create foreign table sales.older (id integer) server archive options (path 'x')",
        "drop foreign table sales.older",
        "foreign table sales.older",
    ),
    ("create server cellar foreign data wrapper files", "drop server cellar", "server cellar"),
    (
        "create user mapping for catalog_reader server archive options (password 'geheim')",
        "drop user mapping for catalog_reader server archive",
        "user mapping for catalog_reader on archive",
    ),
    ("create publication news for table sales.orders", "drop publication news", "publication news"),
    (
        "create operator sales.=== (function = int4eq, leftarg = integer, rightarg = integer)",
        "drop operator sales.===(integer, integer)",
        "operator sales.===(integer,integer)",
    ),
    (
        "create text search configuration sales.words (copy = pg_catalog.simple)",
        "drop text search configuration sales.words",
        "text search configuration sales.words",
    ),
];

#[test]
fn what_is_created_is_seen_until_it_is_dropped() {
    hold(&CREATED);
}

const ORDERS: &str = "table sales.orders";

const ALTERED: [Law; 37] = [
    (
        "alter table sales.orders add column twice integer generated always as (id * 2) stored",
        "alter table sales.orders drop column twice",
        ORDERS,
    ),
    (
        "alter table sales.customers replica identity using index customers_pkey",
        "alter table sales.customers replica identity default",
        "table sales.customers",
    ),
    // A column that was dropped comes back as the last one, as it was before.
    (
        "alter table sales.orders add column extra integer not null default 5",
        "alter table sales.orders drop column extra",
        ORDERS,
    ),
    ("alter table sales.orders add column extra text", "alter table sales.orders drop column extra", ORDERS),
    (
        "alter table sales.moments rename at to moment",
        "alter table sales.moments rename moment to at",
        "table sales.moments",
    ),
    (
        "alter table sales.customers alter name type varchar(20)",
        "alter table sales.customers alter name type text",
        "table sales.customers",
    ),
    ("alter table sales.orders alter cents set default 7", "alter table sales.orders alter cents drop default", ORDERS),
    (
        "alter table sales.orders alter day set default '2024-03-02'",
        "alter table sales.orders alter day set default '2024-03-01'",
        ORDERS,
    ),
    ("alter table sales.orders alter cents set not null", "alter table sales.orders alter cents drop not null", ORDERS),
    (
        "alter table sales.orders alter id add generated by default as identity",
        "alter table sales.orders alter id drop identity",
        "table sales.orders, sequence sales.orders_id_seq",
    ),
    (
        "alter table sales.ledger alter id set increment by 5",
        "alter table sales.ledger alter id set increment by 1",
        "sequence sales.ledger_id_seq",
    ),
    (
        "alter table sales.customers alter name set storage external",
        "alter table sales.customers alter name set storage extended",
        "table sales.customers",
    ),
    (
        "alter table sales.customers alter name set compression pglz",
        "alter table sales.customers alter name set compression default",
        "table sales.customers",
    ),
    (
        "alter table sales.customers alter name type text collate \"C\"",
        "alter table sales.customers alter name type text collate \"default\"",
        "table sales.customers",
    ),
    (
        "alter table sales.orders add constraint positive check (cents > 0) not valid",
        "alter table sales.orders drop constraint positive",
        ORDERS,
    ),
    (
        "alter table sales.orders add constraint customer foreign key (id) references sales.customers not valid",
        "alter table sales.orders drop constraint customer",
        ORDERS,
    ),
    (
        "alter table sales.orders add constraint one unique (id, day)",
        "alter table sales.orders drop constraint one",
        "table sales.orders, index sales.one",
    ),
    (
        "alter table sales.orders enable row level security",
        "alter table sales.orders disable row level security",
        ORDERS,
    ),
    (
        "alter table sales.orders force row level security",
        "alter table sales.orders no force row level security",
        ORDERS,
    ),
    ("alter table sales.orders set (fillfactor = 70)", "alter table sales.orders reset (fillfactor)", ORDERS),
    ("alter table sales.orders set unlogged", "alter table sales.orders set logged", ORDERS),
    ("alter table sales.orders replica identity full", "alter table sales.orders replica identity default", ORDERS),
    ("alter table sales.orders owner to catalog_writer", "alter table sales.orders owner to boss", ORDERS),
    (
        "alter table sales.customers rename to clients",
        "alter table sales.clients rename to customers",
        "table sales.clients, table sales.customers, index sales.customers_pkey, index sales.customers_pkey",
    ),
    (
        "alter table sales.moments set schema public",
        "alter table public.moments set schema sales",
        "table public.moments, table sales.moments",
    ),
    (
        "alter table sales.parts detach partition sales.parts_2023",
        "alter table sales.parts attach partition sales.parts_2023 for values from ('2023-01-01') to ('2024-01-01')",
        "table sales.parts_2023",
    ),
    ("create table sales.child () inherits (sales.orders)", "drop table sales.child", "table sales.child"),
    (
        "create or replace view sales.daily as select day, count(*) + 1 as orders from sales.orders group by day",
        "create or replace view sales.daily as select day, count(*) as orders from sales.orders group by day",
        "view sales.daily",
    ),
    (
        "alter view sales.daily set (security_barrier = true)",
        "alter view sales.daily reset (security_barrier)",
        "view sales.daily",
    ),
    (
        "refresh materialized view sales.totals with no data",
        "refresh materialized view sales.totals",
        "materialized view sales.totals",
    ),
    ("alter sequence sales.numbers cycle", "alter sequence sales.numbers no cycle", "sequence sales.numbers"),
    (
        "create or replace function sales.twice(n integer) returns integer language sql as 'select n + n'",
        "create or replace function sales.twice(n integer) returns integer language sql as 'select n * 2'",
        "function sales.twice(integer)",
    ),
    (
        "alter function sales.twice(text) security definer set search_path = sales",
        "alter function sales.twice(text) security invoker reset search_path",
        "function sales.twice(text)",
    ),
    ("alter domain sales.percent set default 5", "alter domain sales.percent drop default", "domain sales.percent"),
    (
        "alter domain sales.percent add constraint even check (value % 2 = 0)",
        "alter domain sales.percent drop constraint even",
        "domain sales.percent",
    ),
    ("alter type sales.pair add attribute c date", "alter type sales.pair drop attribute c", "type sales.pair"),
    ("alter schema sales owner to catalog_writer", "alter schema sales owner to boss", "schema sales"),
];

#[test]
fn what_is_altered_is_seen_until_it_is_altered_back() {
    hold(&ALTERED);
}

const GRANTED: [Law; 24] = [
    ("grant select on sales.orders to catalog_reader", "revoke select on sales.orders from catalog_reader", ORDERS),
    (
        "grant update (note) on sales.orders to catalog_reader",
        "revoke update (note) on sales.orders from catalog_reader",
        ORDERS,
    ),
    (
        "grant usage on sequence sales.numbers to public",
        "revoke usage on sequence sales.numbers from public",
        "sequence sales.numbers",
    ),
    (
        "grant usage on schema sales to catalog_reader with grant option",
        "revoke usage on schema sales from catalog_reader",
        "schema sales",
    ),
    (
        "revoke execute on function sales.twice(integer) from public",
        "grant execute on function sales.twice(integer) to public",
        "function sales.twice(integer)",
    ),
    (
        "grant execute on procedure sales.load to catalog_reader",
        "revoke execute on procedure sales.load from catalog_reader",
        "procedure sales.load(integer)",
    ),
    ("revoke usage on type sales.state from public", "grant usage on type sales.state to public", "type sales.state"),
    ("revoke delete on sales.orders from boss", "grant delete on sales.orders to boss", ORDERS),
    (
        "grant usage on foreign server archive to catalog_reader",
        "revoke usage on foreign server archive from catalog_reader",
        "server archive",
    ),
    (
        "alter default privileges in schema sales grant select on tables to catalog_reader",
        "alter default privileges in schema sales revoke select on tables from catalog_reader",
        "default privileges of boss on tables in schema sales",
    ),
    (
        "alter default privileges for role catalog_writer revoke execute on functions from public",
        "alter default privileges for role catalog_writer grant execute on functions to public",
        "default privileges of catalog_writer on functions",
    ),
    ("comment on schema sales is 'a'", "comment on schema sales is null", "schema sales"),
    ("comment on table sales.orders is 'a'", "comment on table sales.orders is null", ORDERS),
    ("comment on column sales.orders.note is 'a'", "comment on column sales.orders.note is null", ORDERS),
    ("comment on view sales.daily is 'a'", "comment on view sales.daily is null", "view sales.daily"),
    (
        "comment on constraint customers_pkey on sales.customers is 'a'",
        "comment on constraint customers_pkey on sales.customers is null",
        "table sales.customers",
    ),
    (
        "comment on index sales.customers_pkey is 'a'",
        "comment on index sales.customers_pkey is null",
        "index sales.customers_pkey",
    ),
    (
        "comment on function sales.twice(text) is 'a'",
        "comment on function sales.twice(text) is null",
        "function sales.twice(text)",
    ),
    (
        "comment on aggregate sales.total(integer) is 'a'",
        "comment on aggregate sales.total(integer) is null",
        "aggregate sales.total(integer)",
    ),
    ("comment on type sales.pair is 'a'", "comment on type sales.pair is null", "type sales.pair"),
    ("comment on column sales.pair.a is 'a'", "comment on column sales.pair.a is null", "type sales.pair"),
    ("comment on domain sales.percent is 'a'", "comment on domain sales.percent is null", "domain sales.percent"),
    ("comment on sequence sales.numbers is 'a'", "comment on sequence sales.numbers is null", "sequence sales.numbers"),
    ("comment on server archive is 'a'", "comment on server archive is null", "server archive"),
];

#[test]
fn grants_and_comments_are_seen_until_they_are_taken_back() {
    hold(&GRANTED);
}
