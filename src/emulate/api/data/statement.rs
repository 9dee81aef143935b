//! One request to run SQL: what was asked, and how far it is.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::field::Column;
use super::parameters::Parameter;
use crate::emulate::api::behind::Login;
use crate::emulate::api::clock::epoch;
use crate::ports::Cancel;

/// `Status` of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Submitted,
    Picked,
    Started,
    Finished,
    Failed,
    Aborted,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Picked => "PICKED",
            Self::Started => "STARTED",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
            Self::Aborted => "ABORTED",
        }
    }

    pub(super) fn has_ended(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Aborted)
    }
}

/// Where statements run, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) cluster: String,
    /// Whether the cluster was named as a workgroup.
    pub(super) as_workgroup: bool,
    pub(super) database: String,
    pub(super) login: Login,
    /// The user that answers tell; none where a secret names it.
    pub(super) user: Option<String>,
    pub(super) secret: Option<String>,
}

impl Target {
    /// Adds what answers say of it.
    pub(super) fn describe(&self, answer: &mut Value) {
        answer[if self.as_workgroup { "WorkgroupName" } else { "ClusterIdentifier" }] = json!(self.cluster);
        answer["Database"] = json!(self.database);
        if let Some(user) = &self.user {
            answer["DbUser"] = json!(user);
        }
        if let Some(secret) = &self.secret {
            answer["SecretArn"] = json!(secret);
        }
    }
}

/// What a request asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) target: Target,
    /// The statements as they were given.
    pub(super) statements: Vec<String>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) is_batch: bool,
    /// Whether each statement of a batch is a transaction by itself.
    pub(super) auto_commit: bool,
    pub(super) csv: bool,
    pub(super) name: Option<String>,
    /// The session to run in, there already or to be made.
    pub(super) session: Option<String>,
}

/// One SQL statement of a request.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) status: Status,
    pub(super) error: Option<String>,
    pub(super) updated: OffsetDateTime,
    pub(super) duration: Duration,
    /// Rows returned or affected.
    pub(super) count: Option<u64>,
    pub(super) result: Option<Arc<ResultSet>>,
    pub(super) query: u64,
}

/// Rows that a statement returned.
#[derive(Debug, PartialEq)]
pub(super) struct ResultSet {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Option<String>>>,
}

impl ResultSet {
    fn size(&self) -> usize {
        self.rows.iter().flatten().flatten().map(String::len).sum()
    }
}

/// A request to run SQL.
pub(super) struct Statement {
    pub(super) id: String,
    /// Its place among all, the first being 0.
    pub(super) number: u64,
    pub(super) asked: Asked,
    pub(super) token: Option<String>,
    pub(super) status: Status,
    pub(super) created: OffsetDateTime,
    pub(super) updated: OffsetDateTime,
    pub(super) duration: Duration,
    pub(super) error: Option<String>,
    /// The server's process; 0 before it is known.
    pub(super) pid: i64,
    pub(super) parts: Vec<Part>,
    /// Whether somebody asked to stop it.
    pub(super) is_unwanted: bool,
    pub(super) canceller: Option<Arc<dyn Cancel>>,
}

impl Statement {
    pub(super) fn new(id: String, number: u64, asked: Asked, token: Option<String>, now: OffsetDateTime) -> Self {
        let part = |at: usize| Part {
            status: Status::Submitted,
            error: None,
            updated: now,
            duration: Duration::ZERO,
            count: None,
            result: None,
            query: 1_000 + number * 100 + at as u64,
        };
        Self {
            id,
            number,
            parts: (0..asked.statements.len()).map(part).collect(),
            asked,
            token,
            status: Status::Submitted,
            created: now,
            updated: now,
            duration: Duration::ZERO,
            error: None,
            pid: 0,
            is_unwanted: false,
            canceller: None,
        }
    }

    /// The answer to the request itself.
    pub(super) fn receipt(&self, with_status: bool) -> Value {
        let mut answer = json!({"Id": self.id, "CreatedAt": epoch(self.created)});
        self.asked.target.describe(&mut answer);
        if let Some(session) = &self.asked.session {
            answer["SessionId"] = json!(session);
        }
        if with_status {
            answer["Status"] = json!(self.status.as_str());
            answer["RedshiftPid"] = json!(self.pid);
            answer["HasResultSet"] = json!(self.has_result());
        }
        answer
    }

