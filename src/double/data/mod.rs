//! What UNLOAD writes and COPY reads, whatever the format: compression, encryption, manifests.

pub(super) mod decompress;
pub(super) mod envelope;
mod lzo;
mod lzop;
