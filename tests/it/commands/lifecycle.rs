//! The way of a project from `init` to rolled back, on the local server.

use std::fs;

use serde_json::Value;

use crate::support::Sandbox;

#[test]
fn a_new_project_goes_all_the_way() {
    let Some(sandbox) = Sandbox::local() else { return };
    sandbox.remove("vesto.ini");
    sandbox.vesto(["init"]).ends(0).out("vesto.ini").out("`vesto apply`");
    sandbox.vesto(["init"]).refuses(2, "exists already", "choose another folder");
    sandbox.vesto(["plan", "--offline"]).ends(0).out("V001").out("create table customers").out("2 changes to apply");
    assert!(!sandbox.path(".vesto").exists(), "an offline plan needs no server");
    sandbox.vesto(["plan", "--check"]).ends(4).out("2 changes to apply, 3 statements");
    sandbox.vesto(["status", "--check"]).ends(4).out("pending").out("V001");
    sandbox.vesto(["history"]).ends(0).out("nothing was done yet");
    sandbox.vesto(["apply", "--dry-run"]).ends(0).out("2 changes to apply");
    sandbox.vesto(["apply"]).ends(0).out("2 changes applied on local (double)");
    sandbox.vesto(["apply"]).ends(0).out("no changes to make");
    sandbox.vesto(["plan", "--check"]).ends(0).out("nothing");
    sandbox.vesto(["status", "--check"]).ends(0).out("local: 2 changes applied");
    sandbox.vesto(["verify", "--check"]).ends(0).out("no difference");
    sandbox.vesto(["history"]).ends(0).out("applied").out("V001").out("tester@");
    sandbox.vesto(["lint"]).ends(0);
    sandbox.vesto(["test", "--junit", "out/junit.xml"]).ends(0).out("2 tests passed");
    let junit = sandbox.read("out/junit.xml");
    for part in ["<?xml", "tests=\"2\"", "failures=\"0\"", "errors=\"0\"", "classname=\"local.customers\""] {
        assert!(junit.contains(part), "{part}: {junit}");
    }
    sandbox.vesto(["rollback", "--last", "99"]).ends(0).out("2 changes rolled back");
    sandbox.vesto(["rollback"]).ends(0).out("no changes");
    sandbox.vesto(["run", "--junit", "run.xml"]).ends(0).out("2 changes applied").out("2 tests passed");
    let junit = sandbox.read("run.xml");
    assert!(junit.contains("name=\"apply\"") && junit.contains("name=\"V001\""), "{junit}");
    sandbox.vesto(["local", "status"]).ends(0).out("stopped");
}

#[test]
fn the_sample_warehouse_goes_up_and_down_and_up() {
    let Some(sandbox) = Sandbox::local() else { return };
    let sandbox = sandbox.copy("examples/warehouse");
    for _ in 0..2 {
        sandbox.vesto(["apply"]).ends(0).out("8 changes applied");
        sandbox.vesto(["test"]).ends(0).out("14 tests passed");
        sandbox.vesto(["status", "--check"]).ends(0);
        sandbox.vesto(["rollback", "--last", "99"]).ends(0).out("8 changes rolled back");
        sandbox.vesto(["status"]).ends(0).out("0 changes applied, 8 not settled");
    }
}

