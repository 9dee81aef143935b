//! Tests in SQL files: comments say where a test begins and what it must give.
//!
//! ```sql
//! -- setup:
//! insert into orders values (1);
//! -- test: one order
//! select count(*), null from orders;
//! -- expect:
//! --   1 | NULL
//! ```
//!
//! After `-- expect` stands one of `: rows below`, `: one row`, `: no rows`, ` rows: 2`, ` cell: value`,
//! ` error: text`, ` error [42P01]: text`, ` within: 0.01`. A value in single quotes is taken literally, so `'NULL'` is a
//! text. An empty line ends the rows.

use std::collections::HashMap;
use std::ops::Range;

use super::{Cell, Expectation, Suite, TestCase};
use crate::project::ParseOptions;
use crate::project::script::Script;
use crate::sql::{self, Token, TokenKind};
use crate::text::{Diagnostic, Excerpt, FileId, Source, Span, closest};

pub(super) fn read(
    file: FileId,
    source: &Source,
    name: &str,
    options: &ParseOptions<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Suite> {
    let raw = Excerpt::contiguous(file, 0, source.shared_text());
    let mut reader = Reader { raw: &raw, options, diagnostics, setup: None, tests: Vec::new(), names: HashMap::new() };
    reader.file(&sql::tokens(source.text(), options.dialect));
    let Reader { setup, tests, .. } = reader;
    Some(Suite { name: name.to_owned(), path: source.path().to_owned(), setup, tests })
}

/// What a comment line means.
enum Mark<'a> {
    Test(&'a str),
    Setup,
    /// `-- expect`, what stands up to the colon, and what stands after it.
    Expect(&'a str, Option<&'a str>),
    /// Any other comment: an expected row if it follows `-- expect:`.
    Comment(&'a str),
}

/// A part of the file that is being read.
struct Block {
    /// The name of a test; absent for the setup.
    test: Option<String>,
    place: Span,
    /// From where its SQL stands.
    start: usize,
    /// Up to where its SQL stands, once an expectation was seen.
    end: Option<usize>,
    expect: Option<(Expectation, Span)>,
    tolerance: Option<f64>,
    /// Whether comments are expected rows.
    rows_open: bool,
    /// Whether something is wrong with it that was reported already.
    broken: bool,
}

struct Reader<'a> {
    raw: &'a Excerpt,
    options: &'a ParseOptions<'a>,
    diagnostics: &'a mut Vec<Diagnostic>,
    setup: Option<Script>,
    tests: Vec<TestCase>,
    names: HashMap<String, Span>,
}

impl Reader<'_> {
    fn file(&mut self, tokens: &[Token]) {
        let raw = self.raw;
        let mut block: Option<Block> = None;
        let mut stray = false;
        for token in tokens {
            match token.kind {
                TokenKind::Whitespace => {
                    // An empty line ends the rows, so that a remark may follow them.
                    let line_ends = token.text(raw.text()).replace("\r\n", "\n").matches(['\n', '\r']).count();
                    if let Some(block) = block.as_mut().filter(|_| line_ends > 1) {
                        block.rows_open = false;
                    }
                }
                TokenKind::BlockComment => {}
                TokenKind::LineComment if begins_line(raw.text(), token.start) => {
                    self.comment(token.start..token.end, &mut block);
                }
                TokenKind::LineComment => {}
                _ => match &mut block {
                    Some(block) => self.code(token, block),
                    None if stray => {}
                    None => {
                        stray = true;
                        self.diagnostics.push(
                            Diagnostic::error("stray-sql", raw.span(token.start..token.end), "no test has begun here")
                                .hint("write `-- test: name` or `-- setup:` above it"),
                        );
                    }
                },
            }
        }
        self.finish(block, raw.text().len());
    }

    fn comment(&mut self, range: Range<usize>, block: &mut Option<Block>) {
        let raw = self.raw;
        let text = &raw.text()[range.clone()];
        let place = raw.span(range.clone());
        let new = |test, place| Block {
            test,
            place,
            start: range.end,
            end: None,
            expect: None,
            tolerance: None,
            rows_open: false,
            broken: false,
        };
        match mark(text) {
            Mark::Test(name) => {
                self.finish(block.take(), range.start);
                *block = Some(new(Some(name.to_owned()), place));
                self.name(name, place);
            }
            Mark::Setup => {
                self.finish(block.take(), range.start);
                *block = Some(new(None, place));
            }
            Mark::Expect(word, value) => match block {
                Some(block) if block.test.is_some() => self.expect(block, word, value, range),
                _ => self.diagnostics.push(
                    Diagnostic::error("stray-expect", place, "no test has begun here")
                        .hint("write `-- test: name` above the query"),
                ),
            },
            Mark::Comment(row) => {
                if let Some(Block { expect: Some((Expectation::Rows(rows), _)), rows_open: true, .. }) = block
                    && !row.is_empty()
                {
                    match cells(row) {
                        Some(row) => rows.push(row),
                        None => self.open_quote(place),
                    }
                }
            }
        }
    }

    fn open_quote(&mut self, place: Span) {
        self.diagnostics.push(
            Diagnostic::error("bad-row", place, "a quoted value does not end at `|` or at the end of the line")
                .hint("close the quote, and write a quote inside as `''`"),
        );
    }

    fn name(&mut self, name: &str, place: Span) {
        if name.is_empty() {
            self.diagnostics
                .push(Diagnostic::error("unnamed-test", place, "the test has no name").hint("write `-- test: name`"));
        } else if let Some(first) = self.names.insert(name.to_owned(), place) {
            self.diagnostics.push(
                Diagnostic::error("duplicate-test", place, format!("test `{name}` stands twice"))
                    .related(first, "it stands here first")
                    .hint("give one of them another name"),
            );
        }
    }

    fn code(&mut self, token: &Token, block: &mut Block) {
        block.rows_open = false;
        if block.end.is_some() && !block.broken {
            block.broken = true;
            self.diagnostics.push(
                Diagnostic::error("sql-after-expect", self.raw.span(token.start..token.end), "the test has ended here")
                    .hint("write `-- test: name` above it, or move it above `-- expect`"),
            );
        }
    }

    fn expect(&mut self, block: &mut Block, word: &str, value: Option<&str>, range: Range<usize>) {
        block.end.get_or_insert(range.start);
        block.rows_open = false;
        let place = self.raw.span(range);
        if word == "within" {
            block.tolerance = value.and_then(|value| value.parse().ok()).filter(|t: &f64| t.is_finite() && *t >= 0.0);
            if block.tolerance.is_none() {
                self.bad_expect(
                    place,
                    "the tolerance is not a number",
                    "write a number such as `-- expect within: 0.01`",
                );
                block.broken = true;
            }
            return;
        }
        match expectation(word, value) {
            Err((message, hint)) => {
                block.broken = true;
                self.bad_expect(place, &message, &hint);
            }
            Ok(_) if block.expect.is_some() => {
                block.broken = true;
                self.bad_expect(place, "the test has an expectation already", "keep one of them");
            }
            Ok(expectation) => {
                block.rows_open = matches!(&expectation, Expectation::Rows(rows) if rows.is_empty());
                block.expect = Some((expectation, place));
            }
        }
    }

    fn bad_expect(&mut self, place: Span, message: &str, hint: &str) {
        self.diagnostics.push(Diagnostic::error("bad-expect", place, message).hint(hint));
    }

    /// `end` is where the next part begins.
    fn finish(&mut self, block: Option<Block>, end: usize) {
        let Some(block) = block else { return };
        let text = self.raw.slice(block.start..block.end.unwrap_or(end));
        let script = match Script::parse(text, self.options.dialect, Some(self.options.variables)) {
            Ok(script) => script,
            Err(errors) => return self.diagnostics.extend(errors),
        };
        let Some(name) = block.test else {
            if self.setup.is_some() {
                self.diagnostics.push(
                    Diagnostic::error("two-setups", block.place, "the file has a setup already")
                        .hint("write one setup at the top; it runs before each test"),
                );
            }
            self.setup = Some(script);
            return;
        };
        if script.statements().is_empty() {
            self.diagnostics.push(
                Diagnostic::error("empty-test", block.place, format!("test `{name}` runs nothing"))
                    .hint("write a query below the line"),
            );
            return;
        }
        match block.expect {
            _ if block.broken => {}
            None => self.diagnostics.push(
                Diagnostic::error("missing-expect", block.place, format!("test `{name}` expects nothing"))
                    .hint("write `-- expect:` and rows below the query, `-- expect: no rows` or `-- expect error:`"),
            ),
            Some((Expectation::Rows(rows), place)) if rows.is_empty() => {
                self.bad_expect(
                    place,
                    "no rows follow",
                    "write rows such as `--   1 | a` below, or `-- expect: no rows`",
                );
            }
            Some((expect, expect_place)) => self.tests.push(TestCase {
                name,
                place: block.place,
                script,
                expect,
                tolerance: block.tolerance,
                expect_place,
            }),
        }
    }
}

