//! Changes of more than one step: statements that run alone, the journal, and going on where it stopped.

use crate::support::Sandbox;

#[test]
fn one_transaction_is_refused_where_there_cannot_be_one() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox
        .file("changes/V1__t.sql", "create table t (n integer);\n")
        .file("changes/V2__one.sql", "-- vesto: transaction=one\ninsert into t values (1);\nvacuum t;\n");
    for command in ["plan", "apply", "plan --offline"] {
        sandbox.typed(command).refuses(3, "changes/V2__one.sql:3:1", "hint: ").err("vacuum t");
    }
    assert_eq!(sandbox.ask("select count(*) from pg_class where relname = 't'"), "0", "V1 did not run");
}

#[test]
fn statements_that_run_alone_are_journaled() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox.file(
        "changes/V1__t.sql",
        "create table t (n varchar(10));\ninsert into t values ('a');\nvacuum t;\n\
         alter table t alter column n type varchar(20);\ninsert into t values ('long enough');\n",
    );
    sandbox.vesto(["plan"]).ends(0).out("outside any transaction: point of no return").out("2 points of no return");
    sandbox.vesto(["apply"]).ends(0).out("1 change applied");
    assert_eq!(sandbox.ask("select count(*) from t"), "2");
    assert_eq!(
        sandbox.ask("select step_state || ' ' || first_statement from vesto.journal order by sequence_no"),
        "done 0, intent 2, done 2, intent 3, done 3"
    );
    sandbox.vesto(["apply"]).ends(0).out("no changes");
}

#[test]
fn what_commits_inside_a_procedure_is_called_alone() {
    for dialect in ["redshift", "postgres"] {
        let Some(sandbox) = Sandbox::on_server(dialect) else { return };
        let procedure = |name: &str, body: &str| {
            format!("create procedure {name}() language plpgsql as $$\nbegin\n  {body}\nend $$;\n")
        };
        let sandbox = sandbox
            .file("changes/V1__t.sql", "create table t (n integer);\n")
            .file(
                "changes/V2__p.sql",
                &procedure("inner_one", "insert into t values (1); commit; insert into t values (2);"),
            )
            .file("changes/V3__q.sql", &procedure("outer_one", "call inner_one();"))
            .file("changes/V4__r.sql", &procedure("harmless", "insert into t values (3);"))
            .file("changes/V5__c.sql", "insert into t values (0);\ncall outer_one();\ncall harmless();\n")
            .file(
                "changes/V6__o.sql",
                "-- vesto: transaction=one\ninsert into t values (9);\ncall public.inner_one();\n",
            );
        sandbox.vesto(["plan", "--to", "V5"]).ends(0).out("1 point of no return");
        sandbox.vesto(["apply"]).refuses(3, "`call` cannot run inside a transaction", "transaction=one");
        assert_eq!(sandbox.ask("select count(*) from pg_class where relname = 't'"), "0", "nothing ran");
        sandbox.vesto(["apply", "--to", "V5"]).ends(0);
        assert_eq!(sandbox.ask("select string_agg(n::text, ',' order by n) from t"), "0,1,2,3");
        let journal =
            "select string_agg(step_state || ' ' || first_statement, ', ' order by sequence_no) from vesto.journal";
        assert_eq!(sandbox.ask(journal), "done 0, intent 1, done 1");
    }
}

