//! Where the server's files are: `.vesto/local` of the project, unless the server's user cannot get there.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Options;
use super::account::Account;
use super::error::{LocalServerError, Named};

/// The port in the socket's name. Nothing listens on TCP, so that it never collides.
pub(super) const PORT: u16 = 5432;

/// macOS's limit, with the closing zero taken off; Linux allows four more.
const LONGEST_SOCKET_PATH: usize = 103;

/// Holds the name of the directory that is used instead of `.vesto/local`.
const POINTER: &str = "place";

/// Holds, in such a directory, the name of the `.vesto/local` that it belongs to.
const OWNER: &str = "project";

/// The directories of one project's server.
#[derive(Debug)]
pub(super) struct Place {
    /// `.vesto/local`, with the lock files.
    pub(super) directory: PathBuf,
    /// Everything that the server itself reads and writes. The same, or a directory that its user can enter.
    pub(super) home: PathBuf,
    /// The server's user.
    pub(super) account: Account,
}

impl Place {
    /// Finds where the files are, if there are any; creates nothing.
    pub(super) fn find(directory: &Path) -> Result<Self, LocalServerError> {
        let directory = directory.canonicalize().named("find", directory)?;
        let home = recorded(&directory).unwrap_or_else(|| directory.clone());
        Ok(Self { account: Account::of(&home.join("data")), directory, home })
    }

    /// Finds where the files are, or decides where they are to be. The caller holds the start-up lock.
    pub(super) fn settle(directory: &Path) -> Result<Self, LocalServerError> {
        let mut place = Self::find(directory)?;
        let is_new = place.home == place.directory && !place.data().exists();
        if is_new && !place.account.may_enter(&place.directory) {
            place.home = outside_home(&place.directory)?;
            record(&place.directory, &place.home)?;
            place.account = Account::of(&place.data());
        }
        Ok(place)
    }

    /// Undoes the decision to put the files elsewhere, if it was made.
    pub(super) fn forget(&self) -> Result<(), LocalServerError> {
        if self.home == self.directory {
            return Ok(());
        }
        fs::remove_dir_all(&self.home).named("remove", &self.home)?;
        let pointer = self.directory.join(POINTER);
        fs::remove_file(&pointer).named("remove", &pointer)
    }

    /// The data directory.
    pub(super) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// The server's log, begun anew at each start.
    pub(super) fn log(&self) -> PathBuf {
        self.home.join("server.log")
    }

    /// Exists while the server is to outlive the command that started it.
    pub(super) fn kept_marker(&self) -> PathBuf {
        self.home.join("kept")
    }

    /// Holds the version of the running server.
    pub(super) fn version_file(&self) -> PathBuf {
        self.home.join("version")
    }

    /// The directory of the socket, made private to the server's user.
    pub(super) fn make_socket_directory(&self, options: &Options) -> Result<PathBuf, LocalServerError> {
        let path = self.socket_directory(options);
        make_private(&path, self.account)?;
        Ok(path)
    }

    /// The directory of the socket: beside the data, or, where that is too long for a socket, a short one.
    pub(super) fn socket_directory(&self, options: &Options) -> PathBuf {
        let near = self.home.join("socket");
        if fits_socket(&near) {
            return near;
        }
        let name = fingerprint(&self.home);
        let uid = self.account.uid;
        let of_session = options.runtime_directory.as_ref().filter(|directory| {
            !self.account.is_dropped()
                && fs::metadata(directory).is_ok_and(|found| found.is_dir() && found.uid() == uid)
        });
        of_session
            .map(|directory| directory.join(format!("vesto-{name}")))
            .filter(|path| fits_socket(path))
            .unwrap_or_else(|| PathBuf::from(format!("/tmp/vesto-{uid}-{name}")))
    }
}

/// The path of the socket in `directory`.
pub(super) fn socket(directory: &Path, port: u16) -> PathBuf {
    directory.join(format!(".s.PGSQL.{port}"))
}

fn fits_socket(directory: &Path) -> bool {
    socket(directory, PORT).as_os_str().len() <= LONGEST_SOCKET_PATH
}

/// The recorded directory, unless it belongs to another project, of which this one is a copy.
fn recorded(directory: &Path) -> Option<PathBuf> {
    let home = PathBuf::from(fs::read_to_string(directory.join(POINTER)).ok()?.trim_end());
    let owner = PathBuf::from(fs::read_to_string(home.join(OWNER)).ok()?.trim_end());
    let was_moved = !owner.exists();
    (owner == directory || was_moved).then_some(home)
}

fn record(directory: &Path, home: &Path) -> Result<(), LocalServerError> {
    let pointer = directory.join(POINTER);
    let owner = home.join(OWNER);
    fs::write(&owner, format!("{}\n", directory.display())).named("write", &owner)?;
    fs::write(&pointer, format!("{}\n", home.display())).named("write", &pointer)
}

/// A directory for root's server files that any user can enter and only root can write.
fn outside_home(directory: &Path) -> Result<PathBuf, LocalServerError> {
    let base = ["/var/lib/vesto", "/var/tmp/vesto"]
        .into_iter()
        .map(Path::new)
        .find(|base| fs::create_dir_all(base).is_ok())
        .unwrap_or(Path::new("/var/tmp/vesto"));
    let home = base.join(fingerprint(directory));
    for path in [base, home.as_path()] {
        fs::create_dir_all(path).named("create", path)?;
        let found = fs::symlink_metadata(path).named("inspect", path)?;
        if !found.is_dir() || found.uid() != 0 {
            return Err(not_private(path, 0, &found));
        }
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).named("open", path)?;
    }
    Ok(home)
}

/// Makes `path` a directory that only `account` can enter, or finds that it is one.
fn make_private(path: &Path, account: Account) -> Result<(), LocalServerError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error).named("create", path),
        _ => {
            let found = fs::symlink_metadata(path).named("inspect", path)?;
            // Root's own directory is one that it was about to hand over.
            let is_ours = found.uid() == account.uid || (account.is_dropped() && found.uid() == 0);
            if !found.is_dir() || !is_ours {
                return Err(not_private(path, account.uid, &found));
            }
            fs::set_permissions(path, fs::Permissions::from_mode(0o700)).named("close", path)?;
            account.own(path)
        }
    }
}

pub(super) fn not_private(path: &Path, expected: u32, found: &fs::Metadata) -> LocalServerError {
    let kind = if found.is_dir() { "a directory" } else { "no directory" };
    LocalServerError::NotPrivate { path: path.to_owned(), expected, found: format!("{kind} of uid {}", found.uid()) }
}

/// A short name for a path.
pub(super) fn fingerprint(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
