//! Plans in files: carried out exactly as they were seen, or refused with what is not as it was.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, Sandbox, misfits};

const STALE: &str = "the saved plan is stale, and nothing of it ran";
const ANEW: &str = "make it anew with `vesto plan --out p.json`";

/// Two changes that are not applied, and a plan of them.
fn planned() -> Option<Sandbox> {
    let sandbox = Sandbox::on_server("redshift")?
        .file("changes/V1__a.sql", "create table a (n integer);\n")
        .file("changes/V2__b.sql", "create table b (n integer);\n");
    sandbox.vesto(["plan", "--out", "p.json"]).ends(0).out("2 changes to apply").err("vesto apply p.json");
    Some(sandbox)
}

/// The document in the file, which is as the published schema says.
fn saved(sandbox: &Sandbox) -> Value {
    let document = serde_json::from_str(&sandbox.read("p.json")).expect("JSON");
    let schema = include_str!("../../../docs/plan.schema.json").parse().expect("a schema");
    assert_eq!(misfits(&document, &schema), [""; 0]);
    document
}

fn tables(sandbox: &Sandbox) -> String {
    sandbox.ask("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1")
}

/// The plan is refused for these reasons and no others.
#[track_caller]
fn stale<const N: usize>(answer: Answer, reasons: [&str; N]) {
    let answer = answer.refuses(9, STALE, ANEW);
    let found: Vec<&str> = answer.stderr.lines().filter_map(|line| line.strip_prefix("  because: ")).collect();
    assert_eq!(found, reasons);
}

#[test]
fn a_plan_is_carried_out_once() {
    let Some(sandbox) = planned() else { return };
    assert_eq!(fs::metadata(sandbox.path("p.json")).unwrap().permissions().mode() & 0o777, 0o600);
    sandbox.vesto(["apply", "p.json", "--dry-run"]).ends(0).out("create table a (n integer)").out("2 changes to apply");
    assert_eq!(tables(&sandbox), "");
    sandbox.vesto(["apply", "p.json"]).ends(0).out("2 changes applied on dev");
    assert_eq!(tables(&sandbox), "a, b");
    for line in ["apply p.json", "apply p.json --dry-run"] {
        stale(sandbox.typed(line), ["ledger: this plan was carried out already, by tester in run <run>"]);
    }
    sandbox.vesto(["rollback", "--last", "2"]).ends(0);
    stale(sandbox.vesto(["apply", "p.json"]), ["ledger: this plan was carried out already, by tester in run <run>"]);
    sandbox.vesto(["apply"]).ends(0);
    sandbox.vesto(["plan", "--out", "p.json", "--check"]).ends(0).out("nothing to apply");
    sandbox.vesto(["apply", "p.json"]).ends(0).out("no changes");
}

#[test]
fn the_same_plan_is_the_same_file_but_for_who_made_it_when() {
    let Some(sandbox) = planned() else { return };
    let mut first = saved(&sandbox);
    sandbox.vesto(["plan", "--out", "p.json", "--format", "json", "--check"]).ends(4).json();
    let mut second = saved(&sandbox);
    assert_ne!(first["made"], second["made"]);
    for document in [&mut first, &mut second] {
        assert_eq!(document["made"]["author"], "tester");
        document["made"] = json!(null);
    }
    assert_eq!(first, second);
}

#[test]
fn what_others_did_to_the_ledger_is_told() {
    let Some(sandbox) = planned() else { return };
    sandbox.vesto(["apply", "--only", "V1"]).ends(0);
    stale(sandbox.vesto(["apply", "p.json"]), ["ledger: `V1` was applied since, by tester in run <run>"]);
    assert_eq!(tables(&sandbox), "a");
    sandbox.vesto(["plan", "--out", "p.json"]).ends(0);
    sandbox.vesto(["rollback"]).ends(0);
    stale(sandbox.vesto(["apply", "p.json"]), ["ledger: `V1` was rolled back since, by tester in run <run>"]);
    sandbox.vesto(["plan", "--out", "p.json", "--only", "V1"]).ends(0);
    sandbox.vesto(["baseline", "--to", "V2"]).ends(0);
    stale(
        sandbox.vesto(["apply", "p.json"]),
        [
            "ledger: `V1` was marked applied since, by tester in run <run>",
            "ledger: `V2` was marked applied since, by tester in run <run>",
        ],
    );
    sandbox.vesto(["plan", "--out", "p.json"]).ends(0);
    sandbox.ask("drop schema vesto cascade");
    stale(sandbox.vesto(["apply", "p.json"]), ["ledger: its last row was 4 and is 0: it is another ledger"]);
}

