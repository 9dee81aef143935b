//! Fields of character columns: their bytes, their lengths, and how PostgreSQL's COPY gets them.
//!
//! <https://docs.aws.amazon.com/redshift/latest/dg/multi-byte-character-load-errors.html>

use std::fmt::Write as _;

use super::fault::Fault;

/// Writes bytes as the text format of PostgreSQL's COPY has them:
/// <https://www.postgresql.org/docs/current/sql-copy.html>.
pub(super) fn write_escaped(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\\' | b'\n' | b'\r' | b'\t')) {
        let (plain, from) = rest.split_at(at);
        out.extend_from_slice(plain);
        let letter = match from.first() {
            Some(b'\n') => b'n',
            Some(b'\r') => b'r',
            Some(b'\t') => b't',
            _ => b'\\',
        };
        out.extend_from_slice(&[b'\\', letter]);
        rest = from.get(1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

/// How texts are fitted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit {
    pub(super) truncate: bool,
    pub(super) invalid_as: Option<u8>,
}

/// Writes a text of at most so many bytes.
pub(super) fn write_varchar(text: &[u8], length: Option<usize>, fit: Fit, out: &mut Vec<u8>) -> Result<(), Fault> {
    let replaced;
    let text = match (std::str::from_utf8(text), fit.invalid_as) {
        (Ok(_), _) => text,
        (Err(_), None) => return Err(bad_sequence(text)),
        (Err(_), Some(character)) => {
            replaced = replace_invalid(text, character);
            replaced.as_slice()
        }
    };
    if text.contains(&0) {
        return Err(null_byte(text));
    }
    write_escaped(fitted(text, length, fit.truncate, "String")?, out);
    Ok(())
}

/// Writes a text of at most so many characters of one byte.
pub(super) fn write_char(text: &[u8], length: usize, fit: Fit, out: &mut Vec<u8>) -> Result<(), Fault> {
    if let Some(at) = text.iter().position(|byte| !byte.is_ascii()) {
        let bytes = text.get(at..).unwrap_or_default();
        let sequence = bytes.get(..sequence_length(bytes)).unwrap_or_default();
        return Err(Fault::new(
            1220,
            format!(
                "Multibyte character not supported for CHAR (Hint: try using VARCHAR). Invalid char: {}",
                hex(sequence)
            ),
        ));
    }
    if text.contains(&0) {
        return Err(null_byte(text));
    }
    write_escaped(fitted(text, Some(length), fit.truncate, "Char")?, out);
    Ok(())
}

/// The text, or as much of it as fits. Blanks at its end may be lost:
/// <https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html>.
fn fitted<'a>(text: &'a [u8], length: Option<usize>, truncate: bool, what: &str) -> Result<&'a [u8], Fault> {
    let Some((kept, rest)) = length.and_then(|length| text.split_at_checked(length)) else { return Ok(text) };
    if rest.iter().all(|byte| *byte == b' ') {
        return Ok(kept);
    }
    if !truncate {
        return Err(Fault::new(1204, format!("{what} length exceeds DDL length")));
    }
    let end = (0..=kept.len()).rev().find(|at| text.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80));
    Ok(kept.get(..end.unwrap_or(0)).unwrap_or_default())
}

/// Each bad byte is replaced, so that the text keeps its length.
fn replace_invalid(text: &[u8], character: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        out.extend(chunk.invalid().iter().map(|_| character));
    }
    out
}

fn null_byte(text: &[u8]) -> Fault {
    let at = text.iter().position(|byte| *byte == 0).unwrap_or_default();
    Fault::new(1218, format!("Invalid null byte - field longer than 1 byte, at location {at}"))
}

/// The number of bytes that the first byte promises, as far as they are there.
fn sequence_length(bytes: &[u8]) -> usize {
    let promised = match bytes.first() {
        Some(0xc0..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf7) => 4,
        Some(0xf8..=0xfb) => 5,
        Some(0xfc..=0xfd) => 6,
        _ => 1,
    };
    let trailing = bytes.iter().skip(1).take(promised - 1).take_while(|byte| **byte & 0xc0 == 0x80).count();
    (1 + trailing).min(bytes.len())
}

