//! `vesto cluster`: the clusters of AWS that the target names, those that runs have left behind, and who may reach what.

mod ingress;
mod role;

use std::fmt::Write as _;

use crate::access::{Belonging, expired_rules};
use crate::ports::{Cloud, CloudError};
use crate::project::TargetSpec;
use crate::project::settings::{Account, Cluster, TargetPlace, Workgroup};
use crate::target::expired_clusters;

use crate::cli::arguments::{ClusterCommand, CommonArguments};
use crate::cli::console;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::block_on;
use crate::cli::workspace::Site;

/// Shows, pauses or wakes the target's cluster, or deletes what runs have left.
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
