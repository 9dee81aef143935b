//! Looks into the bodies of routines.

use super::Dialect;
use super::code::Code;
use super::lexer::TokenKind;

/// How deep bodies inside of bodies are looked into; the calls of procedures nest no deeper on Redshift.
pub(super) const MOST_LEVELS: usize = 16;

/// Whether the routine that this statement creates ends transactions itself, so that it cannot be called inside one.
///
/// That is COMMIT and ROLLBACK on both systems and TRUNCATE on Redshift, also by EXECUTE of a literal, and Redshift's
/// NONATOMIC mode, in which every statement commits.
pub fn body_commits(statement: &str, dialect: Dialect) -> bool {
    let code = Code::new(statement, dialect);
    let noun = code.phrase(1, &["or", "replace"]).unwrap_or(1);
    let has_body = code.is(0, "do") || (code.is(0, "create") && code.is(noun, "procedure"));
    if !has_body {
        return false;
    }
    let nonatomic = dialect == Dialect::Redshift && code.find(noun, |at| code.is(at, "nonatomic")).is_some();
    nonatomic || bodies(&code).iter().any(|body| commits(body, dialect, MOST_LEVELS))
}

/// The literals that hold code: what follows AS or stands alone in DO.
pub(super) fn bodies(code: &Code<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for at in 0..code.tokens.len() {
        let is_body = match code.kind(at) {
            Some(TokenKind::DollarString) => true,
            Some(TokenKind::String | TokenKind::EscapeString) => {
                let routine = code.is(0, "do") || code.is(0, "create");
                at > 0 && ((routine && code.is_any(at - 1, &["as", "do"])) || code.is(at - 1, "execute"))
            }
            _ => false,
        };
        found.extend(code.literal(at).filter(|_| is_body));
    }
    found
}

fn commits(body: &str, dialect: Dialect, levels: usize) -> bool {
    let Some(levels) = levels.checked_sub(1) else { return false };
    let code = Code::new(body, dialect);
    let ends: &[&str] = match dialect {
        Dialect::Redshift => &["commit", "rollback", "truncate"],
        Dialect::Postgres => &["commit", "rollback"],
    };
    let begins_statement = |at: usize| match at.checked_sub(1) {
        None => true,
        Some(before) => {
            matches!(code.kind(before), Some(TokenKind::Semicolon | TokenKind::Symbol))
                || code.is_any(before, &["begin", "then", "else", "loop"])
        }
    };
    let here = (0..code.tokens.len()).any(|at| code.is_any(at, ends) && begins_statement(at));
    here || bodies(&code).iter().any(|inner| commits(inner, dialect, levels))
}
