//! A directory of changes: `V<version>__<name>.sql`, `U<version>__<name>.sql`, `R__<name>.sql`.

use std::collections::HashMap;
use std::panic::resume_unwind;

use super::change::{Change, ChangeId, ChangeKind, Checksum, Version};
use super::directives::{self, Directives};
use super::script::Script;
use super::script_text::{Rollback, ScriptText, UnreadRollback};
use super::{ParseOptions, repeatable};
use crate::sql::{self, Dialect};
use crate::text::{Diagnostic, Excerpt, FileId, FileSet, Span};

/// Reads all files of a directory of changes, in the order in which they are applied. `unread` are names of rollback
/// files that were not read yet.
pub(super) fn read(
    files: &FileSet,
    ids: &[FileId],
    unread: &[String],
    options: &ParseOptions<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Change> {
    let mut ids = ids.to_vec();
    ids.sort_by_key(|id| files.get(*id).path());
    let texts = parse_all(files, &ids, options);
    let mut reader =
        Reader { files, diagnostics, versioned: Vec::with_capacity(ids.len()), repeatable: HashMap::new() };
    let mut repeatables = Vec::new();
    let mut rollbacks: Vec<&str> = unread.iter().map(String::as_str).collect();
    let mut rollback_files = Vec::new();
    for (id, (role, parsed)) in ids.into_iter().zip(texts) {
        match role {
            Role::Versioned { version, .. } => {
                reader.diagnostics.extend(parsed.diagnostics);
                reader.versioned.push(Versioned { version, file: id, change: parsed.change });
            }
            Role::Repeatable { name } => repeatables.extend(reader.repeatable(id, name, parsed)),
            Role::Undo { .. } => {
                rollbacks.push(files.get(id).path());
                rollback_files.push(id);
            }
            Role::Misnamed { cure } => reader.misnamed(id, cure),
            Role::Other => {}
        }
    }
    reader.sort_versioned();
    reader.attach_rollbacks(rollbacks);
    let versioned = reader.versioned.into_iter();
    let mut changes: Vec<Change> = versioned.filter_map(|one| one.change).collect();
    changes.extend(repeatable::in_order(repeatables, options.dialect, diagnostics));
    diagnostics.extend(read_rollbacks(&mut changes, files, &rollback_files, options.dialect));
    changes
}

/// Whether a file's name is that of a rollback, which need not be read with the changes.
pub fn is_rollback_file(path: &str) -> bool {
    // Most files are of changes, and there may be thousands.
    file_name(path).starts_with('U') && matches!(role(path), Role::Undo { .. })
}

/// Gives changes the texts of their rollback files.
pub(super) fn read_rollbacks(
    changes: &mut [Change],
    files: &FileSet,
    read: &[FileId],
    dialect: Dialect,
) -> Vec<Diagnostic> {
    let by_path: HashMap<&str, FileId> = read.iter().map(|id| (files.get(*id).path(), *id)).collect();
    let mut diagnostics = Vec::new();
    for change in changes {
        let Some(Rollback::Unread(UnreadRollback { path })) = &change.rollback else { continue };
        let Some(id) = by_path.get(path.as_str()) else { continue };
        let raw = Excerpt::contiguous(*id, 0, files.get(*id).shared_text());
        diagnostics.extend(directive_in_rollback(&raw, dialect));
        change.rollback = Some(Rollback::Read(ScriptText::new(raw, change.directives.placeholders)));
    }
    diagnostics
}

fn directive_in_rollback(raw: &Excerpt, dialect: Dialect) -> Option<Diagnostic> {
    if !directives::may_stand_in(raw.text()) {
        return None;
    }
    let found = directives::read(raw, &sql::tokens(raw.text(), dialect));
    let place = found.first.or_else(|| found.rollback.map(|range| raw.span(range)))?;
    Some(
        Diagnostic::error("bad-directive", place, "a rollback file takes no directives")
            .hint("write the line into the file of the change"),
    )
}

/// What came of reading one file of a change, with what was said on the way.
#[derive(Default)]
struct Parsed {
    change: Option<Change>,
    /// Of a repeatable change: its statements decide the order.
    script: Option<Box<Script>>,
    diagnostics: Vec<Diagnostic>,
}

/// Reads all files, on all cores: one does not depend on another, and a warehouse has thousands.
fn parse_all<'a>(
    files: &'a FileSet,
    ids: &[FileId],
    options: &ParseOptions<'_>,
) -> impl Iterator<Item = (Role<'a>, Parsed)> + use<'a> {
    const WORTH_A_THREAD: usize = 256;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(ids.len().div_ceil(WORTH_A_THREAD)).max(1);
    // Every so-manieth file to each: files of one kind stand together, and some kinds are longer.
    let share = |first: usize| {
        let own = ids.iter().skip(first).step_by(threads);
        own.map(|id| parse_one(files, *id, options)).collect::<Vec<_>>().into_iter()
    };
    let mut shares = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|first| scope.spawn(move || share(first))).collect();
        let mut shares = vec![share(0)];
        // A file must not go missing because its thread did.
        let joined = others.into_iter().map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        shares.extend(joined);
        shares
    });
    (0..ids.len()).filter_map(move |at| shares[at % threads].next())
}

