//! External schemas and tables: what lies in the files is what a statement reads, whichever way it gets there.

use std::sync::Arc;

use vesto::adapters::folder_store::FolderStore;
use vesto::double::{Double, ExternalNews};
use vesto::ports::{Batch, Session};
use vesto::project::settings::DoubleMode;

use super::Ground;
use crate::support::{ADMIN, PASSWORD};

const SCHEMA: &str = "create external schema lake from data catalog database 'raw' iam_role default \
                      create external database if not exists";

/// A session whose bucket `b` is the folder `store` of the sandbox.
fn session(ground: &Ground) -> Box<dyn Session> {
    Box::new(double(ground))
}

fn double(ground: &Ground) -> Double {
    let folder = ground.sandbox.path("store");
    std::fs::create_dir_all(&folder).expect("a folder");
    let store = FolderStore::new([("b".to_owned(), folder)]);
    Double::new(ground.server(ADMIN, PASSWORD), Arc::new(store), DoubleMode::Strict)
}

fn put(ground: &Ground, key: &str, text: &str) {
    ground.sandbox.write(&format!("store/{key}"), text);
}

fn all(ask: &mut impl FnMut(&str) -> Vec<String>, statements: &[&str]) {
    for sql in statements {
        assert_eq!(ask(sql), [""; 0], "{sql}");
    }
}

#[test]
fn a_query_reads_what_lies_there_when_it_runs() {
    let Some(ground) = Ground::new() else { return };
    let mut session = session(&ground);
    let mut ask = |sql: &str| ground.ask(session.as_mut(), sql);
    put(&ground, "sales/a.txt", "1|two\n2|\\N\n");
    put(&ground, "sales/_hidden", "x");
    put(&ground, "sales/.also", "x");
    all(
        &mut ask,
        &[
            SCHEMA,
            "create external table lake.sales (id int, what varchar(4), at date) row format delimited \
             fields terminated by '|' stored as textfile location 's3://b/sales/'",
        ],
    );
    assert_eq!(ask("select * from lake.sales order by id"), ["1 | two | NULL", "2 | NULL | NULL"]);
    put(&ground, "sales/deep/b.txt", "3|longer|2020-01-02\n");
    assert_eq!(ask("select count(*), max(what) from lake.sales"), ["3 | two"]);
    assert_eq!(ask("select what, at from lake.sales where id = 3"), ["long | 2020-01-02"]);

    // In a transaction, in views, materialized views, routines, prepared statements, cursors and UNLOAD alike.
    all(
        &mut ask,
        &[
            "create view seen as select id from lake.sales with no schema binding",
            "create procedure counted(inout n bigint) as $$ begin select count(*) into n from seen; end $$ language plpgsql",
            "create materialized view kept as select count(*) as n from lake.sales",
            "prepare p as select max(id) from seen",
            "begin",
        ],
    );
    assert_eq!(ask("select max(id) from seen"), ["3"]);
    put(&ground, "sales/c.txt", "9|nine\n");
    assert_eq!(ask("select max(id) from seen"), ["9"]);
    assert_eq!(ask("execute p"), ["9"]);
    all(&mut ask, &["declare c cursor for select id from seen order by id desc"]);
    assert_eq!(ask("fetch 2 from c"), ["9", "3"]);
    all(&mut ask, &["commit"]);
    assert_eq!(ask("call counted(0)"), ["4"]);
    assert_eq!(ask("select n from kept"), ["3"]);
    all(&mut ask, &["refresh materialized view kept", "create table loaded as select * from lake.sales"]);
    assert_eq!(ask("select n, (select count(*) from loaded) from kept"), ["4 | 4"]);
    all(&mut ask, &["unload ('select id from seen order by 1') to 's3://b/out/' iam_role default parallel off"]);
    assert_eq!(ground.sandbox.read("store/out/000"), "1\n2\n3\n9\n");
    assert_eq!(
        ask("select count(*) from pg_class where relname like 'external\\\\_%' and relpersistence = 't'"),
        ["0"]
    );
}

#[test]
fn a_message_of_several_statements_reads_at_each() {
    let Some(ground) = Ground::new() else { return };
    let mut session = session(&ground);
    put(&ground, "t/a", "1\n");
    for sql in [SCHEMA, "create external table lake.t (n int) stored as textfile location 's3://b/t'"] {
        assert_eq!(ground.ask(session.as_mut(), sql), [""; 0], "{sql}");
    }
    let mut batch = Batch::default();
    batch.user("create table copied as select n from lake.t");
    batch.user("unload ('select n + 1 from copied') to 's3://b/t/more_' iam_role default parallel off");
    batch.user("insert into copied select n from lake.t where n = 2");
    ground.runtime.block_on(session.run(&batch)).expect("the message");
    assert_eq!(ground.ask(session.as_mut(), "select n from copied order by n"), ["1", "2"]);
    // All of it is one transaction.
    let mut batch = Batch::default();
    batch.user("insert into copied select n + 10 from lake.t").user("select 1 / 0 from lake.t");
    let failed = ground.runtime.block_on(session.run(&batch)).expect_err("a division by zero");
    assert_eq!(failed.piece, 1);
    assert_eq!(ground.ask(session.as_mut(), "select count(*) from copied"), ["2"]);
}

