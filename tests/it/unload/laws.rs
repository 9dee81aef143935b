//! What UNLOAD writes, COPY reads back as the same rows.

use std::fmt::Write;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use vesto::sql::{Dialect, quote_literal};

use super::trips::{BARE, NULL, TRIPS, Trip};
use crate::support::Sandbox;

/// The columns of the tables, with what COPY has to bring back of each.
pub(super) const COLUMNS: &[(&str, &str)] = &[
    // A text stands first, where a file begins, and last, where its lines end.
    ("t", "varchar(400)"),
    ("i", "bigint"),
    ("n", "integer"),
    ("s", "smallint"),
    ("b", "boolean"),
    ("c", "char(5)"),
    ("m", "numeric(38,10)"),
    ("f", "numeric(38,37)"),
    ("r", "real"),
    ("d", "double precision"),
    ("day", "date"),
    ("ts", "timestamp"),
    ("tz", "timestamptz"),
    ("clock", "time"),
    ("zone", "timetz"),
    ("doc", "super"),
    ("bytes", "varbyte(300)"),
    ("id", "bigint identity(1,1)"),
    ("wide", "varchar(65535)"),
];

fn text(value: String) -> String {
    quote_literal(&value, Dialect::Redshift)
}

fn optional(strategy: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
    prop_oneof![1 => Just("null".to_owned()), 5 => strategy].boxed()
}

/// Texts that look like something else in one of the formats.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => prop::sample::select(vec![
            NULL, "", " ", "\\N", "\\.", "null", "N", "\u{feff}x", "\r", "x\r", "\n", "\\", "\"", "'", "\"\"", "x ", "{}", "[]",
        ])
        .prop_map(str::to_owned),
        1 => Just("x".repeat(400)),
        1 => Just("\u{1f600}".repeat(100)),
        3 => "[a|,;\"'\\\\\n\r\t @N\u{1}\u{7f}\u{e4}\u{1f600}]{0,12}",
        1 => "[ -~]{0,30}",
    ]
}

fn number(range: impl Strategy<Value = i128> + 'static) -> BoxedStrategy<String> {
    optional(range.prop_map(|value| format!("'{value}'")))
}

fn float(special: &'static [&'static str], finite: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
    let special = prop::sample::select(special).prop_map(|value| format!("'{value}'"));
    optional(prop_oneof![1 => special, 2 => finite])
}

/// A day with its era, from the first that Redshift has to the last year of which Parquet has microseconds.
fn date() -> impl Strategy<Value = (String, &'static str)> + Clone {
    let day = |years: std::ops::RangeInclusive<i32>| {
        (years, 1_u32..=12, 1_u32..=28).prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
    };
    prop_oneof![
        4 => (day(1..=20_000), Just("")),
        1 => (day(1..=4712), Just(" BC")),
        1 => prop::sample::select(vec![
            ("294246-12-31", ""), ("4713-01-01", " BC"), ("0001-12-31", " BC"), ("0001-01-01", ""), ("1900-02-28", ""),
        ])
        .prop_map(|(day, era)| (day.to_owned(), era)),
    ]
}

fn time() -> impl Strategy<Value = String> + Clone {
    (0_u32..86_400, 0_u32..1_000_000).prop_map(|(second, micro)| {
        format!("{:02}:{:02}:{:02}.{micro:06}", second / 3600, second / 60 % 60, second % 60)
    })
}

/// A row as the list of an INSERT, without the identity.
fn row() -> impl Strategy<Value = String> {
    let whole =
        |low: i64, high: i64| number(prop_oneof![Just(low.into()), Just(high.into()), i128::from(low)..=high.into()]);
    let decimal = (any::<i64>(), 0_u64..10_000_000_000).prop_map(|(whole, fraction)| format!("{whole}.{fraction:010}"));
    let fraction = "-?[0-9]\\.[0-9]{37}";
    let single =
        any::<f32>().prop_filter("a number", |value| value.is_finite()).prop_map(|value| format!("'{value:e}'"));
    let double =
        any::<f64>().prop_filter("a number", |value| value.is_finite()).prop_map(|value| format!("'{value:e}'"));
    let special = &["Infinity", "-Infinity", "NaN", "-0", "0"];
    let zone = prop::sample::select(vec!["+00", "-08", "+05:45", "+14", "-12"]);
    let document = prop_oneof![
        Just("[]".to_owned()),
        Just("null".to_owned()),
        Just("\"\"".to_owned()),
        Just("{\"a\": [1, 2.50, -0.0, true, null], \"\\u00e4\": {\"b|\": \"\\n\\\\\"}}".to_owned()),
        "[a|,;' @N]{0,9}".prop_map(|text| format!("\"{text}\"")),
    ];
    let bytes = vec(any::<u8>(), 1..20).prop_map(|bytes| {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("'\\\\x{digits}'")
    });
    let wide = prop_oneof![
        8 => hostile().prop_map(text),
        1 => Just("repeat('x', 65535)".to_owned()),
        1 => Just("repeat('\u{1f600}', 16383)".to_owned()),
    ];
    let (moment, instant) = ((date(), time()), (date(), time()));
    let columns = vec![
        optional(hostile().prop_map(text)),
        whole(i64::MIN, i64::MAX),
        whole(i32::MIN.into(), i32::MAX.into()),
        whole(i16::MIN.into(), i16::MAX.into()),
        optional(any::<bool>().prop_map(|value| value.to_string())),
        optional("[a-z|,\"'\\\\@]{0,5}".prop_map(text)),
        optional(decimal),
        optional(fraction),
        float(special, single),
        float(special, double),
        optional(date().prop_map(|(date, era)| format!("'{date}{era}'"))),
        optional(moment.prop_map(|((date, era), time)| format!("'{date} {time}{era}'"))),
        optional(instant.prop_map(|((date, era), time)| format!("'{date} {time}+00{era}'"))),
        optional(prop_oneof![4 => time(), 1 => Just("24:00:00".to_owned())].prop_map(|time| format!("'{time}'"))),
        optional((time(), zone).prop_map(|(time, zone)| format!("'{time}{zone}'"))),
        optional(document.prop_map(|value| format!("json_parse({})", text(value)))),
        optional(bytes),
        optional(wide),
    ];
    columns.prop_map(|cells| format!("({})", cells.join(", ")))
}

