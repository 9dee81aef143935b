//! Undoing what creates an object.

use super::super::code::Code;
use super::super::lexer::TokenKind;
use super::super::signature::signature;
use super::super::{Dialect, Kind, Statement};
use super::{Inverse, impossible};

/// `DROP <noun> <name>`, for a kind that creates something; `name` carries the argument types of a routine.
pub fn drop_statement(kind: Kind, name: &str) -> Option<String> {
    let noun = match kind {
        Kind::CreateTable | Kind::CreateTableAs | Kind::SelectInto => "table",
        Kind::CreateExternalTable | Kind::CreateExternalTableAs => "table",
        Kind::CreateExternalSchema => "schema",
        Kind::CreateExternalFunction => "function",
        Kind::CreateOperator | Kind::CreateTextSearch | Kind::CreateUserMapping => return None,
        _ => kind.as_str().strip_prefix("create ")?,
    };
    Some(format!("DROP {} {name}", noun.to_uppercase()))
}

/// The statement that drops what a `CREATE` statement makes, whether or not it replaces an earlier definition.
pub fn drop_of(statement: &Statement, script: &str, dialect: Dialect) -> Option<String> {
    let code = Code::new(script.get(statement.range.clone())?, dialect);
    drop_created(statement.kind, &code)
}

/// The text of one `CREATE` statement that replaces what is there: with `OR REPLACE`, put in where the author left it out.
pub fn or_replace(text: &str, dialect: Dialect) -> String {
    let code = Code::new(text, dialect);
    match code.tokens.first() {
        Some(create) if code.is(0, "create") && code.phrase(1, &["or", "replace"]).is_none() => {
            let (verb, rest) = text.split_at(create.end);
            format!("{verb} or replace{rest}")
        }
        _ => text.to_owned(),
    }
}

pub(super) fn inverse(statement: &Statement, code: &Code<'_>) -> Inverse {
    let kind = statement.kind;
    let head = Head::read(kind, code);
    if matches!(kind, Kind::CreateTable | Kind::CreateTableAs | Kind::SelectInto) {
        return table(statement, &head);
    }
    if head.temporary {
        return Inverse::Nothing("a temporary object goes with its session".to_owned());
    }
    if head.if_not_exists {
        return impossible("it may have existed before");
    }
    let prior = kind.creates_routine() || matches!(kind, Kind::CreateView | Kind::CreateExternalView);
    match &statement.object {
        Some(object) if head.or_replace && prior => return Inverse::PriorText(object.clone(), kind),
        _ if head.or_replace => return impossible("it may have replaced an earlier definition"),
        _ => {}
    }
    match kind {
        Kind::CreateDatabase => impossible("the database may hold data by now"),
        Kind::CreateSchema if code.find(1, |at| code.is_any(at, &["create", "grant"])).is_some() => {
            impossible("the schema was made with objects in it")
        }
        Kind::CreateIndex if statement.object.is_none() => impossible("the server chooses the name of the index"),
        _ => match drop_created(kind, code) {
            Some(drop) => Inverse::Statement(drop),
            None => impossible("the statement has an unknown shape"),
        },
    }
}

fn table(statement: &Statement, head: &Head) -> Inverse {
    match &statement.object {
        Some(table) if head.temporary || table.base().starts_with('#') => {
            Inverse::Nothing("a temporary table goes with its session".to_owned())
        }
        Some(_) if head.if_not_exists => impossible("the table may have existed before"),
        Some(table) => Inverse::KeepTable(table.clone()),
        None => impossible("the statement has an unknown shape"),
    }
}

/// What stands around the name of the object that a statement creates.
struct Head {
    or_replace: bool,
    if_not_exists: bool,
    temporary: bool,
    concurrently: bool,
    /// Where the name begins.
    name: usize,
}

impl Head {
    fn read(kind: Kind, code: &Code<'_>) -> Self {
        let or_replace = code.phrase(1, &["or", "replace"]).is_some();
        let noun = kind.noun().and_then(|noun| noun.rsplit(' ').find(|word| *word != "as")).unwrap_or("into");
        let at = code.find(0, |at| code.is(at, noun)).map_or(code.tokens.len(), |at| at + 1);
        let temporary = (1..at + 1).any(|before| code.is_any(before, &["temp", "temporary"]));
        let concurrently = code.is(at, "concurrently");
        let at = if concurrently { at + 1 } else { at };
        let exists = code.phrase(at, &["if", "not", "exists"]);
        let name = exists.unwrap_or(at);
        let name = if kind == Kind::CreateSchema && code.is(name, "authorization") { name + 1 } else { name };
        Self { or_replace, if_not_exists: exists.is_some(), temporary, concurrently, name }
    }
}

fn drop_created(kind: Kind, code: &Code<'_>) -> Option<String> {
    let head = Head::read(kind, code);
    match kind {
        _ if kind.creates_routine() => {
            return drop_statement(kind, &signature(code.text, code.dialect)?);
        }
        Kind::CreateCast => {
            let opening = code.find(0, |at| code.kind(at) == Some(TokenKind::LeftParenthesis))?;
            return drop_statement(kind, code.source(opening..code.close(opening)));
        }
        _ => {}
    }
    let (name, next) = code.name(head.name)?;
    let text = code.source(head.name..next);
    match kind {
        Kind::CreateTrigger | Kind::CreatePolicy => {
            let on = code.find(next, |at| code.is(at, "on"))?;
            let end = code.past_name(on + 1)?;
            drop_statement(kind, &format!("{text} ON {}", code.source(on + 1..end)))
        }
        Kind::CreateRule => {
            let to = code.find(next, |at| code.is(at, "to"))?;
            let end = code.past_name(to + 1)?;
            drop_statement(kind, &format!("{text} ON {}", code.source(to + 1..end)))
        }
        // An index lives in the schema of its table, which only the table's name says.
        Kind::CreateIndex => {
            let on = code.find(next, |at| code.is(at, "on"))?;
            let start = if code.is(on + 1, "only") { on + 2 } else { on + 1 };
            let (table, end) = code.name(start)?;
            let schema = match table.schema() {
                Some(_) if name.parts.len() == 1 => code.source(start..end - 1),
                _ => "",
            };
            let concurrently = if head.concurrently { "CONCURRENTLY " } else { "" };
            drop_statement(kind, &format!("{concurrently}{schema}{text}"))
        }
        _ => drop_statement(kind, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn or_replace_stands_in_a_statement_once() {
        for (text, replacing) in [
            ("create view v as select 1", "create or replace view v as select 1"),
            ("CREATE /* or replace */ FUNCTION f() ...", "CREATE or replace /* or replace */ FUNCTION f() ..."),
            ("-- why\ncreate\nprocedure p() ...", "-- why\ncreate or replace\nprocedure p() ..."),
            ("create  OR\nreplace view v as select 1", "create  OR\nreplace view v as select 1"),
            ("create recursive view v (n) as ...", "create or replace recursive view v (n) as ..."),
        ] {
            assert_eq!(or_replace(text, Dialect::Redshift), replacing);
        }
    }
}
