//! `vesto cluster`: the cluster of AWS that the target names, those that vesto makes, and who may reach what.

mod ingress;
mod role;

use std::fmt::Write as _;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde_json::json;

use crate::access::{Belonging, expired_rules};
use crate::adapters::signals::StopSignals;
use crate::ports::{Cloud, CloudError, ClusterFacts};
use crate::project::TargetSpec;
use crate::project::settings::{Account, Cluster, EphemeralCluster, SslMode, TargetPlace, Workgroup};
use crate::target::{OwnCluster, Surroundings, await_created, create_cluster, expired_clusters};

use crate::cli::arguments::{ClusterCommand, CommonArguments, Format};
use crate::cli::console;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::block_on;
use crate::cli::workspace::Site;

/// Shows, pauses or wakes the target's cluster, makes one, or deletes what vesto has made.
pub(in crate::cli) fn cluster(
    common: &CommonArguments,
    own: &ClusterCommand,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let site = Site::find(common, environment)?;
    let spec = site.spec()?;
    let cloud = site.cloud.as_ref();
    match own {
        ClusterCommand::Status => status(cloud, &spec),
        ClusterCommand::Pause => {
            let (account, name) = named(&spec)?;
            block_on(async { Ok(cloud.pause_cluster(account, name).await?) })?;
            told(&format!("the cluster {name} goes to sleep\n"))
        }
        ClusterCommand::Resume => {
            let (account, name) = named(&spec)?;
            block_on(async { Ok(cloud.resume_cluster(account, name).await?) })?;
            told(&format!("the cluster {name} wakes up\n"))
        }
        ClusterCommand::Create { name, expires_after } => {
            let settings = settings(&spec, *expires_after)?;
            create(&settings, name.as_deref(), &spec.name, common.format, &site.surroundings(environment))
        }
        ClusterCommand::Delete { name, final_snapshot } => {
            let name = name.as_deref().map_or_else(|| named(&spec).map(|(_, name)| name), Ok)?;
            let keep = final_snapshot.as_deref().map(|word| word == "yes");
            delete(account(&spec)?, name, keep, &site.surroundings(environment))
        }
        ClusterCommand::Reap { dry_run } => reap(cloud, &spec, *dry_run),
        ClusterCommand::Role(own) => role::role(&site, &spec, own),
        ClusterCommand::Ingress(own) => ingress::ingress(cloud, &spec, own, environment),
    }
}

fn told(text: &str) -> Result<ExitCode, Failure> {
    console::answer(text)?;
    Ok(ExitCode::Done)
}

/// The account that a target's calls of AWS go to.
fn account(spec: &TargetSpec) -> Result<&Account, Failure> {
    match &spec.place {
        TargetPlace::Redshift(Cluster { account, .. }) | TargetPlace::Serverless(Workgroup { account, .. }) => {
            Ok(account)
        }
        TargetPlace::Ephemeral(ephemeral) => Ok(&ephemeral.cluster.account),
        TargetPlace::Local { .. } | TargetPlace::Postgres(_) => Err(not_of_aws(spec)),
    }
}

/// The cluster that a target names.
fn named(spec: &TargetSpec) -> Result<(&Account, &str), Failure> {
    match &spec.place {
        TargetPlace::Redshift(Cluster { account, identifier: Some(name), .. }) => Ok((account, name)),
        _ => Err(not_of_aws(spec)),
    }
}

fn not_of_aws(spec: &TargetSpec) -> Failure {
    Failure::new(ExitCode::Usage, format!("the target `{}` names no cluster of AWS", spec.name))
        .hint("name one of kind `redshift` with `cluster` by `--target`".to_owned())
}

/// The model of a cluster to be made.
fn settings(spec: &TargetSpec, expires_after: Option<Duration>) -> Result<EphemeralCluster, Failure> {
    let TargetPlace::Ephemeral(settings) = &spec.place else {
        let message = format!("the target `{}` does not describe a cluster that can be made", spec.name);
        let hint = "name one of kind `ephemeral` by `--target`".to_owned();
        return Err(Failure::new(ExitCode::Usage, message).hint(hint));
    };
    let expires_after = expires_after.or(settings.expires_after);
    Ok(EphemeralCluster { expires_after, ..settings.as_ref().clone() })
}

