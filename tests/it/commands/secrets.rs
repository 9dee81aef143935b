//! Secrets are nowhere but where they were given.

use crate::support::{Answer, PASSWORD, Sandbox};

const TOKEN: &str = "t0ken-Geheim-99";

/// Everything that the ledger holds, as text.
fn ledger(sandbox: &Sandbox) -> String {
    let dump = |table: &str| sandbox.ask(&format!("select row_to_json(r)::text from vesto.{table} r"));
    ["run", "entry", "entry_text", "journal", "holder", "fence"].map(dump).join("\n")
}

fn keeps(answer: Answer) -> Answer {
    answer.lacks(PASSWORD).lacks(TOKEN)
}

#[test]
fn they_are_in_no_output_report_or_ledger() {
    let Some(mut sandbox) = Sandbox::on_server("redshift") else { return };
    let settings = sandbox.read("vesto.ini") + "\n[vars]\ntoken = ${env:TOKEN}\n";
    sandbox.write("vesto.ini", &settings);
    sandbox.set("TOKEN", TOKEN);
    sandbox.write("changes/V1__t.sql", "create table t (n varchar(40));\ninsert into t values ('${token}');\n");
    sandbox.write("tests/t.sql", "-- test: rows\nselect count(*) from t;\n-- expect cell: 1\n");
    for line in [
        "plan",
        "plan --format json",
        "plan --verbose",
        "apply --junit a.xml --format json",
        "history --format json",
        "test --verbose --junit t.xml",
        "status --format json",
        "verify",
        "plan --rollback",
        "rollback --verbose",
        "lint",
        "apply --verbose",
    ] {
        keeps(sandbox.typed(line).ends(0));
    }
    sandbox.write("changes/V2__u.sql", "insert into t select '${token}' from nowhere where '${token}' = 1;\n");
    for line in ["apply --junit f.xml", "apply --format json", "apply --verbose --quiet --color always"] {
        keeps(sandbox.typed(line));
    }
    // The server itself shows the value in its message.
    sandbox.write("changes/V2__u.sql", "insert into t select cast('${token}' as integer);\n");
    for line in ["apply --junit g.xml", "apply --format json", "history", "history --format json"] {
        keeps(sandbox.typed(line));
    }
    sandbox.write("changes/V2__u.sql", "comment on table t is 'it is ${token}';\n-- vesto: rollback\nselect 1;\n");
    for line in ["prove --junit p.xml", "prove --format json", "prove --verbose"] {
        keeps(sandbox.typed(line).ends(5).out("comment: `it is ****` is new"));
    }
    sandbox.remove("changes/V2__u.sql");
    sandbox.write("changes/V1__t.sql", "create table t (n varchar(50));\ninsert into t values ('${token}');\n");
    keeps(sandbox.vesto(["verify"]).ends(0).out("${token}"));
    keeps(sandbox.vesto(["test", "nothing-of-that-name"]).ends(3));
    let files = ["a.xml", "t.xml", "f.xml", "g.xml", "p.xml"].map(|file| sandbox.read(file)).join("\n");
    for text in [files, ledger(&sandbox)] {
        assert!(!text.contains(PASSWORD) && !text.contains(TOKEN), "{text}");
    }
    assert_eq!(sandbox.ask("select n from t"), TOKEN);
}

#[test]
fn they_are_in_no_message_of_a_failed_login() {
    let Some(mut sandbox) = Sandbox::on_server("postgres") else { return };
    sandbox.write("changes/V1__t.sql", "create table t (n integer);\n");
    let good = sandbox.database().url();
    let port = sandbox.database().server.port.to_string();
    for url in [
        good.replace(PASSWORD, TOKEN),
        good.replace("127.0.0.1", "127.0.0.1.nowhere.invalid").replace(PASSWORD, TOKEN),
        good.replace(&port, "1").replace(PASSWORD, TOKEN),
        good.replace("/test_", "/no_test_"),
    ] {
        sandbox.set("TEST_URL", &url);
        for line in ["plan", "apply --format json", "status --verbose", "test"] {
            let answer = sandbox.typed(line);
            assert!(line == "test" || answer.code == Some(7), "{line}: {answer:?}");
            keeps(answer);
        }
    }
    for url in [format!("postgres://u:{TOKEN}@h:port/d"), TOKEN.to_owned(), format!("mysql://u:{TOKEN}@h/d")] {
        sandbox.set("TEST_URL", &url);
        keeps(sandbox.vesto(["plan"]).ends(3).err("hint"));
    }
}

#[test]
fn they_are_in_no_answer_of_a_query() {
    let Some(mut sandbox) = Sandbox::on_server("postgres") else { return };
    let settings = sandbox.read("vesto.ini") + "\n[vars]\ntoken = ${env:TOKEN}\n";
    sandbox.write("vesto.ini", &settings);
    sandbox.set("TOKEN", TOKEN);
    sandbox.write("changes/V1__t.sql", "select ${token:literal} as x;\n");
    sandbox.write("changes/V2__t.sql", "select ${token:literal} as y;\n");
    sandbox.write("tests/t.sql", "-- test: rows\nselect ${token:literal} as x;\n-- expect cell: other\n");
    keeps(sandbox.vesto(["apply", "--only", "V1"]).ends(0).out("****"));
    keeps(sandbox.vesto(["apply", "--format", "json"]).ends(0).out("****"));
    keeps(sandbox.vesto(["test", "--junit", "t.xml"]).ends(5).out("****"));
    assert!(!sandbox.read("t.xml").contains(TOKEN));
}
