//! Projects that are wrong: the place, the cure, code 3, and nothing done.

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use crate::support::Sandbox;

fn project() -> Sandbox {
    Sandbox::new()
        .file("vesto.ini", "[project]\nname = sample\n")
        .file("changes/V1__a.sql", "create table a (n integer);\n")
}

#[test]
fn files_of_a_directory_must_fit_together() {
    let sandbox = project().file("changes/V01__b.sql", "create table b (n integer);\n");
    sandbox.vesto(["plan", "--offline"]).refuses(3, "changes/V", "give one of them another version");
    let sandbox = project().file("changes/U2__b.sql", "drop table b;\n");
    sandbox.vesto(["plan", "--offline"]).refuses(3, "changes/U2__b.sql", "add `V2__<name>.sql`, or remove the file");
    let sandbox = project().file("changes/readme.sql", "select 1;\n");
    sandbox.vesto(["plan", "--offline"]).ends(0).err("warning").err("changes/readme.sql");
    let sandbox = project().file("changes/V2__b.sql", "-- vesto: requires=V3\nselect 1;\n");
    sandbox.vesto(["plan", "--offline"]).refuses(3, "V3", "");
    let sandbox = project().file("changes/V2__b.sql", "-- vesto: transactions=one\nselect 1;\n");
    sandbox.vesto(["plan", "--offline"]).refuses(3, "changes/V2__b.sql:1:", "did you mean `transaction`?");
    let sandbox = project().file("changes/V2__b.sql", "select 'open;\n");
    sandbox.vesto(["plan", "--offline"]).refuses(3, "changes/V2__b.sql:1:8", "^");
    let sandbox = project().file("changes/V99999999999999999999__b.sql", "select 1;\n");
    sandbox.vesto(["plan", "--offline"]).ends(0).err("hint: change the version: a number in it is too large");
    let sandbox = project();
    sandbox.remove("changes/V1__a.sql");
    sandbox.write("vesto.ini", "[project]\nchanges = migrations\n");
    sandbox.vesto(["plan", "--offline"]).refuses(3, "migrations", "correct `changes` in vesto.ini");
    Sandbox::new().vesto(["plan"]).refuses(3, "no vesto.ini", "`vesto init`");
}

#[test]
fn settings_are_read_strictly() {
    let check = |settings: &str, what: &str, cure: &str| {
        let sandbox = project().file("vesto.ini", settings);
        let refused = sandbox.vesto(["plan", "--offline"]).refuses(3, what, cure);
        refused.err(" --> vesto.ini:").err("^");
    };
    check("[project]\nchange = x\n", "unknown key `change`", "did you mean `changes`?");
    check("[projekt]\nname = x\n", "unknown section `[projekt]`", "did you mean `project`?");
    check("[target]\nkind = local\n", "unknown section `[target]`", "`[target NAME]`");
    check("[target dev]\nkind = postgress\n", "postgress", "did you mean `postgres`?");
    check("[target dev]\nkind = postgres\nurl = postgres://h/d\nhost = h\n", "both `url` and `host`", "remove one");
    check("[target dev]\nkind = postgres\nport = x\n", "`port`", "a number from 0 to 65535");
    check("[project]\nname = a\nname = b\n", "name", "vesto.ini:3:");
    let sandbox = project().file("vesto.ini", "[target dev]\nkind = postgres\n[target live]\nkind = postgres\n");
    sandbox.vesto(["plan", "--offline", "--target", "lve"]).refuses(3, "lve", "did you mean `live`?");
    let sandbox = project().file("vesto.ini", "[target dev]\nkind = postgres\npassword = ${env:NOT_SET}\n");
    sandbox.vesto(["plan", "--target", "dev"]).refuses(3, "`NOT_SET` is not set", "set NOT_SET before");
}

#[test]
fn variables_are_put_in_safely() {
    let sandbox = project().file("changes/V2__b.sql", "create table ${prefix}_b (n integer);\n");
    sandbox.vesto(["plan", "--offline"]).refuses(3, "prefix", "changes/V2__b.sql:1:14");
    sandbox.vesto(["plan", "--offline", "--var", "prefix=x"]).ends(0).out("create table x_b");
    sandbox.vesto(["plan", "--offline", "--var", "prefx=x"]).refuses(3, "prefix", "did you mean `${prefx}`?");
    sandbox.vesto(["plan", "--offline", "--var", "prefix"]).refuses(2, "no `=`", "--var NAME=VALUE");
    let hostile = "prefix=x (n int); drop table y; --";
    sandbox.vesto(["plan", "--offline", "--var", hostile]).refuses(3, "prefix", ":raw}").lacks("drop table y");
    sandbox.write("changes/V2__b.sql", "select ${word:literal}, '${word}';\n");
    sandbox.vesto(["plan", "--offline", "--var", "word=it's"]).refuses(3, "word", "without quotes around it");
    sandbox.write("changes/V2__b.sql", "select ${word:literal};\n");
    sandbox
        .vesto(["plan", "--offline", "--var", "word=it's; select 1"])
        .ends(0)
        .out("2 statements")
        .out("it''s; select 1");
    sandbox.write("changes/V2__b.sql", "${word:raw};\n");
    sandbox.vesto(["plan", "--offline", "--var", "word=select 2"]).ends(0).out("select 2");
}

#[test]
fn what_is_no_file_is_not_read() {
    let make = |sandbox: &Sandbox, path: &str| {
        let made = Command::new("mkfifo").arg(sandbox.path(path)).status().expect("mkfifo runs");
        assert!(made.success(), "mkfifo: {made}");
    };
    let sandbox = project();
    make(&sandbox, "changes/V2__pipe.sql");
    sandbox.vesto(["plan", "--offline"]).refuses(3, "changes/V2__pipe.sql`: it is a named pipe", "").err("remove it");
    sandbox.remove("changes/V2__pipe.sql");
    make(&sandbox, "pipe");
    symlink(sandbox.path("pipe"), sandbox.path("changes/V2__link.sql")).expect("a link");
    sandbox.vesto(["plan", "--offline"]).refuses(3, "changes/V2__link.sql`: it is a named pipe", "");
    sandbox.remove("changes/V2__link.sql");
    let socket = UnixListener::bind(sandbox.path("changes/V2__s.sql")).expect("a socket");
    sandbox.vesto(["plan", "--offline"]).refuses(3, "changes/V2__s.sql`: it is a socket", "");
    drop(socket);
    sandbox.remove("changes/V2__s.sql");
    // Others in the folder do not matter, and a link to a file is one.
    make(&sandbox, "changes/pipe");
    sandbox.write("elsewhere/b.sql", "create table b (n integer);\n");
    symlink(sandbox.path("elsewhere/b.sql"), sandbox.path("changes/V2__b.sql")).expect("a link");
    sandbox.vesto(["plan", "--offline"]).ends(0).out("create table b");
}
