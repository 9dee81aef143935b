//! `vesto prove`: which rollbacks it believes, what it finds wrong with the others, and that it leaves nothing behind.

use rustix::process::Signal;

use crate::rig::Rig;
use crate::support::Sandbox;

/// A project whose user is no superuser and may do no more than make databases.
fn project(dialect: &str) -> Option<Sandbox> {
    let mut sandbox = Sandbox::on_server(dialect)?;
    let role = role(&sandbox);
    sandbox.ask(&format!("create role {role} login createdb password 'try'"));
    let url = sandbox.database().url_of(&role, "try");
    sandbox.set("TEST_URL", &url);
    Some(sandbox)
}

fn role(sandbox: &Sandbox) -> String {
    format!("prover_of_{}", sandbox.database().name)
}

/// Databases of the project's user.
fn databases(sandbox: &Sandbox) -> String {
    sandbox.ask(&format!("select datname from pg_database where datdba = '{}'::regrole order by 1", role(sandbox)))
}

/// The target is as before, and the throw-away database is gone.
fn is_clean(sandbox: &Sandbox) {
    assert_eq!(databases(sandbox), "");
    let own = "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace \
        where nspname in ('public', 'vesto')";
    assert_eq!(sandbox.ask(own), "0", "the target's own database is not touched");
}

#[test]
fn the_sample_warehouse_is_proven() {
    let Some(sandbox) = Sandbox::local() else { return };
    let sandbox = sandbox.copy("examples/warehouse");
    let proven = sandbox.vesto(["prove", "--junit", "junit.xml"]).ends(0).out("prove: 8 changes on local (double)");
    let proven = proven.out("proven        V001  V001__customers.sql").out("proven        R__order_totals");
    let proven = proven.out("kept aside    V006").out("    column tier_bckup_<suffix> of table sales.customers");
    proven.out("7 changes proven, 1 proven with data kept aside on local (double)");
    let junit = sandbox.read("junit.xml");
    for part in
        ["tests=\"8\" failures=\"0\" errors=\"0\" skipped=\"0\"", "classname=\"warehouse\" name=\"V003\" time=\""]
    {
        assert!(junit.contains(part), "{part}: {junit}");
    }
    sandbox.vesto(["status"]).ends(0).out("0 changes applied, 8 not settled");
    sandbox.vesto(["apply"]).ends(0).out("8 changes applied");
    sandbox.vesto(["prove", "--quiet"]).ends(0).lacks("V001");
    sandbox.vesto(["local", "status"]).ends(0).out("stopped");
}

/// Each of these rollbacks is wrong in its own way. One of them must not make another seem right or wrong.
const WRONG: [(&str, &str, &[&str]); 11] = [
    (
        "create table drops_nothing (n integer);",
        "select 1;",
        &["its rollback does not give back what was there before", "table public.drops_nothing: was not there before"],
    ),
    (
        "create table drops_another (n integer);",
        "drop table good;",
        &["table public.drops_another: was not there before", "table public.good: is not there any more"],
    ),
    ("create index forgotten on good (n);", "select 1;", &["index public.forgotten: was not there before"]),
    ("grant select on good to public;", "select 1;", &["table public.good: grants to public: `SELECT` is new"]),
    (
        "comment on column good.n is 'a number';",
        "",
        &["table public.good: comment of column n: `a number` is new", "write what undoes it below a line"],
    ),
    ("update good set n = n + 1;", "select 1;", &["table public.good: 2 rows as before, with other values"]),
    ("delete from good where n = 2;", "insert into good values (1), (1);", &["table public.good: 2 rows became 3"]),
    (
        "create table other_name (n integer);",
        "drop table othername;",
        &["its rollback fails", "table \"othername\" does not exist", "changes/V9__c.sql:3:1"],
    ),
    (
        "alter table good alter column n type bigint;",
        "alter table good alter column n type smallint;",
        &["table public.good: column n: `integer` became `smallint`"],
    ),
    (
        "create table kept (n integer constraint of_its_own primary key); insert into kept values (1);",
        "",
        &["it cannot be applied again after its rollback", "relation \"of_its_own\" already exists"],
    ),
    (
        "create sequence left_over; select nextval('left_over');",
        "alter sequence left_over rename to put_away;",
        &["sequence public.put_away: was not there before"],
    ),
];

