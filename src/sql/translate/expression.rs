//! What differs inside of expressions: literals, names, and functions that PostgreSQL writes differently.

use super::super::Dialect;
use super::super::code::Code;
use super::super::lexer::TokenKind;
use super::super::quote::{quote_identifier, quote_literal, unquote_identifier};
use super::super::word_set::WordSet;
use super::data_type::{self, Place};
use super::edits::{Edits, word_in};
use super::query::Seen;
use super::{Untranslatable, aggregate, catalogue, date, select, session, super_type};

/// Words that may need a change.
const WORDS: WordSet<59> = WordSet::new([
    "addbbox",
    "approximate",
    "array",
    "cast",
    "collate",
    "connect",
    "convert",
    "current_aws_account",
    "current_namespace",
    "current_setting",
    "current_user_id",
    "date_add",
    "date_diff",
    "date_part",
    "date_trunc",
    "dateadd",
    "datediff",
    "decode",
    "dropbbox",
    "exclude",
    "extract",
    "first_value",
    "geometrytype",
    "grouping_id",
    "lag",
    "last_value",
    "lead",
    "listagg",
    "max",
    "minus",
    "nth_value",
    "nvarchar",
    "nvl",
    "nvl2",
    "object",
    "object_transform",
    "percentile_cont",
    "percentile_disc",
    "pg_get_cols",
    "pg_get_grantee_by_iam_role",
    "pg_get_iam_role_by_user",
    "pg_get_late_binding_view_cols",
    "pg_get_session_roles",
    "pivot",
    "qualify",
    "ratio_to_report",
    "regexp_count",
    "regexp_instr",
    "regexp_replace",
    "regexp_substr",
    "select",
    "set_config",
    "supportsbbox",
    "sysdate",
    "systimestamp",
    "top",
    "try_cast",
    "unpivot",
    "version",
]);

/// Whether a word may need a change: it is one of [`WORDS`], the name of a temporary table, or a spatial function.
fn may_matter(word: &str) -> bool {
    let bytes = word.as_bytes();
    WORDS.contains(word) || bytes.first() == Some(&b'#') || bytes.get(2) == Some(&b'_') && is_spatial(word)
}

/// Functions of shapes, and of cells of the H3 grid.
fn is_spatial(word: &str) -> bool {
    let starts = |with: &str| word.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    let named =
        || ["addbbox", "dropbbox", "supportsbbox", "geometrytype"].iter().any(|name| word.eq_ignore_ascii_case(name));
    starts("st_") || starts("h3_") || matches!(word.len(), 7 | 8 | 12) && named()
}

/// Whether [`rewrite`] may change something because of a token. It looks at no others.
pub(super) fn may_change(code: &Code<'_>, at: usize) -> bool {
    let next = || code.kind(at + 1);
    match code.kind(at) {
        Some(TokenKind::Word) => may_matter(code.token(at)),
        Some(TokenKind::String) => next() == Some(TokenKind::Symbol) || code.token(at).contains('\\'),
        Some(TokenKind::QuotedIdentifier) => code.token(at).starts_with('`'),
        Some(TokenKind::Symbol) => matches!(code.token(at), ":" | "[" | "+"),
        Some(TokenKind::Number) => next() == Some(TokenKind::Word),
        Some(TokenKind::RightParenthesis) => matches!(next(), Some(TokenKind::Dot | TokenKind::Symbol)),
        _ => false,
    }
}

/// Rewrites every expression of the text. Later tokens come first, so that arguments are done before their call.
pub(super) fn rewrite(edits: &mut Edits<'_>) -> Result<(), Untranslatable> {
    let mut seen = Seen::default();
    let code = edits.code();
    for at in (0..code.tokens.len()).rev().filter(|at| may_change(code, *at)) {
        match code.kind(at) {
            Some(TokenKind::Word) if edits.is_kept(at) => word(edits, at, &mut seen)?,
            Some(TokenKind::String) if edits.is_kept(at) => literal(edits, at),
            Some(TokenKind::QuotedIdentifier) if edits.is_kept(at) => {
                let name = unquote_identifier(code.token(at));
                edits.replace(at..at + 1, quote_identifier(&name));
            }
            Some(TokenKind::Symbol) => symbol(edits, at, &mut seen),
            Some(TokenKind::Number) => part_from_word(edits, at),
            Some(TokenKind::RightParenthesis) => super_type::after_call(edits, at),
            _ => {}
        }
    }
    Ok(())
}

