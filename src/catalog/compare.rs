//! The differences between two catalogues, and how they are told.

use std::collections::BTreeSet;
use std::fmt;

use super::Catalog;
use super::object::{CatalogObject, Facts};

/// One difference between two catalogues. Shown, it is a line, or one for each fact.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
pub enum CatalogChange {
    /// An object that was not there before.
    Added {
        /// The object.
        object: CatalogObject,
    },
    /// An object that is no longer there.
    Missing {
        /// The object.
        object: CatalogObject,
    },
    /// An object that is there in both, and not the same.
    Altered {
        /// The object.
        object: CatalogObject,
        /// What differs, by attribute; never empty.
        facts: Vec<ChangedFact>,
    },
}

/// An attribute that differs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ChangedFact {
    /// The attribute, such as `owner` or `column note`.
    pub attribute: String,
    /// Its text before, if it was there.
    pub before: Option<String>,
    /// Its text after, if it is there.
    pub after: Option<String>,
}

/// All differences, sorted by object; empty if both catalogues say the same.
pub fn compare(before: &Catalog, after: &Catalog) -> Vec<CatalogChange> {
    let all: BTreeSet<&CatalogObject> = before.objects.keys().chain(after.objects.keys()).collect();
    let change = |object: &CatalogObject| match (before.facts(object), after.facts(object)) {
        (Some(before), Some(after)) if before == after => None,
        (Some(before), Some(after)) => {
            Some(CatalogChange::Altered { object: object.clone(), facts: changed(before, after) })
        }
        (Some(_), None) => Some(CatalogChange::Missing { object: object.clone() }),
        (None, _) => Some(CatalogChange::Added { object: object.clone() }),
    };
    all.into_iter().filter_map(change).collect()
}

fn changed(before: &Facts, after: &Facts) -> Vec<ChangedFact> {
    let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let fact = |attribute: &String| ChangedFact {
        attribute: attribute.clone(),
        before: before.get(attribute).cloned(),
        after: after.get(attribute).cloned(),
    };
    all.into_iter().map(fact).filter(|fact| fact.before != fact.after).collect()
}

impl CatalogChange {
    /// The object that differs.
    pub fn object(&self) -> &CatalogObject {
        match self {
            Self::Added { object } | Self::Missing { object } | Self::Altered { object, .. } => object,
        }
    }
}

impl fmt::Display for CatalogChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { object } => write!(f, "{object}: was not there before"),
            Self::Missing { object } => write!(f, "{object}: is not there any more"),
            Self::Altered { object, facts } => {
                for (index, fact) in facts.iter().enumerate() {
                    let line_end = if index == 0 { "" } else { "\n" };
                    write!(f, "{line_end}{object}: {fact}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for ChangedFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attribute, before, after } = self;
        match (before, after) {
            (Some(before), Some(after)) => {
                let (place, before, after) = first_difference(before, after);
                write!(f, "{attribute}{place}: `{before}` became `{after}`")
            }
            (Some(before), None) => write!(f, "{attribute}: `{}` is gone", first_line(before)),
            (None, Some(after)) => write!(f, "{attribute}: `{}` is new", first_line(after)),
            (None, None) => f.write_str(attribute),
        }
    }
}

/// Where two texts begin to differ, and the lines there; the texts themselves if each is one line.
fn first_difference<'a>(before: &'a str, after: &'a str) -> (String, &'a str, &'a str) {
    if !before.contains('\n') && !after.contains('\n') {
        return (String::new(), before, after);
    }
    let (mut old, mut new) = (before.split('\n'), after.split('\n'));
    let mut number = 1;
    loop {
        match (old.next(), new.next()) {
            (Some(old), Some(new)) if old == new => number += 1,
            (old, new) => return (format!(", line {number}"), old.unwrap_or_default(), new.unwrap_or_default()),
        }
    }
}

fn first_line(text: &str) -> String {
    match text.split_once('\n') {
        Some((first, _)) => format!("{first} ..."),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Described<'a> = (&'a str, &'a [(&'a str, &'a str)]);

    fn catalog(tables: &[Described<'_>]) -> Catalog {
        let object = |name: &str| CatalogObject {
            kind: "table".into(),
            schema: Some("sales".into()),
            name: name.to_owned(),
            ..CatalogObject::default()
        };
        let facts = |facts: &[(&str, &str)]| facts.iter().map(|(key, text)| ((*key).into(), (*text).into())).collect();
        Catalog { objects: tables.iter().map(|(name, all)| (object(name), facts(all))).collect() }
    }

    #[test]
    fn differences_name_the_object_and_what_became_of_it() {
        let before = catalog(&[
            ("customers", &[("owner", "boss")]),
            ("old", &[]),
            (
                "orders",
                &[
                    ("column note", "character varying(10)"),
                    ("comment", "all\nof them"),
                    ("definition", "select 1,\n  2"),
                    ("owner", "boss"),
                ],
            ),
        ]);
        let after = catalog(&[
            ("customers", &[("owner", "boss")]),
            ("new", &[]),
            (
                "orders",
                &[
                    ("column note", "character varying(20)"),
                    ("definition", "select 1,\n  3"),
                    ("grants to joe", "SELECT"),
                    ("owner", "boss"),
                ],
            ),
        ]);
        let shown: Vec<String> = compare(&before, &after).iter().map(ToString::to_string).collect();
        assert_eq!(
            shown.join("\n"),
            "table sales.new: was not there before\n\
             table sales.old: is not there any more\n\
             table sales.orders: column note: `character varying(10)` became `character varying(20)`\n\
             table sales.orders: comment: `all ...` is gone\n\
             table sales.orders: definition, line 2: `  2` became `  3`\n\
             table sales.orders: grants to joe: `SELECT` is new"
        );
        assert_eq!(compare(&before, &before), []);
    }
}
