//! The order of the modules, the purity of the core, and the size and header of every file.
//!
//! `docs/architecture.md` says why the modules stand in this order.

use std::fs;
use std::path::{Path, PathBuf};

/// A module may name itself and those before it.
const ORDER: [&str; 20] = [
    "text",
    "sql",
    "project",
    "history",
    "plan",
    "lint",
    "ports",
    "access",
    "own_schema",
    "double",
    "catalog",
    "target",
    "ledger",
    "transfer",
    "run",
    "report",
    "emulate",
    "adapters",
    "cli",
    "lib",
];

/// Modules that compute and do nothing else.
const PURE: [&str; 9] = ["text", "sql", "project", "history", "plan", "lint", "catalog", "report", "emulate"];

/// Files of a pure module that act, through traits and sessions only.
const ACTING: [&str; 5] = [
    "emulate/api/behind.rs",
    "emulate/api/data/acting/",
    "emulate/api/redshift/",
    "emulate/api/serverless.rs",
    "emulate/api/service.rs",
];

/// What a pure module does not name.
const EFFECTS: [&str; 9] =
    ["async fn", ".await", "std::fs", "std::env", "std::process", "std::net", "println!", "tokio", "SystemTime::now"];

/// Crates and standard modules that only `adapters` names, apart from the tests inside a file.
const OUTSIDE: [&str; 6] =
    ["tokio_postgres", "object_store", "std::fs", "std::process::Command", "aws_sdk", "aws_config"];

const LONGEST_FILE: usize = 800;

#[test]
fn modules_name_only_those_before_them() {
    let mut wrong = Vec::new();
    for file in sources() {
        let own = position(&file.module);
        for named in named_modules(&file.code) {
            match ORDER.iter().position(|module| *module == named) {
                Some(at) if at > own => wrong.push(format!("{} names `{named}`", file.path.display())),
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "a module names one that stands after it:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_its_place() {
    for file in sources() {
        position(&file.module);
    }
}

#[test]
fn pure_modules_have_no_effects() {
    let mut wrong = Vec::new();
    let acts = |file: &SourceFile| ACTING.iter().any(|acting| file.path.to_string_lossy().contains(acting));
    for file in sources().into_iter().filter(|file| PURE.contains(&file.module.as_str()) && !acts(file)) {
        for effect in EFFECTS.iter().filter(|effect| file.code.contains(**effect)) {
            wrong.push(format!("{}: {effect}", file.path.display()));
        }
    }
    assert!(wrong.is_empty(), "a pure module reaches out:\n{}", wrong.join("\n"));
}

#[test]
fn only_adapters_reach_the_outside_world() {
    let mut wrong = Vec::new();
    for file in sources().into_iter().filter(|file| file.module != "adapters") {
        for name in OUTSIDE.iter().filter(|name| file.code.contains(**name)) {
            wrong.push(format!("{}: {name}", file.path.display()));
        }
    }
    assert!(wrong.is_empty(), "only `adapters` may name these:\n{}", wrong.join("\n"));
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut wrong = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches", "examples"] {
        collect(&root.join(folder), &mut files);
    }
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        if lines > LONGEST_FILE {
            wrong.push(format!("{}: {lines} lines, at most {LONGEST_FILE}", path.display()));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{}: no `//!` header that says what it is for", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

struct SourceFile {
    path: PathBuf,
    module: String,
    /// The text without comments and without its tests.
    code: String,
}

fn sources() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name != "main.rs"))
        .map(|path| {
            let inside = path.strip_prefix(&root).expect("collected below the root");
            let first = inside.components().next().expect("a file has a name").as_os_str().to_string_lossy();
            let text = fs::read_to_string(&path).expect("source files are UTF-8");
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let code = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            SourceFile { module: first.trim_end_matches(".rs").to_owned(), code, path }
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn position(module: &str) -> usize {
    ORDER
        .iter()
        .position(|known| *known == module)
        .unwrap_or_else(|| panic!("module `{module}` has no place in the order of `tests/layering.rs`"))
}

/// Modules named as `crate::x`, also in `use crate::{x, y}`.
fn named_modules(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => names.push(word(rest)),
            Some(list) => {
                let end = list.find("};").unwrap_or(list.len());
                names.extend(list[..end].split(',').map(|item| word(item.trim())));
            }
        }
    }
    names
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}
