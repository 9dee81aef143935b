//! Waiting for the lock of a server without advisory locks, and taking it.
//!
//! Redshift enforces no keys, so the rows are read and written under `LOCK TABLE`, which must be the first statement of
//! its transaction: the snapshot is taken by the first statement that reads, and LOCK does not read
//! (<https://docs.aws.amazon.com/redshift/latest/dg/r_LOCK.html>). Times are those of the server's clock, and the server
//! compares them: what the client's clock says does not matter.

use std::time::{Duration, Instant};

use crate::history::History;
use crate::ports::{Batch, BatchError, DbError, Interrupt, Outcome, Session};
use crate::sql::{Dialect, quote_literal};
use crate::target::Lease;

use super::fence::{Claim, Fence, UTC, end_of_term};
use super::lock::RunInfo;
use super::server_session::{Observer, ServerSession};
use super::{Holder, Ledger, LedgerError, record, schema};

/// How long to wait before the row is looked at again.
const PAUSE: Duration = Duration::from_millis(500);

/// Waits for the lock, takes it, and reads the history.
pub(super) async fn acquire(
    lease: &mut Lease,
    info: &RunInfo,
    wait: Duration,
) -> Result<(Fence, History), LedgerError> {
    let term = lease.lock_term;
    let session = lease.session.as_mut();
    create_tables(session).await?;
    let observer = Observer::new(session).await?;
    let waiter =
        Waiter { info, observer: &observer, term, deadline: Instant::now() + wait, interrupt: &lease.interrupt };
    let (number, former) = waiter.take(session).await?;
    let mut batch = Batch::default();
    Ledger::ask(&mut batch);
    // Only now: whatever the holder before committed was committed before the fence was raised.
    let answers = session.run(&batch).await.map_err(LedgerError::database("read"))?;
    let history = Ledger::answer(answers)?;
    let mut notes = Vec::new();
    if let Some((former, reason)) = former {
        notes.push(format!("took the lock over from {}, because {}", former.who(), reason.words()));
        let doubt = history.unfinished().any(|(_, progress)| progress.doubt.is_some());
        // No fence holds back a statement that runs in no transaction. Its session does.
        if doubt && reason == Reason::Expired && !observer.end(session, &former.session).await {
            notes.push(format!("the session of {} may still run a statement", former.who()));
        }
    }
    let claim = Claim { run: info.run.clone(), number, term };
    Ok((Fence::new(claim, lease.opener.clone(), notes), history))
}

/// Brings the ledger's tables up to date.
///
/// There is no lock yet, so first runs on a target may do so at once. Whoever is too late for the schema, for refinery's
/// table or for the others fails, and finds it made when he looks again.
async fn create_tables(session: &mut dyn Session) -> Result<(), LedgerError> {
    for _ in 0..3 {
        if try_to_create_tables(session).await.is_ok() {
            return Ok(());
        }
        roll_back(session).await?;
    }
    try_to_create_tables(session).await
}

async fn try_to_create_tables(session: &mut dyn Session) -> Result<(), LedgerError> {
    let batch = schema::missing(session).await?.batch;
    if !batch.pieces.is_empty() {
        session.run(&batch).await.map_err(LedgerError::database("create"))?;
    }
    Ok(())
}

/// A row of `vesto.holder`.
#[derive(Clone, Debug)]
struct Row {
    number: u64,
    run: String,
    author: String,
    host: String,
    session: ServerSession,
    expired: bool,
}

/// Why a lock may be taken from its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// Its term is over.
    Expired,
    /// Its session is gone.
    Ended,
}

impl Reason {
    fn words(self) -> &'static str {
        match self {
            Self::Expired => "its term was over",
            Self::Ended => "its session was gone",
        }
    }
}

/// A run that waits for the lock.
struct Waiter<'a> {
    info: &'a RunInfo,
    observer: &'a Observer,
    term: Duration,
    deadline: Instant,
    interrupt: &'a Interrupt,
}

impl Waiter<'_> {
    /// The new fence number, and whom the lock was taken from.
    async fn take(&self, session: &mut dyn Session) -> Result<(u64, Option<(Row, Reason)>), LedgerError> {
        let left = || self.deadline.saturating_duration_since(Instant::now());
        let mut last = None;
        loop {
            // Without a lock on the fence: whoever waits must not stand in the way of the holder's transactions.
            if let Some(answers) = within(session, PAUSE, &look()).await? {
                last = row(&answers);
                let former = former(session, self.observer, last.as_ref()).await;
                if last.is_none() || former.is_some() {
                    let batch = attempt(self.info, self.observer, self.term, former.as_ref());
                    match within(session, left().max(PAUSE), &batch).await?.and_then(|answers| row(&answers)) {
                        Some(row) if self.is_own(&row) => return Ok((row.number, former)),
                        Some(row) => last = Some(row),
                        // A transaction of the holder is open.
                        None => {}
                    }
                }
            }
            if left().is_zero() || self.interrupt.is_raised() {
                return Err(LedgerError::Locked(last.map(|row| row.holder())));
            }
            tokio::time::sleep(PAUSE.min(left())).await;
        }
    }

    /// Whether a row is of this run and of this session: a run that lost its connection is another holder.
    fn is_own(&self, row: &Row) -> bool {
        row.run == self.info.run && row.session.process == self.observer.own.process
    }
}