#[test]
fn a_failure_of_another_change_does_not_matter_and_half_of_one_does() {
    let Some(sandbox) = planned() else { return };
    sandbox.write("changes/V3__c.sql", "select * from nowhere;\n");
    sandbox.write("changes/V4__d.sql", "create table d (n integer);\nvacuum d;\nselect * from nowhere;\n");
    sandbox.vesto(["plan", "--out", "p.json", "--to", "V2"]).ends(0);
    sandbox.vesto(["apply", "--only", "V3"]).ends(6);
    sandbox.vesto(["apply", "--dry-run", "p.json"]).ends(0);
    sandbox.vesto(["apply", "--only", "V4"]).ends(6);
    stale(sandbox.vesto(["apply", "p.json"]), ["ledger: `V4` is half done"]);
    sandbox.vesto(["plan", "--out", "p.json", "--to", "V2"]).ends(0);
    sandbox.vesto(["apply", "p.json"]).ends(0).out("2 changes applied");
}

#[test]
fn a_plan_that_failed_and_left_nothing_can_be_tried_again() {
    let Some(sandbox) = planned() else { return };
    sandbox.write("changes/V3__c.sql", "select 1 / 0;\n");
    sandbox.vesto(["plan", "--out", "p.json", "--only", "V3"]).ends(0);
    sandbox.vesto(["apply", "p.json"]).ends(6).out("division by zero");
    sandbox.vesto(["apply", "p.json"]).ends(6).out("division by zero");
    sandbox.vesto(["plan", "--out", "p.json"]).ends(0);
    sandbox.vesto(["apply", "p.json"]).ends(6).out("V2");
    stale(
        sandbox.vesto(["apply", "p.json"]),
        [
            "ledger: `V1` was applied since, by tester in run <run>",
            "ledger: `V2` was applied since, by tester in run <run>",
        ],
    );
}

#[test]
fn an_edited_file_is_named() {
    let Some(sandbox) = planned() else { return };
    sandbox.vesto(["apply", "--only", "V1"]).ends(0);
    sandbox.write("changes/V2__b.sql", "create table b (n integer);\n-- vesto: rollback\ndrop table b;\n");
    sandbox.vesto(["plan", "--out", "p.json"]).ends(0);
    let check = |path: &str, text: &str, reason: &str| {
        let before = fs::read_to_string(sandbox.path(path)).ok();
        sandbox.write(path, text);
        stale(sandbox.vesto(["apply", "p.json"]), [reason]);
        match before {
            Some(before) => sandbox.write(path, &before),
            None => sandbox.remove(path),
        }
    };
    let edited = "file: `changes/V2__b.sql` was edited: `V2` has another text";
    let with_rollback = |text: &str| format!("{text}\n-- vesto: rollback\ndrop table b;\n");
    check("changes/V2__b.sql", &with_rollback("create table b (n bigint);"), edited);
    check("changes/V2__b.sql", &with_rollback("create table b (n bigint); select ${nowhere};"), edited);
    check("changes/V2__b.sql", &with_rollback("create table x (n bigint);"), edited);
    check(
        "changes/V2__b.sql",
        "create table b (n integer);\n-- vesto: rollback\nselect 1;\n",
        "file: the rollback of `V2` was edited",
    );
    check("changes/V3__c.sql", "select 1;\n", "file: `changes/V3__c.sql` is new: `V3` would run too");
    check("changes/V1__a.sql", "create table a (n bigint);\n", "file: `V1` was edited after it was applied");
    fs::rename(sandbox.path("changes/V2__b.sql"), sandbox.path("changes/V2__c.sql")).unwrap();
    stale(sandbox.vesto(["apply", "p.json"]), ["file: `changes/V2__b.sql` is now `changes/V2__c.sql`"]);
    sandbox.remove("changes/V2__c.sql");
    stale(sandbox.vesto(["apply", "p.json"]), ["file: `changes/V2__b.sql` has no `V2` any more"]);
    sandbox.write("changes/V2__b.sql", &with_rollback("create table b (n integer);"));
    sandbox.remove("changes/V1__a.sql");
    stale(sandbox.vesto(["apply", "p.json"]), ["file: `V1` is applied and its file is gone"]);
    sandbox.write("changes/V1__a.sql", "create table a (n integer);\n");
    sandbox.vesto(["apply", "p.json"]).ends(0).out("1 change applied");
}

