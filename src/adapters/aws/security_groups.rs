//! Rules of security groups, by EC2's Query protocol, and the address of this machine.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::signed::{self, EC2};
use crate::ports::{CloudError, CloudErrorKind, NewRule, RuleFacts, WhichRules};

/// An answer with rules, which is one page of several where it has a token.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RulesResponse {
    #[serde(default)]
    security_group_rule_set: Items<Rule>,
    next_token: Option<String>,
}

/// A list of EC2's Query protocol.
#[derive(Deserialize)]
struct Items<T> {
    #[serde(rename = "item", default = "Vec::new")]
    items: Vec<T>,
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    security_group_rule_id: String,
    group_id: String,
    #[serde(default)]
    is_egress: bool,
    cidr_ipv4: Option<String>,
    cidr_ipv6: Option<String>,
    /// -1 where a rule is for all ports.
    from_port: Option<i32>,
    to_port: Option<i32>,
    #[serde(default)]
    tag_set: Items<Tag>,
}

#[derive(Deserialize)]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

/// Makes a rule; returns its id.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html>
pub(super) async fn create(configuration: &SdkConfig, rule: &NewRule) -> Result<String, CloudError> {
    let (ranges, member) = if rule.source.contains(':') { ("Ipv6Ranges", "CidrIpv6") } else { ("IpRanges", "CidrIp") };
    let mut parameters = vec![
        ("GroupId".to_owned(), rule.group.clone()),
        ("IpPermissions.1.IpProtocol".to_owned(), "tcp".to_owned()),
        ("IpPermissions.1.FromPort".to_owned(), rule.port.to_string()),
        ("IpPermissions.1.ToPort".to_owned(), rule.port.to_string()),
        (format!("IpPermissions.1.{ranges}.1.{member}"), rule.source.clone()),
        (format!("IpPermissions.1.{ranges}.1.Description"), rule.description.clone()),
        ("TagSpecification.1.ResourceType".to_owned(), "security-group-rule".to_owned()),
    ];
    for (number, (key, value)) in (1..).zip(&rule.tags) {
        parameters.push((format!("TagSpecification.1.Tag.{number}.Key"), key.clone()));
        parameters.push((format!("TagSpecification.1.Tag.{number}.Value"), value.clone()));
    }
    let answer: RulesResponse = signed::query(configuration, EC2, "AuthorizeSecurityGroupIngress", &parameters).await?;
    let made = answer.security_group_rule_set.items.into_iter().next().map(|rule| rule.security_group_rule_id);
    made.ok_or_else(|| CloudError::new(CloudErrorKind::Refused, "AWS answered without the rule that it made"))
}

/// The rules that let somebody in.
pub(super) async fn list(configuration: &SdkConfig, which: &WhichRules) -> Result<Vec<RuleFacts>, CloudError> {
    let (filter, value) = match which {
        WhichRules::OfGroup(group) => ("group-id", group),
        WhichRules::Tagged(tag) => ("tag-key", tag),
    };
    let filter = [("Filter.1.Name".to_owned(), filter.to_owned()), ("Filter.1.Value.1".to_owned(), value.to_owned())];
    let (mut parameters, mut found) = (filter.to_vec(), Vec::new());
    loop {
        let page: RulesResponse = signed::query(configuration, EC2, "DescribeSecurityGroupRules", &parameters).await?;
        found.extend(page.security_group_rule_set.items.into_iter().filter(|rule| !rule.is_egress).map(facts));
        let Some(token) = page.next_token.filter(|token| !token.is_empty()) else { return Ok(found) };
        parameters = filter.to_vec();
        parameters.push(("NextToken".to_owned(), token));
    }
}

fn facts(rule: Rule) -> RuleFacts {
    let port = |number: Option<i32>| number.and_then(|number| u16::try_from(number).ok());
    let tags: BTreeMap<String, String> =
        rule.tag_set.items.into_iter().map(|Tag { key, value }| (key, value)).collect();
    RuleFacts {
        id: rule.security_group_rule_id,
        group: rule.group_id,
        source: rule.cidr_ipv4.or(rule.cidr_ipv6),
        ports: port(rule.from_port).zip(port(rule.to_port)),
        tags,
    }
}

/// Deletes a rule.
pub(super) async fn delete(configuration: &SdkConfig, group: &str, id: &str) -> Result<(), CloudError> {
    let parameters = [("GroupId".to_owned(), group.to_owned()), ("SecurityGroupRuleId.1".to_owned(), id.to_owned())];
    signed::query::<IgnoredAny>(configuration, EC2, "RevokeSecurityGroupIngress", &parameters).await.map(drop)
}
