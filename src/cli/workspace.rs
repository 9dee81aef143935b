//! The project that a command works on: found, read, parsed, with its variables and its target.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::adapters::cloud::cloud;
use crate::adapters::file_tree::{FileTree, FoundFile, read_all, read_tree};
use crate::adapters::files;
use crate::adapters::s3_store::S3Place;
use crate::plan::{Plan, PlanDocument, TargetFacts};
use crate::ports::Cloud;
use crate::project::settings::{
    Account, HookSettings, StoreSettings, TargetKind, TargetSettings, Value, read_dw_config,
};
use crate::project::{
    Change, ChangeFiles, ParseOptions, Project, ProjectFiles, Rollback, Settings, TargetSpec, UnreadRollback,
    Variables, is_rollback_file,
};
use crate::target::PasswordAgain;
use crate::text::{Diagnostic, FileId, FileSet, Secret, Severity, render_all};

use super::arguments::CommonArguments;
use super::console;
use super::environment::Environment;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::references::References;
use super::settings_source::{self, SETTINGS_FILE};

/// So many rollback files, or fewer, are read with the changes, while the target still answers: whoever applies the changes
/// needs them.
const FEW: usize = 256;

/// Where a project stands and where it is to run: all that a command knows before it reads the changes.
pub(super) struct Site {
    /// The project's folder.
    pub(super) root: PathBuf,
    /// Where to run.
    pub(super) target: Target,
    /// Values for placeholders in SQL.
    pub(super) variables: Variables,
    /// Folders that stand for buckets.
    pub(super) folders: BTreeMap<String, PathBuf>,
    /// Buckets of S3 for the double, or why they cannot be used.
    pub(super) s3: BTreeMap<String, Result<S3Place, String>>,
    settings: Settings,
    files: FileSet,
    changes: PathBuf,
    /// The name of `changes` in messages.
    changes_shown: String,
    /// Rollback files that are read already, by their names.
    read_ahead: HashMap<String, FileId>,
    /// Whether the project is a folder with tests of its own.
    has_tests: bool,
    environment: Environment,
    /// Calls of AWS, if the target or a value needs any.
    pub(super) cloud: Arc<dyn Cloud>,
    references: References,
    warn: Option<Severity>,
}

/// A project, ready to be worked with.
pub(super) struct Workspace {
    /// Its folder.
    pub(super) root: PathBuf,
    /// All files that were read.
    pub(super) files: FileSet,
    /// What they say.
    pub(super) project: Project,
    /// Warnings of reading them.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Values for placeholders in SQL.
    pub(super) variables: Variables,
    /// Where to run.
    pub(super) target: Target,
    /// Where the tests are, as the settings name it.
    pub(super) tests_path: String,
    read_ahead: HashMap<String, FileId>,
}

/// Where to run: as `vesto.ini` has it, secrets not looked up, or known already.
pub(super) enum Target {
    /// A section of `vesto.ini`.
    Settings(TargetSettings),
    /// A section of a cluster file.
    Spec(Box<TargetSpec>),
}

impl Target {
    /// What plans need to know of it.
    pub(super) fn facts(&self) -> TargetFacts<'_> {
        match self {
            Self::Settings(settings) => {
                TargetFacts { name: &settings.name, dialect: settings.dialect, double: settings.double() }
            }
            Self::Spec(spec) => TargetFacts { name: &spec.name, dialect: spec.dialect, double: spec.double() },
        }
    }
}

/// The folder of the project that the command line or the working folder names.
pub(super) fn root(common: &CommonArguments, environment: &Environment) -> Result<PathBuf, Failure> {
    let start = settings_source::folder(common, environment);
    if settings_source::exist(common, &start) {
        return Ok(start);
    }
    Err(Failure::new(ExitCode::Project, format!("there is no {SETTINGS_FILE} in `{}`", start.display()))
        .hint("make a project with `vesto init`, or name its folder with `--project`".to_owned()))
}

impl Site {
    /// The project that the command line or the working folder names.
    pub(super) fn find(common: &CommonArguments, environment: &Environment) -> Result<Self, Failure> {
        Self::find_with_target(common, None, environment)
    }

