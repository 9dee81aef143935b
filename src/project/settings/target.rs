//! `[target NAME]`: where to run.
//!
//! A target is read into [`TargetSettings`], in which references still stand, and becomes a [`TargetSpec`] when it is
//! opened, so that a secret is looked up for the one target that is used.

use core::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::route::{JumpHost, Route, SocksProxy};
use super::value::{Resolver, Value};
use crate::project::duration::parse_duration;
use crate::sql::Dialect;
use crate::text::{Diagnostic, SafeUrl, Secret, Span};

/// Redshift's clock counts whole seconds, and a run has to renew its lock several times in a term.
const SHORTEST_LOCK_TERM: Duration = Duration::from_secs(2);

/// What a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetKind {
    /// A PostgreSQL that vesto starts and stops itself.
    Local,
    /// A PostgreSQL server that is there.
    Postgres,
    /// A provisioned Redshift cluster that is there.
    Redshift,
    /// A Redshift Serverless workgroup.
    Serverless,
    /// A Redshift cluster that is created for the run and deleted after it.
    Ephemeral,
}

impl TargetKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Local, Self::Postgres, Self::Redshift, Self::Serverless, Self::Ephemeral];

    /// The word in `vesto.ini`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Postgres => "postgres",
            Self::Redshift => "redshift",
            Self::Serverless => "serverless",
            Self::Ephemeral => "ephemeral",
        }
    }

    /// The dialect of a target that does not set one. The local server plays Redshift.
    pub fn default_dialect(self) -> Dialect {
        if self == Self::Postgres { Dialect::Postgres } else { Dialect::Redshift }
    }

    /// Whether a PostgreSQL stands for Redshift where the changes are Redshift's.
    fn is_postgres(self) -> bool {
        matches!(self, Self::Local | Self::Postgres)
    }

    /// The keys that a target of this kind may have.
    pub fn keys(self) -> impl Iterator<Item = &'static str> {
        let own: &[&str] = match self {
            Self::Local => &["double"],
            Self::Postgres => &["url", "double"],
            Self::Redshift => &[
                "url",
                "cluster",
                "endpoint",
                "lock_term",
                "groups",
                "create_user",
                "resume",
                "transport",
                "secret",
                "ingress",
                "ingress_group",
                "ingress_address",
                "expires_after",
            ],
            Self::Serverless => &["workgroup", "endpoint", "lock_term", "transport", "secret"],
            Self::Ephemeral => &[
                "cluster",
                "cluster_type",
                "node_type",
                "nodes",
                "iam_role",
                "snapshot",
                "final_snapshot",
                "expires_after",
                "subnet_group",
                "security_groups",
                "public",
                "ingress",
                "ingress_group",
                "ingress_address",
                "lock_term",
            ],
        };
        let login: &[&str] = match self {
            Self::Local => &[],
            _ => &[
                "host",
                "hostaddr",
                "port",
                "user",
                "password",
                "sslmode",
                "sslrootcert",
                "ssh",
                "ssh_config",
                "proxy",
            ],
        };
        let cloud: &[&str] = match self {
            Self::Local | Self::Postgres => &[],
            _ => &["region", "profile", "assume_role", "start_timeout"],
        };
        let common: &[&str] = &["kind", "dialect", "database", "search_path", "connect_timeout", "statement_timeout"];
        let all = [common, login, cloud, own];
        all.into_iter().flatten().copied()
    }
}

/// What the double does with a statement of a kind that PostgreSQL has no counterpart for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DoubleMode {
    /// It fails.
    #[default]
    Strict,
    /// It is left out, and the run says so.
    Lenient,
}

/// A section `[target NAME]` as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetSettings {
    /// The name in the section's header.
    pub name: String,
    /// The header; absent for the `local` that exists by default.
    pub span: Option<Span>,
    /// What it is.
    pub kind: TargetKind,
    /// Whose SQL the changes are written in.
    pub dialect: Dialect,
    /// How the double is, if the target is one.
    pub double: DoubleMode,
    /// All other keys.
    pub values: Vec<(String, Value)>,
}

/// A target with every value looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetSpec {
    /// Its name in `vesto.ini`.
    pub name: String,
    /// Whose SQL the changes are written in.
    pub dialect: Dialect,
    /// Where it is.
    pub place: TargetPlace,
    /// The schemas to search, as written; empty means the server's default.
    pub search_path: Vec<String>,
    /// How long to try to connect.
    pub connect_timeout: Option<Duration>,
    /// How long one statement may take.
    pub statement_timeout: Option<Duration>,
    /// How long a run that says nothing more keeps the lock, where the lock does not end with the session.
    pub lock_term: Option<Duration>,
    /// How the double is, if the target is one.
    pub double: DoubleMode,
}

