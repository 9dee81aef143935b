//! An S3 service for the tests: moto, which `ci/test` installs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use crate::support::{Sandbox, announce};

/// A service that ends with the value.
pub(crate) struct Moto {
    process: Child,
    port: u16,
}

impl Moto {
    /// A new service with one empty bucket. Nothing, after a loud word, where moto is not installed.
    pub(crate) fn start(bucket: &str) -> Option<Self> {
        static INSTALLED: OnceLock<bool> = OnceLock::new();
        let installed = *INSTALLED.get_or_init(|| {
            let found = Command::new("python3").args(["-c", "import moto.server"]).stderr(Stdio::null()).status();
            found.is_ok_and(|status| status.success())
        });
        if !installed {
            announce("LEFT OUT: tests of stores on S3, because `python3` has no moto[server]: see ci/test");
            return None;
        }
        let mut process = Command::new("python3")
            .args(["-c", "import moto.server, sys; moto.server.main(sys.argv[1:])", "-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("python3 runs");
        // It listens when it says where.
        let mut log = BufReader::new(process.stderr.take().expect("it is piped"));
        let mut said = String::new();
        let port = loop {
            let length = log.read_line(&mut said).expect("a log in UTF-8");
            assert!(length > 0, "moto ended: {said}");
            let port = said.lines().last().and_then(|line| line.split_once("http://127.0.0.1:"));
            if let Some(port) = port.and_then(|(_, port)| port.trim().parse().ok()) {
                break port;
            }
        };
        // A pipe that nobody empties would stop it.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        let moto = Self { process, port };
        moto.request("PUT", &format!("/{bucket}")).expect("a new bucket");
        Some(moto)
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Makes the bucket the store of a project whose store was a folder. Its secret key is the variable TEST_SECRET.
    pub(super) fn becomes_store_of(&self, project: &Sandbox) {
        let endpoint = self.endpoint();
        let keys = "access_key_id = AKIATEST\nsecret_access_key = ${env:TEST_SECRET}";
        let bucket = format!("bucket = bucket\nendpoint = {endpoint}\n{keys}");
        project.write("vesto.ini", &project.read("vesto.ini").replace("folder = store", &bucket));
    }

    /// The answer to a request without a signature; nothing if nobody listens or it is refused.
    pub(super) fn request(&self, method: &str, path: &str) -> Option<String> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            self.port
        );
        socket.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).ok()?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        answer.lines().next().is_some_and(|line| line.contains(" 200")).then_some(answer)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
