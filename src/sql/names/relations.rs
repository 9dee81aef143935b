//! Walks over the tokens and picks the names that stand where a relation or a routine is named.

use super::super::code::Code;
use super::super::lexer::TokenKind;
use super::Found;
use super::locals::{Local, with_names};

/// Adds what the text refers to, without looking into literals.
pub(super) fn collect(code: &Code<'_>, found: &mut Found) {
    let locals = with_names(code);
    let mut scan = Scan { code, locals, aliases: Vec::new(), openers: Vec::new(), first: 0, found };
    for at in 0..code.tokens.len() {
        scan.visit(at);
    }
}

struct Scan<'a, 'b> {
    code: &'a Code<'b>,
    locals: Vec<Local>,
    aliases: Vec<String>,
    /// The word in front of each parenthesis that is open.
    openers: Vec<&'b str>,
    /// Where the statement begins.
    first: usize,
    found: &'a mut Found,
}

impl Scan<'_, '_> {
    fn visit(&mut self, at: usize) {
        let code = self.code;
        let before = |words: &[&str]| at > 0 && code.is_any(at - 1, words);
        match code.kind(at) {
            Some(TokenKind::LeftParenthesis) => {
                let word = at.checked_sub(1).filter(|before| code.kind(*before) == Some(TokenKind::Word));
                self.openers.push(word.map_or("", |word| code.token(word)));
            }
            Some(TokenKind::RightParenthesis) => {
                self.openers.pop();
            }
            Some(TokenKind::Semicolon) => {
                self.aliases.clear();
                self.first = at + 1;
            }
            Some(TokenKind::Word) if at > 0 && code.kind(at - 1) == Some(TokenKind::Dot) => {}
            Some(TokenKind::Word) => {
                let word = code.token(at).to_ascii_lowercase();
                match word.as_str() {
                    "from" if self.is_clause(at) => self.relations(at + 1),
                    "using" if self.is_clause(at) && self.follows_delete_or_merge(at) => self.relations(at + 1),
                    "join" | "update" | "references" if !before(&["for", "on", "do", "of", "no"]) => {
                        self.relation(at + 1);
                    }
                    "into" if before(&["insert", "merge"]) => {
                        self.relation(at + 1);
                    }
                    "truncate" | "table" | "lock" if !before(MAKERS) && !code.is(at + 1, "table") => {
                        self.relation(at + 1);
                    }
                    "copy" | "call" => {
                        self.relation(at + 1);
                    }
                    "like" if at > 0 && code.kind(at - 1) == Some(TokenKind::LeftParenthesis) => {
                        self.relation(at + 1);
                    }
                    "procedure" | "function" if before(&["execute"]) => {
                        self.relation(at + 1);
                    }
                    _ => self.qualified_call(at),
                }
            }
            Some(TokenKind::QuotedIdentifier) => self.qualified_call(at),
            _ => {}
        }
    }

    /// Whether FROM or USING stands for relations here, not inside of a function such as `extract(day from d)`.
    fn is_clause(&self, at: usize) -> bool {
        let functions = ["extract", "trim", "btrim", "substring", "overlay", "position"];
        let inside = self.openers.last().is_some_and(|word| functions.iter().any(|f| word.eq_ignore_ascii_case(f)));
        let distinct = at > 0 && self.code.is(at - 1, "distinct");
        let rights = self.code.is_any(self.first, &["revoke", "fetch", "move", "alter", "detach", "show"]);
        let append = at > 0 && self.code.is(at - 1, "append");
        !inside && !distinct && (!rights || append)
    }

    fn follows_delete_or_merge(&self, at: usize) -> bool {
        let join = self.code.kind(at + 1) == Some(TokenKind::LeftParenthesis) && !self.code.is(at + 2, "select");
        !join && (self.first..at).any(|before| self.code.is_any(before, &["delete", "merge"]))
    }

