//! Programs of AWS's clients, each of which checks what it is answered.

use std::time::Duration;

use super::face::{Face, has_module};
use crate::support::announce;

/// How long states take: long enough to be seen, short enough to wait for.
const DELAY: Duration = Duration::from_millis(400);

#[test]
fn clusters_go_through_their_states() {
    let Some(face) = Face::start(DELAY) else { return };
    face.run("clusters.py", "apa");
}

#[test]
fn snapshots_are_copies() {
    let Some(face) = Face::start(DELAY) else { return };
    face.run("snapshots.py", "apb");
}

#[test]
fn tags_and_pages() {
    let Some(face) = Face::start(Duration::ZERO) else { return };
    face.run("tags.py", "apc");
}

#[test]
fn temporary_passwords_let_in() {
    let Some(face) = Face::start(Duration::ZERO) else { return };
    face.run("credentials.py", "apd");
}

#[test]
fn workgroups_are_clusters() {
    let Some(face) = Face::start(DELAY) else { return };
    face.run("serverless.py", "ape");
}

#[test]
fn faults_come_on_demand() {
    let Some(face) = Face::start(Duration::ZERO) else { return };
    face.run("faults.py", "apf");
}

#[test]
fn statements_run_on_the_double() {
    let Some(face) = Face::start(Duration::from_millis(100)) else { return };
    face.run("statements.py", "apg");
}

#[test]
fn batches_are_transactions_and_sessions_stay() {
    let Some(face) = Face::start(Duration::ZERO) else { return };
    face.run("batches.py", "aph");
}

#[test]
fn awswrangler_reads_frames() {
    let Some(face) = Face::start(Duration::ZERO) else { return };
    if !has_module("awswrangler") {
        announce("LEFT OUT: awswrangler against the emulator's API, because it is not installed: see ci/test");
        return;
    }
    face.run("wrangler.py", "apl");
}

#[test]
fn every_action_of_the_documentation_is_answered_and_no_other() {
    let Some(face) = Face::start(Duration::ZERO) else { return };
    face.run("every_action.py", "apm");
}
