//! Dates and times, by a format of the user, by the default one, or by what they look like.
//!
//! <https://docs.aws.amazon.com/redshift/latest/dg/r_DATEFORMAT_and_TIMEFORMAT_strings.html>

use super::recognize::recognize;
use crate::double::data::datetime::{DateTime, digits, read_date, read_timestamp, seconds};

/// DATEFORMAT.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum DateFormat {
    /// `YYYY-MM-DD`
    #[default]
    Usual,
    Auto,
    Pattern(Pattern),
}

/// TIMEFORMAT.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum TimeFormat {
    /// `YYYY-MM-DD HH:MI:SS`, with an offset for TIMESTAMPTZ
    #[default]
    Usual,
    Auto,
    EpochSeconds,
    EpochMilliseconds,
    Pattern(Pattern),
}

impl DateFormat {
    /// Reads the value of the option; `Err` says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            other => Pattern::parse(other).map(Self::Pattern),
        }
    }

    /// Reads a field; what it says of the time of day does not count.
    pub(super) fn read(&self, text: &str) -> Option<DateTime> {
        let text = text.trim_ascii();
        match self {
            Self::Usual => read_date(text),
            Self::Auto => recognize(text),
            Self::Pattern(pattern) => pattern.read(text),
        }
    }
}

impl TimeFormat {
    /// Reads the value of the option; `Err` says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "epochsecs" => Ok(Self::EpochSeconds),
            "epochmillisecs" => Ok(Self::EpochMilliseconds),
            other => Pattern::parse(other).map(Self::Pattern),
        }
    }

    /// Reads a field, with an offset only where one can stand.
    pub(super) fn read(&self, text: &str, with_zone: bool) -> Option<DateTime> {
        let text = text.trim_ascii();
        match self {
            Self::Usual => read_timestamp(text, with_zone),
            Self::Auto => recognize(text),
            Self::EpochSeconds => epoch(text, 1_000_000),
            Self::EpochMilliseconds => epoch(text, 1000),
            Self::Pattern(pattern) => pattern.read(text),
        }
    }
}

/// A number of seconds or milliseconds since 1970 in UTC, with decimals if there are some.
fn epoch(text: &str, microseconds: i64) -> Option<DateTime> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let negative = whole.starts_with('-');
    let mut total = whole.parse::<i64>().ok()?.checked_mul(microseconds)?;
    let mut unit = microseconds;
    for digit in fraction.bytes() {
        let digit = i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
        unit /= 10;
        total = total.checked_add(if negative { -digit * unit } else { digit * unit })?;
    }
    let moment = DateTime::of_microseconds(total)?;
    Some(DateTime { offset: Some(0), ..moment })
}

/// A format such as `MM/DD/YYYY HH12:MI AM`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Part>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year,
    ShortYear,
    Month,
    MonthName,
    Day,
    Hour,
    Hour12,
    Minute,
    Second,
    Half,
    Literal(char),
}

/// Longer words come before those that they begin with.
const PARTS: &[(&str, Part)] = &[
    ("YYYY", Part::Year),
    ("YY", Part::ShortYear),
    ("MONTH", Part::MonthName),
    ("MON", Part::MonthName),
    ("MM", Part::Month),
    ("MI", Part::Minute),
    ("DD", Part::Day),
    ("HH24", Part::Hour),
    ("HH12", Part::Hour12),
    ("HH", Part::Hour),
    ("SS", Part::Second),
    ("AM", Part::Half),
    ("PM", Part::Half),
];

impl Pattern {
    fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let named = PARTS
                .iter()
                .find(|(word, _)| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)));
            let length = match named {
                Some((word, part)) => {
                    parts.push(*part);
                    word.len()
                }
                // ISO 8601's letters stand for themselves.
                None if !first.is_ascii_alphanumeric() || matches!(first, 'T' | 'Z') => {
                    parts.push(Part::Literal(first));
                    first.len_utf8()
                }
                None => return Err(format!("`{text}` is no format of dates and times: what is `{rest}`?")),
            };
            rest = rest.get(length..).unwrap_or_default();
        }
        let has = |wanted: &[Part]| parts.iter().any(|part| wanted.contains(part));
        if has(&[Part::Year, Part::ShortYear]) && has(&[Part::Month, Part::MonthName]) && has(&[Part::Day]) {
            Ok(Self(parts))
        } else {
            Err(format!("the format `{text}` lacks a year, a month or a day"))
        }
    }

    fn read(&self, text: &str) -> Option<DateTime> {
        let mut moment = DateTime::default();
        let mut rest = text;
        let mut afternoon = None;
        for part in &self.0 {
            match part {
                Part::Year => moment.year = i32::try_from(digits(&mut rest, 4, 4)?).ok()?,
                Part::ShortYear => moment.year = short_year(digits(&mut rest, 2, 2)?),
                Part::Month => moment.month = digits(&mut rest, 1, 2)?,
                Part::MonthName => moment.month = month_name(&mut rest)?,
                Part::Day => moment.day = digits(&mut rest, 1, 2)?,
                Part::Hour | Part::Hour12 => moment.hour = digits(&mut rest, 1, 2)?,
                Part::Minute => moment.minute = digits(&mut rest, 1, 2)?,
                Part::Second => seconds(&mut rest, &mut moment)?,
                Part::Half => afternoon = Some(half(&mut rest)?),
                Part::Literal(literal) => rest = rest.strip_prefix(*literal)?,
            }
        }
        if let Some(afternoon) = afternoon {
            if !(1..=12).contains(&moment.hour) {
                return None;
            }
            moment.hour = moment.hour % 12 + if afternoon { 12 } else { 0 };
        }
        if rest.is_empty() { moment.in_era(false) } else { None }
    }
}

