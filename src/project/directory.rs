//! A directory of changes: `V<version>__<name>.sql`, `U<version>__<name>.sql`, `R__<name>.sql`.

use std::collections::{BTreeMap, HashMap};

use super::change::{Change, ChangeId, ChangeKind, Checksum, Version};
use super::directives::{self, Directives};
use super::script::Script;
use super::{ParseOptions, repeatable};
use crate::sql;
use crate::text::{Diagnostic, Excerpt, FileId, FileSet, Span};

/// Reads all files of a directory of changes, in the order in which they are applied.
pub(super) fn read(
    files: &FileSet,
    ids: &[FileId],
    options: &ParseOptions<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Change> {
    let mut ids = ids.to_vec();
    ids.sort_by_key(|id| files.get(*id).path());
    let texts = parse_all(files, &ids, options);
    let mut reader = Reader {
        files,
        options,
        diagnostics,
        versioned: BTreeMap::new(),
        undo: Vec::new(),
        repeatable: HashMap::new(),
    };
    let mut repeatables = Vec::new();
    for (id, text) in ids.into_iter().zip(texts) {
        match (role(files.get(id).path()), text) {
            (Role::Versioned { version, name }, Text::Change(parsed)) => reader.versioned(id, version, name, *parsed),
            (Role::Repeatable { name }, Text::Change(parsed)) => {
                repeatables.extend(reader.repeatable(id, name, *parsed))
            }
            (Role::Undo { version }, Text::Undo(parsed)) => reader.undo.push((id, version, parsed)),
            (Role::Misnamed { cure }, _) => reader.misnamed(id, cure),
            _ => {}
        }
    }
    reader.attach_rollbacks();
    let mut changes: Vec<Change> = reader.versioned.into_values().flatten().collect();
    changes.extend(repeatable::in_order(repeatables, options.dialect, diagnostics));
    changes
}

/// The text of one file, parsed.
enum Text {
    /// Of a versioned or repeatable change.
    Change(Box<Parsed>),
    /// Of a rollback.
    Undo(UndoText),
    /// Of a file that is no change.
    None,
}

/// A rollback, or what is wrong with it; `None` if how to parse it depends on its change.
type UndoText = Option<Result<Script, Vec<Diagnostic>>>;

/// What came of parsing, with what was said on the way.
struct Parsed {
    change: Option<ChangeText>,
    diagnostics: Vec<Diagnostic>,
}

/// Parses all files, on all cores: one does not depend on another, and a warehouse has thousands.
fn parse_all(files: &FileSet, ids: &[FileId], options: &ParseOptions<'_>) -> Vec<Text> {
    const WORTH_A_THREAD: usize = 64;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(ids.len().div_ceil(WORTH_A_THREAD)).max(1);
    // Every so-manieth file to each: files of one kind stand together, and some kinds are longer.
    let share = |first: usize| {
        let own = ids.iter().enumerate().skip(first).step_by(threads);
        own.map(|(at, id)| (at, parse_one(files, *id, options))).collect::<Vec<_>>()
    };
    let mut parsed = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|first| scope.spawn(move || share(first))).collect();
        let mut parsed = share(0);
        for thread in others {
            // A file must not go missing because its thread did.
            parsed.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        parsed
    });
    parsed.sort_unstable_by_key(|(at, _)| *at);
    parsed.into_iter().map(|(_, text)| text).collect()
}

fn parse_one(files: &FileSet, id: FileId, options: &ParseOptions<'_>) -> Text {
    let source = files.get(id);
    let raw = || Excerpt::contiguous(id, 0, source.text());
    match role(source.path()) {
        Role::Versioned { .. } | Role::Repeatable { .. } => {
            let mut diagnostics = Vec::new();
            let change = parse_change_text(raw(), options, &mut diagnostics);
            Text::Change(Box::new(Parsed { change, diagnostics }))
        }
        Role::Undo { .. } => {
            let plain = !directives::may_stand_in(source.text()) && !source.text().contains("${");
            Text::Undo(plain.then(|| Script::parse(raw(), options.dialect, None)))
        }
        Role::Misnamed { .. } | Role::Other => Text::None,
    }
}

/// What a file is by its name.
#[derive(Debug, PartialEq, Eq)]
enum Role<'a> {
    Versioned {
        version: Version,
        name: &'a str,
    },
    Undo {
        version: Version,
    },
    Repeatable {
        name: &'a str,
    },
    /// An SQL file whose name says nothing.
    Misnamed {
        cure: String,
    },
    /// A file of another kind, such as a README.
    Other,
}

