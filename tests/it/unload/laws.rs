//! What UNLOAD writes, COPY reads back as the same rows.

use std::fmt::Write;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use vesto::sql::{Dialect, quote_literal};

use crate::support::Sandbox;

/// The text that stands for NULL in the files.
const NULL: &str = "@@";

/// Options of UNLOAD, those of COPY, and whether a text that looks like NULL comes back as NULL: AWS documents no way
/// to tell them apart there.
const FORMATS: &[(&str, &str, bool)] = &[
    ("escape null as '@@'", "escape null as '@@'", true),
    ("escape addquotes delimiter ',' null as '@@' gzip", "escape removequotes delimiter ',' null as '@@' gzip", true),
    ("escape delimiter '\\t' null as '@@' zstd", "escape delimiter '\\t' null as '@@' zstd", true),
    ("csv null as '@@'", "csv null as '@@'", false),
    ("csv delimiter ';' null as '@@' bzip2", "csv delimiter ';' null as '@@' bzip2", false),
    ("csv gzip header null as '@@'", "csv gzip ignoreheader 1 null as '@@'", false),
    ("json zstd", "json 'auto' zstd", false),
    ("parquet", "format as parquet", false),
];

const COLUMNS: &str = "i bigint, s smallint, b boolean, t varchar(400), c char(5), n numeric(38,10), r real, \
                       d double precision, day date, ts timestamp, tz timestamptz, clock time, doc super";

/// A row as the list of an INSERT.
fn row() -> impl Strategy<Value = String> {
    let hostile = prop_oneof![
        Just(NULL.to_owned()),
        Just(String::new()),
        Just("\\N".to_owned()),
        Just("x".repeat(400)),
        Just("\u{1f600}".repeat(100)),
        "[a|,;\"'\\\\\n\r\t @N\u{e4}\u{1f600}]{0,12}",
        "[ -~]{0,30}",
    ];
    let text = |value: String| quote_literal(&value, Dialect::Redshift);
    let optional = |strategy: BoxedStrategy<String>| prop_oneof![1 => Just("null".to_owned()), 5 => strategy].boxed();
    let float = prop_oneof![
        Just("'Infinity'".to_owned()),
        Just("'-Infinity'".to_owned()),
        Just("'NaN'".to_owned()),
        Just("'-0'".to_owned()),
        any::<f32>().prop_filter("a number", |value| value.is_normal()).prop_map(|value| format!("'{value:e}'")),
    ];
    let double = prop_oneof![
        Just("'-0'".to_owned()),
        any::<f64>().prop_filter("a number", |value| value.is_normal()).prop_map(|value| format!("'{value:e}'")),
    ];
    let day = |years: std::ops::RangeInclusive<i32>| {
        (years, 1_u32..=12, 1_u32..=28).prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
    };
    let date = prop_oneof![4 => (day(1..=20_000), Just("")), 1 => (day(1..=4712), Just(" BC"))];
    let time = (0_u32..86_400, 0_u32..1_000_000).prop_map(|(second, micro)| {
        format!("{:02}:{:02}:{:02}.{micro:06}", second / 3600, second / 60 % 60, second % 60)
    });
    let moment = (date.clone(), time.clone());
    let document = prop_oneof![
        Just("[]".to_owned()),
        Just("{\"a\": [1, 2.50, -0.0, true, null], \"\\u00e4\": {\"b|\": \"\\n\\\\\"}}".to_owned()),
        "[a|,;' @N]{0,9}".prop_map(|text| format!("\"{text}\"")),
    ];
    let number = (any::<i64>(), 0_u64..10_000_000_000).prop_map(|(whole, fraction)| format!("{whole}.{fraction:010}"));
    let columns = vec![
        optional(any::<i64>().prop_map(|value| format!("'{value}'")).boxed()),
        optional(any::<i16>().prop_map(|value| format!("'{value}'")).boxed()),
        optional(any::<bool>().prop_map(|value| value.to_string()).boxed()),
        optional(hostile.prop_map(text).boxed()),
        optional("[a-z|,\"'\\\\@]{0,5}".prop_map(text).boxed()),
        optional(number.boxed()),
        optional(float.boxed()),
        optional(double.boxed()),
        optional(date.prop_map(|(date, era)| format!("'{date}{era}'")).boxed()),
        optional(moment.clone().prop_map(|((date, era), time)| format!("'{date} {time}{era}'")).boxed()),
        optional(moment.prop_map(|((date, era), time)| format!("'{date} {time}+00{era}'")).boxed()),
        optional(time.prop_map(|time| format!("'{time}'")).boxed()),
        optional(document.prop_map(move |value| format!("json_parse({})", text(value))).boxed()),
    ];
    columns.prop_map(|cells| format!("({})", cells.join(", ")))
}

/// One project that takes the rows through every format.
fn project(rows: &[String]) -> Option<Sandbox> {
    let sandbox = Sandbox::on_server("redshift")?;
    let settings = sandbox.read("vesto.ini");
    sandbox.write("vesto.ini", &format!("{settings}\n[store bucket]\nfolder = store\n"));
    sandbox.write("store/elsewhere", "");
    let mut sql = format!("-- vesto: placeholders=off\ncreate table v ({COLUMNS});\n");
    if !rows.is_empty() {
        writeln!(sql, "insert into v values\n{};", rows.join(",\n")).expect("a String grows");
    }
    for (number, (unload, copy, _)) in FORMATS.iter().enumerate() {
        let place = format!("'s3://bucket/{number}/p_' iam_role default");
        writeln!(sql, "unload ('select * from v') to {place} {unload};").expect("a String grows");
        writeln!(sql, "create table w{number} ({COLUMNS});").expect("a String grows");
        // No row, no file of Parquet.
        if !rows.is_empty() {
            writeln!(sql, "copy w{number} from {place} {copy};").expect("a String grows");
        }
    }
    sandbox.write("changes/V1__round_trip.sql", &sql);
    Some(sandbox)
}

#[test]
fn what_is_unloaded_comes_back() {
    let mut runner = TestRunner::new(Config { cases: 10, failure_persistence: None, ..Config::default() });
    let result = runner.run(&vec(row(), 0..40), |rows| {
        let Some(sandbox) = project(&rows) else { return Ok(()) };
        let answer = sandbox.typed("apply");
        prop_assert_eq!(answer.code, Some(0), "{}", answer.stdout);
        for (number, (options, _, marker_is_null)) in FORMATS.iter().enumerate() {
            let of = |table: &str, text: &str| {
                format!(
                    "select i, s, b, {text} t, c::text, n, r::text, d::text, day, ts, tz, clock, doc::text from {table}"
                )
            };
            let marker = format!("case when t = '{NULL}' then null else t end");
            let before = of("v", if *marker_is_null { &marker } else { "t" });
            let after = of(&format!("w{number}"), "t");
            let difference = sandbox.ask(&format!(
                "select coalesce(string_agg(x::text, chr(10)), 'none') from (({before} except all {after}) union all \
                 ({after} except all {before})) x"
            ));
            prop_assert_eq!(difference, "none", "{}", options);
        }
        Ok(())
    });
    result.expect("every format brings every row back");
}