#[test]
fn wrong_rollbacks_are_found_and_the_object_named() {
    let Some(sandbox) = project("postgres") else { return };
    sandbox.write(
        "changes/V1__good.sql",
        "create table good (n integer);\ninsert into good values (1), (2);\n-- vesto: rollback\ndrop table good;\n",
    );
    for (number, (sql, rollback, _)) in WRONG.iter().enumerate() {
        let rollback = if rollback.is_empty() { "" } else { &format!("-- vesto: rollback\n{rollback}\n") };
        sandbox.write(&format!("changes/V{}__c.sql", number + 2), &format!("{sql}\n{rollback}"));
    }
    let events = sandbox.vesto(["prove", "--format", "json", "--junit", "junit.xml"]).ends(5).events();
    let finding = |id: &str| {
        let mut found = events.iter().filter(|event| event["event"] == "change-proven" && event["id"] == id);
        found.next().unwrap_or_else(|| panic!("nothing was told of {id}")).clone()
    };
    assert_eq!(finding("V1")["proof"], "proven");
    for (number, (sql, _, words)) in WRONG.iter().enumerate() {
        let found = finding(&format!("V{}", number + 2));
        assert_eq!(found["proof"], "failed", "{sql}");
        for word in *words {
            let here =
                |text: &serde_json::Value| text.as_str().is_some_and(|text| text == *word || text.contains(word));
            let location = &found["failure"]["location"];
            let place =
                format!("{}:{}:{}", location["path"].as_str().unwrap_or(""), location["line"], location["column"]);
            let told = here(&found["message"])
                || here(&found["failure"]["message"])
                || place == *word
                || found["hints"].as_array().is_some_and(|lines| lines.iter().any(here))
                || found["differences"].as_array().is_some_and(|lines| lines.iter().any(here));
            assert!(told, "{sql}: {word}: {found}");
        }
    }
    let junit = sandbox.read("junit.xml");
    assert!(junit.contains("tests=\"12\" failures=\"11\" errors=\"0\""), "{junit}");
    assert!(junit.contains("table public.drops_nothing: was not there before"), "{junit}");
    let told = sandbox.vesto(["prove", "--only", "V1", "--only", "V3", "--only", "V9"]).ends(5).out("proven        V1");
    let told = told.out("FAILED        V3").out("failed: its rollback does not give back what was there before\n");
    let told = told.out("\n    table public.drops_another: was not there before\n").out("FAILED        V9");
    told.out("--> changes/V9__c.sql:3:1").out("1 change proven, 2 failed on dev (real)");
    is_clean(&sandbox);
}

#[test]
fn what_a_derived_rollback_keeps_aside_is_no_difference() {
    let Some(sandbox) = project("postgres") else { return };
    let sandbox = sandbox
        .file(
            "changes/V1__schema.sql",
            "create schema sales;\ncreate table sales.first (n integer);\ninsert into sales.first values (1);\n",
        )
        .file(
            "changes/V2__table.sql",
            "create table sales.t (id serial primary key, n integer unique);\ninsert into sales.t (n) values (7);\n",
        )
        .file("changes/V3__column.sql", "alter table sales.t add column c varchar(9) default 'x';\n")
        .file("changes/V4__index.sql", "create index by_c on sales.t (c);\n");
    let proven = sandbox.vesto(["prove"]).ends(0).out("1 change proven, 3 proven with data kept aside");
    let proven = proven.out("    schema sales_bckup_<suffix>\n").out("    table sales.t_bckup_<suffix>\n");
    proven.out("    column c_bckup_<suffix> of table sales.t\n").out("proven        V4");
    is_clean(&sandbox);
}

#[test]
fn what_cannot_be_undone_must_be_declared() {
    let Some(sandbox) = project("redshift") else { return };
    let sandbox = sandbox
        .file("changes/V1__t.sql", "create table t (n integer);\n")
        .file("changes/V2__rows.sql", "insert into t values (1);\n")
        .file("changes/V3__more.sql", "-- vesto: irreversible\ndelete from t;\n")
        .file("changes/V4__u.sql", "-- vesto: irreversible\ncreate table u (n integer);\n")
        .file(
            "changes/V5__w.sql",
            "-- vesto: irreversible\ncreate table w (n integer);\n-- vesto: rollback\ndrop table w;\n",
        );
    let told = sandbox.vesto(["prove", "--junit", "junit.xml"]).ends(5);
    let told = told.out("FAILED        V2").out("it is not known which rows came in").out("hint: write what undoes it");
    let told =
        told.out("or declare it with a line `-- vesto: irreversible`").out("irreversible  V3").out("irreversible  V4");
    let told =
        told.out("warning: `V4` is declared irreversible, and vesto can derive a rollback").lacks("`V3` is declared");
    let told =
        told.out("warning: `V5` is declared irreversible and has a rollback all the same").out("proven        V5");
    told.out("2 changes proven, 2 irreversible, 1 failed");
    let junit = sandbox.read("junit.xml");
    for part in
        ["tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"2\"", "<skipped message=\"declared irreversible\"/>"]
    {
        assert!(junit.contains(part), "{part}: {junit}");
    }
    sandbox.write("changes/U2__rows.sql", "delete from t where n = 1;\n");
    sandbox.vesto(["prove"]).ends(0).out("3 changes proven, 2 irreversible");
    is_clean(&sandbox);
}

