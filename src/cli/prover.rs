//! Tries the rollback of each change on a throw-away database: apply, roll back, apply again, and what differs.
//!
//! Each step has a session of its own and goes the way of `apply` and `rollback`. Another session looks on.

use std::collections::HashMap;
use std::time::Instant;

use crate::adapters::host;
use crate::ledger::Ledger;
use crate::plan::{RollbackSelection, Selection};
use crate::ports::Batch;
use crate::project::{Change, ChangeId, ChangeKind, Checksum};
use crate::run::{Event, Proof, PutAside, RunOutcome, State, StateError, StatementFailure};
use crate::target::{Lease, Share, ThrowAway};
use crate::text::Mask;

use super::arguments::WritingArguments;
use super::carry_out::{Lock, carry_out};
use super::environment::Environment;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::opened::further_run_info;
use super::task::{Task, make_plan};
use super::workspace::Workspace;

/// What to prove, settled before anything runs.
pub(super) struct Assignment {
    /// All changes that are for the target, in order.
    pub(super) all: Vec<ChangeId>,
    /// Those to prove.
    pub(super) chosen: Vec<ChangeId>,
    /// Those that are not run, and why.
    pub(super) left_out: HashMap<ChangeId, String>,
    /// What of a local server goes with the database.
    pub(super) share: Share,
}

/// What it takes to try rollbacks.
pub(super) struct Prover<'a> {
    /// The project.
    pub(super) workspace: &'a mut Workspace,
    /// Who asks.
    pub(super) environment: &'a Environment,
    /// Limits of waiting.
    pub(super) writing: WritingArguments,
    /// Where.
    pub(super) place: &'a mut ThrowAway,
    /// The session that looks on.
    pub(super) observer: Lease,
    /// Where facts go.
    pub(super) emit: &'a mut dyn FnMut(Event),
    /// What the database holds, unless a step has changed it since.
    pub(super) state: Option<State>,
}

/// Why a change is not proven.
enum Stop {
    /// It could not be applied.
    Errored(StatementFailure),
    /// It has no rollback, so nothing was undone.
    Refused(Box<Proof>),
    /// Its rollback is wrong, and so is the database by now.
    Wrong(Box<Proof>),
    /// Nothing can be said.
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Database(error) => {
                let failure = Self::from(error);
                Self { message: format!("cannot read what the database holds: {}", failure.message), ..failure }
            }
            StateError::Catalog(_) => Self::of(ExitCode::Target, &error),
        }
    }
}

