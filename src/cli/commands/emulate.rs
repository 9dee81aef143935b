//! `vesto emulate`: the double for any client.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;

use crate::adapters::buckets::Buckets;
use crate::adapters::emulator::{self, Cluster, Gate, Home, HomeError, Limits, Listening, Master, PASSWORD_VARIABLE};
use crate::adapters::emulator_api::{self, Common, Doubles};
use crate::adapters::files::{self, PrivateFile};
use crate::adapters::folder_store::FolderStore;
use crate::adapters::local_server::Options;
use crate::adapters::s3_store::S3Store;
use crate::adapters::signals::StopSignals;
use crate::adapters::wire::Wire;
use crate::emulate::api::{Api, Delays, NewCluster, Settings};
use crate::emulate::faults::Faults;
use crate::ports::Store;
use crate::project::settings::DoubleMode;
use crate::text::Secret;

use crate::cli::arguments::{CommonArguments, EmulateArguments, Format, KeeperArguments};
use crate::cli::console;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::workspace::{self, Site};

/// The cluster that `--listen` is the address of.
const FIRST_CLUSTER: &str = "local";

/// Sessions of the emulator's own beside those of its clients, on each server.
const OWN_SESSIONS: usize = 20;

/// Threads that serve clients: a COPY that waits for its files holds one.
const THREADS: usize = 4;

/// The account of all ARNs, which is moto's.
const ACCOUNT: &str = "123456789012";

/// Listens until it is stopped.
pub(in crate::cli) fn emulate(
    common: &CommonArguments,
    own: &EmulateArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let password = password(own, environment)?;
    check_address(own, password.is_some())?;
    let addresses = addresses(own)?;
    let store = store(common, environment)?;
    let files = own.tls_cert.as_deref().zip(own.tls_key.as_deref());
    let tls = emulator::acceptor(files).map_err(|error| Failure::of(ExitCode::Project, &error))?;
    let limits = Limits { connections: own.max_connections, message: own.max_message };
    let faults = Arc::new(faults(own, environment)?);
    let gate = Arc::new(Gate { limits, tls: Some(tls), demands_tls: is_remote(own.listen.ip()), faults });
    let folder = own.state.as_ref().map(|folder| environment.current_folder.join(folder));
    let sessions = own.max_connections.saturating_add(OWN_SESSIONS);
    let home = Home::open(folder.as_deref(), sessions, options(environment), &["emulate-keeper"])?;
    let parts = Common {
        home: Arc::new(Mutex::new(home)),
        gate,
        listen: own.listen.ip(),
        connect: Arc::new(Wire { application_name: format!("vesto {}", env!("CARGO_PKG_VERSION")) }),
        store,
        mode: if own.lenient { DoubleMode::Lenient } else { DoubleMode::Strict },
        statement_timeout: own.timeout,
    };
    let home = parts.home.clone();
    let clusters = addresses.into_iter().map(|(name, address)| {
        let server = home.lock().unwrap_or_else(PoisonError::into_inner).start(&name)?;
        let master = Master { name: own.user.clone(), password: password.clone() };
        Ok((parts.cluster(name, server, master, own.database.clone()), address))
    });
    let result =
        clusters.collect::<Result<Vec<_>, Failure>>().and_then(|clusters| serve(clusters, parts, own, common.format));
    let closed = home.lock().unwrap_or_else(PoisonError::into_inner).close();
    let code = result?;
    closed?;
    Ok(code)
}

/// Ends the servers of an emulator that was killed, once its end of the pipe is closed.
pub(in crate::cli) fn keep(own: &KeeperArguments, environment: &Environment) -> Result<ExitCode, Failure> {
    emulator::keep(&own.folder, own.delete, &options(environment), &mut io::stdin().lock())?;
    Ok(ExitCode::Done)
}

