//! Whole projects under `tests/data/project/<case>/`, each with what must be read from it in `expected.txt`.
//!
//! A case has `vesto.ini` if it needs settings, and the files it names. `VESTO_BLESS=1` writes `expected.txt` anew.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use vesto::project::{
    ChangeFiles, ChangeKind, Directives, ParseOptions, Project, ProjectFiles, ScriptText, Settings, Suite, Variables,
};
use vesto::text::{FileId, FileSet, render_all};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/project");

#[test]
fn projects_are_read_as_expected() {
    let mut cases: Vec<PathBuf> = entries(Path::new(ROOT)).into_iter().filter(|path| path.is_dir()).collect();
    cases.retain(|case| case.join("vesto.ini").exists());
    assert!(cases.len() >= 10, "cases are missing in {ROOT}");
    let mut wrong = Vec::new();
    for case in cases {
        let shown = show(&case);
        let path = case.join("expected.txt");
        if std::env::var_os("VESTO_BLESS").is_some() {
            fs::write(&path, &shown).expect("can be written");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if shown != expected {
            wrong.push(format!("{}\n--- expected\n{expected}\n--- read\n{shown}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("is readable").path()).collect();
    paths.sort();
    paths
}

fn show(case: &Path) -> String {
    let mut files = FileSet::default();
    let ids = add(&mut files, case, "vesto.ini");
    let settings = match Settings::read(ids[0], files.get(ids[0]).text()) {
        Ok(settings) => settings,
        Err(errors) => return render_all(&errors, &files),
    };
    let changes = add(&mut files, case, &settings.changes);
    let changes = match settings.changes.ends_with(".ini") {
        true => ChangeFiles::Ini(changes[0]),
        false => ChangeFiles::Directory { read: changes, unread: Vec::new() },
    };
    let inputs = ProjectFiles { changes, tests: add(&mut files, case, &settings.tests), tests_root: &settings.tests };
    let target = settings.target(&settings.target).expect("the target is there");
    let mut variables = Variables::default();
    for (name, value) in &settings.vars {
        variables.set(name, value.resolve(&mut |reference| Ok(format!("<{reference}>"))).expect("resolves"));
    }
    let targets: Vec<String> = settings.targets.iter().map(|target| target.name.clone()).collect();
    let options = ParseOptions { name: "case", dialect: target.dialect, variables: &variables, targets: &targets };
    let (project, diagnostics) = Project::parse(&files, &inputs, &options);
    let mut out = String::new();
    for change in &project.changes {
        let kind = match &change.kind {
            ChangeKind::Ini { .. } => "query".to_owned(),
            ChangeKind::Versioned { version } => format!("version {version}"),
            ChangeKind::Repeatable => "repeatable".to_owned(),
        };
        let _ = writeln!(out, "{} ({kind}, {})", change.id, change.path);
        show_text(&mut out, "+", &change.forward, &options, &files);
        if let Some(rollback) = &change.rollback {
            show_text(&mut out, "-", rollback.read().expect("all files were read"), &options, &files);
        }
        if !change.depends_on.is_empty() {
            let _ = writeln!(
                out,
                "  needs {}",
                change.depends_on.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ")
            );
        }
        if change.directives != Directives::default() {
            let d = &change.directives;
            let _ = write!(out, "  {:?}, timeout {:?}", d.transaction, d.timeout);
            let only: Vec<&str> = d.only_on.iter().map(|(name, _)| name.as_str()).collect();
            let _ =
                writeln!(out, ", only on {only:?}, irreversible {}, placeholders {}", d.irreversible, d.placeholders);
        }
    }
    project.suites.iter().for_each(|suite| show_suite(&mut out, suite));
    if !diagnostics.is_empty() {
        let _ = write!(out, "\n{}", render_all(&diagnostics, &files));
    }
    out
}

fn show_suite(out: &mut String, suite: &Suite) {
    let _ = writeln!(out, "suite {} ({})", suite.name, suite.path);
    if let Some(setup) = &suite.setup {
        show_script(out, "s", setup);
    }
    for test in &suite.tests {
        let _ = writeln!(out, "  {}: {:?} {:?}", test.name, test.expect, test.tolerance);
        show_script(out, " ", &test.script);
    }
}

fn show_text(out: &mut String, mark: &str, text: &ScriptText, options: &ParseOptions<'_>, files: &FileSet) {
    match text.parse(options.dialect, options.variables) {
        Ok(script) => show_script(out, mark, &script),
        Err(errors) => {
            let _ = writeln!(out, "  {mark} cannot be read:\n{}", render_all(&errors, files));
        }
    }
}

fn show_script(out: &mut String, mark: &str, script: &vesto::project::Script) {
    for index in 0..script.statements().len() {
        let _ = writeln!(out, "  {mark} {}", script.statement_text(index).replace('\n', "\n    "));
    }
}

/// Adds a file, or all files below a folder.
fn add(files: &mut FileSet, case: &Path, path: &str) -> Vec<FileId> {
    let full = case.join(path);
    if full.is_dir() {
        return entries(&full)
            .iter()
            .flat_map(|entry| {
                let name = entry.file_name().expect("has a name").to_string_lossy();
                add(files, case, &format!("{path}/{name}"))
            })
            .collect();
    }
    match fs::read_to_string(&full) {
        Ok(text) => vec![files.add(path, text)],
        Err(_) => Vec::new(),
    }
}