fn symbol(edits: &mut Edits<'_>, at: usize, seen: &mut Seen) {
    match edits.code().token(at) {
        ":" if edits.code().token(at + 1) == ":" && edits.is_kept(at + 2) => {
            data_type::rewrite(edits, at + 2, Place::Cast);
            super_type::literal(edits, at);
        }
        "[" => super_type::after_subscript(edits, at),
        "+" if edits.code().kind(at + 1) == Some(TokenKind::RightParenthesis)
            && at > 0
            && edits.code().kind(at - 1) == Some(TokenKind::LeftParenthesis) =>
        {
            seen.outer_join = true;
        }
        _ => {}
    }
}

/// `then 4when` is two tokens on Redshift, as on PostgreSQL before 15.
fn part_from_word(edits: &mut Edits<'_>, at: usize) {
    let code = edits.code();
    let ends_in_digit = code.token(at).ends_with(|last: char| last.is_ascii_digit());
    let touches =
        code.tokens.get(at).zip(code.tokens.get(at + 1)).is_some_and(|(number, word)| number.end == word.start);
    if ends_in_digit && touches && code.kind(at + 1) == Some(TokenKind::Word) {
        edits.insert_after(at, " ");
    }
}

/// A backslash escapes in Redshift's plain literals.
fn literal(edits: &mut Edits<'_>, at: usize) {
    let code = edits.code();
    let text = code.token(at);
    if counts_days(edits, at) {
        edits.insert_before(at, "date ");
        return;
    }
    if !text.contains('\\') || text == r"'\'" {
        return;
    }
    // `X'1f'` and `U&'\0041'`: the prefix is a token that touches the literal.
    let prefixed = at.checked_sub(1).and_then(|before| code.tokens.get(before)).is_some_and(|before| {
        let touches = code.tokens.get(at).is_some_and(|token| token.start == before.end);
        touches && (before.kind == TokenKind::Word || before.text(code.text) == "&")
    });
    if !prefixed {
        edits.insert_before(at, "E");
    }
}

/// Whether the literal is a date to or from which something is counted: PostgreSQL would take it for a number, if days are
/// added.
fn counts_days(edits: &Edits<'_>, at: usize) -> bool {
    let code = edits.code();
    let is_date = |text: &str| {
        let shape = |(place, byte): (usize, u8)| match place {
            0 | 11 => byte == b'\'',
            5 | 8 => byte == b'-',
            _ => byte.is_ascii_digit(),
        };
        text.len() == 12 && text.bytes().enumerate().all(shape)
    };
    let before = at.wrapping_sub(1);
    let stands_alone = match code.kind(before) {
        Some(TokenKind::Word) => code.is_any(before, &["select", "and", "or", "when", "then", "else", "between"]),
        Some(kind) => matches!(kind, TokenKind::LeftParenthesis | TokenKind::Comma),
        None => false,
    };
    stands_alone && matches!(code.token(at + 1), "+" | "-") && is_date(code.token(at))
}

fn word(edits: &mut Edits<'_>, at: usize, seen: &mut Seen) -> Result<(), Untranslatable> {
    let code = edits.code();
    if code.is(at, "version") {
        catalogue::version(edits, at);
        return Ok(());
    }
    if at.checked_sub(1).is_some_and(|before| code.kind(before) == Some(TokenKind::Dot)) {
        return Ok(());
    }
    let name = code.token(at).to_ascii_lowercase();
    if name.starts_with('#') {
        temporary(edits, at, &name);
        return Ok(());
    }
    if code.kind(at + 1) == Some(TokenKind::LeftParenthesis) {
        return call(edits, at, &name, seen);
    }
    match name.as_str() {
        "select" => select::rewrite(edits, at, seen)?,
        "sysdate" => edits.replace(at..at + 1, "localtimestamp"),
        "systimestamp" => edits.replace(at..at + 1, "current_timestamp"),
        "current_user_id" => {
            edits.replace(at..at + 1, "(select usesysid from pg_catalog.pg_user where usename = current_user)");
        }
        "max" if closes_size(edits, at) => {
            let size =
                if edits.code().is_any(at - 2, &["char", "character", "nchar", "bpchar"]) { "4096" } else { "65535" };
            edits.replace(at..at + 1, size);
        }
        "nvarchar" => edits.replace(at..at + 1, "varchar"),
        "minus" if code.is_any(at + 1, &["select", "all", "distinct", "with"]) => edits.replace(at..at + 1, "except"),
        "approximate" if code.is_any(at + 1, &["count", "percentile_disc", "percentile_cont"]) => {
            edits.note(at, "`approximate` left out: the result is exact here");
            edits.drop(at..at + 1);
        }
        // A name on Redshift, a keyword on PostgreSQL.
        "array" if code.token(at + 1) != "[" => edits.replace(at..at + 1, "\"array\""),
        "current_namespace" => edits.replace(at..at + 1, "pg_double.current_namespace()"),
        "current_aws_account" => {
            edits.note(at, "CURRENT_AWS_ACCOUNT is NULL here: there is no account");
            edits.replace(at..at + 1, "pg_double.current_aws_account()");
        }
        "connect" => seen.connect = true,
        "top" => seen.top = true,
        "qualify" => seen.qualify = true,
        "exclude" => seen.exclude = true,
        "unpivot" => seen.unpivot = true,
        _ => {}
    }
    Ok(())
}

