//! `${name}` in SQL.
//!
//! A value goes into SQL as it is only where it cannot change what the statement is: a plain word, or inside quotes a
//! text without quotes. For all other values the user says what is meant: `${name:literal}` is a quoted text,
//! `${name:identifier}` a quoted name, `${name:raw}` whatever the value says. Comments are left alone.

use std::collections::BTreeMap;
use std::ops::Range;

use super::script::Replacement;
use crate::sql::{self, Dialect, Token, TokenKind};
use crate::text::{Diagnostic, Excerpt, Secret, closest};

/// One variable.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Variable {
    /// The name as it was written.
    name: String,
    value: Secret<String>,
    /// Whether plans and messages may not show the value.
    secret: bool,
}

/// Names and values; names are compared without case, because INI keys have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    values: BTreeMap<String, Variable>,
}

impl Variables {
    /// Sets a variable, in place of an earlier one with this name.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.insert(name, value.into(), false);
    }

    /// As [`Variables::set`], for a value that is never shown.
    pub fn set_secret(&mut self, name: &str, value: impl Into<String>) {
        self.insert(name, value.into(), true);
    }

    fn insert(&mut self, name: &str, value: String, secret: bool) {
        let variable = Variable { name: name.to_owned(), value: Secret::new(value), secret };
        self.values.insert(name.to_lowercase(), variable);
    }

    /// The values that are never shown.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret<String>> {
        self.values.values().filter(|variable| variable.secret).map(|variable| &variable.value)
    }

    /// Whether the value of this variable is never shown.
    pub fn is_secret(&self, name: &str) -> bool {
        self.values.get(&name.to_lowercase()).is_some_and(|variable| variable.secret)
    }

    /// The text with `${name}` in place of all values that are never shown. Values of less than four bytes stand in any
    /// text by chance and are left.
    pub fn conceal(&self, text: String) -> String {
        self.conceal_some(text, |known| known.value.expose().len() >= 4)
    }

    /// The text with `${name}` in place of the values of these variables, as far as they are never shown.
    pub fn conceal_these(&self, text: String, names: &[&str]) -> String {
        self.conceal_some(text, |known| names.iter().any(|name| known.name.eq_ignore_ascii_case(name)))
    }

    fn conceal_some(&self, text: String, wanted: impl Fn(&Variable) -> bool) -> String {
        let secrets = self.values.values().filter(|known| known.secret && !known.value.expose().is_empty());
        let mut secrets: Vec<&Variable> = secrets.filter(|known| wanted(known)).collect();
        // One value may hold another.
        secrets.sort_by_key(|known| std::cmp::Reverse(known.value.expose().len()));
        secrets.iter().fold(text, |text, known| {
            let (value, shown) = (known.value.expose(), format!("${{{}}}", known.name));
            // A name without quotes is folded to lower case.
            text.replace(value, &shown).replace(&value.to_lowercase(), &shown)
        })
    }

    /// The value of a variable. Any value may be secret.
    pub fn get(&self, name: &str) -> Option<&Secret<String>> {
        self.values.get(&name.to_lowercase()).map(|variable| &variable.value)
    }

    /// The names as they were written.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.values().map(|variable| variable.name.as_str())
    }
}

/// What surrounds a `${name}`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing: the value becomes part of the code.
    Code,
    /// Quotes: the value becomes part of a text or a name.
    Quotes,
}

const MODES: [&str; 3] = ["literal", "identifier", "raw"];

/// Bodies in bodies are read up to this depth; what is deeper is taken for code without comments.
const DEEPEST_BODY: usize = 8;

/// Replaces all variables of a text.
pub(super) fn render(
    raw: &Excerpt,
    tokens: &[Token],
    dialect: Dialect,
    variables: &Variables,
) -> Result<(String, Vec<Replacement>), Vec<Diagnostic>> {
    let mut renderer = Renderer {
        raw,
        dialect,
        variables,
        out: String::with_capacity(raw.text().len()),
        copied: 0,
        replacements: Vec::new(),
        errors: Vec::new(),
    };
    renderer.tokens(tokens, 0, 0);
    renderer.out.push_str(&raw.text()[renderer.copied..]);
    if renderer.errors.is_empty() { Ok((renderer.out, renderer.replacements)) } else { Err(renderer.errors) }
}

struct Renderer<'a> {
    raw: &'a Excerpt,
    dialect: Dialect,
    variables: &'a Variables,
    out: String,
    /// How much of the raw text is in `out`.
    copied: usize,
    replacements: Vec<Replacement>,
    errors: Vec<Diagnostic>,
}

