//! Carries out statements that read, write, alter or drop external tables.

use super::compile::{Origin, Sent, Step, Subject, Transaction};
use super::copy::{CopyFailure, read_external};
use super::external::{ExternalColumn, ExternalTable, QUESTION};
use super::unload::{UnloadStatement, Unloaded, partition_values};
use super::{Double, Failed};
use crate::ports::{Author, Batch, BatchError, DbError, DbErrorKind, Outcome};
use crate::sql::{
    Dialect, Kind, ObjectName, QuotedNames, alter_external_columns, drop_external_table, quote_identifier,
    quote_literal, written_query,
};

/// Around the reading of files in a transaction, so that one that cannot be read leaves the transaction as it was.
const SAVE: &str = "savepoint vesto_external";
const RELEASE: &str = "release savepoint vesto_external";
const BACK: &str = "rollback to savepoint vesto_external";

impl Double {
    /// Whether the database has external tables. Where the server does not answer, as in a transaction that failed, it
    /// does not matter.
    pub(super) async fn has_external(&mut self) -> bool {
        if let Some(known) = self.external.known() {
            return known;
        }
        let made = self.external.made();
        let mut batch = Batch::default();
        batch.exact(QUESTION);
        let Ok(answered) = self.inner.run(&batch).await else { return false };
        self.external.answered(made, answered.first());
        self.external.known().unwrap_or_default()
    }

    /// Whether a message may be about external tables.
    pub(super) async fn may_be_external(&mut self, batch: &Batch) -> bool {
        let users = batch.pieces.iter().filter(|piece| piece.author == Author::User);
        let text: Vec<&str> = users.map(|piece| piece.sql.as_str()).collect();
        if text.is_empty() || !self.has_external().await {
            return false;
        }
        self.found(&text.join("\n")).await.is_ok_and(|found| !found.is_empty())
    }

    /// Whether it is known that the database has no external tables.
    pub fn knows_no_external(&self) -> bool {
        self.external.known() == Some(false)
    }

    /// Reads the files of external tables for a statement that was prepared by [`Double::prepare`] and that the server
    /// is about to run. They stay until [`Double::forget_read`].
    pub async fn read_for(&mut self, text: &str) {
        if !self.has_external().await {
            return;
        }
        let found = self.found(text).await.unwrap_or_default();
        let within = self.transaction;
        // Where the session is lost, the statement itself hears of it.
        if let Ok(read) = self.read_all(&found, within).await {
            self.read.extend(read);
        }
    }

    /// Whether files that were read by [`Double::read_for`] are still at hand.
    pub fn has_read(&self) -> bool {
        !self.read.is_empty()
    }

    /// Forgets what [`Double::read_for`] has read.
    pub async fn forget_read(&mut self) {
        let read = std::mem::take(&mut self.read);
        self.forget(&read, self.transaction).await;
    }

    /// The external tables that a text may be about.
    async fn found(&mut self, text: &str) -> Result<Vec<ExternalTable>, DbError> {
        let described = self.cells(&ExternalTable::found(text)).await?;
        described.iter().map(|described| ExternalTable::read(described)).collect()
    }

