//! Reading a project never panics, and every place that it names lies in its file.

use proptest::prelude::*;
use vesto::project::{ChangeFiles, ParseOptions, Project, ProjectFiles, Script, Settings, Variables};
use vesto::sql::Dialect;
use vesto::text::{Diagnostic, Excerpt, FileId, FileSet, Span, render_all};

const PIECES: [&str; 44] = [
    "\n",
    "\n",
    "\r\n",
    "\n  ",
    " ",
    "[s]",
    "[RESULTS]",
    "[target x]",
    "[project]",
    "[DEFAULT]",
    "kind = redshift",
    "q = ",
    "port: ",
    "name=",
    "select ",
    "1",
    ";",
    "'",
    "''",
    "\"",
    "$$",
    "$a$",
    "--",
    "-- test: a",
    "-- expect:",
    "--  1 | 'a'",
    "-- expect error [",
    "-- setup:",
    "-- vesto: ",
    "-- vesto: rollback",
    "transaction=one",
    "requires=V1",
    ",",
    "${word}",
    "${text:literal}",
    "${text}",
    "${env:A}",
    "${",
    "/*",
    "*/",
    "#x",
    "é",
    "\u{feff}",
    "create view v as ",
];

fn text() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(PIECES.to_vec());
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn variables() -> Variables {
    let mut variables = Variables::default();
    variables.set("word", "plain");
    variables.set("text", "it's;");
    variables
}

fn lies_in(files: &FileSet, span: Span) -> bool {
    span.start <= span.end && files.get(span.file).text().get(span.start..span.end).is_some()
}

fn check(files: &FileSet, diagnostics: &[Diagnostic]) -> Result<(), TestCaseError> {
    for diagnostic in diagnostics {
        let places = diagnostic.span.iter().chain(diagnostic.related.iter().map(|(span, _)| span));
        for span in places {
            prop_assert!(lies_in(files, *span), "{diagnostic:?}");
        }
    }
    render_all(diagnostics, files);
    Ok(())
}

fn check_script(files: &FileSet, script: &Script) -> Result<(), TestCaseError> {
    for index in 0..script.statements().len() {
        prop_assert!(lies_in(files, script.statement_span(index)));
        for (offset, c) in script.statement_text(index).char_indices() {
            let span = script.span(index, offset..offset + c.len_utf8());
            let there = files.get(span.file).text().get(span.start..span.end).unwrap_or("outside");
            let same = there == c.encode_utf8(&mut [0; 4]) || there.starts_with("${") || (c == '\n' && there == "\r");
            prop_assert!(same, "{c:?} is {there:?} in the file");
        }
    }
    Ok(())
}

fn project(files: &FileSet, changes: ChangeFiles, tests: Vec<FileId>) -> Result<(), TestCaseError> {
    let variables = variables();
    for dialect in [Dialect::Redshift, Dialect::Postgres] {
        let options = ParseOptions { name: "p", dialect, variables: &variables, targets: &[] };
        let inputs = ProjectFiles { changes: changes.clone(), tests: tests.clone(), tests_root: "tests" };
        let (project, diagnostics) = Project::parse(files, &inputs, &options);
        check(files, &diagnostics)?;
        for change in &project.changes {
            let rollback = change.rollback.iter().map(|rollback| rollback.read().expect("all files were read"));
            for text in rollback.chain([&change.forward]) {
                match text.parse(dialect, &variables) {
                    Ok(script) => check_script(files, &script)?,
                    Err(errors) => check(files, &errors)?,
                }
            }
        }
        for test in project.suites.iter().flat_map(|suite| &suite.tests) {
            check_script(files, &test.script)?;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn settings_are_read_or_refused(text in text()) {
        let mut files = FileSet::default();
        let file = files.add("vesto.ini", text.as_str());
        if let Err(errors) = Settings::read(file, &text) {
            prop_assert!(!errors.is_empty());
            check(&files, &errors)?;
        }
    }

    #[test]
    fn projects_are_read_or_refused(first in text(), second in text(), third in text(), ini in any::<bool>()) {
        let mut files = FileSet::default();
        let tests = vec![files.add("tests/a.sql", format!("-- test: t\n{third}")), files.add("tests/b.ini", third)];
        let changes = if ini {
            ChangeFiles::Ini(files.add("changes.ini", format!("[s]\n{first}\n{second}")))
        } else {
            let read = vec![
                files.add("changes/V1__a.sql", first.as_str()),
                files.add("changes/U1__a.sql", second.as_str()),
                files.add("changes/R__a.sql", format!("create view v as {second}")),
                files.add("changes/R__b.sql", first),
            ];
            ChangeFiles::Directory { read, unread: Vec::new() }
        };
        project(&files, changes, tests)?;
    }

    #[test]
    fn places_survive_variables(text in text()) {
        let mut files = FileSet::default();
        let file = files.add("a.sql", text.as_str());
        let raw = Excerpt::contiguous(file, 0, text);
        match Script::parse(raw, Dialect::Redshift, Some(&variables())) {
            Ok(script) => check_script(&files, &script)?,
            Err(errors) => check(&files, &errors)?,
        }
    }
}
