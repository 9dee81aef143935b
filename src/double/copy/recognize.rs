//! Dates and times by what they look like, for the argument 'auto'.
//!
//! The forms are those of <https://docs.aws.amazon.com/redshift/latest/dg/automatic-recognition.html>.

use super::datetime::{half, month_name, short_year};
use crate::double::data::datetime::{DateTime, clock, digits, era, offset, seconds};

/// Zones by their abbreviations, in hours east of UTC: those that PostgreSQL knows by default and people write.
const ZONES: &[(&str, i32)] = &[
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("bst", 1),
    ("cet", 1),
    ("cest", 2),
    ("eet", 2),
    ("eest", 3),
    ("msk", 3),
    ("jst", 9),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
];

/// Reads a date with or without time and zone, in any of the forms.
pub(super) fn recognize(text: &str) -> Option<DateTime> {
    let (text, before_christ) = era(text);
    let mut moment = DateTime::default();
    let mut rest = text.trim_ascii_end();
    let needs_year = day(&mut rest, &mut moment, before_christ)?;
    rest = rest.strip_prefix(['T', 't']).unwrap_or(rest).trim_ascii_start();
    if !rest.is_empty() {
        time(&mut rest, &mut moment)?;
    }
    if needs_year {
        rest = rest.trim_ascii_start();
        moment.year = i32::try_from(digits(&mut rest, 4, 4)?).ok()?;
    }
    rest = rest.trim_ascii_start();
    if !rest.is_empty() {
        moment.offset = Some(zone(&mut rest)?);
    }
    if !rest.is_empty() {
        return None;
    }
    // A Julian day needs no era.
    if julian_day(text).is_some() { moment.is_valid().then_some(moment) } else { moment.in_era(before_christ) }
}

/// Takes the day; true if its year stands behind the time, as in `17 Dec 07:37:16 1997 PST`.
fn day(rest: &mut &str, moment: &mut DateTime, before_christ: bool) -> Option<bool> {
    if let Some(after) = julian_day(rest) {
        *rest = after;
        // The Julian day of 1970-01-01.
        moment.set_days(i64::from(digits(rest, 1, 7)?) - 2_440_588)?;
        return Some(false);
    }
    if rest.starts_with(|next: char| next.is_ascii_alphabetic()) {
        moment.month = month_name(rest)?;
        separator(rest);
        moment.day = digits(rest, 1, 2)?;
        separator(rest);
        return year(rest, moment, before_christ);
    }
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    let first = digits(rest, 1, 9)?;
    match count {
        8 | 6 => {
            // YYYYMMDD or YYMMDD
            let year = first / 10_000;
            moment.year = if count == 8 { i32::try_from(year).ok()? } else { short_year(year) };
            (moment.month, moment.day) = (first / 100 % 100, first % 100);
        }
        4 => {
            moment.year = i32::try_from(first).ok()?;
            let by_day = rest.strip_prefix('.').filter(|after| after.len() >= 3 && !after.contains('.'));
            if let Some(mut after) = by_day {
                // YYYY.DDD
                let of_year = digits(&mut after, 3, 3)?;
                *rest = after;
                return of_year_day(moment, of_year).map(|()| false);
            }
            separator(rest);
            moment.month = month(rest)?;
            separator(rest);
            moment.day = digits(rest, 1, 2)?;
        }
        1 | 2 => {
            separator(rest);
            if rest.starts_with(|next: char| next.is_ascii_alphabetic()) {
                // DD Mon
                (moment.day, moment.month) = (first, month_name(rest)?);
            } else {
                // MM/DD, and DD/MM where it cannot be that
                let second = digits(rest, 1, 2)?;
                (moment.month, moment.day) = if first > 12 { (second, first) } else { (first, second) };
            }
            separator(rest);
            return year(rest, moment, before_christ);
        }
        _ => return None,
    }
    Some(false)
}

/// What stands behind the letter of a Julian day.
fn julian_day(text: &str) -> Option<&str> {
    text.strip_prefix(['J', 'j']).filter(|after| after.starts_with(|next: char| next.is_ascii_digit()))
}

fn separator(rest: &mut &str) {
    *rest = rest.trim_start_matches(['-', '/', '.', ',', ' ']);
}

fn month(rest: &mut &str) -> Option<u32> {
    if rest.starts_with(|next: char| next.is_ascii_alphabetic()) { month_name(rest) } else { digits(rest, 1, 2) }
}