#[test]
fn a_change_of_steps_goes_on_at_the_failed_one() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let good = "create table t (n integer);\nvacuum t;\ninsert into t values (1);\n";
    sandbox.write("changes/V1__t.sql", &good.replace("(1)", "('one')"));
    sandbox.write("changes/V2__u.sql", "create table u (n integer);\n");
    sandbox.vesto(["apply"]).ends(6).out("FAILED       V1").out("not started  V2").out("changes/V1__t.sql:3:");
    sandbox.vesto(["status"]).ends(0).out("half done").out("V1");
    let verified = sandbox.vesto(["verify", "--check"]).ends(4).out("V1 is half applied: 2 statements carried out");
    verified.out("complete it with `vesto apply`").out("0 changes verified, no difference, 1 change half done");
    let verified = sandbox.vesto(["verify", "--format", "json"]).json();
    assert_eq!(verified["half_done"][0]["id"], "V1");
    assert_eq!(verified["half_done"][0]["statements"], 2);
    sandbox.vesto(["lint"]).ends(0);
    sandbox.write("changes/V1__t.sql", &good.replace("n integer", "m integer"));
    sandbox.vesto(["apply"]).refuses(3, "`V1` is half applied", "restore the statements that ran");
    // What is done does not depend on its comments.
    sandbox.write("changes/V1__t.sql", &good.replace("t (n", "t -- of ours\n  (/* a number */ n"));
    sandbox.vesto(["plan"]).ends(0).out("insert into t").lacks("create table t").lacks("vacuum");
    sandbox.vesto(["apply"]).ends(0).out("2 changes applied");
    assert_eq!(sandbox.ask("select n from t"), "1");
    sandbox.vesto(["status", "--check"]).ends(0);
    sandbox.vesto(["verify", "--check"]).ends(0).out("2 changes verified, no difference\n");
}

#[test]
fn a_failure_in_the_first_run_of_all_is_found_and_counted() {
    for dialect in ["postgres", "redshift"] {
        let Some(sandbox) = Sandbox::on_server(dialect) else { return };
        for number in 1..=9 {
            sandbox.write(&format!("changes/V{number}__t.sql"), &format!("create table t{number} (n integer);\n"));
        }
        sandbox.write("changes/V3__t.sql", "select 1 / 0;\n");
        sandbox.vesto(["apply"]).ends(6).out("FAILED       V3").out("changes/V3__t.sql:1:1").lacks("at commit");
        let entries = "select change_id || ' ' || action from vesto.entry order by sequence_no";
        assert_eq!(sandbox.ask(entries), "V1 applied, V2 applied, V3 failed");
        assert_eq!(sandbox.ask("select count(*) from pg_class where relname ~ '^t[4-9]$'"), "0");
    }
}

#[test]
fn a_refused_lone_statement_is_not_in_doubt() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox.file(
        "changes/V1__t.sql",
        "create table t (n integer);\nalter table nowhere alter column n type varchar(20);\n",
    );
    sandbox.vesto(["apply"]).ends(6).out("\"nowhere\" does not exist").out("changes/V1__t.sql:2:");
    sandbox.vesto(["apply"]).ends(6);
    sandbox
        .write("changes/V1__t.sql", "create table t (n varchar(9));\nalter table t alter column n type varchar(20);\n");
    sandbox.vesto(["apply"]).refuses(3, "half applied", "");
    sandbox.write("changes/V1__t.sql", "create table t (n integer);\nvacuum t;\n");
    sandbox.vesto(["apply"]).ends(0);
}

#[test]
fn a_lone_statement_without_an_answer_is_in_doubt_until_the_database_tells() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox =
        sandbox.file("changes/V1__t.sql", "create table t (n integer);\nvacuum t;\ninsert into t values (1);\n");
    sandbox.vesto(["apply"]).ends(0);
    // What the ledger looks like if vesto was killed while it waited for the answer.
    sandbox.ask("drop table t; create table t (n integer); delete from vesto.entry; delete from vesto.journal where sequence_no > 2");
    assert_eq!(sandbox.ask("select step_state from vesto.journal order by sequence_no"), "done, intent");
    sandbox.vesto(["status"]).ends(0).out("in doubt");
    sandbox.vesto(["plan"]).ends(0).out("continues at statement 2").out("vacuum t");
    assert_eq!(
        sandbox.ask("select step_state from vesto.journal order by sequence_no"),
        "done, intent",
        "a plan writes nothing"
    );
    sandbox.vesto(["apply"]).ends(0);
    let journal = "select step_state from vesto.journal order by sequence_no";
    assert_eq!(sandbox.ask(journal), "done, intent, not-done, intent, done");
    assert_eq!(sandbox.ask("select count(*) from t"), "1");
    sandbox.vesto(["status", "--check"]).ends(0);
}

