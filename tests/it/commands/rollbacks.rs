//! Rollbacks that nobody wrote: derived from what was applied, and keeping what holds data.

use crate::support::Sandbox;

fn tables(sandbox: &Sandbox) -> String {
    let names = sandbox.ask(
        "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace \
         where relkind = 'r' and (nspname like 'sales%' or nspname = 'public') order by 1",
    );
    crate::support::stable(&names, "<no root>")
}

#[test]
fn a_table_with_rows_is_put_aside_and_an_empty_one_dropped() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox
        .file("changes/V1__full.sql", "create table full_one (n integer);\ninsert into full_one values (1);\n")
        .file("changes/V2__empty.sql", "create table empty_one (n integer) distkey (n);\n");
    sandbox.vesto(["apply"]).ends(0);
    let plan = sandbox.vesto(["plan", "--rollback", "--last", "2"]).ends(0).out("drop table \"empty_one\"");
    plan.out("alter table \"full_one\" rename to \"full_one_bckup_<suffix>\"").out("is kept with its rows");
    sandbox.vesto(["rollback", "--last", "2"]).ends(0);
    assert_eq!(tables(&sandbox), "public.full_one_bckup_<suffix>");
    let kept = sandbox.ask("select relname from pg_class where relname like 'full_one_bckup%'");
    assert_eq!(sandbox.ask(&format!("select count(*) from {kept}")), "1");
    sandbox.vesto(["apply"]).ends(0);
    assert_eq!(tables(&sandbox), "public.empty_one, public.full_one, public.full_one_bckup_<suffix>");
}

#[test]
fn a_schema_with_kept_tables_is_put_aside_too() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox.file("changes/V1__schema.sql", "create schema sales;\ncreate schema \"sales 2\";\n").file(
        "changes/V2__full.sql",
        "create table sales.full_one (n integer);\ninsert into sales.full_one values (1);\n",
    );
    sandbox.vesto(["apply"]).ends(0);
    sandbox.vesto(["rollback"]).ends(0);
    sandbox.vesto(["rollback"]).ends(0);
    assert_eq!(tables(&sandbox), "sales_bckup_<suffix>.full_one_bckup_<suffix>");
    assert_eq!(sandbox.ask("select count(*) from pg_namespace where nspname = 'sales 2'"), "0");
    sandbox.vesto(["apply"]).ends(0);
    sandbox
        .vesto(["plan", "--rollback", "--last", "2"])
        .ends(0)
        .out("alter schema \"sales\" rename to \"sales_bckup_<suffix>\"");
}

#[test]
fn a_column_with_values_is_put_aside() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox
        .file("changes/V1__t.sql", "create table t (n integer);\n")
        .file("changes/V2__full.sql", "alter table t add column filled varchar(9) default 'x';\n")
        .file("changes/V3__empty.sql", "alter table t add column unused varchar(9);\n");
    sandbox.vesto(["apply"]).ends(0);
    sandbox.ask("insert into t (n) values (1)");
    sandbox.vesto(["rollback", "--last", "2"]).ends(0);
    let columns = "select attname from pg_attribute where attrelid = 't'::regclass and attnum > 0 and not attisdropped";
    let columns = crate::support::stable(&sandbox.ask(columns), "<no root>");
    assert_eq!(columns, "n, filled_bckup_<suffix>");
    sandbox.vesto(["apply"]).ends(0);
}

#[test]
fn a_replaced_view_goes_back_to_its_stored_text() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox
        .file("changes/V1__v.sql", "create or replace view v as select 1 as n;\n")
        .file("changes/V2__v.sql", "create or replace view v as select 2 as n;\n");
    sandbox.vesto(["apply"]).ends(0);
    sandbox.remove("changes/V1__v.sql");
    sandbox.vesto(["plan"]).ends(0).out("missing from the project");
    sandbox.vesto(["plan", "--rollback"]).ends(0).out("goes back to its text of V1").out("select 1 as n");
    assert_eq!(sandbox.ask("select n from v"), "2");
    sandbox.vesto(["rollback"]).ends(0);
    assert_eq!(sandbox.ask("select n from v"), "1");
    sandbox.vesto(["rollback"]).ends(0).out("V1");
    assert_eq!(sandbox.ask("select count(*) from pg_class where relname = 'v'"), "0");
}