/// Makes a cluster, waits until it can be used, and says how. One that was not waited for to the end stays too.
fn create(
    settings: &EphemeralCluster,
    name: Option<&str>,
    target: &str,
    format: Format,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    block_on(async {
        let mut signals = StopSignals::listen().map_err(|error| Failure::new(ExitCode::Internal, error.to_string()))?;
        let own = create_cluster(settings, name, surroundings).await?;
        let waiting = std::pin::pin!(await_created(settings, &own.identifier, surroundings));
        let failure = match select(waiting, std::pin::pin!(signals.next())).await {
            Either::Left((Ok(facts), _)) if format == Format::Json => {
                return console::answer_json(&document(&own, &facts, settings)).map(|()| ExitCode::Done);
            }
            Either::Left((Ok(facts), _)) => return told(&described(&own, &facts, settings, target)),
            Either::Left((Err(error), _)) => Failure::from(error),
            Either::Right(_) => Failure::new(ExitCode::Interrupted, "interrupted"),
        };
        let message = format!("{}; the cluster {} is still there", failure.message, own.identifier);
        let hint = format!("delete it with `vesto cluster delete {} --target {target}`", own.identifier);
        Err(Failure { message, ..failure }.hint(hint))
    })
}

/// The database and the user of a cluster that was just made.
fn login_of<'a>(facts: &'a ClusterFacts, settings: &'a EphemeralCluster) -> (&'a str, &'a str) {
    let login = &settings.cluster.login;
    let database = login.database.as_deref().or(facts.database.as_deref()).unwrap_or("dev");
    let user = login.user.as_deref().or(facts.master_user.as_deref()).unwrap_or("awsuser");
    (database, user)
}

fn document(own: &OwnCluster, facts: &ClusterFacts, settings: &EphemeralCluster) -> serde_json::Value {
    let (database, user) = login_of(facts, settings);
    json!({
        "cluster": own.identifier, "host": facts.host, "port": facts.port, "database": database, "user": user,
        "run": own.belonging.run, "expires_at": own.belonging.expires_at, "final_snapshot": own.final_snapshot,
    })
}

/// Where the cluster is, and the section of vesto.ini by which it is used.
fn described(own: &OwnCluster, facts: &ClusterFacts, settings: &EphemeralCluster, target: &str) -> String {
    let OwnCluster { identifier, belonging: Belonging { expires_at, .. }, .. } = own;
    let (host, port) = (facts.host.as_deref().unwrap_or_default(), facts.port.unwrap_or_default());
    let (database, user) = login_of(facts, settings);
    let Cluster { account, login, .. } = &settings.cluster;
    let sslmode = login.sslmode.and_then(|mode| SslMode::WORDS.into_iter().find(|(_, known)| *known == mode));
    let keys = [
        ("kind", Some("redshift".to_owned())),
        ("cluster", Some(identifier.clone())),
        ("database", Some(database.to_owned())),
        ("user", Some(user.to_owned())),
        ("region", account.region.clone()),
        ("profile", account.profile.clone()),
        ("assume_role", account.role.clone()),
        ("hostaddr", login.host_address.map(|address| address.to_string())),
        ("sslmode", sslmode.map(|(word, _)| word.to_owned())),
        ("sslrootcert", login.sslrootcert.clone()),
    ];
    let section: String = keys.into_iter().filter_map(|(key, value)| Some(format!("{key} = {}\n", value?))).collect();
    format!(
        "the cluster {identifier} is {} at {host}:{port}, wanted until {expires_at}\n\n\
         as a target of vesto.ini, with a temporary password for each session:\n\n[target {identifier}]\n{section}\n\
         delete it with `vesto cluster delete {identifier} --target {target}`\n",
        facts.status
    )
}

