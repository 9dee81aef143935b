//! [MERGE](https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html): `REMOVE DUPLICATES`, and names of the target's
//! columns with its name in front.

use std::ops::Range;

use super::super::lexer::TokenKind;
use super::super::quote::quote_name;
use super::Untranslatable;
use super::edits::{Edits, word_in};

pub(super) fn rewrite(edits: &mut Edits<'_>, range: Range<usize>) -> Result<(), Untranslatable> {
    let code = edits.code();
    let at = range.start + 1 + usize::from(code.is(range.start + 1, "into"));
    let Some((target, after)) = code.name(at) else { return Ok(()) };
    let alias =
        (!code.is(after, "using")).then(|| code.token(after + usize::from(code.is(after, "as"))).to_lowercase());
    let Some(using) = word_in(code, after..range.end, "using") else { return Ok(()) };
    let Some(on) = word_in(code, using..range.end, "on") else { return Ok(()) };
    let called = alias.unwrap_or_else(|| target.base().to_owned());
    if !code.is(range.start + 1, "into") {
        edits.insert_after(range.start, " into");
    }
    if let Some(remove) =
        word_in(edits.code(), on..range.end, "remove").filter(|at| edits.code().is(at + 1, "duplicates"))
    {
        let source = edits.render(using + 1..on);
        let condition = edits.render(on + 1..remove);
        let name = quote_name(&target);
        let written = edits.render(at..using);
        edits.note(remove, "matching rows are deleted and the distinct rows of the source inserted, in one statement");
        let source_name = edits.code().token(on - 1).to_owned();
        let text = format!(
            "with removed as (delete from {written} using {source} where {condition} returning 1) insert into {name} select distinct {source_name}.* from {source}"
        );
        edits.replace(range, text);
        return Ok(());
    }
    // `SET t.a = s.a`: PostgreSQL wants the column alone.
    let mut at = on;
    while at < range.end {
        let code = edits.code();
        let target_of_set = code.kind(at) == Some(TokenKind::Word)
            && code.token(at).eq_ignore_ascii_case(&called)
            && code.kind(at + 1) == Some(TokenKind::Dot)
            && code.token(at + 3) == "="
            && (code.is(at - 1, "set") || code.kind(at - 1) == Some(TokenKind::Comma));
        if target_of_set {
            edits.drop(at..at + 2);
        }
        at = edits.code().step(at);
    }
    Ok(())
}
