//! Every case of `tests/data/double/library`: a Redshift statement, and after `-->` the rows that it answers.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::Ground;

/// A statement and the lines that are expected after it.
struct Case {
    sql: String,
    expected: Vec<String>,
}

/// Statements end with a semicolon at the end of a line; `--> ` lines follow. Other comments are for the reader.
fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut sql = String::new();
    for line in text.lines() {
        if let Some(expected) = line.strip_prefix("-->") {
            if let Some(case) = cases.last_mut() {
                case.expected.push(expected.trim().to_owned());
            }
        } else if !line.starts_with("--") && !line.is_empty() {
            sql.push_str(line);
            match sql.strip_suffix(';') {
                Some(whole) => {
                    cases.push(Case { sql: whole.to_owned(), expected: Vec::new() });
                    sql.clear();
                }
                None => sql.push('\n'),
            }
        }
    }
    assert!(sql.is_empty(), "no semicolon after {sql}");
    cases
}

#[test]
fn functions_answer_as_documented() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/double/library");
    let mut wrong = String::new();
    let mut answered = 0;
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let Some(ground) = Ground::new() else { return Ok(()) };
        let mut session = ground.double();
        for Case { sql, expected } in cases(&fs::read_to_string(&path)?) {
            let found = ground.ask(session.as_mut(), &sql);
            if found != expected {
                let name = path.file_name().unwrap_or_default().display();
                writeln!(wrong, "{name}: {sql}\n  expected {expected:?}\n  found    {found:?}")?;
            }
            answered += 1;
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(answered > 100, "only {answered} cases in {}", folder.display());
    Ok(())
}