#[test]
fn a_changed_variable_is_named() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox.file("changes/V1__a.sql", "create table ${Prefix}_a (n integer);\n");
    sandbox.vesto(["plan", "--out", "p.json", "--var", "prefix=x"]).ends(0);
    stale(sandbox.vesto(["apply", "p.json", "--var", "prefix=y"]), ["variable: `prefix` was `x` and is `y`"]);
    stale(sandbox.vesto(["apply", "p.json"]), ["variable: `prefix` has no value now"]);
    let settings = sandbox.read("vesto.ini");
    sandbox.write("vesto.ini", &format!("{settings}\n[vars]\nprefix = ${{env:HOME}}\n"));
    stale(sandbox.vesto(["apply", "p.json"]), ["variable: `prefix` is secret and was not"]);
    sandbox.write("vesto.ini", &format!("{settings}\n[vars]\nprefix = x\nother = y\n"));
    sandbox.vesto(["apply", "p.json"]).ends(0);
    assert_eq!(tables(&sandbox), "x_a");
}

#[test]
fn another_target_is_told_before_anything_else() {
    let Some(mut sandbox) = planned() else { return };
    let (url, name) = (sandbox.database().url(), sandbox.database().name.clone());
    let other = format!("{name}_other");
    sandbox.ask(&format!("create database {other} template template0"));
    sandbox.write("changes/V1__a.sql", "create table a (n bigint);\n");
    sandbox.set("TEST_URL", &url.replace(&name, &other));
    stale(
        sandbox.vesto(["apply", "p.json"]),
        [&format!("target: the plan is for database `{name}`, and this is `{other}`")],
    );
    let host = format!("{}:{}", "127.0.0.1", sandbox.database().server.port);
    sandbox.set("TEST_URL", &url.replace("127.0.0.1", "localhost"));
    let reason =
        format!("target: the plan is for host `{host}`, and this is `{}`", host.replace("127.0.0.1", "localhost"));
    stale(sandbox.vesto(["apply", "p.json"]), [&reason]);
    sandbox.set("TEST_URL", &url);
    sandbox.ask(&format!("alter database {name} set search_path = other, public"));
    let reason = "target: the plan is for search path `public`, and this is `other, public`";
    stale(sandbox.vesto(["apply", "p.json"]), [reason]);
    sandbox.ask(&format!("alter database {name} reset search_path"));
    let settings = sandbox.read("vesto.ini");
    sandbox.write("vesto.ini", &settings.replace("name = sample", "name = simple"));
    stale(sandbox.vesto(["apply", "p.json"]), ["project: the plan is for project `sample`, and this is `simple`"]);
    // A plan knows its target, whatever the project's default is now.
    let twin = settings.split("[target dev]").nth(1).unwrap();
    sandbox.write("vesto.ini", &(settings.replace("target = dev", "target = twin") + "\n[target twin]" + twin));
    sandbox.write("changes/V1__a.sql", "create table a (n integer);\n");
    let reason = "target: the plan is for target `dev`, and this is `twin`";
    stale(sandbox.vesto(["apply", "p.json", "--target", "twin"]), [reason]);
    sandbox.vesto(["apply", "p.json"]).ends(0).out("2 changes applied on dev");
}

