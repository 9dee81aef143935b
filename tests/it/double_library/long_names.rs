//! Names of 64 to 127 bytes on PostgreSQL, which holds 63.

use super::Ground;

/// 70 and 120 bytes; they begin alike.
const TABLE: &str = "orders_of_the_region_north_by_quarter_and_by_product_with_all_corrections";
const OTHER: &str = "orders_of_the_region_north_by_quarter_and_by_product_with_all_corrections_\
                     and_with_everything_that_was_cancelled_ag";
const COLUMN: &str = "amount_of_the_order_before_any_tax_and_after_all_of_its_reductions_in_euro";

#[test]
fn long_names_stay_apart_and_are_shown_in_full() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.double();
    let mut ask = |sql: &str| ground.ask(session.as_mut(), sql);
    for sql in [
        format!("create table {TABLE} (id int, {COLUMN} int encode az64) diststyle key distkey ({COLUMN})"),
        format!("create table \"{OTHER}\" (id int)"),
        format!("insert into {TABLE} (id, {COLUMN}) values (1, 5)"),
        format!("comment on column {TABLE}.{COLUMN} is 'it'"),
        format!("create view seen as select {COLUMN}, id as {COLUMN}_too from {TABLE}"),
        format!(
            "create procedure {TABLE}_fill() as $$ begin insert into {OTHER} values (1), (2); end $$ language plpgsql"
        ),
        format!("call {TABLE}_fill()"),
    ] {
        assert_eq!(ask(&sql), [""; 0], "{sql}");
    }
    assert_eq!(ask(&format!("select {COLUMN} from {TABLE}")), ["5"]);
    assert_eq!(ask(&format!("select count(*) from {OTHER}")), ["2"]);
    assert_eq!(ask(&format!("select {COLUMN}_too from seen")), ["1"]);
    let tables = "select table_name from svv_tables where table_name like 'orders%' order by 1";
    assert_eq!(ask(tables), [TABLE, OTHER]);
    assert_eq!(
        ask(&format!("select \"column\", distkey from pg_table_def where tablename = '{TABLE}' order by 1")),
        [format!("{COLUMN} | t"), "id | f".to_owned()]
    );
    assert_eq!(
        ask(&format!("select column_name, remarks from svv_columns where table_name = '{TABLE}' order by 1")),
        [format!("{COLUMN} | it"), "id | NULL".to_owned()]
    );
    assert_eq!(
        ask("select column_name from svv_columns where table_name = 'seen' order by 1"),
        [COLUMN.to_owned(), format!("{COLUMN}_too")]
    );
    assert!(ask(&format!("show table {TABLE}")).join("").contains(COLUMN));
    assert_eq!(ask(&format!("select count(*) from svv_redshift_tables where table_name = '{OTHER}'")), ["1"]);
    assert_eq!(ask(&format!("drop table {OTHER}")), [""; 0]);
    assert_eq!(ask(tables), [TABLE]);
}

#[test]
fn a_long_name_in_an_error_leads_to_its_place() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.double();
    let sql = format!("select 1 as {COLUMN}, gone");
    let failed = ground.run(session.as_mut(), &sql).expect_err("no such column");
    assert_eq!(failed.error.offset, sql.find("gone"));
}
