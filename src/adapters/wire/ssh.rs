//! A connection through a jump host: the `ssh` program as `ssh -W HOST:PORT`, whose input and output are the connection.
//!
//! It is the user's own OpenSSH, so its configuration, the agent, ProxyJump and ProxyCommand (such as that of AWS's Session
//! Manager) count as they do by hand. No local port is opened, and no key is read here.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::net;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, pin};

use futures_util::future::{Either, select};
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::ports::DbErrorKind;
use crate::project::settings::JumpHost;

/// How long a connection that nobody uses any more has to end in order.
const GRACE: Duration = Duration::from_secs(2);

/// How long to wait for the reason of a connection that has just ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How long to read on after the end: a command that ssh has started may keep its standard error.
const REST: Duration = Duration::from_millis(200);

/// How much of the standard error is kept.
const SAID: usize = 16 * 1024;

/// What ssh says after the line with the reason.
const EPILOGUE: &str = "stdio forwarding failed";

/// The process behind a connection. It is ended with the value, a moment later.
pub(super) struct Tunnel {
    ended: watch::Receiver<Option<End>>,
}

#[derive(Clone)]
struct End {
    /// Why it failed.
    failure: Option<String>,
}

/// Opens a connection. Whether it gets anywhere is known when something is read from it.
///
/// # Errors
///
/// Fails if the program cannot be started.
pub(super) fn open(jump: &JumpHost, host: &str, port: u16) -> io::Result<(UnixStream, Tunnel)> {
    let (ours, theirs) = net::UnixStream::pair()?;
    let input = OwnedFd::from(theirs.try_clone()?);
    let child = Command::new("ssh")
        .args(arguments(jump, host, port))
        .stdin(input)
        .stdout(OwnedFd::from(theirs))
        .stderr(Stdio::piped())
        // Ctrl-C in a terminal is for vesto alone, which still needs the connection then.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    ours.set_nonblocking(true)?;
    let (tell, ended) = watch::channel(None);
    tokio::spawn(attend(child, tell));
    Ok((UnixStream::from_std(ours)?, Tunnel { ended }))
}

/// What wins over the configuration: the key of the host is checked, nothing is asked, no connection stays behind for
/// others, no other command writes into the connection, and one that has died is noticed.
fn arguments(jump: &JumpHost, host: &str, port: u16) -> Vec<OsString> {
    let place = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let mut arguments: Vec<OsString> = ["-W", &place].map(OsString::from).into();
    const WINS: [&str; 5] = [
        "StrictHostKeyChecking=yes",
        "BatchMode=yes",
        "ControlMaster=no",
        "PermitLocalCommand=no",
        "ServerAliveInterval=60",
    ];
    for option in WINS {
        arguments.extend(["-o", option].map(OsString::from));
    }
    if let Some(config) = &jump.config {
        arguments.extend(["-F".into(), config.into()]);
    }
    if let Some(port) = jump.port {
        arguments.extend(["-p".into(), port.to_string().into()]);
    }
    if let Some(user) = &jump.user {
        arguments.extend(["-l", user].map(OsString::from));
    }
    arguments.extend(["--", &jump.host].map(OsString::from));
    arguments
}

impl Tunnel {
    /// Why ssh has failed, after its connection has ended; nothing if it has not failed.
    pub(super) async fn failure(&self) -> Option<String> {
        timeout(LAST_WORDS, self.end()).await.ok()??.failure
    }

    /// Waits until everything is sent and the connection is closed.
    pub(super) async fn end_of_connection(&self) {
        self.end().await;
    }

    async fn end(&self) -> Option<End> {
        let mut ended = self.ended.clone();
        let end = ended.wait_for(Option::is_some).await.ok()?;
        end.clone()
    }
}

