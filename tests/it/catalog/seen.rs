//! What the catalogue shows of changes and how differences are told, what it does not show, and what fingerprints move with.

use vesto::catalog::ABSENT;
use vesto::ports::Batch;
use vesto::sql::ObjectName;

use super::{Warehouse, lines};

#[test]
fn the_database_and_its_settings_are_seen() {
    let Some(mut warehouse) = Warehouse::empty() else { return };
    let before = warehouse.catalog();
    let database = "do $$ begin execute format('{}', current_database()); end $$";
    let run = |warehouse: &mut Warehouse, sql: &str| warehouse.run(&database.replace("{}", sql));
    run(&mut warehouse, "alter database %I set datestyle = ''German''");
    run(&mut warehouse, "comment on database %I is ''mine''");
    let between = warehouse.catalog();
    let shown = lines(&before, &between);
    assert!(shown.contains(": comment: `mine` is new\n") && shown.contains(": settings: `DateStyle="), "{shown}");
    run(&mut warehouse, "alter database %I reset all");
    run(&mut warehouse, "comment on database %I is null");
    assert_eq!(lines(&before, &warehouse.catalog()), "");
}

#[test]
fn differences_say_what_became_of_what() {
    let Some(mut warehouse) = Warehouse::new() else { return };
    let before = warehouse.catalog();
    warehouse.run(
        "alter table sales.orders alter note type varchar(20);\n\
         alter table sales.orders alter day set default '2025-01-01';\n\
         alter table sales.orders alter cents set default 7;\n\
         grant select, insert on sales.orders to catalog_reader;\n\
         grant select (id) on sales.customers to catalog_reader with grant option;\n\
         alter table sales.customers add extra sales.state;\n\
         alter table sales.customers drop name;\n\
         create or replace procedure sales.load(n integer) language sql as 'select n + 1';\n\
         create user mapping for public server archive options (user 'a', password 'geheim')",
    );
    let after = warehouse.catalog();
    let expected = "\
        user mapping for public on archive: was not there before\n\
        procedure sales.load(integer): definition, line 3: `AS $procedure$select n$procedure$` became \
        `AS $procedure$select n + 1$procedure$`\n\
        table sales.customers: column extra: `sales.state` is new\n\
        table sales.customers: column name: `text` is gone\n\
        table sales.customers: column order: `id, name` became `id, extra`\n\
        table sales.customers: grants on column id to catalog_reader: `SELECT with grant option` is new\n\
        table sales.orders: column cents: `bigint` became `bigint default 7`\n\
        table sales.orders: column day: `date default '2024-03-01'::date` became `date default '2025-01-01'::date`\n\
        table sales.orders: column note: `character varying(10)` became `character varying(20)`\n\
        table sales.orders: grants to catalog_reader: `INSERT, SELECT` is new";
    assert_eq!(lines(&before, &after), expected);
    let all = after.objects().map(|(object, facts)| format!("{object} {facts:?}")).collect::<Vec<_>>().join("\n");
    assert!(!all.contains("geheim"), "{all}");
}

#[test]
fn a_changed_order_of_columns_is_seen() {
    let Some(mut warehouse) = Warehouse::empty() else { return };
    warehouse.run("create table t (a integer, b integer)");
    let before = warehouse.catalog();
    warehouse.run("drop table t;\ncreate table t (b integer, a integer)");
    assert_eq!(lines(&before, &warehouse.catalog()), "table public.t: column order: `a, b` became `b, a`");
}

#[test]
fn what_says_nothing_of_the_make_is_not_seen() {
    let Some(mut warehouse) = Warehouse::new() else { return };
    let before = warehouse.catalog();
    for sql in [
        "insert into sales.orders values (3)",
        "select nextval('sales.numbers')",
        "analyze sales.orders",
        "vacuum full sales.orders",
        "reindex table sales.customers",
        "refresh materialized view sales.totals",
        "create temporary table scratch (a integer)",
        "alter table vesto.run add note text",
        // All of these are as they are without a grant.
        "grant select on sales.orders to boss",
        "grant usage on type sales.state to public",
        "create table sales.again (a integer);\ndrop table sales.again",
    ] {
        warehouse.run(sql);
        assert_eq!(lines(&before, &warehouse.catalog()), "", "{sql}");
    }
}

