//! Flags of the double on the network.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::parse_duration;

/// `vesto emulate`
#[derive(Debug, Args)]
pub(in crate::cli) struct EmulateArguments {
    /// Address and port to listen on; port 0 lets the system choose
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:5439")]
    pub(in crate::cli) listen: SocketAddr,
    /// One more cluster, with users and databases of its own, on another port; may be given more than once
    #[arg(long = "cluster", value_name = "NAME=PORT")]
    pub(in crate::cli) clusters: Vec<String>,
    /// Answer AWS's calls of Redshift, Redshift Serverless and the Data API here, on an address of this machine alone
    #[arg(long, value_name = "IP:PORT")]
    pub(in crate::cli) api: Option<SocketAddr>,
    /// How long states take that the API tells of, such as `creating`
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = parse_duration, requires = "api")]
    pub(in crate::cli) api_delay: Duration,
    /// Let the API tell host names like AWS's, for clients that are told the address by other means
    #[arg(long, requires = "api")]
    pub(in crate::cli) api_host_names: bool,
    /// Keep users and databases in this folder [default: they are deleted at the end]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) state: Option<PathBuf>,
    /// User that may do everything
    #[arg(long, value_name = "NAME", default_value = "awsuser")]
    pub(in crate::cli) user: String,
    /// File with that user's password on its first line [default: VESTO_EMULATE_PASSWORD, else none is asked]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) password_file: Option<PathBuf>,
    /// Database that is there from the start
    #[arg(long, value_name = "NAME", default_value = "dev")]
    pub(in crate::cli) database: String,
    /// Certificate for TLS in PEM [default: one that is made at each start]
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(in crate::cli) tls_cert: Option<PathBuf>,
    /// Key of the certificate in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(in crate::cli) tls_key: Option<PathBuf>,
    /// Listen on an address that other machines reach: demands a password, and TLS of every client
    #[arg(long)]
    pub(in crate::cli) allow_remote: bool,
    /// Leave out statements that the double has nothing like, instead of refusing them
    #[arg(long)]
    pub(in crate::cli) lenient: bool,
    /// JSON file that says what goes wrong: see docs/double.md
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) faults: Option<PathBuf>,
    /// Most connections to a cluster at a time
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub(in crate::cli) max_connections: usize,
    /// Longest message of a client, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 16 * 1024 * 1024)]
    pub(in crate::cli) max_message: usize,
    /// Longest time for one statement, such as 30s or 5m [default: no limit]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(in crate::cli) timeout: Option<Duration>,
}

/// `vesto emulate-keeper`
#[derive(Debug, Args)]
pub(in crate::cli) struct KeeperArguments {
    /// Folder of the servers
    pub(in crate::cli) folder: PathBuf,
    /// Delete it in the end
    #[arg(long)]
    pub(in crate::cli) delete: bool,
}
