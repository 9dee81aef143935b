//! Every case of `tests/data/double/translate`: a Redshift statement, and beside it what PostgreSQL gets and the notes.
//! A line `-- known: table (column, column)` says what the catalogue tells of a table, and
//! `-- database: name` in which database the statements run.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use vesto::sql::{Dialect, Lacks, ObjectName, QuotedNames, Surroundings, parse_script, translate};

fn known(script: &str) -> Surroundings {
    let mut known = Surroundings::default();
    known.database = script.lines().find_map(|line| line.strip_prefix("-- database: ")).map(str::to_owned);
    for line in script.lines().filter_map(|line| line.strip_prefix("-- known: ")) {
        let (table, columns) = line.trim_end_matches(')').split_once(" (").unwrap_or((line, ""));
        let parts = table.split('.').map(str::to_owned).collect();
        known.insert(ObjectName { parts }, columns.split(", ").map(str::to_owned).collect());
    }
    known
}

fn shown_lack(lacks: &Lacks) -> String {
    match lacks {
        Lacks::Columns(table) => format!("the columns of {table}"),
        Lacks::Database => "the database".to_owned(),
    }
}

/// What becomes of a script, as the `.expected` file writes it.
fn shown(script: &str) -> Result<String, Box<dyn Error>> {
    let mut out = String::new();
    let known = known(script);
    for statement in parse_script(script, Dialect::Redshift)? {
        let text = &script[statement.range.clone()];
        match translate(text, statement.kind, QuotedNames::Folded, &known) {
            Ok(translation) => {
                let sql = translation.sql.as_deref().map_or_else(|| "-- nothing".to_owned(), |sql| format!("{sql};"));
                writeln!(out, "{sql}")?;
                for note in translation.notes {
                    let end = text[note.offset..].find(char::is_whitespace).map_or(text.len(), |end| note.offset + end);
                    writeln!(out, "-- note at {}: {}", &text[note.offset..end], note.message)?;
                }
            }
            Err(refused) => {
                let lacks =
                    refused.lacks.as_ref().map(|lacks| format!(" (lacks {})", shown_lack(lacks))).unwrap_or_default();
                writeln!(out, "-- refused at {}: {refused}{lacks}", refused.offset)?;
            }
        }
        out.push('\n');
    }
    Ok(out)
}

#[test]
fn cases_translate_as_written_down() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/double/translate");
    let rewrite = std::env::var_os("VESTO_REWRITE_EXPECTED").is_some();
    let mut cases = 0;
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "sql") {
            continue;
        }
        cases += 1;
        let actual = shown(&fs::read_to_string(&path)?)?;
        let expected_path = path.with_extension("expected");
        if rewrite {
            fs::write(&expected_path, &actual)?;
        }
        let expected = fs::read_to_string(&expected_path).unwrap_or_default();
        assert_eq!(actual, expected, "{}; VESTO_REWRITE_EXPECTED=1 writes the file anew", path.display());
    }
    assert!(cases > 0, "no case in {}", folder.display());
    Ok(())
}

#[test]
fn places_in_a_translation_lead_back_to_the_source() -> Result<(), Box<dyn Error>> {
    let source =
        "create table #t (id int identity(1,1) encode az64, nam varchar(max) default 'a\\'b' dsitkey) sortkey(id)";
    let kind = parse_script(source, Dialect::Redshift)?[0].kind;
    let translation = translate(source, kind, QuotedNames::Folded, &Surroundings::default())?;
    let sql = translation.sql.unwrap_or_default();
    for word in ["create", "id int", "nam", "dsitkey", "'b'"] {
        let Some(there) = sql.find(word) else { panic!("{word} is missing in {sql}") };
        assert_eq!(Some(translation.map.source_offset(there)), source.find(word), "{word} in {sql}");
    }
    Ok(())
}

#[test]
fn places_inside_of_a_body_lead_back_to_the_source() -> Result<(), Box<dyn Error>> {
    let source = "create procedure p() as $body$ begin create temp table x (a int encode raw) distkey(a); selct 1; end $body$ language plpgsql";
    let kind = parse_script(source, Dialect::Redshift)?[0].kind;
    let translation = translate(source, kind, QuotedNames::Folded, &Surroundings::default())?;
    let sql = translation.sql.unwrap_or_default();
    let Some(there) = sql.find("selct") else { panic!("selct is missing in {sql}") };
    assert_eq!(Some(translation.map.source_offset(there)), source.find("selct"), "{sql}");
    assert_eq!(translation.notes.len(), 2);
    assert_eq!(source.get(translation.notes[0].offset..).map(|rest| rest.starts_with("encode")), Some(true));
    Ok(())
}