/// Every question is one document and every run is JSON lines, whatever comes of it.
#[test]
fn json_is_what_machines_get() {
    let Some(sandbox) = Sandbox::local() else { return };
    let sandbox = sandbox
        .file("changes/V1__a.sql", "create table a (n integer);")
        .file("changes/V2__b.sql", "create table b (n integer); select 1 as one;")
        .file("tests/a.sql", "-- test: nothing\nselect * from a;\n-- expect: no rows\n");
    for question in ["plan --offline", "plan", "status", "history", "verify", "lint", "apply --dry-run"] {
        let document = sandbox.typed(&format!("{question} --format json")).ends(0).json();
        assert_eq!(document["version"], 1, "{question}");
    }
    let of =
        |events: &[Value]| events.iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let applied = sandbox.vesto(["apply", "--format", "json"]).ends(0).events();
    let names = of(&applied);
    assert_eq!((names[0].as_str(), names[names.len() - 1].as_str()), ("run-started", "run-finished"));
    assert_eq!(applied.last().unwrap()["changes"]["applied"], 2);
    let tested = sandbox.vesto(["test", "--format", "json"]).ends(0).events();
    assert_eq!(tested.last().unwrap()["tests"]["passed"], 1);
    for question in ["plan", "status", "history", "verify", "lint", "plan --rollback", "rollback --dry-run"] {
        let document = sandbox.typed(&format!("{question} --format json")).ends(0).json();
        assert_eq!(document["version"], 1, "{question}");
    }
    let history = sandbox.vesto(["history", "--format", "json"]).json();
    assert_eq!(history["entries"][0]["author"], "tester");
    let undone = sandbox.vesto(["rollback", "--format", "json"]).ends(0).events();
    assert_eq!(undone.last().unwrap()["changes"]["rolled_back"], 1);
    sandbox.write("changes/V3__c.sql", "create table c (n no_such_type);");
    let failed = sandbox.vesto(["apply", "--format", "json"]).ends(6).events();
    assert_eq!(failed.last().unwrap()["outcome"], "failed");
}

#[test]
fn edits_of_comments_are_told_apart() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox.file("changes/V1__a.sql", "create table a (n integer);\n");
    sandbox.vesto(["apply"]).ends(0);
    sandbox.write("changes/V1__a.sql", "\u{feff}create table a (n integer);  \r\n");
    sandbox.vesto(["verify", "--check"]).ends(0).out("no difference");
    sandbox.write("changes/V1__a.sql", "-- why\ncreate table a (n /* count */ integer);\n");
    sandbox.write("changes/V2__b.sql", "create table b (n integer);\n");
    sandbox.vesto(["verify", "--check"]).ends(0).out("V1 has other comments").out("+-- why");
    sandbox.vesto(["status"]).ends(0).out("comments edited");
    sandbox.vesto(["apply"]).ends(0).out("1 change applied").out("vesto rebless");
    sandbox.vesto(["status", "--check"]).ends(0);
    sandbox.vesto(["rebless", "V1", "--reason", "says why"]).ends(0);
    sandbox.vesto(["verify", "--check"]).ends(0).out("no difference");
}

#[test]
fn an_edited_change_is_shown_refused_and_settled_by_hand() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox
        .file("changes/V1__a.sql", "create table a (n integer);\n")
        .file("changes/V2__b.sql", "create table b (n integer);\n");
    sandbox.vesto(["apply"]).ends(0);
    sandbox.write("changes/V1__a.sql", "create table a (n bigint);\n");
    sandbox.write("changes/V3__c.sql", "create table c (n integer);\n");
    sandbox
        .vesto(["verify"])
        .ends(0)
        .out("V1 was edited")
        .out("-create table a (n integer)")
        .out("+create table a (n bigint)");
    sandbox.vesto(["verify", "--check"]).ends(4);
    sandbox.vesto(["status", "--check"]).ends(4).out("edited").out("pending");
    sandbox.vesto(["plan"]).ends(0).out("V1");
    sandbox.vesto(["apply"]).refuses(3, "V1", "vesto rebless V1 --reason");
    assert_eq!(sandbox.ask("select count(*) from pg_class where relname = 'c'"), "0");
    sandbox.vesto(["rebless", "V1"]).ends(2);
    sandbox.vesto(["rebless", "V3", "--reason", "x"]).refuses(3, "`V3` is not applied", "vesto status");
    sandbox.vesto(["rebless", "V1", "--reason", "x", "--dry-run"]).ends(0).out("to be");
    sandbox.vesto(["verify", "--check"]).ends(4);
    sandbox.vesto(["rebless", "V1", "V2", "--reason", "widened by hand"]).ends(0).out("V1").lacks("V2");
    sandbox.vesto(["history"]).ends(0).out("widened by hand");
    sandbox.vesto(["verify", "--check"]).ends(0);
    sandbox.vesto(["apply"]).ends(0).out("1 change applied");
    sandbox.vesto(["mark-applied", "V9"]).refuses(3, "V9", "hint: ");
    sandbox.vesto(["mark-pending", "V3"]).ends(0);
    sandbox.vesto(["status"]).ends(0).out("pending").out("V3");
    sandbox.vesto(["baseline", "--to", "V3"]).ends(0).out("1 change");
    sandbox.vesto(["rollback"]).refuses(3, "V3", "vesto mark-pending V3");
}