fn serve(
    clusters: Vec<(Cluster, SocketAddr)>,
    common: Common,
    own: &EmulateArguments,
    format: Format,
) -> Result<ExitCode, Failure> {
    let internal = |what: &str, error: io::Error| Failure::new(ExitCode::Internal, format!("{what}: {error}"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build();
    runtime.map_err(|error| internal("cannot start the runtime", error))?.block_on(async {
        let mut signals = StopSignals::listen().map_err(|error| internal("cannot hear signals", error))?;
        let gate = common.gate.clone();
        let doubles = Arc::new(Doubles::new(common));
        let settings = Settings { delays: delays(own), account: ACCOUNT.to_owned(), host_names: own.api_host_names };
        let api = Api::new(settings, doubles.clone());
        api.set_faults(gate.faults.api().to_vec());
        let mut told = Vec::new();
        for (cluster, address) in clusters {
            cluster.prepare().await?;
            let cluster = Arc::new(cluster);
            let bound = Listening::bind(address, cluster.clone(), gate.clone()).await.and_then(|one| {
                let address = one.address()?;
                Ok((one, address))
            });
            let (one, address) = bound.map_err(|error| cannot_listen(address, &error))?;
            let serving = tokio::spawn(one.serve());
            doubles.adopt(cluster.clone(), address, serving.abort_handle());
            api.adopt(&NewCluster {
                identifier: cluster.name.clone(),
                port: Some(address.port()),
                database: cluster.database.clone(),
                admin: cluster.master.name.clone(),
                password: None,
            });
            told.push((cluster, address));
        }
        let mut api_address = None;
        if let Some(address) = own.api {
            let listener = emulator_api::listen(address).await.and_then(|listener| {
                api_address = Some(listener.local_addr()?);
                Ok(listener)
            });
            let listener = listener.map_err(|error| cannot_listen(address, &error))?;
            tokio::spawn(emulator_api::serve(listener, api, std::future::pending()));
        }
        tell(&told, api_address, format)?;
        signals.next().await;
        Ok(ExitCode::Done)
    })
}

fn delays(own: &EmulateArguments) -> Delays {
    Delays { cluster: own.api_delay, snapshot: own.api_delay, statement: Duration::ZERO }
}

fn tell(clusters: &[(Arc<Cluster>, SocketAddr)], api: Option<SocketAddr>, format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        let all: Vec<_> = clusters
            .iter()
            .map(|(cluster, address)| {
                json!({
                    "name": cluster.name, "host": address.ip().to_string(), "port": address.port(),
                    "user": cluster.master.name, "database": cluster.database,
                })
            })
            .collect();
        let api = api.map(|address| json!({"host": address.ip().to_string(), "port": address.port()}));
        return console::answer(&format!("{}\n", json!({"event": "listening", "clusters": all, "api": api})));
    }
    let mut all: Vec<String> =
        clusters.iter().map(|(cluster, address)| format!("{} on {address}", cluster.name)).collect();
    all.extend(api.map(|address| format!("AWS API on http://{address}")));
    let Some((first, _)) = clusters.first() else { return Ok(()) };
    let asked = if first.master.password.is_some() { "with" } else { "without" };
    console::answer(&format!(
        "listening: {}; user {} {asked} password, database {}; SIGINT or SIGTERM ends it\n",
        all.join(", "),
        first.master.name,
        first.database
    ))
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> Failure {
    Failure::new(ExitCode::Target, format!("cannot listen on {address}: {error}"))
        .hint("choose another address with `--listen` or `--api`".to_owned())
}

fn is_remote(address: IpAddr) -> bool {
    !address.is_loopback()
}

/// Other machines get in only where that is meant, and never without a password.
fn check_address(own: &EmulateArguments, has_password: bool) -> Result<(), Failure> {
    if let Some(api) = own.api.filter(|api| is_remote(api.ip())) {
        return Err(Failure::new(ExitCode::Usage, format!("other machines can reach the API on {api}"))
            .hint("it gives out passwords to whoever asks: listen on 127.0.0.1".to_owned()));
    }
    if !is_remote(own.listen.ip()) {
        return Ok(());
    }
    let address = own.listen;
    if !own.allow_remote {
        return Err(Failure::new(ExitCode::Usage, format!("other machines can reach {address}")).hint(
            "listen on 127.0.0.1, or say --allow-remote, which demands a password, and TLS of every client".to_owned(),
        ));
    }
    if !has_password {
        return Err(Failure::new(
            ExitCode::Usage,
            format!("other machines can reach {address} and there is no password"),
        )
        .hint(format!("give one with --password-file or {PASSWORD_VARIABLE}")));
    }
    Ok(())
}

fn password(own: &EmulateArguments, environment: &Environment) -> Result<Option<Secret<String>>, Failure> {
    let Some(path) = &own.password_file else {
        return Ok(environment.variable(PASSWORD_VARIABLE).map(|password| Secret::new(password.to_owned())));
    };
    let unusable = |why: &str| Failure::new(ExitCode::Project, format!("the password file `{}` {why}", path.display()));
    match files::read_private(&environment.current_folder.join(path)) {
        PrivateFile::Text(text) => match text.lines().next().filter(|line| !line.is_empty()) {
            Some(password) => Ok(Some(Secret::new(password.to_owned()))),
            None => Err(unusable("holds no password")),
        },
        PrivateFile::Absent => Err(unusable("cannot be read")),
        PrivateFile::Exposed => Err(unusable("can be read by others").hint("run `chmod 600` on it".to_owned())),
    }
}

/// What is to go wrong.
fn faults(own: &EmulateArguments, environment: &Environment) -> Result<Faults, Failure> {
    let Some(path) = &own.faults else { return Ok(Faults::default()) };
    let text = files::read_text(&environment.current_folder.join(path))?;
    Faults::parse(&text)
        .map_err(|error| Failure::new(ExitCode::Project, format!("`{}` is no file of faults: {error}", path.display())))
}

/// The clusters by name, with their addresses.
fn addresses(own: &EmulateArguments) -> Result<Vec<(String, SocketAddr)>, Failure> {
    let mut all = vec![(FIRST_CLUSTER.to_owned(), own.listen)];
    for typed in &own.clusters {
        let cluster = typed.split_once('=').and_then(|(name, port)| Some((name, port.parse::<u16>().ok()?)));
        let Some((name, port)) = cluster.filter(|(name, _)| is_cluster_name(name)) else {
            return Err(Failure::new(ExitCode::Usage, format!("`{typed}` names no cluster"))
                .hint("write --cluster NAME=PORT; a name has letters, digits and hyphens".to_owned()));
        };
        if all.iter().any(|(known, _)| known == name) {
            return Err(Failure::new(ExitCode::Usage, format!("there are two clusters `{name}`"))
                .hint(format!("choose another name; the cluster of --listen is `{FIRST_CLUSTER}`")));
        }
        all.push((name.to_owned(), SocketAddr::new(own.listen.ip(), port)));
    }
    Ok(all)
}

/// <https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateCluster.html>, which also names a folder here.
fn is_cluster_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 63
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-')
}

/// The buckets of the project, where there is one.
fn store(common: &CommonArguments, environment: &Environment) -> Result<Arc<dyn Store>, Failure> {
    if common.project.is_none() && workspace::root(common, environment).is_err() {
        return Ok(Arc::new(Buckets::new(FolderStore::new(BTreeMap::new()), S3Store::new(BTreeMap::new()))));
    }
    Ok(Site::find(common, environment)?.surroundings(environment).store)
}

fn options(environment: &Environment) -> Options {
    Options::from_environment(|name| environment.variables.get(name).map(OsString::from))
}

impl From<HomeError> for Failure {
    fn from(error: HomeError) -> Self {
        match error {
            HomeError::Server(error) => Self::from(error),
            error => Self::of(ExitCode::Target, &error),
        }
    }
}
