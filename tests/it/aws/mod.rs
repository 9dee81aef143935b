//! Targets of AWS, with the emulator's API face for Redshift and moto for the other services, over TLS that is verified.

mod behind;
mod clusters;
mod data_api;
mod ephemeral;
mod ingress;
mod roles;
mod secrets;
mod stores;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::emulate::{self, Emulator};
use crate::support::Sandbox;

/// The key id of who calls; the user of a database that stands for it is named after it.
const KEY_ID: &str = "AKIATESTER";
const SECRET_KEY: &str = "never-sent-S3cretKey";

/// A project whose targets are clusters of an emulator.
struct Site {
    emulator: Emulator,
    project: Sandbox,
}

impl Site {
    /// One cluster, `local`, whose endpoint has a name of AWS's form and a certificate for it.
    fn start(settings: &str) -> Option<Self> {
        Self::with_faults(settings, "[]")
    }

    /// The same, where these faults happen to calls.
    fn with_faults(settings: &str, faults: &str) -> Option<Self> {
        Self::with_fault_file(settings, &format!(r#"{{"faults": [], "api": {faults}}}"#))
    }

    /// The same, where this goes wrong with calls and statements.
    fn with_fault_file(settings: &str, faults: &str) -> Option<Self> {
        let sandbox = emulate::sandbox()?;
        sandbox.write("faults.json", faults);
        let names = [
            "*.emulated.eu-west-1.redshift.amazonaws.com",
            "local.123456789012.eu-west-1.redshift-serverless.amazonaws.com",
        ];
        let made = rcgen::generate_simple_self_signed(names.map(str::to_owned)).expect("a certificate");
        let certificate = pem("CERTIFICATE", made.cert.der());
        sandbox.write("server.pem", &certificate);
        sandbox.write("server.key", &pem("PRIVATE KEY", &made.signing_key.serialize_der()));
        let emulator = Emulator::start_in(
            sandbox,
            &[
                "--api",
                "127.0.0.1:0",
                "--api-delay",
                "300ms",
                "--api-host-names",
                "--tls-cert",
                "server.pem",
                "--tls-key",
                "server.key",
                "--faults",
                "faults.json",
            ],
        );
        let project = account(Sandbox::new(), &format!("http://127.0.0.1:{}", emulator.api))
            .file("vesto.ini", &format!("[project]\nname = sample\ntarget = dev\n\n{settings}"))
            .file("ca.pem", &certificate)
            .file("changes/V1__t.sql", "create table t (n integer) diststyle all;\ninsert into t values (1);\n")
            .file("tests/t.sql", "-- test: rows\nselect count(*) from t;\n-- expect cell: 1\n");
        Some(Self { emulator, project })
    }

    /// The rows of a query, as the server writes them, past the target.
    fn sql(&self, query: &str) -> String {
        self.emulator.psql(&["-At", "-c", query])
    }

    /// The states of all clusters by their names.
    fn clusters(&self) -> BTreeMap<String, String> {
        let told = self.boto3(
            "json.dumps({c['ClusterIdentifier']: c['ClusterStatus'] for c in client('redshift').describe_clusters()['Clusters']})",
        );
        serde_json::from_str(&told).expect("JSON")
    }

    /// An answer of the AWS API to boto3, as Python prints it.
    fn boto3(&self, expression: &str) -> String {
        boto3(&format!("http://127.0.0.1:{}", self.emulator.api), expression)
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64_STANDARD.encode(der))
}

/// The URL of a service on this machine that gives these answers (status and body) in turn, and the last one for ever.
fn answering(answers: &[(u16, &str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let texts: Vec<String> = answers
        .iter()
        .map(|(status, body)| {
            format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
        })
        .collect();
    std::thread::spawn(move || {
        for (number, socket) in listener.incoming().enumerate() {
            let mut socket = BufReader::new(socket.expect("a connection"));
            let (mut line, mut length) = (String::new(), 0);
            // A connection that ends early is of somebody who has given up.
            while socket.read_line(&mut line).unwrap_or_default() > 2 {
                if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = text.trim().parse().expect("a number");
                }
                line.clear();
            }
            let _ = socket.read_exact(&mut vec![0; length]);
            let _ = socket.get_mut().write_all(texts[number.min(texts.len() - 1)].as_bytes());
        }
    });
    url
}

/// The environment of a user of AWS.
fn account(sandbox: Sandbox, endpoint: &str) -> Sandbox {
    sandbox
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
}

/// What Python prints of an expression with boto3, where `client("service")` is a client of this endpoint.
fn boto3(endpoint: &str, expression: &str) -> String {
    python(endpoint, &format!("print({expression})"))
}

/// What a program of Python prints, which has the same `client`. After `enforce()` moto checks signatures and policies.
fn python(endpoint: &str, program: &str) -> String {
    let program = format!(
        "import boto3, json\nendpoint = {endpoint:?}\nclient = lambda service, id={KEY_ID:?}, key={SECRET_KEY:?}, token=None: \
         boto3.client(service, endpoint_url=endpoint, region_name='eu-west-1', aws_access_key_id=id, \
         aws_secret_access_key=key, aws_session_token=token)\n\
         def enforce():\n\
         \x20 from urllib.request import Request, urlopen\n\
         \x20 urlopen(Request(endpoint + '/moto-api/reset-auth', b'0', {{'Content-Type': 'text/plain'}}))\n\
         {program}"
    );
    let output = Command::new("python3").args(["-c", &program]).output().expect("python3 runs");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text in UTF-8").trim_end().to_owned()
}
