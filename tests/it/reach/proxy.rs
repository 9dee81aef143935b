//! Targets behind a SOCKS5 proxy.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;

use crate::support::{Sandbox, announce};

use super::{Project, await_listener, free_port, keep};

const PASSWORD: &str = "pr0xy:Gehe/m@99";

/// The same in a URL.
const ENCODED: &str = "pr0xy%3AGehe%2Fm%4099";

/// A microsocks, which wants a password if it is told to.
struct Proxy {
    port: u16,
    log: PathBuf,
    _shell: Child,
}

impl Proxy {
    fn beside(sandbox: &Sandbox, login: &str) -> Option<Self> {
        if !["/usr/bin/microsocks", "/usr/local/bin/microsocks"].iter().any(|path| Path::new(path).exists()) {
            announce("LEFT OUT: tests of SOCKS proxies, because microsocks is not installed");
            return None;
        }
        let (port, log) = (free_port(), sandbox.path("proxy.log"));
        let shell = keep(
            &format!("microsocks -i 127.0.0.1 -p \"$PORT\" {login} 2>\"$LOG\""),
            &[("PORT", &port.to_string()), ("LOG", &log.display().to_string()), ("PASSWORD", PASSWORD)],
        );
        await_listener(port);
        Some(Self { port, log, _shell: shell })
    }

    /// How often somebody went through it to this place.
    fn passages(&self, host: &str, port: u16) -> usize {
        fs::read_to_string(&self.log).expect("a log").matches(&format!("connected to {host}:{port}")).count()
    }
}

fn project(login: &str) -> Option<(Project, Proxy)> {
    let project = Project::new()?;
    let proxy = Proxy::beside(&project.sandbox, login)?;
    Some((project, proxy))
}

#[test]
fn the_name_is_looked_up_by_the_proxy_and_checked_by_vesto() {
    let Some((project, proxy)) = project("") else { return };
    project.target(&format!("proxy = socks5h://127.0.0.1:{}\n", proxy.port));
    project.sandbox.typed("run").ends(0).out("1 change applied");
    assert!(proxy.passages("localhost", project.port()) > 0);
    let settings = project.sandbox.read("vesto.ini").replace("@localhost:", "@127.0.0.1:");
    project.sandbox.write("vesto.ini", &settings);
    project.sandbox.typed("plan").refuses(7, "certificate", "sslrootcert");
    assert!(proxy.passages("127.0.0.1", project.port()) > 0);
}

#[test]
fn its_password_is_sent_and_never_shown() {
    let Some((mut project, proxy)) = project("-u joe -P \"$PASSWORD\"") else { return };
    let port = proxy.port;
    project.target(&format!("proxy = socks5h://joe:${{env:PROXY_PASSWORD}}@127.0.0.1:{port}\n"));
    project.sandbox.set("PROXY_PASSWORD", ENCODED);
    for line in ["plan --verbose", "run --format json", "ping", "history"] {
        project.sandbox.typed(line).ends(0).lacks(PASSWORD).lacks(ENCODED);
    }
    project.sandbox.set("PROXY_PASSWORD", "wrong");
    let way = format!("through the proxy 127.0.0.1:{port}: it says: Password auth failure");
    project.sandbox.typed("plan").refuses(7, &way, "user and password of `proxy`").lacks("wrong");
    project.target(&format!("proxy = socks5h://127.0.0.1:{port}\n"));
    project.sandbox.typed("plan").refuses(7, "No acceptable auth methods", "user and password of `proxy`");
}

#[test]
fn what_it_refuses_and_its_absence_are_told() {
    let Some((mut project, proxy)) = project("") else { return };
    let closed = free_port();
    project.target(&format!("proxy = socks5h://127.0.0.1:{closed}\n"));
    project.sandbox.typed("plan").refuses(7, "Connection refused", "host and port of `proxy`");
    project.settings = project.settings.replace(&format!(":{}/", project.port()), &format!(":{closed}/"));
    project.target(&format!("proxy = socks5h://127.0.0.1:{}\n", proxy.port));
    project.sandbox.typed("plan").refuses(7, "it says: Connection refused", "may connect to it");
}

#[test]
fn ctrl_c_reaches_the_server_by_the_same_way() {
    let Some((project, proxy)) = project("") else { return };
    project.target(&format!("proxy = socks5h://127.0.0.1:{}\n", proxy.port));
    project.stops_on_ctrl_c(|host, port| proxy.passages(host, port));
}

#[test]
fn the_data_api_needs_no_way() {
    let sandbox = Sandbox::new().file("changes/V1__t.sql", "create table t (n integer);\n");
    let head = "[project]\ntarget = dev\n[target dev]\nkind = redshift\ncluster = c\nendpoint = h.example.com\n\
        transport = data-api\n";
    for line in ["proxy = socks5h://h:1", "ssh = h"] {
        sandbox.write("vesto.ini", &format!("{head}{line}\n"));
        sandbox.typed("plan").refuses(3, "do not go together", "leave `ssh` and `proxy` out");
    }
    sandbox
        .write("vesto.ini", "[project]\ntarget = dev\n[target dev]\nkind = postgres\nuser = u\nhost = /run\nssh = h\n");
    sandbox.typed("plan").refuses(3, "is the folder of a Unix socket", "such as `localhost`");
}
