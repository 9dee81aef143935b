//! An sshd on a port of this machine, with keys of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use crate::support::{Sandbox, announce};

use super::{await_listener, free_port, keep};

const SSHD: &str = "/usr/sbin/sshd";

/// A jump host for whoever runs the test.
pub(crate) struct Jump {
    pub(super) port: u16,
    folder: PathBuf,
    _shell: Child,
}

impl Jump {
    /// One whose files are in `ssh` of the sandbox. Nothing, after a loud word, where there is no sshd.
    pub(crate) fn beside(sandbox: &Sandbox) -> Option<Self> {
        if !Path::new(SSHD).exists() {
            announce("LEFT OUT: tests of jump hosts, because there is no OpenSSH server");
            return None;
        }
        if rustix::process::geteuid().is_root() {
            // It wants the folder, which the system makes when it starts the service.
            fs::create_dir_all("/run/sshd").expect("a folder");
        }
        let folder = sandbox.path("ssh");
        fs::create_dir(&folder).expect("a folder");
        for key in ["host", "id", "other"] {
            let mut command = Command::new("ssh-keygen");
            command.args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"]).arg(folder.join(key));
            assert!(command.status().expect("ssh-keygen runs").success());
        }
        let port = free_port();
        let of = |name: &str| folder.join(name).display().to_string();
        let server = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nLogLevel DEBUG\n\
             MaxStartups 100\n",
            of("host"),
            of("id.pub")
        );
        sandbox.write("ssh/sshd_config", &server);
        let client = format!(
            "IdentityFile {}\nIdentitiesOnly yes\nIdentityAgent none\nUserKnownHostsFile {}\n",
            of("id"),
            of("known_hosts")
        );
        sandbox.write("ssh/config", &client);
        let (config, log) = (of("sshd_config"), of("log"));
        let shell = keep(&format!("{SSHD} -D -f \"$CONFIG\" -E \"$LOG\""), &[("CONFIG", &config), ("LOG", &log)]);
        let jump = Self { port, folder, _shell: shell };
        jump.is_known_by("host");
        await_listener(port);
        Some(jump)
    }

    /// The client has this key for the host.
    pub(super) fn is_known_by(&self, key: &str) {
        let key = fs::read_to_string(self.folder.join(format!("{key}.pub"))).expect("a key");
        fs::write(self.folder.join("known_hosts"), format!("[127.0.0.1]:{} {key}", self.port)).expect("a file");
    }

    /// The client has this key to log in.
    pub(super) fn is_entered_by(&self, key: &str) {
        let config = self.folder.join("config");
        let lines = fs::read_to_string(&config).expect("a file");
        let lines = lines.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>();
        let own = self.folder.join(key);
        fs::write(config, format!("IdentityFile {}\n{lines}", own.display())).expect("a file");
    }

    /// The lines of a target that is reached through it.
    pub(crate) fn lines(&self) -> String {
        format!("ssh = 127.0.0.1:{}\nssh_config = ssh/config\n", self.port)
    }

    /// How often somebody went through it to this place.
    pub(crate) fn passages(&self, host: &str, port: u16) -> usize {
        self.told(|line| line.ends_with(&format!(", target {host} port {port}")))
    }

    /// How often somebody went through it.
    #[cfg(feature = "aws")]
    pub(crate) fn all_passages(&self) -> usize {
        self.told(|line| line.contains(", target "))
    }

    fn told(&self, is_so: impl Fn(&str) -> bool) -> usize {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        log.lines().filter(|line| is_so(line)).count()
    }
}
