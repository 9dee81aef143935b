//! What ties a statement to its run in Redshift's own history: the session's query group, which is the label of each of
//! its queries, and a comment ahead of each statement that a person wrote.
//!
//! Redshift keeps both: <https://docs.aws.amazon.com/redshift/latest/dg/r_query_group.html> and `query_text` of
//! <https://docs.aws.amazon.com/redshift/latest/dg/SYS_QUERY_HISTORY.html>. PostgreSQL keeps no history.

use std::fmt::Write as _;

use crate::ports::{Batch, BatchError, DbErrorKind, Session};
use crate::sql::{Dialect, quote_literal};

use super::LedgerError;

/// The statement that makes the run the label of what the session does from now on.
pub(super) fn query_group(run: &str) -> Batch {
    let mut batch = Batch::default();
    batch.own(format!("set query_group to {}", quote_literal(&format!("vesto {run}"), Dialect::Redshift)));
    batch
}

/// Labels a session of Redshift. `false` if the server refuses: a label is not worth a run.
///
/// # Errors
///
/// Fails if the connection is lost.
pub async fn label(session: &mut dyn Session, run: &str) -> Result<bool, LedgerError> {
    match session.run(&query_group(run)).await {
        Ok(_) => Ok(true),
        Err(BatchError { error, .. }) if error.kind == DbErrorKind::Lost => {
            Err(LedgerError::Database { doing: "lock", error })
        }
        Err(BatchError { error, .. }) => {
            tracing::debug!(%error, "the server takes no query group");
            Ok(false)
        }
    }
}

/// What goes ahead of a statement's text: the run, and which part of its work this is. Empty where `engine` keeps no
/// history.
pub fn leading_comment(run: &str, engine: Dialect, facts: &[(&str, &str)]) -> String {
    if engine != Dialect::Redshift {
        return String::new();
    }
    let mut comment = format!("/* vesto run={}", plain(run));
    for (name, value) in facts {
        // Writing to a String cannot fail.
        let _ = write!(comment, " {name}={}", plain(value));
    }
    comment.push_str(" */ ");
    comment
}

/// A name that can neither end the comment nor begin another one, and has no blank. It is short, because Redshift's
/// history keeps 4000 characters of a statement.
fn plain(name: &str) -> String {
    let is_plain = |one: char| one.is_alphanumeric() || matches!(one, '.' | '_' | '-' | '@' | ':');
    name.chars().take(100).map(|one| if is_plain(one) { one } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_the_comment() {
        let comment = leading_comment("r-1", Dialect::Redshift, &[("change", "A b*/;drop /*é"), ("step", "0")]);
        assert_eq!(comment, "/* vesto run=r-1 change=A_b___drop___é step=0 */ ");
        assert_eq!(leading_comment("r-1", Dialect::Postgres, &[]), "");
    }
}
