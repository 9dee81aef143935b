//! Secrets Manager, the parameters of Systems Manager, and KMS.

use aws_config::SdkConfig;
use aws_sdk_kms::primitives::Blob;
use serde::Deserialize;
use serde_json::json;

use super::refusal::refused;
use super::signed::{self, SSM};
use crate::ports::{CloudError, CloudErrorKind};
use crate::text::Secret;

/// The current text of a secret, by its name or ARN.
pub(super) async fn read(configuration: &SdkConfig, name: &str) -> Result<Secret<String>, CloudError> {
    let client = aws_sdk_secretsmanager::Client::new(configuration);
    let answer = client.get_secret_value().secret_id(name).send().await;
    let answer = answer.map_err(|error| refused("secretsmanager:GetSecretValue", error))?;
    answer.secret_string.map(Secret::new).ok_or_else(|| {
        CloudError::new(CloudErrorKind::Refused, format!("the secret `{name}` is not text: store it as a string"))
    })
}

/// The part of an answer of GetParameter that is asked for.
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundParameter {
    parameter: Parameter,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    value: String,
}

/// The value of a parameter, by its name or ARN.
pub(super) async fn parameter(configuration: &SdkConfig, name: &str) -> Result<Secret<String>, CloudError> {
    let wanted = json!({"Name": name, "WithDecryption": true});
    let found: FoundParameter = signed::json(configuration, SSM, "GetParameter", &wanted).await?;
    Ok(Secret::new(found.parameter.value))
}

/// What a ciphertext holds, which names its key itself.
pub(super) async fn decrypt(configuration: &SdkConfig, ciphertext: &[u8]) -> Result<Secret<Vec<u8>>, CloudError> {
    let client = aws_sdk_kms::Client::new(configuration);
    let answer = client.decrypt().ciphertext_blob(Blob::new(ciphertext)).send().await;
    let answer = answer.map_err(|error| refused("kms:Decrypt", error))?;
    let plaintext = answer.plaintext.map(|blob| Secret::new(blob.into_inner()));
    plaintext.ok_or_else(|| CloudError::new(CloudErrorKind::Refused, "AWS answered without a plaintext"))
}

/// A ciphertext of a short text.
pub(super) async fn encrypt(configuration: &SdkConfig, key: &str, plaintext: &[u8]) -> Result<Vec<u8>, CloudError> {
    let client = aws_sdk_kms::Client::new(configuration);
    let answer = client.encrypt().key_id(key).plaintext(Blob::new(plaintext)).send().await;
    let answer = answer.map_err(|error| refused("kms:Encrypt", error))?;
    let ciphertext = answer.ciphertext_blob.map(Blob::into_inner);
    ciphertext.ok_or_else(|| CloudError::new(CloudErrorKind::Refused, "AWS answered without a ciphertext"))
}

/// Makes a key and its alias; returns its ARN. A key whose alias is taken is of no use and is scheduled for deletion.
pub(super) async fn create_key(configuration: &SdkConfig, alias: &str) -> Result<String, CloudError> {
    let client = aws_sdk_kms::Client::new(configuration);
    let answer = client.create_key().description("values in settings of vesto").send().await;
    let made = answer.map_err(|error| refused("kms:CreateKey", error))?.key_metadata;
    let made = made.ok_or_else(|| CloudError::new(CloudErrorKind::Refused, "AWS answered without a key"))?;
    if let Err(error) = client.create_alias().alias_name(alias).target_key_id(&made.key_id).send().await {
        let error = refused("kms:CreateAlias", error);
        let undone = client.schedule_key_deletion().key_id(&made.key_id).pending_window_in_days(7).send().await;
        let rest = if undone.is_ok() { "will be deleted in 7 days" } else { "is left" };
        return Err(CloudError { message: format!("{}; the key {} {rest}", error.message, made.key_id), ..error });
    }
    Ok(made.arn.unwrap_or(made.key_id))
}
