//! What reaches the inner session, and how its answers come back.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use super::*;
use crate::ports::{NewObject, ObjectHead, ObjectWriter, Rows, StoreError};

/// Writes down what it is asked, answers a count per statement, and fails at statements that hold a word.
#[derive(Clone, Default)]
struct Recorder {
    log: Arc<Mutex<Vec<String>>>,
    fails_at: &'static str,
    /// Whether the tables of the history are there.
    history: bool,
}

impl Recorder {
    fn note(&self, line: String) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn refuses(&self, sql: &str) -> Option<DbError> {
        if sql == compile::FAILS {
            return Some(DbError::new(DbErrorKind::Statement, "the server's own words for the stand-in"));
        }
        let offset = (!self.fails_at.is_empty()).then(|| sql.find(self.fails_at)).flatten()?;
        Some(DbError { offset: Some(offset), ..DbError::new(DbErrorKind::Statement, "refused") })
    }
}

#[async_trait]
impl Session for Recorder {
    async fn run(&mut self, batch: &Batch) -> Result<Vec<Outcome>, BatchError> {
        let shown: Vec<&str> = batch
            .pieces
            .iter()
            .map(|piece| match piece.sql.as_str() {
                compile::FAILS => "FAILS",
                sql if sql.contains("pg_attribute") => "columns",
                sql if sql.ends_with("where false") => "rehearsal",
                sql if sql.contains("nextval") => "number",
                sql if sql.starts_with("insert into pg_double.load (") => "load",
                sql if sql.starts_with("insert into pg_double.load_file") => "file",
                sql if sql.starts_with("insert into pg_double.load_error") => "error",
                sql if sql.contains("set_config('pg_double.") => "session",
                sql => sql,
            })
            .collect();
        self.note(shown.join("; "));
        let mut answered = Vec::new();
        for (piece, statement) in batch.pieces.iter().enumerate() {
            if let Some(error) = self.refuses(&statement.sql) {
                return Err(BatchError { piece, answered, error });
            }
            let mut outcome = Outcome { rows: None, count: statement.sql.len() as u64 };
            if statement.sql.contains("pg_attribute") {
                let row = |name: &str, kind: &str, identity: &str| {
                    let history = if self.history { "t" } else { "f" };
                    [name, kind, kind, "-1", "f", identity, "16384", history].map(|cell| Some(cell.to_owned())).to_vec()
                };
                let rows = vec![row("id", "int4", "a"), row("n", "int4", ""), row("Name", "varchar", "")];
                outcome.rows = Some(Rows { columns: Vec::new(), rows });
            }
            if statement.sql.contains("nextval") {
                outcome.rows = Some(Rows { columns: Vec::new(), rows: vec![vec![Some("7".to_owned())]] });
            }
            answered.push(outcome);
        }
        Ok(answered)
    }

    async fn copy_in(&mut self, sql: &str, data: &mut (dyn Read + Send)) -> Result<u64, DbError> {
        let mut text = String::new();
        data.read_to_string(&mut text).map_err(|error| DbError::new(DbErrorKind::Statement, error.to_string()))?;
        self.note(format!("{sql}: {text:?}"));
        self.refuses(sql).map_or(Ok(text.lines().count() as u64), Err)
    }

    async fn describe(&mut self, query: &str) -> Result<Vec<ResultColumn>, DbError> {
        self.note(format!("describe {query}"));
        self.refuses(query).map_or(Ok(Vec::new()), Err)
    }

    async fn copy_out(&mut self, _: &str, _: RowTaker<'_>) -> Result<u64, DbError> {
        unreachable!("nobody unloads in these tests")
    }

    fn canceller(&self) -> Arc<dyn Cancel> {
        unreachable!("nobody interrupts these tests")
    }
}

struct OneFile;

impl Store for OneFile {
    fn head(&self, _: &str, _: &str) -> Result<Option<ObjectHead>, StoreError> {
        Ok(Some(ObjectHead::default()))
    }

    fn create(&self, _: &str, _: &str, _: &NewObject) -> Result<Box<dyn ObjectWriter>, StoreError> {
        unreachable!("nobody writes in these tests")
    }

    fn delete(&self, _: &str, _: &[String]) -> Result<(), StoreError> {
        unreachable!("nobody deletes in these tests")
    }

    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, StoreError> {
        match bucket {
            "b" => {
                Ok(["in/1", "in/bad"].map(str::to_owned).into_iter().filter(|key| key.starts_with(prefix)).collect())
            }
            _ => Err(StoreError::UnknownBucket { bucket: bucket.to_owned(), known: vec!["b".to_owned()] }),
        }
    }

    fn open_at(&self, _: &str, key: &str, _: u64) -> Result<Box<dyn Read + Send>, StoreError> {
        let text = if key == "in/1" { "1|one\n2|two\n" } else { "3\n" };
        Ok(Box::new(io::Cursor::new(text)))
    }
}

fn double(fails_at: &'static str) -> (Double, Recorder) {
    let recorder = Recorder { fails_at, ..Recorder::default() };
    let mut double = Double::new(Box::new(recorder.clone()), Arc::new(OneFile), DoubleMode::Strict);
    double.library = Library::Ready;
    double.external.answered(0, None);
    (double, recorder)
}