fn begins_line(text: &str, at: usize) -> bool {
    let before = &text[..at];
    before[before.rfind(['\n', '\r']).map_or(0, |end| end + 1)..].trim().is_empty()
}

fn mark(comment: &str) -> Mark<'_> {
    let text = comment.trim_start_matches('-').trim();
    if let Some(name) = text.strip_prefix("test:") {
        return Mark::Test(name.trim());
    }
    if text == "setup:" || text == "setup" {
        return Mark::Setup;
    }
    match text.strip_prefix("expect") {
        Some(rest) if rest.starts_with([' ', ':', '\t']) || rest.is_empty() => match rest.split_once(':') {
            Some((word, value)) => Mark::Expect(word.trim(), Some(value.trim())),
            None => Mark::Expect(rest.trim(), None),
        },
        _ => Mark::Comment(text),
    }
}

/// Reads what stands after `-- expect`; the error is a message and a hint.
fn expectation(word: &str, value: Option<&str>) -> Result<Expectation, (String, String)> {
    let Some(value) = value else {
        return Err(("`-- expect` has no colon".to_owned(), "write `-- expect:`".to_owned()));
    };
    let (kind, state) = match word.split_once('[') {
        Some((kind, rest)) => (kind.trim(), rest.strip_suffix(']').map(str::trim)),
        None => (word, None),
    };
    match (kind, state) {
        ("error", state) => error_expectation(word.contains('['), state, value),
        ("", None) if value.is_empty() => Ok(Expectation::Rows(Vec::new())),
        ("", None) if value == "no rows" => Ok(Expectation::NoRows),
        ("", None) => cells(value).map(|row| Expectation::Rows(vec![row])).ok_or_else(|| {
            ("a quoted value is not closed".to_owned(), "close the quote, and write a quote inside as `''`".to_owned())
        }),
        ("rows", None) => value.parse().map(Expectation::RowCount).map_err(|_| {
            ("the number of rows is not a number".to_owned(), "write a number such as `-- expect rows: 2`".to_owned())
        }),
        ("cell", None) => Ok(Expectation::FirstCell(value.to_owned())),
        (other, _) => Err((
            format!("unknown expectation `{other}`"),
            match closest(other, ["rows", "cell", "error", "within"]) {
                Some(near) => format!("did you mean `-- expect {near}:`?"),
                None => {
                    "use one of `expect:`, `expect rows:`, `expect cell:`, `expect error:`, `expect within:`".to_owned()
                }
            },
        )),
    }
}

