//! From the rows of the catalogue's queries to objects with facts.
//!
//! All queries answer in one form. The first six columns say which object a row is about, and which part of it; each
//! further column is a fact, named by its heading. Null is no fact.

use std::collections::BTreeMap;

use crate::ports::{Outcome, Rows};

use super::CatalogError;
use super::object::{CatalogObject, Facts};

/// Headings of the columns that name an object and a part of it, such as `column note`.
pub(super) const IDENTITY: [&str; 6] = ["kind", "schema", "name", "arguments", "table", "part"];

/// Heading of what an object, or a part of it, is.
pub(super) const DEFINITION: &str = "definition";

/// Heading of the name of a column: all rows of an object together give its list of columns, in their order.
pub(super) const COLUMN_ORDER: &str = "column order";

/// Heading of an access control list as Redshift prints it.
pub(super) const GRANTS: &str = "grants";

type Objects = BTreeMap<CatalogObject, Facts>;

/// All objects of all answers.
pub(super) fn fold(answers: &[Outcome]) -> Result<Objects, CatalogError> {
    let mut objects = Objects::new();
    for answer in answers {
        let Some(Rows { columns, rows }) = &answer.rows else {
            return Err(CatalogError::Malformed("a query gave no rows".into()));
        };
        let Some(headings) = columns.strip_prefix(IDENTITY.map(str::to_owned).as_slice()) else {
            return Err(CatalogError::Malformed(format!("columns {}", columns.join(", "))));
        };
        for row in rows {
            fold_row(&mut objects, headings, row)?;
        }
    }
    Ok(objects)
}

fn fold_row(objects: &mut Objects, headings: &[String], row: &[Option<String>]) -> Result<(), CatalogError> {
    let [Some(kind), schema, Some(name), arguments, table, part, values @ ..] = row else {
        return Err(CatalogError::Malformed(format!("a row without a name: {row:?}")));
    };
    let object = CatalogObject {
        kind: kind.clone(),
        schema: schema.clone(),
        name: name.clone(),
        arguments: arguments.clone(),
        table: table.clone(),
    };
    let facts = objects.entry(object).or_default();
    for (heading, value) in headings.iter().zip(values) {
        let Some(value) = value else { continue };
        match (heading.as_str(), part) {
            (COLUMN_ORDER, _) => append(facts, value),
            (GRANTS, _) => grants(facts, value),
            (DEFINITION, Some(part)) => drop(facts.insert(part.clone(), value.clone())),
            (heading, Some(part)) => drop(facts.insert(format!("{heading} of {part}"), value.clone())),
            (heading, None) => drop(facts.insert(heading.to_owned(), value.clone())),
        }
    }
    Ok(())
}

fn append(facts: &mut Facts, column: &str) {
    let order = facts.entry(COLUMN_ORDER.to_owned()).or_default();
    if !order.is_empty() {
        order.push_str(", ");
    }
    order.push_str(column);
}

/// Takes `bob=ar/ann,group staff=r/ann,=r/ann` apart, where nothing stands for everybody.
///
/// What the owner grants to itself is left out: it is there once anything was granted, and not before.
fn grants(facts: &mut Facts, list: &str) {
    let owner = facts.get("owner").cloned().unwrap_or_default();
    for item in items(list) {
        let (grant, grantor) = item.rsplit_once('/').unwrap_or((item, ""));
        let (grantee, letters) = grant.rsplit_once('=').unwrap_or((grant, ""));
        let plain = |name: &str| name.trim().replace('"', "");
        let (grantee, grantor) = (plain(grantee), plain(grantor));
        if grantee == owner {
            continue;
        }
        let grantee = if grantee.is_empty() { "public" } else { &grantee };
        let by = if grantor == owner { String::new() } else { format!(" granted by {grantor}") };
        let granted = facts.entry(format!("grants to {grantee}")).or_default();
        // One grantee may have the same from several: the server's order of them means nothing.
        let mut all: Vec<&str> = granted.split(", ").filter(|one| !one.is_empty()).collect();
        let letters = format!("{letters}{by}");
        all.push(&letters);
        all.sort_unstable();
        let all = all.join(", ");
        *granted = all;
    }
}

/// The items between commas that stand outside quotes.
fn items(list: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let outside = move |character: char| {
        quoted ^= character == '"';
        character == ',' && !quoted
    };
    list.split(outside).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headings: &[&str], rows: &[&[Option<&str>]]) -> Outcome {
        let columns = IDENTITY.iter().chain(headings).map(|heading| (*heading).to_owned()).collect();
        let own = |row: &&[Option<&str>]| row.iter().map(|cell| cell.map(str::to_owned)).collect();
        Outcome { rows: Some(Rows { columns, rows: rows.iter().map(own).collect() }), count: 0 }
    }

    fn shown(answers: &[Outcome]) -> String {
        let lines = fold(answers).map(|objects| {
            let show = |(object, facts): (CatalogObject, Facts)| format!("{object} {facts:?}");
            objects.into_iter().map(show).collect::<Vec<_>>().join("\n")
        });
        lines.unwrap_or_else(|error| error.to_string())
    }

    const TABLE: [Option<&str>; 5] = [Some("table"), Some("s"), Some("t"), None, None];

    fn row<'a>(rest: &[Option<&'a str>]) -> Vec<Option<&'a str>> {
        [TABLE.as_slice(), rest].concat()
    }

    #[test]
    fn rows_about_one_object_come_together() {
        let tables = answer(&["owner", "comment"], &[&row(&[None, Some("boss"), None])]);
        let columns = answer(
            &["definition", "comment", "column order"],
            &[
                &row(&[Some("column b"), Some("integer"), Some("a number"), Some("b")]),
                &row(&[Some("column a"), Some("text"), None, Some("a")]),
            ],
        );
        assert_eq!(
            shown(&[tables, columns]),
            r#"table s.t {"column a": "text", "column b": "integer", "column order": "b, a", "#.to_owned()
                + r#""comment of column b": "a number", "owner": "boss"}"#
        );
    }

    #[test]
    fn access_control_lists_are_taken_apart() {
        let list = r#"boss=arwdRxt/boss,"a,b"=r/boss,=r/boss,group staff=ar*/boss,joe=w/ann,joe=r/boss"#;
        let tables = answer(&["owner", "grants"], &[&row(&[None, Some("boss"), Some(list)])]);
        assert_eq!(
            shown(&[tables]),
            r#"table s.t {"grants to a,b": "r", "grants to group staff": "ar*", "#.to_owned()
                + r#""grants to joe": "r, w granted by ann", "grants to public": "r", "owner": "boss"}"#
        );
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        assert!(shown(&[Outcome::default()]).contains("a query gave no rows"));
        let mut other = answer(&[], &[]);
        other.rows.iter_mut().for_each(|rows| drop(rows.columns.remove(2)));
        assert!(shown(&[other]).contains("columns kind, schema, arguments"));
        assert!(shown(&[answer(&[], &[&[Some("table"), None, None, None, None, None]])]).contains("without a name"));
    }
}
