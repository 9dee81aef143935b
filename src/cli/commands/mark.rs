//! `vesto baseline`, `mark-applied` and `mark-pending`: what the ledger says, set by hand and with a reason.

use crate::history::{Action, History};
use crate::ledger::{EntryRecord, LedgerError, LockedLedger, NewEntry};
use crate::plan::{PlanError, Selection, select};
use crate::ports::Batch;
use crate::project::{Change, ChangeId, Rollback};
use crate::report::counted;
use crate::target::Lease;

use crate::cli::arguments::{BaselineArguments, CommonArguments, MarkArguments, ReblessArguments, WritingArguments};
use crate::cli::carry_out::Lock;
use crate::cli::console;
use crate::cli::environment::Environment;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::opened::{run_info, with_project};
use crate::cli::workspace::{Site, Workspace};

/// Records all changes up to one as applied, those that are recorded already left alone.
pub(in crate::cli) fn baseline(
    common: &CommonArguments,
    own: &BaselineArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let selection = Selection { to: Some(own.to.clone()), ..Selection::default() };
    let reason = own.marking.reason.as_deref().unwrap_or("baseline");
    let order = Order { command: "baseline", action: Action::MarkedApplied, reason, keep_applied: true };
    mark(common, &order, &own.marking.writing, environment, |workspace, _| {
        let target = workspace.target.facts();
        let changes = select(&workspace.project, &selection)?.into_iter();
        changes.filter(|change| target.takes(change)).map(|change| Mark::of_change(workspace, change)).collect()
    })
}

/// Records changes as applied with their present text.
pub(in crate::cli) fn mark_applied(
    common: &CommonArguments,
    own: &MarkArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let selection = Selection { only: own.names.clone(), ..Selection::default() };
    let reason = own.marking.reason.as_deref().unwrap_or("marked by hand");
    let order = Order { command: "mark-applied", action: Action::MarkedApplied, reason, keep_applied: false };
    mark(common, &order, &own.marking.writing, environment, |workspace, _| marks_of_changes(workspace, &selection))
}

/// Records the present text of edited changes as what is applied, with the reason why their statements need not run again.
pub(in crate::cli) fn rebless(
    common: &CommonArguments,
    own: &ReblessArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let selection = Selection { only: own.names.clone(), ..Selection::default() };
    let order = Order { command: "rebless", action: Action::MarkedApplied, reason: &own.reason, keep_applied: false };
    mark(common, &order, &own.writing, environment, |workspace, history| {
        let changes = select(&workspace.project, &selection)?;
        if let Some(change) = changes.iter().find(|change| history.applied(&change.id).is_none()) {
            return Err(PlanError::NotApplied(change.id.clone()));
        }
        let edited =
            |change: &&&Change| history.applied(&change.id).is_some_and(|applied| change.checksum != *applied.checksum);
        changes.iter().filter(edited).map(|change| Mark::of_change(workspace, change)).collect()
    })
}

/// Records changes as not applied; they may be gone from the project.
pub(in crate::cli) fn mark_pending(
    common: &CommonArguments,
    own: &MarkArguments,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let reason = own.marking.reason.as_deref().unwrap_or("marked by hand");
    let order = Order { command: "mark-pending", action: Action::MarkedPending, reason, keep_applied: false };
    mark(common, &order, &own.marking.writing, environment, |workspace, history| {
        let mut marks = Vec::new();
        for name in &own.names {
            let id = ChangeId::new(name.as_str());
            let selection = Selection { only: vec![name.clone()], ..Selection::default() };
            match marks_of_changes(workspace, &selection) {
                Err(PlanError::UnknownChange(_))
                    if history.applied(&id).is_some() || history.progress(&id).is_some() =>
                {
                    marks.push(Mark::of_id(&id));
                }
                found => marks.extend(found?),
            }
        }
        Ok(marks)
    })
}

/// What to write.
struct Order<'a> {
    command: &'static str,
    action: Action,
    reason: &'a str,
    /// Whether changes that are applied already are left alone.
    keep_applied: bool,
}

/// One row to write.
struct Mark {
    id: ChangeId,
    title: String,
    checksum: String,
    statements: usize,
    forward: Option<String>,
    rollback: Option<String>,
}

