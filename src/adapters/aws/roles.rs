//! Roles of IAM, by its Query protocol.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::refusal::refused;
use super::signed::{self, IAM};
use crate::ports::{CloudError, CloudErrorKind, NewRole, RoleFacts, RolePolicies};
use crate::text::percent_decoded;

#[derive(Deserialize)]
struct GetRoleResponse {
    #[serde(rename = "GetRoleResult")]
    result: RoleResult,
}

#[derive(Deserialize)]
struct CreateRoleResponse {
    #[serde(rename = "CreateRoleResult")]
    result: RoleResult,
}

#[derive(Deserialize)]
struct RoleResult {
    #[serde(rename = "Role")]
    role: Role,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Role {
    arn: String,
    assume_role_policy_document: Option<String>,
    #[serde(default)]
    tags: Members<Tag>,
}

/// A list of the Query protocol.
#[derive(Deserialize)]
struct Members<T> {
    #[serde(rename = "member", default = "Vec::new")]
    members: Vec<T>,
}

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self { members: Vec::new() }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
struct GetRolePolicyResponse {
    #[serde(rename = "GetRolePolicyResult")]
    result: PolicyResult,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyResult {
    policy_document: String,
}

#[derive(Deserialize)]
struct ListRolePoliciesResponse {
    #[serde(rename = "ListRolePoliciesResult")]
    result: InlinePolicies,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InlinePolicies {
    #[serde(default)]
    policy_names: Members<String>,
    marker: Option<String>,
}

#[derive(Deserialize)]
struct ListAttachedRolePoliciesResponse {
    #[serde(rename = "ListAttachedRolePoliciesResult")]
    result: AttachedPolicies,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttachedPolicies {
    #[serde(default)]
    attached_policies: Members<AttachedPolicy>,
    marker: Option<String>,
}

#[derive(Deserialize)]
struct AttachedPolicy {
    #[serde(rename = "PolicyArn")]
    arn: String,
}

/// What IAM knows of a role.
pub(super) async fn read(configuration: &SdkConfig, name: &str) -> Result<RoleFacts, CloudError> {
    let answer: GetRoleResponse = signed::query(configuration, IAM, "GetRole", &[pair("RoleName", name)]).await?;
    let Role { arn, assume_role_policy_document, tags } = answer.result.role;
    let tags: BTreeMap<String, String> = tags.members.into_iter().map(|Tag { key, value }| (key, value)).collect();
    Ok(RoleFacts { arn, trust: document(&assume_role_policy_document.unwrap_or_default())?, tags })
}

/// Makes a role; returns its ARN.
pub(super) async fn create(configuration: &SdkConfig, role: &NewRole) -> Result<String, CloudError> {
    let mut parameters = vec![
        pair("RoleName", &role.name),
        pair("Description", &role.description),
        pair("AssumeRolePolicyDocument", &role.trust),
    ];
    for (number, (key, value)) in (1..).zip(&role.tags) {
        parameters.push(pair(&format!("Tags.member.{number}.Key"), key));
        parameters.push(pair(&format!("Tags.member.{number}.Value"), value));
    }
    let answer: CreateRoleResponse = signed::query(configuration, IAM, "CreateRole", &parameters).await?;
    Ok(answer.result.role.arn)
}

/// Says anew who may assume a role.
pub(super) async fn set_trust(configuration: &SdkConfig, role: &str, document: &str) -> Result<(), CloudError> {
    let parameters = [pair("RoleName", role), pair("PolicyDocument", document)];
    run(configuration, "UpdateAssumeRolePolicy", &parameters).await
}

/// A policy that is part of a role.
pub(super) async fn policy(configuration: &SdkConfig, role: &str, policy: &str) -> Result<String, CloudError> {
    let parameters = [pair("RoleName", role), pair("PolicyName", policy)];
    let answer: GetRolePolicyResponse = signed::query(configuration, IAM, "GetRolePolicy", &parameters).await?;
    document(&answer.result.policy_document)
}

/// Makes a policy part of a role.
pub(super) async fn set_policy(
    configuration: &SdkConfig,
    role: &str,
    policy: &str,
    document: &str,
) -> Result<(), CloudError> {
    let parameters = [pair("RoleName", role), pair("PolicyName", policy), pair("PolicyDocument", document)];
    run(configuration, "PutRolePolicy", &parameters).await
}

/// All policies of a role.
pub(super) async fn policies(configuration: &SdkConfig, role: &str) -> Result<RolePolicies, CloudError> {
    let mut found = RolePolicies::default();
    let mut parameters = vec![pair("RoleName", role)];
    loop {
        let answer: ListRolePoliciesResponse =
            signed::query(configuration, IAM, "ListRolePolicies", &parameters).await?;
        found.inline.extend(answer.result.policy_names.members);
        let Some(marker) = answer.result.marker else { break };
        parameters = vec![pair("RoleName", role), pair("Marker", &marker)];
    }
    parameters = vec![pair("RoleName", role)];
    loop {
        let answer: ListAttachedRolePoliciesResponse =
            signed::query(configuration, IAM, "ListAttachedRolePolicies", &parameters).await?;
        found.attached.extend(answer.result.attached_policies.members.into_iter().map(|policy| policy.arn));
        let Some(marker) = answer.result.marker else { return Ok(found) };
        parameters = vec![pair("RoleName", role), pair("Marker", &marker)];
    }
}

/// Takes a policy that is part of a role away.
pub(super) async fn delete_policy(configuration: &SdkConfig, role: &str, policy: &str) -> Result<(), CloudError> {
    run(configuration, "DeleteRolePolicy", &[pair("RoleName", role), pair("PolicyName", policy)]).await
}

/// Deletes a role.
pub(super) async fn delete(configuration: &SdkConfig, role: &str) -> Result<(), CloudError> {
    run(configuration, "DeleteRole", &[pair("RoleName", role)]).await
}

/// Lets a cluster use a role.
pub(super) async fn attach(configuration: &SdkConfig, cluster: &str, role_arn: &str) -> Result<(), CloudError> {
    let client = aws_sdk_redshift::Client::new(configuration);
    let answer = client.modify_cluster_iam_roles().cluster_identifier(cluster).add_iam_roles(role_arn).send().await;
    answer.map(drop).map_err(|error| refused("redshift:ModifyClusterIamRoles", error))
}

async fn run(configuration: &SdkConfig, action: &str, parameters: &[(String, String)]) -> Result<(), CloudError> {
    signed::query::<IgnoredAny>(configuration, IAM, action, parameters).await.map(drop)
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// A document as IAM gives it, which is encoded as in a URL (RFC 3986: a plus sign is one).
fn document(encoded: &str) -> Result<String, CloudError> {
    let unreadable = |_| CloudError::new(CloudErrorKind::Refused, "IAM answered with a policy that is not text");
    percent_decoded(encoded).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded() {
        assert_eq!(document("%7B%22a%22%3A%22b%2Bc+d%22%7D").as_deref().ok(), Some("{\"a\":\"b+c+d\"}"));
        assert!(document("%7").is_err() && document("%ff").is_err() && document("%zz").is_err());
    }
}
