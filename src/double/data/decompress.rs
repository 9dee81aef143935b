//! Compressed files as streams: GZIP, ZSTD, BZIP2 and LZOP.
//!
//! <https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-file-compression.html>

use std::io::{self, BufReader, Read};

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;

use super::lzop::LzopReader;

/// How much is read from a compressed file at once.
const BUFFER: usize = 128 * 1024;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::double) enum Compression {
    Gzip,
    Zstd,
    Bzip2,
    Lzop,
}

impl Compression {
    /// The name of the option of COPY and UNLOAD.
    pub(in crate::double) const fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "GZIP",
            Self::Zstd => "ZSTD",
            Self::Bzip2 => "BZIP2",
            Self::Lzop => "LZOP",
        }
    }

    /// What the compressed bytes hold. Files that were joined are read one after the other.
    ///
    /// Memory is bounded: by 4 MB, or 128 MB for a file of `zstd --long`.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory for the decoder. Bytes of another sort fail when they are read.
    pub(in crate::double) fn decompress(self, file: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
        let file = BufReader::with_capacity(BUFFER, file);
        Ok(match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(file)),
            Self::Zstd => Box::new(zstd::Decoder::with_buffer(file)?),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(file)),
            Self::Lzop => Box::new(LzopReader::new(file)),
        })
    }
}
