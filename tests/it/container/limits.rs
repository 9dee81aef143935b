//! What vesto needs of its surroundings: almost nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::{Container, PROJECT, expect, open_to_all, project};

#[test]
fn the_local_target_needs_no_more_than_tmp() {
    let Some(sandbox) = project() else { return };
    let reports = sandbox.path("reports");
    fs::create_dir(&reports).expect("a folder");
    open_to_all(&reports);
    // Root's server is another user's. In a user namespace root is nobody but the caller, so there it cannot be.
    let uids: &[&str] = if rustix::process::geteuid().is_root() { &["12345", "0"] } else { &["12345"] };
    for uid in uids {
        let Some(container) = Container::new(&sandbox.path("."), true) else { return };
        let container = container.with_tmp().uid(uid).bind(&reports, "/media");
        let output = container.run(&["vesto", "run", "--format", "json", "--junit", "/media/vesto.xml"]);
        let told = expect(&output, 0);
        assert!(output.stderr.is_empty(), "{told}");
        let lines: Vec<Value> =
            told.lines().map(|line| serde_json::from_str(line).expect("JSON in each line")).collect();
        // Each line can be read alone, wherever logs are put together.
        let run = lines[0]["run"].as_str().expect("a run");
        assert!(lines.iter().all(|line| line["event"].is_string() && line["run"] == *run), "{told}");
        assert!(sandbox.read("reports/vesto.xml").contains("<testsuites"), "{told}");
        assert!(!sandbox.path(".vesto").exists());
        sandbox.remove("reports/vesto.xml");
    }
}

#[test]
fn data_of_a_project_that_is_read_only_last_as_long_as_tmp() {
    let Some(sandbox) = project() else { return };
    let temporary = sandbox.path("tmp");
    fs::create_dir(&temporary).expect("a folder");
    open_to_all(&temporary);
    for (words, said) in [(["vesto", "apply"], "1 change applied"), (["vesto", "apply"], "no changes to make")] {
        let Some(container) = Container::new(&sandbox.path("."), true) else { return };
        let output = container.bind(&temporary, "/media").env("TMPDIR", "/media").run(&words);
        assert!(expect(&output, 0).contains(said), "{output:?}");
    }
}

#[test]
fn a_project_of_another_user_is_left_as_it_is() {
    let Some(sandbox) = project() else { return };
    let Some(container) = Container::new(&sandbox.path("."), false) else { return };
    // To a container that is not root's, its user's files belong to the same user.
    let set_mode = |mode| fs::set_permissions(sandbox.path("."), fs::Permissions::from_mode(mode)).expect("a mode");
    set_mode(0o555);
    let output = container.with_tmp().run(&["vesto", "run"]);
    set_mode(0o755);
    expect(&output, 0);
    assert!(!sandbox.path(".vesto").exists());
}

#[test]
fn a_project_that_can_be_written_to_keeps_its_data() {
    let Some(sandbox) = project() else { return };
    open_to_all(&sandbox.path("."));
    let Some(container) = Container::new(&sandbox.path("."), false) else { return };
    expect(&container.run(&["vesto", "run"]), 0);
    assert!(sandbox.path(".vesto/local/data").exists());
    let Some(container) = Container::new(&sandbox.path("."), false) else { return };
    assert!(expect(&container.run(&["vesto", "apply"]), 0).contains("no changes to make"));
    let Some(container) = Container::new(&sandbox.path("."), false) else { return };
    expect(&container.run(&["vesto", "local", "reset"]), 0);
}

#[test]
fn without_any_place_it_says_what_to_mount() {
    let Some(sandbox) = project() else { return };
    let Some(container) = Container::new(&sandbox.path("."), true) else { return };
    let told = expect(&container.run(&["vesto", "run"]), 7);
    for words in [&format!("neither `{PROJECT}/.vesto/local` nor `/tmp`"), "TMPDIR", "tmpfs"] {
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn questions_that_need_no_server_need_nothing() {
    let Some(sandbox) = project() else { return };
    for words in [&["vesto", "lint"][..], &["vesto", "plan", "--offline"]] {
        let Some(container) = Container::new(&sandbox.path("."), true) else { return };
        expect(&container.run(words), 0);
    }
}
