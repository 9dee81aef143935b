//! The commands, run as people and pipelines run them: the binary in a sealed folder, its code, its words and its deeds.

mod connections;
mod double_modes;
mod failures;
mod hooks;
mod ini;
mod invalid;
mod lifecycle;
mod ping;
mod prove;
mod questions;
mod refusals;
mod rollbacks;
mod saved_plans;
mod secrets;
mod session_settings;
mod settings_elsewhere;
mod steps;
mod suites;
