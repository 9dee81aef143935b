//! Moments, as the ISO style of PostgreSQL and the default formats of Redshift write them, and as numbers.

use std::io::Write as _;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// 4713 BC and 294276: <https://docs.aws.amazon.com/redshift/latest/dg/r_Datetime_types.html>.
const FIRST_YEAR: i32 = -4712;
const LAST_YEAR: i32 = 294_276;

/// A moment on the clock of some place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::double) struct DateTime {
    /// 0 is the year 1 BC.
    pub(in crate::double) year: i32,
    pub(in crate::double) month: u32,
    pub(in crate::double) day: u32,
    pub(in crate::double) hour: u32,
    pub(in crate::double) minute: u32,
    pub(in crate::double) second: u32,
    pub(in crate::double) microsecond: u32,
    /// Seconds east of UTC.
    pub(in crate::double) offset: Option<i32>,
}

impl Default for DateTime {
    fn default() -> Self {
        let (year, month, day) = (1, 1, 1);
        Self { year, month, day, hour: 0, minute: 0, second: 0, microsecond: 0, offset: None }
    }
}

/// Divides ` BC` or ` AD` from the end of a date; true for BC.
pub(in crate::double) fn era(text: &str) -> (&str, bool) {
    match text.len().checked_sub(3).and_then(|at| text.split_at_checked(at)) {
        Some((before, era)) if era.eq_ignore_ascii_case(" bc") => (before, true),
        Some((before, era)) if era.eq_ignore_ascii_case(" ad") => (before, false),
        _ => (text, false),
    }
}

impl DateTime {
    /// The moment in that era, whose years were counted from 1, if there is one.
    pub(in crate::double) fn in_era(self, before_christ: bool) -> Option<Self> {
        if self.year == 0 {
            return None;
        }
        let moment = if before_christ { Self { year: 1 - self.year, ..self } } else { self };
        moment.is_valid().then_some(moment)
    }

    /// Whether there is such a moment.
    pub(in crate::double) fn is_valid(&self) -> bool {
        self.has_valid_time()
            && (FIRST_YEAR..=LAST_YEAR).contains(&self.year)
            && (1..=days(self.year, self.month)).contains(&self.day)
    }

    /// Whether there is such a time of day; PostgreSQL makes the next minute of a second 60.
    fn has_valid_time(&self) -> bool {
        self.hour < 24 && self.minute < 60 && self.second < 60
            || (self.hour, self.minute, self.second, self.microsecond) == (24, 0, 0, 0)
            || self.second == 60 && self.hour < 24 && self.minute < 60 && self.microsecond == 0
    }

    /// Writes the day as PostgreSQL reads it under any setting of DateStyle.
    pub(in crate::double) fn write_date(&self, out: &mut Vec<u8>) {
        self.write_day(out);
        self.write_era(out);
    }

    /// Writes day, time and, if asked for and known, offset.
    pub(in crate::double) fn write_timestamp(&self, with_zone: bool, out: &mut Vec<u8>) {
        self.write_day(out);
        out.push(b' ');
        self.write_time(with_zone, out);
        self.write_era(out);
    }

