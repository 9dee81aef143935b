//! A way through the cluster's security group that is open as long as a target is, for this machine alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::aside::wait_aside;
use super::{Notice, Surroundings, TargetError};
use crate::access::{ADDRESS_SERVICE, Belonging, Ingress, Opened, OwnRule, Source, group_of, own_source};
use crate::ports::{Address, Cloud, CloudError, CloudErrorKind, Endpoint};
use crate::project::settings::{Account, IngressSettings};

/// The variable that names another service than AWS's that tells who asks under which address it is seen.
const SERVICE_VARIABLE: &str = "VESTO_ADDRESS_SERVICE";

/// A rule that is deleted with the value.
pub(super) struct OpenedIngress {
    cloud: Arc<dyn Cloud>,
    tell: Arc<dyn Fn(Notice<'_>) + Send + Sync>,
    account: Account,
    ingress: Ingress,
    /// The rule's id; not known until AWS has answered.
    rule: Option<String>,
    is_closed: bool,
}

/// Opens the port of an endpoint, if the target wants it. `cluster` says in which security group it is.
pub(super) async fn open(
    settings: &IngressSettings,
    account: Account,
    cluster: Option<&str>,
    endpoint: &Endpoint,
    surroundings: &Surroundings,
) -> Result<Option<OpenedIngress>, TargetError> {
    let (true, Address::Tcp { port, .. }) = (settings.is_wanted, &endpoint.address) else { return Ok(None) };
    let cloud = surroundings.cloud.clone();
    let source = match settings.address {
        Some(address) => Source::host(address).map_err(CloudError::from)?,
        None => own_source(cloud.as_ref(), &account, own_address_service(&surroundings.environment)).await?,
    };
    let group = match (&settings.group, cluster) {
        (Some(group), _) => group.clone(),
        (None, Some(cluster)) => group_of(&cloud.cluster(&account, cluster).await?)?,
        (None, None) => {
            let error = CloudError::new(CloudErrorKind::Refused, "the target does not say which cluster it is");
            let hint = "write `cluster` with its identifier, or `ingress_group` with its security group".to_owned();
            return Err(CloudError { hint: Some(hint), ..error }.into());
        }
    };
    let belonging = Belonging::new(&surroundings.run, settings.expires_after);
    let ingress = Ingress { group, source, port: *port, belonging };
    // Known before it is made: an answer may be lost.
    let tell = surroundings.tell.clone();
    let mut opened = OpenedIngress { cloud, tell, account, ingress, rule: None, is_closed: false };
    match opened.ingress.open(opened.cloud.as_ref(), &opened.account).await {
        Ok(Opened::Rule(id)) => opened.rule = Some(id),
        Ok(Opened::Already(owner)) => {
            opened.is_closed = true;
            if let Some(owner) = owner {
                let Ingress { group, source, .. } = &opened.ingress;
                let remark = format!(
                    "{group} is open for {source} by the run {} already, which closes it in its end",
                    owner.run
                );
                (opened.tell)(Notice::Remark(&remark));
            }
        }
        // What was refused was not made. An answer that did not come leaves it open.
        Err(error) => {
            opened.is_closed = error.kind != CloudErrorKind::Unreachable;
            return Err(error.into());
        }
    }
    Ok(Some(opened))
}

/// URL of the service that tells the address of this machine.
pub fn own_address_service(environment: &BTreeMap<String, String>) -> &str {
    environment.get(SERVICE_VARIABLE).map(String::as_str).filter(|url| !url.is_empty()).unwrap_or(ADDRESS_SERVICE)
}

impl OpenedIngress {
    /// Deletes the rule.
    pub(super) fn close(mut self) -> Result<(), CloudError> {
        self.close_once()
    }

    fn close_once(&mut self) -> Result<(), CloudError> {
        if std::mem::replace(&mut self.is_closed, true) {
            return Ok(());
        }
        let (cloud, account) = (self.cloud.clone(), self.account.clone());
        let (ingress, rule) = (self.ingress.clone(), self.rule.take());
        let closed = wait_aside(move || async move {
            let rules = match rule {
                Some(id) => vec![ingress.rule(id)],
                None => ingress.like(cloud.as_ref(), &account).await?,
            };
            let is_own = |rule: &&OwnRule| rule.belonging.run == ingress.belonging.run;
            for rule in rules.iter().filter(is_own) {
                rule.delete(cloud.as_ref(), &account).await?;
            }
            Ok(())
        });
        closed.map_err(|error| {
            let Ingress { group, source, .. } = &self.ingress;
            let message = format!("the security group {group} is left open for {source}: {}", error.message);
            let hint = "close it when its time is over with `vesto cluster reap`, or at once with `vesto cluster ingress \
                        --close`";
            CloudError { message, hint: Some(hint.to_owned()), ..error }
        })
    }
}

impl Drop for OpenedIngress {
    fn drop(&mut self) {
        if let Err(error) = self.close_once() {
            (self.tell)(Notice::Left(&error));
        }
    }
}
