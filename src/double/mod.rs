//! A Redshift that is really PostgreSQL: a [`Session`] around a [`Session`].
//!
//! What the user wrote is translated, `COPY` reads from a [`Store`] and `UNLOAD` writes to it, and what Redshift refuses is
//! refused. A refusal is left to the server to carry out: a statement that fails stands in its place, so that what came
//! before it and what comes after it fares as it would on Redshift.

mod compile;
mod copy;
mod data;
mod design;
mod external;
mod external_statement;
mod library;
mod long_name;
mod prepare;
mod unload;

use std::io::Read;
use std::sync::Arc;

use async_trait::async_trait;

use crate::ports::{
    Author, Batch, BatchError, Cancel, DbError, DbErrorKind, Outcome, Piece, ResultColumn, RowTaker, Session, Store,
};
use crate::sql::{Dialect, Lacks, QuotedNames, Surroundings, Treatment, quote_literal, quote_name};

use crate::project::settings::DoubleMode;

use compile::{Compiled, Origin, Question, Rules, Sent, Step, Transaction};
use copy::{CopyFailure, CopyStatement};
use external::Presence;
use library::Library;
use unload::{UnloadStatement, Unloaded};

pub use external::ExternalNews;
pub use prepare::Prepared;

/// A session on PostgreSQL that behaves like one on Redshift.
pub struct Double {
    inner: Box<dyn Session>,
    stores: Arc<dyn Store>,
    transaction: Transaction,
    /// As the last SET said; one that is rolled back is not taken back.
    names: QuotedNames,
    library: Library,
    mode: DoubleMode,
    /// What does not change while the session lasts.
    known: Surroundings,
    /// What records failed loads, kept until the transaction that would undo it has ended.
    history: Vec<Batch>,
    /// Whether there are external tables.
    external: Presence,
    /// The external tables that were read for a statement which the server runs by itself.
    read: Vec<i32>,
}

impl Double {
    /// Wraps a session on PostgreSQL; `COPY` reads from `stores`, and `UNLOAD` writes to it.
    pub fn new(inner: Box<dyn Session>, stores: Arc<dyn Store>, mode: DoubleMode) -> Self {
        Self {
            inner,
            stores,
            transaction: Transaction::None,
            names: QuotedNames::default(),
            library: Library::Unknown,
            mode,
            known: Surroundings::default(),
            history: Vec::new(),
            external: Presence::default(),
            read: Vec::new(),
        }
    }

    /// Lets sessions of the same server hear of the external tables that one of them makes. One that does not hear of it, as
    /// a session of another process, learns of them when a statement of its own fails.
    pub fn hearing(mut self, news: &ExternalNews) -> Self {
        self.external.news = news.clone();
        self
    }

    /// Says in which database the session is, which is otherwise asked where a statement depends on it.
    pub fn in_database(mut self, name: String) -> Self {
        self.known.database = Some(name);
        self
    }

