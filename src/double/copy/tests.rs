//! Files in, rows in PostgreSQL's text format out.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::CopyStatement;
use super::rows::{Column, Rows};
use crate::ports::{DbErrorKind, NewObject, ObjectHead, ObjectWriter, Store, StoreError};

type Tested = Result<(), Box<dyn std::error::Error>>;

/// Objects in memory; every bucket holds the same.
struct Memory(Vec<(&'static str, Vec<u8>)>);

impl Store for Memory {
    fn head(&self, _: &str, _: &str) -> Result<Option<ObjectHead>, StoreError> {
        unreachable!("nobody asks in these tests")
    }

    fn create(&self, _: &str, _: &str, _: &NewObject) -> Result<Box<dyn ObjectWriter>, StoreError> {
        unreachable!("nobody writes in these tests")
    }

    fn delete(&self, _: &str, _: &[String]) -> Result<(), StoreError> {
        unreachable!("nobody deletes in these tests")
    }

    fn list(&self, _: &str, prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.0.iter().map(|(key, _)| (*key).to_owned()).filter(|key| key.starts_with(prefix)).collect())
    }

    fn open_at(&self, _: &str, wanted: &str, _: u64) -> Result<Box<dyn Read + Send>, StoreError> {
        let bytes = self.0.iter().find(|(key, _)| *key == wanted).map(|(_, bytes)| bytes.clone()).unwrap_or_default();
        Ok(Box::new(io::Cursor::new(bytes)))
    }
}

/// The rows that a COPY with these options makes of one file: an integer column, then text columns.
fn loaded(options: &str, file: &[u8], width: usize) -> Result<String, String> {
    let columns: Vec<Column> =
        (0..width).map(|index| Column { name: format!("c{index}"), is_text: index > 0 }).collect();
    let statement = CopyStatement::parse(&format!("copy t from 's3://b/' {options}")).map_err(|e| e.to_string())?;
    let store = Memory(vec![("f", file.to_vec())]);
    let mut rows = Rows::new(&statement, &columns, &store, vec!["f".to_owned()]);
    let mut out = String::new();
    match rows.read_to_string(&mut out) {
        Ok(_) => Ok(out),
        Err(_) => Err(rows.failure.map_or_else(String::new, |error| error.message)),
    }
}

#[test]
fn delimited_fields_are_read_as_redshift_reads_them() {
    let cases: &[(&str, &str, &str)] = &[
        ("", "1|a|b\n2|c|\n", "1\ta\tb\n2\tc\t\n"),
        ("", "1|a|b|\r\n", "1\ta\tb\n"),
        ("", "|\\N|x\\y", "\\N\t\\N\tx\\\\y\n"),
        ("delimiter ','", "1, a ,b", "1\t a \tb\n"),
        ("delimiter as '\\t' null as 'nil'", "1\tnil\tb", "1\t\\N\tb\n"),
        ("delimiter '|~'", "1|~a|~b~|", "1\ta\tb~|\n"),
        ("escape", "1|a\\|b|c\\\\\\\nd\n", "1\ta|b\tc\\\\\\nd\n"),
        ("escape", "1|\\N|\\n", "1\t\\N\tn\n"),
        ("removequotes", "'1'|\"a|b\"|it's", "1\ta|b\tit's\n"),
        ("removequotes", "1|' ''Black'' '|\"\"", "1\t ''Black'' \t\n"),
        ("emptyasnull blanksasnull", "1||  ", "1\t\\N\t\\N\n"),
        ("ignoreheader 2", "a\nb\n1|2|3", "1\t2\t3\n"),
        ("ignoreheader as 9", "a\nb\n", ""),
        ("fillrecord", "1|a", "1\ta\t\n"),
        ("ignoreblanklines", "\n1|a|b\n \n", "1\ta\tb\n"),
        ("trimblanks", "1|a  | b ", "1\ta\t b\n"),
    ];
    for (options, file, expected) in cases {
        assert_eq!(loaded(options, file.as_bytes(), 3).as_deref(), Ok(*expected), "{options} {file:?}");
    }
}

#[test]
fn csv_fields_are_read_as_redshift_reads_them() {
    let cases: &[(&str, &str, &str)] = &[
        ("csv", "1,a,b\r\n2,\"x, \"\"y\"\"\",\"two\nlines\"\r\n", "1\ta\tb\n2\tx, \"y\"\ttwo\\nlines\n"),
        ("format as csv quote as '%' delimiter ';'", "1;%a;b%;c", "1\ta;b\tc\n"),
        ("csv null as 'NA'", "NA,NA,\"NA\"", "\\N\t\\N\tNA\n"),
        ("csv", ",,\"\"\n", "\\N\t\t\n"),
        ("csv ignoreheader 1 emptyasnull", "id,a,b\n1,,\"\"\n", "1\t\\N\t\\N\n"),
    ];
    for (options, file, expected) in cases {
        assert_eq!(loaded(options, file.as_bytes(), 3).as_deref(), Ok(*expected), "{options} {file:?}");
    }
}

#[test]
fn a_bad_record_is_named_by_file_and_line() {
    let cases: &[(&str, &[u8], &str)] = &[
        ("", b"1|a|b\n2|c\n", "line 2: delimiter not found: 2 fields for 3 columns"),
        ("", b"1|a|b|c\n", "line 1: extra column(s) found: 4 fields for 3 columns"),
        ("removequotes", b"1|'a|b\n", "line 1: a field begins with a quote that is not closed"),
        ("csv", b"1,a\"b,c\n", "line 1: invalid quote formatting for CSV"),
        ("csv", b"1,\"a\"b,c\n", "line 1: invalid quote formatting for CSV"),
        ("csv", b"1,\"a\n\nb,c\n", "line 3: a quoted field is not closed"),
        ("", b"1|\xff|b\n", "line 1: bytes that are not UTF-8 in the field for column `c1`"),
        ("", b"1|a|b\0\n", "line 1: a NUL character in the field for column `c2`"),
        ("gzip", b"1|a|b\n", "cannot be read (is it gzip?)"),
    ];
    for (options, file, expected) in cases {
        let error = loaded(options, file, 3).err().unwrap_or_default();
        assert!(error.contains(expected) && error.contains("s3://b/f line"), "{options}: {error}");
    }
    assert_eq!(loaded("acceptinvchars as '^'", b"1|\xff\xfea|b", 3).as_deref(), Ok("1\t^^a\tb\n"));
}

#[test]
fn a_record_without_an_end_is_refused_before_it_fills_the_memory() {
    let error = loaded("", &vec![b'x'; 5 * 1024 * 1024], 1).err().unwrap_or_default();
    assert!(error.ends_with("line 1: record is longer than 4 MB"), "{error}");
}

#[test]
fn gzip_members_are_read_one_after_the_other() -> Tested {
    let mut file = Vec::new();
    for part in ["1|a\n2", "|b\n"] {
        let mut encoder = GzEncoder::new(&mut file, Compression::default());
        encoder.write_all(part.as_bytes())?;
        encoder.finish()?;
    }
    assert_eq!(loaded("gzip", &file, 2).as_deref(), Ok("1\ta\n2\tb\n"));
    Ok(())
}

#[test]
fn statements_are_read_with_all_that_changes_nothing() -> Tested {
    let text = "COPY \"S\".orders (id, \"Full Name\") FROM 's3://acme-raw/in/orders' IAM_ROLE default REGION AS 'us-west-2' \
                COMPUPDATE PRESET STATUPDATE ON DATEFORMAT 'auto' TIMEFORMAT AS 'auto' MAXERROR 0 ENCODING utf8";
    let statement = CopyStatement::parse(&text.replace("ENCODING utf8", "ENCODING AS 'utf8'"))?;
    assert_eq!(statement.table.parts, ["S", "orders"]);
    assert_eq!(statement.columns, ["id", "Full Name"]);
    assert_eq!((statement.bucket.as_str(), statement.prefix.as_str()), ("acme-raw", "in/orders"));
    Ok(())
}

#[test]
fn what_is_not_done_is_named() {
    let options = [
        "lzop",
        "bzip2",
        "zstd",
        "parquet",
        "json 'auto'",
        "avro 'auto'",
        "fixedwidth 'a:1'",
        "manifest",
        "encrypted",
        "truncatecolumns",
        "maxerror 5",
        "dateformat 'DD.MM.YYYY'",
        "format as orc",
        "noload",
        "readratio 50",
    ];
    for option in options {
        let error = CopyStatement::parse(&format!("copy t from 's3://b/k' iam_role 'x' {option}")).err();
        let named = option.split(' ').find(|word| !["format", "as"].contains(word)).unwrap_or_default().to_uppercase();
        let fits = error.as_ref().is_some_and(|error| {
            error.kind == DbErrorKind::Unsupported && error.message.contains(&format!("COPY {named}"))
        });
        assert!(fits, "{option}: {error:?}");
    }
    let secret = CopyStatement::parse("copy t from 's3://b/k' access_key_id AKIA secret_access_key 'hunter2'").err();
    assert_eq!(secret.map(|error| error.to_string()).as_deref(), Some("COPY: expected a value here"));
}

/// What a server reads out of a row in the text format of its COPY.
fn text_row(row: &str) -> Vec<Option<String>> {
    row.split('\t')
        .map(|field| {
            if field == "\\N" {
                return None;
            }
            let mut out = String::new();
            let mut characters = field.chars();
            while let Some(character) = characters.next() {
                out.push(match (character, character == '\\') {
                    (_, true) => match characters.next() {
                        Some('n') => '\n',
                        Some('r') => '\r',
                        Some('t') => '\t',
                        other => other.unwrap_or('\\'),
                    },
                    (plain, false) => plain,
                });
            }
            Some(out)
        })
        .collect()
}

fn row_strategy() -> impl Strategy<Value = Vec<Option<String>>> {
    let field = prop_oneof![
        1 => Just(None),
        1 => Just(Some(String::new())),
        6 => "[a-z|,\"'\\\\\n\r\t é\u{1F600}N]{0,12}".prop_map(Some),
    ];
    prop::collection::vec(field, 3)
}

fn written(rows: &[Vec<Option<String>>], separator: &str, field: impl Fn(&Option<String>) -> String) -> Vec<u8> {
    let lines = rows.iter().map(|row| {
        let fields: Vec<String> = std::iter::once("7".to_owned()).chain(row.iter().map(&field)).collect();
        fields.join(separator) + "\n"
    });
    lines.collect::<String>().into_bytes()
}

fn read_back(options: &str, file: &[u8]) -> Result<Vec<Vec<Option<String>>>, String> {
    let text = loaded(options, file, 4)?;
    Ok(text.lines().map(|row| text_row(row).into_iter().skip(1).collect()).collect())
}

proptest! {
    #[test]
    fn delimited_rows_come_back(rows in prop::collection::vec(row_strategy(), 0..8)) {
        let escaped = |field: &Option<String>| match field {
            None => "\\N".to_owned(),
            Some(text) => text.chars().fold(String::new(), |mut out, character| {
                if matches!(character, '\\' | '|' | '\n' | '\r') {
                    out.push('\\');
                }
                out.push(character);
                out
            }),
        };
        prop_assert_eq!(read_back("escape", &written(&rows, "|", escaped)), Ok(rows));
    }

    #[test]
    fn csv_rows_come_back(rows in prop::collection::vec(row_strategy(), 0..8)) {
        let quoted = |field: &Option<String>| match field {
            None => "\\N".to_owned(),
            Some(text) => format!("\"{}\"", text.replace('"', "\"\"")),
        };
        prop_assert_eq!(read_back("csv", &written(&rows, ",", quoted)), Ok(rows));
    }

    #[test]
    fn no_file_panics(file in prop::collection::vec(any::<u8>(), 0..64), options in 0..4_usize) {
        let options = ["", "escape removequotes", "csv", "gzip"][options];
        let _ = loaded(options, &file, 2);
    }
}
