//! Says what each statement of a script is.

use std::ops::Range;
use std::sync::OnceLock;

use super::code::Code;
use super::lexer::TokenKind;
use super::pattern::{Captures, Pattern};
use super::split::each_statement;
use super::table::{Loss, RULES, Rule};
use super::word_set::LETTERS;
use super::{Dialect, Effect, Kind, ObjectName, SqlError, Statement, TxMode};

/// The statements of a script, in order. Empty ones, such as between two semicolons, are left out.
pub fn parse_script(text: &str, dialect: Dialect) -> Result<Vec<Statement>, SqlError> {
    each_statement(text, dialect, |range, code| (classified(&code, range), code))
}

/// What the statement is that stands at `range` of its script.
pub(super) fn classified(code: &Code<'_>, range: Range<usize>) -> Statement {
    classify(code).into_statement(range, code.dialect)
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

    fn into_statement(self, range: Range<usize>, dialect: Dialect) -> Statement {
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
    let first = code.token(at).as_bytes().first().copied().unwrap_or_default();
    let mut words = rows_by_first_word()[usize::from(first) % LETTERS].iter();
    let rows = words.find(|(word, _)| code.is(at, word)).map_or(&[][..], |(_, rows)| rows);
    rows.iter()
        .find_map(|(rest, rule)| rest.fit(code, at + 1).map(|captures| Class::of(rule, captures, code)))
        .unwrap_or_else(Class::unknown)
}

/// The word that a statement begins with, and the rows for it in the table's order, with what follows the word.
type Rows = (&'static str, Vec<(Pattern, &'static Rule)>);

/// The rows of the table by the first letter and the word that a statement begins with.
fn rows_by_first_word() -> &'static [Vec<Rows>; LETTERS] {
    static INDEX: OnceLock<[Vec<Rows>; LETTERS]> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = [const { Vec::<Rows>::new() }; LETTERS];
        for rule in RULES {
            let (choices, rest) = rule.pattern.split_once(' ').unwrap_or((rule.pattern, ""));
            for choice in choices.split('|') {
                let (first, more) = choice.split_once('_').unwrap_or((choice, ""));
                let letter = first.bytes().next().map_or(0, usize::from) % LETTERS;
                let row = (Pattern::read(&[more, rest]), rule);
                match index[letter].iter_mut().find(|(word, _)| *word == first) {
                    Some((_, rows)) => rows.push(row),
                    None => index[letter].push((first, vec![row])),
                }
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
    let Some(head) = code.past_name(head) else { return };
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
