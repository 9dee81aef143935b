//! The project that a command works on: found, read, parsed, with its variables and its target.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::adapters::files;
use crate::plan::TargetFacts;
use crate::project::settings::{Reference, ResolveError, StoreSettings, TargetSettings, Value, read_dw_config};
use crate::project::{ChangeFiles, ParseOptions, Project, ProjectFiles, Settings, TargetSpec, Variables};
use crate::text::{Diagnostic, FileId, FileSet, Severity, render_all};

use super::arguments::CommonArguments;
use super::console;
use super::environment::Environment;
use super::exit_code::ExitCode;
use super::failure::Failure;

const SETTINGS_FILE: &str = "vesto.ini";

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
    /// Folders that stand for buckets.
    pub(super) buckets: BTreeMap<String, PathBuf>,
    /// Where the tests are, as the settings name it.
    pub(super) tests_path: String,
    environment: Environment,
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
            Self::Settings(settings) => TargetFacts { name: &settings.name, dialect: settings.dialect },
            Self::Spec(spec) => TargetFacts { name: &spec.name, dialect: spec.dialect },
        }
    }
}

/// The folder of the project that the command line or the working folder names.
pub(super) fn root(common: &CommonArguments, environment: &Environment) -> Result<PathBuf, Failure> {
    let start = match &common.project {
        Some(folder) => environment.current_folder.join(folder),
        None => files::find_upwards(&environment.current_folder, SETTINGS_FILE)
            .unwrap_or_else(|| environment.current_folder.clone()),
    };
    if start.join(SETTINGS_FILE).is_file() {
        return Ok(start);
    }
    Err(Failure::new(ExitCode::Project, format!("there is no {SETTINGS_FILE} in `{}`", start.display()))
        .hint("make a project with `vesto init`, or name its folder with `--project`".to_owned()))
}

impl Workspace {
    /// Reads the project and prints its warnings.
    pub(super) fn open(common: &CommonArguments, environment: &Environment) -> Result<Self, Failure> {
        let workspace = Self::open_quietly(common, environment)?;
        workspace.warn(common);
        Ok(workspace)
    }

    /// Reads the project; its warnings are in [`Workspace::diagnostics`].
    pub(super) fn open_quietly(common: &CommonArguments, environment: &Environment) -> Result<Self, Failure> {
        let root = root(common, environment)?;
        let mut files = FileSet::default();
        let file = files::read(&root.join(SETTINGS_FILE), SETTINGS_FILE, &mut files)?;
        let text = files.get(file).text().to_owned();
        let settings = Settings::read(file, &text).map_err(|errors| Failure::of_diagnostics(&errors, &files))?;
        let name = common.target.as_deref().unwrap_or(&settings.target);
        let target = settings.target(name).map_err(|error| Failure::of_diagnostics(&[*error], &files))?.clone();
        let changes = read_changes(&root, &settings.changes, &mut files)?;
        let tests = read_tests(&root, &settings.tests, &mut files)?;
        let sources = ProjectFiles { changes, tests, tests_root: &settings.tests };
        Reader { root, files, environment, common, settings: &settings }.finish(&sources, Target::Settings(target))
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
        let root = match &common.project {
            Some(folder) => here.join(folder),
            None => files::find_upwards(here, SETTINGS_FILE).unwrap_or_else(|| here.clone()),
        };
        let mut files = FileSet::default();
        let settings = match root.join(SETTINGS_FILE).is_file() {
            true => {
                let file = files::read(&root.join(SETTINGS_FILE), SETTINGS_FILE, &mut files)?;
                let text = files.get(file).text().to_owned();
                Settings::read(file, &text).map_err(|errors| Failure::of_diagnostics(&errors, &files))?
            }
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
        let file = files::read(&here.join(config), &config.display().to_string(), &mut files)?;
        let sources = ProjectFiles { changes: ChangeFiles::Ini(file), tests: Vec::new(), tests_root: "" };
        let workspace = Reader { root, files, environment, common, settings: &settings }.finish(&sources, target)?;
        workspace.warn(common);
        Ok(workspace)
    }

    /// The target with all its values looked up.
    pub(super) fn spec(&self) -> Result<TargetSpec, Failure> {
        match &self.target {
            Target::Spec(spec) => Ok(spec.as_ref().clone()),
            Target::Settings(settings) => settings
                .resolve(&mut |reference| resolve(reference, &self.root, &self.environment))
                .map_err(|error| Failure::of_diagnostics(&[*error], &self.files)),
        }
    }

    fn warn(&self, common: &CommonArguments) {
        if !common.quiet {
            let told = |d: &&Diagnostic| d.severity > Severity::Note || common.verbose;
            let warnings: Vec<Diagnostic> = self.diagnostics.iter().filter(told).cloned().collect();
            console::error(&render_all(&warnings, &self.files));
        }
    }
}

/// A project half read.
struct Reader<'a> {
    root: PathBuf,
    files: FileSet,
    environment: &'a Environment,
    common: &'a CommonArguments,
    settings: &'a Settings,
}