    fn relations(&mut self, mut at: usize) {
        loop {
            while self.code.is_any(at, &["only", "lateral"]) {
                at += 1;
            }
            // The inside of a parenthesis is met on the way.
            let mut next = match self.code.kind(at) {
                Some(TokenKind::LeftParenthesis) => self.code.close(at),
                _ => match self.relation(at) {
                    Some(next) => next,
                    None => return,
                },
            };
            if self.code.kind(next) == Some(TokenKind::LeftParenthesis) {
                next = self.code.close(next);
            }
            next = self.alias(next);
            match self.code.find(next, |place| {
                self.code.kind(place) == Some(TokenKind::Comma) || self.code.is_any(place, CLAUSES) || self.ends(place)
            }) {
                Some(comma) if self.code.kind(comma) == Some(TokenKind::Comma) => at = comma + 1,
                _ => return,
            }
        }
    }

    fn ends(&self, at: usize) -> bool {
        matches!(self.code.kind(at), Some(TokenKind::RightParenthesis | TokenKind::Semicolon))
    }

    /// Remembers `[AS] alias`, because Redshift walks into a value by the alias of its table.
    fn alias(&mut self, at: usize) -> usize {
        let at = if self.code.is(at, "as") { at + 1 } else { at };
        match self.code.name(at) {
            Some((alias, next)) if alias.parts.len() == 1 && !self.code.is_any(at, CLAUSES) => {
                self.aliases.extend(alias.parts);
                next
            }
            _ => at,
        }
    }

    /// Adds the name that stands here, and says where it ends.
    fn relation(&mut self, at: usize) -> Option<usize> {
        let code = self.code;
        let mut at = at;
        while code.is(at, "only") {
            at += 1;
        }
        if code.is_any(at, NOT_NAMES) {
            return None;
        }
        let (name, next) = code.name(at)?;
        let local = name.parts.len() == 1
            && self.locals.iter().any(|local| local.visible.contains(&at) && local.name == name.base());
        let path = name.parts.len() > 1 && name.parts.first().is_some_and(|first| self.aliases.contains(first));
        let built_in = name.parts.len() == 1 && code.kind(next) == Some(TokenKind::LeftParenthesis);
        let routine = at > 0 && code.is_any(at - 1, &["call", "procedure", "function", "into", "references", "copy"]);
        if !local && !path && (!built_in || routine) {
            self.found.add(name);
        }
        Some(next)
    }

    fn qualified_call(&mut self, at: usize) {
        let starts = at == 0 || self.code.kind(at - 1) != Some(TokenKind::Dot);
        let Some((name, next)) = self.code.name(at).filter(|_| starts) else { return };
        let calls = self.code.kind(next) == Some(TokenKind::LeftParenthesis);
        let made =
            at > 0 && self.code.is_any(at - 1, &["table", "view", "function", "procedure", "exists", "on", "as"]);
        let path = name.parts.first().is_some_and(|first| self.aliases.contains(first));
        if calls && name.parts.len() > 1 && !made && !path {
            self.found.add(name);
        }
    }
}

/// Words in front of TABLE that make the name after it a new one.
const MAKERS: &[&str] = &["create", "temp", "temporary", "unlogged", "external", "foreign", "on", "into", "returns"];

/// Words after these are no names.
const NOT_NAMES: &[&str] =
    &["select", "set", "values", "if", "exists", "lateral", "unnest", "table", "with", "in", "as", "on", "or", "of"];

/// Words that end one entry of a FROM list, so that they are no aliases.
const CLAUSES: &[&str] = &[
    "where",
    "group",
    "order",
    "having",
    "limit",
    "union",
    "except",
    "minus",
    "intersect",
    "join",
    "left",
    "right",
    "full",
    "inner",
    "outer",
    "cross",
    "natural",
    "on",
    "using",
    "window",
    "fetch",
    "offset",
    "for",
    "set",
    "qualify",
    "pivot",
    "unpivot",
    "when",
    "loop",
    "into",
    "returning",
    "with",
    "select",
    "then",
    "tablesample",
];