/// Deletes a cluster that vesto made, and no other.
fn delete(
    account: &Account,
    name: &str,
    final_snapshot: Option<bool>,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    let (cloud, tell) = (surroundings.cloud.as_ref(), surroundings.tell.as_ref());
    let own = block_on(async {
        let mut own = OwnCluster::find(cloud, account, name).await?;
        own.final_snapshot = final_snapshot.unwrap_or(own.final_snapshot);
        own.delete_at_rest(cloud, account, tell).await?;
        Ok(own)
    })?;
    let kept = own.last_snapshot().map_or("keeps no snapshot".to_owned(), |name| format!("keeps the snapshot {name}"));
    told(&format!("deletes the cluster {} of run {} and {kept}\n", own.identifier, own.belonging.run))
}

fn status(cloud: &dyn Cloud, spec: &TargetSpec) -> Result<ExitCode, Failure> {
    let (account, name) = named(spec)?;
    let facts = block_on(async { Ok(cloud.cluster(account, name).await?) })?;
    let place = match (&facts.host, facts.port) {
        (Some(host), Some(port)) => format!(" at {host}:{port}"),
        _ => String::new(),
    };
    told(&format!("the cluster {} is {}{place}\n", facts.identifier, facts.status))
}

/// Deletes the clusters and closes the ways in whose time is over. One that cannot be deleted now does not keep the others.
fn reap(cloud: &dyn Cloud, spec: &TargetSpec, dry_run: bool) -> Result<ExitCode, Failure> {
    let account = account(spec)?;
    let mut reaped = Reaped { dry_run, ..Reaped::default() };
    block_on(async {
        for expired in expired_clusters(cloud, account).await? {
            let deleted = if dry_run { Ok(()) } else { expired.delete(cloud, account).await };
            reaped.add("delete", &expired.identifier, &expired.belonging, deleted);
        }
        match expired_rules(cloud, account).await {
            Ok(rules) => {
                for rule in rules {
                    let deleted = if dry_run { Ok(()) } else { rule.delete(cloud, account).await };
                    reaped.add("close", &format!("{} for {}", rule.group, rule.source), &rule.belonging, deleted);
                }
            }
            Err(error) if wants_ingress(spec) => reaped.failed = reaped.failed.take().or(Some(error)),
            // Who opens no ways in may lack the right to look for them.
            Err(error) => console::error(&format!("note: no ways in were looked for: {error}\n")),
        }
        Ok(())
    })?;
    if reaped.text.is_empty() {
        reaped.text.push_str("nothing of a run is over its time\n");
    }
    console::answer(&reaped.text)?;
    match reaped.failed {
        None => Ok(ExitCode::Done),
        Some(error) => Err(Failure::from(error).hint("run it again later: a cluster must be at rest".to_owned())),
    }
}

fn wants_ingress(spec: &TargetSpec) -> bool {
    match &spec.place {
        TargetPlace::Redshift(cluster) => cluster.ingress.is_wanted,
        TargetPlace::Ephemeral(ephemeral) => ephemeral.cluster.ingress.is_wanted,
        TargetPlace::Local { .. } | TargetPlace::Postgres(_) | TargetPlace::Serverless(_) => false,
    }
}

/// What was reaped, a line each, and the first failure.
#[derive(Default)]
struct Reaped {
    dry_run: bool,
    text: String,
    failed: Option<CloudError>,
}

impl Reaped {
    fn add(&mut self, verb: &str, what: &str, belonging: &Belonging, done: Result<(), CloudError>) {
        let Belonging { run, expires_at } = belonging;
        // Writing to a String cannot fail.
        let _ = match &done {
            Ok(()) if self.dry_run => {
                writeln!(self.text, "would {verb} {what} of run {run}, wanted until {expires_at}")
            }
            Ok(()) => writeln!(self.text, "{verb}s {what} of run {run}, wanted until {expires_at}"),
            Err(error) => writeln!(self.text, "cannot {verb} {what} of run {run}: {error}"),
        };
        self.failed = self.failed.take().or(done.err());
    }
}
