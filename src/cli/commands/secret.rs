//! `vesto secret`: values that AWS KMS encrypts, for settings that stand in a repository.

use std::io::Read;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::adapters::cloud::cloud;
use crate::project::settings::Account;
use crate::text::Secret;

use crate::cli::arguments::{AccountArguments, SecretCommand};
use crate::cli::console;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::block_on;

/// The longest text that a key of KMS encrypts itself, in bytes
/// (<https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html>).
const LONGEST: usize = 4096;

/// Encrypts a value, or makes a key for it.
pub(in crate::cli) fn secret(own: &SecretCommand) -> Result<ExitCode, Failure> {
    match own {
        SecretCommand::Encrypt { key, account } => encrypt(key, &account.account()),
        SecretCommand::CreateKey { alias, account } => create_key(alias, &account.account()),
    }
}

/// The value comes from the standard input: a command line can be seen by others.
fn encrypt(key: &str, account: &Account) -> Result<ExitCode, Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| {
        Failure::new(ExitCode::Usage, format!("the standard input cannot be read as text: {error}"))
    })?;
    let text = Secret::new(text.trim_end_matches(['\r', '\n']).to_owned());
    let length = text.expose().len();
    if length == 0 || length > LONGEST {
        return Err(Failure::new(ExitCode::Usage, format!("the value has {length} bytes, expected 1 to {LONGEST}"))
            .hint(
                "give the value on the standard input, such as `vesto secret encrypt --key alias/vesto < FILE`"
                    .to_owned(),
            ));
    }
    let cloud = cloud();
    let ciphertext = block_on(async { Ok(cloud.encrypt(account, key, text.expose().as_bytes()).await?) })?;
    console::answer(&format!("${{kms:{}}}\n", BASE64_STANDARD.encode(ciphertext)))?;
    Ok(ExitCode::Done)
}

fn create_key(alias: &str, account: &Account) -> Result<ExitCode, Failure> {
    let cloud = cloud();
    let alias = if alias.starts_with("alias/") { alias.to_owned() } else { format!("alias/{alias}") };
    let key = block_on(async { Ok(cloud.create_key(account, &alias).await?) })?;
    console::answer(&format!("made the key {key} with the name {alias}\n"))?;
    Ok(ExitCode::Done)
}

impl AccountArguments {
    fn account(&self) -> Account {
        Account { region: self.region.clone(), profile: self.profile.clone(), role: None }
    }
}
