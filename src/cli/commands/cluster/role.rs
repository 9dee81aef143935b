//! `vesto cluster role`: the role by which COPY and UNLOAD reach buckets. It is shown before it is made.

use std::fmt::Write as _;

use serde_json::Value;

use crate::access::{DeletableRole, RoleError, RoleWishes, Standing, WantedRole, rights, trust};
use crate::ports::Cloud;
use crate::project::TargetSpec;
use crate::project::settings::Account;
use crate::report::text_diff;

use super::{account, named, told};
use crate::cli::arguments::RoleArguments;
use crate::cli::console;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::block_on;
use crate::cli::workspace::Site;

/// The longest name of a role (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
const LONGEST: usize = 64;

/// Shows the role and makes it what it should be, or deletes it.
pub(super) fn role(site: &Site, spec: &TargetSpec, own: &RoleArguments) -> Result<ExitCode, Failure> {
    let account = account(spec)?;
    let project = site.name();
    let name = own.name.clone().unwrap_or_else(|| default_name(&project));
    let cloud = site.cloud.as_ref();
    if own.delete {
        return block_on(delete(cloud, account, &name, &project, own.yes));
    }
    let cluster = if own.attach { Some(named(spec)?.1) } else { None };
    let wishes = RoleWishes {
        read: own.read.clone(),
        write: own.write.clone(),
        clean: own.cleanpath,
        kms_keys: own.kms_keys.clone(),
        serverless: own.serverless,
    };
    block_on(async {
        let partition = cloud.partition(account).await?;
        let wanted = WantedRole { name, project, trust: trust(&wishes), rights: rights(&wishes, &partition) };
        let standing = wanted.standing(cloud, account).await?;
        console::answer(&shown(&wanted, &standing))?;
        let is_as_wanted = matches!(standing, Standing::AsWanted { .. });
        let is_done = is_as_wanted && cluster.is_none();
        if !is_done && !own.yes {
            return told("nothing was changed: run it again with --yes\n");
        }
        let arn = wanted.make(cloud, account, &standing).await?;
        if !is_as_wanted {
            console::answer(&format!("made {arn}\n"))?;
        }
        match cluster {
            Some(cluster) => attach(cloud, account, cluster, &arn).await,
            None => Ok(ExitCode::Done),
        }
    })
}

async fn attach(cloud: &dyn Cloud, account: &Account, cluster: &str, arn: &str) -> Result<ExitCode, Failure> {
    if cloud.cluster(account, cluster).await?.roles.iter().any(|role| role == arn) {
        return told(&format!("the cluster {cluster} may use it\n"));
    }
    cloud.attach_role(account, cluster, arn).await?;
    told(&format!("the cluster {cluster} may use it from now on\n"))
}

async fn delete(
    cloud: &dyn Cloud,
    account: &Account,
    name: &str,
    project: &str,
    yes: bool,
) -> Result<ExitCode, Failure> {
    let Some(role) = DeletableRole::find(cloud, account, name, project).await? else {
        return told(&format!("there is no role {name}\n"));
    };
    if !yes {
        return told(&format!("would delete {}\nnothing was changed: run it again with --yes\n", role.arn));
    }
    role.delete(cloud, account).await?;
    told(&format!("deleted {}\n", role.arn))
}

/// The role as it should be, or what of it differs.
fn shown(wanted: &WantedRole, standing: &Standing) -> String {
    let parts = [("who may assume it", &wanted.trust), ("what it may do", &wanted.rights)];
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = match standing {
        Standing::Missing => writeln!(out, "the role {} does not exist yet", wanted.name),
        Standing::AsWanted { arn } => writeln!(out, "the role {arn} is as it should be"),
        Standing::Different { arn, trust, rights } => {
            let _ = writeln!(out, "the role {arn} differs");
            for ((what, wanted), now) in parts.into_iter().zip([trust, rights]) {
                if let Some(now) = now {
                    let _ = write!(out, "\n{what}:\n{}", text_diff(&pretty(now), &pretty(wanted), "now", "wanted"));
                }
            }
            return out;
        }
    };
    for (what, document) in parts {
        let _ = writeln!(out, "\n{what}:\n{}", pretty(document));
    }
    out
}

fn pretty(document: &Value) -> String {
    format!("{document:#}")
}

/// A name of the project's, of the characters that IAM takes.
fn default_name(project: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let name: String = project.chars().map(|c| if fits(c) { c } else { '-' }).collect();
    format!("vesto-{name}").chars().take(LONGEST).collect()
}

impl From<RoleError> for Failure {
    fn from(error: RoleError) -> Self {
        let hint = match error {
            RoleError::Cloud(error) => return Self::from(error),
            RoleError::Foreign { .. } => "name another role with `--name`",
            RoleError::OthersPolicies { .. } => "take them away first, if nobody needs them",
            RoleError::Document { .. } => "write it anew in AWS's console",
        };
        Self::of(ExitCode::Target, &error).hint(hint.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_after_the_project() {
        assert_eq!(default_name("sample"), "vesto-sample");
        assert_eq!(default_name("data mart/ü"), "vesto-data-mart--");
        assert_eq!(default_name(&"x".repeat(80)).len(), LONGEST);
    }
}
