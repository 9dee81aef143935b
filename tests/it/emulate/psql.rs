//! psql: its commands for the catalogue, and what it prints of Redshift's SQL.

use super::Emulator;

#[test]
fn commands_for_the_catalogue_work() {
    let Some(emulator) = Emulator::start(&[]) else { return };
    let made = emulator.psql(&[
        "-q",
        "-c",
        "create table sales (id int primary key, price numeric(10,2) default 3, seen super) distkey (id)",
        "-c",
        "create view cheap as select id from sales",
        "-c",
        "create group analysts; create user bob password 'Passw0rd' in group analysts",
        "-c",
        "create function f_half (float) returns float immutable as $$ select $1 / 2 $$ language sql",
    ]);
    assert_eq!(made, "");
    let says = |arguments: &[&str], words: &[&str]| {
        let told = emulator.psql(arguments);
        for word in words {
            assert!(told.contains(word), "no `{word}` in\n{told}");
        }
        assert!(!told.contains("ERROR"), "{told}");
    };
    says(&["-c", "\\d sales"], &["price  | numeric(10,2) |           |          | 3", "seen   | super"]);
    says(&["-c", "\\d"], &["cheap", "sales", "view"]);
    says(&["-c", "\\d cheap"], &["View \"public.cheap\""]);
    says(&["-c", "\\dt"], &["sales"]);
    says(&["-c", "\\dv+"], &["cheap"]);
    says(&["-c", "\\d+ cheap"], &["View definition:", "sales.id"]);
    says(&["-c", "\\dt+ sales"], &["sales", "permanent"]);
    says(&["-c", "\\df"], &["f_half", "double precision"]);
    says(&["-c", "\\df+ f_half"], &["select $1 / 2"]);
    says(&["-c", "\\sf f_half"], &["CREATE OR REPLACE FUNCTION public.f_half"]);
    says(&["-c", "\\du"], &["awsuser", "bob"]);
    says(&["-c", "\\dn"], &["public"]);
    says(&["-c", "\\l"], &["dev"]);
    for command in ["\\dp", "\\dg", "\\db", "\\dx", "\\dT", "\\dC", "\\do", "\\da", "\\ddp", "\\dn+", "\\l+", "\\dd"] {
        says(&["-c", command], &[]);
    }
    says(&["-c", "\\conninfo"], &["SSL connection"]);
    says(&["-c", "select version()"], &["PostgreSQL 8.0.2 on", "Redshift 1.0"]);
    assert_eq!(emulator.psql(&["-At", "-c", "\\echo :SERVER_VERSION_NAME"]), "8.0.2\n");
    assert_eq!(emulator.psql(&["-At", "-c", "select groname from pg_group"]), "analysts\n");
    emulator.end();
}

#[test]
fn answers_come_in_the_order_of_the_statements_and_errors_point_at_their_place() {
    let Some(emulator) = Emulator::start(&[]) else { return };
    let sql = "create table t (a int, b varchar(10)) diststyle all; insert into t values (1, 'x'), (2, 'é');\n\
               unload ('select * from t') to 's3://lake/t_' iam_role default parallel off allowoverwrite;\n\
               copy t from 's3://lake/t_' iam_role default; vacuum t";
    let told = emulator.psql(&["-c", sql]);
    assert!(told.contains("VACUUM cannot run inside a transaction block"), "{told}");
    let told = emulator.psql(&["-At", "-c", &sql.replace("; vacuum t", "; select count(*) from t")]);
    let expected = "CREATE TABLE\nINSERT 0 2\nUNLOAD\nCOPY\n4\n\
                    INFO:  UNLOAD completed, 2 record(s) unloaded successfully.\n\
                    INFO:  Load into table 't' completed, 2 record(s) loaded successfully.\n";
    assert_eq!(told, expected);
    assert_eq!(emulator.psql(&["-c", "vacuum t"]), "VACUUM\n");
    let told = emulator.psql(&["-At", "-c", "select nvl('é', 'è');\nselect nvl(b, 'x'), nowhere from t; select 1"]);
    let expected = "é\nERROR:  column \"nowhere\" does not exist\nLINE 2: select nvl(b, 'x'), nowhere from t; select 1\n\
                    \u{20}                           ^\n";
    assert_eq!(told, expected);
    let told = emulator.psql(&["-c", "create index i on t (a)", "-c", "copy t from stdin", "-c", "select 'open"]);
    for words in [
        "SQL command \"create index\" not supported.",
        "LOAD source is not supported.",
        "a string literal is not closed",
    ] {
        assert!(told.contains(words), "no `{words}` in\n{told}");
    }
    assert_eq!(emulator.psql(&["-c", "", "-c", ";", "-c", "-- nothing"]), "");
    emulator.end();
}
