//! `vesto test`: what is chosen, what fails, what errs, and that nothing of it stays.

use crate::support::Sandbox;

#[test]
fn a_differing_answer_is_a_failure_and_a_broken_query_an_error() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox
        .file("changes/V1__t.sql", "create table t (n integer);\ninsert into t values (1), (2);\n")
        .file("tests/good.sql", "-- test: fine\nselect n from t order by n;\n-- expect:\n--   1\n--   2\n")
        .file(
            "tests/bad.sql",
            "-- test: differs\nselect n from t order by n;\n-- expect:\n--   1\n--   3\n\n\
             -- test: broken\nselect m from t;\n-- expect: no rows\n\n\
             -- test: writes\ndelete from t;\nselect count(*) from t;\n-- expect cell: 0\n",
        );
    sandbox.vesto(["apply"]).ends(0);
    let tested = sandbox.vesto(["test", "--junit", "junit.xml"]).ends(5);
    let tested = tested.out("differs").out("tests/bad.sql:").out("column \"m\" does not exist").out("-3").out("+2");
    tested.out("2 tests passed, 1 failed, 1 broken");
    let junit = sandbox.read("junit.xml");
    for part in [
        "failures=\"1\"",
        "errors=\"1\"",
        "tests=\"4\"",
        "<failure type=\"mismatch\"",
        "<error type=\"sqlstate 42703\"",
    ] {
        assert!(junit.contains(part), "{part}: {junit}");
    }
    assert_eq!(sandbox.ask("select count(*) from t"), "2", "a test leaves nothing behind");
    sandbox.vesto(["test", "good"]).ends(0).out("1 test passed");
    sandbox.vesto(["test", "writes"]).ends(0).out("1 test passed");
    sandbox.vesto(["test", "goood"]).refuses(3, "no suite or test matches `goood`", "did you mean `good`?");
    sandbox.vesto(["run"]).ends(5).out("1 failed, 1 broken");
    assert_eq!(sandbox.ask("select count(*) from vesto.run where command = 'test'"), "0");
}

#[test]
fn no_tests_at_all_is_an_error() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    let sandbox = sandbox.file("changes/V1__t.sql", "create table t (n integer);\n");
    sandbox.vesto(["test"]).refuses(3, "the project has no tests", "write them to `tests`");
    sandbox.vesto(["test", "x"]).refuses(3, "the project has no tests", "write them to `tests`");
    sandbox.vesto(["run"]).ends(0).out("1 change applied");
}

#[test]
fn a_failed_run_takes_itself_back_if_asked() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox
        .file("changes/V1__t.sql", "create table t (n integer);\n")
        .file("tests/t.sql", "-- test: rows\nselect count(*) from t;\n-- expect cell: 1\n");
    let run = sandbox.vesto(["run", "--rollback-on-failure", "--junit", "junit.xml"]).ends(5);
    run.out("1 change applied").out("1 test failed").out("1 change rolled back");
    assert_eq!(sandbox.ask("select count(*) from pg_class where relname = 't'"), "0");
    let junit = sandbox.read("junit.xml");
    assert!(junit.contains("name=\"apply\"") && junit.contains("name=\"rollback\""), "{junit}");
    sandbox.write("changes/V2__u.sql", "create table u (n no_type);\n");
    sandbox.vesto(["run", "--rollback-on-failure"]).ends(6).out("1 change rolled back");
    assert_eq!(sandbox.ask("select count(*) from pg_class where relname = 't'"), "0");
    sandbox.vesto(["run"]).ends(6);
    assert_eq!(sandbox.ask("select count(*) from pg_class where relname = 't'"), "1");
}
