//! Decompresses LZO1X, the method of `lzop`.
//!
//! The stream is a list of instructions, each a literal run or a match that repeats earlier output; what the first byte
//! of an instruction below 16 means depends on how many literals came right before it:
//! <https://docs.kernel.org/staging/lzo.html>.

/// Why bytes are no LZO1X stream of the promised length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LzoError {
    #[error("the compressed block ends too early")]
    Truncated,
    #[error("the compressed block holds more than its header says")]
    TooLong,
    #[error("the compressed block refers to data before its beginning")]
    Distance,
}

/// Appends what the block holds to `out`, which must be empty, and never more than `limit` bytes.
pub(super) fn decompress(block: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), LzoError> {
    let mut decoder = Decoder { rest: block, out, limit };
    // 0 to 3 literals came right before, or 4 for a long run.
    let mut state = 0;
    let first = *decoder.rest.first().ok_or(LzoError::Truncated)?;
    if first > 17 {
        decoder.byte()?;
        let count = usize::from(first) - 17;
        decoder.literals(count)?;
        state = count.min(4);
    }
    loop {
        let instruction = usize::from(decoder.byte()?);
        let (length, distance, literals) = match instruction {
            0..=15 if state == 0 => {
                let count = 3 + if instruction == 0 { 15 + decoder.extended()? } else { instruction };
                decoder.literals(count)?;
                state = 4;
                continue;
            }
            0..=15 => {
                let high = usize::from(decoder.byte()?) << 2;
                let (length, base) = if state == 4 { (3, 2049) } else { (2, 1) };
                (length, high + (instruction >> 2) + base, instruction & 3)
            }
            16..=31 => {
                let length = 2 + match instruction & 7 {
                    0 => 7 + decoder.extended()?,
                    length => length,
                };
                let offset = decoder.two_bytes()?;
                let distance = 16384 + ((instruction & 8) << 11) + (offset >> 2);
                if distance == 16384 {
                    return if decoder.rest.is_empty() { Ok(()) } else { Err(LzoError::TooLong) };
                }
                (length, distance, offset & 3)
            }
            32..=63 => {
                let length = 2 + match instruction & 31 {
                    0 => 31 + decoder.extended()?,
                    length => length,
                };
                let offset = decoder.two_bytes()?;
                (length, (offset >> 2) + 1, offset & 3)
            }
            _ => {
                let length =
                    if instruction < 128 { 3 + ((instruction >> 5) & 1) } else { 5 + ((instruction >> 5) & 3) };
                let high = usize::from(decoder.byte()?) << 3;
                (length, high + ((instruction >> 2) & 7) + 1, instruction & 3)
            }
        };
        decoder.repeat(length, distance)?;
        decoder.literals(literals)?;
        state = literals;
    }
}

struct Decoder<'a> {
    rest: &'a [u8],
    out: &'a mut Vec<u8>,
    limit: usize,
}

impl Decoder<'_> {
    fn byte(&mut self) -> Result<u8, LzoError> {
        let (byte, rest) = self.rest.split_first().ok_or(LzoError::Truncated)?;
        self.rest = rest;
        Ok(*byte)
    }

    fn two_bytes(&mut self) -> Result<usize, LzoError> {
        let low = self.byte()?;
        Ok(usize::from(u16::from_le_bytes([low, self.byte()?])))
    }

    /// A length that goes on: each zero byte stands for 255.
    fn extended(&mut self) -> Result<usize, LzoError> {
        let mut length = 0;
        loop {
            match self.byte()? {
                0 => length += 255,
                last => return Ok(length + usize::from(last)),
            }
        }
    }

    fn literals(&mut self, count: usize) -> Result<(), LzoError> {
        let (literals, rest) = self.rest.split_at_checked(count).ok_or(LzoError::Truncated)?;
        self.room(count)?;
        self.out.extend_from_slice(literals);
        self.rest = rest;
        Ok(())
    }

    /// The match may reach into what it writes itself.
    fn repeat(&mut self, length: usize, distance: usize) -> Result<(), LzoError> {
        self.room(length)?;
        let from = self.out.len().checked_sub(distance).ok_or(LzoError::Distance)?;
        if distance >= length {
            self.out.extend_from_within(from..from + length);
            return Ok(());
        }
        for at in from..from + length {
            let byte = *self.out.get(at).ok_or(LzoError::Distance)?;
            self.out.push(byte);
        }
        Ok(())
    }

    fn room(&self, more: usize) -> Result<(), LzoError> {
        if self.out.len() + more > self.limit { Err(LzoError::TooLong) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_block_panics_or_grows_beyond_its_limit(block in prop::collection::vec(any::<u8>(), 0..256)) {
            let mut out = Vec::new();
            let _ = decompress(&block, &mut out, 1000);
            prop_assert!(out.len() <= 1000);
        }
    }
}
