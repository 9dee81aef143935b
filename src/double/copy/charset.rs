//! The character sets of files: what is not UTF-8 is made UTF-8 while it is read.
//!
//! <https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html#copy-encoding>

use std::io::{self, Read};

/// How much is converted at once.
const CHUNK: usize = 64 * 1024;

/// The character set of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Charset {
    #[default]
    Utf8,
    /// With a byte order mark.
    Utf16,
    Utf16Le,
    Utf16Be,
    Iso88591,
}

impl Charset {
    /// Reads the value of ENCODING.
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().replace(['-', '_'], "").as_str() {
            "utf8" => Some(Self::Utf8),
            "utf16" => Some(Self::Utf16),
            "utf16le" => Some(Self::Utf16Le),
            "utf16be" => Some(Self::Utf16Be),
            "iso88591" => Some(Self::Iso88591),
            _ => None,
        }
    }

    /// The file in UTF-8.
    pub(super) fn decode(self, file: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        match self {
            Self::Utf8 => file,
            charset => {
                Box::new(Decoder { file, charset, at_start: true, held: Vec::new(), ready: Vec::new(), given: 0 })
            }
        }
    }
}

struct Decoder {
    file: Box<dyn Read + Send>,
    charset: Charset,
    at_start: bool,
    /// Bytes of a character that has not come as a whole.
    held: Vec<u8>,
    ready: Vec<u8>,
    given: usize,
}

impl Decoder {
    /// Makes the next characters ready; false at the end of the file.
    fn fill(&mut self) -> io::Result<bool> {
        let mut bytes = std::mem::take(&mut self.held);
        let read = (&mut self.file).take(CHUNK as u64).read_to_end(&mut bytes)?;
        (self.ready, self.given) = (Vec::with_capacity(bytes.len() * 2), 0);
        if self.charset == Charset::Iso88591 {
            self.ready.extend(bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes());
            return Ok(read > 0);
        }
        if self.at_start {
            self.at_start = false;
            self.mark(&mut bytes)?;
        }
        let to_unit = if self.charset == Charset::Utf16Be { u16::from_be_bytes } else { u16::from_le_bytes };
        let (pairs, odd) = bytes.as_chunks::<2>();
        let mut units: Vec<u16> = pairs.iter().map(|pair| to_unit(*pair)).collect();
        self.held = odd.to_vec();
        if read > 0 && units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
            units.pop();
            self.held = bytes.split_off(pairs_end(bytes.len()) - 2);
        }
        if read == 0 && !self.held.is_empty() {
            return Err(invalid("the file ends inside of a UTF-16 character"));
        }
        let text: Result<String, _> = char::decode_utf16(units).collect();
        self.ready = text.map_err(|_| invalid("a UTF-16 surrogate stands alone"))?.into_bytes();
        Ok(read > 0)
    }

    /// Takes the byte order mark away.
    fn mark(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let marked = match bytes.get(..2) {
            Some([0xff, 0xfe]) => Some(Charset::Utf16Le),
            Some([0xfe, 0xff]) => Some(Charset::Utf16Be),
            _ => None,
        };
        if let Some(marked) = marked {
            if self.charset == Charset::Utf16 {
                self.charset = marked;
            }
            if self.charset == marked {
                bytes.drain(..2);
            }
        } else if self.charset == Charset::Utf16 && !bytes.is_empty() {
            return Err(invalid("ENCODING UTF16 needs a byte order mark: use UTF16LE or UTF16BE"));
        }
        Ok(())
    }
}

const fn pairs_end(length: usize) -> usize {
    length - length % 2
}

impl Read for Decoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A part of a character makes nothing ready.
        while self.given == self.ready.len() && self.fill()? {}
        let mut ready = self.ready.get(self.given..).unwrap_or_default();
        let length = ready.read(buffer)?;
        self.given += length;
        Ok(length)
    }
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(charset: Charset, bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        charset.decode(Box::new(io::Cursor::new(bytes.to_vec()))).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn files_become_utf_8() -> io::Result<()> {
        let text = "a|é\u{1F600}\n".repeat(20_000);
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert!(decoded(Charset::Utf16Le, &little)? == text);
        assert!(decoded(Charset::Utf16Be, &big)? == text);
        assert!(decoded(Charset::Utf16, &[&[0xfe, 0xff], big.as_slice()].concat())? == text);
        assert!(decoded(Charset::Utf16Le, &[&[0xff, 0xfe], little.as_slice()].concat())? == text);
        assert_eq!(decoded(Charset::Iso88591, b"caf\xe9")?, "café");
        Ok(())
    }

    #[test]
    fn what_is_no_utf_16_is_refused() {
        for (charset, bytes) in [
            (Charset::Utf16, b"a\0".as_slice()),
            (Charset::Utf16Le, b"a"),
            (Charset::Utf16Le, b"\x00\xd8a\x00"),
            (Charset::Utf16Le, b"\x00\xd8"),
        ] {
            assert!(decoded(charset, bytes).is_err(), "{bytes:?}");
        }
    }
}
