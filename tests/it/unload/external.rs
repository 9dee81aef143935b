//! External tables through the binary, on an S3 service and in a folder.

use super::moto::Moto;
use super::project;
use crate::support::Sandbox;

/// Makes external tables by changes and reads them in a test.
fn use_external_tables(sandbox: &Sandbox) {
    sandbox.write(
        "changes/V2__lake.sql",
        "create external schema lake from data catalog database 'raw' iam_role default;\n",
    );
    sandbox.write(
        "changes/V3__made.sql",
        "create external table lake.made partitioned by (b) stored as parquet location 's3://bucket/made/'
           as select i, t, b from v;\n",
    );
    sandbox.write(
        "changes/V4__read.sql",
        "create view lake_rows as select i, t, b from lake.made with no schema binding;
         create table kept as select i, t from lake_rows;\n",
    );
    sandbox.write(
        "tests/lake.sql",
        "-- test: rows come from the files\nselect count(*), count(t), count(b) from lake_rows;\n-- expect: 4 | 3 | 3\n
-- test: rows are written\ninsert into kept select i, t from lake.made where b;\nselect count(*) from kept;\n\
-- expect cell: 6\n",
    );
    sandbox.typed("apply").ends(0);
    sandbox.typed("test").ends(0).out("2 tests passed");
    let partitions = "select count(*) from svv_external_partitions where tablename = 'made'";
    assert_eq!(sandbox.ask(partitions), "3");
}

#[test]
fn changes_and_tests_use_the_files_of_a_folder() {
    let Some(sandbox) = project() else { return };
    use_external_tables(&sandbox);
    sandbox.write(
        "changes/V5__again.sql",
        "create external table lake.again (i int) stored as textfile location 's3://bucket/again/';\n",
    );
    sandbox.typed("apply").ends(0);
    sandbox.vesto(["rollback", "--last", "1"]).ends(0);
    assert_eq!(sandbox.ask("select count(*) from svv_external_tables"), "1");
    std::fs::remove_file(sandbox.path("changes/V5__again.sql")).expect("it was there");
    // Whether it stands in a transaction is the same question as on Redshift.
    sandbox.write("changes/V6__drop.sql", "create table x (n int);\ndrop table lake.made;\n");
    sandbox.typed("apply").ends(6).out("DROP TABLE of external table lake.made cannot run inside a transaction block");
}

#[test]
fn changes_and_tests_use_the_objects_of_a_bucket() {
    let (Some(sandbox), Some(moto)) = (project(), Moto::start("bucket")) else { return };
    moto.becomes_store_of(&sandbox);
    let mut sandbox = sandbox;
    sandbox.set("TEST_SECRET", "geheim");
    use_external_tables(&sandbox);
    let listed = moto.request("GET", "/bucket?list-type=2").expect("a list of keys");
    assert!(listed.contains("made/b=__HIVE_DEFAULT_PARTITION__/"), "{listed}");
}
