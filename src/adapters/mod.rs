//! The outside world: the only modules that name the file system, processes, drivers and cloud clients.

pub mod files;
pub mod folder_store;
pub mod host;
pub mod interrupt;
pub mod local_server;
pub mod project_server;
pub mod wire;