#[test]
fn a_change_that_fails_ends_it() {
    let Some(sandbox) = project("redshift") else { return };
    let sandbox = sandbox
        .file("changes/V1__t.sql", "create table t (n integer);\n")
        .file("changes/V2__bad.sql", "insert into nowhere values (1);\n")
        .file("changes/V3__u.sql", "create table u (n integer);\n");
    let told = sandbox.vesto(["prove", "--junit", "junit.xml"]).ends(6).out("proven        V1").out("ERROR         V2");
    let told = told.out("relation \"nowhere\" does not exist").out("changes/V2__bad.sql:1:13").out("not started   V3");
    told.out("1 change proven, 1 broken, 1 not started on dev (double)");
    let junit = sandbox.read("junit.xml");
    for part in [
        "tests=\"3\" failures=\"0\" errors=\"1\" skipped=\"1\"",
        "<error type=\"sqlstate 42P01\"",
        "classname=\"sample\" name=\"V3\"",
    ] {
        assert!(junit.contains(part), "{part}: {junit}");
    }
    // One that is only to be applied first counts as well.
    sandbox.vesto(["prove", "--only", "V3"]).ends(6).out("ERROR         V2").out("not started   V3").lacks("V1");
    // What can be known before is told before.
    sandbox.write("changes/V2__bad.sql", "select '${unknown}';\n");
    sandbox.vesto(["prove"]).refuses(3, "unknown", "hint");
    is_clean(&sandbox);
}

#[test]
fn only_the_chosen_changes_are_proven() {
    let Some(sandbox) = project("redshift") else { return };
    for number in 1..=5 {
        let sql = format!("create table t{number} (n integer);\n-- vesto: rollback\ndrop table t{number};\n");
        sandbox.write(&format!("changes/V{number}__t.sql"), &sql);
    }
    sandbox.write(
        "changes/V2__t.sql",
        "create table t2 (n integer);\ninsert into t2 values (1);\n-- vesto: rollback\nselect 1;\n",
    );
    sandbox.vesto(["prove", "--from", "V3"]).ends(0).out("3 changes proven").out("V3  V3__t.sql").lacks("V2");
    sandbox.vesto(["prove", "--only", "V1", "--only", "V4"]).ends(0).out("2 changes proven").lacks("V3");
    sandbox.vesto(["prove", "--to", "V2"]).ends(5).out("1 change proven, 1 failed").lacks("V3");
    sandbox.vesto(["prove", "--from", "V9"]).refuses(3, "`V9`", "hint");
    is_clean(&sandbox);
}

#[test]
fn repeatable_changes_go_back_to_nothing_and_to_their_earlier_text() {
    let Some(sandbox) = project("redshift") else { return };
    let sandbox = sandbox
        .file("changes/V1__t.sql", "create table t (n integer);\n")
        .file(
            "changes/R__p.sql",
            "create or replace procedure p() as $$ begin delete from t; end; $$ language plpgsql;\n",
        )
        .file("changes/R__v.sql", "create or replace view v as select n from t;\n")
        .file("changes/R__w.sql", "create or replace view w as select n from v;\n");
    sandbox.vesto(["prove"]).ends(0).out("4 changes proven");
    for name in ["v", "w"] {
        let text = sandbox.read(&format!("changes/R__{name}.sql"));
        sandbox.write(
            &format!("changes/R__{name}.sql"),
            &format!("{text}grant select on {name} to public;\ncomment on view {name} is 'one';\n"),
        );
    }
    sandbox.vesto(["prove"]).ends(0).out("4 changes proven");
    sandbox
        .write("changes/R__w.sql", "create or replace view w as select n from v;\n-- vesto: rollback\ndrop view w;\n");
    let told = sandbox.vesto(["prove"]).ends(5).out("FAILED        R__w");
    told.out("the rollback of a second application does not bring the first one back")
        .out("view public.w: is not there");
    is_clean(&sandbox);
}