    /// Carries out what one piece comes to.
    pub(super) async fn external(
        &mut self,
        owner: usize,
        subject: &Subject,
        steps: Vec<Step>,
        within: Transaction,
        answered: &mut Vec<Outcome>,
    ) -> Result<(), Failed> {
        let failed = |error| Failed { owner, within, error };
        // A transaction that failed answers nothing; then the statement itself is refused for it.
        let found = self.found(&subject.text).await.unwrap_or_default();
        let statement = subject.statement.as_ref();
        let object = statement.and_then(|statement| statement.object.as_ref());
        let target = object.and_then(|name| found.iter().find(|table| table.is_called(name)));
        let steps = match (target, statement) {
            (Some(table), Some(statement)) => match on_external(table, statement.kind, subject, steps) {
                Ok(Instead::Steps(steps)) => steps,
                Ok(Instead::Insert(query)) => {
                    let files = self.read_all(&found, within).await.map_err(failed)?;
                    let written = self.insert(table, &query, false).await;
                    self.forget(&files, within).await;
                    return match self.moved(written, answered).await {
                        Ok(()) => Ok(()),
                        Err(error) => Err(failed(self.fail(error).await)),
                    };
                }
                Err(error) => return Err(failed(self.fail(error).await)),
            },
            _ => steps,
        };
        let files = self.read_all(&found, within).await.map_err(failed)?;
        let mut result = Ok(());
        for step in steps {
            result = Box::pin(self.step(step, answered)).await;
            if result.is_err() {
                break;
            }
        }
        if let Some(statement) = statement.filter(|statement| statement.kind == Kind::CreateExternalTableAs)
            && result.is_ok()
        {
            result = self.fill(subject, statement.object.as_ref()).await.map_err(failed);
        }
        if result.is_ok() || within == Transaction::None {
            self.forget(&files, within).await;
        }
        result
    }

    /// Writes the rows of a CREATE EXTERNAL TABLE AS, whose table is there by now.
    async fn fill(&mut self, subject: &Subject, name: Option<&ObjectName>) -> Result<(), DbError> {
        let Some(query) = written_query(&subject.text, Kind::CreateExternalTableAs) else { return Ok(()) };
        let found = self.found(&subject.text).await?;
        let called = |table: &&ExternalTable| name.is_some_and(|name| name.base() == table.name);
        let Some(table) = found.iter().find(called) else { return Ok(()) };
        match self.insert(table, query, true).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.fail(error).await),
        }
    }

    /// Reads the files of tables. What cannot be read fails the statement only if it turns out to need it. Returns what
    /// is to be forgotten afterwards.
    async fn read_all(&mut self, tables: &[ExternalTable], within: Transaction) -> Result<Vec<i32>, DbError> {
        let (begin, end, undo): (&str, &str, &[&str]) = match within {
            Transaction::None => ("begin", "commit", &["rollback"]),
            Transaction::Message | Transaction::Block => (SAVE, RELEASE, &[BACK, RELEASE]),
        };
        for table in tables {
            let mut batch = Batch::default();
            batch.exact(begin);
            self.inner.run(&batch).await.map_err(without_place)?;
            let error = match read_external(table, self.inner.as_mut(), &self.stores).await {
                Ok(()) => None,
                Err(CopyFailure::Here(error) | CopyFailure::Server(error)) => Some(error),
            };
            let mut batch = Batch::default();
            match error {
                None => {
                    batch.exact("select pg_catalog.set_config('pg_double.binding', 'off', true)").exact(end);
                }
                Some(error) if error.kind == DbErrorKind::Lost => return Err(error),
                Some(error) => {
                    for sql in undo {
                        batch.exact(*sql);
                    }
                    batch.exact(unread(table, &error));
                }
            }
            self.inner.run(&batch).await.map_err(without_place)?;
        }
        Ok(tables.iter().map(|table| table.id).collect())
    }

    /// Drops what was read.
    async fn forget(&mut self, ids: &[i32], within: Transaction) {
        if ids.is_empty() {
            return;
        }
        let ids: Vec<String> = ids.iter().map(i32::to_string).collect();
        let mut batch = Batch::default();
        batch.exact(format!("call pg_double.close_external(array[{}])", ids.join(", ")));
        // In a transaction that failed it cannot be done, and is done by its end.
        if let Err(failed) = self.inner.run(&batch).await
            && within == Transaction::None
        {
            tracing::warn!("rows of an external table stay until they are read again: {}", failed.error);
        }
    }

    /// Writes the rows of a query, in Redshift's SQL, to the place of a table. Returns their number.
    async fn insert(&mut self, table: &ExternalTable, query: &str, is_new: bool) -> Result<u64, DbError> {
        let statement = unload_into(table, query, self.names, is_new)?;
        let Unloaded { rows, keys } = self.unload(&statement).await?;
        let location = table.definition.location.clone().unwrap_or_default();
        let prefix = statement.prefix().to_owned();
        let mut partitions = Vec::new();
        for key in &keys {
            if let Some((values, folder)) = partition_values(key, &prefix)
                && !table.keys.is_empty()
            {
                let place = format!("{}/{folder}/", location.trim_end_matches('/'));
                partitions.push(serde_json::json!({"values": values, "location": place}));
            }
        }
        let partitions = quote_literal(&serde_json::Value::Array(partitions).to_string(), Dialect::Postgres);
        let mut batch = Batch::default();
        batch.exact(format!("call pg_double.external_written({}, {partitions}, {rows})", table.id));
        self.inner.run(&batch).await.map_err(without_place)?;
        Ok(rows)
    }
}