fn call(edits: &mut Edits<'_>, at: usize, name: &str, seen: &mut Seen) -> Result<(), Untranslatable> {
    let code = edits.code();
    match name {
        "select" => select::rewrite(edits, at, seen)?,
        "minus" if code.is(at + 2, "select") => edits.replace(at..at + 1, "except"),
        "nvl" => edits.replace(at..at + 1, "coalesce"),
        "nvl2" => nvl2(edits, at),
        "decode" => decode(edits, at),
        "cast" => cast(edits, at),
        "try_cast" => try_cast(edits, at),
        "convert" => convert(edits, at),
        "nvarchar" => edits.replace(at..at + 1, "varchar"),
        "date_part" | "date_trunc" => date::part(edits, at + 2, TokenKind::Comma, true),
        "dateadd" | "date_add" | "datediff" | "date_diff" => date::call(edits, at),
        "extract" => date::extract(edits, at),
        "listagg" => aggregate::listagg(edits, at),
        "percentile_cont" | "percentile_disc" => aggregate::percentile(edits, at),
        "first_value" | "last_value" | "lag" | "lead" | "nth_value" => aggregate::nulls(edits, at)?,
        "ratio_to_report" => ratio_to_report(edits, at),
        "regexp_replace" | "regexp_substr" | "regexp_count" | "regexp_instr" => {
            edits.replace(at..at + 1, format!("pg_catalog.redshift_{name}"));
        }
        "collate" => collate(edits, at),
        "grouping_id" => edits.replace(at..at + 1, "grouping"),
        "array" if !code.is_any(at + 2, &["select", "with"]) => edits.replace(at..at + 1, "jsonb_build_array"),
        "object" => edits.replace(at..at + 1, "jsonb_build_object"),
        "object_transform" => super_type::transform(edits, at),
        "set_config" | "current_setting" => session::call(edits, at),
        "top" => seen.top = true,
        "qualify" => seen.qualify = true,
        "exclude" => seen.exclude = true,
        "pivot" => seen.pivot = true,
        "unpivot" => seen.unpivot = true,
        _ if catalogue::OF_ROWS.contains(&name) => catalogue::described(edits, at),
        _ if is_spatial(name) => {
            let message =
                format!("{} is not supported on the local target: it has no spatial functions", name.to_uppercase());
            return Err(edits.refuse(at, message));
        }
        _ => {}
    }
    Ok(())
}

/// Whether `at` is the `max` of `varchar(max)` or `char(max)`.
fn closes_size(edits: &Edits<'_>, at: usize) -> bool {
    let code = edits.code();
    at >= 2
        && code.kind(at - 1) == Some(TokenKind::LeftParenthesis)
        && code.kind(at + 1) == Some(TokenKind::RightParenthesis)
        && code.is_any(at - 2, &["varchar", "nvarchar", "varying", "text", "char", "character", "nchar", "bpchar"])
}

/// `#name` is a temporary table.
fn temporary(edits: &mut Edits<'_>, at: usize, name: &str) {
    edits.replace(at..at + 1, quote_identifier(name));
    let code = edits.code();
    let filled_by_select =
        at >= 1 && code.is(at - 1, "into") && !(at >= 2 && code.is_any(at - 2, &["insert", "merge"]));
    if filled_by_select {
        edits.insert_before(at, "temp ");
    }
}

fn nvl2(edits: &mut Edits<'_>, at: usize) {
    let past = edits.code().close(at + 1);
    let items = edits.code().items(at + 2..past.saturating_sub(1));
    let [value, present, _] = items.as_slice() else { return };
    edits.replace(at..at + 2, "(case when (");
    edits.replace(value.end..value.end + 1, ") is not null then");
    edits.replace(present.end..present.end + 1, " else");
    edits.replace(past - 1..past, " end)");
}

