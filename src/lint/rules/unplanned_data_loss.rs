//! A change that takes data away and says nothing of how to undo it.

use crate::lint::{Finding, Rule, Subject};
use crate::text::Severity;

pub(in crate::lint) const RULE: Rule = Rule {
    code: "unplanned-data-loss",
    about: "a change loses data, has no rollback and is not declared irreversible",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.change.rollback.is_some() || subject.change.directives.irreversible {
        return;
    }
    for (number, statement) in subject.statements().filter(|(_, statement)| statement.effect.loses_data()) {
        findings.push(Finding {
            severity: Severity::Note,
            span: subject.span(number),
            message: format!("`{}` takes data away, and the change has no rollback", statement.kind.as_str()),
            hint: "write what undoes it below `-- vesto: rollback`, or declare `-- vesto: irreversible`".into(),
        });
    }
}