#[test]
fn partitions_are_folders_with_a_value() {
    let Some(ground) = Ground::new() else { return };
    let mut session = session(&ground);
    let mut ask = |sql: &str| ground.ask(session.as_mut(), sql);
    put(&ground, "p/d=2020-01-01/a", "1\n2\n");
    put(&ground, "p/d=2020-02-01/a", "3\n");
    put(&ground, "moved/a", "7\n");
    all(
        &mut ask,
        &[
            SCHEMA,
            "create external table lake.p (n int) partitioned by (d date, \"Kind\" varchar(9)) stored as textfile \
             location 's3://b/p/' table properties ('numRows'='17')",
        ],
    );
    assert_eq!(ask("select count(*) from lake.p"), ["0"]);
    all(
        &mut ask,
        &[
            "alter table lake.p add partition (d='2020-01-01', kind='x') location 's3://b/p/d=2020-01-01/' \
             partition (d='2020-02-01', kind='y') location 's3://b/p/d=2020-02-01'",
            "alter table lake.p add if not exists partition (kind='x', d='2020-01-01') location 's3://b/none/'",
        ],
    );
    assert_eq!(
        ask("alter table lake.p add partition (d='2020-01-01', kind='x') location 's3://b/none/'"),
        ["error 42710: Partition already exists."]
    );
    let rows = "select d, kind, sum(n) from lake.p group by 1, 2 order by 1";
    assert_eq!(ask(rows), ["2020-01-01 | x | 3", "2020-02-01 | y | 3"]);
    all(&mut ask, &["alter table lake.p partition (d='2020-02-01', kind='y') set location 's3://b/moved/'"]);
    assert_eq!(ask(rows), ["2020-01-01 | x | 3", "2020-02-01 | y | 7"]);
    assert_eq!(
        ask("select \"values\", location from svv_external_partitions where tablename = 'p' order by 1"),
        ["[\"2020-01-01\",\"x\"] | s3://b/p/d=2020-01-01", "[\"2020-02-01\",\"y\"] | s3://b/moved"]
    );
    all(&mut ask, &["alter table lake.p drop partition (d='2020-01-01', kind='x')"]);
    assert_eq!(ask(rows), ["2020-02-01 | y | 7"]);
    assert_eq!(
        ask("alter table lake.p drop partition (d='2020-01-01', kind='x')"),
        ["error 42704: Partition does not exist."]
    );
    assert_eq!(
        ask("alter table lake.p drop partition (d='2020-01-01')"),
        ["error 42601: a partition needs a value for each partition column: d, kind"]
    );
}

#[test]
fn formats_are_those_of_copy() {
    let Some(ground) = Ground::new() else { return };
    let mut session = session(&ground);
    let mut ask = |sql: &str| ground.ask(session.as_mut(), sql);
    put(&ground, "csv/a.csv", "id,text\n1,\"a, \"\"b\"\"\"\n2,plain\n");
    put(&ground, "json/a", "{\"ID\": 1, \"tags\": [\"x\"], \"more\": {\"k\": 2}}\n{\"id\": 2}\n");
    put(&ground, "orc/a", "ORC");
    all(
        &mut ask,
        &[
            SCHEMA,
            "create external table lake.csv (id int, text varchar(20)) row format serde \
             'org.apache.hadoop.hive.serde2.OpenCSVSerde' with serdeproperties ('separatorChar'=',') stored as textfile \
             location 's3://b/csv/' table properties ('skip.header.line.count'='1')",
            "create external table lake.json (id int, tags array<varchar(9)>, more struct<k:int, l:map<int, date>>) \
             row format serde 'org.openx.data.jsonserde.JsonSerDe' stored as textfile location 's3://b/json/'",
            "create external table lake.orc (id int) stored as orc location 's3://b/orc/'",
            "create table numbers as select 1 as a, 2.50::numeric(9, 2) as b, 'x'::varchar(5) as c",
            "unload ('select * from numbers') to 's3://b/parquet/' iam_role default format parquet",
            "create external table lake.parquet (c varchar(5), missing int, a int) stored as parquet \
             location 's3://b/parquet/'",
            "create external table lake.none (id int) stored as avro location 's3://elsewhere/x/'",
        ],
    );
    assert_eq!(ask("select * from lake.csv order by 1"), ["1 | a, \"b\"", "2 | plain"]);
    assert_eq!(ask("select id, tags[0], more.k from lake.json order by 1"), ["1 | \"x\" | 2", "2 | NULL | NULL"]);
    assert_eq!(ask("select * from lake.parquet"), ["x | NULL | 1"]);
    assert_eq!(
        ask("select * from lake.orc"),
        ["error 0A000: external table \"lake.orc\" cannot be read by the double: format \
          'org.apache.hadoop.hive.ql.io.orc.OrcInputFormat'"]
    );
    assert_eq!(ask("select * from lake.none"), ["error 58030: no store for bucket `elsewhere`"]);
    // Tables of the same words are in nobody's way.
    assert_eq!(ask("select a as orc, b as none from numbers"), ["1 | 2.50"]);
    all(
        &mut ask,
        &["alter table lake.orc set file format textfile", "alter table lake.orc set location 's3://b/csv/'"],
    );
    assert_eq!(
        ask("select * from lake.orc"),
        ["error XX000: Spectrum Scan Error. s3://b/csv/a.csv line 1: Invalid digit, \
          Value 'i', Pos 0, Type: Integer (error 1207) in column `id`"]
    );
    assert_eq!(
        ask(
            "select columnname, external_type, columnnum, part_key from svv_external_columns where tablename = 'json' \
             order by columnnum"
        ),
        ["id | int | 1 | 0", "tags | array<varchar(9)> | 2 | 0", "more | struct<k:int, l:map<int, date>> | 3 | 0"]
    );
}