/// Where a target is, by kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetPlace {
    /// A PostgreSQL that vesto starts itself.
    Local {
        /// The database to create and use, if a certain one is wanted.
        database: Option<String>,
    },
    /// A PostgreSQL server.
    Postgres(Login),
    /// A provisioned cluster.
    Redshift(Cluster),
    /// A Serverless workgroup.
    Serverless(Workgroup),
    /// A cluster that lives as long as the run.
    Ephemeral(Box<EphemeralCluster>),
}

impl TargetPlace {
    /// The kind of target that it is.
    pub fn kind(&self) -> TargetKind {
        match self {
            Self::Local { .. } => TargetKind::Local,
            Self::Postgres(_) => TargetKind::Postgres,
            Self::Redshift(_) => TargetKind::Redshift,
            Self::Serverless(_) => TargetKind::Serverless,
            Self::Ephemeral(_) => TargetKind::Ephemeral,
        }
    }
}

impl TargetSpec {
    /// How the double is; nothing for a target that is none.
    pub fn double(&self) -> Option<DoubleMode> {
        let is_double = self.dialect == Dialect::Redshift && self.place.kind().is_postgres();
        is_double.then_some(self.double)
    }

    /// A cluster as the one that the target names, made for a run and deleted after it without a last snapshot.
    #[must_use]
    pub fn made_for_the_run(mut self) -> Self {
        if let TargetPlace::Redshift(cluster) = self.place {
            let (final_snapshot, others) = (Some(false), EphemeralCluster::default());
            self.place = TargetPlace::Ephemeral(Box::new(EphemeralCluster { cluster, final_snapshot, ..others }));
        }
        self
    }

    /// The same, where no way in is opened: there is one already.
    #[must_use]
    pub fn without_ingress(&self) -> Self {
        let mut spec = self.clone();
        match &mut spec.place {
            TargetPlace::Redshift(cluster) => cluster.ingress.is_wanted = false,
            TargetPlace::Ephemeral(ephemeral) => ephemeral.cluster.ingress.is_wanted = false,
            TargetPlace::Local { .. } | TargetPlace::Postgres(_) | TargetPlace::Serverless(_) => {}
        }
        spec
    }

    /// The same server and user, with another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let mut spec = self.clone();
        match &mut spec.place {
            TargetPlace::Local { database } => *database = Some(name.to_owned()),
            TargetPlace::Postgres(login)
            | TargetPlace::Serverless(Workgroup { login, .. })
            | TargetPlace::Redshift(Cluster { login, .. }) => login.database = Some(name.to_owned()),
            TargetPlace::Ephemeral(ephemeral) => ephemeral.cluster.login.database = Some(name.to_owned()),
        }
        spec
    }
}

/// How to log in to a server. What is absent is found by the kind's own means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// A connection URL instead of the single values.
    pub url: Option<SafeUrl>,
    /// Host name or address; for Redshift also called `endpoint`.
    pub host: Option<String>,
    /// Address to connect to instead of the one that the host name has; the name is still what certificates are for.
    pub host_address: Option<IpAddr>,
    /// Port.
    pub port: Option<u16>,
    /// Database.
    pub database: Option<String>,
    /// User.
    pub user: Option<String>,
    /// Password.
    pub password: Option<Secret<String>>,
    /// Name or ARN of the secret by which the Data API logs in.
    pub secret: Option<String>,
    /// How much TLS is wanted.
    pub sslmode: Option<SslMode>,
    /// Path of a file with root certificates, relative to the project.
    pub sslrootcert: Option<String>,
    /// The way to the host, if it cannot be reached directly; its paths are relative to the project.
    pub route: Option<Route>,
}

/// Where calls of AWS go and as whom. What is left out is found as AWS's own tools find it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Account {
    /// Region, such as `eu-west-1`.
    pub region: Option<String>,
    /// Profile of `~/.aws/config`.
    pub profile: Option<String>,
    /// ARN of a role to assume for all calls.
    pub role: Option<String>,
}

/// How statements get to a Redshift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// By the protocol of the database, over a connection to it.
    #[default]
    Wire,
    /// By the Data API of AWS, which needs no connection to the database.
    DataApi,
}

impl Transport {
    /// The words with their transports.
    pub const WORDS: [(&str, Self); 2] = [("wire", Self::Wire), ("data-api", Self::DataApi)];

    /// The transport with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.into_iter().find(|(known, _)| *known == word).map(|(_, transport)| transport)
    }
}

/// A Serverless workgroup: its name and its login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workgroup {
    /// Name of the workgroup.
    pub name: Option<String>,
    /// Where it is looked up, and as whom.
    pub account: Account,
    /// How long to wait until it can be used.
    pub start_timeout: Option<Duration>,
    /// How statements get there.
    pub transport: Transport,
    /// How to log in.
    pub login: Login,
}

