//! Dates and times as PostgreSQL writes them in its ISO style, as numbers.

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Days since 1970-01-01, in the Gregorian calendar of all times, of `2020-01-31` or `0044-03-15 BC`.
pub(super) fn days(text: &str) -> Option<i64> {
    let (date, before_christ) = era(text);
    let mut parts = date.split('-');
    let (year, month, day) = (number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?);
    // There was no year 0.
    let year = if before_christ { 1 - year } else { year };
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // http://howardhinnant.github.io/date_algorithms.html#days_from_civil
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Microseconds since midnight of `12:34:56.789`.
pub(super) fn time_of_day(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':');
    let (hours, minutes, seconds) = (number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?);
    if parts.next().is_some() || fraction.len() > 6 {
        return None;
    }
    let micros = if fraction.is_empty() { 0 } else { number(&format!("{fraction:0<6}"))? };
    Some(((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros)
}

/// Microseconds since 1970 of `2020-01-31 12:34:56.789`, in UTC where a zone such as `+05:30` is given.
pub(super) fn instant(text: &str) -> Option<i64> {
    let (text, before_christ) = era(text);
    let (date, time) = text.split_once(' ')?;
    let days = if before_christ { days(&format!("{date} BC"))? } else { days(date)? };
    let (time, offset) = match time.find(['+', '-']) {
        Some(at) => (time.get(..at)?, zone(time.get(at..)?)?),
        None => (time, 0),
    };
    days.checked_mul(DAY)?.checked_add(time_of_day(time)? - offset)
}

/// Microseconds east of Greenwich of `+05`, `-03:30` or `+01:24:30`.
fn zone(text: &str) -> Option<i64> {
    let (sign, rest) = text.split_at_checked(1)?;
    let mut seconds = 0;
    for (part, weight) in rest.split(':').zip([3600, 60, 1]) {
        seconds += number(part)? * weight;
    }
    Some(if sign == "-" { -seconds } else { seconds } * 1_000_000)
}

fn era(text: &str) -> (&str, bool) {
    text.strip_suffix(" BC").map_or((text, false), |date| (date, true))
}

fn number(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
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
            ("4713-01-01 BC", Some(-2_440_550)),
            ("294276-12-31", Some(106_762_939)),
            ("infinity", None),
        ];
        for (text, expected) in cases {
            assert_eq!(days(text), expected, "{text}");
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
            ("-infinity", None),
        ];
        for (text, expected) in cases {
            assert_eq!(instant(text), expected, "{text}");
        }
        assert_eq!(instant("0001-12-31 00:00:00 BC"), Some(-719_163 * DAY));
        assert_eq!(time_of_day("23:59:60"), Some(DAY));
    }
}
