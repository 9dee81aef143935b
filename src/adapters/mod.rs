//! The outside world: the only modules that name the file system, processes, drivers and cloud clients.

#[cfg(feature = "aws")]
mod aws;
pub mod buckets;
pub mod cloud;
mod crypto;
pub mod emulator;
pub mod emulator_api;
pub mod file_tree;
pub mod files;
pub mod folder_store;
pub mod hooks;
pub mod host;
pub mod local_server;
pub mod project_server;
pub mod s3_store;
pub mod signals;
pub mod wire;
