//! What tables hold: rows by number and digest.

use vesto::catalog::Contents;
use vesto::ports::Batch;
use vesto::sql::Dialect;

use super::Warehouse;

#[test]
fn contents_move_with_rows_and_not_with_their_order() {
    let Some(mut warehouse) = Warehouse::new() else { return };
    warehouse.run(
        "create table sales.\"The \"\"Row\"\"\" (\"row\" text, \"T\" xml, j json, f float8);\n\
         insert into sales.\"The \"\"Row\"\"\" values (null, '<a/>', '{}', 0.1), ('', null, null, 'nan');\n\
         insert into sales.parts values (1, '2023-05-05')",
    );
    let tables = warehouse.catalog().tables();
    let before = warehouse.contents(&tables);
    let rows =
        before.tables.iter().map(|(table, held)| format!("{table} {}", held.rows)).collect::<Vec<_>>().join(", ");
    assert_eq!(
        rows,
        "materialized view sales.totals 1, table sales.The \"Row\" 2, table sales.customers 0, table sales.ledger 0, table sales.moments 0, \
         table sales.orders 2, table sales.parts 0, table sales.parts_2023 1"
    );
    for (sql, expected) in [
        ("update sales.orders set note = note where id = 1", ""),
        ("update sales.orders set note = 'b' where id = 1", "table sales.orders: 2 rows as before, with other values"),
        ("update sales.orders set note = 'a' where id = 1", ""),
        ("insert into sales.orders values (1, '2024-01-01', 'a', 5)", "table sales.orders: 2 rows became 3"),
        ("delete from sales.orders where id = 2", "table sales.orders: 2 rows as before, with other values"),
        ("truncate sales.orders", "table sales.orders: 2 rows became 0"),
        (
            "insert into sales.orders values (2, '2024-01-02', 'b', 6), (1, '2024-01-01', 'a', 5);\n\
             update sales.\"The \"\"Row\"\"\" set \"row\" = '' where \"row\" is null",
            "table sales.The \"Row\": 2 rows as before, with other values",
        ),
    ] {
        warehouse.run(sql);
        let after = warehouse.contents(&tables);
        let shown: Vec<String> = Contents::compare(&before, &after).iter().map(ToString::to_string).collect();
        assert_eq!(shown.join("\n"), expected, "{sql}");
    }
}

#[test]
fn rows_behind_row_security_are_not_counted_in_silence() {
    let Some(mut warehouse) = Warehouse::new() else { return };
    warehouse.run(
        "alter table sales.orders enable row level security;\n\
         grant usage on schema sales to catalog_reader;\n\
         grant select on sales.orders to catalog_reader",
    );
    let orders = warehouse.catalog().tables().into_iter().filter(|table| table.name == "orders").collect::<Vec<_>>();
    warehouse.run("set role catalog_reader");
    let mut batch = Batch::default();
    Contents::ask(&mut batch, &orders, Dialect::Postgres);
    let refused = warehouse.runtime.block_on(warehouse.session.run(&batch)).map_err(|error| error.to_string());
    assert!(refused.is_err_and(|text| text.contains("row-level security")));
}
