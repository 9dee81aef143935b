//! Results as Redshift sends them: the numbers of its own types, and their values as it writes them.
//!
//! Everything else of a row passes as PostgreSQL wrote it.

use bytes::{BufMut, BytesMut};

use super::frame::{Frame, Reader};

/// PostgreSQL's JSONB, which the double has beneath SUPER.
const JSONB: u32 = 3802;
/// PostgreSQL's BYTEA, which the double has beneath VARBYTE.
const BYTEA: u32 = 17;
/// Redshift's numbers, as its driver knows them:
/// <https://github.com/aws/amazon-redshift-python-driver/blob/master/redshift_connector/utils/oids.py>.
const SUPER: u32 = 4000;
const VARBYTE: u32 = 6551;

/// Bytes of a column's description between its name and the number of its type.
const TABLE_AND_NUMBER: usize = 6;
/// Bytes behind it: length and modifier of the type.
const LENGTH_AND_MODIFIER: usize = 6;

/// What PostgreSQL writes before the hexadecimal digits of a BYTEA.
const HEXADECIMAL: &[u8] = b"\\x";

/// A type whose values Redshift writes differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Touched {
    Super,
    Varbyte,
}

/// What rows of a result need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    columns: Vec<(Option<Touched>, i16)>,
    touches: bool,
}

impl Shape {
    /// Describes rows as Redshift does. What is no description passes as it is.
    pub fn describe(frame: &Frame) -> (Frame, Self) {
        Self::read(frame).unwrap_or_else(|| (frame.clone(), Self::default()))
    }

    fn read(frame: &Frame) -> Option<(Frame, Self)> {
        let mut reader = frame.read();
        let count = reader.i16()?;
        let mut body = BytesMut::with_capacity(frame.body.len());
        body.put_i16(count);
        let mut shape = Self::default();
        for _ in 0..count {
            body.put_slice(reader.bytes_to_zero()?);
            body.put_u8(0);
            body.put_slice(reader.bytes(TABLE_AND_NUMBER)?);
            let (touched, oid) = match reader.u32()? {
                JSONB => (Some(Touched::Super), SUPER),
                BYTEA => (Some(Touched::Varbyte), VARBYTE),
                other => (None, other),
            };
            body.put_u32(oid);
            body.put_slice(reader.bytes(LENGTH_AND_MODIFIER)?);
            let format = reader.i16()?;
            body.put_i16(format);
            shape.touches |= touched.is_some();
            shape.columns.push((touched, format));
        }
        Some((Frame::new(frame.tag, body), shape))
    }

    /// The same rows in the formats that a portal was bound to: none for text, one for all columns, or one for each.
    pub fn in_formats(&self, formats: &[i16]) -> Self {
        let format = |at: usize| match formats {
            [all] => *all,
            each => each.get(at).copied().unwrap_or_default(),
        };
        let columns = self.columns.iter().enumerate().map(|(at, (touched, _))| (*touched, format(at))).collect();
        Self { columns, touches: self.touches }
    }

    /// A row as Redshift sends it.
    pub fn row(&self, frame: Frame) -> Frame {
        if !self.touches {
            return frame;
        }
        self.rewritten(&frame).unwrap_or(frame)
    }

    fn rewritten(&self, frame: &Frame) -> Option<Frame> {
        let mut reader = frame.read();
        let mut body = BytesMut::with_capacity(frame.body.len());
        body.put_i16(reader.i16()?);
        for (touched, format) in &self.columns {
            let length = reader.i32()?;
            let Ok(length) = usize::try_from(length) else {
                body.put_i32(length);
                continue;
            };
            let value = value(reader.bytes(length)?, *touched, *format);
            body.put_i32(i32::try_from(value.len()).ok()?);
            body.put_slice(value);
        }
        Some(Frame::new(frame.tag, body))
    }
}

/// VARBYTE is written without a mark in front; SUPER has no version in its binary form.
fn value(value: &[u8], touched: Option<Touched>, format: i16) -> &[u8] {
    match (touched, format) {
        (Some(Touched::Varbyte), 0) => value.strip_prefix(HEXADECIMAL).unwrap_or(value),
        (Some(Touched::Super), 1) => value.get(1..).unwrap_or(value),
        _ => value,
    }
}

/// The formats of the results in the body of a Bind, behind the names of portal and statement.
pub fn result_formats(mut reader: Reader<'_>) -> Option<Vec<i16>> {
    let count = reader.i16()?;
    for _ in 0..count {
        reader.i16()?;
    }
    let values = reader.i16()?;
    for _ in 0..values {
        if let Ok(length) = usize::try_from(reader.i32()?) {
            reader.bytes(length)?;
        }
    }
    let count = reader.i16()?;
    (0..count).map(|_| reader.i16()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description(types: &[u32], format: i16) -> Frame {
        let mut body = BytesMut::new();
        body.put_i16(i16::try_from(types.len()).expect("few columns"));
        for oid in types {
            body.put_slice(b"c\0");
            body.put_slice(&[0; TABLE_AND_NUMBER]);
            body.put_u32(*oid);
            body.put_slice(&[0xff; LENGTH_AND_MODIFIER]);
            body.put_i16(format);
        }
        Frame::new(b'T', body)
    }

    fn row(values: &[Option<&[u8]>]) -> Frame {
        let mut body = BytesMut::new();
        body.put_i16(i16::try_from(values.len()).expect("few columns"));
        for value in values {
            body.put_i32(value.map_or(-1, |value| i32::try_from(value.len()).expect("a short value")));
            body.put_slice(value.unwrap_or_default());
        }
        Frame::new(b'D', body)
    }

    #[test]
    fn types_of_redshift_have_its_numbers_and_its_texts() {
        let (described, shape) = Shape::describe(&description(&[23, JSONB, BYTEA, BYTEA], 0));
        assert_eq!(described, description(&[23, SUPER, VARBYTE, VARBYTE], 0));
        let sent = shape.row(row(&[Some(b"1"), Some(b"{}"), Some(b"\\x0aff"), None]));
        assert_eq!(sent, row(&[Some(b"1"), Some(b"{}"), Some(b"0aff"), None]));
        let binary = shape.in_formats(&[1]).row(row(&[Some(b"\0\0\0\x01"), Some(b"\x01{}"), Some(b"\x0a"), None]));
        assert_eq!(binary, row(&[Some(b"\0\0\0\x01"), Some(b"{}"), Some(b"\x0a"), None]));
    }

    #[test]
    fn a_broken_message_passes_as_it_is() {
        let broken = Frame::new(b'T', &b"\0\x02c\0"[..]);
        assert_eq!(Shape::describe(&broken), (broken.clone(), Shape::default()));
        let (_, shape) = Shape::describe(&description(&[BYTEA], 0));
        let short = Frame::new(b'D', &b"\0\x01\0\0"[..]);
        assert_eq!(shape.row(short.clone()), short);
    }
}
