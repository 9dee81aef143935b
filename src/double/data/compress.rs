//! Compression on the way out.

use std::io::{self, Write};

use bzip2::write::BzEncoder;
use flate2::write::GzEncoder;

/// How files are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::double) enum Compression {
    None,
    Gzip,
    Bzip2,
    Zstd,
}

impl Compression {
    /// The word of the option.
    pub(in crate::double) fn keyword(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => "GZIP",
            Self::Bzip2 => "BZIP2",
            Self::Zstd => "ZSTD",
        }
    }

    /// What UNLOAD puts behind the names of files.
    pub(in crate::double) fn extension(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => ".gz",
            Self::Bzip2 => ".bz2",
            Self::Zstd => ".zst",
        }
    }
}

/// Compresses what is written to it.
pub(in crate::double) enum Compressor<W: Write> {
    None(W),
    Gzip(GzEncoder<W>),
    Bzip2(BzEncoder<W>),
    Zstd(zstd::stream::write::Encoder<'static, W>),
}

impl<W: Write> Compressor<W> {
    pub(in crate::double) fn new(compression: Compression, to: W) -> io::Result<Self> {
        Ok(match compression {
            Compression::None => Self::None(to),
            Compression::Gzip => Self::Gzip(GzEncoder::new(to, flate2::Compression::default())),
            Compression::Bzip2 => Self::Bzip2(BzEncoder::new(to, bzip2::Compression::default())),
            Compression::Zstd => Self::Zstd(zstd::stream::write::Encoder::new(to, zstd::DEFAULT_COMPRESSION_LEVEL)?),
        })
    }

    /// Where the compressed bytes go.
    pub(in crate::double) fn target(&self) -> &W {
        match self {
            Self::None(to) => to,
            Self::Gzip(to) => to.get_ref(),
            Self::Bzip2(to) => to.get_ref(),
            Self::Zstd(to) => to.get_ref(),
        }
    }

    /// Writes what is left and gives back where it went.
    pub(in crate::double) fn finish(self) -> io::Result<W> {
        match self {
            Self::None(to) => Ok(to),
            Self::Gzip(to) => to.finish(),
            Self::Bzip2(to) => to.finish(),
            Self::Zstd(to) => to.finish(),
        }
    }
}

impl<W: Write> Write for Compressor<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::None(to) => to.write(buffer),
            Self::Gzip(to) => to.write(buffer),
            Self::Bzip2(to) => to.write(buffer),
            Self::Zstd(to) => to.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::None(to) => to.flush(),
            Self::Gzip(to) => to.flush(),
            Self::Bzip2(to) => to.flush(),
            Self::Zstd(to) => to.flush(),
        }
    }
}
