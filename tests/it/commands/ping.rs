//! `vesto ping`.

use crate::support::Sandbox;

#[test]
fn a_target_says_what_it_is_and_nothing_is_changed() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let answer = sandbox.typed("ping").ends(0).out("dev: reached in ").out("no ledger yet").out("double");
    answer.lacks("missing");
    assert_eq!(sandbox.ask("select count(*) from pg_namespace where nspname = 'vesto'"), "0");
    sandbox.write("changes/V1__t.sql", "create table t (n integer);\n");
    sandbox.typed("apply").ends(0);
    let told = sandbox.typed("ping --format json").ends(0).json();
    let target = &told["targets"][0];
    assert_eq!((&target["reached"], &target["ledger"]), (&true.into(), &"present".into()), "{told}");
    assert!(target["latency_microseconds"].as_u64().is_some_and(|time| time > 0), "{told}");
}

#[test]
fn what_the_user_may_not_is_told() {
    let Some(mut sandbox) = Sandbox::on_server("redshift") else { return };
    sandbox.write("changes/V1__t.sql", "create table t (n integer);\n");
    let reader = format!("reader_{}", std::process::id());
    sandbox.ask(&format!("create role {reader} login password 'look'"));
    let (url, as_reader) = (sandbox.database().url(), sandbox.database().url_of(&reader, "look"));
    sandbox.set("TEST_URL", &as_reader);
    sandbox.typed("ping").ends(7).out("missing: create on database");
    sandbox.set("TEST_URL", &url);
    sandbox.typed("apply").ends(0);
    sandbox.set("TEST_URL", &as_reader);
    sandbox.typed("ping").ends(7).out("missing: usage on schema vesto");
    sandbox.ask(&format!("grant usage on schema vesto to {reader}"));
    sandbox.ask(&format!("grant select on all tables in schema vesto to {reader}"));
    sandbox.typed("ping").ends(7).out("missing: insert on vesto.entry").lacks("select on");
    sandbox.ask(&format!("drop owned by {reader}"));
    sandbox.ask(&format!("drop role {reader}"));
}

#[test]
fn one_that_is_not_there_does_not_keep_the_others() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let settings =
        sandbox.read("vesto.ini") + "[target gone]\nkind = postgres\nhost = 127.0.0.1\nport = 1\nuser = joe\n";
    sandbox.write("vesto.ini", &settings);
    sandbox.typed("ping --all").ends(7).out("dev: reached").out("gone: not reached").out("local: ");
    sandbox.typed("ping --target gone").ends(7).lacks("dev");
}