fn users(statements: &[&str]) -> Batch {
    let mut batch = Batch::default();
    for statement in statements {
        batch.user(*statement);
    }
    batch
}

fn counts(result: &Result<Vec<Outcome>, BatchError>) -> Vec<u64> {
    let answered = match result {
        Ok(answered) => answered,
        Err(failed) => &failed.answered,
    };
    answered.iter().map(|outcome| outcome.count).collect()
}

fn finish(test: impl Future<Output = ()>) -> io::Result<()> {
    tokio::runtime::Builder::new_current_thread().build()?.block_on(test);
    Ok(())
}

const COPY: &str = "copy s.t from 's3://b/in/1' iam_role default";
const COPIED: &str = r#"copy "s"."t" ("n", "Name") from stdin: "1\tone\n2\ttwo\n""#;

#[test]
fn a_message_stays_one_message() -> io::Result<()> {
    finish(async {
        let (mut double, recorder) = double("");
        let mut batch = users(&["create table t (a int encode raw)", "vacuum"]);
        batch.pieces.pop();
        batch.own("insert into j values ('\\')").user("analyze compression t").user("");
        assert_eq!(counts(&double.run(&batch).await), [22, 26, 0, 0]);
        assert_eq!(
            recorder.take(),
            [concat!(
                r#"create table t (a int); call pg_double.set_design('"t"', "#,
                r#"'{"alters":false,"encodings":[{"column":"a","encoding":"raw"}]}'); "#,
                r#"insert into j values ('\'); do 'begin end'; do 'begin end'"#,
            )]
        );
    })
}

#[test]
fn errors_point_at_the_piece_and_at_what_the_user_wrote() -> io::Result<()> {
    finish(async {
        let (mut double, _) = double("boom");
        let failed = double.run(&users(&["select 1", "create table t (a int encode raw, b boom)"])).await.err();
        let found = failed.map(|failed| (failed.piece, failed.answered.len(), failed.error.offset));
        assert_eq!(found, Some((1, 1, Some(36))));
    })
}

#[test]
fn only_what_the_server_answers_is_described_and_in_its_own_words() -> io::Result<()> {
    finish(async {
        let (mut double, recorder) = double("boom");
        for query in ["select top 1 a from t", COPY, "create table t (a int encode raw)", "vacuum", "select serial"] {
            assert!(double.describe(query).await.is_ok(), "{query}");
        }
        let refused = double.describe("select top 1 a, boom from t").await.err();
        assert_eq!(refused.and_then(|error| error.offset), Some(16));
        let heard = recorder.take();
        let translated = "describe select a from t  limit 1";
        assert!(
            heard.first().is_some_and(|first| first.split_whitespace().eq(translated.split_whitespace())),
            "{heard:?}"
        );
        assert_eq!(heard.len(), 3, "{heard:?}");
    })
}

#[test]
fn copy_runs_inside_of_the_transaction_that_the_message_opened() -> io::Result<()> {
    finish(async {
        let (mut double, recorder) = double("");
        let mut batch = Batch::default();
        batch.own("begin").user("delete from s.t").user(COPY).own("insert into j").own("commit");
        assert_eq!(counts(&double.run(&batch).await), [5, 15, 2, 13, 6]);
        assert_eq!(
            recorder.take(),
            ["begin; delete from s.t", "columns", "rehearsal", COPIED, "insert into j; commit"]
        );
    })
}

#[test]
fn a_message_that_copy_cuts_still_stands_or_falls_as_one() -> io::Result<()> {
    finish(async {
        let (mut double, recorder) = double("");
        assert_eq!(counts(&double.run(&users(&["select 1", COPY, "select 22"])).await), [8, 2, 9]);
        assert_eq!(recorder.take(), ["begin; select 1", "columns", "rehearsal", COPIED, "select 22; commit"]);

        let (mut double, recorder) = self::double("22");
        let failed = double.run(&users(&["select 1", COPY, "select 22"])).await;
        assert_eq!((counts(&failed), failed.err().map(|failed| failed.piece)), (vec![8, 2], Some(2)));
        assert_eq!(
            recorder.take(),
            ["begin; select 1", "columns", "rehearsal", COPIED, "select 22; commit", "rollback"]
        );

        assert_eq!(counts(&double.run(&users(&[COPY])).await), [2]);
        assert_eq!(recorder.take(), ["columns", "rehearsal", COPIED]);
    })
}

#[test]
fn copy_that_cannot_begin_fails_its_transaction_on_the_server_too() -> io::Result<()> {
    finish(async {
        for (place, expected) in [
            ("b/out", "The specified S3 prefix 'out' does not exist"),
            ("c/in", "no store for bucket `c`"),
            ("b/in/bad", "Load into table 't' failed.  Check 'stl_load_errors' system table for details."),
        ] {
            let (mut double, recorder) = double("");
            let mut batch = Batch::default();
            batch.own("begin").user(format!("copy t from 's3://{place}' iam_role default")).own("commit");
            let failed = double.run(&batch).await.err();
            assert_eq!(
                failed.as_ref().map(|failed| (failed.piece, failed.error.message.as_str())),
                Some((1, expected))
            );
            let steps = recorder.take();
            assert!(steps == ["begin", "FAILS"] || steps == ["begin", "columns", "rehearsal"], "{steps:?}");
            assert_eq!(double.transaction, Transaction::Block);
        }
    })
}

