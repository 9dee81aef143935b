//! Errors of statements: the Data API tells them as one text.

use crate::ports::{DbError, DbErrorKind};

/// What the server said of a statement that failed, from the text of the API. `sql` is the statement, if it is known.
pub(super) fn of_text(text: &str, sql: Option<&str>) -> DbError {
    let (text, is_fatal) = without_prefix(text.trim());
    let mut lines = text.lines();
    let mut error = DbError::new(DbErrorKind::Statement, lines.next().unwrap_or_default().trim_end());
    for line in lines {
        match line.trim().split_once(':').map(|(name, rest)| (name.to_ascii_lowercase(), rest.trim())) {
            Some((name, rest)) if name == "detail" => error.detail = Some(rest.to_owned()),
            Some((name, rest)) if name == "hint" => error.hint = Some(rest.to_owned()),
            Some((name, rest)) if name == "sqlstate" => error.code = Some(rest.to_owned()),
            Some((name, rest)) if name == "position" => {
                let character = rest.parse::<usize>().ok().and_then(|position| position.checked_sub(1));
                error.offset = character.zip(sql).and_then(|(character, sql)| {
                    sql.char_indices().map(|(at, _)| at).chain([sql.len()]).nth(character)
                });
            }
            Some((name, _)) if ["where", "location", "file", "line", "routine"].contains(&name.as_str()) => {}
            _ => {
                error.message.push('\n');
                error.message.push_str(line);
            }
        }
    }
    if error.code.is_none() {
        error.code = code(&error.message).map(str::to_owned);
    }
    if is_fatal || is_loss(&error.message) {
        error.kind = DbErrorKind::Lost;
    }
    error
}

/// Which statement of a batch failed, from 0, as the text says it: `Query #2 failed with ERROR: ...`.
pub(super) fn number(text: &str) -> Option<usize> {
    let (number, _) = text.strip_prefix("Query #")?.split_once(' ')?;
    number.parse::<usize>().ok()?.checked_sub(1)
}

/// The text without what the API and the server put in front, and whether the session ended with it.
fn without_prefix(text: &str) -> (&str, bool) {
    let text = match number(text) {
        Some(_) => text.split_once(" failed with ").map_or(text, |(_, rest)| rest),
        None => text,
    };
    for (prefix, is_fatal) in [("ERROR:", false), ("FATAL:", true), ("PANIC:", true)] {
        if let Some(rest) = text.strip_prefix(prefix) {
            return (rest.trim_start(), is_fatal);
        }
    }
    (text, false)
}

/// Whether the connection behind the API was lost, so that it is not known how far the statement came.
fn is_loss(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("connection") && ["lost", "closed", "reset", "terminat"].iter().any(|word| message.contains(word))
}

/// SQLSTATE by the words of the message, where vesto acts on it or tests ask for it: the API does not tell it.
fn code(message: &str) -> Option<&'static str> {
    const BEGINNINGS: [(&str, &str, &str); 12] = [
        ("relation ", " does not exist", "42P01"),
        ("table ", " does not exist", "42P01"),
        ("schema ", " does not exist", "3F000"),
        ("column ", " does not exist", "42703"),
        ("function ", " does not exist", "42883"),
        ("database ", " does not exist", "3D000"),
        ("relation ", " already exists", "42P07"),
        ("schema ", " already exists", "42P06"),
        ("database ", " already exists", "42P04"),
        ("permission denied", "", "42501"),
        ("must be owner of", "", "42501"),
        ("syntax error", "", "42601"),
    ];
    const WORDS: [(&str, &str); 10] = [
        ("by zero", "22012"),
        ("canceling statement", "57014"),
        ("cancelled on user", "57014"),
        ("canceled on user", "57014"),
        ("could not obtain lock", "55P03"),
        ("due to lock timeout", "55P03"),
        ("cannot run inside a transaction block", "25001"),
        ("current transaction is aborted", "25P02"),
        ("deadlock detected", "40P01"),
        ("could not serialize access", "40001"),
    ];
    let message = message.to_lowercase();
    let begins = |(head, words, _): &&(&str, &str, &str)| message.starts_with(head) && message.contains(words);
    let has = |(words, _): &&(&str, &str)| message.contains(words);
    let by_beginning = || BEGINNINGS.iter().find(begins).map(|(.., code)| *code);
    // A lock that was not to be had in time is told as a cancellation too.
    let by_words = || WORDS.iter().filter(has).map(|(_, code)| *code).max_by_key(|code| *code == "55P03");
    by_beginning().or_else(by_words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_words_stand_without_what_is_around_them() {
        let error = of_text("Query #12 failed with ERROR: relation \"t\" does not exist", None);
        assert_eq!(error.message, "relation \"t\" does not exist");
        assert_eq!((error.kind, error.code.as_deref()), (DbErrorKind::Statement, Some("42P01")));
        assert_eq!(number("Query #12 failed with ERROR: x"), Some(11));
        assert_eq!(number("ERROR: Query #12"), None);
    }

    #[test]
    fn what_the_text_has_beside_the_message_is_found() {
        let text = "ERROR: syntax error at or near \"form\"\n  Detail: none\n  Hint: think\n  Position: 10";
        let error = of_text(text, Some("select ä form t"));
        assert_eq!(error.message, "syntax error at or near \"form\"");
        assert_eq!((error.detail.as_deref(), error.hint.as_deref()), (Some("none"), Some("think")));
        assert_eq!((error.offset, error.code.as_deref()), (Some(10), Some("42601")));
        assert_eq!(of_text("ERROR: a\nb", None).message, "a\nb");
    }

    #[test]
    fn what_others_caused_is_seen() {
        assert!(of_text("ERROR: 1023\n  Detail: Serializable isolation violation on table - 1", None).is_transient());
        assert!(of_text("ERROR: deadlock detected", None).is_transient());
        assert!(of_text("ERROR: canceling statement due to lock timeout", None).has_code("55P03"));
        assert!(of_text("ERROR: Query (42) cancelled on user's request", None).has_code("57014"));
        assert!(of_text("ERROR: Divide by zero", None).has_code("22012"));
    }

    #[test]
    fn a_lost_connection_leaves_the_outcome_open() {
        let kind = |text| of_text(text, None).kind;
        assert_eq!(kind("FATAL: terminating connection due to administrator command"), DbErrorKind::Lost);
        assert_eq!(kind("ERROR: the connection to the server was lost: closed"), DbErrorKind::Lost);
        assert_eq!(kind("ERROR: null value in column \"n\""), DbErrorKind::Statement);
    }
}
