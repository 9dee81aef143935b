//! The documents of a role for COPY and UNLOAD: who may assume it, and what it may do.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Location;

/// What a role is to be good for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleWishes {
    /// What COPY reads.
    pub read: Vec<Location>,
    /// Where UNLOAD writes.
    pub write: Vec<Location>,
    /// Whether UNLOAD may empty that place first (`CLEANPATH`).
    pub clean: bool,
    /// ARNs of the keys of KMS that the objects are encrypted with.
    pub kms_keys: Vec<String>,
    /// Whether Redshift Serverless may assume it too.
    pub serverless: bool,
}

/// Who may assume the role: Redshift.
///
/// There is no condition on the account: Redshift documents no `aws:SourceAccount` for the roles that it assumes, and it uses
/// only roles that somebody with `iam:PassRole` has attached to a cluster. See
/// <https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-redshift-service.html> and
/// <https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-iam.html>.
pub fn trust(wishes: &RoleWishes) -> Value {
    let services: &[&str] = match wishes.serverless {
        true => &["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"],
        false => &["redshift.amazonaws.com"],
    };
    document(vec![json!({"Effect": "Allow", "Principal": {"Service": services}, "Action": ["sts:AssumeRole"]})])
}

/// What the role may do.
///
/// COPY lists a bucket and gets objects, UNLOAD lists, gets and puts
/// (<https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-access-permissions.html>), and deletes for CLEANPATH
/// (<https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html>). For objects that KMS encrypts, S3 asks for the rights on
/// the key of who calls it (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>).
pub fn rights(wishes: &RoleWishes, partition: &str) -> Value {
    let arns = Arns { partition };
    let all: BTreeSet<&Location> = wishes.read.iter().chain(&wishes.write).collect();
    let write: BTreeSet<&Location> = wishes.write.iter().collect();
    let mut prefixes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for location in &all {
        prefixes.entry(&location.bucket).or_default().insert(&location.prefix);
    }
    let mut statements =
        vec![allow(&["s3:GetBucketLocation"], prefixes.keys().map(|bucket| arns.bucket(bucket)).collect())];
    for (bucket, prefixes) in &prefixes {
        let mut listing = allow(&["s3:ListBucket"], vec![arns.bucket(bucket)]);
        if !prefixes.contains("") {
            let patterns: Vec<String> = prefixes.iter().map(|prefix| format!("{prefix}*")).collect();
            listing["Condition"] = json!({"StringLike": {"s3:prefix": patterns}});
        }
        statements.push(listing);
    }
    statements.push(allow(&["s3:GetObject"], all.iter().map(|location| arns.objects(location)).collect()));
    if !write.is_empty() {
        let actions: &[&str] = if wishes.clean { &["s3:PutObject", "s3:DeleteObject"] } else { &["s3:PutObject"] };
        statements.push(allow(actions, write.iter().map(|location| arns.objects(location)).collect()));
    }
    if !wishes.kms_keys.is_empty() {
        let actions: &[&str] =
            if write.is_empty() { &["kms:Decrypt"] } else { &["kms:Decrypt", "kms:GenerateDataKey"] };
        let mut keys = allow(actions, wishes.kms_keys.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect());
        // By S3 on its behalf, and not by itself.
        keys["Condition"] = json!({"StringLike": {"kms:ViaService": "s3.*"}});
        statements.push(keys);
    }
    document(statements)
}

struct Arns<'a> {
    partition: &'a str,
}

impl Arns<'_> {
    fn bucket(&self, bucket: &str) -> String {
        format!("arn:{}:s3:::{bucket}", self.partition)
    }

    fn objects(&self, location: &Location) -> String {
        format!("{}/{}*", self.bucket(&location.bucket), location.prefix)
    }
}

fn allow(actions: &[&str], resources: Vec<String>) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resources})
}

fn document(statements: Vec<Value>) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// Whether two documents say the same, in whatever order, and whether a single value stands in a list or not.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    plain(one) == plain(other)
}

fn plain(value: &Value) -> Value {
    match value {
        Value::Array(values) => {
            let mut values: Vec<Value> = values.iter().map(plain).collect();
            values.sort_by_cached_key(Value::to_string);
            if values.len() == 1 { values.remove(0) } else { Value::Array(values) }
        }
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locations(texts: &[&str]) -> Vec<Location> {
        texts.iter().map(|text| text.parse().expect("a location")).collect()
    }

    #[test]
    fn documents_allow_what_is_wished_and_no_more() {
        let read = RoleWishes { read: locations(&["s3://lake/in/", "s3://lake/more_*"]), ..RoleWishes::default() };
        let all = RoleWishes {
            write: locations(&["s3://lake/out/", "s3://archive"]),
            clean: true,
            kms_keys: vec!["arn:aws-cn:kms:cn-north-1:123456789012:key/1".to_owned()],
            serverless: true,
            ..read.clone()
        };
        let shown = [trust(&read), rights(&read, "aws"), trust(&all), rights(&all, "aws-cn")]
            .map(|document| serde_json::to_string_pretty(&document).expect("JSON"));
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../../tests/data/access");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!("role", shown.join("\n\n")));
    }

    #[test]
    fn order_and_single_values_make_no_difference() {
        let one = json!({"Statement": [{"Action": ["a", "b"], "Resource": ["r"]}], "Version": "1"});
        let other = json!({"Version": "1", "Statement": {"Resource": "r", "Action": ["b", "a"]}});
        assert!(same(&one, &other));
        assert!(!same(&one, &json!({"Version": "1", "Statement": {"Resource": "r", "Action": "a"}})));
    }
}
