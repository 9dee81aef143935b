//! What UNLOAD writes and COPY reads, whatever the format: compression, encryption, manifests.

mod compress;
pub(super) mod decompress;
pub(super) mod envelope;
mod lzo;
mod lzop;
mod manifest;
mod seal;

pub(in crate::double) use compress::{Compression, Compressor};
pub(in crate::double) use manifest::{Author, Element, ElementType, Entry, Manifest, Meta, Schema};
pub(in crate::double) use seal::{Seal, Sealed};