impl Mark {
    fn of_change(workspace: &Workspace, change: &Change) -> Result<Self, PlanError> {
        let dialect = workspace.target.facts().dialect;
        let script = change.forward.parse(dialect, &workspace.variables).map_err(PlanError::Unreadable)?;
        let rollback = change.rollback.as_ref().map(Rollback::read).transpose()?;
        Ok(Self {
            id: change.id.clone(),
            title: change.title.clone(),
            checksum: change.checksum.to_string(),
            statements: script.statements().len(),
            forward: Some(change.forward.text().to_owned()),
            rollback: rollback.map(|rollback| rollback.text().to_owned()),
        })
    }

    fn of_id(id: &ChangeId) -> Self {
        let (title, checksum) = (id.to_string(), String::new());
        Self { id: id.clone(), title, checksum, statements: 0, forward: None, rollback: None }
    }
}

fn marks_of_changes(workspace: &Workspace, selection: &Selection) -> Result<Vec<Mark>, PlanError> {
    select(&workspace.project, selection)?.into_iter().map(|change| Mark::of_change(workspace, change)).collect()
}

/// How many entries one statement writes: Redshift takes statements of up to 16 MB
/// (<https://docs.aws.amazon.com/redshift/latest/dg/c_redshift-sql.html>), and texts may be long.
const ENTRIES_TOGETHER: usize = 64;

fn mark(
    common: &CommonArguments,
    order: &Order<'_>,
    writing: &WritingArguments,
    environment: &Environment,
    find: impl Fn(&Workspace, &History) -> Result<Vec<Mark>, PlanError>,
) -> Result<ExitCode, Failure> {
    let site = Site::find(common, environment)?;
    let info = run_info(order.command, &site.name(), &site.root, environment);
    let lock = async |lease: &mut Lease| Lock::early(lease, info, writing.lock_timeout).await;
    let marked = with_project(site, writing.timeout, environment, lock, async |workspace, lease, lock| {
        workspace.read_rollbacks(|_| true)?;
        let (mut ledger, history) = lock.take(lease, writing.lock_timeout).await?;
        let session = lease.session.as_mut();
        let result: Result<Vec<Mark>, Failure> = async {
            let found = find(workspace, &history).map_err(|error| Failure::of_plan(&error, &workspace.files))?;
            let wanted = |mark: &Mark| !(order.keep_applied && history.applied(&mark.id).is_some());
            let marks: Vec<Mark> = found.into_iter().filter(wanted).collect();
            if !writing.dry_run && !marks.is_empty() {
                let mut batch = Batch::default();
                ledger.begin(&mut batch, true);
                ledger.mark(&mut batch);
                let entries: Vec<NewEntry> = marks.iter().map(|mark| ledger.entry(&record(order, mark))).collect();
                for entries in entries.chunks(ENTRIES_TOGETHER) {
                    LockedLedger::insert(entries, &mut batch);
                }
                ledger.finish(&mut batch, "done");
                batch.own("commit");
                session.run(&batch).await.map_err(|error| LedgerError::of_write(&batch, error))?;
            }
            Ok(marks)
        }
        .await;
        // A lock that is a row would outlive the session.
        let released = ledger.release(session).await;
        let marks = result?;
        released?;
        Ok(marks)
    })?;
    tell(order, writing, &marked)
}

fn record<'a>(order: &'a Order<'_>, mark: &'a Mark) -> EntryRecord<'a> {
    EntryRecord {
        change: mark.id.as_str(),
        title: &mark.title,
        action: order.action,
        checksum: &mark.checksum,
        statements: mark.statements,
        message: Some(order.reason),
        forward: mark.forward.as_deref(),
        rollback: mark.rollback.as_deref(),
    }
}

fn tell(order: &Order<'_>, writing: &WritingArguments, marks: &[Mark]) -> Result<ExitCode, Failure> {
    let verb = if writing.dry_run { "to be " } else { "" };
    let mut out = String::new();
    for mark in marks {
        out.push_str(&format!("  {verb}{}  {}\n", order.action.as_str(), mark.id));
    }
    out.push_str(&format!("{} {verb}{}\n", counted(marks.len(), "change"), order.action.as_str()));
    console::answer(&out)?;
    Ok(ExitCode::Done)
}