#[test]
fn projects_of_ini_files_are_proven_too() {
    let Some(sandbox) = project("redshift") else { return };
    let settings = sandbox.read("vesto.ini").replace("[project]", "[project]\nchanges = queries.ini");
    let sandbox = sandbox.file("vesto.ini", &settings).file(
        "queries.ini",
        "[DDL_v01]\nquery0 = create table a (n integer)\nquery1 = create view v as select n from a\n\
         [DML_v01]\nquery0 = insert into a values (1)\n",
    );
    let told = sandbox.vesto(["prove"]).ends(5).out("proven        DDL_v01.query0").out("proven        DDL_v01.query1");
    told.out("FAILED        DML_v01.query0").out("it is not known which rows came in");
    sandbox.vesto(["prove", "--only", "DDL_v01"]).ends(0).out("2 changes proven");
    is_clean(&sandbox);
}

#[test]
fn what_reaches_beyond_the_database_is_left_out() {
    let Some(sandbox) = project("redshift") else { return };
    let role = format!("made_by_{}", sandbox.database().name);
    let sandbox = sandbox
        .file("changes/V1__role.sql", &format!("create role {role};\n"))
        .file("changes/V2__t.sql", "create table t (n integer);\n")
        .file("changes/V3__more.sql", "-- vesto: requires=V1\ncreate table u (n integer);\n")
        .file("changes/V4__w.sql", &format!("create table w (n integer);\n-- vesto: rollback\ndrop role {role};\n"));
    let told = sandbox.vesto(["prove", "--junit", "junit.xml"]).ends(0);
    let told = told.out("left out      V1").out("it concerns roles, which belong to the whole server, and is not run");
    let told = told.out("left out      V3").out("it requires `V1`, which is left out").out("left out      V4");
    told.out("1 change proven, 3 left out");
    assert!(sandbox.read("junit.xml").contains("skipped=\"3\""));
    assert_eq!(sandbox.ask(&format!("select count(*) from pg_roles where rolname = '{role}'")), "0");
    is_clean(&sandbox);
}

#[test]
fn a_local_server_is_made_for_what_concerns_the_whole_server() {
    let Some(sandbox) = Sandbox::local() else { return };
    let sandbox = sandbox
        .file("changes/V1__role.sql", "create group analysts;\n")
        .file("changes/V2__t.sql", "create table t (n integer);\ngrant select on t to group analysts;\n")
        .file("changes/V3__wrong.sql", "create role forgotten;\n-- vesto: rollback\nselect 1;\n")
        .file("changes/V4__u.sql", "alter database dev set search_path = public;\n")
        .file("changes/V5__w.sql", "create table w (n integer);\n");
    let told = sandbox.vesto(["prove"]).ends(5).out("proven        V1").out("proven        V2");
    let told = told.out("FAILED        V3").out("role \"forgotten\" already exists").out("left out      V4");
    told.out("proven        V5").out("3 changes proven, 1 left out, 1 failed on local (double)");
    assert!(!sandbox.path(".vesto/prove/data").exists() && !sandbox.path(".vesto/prove/place").exists());
    assert!(!sandbox.path(".vesto/local").exists(), "the project's own server is not needed");
    sandbox.remove("changes/V3__wrong.sql");
    sandbox.vesto(["prove"]).ends(0);
}

#[test]
fn each_step_has_a_session_of_its_own() {
    let Some(sandbox) = project("postgres") else { return };
    let sandbox = sandbox
        .file("changes/V1__t.sql", "create temporary table scratch (n integer);\ncreate table t (n integer);\n")
        .file("changes/V2__u.sql", "create schema s;\nset search_path = s;\ncreate table u (n integer);\n-- vesto: rollback\ndrop table s.u;\ndrop schema s;\n");
    sandbox.vesto(["prove"]).ends(0).out("2 changes proven");
    is_clean(&sandbox);
}

#[test]
fn who_may_not_make_databases_is_told_the_cure() {
    let Some(sandbox) = project("postgres") else { return };
    sandbox.write("changes/V1__t.sql", "create table t (n integer);\n");
    sandbox.ask(&format!("alter role {} nocreatedb", role(&sandbox)));
    sandbox.vesto(["prove"]).refuses(7, "permission denied to create database", "alter role NAME createdb");
    is_clean(&sandbox);
}

