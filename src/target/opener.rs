//! Opening further sessions on a target that is open already.

use std::sync::Arc;

use crate::ports::{Connect, DbError, Endpoint, Session};
use crate::text::Secret;

use super::Surroundings;
use super::masked::Masked;

/// Opens sessions of vesto's own on a target: the same server, database and user, with the server's own settings.
#[derive(Clone)]
pub struct Opener {
    endpoint: Endpoint,
    connect: Arc<dyn Connect>,
    secrets: Vec<Secret<String>>,
}

impl Opener {
    pub(super) fn new(endpoint: &Endpoint, surroundings: &Surroundings) -> Self {
        let Surroundings { connect, secrets, .. } = surroundings;
        Self { endpoint: endpoint.clone(), connect: connect.clone(), secrets: secrets.clone() }
    }

    /// Opens one session. It is for statements of vesto's own: nothing translates it.
    pub async fn open(&self) -> Result<Box<dyn Session>, DbError> {
        Ok(Box::new(Masked::new(self.connect().await?, &self.secrets)))
    }

    /// Opens one session as the server gives it.
    pub(super) async fn connect(&self) -> Result<Box<dyn Session>, DbError> {
        self.connect.connect(&self.endpoint).await
    }
}
