//! What the double cannot do, or does otherwise than Redshift.

use crate::lint::{Finding, Rule, Subject};
use crate::plan::{Departure, departures};
use crate::text::Severity;

pub(in crate::lint) const RULE: Rule =
    Rule { code: "not-on-double", about: "a statement that the double cannot carry out as Redshift does", check };

fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(mode) = subject.target.double else { return };
    for (number, _) in subject.statements() {
        for departure in departures(subject.script(), number, mode) {
            let (severity, hint) = match departure {
                // The rule `not-on-redshift` tells of it.
                Departure::RefusedThere(_) => continue,
                Departure::Differs(_) => (Severity::Note, "see docs/double.md"),
                Departure::LeftOut(_) => (Severity::Warning, "`double = lenient` in vesto.ini leaves it out"),
                Departure::Refused(_) => (
                    Severity::Warning,
                    "keep the change away from this target with `-- vesto: only-on=...`, or see docs/double.md",
                ),
            };
            findings.push(Finding {
                severity,
                span: subject.span(number),
                message: format!("on the double: {}", departure.describe()),
                hint: hint.to_owned(),
            });
        }
    }
}