impl Renderer<'_> {
    /// `offset` is where the text of the tokens begins.
    fn tokens(&mut self, tokens: &[Token], offset: usize, depth: usize) {
        for token in tokens {
            let range = offset + token.start..offset + token.end;
            match token.kind {
                TokenKind::Placeholder => self.placeholder(range, Place::Code),
                TokenKind::String | TokenKind::EscapeString | TokenKind::QuotedIdentifier => {
                    self.inside(range, Place::Quotes);
                }
                TokenKind::DollarString => self.body(range, depth),
                _ => {}
            }
        }
    }

    /// A dollar-quoted text is code most of the time, with comments of its own.
    fn body(&mut self, range: Range<usize>, depth: usize) {
        let raw = self.raw;
        let text = &raw.text()[range.clone()];
        if !text.contains("${") {
            return;
        }
        if depth >= DEEPEST_BODY {
            return self.inside(range, Place::Code);
        }
        let tag = text[1..].find('$').map_or(1, |end| end + 2);
        let inner = tag..text.len().saturating_sub(tag).max(tag);
        let tokens = sql::tokens(&text[inner.clone()], self.dialect);
        // A body need not be SQL. Text that stops within a quote is searched as a whole.
        if tokens.iter().any(|token| token.kind.is_unterminated()) {
            self.inside(range, Place::Code);
        } else {
            self.tokens(&tokens, range.start + inner.start, depth + 1);
        }
    }

    /// Finds `${name}` in a token of another kind. What is not the form of a variable there is only text.
    fn inside(&mut self, range: Range<usize>, place: Place) {
        let raw = self.raw;
        let mut at = range.start;
        while let Some(found) = raw.text()[at..range.end].find("${") {
            let start = at + found;
            at = start + 2;
            let rest = &raw.text()[start..range.end];
            if let Some(length) = rest.find('}').filter(|end| variable(&rest[2..*end]).is_some()) {
                at = start + length + 1;
                self.placeholder(start..at, place);
            }
        }
    }

    fn placeholder(&mut self, range: Range<usize>, place: Place) {
        match self.value(range.clone(), place) {
            Ok(value) => {
                self.out.push_str(&self.raw.text()[self.copied..range.start]);
                let start = self.out.len();
                self.out.push_str(&value);
                self.copied = range.end;
                let name = variable(&self.raw.text()[range.start + 2..range.end - 1]);
                let secret = name.is_some_and(|(name, _)| self.variables.is_secret(name));
                self.replacements.push(Replacement { raw: range, rendered: start..self.out.len(), secret });
            }
            Err(error) => self.errors.push(*error),
        }
    }

    fn value(&self, range: Range<usize>, place: Place) -> Result<String, Box<Diagnostic>> {
        let written = &self.raw.text()[range.clone()];
        let span = self.raw.span(range.clone());
        let Some((name, mode)) = variable(&written[2..written.len() - 1]) else {
            return Err(Diagnostic::error("bad-variable", span, format!("`{written}` is not a variable"))
                .hint("write `${name}`, or turn variables off with `-- vesto: placeholders=off`")
                .into());
        };
        let Some(value) = self.variables.get(name) else {
            return Err(self.unknown(name, span).into());
        };
        let value = value.expose();
        match (mode, place) {
            ("raw", _) => Ok(value.clone()),
            ("literal", Place::Code) => Ok(sql::quote_literal(value, self.dialect)),
            ("identifier", Place::Code) => Ok(sql::quote_identifier(value)),
            ("literal" | "identifier", Place::Quotes) => {
                Err(Diagnostic::error("bad-variable", span, format!("`{written}` stands inside quotes already"))
                    .hint(format!("remove the quotes around it, or write `${{{name}}}`"))
                    .into())
            }
            ("", Place::Code) if is_plain_word(value) && !self.makes_comment(value, &range) => Ok(value.clone()),
            ("", Place::Quotes) if is_harmless_in_quotes(value) => Ok(value.clone()),
            ("", _) => Err(unsafe_value(name, place, span).into()),
            (other, _) => {
                let error = Diagnostic::error("bad-variable", span, format!("`{other}` is no way to write a variable"));
                Err(super::settings::unknown(error, other, MODES).into())
            }
        }
    }

    /// Whether two hyphens come together that begin a comment.
    fn makes_comment(&self, value: &str, range: &Range<usize>) -> bool {
        let text = self.raw.text();
        let before = text[..range.start].ends_with('-');
        let after = text[range.end..].starts_with('-');
        value.contains("--")
            || (before && (value.starts_with('-') || (after && value.is_empty())))
            || (after && value.ends_with('-'))
    }

    fn unknown(&self, name: &str, span: crate::text::Span) -> Diagnostic {
        let error = Diagnostic::error("unknown-variable", span, format!("variable `{name}` is not set"));
        match closest(name, self.variables.names()) {
            Some(near) => error.hint(format!("did you mean `${{{near}}}`?")),
            None => error.hint(format!(
                "set it under `[vars]` in vesto.ini or with `--var {name}=...`; \
                 if it is not a variable, write `-- vesto: placeholders=off`"
            )),
        }
    }
}

/// The name of the variable that a text `${name:mode}` stands for.
pub(super) fn name_of(placeholder: &str) -> Option<&str> {
    let inside = placeholder.strip_prefix("${")?.strip_suffix('}')?;
    variable(inside).map(|(name, _)| name)
}

