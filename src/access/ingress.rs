//! Ways in through a security group, for a time: rules with vesto's tags. No other rule is ever changed.

use time::OffsetDateTime;

use super::belonging::{Belonging, EXPIRES_AT};
use super::{Source, SourceError};
use crate::ports::{CloudError, CloudErrorKind, ClusterFacts, NewRule, RuleFacts, SecurityGroups, WhichRules};
use crate::project::settings::Account;

/// AWS's service that tells who asks under which address it is seen.
pub const ADDRESS_SERVICE: &str = "https://checkip.amazonaws.com";

/// A way in that is wanted.
#[derive(Clone, Debug)]
pub struct Ingress {
    /// Id of the security group.
    pub group: String,
    /// Who is let in.
    pub source: Source,
    /// To which port.
    pub port: u16,
    /// For which run, and until when.
    pub belonging: Belonging,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The rule of this id is this run's.
    Rule(String),
    /// There is such a rule already, which is left alone: that of another run, or nobody's that vesto knows.
    Already(Option<Belonging>),
}

/// A rule of vesto's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRule {
    /// Its id.
    pub id: String,
    /// Id of its security group.
    pub group: String,
    /// Who is let in.
    pub source: String,
    /// The run that made it, and until when it wanted it.
    pub belonging: Belonging,
}

impl Ingress {
    /// Opens it.
    ///
    /// # Errors
    ///
    /// What AWS refuses.
    pub async fn open(&self, groups: &dyn SecurityGroups, account: &Account) -> Result<Opened, CloudError> {
        let Belonging { run, expires_at } = &self.belonging;
        let rule = NewRule {
            group: self.group.clone(),
            source: self.source.to_string(),
            port: self.port,
            description: format!("vesto run {run} until {expires_at}"),
            tags: self.belonging.tags(),
        };
        match groups.create_rule(account, &rule).await {
            Ok(id) => Ok(Opened::Rule(id)),
            Err(error) if error.kind == CloudErrorKind::Exists => {
                let found = groups.rules(account, &WhichRules::OfGroup(self.group.clone())).await?;
                let same = found.into_iter().find(|found| self.is_like(found));
                Ok(match same.as_ref().and_then(|same| Belonging::of(&same.tags).map(|owner| (same, owner))) {
                    // The answer to the first try was lost.
                    Some((same, owner)) if owner.run == *run => Opened::Rule(same.id.clone()),
                    Some((_, owner)) => Opened::Already(Some(owner)),
                    None => Opened::Already(None),
                })
            }
            Err(error) => Err(error),
        }
    }

    fn is_like(&self, rule: &RuleFacts) -> bool {
        rule.ports == Some((self.port, self.port)) && rule.source.as_deref() == Some(self.source.to_string().as_str())
    }

    /// The rule that was made for it.
    pub fn rule(&self, id: String) -> OwnRule {
        let (group, source) = (self.group.clone(), self.source.to_string());
        OwnRule { id, group, source, belonging: self.belonging.clone() }
    }

    /// The rules of vesto's that are like it, whichever run made them.
    ///
    /// # Errors
    ///
    /// What AWS refuses.
    pub async fn like(&self, groups: &dyn SecurityGroups, account: &Account) -> Result<Vec<OwnRule>, CloudError> {
        let found = groups.rules(account, &WhichRules::OfGroup(self.group.clone())).await?;
        Ok(found.into_iter().filter(|rule| self.is_like(rule)).filter_map(own).collect())
    }
}

/// The one security group of a cluster.
///
/// # Errors
///
/// Fails for a cluster in none or in several.
pub fn group_of(cluster: &ClusterFacts) -> Result<String, CloudError> {
    let name = &cluster.identifier;
    let message = match cluster.security_groups.as_slice() {
        [group] => return Ok(group.clone()),
        [] => format!("the cluster {name} is in no security group"),
        groups => format!("the cluster {name} is in several security groups: {}", groups.join(", ")),
    };
    let hint = "name one with `ingress_group` of the target, or with `--security-group`".to_owned();
    Err(CloudError { hint: Some(hint), ..CloudError::new(CloudErrorKind::Refused, message) })
}

/// The address under which others see this machine, as a service at a URL tells it.
///
/// # Errors
///
/// Fails if the service does not answer with an address.
pub async fn own_source(groups: &dyn SecurityGroups, account: &Account, service: &str) -> Result<Source, CloudError> {
    let told = groups.own_address(account, service).await;
    let source = told.and_then(|text| {
        let address = text.trim().parse();
        let address = address.map_err(|_| CloudError::new(CloudErrorKind::Refused, "the answer is no address"))?;
        Ok(Source::host(address)?)
    });
    source.map_err(|error| {
        let message = format!("{service} does not tell the address of this machine: {}", error.message);
        let hint = "write `ingress_address` of the target, or `--address`".to_owned();
        CloudError { message, hint: Some(hint), ..error }
    })
}

impl From<SourceError> for CloudError {
    fn from(error: SourceError) -> Self {
        Self::new(CloudErrorKind::Refused, error.to_string())
    }
}

/// The rules of vesto's whose time is over.
///
/// # Errors
///
/// What AWS refuses.
pub async fn expired_rules(groups: &dyn SecurityGroups, account: &Account) -> Result<Vec<OwnRule>, CloudError> {
    let now = OffsetDateTime::now_utc();
    let found = groups.rules(account, &WhichRules::Tagged(EXPIRES_AT.to_owned())).await?;
    Ok(found.into_iter().filter_map(own).filter(|rule| rule.belonging.is_over(now)).collect())
}

fn own(rule: RuleFacts) -> Option<OwnRule> {
    let belonging = Belonging::of(&rule.tags)?;
    Some(OwnRule { id: rule.id, group: rule.group, source: rule.source.unwrap_or_default(), belonging })
}

impl OwnRule {
    /// Deletes it; one that is gone already is no error.
    ///
    /// # Errors
    ///
    /// What AWS refuses.
    pub async fn delete(&self, groups: &dyn SecurityGroups, account: &Account) -> Result<(), CloudError> {
        match groups.delete_rule(account, &self.group, &self.id).await {
            Err(error) if error.kind == CloudErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
}
