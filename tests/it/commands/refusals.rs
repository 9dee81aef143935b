//! What Redshift refuses and PostgreSQL would carry out.

use crate::support::Sandbox;

#[test]
fn the_double_refuses_what_redshift_refuses() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    sandbox.write("changes/V1__t.sql", "create table t (n integer, c varchar(10));\n");
    for (sql, place, message) in [
        ("create table u (\n  id serial\n);\n", "2:3", "Column \"u.id\" has unsupported type \"serial\"."),
        ("create index i on t (n);\n", "1:1", "SQL command \"create index\" not supported."),
        ("insert into t values (1, 'a') on conflict do nothing;\n", "1:31", "syntax error at or near \"on\""),
        ("insert into t\nselect generate_series(1, 3), 'a';\n", "2:8", "not supported on Redshift tables"),
    ] {
        sandbox.write("changes/V2__u.sql", sql);
        let shown = format!("changes/V2__u.sql:{place}");
        sandbox.vesto(["lint"]).ends(0).out("Redshift refuses this").out("changes/V2__u.sql").out(message);
        sandbox.vesto(["apply"]).ends(6).out(message).out(&shown).out("hint:");
        sandbox.vesto(["status"]).ends(0).out("V2");
    }
    assert_eq!(sandbox.ask("select count(*) from t"), "0");
    sandbox.write("changes/V2__u.sql", "insert into t values (1, 'a');\n");
    sandbox.vesto(["apply"]).ends(0);
    let postgres = Sandbox::on_server("postgres")
        .map(|sandbox| sandbox.file("changes/V1__t.sql", "create table t (id serial);\n"));
    let Some(postgres) = postgres else { return };
    postgres.vesto(["lint"]).ends(0).lacks("Redshift refuses");
    postgres.vesto(["apply"]).ends(0);
}

#[test]
fn names_are_read_as_redshift_reads_them() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    sandbox.write("changes/V1__t.sql", "create schema \"Mart\";\ncreate table \"Mart\".\"Sales\" (\"Id\" integer);\n");
    let loaded = "insert into mart.sales values (1);\ninsert into \"MART\".\"Sales\" (\"ID\") values (2);\n";
    sandbox.write("changes/V2__rows.sql", loaded);
    sandbox.vesto(["apply"]).ends(0);
    assert_eq!(sandbox.ask("select sum(id) from mart.sales"), "3");

    let kept = "set enable_case_sensitive_identifier to true;\ncreate table \"Kept\" (\"Id\" integer);\n\
                insert into \"Kept\" (\"Id\") values (4);\nreset enable_case_sensitive_identifier;\n\
                create table \"Folded\" (\"Id\" integer);\n";
    sandbox.write("changes/V3__kept.sql", kept);
    sandbox.vesto(["apply"]).ends(0);
    assert_eq!(sandbox.ask("select \"Id\" from \"Kept\""), "4");
    assert_eq!(sandbox.ask("select count(id) from folded"), "0");
}

#[test]
fn names_longer_than_postgresqls_are_taken_and_taken_back() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let (table, column) = ("t".repeat(127), "c".repeat(64));
    sandbox.write("changes/V1__t.sql", &format!("create table {table} (id integer);\n"));
    sandbox.write("changes/V2__t.sql", &format!("alter table {table} add column {column} integer;\n"));
    sandbox.vesto(["plan"]).ends(0).out(&format!("-- double: the name `{column}` is `cccc"));
    sandbox.vesto(["apply"]).ends(0);
    let columns = "select count(*) from svv_columns where length(table_name) = 127 and length(column_name) = 64";
    assert_eq!(sandbox.ask(columns), "1");
    sandbox.vesto(["rollback", "--last", "1"]).ends(0);
    assert_eq!(sandbox.ask(columns), "0");
    sandbox.vesto(["rollback", "--last", "1"]).ends(0);
    assert_eq!(sandbox.ask("select count(*) from pg_class where relname like 'tttt%'"), "0");

    sandbox.write("changes/V1__t.sql", &format!("create table t (\n  {} integer\n);\n", "c".repeat(128)));
    sandbox.write("changes/V2__t.sql", "");
    sandbox.vesto(["apply"]).ends(6).out("exceeds the maximum of 127 bytes").out("changes/V1__t.sql:2:3");
}

#[test]
fn what_has_capitals_in_its_name_is_taken_back() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    sandbox.write("changes/V1__t.sql", "create table \"Sales\" (\"Id\" integer);\n");
    sandbox.write("changes/V2__t.sql", "alter table \"Sales\" add column \"Amount\" integer;\n");
    sandbox.vesto(["apply"]).ends(0);
    assert_eq!(sandbox.ask("select count(amount) from sales"), "0");
    sandbox.vesto(["rollback", "--last", "2"]).ends(0);
    assert_eq!(sandbox.ask("select count(*) from pg_class where relname ilike 'sales'"), "0");
}

#[test]
fn rows_must_pass_all_policies() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let policies = "create table t (n integer, owner varchar(20));\ninsert into t values (1, 'a'), (2, 'a'), (2, 'b');\n\
                    create rls policy few with (n integer) as the_row using (the_row.n > 1);\n\
                    create rls policy own with (owner varchar(20)) using (owner = 'a');\n\
                    create user reader_of_rows password disable;\ngrant select on t to reader_of_rows;\n\
                    attach rls policy few on t to public;\nattach rls policy own on table t to reader_of_rows;\n\
                    alter table t row level security on;\n";
    sandbox.write("changes/V1__t.sql", policies);
    sandbox.vesto(["apply"]).ends(0);
    let seen = "set role reader_of_rows; select count(*) from t";
    assert_eq!(sandbox.ask(seen), "1");
    let detached = "detach rls policy own on t from reader_of_rows;\n";
    sandbox.write("changes/V2__t.sql", detached);
    sandbox.vesto(["apply"]).ends(0);
    assert_eq!(sandbox.ask(seen), "2");
}

#[test]
fn a_routine_fails_where_the_double_cannot_go_on() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let made = "create table t (n integer);\ncreate procedure p(load integer) as $$\nbegin\n  if load = 1 then\n    \
                copy t from 's3://b/k' iam_role default;\n  end if;\n  insert into t values (1);\nend;\n$$ language plpgsql;\n";
    sandbox.write("changes/V1__p.sql", made);
    sandbox.write("changes/V2__call.sql", "call p(0);\n");
    sandbox.vesto(["apply"]).ends(0);
    assert_eq!(sandbox.ask("select count(*) from t"), "1");
    sandbox.write("changes/V3__call.sql", "call p(1);\n");
    sandbox.vesto(["apply"]).ends(6).out("COPY inside of a routine is not supported on the local target");
}
