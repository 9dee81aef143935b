//! A result set as CSV.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::ports::Rows;

/// Writes a result set as RFC 4180 has it, with CRLF line ends.
///
/// NULL is an empty field and the empty string is `""`, which is how PostgreSQL's and Redshift's COPY tell them apart.
/// Values are data for programs: nothing in them is escaped but quotes.
pub fn csv(rows: &Rows, header: bool, out: &mut dyn Write) -> io::Result<()> {
    if header {
        record(rows.columns.iter().map(|name| Some(name.as_str())), out)?;
    }
    for row in &rows.rows {
        record(row.iter().map(Option::as_deref), out)?;
    }
    Ok(())
}

fn record<'a>(fields: impl Iterator<Item = Option<&'a str>>, out: &mut dyn Write) -> io::Result<()> {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        out.write_all(field.map_or(Cow::Borrowed(""), quoted).as_bytes())?;
    }
    out.write_all(b"\r\n")
}

fn quoted(value: &str) -> Cow<'_, str> {
    // COPY takes a line that is nothing but `\.` for the end of the data.
    if value.is_empty() || value == "\\." || value.contains(['"', ',', '\r', '\n']) {
        Cow::Owned(format!("\"{}\"", value.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: bool, rows: &[&[Option<&str>]], expected: &str) {
        let rows = Rows {
            columns: vec!["id".into(), "a \"name\"".into()],
            rows: rows.iter().map(|row| row.iter().map(|cell| cell.map(str::to_owned)).collect()).collect(),
        };
        let mut out = Vec::new();
        assert!(csv(&rows, header, &mut out).is_ok());
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        check(true, &[], "id,\"a \"\"name\"\"\"\r\n");
        check(false, &[&[None, Some("")]], ",\"\"\r\n");
        check(
            false,
            &[&[Some("1,5"), Some("a\nb")], &[Some("x y"), Some("\\.")]],
            "\"1,5\",\"a\nb\"\r\nx y,\"\\.\"\r\n",
        );
        check(false, &[&[Some("\"q\""), Some("é\r")]], "\"\"\"q\"\"\",\"é\r\"\r\n");
    }
}
