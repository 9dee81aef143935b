//! A session whose errors do not show secret values: a server repeats in its messages what it could not read.

use std::io::Read;
use std::sync::Arc;

use async_trait::async_trait;

use crate::ports::{Batch, BatchError, Cancel, DbError, Outcome, ResultColumn, RowTaker, Session};
use crate::text::{Mask, Secret};

/// A session around a session.
pub(super) struct Masked {
    inner: Box<dyn Session>,
    mask: Mask,
}

impl Masked {
    /// Hides these values.
    pub(super) fn new(inner: Box<dyn Session>, secrets: &[Secret<String>]) -> Self {
        Self { inner, mask: Mask::new(secrets) }
    }

    fn text(&self, text: String) -> String {
        self.mask.hide(text)
    }

    fn error(&self, error: DbError) -> DbError {
        let DbError { kind, message, code, detail, hint, offset, source } = error;
        let hidden = |text: Option<String>| text.map(|text| self.text(text));
        // What lies beneath repeats the message in its own words.
        let source = source.filter(|source| self.text(source.to_string()) == source.to_string());
        DbError { kind, message: self.text(message), code, detail: hidden(detail), hint: hidden(hint), offset, source }
    }

    fn result(&self, result: Result<Vec<Outcome>, BatchError>) -> Result<Vec<Outcome>, BatchError> {
        result.map_err(|error| BatchError { error: self.error(error.error), ..error })
    }
}

#[async_trait]
impl Session for Masked {
    async fn run(&mut self, batch: &Batch) -> Result<Vec<Outcome>, BatchError> {
        let result = self.inner.run(batch).await;
        self.result(result)
    }

    async fn run_each(&mut self, batches: &[Batch]) -> Vec<Result<Vec<Outcome>, BatchError>> {
        let results = self.inner.run_each(batches).await;
        results.into_iter().map(|result| self.result(result)).collect()
    }

    async fn copy_in(&mut self, sql: &str, data: &mut (dyn Read + Send)) -> Result<u64, DbError> {
        let result = self.inner.copy_in(sql, data).await;
        result.map_err(|error| self.error(error))
    }

    async fn describe(&mut self, query: &str) -> Result<Vec<ResultColumn>, DbError> {
        let result = self.inner.describe(query).await;
        result.map_err(|error| self.error(error))
    }

    async fn copy_out(&mut self, sql: &str, take: RowTaker<'_>) -> Result<u64, DbError> {
        let result = self.inner.copy_out(sql, take).await;
        result.map_err(|error| self.error(error))
    }

    fn canceller(&self) -> Arc<dyn Cancel> {
        self.inner.canceller()
    }

    async fn close(&mut self) {
        self.inner.close().await;
    }
}
