//! Files in, rows in PostgreSQL's text format out.

use std::io::{self, Read, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::CopyStatement;
use super::column::{Column, Kind};
use super::input::Input;
use super::load_error::LoadError;
use super::rows::{Report, Rows};
use super::source;
use crate::ports::{DbError, DbErrorKind, NewObject, ObjectHead, ObjectWriter, Store, StoreError};

type Tested = Result<(), Box<dyn std::error::Error>>;

/// Objects in memory; every bucket holds the same.
#[derive(Clone)]
struct Memory(Vec<(String, Vec<u8>)>);

impl Memory {
    fn with(objects: &[(&str, &[u8])]) -> Self {
        Self(objects.iter().map(|(key, bytes)| ((*key).to_owned(), bytes.to_vec())).collect())
    }
}

impl Store for Memory {
    fn list(&self, _: &str, prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.0.iter().map(|(key, _)| key.clone()).filter(|key| key.starts_with(prefix)).collect())
    }

    fn head(&self, _: &str, wanted: &str) -> Result<Option<ObjectHead>, StoreError> {
        let found = self.0.iter().find(|(key, _)| *key == wanted);
        Ok(found.map(|(_, bytes)| ObjectHead { size: bytes.len() as u64, ..ObjectHead::default() }))
    }

    fn open_at(&self, _: &str, wanted: &str, start: u64) -> Result<Box<dyn Read + Send>, StoreError> {
        let found = self.0.iter().find(|(key, _)| *key == wanted).map(|(_, bytes)| bytes.clone()).unwrap_or_default();
        let mut object = io::Cursor::new(found);
        object.set_position(start);
        Ok(Box::new(object))
    }

    fn create(&self, bucket: &str, _: &str, _: &NewObject) -> Result<Box<dyn ObjectWriter>, StoreError> {
        Err(StoreError::Unsupported { bucket: bucket.to_owned(), what: "writing" })
    }

    fn delete(&self, bucket: &str, _: &[String]) -> Result<(), StoreError> {
        Err(StoreError::Unsupported { bucket: bucket.to_owned(), what: "removing" })
    }
}

fn column(name: &str, kind: Kind) -> Column {
    Column { name: name.to_owned(), kind, not_null: false }
}

/// An integer column, then text columns.
fn columns(width: usize) -> Vec<Column> {
    let kind = |index| if index == 0 { Kind::Integer } else { Kind::Varchar(None) };
    (0..width).map(|index| column(&format!("c{index}"), kind(index))).collect()
}

/// The rows that a COPY with these options makes of the objects below `in/`, and what it says of them.
fn load(options: &str, store: &Memory, columns: Vec<Column>) -> Result<(String, Report), DbError> {
    let source = if options.contains("manifest") { "manifest" } else { "in/" };
    let statement = CopyStatement::parse(&format!("copy s.t from 's3://b/{source}' {options}"))?;
    let store: Arc<dyn Store> = Arc::new(store.clone());
    let objects = source::objects(&statement, store.as_ref())?;
    let mapping = source::mapping(&statement, columns.len(), store.as_ref())?;
    let input = Input { statement, columns, mapping, store };
    let mut rows = Rows::begin(input, objects).map_err(|e| DbError::new(DbErrorKind::Lost, e.to_string()))?;
    let mut out = String::new();
    let read = rows.read_to_string(&mut out);
    let mut report = rows.finish();
    match report.failure.take() {
        Some(error) => Err(error),
        None => read.map(|_| (out, report)).map_err(|e| DbError::new(DbErrorKind::Lost, e.to_string())),
    }
}

/// The rows of one file, or why there are none.
fn loaded(options: &str, file: &[u8], width: usize) -> Result<String, String> {
    let told = |error: DbError| error.detail.unwrap_or(error.message);
    load(options, &Memory::with(&[("in/f", file)]), columns(width)).map(|(rows, _)| rows).map_err(told)
}

/// The bad records of one file.
fn refused(options: &str, file: &[u8], columns: Vec<Column>) -> Vec<LoadError> {
    let loaded = load(&format!("ignoreallerrors {options}"), &Memory::with(&[("in/f", file)]), columns);
    loaded.map(|(_, report)| report.errors).unwrap_or_default()
}

