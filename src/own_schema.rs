//! Schemas of vesto's own in a target's database: versions embedded in the binary, applied by refinery through a
//! [`Session`].

use futures_util::future::join;
use refinery::{Migration, Runner};
use refinery_core::traits::r#async::{AsyncMigrate, AsyncQuery, AsyncTransaction};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::ports::{Batch, DbError, DbErrorKind, Piece, Session};
use crate::sql::{Dialect, parse_script};

/// What is missing of a schema.
pub struct Missing {
    /// The statements that make it, for one transaction; none if nothing is missing.
    pub pieces: Vec<Piece>,
    /// How many versions were applied before.
    pub found: usize,
}

/// Finds out what is missing of a schema, whose name must be a plain word. What makes it travels with the caller's next
/// message.
///
/// refinery would ask in three messages; here it takes one round trip and none of its own to write. `runner` is made
/// while the server is asked: refinery compiles regular expressions for it.
///
/// # Errors
///
/// Fails if the server refuses the question, or the versions found are not those of `runner`.
pub async fn missing(
    session: &mut dyn Session,
    schema: &str,
    runner: impl FnOnce() -> Runner,
) -> Result<Missing, refinery::Error> {
    let table = format!("{schema}.refinery_schema_history");
    let mut question = Batch::default();
    question.own(format!("create schema if not exists {schema}"));
    for query in [Asked::assert_migrations_table_query(&table), Asked::get_applied_migrations_query(&table)] {
        question.own(query.trim_end().trim_end_matches(';'));
    }
    let made = async {
        // The question goes out first.
        tokio::task::yield_now().await;
        runner()
    };
    let (answers, runner) = join(session.run(&question), made).await;
    let rows =
        answers.map(|mut answers| answers.pop().and_then(|answer| answer.rows).map_or(Vec::new(), |rows| rows.rows));
    let found = rows.as_ref().map_or(0, Vec::len);
    let applied = rows.map(|rows| rows.iter().filter_map(|row| applied_migration(row)).collect());
    let mut asked = Asked { applied: applied.map_err(|error| error.error), pending: Batch::default() };
    let mut runner = runner.set_grouped(true);
    runner.set_migration_table_name(table);
    runner.run_async(&mut asked).await?;
    Ok(Missing { pieces: asked.pending.pieces, found })
}

/// What the server has answered, for refinery to ask; and what refinery wants to be carried out then.
struct Asked {
    applied: Result<Vec<Migration>, DbError>,
    pending: Batch,
}

impl AsyncTransaction for Asked {
    type Error = DbError;

    async fn execute<'a, T: Iterator<Item = &'a str> + Send + 'a>(&'a mut self, queries: T) -> Result<usize, DbError> {
        let mut count = 0;
        for script in queries {
            // One statement a piece: the server answers each, and answers are matched to pieces by their number.
            let statements = parse_script(script, Dialect::Postgres)
                .map_err(|error| DbError::new(DbErrorKind::Statement, format!("vesto's own tables: {error}")))?;
            for statement in statements {
                self.pending.own(&script[statement.range]);
                count += 1;
            }
        }
        Ok(count)
    }
}

impl AsyncQuery<Vec<Migration>> for Asked {
    async fn query<'a>(&'a mut self, _: &'a str) -> Result<Vec<Migration>, DbError> {
        // What came before the question was asked with it.
        self.pending = Batch::default();
        std::mem::replace(&mut self.applied, Ok(Vec::new()))
    }
}

impl AsyncMigrate for Asked {}

/// A row of refinery's own table: version, name, time, checksum.
fn applied_migration(row: &[Option<String>]) -> Option<Migration> {
    let [Some(version), Some(name), Some(applied_on), Some(checksum)] = row else { return None };
    let applied_on = OffsetDateTime::parse(applied_on, &Rfc3339).ok()?;
    Some(Migration::applied(version.parse().ok()?, name.clone(), applied_on, checksum.parse().ok()?))
}