#[test]
fn rows_are_written_as_files_of_their_own() {
    let Some(ground) = Ground::new() else { return };
    let mut session = session(&ground);
    let mut ask = |sql: &str| ground.ask(session.as_mut(), sql);
    all(
        &mut ask,
        &[
            SCHEMA,
            "create table source as select 1 as id, 'a'::varchar(5) as part, 1.5::numeric(4, 1) as amount \
             union all select 2, 'b', null",
            "create external table lake.made partitioned by (part) row format delimited fields terminated by ',' \
             stored as textfile location 's3://b/made' as select part, id, amount from source",
            "create external table lake.columnar stored as parquet location 's3://b/columnar/' \
             as (select id, part from source)",
        ],
    );
    let rows = "select id, amount, part from lake.made order by id";
    assert_eq!(ask(rows), ["1 | 1.5 | a", "2 | NULL | b"]);
    all(&mut ask, &["insert into lake.made select 3, 2, 'b'", "insert into lake.columnar (select 9, 'z')"]);
    assert_eq!(ask(rows), ["1 | 1.5 | a", "2 | NULL | b", "3 | 2 | b"]);
    assert_eq!(ask("select * from lake.columnar order by 1"), ["1 | a", "2 | b", "9 | z"]);
    assert_eq!(
        ask("select \"values\", location from svv_external_partitions order by 1"),
        ["[\"a\"] | s3://b/made/part=a", "[\"b\"] | s3://b/made/part=b"]
    );
    assert_eq!(ask("select parameters from svv_external_tables where tablename = 'made'"), ["{\"numRows\":\"3\"}"]);
    let refused =
        ask("create external table lake.again stored as parquet location 's3://b/columnar/' as select 1 as a");
    assert!(refused[0].contains("not empty"), "{refused:?}");
    assert_eq!(ask("select count(*) from svv_external_tables where tablename = 'again'"), ["0"]);
    let limit = ask("insert into lake.made select id, amount, part from source limit 1");
    assert_eq!(limit, ["error 0A000: Limit clause is not supported"]);
}