    /// As [`Site::find`]. Where the command line names no target, it is this one.
    pub(super) fn find_with_target(
        common: &CommonArguments,
        target: Option<&str>,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let root = root(common, environment)?;
        let mut files = FileSet::default();
        let settings = settings_source::read(common, &root, environment, &mut files)?;
        let name = common.target.as_deref().or(target).unwrap_or(&settings.target);
        let target = settings.target(name).map_err(|error| Failure::of_diagnostics(&[*error], &files))?.clone();
        let (changes, changes_shown) = (root.join(&settings.changes), settings.changes.clone());
        let cloud = cloud();
        Self {
            target: Target::Settings(target),
            variables: Variables::default(),
            folders: BTreeMap::new(),
            s3: BTreeMap::new(),
            settings,
            files,
            changes,
            changes_shown,
            read_ahead: HashMap::new(),
            has_tests: true,
            environment: environment.clone(),
            references: References::new(&root, environment, cloud.clone()),
            cloud,
            root,
            warn: warn_from(common),
        }
        .look_values_up(common)
    }

    /// A project of an INI file of changes and an INI file of clusters, as devops-redshift has it. `--target` names a
    /// target that needs no cluster file instead, such as `local`.
    pub(super) fn of_ini_files(
        common: &CommonArguments,
        config: &Path,
        cluster_file: &Path,
        cluster_section: &str,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let here = &environment.current_folder;
        let root = settings_source::folder(common, environment);
        let mut files = FileSet::default();
        let settings = match settings_source::exist(common, &root) {
            true => settings_source::read(common, &root, environment, &mut files)?,
            false => Settings::default(),
        };
        let target = match &common.target {
            Some(name) => {
                let found = settings.target(name).map_err(|error| Failure::of_diagnostics(&[*error], &files))?;
                Target::Settings(found.clone())
            }
            None => {
                let path = here.join(cluster_file);
                let file = files::read(&path, &cluster_file.display().to_string(), &mut files)?;
                let text = files.get(file).text().to_owned();
                let cluster = read_dw_config(file, &text, cluster_section)
                    .map_err(|error| Failure::of_diagnostics(&[*error], &files))?;
                Target::Spec(Box::new(cluster.target()))
            }
        };
        let cloud = cloud();
        Self {
            target,
            variables: Variables::default(),
            folders: BTreeMap::new(),
            s3: BTreeMap::new(),
            settings,
            files,
            changes: here.join(config),
            changes_shown: config.display().to_string(),
            read_ahead: HashMap::new(),
            has_tests: false,
            environment: environment.clone(),
            references: References::new(&root, environment, cloud.clone()),
            cloud,
            root,
            warn: warn_from(common),
        }
        .look_values_up(common)
    }

    /// Takes the cluster of the cluster file for the model of one that lives as long as the run.
    pub(super) fn make_cluster(&mut self) -> Result<(), Failure> {
        let Target::Spec(spec) = &mut self.target else {
            return Err(Failure::new(ExitCode::Usage, "`--ephemeral` makes the cluster of a cluster file")
                .hint("leave `--target` out, or name a target of `kind = ephemeral`".to_owned()));
        };
        **spec = spec.clone().made_for_the_run();
        Ok(())
    }

    /// The project's name: that of the settings, else the folder's.
    pub(super) fn name(&self) -> String {
        self.settings.name.clone().unwrap_or_else(|| folder_name(&self.root))
    }

    /// The names of all targets but those whose clusters would have to be made first.
    pub(super) fn target_names(&self) -> Vec<String> {
        let lasting = self.settings.targets.iter().filter(|target| target.kind != TargetKind::Ephemeral);
        lasting.map(|target| target.name.clone()).collect()
    }

    /// The target with all its values looked up.
    pub(super) fn spec(&self) -> Result<TargetSpec, Failure> {
        match &self.target {
            Target::Spec(spec) => Ok(spec.as_ref().clone()),
            Target::Settings(settings) => settings
                .resolve(&mut |reference| self.references.look_up(reference))
                .map_err(|error| Failure::of_diagnostics(&[*error], &self.files)),
        }
    }