/// A Redshift cluster: its name, its login, and what it is made of when it is created.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// The cluster's identifier.
    pub identifier: Option<String>,
    /// Where it is looked up, and as whom.
    pub account: Account,
    /// Groups that a session with a temporary password is in.
    pub groups: Vec<String>,
    /// Whether a temporary password may make its user.
    pub create_user: bool,
    /// Whether it may be woken when it is paused.
    pub resume: bool,
    /// How long to wait until it can be used.
    pub start_timeout: Option<Duration>,
    /// `single-node` or `multi-node`.
    pub cluster_type: Option<String>,
    /// Such as `ra3.xlplus`.
    pub node_type: Option<String>,
    /// How many nodes.
    pub nodes: Option<u16>,
    /// Name or ARN of the role that COPY and UNLOAD use.
    pub iam_role: Option<String>,
    /// The way through its security group.
    pub ingress: IngressSettings,
    /// How statements get there.
    pub transport: Transport,
    /// How to log in.
    pub login: Login,
}

/// A way through a security group for as long as a target is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngressSettings {
    /// Whether each command opens it.
    pub is_wanted: bool,
    /// The security group, where the cluster has not just one.
    pub group: Option<String>,
    /// Who is let in; the address under which others see this machine if it is left out.
    pub address: Option<IpAddr>,
    /// After this time it may be closed by others.
    pub expires_after: Option<Duration>,
}

/// A cluster that is made for a run and deleted after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EphemeralCluster {
    /// How its identifier begins, what it is made of, and how to log in.
    pub cluster: Cluster,
    /// The snapshot that it is restored from.
    pub snapshot: Option<String>,
    /// Whether a last snapshot is kept of it.
    pub final_snapshot: Option<bool>,
    /// After this time it may be deleted by others.
    pub expires_after: Option<Duration>,
    /// The group of subnets in which it stands.
    pub subnet_group: Option<String>,
    /// Ids of its security groups.
    pub security_groups: Vec<String>,
    /// Whether it has an address outside of its network.
    pub public: bool,
}

/// How much TLS a connection wants; the words are libpq's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SslMode {
    /// None.
    Disable,
    /// Only if the server insists.
    Allow,
    /// If the server can.
    Prefer,
    /// Always, with any certificate.
    Require,
    /// Always, with a certificate that a known authority signed.
    VerifyCa,
    /// As `VerifyCa`, and the host name must match.
    VerifyFull,
}

impl SslMode {
    /// The words with their modes.
    pub const WORDS: [(&str, Self); 6] = [
        ("disable", Self::Disable),
        ("allow", Self::Allow),
        ("prefer", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];

    /// The mode with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.into_iter().find(|(known, _)| *known == word).map(|(_, mode)| mode)
    }
}

impl TargetSettings {
    /// The target `local` of a project that does not describe one.
    pub fn default_local() -> Self {
        Self {
            name: "local".to_owned(),
            span: None,
            kind: TargetKind::Local,
            dialect: TargetKind::Local.default_dialect(),
            double: DoubleMode::default(),
            values: Vec::new(),
        }
    }

    /// How the double is; nothing for a target that is none.
    pub fn double(&self) -> Option<DoubleMode> {
        let is_double = self.dialect == Dialect::Redshift && self.kind.is_postgres();
        is_double.then_some(self.double)
    }

    /// The value of a key.
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.values.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// Looks every value up.
    ///
    /// # Errors
    ///
    /// The first reference without a value, or the first value that does not fit its key.
    pub fn resolve(&self, resolver: &mut Resolver<'_>) -> Result<TargetSpec, Box<Diagnostic>> {
        let mut found = Vec::with_capacity(self.values.len());
        for (key, value) in &self.values {
            let text = value.resolve(resolver)?;
            check_value(key, &text, value.span)?;
            found.push((key.as_str(), text));
        }
        let get = |key: &str| found.iter().find(|(known, _)| *known == key).map(|(_, text)| text.clone());
        let duration = |key: &str| get(key).as_deref().and_then(parse_duration);
        Ok(TargetSpec {
            name: self.name.clone(),
            dialect: self.dialect,
            place: place(self.kind, &get),
            search_path: listed(&get("search_path").unwrap_or_default()),
            connect_timeout: duration("connect_timeout"),
            statement_timeout: duration("statement_timeout"),
            lock_term: duration("lock_term"),
            double: self.double,
        })
    }
}

