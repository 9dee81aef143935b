//! [Masking policies](https://docs.aws.amazon.com/redshift/latest/dg/t_ddm.html): the library checks and keeps them. None
//! is ever attached, because PostgreSQL masks no columns and an unmasked one would be a lie.

use std::ops::Range;

use super::super::lexer::TokenKind;
use super::super::quote::{quote_identifier, quote_literal, unquote_identifier};
use super::super::{Dialect, Kind};
use super::Untranslatable;
use super::data_type::{self, Place};
use super::edits::{Edits, word_in};

/// Rewrites the statement as a call of the library.
pub(super) fn rewrite(edits: &mut Edits<'_>, kind: Kind) -> Result<(), Untranslatable> {
    let code = edits.code();
    let end = edits.len();
    let unless = code.phrase(3, &["if", "not", "exists"]).or_else(|| code.phrase(3, &["if", "exists"]));
    let Some((name, after)) = code.name(unless.unwrap_or(3)) else { return Ok(()) };
    let literal = |text: &str| quote_literal(text, Dialect::Postgres);
    let name = literal(name.base());
    let call = if kind == Kind::DropMaskingPolicy {
        format!("redshift_drop_masking_policy({name}, {})", unless.is_some())
    } else {
        let opens = |at: &usize| code.kind(at + 1) == Some(TokenKind::LeftParenthesis);
        let Some(using) = word_in(code, after..end, "using").filter(opens) else {
            return Err(edits.refuse(0, "a masking policy needs USING (expression)"));
        };
        let expression = edits.render(using + 2..code.close(using + 1).saturating_sub(1));
        let expression = literal(&expression);
        if kind == Kind::AlterMaskingPolicy {
            format!("redshift_alter_masking_policy({name}, {expression})")
        } else {
            let Some(with) = word_in(code, after..using, "with").filter(opens) else {
                return Err(edits.refuse(0, "a masking policy needs WITH (input columns)"));
            };
            let inside = with + 2..code.close(with + 1).saturating_sub(1);
            let (inputs, shown) = inputs(edits, inside);
            let (inputs, shown) = (literal(&inputs), literal(&shown));
            format!("redshift_create_masking_policy({name}, {}, {inputs}, {shown}, {expression})", unless.is_some())
        }
    };
    if kind != Kind::DropMaskingPolicy {
        edits.note(0, "the policy is checked and kept, and cannot be attached: PostgreSQL masks no columns");
    }
    edits.replace(0..end, format!("call pg_catalog.{call}"));
    Ok(())
}

/// A query for a row of the input columns, and the columns as `SVV_MASKING_POLICY` shows them.
fn inputs(edits: &mut Edits<'_>, list: Range<usize>) -> (String, String) {
    let (mut columns, mut shown) = (Vec::new(), Vec::new());
    for item in edits.code().items(list).into_iter().filter(|item| item.len() > 1) {
        data_type::rewrite(edits, item.start + 1, Place::Cast);
        let column = unquote_identifier(edits.code().token(item.start));
        let data_type = edits.render(item.start + 1..item.end);
        columns.push(format!("null::{data_type} as {}", quote_identifier(&column)));
        shown.push(serde_json::json!({"colname": column, "type": data_type}));
    }
    (format!("select {}", columns.join(", ")), serde_json::Value::Array(shown).to_string())
}
