//! Tests of the format of SQL tests.

use super::*;
use crate::project::Variables;
use crate::sql::Dialect;
use crate::text::FileSet;

fn suite(text: &str) -> (Suite, Vec<Diagnostic>) {
    let mut files = FileSet::default();
    let file = files.add("tests/a.sql", text);
    let variables = Variables::default();
    let options = ParseOptions { name: "p", dialect: Dialect::Redshift, variables: &variables, targets: &[] };
    let mut diagnostics = Vec::new();
    let suite = read(file, files.get(file), "a", &options, &mut diagnostics).expect("is a suite");
    (suite, diagnostics)
}

fn good(text: &str) -> Suite {
    let (suite, diagnostics) = suite(text);
    assert_eq!(diagnostics, []);
    suite
}

fn expects(text: &str, expected: &Expectation) {
    let suite = good(&format!("-- test: t\nselect 1;\n{text}\n"));
    assert_eq!(&suite.tests[0].expect, expected, "{text}");
    assert_eq!(suite.tests[0].script.statement_text(0), "select 1");
}

fn refused(text: &str, code: &str, hint: &str) {
    let (_, diagnostics) = suite(text);
    assert_eq!(diagnostics.len(), 1, "{text}: {diagnostics:?}");
    assert_eq!(diagnostics[0].code, code, "{text}");
    assert!(diagnostics[0].hint.as_deref().unwrap_or("").contains(hint), "{:?}", diagnostics[0].hint);
}

fn text(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

#[test]
fn every_expectation_is_read() {
    expects("-- expect: no rows", &Expectation::NoRows);
    expects("-- expect rows: 3", &Expectation::RowCount(3));
    expects("-- expect cell: a | b", &Expectation::FirstCell("a | b".to_owned()));
    expects("-- expect: 42", &Expectation::Rows(vec![vec![text("42")]]));
    let error = |text: &str, state: Option<&str>| Expectation::Error {
        text: text.to_owned(),
        sqlstate: state.map(str::to_owned),
    };
    expects("-- expect error:", &error("", None));
    expects("--expect error: unknown: x", &error("unknown: x", None));
    expects("-- expect error [42p01]: gone", &error("gone", Some("42P01")));
}

#[test]
fn rows_are_read_up_to_an_empty_line() {
    let rows = vec![
        vec![text("F"), text("10"), Cell::Null],
        vec![text("NULL"), text("a | 'b' "), text("")],
        vec![text("-5"), text(""), text("x")],
    ];
    expects(
        "-- expect:\n--   F | 10 | NULL\r\n--  'NULL' | 'a | ''b'' ' |\n--\n--  -5 || x\n\n-- a remark",
        &Expectation::Rows(rows),
    );
}

#[test]
fn tests_setup_and_tolerance() {
    let suite = good(
        "-- about this file\n-- setup:\ncreate temp table t (a int); -- expect nothing here\n\n-- test: one\n\
         -- a remark\nselect '\n-- test: no\n' from t;\n-- expect within: 0.5\n-- expect: 1.25\n-- test: two\nselect 2\n\
         -- expect: 2\n",
    );
    assert_eq!(suite.setup.map(|setup| setup.statements().len()), Some(1));
    let names: Vec<_> = suite.tests.iter().map(|test| (test.name.as_str(), test.tolerance)).collect();
    assert_eq!(names, [("one", Some(0.5)), ("two", None)]);
    assert!(suite.tests[0].script.statement_text(0).contains("-- test: no"));
}

#[test]
fn mistakes_have_a_cure() {
    let test = "-- test: t\nselect 1;\n";
    refused("select 1; select 2;", "stray-sql", "-- test: name");
    refused(test, "missing-expect", "no rows");
    refused(&format!("{test}-- expect:\n"), "bad-expect", "no rows");
    refused(&format!("{test}-- expect\n"), "bad-expect", "write `-- expect:`");
    refused(&format!("{test}-- expect row: 1\n"), "bad-expect", "did you mean `-- expect rows:`?");
    refused(&format!("{test}-- expect rows: many\n"), "bad-expect", "write a number");
    refused(&format!("{test}-- expect within: wide\n"), "bad-expect", "write a number");
    refused(&format!("{test}-- expect error [1]: x\n"), "bad-expect", "five characters");
    refused(&format!("{test}-- expect: 1\n-- expect: 2\n"), "bad-expect", "keep one");
    refused(&format!("{test}-- expect: 'a\n"), "bad-expect", "close the quote");
    refused(&format!("{test}-- expect:\n-- 'a' b\n-- 1\n"), "bad-row", "close the quote");
    refused(&format!("{test}-- expect: 1\nselect 2;\n"), "sql-after-expect", "-- test: name");
    refused(&format!("{test}-- expect: 1\n{test}-- expect: 1\n"), "duplicate-test", "another name");
    refused("-- test:\nselect 1\n-- expect: 1\n", "unnamed-test", "-- test: name");
    refused("-- test: t\n-- expect: 1\n", "empty-test", "write a query");
    refused("-- expect: 1\n", "stray-expect", "-- test: name");
    refused("-- setup:\nselect 1;\n-- setup:\nselect 2;\n", "two-setups", "one setup");
    refused("-- test: t\nselect 'a\n", "bad-sql", "close it");
}
