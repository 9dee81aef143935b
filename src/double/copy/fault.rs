//! Why a record or field is refused, in Redshift's numbers and words.
//!
//! The numbers are those of <https://docs.aws.amazon.com/redshift/latest/dg/r_Load_Error_Reference.html>; the words are
//! those that `stl_load_errors` shows.

use std::borrow::Cow;

/// What is wrong with a record, or with one field of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// `err_code` of `stl_load_errors`.
    pub(super) code: u16,
    /// `err_reason` of `stl_load_errors`.
    pub(super) reason: Cow<'static, str>,
}

impl Fault {
    pub(super) fn new(code: u16, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { code, reason: reason.into() }
    }

    pub(super) fn missing_delimiter() -> Self {
        Self::new(1214, "Delimiter not found")
    }

    pub(super) fn extra_columns() -> Self {
        Self::new(1202, "Extra column(s) found")
    }

    pub(super) fn quotes() -> Self {
        Self::new(1214, "Invalid quote formatting for CSV")
    }

    pub(super) fn open_quote() -> Self {
        Self::new(1214, "Delimited value missing end quote")
    }

    pub(super) fn too_long() -> Self {
        Self::new(1204, "Record exceeds the maximum size of 4 MB")
    }

    pub(super) fn missing() -> Self {
        Self::new(1213, "Missing data for not-null field")
    }

    pub(super) fn digit(value: u8, position: usize, kind: &str) -> Self {
        let shown = if value.is_ascii_graphic() || value == b' ' { char::from(value) } else { '.' };
        Self::new(1207, format!("Invalid digit, Value '{shown}', Pos {position}, Type: {kind}"))
    }

    pub(super) fn json(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(1216, reason)
    }
}
