//! What the user wrote: changes, SQL tests and settings, read from text that is already in memory.
//!
//! Nothing here knows what was applied to a target; that is `history` and `plan`.

mod change;
mod directives;
mod directory;
mod duration;
mod from_ini;
pub mod ini;
mod repeatable;
mod script;
mod script_text;
pub mod settings;
mod suite;
pub mod traps;
mod variables;

use std::collections::{BTreeMap, HashMap};

pub use change::{BadChecksum, BadVersion, Change, ChangeId, ChangeKind, Checksum, Version};
pub use directives::{Directives, Transaction};
pub use directory::is_rollback_file;
pub use duration::parse_duration;
pub use script::Script;
pub use script_text::{Rollback, ScriptText, UnreadRollback};
pub use settings::{Settings, TargetSpec};
pub use suite::{Cell, Expectation, Suite, TestCase};
pub use variables::Variables;

use crate::sql::{self, Dialect};
use crate::text::{Diagnostic, FileId, FileSet, closest};

/// What the user wrote.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// All changes in the order in which they are applied.
    pub changes: Vec<Change>,
    /// All SQL tests.
    pub suites: Vec<Suite>,
    by_id: HashMap<ChangeId, usize>,
}

/// The files that a project is made of.
#[derive(Clone, Debug)]
pub struct ProjectFiles<'a> {
    /// Where the changes are.
    pub changes: ChangeFiles,
    /// Files of tests; others than `.sql` and `.ini` are not read.
    pub tests: Vec<FileId>,
    /// The folder of tests as it stands in the files' paths; names of suites begin below it.
    pub tests_root: &'a str,
}

/// Where the changes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeFiles {
    /// One INI file.
    Ini(FileId),
    /// All files of a directory and its folders, in any order.
    Directory {
        /// Files that were read.
        read: Vec<FileId>,
        /// Names of rollback files that were not read yet; see [`Project::read_rollbacks`].
        unread: Vec<String>,
    },
}

/// How a project is read.
#[derive(Clone, Copy, Debug)]
pub struct ParseOptions<'a> {
    /// The project's name.
    pub name: &'a str,
    /// Whose SQL it is.
    pub dialect: Dialect,
    /// What `${name}` stands for.
    pub variables: &'a Variables,
    /// Names of all targets, which `only-on` is checked against. Empty: it is not checked.
    pub targets: &'a [String],
}

impl Project {
    /// Reads all changes and tests. What could be read is returned along with what is wrong.
    pub fn parse(files: &FileSet, inputs: &ProjectFiles<'_>, options: &ParseOptions<'_>) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let changes = match &inputs.changes {
            ChangeFiles::Ini(file) => from_ini::read(files, *file, options, &mut diagnostics),
            ChangeFiles::Directory { read, unread } => directory::read(files, read, unread, options, &mut diagnostics),
        };
        let suites = suite::read(files, &inputs.tests, inputs.tests_root, options, &mut diagnostics);
        let by_id = changes.iter().enumerate().map(|(index, change)| (change.id.clone(), index)).collect();
        let mut project = Self { name: options.name.to_owned(), changes, suites, by_id };
        project.resolve_requirements(&mut diagnostics);
        project.find_empty(options.dialect, &mut diagnostics);
        project.check_targets(options, &mut diagnostics);
        (project, diagnostics)
    }

    /// The change with this name.
    pub fn change(&self, id: &ChangeId) -> Option<&Change> {
        self.by_id.get(id).and_then(|index| self.changes.get(*index))
    }

    /// The names of all changes in the order in which they are applied.
    pub fn ids(&self) -> impl Iterator<Item = &ChangeId> {
        self.changes.iter().map(|change| &change.id)
    }

    /// Takes in rollback files that were not read when the project was. Files that are none of it are left alone.
    ///
    /// # Errors
    ///
    /// What is wrong with them, at its place.
    pub fn read_rollbacks(&mut self, files: &FileSet, read: &[FileId], dialect: Dialect) -> Vec<Diagnostic> {
        directory::read_rollbacks(&mut self.changes, files, read, dialect)
    }

    fn find_empty(&self, dialect: Dialect, diagnostics: &mut Vec<Diagnostic>) {
        for change in self.changes.iter().filter(|change| sql::is_blank(change.forward.text(), dialect)) {
            let message = format!("`{}` runs nothing", change.id);
            diagnostics.push(
                Diagnostic::warning("empty-change", change.declared_at, message)
                    .hint("write a statement, or remove the change"),
            );
        }
    }

    /// Turns `requires` into dependencies. A version may be written in any of its forms.
    fn resolve_requirements(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        if self.changes.iter().all(|change| change.directives.requires.is_empty()) {
            return;
        }
        let versions: BTreeMap<Version, usize> =
            self.changes.iter().enumerate().filter_map(|(index, c)| Some((c.version()?.clone(), index))).collect();
        for index in 0..self.changes.len() {
            let required = self.changes[index].directives.requires.clone();
            for (number, (wanted, span)) in required.into_iter().enumerate() {
                let Some(found) = self.position(&wanted, &versions) else {
                    let message = format!("`{}` requires `{wanted}`, which is not there", self.changes[index].id);
                    let error = Diagnostic::error("unknown-change", span, message);
                    diagnostics.push(match closest(wanted.as_str(), self.ids().map(ChangeId::as_str)) {
                        Some(near) => error.hint(format!("did you mean `{near}`?")),
                        None => error.hint("write the id of a change, such as `V00001` or `SECTION.key`"),
                    });
                    continue;
                };
                let repeatables = [found, index].map(|at| self.changes[at].kind == ChangeKind::Repeatable);
                // Repeatables that need each other are reported as a cycle, with its path.
                if found >= index && repeatables != [true, true] || found == index {
                    diagnostics.push(
                        Diagnostic::error(
                            "late-requirement",
                            span,
                            format!("`{}` requires `{wanted}`, which does not stand before it", self.changes[index].id),
                        )
                        .related(self.changes[found].declared_at, format!("`{}` is here", self.changes[found].id))
                        .hint("give the required change an earlier place"),
                    );
                    continue;
                }
                let id = self.changes[found].id.clone();
                self.changes[index].directives.requires[number].0 = id.clone();
                if !self.changes[index].depends_on.contains(&id) {
                    self.changes[index].depends_on.push(id);
                }
            }
        }
    }

    fn position(&self, wanted: &ChangeId, versions: &BTreeMap<Version, usize>) -> Option<usize> {
        let by_version = || versions.get(&wanted.as_str().strip_prefix('V')?.parse::<Version>().ok()?);
        self.by_id.get(wanted).or_else(by_version).copied()
    }

    fn check_targets(&self, options: &ParseOptions<'_>, diagnostics: &mut Vec<Diagnostic>) {
        if options.targets.is_empty() {
            return;
        }
        let known = || options.targets.iter().map(String::as_str).chain(["redshift", "postgres"]);
        for (name, span) in self.changes.iter().flat_map(|change| &change.directives.only_on) {
            if !known().any(|target| target == name) {
                let error = Diagnostic::error("unknown-target", *span, format!("there is no target `{name}`"));
                diagnostics.push(settings::unknown(error, name, known()));
            }
        }
    }
}
