//! The double as others reach it: what stands between a network and a session, without a socket.

pub mod api;
