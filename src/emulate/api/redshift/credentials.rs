//! Temporary passwords: <https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html>.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::emulate::api::behind::DatabaseUser;
use crate::emulate::api::clock::iso;
use crate::emulate::api::exchange::Caller;
use crate::emulate::api::identifier;
use crate::emulate::api::query::Parameters;
use crate::emulate::api::refusal::Refusal;
use crate::emulate::api::service::Context;
use crate::emulate::credentials::Issued;

/// Seconds that a password may be good for.
const SECONDS: std::ops::RangeInclusive<u64> = 900..=3600;

/// The user of the database that stands for who calls.
///
/// AWS names it after the user or role of IAM. The emulator has no IAM, so it takes the key id: `IAM:AKIA...` for a
/// lasting key, `IAMR:ASIA...` for one that a role gave.
pub(in crate::emulate::api) fn identity(caller: &Caller) -> DatabaseUser {
    let prefix = if caller.access_key.starts_with("ASIA") { "IAMR" } else { "IAM" };
    let name = format!("{prefix}:{}", caller.access_key);
    DatabaseUser { name, groups: Vec::new(), create: true }
}

/// Lets who calls in; returns the password. `seconds` are checked by the caller.
pub(in crate::emulate::api) async fn issue_to_identity(
    context: &Context<'_>,
    cluster: &str,
    database: Option<String>,
    seconds: u64,
) -> Result<Issued, Refusal> {
    let user = identity(context.caller);
    let issued = new(user.name.clone(), user, database, seconds)?;
    admit(context, cluster, issued).await
}

pub(super) async fn of_identity(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let seconds = seconds(parameters)?;
    let database = parameters.text("DbName").map(str::to_owned);
    let issued = issue_to_identity(context, cluster(parameters)?, database, seconds).await?;
    Ok(json!({
        "DbUser": issued.login,
        "DbPassword": issued.password.expose(),
        "Expiration": iso(issued.expires_at),
        "NextRefreshTime": iso(issued.expires_at - Duration::from_secs(seconds / 2)),
    }))
}

pub(super) async fn of_user(context: &Context<'_>, parameters: &Parameters) -> Result<Value, Refusal> {
    let name = parameters.required("DbUser")?;
    let create = parameters.flag("AutoCreate")?.unwrap_or_default();
    let groups = parameters.list("DbGroups");
    for given in std::iter::once(name).chain(groups.iter().map(String::as_str)) {
        check_name(given)?;
    }
    // A login that makes its user says so, and names the groups that it joins.
    let prefix = if create { "IAMA" } else { "IAM" };
    let login = [prefix, name, &groups.join(",")].join(":");
    let login = login.trim_end_matches(':').to_owned();
    let user = DatabaseUser { name: name.to_owned(), groups, create };
    let database = parameters.text("DbName").map(str::to_owned);
    let issued = new(login, user, database, seconds(parameters)?)?;
    let issued = admit(context, cluster(parameters)?, issued).await?;
    Ok(json!({
        "DbUser": issued.login,
        "DbPassword": issued.password.expose(),
        "Expiration": iso(issued.expires_at),
    }))
}

fn new(login: String, user: DatabaseUser, database: Option<String>, seconds: u64) -> Result<Issued, Refusal> {
    Ok(Issued {
        login,
        password: identifier::password()?,
        expires_at: OffsetDateTime::now_utc() + Duration::from_secs(seconds),
        database_user: user.name,
        creates_user: user.create,
        groups: user.groups,
        database,
    })
}

async fn admit(context: &Context<'_>, cluster: &str, issued: Issued) -> Result<Issued, Refusal> {
    let cluster = context.api.fleet().available(cluster, context.now)?.identifier.clone();
    context.api.behind.admit(&cluster, issued.clone()).await?;
    Ok(issued)
}

fn cluster(parameters: &Parameters) -> Result<&str, Refusal> {
    if parameters.text("CustomDomainName").is_some() {
        let message = "custom domain names are not emulated: give ClusterIdentifier";
        return Err(Refusal::bad("UnsupportedOperation", message));
    }
    parameters.required("ClusterIdentifier")
}

fn seconds(parameters: &Parameters) -> Result<u64, Refusal> {
    let seconds = parameters.number("DurationSeconds")?.unwrap_or(900);
    if SECONDS.contains(&seconds) {
        return Ok(seconds);
    }
    Err(Refusal::invalid(format!("Token duration must be between 900 and 3600 seconds: {seconds}")))
}

/// What AWS allows in names of users and groups here.
fn check_name(name: &str) -> Result<(), Refusal> {
    let fits = name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_+.@-".contains(&byte));
    if fits && name != "public" {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "A database user or group has 1 to 64 lowercase letters, digits and `_+.@-`, begins with a letter, and is not \
         PUBLIC: {name}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_is_named_after_the_key() {
        let caller = |key: &str| Caller { access_key: key.into(), region: "r".into(), service: "s".into() };
        assert_eq!(identity(&caller("AKIAX")).name, "IAM:AKIAX");
        assert_eq!(identity(&caller("ASIAX")).name, "IAMR:ASIAX");
    }

    #[test]
    fn names_that_cannot_log_in_are_refused() {
        for wrong in ["", "PUBLIC", "public", "Alice", "a:b", "1a", "a,b", "a b"] {
            assert!(check_name(wrong).is_err(), "{wrong}");
        }
        for right in ["alice", "a.b+c@d-e_1", "_x"] {
            assert!(check_name(right).is_ok(), "{right}");
        }
    }
}
