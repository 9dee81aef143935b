//! Plans back: which changes to undo, in which order, and by which statements.
//!
//! The methods in order: the rollback that the author wrote; the inverse of each statement, where it loses nothing; for
//! tables and columns that hold data, a rename that keeps it; else a refusal that says why.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use crate::history::{Direction, Doubt, History, StoredText};
use crate::project::{Change, ChangeId, Directives, Project, Script, ScriptText, Transaction, Variables};
use crate::sql::{
    Dialect, Grant, Inverse, Kind, ObjectName, Statement, drop_of, inverse, or_replace, quote_identifier,
    quote_literal, quote_name, same_routine, session_settings,
};
use crate::text::{Diagnostic, Excerpt, FileSet};

use super::committing::CommittingProcedures;
use super::doubt::question;
use super::forward::{TargetFacts, continue_after, prefix_checksum};
use super::granted::{Granted, Taken};
use super::selection::find;
use super::{Blocker, Plan, PlanError, PlannedChange, Reason, UnknownChange, cut};

/// Which applied changes to undo. Always the latest first.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RollbackSelection {
    /// The last so many.
    Last(usize),
    /// All that were applied after this change; it stays.
    To(String),
    /// This change, or all of this section, and all that were applied after it.
    From(String),
    /// All that this run applied.
    Run(String),
}

/// What the plan needs to know of the data, so that it drops only what is empty.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Tables and columns that were seen to hold nothing. All else is taken to hold data.
    pub empty: HashSet<Question>,
}

/// Something to ask the target before a rollback is planned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// Has this table no rows?
    IsEmpty(ObjectName),
    /// Has this column no value but NULL?
    IsNull(ObjectName, String),
    /// Does this schema hold no table that an earlier rollback put aside?
    HoldsNoBackup(ObjectName),
    /// Would nothing but its text go with this view: no rights, remarks or triggers, and nothing that reads it?
    IsBare(ObjectName),
}

impl Question {
    /// A query that returns no row if the answer is yes.
    pub fn sql(&self, dialect: Dialect) -> String {
        match self {
            Self::IsEmpty(table) => format!("select 1 from {} limit 1", quote_name(table)),
            Self::IsNull(table, column) => {
                let column = quote_identifier(column);
                format!("select 1 from {} where {column} is not null limit 1", quote_name(table))
            }
            Self::HoldsNoBackup(schema) => format!(
                "select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace \
                 where n.nspname = {} and position('{BACKUP}' in c.relname) > 0 limit 1",
                quote_literal(schema.base(), dialect)
            ),
            Self::IsBare(view) => {
                let schema = view.schema().map_or_else(
                    || "pg_table_is_visible(c.oid)".to_owned(),
                    |schema| format!("n.nspname = {}", quote_literal(schema, dialect)),
                );
                let name = quote_literal(view.base(), dialect);
                format!("{CARRIES} and c.relname = {name} and {schema} limit 1")
            }
        }
    }
}

/// Relations that carry something that is not in the text that made them.
const CARRIES: &str = "select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace \
    where (c.relacl is not null \
    or exists (select 1 from pg_user u where u.usesysid = c.relowner and u.usename <> current_user) \
    or exists (select 1 from pg_attribute a where a.attrelid = c.oid and (a.attacl is not null or a.atthasdef)) \
    or exists (select 1 from pg_description d where d.objoid = c.oid and d.classoid = 'pg_class'::regclass) \
    or exists (select 1 from pg_trigger t where t.tgrelid = c.oid) \
    or exists (select 1 from pg_depend d join pg_rewrite r on r.oid = d.objid \
    where d.refobjid = c.oid and r.ev_class <> c.oid))";

/// What a rollback is planned from.
#[derive(Clone, Copy)]
pub struct RollbackInputs<'a> {
    /// The project as it is now.
    pub project: &'a Project,
    /// What is applied.
    pub history: &'a History,
    /// Values of the variables in texts that the ledger keeps.
    pub variables: &'a Variables,
    /// The texts that the applied changes were applied with, by the sequence of their entries.
    pub texts: &'a HashMap<u64, StoredText>,
    /// Where.
    pub target: TargetFacts<'a>,
    /// What the target answered to [`questions`].
    pub facts: &'a Facts,
    /// Appended to the names of tables and columns that are put aside, such as `20261121053000123`.
    pub suffix: &'a str,
}

