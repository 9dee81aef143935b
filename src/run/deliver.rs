//! Sends what is collected, finds out what came of it, and goes on where a refusal leaves something to go on with.

use std::time::{Duration, Instant};

use crate::history::Direction;
use crate::ledger::LockedLedger;
use crate::plan::Reason;
use crate::ports::{Batch, BatchError, DbError, DbErrorKind, Outcome};

use super::apply::{Runner, Work};
use super::message::{Form, Message, Part};
use super::retry::{RETRIES, pause};
use super::stop::Stop;
use super::{ChangeAction, Event};

impl Runner<'_> {
    /// Sends what is collected and emits what came of it.
    pub(super) async fn send(&mut self, work: &mut Work<'_>) -> Result<(), Stop> {
        for message in self.ledger.take_warnings() {
            (self.emit)(Event::Warned { message });
        }
        if self.ledger.is_lost() {
            return Err(Stop::lock_lost());
        }
        for index in std::mem::take(&mut work.announced) {
            let change = &work.plan.changes[index];
            (self.emit)(Event::ChangeStarted { id: change.id.to_string(), title: change.title.clone() });
        }
        let mut parts = std::mem::take(&mut work.parts);
        work.size = 0;
        if self.interrupt.is_raised() {
            let unsent = parts.split_off(parts.iter().take_while(|part| part.settles).count());
            self.interrupt.hear();
            self.deliver(work, &mut parts, false).await?;
            return Err(Stop::interrupted(None, unsent.first().and_then(|part| part.change)));
        }
        self.deliver(work, &mut parts, true).await
    }

    /// Sends parts as one message. If one fails, all before it are carried out and none after it, however they were sent.
    pub(super) async fn deliver(&mut self, work: &mut Work<'_>, parts: &mut [Part], shared: bool) -> Result<(), Stop> {
        if parts.is_empty() {
            return Ok(());
        }
        let mut message = Message::new(parts, self.ledger, shared);
        let sent = Instant::now();
        let result = self.session.run(&message.batch).await;
        let elapsed = sent.elapsed();
        match result {
            Ok(answers) => {
                self.ledger.carried_out(answers.len());
                self.account(work, parts, &message, &answers, elapsed);
                work.repetitions = 0;
                Ok(())
            }
            Err(refused) => {
                self.ledger.carried_out(refused.answered.len());
                let lost = refused.error.kind == DbErrorKind::Lost;
                let committed = message.committed(refused.answered.len());
                // A server that is gone may have lost what it had not yet written, though it answered.
                let certain = if lost { message.on_disk(refused.answered.len()) } else { committed };
                self.account(work, &parts[..certain], &message, &refused.answered, elapsed);
                if message.says_lock_is_lost(refused.piece, &refused.error) {
                    return Err(Stop::lock_lost());
                }
                message.give_back(parts);
                if committed == parts.len() {
                    return Err(Stop::at(None, None, refused.error, elapsed));
                }
                self.recover(work, parts, Refused { message, committed, refused, elapsed, shared }).await
            }
        }
    }

    /// Goes on after a refusal: tries again what others kept from committing, and parts that fell with another.
    async fn recover(&mut self, work: &mut Work<'_>, parts: &mut [Part], refused: Refused) -> Result<(), Stop> {
        let Refused { message, committed, refused: BatchError { piece, error, .. }, elapsed, shared } = refused;
        let first_undone = &parts[committed];
        let culprit = message.part_at(piece);
        let lost = error.kind == DbErrorKind::Lost;
        if self.interrupt.is_raised() && !lost {
            self.interrupt.hear();
            if first_undone.settles && !work.settled_again {
                // The wish to stop met what says how the statement before it ended.
                work.settled_again = true;
                self.roll_back().await?;
                Box::pin(self.deliver(work, &mut parts[committed..=committed], false)).await?;
                let next = parts.get(committed + 1).and_then(|part| part.change);
                return Err(Stop::interrupted(None, next));
            }
            let part = culprit.and_then(|(part, _)| parts.get(part)).unwrap_or(first_undone);
            return Err(Stop::interrupted(Some((part, error, elapsed)), part.change));
        }
        if committed > 0 {
            work.repetitions = 0;
        }
        if error.is_transient() && work.repetitions < RETRIES && first_undone.form != Form::Lone {
            self.wait_to_retry(work, first_undone, &error).await?;
            return Box::pin(self.deliver(work, &mut parts[committed..], shared)).await;
        }
        let end = message.transaction_end(committed);
        let alone = end == committed + 1;
        let at_once = culprit.map_or(alone, |(part, _)| part == committed);
        if lost || at_once {
            let piece = culprit.filter(|(part, _)| *part == committed).map(|(_, piece)| piece);
            return Err(Stop::at(Some(first_undone), piece, error, elapsed));
        }
        // Steps that shared the failed transaction were undone with it, and a syntax error kept steps before it from
        // running at all. They are right, so they run now, each by itself; and so does the one that failed, because what
        // it was refused may have been due to its company, such as the number of locks of one transaction.
        self.roll_back().await?;
        let (failed, end) = culprit.map_or((end, end), |(failed, _)| (failed, failed + 1));
        for alone in [committed..failed, failed..end] {
            Box::pin(self.deliver(work, &mut parts[alone], false)).await?;
        }
        Box::pin(self.deliver(work, &mut parts[end..], shared)).await
    }

    /// Undoes what is left of the refused step, says so, and waits.
    async fn wait_to_retry(&mut self, work: &mut Work<'_>, part: &Part, error: &DbError) -> Result<(), Stop> {
        self.roll_back().await?;
        work.repetitions += 1;
        let pause = pause(work.repetitions);
        if let Some(change) = part.change.and_then(|index| work.plan.changes.get(index)) {
            (self.emit)(Event::StepRetried {
                id: change.id.to_string(),
                repetition: work.repetitions,
                most: RETRIES,
                pause,
                message: error.message.clone(),
            });
        }
        tokio::time::sleep(pause).await;
        if self.interrupt.is_raised() { Err(Stop::interrupted(None, part.change)) } else { Ok(()) }
    }

    async fn roll_back(&mut self) -> Result<(), Stop> {
        let mut batch = Batch::default();
        batch.own("rollback");
        match self.session.run(&batch).await {
            Ok(_) => Ok(()),
            Err(error) => Err(Stop::at(None, None, error.error, Duration::ZERO)),
        }
    }

    /// Emits the facts of parts that the server committed.
    fn account(
        &mut self,
        work: &mut Work<'_>,
        parts: &[Part],
        message: &Message,
        answers: &[Outcome],
        elapsed: Duration,
    ) {
        let started = |part: usize| LockedLedger::started(answers.get(message.mark(part)?)?);
        let mut left = elapsed;
        // Of the transaction that the part is in: where it ends, and the share of each part in its time.
        let (mut end, mut share) = (0, Duration::ZERO);
        for (number, part) in parts.iter().enumerate() {
            if number == end {
                end = message.transaction_end(number);
                let next = if end < parts.len() { started(end) } else { None };
                let took = match (started(number), next) {
                    (Some(start), Some(next)) => Duration::try_from_secs_f64(next - start).unwrap_or_default(),
                    _ => left,
                };
                left = left.saturating_sub(took);
                share = took.div_f64((end - number).max(1) as f64);
            }
            work.change_took += share;
            let Some(change) = part.change.map(|index| &work.plan.changes[index]) else { continue };
            // The checks of a rollback that vesto derived answer nothing that anybody asked.
            let asked = !matches!(change.reason, Reason::DerivedRollback { .. });
            for (piece, statement) in part.statements.iter().skip(part.repeated).filter(|_| asked) {
                let answer = answers.get(message.body_start(number) + piece);
                if let Some(rows) = answer.and_then(|answer| answer.rows.clone()) {
                    (self.emit)(Event::ChangeAnswered { id: change.id.to_string(), statement: *statement, rows });
                }
            }
            if part.entry.is_some() {
                work.report.completed.push(change.id.clone());
                (self.emit)(Event::ChangeFinished {
                    id: change.id.to_string(),
                    action: match work.plan.direction {
                        Direction::Forward => ChangeAction::Applied,
                        Direction::Rollback => ChangeAction::RolledBack,
                    },
                    statements: change.script.statements().len(),
                    duration: std::mem::take(&mut work.change_took),
                });
            }
        }
    }
}

/// A message that a server did not carry out to its end.
struct Refused {
    message: Message,
    /// How many of its parts are committed.
    committed: usize,
    refused: BatchError,
    elapsed: Duration,
    /// Whether parts may share a transaction.
    shared: bool,
}