/// The refusal of a statement of the double's own: its place is none of the user's.
fn without_place(failed: BatchError) -> DbError {
    DbError { offset: None, ..failed.error }
}

/// What is done in place of a statement whose object is an external table.
enum Instead {
    Steps(Vec<Step>),
    /// The rows of this query are written.
    Insert(String),
}

/// Decides about a statement whose object is an external table.
fn on_external(table: &ExternalTable, kind: Kind, subject: &Subject, mut steps: Vec<Step>) -> Result<Instead, DbError> {
    let name = format!("{}.{}", table.schema, table.name);
    let refused = |code: &str, message: String| {
        Err(DbError { code: Some(code.to_owned()), ..DbError::new(DbErrorKind::Statement, message) })
    };
    let word = kind.as_str().to_uppercase();
    let changes = matches!(
        kind,
        Kind::Insert
            | Kind::DropTable
            | Kind::AlterTableAddColumn
            | Kind::AlterTableDropColumn
            | Kind::AlterTableRename
    );
    if changes && subject.in_transaction {
        return refused("25001", format!("{word} of external table {name} cannot run inside a transaction block"));
    }
    let rewrite: fn(&str) -> Option<String> = match kind {
        Kind::Insert => {
            return match written_query(&subject.text, kind) {
                Some(query) => Ok(Instead::Insert(query.to_owned())),
                None => {
                    refused("0A000", format!("INSERT into external table {name} takes a query, and no list of columns"))
                }
            };
        }
        Kind::DropTable => drop_external_table,
        Kind::AlterTableAddColumn | Kind::AlterTableDropColumn => alter_external_columns,
        Kind::Update
        | Kind::Delete
        | Kind::Merge
        | Kind::Truncate
        | Kind::Copy
        | Kind::AlterTableAppend
        | Kind::AlterTableAlterColumn
        | Kind::AlterTableAlterColumnType
        | Kind::AlterTableRenameColumn => {
            return refused("0A000", format!("{word} is not supported on external table {name}"));
        }
        _ => return Ok(Instead::Steps(steps)),
    };
    let first = steps.first_mut().and_then(|step| if let Step::Send(sent) = step { sent.first_mut() } else { None });
    if let Some(sent @ Sent { origin: Origin::Translated(..), .. }) = first {
        match rewrite(&sent.sql) {
            Some(sql) => sent.sql = sql,
            None => return refused("0A000", format!("{word} takes external table {name} only by itself")),
        }
    }
    Ok(Instead::Steps(steps))
}

/// Tells the library why files are not there, for the case that the statement needs them.
fn unread(table: &ExternalTable, error: &DbError) -> String {
    let why = serde_json::json!({
        "message": error.message, "code": error.code, "detail": error.detail.as_deref().unwrap_or_default(),
        "hint": error.hint.as_deref().unwrap_or_default(),
    });
    let why = quote_literal(&why.to_string(), Dialect::Postgres);
    format!("select pg_catalog.set_config('pg_double.unread_{}', {why}, false)", table.id)
}

