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

/// Without the setting, "Orders" would be `orders`.
#[test]
fn a_name_that_a_setting_decides_is_not_taken_for_another() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    sandbox.write("changes/V1__a.sql", "create table orders (n integer);\n");
    let text = "set enable_case_sensitive_identifier to true;\ncreate table \"Orders\" (n integer);\n";
    sandbox.write("changes/V2__b.sql", text);
    sandbox.vesto(["apply"]).ends(0);
    let made = "select string_agg(tablename, ' ' order by tablename) from pg_tables where lower(tablename) = 'orders'";
    assert_eq!(sandbox.ask(made), "Orders orders");
    sandbox.vesto(["rollback"]).refuses(
        3,
        "it sets the parameter enable_case_sensitive_identifier",
        "-- vesto: rollback",
    );
    assert_eq!(sandbox.ask(made), "Orders orders");
}

#[test]
fn an_earlier_text_without_or_replace_replaces_all_the_same() {
    for dialect in ["redshift", "postgres"] {
        let Some(sandbox) = Sandbox::on_server(dialect) else { return };
        let function = |head: &str, n: u8| {
            format!("{head} function f(a int) returns int stable as $$ select {n} $$ language sql;\n")
        };
        let procedure = |head: &str, n: u8| {
            format!(
                "{head} procedure p() as $$ begin delete from t; insert into t values ({n}); end; $$ language plpgsql;\n"
            )
        };
        let text = |head: &str, n: u8| {
            let view = format!("{head} view v as select {n} as n;\n");
            format!("{}{}{view}", function(head, n), procedure(head, n))
        };
        let sandbox = sandbox
            .file("changes/V1__t.sql", "create table t (n integer);\n")
            .file("changes/V2__first.sql", &text("/* new */ create", 1))
            .file("changes/V3__second.sql", &text("create or replace", 2))
            .file(
                "changes/V4__other.sql",
                "create or replace function f(a varchar(9)) returns int stable as $$ select 3 $$ language sql;\n",
            );
        sandbox.vesto(["apply"]).ends(0);
        let found = "call p(); select f(1); select n from v; select n from t";
        assert_eq!(sandbox.ask(found), "2, 2, 2");
        sandbox.vesto(["rollback"]).ends(0);
        let overloads = "select pg_get_function_arguments(oid) from pg_proc where proname = 'f'";
        assert_eq!(sandbox.ask(overloads), "a integer", "another routine of the same name is not brought back over it");
        sandbox.vesto(["rollback"]).ends(0).out("V3");
        assert_eq!(sandbox.ask(found), "1, 1, 1");
        sandbox.vesto(["rollback"]).ends(0);
        assert_eq!(sandbox.ask("select count(*) from pg_proc where proname in ('f', 'p')"), "0");
    }
}

#[test]
fn a_replaced_view_keeps_what_others_put_on_it() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    let text = |n: &str| format!("create or replace view v as select {n};\n");
    let apply = |n: &str| {
        sandbox.write("changes/R__v.sql", &text(n));
        sandbox.vesto(["apply"]).ends(0);
    };
    apply("1 as n");
    apply("2 as n, 3 as m");
    // Nothing would go with it, so it may be dropped for the sake of its columns.
    sandbox.vesto(["rollback"]).ends(0);
    assert_eq!(sandbox.ask("select n from v"), "1");
    let rights = "select array_to_string(relacl, ' ') || obj_description(oid) from pg_class where relname = 'v'";
    sandbox.ask("grant select on v to public; comment on view v is 'of ours'; create view reads_v as select n from v");
    let before = sandbox.ask(rights);
    apply("2 as n");
    sandbox.vesto(["rollback"]).ends(0);
    assert_eq!((sandbox.ask("select n from reads_v").as_str(), sandbox.ask(rights)), ("1", before.clone()));
    apply("2 as n, 3 as m");
    sandbox.vesto(["rollback"]).ends(6).out("cannot drop columns from view");
    assert_eq!((sandbox.ask("select n from reads_v").as_str(), sandbox.ask(rights)), ("2", before));
}

