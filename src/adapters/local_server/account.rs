//! Who runs the server: the user of vesto, or an unprivileged one when that is root, which PostgreSQL refuses.

use std::fmt;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::error::{LocalServerError, Named};

const NOBODY: u32 = 65534;

/// The user and group of the server's process and files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
    dropped: bool,
}

impl Account {
    /// The account for a new server, or, where `data` exists, the one that made it.
    pub(super) fn of(data: &Path) -> Self {
        let uid = rustix::process::geteuid().as_raw();
        if uid != 0 {
            return Self { uid, gid: rustix::process::getegid().as_raw(), dropped: false };
        }
        let (uid, gid) = match fs::metadata(data) {
            Ok(owner) if owner.uid() != 0 => (owner.uid(), owner.gid()),
            _ => passwd_entry(|name, _| name == "postgres").unwrap_or((NOBODY, NOBODY)),
        };
        Self { uid, gid, dropped: true }
    }

    /// Whether vesto runs as root and the server as somebody else.
    pub(super) fn is_dropped(self) -> bool {
        self.dropped
    }

    /// Whether the uid has a name, which `initdb` insists on.
    pub(super) fn is_named(self) -> bool {
        passwd_entry(|_, uid| uid == self.uid).is_some()
    }

    /// Lets `command` run as this account.
    pub(super) fn apply(self, command: &mut Command) {
        if self.dropped {
            // `uid` as root also clears the supplementary groups.
            command.uid(self.uid).gid(self.gid);
        }
    }

    /// Hands `path` to this account.
    pub(super) fn own(self, path: &Path) -> Result<(), LocalServerError> {
        if self.dropped {
            chown(path, Some(self.uid), Some(self.gid)).named("hand to the server's user", path)?;
        }
        Ok(())
    }

    /// Hands `path` and everything below it to this account.
    pub(super) fn own_all(self, path: &Path) -> Result<(), LocalServerError> {
        if !self.dropped {
            return Ok(());
        }
        self.own(path)?;
        for entry in fs::read_dir(path).named("read", path)? {
            let entry = entry.named("read", path)?;
            if entry.file_type().named("read", path)?.is_dir() {
                self.own_all(&entry.path())?;
            } else {
                self.own(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Whether this account may enter `directory`, which means entering all above it too.
    pub(super) fn may_enter(self, directory: &Path) -> bool {
        if !self.dropped {
            return true;
        }
        let Ok(real) = directory.canonicalize() else { return false };
        real.ancestors().all(|ancestor| fs::metadata(ancestor).is_ok_and(|found| self.may_search(&found)))
    }

    fn may_search(self, directory: &fs::Metadata) -> bool {
        let bit = if directory.uid() == self.uid {
            0o100
        } else if directory.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        directory.mode() & bit != 0
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "uid {}", self.uid)
    }
}

/// The uid and gid of the first entry of /etc/passwd with a name and uid that `wanted` accepts.
fn passwd_entry(wanted: impl Fn(&str, u32) -> bool) -> Option<(u32, u32)> {
    let passwd = fs::read_to_string("/etc/passwd").ok()?;
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _password) = (fields.next()?, fields.next()?);
        let (uid, gid) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        (uid != 0 && wanted(name, uid)).then_some((uid, gid))
    })
}
