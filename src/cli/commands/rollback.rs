//! `vesto rollback`: undoes applied changes, the latest first.

use std::path::Path;

use crate::plan::RollbackSelection;

use crate::cli::arguments::{CommonArguments, RollbackArguments};
use crate::cli::carry_out::run_task;
use crate::cli::commands::rollforward::Words;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::reporters::{Reporters, Results};
use crate::cli::task::Task;
use crate::cli::workspace::Site;

/// Rolls back.
pub(in crate::cli) fn rollback(
    common: &CommonArguments,
    own: &RollbackArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let (site, selection, results) = match own.words.as_slice() {
        [config, section, query, output, cluster_file, cluster_section] => {
            let words = Words {
                config: Path::new(config),
                section,
                query,
                output,
                cluster_file: Path::new(cluster_file),
                cluster_section,
            };
            let results = words.results()?;
            (words.site(common, environment)?, words.rollback_selection()?, results)
        }
        _ => (Site::find(common, environment)?, selection(own), Results::Console),
    };
    let reporters = Reporters::new(&site, common, &own.reports, results, environment);
    run_task(common, site, &Task::Back(selection), &own.writing, reporters, environment)
}

fn selection(own: &RollbackArguments) -> RollbackSelection {
    match (&own.to, &own.from, &own.run) {
        (Some(to), ..) => RollbackSelection::To(to.clone()),
        (_, Some(from), _) => RollbackSelection::From(from.clone()),
        (_, _, Some(run)) => RollbackSelection::Run(run.clone()),
        _ => RollbackSelection::Last(own.last.unwrap_or(1)),
    }
}
