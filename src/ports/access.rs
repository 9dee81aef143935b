//! Who may reach what in AWS: roles with their policies, and rules of security groups.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::CloudError;
use crate::project::settings::Account;

/// What IAM tells of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleFacts {
    /// Its ARN.
    pub arn: String,
    /// Who may assume it: a policy document in JSON.
    pub trust: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A role to be made.
#[derive(Clone, Debug)]
pub struct NewRole {
    /// Its name.
    pub name: String,
    /// What it is for, in a few words.
    pub description: String,
    /// Who may assume it: a policy document in JSON.
    pub trust: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// The names of the policies that a role has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolePolicies {
    /// Those that are part of it.
    pub inline: Vec<String>,
    /// Those that are attached to it, by ARN.
    pub attached: Vec<String>,
}

/// Calls of AWS about roles (<https://docs.aws.amazon.com/IAM/latest/APIReference/>). Each is tried again where AWS asks to,
/// and fails with AWS's own words.
#[async_trait]
pub trait Roles: Send + Sync {
    /// The partition of the account's region, such as `aws` or `aws-cn`, with which its ARNs begin.
    async fn partition(&self, account: &Account) -> Result<String, CloudError>;

    /// What is known of a role.
    async fn role(&self, account: &Account, name: &str) -> Result<RoleFacts, CloudError>;

    /// Makes a role; returns its ARN.
    async fn create_role(&self, account: &Account, role: &NewRole) -> Result<String, CloudError>;

    /// Says anew who may assume a role.
    async fn set_trust(&self, account: &Account, role: &str, document: &str) -> Result<(), CloudError>;

    /// A policy that is part of a role: a document in JSON.
    async fn role_policy(&self, account: &Account, role: &str, policy: &str) -> Result<String, CloudError>;

    /// Makes a policy part of a role, or writes it anew.
    async fn set_role_policy(
        &self,
        account: &Account,
        role: &str,
        policy: &str,
        document: &str,
    ) -> Result<(), CloudError>;

    /// All policies of a role.
    async fn role_policies(&self, account: &Account, role: &str) -> Result<RolePolicies, CloudError>;

    /// Takes a policy that is part of a role away.
    async fn delete_role_policy(&self, account: &Account, role: &str, policy: &str) -> Result<(), CloudError>;

    /// Deletes a role that has no policies.
    async fn delete_role(&self, account: &Account, role: &str) -> Result<(), CloudError>;

    /// Lets a cluster use a role.
    async fn attach_role(&self, account: &Account, cluster: &str, role_arn: &str) -> Result<(), CloudError>;
}

/// A rule to be made: these addresses may reach this port over TCP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRule {
    /// Id of the security group.
    pub group: String,
    /// The addresses, such as `203.0.113.7/32` or `2001:db8::7/128`.
    pub source: String,
    /// The port.
    pub port: u16,
    /// What it is for: at most 255 letters, digits, spaces and `._-:/()#,@[]+=&;{}!$*`.
    pub description: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What EC2 tells of a rule that lets somebody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFacts {
    /// Its id.
    pub id: String,
    /// Id of its security group.
    pub group: String,
    /// The addresses, if it is for addresses.
    pub source: Option<String>,
    /// The first and the last of its ports.
    pub ports: Option<(u16, u16)>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// Calls of AWS about security groups (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/>), as those of [`Roles`].
#[async_trait]
pub trait SecurityGroups: Send + Sync {
    /// Makes a rule; returns its id. One that exists already, whoever made it, is refused.
    async fn create_rule(&self, account: &Account, rule: &NewRule) -> Result<String, CloudError>;

    /// The rules that let somebody in: of one group, or of all.
    async fn rules(&self, account: &Account, which: &WhichRules) -> Result<Vec<RuleFacts>, CloudError>;

    /// Deletes a rule.
    async fn delete_rule(&self, account: &Account, group: &str, id: &str) -> Result<(), CloudError>;

    /// The address under which others see this machine, as a service at a URL tells it.
    async fn own_address(&self, account: &Account, service: &str) -> Result<String, CloudError>;
}

/// Which rules to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhichRules {
    /// Those of this security group.
    OfGroup(String),
    /// Those that have a tag of this name.
    Tagged(String),
}
