//! What was typed: flags and commands as they stand, before files and environment are looked at.

mod aws;
mod emulate;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use aws::{AccountArguments, ClusterCommand, IngressArguments, RoleArguments, SecretCommand};
pub(super) use emulate::{EmulateArguments, KeeperArguments};

/// Plans, applies, rolls back and tests changes to Amazon Redshift and PostgreSQL warehouses.
#[derive(Debug, Parser)]
#[command(name = "vesto", version, max_term_width = 100, disable_help_subcommand = true, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    /// Flags of all commands.
    #[command(flatten)]
    pub(super) common: CommonArguments,
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 internal fault, 2 usage, 3 project or settings invalid, 4 differences \
    found (with --check), 5 tests failed or a rollback is not proven, 6 a statement failed, 7 target not reachable or not \
    allowed, 8 another run holds the lock, 9 the saved plan is stale, 10 a statement's outcome is in doubt, \
    130 interrupted.";

/// Flags that every command takes.
#[derive(Debug, Args)]
pub(super) struct CommonArguments {
    /// Folder of the project [default: the nearest folder with a vesto.ini]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) project: Option<PathBuf>,
    /// Settings to read instead of the project's vesto.ini; `-` is the standard input
    #[arg(long, global = true, value_name = "FILE|-|s3://BUCKET/KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(super) settings: Option<String>,
    /// Target of vesto.ini to work on [default: `target` of its section project]
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) target: Option<String>,
    /// Value of a variable in SQL; may be given more than once
    #[arg(long = "var", global = true, value_name = "NAME=VALUE")]
    pub(super) variables: Vec<String>,
    /// Form of the answer
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
    /// Print no more than the answer and errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Print more of what happens
    #[arg(long, short, global = true)]
    pub(super) verbose: bool,
}

/// Form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For machines: one document for questions, one object a line for runs.
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a new project
    Init(InitArguments),
    /// Show what would run, with its SQL, transactions, risks and points of no return
    Plan(PlanArguments),
    /// Show a saved plan, without a server and without its project
    Show(ShowArguments),
    /// Apply what is pending, or carry a saved plan out
    Apply(ApplyArguments),
    /// Undo applied changes, the latest first
    Rollback(RollbackArguments),
    /// Run SQL tests
    Test(TestArguments),
    /// Show on a throw-away database that the rollback of each change undoes it
    Prove(ProveArguments),
    /// Plan, apply and test in one command, as pipelines do
    Run(RunArguments),
    /// Show where the target stands
    Status(StatusArguments),
    /// Show what was done to the target, when and by whom
    History(HistoryArguments),
    /// Compare the project with what was applied
    Verify(VerifyArguments),
    /// Look for mistakes in the project without a server
    Lint(LintArguments),
    /// Record all changes up to one as applied, without running them
    Baseline(BaselineArguments),
    /// Record a change as applied as it is now, without running it
    MarkApplied(MarkArguments),
    /// Accept the edit of an applied change, with a reason
    Rebless(ReblessArguments),
    /// Record a change as not applied, without running its rollback
    MarkPending(MarkArguments),
    /// Say whether a statement that is in doubt was carried out
    Resolve(ResolveArguments),
    /// The project's own PostgreSQL server
    #[command(subcommand)]
    Local(LocalCommand),
    /// A server for any client of Redshift: the double behind a port
    Emulate(EmulateArguments),
    /// Ends the servers of an emulator that was killed
    #[command(hide = true)]
    EmulateKeeper(KeeperArguments),
    /// The seven-word command of devops-redshift: apply the queries of an INI file
    Rollforward(SevenWords),
    /// Say whether targets can be reached, what they are and what is missing there
    Ping(PingArguments),
    /// Clusters of AWS: the target's, and those that runs have left behind
    #[command(subcommand)]
    Cluster(ClusterCommand),
    /// Values of settings that AWS KMS encrypts
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
}

impl Command {
    /// Whether it tells what happens as it happens, as lines of JSON if that is asked for. Others answer a question with
    /// one document, or with text.
    pub(super) fn tells_events(&self) -> bool {
        match self {
            Self::Apply(ApplyArguments { writing, .. })
            | Self::Rollback(RollbackArguments { writing, .. })
            | Self::Run(RunArguments { writing, .. })
            | Self::Rollforward(SevenWords { writing, .. }) => !writing.dry_run,
            Self::Test(_) | Self::Prove(_) | Self::Emulate(_) => true,
            _ => false,
        }
    }
}

/// Which changes.
#[derive(Debug, Args, Default)]
pub(super) struct SelectionArguments {
    /// Only this change or section; may be given more than once
    #[arg(long, value_name = "ID")]
    pub(super) only: Vec<String>,
    /// From this change or section on, itself included
    #[arg(long, value_name = "ID")]
    pub(super) from: Option<String>,
    /// Up to this change or section, itself included
    #[arg(long, value_name = "ID")]
    pub(super) to: Option<String>,
}

