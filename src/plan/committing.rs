//! Procedures that end transactions themselves, and so cannot be called inside of one.
//!
//! Both systems refuse COMMIT and ROLLBACK in a procedure that was called in a transaction block, Redshift also TRUNCATE
//! (<https://docs.aws.amazon.com/redshift/latest/dg/stored-procedure-transaction-management.html>,
//! <https://www.postgresql.org/docs/current/plpgsql-transactions.html>).

use std::cell::OnceCell;
use std::collections::HashSet;

use crate::project::{Project, Script, Variables};
use crate::sql::{Dialect, Kind, ObjectName, Statement, TxMode, body_commits, called_names};

/// The procedures of a project that end transactions themselves, by their own text or by what they call.
pub(super) struct CommittingProcedures<'a> {
    project: &'a Project,
    variables: &'a Variables,
    dialect: Dialect,
    /// Found when the first call is met: most plans have none.
    names: OnceCell<HashSet<ObjectName>>,
}

impl<'a> CommittingProcedures<'a> {
    pub(super) fn of(project: &'a Project, variables: &'a Variables, dialect: Dialect) -> Self {
        Self { project, variables, dialect, names: OnceCell::new() }
    }

    /// The statements of a script; a call of such a procedure, and a block that commits, must be sent alone.
    pub(super) fn set_apart(&self, script: &Script) -> Vec<Statement> {
        let mut statements = script.statements().to_vec();
        for (number, statement) in statements.iter_mut().enumerate() {
            let commits = match (statement.kind, &statement.object) {
                (Kind::Do, _) => body_commits(script.statement_text(number), self.dialect),
                (Kind::Call, Some(procedure)) => self.names().iter().any(|name| is_same(name, procedure)),
                _ => false,
            };
            if commits && statement.transaction == TxMode::Inside {
                statement.transaction = TxMode::Alone;
            }
        }
        statements
    }

    fn names(&self) -> &HashSet<ObjectName> {
        self.names.get_or_init(|| {
            let procedures = self.procedures();
            let commits = |procedure: &&Procedure| procedure.commits;
            let mut found: HashSet<ObjectName> = procedures.iter().filter(commits).map(|p| p.name.clone()).collect();
            // Whoever calls one of them is one of them.
            loop {
                let calls = |procedure: &&Procedure| {
                    procedure.calls.iter().any(|called| found.iter().any(|name| is_same(name, called)))
                };
                let more: Vec<ObjectName> = procedures.iter().filter(calls).map(|p| p.name.clone()).collect();
                let before = found.len();
                found.extend(more);
                if found.len() == before {
                    return found;
                }
            }
        })
    }

    /// All procedures that the project creates.
    fn procedures(&self) -> Vec<Procedure> {
        let mut procedures = Vec::new();
        let changes = self.project.changes.iter();
        for change in changes.filter(|change| change.forward.text().to_ascii_lowercase().contains("procedure")) {
            // What cannot be read is told of when it is to run.
            let Ok(script) = change.forward.parse(self.dialect, self.variables) else { continue };
            for (number, statement) in script.statements().iter().enumerate() {
                let (Kind::CreateProcedure, Some(name)) = (statement.kind, &statement.object) else { continue };
                let text = script.statement_text(number);
                procedures.push(Procedure {
                    name: name.clone(),
                    commits: body_commits(text, self.dialect),
                    calls: called_names(text, self.dialect),
                });
            }
        }
        procedures
    }
}

struct Procedure {
    name: ObjectName,
    commits: bool,
    calls: Vec<ObjectName>,
}

/// Whether two names may mean one procedure: a missing schema may be any.
fn is_same(left: &ObjectName, right: &ObjectName) -> bool {
    left.base() == right.base()
        && (left.schema().is_none() || right.schema().is_none() || left.schema() == right.schema())
}
