//! The clauses of one SELECT, and what its FROM names.

use std::ops::Range;

use super::super::ObjectName;
use super::super::code::Code;
use super::super::lexer::TokenKind;
use super::super::quote::unquote_identifier;
use super::super::word_set::WordSet;
use super::edits::Edits;

/// Which words stand further on in the text; they tell a SELECT in front of them what to look for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) top: bool,
    pub(super) qualify: bool,
    pub(super) exclude: bool,
    pub(super) pivot: bool,
    pub(super) unpivot: bool,
    pub(super) outer_join: bool,
    pub(super) connect: bool,
}

/// Where the clauses of a SELECT stand.
#[derive(Clone, Debug)]
pub(super) struct Query {
    /// The word `select`.
    pub(super) select: usize,
    /// The list behind `select`, `distinct`, `all` and `top n`.
    pub(super) list: Range<usize>,
    /// Words that begin clauses, in order.
    clauses: Vec<usize>,
    /// Past its last token.
    pub(super) end: usize,
}

/// Words that begin a clause or end the query.
const CLAUSES: WordSet<14> = WordSet::new([
    "connect", "fetch", "for", "from", "group", "having", "into", "limit", "offset", "order", "qualify", "start",
    "where", "window",
]);
const ENDS: WordSet<5> = WordSet::new(["except", "intersect", "loop", "minus", "union"]);