fn error_expectation(bracket: bool, state: Option<&str>, text: &str) -> Result<Expectation, (String, String)> {
    let valid = |state: &&str| state.len() == 5 && state.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let sqlstate = state.filter(valid).map(str::to_uppercase);
    if bracket && sqlstate.is_none() {
        let hint = "write its five characters such as `-- expect error [42P01]:`".to_owned();
        return Err(("the SQLSTATE is not one".to_owned(), hint));
    }
    Ok(Expectation::Error { text: text.to_owned(), sqlstate })
}

/// Cuts a row at `|`. None if a quoted value is not closed.
fn cells(row: &str) -> Option<Vec<Cell>> {
    let mut cells = Vec::new();
    let mut rest = row;
    loop {
        rest = rest.trim_start();
        let (cell, after) = match rest.strip_prefix('\'') {
            Some(quoted) => quoted_cell(quoted)?,
            None => {
                let end = rest.find('|').unwrap_or(rest.len());
                let text = rest[..end].trim();
                let cell = if text == "NULL" { Cell::Null } else { Cell::Text(text.to_owned()) };
                (cell, &rest[end..])
            }
        };
        cells.push(cell);
        match after.strip_prefix('|') {
            Some(next) => rest = next,
            None => return Some(cells),
        }
    }
}

/// Reads a quoted value and what follows it, which begins with `|` or is empty.
fn quoted_cell(text: &str) -> Option<(Cell, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('\'')?;
        value.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(next) => {
                value.push('\'');
                rest = next;
            }
            None => break,
        }
    }
    let after = rest.trim_start();
    (after.is_empty() || after.starts_with('|')).then_some((Cell::Text(value), after))
}

#[cfg(test)]
mod tests;
