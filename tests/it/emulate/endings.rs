//! What is left when an emulator ends, in order or not.

use rustix::process::Signal;
use vesto::adapters::local_server::{LocalServer, Options};

use super::{Emulator, await_that, sandbox};

#[test]
fn nothing_is_left_behind_also_of_one_that_was_killed() {
    for (signal, code) in [(Signal::INT, Some(0)), (Signal::TERM, Some(0)), (Signal::KILL, None)] {
        let Some(emulator) = Emulator::start(&[]) else { return };
        let folder = emulator.left_behind().pop().expect("a throw-away server");
        // On root's behalf the server runs elsewhere; both places are gone in the end.
        let place = std::fs::read_to_string(folder.join("local/place")).map(|text| text.trim_end().to_owned());
        emulator.psql(&["-c", "create table t (a int)"]);
        emulator.end_with(signal, code);
        if let Ok(place) = place {
            await_that("the server's own folder is gone", || !std::path::Path::new(&place).exists());
        }
    }
}

#[test]
fn a_state_stays_and_a_killed_emulator_can_be_started_again() {
    let Some(sandbox) = sandbox() else { return };
    let arguments = ["--state", "state", "--cluster", "other=0"];
    let emulator = Emulator::start_in(sandbox, &arguments);
    let made = ["-c", "create table t (a int); insert into t values (7)", "-c", "create user bob password 'Passw0rd'"];
    emulator.psql(&made);
    let emulator = Emulator::start_in(emulator.end(), &arguments);
    assert_eq!(emulator.psql(&["-At", "-c", "select a from t"]), "7\n");
    let emulator = Emulator::start_in(emulator.end_with(Signal::KILL, None), &arguments);
    assert_eq!(emulator.psql(&["-At", "-c", "select usename from pg_user where usename = 'bob'"]), "bob\n");
    let sandbox = emulator.end();
    for cluster in ["state/local", "state/other"] {
        assert!(sandbox.path(cluster).exists());
        LocalServer::reset(&sandbox.path(cluster), &Options::default()).expect("it goes");
    }
}
