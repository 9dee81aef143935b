//! Commands and notifications around a run.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::Sandbox;

/// A secret part of the webhook's URL.
const TOKEN: &str = "T0K3N-geheim-77";

/// An address that answers every request with this status line, and gives path and body of each.
fn webhook(status: &'static str) -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/services/{TOKEN}", listener.local_addr().expect("an address"));
    let (to, requests) = channel();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.expect("a connection");
            let mut reader = BufReader::new(socket.try_clone().expect("a socket"));
            let (mut first, mut length, mut line) = (String::new(), 0, String::new());
            reader.read_line(&mut first).expect("a request");
            while reader.read_line(&mut line).expect("a header") > 2 {
                if let Some((name, value)) =
                    line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                {
                    length = value.trim().parse().unwrap_or_else(|error| panic!("{name}: {error}"));
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            socket.write_all(answer.as_bytes()).expect("it reads");
            let path = first.split(' ').nth(1).expect("a path").to_owned();
            if to.send((path, serde_json::from_slice(&body).expect("JSON"))).is_err() {
                return;
            }
        }
    });
    (url, requests)
}

/// A project with one change and these hooks.
fn project(hooks: &str) -> Option<Sandbox> {
    let sandbox = Sandbox::on_server("redshift")?;
    let settings = sandbox.read("vesto.ini");
    sandbox.write("vesto.ini", &format!("{settings}\n[hooks]\n{hooks}"));
    sandbox.write("changes/V1__t.sql", "create table t (n integer);\n");
    // Says what it was given in a file of its name.
    let script =
        "#!/bin/sh\necho \"$1 speaks\"\ncat > \"$1.json\"\nenv | grep ^VESTO_ | grep -v AUTHOR | sort > \"$1.env\"\n";
    sandbox.write_private("hook", script, 0o700);
    Some(sandbox)
}

#[test]
fn commands_run_before_and_after_a_run_and_know_it() {
    let hooks = "before_run = ./hook before\nafter_run = ./hook after\non_failure = sh -c './hook \"failed\"'\n";
    let Some(sandbox) = project(hooks) else { return };
    let answer = sandbox.typed("apply --format json").ends(0).err("before speaks\n").err("after speaks\n");
    let events = answer.events();
    let run = events[0]["run"].as_str().expect("an id");
    let known = format!("VESTO_COMMAND=apply\nVESTO_PROJECT=sample\nVESTO_RUN={run}\nVESTO_TARGET=dev\n");
    assert_eq!(sandbox.read("before.env"), known);
    assert_eq!(sandbox.read("after.env"), known.replace("VESTO_PROJECT", "VESTO_EXIT_CODE=0\nVESTO_PROJECT"));
    let given = |name: &str| -> Value { serde_json::from_str(&sandbox.read(&format!("{name}.json"))).expect("JSON") };
    assert_eq!((&given("before")["code"], &given("before")["runs"]), (&Value::Null, &json!([])));
    let after = given("after");
    assert_eq!((&after["code"], &after["run"], &after["runs"][0]["run"]), (&json!(0), &json!(run), &json!(run)));
    assert_eq!(after["runs"][0]["changes"]["applied"], 1, "{after}");
    assert!(!sandbox.path("failed.json").exists());

    sandbox.write("changes/V2__u.sql", "insert into nowhere values (1);\n");
    sandbox.typed("run").ends(6).err("failed speaks");
    let failed = given("failed");
    assert_eq!((&failed["code"], &failed["command"], &given("after")["code"]), (&json!(6), &json!("run"), &json!(6)));
    assert_eq!(failed["failures"][0]["subject"], "V2", "{failed}");
    assert!(failed["failures"][0]["message"].as_str().expect("a text").contains("nowhere"), "{failed}");
    // What only shows has no hooks.
    sandbox.typed("apply --dry-run").ends(0).lacks("speaks");
    sandbox.typed("status").ends(0).lacks("speaks");
}

#[test]
fn a_run_does_not_begin_without_the_consent_of_its_hook() {
    let hooks = "before_run = sh -c 'echo not on Fridays >&2 && exit 9'\nafter_run = ./hook after\non_failure = ./hook failed\n";
    let Some(sandbox) = project(hooks) else { return };
    sandbox
        .typed("apply")
        .refuses(7, "`before_run` does not let the run begin: `sh` ended with exit status: 9", "nothing was done")
        .err("not on Fridays")
        .err("failed speaks")
        .lacks("after speaks");
    assert_eq!(sandbox.ask("select count(*) from information_schema.schemata where schema_name = 'vesto'"), "0");
    let last = sandbox.typed("test --format json").ends(3).events();
    assert_eq!(last[0]["event"], "failed", "without a test there is nothing to ask for");
    let last = sandbox.typed("apply --format json").ends(7).events();
    assert_eq!((&last[0]["event"], &last[0]["code"], &last[0]["run"]), (&json!("failed"), &json!(7), &Value::Null));
    sandbox.write("vesto.ini", &sandbox.read("vesto.ini").replace("before_run = sh", "before_run = ./nowhere"));
    sandbox.typed("apply").refuses(7, "`./nowhere` cannot be started", "nothing was done");
}

