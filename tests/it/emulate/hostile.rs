//! Bytes that no program sends: the emulator stays, and no session is left on its server.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{Emulator, await_that};

/// A start-up that is let in.
const START: &[u8] = b"\0\0\0\x23\0\x03\0\0user\0awsuser\0database\0dev\0\0";

#[test]
fn streams_of_bytes_neither_end_it_nor_leave_sessions() {
    let Some(emulator) = Emulator::start(&["--max-message", "65536"]) else { return };
    let message = (prop::sample::select(b"QPBDECSHXFdcfp\0z".to_vec()), prop::collection::vec(any::<u8>(), 0..40));
    let framed = message.prop_map(|(tag, body)| {
        let length = u32::try_from(body.len() + 4).expect("a short body");
        [vec![tag], length.to_be_bytes().to_vec(), body].concat()
    });
    let texts = prop::sample::select(vec![
        b"Q\0\0\0\x0dselect 1\0".to_vec(),
        b"P\0\0\0\x10\0select 1\0\0\0".to_vec(),
        b"P\0\0\0\x0e\0vacuum\0\0\0".to_vec(),
        b"B\0\0\0\x0c\0\0\0\0\0\0\0\0".to_vec(),
        b"D\0\0\0\x06P\0".to_vec(),
        b"E\0\0\0\x09\0\0\0\0\0".to_vec(),
        b"S\0\0\0\x04".to_vec(),
        b"H\0\0\0\x04".to_vec(),
        b"Q\0\0\0\x0abegin\0".to_vec(),
    ]);
    let stream = prop::collection::vec(prop_oneof![framed, texts, prop::collection::vec(any::<u8>(), 0..20)], 0..12);
    let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&(any::<bool>(), stream), |(starts, stream)| {
        let start = if starts { START } else { b"" };
        send(emulator.port(), &[start, &stream.concat()].concat());
        Ok(())
    });
    outcome.expect("no stream is refused by the test itself");
    await_that("no session is left but the one that asks", || {
        emulator.psql(&["-At", "-c", "select count(*) from pg_stat_activity where usename = 'awsuser'"]) == "1\n"
    });
    emulator.end();
}

/// Sends bytes, closes that direction, and reads what comes until the other side closes too.
fn send(port: u16, bytes: &[u8]) {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    socket.set_read_timeout(Some(Duration::from_secs(30))).expect("a limit");
    // It may have closed the connection already.
    let _ = socket.write_all(bytes);
    let _ = socket.shutdown(std::net::Shutdown::Write);
    let ended = socket.read_to_end(&mut Vec::new());
    let in_time = ended.as_ref().err().is_none_or(|error| error.kind() != std::io::ErrorKind::WouldBlock);
    assert!(in_time, "it still holds a connection that the client has left");
}