/// The UNLOAD that writes what an INSERT or a CREATE EXTERNAL TABLE AS writes.
///
/// <https://docs.aws.amazon.com/redshift/latest/dg/r_INSERT_external_table.html>
fn unload_into(
    table: &ExternalTable,
    query: &str,
    names: QuotedNames,
    is_new: bool,
) -> Result<UnloadStatement, DbError> {
    let name = format!("{}.{}", table.schema, table.name);
    let refused =
        |message: String| DbError { code: Some("0A000".to_owned()), ..DbError::new(DbErrorKind::Statement, message) };
    let location = table.definition.location.as_deref().unwrap_or_default();
    let folder = quote_literal(&format!("{}/", location.trim_end_matches('/')), Dialect::Redshift);
    let unload = |query: &str, options: &str| {
        let text = format!("unload ({}) to {folder} {options}", quote_literal(query, Dialect::Redshift));
        UnloadStatement::parse(&text, names).map_err(|error| DbError { offset: None, ..error })
    };
    // Refuses what UNLOAD refuses in the query itself, such as LIMIT.
    unload(query, "")?;
    let query = if is_new { query.to_owned() } else { converted(table, query) };
    let parameter = |name: &str| table.definition.parameters.get(name).map(String::as_str);
    let definition = &table.definition;
    let mut options = match definition.input_format.rsplit('.').next() {
        Some("MapredParquetInputFormat") => "format parquet".to_owned(),
        Some("TextInputFormat") if definition.serde.ends_with(".LazySimpleSerDe") => {
            let said = |name: &str| definition.serde_parameters.get(name).cloned();
            let delimiter = said("field.delim").or_else(|| said("serialization.format"));
            let null = said("serialization.null.format").or(parameter("serialization.null.format").map(str::to_owned));
            format!(
                "delimiter {} null as {}",
                quote_literal(delimiter.as_deref().unwrap_or("\u{1}"), Dialect::Redshift),
                quote_literal(null.as_deref().unwrap_or("\\N"), Dialect::Redshift)
            )
        }
        _ => return Err(refused(format!("external table {name} has a format other than PARQUET or TEXTFILE"))),
    };
    match parameter("compression_type") {
        None | Some("none") => {}
        Some("snappy") if options.starts_with("format") => {}
        Some(compression @ ("gzip" | "bzip2")) if !options.starts_with("format") => {
            options.push_str(&format!(" {compression}"));
        }
        Some(other) => return Err(refused(format!("compression_type '{other}' of external table {name}"))),
    }
    if parameter("write.parallel") == Some("off") {
        options.push_str(" parallel off");
    }
    if let Some(size) = parameter("write.maxfilesize.mb").and_then(|size| size.trim().parse::<u32>().ok()) {
        options.push_str(&format!(" maxfilesize {size} mb"));
    }
    if !table.keys.is_empty() {
        let keys: Vec<String> = table.keys.iter().map(|key| quote_identifier(key)).collect();
        options.push_str(&format!(" partition by ({})", keys.join(", ")));
    }
    if !is_new {
        options.push_str(" allowoverwrite");
    }
    Ok(unload(&query, &options)?.with_unique_names())
}

/// The query with the names and types of the table's columns, in their order.
fn converted(table: &ExternalTable, query: &str) -> String {
    let names: Vec<String> = table.columns.iter().map(|column| quote_identifier(&column.name)).collect();
    let cast = |(column, name): (&ExternalColumn, &String)| match column.data_type.as_str() {
        kind if kind.ends_with("super") => name.clone(),
        kind => format!("{name}::{kind} as {name}"),
    };
    let list: Vec<String> = table.columns.iter().zip(&names).map(cast).collect();
    format!("select {} from (\n{query}\n) as written ({})", list.join(", "), names.join(", "))
}
