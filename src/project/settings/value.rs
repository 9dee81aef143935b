//! Values of settings, which may refer to what stands elsewhere: `${env:NAME}`, `${file:PATH}`, `${secret:NAME#key}`,
//! `${ssm:NAME}`, `${kms:BASE64}`.
//!
//! Nothing is looked up here: whoever may read the environment, files and AWS gives a closure.

use std::fmt;

use crate::text::{Diagnostic, Excerpt, Span, closest};

const SCHEMES: [&str; 5] = ["env", "file", "secret", "ssm", "kms"];

/// Text in which references may stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Its parts in order.
    pub parts: Vec<Part>,
    /// Where the value stands.
    pub span: Span,
}

/// A part of a [`Value`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text as written.
    Literal(String),
    /// To be looked up.
    Reference(Reference),
}

/// Something that stands outside of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// A variable of the environment.
    Env(String),
    /// The text of a file, without its last line end.
    File(String),
    /// A secret of AWS Secrets Manager, or one key of its JSON text.
    Secret {
        /// Name or ARN.
        name: String,
        /// The key after `#`.
        key: Option<String>,
    },
    /// A parameter of AWS Systems Manager, by its name or ARN.
    Ssm(String),
    /// A text that AWS KMS decrypts, in Base64.
    Kms(String),
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "${{env:{name}}}"),
            Self::File(path) => write!(f, "${{file:{path}}}"),
            Self::Secret { name, key: None } => write!(f, "${{secret:{name}}}"),
            Self::Secret { name, key: Some(key) } => write!(f, "${{secret:{name}#{key}}}"),
            Self::Ssm(name) => write!(f, "${{ssm:{name}}}"),
            Self::Kms(_) => f.write_str("${kms:...}"),
        }
    }
}

/// Why a reference has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ResolveError {
    /// What went wrong, such as "it is not set".
    pub message: String,
    /// The cure, if one is known.
    pub hint: Option<String>,
}

/// Looks references up.
pub type Resolver<'a> = dyn FnMut(&Reference) -> Result<String, ResolveError> + 'a;

impl Value {
    /// Takes a value of an INI file apart.
    pub fn parse(text: &Excerpt) -> Result<Self, Box<Diagnostic>> {
        let written = text.text();
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(found) = written[at..].find("${") {
            let start = at + found;
            let Some(length) = written[start..].find('}') else {
                return Err(Diagnostic::error("bad-reference", text.span(start..written.len()), "`${` is not closed")
                    .hint("close the reference with `}`")
                    .into());
            };
            if start > at {
                parts.push(Part::Literal(written[at..start].to_owned()));
            }
            let end = start + length + 1;
            let reference = parse_reference(&written[start + 2..end - 1])
                .map_err(|hint| bad_reference(&written[start..end], text.span(start..end), hint))?;
            parts.push(Part::Reference(reference));
            at = end;
        }
        if at < written.len() {
            parts.push(Part::Literal(written[at..].to_owned()));
        }
        Ok(Self { parts, span: text.span(0..written.len()) })
    }

    /// The text, if nothing has to be looked up.
    pub fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether something has to be looked up. What comes from elsewhere may be secret and is not shown.
    pub fn has_reference(&self) -> bool {
        self.literal().is_none()
    }

    /// The text with all references looked up.
    ///
    /// # Errors
    ///
    /// The place of the value with what the resolver says about the first reference that has no value.
    pub fn resolve(&self, resolver: &mut Resolver<'_>) -> Result<String, Box<Diagnostic>> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Reference(reference) => {
                    out.push_str(&resolver(reference).map_err(|error| unresolved(reference, error, self.span))?);
                }
            }
        }
        Ok(out)
    }
}

fn unresolved(reference: &Reference, error: ResolveError, span: Span) -> Diagnostic {
    let message = format!("`{reference}` has no value: {}", error.message);
    let diagnostic = Diagnostic::error("unresolved-reference", span, message);
    match error.hint {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}

/// Reads what stands between the braces; the error is a hint.
fn parse_reference(inside: &str) -> Result<Reference, String> {
    let Some((scheme, rest)) = inside.split_once(':') else {
        return Err(format!("say where it comes from, such as `${{env:{inside}}}`"));
    };
    if rest.is_empty() {
        return Err("write what to look up after the colon".to_owned());
    }
    match scheme {
        "env" => Ok(Reference::Env(rest.to_owned())),
        "file" => Ok(Reference::File(rest.to_owned())),
        "ssm" => Ok(Reference::Ssm(rest.to_owned())),
        "kms" => Ok(Reference::Kms(rest.to_owned())),
        "secret" => Ok(match rest.rsplit_once('#') {
            Some((name, key)) => Reference::Secret { name: name.to_owned(), key: Some(key.to_owned()) },
            None => Reference::Secret { name: rest.to_owned(), key: None },
        }),
        other => Err(match closest(other, SCHEMES) {
            Some(known) => format!("did you mean `${{{known}:{rest}}}`?"),
            None => "use one of `env`, `file`, `secret`, `ssm` and `kms`".to_owned(),
        }),
    }
}

fn bad_reference(written: &str, span: Span, hint: String) -> Diagnostic {
    Diagnostic::error("bad-reference", span, format!("`{written}` is not a reference")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::FileSet;

    fn parse(text: &str) -> Result<Value, Box<Diagnostic>> {
        let file = FileSet::default().add("vesto.ini", text);
        Value::parse(&Excerpt::contiguous(file, 0, text))
    }

    fn resolved(text: &str) -> String {
        let shown = |reference: &Reference| Ok(format!("<{reference:?}>"));
        match parse(text).and_then(|value| value.resolve(&mut { shown })) {
            Ok(value) => value,
            Err(error) => format!("{}; {}", error.message, error.hint.unwrap_or_default()),
        }
    }

    #[test]
    fn references_are_found() {
        let check = |text: &str, expected: &str| assert_eq!(resolved(text), expected);
        check("plain $x {y}", "plain $x {y}");
        check("a${env:B}c", r#"a<Env("B")>c"#);
        check("${secret:dev/db#password}", r#"<Secret { name: "dev/db", key: Some("password") }>"#);
        check("${secret:arn:aws:x:y}", r#"<Secret { name: "arn:aws:x:y", key: None }>"#);
        check("${ssm:/warehouse/dev:3}", r#"<Ssm("/warehouse/dev:3")>"#);
        check("${file:/run/p}${kms:AQ==}", r#"<File("/run/p")><Kms("AQ==")>"#);
        check("${en:A}", "`${en:A}` is not a reference; did you mean `${env:A}`?");
        check("${A}", "`${A}` is not a reference; say where it comes from, such as `${env:A}`");
        check("${env:}", "`${env:}` is not a reference; write what to look up after the colon");
        check("x${env:A", "`${` is not closed; close the reference with `}`");
    }

    #[test]
    fn a_missing_value_is_reported_at_its_place() {
        let value = parse("${env:A}").expect("parses");
        let missing = |_: &Reference| Err(ResolveError { message: "it is not set".to_owned(), hint: None });
        let error = value.resolve(&mut { missing }).expect_err("has no value");
        assert_eq!(error.message, "`${env:A}` has no value: it is not set");
        assert_eq!(error.span, Some(value.span));
    }
}
