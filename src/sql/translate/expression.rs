//! What differs inside of expressions: literals, names, and functions that PostgreSQL writes differently.

use super::super::lexer::TokenKind;
use super::super::quote::{quote_identifier, unquote_identifier};
use super::Untranslatable;
use super::edits::Edits;

/// Rewrites every expression of the text. Later tokens come first, so that arguments are done before their call.
pub(super) fn rewrite(edits: &mut Edits<'_>) -> Result<(), Untranslatable> {
    for at in (0..edits.len()).rev() {
        if !edits.is_kept(at) {
            continue;
        }
        match edits.code().kind(at) {
            Some(TokenKind::String) => literal(edits, at),
            Some(TokenKind::QuotedIdentifier) if edits.code().token(at).starts_with('`') => {
                let name = unquote_identifier(edits.code().token(at));
                edits.replace(at..at + 1, quote_identifier(&name));
            }
            Some(TokenKind::Word) => word(edits, at)?,
            _ => {}
        }
    }
    Ok(())
}

/// A backslash escapes in Redshift's plain literals.
fn literal(edits: &mut Edits<'_>, at: usize) {
    let code = edits.code();
    let text = code.token(at);
    // `X'1f'` and `U&'\0041'`: the prefix is a token that touches the literal.
    let prefixed = at.checked_sub(1).and_then(|before| code.tokens.get(before)).is_some_and(|before| {
        let touches = code.tokens.get(at).is_some_and(|token| token.start == before.end);
        touches && (before.kind == TokenKind::Word || before.text(code.text) == "&")
    });
    if text.contains('\\') && text != r"'\'" && !prefixed {
        edits.insert_before(at, "E");
    }
}

fn word(edits: &mut Edits<'_>, at: usize) -> Result<(), Untranslatable> {
    let code = edits.code();
    if at.checked_sub(1).is_some_and(|before| code.kind(before) == Some(TokenKind::Dot)) {
        return Ok(());
    }
    let name = code.token(at).to_lowercase();
    if name.starts_with('#') {
        temporary(edits, at, &name);
        return Ok(());
    }
    let called = code.kind(at + 1) == Some(TokenKind::LeftParenthesis);
    match (name.as_str(), called) {
        ("getdate", true) => {
            let past = code.close(at + 1);
            edits.replace(at..past, "(date_trunc('second', statement_timestamp())::timestamp)");
        }
        ("sysdate", false) => edits.replace(at..at + 1, "localtimestamp"),
        ("nvl", true) => edits.replace(at..at + 1, "coalesce"),
        ("nvl2", true) => nvl2(edits, at),
        ("len", true) => edits.replace(at..at + 1, "length"),
        ("nvarchar", _) => edits.replace(at..at + 1, "varchar"),
        ("max", false) if closes_size(edits, at) => edits.replace(at..at + 1, "65535"),
        ("minus", false) if code.is_any(at + 1, &["select", "all"]) => edits.replace(at..at + 1, "except"),
        ("date_part", true) if code.kind(at + 2) == Some(TokenKind::Word) => {
            let part = format!("'{}'", code.token(at + 2));
            edits.replace(at + 2..at + 3, part);
        }
        ("dateadd" | "date_add", true) => date_add(edits, at)?,
        ("datediff" | "date_diff", true) => date_diff(edits, at)?,
        _ => {}
    }
    Ok(())
}

/// Whether `at` is the `max` of `varchar(max)`.
fn closes_size(edits: &Edits<'_>, at: usize) -> bool {
    let code = edits.code();
    at >= 2
        && code.kind(at - 1) == Some(TokenKind::LeftParenthesis)
        && code.kind(at + 1) == Some(TokenKind::RightParenthesis)
        && code.is_any(at - 2, &["varchar", "nvarchar", "varying", "text"])
}

/// `#name` is a temporary table.
fn temporary(edits: &mut Edits<'_>, at: usize, name: &str) {
    edits.replace(at..at + 1, quote_identifier(name));
    let code = edits.code();
    let filled_by_select = at >= 1 && code.is(at - 1, "into") && !(at >= 2 && code.is(at - 2, "insert"));
    if filled_by_select {
        edits.insert_before(at, "temp ");
    }
}

