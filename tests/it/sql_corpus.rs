//! SQL that nobody of this project wrote, where it is at hand: our pieces against sqlparser's tokenizer.
//!
//! The corpus lies beside the repository or where `VESTO_CORPUS` says. Nothing of it is part of the project.

#![expect(clippy::print_stdout, reason = "figures and what was left out are for the reader of the test run")]

use std::path::PathBuf;

use sqlparser::dialect::RedshiftSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};
use vesto::sql::{Dialect, Kind, parse_script, split, tokens};

fn corpus() -> Option<PathBuf> {
    let folder = match std::env::var_os("VESTO_CORPUS") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
    };
    folder.is_dir().then_some(folder)
}

/// The lines of the files whose names end like this, with the file's name.
fn lines(wanted: impl Fn(&str) -> bool) -> Option<Vec<(String, serde_json::Value)>> {
    let mut files: Vec<PathBuf> =
        corpus()?.read_dir().expect("corpus").map(|entry| entry.expect("corpus file").path()).collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let name = file.file_name().expect("name").to_string_lossy().into_owned();
        if !wanted(&name) {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("corpus text");
        all.extend(text.lines().map(|line| (name.clone(), serde_json::from_str(line).expect("a JSON object a line"))));
    }
    Some(all)
}

fn sql(line: &serde_json::Value) -> &str {
    line["sql"].as_str().expect("sql")
}

macro_rules! corpus_or_return {
    ($wanted:expr) => {
        match lines($wanted) {
            Some(lines) => lines,
            None => {
                println!("left out: no corpus; set VESTO_CORPUS to its folder");
                return;
            }
        }
    };
}

#[test]
fn every_adversarial_case_is_split_right() {
    let cases = corpus_or_return!(|name| name == "splitter.jsonl");
    let mut wrong = Vec::new();
    for (_, case) in &cases {
        let found = parse_script(sql(case), Dialect::Redshift).map(|statements| statements.len() as u64);
        if found.as_ref().ok().copied() != case["n"].as_u64() {
            wrong.push(format!("{}: {found:?}", case["source"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert_eq!(cases.len(), 55);
}

/// Where sqlparser's tokenizer sees semicolons, or nothing if it gives up.
fn oracle(text: &str) -> Option<Vec<usize>> {
    let found = Tokenizer::new(&RedshiftSqlDialect {}, text).with_unescape(false).tokenize_with_location().ok()?;
    let mut places = std::collections::HashMap::new();
    let (mut line, mut column) = (1, 1);
    for (offset, character) in text.char_indices() {
        places.insert((line, column), offset);
        if character == '\n' {
            (line, column) = (line + 1, 1);
        } else {
            column += 1;
        }
    }
    found
        .iter()
        .filter(|token| token.token == Token::SemiColon)
        .map(|token| places.get(&(token.span.start.line, token.span.start.column)).copied())
        .collect()
}

/// What sqlparser is known to read wrongly: comments inside comments, and line comments that a bare CR ends.
fn is_known_miss(text: &str) -> bool {
    tokens(text, Dialect::Redshift).iter().any(|token| {
        let inside = token.text(text);
        match token.kind {
            vesto::sql::TokenKind::BlockComment => inside.matches("/*").count() > 1,
            vesto::sql::TokenKind::LineComment => {
                text[token.end..].starts_with('\r') && !text[token.end..].starts_with("\r\n")
            }
            _ => false,
        }
    })
}

#[test]
fn scripts_are_cut_where_sqlparser_cuts_them() {
    let scripts = corpus_or_return!(|name| name.ends_with(".scripts.jsonl"));
    let (mut wrong, mut known, mut gave_up, mut counts) = (Vec::new(), 0, 0, Vec::new());
    for (file, script) in &scripts {
        let text = sql(script);
        let ours = match split(text, Dialect::Redshift) {
            Ok(pieces) => pieces,
            Err(error) => {
                wrong.push(format!("{file} {}: {error}", script["source"]));
                continue;
            }
        };
        assert_eq!(ours.iter().map(|piece| &text[piece.clone()]).collect::<String>(), text);
        let statements = parse_script(text, Dialect::Redshift).expect("it was split");
        if Some(statements.len() as u64) != script["n"].as_u64() {
            counts.push(format!("{file} {}: {} for {}", script["source"], statements.len(), script["n"]));
        }
        let ends: Vec<usize> = tokens(text, Dialect::Redshift)
            .iter()
            .filter(|token| token.kind == vesto::sql::TokenKind::Semicolon)
            .map(|token| token.start)
            .collect();
        match oracle(text) {
            None => gave_up += 1,
            Some(theirs) if theirs == ends => {}
            Some(_) if is_known_miss(text) => known += 1,
            Some(theirs) => wrong.push(format!("{file} {}: {ends:?} for {theirs:?}", script["source"])),
        }
    }
    println!("{} scripts, {known} known misses of the oracle, {gave_up} that it cannot read", scripts.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(counts.is_empty(), "{} counts:\n{}", counts.len(), counts.join("\n"));
    assert!(known <= 3 && gave_up <= 3, "the exceptions have grown: {known} and {gave_up}");
}

#[test]
fn nearly_every_statement_has_a_kind() {
    let statements = corpus_or_return!(|name| !name.ends_with(".scripts.jsonl")
        && name.ends_with(".jsonl")
        && name != "splitter.jsonl");
    let mut sets: std::collections::BTreeMap<&str, (usize, usize)> = std::collections::BTreeMap::new();
    let mut unknown = Vec::new();
    for (file, statement) in &statements {
        let set = sets.entry(file).or_default();
        for one in parse_script(sql(statement), Dialect::Redshift).unwrap_or_default() {
            set.0 += 1;
            if one.kind == Kind::Other {
                set.1 += 1;
                unknown.push(format!("{file}: {:.80}", &sql(statement)[one.range.start..]));
            }
        }
    }
    for (file, (all, other)) in &sets {
        println!("{file}: {} of {all} classified", all - other);
    }
    println!("{}", unknown.join("\n"));
    let (all, other) = sets.values().fold((0, 0), |sum, set| (sum.0 + set.0, sum.1 + set.1));
    assert!(other * 200 <= all, "{other} of {all} have no kind");
}
