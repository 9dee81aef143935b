//! Looking up what settings refer to: variables, files, secrets and parameters of AWS.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::adapters::files;
use crate::ports::{Cloud, CloudError};
use crate::project::settings::{Account, Reference, ResolveError, Value};
use crate::text::{Diagnostic, Secret};

use super::environment::Environment;
use super::opened::block_on;

/// A secret of Secrets Manager or a parameter of Systems Manager.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Keeper {
    SecretsManager,
    SystemsManager,
}

/// What was looked up, by its keeper and name.
type Kept = HashMap<(Keeper, String), Secret<String>>;

/// Looks references up, each secret and parameter of AWS once.
#[derive(Clone)]
pub(super) struct References {
    root: PathBuf,
    environment: Environment,
    cloud: Arc<dyn Cloud>,
    secrets: Arc<Mutex<Kept>>,
}

impl References {
    /// Relative paths start at `root`.
    pub(super) fn new(root: &Path, environment: &Environment, cloud: Arc<dyn Cloud>) -> Self {
        Self { root: root.to_owned(), environment: environment.clone(), cloud, secrets: Arc::default() }
    }

    /// The same without what was looked up before, which may have changed since.
    pub(super) fn anew(&self) -> Self {
        Self { secrets: Arc::default(), ..self.clone() }
    }

    /// A value with all its references looked up.
    pub(super) fn text(&self, value: &Value) -> Result<String, Box<Diagnostic>> {
        value.resolve(&mut |reference| self.look_up(reference))
    }

    /// What a reference stands for. It must not be called on a thread that runs tasks: it waits for AWS.
    pub(super) fn look_up(&self, reference: &Reference) -> Result<String, ResolveError> {
        match reference {
            Reference::Env(name) => self.environment.variable(name).map(str::to_owned).ok_or_else(|| ResolveError {
                message: format!("the environment variable `{name}` is not set"),
                hint: Some(format!("set {name} before vesto is started")),
            }),
            Reference::File(path) => match files::read_text(&self.root.join(path)) {
                // Editors and `echo` end a file with a line end that is no part of a password.
                Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
                Err(error) => Err(ResolveError { message: error.to_string(), hint: None }),
            },
            Reference::Secret { name, key } => {
                let text = self.kept(Keeper::SecretsManager, name)?;
                match key {
                    None => Ok(text.expose().clone()),
                    Some(key) => member(text.expose(), key),
                }
            }
            Reference::Ssm(name) => Ok(self.kept(Keeper::SystemsManager, name)?.expose().clone()),
            Reference::Kms(ciphertext) => self.decrypted(ciphertext),
        }
    }

    fn kept(&self, keeper: Keeper, name: &str) -> Result<Secret<String>, ResolveError> {
        let mut known = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (keeper, name.to_owned());
        if let Some(text) = known.get(&key) {
            return Ok(text.clone());
        }
        let account = account_of(name);
        let text = match keeper {
            Keeper::SecretsManager => asked(self.cloud.secret(&account, name))?,
            Keeper::SystemsManager => asked(self.cloud.parameter(&account, name))?,
        };
        known.insert(key, text.clone());
        Ok(text)
    }

    fn decrypted(&self, ciphertext: &str) -> Result<String, ResolveError> {
        let wrong = |what: &str| ResolveError {
            message: what.to_owned(),
            hint: Some("make it with `vesto secret encrypt`".to_owned()),
        };
        let bytes = BASE64_STANDARD.decode(ciphertext.trim()).map_err(|_| wrong("it is not Base64"))?;
        let plaintext = asked(self.cloud.decrypt(&Account::default(), &bytes))?;
        String::from_utf8(plaintext.expose().clone()).map_err(|_| wrong("what it holds is not text"))
    }
}

/// What is named by its ARN is in the region that the ARN names.
fn account_of(name: &str) -> Account {
    let region = name.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(2)).map(str::to_owned);
    Account { region, ..Account::default() }
}

fn asked<T>(question: impl Future<Output = Result<T, CloudError>>) -> Result<T, ResolveError> {
    let answer = block_on(async { Ok(question.await) });
    match answer {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => Err(ResolveError { message: error.message, hint: error.hint }),
        Err(failure) => Err(ResolveError { message: failure.message, hint: None }),
    }
}

/// One key of a secret that is a JSON object, as Secrets Manager keeps what it rotates.
fn member(text: &str, key: &str) -> Result<String, ResolveError> {
    let wrong = |message: String, hint: Option<String>| ResolveError { message, hint };
    let Ok(serde_json::Value::Object(object)) = serde_json::from_str(text) else {
        let hint = format!("write the reference without `#{key}` for the text as it is");
        return Err(wrong("the secret is not a JSON object".to_owned(), Some(hint)));
    };
    match object.get(key) {
        Some(serde_json::Value::String(text)) => Ok(text.clone()),
        Some(serde_json::Value::Number(number)) => Ok(number.to_string()),
        Some(_) => Err(wrong(format!("its key `{key}` is neither text nor a number"), None)),
        None => {
            let keys: Vec<&str> = object.keys().map(String::as_str).collect();
            Err(wrong(format!("the secret has no key `{key}`"), Some(format!("it has {}", keys.join(", ")))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_secret_are_text_or_numbers() {
        let text = r#"{"username": "joe", "port": 5439, "tags": []}"#;
        assert_eq!(member(text, "username").as_deref(), Ok("joe"));
        assert_eq!(member(text, "port").as_deref(), Ok("5439"));
        let message = |text: &str, key: &str| member(text, key).expect_err("has none").message;
        assert_eq!(message(text, "tags"), "its key `tags` is neither text nor a number");
        assert_eq!(message(text, "password"), "the secret has no key `password`");
        assert_eq!(message("hunter2", "password"), "the secret is not a JSON object");
    }

    #[test]
    fn an_arn_says_the_region() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:warehouse/dev-AbCdEf";
        assert_eq!(account_of(arn).region.as_deref(), Some("eu-west-1"));
        assert_eq!(account_of("warehouse/dev").region, None);
    }
}
