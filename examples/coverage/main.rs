//! How much of a collection of Redshift SQL is split, classified, translated, and executed by PostgreSQL.
//!
//! `cargo run --example coverage -- [--failures] DIRECTORY`
//!
//! Each line of a `*.jsonl` is an object with `sql` and `kind`, each line of a `*.scripts.jsonl` one with `sql` and `n`,
//! the number of statements in it. The judge of a translation is PostgreSQL: every statement runs in a transaction of
//! its own that is rolled back, on the server that vesto starts by itself. What a statement names and nobody made is
//! put there first: tables as the same set defines them, else with the columns that the statement asks for.

mod judge;
mod stubs;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use judge::{Judge, Late, Subject, Verdict};
use serde_json::Value;
use vesto::sql::{Dialect, Kind, QuotedNames, ReadStatement, Surroundings, Treatment, parse_script, translate, treat};

/// What became of a statement.
#[derive(Clone, Debug)]
enum Fate {
    NotSplit(String),
    /// Redshift refuses it, and so does the double: that is neither translated nor a failure.
    RefusedThere(String),
    Refused(String),
    /// COPY and UNLOAD are no translations: the double carries them out itself.
    Elsewhere,
    Failed(String, String),
    /// Nothing is left to do, and a note says why.
    Nothing,
    Executed,
}

#[derive(Default)]
struct Tally {
    all: u32,
    read: u32,
    translated: u32,
    nothing: u32,
    executed: u32,
    elsewhere: u32,
    refused_there: u32,
}

impl Tally {
    fn add(&mut self, fate: &Fate) {
        self.all += 1;
        self.read += u32::from(!matches!(fate, Fate::NotSplit(_)));
        self.elsewhere += u32::from(matches!(fate, Fate::Elsewhere));
        self.refused_there += u32::from(matches!(fate, Fate::RefusedThere(_)));
        self.translated += u32::from(matches!(fate, Fate::Failed(..) | Fate::Nothing | Fate::Executed));
        self.nothing += u32::from(matches!(fate, Fate::Nothing));
        self.executed += u32::from(matches!(fate, Fate::Nothing | Fate::Executed));
    }

    fn line(&self, name: &str) -> String {
        let judged = self.all - self.elsewhere - self.refused_there;
        let share = |part: u32, of: u32| {
            if of == 0 { "-".into() } else { format!("{:.1}", 100.0 * f64::from(part) / f64::from(of)) }
        };
        format!(
            "{name:<38} {:>6} {:>7} {:>7} {:>7} {:>8} {:>6} {:>8}",
            self.all,
            share(self.read, self.all),
            share(self.translated, judged),
            share(self.executed, judged),
            self.nothing,
            self.elsewhere,
            self.refused_there
        )
    }
}

#[expect(clippy::print_stdout, reason = "the report is what it is for")]
fn main() -> Result<(), Box<dyn Error>> {
    let (mut directory, mut failures) = (None, false);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--failures" => failures = true,
            _ => directory = Some(PathBuf::from(argument)),
        }
    }
    let directory = directory.ok_or("usage: coverage [--failures] DIRECTORY")?;
    println!("{}", scripts(&directory)?);
    let mut judge = Judge::start()?;
    let (mut sets, mut kinds) = (BTreeMap::<String, Tally>::new(), BTreeMap::<String, Tally>::new());
    let mut listed = Vec::new();
    for (set, path) in files(&directory)? {
        let lines = statements(&path)?;
        judge.learn(lines.iter().map(|line| line.sql.as_str()));
        for line in &lines {
            let fate = fate(&line.sql, &mut judge)?;
            sets.entry(set.clone()).or_default().add(&fate);
            sets.entry("~ all".into()).or_default().add(&fate);
            kinds.entry(line.kind.clone()).or_default().add(&fate);
            let why = match fate {
                Fate::NotSplit(why) => format!("not split: {why}"),
                Fate::RefusedThere(why) => format!("refused as on Redshift: {why}"),
                Fate::Refused(why) => format!("refused: {why}"),
                Fate::Failed(why, sql) => format!("failed: {why}\n    => {}", one_line(&sql)),
                _ => continue,
            };
            listed.push(format!("{set} [{}] {}\n    {why}", line.kind, one_line(&line.sql)));
        }
    }
    judge.stop()?;
    let head = format!(
        "{:<38} {:>6} {:>7} {:>7} {:>7} {:>8} {:>6} {:>8}",
        "", "n", "split%", "transl%", "execut%", "(nothing", "else", "refused)"
    );
    println!("{head}");
    kinds.iter().chain(&sets).for_each(|(name, tally)| println!("{}", tally.line(name)));
    if failures {
        listed.iter().for_each(|line| println!("{line}"));
    }
    Ok(())
}

