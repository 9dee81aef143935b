//! Says what each statement of a script is.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::code::Code;
use super::lexer::{Token, TokenKind};
use super::pattern::{Captures, fit};
use super::split::each_statement;
use super::table::{Loss, RULES, Rule};
use super::{Dialect, Effect, Kind, ObjectName, SqlError, Statement, TxMode};

/// The statements of a script, in order. Empty ones, such as between two semicolons, are left out.
pub fn parse_script(text: &str, dialect: Dialect) -> Result<Vec<Statement>, SqlError> {
    each_statement(text, dialect, |tokens| classified(text, tokens, dialect))
}

/// What the statement of these tokens is, and the tokens.
pub(super) fn classified(text: &str, tokens: Vec<Token>, dialect: Dialect) -> (Statement, Vec<Token>) {
    let start = tokens.first().map_or(0, |token| token.start);
    let range = start..tokens.last().map_or(start, |token| token.end);
    let code = Code { text, tokens, dialect };
    (classify(&code).into_statement(range, dialect), code.tokens)
}

/// The pages of the manuals that the table follows for statements of this kind.
pub fn sources(kind: Kind) -> Vec<&'static str> {
    RULES.iter().filter(|rule| rule.kind == kind).map(|rule| rule.source).collect()
}

/// What the table says of one statement.
#[derive(Clone, Debug)]
pub(super) struct Class {
    kind: Kind,
    redshift: TxMode,
    postgres: TxMode,
    loss: Loss,
    object: Option<ObjectName>,
    column: Option<String>,
}

impl Class {
    fn unknown() -> Self {
        Self {
            kind: Kind::Other,
            redshift: TxMode::Inside,
            postgres: TxMode::Inside,
            loss: Loss::Keeps,
            object: None,
            column: None,
        }
    }

    fn of(rule: &Rule, captures: Captures, code: &Code<'_>) -> Self {
        let named = |at: Option<usize>| Some(code.name(at?)?.0);
        Self {
            kind: rule.kind,
            redshift: rule.redshift,
            postgres: rule.postgres,
            loss: rule.loss,
            object: named(captures.object),
            column: named(captures.column).map(|name| name.base().to_owned()),
        }
    }

    fn into_statement(self, range: std::ops::Range<usize>, dialect: Dialect) -> Statement {
        let effect = match self.loss {
            Loss::Keeps => Effect::Keeps,
            Loss::Definition => Effect::DropsDefinition,
            Loss::Rows => Effect::ChangesRows,
            Loss::Column => Effect::DropsColumn(self.column.unwrap_or_default()),
            Loss::Empties => Effect::EmptiesTable,
            Loss::Data => Effect::DropsData,
        };
        let transaction = match dialect {
            Dialect::Redshift => self.redshift,
            Dialect::Postgres => self.postgres,
        };
        Statement { range, kind: self.kind, object: self.object, transaction, effect }
    }

    /// Takes over what is worse in `other`: a statement is as restricted and as destructive as any part of it.
    fn worsen(&mut self, other: Self) {
        let alone = |mine: &mut TxMode, theirs: TxMode| {
            if *mine == TxMode::Inside {
                *mine = theirs;
            }
        };
        alone(&mut self.redshift, other.redshift);
        alone(&mut self.postgres, other.postgres);
        if other.loss > self.loss {
            self.loss = other.loss;
            self.column = other.column;
        }
    }
}

fn classify(code: &Code<'_>) -> Class {
    classify_at(code, 0)
}

fn classify_at(code: &Code<'_>, start: usize) -> Class {
    let mut at = start;
    while code.kind(at) == Some(TokenKind::LeftParenthesis) {
        at += 1;
    }
    if code.is(at, "with") {
        return with(code, at);
    }
    let mut class = look_up(code, at);
    match class.kind {
        Kind::ExplainAnalyze => {
            let inner = code.find(at + 1, |place| code.is_any(place, QUERY_WORDS) || code.is_any(place, DDL_WORDS));
            if let Some(inner) = inner {
                let inner = classify_at(code, inner);
                class.object = inner.object.clone();
                class.worsen(inner);
            }
        }
        _ if code.is(at, "alter") && code.is(at + 1, "table") => alter_table(code, &mut class),
        _ => {}
    }
    class
}

fn look_up(code: &Code<'_>, at: usize) -> Class {
    if code.kind(at) != Some(TokenKind::Word) {
        return Class::unknown();
    }
    let word = code.tokens.get(at).map(|token| token.text(code.text).to_ascii_lowercase()).unwrap_or_default();
    let rules = rules_by_first_word().get(word.as_str()).map_or(&[][..], Vec::as_slice);
    rules
        .iter()
        .find_map(|rule| fit(rule.pattern, code, at).map(|captures| Class::of(rule, captures, code)))
        .unwrap_or_else(Class::unknown)
}

/// The rows of the table by the word that a statement begins with, in the table's order.
fn rules_by_first_word() -> &'static HashMap<&'static str, Vec<&'static Rule>> {
    static INDEX: OnceLock<HashMap<&'static str, Vec<&'static Rule>>> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index: HashMap<_, Vec<_>> = HashMap::new();
        for rule in RULES {
            let first = rule.pattern.split(' ').next().unwrap_or_default();
            for choice in first.split('|') {
                let word = choice.split('_').next().unwrap_or_default();
                index.entry(word).or_default().push(rule);
            }
        }
        index
    })
}

const QUERY_WORDS: &[&str] = &["select", "insert", "update", "delete", "merge", "values", "table", "with"];
const DDL_WORDS: &[&str] = &["create", "execute", "declare", "refresh"];

/// `with` stands in front of a query or of a change of rows; the names between may change rows themselves.
fn with(code: &Code<'_>, at: usize) -> Class {
    let main = code
        .find(at + 1, |place| code.is_any(place, QUERY_WORDS) && !(code.is(place, "with") || code.is(place, "table")));
    let mut class = match main {
        Some(main) => look_up(code, main),
        None => Class { kind: Kind::Select, ..Class::unknown() },
    };
    let inner = (at..main.unwrap_or(code.tokens.len())).find(|place| {
        code.kind(*place) == Some(TokenKind::LeftParenthesis)
            && code.is_any(place + 1, &["insert", "update", "delete", "merge"])
    });
    if let Some(inner) = inner.filter(|_| class.kind == Kind::Select) {
        class = look_up(code, inner + 1);
    }
    class
}

/// Each action of the list counts; the list as a whole is as bad as its worst.
fn alter_table(code: &Code<'_>, class: &mut Class) {
    let mut actions = code.items(0..code.tokens.len()).into_iter();
    let Some(first) = actions.next() else { return };
    let mut head = 2;
    if let Some(next) = code.phrase(head, &["if", "exists"]) {
        head = next;
    }
    if code.is(head, "only") {
        head += 1;
    }
    let Some((_, head)) = code.name(head) else { return };
    let mut same = true;
    for action in actions {
        let mut tokens = code.tokens.get(..head.min(first.end)).unwrap_or_default().to_vec();
        tokens.extend_from_slice(code.tokens.get(action).unwrap_or_default());
        let one = look_up(&Code { text: code.text, tokens, dialect: code.dialect }, 0);
        same &= one.kind == class.kind || one.kind == Kind::AlterTable;
        class.worsen(one);
    }
    if !same {
        class.kind = Kind::AlterTable;
    }
}
