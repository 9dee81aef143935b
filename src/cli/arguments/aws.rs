//! Flags of what is done on AWS besides runs.

use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use crate::access::{Location, Source, SourceError};

use super::parse_duration;

/// `vesto cluster`
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ClusterCommand {
    /// Say in which state it is and where
    Status,
    /// Put it to sleep
    Pause,
    /// Wake it up
    Resume,
    /// Make one as the target, of `kind = ephemeral`, describes it, and let it stay
    Create {
        /// Its identifier [default: `cluster` of the target and what is random]
        #[arg(value_name = "IDENTIFIER")]
        name: Option<String>,
        /// After this time `reap` may delete it, such as 8h [default: as the target says]
        #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
        expires_after: Option<Duration>,
    },
    /// Delete one that vesto made
    Delete {
        /// Its identifier [default: that of the target]
        #[arg(value_name = "IDENTIFIER")]
        name: Option<String>,
        /// Whether a last snapshot is kept, yes or no [default: as its target said when it was made]
        #[arg(long, value_name = "YES|NO", value_parser = ["yes", "no"], hide_possible_values = true)]
        final_snapshot: Option<String>,
    },
    /// Delete clusters and rules of security groups that vesto made and whose time is over
    Reap {
        /// Only say which
        #[arg(long)]
        dry_run: bool,
    },
    /// Show the role by which COPY and UNLOAD reach buckets, and with --yes make it so
    Role(RoleArguments),
    /// Let this machine through the security group of the target's cluster, to its port alone, or close that way again
    Ingress(IngressArguments),
}

/// `vesto cluster ingress`
#[derive(Debug, Args)]
pub(in crate::cli) struct IngressArguments {
    /// Let this address in [default: the one that https://checkip.amazonaws.com sees, or VESTO_ADDRESS_SERVICE]
    #[arg(long, value_name = "IP", value_parser = parse_host)]
    pub(in crate::cli) address: Option<Source>,
    /// Let all these addresses in, such as 203.0.113.0/24
    #[arg(long, value_name = "CIDR", conflicts_with = "address")]
    pub(in crate::cli) range: Option<Source>,
    /// Security group [default: `ingress_group` of the target, else the one of its cluster]
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) security_group: Option<String>,
    /// After this time `vesto cluster reap` closes it [default: `expires_after` of the target, else 4h]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(in crate::cli) expires_after: Option<Duration>,
    /// Close the way again that vesto has opened for the address
    #[arg(long, conflicts_with = "expires_after")]
    pub(in crate::cli) close: bool,
    /// Only say what would be done
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
}

/// `vesto cluster role`
#[derive(Debug, Args)]
pub(in crate::cli) struct RoleArguments {
    /// What COPY may read: s3://BUCKET, s3://BUCKET/FOLDER/ or s3://BUCKET/BEGINNING*; may be given more than once
    #[arg(long, value_name = "LOCATION", required_unless_present_any = ["write", "delete"])]
    pub(in crate::cli) read: Vec<Location>,
    /// Where UNLOAD may write; may be given more than once
    #[arg(long, value_name = "LOCATION")]
    pub(in crate::cli) write: Vec<Location>,
    /// UNLOAD may delete what is there first, as its option CLEANPATH does
    #[arg(long, requires = "write")]
    pub(in crate::cli) cleanpath: bool,
    /// ARN of a key of KMS that objects there are encrypted with; may be given more than once
    #[arg(long = "kms-key", value_name = "ARN", value_parser = parse_key_arn)]
    pub(in crate::cli) kms_keys: Vec<String>,
    /// Redshift Serverless may use it too
    #[arg(long)]
    pub(in crate::cli) serverless: bool,
    /// Name of the role [default: vesto-PROJECT]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(in crate::cli) name: Option<String>,
    /// Let the target's cluster use it
    #[arg(long)]
    pub(in crate::cli) attach: bool,
    /// Delete the role
    #[arg(long, conflicts_with_all = ["read", "write", "cleanpath", "kms_keys", "serverless", "attach"])]
    pub(in crate::cli) delete: bool,
    /// Do it; without, it is only shown
    #[arg(long)]
    pub(in crate::cli) yes: bool,
}

/// `vesto secret`
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SecretCommand {
    /// Encrypt the standard input: prints what to write into vesto.ini
    Encrypt {
        /// Id, ARN or alias of the key
        #[arg(long, value_name = "KEY")]
        key: String,
        /// Where the key is.
        #[command(flatten)]
        account: AccountArguments,
    },
    /// Make a key
    CreateKey {
        /// Name of the key
        #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
        alias: String,
        /// Where to make it.
        #[command(flatten)]
        account: AccountArguments,
    },
}

/// Where calls of AWS go [default: as AWS's own tools find it].
#[derive(Debug, Args, Default)]
pub(in crate::cli) struct AccountArguments {
    /// Region, such as eu-west-1
    #[arg(long, value_name = "REGION")]
    pub(in crate::cli) region: Option<String>,
    /// Profile of ~/.aws/config
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) profile: Option<String>,
}

/// One address: a range has to be called one.
fn parse_host(text: &str) -> Result<Source, String> {
    let source: Source = text.parse().map_err(|error: SourceError| error.to_string())?;
    if source.is_host() { Ok(source) } else { Err("this is more than one address: name it with `--range`".to_owned()) }
}

/// The ARN of a key of KMS. An alias will not do: policies name keys.
fn parse_key_arn(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let is_key = matches!(parts.as_slice(), ["arn", _, "kms", _, _, key] if key.starts_with("key/"));
    if is_key { Ok(text.to_owned()) } else { Err("expected arn:aws:kms:REGION:ACCOUNT:key/ID".to_owned()) }
}
