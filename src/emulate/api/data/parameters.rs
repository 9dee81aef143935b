//! Named parameters of a statement: `:name`, bound to text.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::emulate::api::refusal::Refusal;
use crate::sql::{Dialect, TokenKind, quote_literal, tokens};

/// The shape `SqlParameter` of the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) value: String,
}

/// The statements with literals in place of their parameters. A name without a parameter is left for the server to
/// refuse; it may be a part of a SUPER path or of an interval of an array.
///
/// # Errors
///
/// Fails if a parameter is in none of the statements, as AWS does.
pub(super) fn bind(statements: &[String], parameters: &[Parameter]) -> Result<Vec<String>, Refusal> {
    let mut used = BTreeSet::new();
    let bound = statements.iter().map(|statement| bind_one(statement, parameters, &mut used)).collect();
    let unused: Vec<&str> =
        parameters.iter().map(|one| one.name.as_str()).filter(|name| !used.contains(name)).collect();
    if unused.is_empty() {
        return Ok(bound);
    }
    let message = format!("Parameters list contains unused parameters. Unused parameters: [{}]", unused.join(", "));
    Err(Refusal::validation(message))
}

fn bind_one<'a>(statement: &str, parameters: &'a [Parameter], used: &mut BTreeSet<&'a str>) -> String {
    if parameters.is_empty() {
        return statement.to_owned();
    }
    let tokens = tokens(statement, Dialect::Redshift);
    let is_colon = |at: usize| tokens.get(at).is_some_and(|token| token.text(statement) == ":");
    let mut out = String::with_capacity(statement.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        // `::` is a cast.
        let begins = is_colon(at) && !is_colon(at + 1) && (at == 0 || !is_colon(at - 1));
        let name = tokens.get(at + 1).filter(|next| begins && next.kind == TokenKind::Word);
        let named = |name: &str| parameters.iter().find(|parameter| parameter.name == name);
        if let Some(parameter) = name.and_then(|name| named(name.text(statement))) {
            used.insert(&parameter.name);
            out.push_str(&quote_literal(&parameter.value, Dialect::Redshift));
            at += 2;
        } else {
            out.push_str(token.text(statement));
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters<const N: usize>(pairs: [(&str, &str); N]) -> Vec<Parameter> {
        pairs.map(|(name, value)| Parameter { name: name.into(), value: value.into() }).into()
    }

    fn bound(statement: &str) -> String {
        let values = parameters([("id", "7"), ("name", "O'Hara \\ :id")]);
        bind_one(statement, &values, &mut BTreeSet::new())
    }

    #[test]
    fn names_become_literals() {
        assert_eq!(
            bound("select * from t where id=:id and n = :name"),
            "select * from t where id='7' and n = 'O''Hara \\\\ :id'"
        );
        assert_eq!(bound("select :id::int, :id"), "select '7'::int, '7'");
        assert_eq!(bound(":id"), "'7'");
    }

    #[test]
    fn texts_comments_casts_and_other_names_stay() {
        for text in
            ["select ':id' -- :id\n/* :id */", "select \":id\"", "select a::id", "select :other", "select $$ :id $$"]
        {
            assert_eq!(bound(text), text);
        }
    }

    #[test]
    fn what_no_statement_uses_is_refused() {
        let statements = ["select :a".to_owned(), "select 1".to_owned()];
        assert_eq!(bind(&statements, &parameters([("a", "1")])).unwrap(), ["select '1'", "select 1"]);
        let refusal = bind(&statements, &parameters([("a", "1"), ("b", "2")])).unwrap_err();
        assert_eq!(refusal.message, "Parameters list contains unused parameters. Unused parameters: [b]");
    }
}