impl Query {
    /// Reads the query whose word `select` stands at `select`.
    pub(super) fn at(edits: &Edits<'_>, select: usize) -> Self {
        let code = edits.code();
        let (mut clauses, mut at) = (Vec::new(), select + 1);
        while at < edits.len() {
            match code.kind(at) {
                Some(TokenKind::LeftParenthesis) => {
                    at = code.close(at);
                    continue;
                }
                Some(TokenKind::RightParenthesis | TokenKind::Semicolon) => break,
                Some(TokenKind::Word) if code.kind(at - 1) != Some(TokenKind::Dot) => {
                    let text = code.token(at);
                    if ENDS.contains(text) && !is_called(code, at) || is_binding(edits, at) {
                        break;
                    }
                    if CLAUSES.contains(text) && begins_clause(code, at) {
                        clauses.push(at);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        let mut first = select + 1;
        first += usize::from(code.is_any(first, &["distinct", "all"]));
        if code.is(first, "top") && !matches!(code.kind(first + 1), Some(TokenKind::Comma | TokenKind::Dot) | None) {
            first = code.step(first + 1);
        }
        let last = clauses.first().copied().unwrap_or(at);
        Self { select, list: first.min(last)..last, clauses, end: at }
    }

    /// What stands behind the word of a clause, up to the next clause.
    pub(super) fn clause(&self, code: &Code<'_>, word: &str) -> Option<Range<usize>> {
        let index = self.clauses.iter().position(|at| code.is(*at, word))?;
        let start = self.clauses.get(index)? + 1;
        Some(start..self.clauses.get(index + 1).copied().unwrap_or(self.end))
    }

    /// Where LIMIT, OFFSET or FETCH begins; the end if there is none.
    pub(super) fn tail(&self, code: &Code<'_>) -> usize {
        self.clauses.iter().copied().find(|at| code.is_any(*at, &["limit", "offset", "fetch"])).unwrap_or(self.end)
    }

    /// The items of the list.
    pub(super) fn items(&self, code: &Code<'_>) -> Vec<Item> {
        self.items_before(code, None)
    }

    /// The items of the list up to the word of a clause that stands in it.
    pub(super) fn items_before(&self, code: &Code<'_>, word: Option<usize>) -> Vec<Item> {
        code.items(self.list.start..word.unwrap_or(self.list.end))
            .into_iter()
            .filter(|range| !range.is_empty())
            .map(|range| Item::read(code, range))
            .collect()
    }
}

/// `WITH NO SCHEMA BINDING`, which was left out before.
fn is_binding(edits: &Edits<'_>, at: usize) -> bool {
    edits.code().phrase(at, &["with", "no", "schema", "binding"]).is_some()
}

fn is_called(code: &Code<'_>, at: usize) -> bool {
    code.is(at, "loop") && code.kind(at + 1) == Some(TokenKind::LeftParenthesis)
}

fn begins_clause(code: &Code<'_>, at: usize) -> bool {
    let after = at + 1;
    if code.is(at, "from") {
        // `a is distinct from b`
        return !(code.is(at - 1, "distinct") && code.is_any(at.saturating_sub(2), &["is", "not"]));
    }
    if code.is(at, "group") || code.is(at, "order") {
        return code.is(after, "by");
    }
    if code.is(at, "start") {
        return code.is(after, "with");
    }
    if code.is(at, "connect") {
        return code.is(after, "by");
    }
    if code.is(at, "window") {
        return code.is(after + 1, "as");
    }
    if code.is(at, "for") {
        return code.is_any(after, &["update", "share"]);
    }
    if code.is_any(at, &["limit", "offset", "fetch", "qualify", "into"]) {
        // Also names of columns.
        return !matches!(
            code.kind(after),
            Some(TokenKind::Comma | TokenKind::Dot | TokenKind::RightParenthesis) | None
        ) && !code.is_any(after, &["from", "as"])
            && !code.is(at - 1, "as");
    }
    true
}

/// One item of a select list.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// All of it.
    pub(super) range: Range<usize>,
    /// Without its alias.
    pub(super) value: Range<usize>,
    /// The column's name: its alias, or the column it is.
    pub(super) name: Option<String>,
    /// Whether the name is an alias.
    pub(super) aliased: bool,
    /// Whether it is `*` or `t.*`.
    pub(super) star: bool,
}

impl Item {
    /// The table in front of `.*`.
    pub(super) fn owner(&self, code: &Code<'_>) -> Option<String> {
        (self.star && self.range.len() > 2).then(|| unquote_identifier(code.token(self.range.end - 3)))
    }

    pub(super) fn read(code: &Code<'_>, range: Range<usize>) -> Self {
        let last = range.end - 1;
        let is_name = |at: usize| matches!(code.kind(at), Some(TokenKind::Word | TokenKind::QuotedIdentifier));
        let star = code.token(last) == "*" && (range.len() == 1 || code.kind(last - 1) == Some(TokenKind::Dot));
        if code.past_name(range.start) == Some(range.end) {
            let name = code.name(range.start).map(|(name, _)| name.base().to_owned());
            return Self { value: range.clone(), range, name, aliased: false, star };
        }
        let before = last.saturating_sub(1).max(range.start);
        let ends_value = |at: usize| match code.kind(at) {
            Some(TokenKind::Word) => !code.is_any(
                at,
                &[
                    "and", "or", "not", "is", "in", "then", "else", "when", "case", "like", "distinct", "by",
                    "interval", "between",
                ],
            ),
            Some(TokenKind::Symbol) => matches!(code.token(at), "]"),
            Some(TokenKind::Dot | TokenKind::Comma | TokenKind::LeftParenthesis) | None => false,
            Some(_) => true,
        };
        let alias = if range.len() > 2 && is_name(last) && code.is(before, "as") {
            Some(before)
        } else if range.len() > 1
            && is_name(last)
            && ends_value(before)
            && !code.is_any(last, &["end", "null", "true", "false", "zone"])
        {
            Some(last)
        } else {
            None
        };
        let name = alias.map(|_| unquote_identifier(code.token(last)));
        Self { value: range.start..alias.unwrap_or(range.end), range, aliased: name.is_some(), name, star }
    }
}

/// One table, subquery or path of FROM.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    /// Its name or its parentheses, without alias.
    pub(super) range: Range<usize>,
    /// Its name, if it has one.
    pub(super) name: Option<ObjectName>,
    /// Its alias and where that stands.
    pub(super) alias: Option<(String, usize)>,
    /// Past its alias.
    pub(super) end: usize,
    /// Whether a comma or the beginning of the clause stands in front of it.
    pub(super) lone: bool,
    /// Whether `UNPIVOT` stands in front of it, as for the attributes of a SUPER value.
    pub(super) unpivots: bool,
}

impl Factor {
    /// What the rest of the query calls it.
    pub(super) fn called(&self) -> Option<&str> {
        let alias = self.alias.as_ref().map(|(alias, _)| alias.as_str());
        alias.or_else(|| self.name.as_ref().map(ObjectName::base))
    }
}

const NO_ALIAS: WordSet<24> = WordSet::new([
    "at",
    "connect",
    "cross",
    "full",
    "group",
    "inner",
    "join",
    "lateral",
    "left",
    "limit",
    "natural",
    "on",
    "order",
    "outer",
    "pivot",
    "qualify",
    "right",
    "set",
    "start",
    "tablesample",
    "unpivot",
    "using",
    "when",
    "where",
]);

/// The tables of a FROM clause, in order; what stands behind ON is passed over.
pub(super) fn factors(code: &Code<'_>, from: Range<usize>) -> Vec<Factor> {
    let mut factors = Vec::new();
    let mut at = from.start;
    let (mut expected, mut lone) = (true, true);
    while at < from.end {
        if expected {
            let unpivots = code.is(at, "unpivot");
            let start = at + usize::from(unpivots) + usize::from(code.is_any(at, &["only", "lateral"]));
            let (name, past) = match code.name(start) {
                Some((name, past)) => (Some(name), past),
                None => (None, code.step(start)),
            };
            // A function in FROM.
            let past = if name.is_some() { path_end(code, past) } else { past };
            let word = past + usize::from(code.is(past, "as"));
            let is_name = match code.kind(word) {
                Some(TokenKind::Word) => !NO_ALIAS.contains(code.token(word)),
                Some(TokenKind::QuotedIdentifier) => true,
                _ => false,
            };
            let alias = (is_name && word < from.end).then(|| (unquote_identifier(code.token(word)), word));
            let mut end = if alias.is_some() { word + 1 } else { past };
            if alias.is_some() && code.kind(end) == Some(TokenKind::LeftParenthesis) {
                end = code.close(end);
            }
            let called = name.is_some() && code.kind(past - 1) == Some(TokenKind::RightParenthesis);
            let name = name.filter(|_| !called);
            factors.push(Factor { range: start..past, name, alias, end, lone, unpivots });
            at = end;
            expected = false;
            continue;
        }
        lone = code.kind(at) == Some(TokenKind::Comma);
        expected = lone || code.is(at, "join");
        at = code.step(at);
    }
    factors
}

/// Past the call or the subscripts behind a name.
fn path_end(code: &Code<'_>, mut at: usize) -> usize {
    if code.kind(at) == Some(TokenKind::LeftParenthesis) {
        return code.close(at);
    }
    while code.token(at) == "[" {
        while at < code.tokens.len() && code.token(at) != "]" {
            at += 1;
        }
        at += 1;
        while code.kind(at) == Some(TokenKind::Dot) {
            at += 2;
        }
    }
    at
}
