//! Which rights that a change gave others gave too: a REVOKE would take away what the others gave.
//!
//! The applied texts are all that is known. What they grant where it cannot be read, in the body of a routine or of a DO
//! block, may be anything.

use std::collections::HashSet;

use crate::history::{Applied, History};
use crate::project::{ChangeId, Script};
use crate::sql::{Dialect, Grant, Inverse, Kind, ObjectName, Statement, inverse, same_code};

/// What all applied texts granted and made, in the order of application.
pub(super) struct Granted {
    applications: Vec<Application>,
    dialect: Dialect,
}

struct Application {
    change: ChangeId,
    /// Whether its change was not applied once more after it.
    is_last: bool,
    /// Nothing if its text is not known.
    facts: Option<Vec<Fact>>,
}

enum Fact {
    /// An object that was not there before, and the kind of the statement that made it.
    Made(Kind, ObjectName),
    /// A grant, with the statement as sent and as written.
    Granted(Grant, String, String),
    /// Something that may have granted anything.
    Hidden,
}

/// A grant that is to be taken back.
pub(super) struct Taken<'a> {
    /// The change.
    pub(super) change: &'a ChangeId,
    /// Its script.
    pub(super) script: &'a Script,
    /// Number of the statement, from 0.
    pub(super) number: usize,
    /// What that gives.
    pub(super) grant: Grant,
}

impl Granted {
    /// Reads the texts of all applications; `script` gives the statements of one, as far as they are known.
    pub(super) fn read(
        history: &History,
        dialect: Dialect,
        mut script: impl FnMut(&ChangeId, &Applied) -> Option<Script>,
    ) -> Self {
        let application = |(change, applied): (&ChangeId, &Applied)| Application {
            change: change.clone(),
            is_last: history.applied(change) == Some(applied),
            facts: script(change, applied).map(|script| facts(&script, dialect)),
        };
        Self { applications: history.applications().into_iter().map(application).collect(), dialect }
    }

    /// The statements that take a grant back, `revoke` among them, so that everything else that was granted stays.
    /// `undone` are changes that are rolled back before it.
    ///
    /// # Errors
    ///
    /// Why that cannot be, if others gave the same or may have given it.
    pub(super) fn undo(
        &self,
        taken: &Taken<'_>,
        revoke: String,
        undone: &HashSet<ChangeId>,
    ) -> Result<Vec<String>, String> {
        let Taken { script, number, grant, .. } = taken;
        let text = script.statement_text(*number);
        let earlier = script.statements().iter().take(*number);
        let mut made: Vec<(Kind, &ObjectName)> =
            earlier.filter_map(|it| made(it, script.rendered(), self.dialect)).collect();
        if grant.is_only_on(&made) {
            return Ok(vec![revoke]);
        }
        let refused = |why: String| {
            let written = script.written_text(*number).split_whitespace().collect::<Vec<_>>().join(" ");
            Err(format!("`{written}` cannot be taken back: {why}"))
        };
        if grant.may_be_given_from_the_start() {
            return refused("everybody may have had this right before".into());
        }
        let is_own = |it: &Application| it.change == *taken.change && it.is_last;
        let own = self.applications.iter().position(is_own).unwrap_or(self.applications.len());
        let mut again = Vec::new();
        for (at, application) in self.applications.iter().enumerate().rev() {
            if at == own || application.is_last && undone.contains(&application.change) {
                continue;
            }
            let of_itself = application.change == *taken.change;
            let unknown = || {
                let whose = if of_itself { "its earlier text".to_owned() } else { format!("`{}`", application.change) };
                format!("it cannot be told whether {whose} gave the same right")
            };
            let Some(facts) = &application.facts else { return refused(unknown()) };
            for fact in facts.iter().rev() {
                match fact {
                    Fact::Made(kind, object) if at < own => made.push((*kind, object)),
                    Fact::Made(..) => {}
                    Fact::Granted(other, ..) if !other.may_have_given(grant) => {}
                    // Nobody had rights on what was not there, but those that follow from a default.
                    Fact::Granted(other, ..) if at < own && !other.is_in_future() && grant.is_only_on(&made) => {}
                    Fact::Granted(_, sent, _) if of_itself && same_code(sent, text, self.dialect) => {
                        return Ok(Vec::new());
                    }
                    Fact::Granted(.., written) if of_itself => again.push(written.clone()),
                    Fact::Granted(..) => {
                        return refused(format!("`{}` gave the same right, or a part of it", application.change));
                    }
                    Fact::Hidden if grant.is_only_on(&made) => {}
                    Fact::Hidden => return refused(unknown()),
                }
            }
        }
        again.push(revoke);
        again.reverse();
        Ok(again)
    }
}

fn facts(script: &Script, dialect: Dialect) -> Vec<Fact> {
    let text = script.rendered();
    let fact = |(number, statement): (usize, &Statement)| {
        if let Some(grant) = Grant::of(statement, text, dialect) {
            let sent = script.statement_text(number).to_owned();
            return Some(Fact::Granted(grant, sent, script.written_text(number).to_owned()));
        }
        let has_body = statement.kind == Kind::Do || statement.kind.creates_routine();
        if has_body && names_a_grant(script.statement_text(number)) {
            return Some(Fact::Hidden);
        }
        // Several routines may have one name.
        let (kind, object) = made(statement, text, dialect).filter(|_| !statement.kind.creates_routine())?;
        Some(Fact::Made(kind, object.clone()))
    };
    script.statements().iter().enumerate().filter_map(fact).collect()
}

/// The object that a statement makes, if it cannot have been there before.
fn made<'a>(statement: &'a Statement, script: &str, dialect: Dialect) -> Option<(Kind, &'a ObjectName)> {
    let object = statement.object.as_ref().filter(|_| statement.kind.creates())?;
    let is_new = matches!(inverse(statement, script, dialect), Inverse::KeepTable(_) | Inverse::Statement(_));
    is_new.then_some((statement.kind, object))
}

fn names_a_grant(text: &str) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word.eq_ignore_ascii_case("grant"))
}
