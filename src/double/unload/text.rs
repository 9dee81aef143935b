//! Rows as lines of text: delimited, CSV, fixed width and JSON.

use super::column::{Column, ColumnType};
use super::options::{Delimited, Format};
use super::row::Row;

/// Writes the rows of one statement.
pub(super) struct TextWriter<'a> {
    format: &'a Format,
    columns: &'a [Column],
    /// Which columns the files hold.
    written: &'a [usize],
}

impl<'a> TextWriter<'a> {
    pub(super) fn new(format: &'a Format, columns: &'a [Column], written: &'a [usize]) -> Self {
        Self { format, columns, written }
    }

    /// Appends the line of names that every file begins with; says whether there is one.
    pub(super) fn header(&self, out: &mut Vec<u8>) -> bool {
        let wanted = match self.format {
            Format::Delimited(Delimited { header, .. }) | Format::Csv { header, .. } => *header,
            _ => false,
        };
        if wanted {
            let names = self.selected().map(|(_, column)| (ColumnType::Varchar(None), Some(column.name.as_bytes())));
            self.fields(names, out);
        }
        wanted
    }

    /// Appends one row.
    ///
    /// # Errors
    ///
    /// What does not fit into its width.
    pub(super) fn row(&self, row: &Row, out: &mut Vec<u8>) -> Result<(), String> {
        match self.format {
            Format::FixedWidth { columns, null } => self.fixed_width(row, columns, null, out),
            Format::Json => {
                self.json(row, out);
                Ok(())
            }
            _ => {
                self.fields(self.selected().map(|(at, column)| (column.kind, row.value(at))), out);
                Ok(())
            }
        }
    }

    fn selected(&self) -> impl Iterator<Item = (usize, &'a Column)> {
        self.written.iter().filter_map(|at| Some((*at, self.columns.get(*at)?)))
    }

    fn fields<'b>(&self, fields: impl Iterator<Item = (ColumnType, Option<&'b [u8]>)>, out: &mut Vec<u8>) {
        let delimiter = match self.format {
            Format::Delimited(Delimited { delimiter, .. }) | Format::Csv { delimiter, .. } => *delimiter,
            _ => b'|',
        };
        for (number, (kind, value)) in fields.enumerate() {
            if number > 0 {
                out.push(delimiter);
            }
            match self.format {
                Format::Csv { null, .. } => csv_field(value, null, delimiter, out),
                Format::Delimited(options) => delimited_field(kind, value, options, out),
                _ => {}
            }
        }
        out.push(b'\n');
    }

    fn fixed_width(&self, row: &Row, widths: &[usize], null: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
        for ((at, column), width) in self.selected().zip(widths) {
            let too_long = || {
                let name = &column.name;
                format!("a value of column `{name}` is longer than its width of {width} in FIXEDWIDTH")
            };
            let value = match row.value(at) {
                Some(value) => value,
                None if null.len() <= *width => null,
                None if column.kind.is_character() => return Err(too_long()),
                None => b"",
            };
            let length = value.iter().filter(|byte| !matches!(**byte, 0x80..=0xbf)).count();
            let blanks = width.checked_sub(length).ok_or_else(too_long)?;
            out.extend_from_slice(value);
            out.resize(out.len() + blanks, b' ');
        }
        out.push(b'\n');
        Ok(())
    }

    fn json(&self, row: &Row, out: &mut Vec<u8>) {
        for (number, (at, column)) in self.selected().enumerate() {
            out.push(if number == 0 { b'{' } else { b',' });
            json_string(column.name.as_bytes(), out);
            out.push(b':');
            match row.value(at) {
                None => out.extend_from_slice(b"null"),
                Some(value) if column.kind == ColumnType::Super => out.extend_from_slice(value),
                // JSON has no infinity and no NaN.
                Some(value) if column.kind.is_number() && value.last().is_some_and(u8::is_ascii_digit) => {
                    out.extend_from_slice(value);
                }
                Some(value) => json_string(value, out),
            }
        }
        out.extend_from_slice(b"}\n");
    }
}

fn delimited_field(kind: ColumnType, value: Option<&[u8]>, options: &Delimited, out: &mut Vec<u8>) {
    let null = options.null.as_slice();
    let (text, may_escape) = match value {
        Some(value) => (value, kind.is_character() || kind == ColumnType::Super),
        // Redshift writes NULL as JSON does: r_UNLOAD says so at NULL AS.
        None if kind == ColumnType::Super => (b"null".as_slice(), false),
        // Redshift escapes the text for NULL too: https://github.com/hellonarrativ/spectrify/issues/6
        None => (null, true),
    };
    if options.add_quotes {
        out.push(b'"');
    }
    if options.escape && may_escape {
        let special = |byte: u8| {
            matches!(byte, b'\n' | b'\r' | b'\\')
                || byte == options.delimiter
                || options.add_quotes && matches!(byte, b'"' | b'\'')
        };
        for byte in text {
            if special(*byte) {
                out.push(b'\\');
            }
            out.push(*byte);
        }
    } else {
        out.extend_from_slice(text);
    }
    if options.add_quotes {
        out.push(b'"');
    }
}

fn csv_field(value: Option<&[u8]>, null: &[u8], delimiter: u8, out: &mut Vec<u8>) {
    let Some(value) = value else { return out.extend_from_slice(null) };
    // A value that looks like NULL is quoted by the PostgreSQL that Redshift descends from; AWS does not say.
    let special = |byte: &u8| matches!(*byte, b'"' | b'\n' | b'\r') || *byte == delimiter;
    if value != null && !value.iter().any(special) {
        return out.extend_from_slice(value);
    }
    out.push(b'"');
    for byte in value {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

fn json_string(text: &[u8], out: &mut Vec<u8>) {
    // The server sends UTF-8, because the session asks for it; writing to memory does not fail.
    drop(serde_json::to_writer(out, &String::from_utf8_lossy(text)));
}
