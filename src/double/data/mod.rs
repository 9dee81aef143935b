//! What UNLOAD writes and COPY reads: compression, manifests, encryption.

mod compress;
mod manifest;

pub(in crate::double) use compress::{Compression, Compressor};
pub(in crate::double) use manifest::{Author, Element, ElementType, Entry, Manifest, Meta, Schema};
