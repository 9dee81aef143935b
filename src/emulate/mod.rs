//! A Redshift on the network, as far as it can be computed: what stands on the wire, who may log in, and what goes wrong
//! on demand. `adapters::emulator` has the sockets, and `adapters::emulator_api` those of [`api`].

pub mod api;
pub mod credentials;
pub mod exchange;
pub mod faults;
pub mod frame;
pub mod login;
pub mod refusal;
pub mod rows;
pub mod startup;
pub mod statement;
pub mod status;
