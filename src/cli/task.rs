//! What is to be done, and the plan for it: made against a target's history, never carried out here.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::adapters::host::Now;
use crate::history::{History, StoredText};
use crate::ledger::Ledger;
use crate::plan::saved::Asked;
use crate::plan::{
    Drift, DriftKind, Facts, ForwardInputs, Plan, Question, RollbackInputs, RollbackSelection, Selection, doubted,
    drift, pending, plan_forward, plan_rollback, questions, tell_comments_apart, to_roll_back,
};
use crate::ports::{Batch, Session};
use crate::project::{ChangeId, Project};
use crate::run::{Inquiry, Settlement};
use crate::sql::Dialect;
use crate::target::Lease;

use super::arguments::{CommonArguments, SelectionArguments};
use super::commands::plan::print;
use super::environment::Environment;
use super::failure::Failure;
use super::opened::{read_history, with_project};
use super::saved_plan::SavedTask;
use super::workspace::{Site, Workspace};

/// Which way to go.
pub(super) enum Task {
    /// Apply these.
    Forward(Selection),
    /// Undo these.
    Back(RollbackSelection),
    /// Carry this plan out as it was seen, or refuse.
    Saved(Box<SavedTask>),
}

impl Task {
    /// The command that does it.
    pub(super) fn command(&self) -> &'static str {
        match self {
            Self::Forward(_) => "apply",
            Self::Back(_) => "rollback",
            Self::Saved(saved) => saved.command(),
        }
    }
}

impl From<Asked> for Task {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Forward(selection) => Self::Forward(selection),
            Asked::Rollback(selection) => Self::Back(selection),
        }
    }
}

impl From<&SelectionArguments> for Selection {
    fn from(typed: &SelectionArguments) -> Self {
        let SelectionArguments { only, from, to } = typed;
        Self { only: only.clone(), from: from.clone(), to: to.clone() }
    }
}

/// Prints what a task would do to the target, and returns it.
pub(super) fn print_plan(
    common: &CommonArguments,
    site: Site,
    task: &Task,
    statement_timeout: Option<Duration>,
    environment: &Environment,
) -> Result<Plan, Failure> {
    let (plan, document) =
        with_project(site, statement_timeout, environment, read_history, async |workspace, lease, mut history| {
            note_doubts(workspace, &mut history, lease).await?;
            let plan = make_plan(workspace, task, &history, lease.session.as_mut()).await?;
            let document = workspace.document(&plan);
            Ok((plan, document))
        })?;
    print(common, &document)?;
    Ok(plan)
}

/// Takes note of what the database says of statements in doubt, where nothing may be written.
pub(super) async fn note_doubts(
    workspace: &mut Workspace,
    history: &mut History,
    lease: &mut Lease,
) -> Result<(), Failure> {
    for settlement in settle_doubts(workspace, history, lease, false).await? {
        history.settle(&settlement.change, settlement.carried_out);
    }
    Ok(())
}

/// The plan of a task against a history.
pub(super) async fn make_plan(
    workspace: &mut Workspace,
    task: &Task,
    history: &History,
    session: &mut dyn Session,
) -> Result<Plan, Failure> {
    match task {
        Task::Forward(selection) => {
            let drift = find_drift(workspace, history, session).await?;
            plan_apply(workspace, selection, history, &drift)
        }
        Task::Back(selection) => plan_back(workspace, selection, history, session, &Now::read().digits()).await,
        Task::Saved(saved) => saved.plan_again(workspace, history, session).await,
    }
}

