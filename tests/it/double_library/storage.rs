//! What statements say of storage is kept per object, in their transaction.

use super::Ground;

const COLUMNS: &str = "select \"column\", type, encoding, distkey, sortkey, \"notnull\" from pg_table_def \
     where tablename like 'parcels%' order by \"column\"";

#[test]
fn storage_is_shown_and_survives_renames() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.double();
    let mut ask = |sql: &str| ground.ask(session.as_mut(), sql);
    let create = "create table parcels (id bigint not null encode zstd distkey, day date, note varchar(20) encode raw, \
                  primary key (id)) compound sortkey (day, id)";
    assert_eq!(ask(create), [""; 0]);
    let expected = [
        "day | date | none | f | 1 | f",
        "id | bigint | zstd | t | 2 | t",
        "note | character varying(20) | none | f | 0 | f",
    ];
    assert_eq!(ask(COLUMNS), expected);
    assert_eq!(ask("alter table parcels rename to parcels_2"), [""; 0]);
    assert_eq!(ask("alter table parcels_2 rename column id to number"), [""; 0]);
    assert_eq!(
        ask("show table parcels_2"),
        [
            "CREATE TABLE public.parcels_2 (\n    number bigint NOT NULL ENCODE zstd DISTKEY,\n    day date ENCODE raw,\n    \
          note character varying(20) ENCODE raw,\n    primary key (id)\n)\nDISTSTYLE KEY\nSORTKEY (day, number);"
        ]
    );
    assert_eq!(ask("select \"table\" from svv_table_info"), [""; 0]);
    assert_eq!(ask("insert into parcels_2 values (1, '2024-01-01', 'x')"), [""; 0]);
    let info = "select \"table\", encoded, diststyle, sortkey1, sortkey_num, max_varchar, tbl_rows from svv_table_info";
    assert_eq!(ask(info), ["parcels_2 | Y | KEY(number) | day | 2 | 20 | 1"]);
    assert_eq!(ask("alter table parcels_2 alter diststyle even"), [""; 0]);
    assert_eq!(ask("alter table parcels_2 alter sortkey none"), [""; 0]);
    assert_eq!(ask(info), ["parcels_2 | Y | EVEN | NULL | 0 | 20 | 1"]);
}

#[test]
fn storage_goes_with_its_transaction() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.double();
    let mut ask = |sql: &str| ground.ask(session.as_mut(), sql);
    for sql in [
        "create table parcels (id int, day date) distkey (id)",
        "begin",
        "alter table parcels alter distkey day",
        "rollback",
        "create table if not exists parcels (id int, day date) distkey (day)",
    ] {
        assert_eq!(ask(sql), [""; 0], "{sql}");
    }
    let expected = ["day | date | az64 | f | 0 | f", "id | integer | az64 | t | 0 | f"];
    assert_eq!(ask(COLUMNS), expected);
}

#[test]
fn storage_that_is_not_told_costs_no_statement_and_shows_defaults() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.double();
    let mut ask = |sql: &str| ground.ask(session.as_mut(), sql);
    assert_eq!(ask("create table parcels (id int, note varchar(9), f float)"), [""; 0]);
    assert_eq!(ask("select count(*) from pg_double.design"), ["0"]);
    assert_eq!(ask("insert into parcels values (1)"), [""; 0]);
    assert_eq!(ask("select diststyle, sortkey1 from svv_table_info"), ["AUTO(ALL) | AUTO(SORTKEY)"]);
}

#[test]
fn masking_policies_are_checked_kept_and_shown() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.double();
    let mut ask = |sql: &str| ground.ask(session.as_mut(), sql);
    let create = "create masking policy hide with (card varchar(20)) using (left(card, 2) || 'XX')";
    assert_eq!(ask(create), [""; 0]);
    assert_eq!(ask(create), ["error 42710: masking policy \"hide\" already exists"]);
    assert_eq!(ask("create masking policy if not exists hide with (a int) using (1)"), [""; 0]);
    assert_eq!(ask("create masking policy wrong with (a int) using (b)"), ["error 42703: column \"b\" does not exist"]);
    assert_eq!(ask("alter masking policy hide using (upper(card))"), [""; 0]);
    assert_eq!(
        ask("select policy_name, input_columns, policy_expression from svv_masking_policy"),
        ["hide | [{\"colname\":\"card\",\"type\":\"varchar(20)\"}] | [{\"expr\":\"upper(card)\"}]"]
    );
    let attach = ask("attach masking policy hide on cards(card) to public");
    assert!(attach.join("").contains("PostgreSQL masks no columns"), "{attach:?}");
    assert_eq!(ask("drop masking policy hide"), [""; 0]);
    assert_eq!(ask("drop masking policy if exists hide"), [""; 0]);
    assert_eq!(ask("drop masking policy hide"), ["error 42704: masking policy \"hide\" does not exist"]);
}