    /// Writes the time of day.
    pub(in crate::double) fn write_time(&self, with_zone: bool, out: &mut Vec<u8>) {
        let _ = write!(out, "{:02}:{:02}:{:02}", self.hour, self.minute, self.second);
        if self.microsecond > 0 {
            let _ = write!(out, ".{:06}", self.microsecond);
        }
        if let Some(offset) = self.offset.filter(|_| with_zone) {
            let sign = if offset < 0 { '-' } else { '+' };
            let seconds = offset.unsigned_abs();
            let _ = write!(out, "{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
            if seconds % 60 > 0 {
                let _ = write!(out, ":{:02}", seconds % 60);
            }
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
    pub(in crate::double) fn of_microseconds(total: i64) -> Option<Self> {
        let mut moment = Self::default();
        let second = total.div_euclid(1_000_000);
        moment.microsecond = u32::try_from(total.rem_euclid(1_000_000)).ok()?;
        moment.set_days(second.div_euclid(86_400))?;
        let second = u32::try_from(second.rem_euclid(86_400)).ok()?;
        (moment.hour, moment.minute, moment.second) = (second / 3600, second / 60 % 60, second % 60);
        moment.is_valid().then_some(moment)
    }

    /// Days since 1970-01-01, in the Gregorian calendar of all times.
    pub(in crate::double) fn days(&self) -> i64 {
        // https://howardhinnant.github.io/date_algorithms.html#days_from_civil
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let year_of_era = year.rem_euclid(400);
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        year.div_euclid(400) * 146_097 + of_era - 719_468
    }

    /// Microseconds since midnight.
    pub(in crate::double) fn microseconds_of_day(&self) -> i64 {
        i64::from((self.hour * 60 + self.minute) * 60 + self.second) * 1_000_000 + i64::from(self.microsecond)
    }

    /// Microseconds since 1970-01-01, in UTC where an offset is known.
    pub(in crate::double) fn microseconds(&self) -> Option<i64> {
        let local = self.days().checked_mul(DAY)?.checked_add(self.microseconds_of_day())?;
        local.checked_sub(i64::from(self.offset.unwrap_or_default()) * 1_000_000)
    }

    /// Sets the day by its number since 1970-01-01.
    pub(in crate::double) fn set_days(&mut self, days: i64) -> Option<()> {
        // https://howardhinnant.github.io/date_algorithms.html#civil_from_days
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
pub(in crate::double) fn digits(rest: &mut &str, least: usize, most: usize) -> Option<u32> {
    let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if count < least {
        return None;
    }
    let (number, after) = rest.split_at(count);
    *rest = after;
    number.parse().ok()
}

/// Reads `YYYY-MM-DD`, with an era; a time of day behind it does not count.
pub(in crate::double) fn read_date(text: &str) -> Option<DateTime> {
    let (mut rest, before_christ) = era(text.trim_ascii());
    let moment = day(&mut rest)?;
    if let Some(time) = rest.strip_prefix([' ', 'T']) {
        time.starts_with(|first: char| first.is_ascii_digit()).then_some(())?;
    } else if !rest.is_empty() {
        return None;
    }
    moment.in_era(before_christ)
}

/// Reads `YYYY-MM-DD HH:MI:SS`, with decimals, an era, and an offset where one can stand.
pub(in crate::double) fn read_timestamp(text: &str, with_zone: bool) -> Option<DateTime> {
    let (mut rest, before_christ) = era(text.trim_ascii());
    let mut moment = day(&mut rest)?;
    rest = rest.strip_prefix(' ')?;
    clock(&mut rest, &mut moment, 2)?;
    if with_zone && !rest.is_empty() {
        moment.offset = Some(offset(&mut rest)?);
    }
    if rest.is_empty() { moment.in_era(before_christ) } else { None }
}

/// Takes `YYYY-MM-DD`, which may be no day of its era.
fn day(rest: &mut &str) -> Option<DateTime> {
    let year = i32::try_from(digits(rest, 4, 6)?).ok()?;
    *rest = rest.strip_prefix('-')?;
    let month = digits(rest, 2, 2)?;
    *rest = rest.strip_prefix('-')?;
    Some(DateTime { year, month, day: digits(rest, 2, 2)?, ..DateTime::default() })
}

/// Takes `HH:MI:SS`, with decimals of the second if there are some.
pub(in crate::double) fn clock(rest: &mut &str, moment: &mut DateTime, least: usize) -> Option<()> {
    moment.hour = digits(rest, least, 2)?;
    *rest = rest.strip_prefix(':')?;
    moment.minute = digits(rest, 2, 2)?;
    *rest = rest.strip_prefix(':')?;
    seconds(rest, moment)?;
    moment.has_valid_time().then_some(())
}

/// Takes `SS`, with decimals if there are some.
pub(in crate::double) fn seconds(rest: &mut &str, moment: &mut DateTime) -> Option<()> {
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

/// Takes `+HH`, `-HH:MI`, `+HHMI`, `+HH:MI:SS` or `Z`.
pub(in crate::double) fn offset(rest: &mut &str) -> Option<i32> {
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
    let mut seconds = 0;
    // Places had odd offsets before there were zones.
    if let Some(after) = rest.strip_prefix(':') {
        *rest = after;
        seconds = digits(rest, 2, 2)?;
    }
    let total = i32::try_from(hours * 3600 + minutes * 60 + seconds).ok()?;
    (hours < 16 && minutes < 60 && seconds < 60).then_some(sign * total)
}

/// Reads TIME and TIMETZ: `HH:MI:SS`, with decimals and an offset.
pub(in crate::double) fn read_time(text: &str, with_zone: bool) -> Option<DateTime> {
    let mut rest = text.trim_ascii();
    let mut moment = DateTime::default();
    clock(&mut rest, &mut moment, 1)?;
    if with_zone && !rest.is_empty() {
        moment.offset = Some(offset(&mut rest)?);
    }
    rest.is_empty().then_some(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        let cases = [
            ("1970-01-01", Some(0)),
            ("2000-02-29", Some(11_016)),
            ("1899-12-31", Some(-25_568)),
            ("0001-01-01", Some(-719_162)),
            ("0001-12-31 BC", Some(-719_163)),
            ("0005-02-29 BC", Some(-720_930)),
            ("4713-01-01 BC", Some(-2_440_550)),
            ("294276-12-31", Some(106_762_939)),
            ("0000-01-01", None),
            ("0004-02-29 BC", None),
            ("4714-12-31 BC", None),
            ("294277-01-01", None),
            ("2020-01-01 soon", None),
            ("0044-03-15 BC 12:00:00", None),
            ("infinity", None),
        ];
        for (text, expected) in cases {
            let read = read_date(text);
            assert_eq!(read.map(|moment| moment.days()), expected, "{text}");
            if let Some(days) = expected {
                let mut moment = DateTime::default();
                moment.set_days(days).expect("it is a day");
                assert_eq!(Some(moment), read, "{text}");
            }
        }
    }

    #[test]
    fn instants_are_in_microseconds() {
        let cases = [
            ("1970-01-01 00:00:00", Some(0)),
            ("1970-01-02 00:00:01.5", Some(DAY + 1_500_000)),
            ("1969-12-31 23:59:59.999999", Some(-1)),
            ("1970-01-01 05:30:00+05:30", Some(0)),
            ("1969-12-31 16:00:00-08", Some(0)),
            ("1970-01-01 00:53:28+00:53:28", Some(0)),
            ("0001-12-31 00:00:00 BC", Some(-719_163 * DAY)),
            ("0000-01-01 00:00:00", None),
            ("-infinity", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read_timestamp(text, true).and_then(|moment| moment.microseconds()), expected, "{text}");
        }
        assert_eq!(read_time("23:59:60", false).map(|moment| moment.microseconds_of_day()), Some(DAY));
        let mut out = Vec::new();
        read_time("01:02:03-00:53:28", true).expect("a time").write_time(true, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "01:02:03-00:53:28");
    }
}
