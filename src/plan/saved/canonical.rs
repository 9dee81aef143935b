//! The one way in which a saved plan is written, and the check that a file is one and was not edited.
//!
//! The digest is of the document as JSON with sorted keys and no blanks. The file has the same keys in the same order,
//! on lines of their own, so that two plans can be compared by eye. A digest guards against mistakes: whoever means to
//! can compute another.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{FORMAT, SavedPlan, VERSION};

/// Why a file is no plan that can be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The text ends in the middle.
    #[error("the saved plan is cut off: it ends in line {line}")]
    CutOff {
        /// The last line.
        line: usize,
    },
    /// Not JSON, or JSON of something else.
    #[error("the file is not a plan that vesto saved: {0}")]
    Foreign(String),
    /// Written by a vesto with another form.
    #[error("the saved plan has version {found} of its form, and this vesto reads version {VERSION}")]
    Version {
        /// The version in the file.
        found: u64,
    },
    /// The digest is that of another document.
    #[error("the saved plan was edited: its digest is that of another document")]
    Edited,
}

impl SavedPlan {
    /// The text of the file, with its digest.
    ///
    /// # Errors
    ///
    /// None that is known: every plan can be written as JSON.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        let mut document = serde_json::to_value(self)?;
        let digest = digest_of(&mut document)?;
        put_digest(&mut document, Value::String(digest));
        Ok(serde_json::to_string_pretty(&document)? + "\n")
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// The text is none that [`SavedPlan::text`] wrote, blanks between its tokens aside.
    pub fn read(text: &str) -> Result<Self, ReadError> {
        let foreign = |error: serde_json::Error| match error.is_eof() {
            true => ReadError::CutOff { line: error.line() },
            false => ReadError::Foreign(error.to_string()),
        };
        let mut document: Value = serde_json::from_str(text).map_err(foreign)?;
        if document.get("format").and_then(Value::as_str) != Some(FORMAT) {
            return Err(ReadError::Foreign(format!("`format` is not `{FORMAT}`")));
        }
        let found = document.get("version").and_then(Value::as_u64).unwrap_or_default();
        if found != u64::from(VERSION) {
            return Err(ReadError::Version { found });
        }
        let told = document.pointer("/made/digest").and_then(Value::as_str).map(str::to_owned);
        if told != Some(digest_of(&mut document).map_err(foreign)?) {
            return Err(ReadError::Edited);
        }
        serde_json::from_value(document).map_err(foreign)
    }
}

/// The digest of a document without its digest, which is taken away.
fn digest_of(document: &mut Value) -> Result<String, serde_json::Error> {
    put_digest(document, Value::String(String::new()));
    Ok(sha256(&serde_json::to_string(document)?))
}

fn put_digest(document: &mut Value, digest: Value) {
    if let Some(made) = document.get_mut("made").and_then(Value::as_object_mut) {
        made.insert("digest".to_owned(), digest);
    }
}

/// `sha256:` and the digest of a text.
pub(super) fn sha256(text: &str) -> String {
    let digits: String = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}
