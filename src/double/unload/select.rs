//! The query of an UNLOAD: SQL inside of a literal.

use crate::ports::{DbError, DbErrorKind};
use crate::sql::{
    Dialect, Kind, LongName, OffsetMap, QuotedNames, Surroundings, TokenKind, literal_offset, parse_script, tokens,
    translate, unquote_literal,
};

/// A query as PostgreSQL takes it, with the way back to the UNLOAD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Select {
    /// The query for PostgreSQL.
    pub(super) sql: String,
    /// Names in it that PostgreSQL gets shorter.
    pub(super) long_names: Vec<LongName>,
    map: OffsetMap,
    /// Where the query begins in the value of the literal.
    start: usize,
    literal: String,
    /// Where the literal begins in the UNLOAD.
    literal_start: usize,
}

impl Select {
    /// Reads the literal that begins at `literal_start` of the statement.
    pub(super) fn parse(literal: &str, literal_start: usize, names: QuotedNames) -> Result<Self, DbError> {
        let value = unquote_literal(literal, Dialect::Redshift).unwrap_or_default();
        let place = |at: usize| Some(literal_start + literal_offset(literal, Dialect::Redshift, at));
        let syntax = |message: &str, at: usize| DbError {
            offset: place(at),
            code: Some("42601".to_owned()),
            ..DbError::new(DbErrorKind::Statement, message)
        };
        let statements = parse_script(&value, Dialect::Redshift)
            .map_err(|error| DbError { hint: Some(error.hint()), ..syntax(&error.to_string(), error.range().start) })?;
        let statement = match statements.as_slice() {
            [one] if one.kind == Kind::Select => one,
            [one] => return Err(syntax("UNLOAD takes a SELECT", one.range.start)),
            [] => return Err(syntax("UNLOAD takes a SELECT and found no statement", 0)),
            [_, second, ..] => return Err(syntax("UNLOAD takes one SELECT", second.range.start)),
        };
        let start = statement.range.start;
        let query = value.get(statement.range.clone()).unwrap_or_default();
        if let Some(at) = outer_limit(query) {
            // https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html#unload-usage-limit-clause
            let hint = "put the LIMIT into a subquery: select * from (select ... limit 10)".to_owned();
            let error = syntax("Limit clause is not supported", start + at);
            return Err(DbError { hint: Some(hint), code: Some("0A000".to_owned()), ..error });
        }
        let translation =
            translate(query, statement.kind, names, &Surroundings::default()).map_err(|refused| DbError {
                offset: place(start + refused.offset),
                code: Some("0A000".to_owned()),
                ..DbError::new(DbErrorKind::Unsupported, refused.message)
            })?;
        let sql = translation.sql.unwrap_or_default();
        let long_names = translation.long_names;
        Ok(Self { sql, long_names, map: translation.map, start, literal: literal.to_owned(), literal_start })
    }

    /// The byte of the UNLOAD that a byte of [`Select::sql`] stands for.
    pub(super) fn source_offset(&self, offset: usize) -> usize {
        let value_offset = self.start + self.map.source_offset(offset);
        self.literal_start + literal_offset(&self.literal, Dialect::Redshift, value_offset)
    }
}

/// Where the LIMIT of the query itself stands, or its TOP.
fn outer_limit(query: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut before = String::new();
    for token in tokens(query, Dialect::Redshift).into_iter().filter(|token| !token.kind.is_trivia()) {
        match token.kind {
            TokenKind::LeftParenthesis => depth += 1,
            TokenKind::RightParenthesis => depth = depth.saturating_sub(1),
            TokenKind::Word if depth == 0 => {
                let word = token.text(query).to_ascii_lowercase();
                let top = word == "top" && matches!(before.as_str(), "select" | "all" | "distinct");
                // A column or a table may have the name only in quotes: LIMIT is reserved.
                if word == "limit" && before != "." || top {
                    return Some(token.start);
                }
            }
            _ => {}
        }
        before = token.text(query).to_ascii_lowercase();
    }
    None
}