#[test]
fn a_change_may_limit_its_own_statements() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let slow = "-- vesto: timeout=50ms\ncreate table t (n varchar(9));\n\
                alter table t alter column n type varchar(20);\nselect pg_sleep(20);\n";
    let sandbox = sandbox.file("changes/V1__t.sql", slow).file("changes/V2__u.sql", "select pg_sleep(0.1);\n");
    sandbox.vesto(["apply"]).ends(6).out("statement timeout").out("changes/V1__t.sql:4:");
    sandbox.write("changes/V1__t.sql", &slow.replace("(20);\nselect pg_sleep(20)", "(20);\nselect 20"));
    sandbox.vesto(["apply"]).ends(0).out("2 changes applied");
    sandbox.vesto(["apply", "--timeout", "20ms"]).ends(0);
    sandbox.write("changes/V3__w.sql", "select pg_sleep(20);\n");
    sandbox.vesto(["apply", "--timeout", "20ms"]).ends(6).out("statement timeout");
}

#[test]
fn a_steps_failure_on_postgres_is_the_same() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    let sandbox = sandbox
        .file("changes/V1__t.sql", "create table t (n integer);\n")
        .file("changes/V2__i.sql", "create index concurrently i on t (n);\ninsert into t values (1);\n");
    sandbox.vesto(["apply"]).ends(0).out("2 changes applied on dev");
    sandbox.vesto(["rollback", "--last", "2"]).refuses(3, "V2", "-- vesto: rollback");
    sandbox.write("changes/U2__i.sql", "drop index concurrently i;\n");
    sandbox.vesto(["rollback", "--last", "2"]).ends(0).out("2 changes rolled back");
}

#[test]
fn what_no_change_can_do_is_refused_before_anything_runs() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    sandbox.write("changes/V1__t.sql", "create table t (n integer);\n");
    for (sql, message) in [
        ("copy t (n) from stdin;", "needs a client that has the data"),
        ("copy (select 1) to stdout with (format csv);", "needs a client that has the data"),
        ("discard all;", "would release the lock"),
    ] {
        sandbox.write("changes/V2__c.sql", sql);
        sandbox.vesto(["apply"]).ends(3).err(message).err("changes/V2__c.sql:1:1").err("hint:");
    }
    assert_eq!(sandbox.ask("select count(*) from pg_class where relname = 't'"), "0");
}

#[test]
fn a_change_that_goes_on_has_its_session_settings_again() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    let good = "create schema s2;\nset search_path = s2;\ncreate table t1 (n integer);\nvacuum;\ncreate table t2 (n integer);\n";
    sandbox.write("changes/V1__t.sql", &good.replace("t2 (n integer)", "t2 (n intt)"));
    sandbox.vesto(["apply"]).ends(6);
    sandbox.write("changes/V1__t.sql", good);
    sandbox.vesto(["apply"]).ends(0);
    let schemas = "select string_agg(schemaname || '.' || tablename, ',' order by tablename) from pg_tables \
        where tablename in ('t1', 't2')";
    assert_eq!(sandbox.ask(schemas), "s2.t1,s2.t2");
}

#[test]
fn a_half_done_change_does_not_go_on_with_another_value() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    let settings = sandbox.read("vesto.ini") + "\n[vars]\nname = aa\n";
    sandbox.write("vesto.ini", &settings);
    sandbox.write(
        "changes/V1__t.sql",
        "create table ${name} (n integer);\nvacuum ${name};\ninsert into ${name} values ('x');\n",
    );
    sandbox.vesto(["apply"]).ends(6);
    sandbox.write(
        "changes/V1__t.sql",
        "create table ${name} (n integer);\nvacuum ${name};\ninsert into ${name} values (1);\n",
    );
    sandbox.vesto(["apply", "--var", "name=bb"]).refuses(3, "`V1` is half applied", "restore the statements that ran");
    sandbox.vesto(["apply"]).ends(0);
}