#[test]
fn what_fails_after_a_run_is_a_warning() {
    let command = "sh -c 'sleep 61 & echo $! > pid; wait'";
    let Some(sandbox) = project(&format!("timeout = 300ms\nafter_run = {command}\n")) else { return };
    let begun = Instant::now();
    sandbox.typed("apply").ends(0).err("warning: `after_run`: it was ended after ");
    assert!(begun.elapsed() < Duration::from_secs(30));
    let sleeper = sandbox.read("pid");
    let state = || std::fs::read_to_string(format!("/proc/{}/stat", sleeper.trim())).unwrap_or_default();
    while state().contains("(sleep) S") {
        assert!(begun.elapsed() < Duration::from_secs(30), "what it started goes on");
    }
    let settings = sandbox.read("vesto.ini");
    sandbox.write("vesto.ini", &settings.replace(command, "false"));
    sandbox.typed("apply").ends(0).err("warning: `after_run`: `false` ended with exit status: 1");
    // A `;` after a blank begins a comment.
    sandbox.write("vesto.ini", &settings.replace("> pid; wait", "> pid ; wait"));
    sandbox.typed("apply").refuses(3, "the value of `after_run` does not fit", "begins a comment");
}

#[test]
fn the_end_of_a_run_is_posted_and_its_address_kept_secret() {
    let (url, requests) = webhook("200 OK");
    let Some(sandbox) = project("notify_url = ${env:HOOK_URL}\ntimeout = 5s\n") else { return };
    sandbox.typed("apply").ends(0).err("warning: `notify_url`").err("`HOOK_URL` is not set");
    let mut sandbox = sandbox;
    sandbox.set("HOOK_URL", &url);
    sandbox.write("changes/V2__u.sql", "create table u (n integer);\n");
    sandbox.typed("apply --verbose").ends(0).lacks(TOKEN).lacks("warning");
    let (path, posted) = requests.recv().expect("a request");
    assert_eq!(path, format!("/services/{TOKEN}"));
    assert_eq!((&posted["command"], &posted["target"], &posted["code"]), (&json!("apply"), &json!("dev"), &json!(0)));
    let text = posted["text"].as_str().expect("a text");
    assert!(text.starts_with("vesto apply of sample on dev is done; 1 change applied (run "), "{text}");

    let settings = sandbox.read("vesto.ini") + "notify_format = slack\nnotify_on = failure\n";
    sandbox.write("vesto.ini", &settings);
    sandbox.typed("rollback").ends(0);
    sandbox.write("changes/V3__v.sql", "select '<!channel>'::integer;\n");
    sandbox.typed("apply").ends(6);
    let (_, posted) = requests.recv().expect("a request");
    let text = posted["text"].as_str().expect("a text");
    assert_eq!(posted, json!({"text": text}), "a rollback that succeeds is not told");
    assert!(
        text.contains("failed with code 6; 1 change applied, 1 failed; V3: ") && text.contains("&lt;!channel&gt;"),
        "{text}"
    );

    for status in ["404 Not Found", "302 Found\r\nLocation: /elsewhere"] {
        let (url, requests) = webhook(status);
        sandbox.set("HOOK_URL", &url);
        let answer =
            sandbox.typed("apply").ends(6).err("warning: `notify_url`: the notification was not taken: the answer is ");
        answer.err(&status[..9]).lacks(TOKEN);
        requests.recv().expect("a request");
        assert!(requests.try_recv().is_err(), "it follows nobody");
    }
    for url in ["http://127.0.0.1:1/T0K3N-geheim-77", "no url T0K3N-geheim-77", "ftp://127.0.0.1/T0K3N-geheim-77"] {
        sandbox.set("HOOK_URL", url);
        sandbox.typed("apply").ends(6).err("warning: `notify_url`").lacks(TOKEN);
    }
}

#[test]
fn hooks_may_be_for_some_targets_only() {
    let Some(sandbox) = project("targets = prod\nbefore_run = false\n[target prod]\nkind = postgres\n") else { return };
    sandbox.typed("apply").ends(0);
    sandbox.typed("apply --target prod").refuses(7, "`before_run` does not let the run begin", "nothing was done");
    let settings = sandbox.read("vesto.ini");
    sandbox.write("vesto.ini", &settings.replace("targets = prod", "targets = dev, prd"));
    sandbox.typed("apply").refuses(3, "there is no target `prd`", "did you mean `prod`?");
    sandbox.write("vesto.ini", &settings.replace("before_run", "before"));
    sandbox.typed("apply").refuses(3, "unknown key `before` in `[hooks]`", "before_run");
}