/// The changes to undo, in the order of undoing.
pub fn to_roll_back(
    project: &Project,
    history: &History,
    selection: &RollbackSelection,
) -> Result<Vec<ChangeId>, PlanError> {
    let applied = history.applied_in_order();
    let first = match selection {
        RollbackSelection::Last(count) => applied.len().saturating_sub(*count),
        RollbackSelection::To(name) => {
            let last = position(project, applied, name)?.1;
            last.map_or(applied.len(), |at| at + 1)
        }
        RollbackSelection::From(name) => position(project, applied, name)?.0.unwrap_or(applied.len()),
        RollbackSelection::Run(run) => {
            let of_run = |id: &&ChangeId| history.applied(id).is_some_and(|applied| applied.run.starts_with(run));
            let chosen: Vec<ChangeId> = applied.iter().filter(of_run).rev().cloned().collect();
            return if chosen.is_empty() { Err(PlanError::UnknownRun(run.clone())) } else { Ok(chosen) };
        }
    };
    Ok(applied[first..].iter().rev().cloned().collect())
}

/// Where in the order of application a name's changes lie: the first and the last of them.
fn position(
    project: &Project,
    applied: &[ChangeId],
    name: &str,
) -> Result<(Option<usize>, Option<usize>), UnknownChange> {
    let at = |id: &ChangeId| applied.iter().position(|known| known == id);
    match find(project, name) {
        Ok(range) => {
            let positions: Vec<usize> = project.changes[range].iter().filter_map(|change| at(&change.id)).collect();
            Ok((positions.iter().min().copied(), positions.iter().max().copied()))
        }
        // The file may be gone while the change is still applied.
        Err(unknown) => match at(&ChangeId::new(name)) {
            Some(at) => Ok((Some(at), Some(at))),
            None => Err(unknown),
        },
    }
}

/// What to ask the target before these changes can be planned back.
pub fn questions(inputs: &RollbackInputs<'_>, changes: &[ChangeId], files: &mut FileSet) -> Vec<Question> {
    let mut questions = Vec::new();
    for id in changes {
        if inputs.project.change(id).is_some_and(|change| change.rollback.is_some()) {
            continue;
        }
        let Ok(script) = forward_script(inputs, id, files) else { continue };
        for statement in script.statements() {
            match inverse(statement, script.rendered(), inputs.target.dialect) {
                Inverse::KeepTable(table) => questions.push(Question::IsEmpty(table)),
                Inverse::KeepColumn { table, column } => questions.push(Question::IsNull(table, column)),
                Inverse::Statement(_) => questions.extend(made_schema(statement).map(Question::HoldsNoBackup)),
                Inverse::PriorText(view, Kind::CreateView) => questions.push(Question::IsBare(view)),
                _ => {}
            }
        }
    }
    questions
}

/// What would run to undo these changes, in the order given. Texts that are not in the project are added to `files`, so
/// that messages can show them.
pub fn plan_rollback(
    inputs: &RollbackInputs<'_>,
    changes: &[ChangeId],
    files: &mut FileSet,
) -> Result<Plan, PlanError> {
    let mut plan = Plan {
        direction: Direction::Rollback,
        changes: Vec::new(),
        drift: Vec::new(),
        blockers: Vec::new(),
        unchanged: inputs.history.applied_in_order().len() - changes.len(),
    };
    for (id, progress) in inputs.history.unfinished() {
        if progress.direction == Direction::Forward {
            plan.blockers.push(match &progress.doubt {
                Some(doubt) => in_doubt(inputs, id, doubt),
                None => Blocker::HalfApplied(id.clone()),
            });
        }
    }
    let mut refused = Vec::new();
    let committing = CommittingProcedures::of(inputs.project, inputs.variables, inputs.target.dialect);
    let mut undone = Undone::default();
    for id in changes {
        let method = match written(inputs, id)? {
            Some(written) => Ok(written),
            None => method(inputs, id, &mut undone, files),
        };
        undone.changes.insert(id.clone());
        match method {
            Err(reason) => refused.push((id.clone(), reason)),
            Ok(method) => plan.changes.push(planned(inputs, id, method, &committing, &mut plan.blockers)?),
        }
    }
    if refused.is_empty() { Ok(plan) } else { Err(PlanError::Irreversible(refused)) }
}

