//! Views WITH NO SCHEMA BINDING: made before their tables, checked when they are used, in nobody's way.

use super::Ground;

#[test]
fn a_late_view_waits_for_its_tables_and_outlives_them() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.double();
    let mut ask = |sql: &str| ground.ask(session.as_mut(), sql);
    for sql in [
        "create user reader password disable",
        "create schema shop",
        "create view seen as select id, nvl(note, '-') as note from shop.orders with no schema binding",
        "create view all_seen as select * from shop.orders with no schema binding",
        "grant select on seen to reader",
    ] {
        assert_eq!(ask(sql), [""; 0], "{sql}");
    }
    let missing = ["error 42P01: relation \"shop.orders\" does not exist"];
    assert_eq!(ask("select id from seen"), missing);
    assert_eq!(ask("select count(*) from seen"), missing);
    assert_eq!(ask("select * from all_seen"), missing);

    assert_eq!(ask("create table shop.orders (id int, note varchar(9))"), [""; 0]);
    assert_eq!(ask("insert into shop.orders values (1, null)"), [""; 0]);
    assert_eq!(ask("select id + 1, note from seen"), ["2 | -"]);
    assert_eq!(ask("select * from all_seen"), ["1 | NULL"]);
    assert_eq!(ask("select has_table_privilege('reader', 'seen', 'select')"), ["t"]);
    assert_eq!(
        ask("select view_name, col_name, col_type from pg_get_late_binding_view_cols() cols(view_schema name, \
             view_name name, col_name name, col_type varchar, col_num int) where view_name = 'seen'"),
        ["seen | id | integer", "seen | note | character varying"]
    );

    assert_eq!(ask("drop table shop.orders"), [""; 0]);
    assert_eq!(ask("select note from seen"), missing);
    assert_eq!(ask("create table shop.orders as select 5::bigint as id, 'x'::varchar as note, 1 as more"), [""; 0]);
    assert_eq!(ask("select id, note from seen"), ["5 | x"]);
    assert_eq!(ask("select * from all_seen"), ["5 | x | 1"]);
    assert_eq!(ask("select has_table_privilege('reader', 'seen', 'select')"), ["t"]);

    assert_eq!(ask("create or replace view seen as select more from shop.orders with no schema binding"), [""; 0]);
    assert_eq!(ask("select * from seen"), ["1"]);
    assert_eq!(
        ask("show view seen"),
        ["create or replace view seen as select more from shop.orders with no schema binding"]
    );
    assert_eq!(ask("drop view seen"), [""; 0]);
    assert_eq!(ask("select count(*) from pg_double.late_view"), ["1"]);
    assert!(ask("create view wrong as select from from t with no schema binding").join("").contains("syntax error"));
}

#[test]
fn a_late_view_goes_with_its_transaction() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.double();
    let mut ask = |sql: &str| ground.ask(session.as_mut(), sql);
    for sql in [
        "create table orders (id int)",
        "insert into orders values (3)",
        "create view seen as select id from public.orders with no schema binding",
        "begin",
        "drop table orders",
        "rollback",
    ] {
        assert_eq!(ask(sql), [""; 0], "{sql}");
    }
    assert_eq!(ask("select id from seen"), ["3"]);
    assert_eq!(ask("drop table orders cascade"), [""; 0]);
    assert_eq!(ask("select id from seen"), ["error 42P01: relation \"public.orders\" does not exist"]);
}

#[test]
fn a_drop_waits_for_nobody_who_reads_a_view_over_something_else() {
    let Some(ground) = Ground::new() else { return };
    let (mut reader, mut other) = (ground.double(), ground.double());
    for sql in [
        "create schema shop",
        "create table shop.orders (id int)",
        "create table shop.\"Odd \"\"name\" (id int)",
        "create view shop.plain as select id from shop.orders",
        "create view shop.seen as select id from shop.orders with no schema binding",
        "create view shop.over_plain as select id from shop.plain with no schema binding",
        "create view shop.over_odd as select id from shop.\"Odd \"\"name\" with no schema binding",
        "create table shop.more (id int)",
        "create procedure shop.drop_them() as $$ begin drop view shop.plain cascade; drop table shop.orders; end $$ language plpgsql",
        "begin",
        "select count(*) from shop.seen, shop.over_plain, shop.over_odd",
    ] {
        assert!(!ground.ask(reader.as_mut(), sql).join("").contains("error"), "{sql}");
    }
    let mut ask = |sql: &str| ground.ask(other.as_mut(), sql);
    assert_eq!(ask("set statement_timeout to 10000"), [""; 0]);
    assert_eq!(ask("drop table if exists \"shop\".\"orders_old\" cascade"), [""; 0]);
    assert_eq!(ask("drop materialized view if exists shop.seen_tmp cascade"), [""; 0]);
    assert_eq!(ask("drop table shop.more"), [""; 0]);
    assert_eq!(ground.ask(reader.as_mut(), "rollback"), [""; 0]);

    // What does stand over it is released, also through another view, by a quoted name, and out of a procedure.
    assert_eq!(ask("drop table shop.\"Odd \"\"name\""), [""; 0]);
    assert!(ask("select * from shop.over_odd").join("").contains("does not exist"));
    assert_eq!(ask("select count(*) from shop.seen, shop.over_plain"), ["0"]);
    assert_eq!(ask("call shop.drop_them()"), [""; 0]);
    assert!(ask("select * from shop.seen").join("").contains("does not exist"));
    assert!(ask("select * from shop.over_plain").join("").contains("does not exist"));
    assert_eq!(ask("create table shop.orders (id int)"), [""; 0]);
    assert_eq!(ask("create view shop.plain as select id from shop.orders"), [""; 0]);
    assert_eq!(ask("select count(*) from shop.seen, shop.over_plain"), ["0"]);
    assert_eq!(ask("drop schema shop cascade"), [""; 0]);
    assert_eq!(ask("select count(*) from pg_double.late_view"), ["0"]);
}
