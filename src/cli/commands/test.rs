//! `vesto test`: runs SQL tests.

use std::time::{Duration, Instant};

use crate::adapters::host::Now;
use crate::ledger::label;
use crate::project::{Suite, TestCase};
use crate::run::{Event, RunReport, TestRunner};
use crate::sql::Dialect;
use crate::target::Lease;
use crate::text::closest;

use crate::cli::arguments::{CommonArguments, TestArguments};
use crate::cli::carry_out::tell_left_out;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::{run_info, run_on_target};
use crate::cli::reporters::{Reporters, Results};
use crate::cli::workspace::{Site, Workspace};

/// Runs the tests that the patterns choose.
pub(in crate::cli) fn test(
    common: &CommonArguments,
    own: &TestArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let site = Site::find(common, environment)?;
    let (spec, surroundings) = (site.spec()?, site.surroundings(environment));
    let reporters = Reporters::new(&site, common, &own.reports, Results::Console, environment);
    let workspace = site.read()?;
    let suites = choose(&workspace, &own.patterns)?;
    let run = run_info("test", &workspace.project.name, &workspace.root, environment).run;
    let mut reporters = reporters.begin("test")?;
    let result = run_on_target(&spec, own.timeout, &surroundings, async |lease| {
        if lease.engine == Dialect::Redshift {
            label(lease.session.as_mut(), &run).await?;
        }
        Ok(run_tests(&workspace, &suites, run, lease, &mut |event| reporters.event(&event)).await)
    });
    reporters.finish(result)
}

/// Runs suites on an opened target and tells of it.
pub(in crate::cli) async fn run_tests(
    workspace: &Workspace,
    suites: &[Suite],
    run: String,
    lease: &mut Lease,
    emit: &mut dyn FnMut(Event),
) -> RunReport {
    let begun = Instant::now();
    emit(Event::RunStarted {
        run: run.clone(),
        command: "test",
        target: workspace.target.facts().name.to_owned(),
        server: lease.server,
        at: Now::read().rfc3339(),
        total: suites.iter().map(|suite| suite.tests.len()).sum(),
    });
    let suites: Vec<&Suite> = suites.iter().collect();
    for suite in &suites {
        let setup = suite.setup.iter().map(|script| (&suite.name, script));
        for (name, script) in setup.chain(suite.tests.iter().map(|test| (&test.name, &test.script))) {
            tell_left_out(workspace, name, script, 0..script.statements().len(), emit);
        }
    }
    let (engine, interrupt) = (lease.engine, lease.interrupt.clone());
    let session = lease.session.as_mut();
    let report =
        TestRunner { run, session, engine, interrupt, files: &workspace.files, emit: &mut *emit }.run(&suites).await;
    let duration: Duration = begun.elapsed();
    emit(Event::RunFinished { at: Now::read().rfc3339(), duration, outcome: report.outcome });
    report
}

/// The suites, or what of them the patterns choose by name of suite or test. No test at all is an error: a pipeline that
/// tests nothing must not be green.
pub(in crate::cli) fn choose(workspace: &Workspace, patterns: &[String]) -> Result<Vec<Suite>, Failure> {
    let suites = &workspace.project.suites;
    if suites.iter().all(|suite| suite.tests.is_empty()) {
        return Err(Failure::new(ExitCode::Project, "the project has no tests")
            .hint(format!("write them to `{}`", workspace.tests_path)));
    }
    if let Some(pattern) = patterns.iter().find(|pattern| suites.iter().all(|suite| !any_fits(suite, pattern))) {
        let suggestion = closest(pattern, suites.iter().map(|suite| suite.name.as_str()));
        let hint = match suggestion {
            Some(name) => format!("did you mean `{name}`?"),
            None => {
                format!("suites: {}", suites.iter().map(|suite| suite.name.as_str()).collect::<Vec<_>>().join(", "))
            }
        };
        return Err(Failure::new(ExitCode::Project, format!("no suite or test matches `{pattern}`")).hint(hint));
    }
    let fits = |suite: &Suite, test: &TestCase| {
        patterns.is_empty()
            || patterns.iter().any(|pattern| suite.name.contains(pattern) || test.name.contains(pattern))
    };
    Ok(suites
        .iter()
        .map(|suite| Suite {
            tests: suite.tests.iter().filter(|test| fits(suite, test)).cloned().collect(),
            ..suite.clone()
        })
        .filter(|suite| !suite.tests.is_empty())
        .collect())
}

fn any_fits(suite: &Suite, pattern: &str) -> bool {
    suite.name.contains(pattern) || suite.tests.iter().any(|test| test.name.contains(pattern))
}
