//! Finds the relations and routines that a text refers to, to put views and routines in the order of their needs.
//!
//! It reads tokens and needs no grammar, so that it works on any text, inside routine bodies too. It may name a
//! little too much, such as a local record of a procedure, which harms nothing where names are looked up among known ones.

mod locals;
mod relations;

use super::body::{MOST_LEVELS, bodies};
use super::classify::parse_script;
use super::code::Code;
use super::lexer::TokenKind;
use super::{Dialect, Kind, ObjectName};

/// The relations and called procedures that `text` refers to, in the order of their first mention, without what WITH
/// defines and without the objects that it creates. Functions count where their name is qualified.
pub fn referenced_names(text: &str, dialect: Dialect) -> Vec<ObjectName> {
    let mut found = Found::default();
    changed_objects(text, dialect, &mut found);
    scan(text, dialect, MOST_LEVELS, &mut found);
    found.names
}

/// Every name that stands in front of a parenthesis, built-in functions and types included.
pub fn called_names(text: &str, dialect: Dialect) -> Vec<ObjectName> {
    let mut found = Found::default();
    called(text, dialect, MOST_LEVELS, &mut found);
    found.names
}

#[derive(Default)]
struct Found {
    names: Vec<ObjectName>,
    seen: std::collections::HashSet<ObjectName>,
}

impl Found {
    fn add(&mut self, name: ObjectName) {
        if self.seen.insert(name.clone()) {
            self.names.push(name);
        }
    }
}

/// What grants, comments and alterations are about.
fn changed_objects(text: &str, dialect: Dialect, found: &mut Found) {
    for statement in parse_script(text, dialect).unwrap_or_default() {
        let Some(mut object) = statement.object else { continue };
        let text = text.get(statement.range).unwrap_or("");
        let code = Code::new(text, dialect);
        match statement.kind {
            Kind::Comment if code.is(2, "column") && object.parts.len() > 1 => {
                object.parts.pop();
                found.add(object);
            }
            Kind::Grant | Kind::Revoke if code.find(0, |at| code.is_any(at, NOT_RELATIONS)).is_none() => {
                found.add(object);
            }
            Kind::Comment if !code.is_any(2, NOT_RELATIONS) => found.add(object),
            Kind::RefreshMaterializedView | Kind::Call => found.add(object),
            _ if code.is(0, "alter") && code.is_any(1, RELATIONS) => found.add(object),
            Kind::CreateTrigger | Kind::CreateIndex | Kind::CreatePolicy => {
                let on = code.find(2, |at| code.is(at, "on")).and_then(|on| code.name(on + 1));
                if let Some((table, _)) = on {
                    found.add(table);
                }
            }
            _ => {}
        }
    }
}

const NOT_RELATIONS: &[&str] = &["schema", "database", "language", "datashare", "role", "user", "group", "model"];
const RELATIONS: &[&str] = &["table", "view", "materialized", "procedure", "function", "sequence"];

fn scan(text: &str, dialect: Dialect, levels: usize, found: &mut Found) {
    let Some(levels) = levels.checked_sub(1) else { return };
    let code = Code::new(text, dialect);
    relations::collect(&code, found);
    for body in inner_texts(&code) {
        self::scan(&body, dialect, levels, found);
    }
}

/// Bodies of routines, and the query inside of UNLOAD.
fn inner_texts(code: &Code<'_>) -> Vec<String> {
    let mut texts = bodies(code);
    let unloads = (0..code.tokens.len()).filter(|at| code.is(*at, "unload"));
    // A dollar-quoted query is among the bodies already.
    let plain = unloads.filter(|at| code.kind(at + 2) != Some(TokenKind::DollarString));
    texts.extend(plain.filter_map(|at| code.literal(at + 2)));
    texts
}

fn called(text: &str, dialect: Dialect, levels: usize, found: &mut Found) {
    let Some(levels) = levels.checked_sub(1) else { return };
    let code = Code::new(text, dialect);
    for at in 0..code.tokens.len() {
        let starts = at == 0 || code.kind(at - 1) != Some(TokenKind::Dot);
        if let Some((name, next)) = code.name(at).filter(|_| starts)
            && code.kind(next) == Some(TokenKind::LeftParenthesis)
        {
            found.add(name);
        }
    }
    for body in inner_texts(&code) {
        called(&body, dialect, levels, found);
    }
}