#[test]
fn delimited_fields_are_read_as_redshift_reads_them() {
    let cases: &[(&str, &str, &str)] = &[
        ("", "1|a|b\n2|c|\n", "1\ta\tb\n2\tc\t\n"),
        ("", "1|a|b|\r\n", "1\ta\tb\n"),
        ("", "|\\N|x\\y", "\\N\t\\N\tx\\\\y\n"),
        ("delimiter ','", "1, a ,b", "1\t a \tb\n"),
        ("delimiter as '\\t' null as 'nil'", "1\tnil\tb", "1\t\\N\tb\n"),
        ("delimiter '\\001'", "1\u{1}a\u{1}b", "1\ta\tb\n"),
        ("delimiter '|~'", "1|~a|~b~|", "1\ta\tb~|\n"),
        ("null as '\\N'", "1|\\N|N", "1\t\\N\tN\n"),
        ("null as '\\0'", "1|\0|b", "1\t\\N\tb\n"),
        ("null as ''", "1||b", "1\t\\N\tb\n"),
        ("escape", "1|a\\|b|c\\\\\\\nd\n", "1\ta|b\tc\\\\\\nd\n"),
        ("escape", "1|\\N|\\n", "1\t\\N\tn\n"),
        ("escape", "1|\\\\N|a\\", "1\t\\N\ta\\\\\n"),
        ("escape", "1|a\\\r\\\nb|c\\\r\n", "1\ta\\r\\nb\tc\\r\n"),
        ("removequotes", "'1'|\"a|b\"|it's", "1\ta|b\tit's\n"),
        ("removequotes", "1|' ''Black'' '|\"\"", "1\t ''Black'' \t\n"),
        ("removequotes escape", "1|'it\\'s'|\"\\\"\"", "1\tit's\t\"\n"),
        ("removequotes null 'nil'", "1|\"nil\"|nil", "1\t\\N\t\\N\n"),
        ("emptyasnull blanksasnull", "1||  ", "1\t\\N\t\\N\n"),
        ("ignoreheader 2", "a\nb\n1|2|3", "1\t2\t3\n"),
        ("ignoreheader as 9", "a\nb\n", ""),
        ("fillrecord", "1|a", "1\ta\t\n"),
        ("fillrecord emptyasnull", "1|a", "1\ta\t\\N\n"),
        ("ignoreblanklines", "\n1|a|b\n\r\n", "1\ta\tb\n"),
        ("trimblanks", "1|a  | b ", "1\ta\t b\n"),
        ("fixedwidth 'id:3,0:2,x:4'", "  1ab  cd\n2  éé  x \n", "1\tab\t  cd\n2\téé\t  x \n"),
    ];
    for (options, file, expected) in cases {
        assert_eq!(loaded(options, file.as_bytes(), 3).as_deref(), Ok(*expected), "{options} {file:?}");
    }
}

