//! This machine and this process: who runs vesto, where, when, from which commit.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use time::OffsetDateTime;
use time::macros::format_description;

/// Variables in which pipelines say which commit they work on, in order of trust.
const COMMIT_VARIABLES: [&str; 5] =
    ["VESTO_COMMIT", "GIT_COMMIT", "CODEBUILD_RESOLVED_SOURCE_VERSION", "GITHUB_SHA", "CI_COMMIT_SHA"];

/// Who runs vesto: VESTO_AUTHOR, else the user's name, else the user's number.
pub fn author(environment: &BTreeMap<String, String>) -> String {
    let named = ["VESTO_AUTHOR", "USER", "LOGNAME"].iter().find_map(|name| environment.get(*name));
    match named.filter(|name| !name.is_empty()) {
        Some(name) => name.clone(),
        None => format!("uid {}", rustix::process::geteuid().as_raw()),
    }
}

/// Name of the machine.
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The commit that the project stands at: told by the pipeline, else read from the repository's own files.
pub fn source_commit(environment: &BTreeMap<String, String>, project: &Path) -> Option<String> {
    let told = COMMIT_VARIABLES.iter().find_map(|name| environment.get(*name));
    told.filter(|commit| !commit.is_empty()).cloned().or_else(|| head_of_repository(project))
}

/// Follows `.git/HEAD` by hand: git may not be installed, and may refuse a folder of another user.
fn head_of_repository(project: &Path) -> Option<String> {
    let git = project.ancestors().map(|folder| folder.join(".git")).find(|path| path.is_dir())?;
    let head = std::fs::read_to_string(git.join("HEAD")).ok()?;
    let Some(reference) = head.trim().strip_prefix("ref: ") else { return Some(head.trim().to_owned()) };
    if let Ok(commit) = std::fs::read_to_string(git.join(reference)) {
        return Some(commit.trim().to_owned());
    }
    let packed = std::fs::read_to_string(git.join("packed-refs")).ok()?;
    let line = packed.lines().find(|line| line.ends_with(&format!(" {reference}")))?;
    Some(line.split(' ').next()?.to_owned())
}

/// A new random UUID (version 4).
pub fn new_run_id() -> std::io::Result<String> {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut id = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            id.push('-');
        }
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    Ok(id)
}

/// The present time, UTC, in the forms that vesto needs.
pub struct Now(OffsetDateTime);

impl Now {
    /// Reads the clock.
    pub fn read() -> Self {
        Self(OffsetDateTime::now_utc())
    }

    /// `2026-11-21T05:11:00Z`
    pub fn rfc3339(&self) -> String {
        self.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z"))
    }

    /// `2026-11-21T05:11:00.123Z`
    pub fn rfc3339_milliseconds(&self) -> String {
        self.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"))
    }

    /// `2026-11-21 05:11:00.123456`, as SQL takes a timestamp.
    pub fn sql(&self) -> String {
        self.format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:6]"))
    }

    /// `20261121051100123`, to the millisecond, for names.
    pub fn digits(&self) -> String {
        self.format(format_description!("[year][month][day][hour][minute][second][subsecond digits:3]"))
    }

    fn format(&self, form: &[time::format_description::BorrowedFormatItem<'_>]) -> String {
        // The forms above name only what a time has, so formatting cannot fail.
        self.0.format(form).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ids_are_uuids() {
        let id = new_run_id().unwrap();
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "4");
        assert_ne!(id, new_run_id().unwrap());
    }

    #[test]
    fn pipelines_tell_the_commit() {
        let environment = BTreeMap::from([("GITHUB_SHA".to_owned(), "abc".to_owned())]);
        assert_eq!(source_commit(&environment, Path::new("/")), Some("abc".into()));
        assert_eq!(source_commit(&BTreeMap::new(), Path::new("/")), None);
    }
}
