//! The INI reader against CPython's `configparser`, on generated files.
//!
//! `VESTO_INI_SEED` and `VESTO_INI_COUNT` change which files and how many.

use std::process::Command;

use serde::Deserialize;
use vesto::project::ini::{self, Ini, Style};
use vesto::text::{Diagnostic, FileSet};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/project/compare_configparser.py");

/// What CPython made of one text.
#[derive(Debug, Deserialize)]
struct Case {
    text: String,
    inline: bool,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Outcome {
    Error { error: String, lines: Vec<usize> },
    Read { sections: Vec<(String, Vec<(String, String)>)> },
}

#[test]
fn reads_as_cpython_does() {
    let seed = std::env::var("VESTO_INI_SEED").unwrap_or_else(|_| "20240611".to_owned());
    let count = std::env::var("VESTO_INI_COUNT").unwrap_or_else(|_| "20000".to_owned());
    let output = Command::new("python3")
        .args([SCRIPT, &seed, &count])
        .output()
        .expect("`python3` must be installed for this test: `ci/test` does that");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let (mut read, mut refused) = (0, 0);
    for line in String::from_utf8(output.stdout).expect("JSON is UTF-8").lines() {
        let case: Case = serde_json::from_str(line).expect("one JSON object a line");
        let ours = outcome(&case);
        assert_eq!(ours, case.outcome, "seed {seed}, inline comments {}, text {:?}", case.inline, case.text);
        match ours {
            Outcome::Read { .. } => read += 1,
            Outcome::Error { .. } => refused += 1,
        }
    }
    assert!(read * 5 > refused && refused * 5 > read, "a one-sided sample: {read} read, {refused} refused");
}

fn outcome(case: &Case) -> Outcome {
    let mut files = FileSet::default();
    let file = files.add("generated", case.text.as_str());
    match ini::read(file, &case.text, Style { inline_comments: case.inline }) {
        Ok(ini) => {
            check_places(&ini, &case.text);
            let sections = ini.sections.iter().map(|section| {
                let items = ini.items_with_defaults(section).into_iter();
                (section.name.clone(), items.map(|e| (e.key.clone(), e.value.text().to_owned())).collect())
            });
            Outcome::Read { sections: sections.collect() }
        }
        Err(error) => Outcome::Error { error: python_name(error.code).to_owned(), lines: lines(&error, &case.text) },
    }
}

/// Each character of each value stands in the file where the excerpt says.
fn check_places(ini: &Ini, text: &str) {
    for entry in ini.sections.iter().flat_map(|section| &section.entries).chain(&ini.defaults) {
        assert_eq!(&text[entry.key_span.start..entry.key_span.end], entry.raw_key);
        for (offset, c) in entry.value.text().char_indices() {
            let rest = &text[entry.value.file_offset(offset)..];
            assert!(rest.starts_with(c) || (c == '\n' && rest.starts_with('\r')), "{text:?} {offset}");
        }
    }
}

fn python_name(code: &str) -> &str {
    match code {
        "missing-section-header" => "MissingSectionHeaderError",
        "duplicate-section" => "DuplicateSectionError",
        "duplicate-option" => "DuplicateOptionError",
        "parsing-error" => "ParsingError",
        other => other,
    }
}

fn lines(error: &Diagnostic, text: &str) -> Vec<usize> {
    let mut spans = vec![error.span.expect("the error has a place")];
    if error.code == "parsing-error" {
        spans.extend(error.related.iter().map(|(span, _)| *span));
    }
    let line = |start: usize| text[..start].replace("\r\n", "\n").matches(['\n', '\r']).count() + 1;
    spans.into_iter().map(|span| line(span.start)).collect()
}