    fn rules(&self) -> Rules<'_> {
        Rules { names: self.names, mode: self.mode, known: &self.known, external: false }
    }

    /// Makes sure that the library is in the database.
    async fn with_library(&mut self) -> Result<(), DbError> {
        if self.library == Library::Unknown {
            let made = self.external.made();
            let answered = self.inner.run(&library::question()).await.map_err(|failed| failed.error)?;
            self.library = library::answer(&answered);
            self.external.answered(made, answered.get(1));
        }
        match self.library {
            Library::Unknown | Library::Missing { superuser: true } => library::install(self.inner.as_mut()).await?,
            Library::Missing { superuser: false } => return Err(library::no_superuser()),
            Library::Ready => {}
        }
        self.library = Library::Ready;
        Ok(())
    }

    async fn carry_out(&mut self, compiled: Compiled) -> Result<Vec<Outcome>, BatchError> {
        let result = self.steps(compiled).await;
        if self.transaction == Transaction::None {
            for batch in std::mem::take(&mut self.history) {
                if let Err(failed) = self.inner.run(&batch).await {
                    tracing::warn!("a failed load is not in the history: {}", failed.error);
                }
            }
        }
        result
    }

    async fn steps(&mut self, compiled: Compiled) -> Result<Vec<Outcome>, BatchError> {
        let mut answered = Vec::new();
        for step in compiled.steps {
            if let Err(failed) = self.step(step, &mut answered).await {
                self.after_failure(failed.within).await;
                return Err(BatchError { piece: failed.owner, answered, error: failed.error });
            }
        }
        self.transaction = compiled.transaction;
        self.names = compiled.names;
        if compiled.makes_external {
            self.external.made_one();
        }
        Ok(answered)
    }

    async fn step(&mut self, step: Step, answered: &mut Vec<Outcome>) -> Result<(), Failed> {
        match step {
            Step::Send(sent) => self.send(sent, answered).await,
            Step::Ask { owner, question, within } => match self.asked(owner, &question, within).await {
                Ok(sent) => self.send(sent, answered).await,
                Err(error) => Err(Failed { owner, within, error: self.fail(error).await }),
            },
            Step::Copy { owner, statement, within } => {
                let copied = self.copy(&statement).await;
                self.moved(copied, answered).await.map_err(|error| Failed { owner, within, error })
            }
            Step::Unload { owner, statement, within } => {
                let unloaded = self.unload(&statement).await.map(|unloaded| unloaded.rows);
                self.moved(unloaded, answered).await.map_err(|error| Failed { owner, within, error })
            }
            Step::External { owner, subject, steps, within } => {
                self.external(owner, &subject, steps, within, answered).await
            }
        }
    }

    /// A transaction that only the double opened ends with the message, as the implicit one of a message does.
    async fn after_failure(&mut self, within: Transaction) {
        self.transaction = within;
        if within == Transaction::Message {
            let mut batch = Batch::default();
            batch.own("rollback");
            // If this fails too, the connection is gone and the server rolls back by itself.
            if self.inner.run(&batch).await.is_ok() {
                self.transaction = Transaction::None;
            }
        }
    }

    async fn send(&mut self, sent: Vec<Sent>, answered: &mut Vec<Outcome>) -> Result<(), Failed> {
        let batch = message(&sent);
        let result =
            if self.library == Library::Unknown { self.run_and_ask(batch).await } else { self.inner.run(&batch).await };
        answers(sent, result, answered)
    }

    /// Asks for what the statement depends on, and says what to send then.
    async fn asked(&mut self, owner: usize, question: &Question, within: Transaction) -> Result<Vec<Sent>, DbError> {
        let mut known = self.known.clone();
        loop {
            let refused = match question.treat(&known) {
                Treatment::Translated(translation) => return Ok(question.sent(*translation, owner, within)),
                Treatment::Refused(refused) | Treatment::LeftOut(refused) => refused,
                Treatment::RefusedThere(refusal) => return Err(DbError::new(DbErrorKind::Statement, refusal.message)),
            };
            let table = match refused.lacks.clone() {
                Some(Lacks::Columns(table)) => table,
                Some(Lacks::Database) => {
                    let cells = self.cells("select pg_catalog.current_database()").await?;
                    known.database = Some(cells.into_iter().next().unwrap_or_default());
                    self.known.database.clone_from(&known.database);
                    continue;
                }
                None => return Err(question.refused(refused)),
            };
            let name = quote_literal(&quote_name(&table), Dialect::Postgres);
            let columns = self.cells(&columns_of(&name)).await?;
            if columns.is_empty() {
                let message = format!("relation \"{table}\" does not exist");
                let error = DbError::new(DbErrorKind::Statement, message);
                return Err(DbError {
                    code: Some("42P01".to_owned()),
                    offset: question.refused(refused).offset,
                    ..error
                });
            }
            known.insert(table, columns);
        }
    }

    /// The first cells of the rows that a query answers.
    async fn cells(&mut self, query: &str) -> Result<Vec<String>, DbError> {
        let mut batch = Batch::default();
        batch.exact(query);
        let answered = self.inner.run(&batch).await.map_err(|failed| DbError { offset: None, ..failed.error })?;
        let rows = answered.into_iter().next().and_then(|outcome| outcome.rows).map(|rows| rows.rows);
        Ok(rows.unwrap_or_default().into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
    }

    /// Sends a message that needs no library, and asks beside it whether there is one.
    async fn run_and_ask(&mut self, batch: Batch) -> Result<Vec<Outcome>, BatchError> {
        let made = self.external.made();
        let mut results = self.inner.run_each(&[library::question(), batch]).await;
        let nothing = || Err(BatchError { piece: 0, answered: Vec::new(), error: no_answer() });
        let result = results.pop().unwrap_or_else(nothing);
        if let Some(Ok(answered)) = results.pop() {
            self.library = library::answer(&answered);
            self.external.answered(made, answered.get(1));
        }
        result
    }

    /// Takes the number of rows that a COPY or an UNLOAD moved for its answer.
    async fn moved(&mut self, moved: Result<u64, DbError>, answered: &mut Vec<Outcome>) -> Result<(), DbError> {
        let outcome = Outcome { rows: None, count: moved? };
        self.inner.carried_out(&outcome).await?;
        answered.push(outcome);
        Ok(())
    }

    async fn copy(&mut self, statement: &CopyStatement) -> Result<u64, DbError> {
        let copied = copy::load(statement, self.inner.as_mut(), &self.stores).await;
        self.history.extend(copied.history);
        match copied.result {
            Ok(count) => Ok(count),
            Err(CopyFailure::Server(error)) => Err(error),
            Err(CopyFailure::Here(error)) => Err(self.fail(error).await),
        }
    }

    async fn unload(&mut self, statement: &UnloadStatement) -> Result<Unloaded, DbError> {
        match unload::unload(statement, self.inner.as_mut(), self.stores.as_ref(), &mut self.history).await {
            Err(error) if error.kind != DbErrorKind::Lost => Err(self.fail(error).await),
            result => result,
        }
    }

    /// Makes the transaction of the server fail, which may not have seen the statement that failed here.
    async fn fail(&mut self, error: DbError) -> DbError {
        let mut batch = Batch::default();
        batch.own(compile::FAILS);
        match self.inner.run(&batch).await {
            Err(failed) if failed.error.kind != DbErrorKind::Statement => failed.error,
            _ => error,
        }
    }
}