/// Takes the year, unless a time stands in its place.
fn year(rest: &mut &str, moment: &mut DateTime, before_christ: bool) -> Option<bool> {
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    if rest.get(count..).is_some_and(|after| after.starts_with(':')) {
        return Some(true);
    }
    moment.year = match (count, digits(rest, 1, 4)?) {
        (2, year) if !before_christ => short_year(year),
        (_, year) => i32::try_from(year).ok()?,
    };
    Some(false)
}

fn of_year_day(moment: &mut DateTime, day: u32) -> Option<()> {
    let mut left = day.checked_sub(1)?;
    for month in 1..=12 {
        moment.month = month;
        let length = (28..=31).rev().find(|day| DateTime { day: *day, ..*moment }.is_valid())?;
        if left < length {
            moment.day = left + 1;
            return Some(());
        }
        left -= length;
    }
    None
}

/// Takes `HH:MI:SS`, `HH:MI` or `HHMISS`, with decimals, AM and PM.
fn time(rest: &mut &str, moment: &mut DateTime) -> Option<()> {
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    if count == 6 {
        moment.hour = digits(rest, 2, 2)?;
        moment.minute = digits(rest, 2, 2)?;
        seconds(rest, moment)?;
    } else {
        let mut whole = *rest;
        if clock(&mut whole, moment, 1).is_some() {
            *rest = whole;
        } else {
            moment.hour = digits(rest, 1, 2)?;
            *rest = rest.strip_prefix(':')?;
            moment.minute = digits(rest, 2, 2)?;
            moment.second = 0;
        }
    }
    let mut after = rest.trim_ascii_start();
    if let Some(afternoon) = half(&mut after) {
        *rest = after;
        if !(1..=12).contains(&moment.hour) {
            return None;
        }
        moment.hour = moment.hour % 12 + if afternoon { 12 } else { 0 };
    }
    Some(())
}

fn zone(rest: &mut &str) -> Option<i32> {
    if rest.len() > 1 && rest.starts_with(|next: char| next.is_ascii_alphabetic()) {
        let count = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let word = rest.get(..count)?.to_ascii_lowercase();
        let hours = ZONES.iter().find(|(name, _)| *name == word)?.1;
        *rest = rest.get(count..)?;
        return Some(hours * 3600);
    }
    offset(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_forms_are_recognized() {
        let cases = [
            ("2019-02-11T05:09:12.195Z", "2019-02-11 05:09:12.195000+00:00"),
            ("J2451187", "1999-01-08 00:00:00"),
            ("J2345678 04:05:06.789", "1710-02-23 04:05:06.789000"),
            ("Jan-08-95 BC", "0095-01-08 00:00:00 BC"),
            ("19960108 040809", "1996-01-08 04:08:09"),
            ("960108 040809", "1996-01-08 04:08:09"),
            ("1996.008", "1996-01-08 00:00:00"),
            ("2000.366", "2000-12-31 00:00:00"),
            ("1996-01-08 04:05:06.789", "1996-01-08 04:05:06.789000"),
            ("17 Dec 07:37:16 1997 PST", "1997-12-17 07:37:16-08:00"),
            ("12/17/1997 07:37:16.00 PST", "1997-12-17 07:37:16-08:00"),
            ("1997-12-17 07:37:16-08", "1997-12-17 07:37:16-08:00"),
            ("12.17.1997 07:37:16.00 PST", "1997-12-17 07:37:16-08:00"),
            ("17.12.1997 7:37 pm", "1997-12-17 19:37:00"),
            ("January 8, 1999", "1999-01-08 00:00:00"),
            ("8-Jan-1999", "1999-01-08 00:00:00"),
            ("1999/1/8", "1999-01-08 00:00:00"),
        ];
        for (text, expected) in cases {
            let mut out = Vec::new();
            if let Some(moment) = recognize(text) {
                moment.write_timestamp(true, &mut out);
            }
            assert_eq!(String::from_utf8_lossy(&out), expected, "{text}");
        }
        for text in
            ["", "x", "1999-13-01", "1999-02-30", "12", "1999-01-08 25:00:00", "1999-01-08 10:00:00 XYZ", "é BC"]
        {
            assert_eq!(recognize(text), None, "{text}");
        }
    }
}
