//! Messages of the PostgreSQL 3.0 protocol as they stand on the wire: a letter, a length and a body
//! (<https://www.postgresql.org/docs/current/protocol-message-formats.html>).

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Bytes of the letter and the length.
const HEAD: usize = 5;

/// Bytes of the length, which counts itself.
const LENGTH: usize = 4;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The letter that says what it is.
    pub tag: u8,
    /// What stands behind the length.
    pub body: Bytes,
}

/// What breaks the protocol so that nothing behind it can be understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FrameError {
    /// A length that cannot be one.
    #[error("invalid message length {0}")]
    Length(i64),
    /// A message that is longer than the limit.
    #[error("a message of {length} bytes is longer than the limit of {longest}")]
    TooLong {
        /// Bytes of its body.
        length: usize,
        /// The limit in bytes.
        longest: usize,
    },
}

impl Frame {
    /// A message with this body.
    pub fn new(tag: u8, body: impl Into<Bytes>) -> Self {
        Self { tag, body: body.into() }
    }

    /// Takes the first message out of what was received; nothing if it is not complete. `longest` is the limit of its
    /// body in bytes.
    ///
    /// # Errors
    ///
    /// Fails if the length is wrong or above the limit; what follows cannot be read then.
    pub fn take(received: &mut BytesMut, longest: usize) -> Result<Option<Self>, FrameError> {
        let (Some(&tag), Some(length)) = (received.first(), received.get(1..HEAD)) else { return Ok(None) };
        let length = body_length(length, longest)?;
        if received.len() < HEAD + length {
            received.reserve(HEAD + length - received.len());
            return Ok(None);
        }
        received.advance(HEAD);
        Ok(Some(Self { tag, body: received.split_to(length).freeze() }))
    }

    /// Appends the message to what is to be sent.
    pub fn put(&self, out: &mut BytesMut) {
        put(out, self.tag, &self.body);
    }

    /// Reads the body from its start.
    pub fn read(&self) -> Reader<'_> {
        Reader(&self.body)
    }
}

/// The length of the body that a length on the wire announces.
fn body_length(length: &[u8], longest: usize) -> Result<usize, FrameError> {
    let announced = length.iter().fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
    let length = i64::from(announced.cast_signed());
    let body = usize::try_from(length).ok().and_then(|length| length.checked_sub(LENGTH));
    let body = body.ok_or(FrameError::Length(length))?;
    if body > longest { Err(FrameError::TooLong { length: body, longest }) } else { Ok(body) }
}

/// Appends a message to what is to be sent.
pub fn put(out: &mut BytesMut, tag: u8, body: &[u8]) {
    out.put_u8(tag);
    put_length(out, body);
}

/// Appends a length and what it counts, as the first message of a connection is.
pub fn put_length(out: &mut BytesMut, body: &[u8]) {
    // A body that large was never received: limits are far below.
    out.put_u32(u32::try_from(body.len() + LENGTH).unwrap_or(u32::MAX));
    out.put_slice(body);
}

/// Takes the first message of a connection, which has no letter; nothing if it is not complete.
///
/// # Errors
///
/// As [`Frame::take`].
pub fn take_first(received: &mut BytesMut, longest: usize) -> Result<Option<Bytes>, FrameError> {
    let Some(length) = received.get(..LENGTH) else { return Ok(None) };
    let length = body_length(length, longest)?;
    if received.len() < LENGTH + length {
        return Ok(None);
    }
    received.advance(LENGTH);
    Ok(Some(received.split_to(length).freeze()))
}

/// Reads values out of a body; `None` where it ends too early or holds something else.
#[derive(Clone, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads a body.
    pub fn new(body: &'a [u8]) -> Self {
        Self(body)
    }

    /// The bytes up to the next zero, which is taken too.
    pub fn bytes_to_zero(&mut self) -> Option<&'a [u8]> {
        let end = memchr::memchr(0, self.0)?;
        let text = self.0.get(..end)?;
        self.0 = self.0.get(end + 1..)?;
        Some(text)
    }

    /// A text in UTF-8 that ends with a zero.
    pub fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes_to_zero()?).ok()
    }

    /// As many bytes.
    pub fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    /// One byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.bytes(1)?.first().copied()
    }

    /// A number of two bytes.
    pub fn i16(&mut self) -> Option<i16> {
        Some(i16::from_be_bytes(self.bytes(2)?.try_into().ok()?))
    }

    /// A number of four bytes.
    pub fn i32(&mut self) -> Option<i32> {
        Some(i32::from_be_bytes(self.bytes(4)?.try_into().ok()?))
    }

    /// A number of four bytes without sign, as object ids are.
    pub fn u32(&mut self) -> Option<u32> {
        self.i32().map(i32::cast_unsigned)
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_taken_when_they_are_complete() {
        let mut out = BytesMut::new();
        put(&mut out, b'Q', b"select 1\0");
        Frame::new(b'S', Bytes::new()).put(&mut out);
        let whole = out.clone();
        let mut received = BytesMut::new();
        let mut taken = Vec::new();
        for byte in whole {
            received.put_u8(byte);
            taken.extend(Frame::take(&mut received, 9).expect("within the limit"));
        }
        assert_eq!(taken, [Frame::new(b'Q', &b"select 1\0"[..]), Frame::new(b'S', Bytes::new())]);
        assert!(received.is_empty());
    }

    #[test]
    fn a_length_is_judged_before_the_body_is_here() {
        let take = |bytes: &[u8]| Frame::take(&mut BytesMut::from(bytes), 9);
        assert_eq!(take(b"Q\0\0\0\x0e"), Err(FrameError::TooLong { length: 10, longest: 9 }));
        assert_eq!(take(b"Q\0\0\0\x03"), Err(FrameError::Length(3)));
        assert_eq!(take(b"Q\xff\xff\xff\xff"), Err(FrameError::Length(-1)));
        assert_eq!(take(b"Q\0\0\0"), Ok(None));
    }
}
