//! BEGIN and COMMIT in a change: vesto's own transactions are cut there.

use crate::lint::{Finding, Rule, Subject};
use crate::sql::TxMode;
use crate::text::Severity;

pub(in crate::lint) const RULE: Rule = Rule {
    code: "own-transaction",
    about: "a change begins or ends transactions itself; vesto cuts its transactions there and does not send the words",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for (number, statement) in subject.statements().filter(|(_, statement)| statement.transaction == TxMode::Control) {
        findings.push(Finding {
            severity: Severity::Note,
            span: subject.span(number),
            message: format!("`{}` in a change: vesto begins and commits transactions itself", statement.kind.as_str()),
            hint: "remove it, unless the change is meant to be cut here".into(),
        });
    }
}
