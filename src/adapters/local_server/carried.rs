//! The PostgreSQL inside the vesto binary, which `ci/bundle-postgres` made.
//!
//! The archive begins with `data/`, an initialised cluster, and goes on with the programs. The programs are unpacked
//! once into a cache; the cluster is read from the archive for each project.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use super::Options;
use super::error::{LocalServerError, Named};
use super::place::Place;
use super::programs::{Programs, major_of};

/// The version that the binary carries.
pub(super) const VERSION: Option<&str> = Some(env!("VESTO_POSTGRES_VERSION"));

const ARCHIVE: &[u8] = include_bytes!(env!("VESTO_POSTGRES_ARCHIVE"));

/// The programs in the cache, unpacked if this is their first use.
pub(super) fn unpack_programs(place: &Place, options: &Options) -> Result<Programs, LocalServerError> {
    let version = env!("VESTO_POSTGRES_VERSION");
    let name = format!("postgres-{version}-{}", env!("VESTO_POSTGRES_FINGERPRINT"));
    let cache = cache(place, options)?;
    let programs = cache.join(&name);
    if !programs.is_dir() {
        let lock_path = cache.join("unpack.lock");
        let lock = File::create(&lock_path).named("create", &lock_path)?;
        lock.lock().named("lock", &lock_path)?;
        if !programs.is_dir() {
            let partial = cache.join(format!("{name}.partial"));
            remove_all(&partial)?;
            fs::create_dir(&partial).named("create", &partial)?;
            fs::set_permissions(&partial, Permissions::from_mode(0o755)).named("open", &partial)?;
            unpack(Part::Programs, &partial)?;
            fs::rename(&partial, &programs).named("create", &programs)?;
        }
    }
    let major = major_of(version).unwrap_or_default();
    Ok(Programs { bin: programs.join("bin"), version: version.to_owned(), major, is_carried: true })
}

/// Makes `directory` a new cluster.
pub(super) fn unpack_cluster(directory: &Path) -> Result<(), LocalServerError> {
    fs::create_dir(directory).named("create", directory)?;
    fs::set_permissions(directory, Permissions::from_mode(0o700)).named("close", directory)?;
    unpack(Part::Cluster, directory)
}

/// The first cache that vesto's user owns and the server's user can enter.
fn cache(place: &Place, options: &Options) -> Result<PathBuf, LocalServerError> {
    let mut candidates: Vec<PathBuf> = options.cache_home().map(|home| home.join("vesto")).into_iter().collect();
    if place.account.is_dropped() {
        candidates.push("/var/cache/vesto".into());
    }
    let euid = rustix::process::geteuid().as_raw();
    let usable = |cache: &PathBuf| {
        // Programs are run from here, so nobody else may be able to put them there.
        fs::create_dir_all(cache).is_ok()
            && fs::symlink_metadata(cache).is_ok_and(|found| found.is_dir() && found.uid() == euid)
            && fs::set_permissions(cache, Permissions::from_mode(0o755)).is_ok()
            && place.account.may_enter(cache)
    };
    if let Some(cache) = candidates.into_iter().find(usable) {
        return Ok(cache);
    }
    let own = place.home.join("programs");
    fs::create_dir_all(&own).named("create", &own)?;
    Ok(own)
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Part {
    Cluster,
    Programs,
}

fn unpack(part: Part, into: &Path) -> Result<(), LocalServerError> {
    try_unpack(part, into).map_err(|source| LocalServerError::Unpack { path: into.to_owned(), source })
}

fn try_unpack(part: Part, into: &Path) -> io::Result<()> {
    let mut archive = tar::Archive::new(zstd::stream::read::Decoder::with_buffer(ARCHIVE)?);
    archive.set_preserve_mtime(false);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let is_cluster = path.components().next() == Some(Component::Normal("data".as_ref()));
        let target = match (part, is_cluster) {
            (Part::Cluster, false) => break,
            (Part::Programs, true) => continue,
            (Part::Cluster, true) => into.join(path.strip_prefix("data").map_err(io::Error::other)?),
            (Part::Programs, false) => into.join(&path),
        };
        let mode = entry.header().mode()?;
        if entry.header().entry_type().is_dir() {
            fs::create_dir_all(&target)?;
            fs::set_permissions(&target, Permissions::from_mode(mode))?;
        } else {
            io::copy(&mut entry, &mut File::create_new(&target)?)?;
            fs::set_permissions(&target, Permissions::from_mode(mode))?;
        }
    }
    Ok(())
}

fn remove_all(directory: &Path) -> Result<(), LocalServerError> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error).named("remove", directory),
        _ => Ok(()),
    }
}
