//! `vesto emulate` in front of the rig's own server, so that its tables can be looked at past the emulator.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::rig::Rig;

/// Who vesto logs in as.
pub(crate) const USER: &str = "awsuser";

/// It listens until it is dropped.
pub(crate) struct Emulator {
    pub(crate) port: u16,
    /// Port of the API face.
    pub(crate) api: u16,
    child: Child,
}

impl Emulator {
    /// With a database that is there from the start, and what is to go wrong.
    pub(crate) fn start(rig: &Rig, database: &str, faults: Option<&str>) -> Self {
        // The emulator's first cluster is called `local`, which is where the rig's server lies in this folder.
        let arguments =
            ["emulate", "--format", "json", "--listen", "127.0.0.1:0", "--api", "127.0.0.1:0", "--state", ".vesto"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_vesto"));
        command.args(arguments).args(["--user", USER, "--database", database]).current_dir(rig.root());
        if let Some(faults) = faults {
            rig.file("faults.json", faults);
            command.args(["--faults", "faults.json"]);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("vesto runs");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a line");
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("it does not listen: {line}"));
        let port = |of: &Value| of["port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
        let (port, api) = (port(&told["clusters"][0]), port(&told["api"]));
        // Nobody reads what it tells later, and it must not wait for that.
        std::thread::spawn(move || output.read_to_end(&mut Vec::new()));
        Self { port, api, child }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        // It may have ended by itself.
        let _ = pid.map(|pid| kill_process(pid, Signal::TERM));
        let _ = self.child.wait();
    }
}
