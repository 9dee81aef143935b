//! Text with places: files that were read, ranges in them, located messages, and values that must not be printed.
//!
//! Everything here is pure. Reading files is the work of `adapters`.

mod diagnostic;
mod mask;
mod secret;
mod source;
mod suggestion;
mod url;

pub use diagnostic::{Diagnostic, Severity, render_all};
pub use mask::Mask;
pub use secret::{SafeUrl, Secret};
pub use source::{Excerpt, FileId, FileSet, Location, Source, Span};
pub use suggestion::closest;
pub use url::{host_and_port, percent_decoded};
