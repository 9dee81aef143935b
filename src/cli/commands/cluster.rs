//! `vesto cluster`: the clusters of AWS that the target names, those that runs have left behind, and who may reach what.

mod role;

use std::fmt::Write as _;

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
        ClusterCommand::Reap { dry_run } => reap(cloud, account(&spec)?, *dry_run),
        ClusterCommand::Role(own) => role::role(&site, &spec, own),
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

/// Deletes the clusters whose time is over. One that cannot be deleted now does not keep the others.
fn reap(cloud: &dyn Cloud, account: &Account, dry_run: bool) -> Result<ExitCode, Failure> {
    let (mut text, mut failed) = (String::new(), None::<CloudError>);
    block_on(async {
        for expired in expired_clusters(cloud, account).await? {
            let deleted = if dry_run { Ok(()) } else { expired.delete(cloud, account).await };
            let (identifier, since, run) = (&expired.identifier, &expired.expired_at, &expired.run);
            // Writing to a String cannot fail.
            let _ = match &deleted {
                Ok(()) if dry_run => writeln!(text, "would delete {identifier} of run {run}, wanted until {since}"),
                Ok(()) => writeln!(text, "deletes {identifier} of run {run}, wanted until {since}"),
                Err(error) => writeln!(text, "cannot delete {identifier} of run {run}: {error}"),
            };
            failed = failed.take().or(deleted.err());
        }
        Ok(())
    })?;
    if text.is_empty() {
        text.push_str("no cluster of a run is over its time\n");
    }
    console::answer(&text)?;
    match failed {
        None => Ok(ExitCode::Done),
        Some(error) => Err(Failure::from(error).hint("run it again later: a cluster must be at rest".to_owned())),
    }
}