/// Half of a change stands on top of what is to be undone: that must be settled first.
fn in_doubt(inputs: &RollbackInputs<'_>, id: &ChangeId, doubt: &Doubt) -> Blocker {
    let script = inputs.project.change(id).and_then(|change| parsed(inputs, &change.forward).ok());
    let question = question(script.as_ref(), doubt, inputs.target.dialect);
    Blocker::InDoubt { change: id.clone(), statement: doubt.statement, intent: doubt.sequence, question }
}

fn planned(
    inputs: &RollbackInputs<'_>,
    id: &ChangeId,
    (script, directives, mut reason): Method,
    committing: &CommittingProcedures<'_>,
    blockers: &mut Vec<Blocker>,
) -> Result<PlannedChange, PlanError> {
    let mut steps = cut(&committing.set_apart(&script), &directives).map_err(|error| PlanError::Cut {
        change: id.clone(),
        error,
        script: Box::new(script.clone()),
    })?;
    let progress = inputs.history.progress(id).filter(|progress| progress.direction == Direction::Rollback);
    if let Some(progress) = progress {
        if let Some(doubt) = &progress.doubt {
            let question = question(Some(&script), doubt, inputs.target.dialect);
            let (statement, intent) = (doubt.statement, doubt.sequence);
            blockers.push(Blocker::InDoubt { change: id.clone(), statement, intent, question });
        } else if progress.done > 0 {
            if progress.prefix_checksum != prefix_checksum(&script, progress.done, inputs.target.dialect) {
                blockers.push(Blocker::PrefixEdited(id.clone()));
            }
            continue_after(progress.done, &mut steps);
            reason = Reason::Continued { statement: progress.done };
        }
    }
    let change = inputs.project.change(id);
    Ok(PlannedChange {
        id: id.clone(),
        title: change.map_or_else(|| id.to_string(), |change| change.title.clone()),
        reason,
        script,
        timeout: directives.timeout,
        steps,
        checksum: inputs.history.applied(id).map(|applied| applied.checksum.clone()).unwrap_or_default(),
        text: StoredText::default(),
    })
}

type Method = (Script, Directives, Reason);

/// What one change's rollback has to know of those before it.
#[derive(Default)]
struct Undone {
    /// They are rolled back by then.
    changes: HashSet<ChangeId>,
    /// Schemas in which a table is put aside: they cannot be dropped.
    kept: KeptSchemas,
    /// What was granted to whom, read when the first grant is to be taken back.
    granted: OnceCell<Granted>,
}

type KeptSchemas = HashSet<String>;

fn parsed(inputs: &RollbackInputs<'_>, text: &ScriptText) -> Result<Script, Vec<Diagnostic>> {
    text.parse(inputs.target.dialect, inputs.variables)
}

fn is_marked(inputs: &RollbackInputs<'_>, id: &ChangeId) -> bool {
    inputs.history.applied(id).is_some_and(|applied| applied.marked)
}

/// The rollback that the author wrote and that stands in the project.
fn written(inputs: &RollbackInputs<'_>, id: &ChangeId) -> Result<Option<Method>, PlanError> {
    match inputs.project.change(id) {
        Some(Change { rollback: Some(rollback), directives, .. }) if !is_marked(inputs, id) => {
            let script = parsed(inputs, rollback.read()?).map_err(PlanError::Unreadable)?;
            Ok(Some((script, directives.clone(), Reason::WrittenRollback)))
        }
        _ => Ok(None),
    }
}

/// How to undo a change without a rollback in the project, or why it cannot be undone.
fn method(
    inputs: &RollbackInputs<'_>,
    id: &ChangeId,
    undone: &mut Undone,
    files: &mut FileSet,
) -> Result<Method, String> {
    if is_marked(inputs, id) {
        return Err(format!("nothing ran, it was only marked as applied; use `vesto mark-pending {id}`"));
    }
    if directives(inputs, id).irreversible {
        return Err("it is declared irreversible".into());
    }
    if let Some(written) = stored_text(inputs, id).and_then(|stored| stored.rollback.as_ref()) {
        let script = parse(inputs, &format!("rollback of {id} in the ledger"), written, files)?;
        return Ok((script, directives(inputs, id), Reason::WrittenRollback));
    }
    derived(inputs, id, undone, files)
}

