//! Opening further sessions on a target that is open already.

use std::sync::Arc;

use crate::ports::{Cloud, Connect, DataApiRequest, DbError, DbErrorKind, Endpoint, LoginRequest, Session};
use crate::project::settings::Account;
use crate::text::Secret;

use super::masked::Masked;
use super::{PasswordAgain, Surroundings};

/// Opens sessions of vesto's own on a target: the same server, database and user, with the server's own settings.
#[derive(Clone)]
pub struct Opener {
    endpoint: Endpoint,
    access: Access,
    connect: Arc<dyn Connect>,
    cloud: Arc<dyn Cloud>,
    password_again: Option<Arc<PasswordAgain>>,
    secrets: Vec<Secret<String>>,
}

/// What a session takes beside the endpoint.
#[derive(Clone, Debug)]
pub(super) enum Access {
    /// Nothing.
    Given,
    /// A user and a password, which AWS gives for each session anew, since they expire.
    Temporary(Account, LoginRequest),
    /// The Data API instead of a connection.
    DataApi(Account, DataApiRequest),
}

impl Opener {
    pub(super) fn new(endpoint: &Endpoint, access: Access, surroundings: &Surroundings) -> Self {
        let Surroundings { connect, cloud, password_again, secrets, .. } = surroundings;
        Self {
            endpoint: endpoint.clone(),
            access,
            connect: connect.clone(),
            cloud: cloud.clone(),
            password_again: password_again.clone(),
            secrets: secrets.clone(),
        }
    }

    /// Opens one session. It is for statements of vesto's own: nothing translates it.
    pub async fn open(&self) -> Result<Box<dyn Session>, DbError> {
        Ok(Box::new(Masked::new(self.connect().await?, &self.secrets)))
    }

    /// Opens one session as the server gives it.
    pub(super) async fn connect(&self) -> Result<Box<dyn Session>, DbError> {
        match &self.access {
            Access::Given => self.log_in().await,
            Access::Temporary(account, request) => {
                let login = self.cloud.log_in(account, request).await?;
                let endpoint = Endpoint { user: login.user, password: Some(login.password), ..self.endpoint.clone() };
                self.connect.connect(&endpoint).await
            }
            Access::DataApi(account, request) => self.cloud.open_session(account, request).await,
        }
    }

    async fn log_in(&self) -> Result<Box<dyn Session>, DbError> {
        let refused = match self.connect.connect(&self.endpoint).await {
            Err(error) if error.kind == DbErrorKind::Login => error,
            result => return result,
        };
        match self.changed_password().await {
            Some(password) => {
                let endpoint = Endpoint { password: Some(password), ..self.endpoint.clone() };
                self.connect.connect(&endpoint).await
            }
            None => Err(refused),
        }
    }

    /// The password, if it was changed where it is kept since it was looked up.
    async fn changed_password(&self) -> Option<Secret<String>> {
        let look_up = self.password_again.clone()?;
        // It waits, which a thread that runs tasks must not.
        let found = tokio::task::spawn_blocking(move || look_up()).await.ok()??;
        (self.endpoint.password.as_ref() != Some(&found)).then_some(found)
    }
}
