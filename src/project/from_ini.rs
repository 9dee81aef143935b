//! Changes in an INI file: section = group, key = query, applied in the order of the file.

use std::collections::HashMap;

use super::change::{Change, ChangeId, ChangeKind, Checksum};
use super::directory::parse_change_text;
use super::ini::{self, Entry, Section, Style};
use super::script_text::Rollback;
use super::{ParseOptions, traps};
use crate::text::{Diagnostic, FileId, FileSet, Span};

/// Reads a file of changes.
pub(super) fn read(
    files: &FileSet,
    file: FileId,
    options: &ParseOptions<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Change> {
    let source = files.get(file);
    let ini = match ini::read(file, source.text(), Style::default()) {
        Ok(ini) => ini,
        Err(error) => {
            diagnostics.push(*error);
            return Vec::new();
        }
    };
    diagnostics.extend(traps::find(file, source.text(), &ini));
    let mut changes = Vec::new();
    let mut ids: HashMap<ChangeId, Span> = HashMap::new();
    for section in &ini.sections {
        for entry in ini.items_with_defaults(section) {
            let Some(change) = change(source.path(), section, entry, options, diagnostics) else { continue };
            match ids.insert(change.id.clone(), entry.key_span) {
                None => changes.push(change),
                Some(first) => diagnostics.push(duplicate(&change, first)),
            }
        }
    }
    changes
}

fn change(
    path: &str,
    section: &Section,
    entry: &Entry,
    options: &ParseOptions<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Change> {
    let parsed = parse_change_text(entry.value.clone(), options.dialect, diagnostics)?;
    match parsed.forward.parse(options.dialect, options.variables) {
        Ok(script) => diagnostics.extend(traps::several_statements(entry, script.statements().len())),
        Err(errors) => diagnostics.extend(errors),
    }
    if parsed.rollback.is_some() {
        diagnostics.push(traps::rollback_in_value(entry));
    }
    let id = format!("{}.{}", section.name, entry.key);
    Some(Change {
        title: id.clone(),
        id: ChangeId::new(id),
        kind: ChangeKind::Ini { section: section.name.clone(), key: entry.key.clone() },
        path: path.to_owned(),
        checksum: Checksum::of(parsed.forward.text(), options.dialect),
        forward: parsed.forward,
        rollback: parsed.rollback.map(Rollback::Read),
        directives: parsed.directives,
        declared_at: entry.key_span,
        depends_on: Vec::new(),
    })
}

/// Dots in names can make two keys look the same: section `a.b` with `c`, and section `a` with `b.c`.
fn duplicate(change: &Change, first: Span) -> Diagnostic {
    Diagnostic::error("duplicate-name", change.declared_at, format!("two queries have the name `{}`", change.id))
        .related(first, "the other query")
        .hint("rename one of the keys")
}
