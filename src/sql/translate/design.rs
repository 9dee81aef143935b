//! What a statement says about storage and about promises that Redshift keeps in its catalogue and does not enforce.
//!
//! PostgreSQL has no place for it, so a translation carries it beside its text, for whoever keeps a catalogue of
//! Redshift's own.

use super::super::ObjectName;

/// How an object is stored, as far as one statement says so. What it does not mention is `None` or empty: Redshift's
/// default where the object is made, and no change where it is altered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhysicalDesign {
    /// The object, named as in the statement.
    pub object: ObjectName,
    /// What the object is.
    pub subject: DesignSubject,
    /// Whether the statement alters an object; otherwise it makes it.
    pub alters: bool,
    /// `DISTSTYLE` and `DISTKEY`.
    pub distribution: Option<Distribution>,
    /// `SORTKEY`.
    pub sort_key: Option<SortKey>,
    /// `ENCODE` of columns, in the order of the text.
    pub encodings: Vec<ColumnEncoding>,
    /// `ENCODE AUTO` of the table.
    pub encode_auto: bool,
    /// `BACKUP YES` or `BACKUP NO`.
    pub backup: Option<bool>,
    /// `AUTO REFRESH YES` or `AUTO REFRESH NO` of a materialized view.
    pub auto_refresh: Option<bool>,
    /// Keys that are not enforced, as written: `primary key (a, b)`.
    pub keys: Vec<String>,
    /// The statement of a view `WITH NO SCHEMA BINDING`, as written.
    pub late_binding: Option<String>,
}

/// What a [`PhysicalDesign`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DesignSubject {
    /// A table.
    Table,
    /// A materialized view.
    MaterializedView,
    /// A view without schema binding.
    LateBindingView,
}

/// Where the rows of a table are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// Redshift chooses.
    Auto,
    /// In turn.
    Even,
    /// Everywhere.
    All,
    /// By the value of this column.
    Key(String),
}

/// In which order the rows of a table are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// Redshift chooses.
    Auto,
    /// In none.
    None,
    /// By these columns, one after the other.
    Compound(Vec<String>),
    /// By these columns, none before the others.
    Interleaved(Vec<String>),
}

/// How a column is compressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnEncoding {
    /// The column.
    pub column: String,
    /// Such as `az64`, in lower case.
    pub encoding: String,
}

impl PhysicalDesign {
    /// A design that says nothing yet.
    pub(super) fn of(object: ObjectName, subject: DesignSubject) -> Self {
        Self {
            object,
            subject,
            alters: false,
            distribution: None,
            sort_key: None,
            encodings: Vec::new(),
            encode_auto: false,
            backup: None,
            auto_refresh: None,
            keys: Vec::new(),
            late_binding: None,
        }
    }

    /// Notes a column that is a sort key by itself; further ones make a compound key.
    pub(super) fn sorted_by(&mut self, column: String) {
        match &mut self.sort_key {
            Some(SortKey::Compound(columns)) => columns.push(column),
            other => *other = Some(SortKey::Compound(vec![column])),
        }
    }
}
