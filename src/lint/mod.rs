//! Findings on the SQL of a project, without a server. Each rule is a file of its own and one entry in [`RULES`].

mod rules;

use crate::plan::TargetFacts;
use crate::project::{Change, Project, Rollback, Script, Variables};
use crate::sql::Statement;
use crate::text::{Diagnostic, Severity, Span};

use rules::{
    drop_cascade, half_applied, not_on_double, not_on_redshift, own_transaction, unknown_statement, unplanned_data_loss,
};

/// A rule: what it is called, what it is for, and how it finds.
pub struct Rule {
    /// Stable name in kebab case.
    pub code: &'static str,
    /// One sentence for people.
    pub about: &'static str,
    check: fn(&Subject<'_>, &mut Vec<Finding>),
}

/// All rules.
pub const RULES: [&Rule; 7] = [
    &unknown_statement::RULE,
    &half_applied::RULE,
    &own_transaction::RULE,
    &not_on_redshift::RULE,
    &not_on_double::RULE,
    &drop_cascade::RULE,
    &unplanned_data_loss::RULE,
];

/// What a rule looks at: one change.
struct Subject<'a> {
    change: &'a Change,
    script: &'a Script,
    target: TargetFacts<'a>,
}

impl Subject<'_> {
    fn statements(&self) -> impl Iterator<Item = (usize, &Statement)> {
        self.script.statements().iter().enumerate()
    }

    fn script(&self) -> &Script {
        self.script
    }

    fn span(&self, statement: usize) -> Span {
        self.script().statement_span(statement)
    }
}

/// What a rule found.
struct Finding {
    severity: Severity,
    span: Span,
    message: String,
    hint: String,
}

/// All findings of all rules, in the order of the changes.
///
/// Scripts that cannot be read are findings too.
pub fn lint(project: &Project, target: TargetFacts<'_>, variables: &Variables) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let dialect = target.dialect;
    for change in &project.changes {
        if let Some(Rollback::Read(rollback)) = &change.rollback {
            diagnostics.extend(rollback.parse(dialect, variables).err().into_iter().flatten());
        }
        let script = match change.forward.parse(dialect, variables) {
            Ok(script) => script,
            Err(errors) => {
                diagnostics.extend(errors);
                continue;
            }
        };
        let subject = Subject { change, script: &script, target };
        for rule in RULES {
            let mut findings = Vec::new();
            (rule.check)(&subject, &mut findings);
            // A rule may quote the script, in which values stand that are never shown.
            let used: Vec<&str> = script.variables().collect();
            diagnostics.extend(findings.into_iter().map(|finding| Diagnostic {
                severity: finding.severity,
                code: rule.code,
                message: variables.conceal_these(finding.message, &used),
                span: Some(finding.span),
                related: Vec::new(),
                hint: Some(finding.hint),
            }));
        }
    }
    diagnostics
}
