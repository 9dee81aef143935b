//! Dates and times, by a format of the user, by the default one, or by what they look like.
//!
//! <https://docs.aws.amazon.com/redshift/latest/dg/r_DATEFORMAT_and_TIMEFORMAT_strings.html>

use std::io::Write as _;

use super::recognize::recognize;

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
            Self::Usual => {
                let (mut rest, before_christ) = era(text);
                let date = usual_date(&mut rest)?;
                (rest.is_empty() || rest.starts_with([' ', 'T'])).then(|| date.in_era(before_christ))
            }
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
            Self::Usual => {
                let (mut rest, before_christ) = era(text);
                let mut moment = usual_date(&mut rest)?;
                rest = rest.strip_prefix(' ')?;
                clock(&mut rest, &mut moment, 2)?;
                if with_zone && !rest.is_empty() {
                    moment.offset = Some(offset(&mut rest)?);
                }
                rest.is_empty().then(|| moment.in_era(before_christ))
            }
            Self::Auto => recognize(text),
            Self::EpochSeconds => epoch(text, 1_000_000),
            Self::EpochMilliseconds => epoch(text, 1000),
            Self::Pattern(pattern) => pattern.read(text),
        }
    }
}

/// A moment on the clock of some place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DateTime {
    /// 0 is the year 1 BC.
    pub(super) year: i32,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) microsecond: u32,
    /// Seconds east of UTC.
    pub(super) offset: Option<i32>,
}

impl Default for DateTime {
    fn default() -> Self {
        let (year, month, day) = (1, 1, 1);
        Self { year, month, day, hour: 0, minute: 0, second: 0, microsecond: 0, offset: None }
    }
}

/// Divides ` BC` or ` AD` from the end of a date; true for BC.
pub(super) fn era(text: &str) -> (&str, bool) {
    match text.len().checked_sub(3).and_then(|at| text.split_at_checked(at)) {
        Some((before, era)) if era.eq_ignore_ascii_case(" bc") => (before, true),
        Some((before, era)) if era.eq_ignore_ascii_case(" ad") => (before, false),
        _ => (text, false),
    }
}

impl DateTime {
    /// The moment in that era, whose years were counted from 1.
    pub(super) fn in_era(self, before_christ: bool) -> Self {
        if before_christ { Self { year: 1 - self.year, ..self } } else { self }
    }

    /// Whether there is such a moment.
    pub(super) fn is_valid(&self) -> bool {
        let clock = self.hour < 24 && self.minute < 60 && self.second < 60
            || (self.hour, self.minute, self.second, self.microsecond) == (24, 0, 0, 0)
            || self.second == 60 && self.hour < 24 && self.minute < 60 && self.microsecond == 0;
        // PostgreSQL's first day is in 4714 BC.
        clock && (-4712..=294_275).contains(&self.year) && (1..=days(self.year, self.month)).contains(&self.day)
    }

    /// Writes the day as PostgreSQL reads it under any setting of DateStyle.
    pub(super) fn write_date(&self, out: &mut Vec<u8>) {
        self.write_day(out);
        self.write_era(out);
    }

    /// Writes day, time and, if asked for and known, offset.
    pub(super) fn write_timestamp(&self, with_zone: bool, out: &mut Vec<u8>) {
        self.write_day(out);
        out.push(b' ');
        self.write_time(with_zone, out);
        self.write_era(out);
    }

