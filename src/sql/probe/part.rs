//! Parts of an object that have names of their own: columns, constraints, triggers, values of an enumeration.

use super::super::{Dialect, ObjectName};
use super::base::{Base, matches, moved, numbered};

/// A sort of part. Its row is `p`; that of the object is `o`.
#[derive(Clone, Copy)]
pub(super) struct Part {
    /// The table of the parts and what joins them to the object.
    from: &'static str,
    name: &'static str,
    /// The number that no later part of the same name has.
    number: &'static str,
    engine: Dialect,
}

/// The columns of a relation.
pub(super) fn column(engine: Dialect) -> Part {
    let from = "pg_attribute p on p.attrelid = o.oid and p.attnum > 0 and not p.attisdropped";
    Part { from, name: "p.attname", number: "p.attnum", engine }
}

/// The constraints of a relation.
pub(super) fn constraint(engine: Dialect) -> Part {
    Part { from: "pg_constraint p on p.conrelid = o.oid", name: "p.conname", number: "p.oid", engine }
}

/// The constraints of a domain.
pub(super) fn domain_constraint(engine: Dialect) -> Part {
    Part { from: "pg_constraint p on p.contypid = o.oid", name: "p.conname", number: "p.oid", engine }
}

/// The values of an enumeration.
pub(super) fn value(engine: Dialect) -> Part {
    Part { from: "pg_enum p on p.enumtypid = o.oid", name: "p.enumlabel", number: "p.oid", engine }
}

/// The attributes of a composite type.
pub(super) fn attribute(engine: Dialect) -> Part {
    let from = "pg_attribute p on p.attrelid = o.typrelid and p.attnum > 0 and not p.attisdropped";
    Part { from, name: "p.attname", number: "p.attnum", engine }
}

/// What stands on a table by a statement of its own. Redshift has none of them.
pub(super) fn part(noun: &str, engine: Dialect) -> Option<Part> {
    let (from, name) = match noun {
        "trigger" => ("pg_trigger p on p.tgrelid = o.oid and not p.tgisinternal", "p.tgname"),
        "rule" => ("pg_rewrite p on p.ev_class = o.oid", "p.rulename"),
        "policy" => ("pg_policy p on p.polrelid = o.oid", "p.polname"),
        _ => return None,
    };
    (engine == Dialect::Postgres).then_some(Part { from, name, number: "p.oid", engine })
}

impl Part {
    /// `left join` of the parts with that name, by which an object without them is found too.
    pub(super) fn join(&self, name: &str) -> Option<String> {
        Some(format!(" left join {} and {}", self.from, matches(self.name, name, self.engine)?))
    }

    /// Whether the object has the part.
    pub(super) fn added(&self, base: &Base, name: &str) -> Option<String> {
        let object = numbered(["o.oid"]);
        let answer = format!(
            "case when count(distinct o.oid) <> 1 then 'unknown' when count({0}) = 0 then 'not done'{object} \
             when count({0}) = 1 then 'done'{object} else 'unknown' end",
            self.number
        );
        base.select(&answer, &self.join(name)?)
    }

    /// Whether the object has the part no longer.
    pub(super) fn removed(&self, base: &Base, name: &str) -> Option<String> {
        let answer = format!(
            "case when count(distinct o.oid) <> 1 then 'unknown' when count({0}) = 0 then 'done'{1} \
             when count({0}) = 1 then 'not done'{2} else 'unknown' end",
            self.number,
            numbered(["o.oid"]),
            numbered(["o.oid", self.number])
        );
        base.select(&answer, &self.join(name)?)
    }

    /// Whether the part has the new name and no longer the old one.
    pub(super) fn renamed(&self, base: &Base, from: &str, to: &ObjectName) -> Option<String> {
        let old = matches(self.name, from, self.engine)?;
        let new = matches(self.name, to.base(), self.engine)?;
        let moved = moved(&old, &new, &numbered(["o.oid", self.number]));
        let answer = format!("case when count(distinct o.oid) <> 1 then 'unknown' else {moved} end");
        base.select(&answer, &format!(" left join {} and ({old} or {new})", self.from))
    }

    /// Whether a condition holds for the part; `unknown` if the object has none of the name.
    pub(super) fn holds(&self, base: &Base, name: &str, condition: &str) -> Option<String> {
        let numbers = numbered(["o.oid", self.number]);
        let answer = format!(
            "case when count(distinct o.oid) <> 1 or count({}) <> 1 then 'unknown' \
             when sum(case when {condition} then 1 else 0 end) = 1 then 'done'{numbers} else 'not done'{numbers} end",
            self.number
        );
        base.select(&answer, &self.join(name)?)
    }
}
