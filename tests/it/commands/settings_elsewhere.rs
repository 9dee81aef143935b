//! Settings that are not in the project's own `vesto.ini`.

use std::io::Write;
use std::process::Stdio;

use crate::support::{Answer, Sandbox};
use crate::unload::moto::Moto;

const CHANGE: &str = "create table t (n integer);\n";

/// vesto with this on its standard input.
fn fed(sandbox: &Sandbox, line: &str, input: &str) -> Answer {
    let arguments: Vec<&str> = line.split_whitespace().collect();
    let mut command = sandbox.command(&arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    Answer::new(line.to_owned(), &child.wait_with_output().expect("an end"), "/nowhere")
}

#[test]
fn another_file_counts_and_its_paths_start_at_the_project() {
    let Some(sandbox) = Sandbox::on_server("postgres") else { return };
    let settings = sandbox.read("vesto.ini").replace("name = sample", "name = sample\nchanges = sql");
    sandbox.write("shop/sql/V1__t.sql", CHANGE);
    sandbox.write("ci/settings.ini", &settings);
    // The project's own are not read.
    sandbox.write("shop/vesto.ini", "[project]\ntarget = nowhere\n");
    sandbox.typed("apply --project shop --settings ci/settings.ini").ends(0).out("1 change applied on dev");
    sandbox.remove("shop/vesto.ini");
    sandbox.typed("status --check --project shop --settings ci/settings.ini").ends(0);
    fed(&sandbox, "status --check --project shop --settings -", &settings).ends(0);
    sandbox.typed("status --project shop --settings absent.ini").refuses(3, "cannot read", "absent.ini");
}

#[test]
fn a_mistake_on_the_standard_input_has_its_place() {
    let sandbox = Sandbox::new().file("changes/V1__t.sql", CHANGE);
    fed(&sandbox, "plan --settings -", "[project]\nchange = x\n").refuses(
        3,
        "unknown key `change`",
        "<standard input>:2:1",
    );
    fed(&sandbox, "lint --settings -", "").ends(0);
    let long = "#".repeat(1024 * 1024 + 1);
    fed(&sandbox, "lint --settings -", &long).refuses(3, "larger than settings ever are", "vesto.ini");
}

#[test]
fn an_object_of_s3_counts() {
    let Some(moto) = Moto::start("settings") else { return };
    let sandbox = Sandbox::new().file("changes/V1__t.sql", CHANGE);
    let sandbox = sandbox.env("AWS_ENDPOINT_URL", &moto.endpoint()).env("AWS_REGION", "eu-west-1");
    let sandbox = sandbox.env("AWS_ACCESS_KEY_ID", "AKIATESTER").env("AWS_SECRET_ACCESS_KEY", "s3cret-Key");
    moto.put("/settings/etl/vesto.ini", "[project]\nname = from-afar\nchanges = changes\n[vars]\nwrong name = 1\n");
    let refused = sandbox.typed("lint --settings s3://settings/etl/vesto.ini");
    refused.refuses(3, "`wrong name` cannot be the name of a variable", "s3://settings/etl/vesto.ini:5:1");
    moto.put("/settings/etl/vesto.ini", "[project]\nname = from-afar\n");
    sandbox.typed("lint --settings s3://settings/etl/vesto.ini").ends(0);
    let absent = sandbox.typed("lint --settings s3://settings/absent.ini");
    absent.refuses(3, "there is no `s3://settings/absent.ini`", "`s3:GetObject` is allowed");
    sandbox.typed("lint --settings s3://settings").refuses(2, "names no object", "s3://BUCKET/KEY");
}