#[test]
fn columns_change_and_tables_go() {
    let Some(ground) = Ground::new() else { return };
    let mut session = session(&ground);
    let mut ask = |sql: &str| ground.ask(session.as_mut(), sql);
    put(&ground, "t/a", "1,2\n");
    all(
        &mut ask,
        &[
            SCHEMA,
            "create external table lake.t (a int) partitioned by (k int) row format delimited fields terminated by ',' \
             stored as textfile location 's3://b/t/'",
            "alter table lake.t add partition (k=5) location 's3://b/t/'",
            "alter table lake.t add column b varchar(9)",
        ],
    );
    assert_eq!(ask("select * from lake.t"), ["1 | 2 | 5"]);
    all(&mut ask, &["alter table lake.t drop column a", "alter table lake.t set table properties ('numRows'='1')"]);
    assert_eq!(
        ask("select columnname, external_type, part_key from svv_external_columns order by columnnum"),
        ["b | varchar(9) | 0", "k | int | 1"]
    );
    assert_eq!(ask("update lake.t set b = 'x'"), ["error 0A000: UPDATE is not supported on external table lake.t"]);
    assert_eq!(ask("delete from lake.t"), ["error 0A000: DELETE is not supported on external table lake.t"]);
    all(&mut ask, &["begin"]);
    assert_eq!(
        ask("drop table lake.t"),
        ["error 25001: DROP TABLE of external table lake.t cannot run inside a transaction block"]
    );
    all(&mut ask, &["rollback", "begin"]);
    assert_eq!(
        ask("alter table lake.t add partition (k=6) location 's3://b/t/'"),
        ["error 25001: ALTER EXTERNAL TABLE cannot run inside a transaction block"]
    );
    all(&mut ask, &["rollback", "drop table if exists lake.t"]);
    assert_eq!(ask("select count(*) from svv_external_tables"), ["0"]);
    assert_eq!(
        ask("create external table public.t (a int) stored as textfile location 's3://b/t/'"),
        ["error 42P16: an external table must be created in an external schema"]
    );
    assert_eq!(
        ask("select schemaname, eskind, databasename, esoptions from svv_external_schemas"),
        ["lake | 1 | raw | {\"IAM_ROLE\":\"default\"}"]
    );
    all(&mut ask, &["create external table lake.u (a int) stored as avro location 's3://b/u/'"]);
    assert_eq!(
        ask("select a.table_type, s.schema_type, (select table_type from svv_tables where table_name = 'u'), \
             (select count(*) from svv_redshift_tables where table_name = 'u') \
             from svv_all_tables a join svv_all_schemas s using (schema_name) where a.table_name = 'u'"),
        ["EXTERNAL TABLE | external | EXTERNAL TABLE | 0"]
    );
    all(&mut ask, &["drop schema lake drop external database cascade"]);
    assert_eq!(ask("select count(*) from svv_external_schemas"), ["0"]);
}

#[test]
fn another_session_sees_the_table_and_what_it_may() {
    let Some(ground) = Ground::new() else { return };
    let news = ExternalNews::default();
    let [mut first, mut second] = [double(&ground).hearing(&news), double(&ground).hearing(&news)];
    assert_eq!(ground.ask(&mut second, "select 1"), ["1"]);
    put(&ground, "t/a", "4\n");
    for sql in [
        SCHEMA,
        "create external table lake.t (a int) stored as textfile location 's3://b/t/'",
        "create user lake_reader password disable",
    ] {
        assert_eq!(ground.ask(&mut first, sql), [""; 0], "{sql}");
    }
    assert_eq!(ground.ask(&mut second, "select a from lake.t"), ["4"]);
    for (sql, expected) in [
        ("set session authorization lake_reader", vec![]),
        ("select a from lake.t", vec!["error 42501: permission denied for schema lake"]),
        ("reset session authorization", vec![]),
        ("grant usage on schema lake to lake_reader", vec![]),
        ("set session authorization lake_reader", vec![]),
        ("select a from lake.t", vec!["4"]),
    ] {
        assert_eq!(ground.ask(&mut second, sql), expected, "{sql}");
    }
}

#[test]
fn a_table_of_another_process_is_found_the_second_time() {
    let Some(ground) = Ground::new() else { return };
    let mut session = session(&ground);
    assert_eq!(ground.ask(session.as_mut(), "select 1"), ["1"]);
    put(&ground, "t/a", "4\n");
    let mut server = ground.server(ADMIN, PASSWORD);
    let mut batch = Batch::default();
    let definition = "{\"location\": \"s3://b/t/\", \"input_format\": \"org.apache.hadoop.mapred.TextInputFormat\", \
                      \"serde\": \"x.LazySimpleSerDe\", \"serde_parameters\": {}, \"parameters\": {}, \"types\": {}}";
    batch.own("call redshift_create_external_schema('lake', false, 1, '', '{}')").own(format!(
        "call redshift_create_external_table('lake.t', false, array['a'], array['int'], array[]::text[], '{definition}')"
    ));
    ground.runtime.block_on(server.run(&batch)).expect("an external table");
    let query = "select a from lake.t";
    assert_eq!(
        ground.ask(session.as_mut(), query),
        ["error 55000: the files of external table \"lake.t\" were not read"]
    );
    assert_eq!(ground.ask(session.as_mut(), query), ["4"]);
}

#[test]
fn a_name_that_a_routine_puts_together_is_told_and_not_read_as_empty() {
    let Some(ground) = Ground::new() else { return };
    let mut session = session(&ground);
    let mut ask = |sql: &str| ground.ask(session.as_mut(), sql);
    put(&ground, "t/a", "4\n");
    all(
        &mut ask,
        &[
            SCHEMA,
            "create external table lake.things (a int) stored as textfile location 's3://b/t/'",
            "create procedure hidden(inout n int) as $$ begin execute 'select max(a) from lake.thi' || 'ngs' into n; end $$ \
             language plpgsql",
        ],
    );
    assert_eq!(ask("call hidden(0)"), ["error 55000: the files of external table \"lake.things\" were not read"]);
    assert_eq!(ask("call hidden(0) /* things */"), ["4"]);
}
