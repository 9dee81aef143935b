//! Makes the data directory, and reads which version made it.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::Options;
use super::SUPERUSER;
use super::carried;
use super::error::{LocalServerError, Named};
use super::place::Place;
use super::programs::{Programs, major_of};

/// The major version that made the data, or nothing if there is none yet.
pub(super) fn version(place: &Place) -> Result<Option<u32>, LocalServerError> {
    let directory = place.data();
    match fs::read_to_string(directory.join("PG_VERSION")) {
        Ok(text) => match major_of(text.trim()) {
            Some(major) => Ok(Some(major)),
            None => Err(LocalServerError::DamagedData { directory, problem: "no number" }),
        },
        Err(error) if error.kind() == ErrorKind::NotFound && !directory.exists() => Ok(None),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(LocalServerError::DamagedData { directory, problem: "missing" })
        }
        Err(error) => Err(error).named("read", &directory),
    }
}

/// Makes the data directory. It appears complete or not at all.
pub(super) fn create(place: &Place, programs: &Programs, options: &Options) -> Result<(), LocalServerError> {
    remove_unfinished(place);
    // A name of its own, because an `initdb` of a killed vesto may still be writing to an older one.
    let partial = place.home.join(format!("data.{}.partial", std::process::id()));
    if programs.is_carried {
        carried::unpack_cluster(&partial)?;
        place.account.own_all(&partial)?;
    } else {
        DirBuilder::new().mode(0o700).create(&partial).named("create", &partial)?;
        place.account.own(&partial)?;
        run_initdb(place, programs, options, &partial)?;
    }
    fs::rename(&partial, place.data()).named("create", &place.data())
}

/// Copies a data directory that no server uses. The copy appears complete or not at all.
pub(super) fn copy(from: &Place, to: &Place) -> Result<(), LocalServerError> {
    if to.data().exists() {
        return Err(ErrorKind::AlreadyExists.into()).named("create", &to.data());
    }
    remove_unfinished(to);
    let partial = to.home.join(format!("data.{}.partial", std::process::id()));
    copy_folder(&from.data(), &partial)?;
    to.account.own_all(&partial)?;
    fs::rename(&partial, to.data()).named("create", &to.data())
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), LocalServerError> {
    DirBuilder::new().mode(0o700).create(to).named("create", to)?;
    for entry in fs::read_dir(from).named("read", from)? {
        let entry = entry.named("read", from)?;
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().named("read", &path)?.is_dir() {
            copy_folder(&path, &copy)?;
        } else {
            fs::copy(&path, &copy).named("copy", &path)?;
        }
    }
    Ok(())
}

/// Removes what interrupted commands left; what cannot be removed now can be next time.
fn remove_unfinished(place: &Place) {
    for entry in fs::read_dir(&place.home).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("data.") && name.ends_with(".partial") {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn run_initdb(place: &Place, programs: &Programs, options: &Options, into: &Path) -> Result<(), LocalServerError> {
    let initdb = programs.initdb();
    let output = initdb_output(place, options, Command::new(&initdb), into).map_err(|source| {
        LocalServerError::Run { program: initdb.clone(), account: place.account.to_string(), source }
    })?;
    if output.status.success() {
        return Ok(());
    }
    // A uid without a name, as OpenShift gives, gets one inside a user namespace, if the system lets it make one.
    let is_nameless = !place.account.is_named();
    if is_nameless && !place.account.is_dropped() {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-user=65534", "--map-group=65534", "--"]).arg(&initdb);
        if initdb_output(place, options, command, into).is_ok_and(|output| output.status.success()) {
            return Ok(());
        }
    }
    let _ = fs::remove_dir_all(into);
    if is_nameless {
        return Err(LocalServerError::NamelessUser { uid: place.account.uid });
    }
    let output = last_lines(&String::from_utf8_lossy(&output.stderr), 3);
    Err(LocalServerError::Initdb { program: initdb, directory: into.to_owned(), output })
}

fn initdb_output(place: &Place, options: &Options, mut command: Command, into: &Path) -> std::io::Result<Output> {
    command
        .args(["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "--wal-segsize=1"])
        .arg(format!("--username={SUPERUSER}"))
        .arg("--pgdata")
        .arg(into)
        .current_dir(&place.home)
        .stdin(Stdio::null());
    options.set_environment(&mut command);
    place.account.apply(&mut command);
    command.output()
}

/// The last lines of a log, on one line.
pub(super) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join(" | ")
}