/// One project that takes the rows of the table `v` through every trip.
fn project(columns: &[(&str, &str)], trips: &[Trip], zone: &str, rows: &[String]) -> Option<Sandbox> {
    let sandbox = Sandbox::on_server("redshift")?;
    let settings = sandbox.read("vesto.ini");
    sandbox.write("vesto.ini", &format!("{settings}\n[store bucket]\nfolder = store\n"));
    sandbox.write("store/elsewhere", "");
    let table = |lacks: &[&str]| {
        let kept = columns.iter().filter(|(name, _)| !lacks.contains(name));
        kept.map(|(name, kind)| format!("{name} {kind}")).collect::<Vec<_>>().join(", ")
    };
    let given = columns.iter().filter(|(_, kind)| !kind.contains("identity"));
    let names = given.map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let mut sql = format!("-- vesto: placeholders=off\nset timezone to '{zone}';\ncreate table v ({});\n", table(&[]));
    if !rows.is_empty() {
        writeln!(sql, "insert into v ({names}) values\n{};", rows.join(",\n")).expect("a String grows");
    }
    for (number, trip) in trips.iter().enumerate() {
        let (place, query) = (format!("s3://bucket/{number}/p_"), trip.query(columns));
        writeln!(sql, "unload ($$select {query} from v$$) to '{place}' iam_role default {};", trip.unload)
            .expect("a String grows");
        writeln!(sql, "create table w{number} ({});", table(trip.lacks)).expect("a String grows");
        // No row, no file of Parquet and of partitions.
        if !rows.is_empty() {
            let (place, copy) = (trip.place(&place), trip.copy);
            writeln!(sql, "copy w{number} from '{place}' iam_role default {copy};").expect("a String grows");
        }
    }
    sandbox.write("changes/V1__round_trip.sql", &sql);
    Some(sandbox)
}

fn bring_back(columns: &[(&str, &str)], trips: &[Trip], zone: &str, rows: &[String]) -> Result<(), TestCaseError> {
    let Some(sandbox) = project(columns, trips, zone, rows) else { return Ok(()) };
    let answer = sandbox.typed("apply");
    prop_assert_eq!(answer.code, Some(0), "{}", answer.stdout);
    for (number, trip) in trips.iter().enumerate() {
        let (before, after) = (trip.expected(columns), trip.found(columns));
        let difference = sandbox.ask(&format!(
            "with before as (select {before} from v), after as (select {after} from w{number}) \
             select coalesce(string_agg(x::text, chr(10)), 'none') from \
             ((table before except all table after) union all (table after except all table before)) x"
        ));
        prop_assert_eq!(difference, "none", "{}", trip.unload);
    }
    Ok(())
}

#[test]
fn what_is_unloaded_comes_back() {
    let mut runner = TestRunner::new(Config { cases: 10, failure_persistence: None, ..Config::default() });
    let zone = prop::sample::select(vec!["UTC", "Asia/Kathmandu", "Europe/Berlin"]);
    let result = runner.run(&(vec(row(), 0..40), zone), |(rows, zone)| bring_back(COLUMNS, TRIPS, zone, &rows));
    result.expect("every format brings every row back");
}

/// A column alone, whose records may be empty lines.
#[test]
fn a_column_alone_comes_back() {
    let mut runner = TestRunner::new(Config { cases: 5, failure_persistence: None, ..Config::default() });
    let row = optional(hostile().prop_map(text)).prop_map(|value| format!("({value})"));
    let result = runner.run(&vec(row, 0..40), |rows| bring_back(&[("t", "varchar(400)")], BARE, "UTC", &rows));
    result.expect("every format brings every row back");
}
