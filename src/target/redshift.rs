//! Finding a Redshift by its name, waking it where that is allowed, and how to log in.

use std::time::Duration;

use tokio::time::Instant;

use super::login::{self, Known, LoginError};
use super::opener::Access;
use super::redshift_host::{RedshiftHost, WrittenEndpoint};
use super::{Notice, Surroundings, TargetError};
use crate::ports::{
    Address, CloudError, CloudErrorKind, ClusterFacts, DataApiLogin, DataApiRequest, Endpoint, LoginRequest, Warehouse,
    WorkgroupFacts,
};
use crate::project::settings::{Account, Cluster, Login, Transport, Workgroup};

/// How long to wait for a cluster that starts, unless the target says otherwise. A restored one takes this long at times.
pub(super) const START_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// How long to wait before a state is asked for again, at first and in the end.
const INTERVALS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

/// Where a Redshift is, and what a session takes beside.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) endpoint: Endpoint,
    pub(super) access: Access,
}

/// Finds a provisioned cluster, by its endpoint or its identifier.
pub(super) async fn find_cluster(
    cluster: &Cluster,
    connect_timeout: Duration,
    surroundings: &Surroundings,
) -> Result<Found, TargetError> {
    let written = written_endpoint(&cluster.login, surroundings)?;
    let host = written.as_ref().map(|endpoint| RedshiftHost::parse(&endpoint.host)).unwrap_or_default();
    let identifier = cluster.identifier.clone().or(host.cluster);
    let account = in_region(&cluster.account, host.region);
    let facts = match &identifier {
        Some(name) if written.is_none() || cluster.resume => {
            let limit = cluster.start_timeout.unwrap_or(START_TIMEOUT);
            Some(await_cluster(&account, name, cluster.resume, limit, surroundings).await?)
        }
        None if written.is_none() => {
            return Err(missing("endpoint", "write `cluster` with its identifier, or `endpoint` with its host").into());
        }
        _ => None,
    };
    let known = Known {
        host: facts.as_ref().and_then(|facts| facts.host.clone()),
        port: facts.as_ref().and_then(|facts| facts.port),
        database: facts.as_ref().and_then(|facts| facts.database.clone()),
        written,
    };
    let user = login::user(&cluster.login, surroundings)?;
    let mut endpoint = login::redshift(&cluster.login, known, connect_timeout, surroundings)?;
    if cluster.transport == Transport::DataApi {
        if cluster.ingress.is_wanted {
            let cure = "the Data API needs no way to the port: leave `ingress` out";
            return Err(not_together("`transport = data-api` and `ingress`", cure).into());
        }
        if !cluster.groups.is_empty() || cluster.create_user {
            let cure = "the Data API logs in as a user that exists: leave `groups` and `create_user` out";
            return Err(not_together("`transport = data-api` and `groups` or `create_user`", cure).into());
        }
        let warehouse = identifier.map(Warehouse::Cluster).or(host.workgroup.map(Warehouse::Workgroup));
        let warehouse = warehouse.ok_or_else(|| missing("cluster", "the Data API finds it by its identifier"))?;
        return Ok(over_data_api(warehouse, user, &cluster.login, account, endpoint)?);
    }
    only_with_data_api(&cluster.login)?;
    if endpoint.password.is_some() {
        // Who has a password and no name is the user that the cluster was made with.
        let master = facts.and_then(|facts| facts.master_user);
        endpoint.user = user.or(master).ok_or_else(no_user)?;
        return Ok(Found { endpoint, access: Access::Given });
    }
    let database = endpoint.database.clone();
    let request = match (identifier, user, host.workgroup) {
        (Some(cluster_name), Some(user), _) => {
            let (groups, create) = (cluster.groups.clone(), cluster.create_user);
            LoginRequest::User { cluster: cluster_name, user, database, groups, create }
        }
        (Some(cluster), None, _) => LoginRequest::Identity { cluster, database },
        (None, None, Some(workgroup)) => LoginRequest::Workgroup { workgroup, database },
        // A server that asks no password, or says that it does.
        (None, Some(user), _) => {
            endpoint.user = user;
            return Ok(Found { endpoint, access: Access::Given });
        }
        (None, None, None) => return Err(no_user().into()),
    };
    Ok(Found { endpoint, access: Access::Temporary(account, request) })
}

/// Where a cluster that was found is looked up, and its identifier, if the target or its host says it.
pub(super) fn named(cluster: &Cluster, endpoint: &Endpoint) -> (Account, Option<String>) {
    let host = match &endpoint.address {
        Address::Tcp { host, .. } => RedshiftHost::parse(host),
        Address::Socket { .. } => RedshiftHost::default(),
    };
    (in_region(&cluster.account, host.region), cluster.identifier.clone().or(host.cluster))
}

