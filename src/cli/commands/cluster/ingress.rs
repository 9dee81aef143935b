//! `vesto cluster ingress`: a way through the security group of the target's cluster, for one address and one port.

use crate::access::{Belonging, Ingress, Opened, Source, group_of, own_source};
use crate::ports::{Cloud, CloudError};
use crate::project::TargetSpec;
use crate::project::settings::{Account, Cluster, IngressSettings, TargetPlace};
use crate::target::own_address_service;

use super::{named, told};
use crate::cli::arguments::IngressArguments;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::block_on;

/// Opens the way, or closes it.
pub(super) fn ingress(
    cloud: &dyn Cloud,
    spec: &TargetSpec,
    own: &IngressArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let (account, name) = named(spec)?;
    let settings = match &spec.place {
        TargetPlace::Redshift(Cluster { ingress, .. }) => ingress.clone(),
        _ => IngressSettings::default(),
    };
    block_on(async {
        let source = match (own.address.or(own.range), settings.address) {
            (Some(source), _) => source,
            (None, Some(address)) => Source::host(address).map_err(CloudError::from)?,
            (None, None) => own_source(cloud, account, own_address_service(&environment.variables)).await?,
        };
        let facts = cloud.cluster(account, name).await?;
        let group = match own.security_group.clone().or(settings.group) {
            Some(group) => group,
            None => group_of(&facts)?,
        };
        let port = facts.port.ok_or_else(|| {
            Failure::new(ExitCode::Target, format!("the cluster {name} is {} and has no port yet", facts.status))
                .hint("wait until it is available".to_owned())
        })?;
        let belonging = Belonging::new(&environment.run, own.expires_after.or(settings.expires_after));
        let ingress = Ingress { group, source, port, belonging };
        match own.close {
            true => close(cloud, account, &ingress, own.dry_run).await,
            false => open(cloud, account, &ingress, own.dry_run).await,
        }
    })
}

async fn open(cloud: &dyn Cloud, account: &Account, ingress: &Ingress, dry_run: bool) -> Result<ExitCode, Failure> {
    let Ingress { group, source, port, belonging: Belonging { expires_at, .. } } = ingress;
    if dry_run {
        return told(&format!("would open port {port} of {group} for {source} until {expires_at}\n"));
    }
    match ingress.open(cloud, account).await? {
        Opened::Rule(id) => told(&format!("opened port {port} of {group} for {source} until {expires_at}: {id}\n")),
        Opened::Already(Some(Belonging { run, expires_at })) => {
            told(&format!("port {port} of {group} is open for {source} already, by the run {run} until {expires_at}\n"))
        }
        Opened::Already(None) => {
            told(&format!("port {port} of {group} is open for {source} already, and not by vesto\n"))
        }
    }
}

async fn close(cloud: &dyn Cloud, account: &Account, ingress: &Ingress, dry_run: bool) -> Result<ExitCode, Failure> {
    let Ingress { group, source, port, .. } = ingress;
    let rules = ingress.like(cloud, account).await?;
    if rules.is_empty() {
        return told(&format!("vesto has not opened port {port} of {group} for {source}\n"));
    }
    if dry_run {
        return told(&format!("would close port {port} of {group} for {source}\n"));
    }
    for rule in &rules {
        rule.delete(cloud, account).await?;
    }
    told(&format!("closed port {port} of {group} for {source}\n"))
}