/// `DECODE(x, a, r, ..., otherwise)`, for which NULL is equal to NULL.
fn decode(edits: &mut Edits<'_>, at: usize) {
    let code = edits.code();
    let past = code.close(at + 1);
    let items = code.items(at + 2..past.saturating_sub(1));
    let Some((value, pairs)) = items.split_first().filter(|(_, pairs)| pairs.len() > 1) else { return };
    let literal =
        |at: usize| matches!(code.kind(at), Some(TokenKind::String | TokenKind::EscapeString | TokenKind::Number));
    let searches: Vec<usize> = (0..pairs.len() - 1).step_by(2).collect();
    let simple = searches.iter().all(|at| pairs[*at].len() == 1 && literal(pairs[*at].start));
    let text = edits.render(value.clone());
    if simple {
        edits.replace(at..at + 2, "(case");
    } else {
        edits.replace(at..at + 2, "(case");
        edits.replace(value.clone(), "");
    }
    for (index, item) in pairs.iter().enumerate() {
        let comma = item.start - 1;
        let word = match (searches.contains(&index), index % 2, simple) {
            (true, _, true) => " when".to_owned(),
            (true, _, false) => format!(" when ({text}) is not distinct from ("),
            (false, 1, true) => " then".to_owned(),
            (false, 1, false) => ") then".to_owned(),
            _ => " else".to_owned(),
        };
        edits.replace(comma..comma + 1, word);
    }
    edits.replace(past - 1..past, " end)");
}

/// The type of `CAST(x AS type)`.
fn cast(edits: &mut Edits<'_>, at: usize) {
    let past = edits.code().close(at + 1);
    if let Some(word) = word_in(edits.code(), at + 2..past.saturating_sub(1), "as")
        && edits.is_kept(word + 1)
    {
        data_type::rewrite(edits, word + 1, Place::Cast);
    }
}

/// `TRY_CAST(x AS type)` is NULL where the value has no such form.
fn try_cast(edits: &mut Edits<'_>, at: usize) {
    let past = edits.code().close(at + 1);
    let Some(word) = word_in(edits.code(), at + 2..past.saturating_sub(1), "as") else { return };
    data_type::rewrite(edits, word + 1, Place::Cast);
    let data_type = quote_literal(&edits.render(word + 1..past - 1), Dialect::Postgres);
    edits.replace(at..at + 1, "cast");
    edits.insert_after(at + 1, "pg_double.castable(");
    edits.insert_after(word - 1, &format!(", {data_type})"));
}

/// `COLLATE(x, 'case_insensitive')`.
fn collate(edits: &mut Edits<'_>, at: usize) {
    let code = edits.code();
    let past = code.close(at + 1);
    let items = code.items(at + 2..past.saturating_sub(1));
    let [value, named] = items.as_slice() else { return };
    let collation = match code.literal(named.start).map(|name| name.to_ascii_lowercase()).as_deref() {
        Some("case_insensitive" | "ci") => "pg_catalog.case_insensitive",
        Some("case_sensitive" | "cs") => "\"default\"",
        _ => return,
    };
    let comma = value.end;
    edits.replace(at..at + 1, "");
    edits.replace(comma..comma + 1, ")");
    edits.insert_before(at + 1, "(");
    edits.replace(comma + 1..past - 1, format!("collate {collation}"));
}

/// `CONVERT(type, x)`.
fn convert(edits: &mut Edits<'_>, at: usize) {
    let past = edits.code().close(at + 1);
    let items = edits.code().items(at + 2..past.saturating_sub(1));
    let [data_type, value] = items.as_slice() else { return };
    if edits.code().kind(data_type.start) != Some(TokenKind::Word) {
        return;
    }
    data_type::rewrite(edits, data_type.start, Place::Cast);
    let written = edits.render(data_type.clone());
    edits.replace(at..at + 1, "cast");
    edits.drop(data_type.start..value.start);
    edits.insert_before(past - 1, &format!(" as {written}"));
}

/// `RATIO_TO_REPORT(x) OVER (...)` is a share of a sum.
fn ratio_to_report(edits: &mut Edits<'_>, at: usize) {
    let past = edits.code().close(at + 1);
    if !edits.code().is(past, "over") {
        return;
    }
    let value = edits.render(at + 2..past - 1);
    let end = edits.code().step(past + 1);
    edits.replace(at..at + 1, "");
    edits.insert_before(at, "(");
    edits.insert_before(past, &format!("::float8 / nullif(sum({value})"));
    edits.insert_after(end - 1, ", 0))");
}
