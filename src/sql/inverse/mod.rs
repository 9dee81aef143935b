//! What undoes a statement, as far as its text says.

mod alter;
mod create;

use super::code::Code;
use super::probe::call::only_reads;
use super::quote::quote_identifier;
use super::{Dialect, Kind, ObjectName, Statement};

pub use create::{drop_of, drop_statement, or_replace};

/// How to undo a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inverse {
    /// This statement undoes it and loses nothing that SQL text could not bring back.
    Statement(String),
    /// It made a table, which may hold rows by now: rename it rather than drop it.
    KeepTable(ObjectName),
    /// It added a column, which may hold values by now.
    KeepColumn {
        /// The table.
        table: ObjectName,
        /// The column.
        column: String,
    },
    /// It may have replaced an earlier definition: bring that back, or drop the object if there was none.
    PriorText(ObjectName, Kind),
    /// There is nothing to undo, and why.
    Nothing(String),
    /// The text does not say how, and what to do instead.
    Impossible(String),
}

const CURE: &str = "write a rollback section";

fn impossible(reason: &str) -> Inverse {
    Inverse::Impossible(format!("{reason}: {CURE}"))
}

/// What undoes `statement` of `script`. Names are repeated as the user wrote them.
pub fn inverse(statement: &Statement, script: &str, dialect: Dialect) -> Inverse {
    let text = script.get(statement.range.clone()).unwrap_or("");
    let code = Code::new(text, dialect);
    let kind = statement.kind;
    if let Some(reason) = changes_nothing(kind, &code) {
        return Inverse::Nothing(reason.to_owned());
    }
    if kind.creates() {
        return create::inverse(statement, &code);
    }
    match kind {
        Kind::Grant | Kind::GrantRole => Inverse::Statement(alter::revoke(&code, 0)).checked(),
        Kind::AlterDefaultPrivileges => alter::default_privileges(&code),
        Kind::AttachPolicy => alter::detach(&code),
        _ if code.is(0, "alter") => alter::inverse(statement, &code),
        _ => impossible(lost(kind)),
    }
}

impl Inverse {
    /// An empty statement means that the text was not understood.
    fn checked(self) -> Self {
        match self {
            Self::Statement(text) if text.is_empty() => impossible("the statement has an unknown shape"),
            other => other,
        }
    }
}

/// Why a statement of this kind needs no undoing, if that is so.
fn changes_nothing(kind: Kind, code: &Code<'_>) -> Option<&'static str> {
    Some(match kind {
        Kind::Select | Kind::Values if !only_reads(code) => return None,
        Kind::Select | Kind::Values | Kind::Show | Kind::Explain | Kind::Fetch => "it only reads",
        Kind::DescribeDatashare | Kind::DescribeIdentityProvider | Kind::AnalyzeCompression => "it only reads",
        Kind::ExplainAnalyze => {
            let writes = ["insert", "update", "delete", "merge", "create", "execute"];
            return (0..code.tokens.len()).all(|at| !code.is_any(at, &writes)).then_some("it only reads");
        }
        Kind::Set | Kind::SetRole | Kind::SetSessionAuthorization | Kind::Reset | Kind::Use | Kind::Discard => {
            "it concerns the session only"
        }
        Kind::Prepare | Kind::Deallocate | Kind::DeclareCursor | Kind::Move | Kind::Close | Kind::Cancel => {
            "it concerns the session only"
        }
        Kind::Listen | Kind::Notify | Kind::Load | Kind::Checkpoint | Kind::Lock => "it leaves nothing behind",
        Kind::Begin
        | Kind::BeginReadOnly
        | Kind::Commit
        | Kind::Rollback
        | Kind::Savepoint
        | Kind::ReleaseSavepoint => "it only frames a transaction",
        Kind::RollbackToSavepoint => "it only frames a transaction",
        Kind::Analyze | Kind::Vacuum | Kind::Reindex | Kind::Cluster => "it is upkeep and changes no data",
        Kind::Comment | Kind::SecurityLabel => "it changes a description only",
        Kind::RefreshMaterializedView => "the view only follows its tables",
        Kind::Unload => "it writes files and changes nothing in the database",
        _ => return None,
    })
}

/// What the text of an irreversible statement does not hold.
fn lost(kind: Kind) -> &'static str {
    match kind {
        Kind::Insert | Kind::Copy | Kind::Merge => "it is not known which rows came in",
        Kind::Update => "the earlier values are not in the text",
        Kind::Delete | Kind::Truncate => "the deleted rows are not in the text",
        Kind::Revoke | Kind::RevokeRole => "it is not known which rights existed",
        Kind::DetachPolicy => "it is not known how the policy was attached",
        Kind::Call | Kind::Do | Kind::Execute => "what the routine did is not in the text",
        Kind::Select | Kind::Values => "it calls functions, and what they did is not in the text",
        _ if kind.drops() => "what was dropped is not in the text",
        _ => "the text does not say what was there before",
    }
}

/// For `DROP TABLE` of one table: the statement that sets it aside instead, as `<name>_bckup_<suffix>`.
///
/// The name is shortened to what the server allows. `IF EXISTS` is kept on PostgreSQL; Redshift's ALTER TABLE has no such
/// clause, so there the caller looks first whether the table exists.
pub fn backup_instead(statement: &Statement, script: &str, dialect: Dialect, suffix: &str) -> Option<String> {
    if statement.kind != Kind::DropTable {
        return None;
    }
    let code = Code::new(script.get(statement.range.clone())?, dialect);
    let conditional = code.phrase(2, &["if", "exists"]);
    let first = conditional.unwrap_or(2);
    let (name, next) = code.name(first)?;
    let last = code.tokens.len();
    let ends = next == last || (next + 1 == last && code.is_any(next, &["cascade", "restrict"]));
    if !ends || name.base().starts_with('#') {
        return None;
    }
    let if_exists = if conditional.is_some() && dialect == Dialect::Postgres { "IF EXISTS " } else { "" };
    let backup = quote_identifier(&backup_name(name.base(), suffix, dialect));
    Some(format!("ALTER TABLE {if_exists}{} RENAME TO {backup}", code.source(first..next)))
}

fn backup_name(base: &str, suffix: &str, dialect: Dialect) -> String {
    let limit: usize = match dialect {
        Dialect::Redshift => 127,
        Dialect::Postgres => 63,
    };
    let tail = format!("_bckup_{suffix}");
    let head = shorten(base, limit.saturating_sub(tail.len()));
    shorten(&format!("{head}{tail}"), limit).to_owned()
}

fn shorten(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}
