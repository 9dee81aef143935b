//! Keeps the full names of what PostgreSQL holds under shorter ones, in the library's catalogue.

use crate::ports::{Batch, DbError, Session};
use crate::sql::{Dialect, LongName, quote_literal, stored_name};

/// The statement that keeps names, to be sent right after the one that may make them. None if there are none.
pub(super) fn keep(names: &[LongName]) -> Option<String> {
    let literal = |text: &str| quote_literal(text, Dialect::Postgres);
    let kept: Vec<String> =
        names.iter().map(|name| format!("({}, {})", literal(&name.stored), literal(&name.full))).collect();
    (!kept.is_empty()).then(|| {
        format!(
            "insert into pg_double.long_name (stored_name, full_name) values {} on conflict do nothing",
            kept.join(", ")
        )
    })
}

/// Puts full names in the place of shorter ones: those that a statement told, and those of the catalogue.
///
/// # Errors
///
/// Fails if the server does not answer.
pub(super) async fn restore<'a>(
    session: &mut dyn Session,
    names: impl Iterator<Item = &'a mut String>,
    told: &[LongName],
) -> Result<(), DbError> {
    let mut shortened: Vec<&mut String> = names.filter(|name| may_be_shortened(name)).collect();
    for name in &mut shortened {
        if let Some(known) = told.iter().find(|known| known.stored == **name) {
            name.clone_from(&known.full);
        }
    }
    shortened.retain(|name| may_be_shortened(name));
    if shortened.is_empty() {
        return Ok(());
    }
    let literals: Vec<String> = shortened.iter().map(|name| quote_literal(name, Dialect::Postgres)).collect();
    let mut batch = Batch::default();
    batch.own(format!("select full_name from pg_double.long_name where stored_name in ({})", literals.join(", ")));
    let answered = session.run(&batch).await.map_err(|failed| failed.error)?;
    let rows = answered.into_iter().next().and_then(|outcome| outcome.rows).map(|rows| rows.rows).unwrap_or_default();
    for full in rows.into_iter().filter_map(|row| row.into_iter().next().flatten()) {
        let stored = stored_name(&full);
        for name in shortened.iter_mut().filter(|name| ***name == stored) {
            **name = full.clone();
        }
    }
    Ok(())
}

/// Whether a name ends as a shortened one does.
fn may_be_shortened(name: &str) -> bool {
    let digits = name.rsplit_once('_').map(|(_, digits)| digits).unwrap_or_default();
    name.len() == stored_name(name).len() && digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
