//! What Redshift refuses, though PostgreSQL has it.

use crate::lint::{Finding, Rule, Subject};
use crate::sql::{Dialect, redshift_refusal};
use crate::text::Severity;

pub(in crate::lint) const RULE: Rule =
    Rule { code: "not-on-redshift", about: "a statement that Redshift refuses", check };

fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.target.dialect != Dialect::Redshift {
        return;
    }
    let text = subject.script().rendered();
    for (number, statement) in subject.statements() {
        if let Some(refusal) = redshift_refusal(statement, text) {
            findings.push(Finding {
                severity: Severity::Warning,
                span: subject.span(number),
                message: format!("Redshift refuses this: {}", refusal.message),
                hint: refusal.hint,
            });
        }
    }
}