/// A year without its century, as PostgreSQL reads it.
pub(super) fn short_year(year: u32) -> i32 {
    let year = i32::try_from(year).unwrap_or_default();
    if year < 70 { 2000 + year } else { 1900 + year }
}

/// Takes the name of a month, in full or its first three letters.
pub(super) fn month_name(rest: &mut &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let count = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let word = rest.get(..count)?.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| *month == word || word.len() == 3 && month.starts_with(&word))?;
    *rest = rest.get(count..)?;
    u32::try_from(at + 1).ok()
}

/// Takes AM or PM; true for the afternoon.
pub(super) fn half(rest: &mut &str) -> Option<bool> {
    let afternoon = match rest.get(..2)?.to_ascii_lowercase().as_str() {
        "am" => false,
        "pm" => true,
        _ => return None,
    };
    *rest = rest.get(2..)?;
    Some(afternoon)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(moment: Option<DateTime>) -> Option<String> {
        let mut out = Vec::new();
        moment?.write_timestamp(true, &mut out);
        String::from_utf8(out).ok()
    }

    #[test]
    fn formats_are_read() {
        let cases = [
            ("MM/DD/YYYY", "03/31/2003", Some("2003-03-31 00:00:00")),
            ("MON DD, YYYY", "March 31, 2003", Some("2003-03-31 00:00:00")),
            ("MM.DD.YYYY HH:MI:SS", "03.31.2003 18:45:05.123456", Some("2003-03-31 18:45:05.123456")),
            ("YYYYMMDDHHMISS", "20030331184505", Some("2003-03-31 18:45:05")),
            ("DD-Mon-YY HH12:MI PM", "05-jan-69 12:05 am", Some("2069-01-05 00:05:00")),
            ("YYYY-MM-DD", "2003-02-29", None),
            ("YYYY-MM-DD", "2003-02-28x", None),
            ("YYYY-MM-DD", "1582-10-10", Some("1582-10-10 00:00:00")),
        ];
        for (format, text, expected) in cases {
            let format = TimeFormat::parse(format);
            let read = format.ok().and_then(|format| format.read(text, false));
            assert_eq!(shown(read).as_deref(), expected, "{text}");
        }
        for format in ["YYYY", "nonsense", "YYYY-MM-DDTHH:MI:SSOF", "DD.MM", ""] {
            assert!(TimeFormat::parse(format).is_err(), "{format}");
        }
    }

    #[test]
    fn usual_formats_and_epochs_are_read() {
        let usual = |text| shown(TimeFormat::Usual.read(text, true));
        assert_eq!(usual("2008-01-31 12:00:00").as_deref(), Some("2008-01-31 12:00:00"));
        assert_eq!(usual("0044-03-15 12:00:00+00 BC").as_deref(), Some("0044-03-15 12:00:00+00:00 BC"));
        assert_eq!(usual("0999-01-31 12:00:00.5-08").as_deref(), Some("0999-01-31 12:00:00.500000-08:00"));
        for text in ["2008-01-31", "2008-01-31T12:00:00", "2008-01-31 25:00:00", "2008-01-31 12:00:00 UTC", ""] {
            assert_eq!(usual(text), None, "{text}");
        }
        let cases = [
            (TimeFormat::EpochSeconds, "-1", "1969-12-31 23:59:59+00:00"),
            (TimeFormat::EpochSeconds, "1409236852.5", "2014-08-28 14:40:52.500000+00:00"),
            (TimeFormat::EpochMilliseconds, "1409236852123", "2014-08-28 14:40:52.123000+00:00"),
            (TimeFormat::EpochSeconds, "-62167219201", "0002-12-31 23:59:59+00:00 BC"),
        ];
        for (format, text, expected) in cases {
            assert_eq!(shown(format.read(text, false)).as_deref(), Some(expected), "{text}");
        }
        let date = |text| shown(DateFormat::Usual.read(text));
        assert_eq!(date("2008-01-31 23:59:59").as_deref(), Some("2008-01-31 00:00:00"));
        assert_eq!(date("0044-03-15 BC").as_deref(), Some("0044-03-15 00:00:00 BC"));
        assert_eq!(date("2008-1-31"), None);
    }
}
