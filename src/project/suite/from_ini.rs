//! `test_cases.ini`: sections of tests, and `[RESULTS]` with the first cell that each must give.
//!
//! Results are matched by key. The old program matched them by position, so a result whose key no test has is taken by
//! the test at its position, with a warning. `[RESULTS_x]` is used for `[TESTSUITE_x]` where it exists.

use std::collections::{HashMap, HashSet};

use super::{Expectation, Suite, TestCase};
use crate::project::ParseOptions;
use crate::project::ini::{self, Entry, Ini, Section, Style};
use crate::project::script::Script;
use crate::project::traps;
use crate::text::{Diagnostic, FileId, Source, closest};

const RESULTS: &str = "RESULTS";

pub(super) fn read(
    file: FileId,
    source: &Source,
    name: &str,
    options: &ParseOptions<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Suite> {
    let ini = match ini::read(file, source.text(), Style::default()) {
        Ok(ini) => ini,
        Err(error) => {
            diagnostics.push(*error);
            return Vec::new();
        }
    };
    diagnostics.extend(traps::find(file, source.text(), &ini));
    let tests = ini.sections.iter().filter(|section| !section.name.starts_with(RESULTS));
    tests
        .map(|section| Suite {
            name: format!("{name}.{}", section.name),
            path: source.path().to_owned(),
            setup: None,
            tests: section_tests(&ini, section, options, diagnostics),
        })
        .collect()
}

fn section_tests(
    ini: &Ini,
    section: &Section,
    options: &ParseOptions<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<TestCase> {
    let own = section.name.split_once('_').map(|(_, suffix)| format!("{RESULTS}_{suffix}"));
    let Some(results) = own.and_then(|name| ini.section(&name)).or_else(|| ini.section(RESULTS)) else {
        diagnostics.push(
            Diagnostic::error("missing-result", section.span, format!("section `{}` has no results", section.name))
                .hint("add the section `[RESULTS]` with a key for each test"),
        );
        return Vec::new();
    };
    let results = ini.items_with_defaults(results);
    let tests = ini.items_with_defaults(section);
    let matching = Matching {
        by_key: results.iter().map(|result| (result.key.as_str(), *result)).collect(),
        test_keys: tests.iter().map(|test| test.key.as_str()).collect(),
        results: &results,
    };
    let mut read = Vec::with_capacity(tests.len());
    for (index, test) in tests.iter().enumerate() {
        let Some(result) = matching.result(test, index, diagnostics) else { continue };
        match Script::parse(test.value.clone(), options.dialect, Some(options.variables)) {
            Ok(script) if script.statements().is_empty() => diagnostics.push(empty(test)),
            Ok(script) => read.push(TestCase {
                name: test.key.clone(),
                place: test.key_span,
                script,
                expect: Expectation::FirstCell(result.value.text().to_owned()),
                tolerance: None,
                expect_place: result.value.span(0..result.value.text().len()),
            }),
            Err(errors) => diagnostics.extend(errors),
        }
    }
    read
}

fn empty(test: &Entry) -> Diagnostic {
    Diagnostic::error("empty-test", test.key_span, format!("test `{}` runs nothing", test.key))
        .hint("write a query after the key, or remove the key")
}

/// Finds the result of each test.
struct Matching<'a> {
    by_key: HashMap<&'a str, &'a Entry>,
    test_keys: HashSet<&'a str>,
    results: &'a [&'a Entry],
}

impl<'a> Matching<'a> {
    fn result(&self, test: &Entry, index: usize, diagnostics: &mut Vec<Diagnostic>) -> Option<&'a Entry> {
        if let Some(found) = self.by_key.get(test.key.as_str()) {
            return Some(found);
        }
        let free = |result: &&&Entry| !self.test_keys.contains(result.key.as_str());
        if let Some(there) = self.results.get(index).filter(free) {
            let message =
                format!("test `{}` has no result of its name and takes `{}` by position", test.key, there.key);
            diagnostics.push(
                Diagnostic::warning("result-by-position", test.key_span, message)
                    .related(there.key_span, "the result")
                    .hint("give both the same key"),
            );
            return Some(there);
        }
        let error = Diagnostic::error("missing-result", test.key_span, format!("test `{}` has no result", test.key));
        let names = self.results.iter().filter(free).map(|result| result.key.as_str());
        diagnostics.push(match closest(&test.key, names) {
            Some(near) => error.hint(format!("is `{near}` meant for it?")),
            None => error.hint(format!("add `{} = ...` to the results", test.key)),
        });
        None
    }
}
