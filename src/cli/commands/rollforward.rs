//! `vesto rollforward`: the seven words of devops-redshift, so that a task definition changes one word.
//!
//! `rollforward CONFIG SECTION QUERY OUTPUT CLUSTERFILE CLUSTERSECTION` applies the queries of an INI file to the cluster
//! that a section of another INI file describes; `rollback` with the same words undoes them. Unlike the original, the
//! SQL tests beside the file are a command of their own, `vesto test`.

use std::path::Path;

use crate::plan::{RollbackSelection, Selection};

use crate::cli::arguments::{CommonArguments, SevenWords};
use crate::cli::carry_out::run_task;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::reporters::{Reporters, Results};
use crate::cli::task::Task;
use crate::cli::workspace::Site;

/// The six words after the operation.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Words<'a> {
    /// INI file with the queries.
    pub(in crate::cli) config: &'a Path,
    /// `ALL` or a section.
    pub(in crate::cli) section: &'a str,
    /// `ALL` or a query of the section.
    pub(in crate::cli) query: &'a str,
    /// `s` for the screen, `f` for files.
    pub(in crate::cli) output: &'a str,
    /// INI file with the clusters.
    pub(in crate::cli) cluster_file: &'a Path,
    /// Section of the cluster.
    pub(in crate::cli) cluster_section: &'a str,
}

/// Applies.
pub(in crate::cli) fn rollforward(
    common: &CommonArguments,
    own: &SevenWords,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let words = Words {
        config: &own.config,
        section: &own.section,
        query: &own.query,
        output: &own.output,
        cluster_file: &own.cluster_file,
        cluster_section: &own.cluster_section,
    };
    let results = words.results()?;
    let mut site = words.site(common, environment)?;
    if own.ephemeral {
        site.make_cluster()?;
    }
    let reporters = Reporters::new(&site, common, &own.reports, results, environment);
    run_task(common, site, &Task::Forward(words.selection()?), &own.writing, reporters, environment)
}

impl Words<'_> {
    /// The project that the words describe.
    pub(in crate::cli) fn site(&self, common: &CommonArguments, environment: &Environment) -> Result<Site, Failure> {
        Site::of_ini_files(common, self.config, self.cluster_file, self.cluster_section, environment)
    }

    /// Where results go. The original took any other word for the screen, and its Jenkinsfile passes `c`.
    pub(in crate::cli) fn results(&self) -> Result<Results, Failure> {
        match self.output {
            "f" => Ok(Results::Files),
            "s" | "c" => Ok(Results::Console),
            other => Err(Failure::new(ExitCode::Usage, format!("`{other}` is no form of output"))
                .hint("write s for the screen or f for files".to_owned())),
        }
    }

    fn selection(&self) -> Result<Selection, Failure> {
        let only = match self.name()? {
            Some(name) => vec![name],
            None => Vec::new(),
        };
        Ok(Selection { only, from: None, to: None })
    }

    /// A section is undone with all that was applied after it: what stands on it cannot stay.
    pub(in crate::cli) fn rollback_selection(&self) -> Result<RollbackSelection, Failure> {
        Ok(match self.name()? {
            Some(name) => RollbackSelection::From(name),
            None => RollbackSelection::Last(usize::MAX),
        })
    }

    /// The section or query that is named; `None` for all. Query names are lower-cased, as Python's configparser does.
    fn name(&self) -> Result<Option<String>, Failure> {
        let all_queries = self.query.eq_ignore_ascii_case("all");
        match (self.section, all_queries) {
            ("ALL", true) => Ok(None),
            ("ALL", false) => Err(Failure::new(ExitCode::Usage, format!("query `{}` of which section?", self.query))
                .hint("name the section of the query, or write ALL for both".to_owned())),
            (section, true) => Ok(Some(section.to_owned())),
            (section, false) => Ok(Some(format!("{section}.{}", self.query.to_lowercase()))),
        }
    }
}