/// Finds a workgroup of Redshift Serverless.
pub(super) async fn find_workgroup(
    workgroup: &Workgroup,
    connect_timeout: Duration,
    surroundings: &Surroundings,
) -> Result<Found, TargetError> {
    let written = written_endpoint(&workgroup.login, surroundings)?;
    let host = written.as_ref().map(|endpoint| RedshiftHost::parse(&endpoint.host)).unwrap_or_default();
    let account = in_region(&workgroup.account, host.region);
    let name = workgroup.name.clone().or(host.workgroup);
    let facts = match &name {
        Some(name) if written.is_none() => {
            let limit = workgroup.start_timeout.unwrap_or(START_TIMEOUT);
            Some(await_workgroup(&account, name, limit, surroundings).await?)
        }
        None if written.is_none() => {
            return Err(missing("workgroup", "write its name, or `endpoint` with its host").into());
        }
        _ => None,
    };
    let known = Known {
        host: facts.as_ref().and_then(|facts| facts.host.clone()),
        port: facts.as_ref().and_then(|facts| facts.port),
        database: None,
        written,
    };
    let mut endpoint = login::redshift(&workgroup.login, known, connect_timeout, surroundings)?;
    if workgroup.transport == Transport::DataApi {
        let name = name.ok_or_else(|| missing("workgroup", "the Data API finds it by its name"))?;
        let user = login::user(&workgroup.login, surroundings)?;
        return Ok(over_data_api(Warehouse::Workgroup(name), user, &workgroup.login, account, endpoint)?);
    }
    only_with_data_api(&workgroup.login)?;
    if endpoint.password.is_some() {
        endpoint.user = login::user(&workgroup.login, surroundings)?.ok_or_else(no_user)?;
        return Ok(Found { endpoint, access: Access::Given });
    }
    let workgroup = name.ok_or_else(|| missing("workgroup", "its endpoint does not say it: write its name"))?;
    let request = LoginRequest::Workgroup { workgroup, database: endpoint.database.clone() };
    Ok(Found { endpoint, access: Access::Temporary(account, request) })
}

/// A target whose sessions are those of the Data API. Nothing connects to the endpoint, which says where it is.
fn over_data_api(
    warehouse: Warehouse,
    user: Option<String>,
    settings: &Login,
    account: Account,
    endpoint: Endpoint,
) -> Result<Found, LoginError> {
    if settings.password.is_some() {
        let cure = "write `secret` with the name of a secret that holds user and password, or only `user`";
        return Err(not_together("`transport = data-api` and `password`", cure));
    }
    if let Some(route) = &settings.route {
        let cure = "nothing connects to the cluster: leave `ssh` and `proxy` out";
        return Err(not_together(&format!("`transport = data-api` and {route}"), cure));
    }
    let login = match (settings.secret.clone(), user) {
        (Some(_), Some(_)) => {
            return Err(not_together("`secret` and `user`", "the secret says the user: leave `user` out"));
        }
        (Some(secret), None) => DataApiLogin::Secret(secret),
        (None, Some(_)) if matches!(warehouse, Warehouse::Workgroup(_)) => {
            let cure = "leave `user` out to be the user that stands for who calls AWS, or write `secret`";
            return Err(not_together("`transport = data-api` and `user` of a workgroup", cure));
        }
        (None, Some(user)) => DataApiLogin::User(user),
        (None, None) => DataApiLogin::Caller,
    };
    let request = DataApiRequest { warehouse, database: endpoint.database.clone(), login };
    Ok(Found { endpoint, access: Access::DataApi(account, request) })
}

fn only_with_data_api(login: &Login) -> Result<(), LoginError> {
    match login.secret {
        None => Ok(()),
        Some(_) => Err(LoginError {
            message: "the target has a `secret`, by which only the Data API logs in".to_owned(),
            hint: Some("write `transport = data-api`, or `password = ${secret:NAME#password}`".to_owned()),
        }),
    }
}

fn not_together(what: &str, cure: &str) -> LoginError {
    LoginError { message: format!("{what} do not go together"), hint: Some(cure.to_owned()) }
}

fn written_endpoint(login: &Login, surroundings: &Surroundings) -> Result<Option<WrittenEndpoint>, LoginError> {
    let Some(text) = login::host(login, surroundings)? else { return Ok(None) };
    let wrong = || LoginError {
        message: format!("the endpoint `{text}` is not a host"),
        hint: Some("write HOST, HOST:PORT or HOST:PORT/DATABASE".to_owned()),
    };
    WrittenEndpoint::parse(&text).map(Some).ok_or_else(wrong)
}