    /// The answer of DescribeStatement.
    pub(super) fn describe(&self) -> Value {
        let mut answer = self.receipt(true);
        answer["UpdatedAt"] = json!(epoch(self.updated));
        answer["Duration"] = nanoseconds(self.duration);
        answer["ResultFormat"] = json!(if self.asked.csv { "CSV" } else { "JSON" });
        if let Some(error) = &self.error {
            answer["Error"] = json!(error);
        }
        if !self.asked.parameters.is_empty() {
            answer["QueryParameters"] = json!(self.asked.parameters);
        }
        if self.asked.is_batch {
            answer["ExecutionMode"] = json!(if self.asked.auto_commit { "AUTO_COMMIT" } else { "TRANSACTION" });
            let parts = self.parts.iter().enumerate().map(|(at, part)| self.describe_part(at, part));
            answer["SubStatements"] = parts.collect();
            answer["RedshiftQueryId"] = json!(0);
            answer["ResultRows"] = json!(-1);
            answer["ResultSize"] = json!(-1);
        } else if let (Some(part), Some(answer)) = (self.parts.first(), answer.as_object_mut()) {
            answer.insert("QueryString".to_owned(), json!(self.asked.statements.first()));
            answer.extend(measures(part));
        }
        answer
    }

    /// The answer of DescribeStatement for one statement of a batch.
    pub(super) fn describe_part(&self, at: usize, part: &Part) -> Value {
        let mut answer = json!({
            "Id": format!("{}:{}", self.id, at + 1),
            "Status": part.status.as_str(),
            "CreatedAt": epoch(self.created),
            "UpdatedAt": epoch(part.updated),
            "Duration": nanoseconds(part.duration),
            "QueryString": self.asked.statements.get(at),
            "HasResultSet": part.result.is_some(),
        });
        if let Some(error) = &part.error {
            answer["Error"] = json!(error);
        }
        if let Some(answer) = answer.as_object_mut() {
            answer.extend(measures(part));
        }
        answer
    }

    /// One line of ListStatements.
    pub(super) fn summary(&self) -> Value {
        let mut line = json!({
            "Id": self.id,
            "Status": self.status.as_str(),
            "CreatedAt": epoch(self.created),
            "UpdatedAt": epoch(self.updated),
            "IsBatchStatement": self.asked.is_batch,
            "ResultFormat": if self.asked.csv { "CSV" } else { "JSON" },
        });
        match self.asked.is_batch {
            true => line["QueryStrings"] = json!(self.asked.statements),
            false => line["QueryString"] = json!(self.asked.statements.first()),
        }
        if !self.asked.parameters.is_empty() {
            line["QueryParameters"] = json!(self.asked.parameters);
        }
        let told = [
            ("StatementName", &self.asked.name),
            ("SecretArn", &self.asked.target.secret),
            ("SessionId", &self.asked.session),
        ];
        for (name, value) in told {
            if let Some(value) = value {
                line[name] = json!(value);
            }
        }
        line
    }

    fn has_result(&self) -> bool {
        self.parts.iter().any(|part| part.result.is_some())
    }
}

/// What is counted of a statement; -1 for what is not known.
fn measures(part: &Part) -> Map<String, Value> {
    let size = part.result.as_ref().map(|result| result.size());
    let is_known = part.status == Status::Finished;
    let count = part.count.filter(|_| is_known).map_or(json!(-1), |count| json!(count));
    let size = if is_known { json!(size.unwrap_or_default()) } else { json!(-1) };
    let query = if part.status == Status::Submitted { 0 } else { part.query };
    Map::from_iter([
        ("ResultRows".to_owned(), count),
        ("ResultSize".to_owned(), size),
        ("RedshiftQueryId".to_owned(), json!(query)),
    ])
}

fn nanoseconds(duration: Duration) -> Value {
    json!(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
}
