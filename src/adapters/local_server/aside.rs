//! Where a project's server is if the project cannot be written to: a container may mount it read-only, or run vesto as
//! a user who does not own it.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::io::Errno;

use super::Options;
use super::error::{LocalServerError, Named};
use super::place::{fingerprint, not_private};

/// `name` in the project's `.vesto` if it can be written to, else in a directory among the temporary files.
pub(super) fn directory(project: &Path, name: &str, options: &Options) -> Result<PathBuf, LocalServerError> {
    let near = project.join(".vesto").join(name);
    if is_usable(&near) {
        return Ok(near);
    }
    let uid = rustix::process::geteuid().as_raw();
    let temporary = options.temporary_directory.clone().unwrap_or_else(|| "/tmp".into());
    let aside = temporary.join(format!("vesto-{uid}-{}", fingerprint(project)));
    match make_own(&aside, uid) {
        Err(source) => Err(LocalServerError::NoPlace { project: near, temporary, source }),
        Ok(()) => {
            let found = fs::symlink_metadata(&aside).named("inspect", &aside)?;
            if !found.is_dir() || found.uid() != uid {
                return Err(not_private(&aside, uid, &found));
            }
            Ok(aside.join(name))
        }
    }
}

/// Whether files can be made in a directory, or whether it is there and somebody else may have to make them.
fn is_usable(directory: &Path) -> bool {
    let exists = directory.exists();
    let nearest = directory.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(directory);
    match access(nearest, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => true,
        Err(Errno::ROFS) => false,
        Err(_) => exists,
    }
}

/// Root's server runs as another user, who has to get in; nobody else has to.
fn make_own(directory: &Path, uid: u32) -> io::Result<()> {
    let mode = if uid == 0 { 0o755 } else { 0o700 };
    match DirBuilder::new().mode(mode).create(directory) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
