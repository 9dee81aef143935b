//! What the double cannot do is told before it runs, and leaves a trace where it is left out.

use crate::support::Sandbox;

const TABLE: &str = "create table t (n integer encode az64) distkey (n);\n";
const MODEL: &str = "create model m from t target n function f iam_role default settings (s3_bucket 'b');\n";
const REFUSED: &str = "CREATE MODEL is not supported on the local target";

fn set(sandbox: &Sandbox, key: &str) {
    let settings = sandbox.read("vesto.ini");
    sandbox.write("vesto.ini", &settings.replace("dialect = redshift\n", &format!("dialect = redshift\n{key}\n")));
}

fn set_vars(sandbox: &Sandbox) {
    let settings = sandbox.read("vesto.ini");
    sandbox.write("vesto.ini", &format!("{settings}\n[vars]\nsecret = ${{env:TEST_SECRET}}\n"));
}

#[test]
fn plan_and_lint_tell_what_the_double_makes_of_a_statement() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    sandbox.write("changes/V1__t.sql", TABLE);
    sandbox.vesto(["plan"]).ends(0).out("    -- double: `distkey (n)` left out");
    sandbox.vesto(["plan", "--format", "json"]).ends(0).out("\"double\":");
    sandbox.vesto(["lint", "--check"]).ends(0).out("no findings");
    sandbox.vesto(["lint", "--verbose"]).ends(0).out("on the double: `distkey (n)` left out");
    sandbox.write("changes/V2__model.sql", MODEL);
    sandbox.vesto(["lint", "--check"]).ends(4).out(REFUSED).out("changes/V2__model.sql:1:1");
    sandbox.vesto(["plan"]).ends(0).out("-- double: refused: CREATE MODEL");
    sandbox.vesto(["apply"]).ends(6).out(REFUSED).out("changes/V2__model.sql:1:1");
    sandbox.vesto(["status"]).ends(0).out("1 change applied, 1 not settled");

    let Some(mut sandbox) = Sandbox::on_server("redshift") else { return };
    set_vars(&sandbox);
    sandbox.set("TEST_SECRET", "geheim");
    sandbox.write("changes/V1__t.sql", "create table t (n integer) distkey (${secret});\n");
    sandbox.vesto(["lint", "--verbose"]).ends(0).out("`distkey (${secret})` left out").lacks("geheim");
    sandbox.vesto(["plan"]).ends(0).out("-- double: `distkey (${secret})` left out").lacks("geheim");

    let Some(postgres) = Sandbox::on_server("postgres") else { return };
    let settings = postgres.read("vesto.ini");
    postgres.write("vesto.ini", &settings.replace("dialect = postgres", "dialect = postgres\ndouble = strict"));
    postgres.vesto(["plan"]).refuses(3, "target `dev` is no double", "dialect = redshift");
    postgres.write("vesto.ini", &settings);
    postgres.write("changes/V1__t.sql", "create table t (n integer);\n");
    postgres.vesto(["plan"]).ends(0).lacks("double");
    postgres.vesto(["lint", "--verbose"]).ends(0).out("no findings");
}

#[test]
fn a_lenient_double_leaves_out_what_it_lacks_and_says_so() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    set(&sandbox, "double = lenient");
    sandbox.write("changes/V1__t.sql", &format!("{TABLE}{MODEL}insert into t values (1);\n"));
    sandbox.vesto(["plan"]).ends(0).out("-- double: left out: CREATE MODEL");
    sandbox.vesto(["apply"]).ends(0).out("statement 2 of `V1` is left out").out(REFUSED);
    assert_eq!(sandbox.ask("select count(*) from t"), "1");
    sandbox.write("tests/t.sql", &format!("-- test: a model\n{MODEL}select n from t;\n-- expect:\n--   1\n"));
    sandbox.vesto(["test"]).ends(0).out("statement 1 of `a model` is left out");
    sandbox.remove("tests/t.sql");
    // Data are never left out, and neither is what fails on Redshift too.
    for (sql, why) in [
        ("copy t from 's3://b/k' iam_role default orc;\n", "COPY ORC"),
        ("create index i on t (n);\n", "not supported"),
        ("create view v as select st_area(st_point(1, 2)) a;\n", "not supported on the local target"),
    ] {
        sandbox.write("changes/V2__next.sql", sql);
        sandbox.vesto(["apply"]).ends(6).out(why).lacks("is left out");
    }
    let settings = sandbox.read("vesto.ini");
    sandbox.write("vesto.ini", &settings.replace("double = lenient", "double = relaxed"));
    sandbox.vesto(["plan"]).refuses(3, "unknown double `relaxed`", "`strict`, `lenient`");
}
