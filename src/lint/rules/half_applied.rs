//! A change that can stop half-way: a statement that no transaction can undo stands beside others.

use crate::lint::{Finding, Rule, Subject};
use crate::sql::TxMode;
use crate::text::Severity;

pub(in crate::lint) const RULE: Rule = Rule {
    code: "half-applied",
    about: "a statement that runs in no transaction shares a change with others, so a failure leaves the change half done",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.statements().count() < 2 {
        return;
    }
    let lone = |mode: TxMode| matches!(mode, TxMode::Alone | TxMode::Commits);
    for (number, statement) in subject.statements().filter(|(_, statement)| lone(statement.transaction)) {
        let why = match statement.transaction {
            TxMode::Commits => "commits what came before it",
            _ => "cannot run inside a transaction",
        };
        findings.push(Finding {
            severity: Severity::Warning,
            span: subject.span(number),
            message: format!("`{}` {why}, so this change is not all or nothing", statement.kind.as_str()),
            hint: "move the statement into a change of its own".into(),
        });
    }
}