/// How to write and what to leave behind.
#[derive(Debug, Args, Default)]
pub(super) struct WritingArguments {
    /// Show the plan and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// How long to wait for another run to end, such as 30s or 5m
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = parse_duration)]
    pub(super) lock_timeout: Duration,
    /// Longest time for one statement, such as 30s or 5m
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(super) timeout: Option<Duration>,
}

/// Reports as files.
#[derive(Debug, Args, Default)]
pub(super) struct ReportArguments {
    /// Write a JUnit report to this file
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
}

/// `vesto init`
#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// Folder to make the project in
    #[arg(default_value = ".")]
    pub(super) folder: PathBuf,
}

/// `vesto plan`
#[derive(Debug, Args)]
pub(super) struct PlanArguments {
    /// Which changes.
    #[command(flatten)]
    pub(super) selection: SelectionArguments,
    /// Without a server: as if nothing were applied
    #[arg(long)]
    pub(super) offline: bool,
    /// What `vesto rollback` would do instead
    #[arg(long, conflicts_with = "offline")]
    pub(super) rollback: bool,
    /// With --rollback: undo the last so many changes
    #[arg(long, value_name = "N", requires = "rollback")]
    pub(super) last: Option<usize>,
    /// With --rollback: undo what this run applied
    #[arg(long, value_name = "RUN", requires = "rollback")]
    pub(super) run: Option<String>,
    /// End with code 4 if there is anything to do
    #[arg(long)]
    pub(super) check: bool,
    /// Save the plan in this file, for `vesto apply FILE`
    #[arg(long, value_name = "FILE", conflicts_with = "offline")]
    pub(super) out: Option<PathBuf>,
}

/// `vesto show`
#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// File that `vesto plan --out` wrote
    #[arg(value_name = "PLAN")]
    pub(super) plan: PathBuf,
}

/// `vesto apply`
#[derive(Debug, Args)]
pub(super) struct ApplyArguments {
    /// File that `vesto plan --out` wrote: carry out exactly that plan, forward or back, or refuse
    #[arg(value_name = "PLAN", conflicts_with_all = ["only", "from", "to"])]
    pub(super) plan: Option<PathBuf>,
    /// Which changes.
    #[command(flatten)]
    pub(super) selection: SelectionArguments,
    /// How to write.
    #[command(flatten)]
    pub(super) writing: WritingArguments,
    /// Reports as files.
    #[command(flatten)]
    pub(super) reports: ReportArguments,
}

/// `vesto rollback`
#[derive(Debug, Args)]
pub(super) struct RollbackArguments {
    /// Undo all that was applied after this change or section, which stays
    #[arg(long, value_name = "ID", group = "which")]
    pub(super) to: Option<String>,
    /// Undo this change or section and all that was applied after it
    #[arg(long, value_name = "ID", group = "which")]
    pub(super) from: Option<String>,
    /// Undo the last so many changes [default: 1]
    #[arg(long, value_name = "N", group = "which")]
    pub(super) last: Option<usize>,
    /// Undo all that this run applied; the beginning of its id is enough
    #[arg(long, value_name = "RUN", group = "which")]
    pub(super) run: Option<String>,
    /// How to write.
    #[command(flatten)]
    pub(super) writing: WritingArguments,
    /// Reports as files.
    #[command(flatten)]
    pub(super) reports: ReportArguments,
    /// The words of devops-redshift: CONFIG SECTION QUERY s|f CLUSTERFILE CLUSTERSECTION
    #[arg(
        value_names = ["CONFIG", "SECTION", "QUERY", "OUTPUT", "CLUSTERFILE", "CLUSTERSECTION"],
        num_args = 6,
        conflicts_with = "which"
    )]
    pub(super) words: Vec<String>,
}

/// `vesto test`
#[derive(Debug, Args)]
pub(super) struct TestArguments {
    /// Only suites or tests whose name contains one of these
    #[arg(value_name = "PATTERN")]
    pub(super) patterns: Vec<String>,
    /// Reports as files.
    #[command(flatten)]
    pub(super) reports: ReportArguments,
    /// Longest time for one statement, such as 30s or 5m
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(super) timeout: Option<Duration>,
}

/// `vesto prove`
#[derive(Debug, Args)]
pub(super) struct ProveArguments {
    /// Which changes; those before them are only applied.
    #[command(flatten)]
    pub(super) selection: SelectionArguments,
    /// Reports as files.
    #[command(flatten)]
    pub(super) reports: ReportArguments,
    /// Longest time for one statement, such as 30s or 5m
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(super) timeout: Option<Duration>,
    /// Create and drop the throw-away database also on a Redshift cluster
    #[arg(long)]
    pub(super) yes: bool,
}

/// `vesto run`
#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// Which changes.
    #[command(flatten)]
    pub(super) selection: SelectionArguments,
    /// How to write.
    #[command(flatten)]
    pub(super) writing: WritingArguments,
    /// Reports as files.
    #[command(flatten)]
    pub(super) reports: ReportArguments,
    /// If a change or a test fails, undo what this run applied
    #[arg(long)]
    pub(super) rollback_on_failure: bool,
}