fn one_line(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fate(sql: &str, judge: &mut Judge) -> Result<Fate, Box<dyn Error>> {
    let statements = match parse_script(sql, Dialect::Redshift) {
        Ok(statements) => statements,
        Err(error) => return Ok(Fate::NotSplit(error.to_string())),
    };
    let [statement] = statements.as_slice() else {
        return Ok(Fate::NotSplit(format!("{} statements", statements.len())));
    };
    if statement.kind == Kind::Other {
        return Ok(Fate::NotSplit("not classified".into()));
    }
    if matches!(statement.kind, Kind::Copy | Kind::Unload) {
        return Ok(Fate::Elsewhere);
    }
    let text = &sql[statement.range.clone()];
    let late = |known: &Surroundings| {
        let translated = translate(text, statement.kind, QuotedNames::Folded, known)?;
        Ok(translated.sql.unwrap_or_default())
    };
    let (text, late): (_, Option<Late<'_>>) = match treat(
        &ReadStatement::again(statement, sql, Dialect::Redshift),
        QuotedNames::Folded,
        &Surroundings::default(),
        false,
    ) {
        Treatment::RefusedThere(refusal) => return Ok(Fate::RefusedThere(refusal.message)),
        Treatment::Refused(refused) if refused.lacks.is_some() => (text.to_owned(), Some(&late)),
        Treatment::Refused(refused) | Treatment::LeftOut(refused) => return Ok(Fate::Refused(refused.message)),
        Treatment::Translated(translation) => match translation.sql {
            None => return Ok(Fate::Nothing),
            Some(translated) => (translated, None),
        },
    };
    Ok(match judge.execute(&Subject { text: &text, late }, statement.kind)? {
        Verdict::Executed => Fate::Executed,
        Verdict::Failed(why) => Fate::Failed(why, text),
    })
}

struct Line {
    sql: String,
    kind: String,
}

/// The sets of single statements, by name.
fn files(directory: &Path) -> Result<Vec<(String, PathBuf)>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if let Some(set) = name.strip_suffix(".jsonl").filter(|set| !set.ends_with(".scripts") && *set != "splitter") {
            found.push((set.to_owned(), path));
        }
    }
    found.sort();
    Ok(found)
}

fn values(path: &Path) -> Result<Vec<Value>, Box<dyn Error>> {
    fs::read_to_string(path)?.lines().map(|line| serde_json::from_str(line).map_err(Into::into)).collect()
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn statements(path: &Path) -> Result<Vec<Line>, Box<dyn Error>> {
    let values = values(path)?;
    Ok(values.iter().map(|value| Line { sql: text(value, "sql"), kind: text(value, "kind") }).collect())
}

/// Which scripts are cut into as many statements as they have.
fn scripts(directory: &Path) -> Result<String, Box<dyn Error>> {
    let (mut right, mut all, mut wrong) = (0, 0, String::new());
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if !(name.ends_with(".scripts.jsonl") || name == "splitter.jsonl") {
            continue;
        }
        for value in values(&path)? {
            let script = text(&value, "sql");
            let wanted = value.get("gold_n").or_else(|| value.get("n")).and_then(Value::as_u64);
            let found = parse_script(&script, Dialect::Redshift).ok().map(|found| found.len() as u64);
            all += 1;
            if found == wanted {
                right += 1;
            } else {
                wrong.push_str(&format!("\n  {name} wanted {wanted:?} found {found:?}: {:.90}", one_line(&script)));
            }
        }
    }
    Ok(format!("scripts cut as expected: {right} of {all}{wrong}\n"))
}