fn stored_text<'a>(inputs: &RollbackInputs<'a>, id: &ChangeId) -> Option<&'a StoredText> {
    inputs.texts.get(&inputs.history.applied(id)?.sequence)
}

fn directives(inputs: &RollbackInputs<'_>, id: &ChangeId) -> Directives {
    inputs.project.change(id).map(|change| change.directives.clone()).unwrap_or_default()
}

/// A script from a text that stands in no file of the project.
fn parse(inputs: &RollbackInputs<'_>, name: &str, text: &str, files: &mut FileSet) -> Result<Script, String> {
    let file = files.add(name, text);
    let excerpt = Excerpt::contiguous(file, 0, text);
    Script::parse(excerpt, inputs.target.dialect, Some(inputs.variables)).map_err(|errors| unusable(name, errors))
}

fn unusable(name: &str, errors: Vec<Diagnostic>) -> String {
    let messages: Vec<String> = errors.into_iter().map(|Diagnostic { message, .. }| message).collect();
    format!("the text `{name}` cannot be used: {}", messages.join("; "))
}

/// The forward statements that ran: as the ledger kept them, else as the project has them.
fn forward_script(inputs: &RollbackInputs<'_>, id: &ChangeId, files: &mut FileSet) -> Result<Script, String> {
    match (stored_text(inputs, id), inputs.project.change(id)) {
        (Some(stored), _) if !stored.forward.trim().is_empty() => {
            parse(inputs, &format!("{id} in the ledger"), &stored.forward, files)
        }
        (_, Some(change)) => parsed(inputs, &change.forward).map_err(|errors| unusable(&change.path, errors)),
        _ => Err("neither the project nor the ledger has its text".into()),
    }
}

fn derived(
    inputs: &RollbackInputs<'_>,
    id: &ChangeId,
    undone: &mut Undone,
    files: &mut FileSet,
) -> Result<Method, String> {
    let script = forward_script(inputs, id, files)?;
    let (text, dialect) = (script.rendered(), inputs.target.dialect);
    let mut settings = script.statements().iter().flat_map(|statement| session_settings(statement, text, dialect));
    if let Some(setting) = settings.find(|setting| setting.what.decides_names()) {
        let what = setting.what.describe();
        return Err(format!("it sets {what}, so its names alone do not say which objects it made"));
    }
    let mut undo = Vec::new();
    let mut remarks = Vec::new();
    for (number, statement) in script.statements().iter().enumerate().rev() {
        match inverse(statement, text, dialect) {
            Inverse::Statement(sql) => match made_schema(statement) {
                Some(schema) => undo.push(put_schema_aside(inputs, &schema, sql, &undone.kept, &mut remarks)),
                None => {
                    let granted = || undone.granted.get_or_init(|| granted(inputs));
                    undo.extend(match Grant::of(statement, text, dialect) {
                        Some(grant) => granted().undo(
                            &Taken { change: id, script: &script, number, grant },
                            sql,
                            &undone.changes,
                        )?,
                        None => vec![sql],
                    });
                }
            },
            Inverse::Nothing(_) => {}
            Inverse::KeepTable(table) => undo.extend(put_table_aside(inputs, &table, &mut undone.kept, &mut remarks)),
            Inverse::KeepColumn { table, column } => {
                undo.extend(put_column_aside(inputs, &table, &column, &mut remarks));
            }
            Inverse::PriorText(name, kind) => match prior_text(inputs, id, (&script, number), files)? {
                Some((origin, sql)) => {
                    let whose = if origin == *id { "its earlier text".into() } else { format!("its text of {origin}") };
                    remarks.push(format!("{name} goes back to {whose}"));
                    // A view cannot be replaced by one with fewer columns, and a dropped one loses what it carries.
                    let bare = kind == Kind::CreateView && inputs.facts.empty.contains(&Question::IsBare(name.clone()));
                    undo.extend(drop_of(statement, text, dialect).filter(|_| bare));
                    undo.push(or_replace(&sql, dialect));
                }
                None => undo.push(
                    drop_of(statement, text, dialect).ok_or_else(|| format!("it is not known how to drop {name}"))?,
                ),
            },
            Inverse::Impossible(_) if goes_with_its_table(&script, number, dialect) => {}
            Inverse::Impossible(reason) => return Err(reason),
        }
    }
    let directives = Directives { transaction: transaction(&script, dialect), ..Directives::default() };
    let script = parse(inputs, &format!("derived rollback of {id}"), &undo.join(";\n"), files)?;
    Ok((script, directives, Reason::DerivedRollback { remarks }))
}

