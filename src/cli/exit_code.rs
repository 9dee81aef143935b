//! The one table of exit codes.

/// How a command ended, as a number that scripts may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum ExitCode {
    /// Done.
    Done = 0,
    /// A fault of vesto itself.
    Internal = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// The project or its settings are invalid, or do not fit what was applied.
    Project = 3,
    /// Differences, drift or findings, where `--check` asks for it.
    Differences = 4,
    /// Tests failed or did not run, or a rollback is wrong or missing.
    TestsFailed = 5,
    /// A statement failed; the report says what was applied.
    StatementFailed = 6,
    /// The target is not reachable, not allowed, or not marked for this.
    Target = 7,
    /// Another run holds the lock.
    Locked = 8,
    /// The saved plan is not what would run now.
    Stale = 9,
    /// A statement's outcome is in doubt and needs a person.
    InDoubt = 10,
    /// Stopped on request.
    Interrupted = 130,
}