/// The holder, if the lock may be taken from it.
async fn former(session: &mut dyn Session, observer: &Observer, holder: Option<&Row>) -> Option<(Row, Reason)> {
    let row = holder?;
    if row.expired {
        return Some((row.clone(), Reason::Expired));
    }
    (observer.has_ended(session, &row.session).await == Some(true)).then(|| (row.clone(), Reason::Ended))
}

const ROW: &str = "select fence_no, run_id, author, host, database_user, server_process, session_started, \
    case when expires_at < getdate() then 'expired' else 'held' end from vesto.holder";

fn look() -> Batch {
    let mut batch = Batch::default();
    batch.own(ROW).own("commit");
    batch
}

/// Takes the lock if it is free, in one message: no client that is paused in the middle leaves the tables locked.
///
/// It is free if nobody holds it, if the holder's term is over, and if the former holder has ended.
fn attempt(info: &RunInfo, observer: &Observer, term: Duration, former: Option<&(Row, Reason)>) -> Batch {
    let literal = |text: &str, bytes| quote_literal(record::head(text, bytes), Dialect::Redshift);
    let run = literal(&info.run, 36);
    let mut batch = Batch::default();
    batch.own("lock table vesto.fence, vesto.holder");
    batch.own("delete from vesto.holder where expires_at < getdate()");
    if let Some((gone, Reason::Ended)) = former {
        let (number, run) = (gone.number, quote_literal(&gone.run, Dialect::Redshift));
        batch.own(format!("delete from vesto.holder where fence_no = {number} and run_id = {run}"));
    }
    // If somebody emptied the table: the present second is more than all runs before can have counted.
    batch.own(
        "insert into vesto.fence (fence_no, run_id) select cast(extract(epoch from getdate()) as bigint), '' \
         where not exists (select 1 from vesto.fence)",
    );
    batch.own(format!(
        "update vesto.fence set fence_no = fence_no + 1, run_id = {run} where not exists (select 1 from vesto.holder)"
    ));
    let ServerSession { process, started, user } = &observer.own;
    batch.own(format!(
        "insert into vesto.holder (fence_no, run_id, author, host, database_user, server_process, session_started, \
         expires_at) select fence_no, {run}, {}, {}, {}, {process}, {}, {} from vesto.fence where run_id = {run} and not exists (select 1 from vesto.holder)",
        literal(&info.author, 256),
        literal(&info.host, 256),
        literal(user, 256),
        started.as_deref().map_or_else(|| "cast(null as varchar(64))".to_owned(), |started| literal(started, 64)),
        end_of_term(term),
    ));
    batch.own(ROW).own("commit");
    batch
}

/// Runs a batch that ends a transaction, in which no statement may take longer than `limit`. Nothing if one did, or if the
/// server ended it for the sake of another transaction.
async fn within(
    session: &mut dyn Session,
    limit: Duration,
    batch: &Batch,
) -> Result<Option<Vec<Outcome>>, LedgerError> {
    // In a message of its own: a server may apply the limit that was set when a message began.
    let mut begin = Batch::default();
    begin.own("begin").own(format!("set local statement_timeout to {}", limit.as_millis())).own(UTC);
    session.run(&begin).await.map_err(LedgerError::database("lock"))?;
    match session.run(batch).await {
        Ok(answers) => Ok(Some(answers)),
        Err(BatchError { error, .. }) if is_contention(&error) => {
            roll_back(session).await?;
            Ok(None)
        }
        Err(error) => Err(LedgerError::database("lock")(error)),
    }
}

/// Whether others were in the way: a time-out, a lock not to be had, or a conflict.
fn is_contention(error: &DbError) -> bool {
    error.has_code("57014") || error.has_code("55P03") || error.is_transient()
}

async fn roll_back(session: &mut dyn Session) -> Result<(), LedgerError> {
    let mut batch = Batch::default();
    batch.own("rollback");
    session.run(&batch).await.map(drop).map_err(LedgerError::database("lock"))
}

/// The row that the last but one statement of a batch answered, if there is one.
fn row(answers: &[Outcome]) -> Option<Row> {
    let rows = answers.iter().rev().nth(1)?.rows.as_ref()?;
    let [Some(number), Some(run), Some(author), Some(host), Some(user), Some(process), started, Some(expired)] =
        rows.rows.first()?.as_slice()
    else {
        return None;
    };
    let session = ServerSession { process: process.parse().ok()?, started: started.clone(), user: user.clone() };
    Some(Row {
        number: number.parse().ok()?,
        run: run.clone(),
        author: author.clone(),
        host: host.clone(),
        session,
        expired: expired == "expired",
    })
}

impl Row {
    fn who(&self) -> String {
        let Self { number, run, author, host, session, .. } = self;
        format!("{author} on {host}, run {run}, fence {number}, server process {}", session.process)
    }

    fn holder(&self) -> Holder {
        let run = quote_literal(&self.run, Dialect::Redshift);
        Holder { who: self.who(), release: format!("delete from vesto.holder where run_id = {run}") }
    }
}