/// `vesto status`
#[derive(Debug, Args)]
pub(super) struct StatusArguments {
    /// End with code 4 unless everything is applied as it is
    #[arg(long)]
    pub(super) check: bool,
}

/// `vesto history`
#[derive(Debug, Args)]
pub(super) struct HistoryArguments {
    /// Only the last so many entries
    #[arg(long, value_name = "N")]
    pub(super) last: Option<usize>,
}

/// `vesto verify`
#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// End with code 4 if anything differs
    #[arg(long)]
    pub(super) check: bool,
}

/// `vesto lint`
#[derive(Debug, Args)]
pub(super) struct LintArguments {
    /// End with code 4 if there are findings
    #[arg(long)]
    pub(super) check: bool,
}

/// `vesto baseline`
#[derive(Debug, Args)]
pub(super) struct BaselineArguments {
    /// Last change or section that the target already contains
    #[arg(long, value_name = "ID")]
    pub(super) to: String,
    /// Why and how.
    #[command(flatten)]
    pub(super) marking: MarkingArguments,
}

/// Why and how the ledger is set by hand.
#[derive(Debug, Args)]
pub(super) struct MarkingArguments {
    /// Why, for the history
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(super) reason: Option<String>,
    /// How to write.
    #[command(flatten)]
    pub(super) writing: WritingArguments,
}

/// Which edits to accept, and why.
#[derive(Debug, Args)]
pub(super) struct ReblessArguments {
    /// Applied changes or sections that were edited
    #[arg(value_name = "ID", required = true)]
    pub(super) names: Vec<String>,
    /// Why their statements need not run again
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(super) reason: String,
    /// How to write.
    #[command(flatten)]
    pub(super) writing: WritingArguments,
}

/// What became of a statement.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("outcome").required(true).args(["done", "not_done"])))]
pub(super) struct ResolveArguments {
    /// The change with the statement in doubt and the number of the doubt, as the question names them
    #[arg(value_name = "ID@NUMBER")]
    pub(super) name: String,
    /// The statement was carried out: go on after it
    #[arg(long)]
    pub(super) done: bool,
    /// The statement was not carried out: send it again
    #[arg(long)]
    pub(super) not_done: bool,
    /// How you know
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(super) reason: String,
    /// How long to wait for another run to end, such as 30s or 5m
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = parse_duration)]
    pub(super) lock_timeout: Duration,
}

/// `vesto mark-applied` and `vesto mark-pending`
#[derive(Debug, Args)]
pub(super) struct MarkArguments {
    /// Changes or sections
    #[arg(value_name = "ID", required = true)]
    pub(super) names: Vec<String>,
    /// Why and how.
    #[command(flatten)]
    pub(super) marking: MarkingArguments,
}

/// `vesto local`
#[derive(Debug, Subcommand)]
pub(super) enum LocalCommand {
    /// Start the server and keep it running
    Start,
    /// Stop the server
    Stop,
    /// Stop the server and delete its data
    Reset,
    /// Say whether it runs and where
    Status,
    /// Open psql on it
    Psql {
        /// Arguments for psql
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// `vesto ping`
#[derive(Debug, Args)]
pub(super) struct PingArguments {
    /// All targets of vesto.ini
    #[arg(long, conflicts_with = "target")]
    pub(super) all: bool,
}

/// `vesto rollforward`
#[derive(Debug, Args)]
pub(super) struct SevenWords {
    /// INI file with the queries
    pub(super) config: PathBuf,
    /// ALL or a section
    pub(super) section: String,
    /// ALL or a query of the section
    pub(super) query: String,
    /// s: results to the screen; f: results to files below output_data
    pub(super) output: String,
    /// INI file with the clusters
    pub(super) cluster_file: PathBuf,
    /// Section of the cluster
    pub(super) cluster_section: String,
    /// Make a cluster like the one of the section for this run and delete it after, without a last snapshot
    #[arg(long)]
    pub(super) ephemeral: bool,
    /// How to write.
    #[command(flatten)]
    pub(super) writing: WritingArguments,
    /// Reports as files.
    #[command(flatten)]
    pub(super) reports: ReportArguments,
}

/// `vesto completions`
#[derive(Debug, Args)]
pub(super) struct CompletionsArguments {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}

/// A duration: a number with `ms`, `s`, `m` or `h`; without a unit, seconds.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| "expected a number with ms, s, m or h, such as 30s".to_owned())?;
    let seconds = |factor: u64| number.checked_mul(factor).map(Duration::from_secs);
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3600),
        _ => None,
    }
    .ok_or_else(|| "expected a number with ms, s, m or h, such as 30s".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse_duration("30"), Ok(Duration::from_secs(30)));
        assert_eq!(parse_duration("5m"), Ok(Duration::from_secs(300)));
        assert!(parse_duration("s").is_err() && parse_duration("5d").is_err() && parse_duration("-1s").is_err());
        assert!(parse_duration("99999999999999999h").is_err());
    }
}
