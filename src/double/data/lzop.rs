//! The files of `lzop`: a header, then blocks with checksums.
//!
//! There is no specification but lzop's own source and its `magic` entry; the header's fields are named as there.

use std::io::{self, Read};

use super::lzo;

/// What each file begins with.
pub(super) const MAGIC: [u8; 9] = [0x89, b'L', b'Z', b'O', 0, 0x0d, 0x0a, 0x1a, 0x0a];

/// Flags of the header.
pub(super) mod flag {
    pub(in super::super) const ADLER32_D: u32 = 1;
    pub(in super::super) const ADLER32_C: u32 = 2;
    pub(in super::super) const EXTRA_FIELD: u32 = 0x40;
    pub(in super::super) const CRC32_D: u32 = 0x100;
    pub(in super::super) const CRC32_C: u32 = 0x200;
    pub(in super::super) const MULTIPART: u32 = 0x400;
    pub(in super::super) const FILTER: u32 = 0x800;
}

/// The largest block that lzop itself writes.
const LARGEST_BLOCK: usize = 64 * 1024 * 1024;

/// Decompresses a stream of one or several files.
pub(super) struct LzopReader<R> {
    input: R,
    flags: u32,
    /// Whether the header of the file has been read.
    in_file: bool,
    any_file: bool,
    compressed: Vec<u8>,
    block: Vec<u8>,
    given: usize,
}

impl<R: Read> LzopReader<R> {
    pub(super) fn new(input: R) -> Self {
        let (compressed, block) = (Vec::new(), Vec::new());
        Self { input, flags: 0, in_file: false, any_file: false, compressed, block, given: 0 }
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn number(&mut self) -> io::Result<u32> {
        self.bytes().map(u32::from_be_bytes)
    }

    /// Reads the header; false if the stream ends where it would begin.
    fn header(&mut self) -> io::Result<bool> {
        let mut first = [0];
        if self.input.read(&mut first)? == 0 {
            return if self.any_file { Ok(false) } else { Err(bad("the file is empty")) };
        }
        let rest: [u8; 8] = self.bytes()?;
        if first[0] != MAGIC[0] || MAGIC.get(1..) != Some(rest.as_slice()) {
            return Err(bad("it is no file of lzop"));
        }
        let version = u16::from_be_bytes(self.bytes()?);
        let mut checked = version.to_be_bytes().to_vec();
        let mut take = |reader: &mut Self, count: usize| -> io::Result<Vec<u8>> {
            let mut bytes = vec![0; count];
            reader.input.read_exact(&mut bytes)?;
            checked.extend_from_slice(&bytes);
            Ok(bytes)
        };
        // The version of the library; from 0.94 on, also the version that is needed to extract.
        take(self, if version >= 0x0940 { 4 } else { 2 })?;
        let method = take(self, 1)?;
        if version >= 0x0940 {
            take(self, 1)?;
        }
        let flags = take(self, 4)?;
        self.flags = flags.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
        if !matches!(method.first(), Some(1..=3)) {
            return Err(bad("its method is not LZO1X"));
        }
        if self.flags & (flag::FILTER | flag::MULTIPART) != 0 {
            return Err(bad("it uses a filter or has several parts"));
        }
        // Mode and times of the file.
        take(self, if version >= 0x0940 { 12 } else { 8 })?;
        let length = take(self, 1)?;
        take(self, length.first().copied().map_or(0, usize::from))?;
        let expected = self.number()?;
        let found = if self.flags & 0x1000 == 0 { adler32(&checked) } else { crc32(&checked) };
        if expected != found {
            return Err(bad("the checksum of its header is wrong"));
        }
        if self.flags & flag::EXTRA_FIELD != 0 {
            let length = self.number()?;
            let skipped = io::copy(&mut self.input.by_ref().take(u64::from(length) + 4), &mut io::sink())?;
            if skipped < u64::from(length) + 4 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        self.any_file = true;
        Ok(true)
    }

    /// Makes the next block ready; false at the end of the stream.
    fn next_block(&mut self) -> io::Result<bool> {
        self.block.clear();
        self.given = 0;
        loop {
            if !self.in_file {
                if !self.header()? {
                    return Ok(false);
                }
                self.in_file = true;
            }
            let length = self.number()? as usize;
            if length == 0 {
                self.in_file = false;
                continue;
            }
            self.read_block(length)?;
            return Ok(true);
        }
    }

    fn read_block(&mut self, length: usize) -> io::Result<()> {
        let compressed_length = self.number()? as usize;
        if length > LARGEST_BLOCK || compressed_length > length {
            return Err(bad("a block is larger than it can be"));
        }
        let is_compressed = compressed_length < length;
        let plain_sums = [self.sum(flag::ADLER32_D)?, self.sum(flag::CRC32_D)?];
        // A block that is stored as it is has no second checksums.
        let (adler, crc) = if is_compressed { (flag::ADLER32_C, flag::CRC32_C) } else { (0, 0) };
        let compressed_sums = [self.sum(adler)?, self.sum(crc)?];
        self.compressed.resize(compressed_length, 0);
        self.input.read_exact(&mut self.compressed)?;
        verify(&self.compressed, compressed_sums)?;
        if is_compressed {
            lzo::decompress(&self.compressed, &mut self.block, length).map_err(|error| bad(&error.to_string()))?;
        } else {
            self.block.extend_from_slice(&self.compressed);
        }
        if self.block.len() != length {
            return Err(bad("a block is shorter than its header says"));
        }
        verify(&self.block, plain_sums)
    }

    fn sum(&mut self, wanted: u32) -> io::Result<Option<u32>> {
        if self.flags & wanted == 0 { Ok(None) } else { self.number().map(Some) }
    }
}

impl<R: Read> Read for LzopReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.block.len() && !self.next_block()? {
            return Ok(0);
        }
        let mut ready = self.block.get(self.given..).unwrap_or_default();
        let length = ready.read(buffer)?;
        self.given += length;
        Ok(length)
    }
}