/// Names between commas.
pub(super) fn listed(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn place(kind: TargetKind, get: &dyn Fn(&str) -> Option<String>) -> TargetPlace {
    let number = |key: &str| get(key).and_then(|text| text.parse().ok());
    let yes = |key: &str| get(key).as_deref() == Some("yes");
    let start_timeout = get("start_timeout").as_deref().and_then(parse_duration);
    let account = Account { region: get("region"), profile: get("profile"), role: get("assume_role") };
    let login = Login {
        url: get("url").map(SafeUrl::new),
        host: get("endpoint").or_else(|| get("host")),
        host_address: get("hostaddr").and_then(|text| text.parse().ok()),
        port: number("port"),
        database: get("database"),
        user: get("user"),
        password: get("password").map(Secret::new),
        secret: get("secret"),
        sslmode: get("sslmode").as_deref().and_then(SslMode::from_word),
        sslrootcert: get("sslrootcert"),
        route: route(get),
    };
    let ingress = IngressSettings {
        is_wanted: yes("ingress"),
        group: get("ingress_group"),
        address: get("ingress_address").and_then(|text| text.parse().ok()),
        expires_after: get("expires_after").as_deref().and_then(parse_duration),
    };
    let transport = get("transport").as_deref().and_then(Transport::from_word).unwrap_or_default();
    let cluster = |login| Cluster {
        identifier: get("cluster"),
        account: account.clone(),
        groups: listed(&get("groups").unwrap_or_default()),
        create_user: yes("create_user"),
        resume: yes("resume"),
        start_timeout,
        cluster_type: get("cluster_type"),
        node_type: get("node_type"),
        nodes: number("nodes"),
        iam_role: get("iam_role"),
        ingress: ingress.clone(),
        transport,
        login,
    };
    match kind {
        TargetKind::Local => TargetPlace::Local { database: login.database },
        TargetKind::Postgres => TargetPlace::Postgres(login),
        TargetKind::Redshift => TargetPlace::Redshift(cluster(login)),
        TargetKind::Serverless => {
            TargetPlace::Serverless(Workgroup { name: get("workgroup"), account, start_timeout, transport, login })
        }
        TargetKind::Ephemeral => TargetPlace::Ephemeral(Box::new(EphemeralCluster {
            cluster: cluster(login),
            snapshot: get("snapshot"),
            final_snapshot: get("final_snapshot").map(|word| word == "yes"),
            expires_after: get("expires_after").as_deref().and_then(parse_duration),
            subnet_group: get("subnet_group"),
            security_groups: listed(&get("security_groups").unwrap_or_default()),
            public: yes("public"),
        })),
    }
}

fn route(get: &dyn Fn(&str) -> Option<String>) -> Option<Route> {
    let config = get("ssh_config").map(PathBuf::from);
    let jump = get("ssh").as_deref().and_then(JumpHost::parse).map(|jump| JumpHost { config, ..jump });
    let proxy = || get("proxy").as_deref().and_then(SocksProxy::parse);
    jump.map(Route::Jump).or_else(|| proxy().map(Route::Proxy))
}

/// Whether a value fits its key. The value is not shown: a wrong one may be a password in the wrong place.
pub(super) fn check_value(key: &str, text: &str, span: Span) -> Result<(), Box<Diagnostic>> {
    let wanted = match key {
        "port" | "nodes" if text.parse::<u16>().is_err() => "a number from 0 to 65535".to_owned(),
        "connect_timeout" | "statement_timeout" | "start_timeout" | "expires_after"
            if parse_duration(text).is_none() =>
        {
            "a length of time such as `30s` or `5m`".to_owned()
        }
        "lock_term" if parse_duration(text).is_none_or(|term| term < SHORTEST_LOCK_TERM) => {
            "a length of time of at least `2s`".to_owned()
        }
        "sslmode" if SslMode::from_word(text).is_none() => {
            format!("one of {}", super::listed(SslMode::WORDS.into_iter().map(|(word, _)| word)))
        }
        "transport" if Transport::from_word(text).is_none() => {
            format!("one of {}", super::listed(Transport::WORDS.into_iter().map(|(word, _)| word)))
        }
        "create_user" | "resume" | "final_snapshot" | "public" | "ingress" if !["yes", "no"].contains(&text) => {
            "`yes` or `no`".to_owned()
        }
        "hostaddr" | "ingress_address" if text.parse::<IpAddr>().is_err() => "an IP address".to_owned(),
        "ssh" if JumpHost::parse(text).is_none() => "`[USER@]HOST[:PORT]`, as ssh knows the host".to_owned(),
        "proxy" if SocksProxy::parse(text).is_none() => {
            "`socks5h://HOST:PORT` or `socks5h://USER:PASSWORD@HOST:PORT`, special characters as %XX".to_owned()
        }
        "cluster_type" if !["single-node", "multi-node"].contains(&text) => "`single-node` or `multi-node`".to_owned(),
        _ => return Ok(()),
    };
    Err(Diagnostic::error("bad-value", span, format!("the value of `{key}` does not fit"))
        .hint(format!("write {wanted}"))
        .into())
}
