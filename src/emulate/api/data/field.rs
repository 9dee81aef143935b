//! Values and columns of a result as the Data API types them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::ports::ResultColumn;

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    kind: Kind,
    /// Length of a text, or digits of a number.
    precision: u32,
    scale: u32,
}

/// Which member of `Field` holds the values, and how Redshift calls the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Boolean,
    Whole(&'static str),
    Fraction(&'static str),
    Text(&'static str),
    Bytes,
}

impl Column {
    /// A column whose type is known. Numbers of types are those of PostgreSQL's `pg_type.dat`, which never change.
    pub(super) fn of(column: &ResultColumn) -> Self {
        // Modifiers count the four bytes in front of a value.
        let modifier = u32::try_from(column.modifier - 4).ok().filter(|_| column.modifier >= 4);
        let (kind, precision, scale) = match column.type_oid {
            16 => (Kind::Boolean, 1, 0),
            21 => (Kind::Whole("int2"), 5, 0),
            23 => (Kind::Whole("int4"), 10, 0),
            20 => (Kind::Whole("int8"), 19, 0),
            26 => (Kind::Whole("oid"), 10, 0),
            700 => (Kind::Fraction("float4"), 8, 8),
            701 => (Kind::Fraction("float8"), 17, 17),
            1700 => {
                let packed = modifier.unwrap_or(18 << 16);
                (Kind::Text("numeric"), packed >> 16, packed & 0x7ff)
            }
            1042 => (Kind::Text("bpchar"), modifier.unwrap_or(1), 0),
            18 => (Kind::Text("char"), 1, 0),
            19 => (Kind::Text("name"), 63, 0),
            25 => (Kind::Text("text"), 65_535, 0),
            1082 => (Kind::Text("date"), 13, 0),
            1083 => (Kind::Text("time"), 15, 6),
            1266 => (Kind::Text("timetz"), 21, 6),
            1114 => (Kind::Text("timestamp"), 29, 6),
            1184 => (Kind::Text("timestamptz"), 35, 6),
            114 | 3802 => (Kind::Text("super"), 16_777_216, 0),
            17 => (Kind::Bytes, 1_024_000, 0),
            _ => (Kind::Text("varchar"), modifier.unwrap_or(65_535), 0),
        };
        Self { name: column.name.clone(), kind, precision, scale }
    }

    /// A column of which only the name is known.
    pub(super) fn untyped(name: &str) -> Self {
        Self::of(&ResultColumn { name: name.to_owned(), type_oid: 1043, modifier: -1 })
    }

    /// The shape `ColumnMetadata` of the model.
    pub(super) fn metadata(&self) -> Value {
        let type_name = match self.kind {
            Kind::Boolean => "bool",
            Kind::Whole(name) | Kind::Fraction(name) | Kind::Text(name) => name,
            Kind::Bytes => "varbyte",
        };
        let is_number = matches!(self.kind, Kind::Whole(_) | Kind::Fraction(_)) || type_name == "numeric";
        json!({
            "name": self.name,
            "label": self.name,
            "typeName": type_name,
            "isCaseSensitive": matches!(self.kind, Kind::Text(_)) && !is_number,
            "isCurrency": false,
            "isSigned": is_number,
            "nullable": 1,
            "length": 0,
            "precision": self.precision,
            "scale": self.scale,
            "schemaName": "",
            "tableName": "",
        })
    }

    /// The shape `Field` of the model, from the server's text form.
    pub(super) fn field(&self, value: Option<&str>) -> Value {
        let Some(text) = value else { return json!({"isNull": true}) };
        let as_text = || json!({"stringValue": text});
        match self.kind {
            Kind::Boolean => json!({"booleanValue": text == "t"}),
            Kind::Whole(_) => text.parse::<i64>().map_or_else(|_| as_text(), |whole| json!({"longValue": whole})),
            Kind::Fraction(_) => match text.parse::<f64>() {
                // JSON has no number for these; AWS's protocol writes them as text.
                Ok(fraction) if !fraction.is_finite() => json!({"doubleValue": text}),
                Ok(fraction) => json!({"doubleValue": fraction}),
                Err(_) => as_text(),
            },
            Kind::Text(_) => as_text(),
            Kind::Bytes => bytes(text).map_or_else(as_text, |bytes| json!({"blobValue": STANDARD.encode(bytes)})),
        }
    }
}

/// The bytes of `\x00ff`.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x").filter(|digits| digits.len() % 2 == 0)?;
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect()
}

/// Rows as CSV (RFC 4180), with a line of names where it is asked for; NULL is an empty value, and an empty text is
/// quoted.
pub(super) fn csv<'a>(names: Option<&[&str]>, rows: impl Iterator<Item = &'a Vec<Option<String>>>) -> String {
    let mut out = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = Option<&str>>| {
        for (number, cell) in cells.enumerate() {
            if number > 0 {
                out.push(',');
            }
            match cell {
                None => {}
                Some(text) if text.is_empty() || text.contains(['"', ',', '\n', '\r']) => {
                    out.push_str(&format!("\"{}\"", text.replace('"', "\"\"")));
                }
                Some(text) => out.push_str(text),
            }
        }
        out.push_str("\r\n");
    };
    if let Some(names) = names {
        line(&mut names.iter().copied().map(Some));
    }
    for row in rows {
        line(&mut row.iter().map(Option::as_deref));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(type_oid: u32, text: &str) -> Value {
        Column::of(&ResultColumn { name: "c".into(), type_oid, modifier: -1 }).field(Some(text))
    }

    #[test]
    fn values_have_their_member() {
        assert_eq!(field(16, "t"), json!({"booleanValue": true}));
        assert_eq!(field(20, "-9223372036854775808"), json!({"longValue": i64::MIN}));
        assert_eq!(field(701, "0.1"), json!({"doubleValue": 0.1}));
        assert_eq!(field(701, "NaN"), json!({"doubleValue": "NaN"}));
        assert_eq!(field(1700, "1.50"), json!({"stringValue": "1.50"}));
        assert_eq!(field(17, "\\x00ff"), json!({"blobValue": "AP8="}));
        assert_eq!(Column::untyped("c").field(None), json!({"isNull": true}));
    }

    #[test]
    fn columns_tell_their_digits() {
        let numeric = Column::of(&ResultColumn { name: "n".into(), type_oid: 1700, modifier: (10 << 16 | 2) + 4 });
        let told = numeric.metadata();
        assert_eq!((&told["typeName"], &told["precision"], &told["scale"]), (&json!("numeric"), &json!(10), &json!(2)));
        let varchar = Column::of(&ResultColumn { name: "v".into(), type_oid: 1043, modifier: 24 });
        assert_eq!(varchar.metadata()["precision"], json!(20));
    }

    #[test]
    fn csv_quotes_what_it_must() {
        let row = vec![Some("a,b".to_owned()), Some("say \"x\"".to_owned()), None, Some(String::new())];
        assert_eq!(csv(Some(&["p", "q", "r", "s"]), [row].iter()), "p,q,r,s\r\n\"a,b\",\"say \"\"x\"\"\",,\"\"\r\n");
    }
}
