//! Parts of dates, which Redshift takes as bare words.

use super::super::lexer::TokenKind;
use super::edits::Edits;

/// PostgreSQL's name of a part, and
/// [Redshift's](https://docs.aws.amazon.com/redshift/latest/dg/r_Dateparts_for_datetime_functions.html).
const PARTS: &[(&str, &[&str])] = &[
    ("millennium", &["millennium", "millennia", "mil", "mils"]),
    ("century", &["century", "centuries", "c", "cent", "cents"]),
    ("decade", &["decade", "decades", "dec", "decs"]),
    ("epoch", &["epoch"]),
    ("year", &["year", "years", "yr", "yrs", "y"]),
    ("quarter", &["quarter", "quarters", "qtr", "qtrs"]),
    ("month", &["month", "months", "mon", "mons"]),
    ("week", &["week", "weeks", "w"]),
    ("dow", &["dayofweek", "dow", "dw", "weekday"]),
    ("doy", &["dayofyear", "doy", "dy", "yearday"]),
    ("day", &["day", "days", "d"]),
    ("hour", &["hour", "hours", "hr", "hrs", "h"]),
    ("minute", &["minute", "minutes", "min", "mins", "m"]),
    ("second", &["second", "seconds", "sec", "secs", "s"]),
    (
        "millisecond",
        &[
            "millisecond",
            "milliseconds",
            "millisec",
            "millisecs",
            "millisecon",
            "msec",
            "msecs",
            "msecond",
            "mseconds",
            "ms",
        ],
    ),
    (
        "microsecond",
        &["microsecond", "microseconds", "microsec", "microsecs", "usec", "usecs", "usecond", "useconds", "us"],
    ),
    ("timezone", &["timezone"]),
    ("timezone_hour", &["timezone_hour"]),
    ("timezone_minute", &["timezone_minute"]),
];

fn canonical(written: &str) -> Option<&'static str> {
    let name = written.to_ascii_lowercase();
    PARTS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(part, _)| *part)
}

/// Quotes the part that is the first argument of the call at `at`.
pub(super) fn call(edits: &mut Edits<'_>, at: usize) {
    part(edits, at + 2, TokenKind::Comma, true);
}

/// Writes the part that stands at `at` in front of `then` as PostgreSQL calls it.
pub(super) fn part(edits: &mut Edits<'_>, at: usize, then: TokenKind, quoted: bool) {
    let code = edits.code();
    if code.kind(at + 1) != Some(then) {
        return;
    }
    let written = match code.kind(at) {
        Some(TokenKind::Word) => code.token(at),
        Some(TokenKind::String) => code.token(at).trim_matches('\''),
        Some(TokenKind::QuotedIdentifier) => code.token(at).trim_matches('"'),
        _ => return,
    };
    let bare = code.kind(at) == Some(TokenKind::Word);
    let name = match canonical(written) {
        Some(part) if part.eq_ignore_ascii_case(written) && bare != quoted => return,
        Some(part) => part.to_owned(),
        None if bare && quoted => written.to_ascii_lowercase(),
        None => return,
    };
    edits.replace(at..at + 1, if quoted { format!("'{name}'") } else { name });
}

/// `EXTRACT(part FROM x)`.
pub(super) fn extract(edits: &mut Edits<'_>, at: usize) {
    if edits.code().is(at + 3, "from") {
        part(edits, at + 2, TokenKind::Word, false);
    }
}