fn parse_one<'a>(files: &'a FileSet, id: FileId, options: &ParseOptions<'_>) -> (Role<'a>, Parsed) {
    let source = files.get(id);
    let role = role(source.path());
    let (name, kind) = match &role {
        Role::Versioned { version, name } => (*name, ChangeKind::Versioned { version: version.clone() }),
        Role::Repeatable { name } => (*name, ChangeKind::Repeatable),
        Role::Undo { .. } | Role::Misnamed { .. } | Role::Other => return (role, Parsed::default()),
    };
    let mut diagnostics = Vec::new();
    let raw = Excerpt::contiguous(id, 0, source.shared_text());
    let Some(text) = parse_change_text(raw, options.dialect, &mut diagnostics) else {
        return (role, Parsed { diagnostics, ..Parsed::default() });
    };
    let mut script = None;
    if kind == ChangeKind::Repeatable {
        match text.forward.parse(options.dialect, options.variables) {
            Ok(parsed) => script = Some(Box::new(parsed)),
            Err(errors) => diagnostics.extend(errors),
        }
    }
    let change = Change {
        id: ChangeId::new(name),
        kind,
        title: file_name(source.path()).to_owned(),
        path: source.path().to_owned(),
        checksum: Checksum::of(text.forward.text(), options.dialect),
        forward: text.forward,
        rollback: text.rollback.map(Rollback::Read),
        directives: text.directives,
        declared_at: file_start(id),
        depends_on: Vec::new(),
    };
    (role, Parsed { change: Some(change), script, diagnostics })
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

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn role(path: &str) -> Role<'_> {
    let Some((stem, extension)) = file_name(path).rsplit_once('.') else { return Role::Other };
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
    diagnostics: &'a mut Vec<Diagnostic>,
    /// In the order of their files; then sorted.
    versioned: Vec<Versioned>,
    repeatable: HashMap<String, FileId>,
}

/// A file of a version.
struct Versioned {
    version: Version,
    file: FileId,
    /// Absent if it cannot be read, so that its rollback is not called an orphan.
    change: Option<Change>,
}