fn in_region(account: &Account, region: Option<String>) -> Account {
    Account { region: account.region.clone().or(region), ..account.clone() }
}

fn missing(what: &str, cure: &str) -> LoginError {
    LoginError { message: format!("the target has no `{what}`"), hint: Some(cure.to_owned()) }
}

fn no_user() -> LoginError {
    missing("user", "set `user`, or `cluster` with its identifier for a temporary password")
}

/// What a cluster's state means for who wants to use it. Words of AWS:
/// <https://docs.aws.amazon.com/redshift/latest/mgmt/rs-mgmt-cluster-status.html>.
enum Readiness {
    Usable,
    Coming,
    Asleep,
    Gone,
}

fn readiness(status: &str) -> Readiness {
    match status {
        "paused" => Readiness::Asleep,
        "creating" | "pausing" | "resuming" | "rebooting" | "renaming" | "restoring" => Readiness::Coming,
        "deleting" | "final-snapshot" | "hardware-failure" => Readiness::Gone,
        _ if status.starts_with("incompatible-") => Readiness::Gone,
        _ => Readiness::Usable,
    }
}

/// Waits until a cluster can be used.
pub(super) async fn await_cluster(
    account: &Account,
    name: &str,
    may_resume: bool,
    limit: Duration,
    surroundings: &Surroundings,
) -> Result<ClusterFacts, TargetError> {
    let cloud = surroundings.cloud.as_ref();
    let mut waiting = Waiting::new(limit);
    loop {
        let facts = cloud.cluster(account, name).await?;
        match readiness(&facts.status) {
            Readiness::Usable => return Ok(facts),
            Readiness::Coming => {}
            Readiness::Asleep if may_resume => match cloud.resume_cluster(account, name).await {
                // Somebody else was faster.
                Err(error) if error.kind == CloudErrorKind::WrongState => {}
                resumed => resumed?,
            },
            Readiness::Asleep => {
                let hint = "resume it, or write `resume = yes` into the target".to_owned();
                return Err(unusable(format!("the cluster {name} is paused"), hint).into());
            }
            Readiness::Gone => {
                let hint = "see its events in the console of AWS".to_owned();
                return Err(unusable(format!("the cluster {name} is {}", facts.status), hint).into());
            }
        }
        waiting.pause(&format!("the cluster {name} is {}", facts.status), surroundings).await?;
    }
}

/// Waits until a workgroup can be used.
async fn await_workgroup(
    account: &Account,
    name: &str,
    limit: Duration,
    surroundings: &Surroundings,
) -> Result<WorkgroupFacts, TargetError> {
    let mut waiting = Waiting::new(limit);
    loop {
        let facts = surroundings.cloud.workgroup(account, name).await?;
        match facts.status.as_str() {
            "DELETING" => {
                let hint = "name another workgroup".to_owned();
                return Err(unusable(format!("the workgroup {name} is being deleted"), hint).into());
            }
            "CREATING" => {}
            _ if facts.host.is_some() => return Ok(facts),
            _ => {}
        }
        waiting.pause(&format!("the workgroup {name} is {}", facts.status.to_lowercase()), surroundings).await?;
    }
}

fn unusable(message: String, hint: String) -> CloudError {
    CloudError { hint: Some(hint), ..CloudError::new(CloudErrorKind::WrongState, message) }
}

/// Waiting for a state, with longer and longer pauses, up to a limit.
struct Waiting {
    until: Instant,
    limit: Duration,
    interval: Duration,
    told: String,
}

impl Waiting {
    fn new(limit: Duration) -> Self {
        Self { until: Instant::now() + limit, limit, interval: INTERVALS.0, told: String::new() }
    }

    /// Pauses, and tells of a state that is new.
    async fn pause(&mut self, state: &str, surroundings: &Surroundings) -> Result<(), CloudError> {
        if self.told != state {
            (surroundings.tell)(Notice::Waiting(state));
            state.clone_into(&mut self.told);
        }
        if Instant::now() + self.interval > self.until {
            let message = format!("{state}, after {} s of waiting", self.limit.as_secs());
            let hint = "look why, or wait longer with `start_timeout` of the target".to_owned();
            return Err(unusable(message, hint));
        }
        tokio::time::sleep(self.interval).await;
        self.interval = (self.interval * 3 / 2).min(INTERVALS.1);
        Ok(())
    }
}