#[test]
fn a_repeatable_change_goes_back_text_by_text() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let text = |n: u8| format!("create or replace view v as select {n} as n;\n");
    for n in 1..=3 {
        sandbox.write("changes/R__v.sql", &text(n));
        sandbox.vesto(["apply"]).ends(0).out("R__v").out("1 change applied");
    }
    sandbox.vesto(["apply"]).ends(0).out("no changes");
    sandbox.vesto(["rollback"]).ends(0);
    assert_eq!(sandbox.ask("select n from v"), "2");
    sandbox.vesto(["status", "--check"]).ends(4).out("text changed").out("R__v");
    sandbox.vesto(["rollback"]).ends(0);
    assert_eq!(sandbox.ask("select n from v"), "1");
    sandbox.vesto(["apply"]).ends(0).out("1 change applied");
    assert_eq!(sandbox.ask("select n from v"), "3");
}

#[test]
fn what_cannot_be_undone_is_refused_before_anything_is() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox
        .file("changes/V1__t.sql", "create table t (n integer);\n")
        .file("changes/V2__rows.sql", "insert into t values (1);\n")
        .file("changes/V3__u.sql", "create table u (n integer);\n");
    sandbox.vesto(["apply"]).ends(0);
    for command in ["plan --rollback --last 3", "rollback --dry-run --last 3", "rollback --last 3"] {
        let refused =
            sandbox.typed(command).refuses(3, "`V2`", "write what undoes it below a line `-- vesto: rollback`");
        refused.err("it is not known which rows came in");
    }
    assert_eq!(tables(&sandbox), "public.t, public.u", "V3 was not undone either");
    sandbox.write("changes/U2__rows.sql", "delete from t where n = 1;\n");
    sandbox.vesto(["rollback", "--last", "3"]).ends(0).out("3 changes rolled back");
    assert_eq!(sandbox.vesto(["rollback"]).ends(0).lacks("V1").code, Some(0));
}

#[test]
fn what_is_declared_irreversible_is_refused() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox.file("changes/V1__t.sql", "-- vesto: irreversible\ncreate table t (n integer);\n");
    sandbox.vesto(["apply"]).ends(0);
    sandbox.vesto(["rollback"]).refuses(3, "`V1`: it is declared irreversible", "-- vesto: rollback");
    assert_eq!(tables(&sandbox), "public.t");
}

#[test]
fn the_ledger_keeps_what_the_project_lost() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox = sandbox
        .file("changes/V1__t.sql", "create table t (n integer);\n-- vesto: rollback\ndrop table t;\n")
        .file("changes/V2__u.sql", "create table u (n integer);\n")
        .file("changes/V3__w.sql", "create table w (n integer);\n")
        .file("changes/U3__w.sql", "drop table w; select 'undone' as word;\n");
    sandbox.vesto(["apply"]).ends(0);
    for file in ["V1__t", "V2__u", "V3__w", "U3__w"] {
        sandbox.remove(&format!("changes/{file}.sql"));
    }
    sandbox.vesto(["verify", "--check"]).ends(4).out("missing from the project").out("create table u (n integer)");
    sandbox.vesto(["status"]).ends(0).out("missing");
    sandbox.vesto(["rollback", "--from", "V1"]).ends(0).out("undone").out("3 changes rolled back");
    assert_eq!(tables(&sandbox), "");
}

#[test]
fn what_the_text_does_not_tell_is_not_undone_by_guess() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    let cases = [
        ("create schema s2;\nset search_path = s2;\ncreate table t1 (n integer);\n", "it sets the search path"),
        ("select setval('q', 100);\n", "it calls functions"),
        ("select 1 as a into made;\n", ""),
    ];
    sandbox.write("changes/V1__a.sql", "create table t1 (n integer);\ncreate sequence q;\n");
    sandbox.vesto(["apply"]).ends(0);
    for (number, (text, why)) in (2..).zip(cases) {
        sandbox.write(&format!("changes/V{number}__c.sql"), text);
        sandbox.vesto(["apply"]).ends(0);
        match why {
            "" => drop(sandbox.vesto(["rollback"]).ends(0).out("1 change rolled back")),
            why => drop(sandbox.vesto(["rollback"]).refuses(3, why, "-- vesto: rollback")),
        }
    }
    assert_eq!(sandbox.ask("select count(*) from pg_tables where tablename = 't1'"), "2");
    assert_eq!(sandbox.ask("select count(*) from pg_tables where tablename = 'made'"), "0");
}