#[test]
fn an_object_that_the_plan_touches_is_named_and_no_other_matters() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox
        .file("changes/V1__a.sql", "alter table a add column m integer;\n")
        .file("changes/V2__v.sql", "create view v as select b.n, twice(n) as m from b;\n")
        .file("changes/V3__c.sql", "create table c (n integer);\ndrop table d;\n");
    sandbox.ask("create table a (n integer)");
    sandbox.ask("create table b (n integer)");
    sandbox.ask("create table d (n integer)");
    sandbox.ask("create table untouched (n integer)");
    sandbox.ask("create function twice(n integer) returns integer language sql as 'select n + n'");
    sandbox.vesto(["plan", "--out", "p.json"]).ends(0);
    let objects = saved(&sandbox)["objects"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(objects, ["a", "b", "c", "d", "twice", "v"]);
    sandbox.ask("alter table untouched add column m integer");
    sandbox.ask("create table made_since (n integer)");
    sandbox.ask("insert into a values (1)");
    sandbox.vesto(["apply", "p.json", "--dry-run"]).ends(0);
    sandbox.ask("alter table b alter column n set default 1; comment on table a is 'odd'");
    sandbox.ask("create or replace function twice(n integer) returns integer language sql as 'select 2 * n'");
    sandbox.ask("create table c (m integer); drop table d");
    stale(
        sandbox.vesto(["apply", "p.json"]),
        [
            "object: `a` was changed",
            "object: `b` was changed",
            "object: `c` was not there and is there now",
            "object: `d` is gone",
            "object: `twice` was changed",
        ],
    );
    assert_eq!(sandbox.ask("select count(*) from pg_attribute where attrelid = 'a'::regclass and attname = 'm'"), "0");
    sandbox.ask("drop table c; create table d (n integer)");
    sandbox.vesto(["plan", "--out", "p.json"]).ends(0);
    sandbox.vesto(["apply", "p.json"]).ends(0).out("3 changes applied");
}

#[test]
fn what_is_not_known_to_be_touched_is_called_unknown() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    sandbox.ask("create procedure fill() language plpgsql as 'begin end'");
    let sandbox =
        sandbox.file("changes/V1__a.sql", "do $$ begin perform 1; end $$;\ncall fill();\nset work_mem = '1MB';\n");
    let note = "-- may touch objects that it does not name";
    sandbox.vesto(["plan", "--out", "p.json"]).ends(0).out(note);
    sandbox.vesto(["show", "p.json"]).ends(0).out(note);
    let statements = saved(&sandbox)["changes"][0]["steps"][0]["statements"].clone();
    let touches: Vec<&Value> = statements.as_array().unwrap().iter().map(|statement| &statement["touches"]).collect();
    assert_eq!(touches, [&json!("unknown"), &json!("unknown"), &json!([])]);
    sandbox.ask("create or replace procedure fill() language plpgsql as 'begin perform 1; end'");
    stale(sandbox.vesto(["apply", "p.json"]), ["object: `fill` was changed"]);
}

#[test]
fn a_plan_back_runs_what_it_showed() {
    let Some(sandbox) = planned() else { return };
    sandbox.vesto(["apply"]).ends(0);
    sandbox.ask("insert into a values (1)");
    sandbox.vesto(["plan", "--rollback", "--last", "2", "--out", "p.json"]).ends(0).out("2 changes to roll back");
    let kept = saved(&sandbox)["changes"][1]["steps"][0]["statements"][0]["sql"].as_str().unwrap().to_owned();
    let kept = kept.split('"').nth(3).unwrap().to_owned();
    assert!(kept.starts_with("a_bckup_"), "{kept}");
    sandbox.vesto(["apply", "p.json"]).ends(0).out("rollback: 2 changes").out("2 changes rolled back");
    assert_eq!(tables(&sandbox), kept);
    assert_eq!(sandbox.ask("select distinct command from vesto.run order by 1"), "apply, rollback");
    stale(sandbox.vesto(["apply", "p.json"]), ["ledger: this plan was carried out already, by tester in run <run>"]);
}

#[test]
fn a_plan_back_is_stale_when_a_table_is_filled() {
    let Some(sandbox) = planned() else { return };
    sandbox.vesto(["apply"]).ends(0);
    sandbox.vesto(["plan", "--rollback", "--from", "V1", "--out", "p.json"]).ends(0).out("drop table \"a\"");
    sandbox.ask("insert into a values (1)");
    let reason = "plan: `V1` would run other statements; what its tables hold may have changed";
    stale(sandbox.vesto(["apply", "p.json"]), [reason]);
    sandbox.write("changes/U2__b.sql", "drop table b;\n");
    sandbox.vesto(["plan", "--rollback", "--out", "p.json"]).ends(0);
    sandbox.write("changes/U2__b.sql", "drop table b cascade;\n");
    stale(sandbox.vesto(["apply", "p.json"]), ["file: the rollback of `V2` was edited"]);
}

