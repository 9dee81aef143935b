//! What a change sets for its session holds in all of the change, and nowhere else.

use crate::support::Sandbox;

const PLACES: &str = "select string_agg(schemaname || '.' || tablename, ',' order by tablename) from pg_tables \
    where tablename like 't_'";

#[test]
fn no_change_sees_what_another_has_set() {
    for dialect in ["postgres", "redshift"] {
        let Some(sandbox) = Sandbox::on_server(dialect) else { return };
        let sandbox = sandbox
            .file("changes/V1__s.sql", "create schema s2;\nset search_path = s2;\ncreate table t1 (n integer);\n")
            .file("changes/V2__t.sql", "create table t2 (n integer);\n")
            .file("changes/V3__c.sql", "select set_config('search_path', 's2', false);\ncreate table t3 (n integer);\n")
            .file("changes/V4__t.sql", "create table t4 (n integer);\n")
            .file(
                "changes/V5__p.sql",
                "create procedure moves() language plpgsql as $$ begin \
                 perform set_config('search_path', 's2', false); end $$;\n",
            )
            .file("changes/V6__c.sql", "call moves();\ncreate table t6 (n integer);\n")
            .file("changes/V7__t.sql", "create table t7 (n integer);\n")
            .file("changes/V8__l.sql", "set local search_path = s2;\ncreate table t8 (n integer);\n")
            .file("changes/V9__t.sql", "create table t9 (n integer);\n");
        sandbox.vesto(["apply"]).ends(0).out("9 changes applied");
        assert_eq!(sandbox.ask(PLACES), "s2.t1,public.t2,s2.t3,public.t4,s2.t6,public.t7,s2.t8,public.t9");
    }
}

#[test]
fn the_settings_of_the_target_come_back() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    let settings = sandbox.read("vesto.ini").replace("kind = postgres", "kind = postgres\nsearch_path = home, public");
    sandbox.write("vesto.ini", &settings);
    sandbox
        .write("changes/V1__s.sql", "create schema home;\nset search_path = public;\ncreate table t1 (n integer);\n");
    sandbox.write("changes/V2__t.sql", "create table t2 (n integer);\ndo $$ begin set search_path = public; end $$;\n");
    sandbox.write("changes/V3__t.sql", "create table t3 (n integer);\nreset all;\n");
    sandbox.write("changes/V4__t.sql", "create table t4 (n integer);\n");
    sandbox.vesto(["apply"]).ends(0);
    assert_eq!(sandbox.ask(PLACES), "public.t1,home.t2,home.t3,home.t4");
}

#[test]
fn the_ledger_is_written_by_who_logged_in() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    let role = format!("maker_{}", std::process::id());
    let make = format!("create role {role};\ncreate schema s2 authorization {role};\n");
    let sandbox = sandbox
        .file("changes/V1__r.sql", &make)
        .file("changes/V2__t.sql", &format!("set role {role};\ncreate table s2.t2 (n integer);\n"))
        .file("changes/V3__t.sql", &format!("set local role {role};\ncreate table s2.t3 (n integer);\n"))
        .file(
            "changes/V4__t.sql",
            &format!(
                "set session authorization {role};\ncreate table s2.t4 (n integer);\n\
                 create index concurrently on s2.t4 (n);\ncreate table s2.t5 (n integer);\n"
            ),
        )
        .file("changes/V6__t.sql", &format!("set role {role};\ncreate table s2.t6 (n integer);\nvacuum s2.nothing;\n"));
    sandbox.vesto(["apply", "--to", "V4"]).ends(0);
    let owners = "select string_agg(tablename || ' ' || (tableowner like 'maker%')::text, ',' order by tablename) \
        from pg_tables where tablename like 't_'";
    assert_eq!(sandbox.ask(owners), "t2 true,t3 true,t4 true,t5 true");
    sandbox.vesto(["apply"]).ends(6).out("s2.nothing");
    let entries = "select string_agg(change_id || ' ' || action, ',' order by sequence_no) from vesto.entry";
    assert_eq!(sandbox.ask(entries), "V1 applied,V2 applied,V3 applied,V4 applied,V6 failed");
    sandbox.ask(&format!("drop owned by {role} cascade; drop role {role}"));
}

#[test]
fn statements_that_run_alone_have_the_settings_of_their_change() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    let change = "create schema s2;\nset search_path = s2;\nset lock_timeout = '7s';\ncreate table t1 (n integer);\n\
        create index concurrently i1 on t1 (n);\ncreate table t2 as select current_setting('lock_timeout') as v;\n";
    sandbox.write("changes/V1__t.sql", change);
    sandbox.write("changes/V2__t.sql", "create table t3 as select current_setting('lock_timeout') as v;\n");
    sandbox.vesto(["apply"]).ends(0);
    assert_eq!(sandbox.ask(PLACES), "s2.t1,s2.t2,public.t3");
    assert_eq!(sandbox.ask("select schemaname from pg_indexes where indexname = 'i1'"), "s2");
    assert_eq!(sandbox.ask("select (select v from s2.t2) || ' ' || (select v from t3)"), "7s 0");
    // The same with a limit of its own, and where each statement is alone.
    let lone = "-- vesto: transaction=none\n-- vesto: timeout=50s\nset search_path = s2;\n\
        create table t4 as select current_setting('statement_timeout') as v;\ncreate table t5 (n integer);\n";
    sandbox.write("changes/V4__u.sql", &lone.replace("t5 (n integer)", "t5 (n intt)"));
    sandbox.vesto(["apply"]).ends(6);
    sandbox.write("changes/V4__u.sql", lone);
    sandbox.write("changes/V6__t.sql", "create table t6 as select current_setting('statement_timeout') as v;\n");
    sandbox.vesto(["apply"]).ends(0);
    assert_eq!(sandbox.ask(PLACES), "s2.t1,s2.t2,public.t3,s2.t4,s2.t5,public.t6");
    assert_eq!(sandbox.ask("select (select v from s2.t4) || ' ' || (select v from t6)"), "50s 0");
}

#[test]
fn the_isolation_that_a_change_asks_for_holds() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    let level =
        |table: &str| format!("create table {table} as select current_setting('transaction_isolation') as v;\n");
    sandbox.write(
        "changes/V1__t.sql",
        &format!("begin isolation level serializable;\n{}commit;\n{}", level("t1"), level("t2")),
    );
    sandbox.write("changes/V2__t.sql", &format!("set transaction isolation level repeatable read;\n{}", level("t3")));
    sandbox.write("changes/V4__t.sql", &level("t4"));
    sandbox.vesto(["apply"]).ends(0);
    let seen = "select string_agg(v, ',' order by n) from (select 1 as n, v from t1 union all select 2, v from t2 \
        union all select 3, v from t3 union all select 4, v from t4) as seen";
    assert_eq!(sandbox.ask(seen), "serializable,read committed,repeatable read,read committed");
    sandbox.write("changes/V5__t.sql", "begin transaction read only;\nselect 1;\ncommit;\n");
    sandbox.vesto(["apply"]).refuses(3, "cannot be read only", "leave `read only` out").err("V5__t.sql:1:1");
}
