//! `-- vesto: key=value` lines: what the user asks for besides the SQL.

use std::time::Duration;

use super::change::ChangeId;
use super::duration::parse_duration;
use crate::sql::{Token, TokenKind};
use crate::text::{Diagnostic, Excerpt, Span, closest};

const WORD: &str = "vesto:";
const KEYS: [&str; 7] = ["transaction", "timeout", "requires", "only-on", "irreversible", "placeholders", "rollback"];

/// What the `-- vesto:` lines of a change say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directives {
    /// How its statements are put into transactions.
    pub transaction: Transaction,
    /// How long one of its statements may take.
    pub timeout: Option<Duration>,
    /// Changes that must be applied before it: as written, and once the project is read by their own names.
    pub requires: Vec<(ChangeId, Span)>,
    /// Names of targets or dialects that it is for; empty means all.
    pub only_on: Vec<(String, Span)>,
    /// Whether the user says that it cannot be taken back.
    pub irreversible: bool,
    /// Whether `${name}` is replaced.
    pub placeholders: bool,
}

/// How the statements of a change are put into transactions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transaction {
    /// As many statements together as the database allows.
    #[default]
    Auto,
    /// Every statement alone.
    None,
    /// All statements together, or an error before anything runs.
    One,
}

impl Default for Directives {
    fn default() -> Self {
        Self {
            transaction: Transaction::Auto,
            timeout: None,
            requires: Vec::new(),
            only_on: Vec::new(),
            irreversible: false,
            placeholders: true,
        }
    }
}

impl Directives {
    /// Whether the change is for this target, which speaks this dialect.
    pub fn applies_to(&self, target: &str, dialect: crate::sql::Dialect) -> bool {
        let word = match dialect {
            crate::sql::Dialect::Redshift => "redshift",
            crate::sql::Dialect::Postgres => "postgres",
        };
        self.only_on.is_empty() || self.only_on.iter().any(|(name, _)| name == target || name == word)
    }
}

/// The directives of a text and where its rollback begins.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) directives: Directives,
    /// The line `-- vesto: rollback`, in bytes of the text.
    pub(super) rollback: Option<std::ops::Range<usize>>,
    /// The first directive, where there is one.
    pub(super) first: Option<Span>,
    pub(super) errors: Vec<Diagnostic>,
}

/// Whether a text can have directives at all; most have none and need not be searched.
pub(super) fn may_stand_in(text: &str) -> bool {
    text.contains(WORD)
}

/// Reads the directives of a text.
pub(super) fn read(raw: &Excerpt, tokens: &[Token]) -> Found {
    let mut reader = Reader { raw, found: Found::default(), seen: Vec::new() };
    for token in tokens.iter().filter(|token| token.kind == TokenKind::LineComment) {
        let comment = token.text(raw.text());
        let Some(rest) = comment.trim_start_matches('-').trim_start().strip_prefix(WORD) else { continue };
        let start = token.end - rest.len();
        if rest.trim() == "rollback" {
            reader.rollback(token.start..token.end);
        } else {
            reader.line(rest, start);
        }
    }
    reader.found
}

struct Reader<'a> {
    raw: &'a Excerpt,
    found: Found,
    seen: Vec<(&'static str, Span)>,
}

