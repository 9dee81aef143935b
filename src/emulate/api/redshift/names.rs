//! Names as AWS takes them: identifiers, ARNs, tags.

use std::collections::BTreeMap;

use crate::emulate::api::query::Parameters;
use crate::emulate::api::refusal::Refusal;
use crate::emulate::api::service::Context;

/// Tags that one resource may have.
const MOST_TAGS: usize = 50;

/// An identifier of a cluster or a snapshot, in lower case
/// (<https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateCluster.html>).
pub(super) fn identifier(parameters: &Parameters, name: &str, longest: usize) -> Result<String, Refusal> {
    let given = parameters.required(name)?;
    let value = given.to_ascii_lowercase();
    let fits = (1..=longest).contains(&value.len())
        && value.starts_with(|first: char| first.is_ascii_lowercase())
        && value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !value.ends_with('-')
        && !value.contains("--");
    if fits {
        return Ok(value);
    }
    Err(Refusal::invalid(format!(
        "The parameter {name} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII \
         letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens: {given}"
    )))
}

/// A name in the database: what AWS allows for `DBName` and `MasterUsername`.
pub(super) fn database_name(value: &str, name: &str) -> Result<String, Refusal> {
    let fits = (1..=127).contains(&value.len())
        && value.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_$+.@-".contains(&byte));
    if fits {
        return Ok(value.to_ascii_lowercase());
    }
    Err(Refusal::invalid(format!(
        "The parameter {name} must be 1 to 127 letters, digits, underscores, `$+.@-`, and begin with a letter: {value}"
    )))
}

/// What a tag can hang on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    Cluster(String),
    Snapshot { cluster: String, identifier: String },
}

impl Resource {
    /// Reads `arn:aws:redshift:REGION:ACCOUNT:cluster:NAME` and `...:snapshot:CLUSTER/NAME`.
    pub(super) fn read(arn: &str) -> Result<Self, Refusal> {
        let unknown = || Refusal::bad("InvalidTagFault", format!("Invalid Amazon resource name (ARN): {arn}"));
        let parts: Vec<&str> = arn.splitn(7, ':').collect();
        let ["arn", _partition, "redshift", _region, _account, kind, name] = parts[..] else { return Err(unknown()) };
        match (kind, name.split_once('/')) {
            ("cluster", None) if !name.is_empty() => Ok(Self::Cluster(name.to_owned())),
            ("snapshot", Some((cluster, identifier))) => {
                Ok(Self::Snapshot { cluster: cluster.to_owned(), identifier: identifier.to_owned() })
            }
            _ => Err(unknown()),
        }
    }

    pub(super) fn arn(&self, context: &Context<'_>) -> String {
        let (region, account) = (&context.caller.region, &context.api.settings.account);
        match self {
            Self::Cluster(name) => format!("arn:aws:redshift:{region}:{account}:cluster:{name}"),
            Self::Snapshot { cluster, identifier } => {
                format!("arn:aws:redshift:{region}:{account}:snapshot:{cluster}/{identifier}")
            }
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Cluster(_) => "cluster",
            Self::Snapshot { .. } => "snapshot",
        }
    }
}

/// The tags of a request, checked.
pub(super) fn tags(parameters: &Parameters) -> Result<BTreeMap<String, String>, Refusal> {
    let mut tags = BTreeMap::new();
    for tag in parameters.structures("Tags") {
        let key = tag.get("Key").copied().unwrap_or_default();
        let value = tag.get("Value").copied().unwrap_or_default();
        if !(1..=128).contains(&key.chars().count()) || key.starts_with("aws:") || value.chars().count() > 256 {
            let message =
                "The tag is invalid: a key has 1 to 128 characters and does not begin with aws:, a value at most 256";
            return Err(Refusal::bad("InvalidTagFault", message));
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    Ok(tags)
}

/// Adds tags, as far as there may be so many.
pub(super) fn add_tags(to: &mut BTreeMap<String, String>, tags: BTreeMap<String, String>) -> Result<(), Refusal> {
    let mut all = to.clone();
    all.extend(tags);
    if all.len() > MOST_TAGS {
        let message = format!("You have exceeded the number of tags allowed: {MOST_TAGS}");
        return Err(Refusal::bad("TagLimitExceededFault", message));
    }
    *to = all;
    Ok(())
}

/// Which resources are asked for by their tags: those with any of the keys, any of the values, or any combination.
pub(super) struct TagFilter {
    keys: Vec<String>,
    values: Vec<String>,
}

impl TagFilter {
    pub(super) fn read(parameters: &Parameters) -> Self {
        Self { keys: parameters.list("TagKeys"), values: parameters.list("TagValues") }
    }

    pub(super) fn takes(&self, tags: &BTreeMap<String, String>) -> bool {
        (self.keys.is_empty() && self.values.is_empty()) || tags.iter().any(|(key, value)| self.takes_one(key, value))
    }

    pub(super) fn takes_one(&self, key: &String, value: &String) -> bool {
        (self.keys.is_empty() || self.keys.contains(key)) && (self.values.is_empty() || self.values.contains(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identifier_of(text: &str) -> Result<String, Refusal> {
        identifier(&Parameters::read(format!("Id={text}").as_bytes()), "Id", 63)
    }

    #[test]
    fn identifiers_are_checked_and_folded() {
        assert_eq!(identifier_of("My-Cluster1").unwrap(), "my-cluster1");
        for wrong in ["1a", "a-", "a--b", "a_b", "%C3%A4", &"a".repeat(64)] {
            assert_eq!(identifier_of(wrong).unwrap_err().code, "InvalidParameterValue", "{wrong}");
        }
        assert_eq!(identifier_of("").unwrap_err().code, "MissingParameter");
    }

    #[test]
    fn arns_name_clusters_and_snapshots() {
        let read = |rest: &str| Resource::read(&format!("arn:aws:redshift:us-east-1:123456789012:{rest}"));
        assert_eq!(read("cluster:c"), Ok(Resource::Cluster("c".into())));
        let snapshot = Resource::Snapshot { cluster: "c".into(), identifier: "s".into() };
        assert_eq!(read("snapshot:c/s"), Ok(snapshot));
        for wrong in ["cluster:", "cluster:c/s", "snapshot:s", "namespace:x"] {
            assert_eq!(read(wrong).unwrap_err().code, "InvalidTagFault", "{wrong}");
        }
        assert!(Resource::read("arn:aws:s3:::bucket").is_err());
    }

    #[test]
    fn tags_have_a_limit() {
        let many = |from: usize| (from..from + 30).map(|number| (format!("k{number}"), String::new())).collect();
        let mut tags: BTreeMap<String, String> = many(0);
        assert!(add_tags(&mut tags, many(10)).is_ok());
        assert_eq!(add_tags(&mut tags, many(40)).unwrap_err().code, "TagLimitExceededFault");
        assert_eq!(tags.len(), 40);
    }
}
