//! The AWS calls around Redshift, answered for doubles: redshift, redshift-serverless and redshift-data.
//!
//! It computes answers from requests and has no socket: `adapters::emulator_api` is its HTTP. What clusters there are
//! and in which state is kept here ([`fleet`]), with the time passed in; what makes their databases and opens sessions
//! stands behind [`Clusters`]. Shapes and error codes are those of AWS's API references and of botocore's models.

mod behind;
mod calls;
mod clock;
mod data;
mod exchange;
mod fleet;
mod identifier;
mod injected;
mod page;
mod query;
mod redshift;
mod refusal;
mod serverless;
mod service;
mod xml;

pub use behind::{Clusters, DatabaseUser, Failure, Location, Login, NewCluster};
pub use calls::Call;
pub use exchange::{Answer, Reply, Request};
pub use fleet::Delays;
pub use injected::Fault;
pub use service::{Api, Settings};

use refusal::Refusal;

/// The parameters of a request in JSON.
fn parsed<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::bad("SerializationException", error.to_string()))
}