fn role(path: &str) -> Role<'_> {
    let file_name = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, extension)) = file_name.rsplit_once('.') else { return Role::Other };
    if !extension.eq_ignore_ascii_case("sql") {
        return Role::Other;
    }
    let misnamed = |cure: &str| Role::Misnamed { cure: cure.to_owned() };
    let usage = "name it `V<version>__<name>.sql`, `U<version>__<name>.sql` or `R__<name>.sql`";
    let Some((head, name)) = stem.split_once("__") else { return misnamed(usage) };
    if name.is_empty() {
        return misnamed("write a name after `__`");
    }
    if head == "R" {
        return Role::Repeatable { name: stem };
    }
    let version = |digits: &str| digits.parse::<Version>();
    match (head.get(..1), head.get(1..).map(version)) {
        (Some("V"), Some(Ok(version))) => Role::Versioned { version, name: head },
        (Some("U"), Some(Ok(version))) => Role::Undo { version },
        (Some(letter @ ("v" | "u")), Some(Ok(_))) => {
            Role::Misnamed { cure: format!("begin the name with a capital `{}`", letter.to_uppercase()) }
        }
        (Some("V" | "U"), Some(Err(error))) => Role::Misnamed { cure: format!("change the version: {error}") },
        _ if head == "r" => misnamed("begin the name with a capital `R`"),
        _ => misnamed(usage),
    }
}

struct Reader<'a> {
    files: &'a FileSet,
    options: &'a ParseOptions<'a>,
    diagnostics: &'a mut Vec<Diagnostic>,
    /// Absent for a file that cannot be read, so that its rollback is not called an orphan.
    versioned: BTreeMap<Version, Option<Change>>,
    undo: Vec<(FileId, Version, UndoText)>,
    repeatable: HashMap<String, FileId>,
}

impl Reader<'_> {
    fn path(&self, id: FileId) -> &str {
        self.files.get(id).path()
    }

    fn versioned(&mut self, id: FileId, version: Version, head: &str, parsed: Parsed) {
        let kind = ChangeKind::Versioned { version: version.clone() };
        let change = self.change(id, head, kind, parsed);
        if let Some(Some(first)) = self.versioned.get(&version) {
            let message = format!("`{}` has the version of `{}`", self.path(id), first.path);
            self.diagnostics.push(
                Diagnostic::error("duplicate-version", file_start(id), message)
                    .related(first.declared_at, "the other file")
                    .hint("give one of them another version; zeros in front and at the end do not count"),
            );
            return;
        }
        self.versioned.insert(version, change);
    }

    fn repeatable(&mut self, id: FileId, stem: &str, parsed: Parsed) -> Option<Change> {
        if let Some(first) = self.repeatable.insert(stem.to_owned(), id) {
            let message = format!("`{}` has the name of `{}`", self.path(id), self.path(first));
            self.diagnostics.push(
                Diagnostic::error("duplicate-name", file_start(id), message)
                    .related(file_start(first), "the other file")
                    .hint("rename one of them; the folder does not count"),
            );
            return None;
        }
        self.change(id, stem, ChangeKind::Repeatable, parsed)
    }

    fn misnamed(&mut self, id: FileId, cure: String) {
        let message = format!("`{}` is not read: its name is not one of a change", self.path(id));
        self.diagnostics.push(Diagnostic::warning("misnamed-file", file_start(id), message).hint(cure));
    }

    fn change(&mut self, id: FileId, name: &str, kind: ChangeKind, parsed: Parsed) -> Option<Change> {
        let source = self.files.get(id);
        self.diagnostics.extend(parsed.diagnostics);
        let parsed = parsed.change?;
        Some(Change {
            id: ChangeId::new(name),
            kind,
            title: source.path().rsplit('/').next().unwrap_or_default().to_owned(),
            path: source.path().to_owned(),
            checksum: Checksum::of(parsed.forward.raw().text(), self.options.dialect),
            forward: parsed.forward,
            rollback: parsed.rollback,
            directives: parsed.directives,
            declared_at: file_start(id),
            depends_on: Vec::new(),
        })
    }

    fn attach_rollbacks(&mut self) {
        let mut first_undo: HashMap<Version, FileId> = HashMap::new();
        for (id, version, parsed) in std::mem::take(&mut self.undo) {
            if let Some(first) = first_undo.insert(version.clone(), id) {
                let message = format!("`{}` has the version of `{}`", self.path(id), self.path(first));
                self.diagnostics.push(
                    Diagnostic::error("duplicate-version", file_start(id), message)
                        .related(file_start(first), "the other file")
                        .hint("keep one rollback for a version"),
                );
                continue;
            }
            let script = match parsed {
                Some(parsed) => parsed.map_err(|errors| self.diagnostics.extend(errors)).ok(),
                None => self.undo_script(id, &version),
            };
            match self.versioned.get_mut(&version) {
                None => self.diagnostics.push(orphan(self.files.get(id).path(), &version, id)),
                Some(Some(change)) if change.rollback.is_some() => self.diagnostics.push(
                    Diagnostic::error(
                        "two-rollbacks",
                        file_start(id),
                        format!("`{}` has a rollback of its own and `{}`", change.path, self.files.get(id).path()),
                    )
                    .related(change.declared_at, "the file with the line `-- vesto: rollback`")
                    .hint("remove one of the two"),
                ),
                Some(Some(change)) => change.rollback = script,
                Some(None) => {}
            }
        }
    }

    fn undo_script(&mut self, id: FileId, version: &Version) -> Option<Script> {
        let raw = Excerpt::contiguous(id, 0, self.files.get(id).text());
        let change = self.versioned.get(version).and_then(Option::as_ref);
        let placeholders = change.is_none_or(|change| change.directives.placeholders);
        let variables = placeholders.then_some(self.options.variables);
        if directives::may_stand_in(raw.text()) {
            let found = directives::read(&raw, &sql::tokens(raw.text(), self.options.dialect));
            let place = found.first.or_else(|| found.rollback.map(|range| raw.span(range)));
            if let Some(span) = place {
                self.diagnostics.push(
                    Diagnostic::error("bad-directive", span, "a rollback file takes no directives")
                        .hint("write the line into the file of the change"),
                );
            }
        }
        Script::parse(raw, self.options.dialect, variables).map_err(|errors| self.diagnostics.extend(errors)).ok()
    }
}

