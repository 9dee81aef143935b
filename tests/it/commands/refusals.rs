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