    /// Looks the password of the target up again: one that is kept elsewhere may have been changed since.
    pub(super) fn password_again(&self) -> Option<Arc<PasswordAgain>> {
        let Target::Settings(settings) = &self.target else { return None };
        let value = settings.value("password").filter(|value| value.has_reference())?.clone();
        let references = self.references.clone();
        Some(Arc::new(move || references.anew().text(&value).ok().map(Secret::new)))
    }

    /// What is done around a run.
    pub(super) fn hooks(&self) -> &HookSettings {
        &self.settings.hooks
    }

    /// A value that no message may show, or why it is not known.
    pub(super) fn secret(&self, value: &Value) -> Result<Secret<String>, String> {
        self.references.text(value).map(Secret::new).map_err(|error| error.message)
    }

    fn look_values_up(mut self, common: &CommonArguments) -> Result<Self, Failure> {
        self.variables = self.read_variables(common)?;
        self.read_stores()?;
        Ok(self)
    }

    fn look_up(&self, value: &Value) -> Result<String, Failure> {
        self.references.text(value).map_err(|error| Failure::of_diagnostics(&[*error], &self.files))
    }

    fn read_variables(&self, common: &CommonArguments) -> Result<Variables, Failure> {
        let mut variables = Variables::default();
        for (name, value) in &self.settings.vars {
            match value.literal() {
                Some(text) => variables.set(name, text),
                None => variables.set_secret(name, self.look_up(value)?),
            }
        }
        for typed in &common.variables {
            let Some((name, value)) = typed.split_once('=') else {
                return Err(
                    Failure::new(ExitCode::Usage, "a --var has no `=`").hint("write --var NAME=VALUE".to_owned())
                );
            };
            variables.set(name, value);
        }
        Ok(variables)
    }

    /// Where the double finds its buckets. A store with neither folder nor endpoint is none of them, so that no test on
    /// the double reaches a real bucket by the name that production uses.
    fn read_stores(&mut self) -> Result<(), Failure> {
        for store in self.settings.stores.clone() {
            let name = store.bucket.as_ref().map_or(Ok(store.name.clone()), |bucket| self.look_up(bucket))?;
            let name = name.trim_start_matches("s3://").trim_start_matches("gs://").trim_end_matches('/').to_owned();
            if let Some(folder) = &store.folder {
                self.folders.insert(name, self.root.join(self.look_up(folder)?));
            } else if let Some(endpoint) = &store.endpoint {
                // Credentials are missed only by what uses them.
                let place = self.s3_place(endpoint, &store);
                self.s3.insert(name, place.map_err(|error| error.message));
            }
        }
        Ok(())
    }

    fn s3_place(&self, endpoint: &Value, store: &StoreSettings) -> Result<S3Place, Box<Diagnostic>> {
        let look_up = |value: &Value| self.references.text(value);
        let optional = |value: &Option<Value>| value.as_ref().map(look_up).transpose();
        Ok(S3Place {
            endpoint: look_up(endpoint)?,
            account: Account {
                region: optional(&store.region)?,
                profile: optional(&store.profile)?,
                role: optional(&store.assume_role)?,
            },
            access_key_id: optional(&store.access_key_id)?,
            secret_access_key: optional(&store.secret_access_key)?.map(Secret::new),
            session_token: optional(&store.session_token)?.map(Secret::new),
            environment: self.environment.of_aws(),
        })
    }

    /// Reads the changes and the tests, and prints warnings.
    pub(super) fn read(self) -> Result<Workspace, Failure> {
        let least = self.warn;
        let workspace = self.read_quietly()?;
        if let Some(least) = least {
            let told = workspace.diagnostics.iter().filter(|diagnostic| diagnostic.severity >= least);
            console::error(&render_all(&told.cloned().collect::<Vec<_>>(), &workspace.files));
        }
        Ok(workspace)
    }