#[test]
fn a_file_that_is_no_plan_of_this_vesto_is_refused() {
    let Some(sandbox) = planned() else { return };
    let good = sandbox.read("p.json");
    let check = |text: &str, code: i32, message: &str| {
        sandbox.write("p.json", text);
        for command in ["apply", "show"] {
            sandbox.vesto([command, "p.json"]).refuses(code, message, ANEW);
        }
    };
    let edited = "`p.json`: the saved plan was edited: its digest is that of another document";
    check(&good.replace("create table a (n integer)", "drop table a"), 3, edited);
    check(&good.replace("\"author\": \"tester\"", "\"author\": \"boss\""), 3, edited);
    check(&good.replace("\"direction\"", "\"more\": 1, \"direction\""), 3, edited);
    check(&good[..good.len() / 2], 3, "`p.json`: the saved plan is cut off: it ends in line");
    check("", 3, "`p.json`: the saved plan is cut off");
    check("[1, 2]\n", 3, "`p.json`: the file is not a plan that vesto saved: `format` is not `vesto plan`");
    check("drop table a;\n", 3, "`p.json`: the file is not a plan that vesto saved: expected value at line 1 column 1");
    check(
        &good.replace("\"version\": 1,", "\"version\": 2,"),
        9,
        "the saved plan has version 2 of its form, and this vesto reads version 1",
    );
    // Blanks are no part of what is said.
    sandbox.write("p.json", &serde_json::from_str::<Value>(&good).unwrap().to_string());
    sandbox.vesto(["apply", "p.json", "--dry-run"]).ends(0);
    sandbox.remove("p.json");
    sandbox.vesto(["apply", "p.json"]).refuses(3, "cannot read `<root>/p.json`", ANEW);
}

#[test]
fn a_plan_is_shown_without_server_and_project() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox
        .file("changes/V1__a.sql", "create table a (n integer);\ninsert into a values (1);\nvacuum a;\n")
        .file("changes/V3__b.sql", "-- vesto: timeout=5s\ntruncate a;\nalter table a drop column n;\n");
    sandbox.vesto(["apply", "--only", "V3"]).ends(6);
    sandbox.vesto(["baseline", "--to", "V3"]).ends(0);
    sandbox.vesto(["mark-pending", "V1"]).ends(0);
    sandbox.write("changes/R__v.sql", "create or replace view v as select 1 as n;\nfrobnicate;\n");
    for asked in ["plan", "plan --rollback"] {
        if asked == "plan --rollback" {
            sandbox.write("changes/U3__b.sql", "drop table if exists a;\n");
            sandbox.vesto(["mark-pending", "V3"]).ends(0);
            sandbox.write("changes/V1__a.sql", "create table a (n integer);\n");
            sandbox.write("changes/V3__b.sql", "insert into a values (1);\n");
            sandbox.vesto(["apply", "--to", "V3"]).ends(0);
        }
        let text = sandbox.typed(&format!("{asked} --out p.json")).ends(0);
        let json = sandbox.typed(&format!("{asked} --format json")).ends(0);
        let elsewhere = Sandbox::new().file("p.json", &sandbox.read("p.json"));
        let shown = elsewhere.vesto(["show", "p.json"]).ends(0);
        assert_eq!(shown.raw, text.raw);
        shown.err("by tester with vesto").err("for the target `dev`");
        assert_eq!(elsewhere.vesto(["show", "p.json", "--format", "json", "--quiet"]).ends(0).raw, json.raw);
    }
}

