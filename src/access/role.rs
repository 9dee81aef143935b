//! A role of vesto's: what is there, what it should be, and making the one the other. What does not carry the project's tag is
//! never touched.

use std::collections::BTreeMap;

use serde_json::Value;

use super::policy::same;
use crate::ports::{CloudError, CloudErrorKind, NewRole, RoleFacts, Roles};
use crate::project::settings::Account;

/// The tag that says which project's vesto made a role.
const PROJECT: &str = "vesto:project";

/// The name of the policy that is part of the role.
const POLICY: &str = "vesto";

/// A role as it is wanted.
#[derive(Clone, Debug)]
pub struct WantedRole {
    /// Its name.
    pub name: String,
    /// The project that it belongs to.
    pub project: String,
    /// Who may assume it.
    pub trust: Value,
    /// What it may do.
    pub rights: Value,
}

/// How a role stands to what is wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// There is none of this name.
    Missing,
    /// It is this role, and it is as wanted.
    AsWanted {
        /// Its ARN.
        arn: String,
    },
    /// It is this role, and differs.
    Different {
        /// Its ARN.
        arn: String,
        /// Who may assume it now, if that differs.
        trust: Option<Value>,
        /// What it may do now, if that differs; null for nothing.
        rights: Option<Value>,
    },
}

/// Why a role is left as it is.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// Somebody else made it.
    #[error(
        "the role {arn} does not carry the tag `{PROJECT} = {project}`, so it is not this project's and is left alone"
    )]
    Foreign {
        /// Its ARN.
        arn: String,
        /// The project that asked.
        project: String,
    },
    /// Somebody else has given it rights.
    #[error("the role {arn} has policies that vesto has not made: {}", policies.join(", "))]
    OthersPolicies {
        /// Its ARN.
        arn: String,
        /// Their names or ARNs.
        policies: Vec<String>,
    },
    /// A document of the role is no JSON.
    #[error("the role {arn} has a policy that is not JSON: {error}")]
    Document {
        /// Its ARN.
        arn: String,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// AWS refused.
    #[error(transparent)]
    Cloud(#[from] CloudError),
}

impl WantedRole {
    /// Looks how the role stands. Nothing is changed.
    ///
    /// # Errors
    ///
    /// Fails for a role of this name that is not the project's.
    pub async fn standing(&self, roles: &dyn Roles, account: &Account) -> Result<Standing, RoleError> {
        let Some(RoleFacts { arn, trust, .. }) = own_role(roles, account, &self.name, &self.project).await? else {
            return Ok(Standing::Missing);
        };
        let rights = match roles.role_policy(account, &self.name, POLICY).await {
            Ok(document) => document,
            Err(error) if error.kind == CloudErrorKind::NotFound => "null".to_owned(),
            Err(error) => return Err(error.into()),
        };
        let read = |document: &str| {
            serde_json::from_str::<Value>(document).map_err(|error| RoleError::Document { arn: arn.clone(), error })
        };
        let trust = Some(read(&trust)?).filter(|trust| !same(trust, &self.trust));
        let rights = Some(read(&rights)?).filter(|rights| !same(rights, &self.rights));
        Ok(match (trust, rights) {
            (None, None) => Standing::AsWanted { arn },
            (trust, rights) => Standing::Different { arn, trust, rights },
        })
    }

    /// Makes the role what it should be; returns its ARN.
    ///
    /// # Errors
    ///
    /// What AWS refuses. A role that was made only in part is completed by the next call.
    pub async fn make(&self, roles: &dyn Roles, account: &Account, standing: &Standing) -> Result<String, RoleError> {
        let (arn, set_trust, set_rights) = match standing {
            Standing::AsWanted { arn } => return Ok(arn.clone()),
            Standing::Missing => (roles.create_role(account, &self.new_role()).await?, false, true),
            Standing::Different { arn, trust, rights } => (arn.clone(), trust.is_some(), rights.is_some()),
        };
        if set_trust {
            roles.set_trust(account, &self.name, &self.trust.to_string()).await?;
        }
        if set_rights {
            roles.set_role_policy(account, &self.name, POLICY, &self.rights.to_string()).await?;
        }
        Ok(arn)
    }

    fn new_role(&self) -> NewRole {
        NewRole {
            name: self.name.clone(),
            description: "COPY and UNLOAD of Amazon Redshift; made by vesto".to_owned(),
            trust: self.trust.to_string(),
            tags: BTreeMap::from([(PROJECT.to_owned(), self.project.clone())]),
        }
    }
}

/// The project's role of this name; nothing if there is none.
///
/// # Errors
///
/// Fails for a role that is not the project's.
async fn own_role(
    roles: &dyn Roles,
    account: &Account,
    name: &str,
    project: &str,
) -> Result<Option<RoleFacts>, RoleError> {
    match roles.role(account, name).await {
        Ok(facts) if facts.tags.get(PROJECT).is_some_and(|owner| owner == project) => Ok(Some(facts)),
        Ok(RoleFacts { arn, .. }) => Err(RoleError::Foreign { arn, project: project.to_owned() }),
        Err(error) if error.kind == CloudErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A role that can be deleted: the project's, with no rights but those that vesto gave it.
#[derive(Debug)]
pub struct DeletableRole {
    /// Its ARN.
    pub arn: String,
    name: String,
    has_policy: bool,
}

impl DeletableRole {
    /// Looks whether a role can be deleted; nothing if there is none of this name. Nothing is changed.
    ///
    /// # Errors
    ///
    /// Fails for a role that is not the project's, and for one that others have given rights.
    pub async fn find(
        roles: &dyn Roles,
        account: &Account,
        name: &str,
        project: &str,
    ) -> Result<Option<Self>, RoleError> {
        let Some(RoleFacts { arn, .. }) = own_role(roles, account, name, project).await? else { return Ok(None) };
        let found = roles.role_policies(account, name).await?;
        let has_policy = found.inline.iter().any(|policy| policy == POLICY);
        let inline = found.inline.into_iter().filter(|policy| policy != POLICY);
        let policies: Vec<String> = inline.chain(found.attached).collect();
        if !policies.is_empty() {
            return Err(RoleError::OthersPolicies { arn, policies });
        }
        Ok(Some(Self { arn, name: name.to_owned(), has_policy }))
    }

    /// Deletes it.
    ///
    /// # Errors
    ///
    /// What AWS refuses.
    pub async fn delete(&self, roles: &dyn Roles, account: &Account) -> Result<(), CloudError> {
        if self.has_policy {
            roles.delete_role_policy(account, &self.name, POLICY).await?;
        }
        roles.delete_role(account, &self.name).await
    }
}
