//! What Redshift's own history will say of a run: which run, change and step a statement belongs to.

use crate::emulate::Emulator;
use crate::lock::fenced;
use crate::rig::Rig;
use crate::support::Sandbox;

/// What arrives at a server, by its own log.
#[test]
fn each_statement_of_the_author_is_sent_behind_a_comment() {
    let Some(rig) = Rig::new() else { return };
    fenced(&rig, "labels", "read committed", "1m");
    rig.ask("labels", "alter database labels set log_statement = 'all'");
    rig.change("V1__t", "create table t (n integer);\ninsert into t values (1);\nvacuum t;\n");
    rig.change("V2__*-_t", "-- of the author\ninsert into t values (2);\n");
    rig.file("tests/t.sql", "-- test: rows of t\nselect count(*) from t;\n-- expect cell: 2\n");
    rig.vesto(&["run"]).expect(0).says(&["1 test passed"]);
    let run = rig.ask("labels", "select run_id from vesto.run");
    let log = rig.log();
    for statement in [
        "change=V1 step=0 */ create table t (n integer)",
        "change=V1 step=0 */ insert into t values (1)",
        "change=V1 step=2 */ vacuum t",
        "change=V2 step=0 */ insert into t values (2)",
        "suite=t test=rows_of_t */ select count(*) from t",
    ] {
        let sent = format!("/* vesto run={run} {statement}");
        assert!(log.contains(&sent), "no `{sent}` in\n{log}");
    }
    assert!(log.contains(&format!("set query_group to 'vesto {run}'")), "{log}");
}

/// A project on an emulated cluster.
pub(crate) fn project(emulator: &Emulator) -> Sandbox {
    let target = "kind = redshift\nendpoint = 127.0.0.1\nuser = awsuser\ndatabase = dev\nsslmode = disable\n";
    let settings =
        format!("[project]\nname = sample\ntarget = there\n\n[target there]\n{target}port = {}\n", emulator.port());
    Sandbox::new().file("vesto.ini", &settings)
}

#[test]
fn the_place_of_an_error_is_the_authors() {
    let Some(emulator) = Emulator::start(&[]) else { return };
    let sandbox = project(&emulator);
    sandbox.write("changes/V1__t.sql", "create table t (n integer);\n");
    sandbox.write("changes/V3__bad.sql", "insert into t values (3);\ninsert into nowhere values (4);\n");
    sandbox.vesto(["apply"]).ends(6).out("V3__bad.sql:2:13");
    sandbox.write("changes/V3__bad.sql", "-- vesto: transaction=none\ninsert into t selct 5;\n");
    sandbox.vesto(["apply"]).ends(6).out("V3__bad.sql:2:");
    sandbox.remove("changes/V3__bad.sql");
    sandbox.write("tests/t.sql", "-- test: rows\nselect count(*)\nfrom nowhere;\n-- expect cell: 2\n");
    sandbox.vesto(["test"]).ends(5).out("t.sql:3:6");
    emulator.end();
}