    /// Writes the time of day.
    pub(super) fn write_time(&self, with_zone: bool, out: &mut Vec<u8>) {
        let _ = write!(out, "{:02}:{:02}:{:02}", self.hour, self.minute, self.second);
        if self.microsecond > 0 {
            let _ = write!(out, ".{:06}", self.microsecond);
        }
        if let Some(offset) = self.offset.filter(|_| with_zone) {
            let sign = if offset < 0 { '-' } else { '+' };
            let seconds = offset.unsigned_abs();
            let _ = write!(out, "{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
        }
    }

    fn write_day(&self, out: &mut Vec<u8>) {
        let year = if self.year > 0 { self.year } else { 1 - self.year };
        let _ = write!(out, "{year:04}-{:02}-{:02}", self.month, self.day);
    }

    fn write_era(&self, out: &mut Vec<u8>) {
        if self.year <= 0 {
            out.extend_from_slice(b" BC");
        }
    }

    /// The moment so many microseconds after 1970-01-01.
    pub(super) fn of_microseconds(total: i64) -> Option<Self> {
        let mut moment = Self::default();
        let second = total.div_euclid(1_000_000);
        moment.microsecond = u32::try_from(total.rem_euclid(1_000_000)).ok()?;
        moment.set_days(second.div_euclid(86_400))?;
        let second = u32::try_from(second.rem_euclid(86_400)).ok()?;
        (moment.hour, moment.minute, moment.second) = (second / 3600, second / 60 % 60, second % 60);
        moment.is_valid().then_some(moment)
    }

    /// Sets the day by its number since 1970-01-01.
    pub(super) fn set_days(&mut self, days: i64) -> Option<()> {
        // Howard Hinnant's days_from_civil, the other way round: https://howardhinnant.github.io/date_algorithms.html
        let days = days.checked_add(719_468)?;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * of_year + 2) / 153;
        self.day = u32::try_from(of_year - (153 * month + 2) / 5 + 1).ok()?;
        self.month = u32::try_from(if month < 10 { month + 3 } else { month - 9 }).ok()?;
        self.year = i32::try_from(year_of_era + era * 400 + i64::from(self.month <= 2)).ok()?;
        Some(())
    }
}

fn days(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 0,
    }
}

/// Takes a number of `least` to `most` digits.
pub(super) fn digits(rest: &mut &str, least: usize, most: usize) -> Option<u32> {
    let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if count < least {
        return None;
    }
    let (number, after) = rest.split_at(count);
    *rest = after;
    number.parse().ok()
}

fn usual_date(rest: &mut &str) -> Option<DateTime> {
    let year = i32::try_from(digits(rest, 4, 6)?).ok()?;
    *rest = rest.strip_prefix('-')?;
    let month = digits(rest, 2, 2)?;
    *rest = rest.strip_prefix('-')?;
    let moment = DateTime { year, month, day: digits(rest, 2, 2)?, ..DateTime::default() };
    moment.is_valid().then_some(moment)
}

/// Takes `HH:MI:SS`, with decimals of the second if there are some.
pub(super) fn clock(rest: &mut &str, moment: &mut DateTime, least: usize) -> Option<()> {
    moment.hour = digits(rest, least, 2)?;
    *rest = rest.strip_prefix(':')?;
    moment.minute = digits(rest, 2, 2)?;
    *rest = rest.strip_prefix(':')?;
    seconds(rest, moment)?;
    moment.is_valid().then_some(())
}

/// Takes `SS`, with decimals if there are some.
pub(super) fn seconds(rest: &mut &str, moment: &mut DateTime) -> Option<()> {
    moment.second = digits(rest, 1, 2)?;
    if let Some(fraction) = rest.strip_prefix('.')
        && fraction.starts_with(|next: char| next.is_ascii_digit())
    {
        let count = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let (fraction, after) = fraction.split_at(count);
        *rest = after;
        // Redshift keeps six decimals.
        let kept: u32 = fraction
            .bytes()
            .chain(std::iter::repeat(b'0'))
            .take(6)
            .fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
        moment.microsecond = kept;
    }
    Some(())
}

/// Takes `+HH`, `-HH:MI`, `+HHMI` or `Z`.
pub(super) fn offset(rest: &mut &str) -> Option<i32> {
    if let Some(after) = rest.strip_prefix(['Z', 'z']) {
        *rest = after;
        return Some(0);
    }
    let sign = match rest.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    *rest = rest.get(1..)?;
    let hours = digits(rest, 1, 2)?;
    *rest = rest.strip_prefix(':').unwrap_or(rest);
    let minutes = digits(rest, 2, 2).unwrap_or(0);
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    (hours < 16 && minutes < 60).then_some(sign * seconds)
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

/// Reads TIME and TIMETZ: `HH:MI:SS`, with decimals and an offset.
pub(super) fn read_time(text: &str, with_zone: bool) -> Option<DateTime> {
    let mut rest = text.trim_ascii();
    let mut moment = DateTime::default();
    clock(&mut rest, &mut moment, 1)?;
    if with_zone && !rest.is_empty() {
        moment.offset = Some(offset(&mut rest)?);
    }
    rest.is_empty().then_some(moment)
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
        (rest.is_empty() && moment.is_valid()).then_some(moment)
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