fn bad_sequence(text: &[u8]) -> Fault {
    let start = std::str::from_utf8(text).map_or_else(|error| error.valid_up_to(), str::len);
    let bytes = text.get(start..).unwrap_or_default();
    let sequence = bytes.get(..sequence_length(bytes)).unwrap_or_default();
    let error = match (sequence, bytes.len()) {
        ([0xf8..=0xfd, ..], _) => 1,
        ([0x80..=0xbf | 0xfe | 0xff, ..], _) => 3,
        ([0xed, 0xa0..=0xbf, _], _) => 5,
        ([0xf4, 0x90..=0xbf, _, _] | [0xf5..=0xf7, _, _, _], _) => 7,
        ([0xc0..=0xc1, ..] | [0xe0, _, _] | [0xf0, _, _, _], _) => 8,
        (sequence, length) if sequence.len() == length => 2,
        _ => 4,
    };
    Fault::new(
        1220,
        format!(
            "String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: {} (error {error})",
            hex(sequence)
        ),
    )
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        let _ = write!(out, "{}{byte:02x}", if at > 0 { " " } else { "" });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Fit = Fit { truncate: false, invalid_as: None };
    const TRUNCATE: Fit = Fit { truncate: true, invalid_as: Some(b'^') };

    fn varchar(text: &[u8], length: usize, fit: Fit) -> Result<String, (u16, String)> {
        let mut out = Vec::new();
        write_varchar(text, Some(length), fit, &mut out).map_err(|fault| (fault.code, fault.reason.into_owned()))?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    #[test]
    fn lengths_are_counted_in_bytes() {
        assert_eq!(varchar("éé".as_bytes(), 4, STRICT).as_deref(), Ok("éé"));
        let too_long = Err((1204, "String length exceeds DDL length".to_owned()));
        assert_eq!(varchar("éé".as_bytes(), 3, STRICT), too_long);
        assert_eq!(varchar("éé".as_bytes(), 3, TRUNCATE).as_deref(), Ok("é"));
        assert_eq!(varchar("\u{1F600}".as_bytes(), 3, TRUNCATE).as_deref(), Ok(""));
        assert_eq!(varchar(b"ab  ", 2, STRICT).as_deref(), Ok("ab"));
        assert_eq!(varchar(b"a\\\n\r\t", 9, STRICT).as_deref(), Ok("a\\\\\\n\\r\\t"));
    }

    #[test]
    fn bytes_that_are_no_characters_are_refused_or_replaced() {
        let refused = |text: &[u8]| varchar(text, 9, STRICT).err();
        let expected = |shown: &str| {
            let reason = "String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence:";
            Some((1220, format!("{reason} {shown}")))
        };
        assert_eq!(refused(b"ab\xa4"), expected("a4 (error 3)"));
        assert_eq!(refused(b"ab\xe2\x82"), expected("e2 82 (error 2)"));
        assert_eq!(refused(b"\xe2\x82x"), expected("e2 82 (error 4)"));
        assert_eq!(refused(b"\xed\xa0\x80"), expected("ed a0 80 (error 5)"));
        assert_eq!(refused(b"\xf8\x88\x80\x80\x80"), expected("f8 88 80 80 80 (error 1)"));
        assert_eq!(varchar(b"a\xff\xfeb", 9, TRUNCATE).as_deref(), Ok("a^^b"));
        assert!(varchar(b"a\0b", 9, STRICT).is_err_and(|(code, _)| code == 1218));
        let mut out = Vec::new();
        let fault = write_char("naïve".as_bytes(), 9, STRICT, &mut out).err();
        assert!(fault.is_some_and(|fault| fault.code == 1220 && fault.reason.ends_with("Invalid char: c3 af")));
    }
}