#[test]
fn secrets_are_not_in_the_file() {
    const TENANT: &str = "acme_geheim";
    let Some(mut sandbox) = Sandbox::on_server("redshift") else { return };
    let settings = sandbox.read("vesto.ini") + "\n[vars]\ntenant = ${env:TENANT}\npin = ${env:PIN}\n";
    sandbox.write("vesto.ini", &settings);
    sandbox.set("TENANT", TENANT);
    sandbox.set("PIN", "q7");
    sandbox.write(
        "changes/V1__a.sql",
        "create schema ${tenant};\ncreate table ${tenant}.t_${pin} (n varchar(9));\n\
         insert into ${tenant}.t_${pin} values ('${pin}');\nalter table ${tenant}.t_${pin} drop column n;\n",
    );
    sandbox.write("changes/V2__a.sql", "create table ${tenant}.u (n integer);\n");
    let keeps = |sandbox: &Sandbox| {
        let text = sandbox.read("p.json");
        assert!(!text.contains(TENANT) && !text.contains("q7") && !text.contains(PASSWORD), "{text}");
    };
    sandbox.vesto(["plan", "--out", "p.json"]).ends(0).lacks(TENANT);
    keeps(&sandbox);
    let document = saved(&sandbox);
    assert_eq!(document["variables"], json!({ "tenant": { "secret": true }, "pin": { "secret": true } }));
    assert_eq!(document["objects"]["${tenant}.t_${pin}"], "absent");
    sandbox.vesto(["plan", "--format", "json"]).ends(0).lacks(TENANT).lacks("q7");
    // Another value is another text, of which the file knows nothing; but the object that it names is another too.
    sandbox.ask(&format!("create schema {TENANT}"));
    stale(sandbox.vesto(["apply", "p.json"]), ["object: `${tenant}` was not there and is there now"]);
    sandbox.ask(&format!("drop schema {TENANT}"));
    sandbox.vesto(["apply", "p.json"]).ends(0).out("2 changes applied");
    let plan = sandbox.vesto(["plan", "--rollback", "--out", "p.json"]).ends(0).lacks(TENANT);
    plan.out("drop table \"${tenant}\".\"u\"");
    keeps(&sandbox);
    sandbox.vesto(["apply", "p.json"]).ends(0).out("1 change rolled back");
}

#[test]
fn one_user_may_plan_and_another_carry_out() {
    let Some(mut sandbox) = planned() else { return };
    let (url, name) = (sandbox.database().url(), sandbox.database().name.clone());
    let reader = format!("planner_of_{name}");
    sandbox.ask(&format!("create role {reader} login password 'look'"));
    sandbox.ask("revoke execute on function pg_control_system() from public");
    assert!(saved(&sandbox)["target"]["server"].is_string());
    let reader_url = sandbox.database().url_of(&reader, "look");
    sandbox.set("TEST_URL", &reader_url);
    sandbox.vesto(["plan", "--out", "p.json"]).ends(0);
    let target = saved(&sandbox)["target"].clone();
    assert_eq!((&target["server"], &target["user"]), (&json!(null), &json!(reader)));
    sandbox.set("TEST_URL", &url);
    sandbox.vesto(["apply", "p.json"]).ends(0).out("2 changes applied");
    sandbox.ask(&format!("drop role {reader}"));
}

#[test]
fn a_plan_that_is_blocked_is_shown_and_not_saved() {
    let Some(sandbox) = planned() else { return };
    let before = sandbox.read("p.json");
    sandbox.vesto(["apply", "--only", "V1"]).ends(0);
    sandbox.write("changes/V1__a.sql", "create table a (n bigint);\n");
    let blocked = sandbox.vesto(["plan", "--out", "p.json"]).ends(3).out("blocked: `V1` was edited");
    blocked.err("the plan was not saved").err("vesto rebless V1");
    assert_eq!(sandbox.read("p.json"), before);
}

#[test]
fn flags_that_make_no_sense_together_are_refused() {
    let Some(sandbox) = planned() else { return };
    sandbox.vesto(["plan", "--offline", "--out", "p.json"]).ends(2);
    sandbox.vesto(["apply", "p.json", "--only", "V1"]).ends(2);
    sandbox.vesto(["plan", "--out", "."]).ends(3).err("cannot write");
    sandbox.vesto(["show"]).ends(2);
}

#[test]
fn a_plan_for_the_local_server_is_as_good() {
    let Some(sandbox) = Sandbox::local() else { return };
    let sandbox = sandbox.file("changes/V1__a.sql", "create table a (n integer) distkey (n);\n");
    sandbox.vesto(["plan", "--out", "plans/p.json"]).ends(0);
    sandbox.vesto(["apply", "plans/p.json"]).ends(0).out("1 change applied on local (double)");
    sandbox.vesto(["apply", "plans/p.json"]).ends(9).err("carried out already");
}