#[test]
fn settings_of_the_session_do_not_matter() {
    let Some(mut warehouse) = Warehouse::new() else { return };
    let before = warehouse.catalog();
    let tables = before.tables();
    let held = warehouse.contents(&tables);
    for sql in [
        "set search_path to sales, public",
        "set datestyle to 'German'",
        "set timezone to 'Pacific/Chatham'",
        "set intervalstyle to 'sql_standard'",
        "set quote_all_identifiers to on",
        "set standard_conforming_strings to off",
        "set transaction_isolation to 'read committed'",
    ] {
        warehouse.run(sql);
        assert_eq!(lines(&before, &warehouse.catalog()), "", "{sql}");
        assert_eq!(held, warehouse.contents(&tables), "{sql}");
    }
}

#[test]
fn members_of_an_extension_are_not_seen() {
    let Some(mut warehouse) = Warehouse::empty() else { return };
    let mut batch = Batch::default();
    batch.user("select count(*) from pg_available_extensions where name = 'hstore'");
    let available = warehouse.send(&batch);
    if available.first().and_then(|answer| answer.rows.as_ref()?.first_cell()) != Some("1") {
        return;
    }
    let before = warehouse.catalog();
    warehouse.run("create extension hstore");
    assert_eq!(lines(&before, &warehouse.catalog()), "extension hstore: was not there before");
}

#[test]
fn a_new_user_may_ask() {
    let Some(mut warehouse) = Warehouse::new() else { return };
    warehouse.run("create user mapping for public server archive options (password 'geheim')");
    let all = warehouse.catalog();
    warehouse.run("set role catalog_reader");
    let seen = warehouse.catalog();
    // Who may not use the server sees no options of it.
    assert_eq!(lines(&all, &seen), "user mapping for public on archive: names of options: `password` is gone");
}

#[test]
fn fingerprints_move_with_what_hangs_on_a_table_and_with_nothing_else() {
    let Some(mut warehouse) = Warehouse::new() else { return };
    let names = ["sales.orders", "twice", "sales.gone", "sales"]
        .map(|name| ObjectName { parts: name.split('.').map(str::to_owned).collect() });
    let mut last = warehouse.catalog().fingerprint(&names);
    assert_eq!(last.get("sales.gone").map(String::as_str), Some(ABSENT));
    for (sql, moved) in [
        ("create index by_day on sales.orders (day)", "sales.orders"),
        ("alter index sales.by_day set (fillfactor = 50)", "sales.orders"),
        ("comment on index sales.by_day is 'x'", "sales.orders"),
        ("alter table sales.orders add check (cents > 0)", "sales.orders"),
        ("create trigger t before insert on sales.orders for each row execute function sales.stamp()", "sales.orders"),
        ("alter table sales.orders disable trigger t", "sales.orders"),
        ("create policy p on sales.orders", "sales.orders"),
        ("alter table sales.orders alter id add generated always as identity", "sales.orders"),
        ("alter table sales.orders alter id set increment 2", "sales.orders"),
        ("grant select on sales.orders to catalog_reader", "sales.orders"),
        ("alter function sales.twice(text) stable", "twice"),
        ("create function public.twice(a date) returns date language sql as 'select a'", "twice"),
        ("create view sales.gone as select id from sales.orders", "sales.gone"),
        ("comment on schema sales is 'x'", "sales"),
        ("alter table sales.customers add extra text", ""),
        ("insert into sales.orders (day) values ('2024-01-03')", ""),
    ] {
        warehouse.run(sql);
        let next = warehouse.catalog().fingerprint(&names);
        let differ: Vec<&str> = next
            .iter()
            .filter(|(name, print)| last.get(*name) != Some(*print))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(differ.join(", "), moved, "{sql}");
        last = next;
    }
}