fn nvl2(edits: &mut Edits<'_>, at: usize) {
    let (arguments, past) = arguments(edits, at);
    if let [value, present, absent] = arguments.as_slice() {
        edits.replace(at..past, format!("(case when {value} is not null then {present} else {absent} end)"));
    }
}

/// The arguments of the call at `at` as they are to be written, and the index past the call.
fn arguments(edits: &Edits<'_>, at: usize) -> (Vec<String>, usize) {
    let code = edits.code();
    let past = code.close(at + 1);
    let items = code.items(at + 2..past.saturating_sub(1));
    (items.into_iter().map(|item| edits.render(item)).collect(), past)
}

/// Redshift's names of a part of a date, and PostgreSQL's.
const PARTS: &[(&str, &[&str])] = &[
    ("year", &["year", "years", "yr", "yrs", "y"]),
    ("quarter", &["quarter", "quarters", "qtr", "qtrs"]),
    ("month", &["month", "months", "mon", "mons"]),
    ("week", &["week", "weeks", "w"]),
    ("day", &["day", "days", "d"]),
    ("hour", &["hour", "hours", "hr", "hrs", "h"]),
    ("minute", &["minute", "minutes", "min", "mins", "m"]),
    ("second", &["second", "seconds", "sec", "secs", "s"]),
    ("millisecond", &["millisecond", "milliseconds", "msec", "msecs", "ms"]),
    ("microsecond", &["microsecond", "microseconds", "usec", "usecs", "us"]),
];

fn date_part(edits: &Edits<'_>, at: usize, written: &str) -> Result<&'static str, Untranslatable> {
    let name = written.trim_matches('\'').to_lowercase();
    PARTS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(part, _)| *part).ok_or_else(|| {
        let function = edits.code().token(at).to_uppercase();
        edits.refuse(at, format!("{function} by `{name}` is not supported on the local target"))
    })
}

fn date_add(edits: &mut Edits<'_>, at: usize) -> Result<(), Untranslatable> {
    let (arguments, past) = arguments(edits, at);
    let [part, amount, date] = arguments.as_slice() else { return Ok(()) };
    let unit = match date_part(edits, at, part)? {
        "quarter" => "3 months".to_owned(),
        part => format!("1 {part}"),
    };
    edits.replace(at..past, format!("(({date})::timestamp + ({amount}) * interval '{unit}')"));
    Ok(())
}

/// Redshift counts the boundaries between two dates; a week begins on a Sunday.
fn date_diff(edits: &mut Edits<'_>, at: usize) -> Result<(), Untranslatable> {
    let (arguments, past) = arguments(edits, at);
    let [part, from, to] = arguments.as_slice() else { return Ok(()) };
    let part = date_part(edits, at, part)?;
    let difference = |of: &dyn Fn(&str) -> String| format!("(({}) - ({}))", of(to), of(from));
    let extract = |field: &str, date: &str| format!("extract({field} from ({date})::timestamp)");
    let elapsed = |scale: &str| {
        let seconds = difference(&|date| format!("date_trunc('{part}', ({date})::timestamp)"));
        format!("round(extract(epoch from {seconds}) {scale})::bigint")
    };
    let text = match part {
        "year" => format!("{}::bigint", difference(&|date| extract("year", date))),
        "quarter" => {
            format!("{}::bigint", difference(&|d| format!("{} * 4 + {}", extract("year", d), extract("quarter", d))))
        }
        "month" => {
            format!("{}::bigint", difference(&|d| format!("{} * 12 + {}", extract("year", d), extract("month", d))))
        }
        "week" => {
            let sunday = |date: &str| format!("date_trunc('week', ({date})::timestamp + interval '1 day')::date");
            format!("({} / 7)::bigint", difference(&sunday))
        }
        "day" => format!("{}::bigint", difference(&|date| format!("({date})::date"))),
        "hour" => elapsed("/ 3600"),
        "minute" => elapsed("/ 60"),
        "millisecond" => elapsed("* 1000"),
        "microsecond" => elapsed("* 1000000"),
        _ => elapsed(""),
    };
    edits.replace(at..past, text);
    Ok(())
}