fn orphan(path: &str, version: &Version, id: FileId) -> Diagnostic {
    Diagnostic::error("orphan-rollback", file_start(id), format!("`{path}` takes back a change that is not there"))
        .hint(format!("add `V{version}__<name>.sql`, or remove the file"))
}

fn file_start(file: FileId) -> Span {
    Span { file, start: 0, end: 0 }
}

/// The SQL of a change with what its directives say.
pub(super) struct ChangeText {
    pub(super) forward: Script,
    pub(super) rollback: Option<Script>,
    pub(super) directives: Directives,
}

/// Reads the SQL of a change, from a file or from an INI value.
pub(super) fn parse_change_text(
    raw: Excerpt,
    options: &ParseOptions<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ChangeText> {
    let dialect = options.dialect;
    if !directives::may_stand_in(raw.text()) {
        return match Script::parse(raw, dialect, Some(options.variables)) {
            Ok(forward) => Some(ChangeText { forward, rollback: None, directives: Directives::default() }),
            Err(errors) => {
                diagnostics.extend(errors);
                None
            }
        };
    }
    let found = directives::read(&raw, &sql::tokens(raw.text(), dialect));
    let readable = found.errors.is_empty();
    diagnostics.extend(found.errors);
    let variables = found.directives.placeholders.then_some(options.variables);
    let mut parse =
        |raw: Excerpt| Script::parse(raw, dialect, variables).map_err(|errors| diagnostics.extend(errors)).ok();
    let (forward, rollback) = match found.rollback {
        Some(line) => {
            let back = raw.slice(line.end..raw.text().len());
            (parse(raw.slice(0..line.start))?, Some(parse(back)?))
        }
        None => (parse(raw)?, None),
    };
    readable.then_some(ChangeText { forward, rollback, directives: found.directives })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_a_file_is() {
        let check = |path: &str, expected: &str| {
            let shown = match role(path) {
                Role::Versioned { version, name } => format!("V {version} {name}"),
                Role::Undo { version } => format!("U {version}"),
                Role::Repeatable { name } => format!("R {name}"),
                Role::Misnamed { cure } => cure,
                Role::Other => "other".to_owned(),
            };
            assert!(shown.starts_with(expected), "{path}: {shown}");
        };
        check("changes/V00001__a.sql", "V 00001 V00001");
        check("V1_2__a__b.SQL", "V 1_2 V1_2");
        check("x/U1.2__a.sql", "U 1.2");
        check("R__a.sql", "R R__a");
        check("README.md", "other");
        check("Makefile", "other");
        check("V1.sql", "name it `V<version>__<name>.sql`");
        check("V1__.sql", "write a name");
        check("v1__a.sql", "begin the name with a capital `V`");
        check("r__a.sql", "begin the name with a capital `R`");
        check("Vx__a.sql", "change the version");
        check("é__a.sql", "name it");
        check("__a.sql", "name it");
    }
}
