//! Statements that depend on the columns of tables: the double asks for them.

use vesto::ports::Batch;

use super::Ground;

#[test]
fn columns_are_asked_for() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.double();
    let mut ask = |sql: &str| ground.ask(session.as_mut(), sql);
    for sql in [
        "create table sale (id int, region varchar(9), quarter varchar(2), amount int)",
        "insert into sale values (1, 'north', 'q1', 10), (2, 'north', 'q2', 20), (3, 'south', 'q1', 5)",
        "create table counted (colour varchar(9), red int, green int)",
        "insert into counted values ('x', 7, null)",
        "create view late as select * exclude (id, amount) from sale where amount > 5",
        "create temp table #sale as select * exclude region from sale where id = 3",
    ] {
        assert_eq!(ask(sql), [""; 0], "{sql}");
    }
    assert_eq!(
        ask("select * exclude (id, quarter) from sale order by amount"),
        ["south | 5", "north | 10", "north | 20"]
    );
    assert_eq!(ask("select s.* exclude region, amount from public.sale s where id = 2"), ["2 | q2"]);
    assert_eq!(ask("select * from late order by 2"), ["north | q1", "north | q2"]);
    assert_eq!(ask("select * exclude id from #sale"), ["q1 | 5"]);
    assert_eq!(
        ask("select * from (select * exclude id from sale) pivot (sum(amount) for quarter in ('q1', 'q2')) order by 1"),
        ["north | 10 | 20", "south | 5 | NULL"]
    );
    assert_eq!(
        ask("select * from counted unpivot include nulls (n for kind in (red, green as 'leaf')) order by kind"),
        ["x | leaf | NULL", "x | red | 7"]
    );
    assert_eq!(ask("select * exclude gone from sale"), ["error 42703: column \"gone\" does not exist"]);
    assert_eq!(ask("select * exclude id from gone"), ["error 42P01: relation \"gone\" does not exist"]);
}

#[test]
fn columns_are_those_of_the_moment_in_the_same_transaction() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.double();
    let mut batch = Batch::default();
    batch.user("create table sale (id int, region varchar(9))");
    batch.user("insert into sale values (1, 'north')");
    batch.user("alter table sale add column amount int default 4");
    batch.user("create table kept as select * exclude region from sale");
    batch.user("select * exclude gone from sale");
    let failed = ground.runtime.block_on(session.run(&batch)).expect_err("a column is missing");
    assert_eq!((failed.piece, failed.error.code.as_deref()), (4, Some("42703")));
    assert_eq!(ground.ask(session.as_mut(), "select * from sale"), ["error 42P01: relation \"sale\" does not exist"]);
    batch.pieces.truncate(4);
    ground.runtime.block_on(session.run(&batch)).expect("all goes well");
    assert_eq!(ground.ask(session.as_mut(), "select * from kept"), ["1 | 4"]);
}

#[test]
fn a_schema_stands_for_another_database() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.double();
    let here = ground.sandbox.database().name.clone();
    let mut ask = |sql: &str| ground.ask(session.as_mut(), sql);
    for sql in [
        "create schema there$shop",
        "create table there$shop.orders (id int, note varchar(9))",
        "insert into there$shop.orders values (1, 'theirs')",
        "create schema shop",
        "create table shop.orders (id int, note varchar(9))",
        "insert into shop.orders values (1, 'ours')",
    ] {
        assert_eq!(ask(sql), [""; 0], "{sql}");
    }
    let joined =
        format!("select t.note, orders.note from there.shop.orders t join {here}.shop.orders on t.id = orders.id");
    assert_eq!(ask(&joined), ["theirs | ours"]);
    assert_eq!(ask("select there.shop.orders.note from there.shop.orders"), ["theirs"]);
    assert_eq!(ask("select * exclude id from there.shop.orders"), ["theirs"]);
    assert_eq!(ask("show tables from schema there.shop"), ["there | shop | orders | TABLE | NULL | NULL"]);
    assert_eq!(ask("show schemas from database there"), ["there | shop | 10 | local | NULL | NULL | NULL"]);
    assert_eq!(ask("show columns from table there.shop.orders like 'i%'").len(), 1);
    assert_eq!(ask("show tables from schema nowhere.shop"), [""; 0]);
    assert_eq!(
        ask("select * from nowhere.shop.orders"),
        ["error 42P01: relation \"nowhere$shop.orders\" does not exist"]
    );
}