impl Prover<'_> {
    /// Tries all chosen changes, and stops at the first that cannot be applied.
    pub(super) async fn prove_all(&mut self, work: &Assignment) -> Result<RunOutcome, Failure> {
        let mut outcome = RunOutcome::Done;
        let mut waiting = Vec::new();
        let mut chosen = work.chosen.iter().peekable();
        for id in &work.all {
            let Some(next) = chosen.peek() else { break };
            let wanted = *next == id;
            if !wanted {
                waiting.extend(Some(id.clone()).filter(|id| !work.left_out.contains_key(id)));
                continue;
            }
            if let Some((failed, failure)) = self.apply(&std::mem::take(&mut waiting)).await? {
                self.recall_left_out(work);
                self.tell(&failed, Proof::Errored { failure }, Instant::now());
                chosen.by_ref().for_each(|id| self.tell(id, Proof::NotStarted, Instant::now()));
                return Ok(RunOutcome::Failed);
            }
            chosen.next();
            match self.try_one(id, work, chosen.peek().is_some()).await? {
                RunOutcome::Failed => {
                    chosen.by_ref().for_each(|id| self.tell(id, Proof::NotStarted, Instant::now()));
                    return Ok(RunOutcome::Failed);
                }
                RunOutcome::Done => {}
                other => outcome = other,
            }
        }
        Ok(outcome)
    }

    /// Tries one change and tells of it. If others come after it, the database is left as if it had been applied.
    async fn try_one(&mut self, id: &ChangeId, work: &Assignment, goes_on: bool) -> Result<RunOutcome, Failure> {
        let begun = Instant::now();
        let title = self.change(id).map_or_else(|| id.to_string(), |change| change.title.clone());
        (self.emit)(Event::ChangeStarted { id: id.to_string(), title });
        if let Some(reason) = work.left_out.get(id) {
            self.tell(id, Proof::LeftOut { reason: reason.clone() }, begun);
            return Ok(RunOutcome::Done);
        }
        match self.prove(id).await {
            Ok(proof) => {
                self.tell(id, proof, begun);
                Ok(RunOutcome::Done)
            }
            Err(Stop::Refused(proof)) => {
                self.tell(id, *proof, begun);
                Ok(RunOutcome::TestsFailed)
            }
            Err(Stop::Wrong(proof)) => {
                self.tell(id, *proof, begun);
                if goes_on {
                    self.begin_anew(id, work).await?;
                }
                Ok(RunOutcome::TestsFailed)
            }
            Err(Stop::Errored(failure)) => {
                self.recall_left_out(work);
                self.tell(id, Proof::Errored { failure }, begun);
                Ok(RunOutcome::Failed)
            }
            Err(Stop::Failed(failure)) => Err(failure),
        }
    }

    async fn prove(&mut self, id: &ChangeId) -> Result<Proof, Stop> {
        let before = match self.state.take() {
            Some(state) => state,
            None => self.read().await?,
        };
        if let Some((_, failure)) = self.apply(std::slice::from_ref(id)).await? {
            return Err(Stop::Errored(failure));
        }
        let (declared, written, repeatable) = self.change(id).map_or((false, false, false), |change| {
            let repeatable = matches!(change.kind, ChangeKind::Repeatable);
            (change.directives.irreversible, change.rollback.is_some(), repeatable)
        });
        if declared && !written {
            self.question_declaration(id).await?;
            return Ok(Proof::Irreversible);
        }
        if declared {
            self.warn(format!("`{id}` is declared irreversible and has a rollback all the same: remove one of them"));
        }
        let applied = self.read().await?;
        let (kept, mut state) = self.undo_and_redo(id, &before, &applied).await?;
        if repeatable {
            state = self.undo_second(id, &state).await?;
        }
        self.state = Some(state);
        Ok(Proof::Proven { kept })
    }

    /// Rolls the change back, which must give back what was there before, and applies it again.
    async fn undo_and_redo(
        &mut self,
        id: &ChangeId,
        before: &State,
        applied: &State,
    ) -> Result<(Vec<String>, State), Stop> {
        self.roll_back().await?;
        let mut undone = self.read().await?;
        let kept = undone.put_aside_since(before);
        if !kept.is_empty() {
            // It must be possible to go on beside what was kept. What else differs shows once that is gone.
            self.apply_again(id).await?;
            self.roll_back().await?;
            let all = self.read().await?.put_aside_since(before);
            self.remove(all.iter().map(PutAside::removal)).await?;
            undone = self.read().await?;
        }
        let is_derived = self.change(id).is_some_and(|change| change.rollback.is_none());
        let write = is_derived.then_some("write what undoes it below a line `-- vesto: rollback` of the change's file");
        same(before.differences(&undone), "its rollback does not give back what was there before", write)?;
        self.apply_again(id).await?;
        let again = self.read().await?;
        same(
            applied.differences_but_values(&again),
            "applied again after its rollback, it does not make what it made before",
            None,
        )?;
        Ok((kept.iter().map(ToString::to_string).collect(), again))
    }

    /// Applies a repeatable change a second time, as if its text had changed: the rollback of that brings the first back.
    async fn undo_second(&mut self, id: &ChangeId, first: &State) -> Result<State, Stop> {
        let other = Checksum::of(&format!("-- {id} with another text"), self.workspace.target.facts().dialect);
        let own = self.edit(id, |change| std::mem::replace(&mut change.checksum, other));
        let undone = self.undo_second_application(id).await;
        self.edit(id, |change| change.checksum = own.unwrap_or(change.checksum));
        let undone = undone?;
        let message = "the rollback of a second application does not bring the first one back";
        same(
            first.differences(&undone),
            message,
            Some("change the text so that it does, or declare the change with a line `-- vesto: irreversible`"),
        )?;
        Ok(undone)
    }

    async fn undo_second_application(&mut self, id: &ChangeId) -> Result<State, Stop> {
        self.apply_again(id).await?;
        self.roll_back().await?;
        Ok(self.read().await?)
    }

    /// Tells if a change is declared irreversible that could be rolled back.
    async fn question_declaration(&mut self, id: &ChangeId) -> Result<(), Failure> {
        let history = Ledger::read(self.observer.session.as_mut()).await?;
        self.edit(id, |change| change.directives.irreversible = false);
        let task = Task::Back(RollbackSelection::Last(1));
        let derived = make_plan(self.workspace, &task, &history, self.observer.session.as_mut()).await;
        self.edit(id, |change| change.directives.irreversible = true);
        if derived.is_ok() {
            self.warn(format!(
                "`{id}` is declared irreversible, and vesto can derive a rollback: without the line it would be proven"
            ));
        }
        Ok(())
    }

    /// Makes the database anew and applies all up to this change.
    async fn begin_anew(&mut self, last: &ChangeId, work: &Assignment) -> Result<(), Failure> {
        self.place.renew(&mark()?).await?;
        self.observer = self.place.open().await?;
        self.state = None;
        let position = work.all.iter().position(|id| id == last).map_or(0, |at| at + 1);
        let standing: Vec<ChangeId> =
            work.all[..position].iter().filter(|id| !work.left_out.contains_key(*id)).cloned().collect();
        match self.apply(&standing).await? {
            None => Ok(()),
            Some((id, failure)) => Err(Failure::new(
                ExitCode::StatementFailed,
                format!("`{id}` could be applied once and not again to a new database: {}", failure.message),
            )),
        }
    }

    /// Applies changes; returns the one that failed.
    async fn apply(&mut self, ids: &[ChangeId]) -> Result<Option<(ChangeId, StatementFailure)>, Failure> {
        if ids.is_empty() {
            return Ok(None);
        }
        self.state = None;
        let only = ids.iter().map(ToString::to_string).collect();
        self.run(&Task::Forward(Selection { only, ..Selection::default() })).await
    }

    async fn apply_again(&mut self, id: &ChangeId) -> Result<(), Stop> {
        match self.apply(std::slice::from_ref(id)).await? {
            None => Ok(()),
            Some((_, failure)) => Err(refused("it cannot be applied again after its rollback", failure)),
        }
    }

    /// Rolls the latest change back.
    async fn roll_back(&mut self) -> Result<(), Stop> {
        match self.run(&Task::Back(RollbackSelection::Last(1))).await {
            Ok(None) => Ok(()),
            Ok(Some((_, failure))) => Err(refused("its rollback fails", failure)),
            Err(Failure { code: ExitCode::Project, message, mut hints, .. }) => {
                hints.push("or declare it with a line `-- vesto: irreversible`".to_owned());
                let proof = Proof::Wrong { message, differences: Vec::new(), failure: None, hints };
                Err(Stop::Refused(Box::new(proof)))
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Carries a task out in a session of its own; returns the change that failed.
    async fn run(&mut self, task: &Task) -> Result<Option<(ChangeId, StatementFailure)>, Failure> {
        let info = further_run_info("prove", &self.workspace.project.name, &self.workspace.root, self.environment)?;
        let mut lease = self.place.open().await?;
        let lock = Lock::Later(info);
        let report = carry_out(self.workspace, task, lock, &self.writing, &mut lease, &mut drop).await;
        let closed = lease.close().await;
        let report = report?;
        closed?;
        match report.failed {
            Some((id, failure)) if report.lost => {
                Err(Failure::new(ExitCode::Target, format!("`{id}`: {}", failure.message)).hint(failure.hint))
            }
            failed => Ok(failed),
        }
    }

    async fn remove(&mut self, removals: impl Iterator<Item = String>) -> Result<(), Failure> {
        let mut batch = Batch::default();
        for sql in removals {
            batch.exact(sql);
        }
        self.observer.session.run(&batch).await.map(drop).map_err(|error| Failure::from(error.error))
    }

    async fn read(&mut self) -> Result<State, Failure> {
        Ok(State::read(self.observer.session.as_mut(), self.observer.engine).await?)
    }

    fn change(&self, id: &ChangeId) -> Option<&Change> {
        self.workspace.project.change(id)
    }

    fn edit<T>(&mut self, id: &ChangeId, edit: impl FnOnce(&mut Change) -> T) -> Option<T> {
        self.workspace.project.changes.iter_mut().find(|change| change.id == *id).map(edit)
    }

    /// A change may have failed for want of what was left out.
    fn recall_left_out(&mut self, work: &Assignment) {
        let left_out = work.all.iter().filter(|id| work.left_out.contains_key(*id));
        let names: Vec<String> = left_out.map(|id| format!("`{id}`")).collect();
        if !names.is_empty() {
            self.warn(format!(
                "left out: {}; if others need what they make on the server, apply them to this target first",
                names.join(", ")
            ));
        }
    }

    fn warn(&mut self, message: String) {
        (self.emit)(Event::Warned { message });
    }

    fn tell(&mut self, id: &ChangeId, proof: Proof, begun: Instant) {
        let (id, project) = (id.to_string(), self.workspace.project.name.clone());
        let mut proof = proof;
        if let Proof::Wrong { differences, .. } = &mut proof {
            // What the catalogue says of defaults, views and comments holds values of variables.
            let mask = Mask::new(self.workspace.variables.secrets());
            differences.iter_mut().for_each(|line| *line = mask.hide(std::mem::take(line)));
        }
        (self.emit)(Event::ChangeProven { id, project, proof, duration: begun.elapsed() });
    }
}

/// What tells the name of a throw-away database from others.
pub(super) fn mark() -> Result<String, Failure> {
    let id = host::new_run_id()
        .map_err(|error| Failure::new(ExitCode::Internal, format!("cannot make a random name: {error}")))?;
    Ok(id.chars().take(8).collect())
}

fn same(differences: Vec<String>, message: &str, hint: Option<&str>) -> Result<(), Stop> {
    if differences.is_empty() {
        return Ok(());
    }
    let (message, hints) = (message.to_owned(), hint.map(str::to_owned).into_iter().collect());
    Err(Stop::Wrong(Box::new(Proof::Wrong { message, differences, failure: None, hints })))
}

fn refused(message: &str, failure: StatementFailure) -> Stop {
    let (message, failure) = (message.to_owned(), Some(failure));
    Stop::Wrong(Box::new(Proof::Wrong { message, differences: Vec::new(), failure, hints: Vec::new() }))
}
