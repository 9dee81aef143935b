//! An opened target with everything that commands do on it.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, TryFutureExt, select};

use crate::adapters::buckets::Buckets;
use crate::adapters::files::{self, PrivateFile};
use crate::adapters::folder_store::FolderStore;
use crate::adapters::host;
use crate::adapters::project_server::ProjectServer;
use crate::adapters::s3_store::S3Store;
use crate::adapters::signals::StopSignals;
use crate::adapters::wire::Wire;
use crate::history::History;
use crate::ledger::{Ledger, RunInfo};
use crate::ports::{CloudError, Interrupt};
use crate::project::TargetSpec;
use crate::project::settings::TargetPlace;
use crate::run::{RunOutcome, RunReport};
use crate::target::{self, Lease, Notice, SessionOptions, Surroundings, TargetError};

use super::console;
use super::environment::{Environment, new_run_id};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::workspace::{Site, Workspace};

/// How long to wait before a server is asked once more to give a statement up: it does not hear the wish before it has
/// begun the statement.
const CANCEL_AGAIN: Duration = Duration::from_millis(500);

/// Runs asynchronous work on this thread.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(cannot_start)?.block_on(work)
}

fn cannot_start(error: std::io::Error) -> Failure {
    Failure::new(ExitCode::Internal, format!("cannot start the runtime: {error}"))
}

/// Runs asynchronous work on this thread. The first SIGINT or SIGTERM makes the server give up what it runs, so that the
/// work can end in order; the second ends the work at once.
fn block_on_until_stopped<T>(
    interrupt: &Interrupt,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    block_on(async {
        let mut signals = StopSignals::listen().map_err(cannot_start)?;
        let mut work = std::pin::pin!(work);
        if let Either::Left((result, _)) = select(work.as_mut(), std::pin::pin!(signals.next())).await {
            return result;
        }
        interrupt.raise();
        if !interrupt.is_working() {
            return Err(Failure::new(ExitCode::Interrupted, "interrupted before anything was done"));
        }
        let mut cancelling = std::pin::pin!(cancel_until_heard(interrupt));
        let mut second = std::pin::pin!(signals.next());
        match select(work, select(second.as_mut(), cancelling.as_mut())).await {
            Either::Left((result, _)) => result.map_err(Failure::interrupted),
            Either::Right(_) => Err(Failure::new(ExitCode::Interrupted, "interrupted twice, so nothing was put away")
                .hint("what the server still did is in the ledger; run the same command again to go on".to_owned())),
        }
    })
}

/// Asks the server to give up what it runs, until the work has heard of it. Never ends.
async fn cancel_until_heard(interrupt: &Interrupt) {
    loop {
        if let Some(canceller) = interrupt.canceller().filter(|_| !interrupt.is_heard()) {
            canceller.cancel().await;
        }
        tokio::time::sleep(CANCEL_AGAIN).await;
    }
}

/// Opens the target, does the work on it, and closes it again whatever came of the work.
pub(super) fn with_target<T>(
    spec: &TargetSpec,
    statement_timeout: Option<Duration>,
    surroundings: &Surroundings,
    work: impl AsyncFnOnce(&mut Lease) -> Result<T, Failure>,
) -> Result<T, Failure> {
    on_target(spec, statement_timeout, surroundings, work, |_| false)
}

/// The same for a run. If it has failed by its own report, that is how the command ends, whatever comes of closing.
pub(super) fn run_on_target(
    spec: &TargetSpec,
    statement_timeout: Option<Duration>,
    surroundings: &Surroundings,
    work: impl AsyncFnOnce(&mut Lease) -> Result<RunReport, Failure>,
) -> Result<RunReport, Failure> {
    on_target(spec, statement_timeout, surroundings, work, has_failed)
}

fn has_failed(report: &RunReport) -> bool {
    report.outcome != RunOutcome::Done
}

