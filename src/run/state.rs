//! All that a database holds at one moment, and what tells two such states apart.

use crate::catalog::{Catalog, CatalogError, Contents, compare};
use crate::ports::{Batch, DbError, Session};
use crate::sql::Dialect;

use super::aside::PutAside;

/// What a database holds: its objects with their facts, and what its tables contain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub(super) catalog: Catalog,
    contents: Contents,
}

/// Why it cannot be said what a database holds.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The server refuses the question.
    #[error("cannot read what the database holds: {0}")]
    Database(#[from] DbError),
    /// The server's answer makes no sense.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

impl State {
    /// Reads it. The session must be in no transaction. `engine` is the dialect of the server itself.
    ///
    /// # Errors
    ///
    /// Fails if the user may not read a table, or the server is gone.
    pub async fn read(session: &mut dyn Session, engine: Dialect) -> Result<Self, StateError> {
        let mut batch = Batch::default();
        Catalog::ask(&mut batch, engine);
        let answers = session.run(&batch).await.map_err(|error| error.error)?;
        let catalog = Catalog::answer(&answers, engine)?;
        let tables = catalog.tables();
        if tables.is_empty() {
            return Ok(Self { catalog, contents: Contents::default() });
        }
        let mut batch = Batch::default();
        Contents::ask(&mut batch, &tables, engine);
        let answers = session.run(&batch).await.map_err(|error| error.error)?;
        Ok(Self { catalog, contents: Contents::answer(&answers, &tables, engine)? })
    }

    /// All that is not in `after` as it is here, a line each; each line names the object.
    pub fn differences(&self, after: &Self) -> Vec<String> {
        let mut lines = self.differing_objects(after);
        lines.extend(Contents::compare(&self.contents, &after.contents).iter().map(ToString::to_string));
        lines
    }

    /// As [`State::differences`], but of the rows only their number counts: clocks, sequences and identity columns give
    /// other values each time.
    pub fn differences_but_values(&self, after: &Self) -> Vec<String> {
        let mut lines = self.differing_objects(after);
        let changes = Contents::compare(&self.contents, &after.contents);
        lines.extend(changes.iter().filter(|change| change.before.rows != change.after.rows).map(ToString::to_string));
        lines
    }

    /// What rollbacks put aside that was not there `before`.
    pub fn put_aside_since(&self, before: &Self) -> Vec<PutAside> {
        let known = PutAside::all(&before.catalog);
        PutAside::all(&self.catalog).into_iter().filter(|aside| !known.contains(aside)).collect()
    }

    fn differing_objects(&self, after: &Self) -> Vec<String> {
        let changes = compare(&self.catalog, &after.catalog);
        changes.iter().flat_map(|change| change.to_string().lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    }
}
