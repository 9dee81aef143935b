//! A statement that vesto does not know: it runs as it is, in a transaction, and cannot be undone by itself.

use crate::lint::{Finding, Rule, Subject};
use crate::sql::Kind;
use crate::text::Severity;

pub(in crate::lint) const RULE: Rule = Rule {
    code: "unknown-statement",
    about: "a statement begins with words that neither Redshift nor PostgreSQL is known to take",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for (number, _) in subject.statements().filter(|(_, statement)| statement.kind == Kind::Other) {
        let text = subject.script().written_text(number);
        let words: Vec<&str> = text.split_whitespace().take(2).collect();
        findings.push(Finding {
            severity: Severity::Warning,
            span: subject.span(number),
            message: format!("`{}` is not a known statement", words.join(" ")),
            hint: "check the spelling; it is run as it is".into(),
        });
    }
}