fn on_target<T>(
    spec: &TargetSpec,
    statement_timeout: Option<Duration>,
    surroundings: &Surroundings,
    work: impl AsyncFnOnce(&mut Lease) -> Result<T, Failure>,
    has_failed: fn(&T) -> bool,
) -> Result<T, Failure> {
    block_on_until_stopped(&surroundings.interrupt, async {
        if matches!(spec.place, TargetPlace::Local { .. }) {
            // A server that was started has to be given back.
            surroundings.interrupt.begin();
        }
        let mut lease = target::open(spec, SessionOptions { statement_timeout }, surroundings).await?;
        lease.interrupt.begin();
        close_after(work(&mut lease).await, lease, has_failed).await
    })
}

/// Opens the target while the project is read, does the work on both, and closes the target again.
///
/// `early` is what can be done on the target before the project is known; it must leave nothing behind that does not end
/// with the session. A project that cannot be read is told of first, whatever the target says, and starts no local server.
pub(super) fn with_project<E, T>(
    site: Site,
    statement_timeout: Option<Duration>,
    environment: &Environment,
    early: impl AsyncFnOnce(&mut Lease) -> Result<E, Failure>,
    work: impl AsyncFnOnce(&mut Workspace, &mut Lease, E) -> Result<T, Failure>,
) -> Result<T, Failure> {
    on_project(site, statement_timeout, environment, early, work, |_| false)
}

/// The same for a run, as [`run_on_target`].
pub(super) fn run_on_project<E>(
    site: Site,
    statement_timeout: Option<Duration>,
    environment: &Environment,
    early: impl AsyncFnOnce(&mut Lease) -> Result<E, Failure>,
    work: impl AsyncFnOnce(&mut Workspace, &mut Lease, E) -> Result<RunReport, Failure>,
) -> Result<RunReport, Failure> {
    on_project(site, statement_timeout, environment, early, work, has_failed)
}

fn on_project<E, T>(
    site: Site,
    statement_timeout: Option<Duration>,
    environment: &Environment,
    early: impl AsyncFnOnce(&mut Lease) -> Result<E, Failure>,
    work: impl AsyncFnOnce(&mut Workspace, &mut Lease, E) -> Result<T, Failure>,
    has_failed: fn(&T) -> bool,
) -> Result<T, Failure> {
    let spec = site.spec()?;
    let surroundings = site.surroundings(environment);
    let options = SessionOptions { statement_timeout };
    let open = async {
        let mut lease = target::open(&spec, options, &surroundings).await?;
        match early(&mut lease).await {
            Ok(early) => Ok((lease, early)),
            Err(failure) => close_after(Err(failure), lease, |_| true).await,
        }
    };
    block_on_until_stopped(&surroundings.interrupt, async {
        let is_local = matches!(spec.place, TargetPlace::Local { .. });
        let (mut workspace, (mut lease, early)) = if is_local || matches!(spec.place, TargetPlace::Ephemeral(_)) {
            // Nothing is started or paid for before the project is known to be right.
            let workspace = site.read()?;
            if is_local {
                surroundings.interrupt.begin();
            }
            (workspace, open.await?)
        } else {
            let reading = read_aside(site);
            match select(reading, std::pin::pin!(open)).await {
                Either::Left((read, open)) => {
                    let workspace = read??;
                    surroundings.interrupt.begin();
                    (workspace, open.await?)
                }
                // Until the project is read there is nothing to put away: the lock ends with the session.
                Either::Right((opened, reading)) => (reading.await??, opened?),
            }
        };
        surroundings.interrupt.begin();
        let result = work(&mut workspace, &mut lease, early).await;
        // The process is about to end. To give the texts of thousands of files back one by one takes longer than a plan.
        std::mem::forget(workspace);
        close_after(result, lease, has_failed).await
    })
}

/// The history, without a lock.
pub(super) async fn read_history(lease: &mut Lease) -> Result<History, Failure> {
    Ok(Ledger::read(lease.session.as_mut()).await?)
}

