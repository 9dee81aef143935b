//! Targets behind a jump host.

use rustix::process::Signal;

use super::jump::Jump;
use super::{Project, await_that, free_port, is_running};

fn project() -> Option<(Project, Jump)> {
    let project = Project::new()?;
    let jump = Jump::beside(&project.sandbox)?;
    project.target(&jump.lines());
    Some((project, jump))
}

#[test]
fn every_command_goes_through_it_with_tls_to_the_server_itself() {
    let Some((project, jump)) = project() else { return };
    let passages = || jump.passages("localhost", project.port());
    for (line, word) in
        [("ping", "reached in"), ("run", "1 change applied"), ("status --check", "1 change applied"), ("prove", "V1")]
    {
        let before = passages();
        project.sandbox.typed(line).ends(0).out(word);
        assert!(passages() > before, "{line}");
    }
    assert_eq!(project.sandbox.ask("select count(*) from t"), "1");
}

#[test]
fn the_certificate_must_still_name_the_server() {
    let Some((project, jump)) = project() else { return };
    project.target(&format!("{}host = 127.0.0.1\n", jump.lines()));
    project.sandbox.write(
        "vesto.ini",
        &project.sandbox.read("vesto.ini").replace("@localhost:", "@127.0.0.1:").replace("host = 127.0.0.1\n", ""),
    );
    project.sandbox.typed("plan").refuses(7, "certificate", "sslrootcert").lacks("ssh:");
    assert!(jump.passages("127.0.0.1", project.port()) > 0);
}

#[test]
fn what_ssh_refuses_is_told_in_its_words() {
    let Some((project, jump)) = project() else { return };
    let way = format!("localhost:{} through the jump host 127.0.0.1:{}: ssh: ", project.port(), jump.port);
    jump.is_known_by("other");
    let refused = project.sandbox.typed("plan").refuses(7, "Host key verification failed.", "known_hosts");
    refused.err(&way);
    project.sandbox.write("ssh/known_hosts", "");
    project.sandbox.typed("plan").refuses(7, "Host key verification failed.", "known_hosts");
    jump.is_known_by("host");
    jump.is_entered_by("other");
    project.sandbox.typed("plan").refuses(7, "Permission denied (publickey).", "IdentityFile");
    jump.is_entered_by("id");
    project.sandbox.typed("plan").ends(0);
    assert_eq!(project.sandbox.read("ssh/known_hosts").lines().count(), 1, "nothing was added");
}

#[test]
fn a_way_that_leads_nowhere_says_where_it_ends() {
    let Some((mut project, jump)) = project() else { return };
    let closed = free_port();
    project.target(&jump.lines().replace(&jump.port.to_string(), &closed.to_string()));
    project.sandbox.typed("plan").refuses(
        7,
        &format!("ssh: connect to host 127.0.0.1 port {closed}: Connection refused"),
        "ssh -W",
    );
    let settings = project.settings.clone();
    project.settings = settings.replace(&format!(":{}/", project.port()), &format!(":{closed}/"));
    project.target(&jump.lines());
    project.sandbox.typed("plan").refuses(7, "open failed: connect failed: Connection refused", "ssh -W");
    project.settings = settings;
    project.target(&jump.lines());
    project.sandbox.set("PATH", "/nowhere");
    project.sandbox.typed("plan").refuses(7, "`ssh` cannot be started: ", "install OpenSSH's client");
}

#[test]
fn a_way_that_never_answers_is_given_up_in_time() {
    let Some((project, _jump)) = project() else { return };
    // It takes connections and never says a word.
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = silent.local_addr().expect("an address").port();
    project.target(&format!("ssh = 127.0.0.1:{port}\nssh_config = ssh/config\nconnect_timeout = 300ms\n"));
    project.sandbox.typed("plan").refuses(7, "no answer within <duration>", "connect_timeout");
}

#[test]
fn ctrl_c_reaches_the_server_by_the_same_way() {
    let Some((project, jump)) = project() else { return };
    project.stops_on_ctrl_c(|host, port| jump.passages(host, port));
}

#[test]
fn ssh_ends_with_vesto_however_that_ends() {
    let Some((project, _jump)) = project() else { return };
    project.sandbox.write("changes/V2__long.sql", "select pg_sleep(1);\n");
    for signal in [Signal::KILL, Signal::TERM] {
        let running = project.at_work(&["apply"]);
        let children = running.children();
        assert_eq!(children.len(), 1, "one connection, one ssh");
        running.signal(signal);
        let _ = running.child.wait_with_output();
        await_that("ssh has ended", || !children.iter().any(|child| is_running(*child)));
    }
}
