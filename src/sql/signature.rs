//! What names a routine: its name and the types of its input arguments.

use std::ops::Range;

use super::Dialect;
use super::code::Code;
use super::lexer::TokenKind;
use super::probe::data_type::catalogue_type;

/// `s.p(int, varchar)` for a `CREATE [OR REPLACE] PROCEDURE | FUNCTION` statement: the name as the user quoted it, then
/// the types of the arguments that go in. Argument names, defaults, lengths and OUT arguments are left out.
pub fn signature(statement: &str, dialect: Dialect) -> Option<String> {
    let code = Code::new(statement, dialect);
    let noun = code.find(0, |at| code.is_any(at, &["procedure", "function", "aggregate"]))?;
    let after = code.past_name(noun + 1)?;
    if code.kind(after) != Some(TokenKind::LeftParenthesis) {
        return None;
    }
    let name = code.source(noun + 1..after);
    let arguments = code.items(after + 1..code.close(after).saturating_sub(1));
    let types: Vec<String> = arguments.into_iter().filter_map(|argument| input_type(&code, argument)).collect();
    Some(format!("{name}({})", types.join(", ")))
}

/// Whether two `CREATE` statements of routines with one name make the same routine: the types that go in are the same.
/// Nothing where a type is written in two ways of which it is not known that they mean the same.
pub fn same_routine(one: &str, other: &str, dialect: Dialect) -> Option<bool> {
    let types = |statement: &str| {
        let signature = signature(statement, dialect)?;
        let list = signature.get(signature.rfind('(')? + 1..signature.len().checked_sub(1)?)?;
        Some(list.split(", ").filter(|one| !one.is_empty()).map(str::to_ascii_lowercase).collect::<Vec<_>>())
    };
    let (one, other) = (types(one)?, types(other)?);
    let known = |text: &String| {
        let code = Code::new(text, dialect);
        catalogue_type(&code, 0..code.tokens.len(), false, dialect)
    };
    let pairs = one.iter().zip(&other).map(|(one, other)| match (known(one), known(other)) {
        _ if one == other => Some(true),
        (Some(one), Some(other)) => Some(one == other),
        _ => None,
    });
    let pairs: Vec<Option<bool>> = pairs.collect();
    let differ = one.len() != other.len() || pairs.contains(&Some(false));
    if differ { Some(false) } else { pairs.into_iter().all(|pair| pair.is_some()).then_some(true) }
}

/// The type of one argument, or nothing for one that only goes out.
fn input_type(code: &Code<'_>, argument: Range<usize>) -> Option<String> {
    let cut = |at: &usize| code.is(*at, "default") || matches!(code.token(*at), "=" | ":");
    let end = argument.clone().find(cut).unwrap_or(argument.end);
    let mut start = argument.start;
    let mut named = false;
    // The mode stands before the name on PostgreSQL and after it on Redshift.
    for at in [start, start + 1] {
        if code.is(at, "out") && at + 1 < end {
            return None;
        }
        if code.is_any(at, &["in", "inout", "variadic"]) && at + 1 < end {
            named = at > start;
            start = at + 1;
            break;
        }
    }
    if !named && start + 1 < end && is_name(code, start + 1) && !continues_type(code, start) {
        start += 1;
    }
    if code.is(start, "out") {
        return None;
    }
    Some(write_type(code, start..end)).filter(|text| !text.is_empty())
}

fn is_name(code: &Code<'_>, at: usize) -> bool {
    matches!(code.kind(at), Some(TokenKind::Word | TokenKind::QuotedIdentifier))
}

/// Whether the two words from `at` on are one type of several words.
fn continues_type(code: &Code<'_>, at: usize) -> bool {
    let first = |words: &[&str]| code.is_any(at, words);
    let second = |words: &[&str]| code.is_any(at + 1, words);
    (first(&["double"]) && second(&["precision"]))
        || (first(&["character", "char", "nchar", "bit"]) && second(&["varying"]))
        || (first(&["national"]) && second(&["character", "char"]))
        || (first(&["timestamp", "time"]) && second(&["with", "without"]))
        || (first(&["interval"]) && second(&["year", "month", "day", "hour", "minute", "second"]))
}

/// The type in one line, without length or precision: `numeric(10, 2)` names the same routine as `numeric`.
fn write_type(code: &Code<'_>, range: Range<usize>) -> String {
    let mut out = String::new();
    let mut at = range.start;
    let mut glued = true;
    while at < range.end {
        if code.kind(at) == Some(TokenKind::LeftParenthesis) {
            at = code.close(at);
            continue;
        }
        let token = code.token(at);
        let joins = matches!(token, "." | "[" | "]" | "%") || code.kind(at) == Some(TokenKind::Number);
        if !glued && !joins {
            out.push(' ');
        }
        out.push_str(token);
        glued = matches!(token, "." | "[" | "%");
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_routine_is_its_name_and_what_goes_in() {
        let same = |one: &str, other: &str| {
            let create = |arguments: &str| format!("create function f({arguments}) returns int as ...");
            same_routine(&create(one), &create(other), Dialect::Redshift)
        };
        assert_eq!(same("", ""), Some(true));
        assert_eq!(same("a int", "b INTEGER default 1"), Some(true));
        assert_eq!(same("numeric(10, 2)", "decimal"), Some(true));
        assert_eq!(same("a s.kind", "S.Kind"), Some(true));
        assert_eq!(same("int", "bigint"), Some(false));
        assert_eq!(same("int", "int, int"), Some(false));
        assert_eq!(same("a s.kind, int", "kind, bigint"), Some(false));
        assert_eq!(same("a s.kind", "kind"), None);
    }
}
