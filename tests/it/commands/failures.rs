//! Why a command ended without doing what was asked, for programs.

use serde_json::{Value, json};

use crate::support::{Answer, Sandbox};

/// The last line of standard output, which says what standard error says in words.
#[track_caller]
fn told(answer: &Answer) -> Value {
    let last = answer.events().pop().expect("a line");
    assert_eq!((&last["event"], &last["version"]), (&json!("failed"), &json!(1)), "{last}");
    assert_eq!(last["code"].as_i64(), answer.code.map(i64::from), "{last}");
    let message = last["message"].as_str().expect("a text").lines().next().expect("a line").to_owned();
    let words = message.split('`').next().expect("a part");
    assert!(answer.stderr.contains(words), "{words:?} is not in {}", answer.stderr);
    last
}

#[test]
fn what_keeps_a_run_from_beginning_is_a_line_of_json() {
    let project = "[project]\nname = sample\n[target gone]\nkind = postgres\nhost = /nonexistent\nuser = nobody\n";
    let sandbox = Sandbox::new().file("vesto.ini", project).file("changes/V1__t.sql", "create table t (n integer);\n");
    for command in ["apply", "rollback", "run", "test --junit t.xml", "prove", "apply p.json"] {
        let answer = sandbox.typed(&format!("{command} --target lokal --format json"));
        assert_eq!((answer.code, answer.events().len()), (Some(3), 1), "{command}");
        let last = told(&answer);
        assert_eq!(last["run"], Value::Null);
        if command != "apply p.json" {
            assert_eq!(last["message"], "there is no target `lokal`\nhint: did you mean `local`?");
        }
    }
    let last = told(&sandbox.typed("apply --target gone --format json").ends(7));
    assert!(last["hints"].is_array() && last["causes"].is_array(), "{last}");
    let words = "rollforward queries.ini ALL ALL s dw_config.ini DEV --format json";
    assert_eq!(told(&sandbox.typed(words).ends(3))["run"], Value::Null);
    sandbox.write("faults.json", "no");
    told(&sandbox.typed("emulate --faults faults.json --format json").ends(3));
    // Text, and questions, whose answer is one document, have nothing on stdout.
    sandbox.typed("apply --target lokal").refuses(3, "there is no target `lokal`", "did you mean `local`?");
    for question in ["plan", "status", "history", "verify", "ping", "apply --dry-run"] {
        let line = format!("{question} --target lokal --format json");
        sandbox.typed(&line).refuses(3, "there is no target `lokal`", "did you mean `local`?");
    }
}

#[test]
fn what_ends_a_command_after_its_run_names_the_run() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    sandbox.write("changes/V1__t.sql", "create table t (n integer);\n");
    let answer = sandbox.typed("apply --format json --junit changes").ends(1).err("a report is incomplete");
    let (last, events) = (told(&answer), answer.events());
    assert_eq!(last["run"], events[0]["run"], "the report is of a run: {last}");
    assert_eq!(events[events.len() - 2]["event"], "run-finished");
    // A run that told of its failure itself says nothing more.
    sandbox.write("changes/V2__u.sql", "insert into nowhere values (1);\n");
    let answer = sandbox.typed("apply --format json").ends(6);
    assert_eq!(answer.events().pop().expect("a line")["event"], "run-finished");
}