/// The query for the columns of a table or view as the search path finds it; no row if there is none.
fn columns_of(name: &str) -> String {
    format!(
        "select a.attname from pg_catalog.pg_attribute a where a.attrelid = pg_catalog.to_regclass({name}) \
         and a.attnum > 0 and not a.attisdropped order by a.attnum"
    )
}

fn no_answer() -> DbError {
    DbError::new(DbErrorKind::Lost, "the session did not answer")
}

/// A piece that failed, and in which transaction.
struct Failed {
    owner: usize,
    within: Transaction,
    error: DbError,
}

/// What the server gets. What answers the user's pieces counts as the user's.
fn message(sent: &[Sent]) -> Batch {
    let author = |sent: &Sent| if matches!(sent.origin, Origin::Extra) { Author::Vesto } else { Author::User };
    let pieces = sent.iter().map(|sent| Piece { sql: sent.sql.clone(), author: author(sent) }).collect();
    Batch { pieces }
}

/// Assigns the answers of the server to the pieces of the user's message.
fn answers(
    mut sent: Vec<Sent>,
    result: Result<Vec<Outcome>, BatchError>,
    answered: &mut Vec<Outcome>,
) -> Result<(), Failed> {
    let (outcomes, failure) = match result {
        Ok(outcomes) => (outcomes, None),
        Err(failed) => (failed.answered, Some((failed.piece, failed.error))),
    };
    for (sent, outcome) in sent.iter().zip(outcomes) {
        match sent.origin {
            Origin::Extra => {}
            Origin::Nothing => answered.push(Outcome::default()),
            Origin::AsWritten | Origin::Translated(..) | Origin::Refused(_) => answered.push(outcome),
        }
    }
    let Some((piece, mut error)) = failure else { return Ok(()) };
    if piece >= sent.len() {
        let owner = sent.last().map_or(0, |last| last.owner + 1);
        let within = sent.last().map_or(Transaction::None, |last| last.within);
        return Err(Failed { owner, within, error });
    }
    let failed = sent.swap_remove(piece);
    match failed.origin {
        Origin::Refused(refusal) if error.kind == DbErrorKind::Statement => error = refusal,
        Origin::Translated(map, start) => error.offset = error.offset.map(|offset| start + map.source_offset(offset)),
        Origin::AsWritten => {}
        _ => error.offset = None,
    }
    Err(Failed { owner: failed.owner, within: failed.within, error })
}

