//! DROP ... CASCADE: it takes objects along that the change does not name.

use crate::lint::{Finding, Rule, Subject};
use crate::sql::{Effect, TokenKind, tokens};
use crate::text::Severity;

pub(in crate::lint) const RULE: Rule = Rule {
    code: "drop-cascade",
    about: "DROP ... CASCADE takes views and other objects along that the change does not name and that no rollback knows",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for (number, statement) in subject.statements() {
        let drops = matches!(statement.effect, Effect::DropsData | Effect::DropsDefinition | Effect::DropsColumn(_));
        let text = subject.script().written_text(number);
        if drops && has_word(text, "cascade", subject) {
            findings.push(Finding {
                severity: Severity::Warning,
                span: subject.span(number),
                message: format!("`{} ... cascade` drops objects that it does not name", statement.kind.as_str()),
                hint: "drop what depends on it by name, so that the plan and the rollback know it".into(),
            });
        }
    }
}

fn has_word(text: &str, word: &str, subject: &Subject<'_>) -> bool {
    tokens(text, subject.target.dialect)
        .iter()
        .any(|token| token.kind == TokenKind::Word && text[token.start..token.end].eq_ignore_ascii_case(word))
}