fn verify(bytes: &[u8], [adler, crc]: [Option<u32>; 2]) -> io::Result<()> {
    if adler.is_some_and(|sum| sum != adler32(bytes)) || crc.is_some_and(|sum| sum != crc32(bytes)) {
        return Err(bad("the checksum of a block is wrong"));
    }
    Ok(())
}

fn bad(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.to_owned())
}

/// <https://www.rfc-editor.org/rfc/rfc1950>
pub(super) fn adler32(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (1_u32, 0_u32);
    // As many sums as surely fit before they must be reduced.
    for part in bytes.chunks(5552) {
        for byte in part {
            low += u32::from(*byte);
            high += low;
        }
        low %= 65521;
        high %= 65521;
    }
    high << 16 | low
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    /// What `lzop -1`, `lzop -9` and `lzop --crc32` 1.04 made of the text.
    const FILES: [&str; 3] = [
        "iUxaTwANChoKEEAgoAlAAQUDAAAJAACBpGsBip4AAAAAAWE65ASHAAAAQQAAACgJgxb7A2hlbGxvICkVACwqMACsASpIAA5vIGhlbGxvLCB0aGUgZW5k\
         ChEAAAAAAAA=",
        "iUxaTwANChoKEEAgoAlAAwkDAAAJAACBpGsBip4AAAAAAWE7WASNAAAAQQAAABwJgxb7F2hlbGxvICkWACwgIAVIAAV0aGUgZW5kChEAAAAAAAA=",
        "iUxaTwANChoKEEAgoBABAQUDABEIAACBpGsBip4AAAAAAWGTrIqFAAAAQQAAACg15x6pA2hlbGxvICkVACwqMACsASpIAA5vIGhlbGxvLCB0aGUgZW5k\
         ChEAAAAAAAA=",
    ];
    const TEXT: &str = "hello hello hello, hello hello hello, hello hello hello, the end\n";

    fn read(file: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        LzopReader::new(file).read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn files_of_lzop_are_read_alone_and_joined() -> Result<(), Box<dyn std::error::Error>> {
        let mut joined = Vec::new();
        for file in FILES {
            let file = STANDARD.decode(file)?;
            assert_eq!(String::from_utf8(read(&file)?)?, TEXT);
            joined.extend_from_slice(&file);
        }
        assert_eq!(String::from_utf8(read(&joined)?)?, TEXT.repeat(3));
        Ok(())
    }

    proptest! {
        #[test]
        fn a_damaged_file_is_refused_or_the_same(at in 0..95_usize, bit in 0..8_u8, end in 0..95_usize) {
            let mut file = STANDARD.decode(FILES[0]).unwrap_or_default();
            file[at] ^= 1 << bit;
            let read_back = read(&file);
            prop_assert!(read_back.is_err() || read_back.is_ok_and(|text| text == TEXT.as_bytes()));
            prop_assert!(read(&file[..end]).is_err());
        }
    }
}