impl Reader<'_> {
    fn rollback(&mut self, range: std::ops::Range<usize>) {
        if let Some(first) = &self.found.rollback {
            let error = Diagnostic::error("two-rollbacks", self.raw.span(range), "the rollback begins twice");
            self.found.errors.push(error.related(self.raw.span(first.clone()), "it began here first"));
        } else {
            self.found.rollback = Some(range);
        }
    }

    /// `start` is where `text` begins.
    fn line(&mut self, text: &str, start: usize) {
        let line = self.raw.span(start - WORD.len()..start + text.trim_end().len());
        self.found.first.get_or_insert(line);
        if text.trim().is_empty() {
            return self.error(line, "the line says nothing".to_owned(), usage());
        }
        if self.found.rollback.is_some() {
            let hint = "move it above `-- vesto: rollback`; it counts for the whole change".to_owned();
            return self.error(line, "the line stands in the rollback".to_owned(), hint);
        }
        let mut list = None;
        let mut at = start;
        for piece in text.split(',') {
            let lead = piece.len() - piece.trim_start().len();
            let item = piece.trim();
            let span = self.raw.span(at + lead..at + lead + item.len());
            at += piece.len() + 1;
            match (item.split_once('='), list) {
                _ if item.is_empty() => {}
                (Some((key, value)), _) => list = self.pair(key.trim(), value.trim(), span),
                (None, Some(key)) if !KEYS.contains(&item) => self.list_item(key, item, span),
                (None, _) => list = self.flag(item, span),
            }
        }
    }

    fn error(&mut self, span: Span, message: String, hint: String) {
        self.found.errors.push(Diagnostic::error("bad-directive", span, message).hint(hint));
    }

    /// Returns the key if the items that follow may belong to it.
    fn pair(&mut self, key: &str, value: &str, span: Span) -> Option<&'static str> {
        let Some(key) = KEYS.into_iter().find(|known| *known == key) else {
            self.unknown(key, span);
            return None;
        };
        if key == "requires" || key == "only-on" {
            self.list_item(key, value, span);
            return Some(key);
        }
        self.once(key, span);
        let directives = &mut self.found.directives;
        match (key, value) {
            ("transaction", "auto") => directives.transaction = Transaction::Auto,
            ("transaction", "none") => directives.transaction = Transaction::None,
            ("transaction", "one") => directives.transaction = Transaction::One,
            ("placeholders", "on") => directives.placeholders = true,
            ("placeholders", "off") => directives.placeholders = false,
            ("irreversible", "true" | "yes" | "on") => directives.irreversible = true,
            ("irreversible", "false" | "no" | "off") => directives.irreversible = false,
            ("timeout", value) if parse_duration(value).is_some() => directives.timeout = parse_duration(value),
            _ => {
                let wanted = match key {
                    "transaction" => "write `transaction=` with `auto`, `none` or `one`",
                    "placeholders" => "write `placeholders=on` or `placeholders=off`",
                    "irreversible" => "write only `irreversible`",
                    "timeout" => "write a length of time such as `timeout=30s` or `timeout=5m`",
                    _ => "write `-- vesto: rollback` on a line of its own",
                };
                self.error(span, format!("`{value}` does not fit `{key}`"), wanted.to_owned());
            }
        }
        None
    }

    fn list_item(&mut self, key: &'static str, item: &str, span: Span) {
        match key {
            _ if item.is_empty() => self.error(span, format!("`{key}` names nothing"), usage()),
            "requires" => self.found.directives.requires.push((ChangeId::new(item), span)),
            _ => self.found.directives.only_on.push((item.to_owned(), span)),
        }
    }

    fn flag(&mut self, word: &str, span: Span) -> Option<&'static str> {
        match word {
            "irreversible" => {
                self.once("irreversible", span);
                self.found.directives.irreversible = true;
            }
            "rollback" => {
                let hint = "write `-- vesto: rollback` on a line of its own".to_owned();
                self.error(span, "`rollback` shares its line".to_owned(), hint);
            }
            known if KEYS.contains(&known) => {
                self.error(span, format!("`{known}` has no value"), format!("write `{known}=` and a value"));
            }
            other => self.unknown(other, span),
        }
        None
    }

    fn once(&mut self, key: &'static str, span: Span) {
        if let Some((_, first)) = self.seen.iter().find(|(known, _)| *known == key) {
            let error = Diagnostic::error("bad-directive", span, format!("`{key}` stands twice"));
            self.found.errors.push(error.related(*first, "it was set here first").hint("remove one of them"));
        }
        self.seen.push((key, span));
    }

    fn unknown(&mut self, key: &str, span: Span) {
        let hint = match closest(key, KEYS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => usage(),
        };
        let message = format!("unknown directive `{key}`");
        self.found.errors.push(Diagnostic::error("unknown-directive", span, message).hint(hint));
    }
}

fn usage() -> String {
    let keys = KEYS.map(|key| format!("`{key}`"));
    format!("write `-- vesto: key=value` with one of {}", keys.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Dialect, tokens};
    use crate::text::FileSet;

    fn found(text: &str) -> Found {
        let file = FileSet::default().add("a.sql", text);
        read(&Excerpt::contiguous(file, 0, text), &tokens(text, Dialect::Redshift))
    }

    #[test]
    fn all_keys_are_read() {
        let text = "-- vesto: transaction=none, timeout=5m\n--vesto: requires=V1, DML 1.q, only-on=dev, irreversible\n\
                    -- vesto: placeholders=off\nselect ' -- vesto: nonsense';\n-- vesto: rollback\nselect 2";
        let found = found(text);
        assert_eq!(found.errors, []);
        let directives = found.directives;
        assert_eq!(directives.transaction, Transaction::None);
        assert_eq!(directives.timeout, Some(Duration::from_secs(300)));
        let ids: Vec<_> =
            directives.requires.iter().map(|(id, span)| (id.as_str(), &text[span.start..span.end])).collect();
        assert_eq!(ids, [("V1", "requires=V1"), ("DML 1.q", "DML 1.q")]);
        assert!(directives.irreversible && !directives.placeholders);
        assert!(directives.applies_to("dev", Dialect::Postgres) && !directives.applies_to("prod", Dialect::Postgres));
        assert_eq!(found.rollback.map(|range| &text[range]), Some("-- vesto: rollback"));
    }

    #[test]
    fn mistakes_have_a_cure() {
        let check = |text: &str, message: &str, hint: &str| {
            let errors = found(text).errors;
            assert_eq!(errors.len(), 1, "{text}: {errors:?}");
            assert_eq!(errors[0].message, message);
            assert!(errors[0].hint.as_deref().unwrap_or("").contains(hint), "{:?}", errors[0].hint);
        };
        check("-- vesto: transactoin=none", "unknown directive `transactoin`", "did you mean `transaction`?");
        check("-- vesto: transaction=all", "`all` does not fit `transaction`", "`one`");
        check("-- vesto: timeout", "`timeout` has no value", "timeout=");
        check("-- vesto: requires=", "`requires` names nothing", "key=value");
        check("-- vesto:", "the line says nothing", "key=value");
        check("-- vesto: timeout=1s, timeout=2s", "`timeout` stands twice", "remove one");
        check("-- vesto: rollback\n-- vesto: irreversible", "the line stands in the rollback", "move it above");
        check("-- vesto: rollback, irreversible", "`rollback` shares its line", "of its own");
        check("-- vesto: rollback\n-- vesto: rollback\n", "the rollback begins twice", "");
    }
}