/// Takes what stands between the braces apart, into name and mode. The mode is empty where there is none.
fn variable(inside: &str) -> Option<(&str, &str)> {
    let (name, mode) = inside.split_once(':').unwrap_or((inside, ""));
    let word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (starts && word(name) && word(mode) && !(mode.is_empty() && inside.contains(':'))).then_some((name, mode))
}

fn is_plain_word(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

fn is_harmless_in_quotes(value: &str) -> bool {
    !value.contains(['\'', '"', '`', '\\', '$']) && !value.contains(char::is_control)
}

fn unsafe_value(name: &str, place: Place, span: crate::text::Span) -> Diagnostic {
    let message = match place {
        Place::Code => format!("the value of `{name}` is more than a plain word"),
        Place::Quotes => format!("the value of `{name}` holds quotes, backslashes or line ends"),
    };
    let hint = match place {
        Place::Code => format!(
            "write `${{{name}:literal}}` for a quoted text, `${{{name}:identifier}}` for a quoted name, \
             or `${{{name}:raw}}` to put it in as it is"
        ),
        Place::Quotes => {
            format!("write `${{{name}:literal}}` without quotes around it, or `${{{name}:raw}}` to put it in as it is")
        }
    };
    Diagnostic::error("unsafe-variable", span, message).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::FileSet;

    fn rendered(text: &str) -> String {
        let file = FileSet::default().add("a.sql", text);
        let mut variables = Variables::default();
        variables.set("Schema", "shop");
        variables.set("bucket", "s3://lake/in");
        variables.set("quote", "it's; drop table x --");
        variables.set("minus", "-5");
        variables.set("hyphens", "a--b");
        variables.set("nothing", "");
        let raw = Excerpt::contiguous(file, 0, text);
        let tokens = sql::tokens(text, Dialect::Redshift);
        match render(&raw, &tokens, Dialect::Redshift, &variables) {
            Ok((text, _)) => text,
            Err(errors) => errors.iter().map(|e| format!("{}; ", e.message)).collect(),
        }
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(rendered(text), expected, "{text}");
    }

    #[test]
    fn plain_words_go_in_as_they_are() {
        check("select * from ${schema}.t", "select * from shop.t");
        check("select ${SCHEMA}_x${nothing}", "select shop_x");
        check("copy t from '${bucket}/x'", "copy t from 's3://lake/in/x'");
        check("create view \"${schema} v\" as select 1", "create view \"shop v\" as select 1");
        check("select ${minus}", "select -5");
    }

    #[test]
    fn secret_values_are_concealed_by_their_names() {
        let mut variables = Variables::default();
        variables.set("open", "visible");
        variables.set_secret("Tenant", "acme");
        variables.set_secret("both", "acme-west");
        variables.set_secret("short", "ab");
        let text = "drop schema acme; drop schema \"acme-west\"; -- visible ab".to_owned();
        assert_eq!(variables.conceal(text), "drop schema ${Tenant}; drop schema \"${both}\"; -- visible ab");
        variables.set_secret("short", "AB");
        assert_eq!(variables.conceal_these("acme.ab".to_owned(), &["Short", "open"]), "acme.${short}");
    }

    #[test]
    fn other_values_need_a_word() {
        check("select ${quote:literal}", "select 'it''s; drop table x --'");
        check("select 1 as ${quote:identifier}", "select 1 as \"it's; drop table x --\"");
        check("select ${bucket:raw}", "select s3://lake/in");
        check("select ${quote}", "the value of `quote` is more than a plain word; ");
        check("select '${quote}'", "the value of `quote` holds quotes, backslashes or line ends; ");
        check("select '${schema:literal}'", "`${schema:literal}` stands inside quotes already; ");
        check("select ${schema:litral}", "`litral` is no way to write a variable; ");
    }

    #[test]
    fn a_value_never_begins_a_comment() {
        check("select 1-${minus}", "the value of `minus` is more than a plain word; ");
        check("select ${hyphens}", "the value of `hyphens` is more than a plain word; ");
        check("select -${nothing}-1", "the value of `nothing` is more than a plain word; ");
    }

    #[test]
    fn comments_and_other_dollars_are_left_alone() {
        check("-- ${gone}\nselect /* ${gone} */ 1", "-- ${gone}\nselect /* ${gone} */ 1");
        check("select '^${1} ${a b} ${', $1", "select '^${1} ${a b} ${', $1");
        check("select ${gone}, ${gnoe}", "variable `gone` is not set; variable `gnoe` is not set; ");
    }

    #[test]
    fn bodies_are_code_with_comments() {
        check(
            "create procedure p() as $$ begin -- ${gone}\n select ${schema}.f('${bucket}'); end $$",
            "create procedure p() as $$ begin -- ${gone}\n select shop.f('s3://lake/in'); end $$",
        );
        check("do $x$ select ${quote} $x$", "the value of `quote` is more than a plain word; ");
        check("do $x$ don't ${schema} $x$", "do $x$ don't shop $x$");
    }
}