impl Reader<'_> {
    fn path(&self, id: FileId) -> &str {
        self.files.get(id).path()
    }

    /// Puts the changes in the order of their versions, and keeps the first of each.
    fn sort_versioned(&mut self) {
        self.versioned.sort_by(|one, other| one.version.cmp(&other.version));
        let (files, diagnostics) = (self.files, &mut *self.diagnostics);
        self.versioned.dedup_by(|later, first| {
            if later.version != first.version {
                return false;
            }
            let Some(known) = &first.change else {
                first.change = later.change.take();
                return true;
            };
            let message = format!("`{}` has the version of `{}`", files.get(later.file).path(), known.path);
            diagnostics.push(
                Diagnostic::error("duplicate-version", file_start(later.file), message)
                    .related(known.declared_at, "the other file")
                    .hint("give one of them another version; zeros in front and at the end do not count"),
            );
            true
        });
    }

    fn repeatable(&mut self, id: FileId, stem: &str, parsed: Parsed) -> Option<(Change, Script)> {
        if let Some(first) = self.repeatable.insert(stem.to_owned(), id) {
            let message = format!("`{}` has the name of `{}`", self.path(id), self.path(first));
            self.diagnostics.push(
                Diagnostic::error("duplicate-name", file_start(id), message)
                    .related(file_start(first), "the other file")
                    .hint("rename one of them; the folder does not count"),
            );
            return None;
        }
        self.diagnostics.extend(parsed.diagnostics);
        Some((parsed.change?, *parsed.script?))
    }

    fn misnamed(&mut self, id: FileId, cure: String) {
        let message = format!("`{}` is not read: its name is not one of a change", self.path(id));
        self.diagnostics.push(Diagnostic::warning("misnamed-file", file_start(id), message).hint(cure));
    }

    /// Gives changes their rollback files, unread.
    fn attach_rollbacks(&mut self, mut paths: Vec<&str>) {
        paths.sort_unstable();
        let version = |path| match role(path) {
            Role::Undo { version } => Some((version, path)),
            _ => None,
        };
        let mut rollbacks: Vec<(Version, &str)> = paths.into_iter().filter_map(version).collect();
        rollbacks.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut versioned = self.versioned.iter_mut().peekable();
        for same in rollbacks.chunk_by(|(one, _), (other, _)| one == other) {
            let [(version, path), others @ ..] = same else { continue };
            while versioned.next_if(|one| one.version < *version).is_some() {}
            match versioned.next_if(|one| one.version == *version).map(|one| &mut one.change) {
                None => self.diagnostics.push(orphan(path, version)),
                Some(Some(change)) if change.rollback.is_some() => {
                    let message = format!("`{}` has a rollback of its own and `{path}`", change.path);
                    self.diagnostics.push(
                        Diagnostic::error("two-rollbacks", change.declared_at, message).hint("remove one of the two"),
                    );
                }
                Some(Some(change)) => {
                    change.rollback = Some(Rollback::Unread(UnreadRollback { path: (*path).to_owned() }));
                }
                Some(None) => {}
            }
            self.diagnostics.extend(others.iter().map(|(_, other)| {
                let message = format!("`{other}` has the version of `{path}`");
                Diagnostic::error("duplicate-version", None, message).hint("keep one rollback for a version")
            }));
        }
    }
}

fn orphan(path: &str, version: &Version) -> Diagnostic {
    Diagnostic::error("orphan-rollback", None, format!("`{path}` takes back a change that is not there"))
        .hint(format!("add `V{version}__<name>.sql`, or remove the file"))
}

fn file_start(file: FileId) -> Span {
    Span { file, start: 0, end: 0 }
}

/// The SQL of a change with what its directives say.
pub(super) struct ChangeText {
    pub(super) forward: ScriptText,
    pub(super) rollback: Option<ScriptText>,
    pub(super) directives: Directives,
}

/// Reads the SQL of a change, from a file or from an INI value.
pub(super) fn parse_change_text(
    raw: Excerpt,
    dialect: Dialect,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ChangeText> {
    if !directives::may_stand_in(raw.text()) {
        let directives = Directives::default();
        let forward = ScriptText::new(raw, directives.placeholders);
        return Some(ChangeText { forward, rollback: None, directives });
    }
    let found = directives::read(&raw, &sql::tokens(raw.text(), dialect));
    let readable = found.errors.is_empty();
    diagnostics.extend(found.errors);
    let text = |raw: Excerpt| ScriptText::new(raw, found.directives.placeholders);
    let (forward, rollback) = match found.rollback {
        Some(line) => {
            let back = raw.slice(line.end..raw.text().len());
            (text(raw.slice(0..line.start)), Some(text(back)))
        }
        None => (text(raw), None),
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
        check("Vx__a.sql", "change the version: a version is made of numbers");
        check("V99999999999999999999__a.sql", "change the version: a number in it is too large, the largest is 1844");
        check("é__a.sql", "name it");
        check("__a.sql", "name it");
    }
}