#[test]
fn what_redshift_refuses_in_a_transaction_is_refused() -> io::Result<()> {
    finish(async {
        let (mut double, recorder) = double("");
        let alter = "alter table t alter column c type varchar(9)";
        assert!(double.run(&users(&[alter])).await.is_ok());
        assert!(double.run(&users(&["begin"])).await.is_ok());
        let failed = double.run(&users(&[alter])).await.err();
        let error = failed.map(|failed| (failed.piece, failed.error.code, failed.error.message));
        let message = "ALTER TABLE ALTER COLUMN cannot run inside a transaction block";
        assert_eq!(error, Some((0, Some("25001".to_owned()), message.to_owned())));
        assert!(double.run(&users(&["rollback"])).await.is_ok());
        assert!(double.run(&users(&["vacuum t"])).await.is_ok());
        let failed = double.run(&users(&["select 1", "vacuum t"])).await.err();
        assert_eq!(failed.map(|failed| (failed.piece, failed.answered.len())), Some((1, 1)));
        assert_eq!(recorder.take(), [alter, "begin", "FAILS", "rollback", "do 'begin end'", "select 1; FAILS"]);
    })
}

#[test]
fn truncate_commits_as_on_redshift() -> io::Result<()> {
    finish(async {
        let (mut double, recorder) = double("");
        assert_eq!(counts(&double.run(&users(&["begin", "truncate t", "select 1"])).await), [5, 10, 8]);
        assert_eq!(double.transaction, Transaction::None);
        assert_eq!(counts(&double.run(&users(&["truncate t"])).await), [10]);
        assert_eq!(recorder.take(), ["begin; truncate t; commit; select 1", "truncate t"]);
    })
}

#[test]
fn what_the_double_does_not_do_says_so_without_the_servers_stand_in() -> io::Result<()> {
    finish(async {
        let (mut double, _) = double("");
        for (statement, expected) in [
            (
                "create model m from t target n function f iam_role default settings (s3_bucket 'b')",
                "CREATE MODEL is not supported on the local target",
            ),
            ("copy t from 's3://b/k' orc", "COPY ORC is not supported by the double"),
        ] {
            let failed = double.run(&users(&["select 1", statement])).await.err();
            let fits = failed.as_ref().is_some_and(|failed| {
                failed.piece == 1
                    && failed.error.kind == DbErrorKind::Unsupported
                    && failed.error.message.starts_with(expected)
            });
            assert!(fits, "{failed:?}");
        }
        let failed = double.run(&users(&["select 'open"])).await.err();
        assert_eq!(failed.map(|failed| (failed.piece, failed.error.offset)), Some((0, Some(7))));
    })
}

#[test]
fn independent_messages_go_out_together_unless_copy_stands_in_one() -> io::Result<()> {
    finish(async {
        let (mut double, recorder) = double("boom");
        let tests = [users(&["begin", "select nvl(1, 2)", "rollback"]), users(&["select boom"])];
        let results = double.run_each(&tests).await;
        assert_eq!(results.iter().map(counts).collect::<Vec<_>>(), [vec![5, 21, 8], vec![]]);
        assert_eq!(recorder.take(), ["begin; select coalesce(1, 2); rollback", "select boom"]);
        let tests = [users(&["begin", COPY, "rollback"]), users(&["select 1"])];
        let results = double.run_each(&tests).await;
        assert_eq!(results.iter().map(counts).collect::<Vec<_>>(), [vec![5, 2, 8], vec![8]]);
        assert_eq!(recorder.take(), ["begin", "columns", "rehearsal", COPIED, "rollback", "select 1"]);
    })
}

#[test]
fn the_history_of_a_failed_load_outlives_its_transaction() -> io::Result<()> {
    finish(async {
        let recorder = Recorder { history: true, ..Recorder::default() };
        let mut double = Double::new(Box::new(recorder.clone()), Arc::new(OneFile), DoubleMode::Strict);
        double.library = Library::Ready;
        double.external.answered(0, None);
        assert_eq!(counts(&double.run(&users(&[COPY])).await), [2]);
        assert_eq!(recorder.take(), ["columns", "rehearsal; number", COPIED, "load; file; session"]);

        let bad = "copy s.t from 's3://b/in/bad' iam_role default";
        assert!(double.run(&users(&[bad])).await.is_err());
        let failed = ["columns", "rehearsal; number", "load; file; error; session"];
        assert_eq!(recorder.take(), failed);

        assert!(double.run(&users(&["begin", bad])).await.is_err());
        assert_eq!(recorder.take(), ["begin", "columns", "rehearsal; number"]);
        assert!(double.run(&users(&["rollback"])).await.is_ok());
        assert_eq!(recorder.take(), ["rollback", "load; file; error; session"]);
    })
}
