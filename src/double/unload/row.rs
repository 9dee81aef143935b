//! Rows of PostgreSQL's COPY in its text format, as the values that Redshift writes.

use std::io;
use std::ops::Range;

use super::column::{Column, ColumnType};

/// One row; its memory is used again for the next.
#[derive(Default)]
pub(super) struct Row {
    bytes: Vec<u8>,
    cells: Vec<Option<Range<usize>>>,
}

impl Row {
    /// Reads a line with its end: <https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2>.
    pub(super) fn read(&mut self, line: &[u8], columns: &[Column]) -> io::Result<()> {
        self.bytes.clear();
        self.cells.clear();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let mut fields = line.split(|byte| *byte == b'\t');
        for column in columns {
            let field = fields.next().ok_or_else(|| broken("a row is shorter than the result is wide"))?;
            self.cell(field, column.kind)?;
        }
        match fields.next() {
            Some(_) if !columns.is_empty() => Err(broken("a row is longer than the result is wide")),
            _ => Ok(()),
        }
    }

    /// The value of a column; `None` is NULL.
    pub(super) fn value(&self, column: usize) -> Option<&[u8]> {
        let range = self.cells.get(column)?.clone()?;
        self.bytes.get(range)
    }

    fn cell(&mut self, field: &[u8], kind: ColumnType) -> io::Result<()> {
        if field == b"\\N" {
            self.cells.push(None);
            return Ok(());
        }
        let start = self.bytes.len();
        match kind {
            ColumnType::Char(_) | ColumnType::Varchar(_) => unescape(field, &mut self.bytes),
            ColumnType::Super => {
                unescape(field, &mut self.bytes);
                compact(&mut self.bytes, start);
            }
            ColumnType::Real => {
                let value: f32 = parse(field)?;
                self.bytes.extend_from_slice(digits(f64::from(value), 9).as_bytes());
            }
            ColumnType::Double => {
                let value: f64 = parse(field)?;
                self.bytes.extend_from_slice(digits(value, 17).as_bytes());
            }
            // A value begins with `\x`, whose backslash is escaped.
            ColumnType::Varbyte => self.bytes.extend_from_slice(field.strip_prefix(b"\\\\x").unwrap_or(field)),
            _ => self.bytes.extend_from_slice(field),
        }
        self.cells.push(Some(start..self.bytes.len()));
        Ok(())
    }
}

fn unescape(field: &[u8], out: &mut Vec<u8>) {
    let mut rest = field;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let (plain, escape) = rest.split_at(at);
        out.extend_from_slice(plain);
        match escape.get(1) {
            Some(b'b') => out.push(0x8),
            Some(b'f') => out.push(0xc),
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(b'v') => out.push(0xb),
            Some(other) => out.push(*other),
            None => {}
        }
        rest = escape.get(2..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

/// Takes the blanks of PostgreSQL's JSON out, which Redshift does not write.
fn compact(bytes: &mut Vec<u8>, start: usize) {
    let (mut to, mut quoted, mut escaped) = (start, false, false);
    for from in start..bytes.len() {
        let Some(byte) = bytes.get(from).copied() else { break };
        if quoted || !byte.is_ascii_whitespace() {
            if let Some(place) = bytes.get_mut(to) {
                *place = byte;
            }
            to += 1;
        }
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
    }
    bytes.truncate(to);
}

fn parse<T: std::str::FromStr>(field: &[u8]) -> io::Result<T> {
    let parsed = std::str::from_utf8(field).ok().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| broken("the server sent a number that is none"))
}

/// The number with so many significant digits, as C's `%g` writes it: Redshift descends from a PostgreSQL that did.
pub(super) fn digits(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let scientific = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    match usize::try_from(exponent) {
        Ok(exponent) if exponent >= digits => format!("{}e+{exponent:02}", trimmed(mantissa)),
        Ok(exponent) => trimmed(&format!("{value:.*}", digits - 1 - exponent)),
        Err(_) if exponent < -4 => format!("{}e-{:02}", trimmed(mantissa), exponent.unsigned_abs()),
        Err(_) => trimmed(&format!("{value:.*}", digits - 1 + exponent.unsigned_abs() as usize)),
    }
}

fn broken(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_percent_g_writes_them() {
        let cases = [
            (0.1, "0.10000000000000001"),
            (-0.0, "-0"),
            (1.0, "1"),
            (1234567.25, "1234567.25"),
            (1e16, "10000000000000000"),
            (1e17, "1e+17"),
            (1.5e300, "1.5000000000000001e+300"),
            (0.0001, "0.0001"),
            (0.00001, "1.0000000000000001e-05"),
            (f64::INFINITY, "Infinity"),
            (f64::NAN, "NaN"),
        ];
        for (value, expected) in cases {
            assert_eq!(digits(value, 17), expected);
        }
        assert_eq!(digits(f64::from(0.1_f32), 9), "0.100000001");
    }

    #[test]
    fn values_are_those_of_redshift() {
        let columns = [
            ("a", ColumnType::Varchar(None)),
            ("b", ColumnType::Super),
            ("c", ColumnType::Varbyte),
            ("d", ColumnType::Varchar(None)),
            ("e", ColumnType::Boolean),
        ]
        .map(|(name, kind)| Column { name: name.to_owned(), kind });
        let mut row = Row::default();
        let line = b"x\\ty\\\\\\n\t{\"k 1\": [1, \"a \\\\\" b\"]}\t\\\\x00ff\t\\N\tt\n";
        row.read(line, &columns).expect("it is as wide as the columns");
        let value = |column: usize| row.value(column).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        assert_eq!(value(0).as_deref(), Some("x\ty\\\n"));
        assert_eq!(value(1).as_deref(), Some(r#"{"k 1":[1,"a \" b"]}"#));
        assert_eq!(value(2).as_deref(), Some("00ff"));
        assert_eq!(value(3), None);
        assert_eq!(value(4).as_deref(), Some("t"));
        assert!(row.read(b"1\t2\n", &columns).is_err());
    }
}