/// An external table goes with DROP TABLE, which does not tell that it cannot stand in a transaction then
/// (<https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_MULTI_STATEMENT_VIOLATIONS.html>).
fn transaction(forward: &Script, dialect: Dialect) -> Transaction {
    let is_external =
        |statement: &Statement| matches!(statement.kind, Kind::CreateExternalTable | Kind::CreateExternalTableAs);
    match dialect == Dialect::Redshift && forward.statements().iter().any(is_external) {
        true => Transaction::None,
        false => Transaction::Auto,
    }
}

/// Whether a statement only changes rows of a table that the same script made: they go, or are kept, with the table.
fn goes_with_its_table(script: &Script, number: usize, dialect: Dialect) -> bool {
    let (earlier, later) = script.statements().split_at(number);
    let Some(Statement { kind, object: Some(table), .. }) = later.first() else { return false };
    let rows_only = [Kind::Insert, Kind::Copy, Kind::Merge, Kind::Update, Kind::Delete, Kind::Truncate].contains(kind);
    let made = |statement: &Statement| {
        statement.object.as_ref() == Some(table)
            && matches!(inverse(statement, script.rendered(), dialect), Inverse::KeepTable(_))
    };
    rows_only && earlier.iter().any(made)
}

/// The schema that a statement makes.
fn made_schema(statement: &Statement) -> Option<ObjectName> {
    statement.object.clone().filter(|_| statement.kind == Kind::CreateSchema)
}

fn put_schema_aside(
    inputs: &RollbackInputs<'_>,
    schema: &ObjectName,
    drop: String,
    kept: &KeptSchemas,
    remarks: &mut Vec<String>,
) -> String {
    let empty = inputs.facts.empty.contains(&Question::HoldsNoBackup(schema.clone()));
    if empty && !kept.contains(schema.base()) {
        return drop;
    }
    let backup = backup_name(schema.base(), inputs);
    remarks.push(format!("schema {schema} is kept with the tables that were put aside in it as {backup}"));
    format!("alter schema {} rename to {}", quote_name(schema), quote_identifier(&backup))
}

fn put_table_aside(
    inputs: &RollbackInputs<'_>,
    table: &ObjectName,
    schemas: &mut KeptSchemas,
    remarks: &mut Vec<String>,
) -> Vec<String> {
    let name = quote_name(table);
    if inputs.facts.empty.contains(&Question::IsEmpty(table.clone())) {
        return guarded(&name, "", format!("drop table {name}"));
    }
    schemas.extend(table.schema().map(str::to_owned));
    let kept = backup_name(table.base(), inputs);
    remarks.push(format!("table {table} is kept with its rows as {kept}"));
    vec![format!("alter table {name} rename to {}", quote_identifier(&kept))]
}

/// A drop that fails if rows came in since the table was seen to hold none: nobody can write between check and drop.
fn guarded(table: &str, condition: &str, drop: String) -> Vec<String> {
    // The cast of a text that is no number is what fails, in SQL of both systems, and says why. It is not folded before
    // it runs, because it holds a count.
    let check = format!(
        "select cast('rows came in since the rollback was planned, run it again: ' || count(*) as integer) \
         from (select 1 as n from {table} {condition} limit 1) as found having count(*) > 0"
    );
    vec![format!("lock table {table}"), check, drop]
}

