//! `vesto prove`: shows on a throw-away database that the rollback of each change undoes it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures_util::future::{self, Either};

use crate::adapters::host::Now;
use crate::adapters::interrupt::interrupted;
use crate::history::History;
use crate::plan::{Plan, Selection, select};
use crate::project::settings::TargetPlace;
use crate::project::{ChangeId, Script, TargetSpec};
use crate::run::{Event, RunOutcome, RunReport};
use crate::sql::reaches_beyond_database;
use crate::target::{SessionOptions, ThrowAway};

use crate::cli::arguments::{CommonArguments, ProveArguments, WritingArguments};
use crate::cli::carry_out::{exit_code, plan_apply};
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::{block_on, run_info};
use crate::cli::prover::{Assignment, Prover, mark};
use crate::cli::reporters::{Reporters, Results};
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
    let (spec, surroundings) = (site.spec()?, site.surroundings(environment));
    refuse_cluster(&spec, own.yes)?;
    let mut workspace = site.read()?;
    let work = assign(&mut workspace, &Selection::from(&own.selection))?;
    let mut reporters = Reporters::new(common, &own.reports, Results::Console, environment);
    let options = SessionOptions { statement_timeout: own.timeout };
    let result = block_on(async {
        let mut place = ThrowAway::make(&spec, options, &surroundings, &mark()?).await?;
        let emit = &mut |event: Event| reporters.event(&event);
        let result = prove_in(&mut place, &mut workspace, &work, own, environment, emit).await;
        let closed = place.close().await;
        let outcome = result?;
        closed?;
        Ok(RunReport { outcome, ..RunReport::default() })
    });
    let told = reporters.finish();
    let code = exit_code(&result?);
    told?;
    Ok(code)
}

/// Works in the throw-away database until all is told, or somebody asks to stop.
async fn prove_in(
    place: &mut ThrowAway,
    workspace: &mut Workspace,
    work: &Assignment,
    own: &ProveArguments,
    environment: &Environment,
    emit: &mut dyn FnMut(Event),
) -> Result<RunOutcome, Failure> {
    let begun = Instant::now();
    let observer = place.open().await?;
    emit(Event::RunStarted {
        run: run_info("prove", &workspace.project.name, &workspace.root, environment)?.run,
        command: "prove",
        target: workspace.target.facts().name.to_owned(),
        server: observer.server,
        at: Now::read().rfc3339(),
        total: work.chosen.len(),
    });
    let writing = WritingArguments { dry_run: false, lock_timeout: LOCK_TIMEOUT, timeout: own.timeout };
    let outcome = {
        let mut prover = Prover { workspace, environment, writing, place, observer, emit: &mut *emit, state: None };
        let (proving, stopping) = (std::pin::pin!(prover.prove_all(work)), std::pin::pin!(interrupted()));
        match future::select(proving, stopping).await {
            Either::Left((outcome, _)) => outcome?,
            Either::Right((Ok(()), _)) => RunOutcome::Interrupted,
            // Without that the process ends by itself when it is asked to, and the next run clears away.
            Either::Right((Err(_), proving)) => proving.await?,
        }
    };
    emit(Event::RunFinished { at: Now::read().rfc3339(), duration: begun.elapsed(), outcome });
    Ok(outcome)
}

/// Nobody should find a database on a cluster that they did not ask for.
fn refuse_cluster(spec: &TargetSpec, agreed: bool) -> Result<(), Failure> {
    if agreed || !matches!(spec.place, TargetPlace::Redshift(_)) {
        return Ok(());
    }
    Err(Failure::new(
        ExitCode::Target,
        format!("`{}` is a Redshift cluster, and `prove` would create and drop a database on it", spec.name),
    )
    .hint("prove with `--target local`, or agree with `--yes`".to_owned()))
}

/// Plans everything, so that what can fail early fails before a database is made, and says what is to be proven.
fn assign(workspace: &mut Workspace, selection: &Selection) -> Result<Assignment, Failure> {
    let plan = plan_apply(workspace, &Selection::default(), &History::default())?;
    let all: Vec<ChangeId> = plan.changes.iter().map(|change| change.id.clone()).collect();
    let chosen = select(&workspace.project, selection)
        .map_err(|error| Failure::of_plan(&error, &workspace.files))?
        .into_iter()
        .map(|change| change.id.clone())
        // Some may not be for this target.
        .filter(|id| all.contains(id))
        .collect();
    Ok(Assignment { left_out: left_out(workspace, &plan), all, chosen })
}

/// Changes that would reach beyond the throw-away database, and those that need one of them.
fn left_out(workspace: &Workspace, plan: &Plan) -> HashMap<ChangeId, String> {
    let dialect = workspace.target.facts().dialect;
    let beyond = |script: &Script| {
        let reach = |statement| reaches_beyond_database(statement, script.rendered(), dialect);
        script.statements().iter().find_map(reach)
    };
    let mut left_out = HashMap::new();
    for planned in &plan.changes {
        let change = workspace.project.change(&planned.id);
        let written = change.and_then(|change| change.rollback.as_ref()?.read().ok());
        let rollback = written.and_then(|text| text.parse(dialect, &workspace.variables).ok());
        let required = change.and_then(|change| {
            change.directives.requires.iter().map(|(id, _)| id).find(|id| left_out.contains_key(*id)).cloned()
        });
        let reason = match (beyond(&planned.script).or_else(|| rollback.as_ref().and_then(beyond)), required) {
            (Some(reach), _) => format!("it concerns {reach}, and is not run on a throw-away database"),
            (None, Some(required)) => format!("it requires `{required}`, which is left out"),
            (None, None) => continue,
        };
        left_out.insert(planned.id.clone(), reason);
    }
    left_out
}
