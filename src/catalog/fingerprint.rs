//! Digests of named objects, by which a saved plan knows whether what it touches is still as it was.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::sql::ObjectName;

use super::Catalog;
use super::object::{CatalogObject, Facts};

/// The fingerprint of a name that means nothing in a catalogue.
pub const ABSENT: &str = "absent";

impl Catalog {
    /// For each name, as it is shown, a digest `sha256:...` of all objects that it may mean together with what belongs
    /// to them, or [`ABSENT`].
    ///
    /// Other objects do not influence it: not those in a schema that is named, nor those that a named view reads.
    pub fn fingerprint(&self, names: &[ObjectName]) -> BTreeMap<String, String> {
        let mut alike: BTreeMap<String, Vec<&ObjectName>> = BTreeMap::new();
        for name in names {
            alike.entry(name.to_string()).or_default().push(name);
        }
        let digest = |names: &[&ObjectName]| {
            let meant = |object: &CatalogObject| names.iter().any(|name| object.is_meant_by(name));
            digest(self.objects().filter(|(object, _)| meant(object)))
        };
        alike.into_iter().map(|(shown, names)| (shown, digest(&names))).collect()
    }
}

fn digest<'a>(objects: impl Iterator<Item = (&'a CatalogObject, &'a Facts)>) -> String {
    let mut hasher = Sha256::new();
    let mut count = 0;
    for (object, facts) in objects {
        count += 1;
        add_object(&mut hasher, object);
        add(&mut hasher, Some(&facts.len().to_string()));
        for (attribute, text) in facts {
            add(&mut hasher, Some(attribute));
            add(&mut hasher, Some(text));
        }
    }
    if count == 0 {
        return ABSENT.to_owned();
    }
    let digits: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

fn add_object(hasher: &mut Sha256, object: &CatalogObject) {
    let CatalogObject { schema, table, kind, name, arguments } = object;
    for text in [schema.as_deref(), table.as_deref(), Some(kind), Some(name), arguments.as_deref()] {
        add(hasher, text);
    }
}

/// Each text goes in with its length, so that no two lists of texts go in as the same bytes.
fn add(hasher: &mut Sha256, text: Option<&str>) {
    match text {
        None => hasher.update([0]),
        Some(text) => {
            hasher.update([1]);
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(kind: &str, schema: &str, name: &str, table: Option<&str>) -> CatalogObject {
        CatalogObject {
            kind: kind.into(),
            schema: Some(schema.into()),
            name: name.into(),
            table: table.map(str::to_owned),
            arguments: None,
        }
    }

    fn catalog() -> Catalog {
        let mut catalog = Catalog::default();
        let objects = [
            object("table", "sales", "orders", None),
            object("index", "sales", "orders_by_day", Some("orders")),
            object("table", "stage", "orders", None),
            object("table", "sales", "customers", None),
        ];
        for object in objects {
            catalog.objects.insert(object, Facts::from([("owner".into(), "boss".into())]));
        }
        catalog
    }

    /// Of `sales.orders`, of `orders` and of `sales.gone`.
    fn prints(catalog: &Catalog) -> [String; 3] {
        ["sales.orders", "orders", "sales.gone"].map(|text| {
            let name = ObjectName { parts: text.split('.').map(str::to_owned).collect() };
            catalog.fingerprint(&[name]).remove(text).unwrap_or_default()
        })
    }

    /// Which of the three differ once the object has another owner.
    fn moved(changed: &CatalogObject) -> [bool; 3] {
        let (before, mut after) = (catalog(), catalog());
        after.objects.insert(changed.clone(), Facts::from([("owner".into(), "joe".into())]));
        let (before, after) = (prints(&before), prints(&after));
        [0, 1, 2].map(|at| before[at] != after[at])
    }

    #[test]
    fn only_what_a_name_may_mean_moves_its_fingerprint() {
        assert_eq!(moved(&object("table", "sales", "orders", None)), [true, true, false]);
        assert_eq!(moved(&object("index", "sales", "orders_by_day", Some("orders"))), [true, true, false]);
        assert_eq!(moved(&object("trigger", "sales", "new", Some("orders"))), [true, true, false]);
        assert_eq!(moved(&object("table", "stage", "orders", None)), [false, true, false]);
        assert_eq!(moved(&object("table", "sales", "customers", None)), [false, false, false]);
        assert_eq!(moved(&object("view", "sales", "gone", None)), [false, false, true]);
    }

    #[test]
    fn a_name_that_means_nothing_is_absent() {
        let [present, _, absent] = prints(&catalog());
        assert!(present.starts_with("sha256:") && present.len() == 71, "{present}");
        assert_eq!(absent, ABSENT);
    }

    #[test]
    fn names_that_are_shown_alike_are_taken_together() {
        let mut catalog = catalog();
        catalog.objects.insert(object("table", "public", "sales.orders", None), Facts::new());
        let qualified = ObjectName { parts: vec!["sales".into(), "orders".into()] };
        let dotted = ObjectName { parts: vec!["sales.orders".into()] };
        let alone = catalog.fingerprint(std::slice::from_ref(&qualified));
        let both = catalog.fingerprint(&[qualified.clone(), dotted.clone()]);
        assert_ne!(alone, both);
        assert_eq!(both, catalog.fingerprint(&[dotted, qualified]));
    }
}