#[test]
fn csv_fields_are_read_as_redshift_reads_them() {
    let cases: &[(&str, &str, &str)] = &[
        ("csv", "1,a,b\r\n2,\"x, \"\"y\"\"\",\"two\nlines\"\r\n", "1\ta\tb\n2\tx, \"y\"\ttwo\\nlines\n"),
        ("csv", "1, \"a\" ,\t\"b\"", "1\ta\tb\n"),
        ("csv", "1,\"\"\"\",\"\"\"a\"\"\"", "1\t\"\t\"a\"\n"),
        ("csv delimiter '\\t'", "1\t\"a\"\tb", "1\ta\tb\n"),
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
fn json_members_find_their_columns() -> Tested {
    let paths = br#"{"jsonpaths": ["$.id", "$.in.a[1]", "$.c2"]}"#;
    let cases: &[(&str, &str, &str)] = &[
        ("json 'auto'", "{\"c1\": \"a\\n\", \"c0\": 1, \"x\": {\"c0\": 2}}\n{}", "1\ta\\n\t\\N\n\\N\t\\N\t\\N\n"),
        ("json", " {\"c0\":1,\"c1\":[1, {\"a\":\"}\"}],\"c2\":true}", "1\t[1, {\"a\":\"}\"}]\ttrue\n"),
        ("json 'auto ignorecase'", "{\"C0\":\"1\",\"c1\":1.50,\"C2\":null}", "1\t1.50\t\\N\n"),
        ("format json as 's3://b/p'", "{\"id\":1,\"in\":{\"a\":[0,\"é\"]}}", "1\té\t\\N\n"),
        ("json 'auto' emptyasnull", "{\"c0\":\"\",\"c1\":\"\",\"c2\":\"\\u0041\"}", "\\N\t\\N\tA\n"),
    ];
    for (options, file, expected) in cases {
        let store = Memory::with(&[("in/f", file.as_bytes()), ("p", paths)]);
        let rows = load(options, &store, columns(3)).map(|(rows, _)| rows);
        assert_eq!(rows.ok().as_deref(), Some(*expected), "{options} {file}");
    }
    let whole = load("json 'noshred'", &Memory::with(&[("in/f", b"{\"a\": 1}\n[2]")]), vec![column("s", Kind::Super)])?;
    assert_eq!(whole.0, "{\"a\": 1}\n[2]\n");
    let store = Memory::with(&[("in/f", b"{}"), ("p", br#"{"jsonpaths": ["$.id"]}"#)]);
    let error = load("json 's3://b/p'", &store, columns(2)).err().map(|error| error.message);
    assert!(error.is_some_and(|error| error.contains("JSONPath size: 1")));
    Ok(())
}

#[test]
fn bad_json_is_refused_and_the_next_record_read() {
    let file = "{\"c0\": 1}\n{\"c0\": x}\nnothing\n{\"c0\":\n\"a\"}\n{\"c0\": 2} {\"c0\": [";
    let errors = refused("json 'auto'", file.as_bytes(), columns(1));
    let told: Vec<_> = errors.iter().map(|error| (error.line, error.code, error.raw_line.as_str())).collect();
    let expected =
        [(2, 1216, "{\"c0\": x}"), (3, 1216, "nothing"), (5, 1207, "{\"c0\":\n\"a\"}"), (6, 1216, "{\"c0\": [")];
    assert_eq!(told[..3], expected[..3]);
    assert_eq!(told.len(), 4, "{told:?}");
}

#[test]
fn a_bad_record_is_named_by_file_line_and_column() {
    let cases: &[(&str, &[u8], &str)] = &[
        ("", b"1|a|b\n2|c\n", "line 2: Delimiter not found (error 1214)"),
        ("", b"1|a|b|c\n", "line 1: Extra column(s) found (error 1202)"),
        ("", b"x|a|b\n", "line 1: Invalid digit, Value 'x', Pos 0, Type: Integer (error 1207) in column `c0`"),
        ("removequotes", b"1|'a|b\n", "line 1: Delimited value missing end quote (error 1214) in column `c1`"),
        ("csv", b"1,a\"b,c\n", "line 1: Invalid quote formatting for CSV (error 1214) in column `c1`"),
        ("csv", b"1,\"a\"b,c\n", "line 1: Invalid quote formatting for CSV"),
        ("csv", b"1,\"a\n\nb,c\n", "line 1: Invalid quote formatting for CSV"),
        ("fixedwidth 'a:1,b:1,c:9'", b"1a\n", "line 1: Input line is not valid (error 1216) in column `c2`"),
        ("", b"1|\xff|b\n", "Bad UTF8 hex sequence: ff (error 3) (error 1220) in column `c1`"),
        ("", b"1|a|b\0\n", "line 1: Invalid null byte - field longer than 1 byte, at location 1 (error 1218)"),
        ("gzip", b"1|a|b\n", "cannot be read (is it GZIP?)"),
        ("zstd", b"1|a|b\n", "cannot be read (is it ZSTD?)"),
        ("bzip2", b"1|a|b\n", "cannot be read (is it BZIP2?)"),
        ("lzop", b"1|a|b\n", "cannot be read (is it LZOP?)"),
        ("avro 'auto'", b"1|a|b\n", "cannot be read"),
        ("parquet", b"1|a|b\n", "cannot be read"),
    ];
    for (options, file, expected) in cases {
        let error = loaded(options, file, 3).err().unwrap_or_default();
        assert!(error.contains(expected) && error.contains("s3://b/in/f"), "{options}: {error}");
    }
    assert_eq!(loaded("acceptinvchars as '^'", b"1|\xff\xfea|b", 3).as_deref(), Ok("1\t^^a\tb\n"));
}

#[test]
fn a_refused_record_is_a_row_of_stl_load_errors() {
    let columns = vec![column("id", Kind::Integer), column("name", Kind::Varchar(Some(3))), column("at", Kind::Date)];
    let errors = refused("ignoreheader 1", "h\n1|abc|2020-01-01\n2|\u{e9}\u{e9}x|2020-01-01\n".as_bytes(), columns);
    let expected = LoadError {
        file: "s3://b/in/f".to_owned(),
        line: 3,
        column: "name".to_owned(),
        column_type: "varchar",
        column_length: "3".to_owned(),
        position: 2,
        raw_line: "2|..x|2020-01-01".to_owned(),
        raw_field: "..x".to_owned(),
        code: 1204,
        reason: "String length exceeds DDL length".to_owned(),
    };
    assert_eq!(errors, [expected]);
}

#[test]
fn values_of_each_type_are_checked() {
    let not_null = |kind| Column { not_null: true, ..column("c", kind) };
    let cases: &[(Kind, &str, &str, Result<&str, u16>)] = &[
        (Kind::Date, "", "2020-02-30", Err(1205)),
        (Kind::Date, "", "1/2/2020", Err(1205)),
        (Kind::Date, "dateformat 'MM/DD/YYYY'", "1/2/2020", Ok("2020-01-02")),
        (Kind::Date, "dateformat 'auto'", "Jan 2 1899", Ok("1899-01-02")),
        (Kind::Date, "dateformat 'auto' acceptanydate", "00/00/00", Ok("\\N")),
        (Kind::Timestamp, "", "2020-01-02", Err(1206)),
        (Kind::Timestamp, "timeformat 'epochsecs'", "0", Ok("1970-01-01 00:00:00")),
        (Kind::TimestampTz, "timeformat 'epochmillisecs'", "1500", Ok("1970-01-01 00:00:01.500000+00:00")),
        (Kind::TimestampTz, "", "2020-01-02 03:04:05.6-07", Ok("2020-01-02 03:04:05.600000-07:00")),
        (Kind::Time, "", "25:00:00", Err(1206)),
        (Kind::Boolean, "", "YES", Ok("t")),
        (Kind::Boolean, "", "2", Err(1210)),
        (Kind::Numeric(Some((4, 1))), "", "1.29", Ok("1.2")),
        (Kind::Numeric(Some((4, 1))), "roundec", "1.29", Ok("1.3")),
        (Kind::Numeric(Some((4, 1))), "", "1234.5", Err(1209)),
        (Kind::Real, "", "1e39", Err(1208)),
        (Kind::Char(3), "", "\u{e9}", Err(1220)),
        (Kind::Char(3), "", "abcd", Err(1204)),
        (Kind::Char(3), "truncatecolumns", "abcd", Ok("abc")),
        (Kind::Varchar(Some(3)), "truncatecolumns", "\u{e9}\u{e9}", Ok("\u{e9}")),
        (Kind::Super, "", "{\"a\": [1]}", Ok("{\"a\": [1]}")),
        (Kind::Super, "", "{a}", Err(1216)),
        (Kind::Super, "", "\"\\u0000\"", Err(1216)),
        (Kind::Varbyte(None), "", "00ff", Ok("\\\\x00ff")),
        (Kind::Varbyte(None), "", "0g", Err(1207)),
    ];
    for (kind, options, field, expected) in cases {
        let store = Memory::with(&[("in/f", field.as_bytes())]);
        let loaded = load(&format!("ignoreallerrors {options}"), &store, vec![column("c", *kind)]);
        let found = loaded.map(|(rows, report)| match report.errors.first() {
            Some(error) => Err(error.code),
            None => Ok(rows.trim_end().to_owned()),
        });
        let expected = expected.map(str::to_owned);
        assert_eq!(found.ok(), Some(expected), "{kind:?} {options} {field}");
    }
    let missing = refused("csv", b"\n", vec![not_null(Kind::Integer)]);
    assert_eq!(missing.first().map(|error| error.code), Some(1213));
}

#[test]
fn maxerror_is_the_number_of_errors_that_fails() -> Tested {
    let store = Memory::with(&[("in/1", b"1\nx\n2\n"), ("in/2", b"y\n3\n")]);
    for (options, fails) in [("", true), ("maxerror 1", true), ("maxerror 2", true), ("maxerror as 3", false)] {
        let loaded = load(options, &store, columns(1));
        assert_eq!(loaded.is_err(), fails, "{options}");
    }
    let (rows, report) = load("maxerror 3", &store, columns(1))?;
    assert_eq!((rows.as_str(), report.error_count, report.rows()), ("1\n2\n3\n", 2, 3));
    let error = load("", &store, columns(1)).err();
    let message = "Load into table 't' failed.  Check 'stl_load_errors' system table for details.";
    let found = error.map(|error| (error.message, error.code));
    assert_eq!(found, Some((message.to_owned(), Some("XX000".to_owned()))));
    Ok(())
}

#[test]
fn manifests_name_the_files() -> Tested {
    let entry = |url: &str, more: &str| {
        format!("{{\"entries\": [{{\"url\": \"s3://b/in/1\"}}, {{\"url\": \"{url}\"{more}}}]}}")
    };
    let cases = [
        (entry("s3://b/in/1", ""), Ok("1\n1\n")),
        (entry("s3://b/gone", ""), Ok("1\n")),
        (entry("s3://b/gone", ", \"mandatory\": true"), Err("s3://b/gone, mandatory in the manifest")),
        (entry("s3://b/in/2", ", \"meta\": {\"content_length\": 2}"), Ok("1\n2\n")),
        (entry("s3://b/in/2", ", \"meta\": {\"content_length\": 3}"), Err("has 2 bytes")),
        (entry("b/in/2", ""), Err("`b/in/2` is no object")),
        ("{}".to_owned(), Err("not in the correct JSON format")),
        ("{\"entries\": []}".to_owned(), Err("No files found")),
    ];
    for (manifest, expected) in cases {
        let store = Memory::with(&[("in/1", b"1\n"), ("in/2", b"2\n"), ("manifest", manifest.as_bytes())]);
        match (load("manifest", &store, columns(1)), expected) {
            (Ok((rows, _)), Ok(expected)) => assert_eq!(rows, expected, "{manifest}"),
            (Err(error), Err(expected)) => assert!(error.message.contains(expected), "{manifest}: {}", error.message),
            (found, _) => panic!("{manifest}: {found:?}"),
        }
    }
    let gone = load("manifest", &Memory::with(&[]), columns(1)).err().map(|error| error.message);
    assert_eq!(gone.as_deref(), Some("Problem reading manifest file - The specified key does not exist."));
    Ok(())
}

#[test]
fn a_record_without_an_end_is_refused_before_it_fills_the_memory() {
    for options in ["", "json 'auto'"] {
        let mut file = vec![b'x'; 5 * 1024 * 1024];
        file[..2].copy_from_slice(b"[\"");
        file.extend_from_slice(b"\"]\n1\n");
        let errors = refused(options, &file, columns(1));
        assert_eq!(errors.first().map(|error| error.reason.as_str()), Some("Record exceeds the maximum size of 4 MB"));
    }
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
                COMPUPDATE PRESET STATUPDATE ON COMPROWS 1000 DATEFORMAT 'auto' TIMEFORMAT AS 'auto' MAXERROR 0 \
                ENCODING utf8";
    let statement = CopyStatement::parse(text)?;
    assert_eq!(statement.table.parts, ["S", "orders"]);
    assert_eq!(statement.columns, ["id", "Full Name"]);
    assert_eq!(statement.source.url(), "s3://acme-raw/in/orders");
    assert_eq!(statement.shown, text);
    let secret = "copy t from 's3://b/k' access_key_id 'AKIA' secret_access_key 'hunter2' csv";
    let shown = CopyStatement::parse(secret)?.shown;
    assert_eq!(shown, "copy t from 's3://b/k' access_key_id '****' secret_access_key '****' csv");
    Ok(())
}

#[test]
fn what_redshift_refuses_is_refused() {
    let cases = [
        ("csv escape", "CSV is not compatible with ESCAPE"),
        ("csv fixedwidth 'a:1'", "conflicting or redundant options"),
        ("gzip zstd", "conflicting or redundant options"),
        ("escape escape", "conflicting or redundant options"),
        ("fixedwidth 'a:1' delimiter ','", "FIXEDWIDTH is not compatible with DELIMITER"),
        ("fixedwidth 'a'", "FIXEDWIDTH must be"),
        ("parquet delimiter ','", "DELIMITER argument is not supported for PARQUET based COPY"),
        ("parquet maxerror 3", "MAXERROR argument is not supported for PARQUET based COPY"),
        ("maxerror 100001", "MAXERROR must be between 0 and 100000"),
        ("maxerror 5 ignoreallerrors", "IGNOREALLERRORS cannot be used with MAXERROR"),
        ("quote '\"'", "QUOTE is only for CSV"),
        ("encrypted", "ENCRYPTED needs MASTER_SYMMETRIC_KEY"),
        ("encrypted master_symmetric_key 'short'", "MASTER_SYMMETRIC_KEY must be 256 bits"),
        ("encoding latin9", "ENCODING must be"),
        ("dateformat 'nonsense'", "`nonsense` is no format"),
        ("json 'automatic'", "JSON takes 'auto'"),
        ("comprows 10", "COMPROWS must be between"),
        ("readratio 50", "READRATIO cannot be used with COPY from Amazon S3"),
        ("ssh", "SSH cannot be used with COPY from Amazon S3"),
        ("fastload", "COPY has no option FASTLOAD"),
        ("serializetojson", "SERIALIZETOJSON is only for PARQUET"),
    ];
    for (options, expected) in cases {
        let error = CopyStatement::parse(&format!("copy t from 's3://b/k' iam_role 'x' {options}")).err();
        let told = error.map(|error| error.message).unwrap_or_default();
        assert!(told.starts_with(expected), "{options}: {told}");
    }
    for (statement, expected) in [
        ("copy t from 's3://b/k' orc", "COPY ORC"),
        ("copy t from 's3://b/k' format shapefile", "COPY SHAPEFILE"),
        ("copy t from 'dynamodb://t'", "COPY from dynamodb"),
        ("copy t from 'emr://j-1/x'", "COPY from emr"),
    ] {
        let error = CopyStatement::parse(statement).err();
        let fits =
            error.as_ref().is_some_and(|e| e.kind == DbErrorKind::Unsupported && e.message.starts_with(expected));
        assert!(fits, "{statement}: {error:?}");
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
    // With ESCAPE, `\\N` is NULL, as Redshift's documentation says.
    let field = field.prop_filter("the text that stands for NULL", |field| field.as_deref() != Some("\\N"));
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
    fn json_rows_come_back(rows in prop::collection::vec(row_strategy(), 0..8)) {
        let lines = rows.iter().map(|row| serde_json::json!({"c0": 7, "c1": row[0], "c2": row[1], "c3": row[2]}).to_string());
        let file = lines.collect::<Vec<_>>().join(" ");
        prop_assert_eq!(read_back("json 'auto'", file.as_bytes()), Ok(rows));
    }

    #[test]
    fn no_file_panics(file in prop::collection::vec(any::<u8>(), 0..64), options in 0..13_usize) {
        let options = [
            "", "escape removequotes", "csv", "gzip", "lzop", "zstd", "bzip2", "json 'auto'", "json 'auto' encoding utf16",
            "avro 'auto'", "parquet", "fixedwidth 'a:2,b:3'", "dateformat 'auto' encoding iso88591",
        ][options];
        let _ = loaded(options, &file, 2);
        let kinds = vec![column("d", Kind::Timestamp), column("n", Kind::Numeric(Some((5, 2))))];
        let _ = load(&format!("timeformat 'auto' {options}"), &Memory::with(&[("in/f", &file)]), kinds);
    }
}
