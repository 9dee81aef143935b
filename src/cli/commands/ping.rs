//! `vesto ping`: whether targets can be reached, what they are, and what is missing there.

use serde::Serialize;

use crate::report::visible_line;
use crate::target::Inspection;

use crate::cli::arguments::{CommonArguments, Format, PingArguments};
use crate::cli::console;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::with_target;
use crate::cli::workspace::Site;

/// Asks one target, or all of them, and changes nothing. One that cannot be reached does not keep the others.
pub(in crate::cli) fn ping(
    common: &CommonArguments,
    own: &PingArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let site = Site::find(common, environment)?;
    let names = if own.all { site.target_names() } else { vec![site.target.facts().name.to_owned()] };
    let mut all = Vec::with_capacity(names.len());
    for name in names {
        let asked = Site::find_with_target(common, Some(&name), environment).and_then(|site| ask(&site, environment));
        all.push(Line::new(name, asked));
    }
    if common.format == Format::Json {
        console::answer_json(&Document { version: 1, targets: &all })?;
    } else {
        console::answer(&all.iter().map(Line::render).collect::<String>())?;
    }
    Ok(if all.iter().any(|line| line.error.is_some() || !line.missing.is_empty()) {
        ExitCode::Target
    } else {
        ExitCode::Done
    })
}

fn ask(site: &Site, environment: &Environment) -> Result<(Inspection, &'static str), Failure> {
    let (spec, surroundings) = (site.spec()?, site.surroundings(environment));
    with_target(&spec, None, &surroundings, async |lease| Ok((lease.inspect().await?, lease.server)))
}

/// The document of `--format json`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    version: u32,
    targets: &'a [Line],
}

/// What one target said.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    reached: bool,
    server: Option<&'static str>,
    version: Option<String>,
    database: Option<String>,
    user: Option<String>,
    latency_microseconds: Option<u64>,
    ledger: Option<&'static str>,
    missing: Vec<String>,
    error: Option<String>,
    hint: Option<String>,
}

impl Line {
    fn new(name: String, asked: Result<(Inspection, &'static str), Failure>) -> Self {
        let (found, failure) = match asked {
            Ok(found) => (Some(found), None),
            Err(failure) => (None, Some(failure)),
        };
        let (error, hint) = failure.map_or((None, None), |Failure { message, hints, .. }| {
            (Some(message), Some(hints.join("; ")).filter(|hints| !hints.is_empty()))
        });
        let server = found.as_ref().map(|(_, server)| *server);
        let found = found.map(|(inspection, _)| inspection);
        let ledger = found.as_ref().map(|found| if found.has_ledger { "present" } else { "absent" });
        Self {
            name,
            reached: found.is_some(),
            server,
            latency_microseconds: found.as_ref().map(|it| u64::try_from(it.latency.as_micros()).unwrap_or(u64::MAX)),
            ledger,
            version: found.as_ref().map(|it| it.version.clone()),
            database: found.as_ref().map(|it| it.database.clone()),
            user: found.as_ref().map(|it| it.user.clone()),
            missing: found.map(|it| it.missing).unwrap_or_default(),
            error,
            hint,
        }
    }

    fn render(&self) -> String {
        let Self { name, server, version, database, user, latency_microseconds, ledger, missing, error, hint, .. } =
            self;
        let text = |value: &Option<String>| visible_line(value.as_deref().unwrap_or_default()).into_owned();
        if let Some(error) = error {
            let hint = hint.as_ref().map(|hint| format!("  hint: {hint}\n")).unwrap_or_default();
            return format!("{name}: not reached: {error}\n{hint}");
        }
        let milliseconds = latency_microseconds.unwrap_or_default() / 1000;
        let microseconds = latency_microseconds.unwrap_or_default() % 1000 / 100;
        let ledger = if *ledger == Some("present") { "the ledger is there" } else { "no ledger yet" };
        let mut out = format!(
            "{name}: reached in {milliseconds}.{microseconds} ms, database {} as {}, {}; {ledger}\n  {}\n",
            text(database),
            text(user),
            server.unwrap_or_default(),
            text(version)
        );
        for right in missing {
            out.push_str(&format!("  missing: {right}\n"));
        }
        out
    }
}