#[async_trait]
impl Session for Double {
    async fn run(&mut self, batch: &Batch) -> Result<Vec<Outcome>, BatchError> {
        let mut compiled = compile::compile(batch, self.transaction, self.rules());
        let stays_open = compiled.transaction != Transaction::None;
        if self.library != Library::Ready && !library::is_needless_for(batch, stays_open) {
            self.with_library().await.map_err(|error| BatchError { piece: 0, answered: Vec::new(), error })?;
        }
        if self.may_be_external(batch).await {
            compiled = compile::compile(batch, self.transaction, Rules { external: true, ..self.rules() });
        }
        let result = self.carry_out(compiled).await;
        if result.as_ref().is_err_and(|failed| failed.error.has_code(external::NOT_READ)) {
            // Another process may have made the table since this one asked.
            self.external.forget();
        }
        result
    }

    async fn run_each(&mut self, batches: &[Batch]) -> Vec<Result<Vec<Outcome>, BatchError>> {
        let mut compiled = Vec::with_capacity(batches.len());
        let (mut transaction, mut names) = (self.transaction, self.names);
        for batch in batches {
            let one = compile::compile(batch, transaction, Rules { names, ..self.rules() });
            (transaction, names) = (one.transaction, one.names);
            compiled.push(one);
        }
        if self.library != Library::Ready
            && let Err(error) = self.with_library().await
        {
            // Each message gets the refusal; only the words can be had twice.
            let refusal = || DbError {
                code: error.code.clone(),
                hint: error.hint.clone(),
                ..DbError::new(error.kind, error.message.clone())
            };
            return batches
                .iter()
                .map(|_| Err(BatchError { piece: 0, answered: Vec::new(), error: refusal() }))
                .collect();
        }
        let in_one_message = |one: &Compiled| !one.makes_external && matches!(one.steps.as_slice(), [Step::Send(_)]);
        if self.has_external().await || !compiled.iter().all(in_one_message) {
            let mut results = Vec::with_capacity(batches.len());
            for batch in batches {
                results.push(self.run(batch).await);
            }
            return results;
        }
        let sent: Vec<Vec<Sent>> = compiled
            .into_iter()
            .map(|one| {
                one.steps.into_iter().flat_map(|step| if let Step::Send(sent) = step { sent } else { Vec::new() })
            })
            .map(Iterator::collect)
            .collect();
        let messages: Vec<Batch> = sent.iter().map(|sent| message(sent)).collect();
        let results = self.inner.run_each(&messages).await;
        (self.transaction, self.names) = (transaction, names);
        sent.into_iter().zip(results).map(|(sent, result)| self.one_of_each(sent, result)).collect()
    }

    async fn copy_in(&mut self, sql: &str, data: &mut (dyn Read + Send)) -> Result<u64, DbError> {
        self.inner.copy_in(sql, data).await
    }

    /// What a statement of the user would return; nothing for one that is more than a question to the server.
    async fn describe(&mut self, query: &str) -> Result<Vec<ResultColumn>, DbError> {
        self.with_library().await?;
        let Prepared::ByServer { sql, map } = self.prepare(query) else { return Ok(Vec::new()) };
        let written = |offset: usize| map.as_ref().map_or(offset, |map| map.source_offset(offset));
        self.inner.describe(&sql).await.map_err(|error| DbError { offset: error.offset.map(written), ..error })
    }

    async fn copy_out(&mut self, sql: &str, take: RowTaker<'_>) -> Result<u64, DbError> {
        self.inner.copy_out(sql, take).await
    }

    fn canceller(&self) -> Arc<dyn Cancel> {
        self.inner.canceller()
    }

    async fn close(&mut self) {
        self.inner.close().await;
    }
}

impl Double {
    fn one_of_each(
        &mut self,
        sent: Vec<Sent>,
        result: Result<Vec<Outcome>, BatchError>,
    ) -> Result<Vec<Outcome>, BatchError> {
        let mut answered = Vec::new();
        match answers(sent, result, &mut answered) {
            Ok(()) => Ok(answered),
            Err(failed) => {
                self.transaction = failed.within;
                Err(BatchError { piece: failed.owner, answered, error: failed.error })
            }
        }
    }
}

#[cfg(test)]
mod tests;