fn put_column_aside(
    inputs: &RollbackInputs<'_>,
    table: &ObjectName,
    column: &str,
    remarks: &mut Vec<String>,
) -> Vec<String> {
    let (name, quoted) = (quote_name(table), quote_identifier(column));
    if inputs.facts.empty.contains(&Question::IsNull(table.clone(), column.to_owned())) {
        let drop = format!("alter table {name} drop column {quoted}");
        return guarded(&name, &format!("where {quoted} is not null"), drop);
    }
    let kept = backup_name(column, inputs);
    remarks.push(format!("column {column} of {table} is kept with its values as {kept}"));
    vec![format!("alter table {name} rename column {quoted} to {}", quote_identifier(&kept))]
}

/// Stands between the name of a thing that was put aside and when that was.
const BACKUP: &str = "_bckup_";

/// `<name>_bckup_<suffix>`, as devops-redshift named them, cut so that the server does not cut it.
///
/// PostgreSQL keeps 63 bytes of a name, and Redshift 127
/// (<https://docs.aws.amazon.com/redshift/latest/dg/r_names.html>); 63 fits both and the double.
fn backup_name(name: &str, inputs: &RollbackInputs<'_>) -> String {
    let ending = format!("{BACKUP}{}", inputs.suffix);
    let room = 63_usize.saturating_sub(ending.len());
    format!("{}{ending}", &name[..name.floor_char_boundary(room)])
}

/// Whether this is the name of a thing that a rollback put aside.
pub fn is_backup_name(name: &str) -> bool {
    let time = name.rsplit_once(BACKUP).map(|(_, time)| time);
    time.is_some_and(|time| time.len() == "20261121053000123".len() && time.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What all applied texts granted.
fn granted(inputs: &RollbackInputs<'_>) -> Granted {
    // No message shows these texts.
    let mut files = FileSet::default();
    Granted::read(inputs.history, inputs.target.dialect, |id, applied| {
        let stored = inputs.texts.get(&applied.sequence).map(|stored| stored.forward.as_str());
        let now = inputs.project.change(id).filter(|change| change.checksum == *applied.checksum);
        match (stored.filter(|text| !text.trim().is_empty()), now) {
            (Some(text), _) => parse(inputs, id.as_str(), text, &mut files).ok(),
            (None, now) => parsed(inputs, &now?.forward).ok(),
        }
    })
}

/// The text that the object of a statement had before: the latest statement before this one that created it.
fn prior_text(
    inputs: &RollbackInputs<'_>,
    id: &ChangeId,
    (script, number): (&Script, usize),
    files: &mut FileSet,
) -> Result<Option<(ChangeId, String)>, String> {
    let Some(wanted) = script.statements().get(number) else { return Ok(None) };
    let wanted = (wanted, script.statement_text(number));
    let last_text = |script: &Script, count| last_text(script, count, wanted, inputs.target.dialect);
    let before = inputs.history.applied_before(id).and_then(|applied| inputs.texts.get(&applied.sequence));
    if let Some(before) = before
        && let Ok(script) = parse(inputs, &format!("{id} as it was before"), &before.forward, files)
        && let Some(sql) = last_text(&script, script.statements().len())?
    {
        return Ok(Some((id.clone(), sql)));
    }
    let applied = inputs.history.applied_in_order();
    let Some(at) = applied.iter().position(|known| known == id) else { return Ok(None) };
    for candidate in applied[..=at].iter().rev() {
        let Ok(script) = forward_script(inputs, candidate, files) else { continue };
        let count = if candidate == id { number } else { script.statements().len() };
        if let Some(sql) = last_text(&script, count)? {
            return Ok(Some((candidate.clone(), sql)));
        }
    }
    Ok(None)
}

/// The last of the first `count` statements that created what the wanted one replaced.
fn last_text(
    script: &Script,
    count: usize,
    (wanted, text): (&Statement, &str),
    dialect: Dialect,
) -> Result<Option<String>, String> {
    for (number, statement) in script.statements().iter().enumerate().take(count).rev() {
        if statement.kind != wanted.kind || statement.object != wanted.object {
            continue;
        }
        let same = !statement.kind.creates_routine() || {
            let same = same_routine(script.statement_text(number), text, dialect);
            same.ok_or("its text does not say for certain which routine of this name it replaced")?
        };
        if same {
            // As written: it is read again, and its variables are replaced then.
            return Ok(Some(script.written_text(number).to_owned()));
        }
    }
    Ok(None)
}