    /// Reads the changes and the tests; warnings are in [`Workspace::diagnostics`]. Rollback files are left for
    /// [`Workspace::read_rollbacks`]: most commands need few of them.
    pub(super) fn read_quietly(mut self) -> Result<Workspace, Failure> {
        let changes = self.read_changes()?;
        let tests = self.read_tests()?;
        let sources = ProjectFiles { changes, tests, tests_root: &self.settings.tests };
        let name = self.name();
        let targets: Vec<String> = self.settings.targets.iter().map(|target| target.name.clone()).collect();
        let dialect = self.target.facts().dialect;
        let options = ParseOptions { name: &name, dialect, variables: &self.variables, targets: &targets };
        let (project, diagnostics) = Project::parse(&self.files, &sources, &options);
        refuse_errors(&diagnostics, &self.files)?;
        Ok(Workspace {
            root: self.root,
            files: self.files,
            project,
            diagnostics,
            variables: self.variables,
            target: self.target,
            tests_path: self.settings.tests,
            read_ahead: self.read_ahead,
        })
    }

    /// The changes: one INI file, or the SQL files of a folder.
    fn read_changes(&mut self) -> Result<ChangeFiles, Failure> {
        let (path, shown) = (&self.changes, &self.changes_shown);
        if !path.exists() {
            return Err(Failure::new(ExitCode::Project, format!("there is no `{}`", path.display()))
                .hint(format!("create it, or correct `changes` in {SETTINGS_FILE}")));
        }
        if path.is_file() {
            return Ok(ChangeFiles::Ini(files::read(path, shown, &mut self.files)?));
        }
        let FileTree { read, left } = read_tree(path, shown, &["sql"], is_rollback_file, &mut self.files)?;
        let unread = left.iter().map(|file| file.shown.clone()).collect();
        // What cannot be read is told of when it is needed.
        if left.len() <= FEW
            && let Ok(ahead) = read_all(left, &mut self.files)
        {
            self.read_ahead = ahead.into_iter().map(|id| (self.files.get(id).path().to_owned(), id)).collect();
        }
        Ok(ChangeFiles::Directory { read, unread })
    }

    /// The tests; a project may have none.
    fn read_tests(&mut self) -> Result<Vec<FileId>, Failure> {
        let path = self.root.join(&self.settings.tests);
        if !self.has_tests || !path.exists() {
            return Ok(Vec::new());
        }
        Ok(read_tree(&path, &self.settings.tests, &["ini", "sql"], |_| false, &mut self.files)?.read)
    }
}

impl Workspace {
    /// What may be shown of a plan for the target.
    pub(super) fn document(&self, plan: &Plan) -> PlanDocument {
        PlanDocument::new(plan, self.target.facts(), &self.variables)
    }

    /// Reads the rollback files of these changes, as far as they were not read yet.
    pub(super) fn read_rollbacks(&mut self, wanted: impl Fn(&Change) -> bool) -> Result<(), Failure> {
        let (mut read, mut found) = (Vec::new(), Vec::new());
        for change in self.project.changes.iter().filter(|change| wanted(change)) {
            let Some(Rollback::Unread(UnreadRollback { path })) = &change.rollback else { continue };
            match self.read_ahead.get(path) {
                Some(file) => read.push(*file),
                None => found.push(FoundFile::new(&self.root.join(path), path)),
            }
        }
        read.extend(read_all(found, &mut self.files)?);
        let wrong = self.project.read_rollbacks(&self.files, &read, self.target.facts().dialect);
        refuse_errors(&wrong, &self.files)
    }
}

/// What the user is to be told of: `None` for nothing.
fn warn_from(common: &CommonArguments) -> Option<Severity> {
    match (common.quiet, common.verbose) {
        (true, _) => None,
        (false, true) => Some(Severity::Note),
        (false, false) => Some(Severity::Warning),
    }
}

fn refuse_errors(diagnostics: &[Diagnostic], files: &FileSet) -> Result<(), Failure> {
    match diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        true => Err(Failure::of_diagnostics(diagnostics, files)),
        false => Ok(()),
    }
}

fn folder_name(root: &Path) -> String {
    let absolute = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    absolute.file_name().map_or_else(|| "project".into(), |name| name.to_string_lossy().into_owned())
}
