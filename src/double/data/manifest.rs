//! Manifests: lists of files in JSON.
//!
//! <https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html> and the examples of
//! <https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD_command_examples.html>.

use serde::{Deserialize, Serialize};

/// A manifest as UNLOAD writes it; COPY reads its entries only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::double) struct Manifest {
    pub(in crate::double) entries: Vec<Entry>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(in crate::double) schema: Option<Schema>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(in crate::double) meta: Option<Meta>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(in crate::double) author: Option<Author>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::double) struct Entry {
    /// `s3://bucket/key`.
    pub(in crate::double) url: String,
    /// Whether COPY fails if there is no such file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::double) mandatory: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::double) meta: Option<Meta>,
}

/// How much there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::double) struct Meta {
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::double) content_length: Option<u64>,
    /// Rows, header lines included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::double) record_count: Option<u64>,
}

/// What MANIFEST VERBOSE says of the columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::double) struct Schema {
    pub(in crate::double) elements: Vec<Element>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::double) struct Element {
    pub(in crate::double) name: String,
    #[serde(rename = "type")]
    pub(in crate::double) kind: ElementType,
}

/// The type of a column.
///
/// AWS names no key for the length of a text: its example shows a bare number, which is no JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(in crate::double) struct ElementType {
    pub(in crate::double) base: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::double) max_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::double) precision: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::double) scale: Option<u32>,
}

/// Who wrote the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::double) struct Author {
    pub(in crate::double) name: String,
    pub(in crate::double) version: String,
}
