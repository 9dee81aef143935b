//! One file a command: it resolves what was typed, calls the engine once, and prints.

pub(super) mod apply;
pub(super) mod cluster;
pub(super) mod completions;
pub(super) mod emulate;
pub(super) mod history;
pub(super) mod init;
pub(super) mod lint;
pub(super) mod local;
pub(super) mod mark;
pub(super) mod ping;
pub(super) mod plan;
pub(super) mod prove;
pub(super) mod resolve;
pub(super) mod rollback;
pub(super) mod rollforward;
pub(super) mod run;
pub(super) mod secret;
pub(super) mod show;
pub(super) mod status;
pub(super) mod test;
pub(super) mod verify;