/// The plan back. What it puts aside is named after `suffix`.
pub(super) async fn plan_back(
    workspace: &mut Workspace,
    selection: &RollbackSelection,
    history: &History,
    session: &mut dyn Session,
    suffix: &str,
) -> Result<Plan, Failure> {
    let changes = to_roll_back(&workspace.project, history, selection)
        .map_err(|error| Failure::of_plan(&error, &workspace.files))?;
    let wanted: HashSet<&ChangeId> = changes.iter().collect();
    workspace.read_rollbacks(|change| wanted.contains(&change.id))?;
    let Workspace { project, files, variables, .. } = workspace;
    let target = workspace.target.facts();
    let texts = texts(project, history, &changes, session).await?;
    let empty = Facts::default();
    let mut inputs = RollbackInputs { project, history, variables, texts: &texts, target, facts: &empty, suffix };
    let facts = ask(questions(&inputs, &changes, files), target.dialect, session).await;
    inputs.facts = &facts;
    plan_rollback(&inputs, &changes, files).map_err(|error| Failure::of_plan(&error, files))
}

/// Where project and history differ, edits of comments told apart.
pub(super) async fn find_drift(
    workspace: &Workspace,
    history: &History,
    session: &mut dyn Session,
) -> Result<Vec<Drift>, Failure> {
    let mut found = drift(&workspace.project, history);
    if found.iter().any(|drift| drift.kind == DriftKind::Edited) {
        let sequences: Vec<u64> = found.iter().map(|drift| drift.sequence).collect();
        let texts = Ledger::texts(session, &sequences).await?;
        tell_comments_apart(&mut found, &texts, &workspace.project, workspace.target.facts().dialect);
    }
    Ok(found)
}

/// The plan forward.
pub(super) fn plan_apply(
    workspace: &mut Workspace,
    selection: &Selection,
    history: &History,
    drift: &[Drift],
) -> Result<Plan, Failure> {
    let wanted: HashSet<ChangeId> = pending(&workspace.project, history).map(|change| change.id.clone()).collect();
    workspace.read_rollbacks(|change| wanted.contains(&change.id))?;
    let Workspace { project, files, variables, .. } = workspace;
    let inputs = ForwardInputs { project, history, drift, variables, target: workspace.target.facts() };
    plan_forward(&inputs, selection).map_err(|error| Failure::of_plan(&error, files))
}

/// The applied texts, if a rollback needs them: it does not where the project has all rollbacks written.
async fn texts(
    project: &Project,
    history: &History,
    changes: &[ChangeId],
    session: &mut dyn Session,
) -> Result<HashMap<u64, StoredText>, Failure> {
    let written = |id: &ChangeId| project.change(id).is_some_and(|change| change.rollback.is_some());
    if changes.iter().all(written) {
        return Ok(HashMap::new());
    }
    let sequences = history.applied_sequences();
    let texts = Ledger::texts(session, &sequences).await?;
    Ok(sequences.into_iter().zip(texts).collect())
}

/// Asks which tables and columns are empty. What cannot be asked counts as full, and so is kept.
async fn ask(questions: Vec<Question>, dialect: Dialect, session: &mut dyn Session) -> Facts {
    let mut facts = Facts::default();
    for question in questions {
        let mut batch = Batch::default();
        batch.own(question.sql(dialect));
        if let Ok(answers) = session.run(&batch).await
            && answers.iter().all(|answer| answer.count == 0)
        {
            facts.empty.insert(question);
        }
    }
    facts
}

/// Asks the database what became of the statements in doubt. Those that only a person can settle stay so.
pub(super) async fn settle_doubts(
    workspace: &mut Workspace,
    history: &History,
    lease: &mut Lease,
    may_clear: bool,
) -> Result<Vec<Settlement>, Failure> {
    if history.unfinished().all(|(_, progress)| progress.doubt.is_none()) {
        return Ok(Vec::new());
    }
    workspace.read_rollbacks(|change| history.progress(&change.id).is_some())?;
    let Workspace { project, variables, target, .. } = workspace;
    let doubted = doubted(project, history, variables, target.facts());
    let inquiry = Inquiry { dialect: target.facts().dialect, engine: lease.engine, may_clear };
    Ok(inquiry.settle(lease.session.as_mut(), &doubted).await?)
}
