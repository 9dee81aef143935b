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