#[test]
fn rollback_takes_as_much_as_it_is_told() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    for number in 1..=4 {
        sandbox.write(&format!("changes/V{number}__t.sql"), &format!("create table t{number} (n integer);\n"));
    }
    let tables = || sandbox.ask("select relname from pg_class where relname ~ '^t[0-9]$' order by 1");
    sandbox.vesto(["apply", "--to", "V2"]).ends(0).out("2 changes applied");
    sandbox.vesto(["apply"]).ends(0).out("2 changes applied");
    assert_eq!(tables(), "t1, t2, t3, t4");
    let last = sandbox.vesto(["history", "--format", "json", "--last", "1"]).json();
    let run = last["entries"][0]["run"].as_str().unwrap().to_owned();

    sandbox.vesto(["rollback", "--dry-run", "--last", "2"]).ends(0).out("drop table").out("2 changes to roll back");
    assert_eq!(tables(), "t1, t2, t3, t4");
    sandbox.vesto(["rollback", "--last", "2"]).ends(0).out("2 changes rolled back");
    assert_eq!(tables(), "t1, t2");
    sandbox.vesto(["apply"]).ends(0);
    sandbox.vesto(["rollback", "--to", "V1"]).ends(0).out("3 changes rolled back");
    assert_eq!(tables(), "t1");
    sandbox.vesto(["apply"]).ends(0);
    sandbox.vesto(["rollback", "--from", "V2"]).ends(0);
    assert_eq!(tables(), "t1");
    sandbox.vesto(["rollback", "--run", &run]).refuses(3, "run", "`vesto history`");
    sandbox.vesto(["apply"]).ends(0).out("3 changes applied");
    let last = sandbox.vesto(["history", "--format", "json", "--last", "1"]).json();
    let run = last["entries"][0]["run"].as_str().unwrap()[..8].to_owned();
    sandbox.vesto(["rollback", "--run", &run]).ends(0).out("3 changes rolled back");
    assert_eq!(tables(), "t1");
    sandbox.vesto(["rollback", "--to", "V7"]).refuses(3, "V7", "hint: ");
    sandbox.vesto(["rollback", "--to", "V1", "--last", "1"]).ends(2);
    assert!(fs::metadata(sandbox.path(".vesto")).is_err(), "this target needs no local server");
}

#[test]
fn a_change_for_other_targets_is_told_and_not_counted() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    let settings = sandbox.read("vesto.ini") + "\n[target live]\nkind = postgres\n";
    let sandbox = sandbox
        .file("vesto.ini", &settings)
        .file("changes/V01__t.sql", "create table t (n integer);\n")
        .file("changes/V02__live.sql", "-- vesto: only-on=live, requires=V1\ncreate table u (n integer);\n")
        .file("changes/V03__w.sql", "-- vesto: requires=V1\ncreate table w (n integer);\n");
    sandbox.vesto(["status"]).ends(0).out("not for this target   V02").out("dev: 0 changes applied, 2 not settled");
    sandbox.vesto(["apply"]).ends(0).out("2 changes applied");
    sandbox
        .vesto(["status", "--check"])
        .ends(0)
        .out("not for this target   V02")
        .out("2 changes applied, 0 not settled");
    sandbox.write("changes/V04__x.sql", "-- vesto: requires=V2\ncreate table x (n integer);\n");
    let refused = sandbox.vesto(["apply"]).refuses(3, "`V04` requires `V02`, which is not for this target", "");
    refused.err("hint: give `V04` the `only-on` of `V02`").err("take `V02` out of its `requires`").lacks("first");
    sandbox.vesto(["baseline", "--to", "V02"]).ends(0);
    sandbox.vesto(["verify"]).ends(0).out("2 changes verified");
    assert_eq!(sandbox.ask("select count(*) from vesto.entry where change_id = 'V02'"), "0");
}