impl Reader<'_> {
    fn look_up(&self, value: &Value) -> Result<String, Failure> {
        value
            .resolve(&mut |reference| resolve(reference, &self.root, self.environment))
            .map_err(|error| Failure::of_diagnostics(&[*error], &self.files))
    }

    fn variables(&self) -> Result<Variables, Failure> {
        let mut variables = Variables::default();
        for (name, value) in &self.settings.vars {
            match value.literal() {
                Some(text) => variables.set(name, text),
                None => variables.set_secret(name, self.look_up(value)?),
            }
        }
        for typed in &self.common.variables {
            let Some((name, value)) = typed.split_once('=') else {
                return Err(
                    Failure::new(ExitCode::Usage, "a --var has no `=`").hint("write --var NAME=VALUE".to_owned())
                );
            };
            variables.set(name, value);
        }
        Ok(variables)
    }

    /// Folders of this machine that stand for buckets.
    fn buckets(&self) -> Result<BTreeMap<String, PathBuf>, Failure> {
        let mut buckets = BTreeMap::new();
        for StoreSettings { name, bucket, folder, .. } in &self.settings.stores {
            let Some(folder) = folder else { continue };
            let bucket = bucket.as_ref().map_or(Ok(name.clone()), |bucket| self.look_up(bucket))?;
            let name = bucket.trim_start_matches("s3://").trim_start_matches("gs://").trim_end_matches('/');
            buckets.insert(name.to_owned(), self.root.join(self.look_up(folder)?));
        }
        Ok(buckets)
    }

    fn finish(self, sources: &ProjectFiles<'_>, target: Target) -> Result<Workspace, Failure> {
        let (variables, buckets) = (self.variables()?, self.buckets()?);
        let name = self.settings.name.clone().unwrap_or_else(|| folder_name(&self.root));
        let targets: Vec<String> = self.settings.targets.iter().map(|target| target.name.clone()).collect();
        let options =
            ParseOptions { name: &name, dialect: target.facts().dialect, variables: &variables, targets: &targets };
        let (project, diagnostics) = Project::parse(&self.files, sources, &options);
        if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return Err(Failure::of_diagnostics(&diagnostics, &self.files));
        }
        Ok(Workspace {
            root: self.root,
            files: self.files,
            project,
            diagnostics,
            variables,
            target,
            buckets,
            tests_path: self.settings.tests.clone(),
            environment: self.environment.clone(),
        })
    }
}

/// The changes: one INI file, or the SQL files of a folder.
fn read_changes(root: &Path, shown: &str, files: &mut FileSet) -> Result<ChangeFiles, Failure> {
    let path = root.join(shown);
    if !path.exists() {
        return Err(Failure::new(ExitCode::Project, format!("there is no `{}`", path.display()))
            .hint(format!("create it, or correct `changes` in {SETTINGS_FILE}")));
    }
    if path.is_file() {
        return Ok(ChangeFiles::Ini(files::read(&path, shown, files)?));
    }
    Ok(ChangeFiles::Directory(files::read_tree(&path, shown, &["sql"], files)?))
}

/// The tests; a project may have none.
fn read_tests(root: &Path, shown: &str, files: &mut FileSet) -> Result<Vec<FileId>, Failure> {
    let path = root.join(shown);
    if path.exists() { Ok(files::read_tree(&path, shown, &["ini", "sql"], files)?) } else { Ok(Vec::new()) }
}

fn folder_name(root: &Path) -> String {
    let absolute = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    absolute.file_name().map_or_else(|| "project".into(), |name| name.to_string_lossy().into_owned())
}

/// Looks a reference of the settings up.
fn resolve(reference: &Reference, root: &Path, environment: &Environment) -> Result<String, ResolveError> {
    match reference {
        Reference::Env(name) => environment.variable(name).map(str::to_owned).ok_or_else(|| ResolveError {
            message: format!("the environment variable `{name}` is not set"),
            hint: Some(format!("set {name} before vesto is started")),
        }),
        Reference::File(path) => match files::read_text(&root.join(path)) {
            // Editors and `echo` end a file with a line end that is no part of a password.
            Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) => Err(ResolveError { message: error.to_string(), hint: None }),
        },
        _ => Err(ResolveError {
            message: "this version of vesto does not look up AWS secrets yet".into(),
            hint: Some("use ${env:NAME} or ${file:PATH}".into()),
        }),
    }
}
