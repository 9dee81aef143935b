//! What COPY and UNLOAD have in common: their statements' words, moments, compression, encryption and manifests.

mod compress;
mod cursor;
pub(super) mod datetime;
pub(super) mod decompress;
pub(super) mod envelope;
mod lzo;
mod lzop;
mod manifest;
mod seal;

pub(in crate::double) use compress::{Compression, Compressor};
pub(in crate::double) use cursor::{Cursor, unescape_marker};
pub(in crate::double) use manifest::{Author, Element, ElementType, Entry, Manifest, Meta, Schema};
pub(in crate::double) use seal::{Seal, Sealed};
