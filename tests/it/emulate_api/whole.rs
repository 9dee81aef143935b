//! The same programs against `vesto emulate --api`, where each cluster is a server with a port of its own.

use rustix::process::Signal;

use super::face::Face;
use crate::emulate::{Emulator, sandbox};

/// The API, with states that can be seen.
const API: &[&str] = &["--api", "127.0.0.1:0", "--api-delay", "300ms"];

/// Runs a program, and ends the emulator in order: nothing of its clusters may stay.
#[track_caller]
fn run(program: &str) {
    let Some(emulator) = Emulator::start(API) else { return };
    if let Some(face) = Face::of(&emulator) {
        face.run(program, "whole");
    }
    emulator.end();
}

#[test]
fn clusters_have_servers_of_their_own() {
    run("clusters.py");
}

#[test]
fn temporary_passwords_open_the_emulators_port() {
    run("credentials.py");
}

#[test]
fn snapshots_copy_whole_servers() {
    run("snapshots.py");
}

#[test]
fn statements_run_as_their_users() {
    run("statements.py");
}

#[test]
fn sessions_end_with_their_time() {
    run("batches.py");
}

#[test]
fn the_clusters_of_the_command_line_are_known() {
    run("given.py");
}

#[test]
fn nothing_is_left_of_a_killed_emulator() {
    let Some(emulator) = Emulator::start(API) else { return };
    if let Some(face) = Face::of(&emulator) {
        face.run("leftover.py", "whole");
    }
    emulator.end_with(Signal::KILL, None);
}

#[test]
fn data_of_an_earlier_run_are_kept() {
    let Some(sandbox) = sandbox() else { return };
    let state = [API, &["--state", "state"]].concat();
    let emulator = Emulator::start_in(sandbox, &state);
    let Some(face) = Face::of(&emulator) else { return };
    face.run("leftover.py", "whole");
    let emulator = Emulator::start_in(emulator.end(), &[&state[..], &["--cluster", "whole-paused=0"]].concat());
    if let Some(face) = Face::of(&emulator) {
        face.run("kept.py", "whole");
    }
    emulator.end();
}

#[test]
fn faults_are_read_from_a_file() {
    let Some(sandbox) = sandbox() else { return };
    let sandbox = sandbox
        .file("faults.json", r#"{"api": [{"match": "redshift:DescribeClusters", "times": 1, "code": "Throttling"}]}"#);
    let emulator = Emulator::start_in(sandbox, &["--api", "127.0.0.1:0", "--faults", "faults.json"]);
    if let Some(face) = Face::of(&emulator) {
        face.run("fault_file.py", "whole");
    }
    emulator.end();
}

#[test]
fn the_api_is_for_this_machine_alone() {
    let Some(sandbox) = sandbox() else { return };
    let answer = sandbox.vesto(["emulate", "--listen", "127.0.0.1:0", "--api", "0.0.0.0:0"]);
    answer.refuses(2, "other machines can reach the API on 0.0.0.0:0", "listen on 127.0.0.1");
}