#[test]
fn a_cluster_is_not_used_without_consent() {
    let sandbox = Sandbox::new()
        .file(
            "vesto.ini",
            "[project]\ntarget = dwh\n\n[target dwh]\nkind = redshift\nendpoint = 127.0.0.1\nport = 1\nuser = u\n",
        )
        .file("changes/V1__t.sql", "create table t (n integer);\n");
    sandbox.vesto(["prove"]).refuses(
        7,
        "`dwh` is a Redshift cluster",
        "prove with `--target local`, or agree with `--yes`",
    );
    sandbox.vesto(["prove", "--yes"]).refuses(7, "127.0.0.1:1", "");
}

#[test]
fn what_killed_runs_left_is_cleared_away() {
    let Some(sandbox) = project("postgres") else { return };
    sandbox.write("changes/V1__t.sql", "create table t (n integer);\n");
    let owner = role(&sandbox);
    let now = sandbox.ask("select to_char(clock_timestamp() at time zone 'UTC', 'YYYYMMDDHH24MISS')");
    for name in ["20200101000000_dead", &format!("{now}_dead"), "of_ours"] {
        sandbox.ask(&format!("create database vesto_prove_{name} owner {owner}"));
    }
    sandbox.vesto(["prove"]).ends(0).out("1 change proven");
    assert_eq!(databases(&sandbox), "vesto_prove_of_ours");
    sandbox.ask("drop database vesto_prove_of_ours");
    is_clean(&sandbox);
}

#[test]
fn a_run_that_is_stopped_leaves_no_database() {
    let Some(rig) = Rig::new() else { return };
    rig.local("redshift", "stopped");
    rig.change("V1__fast", "create table t (n integer);\n");
    rig.change("V2__slow", "select pg_sleep(120);\n");
    let left = "select count(*) from pg_database where datname like 'vesto\\_prove\\_%'";
    let asleep =
        "select count(*) from pg_stat_activity where datname like 'vesto\\_prove\\_%' and wait_event = 'PgSleep'";
    for signal in [Signal::INT, Signal::TERM] {
        let running = rig.start(&["prove"]);
        rig.await_answer("postgres", asleep, "1");
        running.signal(signal);
        running.end().expect(130).says(&[
            "proven        V1",
            "unfinished    V2",
            "interrupted: 1 change proven, 1 unfinished",
        ]);
        assert_eq!(rig.ask("postgres", left), "0");
    }
}

#[test]
fn what_a_killed_run_left_is_told_from_what_is_in_use() {
    let Some(rig) = Rig::new() else { return };
    rig.local("redshift", "killed");
    rig.change("V1__fast", "create table t (n integer);\n");
    rig.change("V2__slow", "select pg_sleep(120);\n");
    let all = "select datname from pg_database where datname like 'vesto\\_prove\\_%' order by 1";
    let sessions = "select count(*) from pg_stat_activity where datname like 'vesto\\_prove\\_%'";
    let asleep = format!("{sessions} and wait_event = 'PgSleep'");
    let killed = rig.start(&["prove"]);
    rig.await_answer("postgres", &asleep, "1");
    let left = rig.ask("postgres", all);
    killed.kill();
    // The server notices that the client of a statement is gone.
    rig.await_answer("postgres", sessions, "0");
    assert_eq!(rig.ask("postgres", all), left);
    // A run that has made its database and not connected to it yet. The number is that of vesto's locks.
    let now = rig.ask("postgres", "select to_char(clock_timestamp() at time zone 'UTC', 'YYYYMMDDHH24MISS')");
    let made = format!("vesto_prove_{now}_made");
    rig.ask("postgres", "create database elsewhere");
    let mut maker = rig.session("elsewhere");
    maker.ask(&format!("select pg_advisory_lock_shared(1986360180, hashtext('{made}'))"));
    maker.ask(&format!("create database {made}"));
    let working = rig.start(&["prove"]);
    rig.await_answer("postgres", &asleep, "1");
    let used = rig.ask("postgres", all);
    assert!(used.contains(&made) && !used.contains(&left) && used.lines().count() == 2, "{used}");
    rig.vesto(&["prove", "--to", "V1"]).expect(0);
    assert_eq!(rig.ask("postgres", all), used);
    working.signal(Signal::INT);
    working.end().expect(130);
    drop(maker);
    rig.await_answer("postgres", "select count(*) from pg_locks where classid = 1986360180", "0");
    rig.vesto(&["prove", "--to", "V1"]).expect(0);
    assert_eq!(rig.ask("postgres", all), "");
}
