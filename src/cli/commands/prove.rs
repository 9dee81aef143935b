//! `vesto prove`: shows on a throw-away database that the rollback of each change undoes it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{self, Either};

use crate::adapters::host::Now;
use crate::adapters::project_server::ProjectServer;
use crate::adapters::signals::StopSignals;
use crate::history::History;
use crate::plan::{Plan, PlannedChange, Selection, select};
use crate::project::settings::TargetPlace;
use crate::project::{ChangeId, Script, TargetSpec};
use crate::run::{Event, RunOutcome, RunReport};
use crate::sql::{Reach, reaches_beyond_database};
use crate::target::{SessionOptions, Share, ThrowAway};

use crate::cli::arguments::{CommonArguments, ProveArguments, WritingArguments};
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::{block_on, run_info};
use crate::cli::prover::{Assignment, Prover, mark};
use crate::cli::reporters::{Reporters, Results};
use crate::cli::task::plan_apply;
use crate::cli::workspace::{Site, Workspace};

/// Waiting for a lock of a database that nobody else knows can only mean that a session of this run is still ending.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// Proves.
pub(in crate::cli) fn prove(
    common: &CommonArguments,
    own: &ProveArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let site = Site::find(common, environment)?;
    let (spec, mut surroundings) = (site.spec()?, site.surroundings(environment));
    refuse_cluster(&spec, own.yes)?;
    let reporters = Reporters::new(&site, common, &own.reports, Results::Console, environment);
    let mut workspace = site.read()?;
    let is_local = matches!(spec.place, TargetPlace::Local { .. });
    let work = assign(&mut workspace, &Selection::from(&own.selection), is_local)?;
    if work.share == Share::Server {
        surroundings.local = Arc::new(ProjectServer::aside(&workspace.root, &environment.variables));
    }
    let mut reporters = reporters.begin("prove")?;
    let options = SessionOptions { statement_timeout: own.timeout };
    let result = block_on(async {
        // From here on: what is made must be dropped again.
        let cannot_listen = |error: std::io::Error| Failure::new(ExitCode::Internal, error.to_string());
        let mut signals = StopSignals::listen().map_err(cannot_listen)?;
        let mut place = ThrowAway::make(&spec, options, &surroundings, work.share, &mark()?).await?;
        let emit = &mut |event: Event| reporters.event(&event);
        let result = prove_in(&mut place, &mut workspace, &work, own, (environment, &mut signals), emit).await;
        let closed = place.close().await;
        let outcome = result?;
        closed?;
        Ok(RunReport { outcome, ..RunReport::default() })
    });
    reporters.finish(result)
}

/// Works in the throw-away database until all is told, or somebody asks to stop.
async fn prove_in(
    place: &mut ThrowAway,
    workspace: &mut Workspace,
    work: &Assignment,
    own: &ProveArguments,
    (environment, signals): (&Environment, &mut StopSignals),
    emit: &mut dyn FnMut(Event),
) -> Result<RunOutcome, Failure> {
    let begun = Instant::now();
    let observer = place.open().await?;
    emit(Event::RunStarted {
        run: run_info("prove", &workspace.project.name, &workspace.root, environment).run,
        command: "prove",
        target: workspace.target.facts().name.to_owned(),
        server: observer.server,
        at: Now::read().rfc3339(),
        total: work.chosen.len(),
    });
    let writing = WritingArguments { dry_run: false, lock_timeout: LOCK_TIMEOUT, timeout: own.timeout };
    let outcome = {
        let mut prover = Prover { workspace, environment, writing, place, observer, emit: &mut *emit, state: None };
        let (proving, stopping) = (std::pin::pin!(prover.prove_all(work)), std::pin::pin!(signals.next()));
        match future::select(proving, stopping).await {
            Either::Left((outcome, _)) => outcome?,
            Either::Right(((), _)) => RunOutcome::Interrupted,
        }
    };
    emit(Event::RunFinished { at: Now::read().rfc3339(), duration: begun.elapsed(), outcome });
    Ok(outcome)
}

/// Nobody should find a database on a cluster that they did not ask for, nor pay for a cluster a session.
fn refuse_cluster(spec: &TargetSpec, agreed: bool) -> Result<(), Failure> {
    match spec.place {
        TargetPlace::Ephemeral(_) => {
            let message = format!("`{}` is made anew for each session, and `prove` needs several", spec.name);
            Err(Failure::new(ExitCode::Project, message).hint("prove with `--target local`".to_owned()))
        }
        TargetPlace::Redshift(_) | TargetPlace::Serverless(_) if !agreed => Err(Failure::new(
            ExitCode::Target,
            format!("`{}` is a Redshift cluster, and `prove` would create and drop a database on it", spec.name),
        )
        .hint("prove with `--target local`, or agree with `--yes`".to_owned())),
        _ => Ok(()),
    }
}

/// Plans everything, so that what can fail early fails before a database is made, and says what is to be proven.
fn assign(workspace: &mut Workspace, selection: &Selection, is_local: bool) -> Result<Assignment, Failure> {
    let plan = plan_apply(workspace, &Selection::default(), &History::default(), &[])?;
    let all: Vec<ChangeId> = plan.changes.iter().map(|change| change.id.clone()).collect();
    let chosen = select(&workspace.project, selection)
        .map_err(|error| Failure::of_plan(&error, &workspace.files))?
        .into_iter()
        .map(|change| change.id.clone())
        // Some may not be for this target.
        .filter(|id| all.contains(id))
        .collect();
    let (left_out, share) = left_out(workspace, &plan, is_local);
    Ok(Assignment { left_out, all, chosen, share })
}

/// Changes that would reach beyond what is thrown away, and those that need one of them. A local server is thrown away
/// whole if one of them would change it.
fn left_out(workspace: &Workspace, plan: &Plan, is_local: bool) -> (HashMap<ChangeId, String>, Share) {
    let mut left_out = HashMap::new();
    let mut share = Share::Database;
    for planned in &plan.changes {
        let requires = workspace.project.change(&planned.id).map(|change| change.directives.requires.as_slice());
        let required = requires.unwrap_or_default().iter().map(|(id, _)| id).find(|id| left_out.contains_key(*id));
        let reason = match (reach(workspace, planned), required) {
            (Some(Reach::Server(_)), None) if is_local => {
                share = Share::Server;
                continue;
            }
            (Some(reach), _) => format!("it concerns {}, and is not run on a throw-away database", reach.what()),
            (None, Some(required)) => format!("it requires `{required}`, which is left out"),
            (None, None) => continue,
        };
        left_out.insert(planned.id.clone(), reason);
    }
    (left_out, share)
}

/// How far a change or its written rollback reaches beyond its database: the farthest of its statements.
fn reach(workspace: &Workspace, planned: &PlannedChange) -> Option<Reach> {
    let dialect = workspace.target.facts().dialect;
    let written = workspace.project.change(&planned.id).and_then(|change| change.rollback.as_ref()?.read().ok());
    let rollback = written.and_then(|text| text.parse(dialect, &workspace.variables).ok());
    let of = |script: &Script| {
        let reach = |statement| reaches_beyond_database(statement, script.rendered(), dialect);
        script.statements().iter().filter_map(reach).collect::<Vec<_>>()
    };
    let all = [Some(&planned.script), rollback.as_ref()].into_iter().flatten().flat_map(of).collect::<Vec<_>>();
    all.iter().find(|reach| matches!(reach, Reach::Outside(_))).or(all.first()).copied()
}