/// Reads a project on a thread of its own.
fn read_aside(site: Site) -> impl Future<Output = Result<Result<Workspace, Failure>, Failure>> + Unpin {
    let (done, read) = tokio::sync::oneshot::channel();
    // Nobody may wait for it any more, and then the project is of no use.
    std::thread::spawn(move || drop(done.send(site.read())));
    // A reader that panicked has said so already.
    read.map_err(|error| Failure::new(ExitCode::Internal, format!("the project was not read: {error}")))
}

async fn close_after<T>(result: Result<T, Failure>, lease: Lease, has_failed: fn(&T) -> bool) -> Result<T, Failure> {
    let Err(left) = lease.close().await else { return result };
    let left = Failure::from(left);
    if result.as_ref().is_ok_and(|value| !has_failed(value)) {
        return Err(left);
    }
    // The command ends with why the work failed, but what costs money or lets somebody in must not go untold.
    warn(&left.message, left.hints.first());
    result
}

impl Site {
    /// What opening a target of this project may use.
    pub(super) fn surroundings(&self, environment: &Environment) -> Surroundings {
        let application_name = format!("vesto {}", env!("CARGO_PKG_VERSION"));
        Surroundings {
            connect: Arc::new(Wire { application_name }),
            local: Arc::new(ProjectServer::new(&self.root, &environment.variables)),
            cloud: self.cloud.clone(),
            password_again: self.password_again(),
            run: environment.run.clone(),
            tell: Arc::new(tell),
            store: Arc::new(Buckets::new(FolderStore::new(self.folders.clone()), S3Store::new(self.s3.clone()))),
            password_file: password_file(environment),
            interrupt: Interrupt::default(),
            environment: environment.variables.clone(),
            project: self.root.clone(),
            secrets: self.variables.secrets().cloned().collect(),
        }
    }
}

fn tell(notice: Notice<'_>) {
    match notice {
        Notice::Waiting(state) => console::error(&format!("waiting: {state}\n")),
        Notice::Remark(remark) => console::error(&format!("note: {remark}\n")),
        Notice::Left(CloudError { message, hint, .. }) => warn(message, hint.as_ref()),
    }
}

fn warn(message: &str, hint: Option<&String>) {
    let hint = hint.map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
    console::error(&format!("warning: {message}\n{hint}"));
}

/// The password file, as libpq finds it; one that others can read is not used.
fn password_file(environment: &Environment) -> Option<String> {
    let path = match environment.variable("PGPASSFILE") {
        Some(path) => path.into(),
        None => Path::new(environment.variable("HOME")?).join(".pgpass"),
    };
    match files::read_private(&path) {
        PrivateFile::Text(text) => Some(text),
        PrivateFile::Absent => None,
        PrivateFile::Exposed => {
            console::error(&format!(
                "warning: `{}` can be read by others and is not used\nhint: run `chmod 600` on it\n",
                path.display()
            ));
            None
        }
    }
}

/// Who runs this, for the ledger: the run that this process is.
pub(super) fn run_info(command: &str, project: &str, root: &Path, environment: &Environment) -> RunInfo {
    RunInfo {
        run: environment.run.clone(),
        command: command.to_owned(),
        project: project.to_owned(),
        author: host::author(&environment.variables),
        host: host::host(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        source_commit: host::source_commit(&environment.variables, root),
        started_at: host::Now::read().sql(),
    }
}

/// As [`run_info`], for one more run of the same process.
pub(super) fn further_run_info(
    command: &str,
    project: &str,
    root: &Path,
    environment: &Environment,
) -> Result<RunInfo, Failure> {
    let environment = Environment { run: new_run_id()?, ..environment.clone() };
    Ok(run_info(command, project, root, &environment))
}

impl From<CloudError> for Failure {
    fn from(error: CloudError) -> Self {
        Self::new(ExitCode::Target, error.message).hint(error.hint)
    }
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        match error {
            TargetError::Login(error) => {
                let hint = error.hint.clone();
                Self::of(ExitCode::Project, &error).hint(hint)
            }
            TargetError::LocalServer(error) => Self::from(error),
            TargetError::Database(error) => Self { code: ExitCode::Target, ..Self::from(error) },
            TargetError::Cloud(error) => Self::from(error),
        }
    }
}
