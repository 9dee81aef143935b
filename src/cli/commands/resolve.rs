//! `vesto resolve`: says what became of a statement that is in doubt, by hand and with a reason.
//!
//! The answer names the doubt by the journal row of its intent. Between the question and the answer somebody else may have
//! answered, and another run may have gone on and died at another statement: that one is not what the person looked at.

use crate::ledger::LockedLedger;
use crate::project::{ChangeId, Version};
use crate::run::{Settlement, record_settlements};
use crate::target::Lease;
use crate::text::closest;

use crate::cli::arguments::{CommonArguments, ResolveArguments};
use crate::cli::carry_out::Lock;
use crate::cli::console;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::{run_info, with_target};
use crate::cli::workspace::Site;
use crate::history::{Doubt, History};

/// Records whether the statement was carried out. The next apply or rollback goes on from there.
pub(in crate::cli) fn resolve(
    common: &CommonArguments,
    own: &ResolveArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    // Neither the files nor their text matter: the journal knows which statement is meant.
    let site = Site::find(common, environment)?;
    let (spec, surroundings) = (site.spec()?, site.surroundings(environment));
    let info = run_info("resolve", &site.name(), &site.root, environment);
    let settlement = with_target(&spec, None, &surroundings, async |lease: &mut Lease| {
        let (mut ledger, mut history) = Lock::Later(info).take(lease, own.lock_timeout).await?;
        let result = record(own, lease, &mut ledger, &mut history).await;
        let released = ledger.release(lease.session.as_mut()).await;
        let settlement = result?;
        released?;
        Ok(settlement)
    })?;
    let outcome = if settlement.carried_out { "carried out" } else { "not carried out" };
    console::answer(&format!(
        "statement {} of {} is recorded as {outcome}\n",
        settlement.statement + 1,
        settlement.change
    ))?;
    Ok(ExitCode::Done)
}

async fn record(
    own: &ResolveArguments,
    lease: &mut Lease,
    ledger: &mut LockedLedger,
    history: &mut History,
) -> Result<Settlement, Failure> {
    let (name, intent) = parted(&own.name);
    let change = named(name, history);
    let found = history.progress(&change).and_then(|progress| Some((progress.direction, progress.doubt.clone()?)));
    let Some((direction, doubt)) = found else { return Err(no_doubt(name, history)) };
    if intent != Some(doubt.sequence) {
        return Err(not_named(&own.name, intent, &change, &doubt));
    }
    let settlement = Settlement {
        change,
        direction,
        statement: doubt.statement,
        carried_out: own.done,
        reason: own.reason.clone(),
        prefix_checksum: doubt.prefix_checksum,
    };
    record_settlements(lease.session.as_mut(), ledger, history, std::slice::from_ref(&settlement)).await?;
    Ok(settlement)
}

/// `V2@17` is the doubt of `V2` that row 17 of the journal announced.
fn parted(name: &str) -> (&str, Option<u64>) {
    let parted = name.rsplit_once('@').and_then(|(change, number)| Some((change, number.parse().ok()?)));
    parted.map_or((name, None), |(change, intent)| (change, Some(intent)))
}

/// The change is in doubt, and the answer does not say that it is meant for this doubt.
fn not_named(name: &str, intent: Option<u64>, change: &ChangeId, doubt: &Doubt) -> Failure {
    let message = match intent {
        Some(_) => format!("the doubt `{name}` is settled already, and another is open"),
        None => format!("`{name}` does not say which doubt is answered"),
    };
    let current = format!("{change}@{}", doubt.sequence);
    Failure::new(ExitCode::Project, message).hint(format!(
        "in doubt is statement {} of `{change}`: `vesto plan` says what to look at; then answer it as `{current}`",
        doubt.statement + 1
    ))
}

/// The change with this name, or the unfinished one whose version it is.
fn named(name: &str, history: &History) -> ChangeId {
    let version = |text: &str| text.trim_start_matches(['V', 'v']).parse::<Version>().ok();
    let wanted = version(name);
    let same = |id: &&ChangeId| id.as_str().starts_with('V') && wanted.is_some() && version(id.as_str()) == wanted;
    let found = history.unfinished().map(|(id, _)| id).find(same);
    found.cloned().unwrap_or_else(|| ChangeId::new(name))
}

fn no_doubt(name: &str, history: &History) -> Failure {
    let doubted = || history.unfinished().filter(|(_, progress)| progress.doubt.is_some()).map(|(id, _)| id.as_str());
    let failure = Failure::new(ExitCode::Project, format!("no statement of `{name}` is in doubt"));
    match closest(name, doubted()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None if doubted().next().is_none() => failure.hint("nothing is in doubt on this target".to_owned()),
        None => failure.hint(format!("in doubt are statements of {}", doubted().collect::<Vec<_>>().join(", "))),
    }
}