/// Each with what the last change's rollback is to say, or nothing if it succeeds, and the rights that are left.
const GRANTS: [(&str, &str, &str, &str); 10] = [
    ("grant select on t to AA;", "grant select, insert on public.t to AA;", "`V2` gave the same right", "AA=ar"),
    (
        "grant select on all tables in schema public to AA;",
        "grant select on t to AA;",
        "`V2` gave the same right",
        "AA=r",
    ),
    ("grant all on t to AA;", "grant update on t to AA with grant option;", "`V2` gave the same right", "AA=arw*dDxt"),
    (
        "do $$ begin execute 'grant select on t to AA'; end $$;",
        "grant select on t to AA;",
        "cannot be told whether `V2`",
        "AA=r",
    ),
    (
        "create procedure p() as $$ begin grant select on t to AA; end; $$ language plpgsql; call p();",
        "grant select on t to AA;",
        "cannot be told whether `V2`",
        "AA=r",
    ),
    ("grant select on t to AA;", "grant insert on t to AA; grant select on t to BB;", "", "AA=r"),
    ("create table u (n integer); grant select on u to AA;", "grant select on t to AA;", "", ""),
    (
        "select 1;",
        "create function f() returns int as 'select 1' language sql; grant execute on function f() to public;",
        "",
        "",
    ),
    (
        "create function g() returns int as 'select 1' language sql;",
        "grant execute on function g() to public;",
        "everybody may have had",
        "",
    ),
    ("grant usage on schema public to AA;", "grant usage on schema public to AA;", "`V2` gave the same right", ""),
];

#[test]
fn a_right_that_others_gave_too_is_not_taken_away() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    let names = ["aa", "bb"].map(|name| format!("{name}_{}", sandbox.database().name));
    sandbox.ask(&format!("create role {}; create role {}", names[0], names[1]));
    let named = |text: &str| text.replace("AA", &names[0]).replace("BB", &names[1]);
    let rights = "select array_to_string(array(select split_part(a::text, '/', 1) from unnest(relacl) a \
        where a::text !~ '^boss'), ' ') from pg_class where relname = 't'";
    for (first, second, refusal, left) in GRANTS {
        sandbox.ask("drop schema if exists vesto cascade; drop schema public cascade; create schema public");
        sandbox.write("changes/V1__t.sql", "create table t (n integer);\n");
        sandbox.write("changes/V2__first.sql", &named(first));
        sandbox.write("changes/V3__second.sql", &named(second));
        sandbox.vesto(["apply"]).ends(0);
        match refusal {
            "" => drop(sandbox.vesto(["rollback"]).ends(0).out("1 change rolled back")),
            _ => drop(sandbox.vesto(["rollback"]).refuses(3, refusal, "-- vesto: rollback").err("`V3`")),
        }
        assert_eq!(sandbox.ask(rights).replace("NULL", ""), named(left), "{first} / {second}");
    }
    sandbox.ask(&format!("drop owned by {0}, {1}; drop role {0}, {1}", names[0], names[1]));
}

#[test]
fn rights_of_a_repeatable_change_go_back_to_its_earlier_text() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    let role = format!("rr_{}", sandbox.database().name);
    sandbox.ask(&format!("create role {role}; create role {role}2; create table t (n integer)"));
    let rights = "select string_agg(privilege_type, ' ' order by privilege_type) || ' ' || count(distinct grantee) \
        from information_schema.role_table_grants where table_name = 't' and grantee like 'rr\\_%'";
    let apply = |text: &str| {
        sandbox.write("changes/R__rights.sql", &text.replace("RR", &role));
        sandbox.vesto(["apply"]).ends(0);
    };
    apply("grant select on t to RR;\ngrant delete on t to RR;\n");
    apply("grant select -- still\n on t to RR;\ngrant insert, delete on t to RR, RR2;\n");
    assert_eq!(sandbox.ask(rights), "DELETE DELETE INSERT INSERT SELECT 2");
    sandbox.vesto(["rollback"]).ends(0);
    assert_eq!(sandbox.ask(rights), "DELETE SELECT 1");
    sandbox.vesto(["rollback"]).ends(0);
    assert_eq!(sandbox.ask(rights), "NULL");
    sandbox.ask(&format!("drop role {role}, {role}2"));
}