/// Tells of the end of ssh, and sees to it that it comes when nobody wants to hear of it any more.
async fn attend(mut child: Child, tell: watch::Sender<Option<End>>) {
    let said = Arc::new(Mutex::new(Vec::new()));
    let reading = child.stderr.take().map(|stderr| tokio::spawn(keep_last(stderr, said.clone())));
    let status = {
        let waiting = pin::pin!(child.wait());
        match select(waiting, pin::pin!(tell.closed())).await {
            Either::Left((status, _)) => status,
            Either::Right(((), waiting)) => {
                // It ends by itself once the server has closed its side. If not, it is killed with its value.
                let _ = timeout(GRACE, waiting).await;
                return;
            }
        }
    };
    if let Some(reading) = reading {
        let _ = timeout(REST, reading).await;
    }
    let said = said.lock().unwrap_or_else(PoisonError::into_inner);
    tell.send_replace(Some(End { failure: status.ok().and_then(|status| failure(status, &said)) }));
}

async fn keep_last(mut from: ChildStderr, said: Arc<Mutex<Vec<u8>>>) {
    let mut chunk = [0; 1024];
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        said.extend_from_slice(&chunk[..length]);
        let surplus = said.len().saturating_sub(SAID);
        said.drain(..surplus);
    }
}

/// The last line with a reason, without what a terminal would act on: some of it comes from the other side.
fn failure(status: ExitStatus, said: &[u8]) -> Option<String> {
    if status.success() {
        return None;
    }
    let said = String::from_utf8_lossy(said);
    let lines = said.lines().map(|line| line.chars().filter(|letter| !letter.is_control()).collect::<String>());
    let lines: Vec<String> = lines.filter(|line| !line.trim().is_empty()).collect();
    let reason = lines.iter().rev().find(|line| *line != EPILOGUE).or(lines.last());
    Some(reason.map_or_else(|| format!("it ended with {status}"), |line| line.trim().to_owned()))
}

/// Which sort of failure it is, and the cure.
pub(super) fn diagnosis(failure: &str, jump: &JumpHost) -> (DbErrorKind, String) {
    if failure.contains("Host key verification failed") {
        let hint = "compare the host's key with what its administrator says, and put it into ssh's `known_hosts`";
        return (DbErrorKind::Untrusted, hint.to_owned());
    }
    if failure.contains("Permission denied") {
        let hint = "ssh must not have to ask: put the key into the agent, or name it as the host's `IdentityFile`";
        return (DbErrorKind::Login, hint.to_owned());
    }
    (DbErrorKind::Unreachable, format!("check that `ssh -W HOST:PORT {jump}` connects without asking anything"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn the_command_line_checks_keys_and_asks_nothing() {
        let jump =
            JumpHost { config: Some(PathBuf::from("/p/ssh")), ..JumpHost::parse("joe@jump:2222").expect("a host") };
        let shown: Vec<String> =
            arguments(&jump, "::1", 5439).into_iter().map(|it| it.into_string().expect("text")).collect();
        assert_eq!(
            shown.join(" "),
            "-W [::1]:5439 -o StrictHostKeyChecking=yes -o BatchMode=yes -o ControlMaster=no -o PermitLocalCommand=no \
             -o ServerAliveInterval=60 -F /p/ssh -p 2222 -l joe -- jump"
        );
    }

    #[test]
    fn the_last_line_with_a_reason_is_told() {
        let failed = ExitStatus::from_raw(255 << 8);
        let told = |said: &str| failure(failed, said.as_bytes());
        assert_eq!(
            told("banner\r\nHost key verification failed.\r\n").as_deref(),
            Some("Host key verification failed.")
        );
        let refused = "channel 0: open failed: connect failed: Connection refused\r\nstdio forwarding failed\r\n";
        assert_eq!(told(refused).as_deref(), Some("channel 0: open failed: connect failed: Connection refused"));
        assert_eq!(told("stdio forwarding failed\r\n").as_deref(), Some(EPILOGUE));
        assert_eq!(told("\x1b[31mred\r\n").as_deref(), Some("[31mred"));
        assert_eq!(told("").as_deref(), Some("it ended with exit status: 255"));
        assert_eq!(failure(ExitStatus::from_raw(0), b"a banner"), None);
    }
}
