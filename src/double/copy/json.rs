//! JSON: objects or arrays, one after the other, each a record.
//!
//! <https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-json.html>

use std::io::{self, BufRead};

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::sql::stored_name;

use super::column::{Column, Kind};
use super::fault::Fault;
use super::json_path::{JsonPath, Step};
use super::record::{Bad, LONGEST, Record, RecordReader};

/// How members find their columns.
#[derive(Clone, Debug)]
pub(super) enum JsonMapping {
    /// By the names of the columns.
    Names { ignore_case: bool },
    /// One path a column.
    Paths(Vec<JsonPath>),
    /// The record as a whole goes into the only column.
    Whole,
}

/// Reads one file.
pub(super) struct Json<'a> {
    input: Box<dyn BufRead + Send>,
    columns: &'a [Column],
    mapping: &'a JsonMapping,
    line: u64,
}

impl<'a> Json<'a> {
    pub(super) fn new(input: Box<dyn BufRead + Send>, columns: &'a [Column], mapping: &'a JsonMapping) -> Self {
        Self { input, columns, mapping, line: 1 }
    }
}

impl RecordReader for Json<'_> {
    fn next(&mut self, record: &mut Record) -> Result<bool, Bad> {
        record.clear();
        let read = self.value(&mut record.raw);
        // Redshift names the last line of an object.
        record.line = self.line;
        if !read? {
            return Ok(false);
        }
        let raw = std::mem::take(&mut record.raw);
        let result = self.fields(&raw, record);
        record.raw = raw;
        result.map(|()| true).map_err(|fault| Bad::record(fault, 0))
    }
}

impl Json<'_> {
    /// Takes the next object or array out of the file; false at its end.
    fn value(&mut self, raw: &mut Vec<u8>) -> Result<bool, Bad> {
        let Some(first) = self.first()? else { return Ok(false) };
        if !matches!(first, b'{' | b'[') {
            self.rest_of_line(raw)?;
            return Err(Bad::record(Fault::json("Invalid JSON format: expected `{` or `[`"), 0));
        }
        let mut state = Nesting::default();
        loop {
            let ready = self.input.fill_buf()?;
            if ready.is_empty() {
                return Err(Bad::record(Fault::json("Invalid JSON format: the object or array is not closed"), 0));
            }
            let (used, closed) = state.read(ready);
            let taken = ready.get(..used).unwrap_or_default();
            let fits = raw.len() + used <= LONGEST;
            if fits {
                raw.extend_from_slice(taken);
            }
            self.line += memchr::memchr_iter(b'\n', taken).count() as u64;
            self.input.consume(used);
            if !fits && closed {
                return Err(Bad::record(Fault::too_long(), 0));
            }
            if !fits {
                // What is kept shows that it is too long.
                raw.resize(LONGEST + 1, b' ');
            }
            if closed {
                return if raw.len() > LONGEST { Err(Bad::record(Fault::too_long(), 0)) } else { Ok(true) };
            }
        }
    }

    /// Passes over white space.
    fn first(&mut self) -> io::Result<Option<u8>> {
        loop {
            let ready = self.input.fill_buf()?;
            if ready.is_empty() {
                return Ok(None);
            }
            let blanks = ready.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            self.line += memchr::memchr_iter(b'\n', ready.get(..blanks).unwrap_or_default()).count() as u64;
            let first = ready.get(blanks).copied();
            self.input.consume(blanks);
            if first.is_some() {
                return Ok(first);
            }
        }
    }

    fn rest_of_line(&mut self, raw: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let ready = self.input.fill_buf()?;
            let end = memchr::memchr(b'\n', ready);
            let used = end.unwrap_or(ready.len());
            let kept = used.min(LONGEST.saturating_sub(raw.len()));
            raw.extend_from_slice(ready.get(..kept).unwrap_or_default());
            let ended = end.is_some() || ready.is_empty();
            self.input.consume(used);
            if ended {
                return Ok(());
            }
        }
    }

    fn fields(&self, raw: &[u8], record: &mut Record) -> Result<(), Fault> {
        let text = std::str::from_utf8(raw)
            .map_err(|_| Fault::new(1220, "String contains invalid or unsupported UTF8 codepoints"))?;
        match self.mapping {
            JsonMapping::Whole => {
                record.push_text(raw, 0);
                Ok(())
            }
            JsonMapping::Names { ignore_case } => {
                let mut found = vec![None; self.columns.len()];
                let members = Members { columns: self.columns, ignore_case: *ignore_case, found: &mut found };
                let mut deserializer = serde_json::Deserializer::from_str(text);
                members.deserialize(&mut deserializer).map_err(invalid)?;
                self.columns.iter().zip(found).try_for_each(|(column, value)| push(record, column, text, value))
            }
            JsonMapping::Paths(paths) => {
                let root: &RawValue = serde_json::from_str(text).map_err(invalid)?;
                for (column, path) in self.columns.iter().zip(paths) {
                    push(record, column, text, follow(root, &path.0)?)?;
                }
                Ok(())
            }
        }
    }
}

/// How deep reading stands in an object or array.
#[derive(Default)]
struct Nesting {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Nesting {
    /// How many of the bytes belong to the value, and whether it ends with them.
    fn read(&mut self, bytes: &[u8]) -> (usize, bool) {
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => {}
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return (at + 1, true);
                    }
                }
                _ => {}
            }
        }
        (bytes.len(), false)
    }
}

/// The values of the members that have a column.
struct Members<'c, 'f, 'de> {
    columns: &'c [Column],
    ignore_case: bool,
    found: &'f mut [Option<&'de RawValue>],
}

impl<'de> DeserializeSeed<'de> for Members<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let name = Name { columns: self.columns, ignore_case: self.ignore_case };
        while let Some(column) = map.next_key_seed(name)? {
            match column.and_then(|index| self.found.get_mut(index)) {
                Some(found) => *found = Some(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The column of a member.
#[derive(Clone, Copy)]
struct Name<'c> {
    columns: &'c [Column],
    ignore_case: bool,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(column_named(self.columns, name, self.ignore_case))
    }
}

/// The column that a member or field of this name goes into.
pub(super) fn column_named(columns: &[Column], name: &str, ignore_case: bool) -> Option<usize> {
    if ignore_case {
        let lower = name.to_ascii_lowercase();
        let stored = stored_name(&lower);
        return columns.iter().position(|column| column.name.eq_ignore_ascii_case(&stored));
    }
    let stored = stored_name(name);
    columns.iter().position(|column| column.name == stored)
}

/// The element that a path leads to; nothing if a member is not there.
fn follow<'de>(root: &'de RawValue, steps: &[Step]) -> Result<Option<&'de RawValue>, Fault> {
    let mut value = root;
    for step in steps {
        let text = value.get();
        match step {
            Step::Member(name) => {
                if !text.starts_with('{') {
                    return Err(Fault::json("Invalid JSONPath format: Member is not an object."));
                }
                let columns = [Column { name: name.clone(), kind: Kind::Other, not_null: false }];
                let mut found = [None];
                let members = Members { columns: &columns, ignore_case: false, found: &mut found };
                members.deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(invalid)?;
                match found {
                    [Some(member)] => value = member,
                    [None] => return Ok(None),
                }
            }
            Step::Element(index) => {
                let elements: Option<Vec<&RawValue>> = serde_json::from_str(text).ok();
                let element = elements.and_then(|elements| elements.get(*index).copied());
                value = element
                    .ok_or_else(|| Fault::json("Invalid JSONPath format: Not an array or index out of range."))?;
            }
        }
    }
    Ok(Some(value))
}

/// Adds a value: a string without its quotes, an object or array as it stands.
fn push(record: &mut Record, column: &Column, text: &str, value: Option<&RawValue>) -> Result<(), Fault> {
    let Some(json) = value.map(RawValue::get).filter(|json| *json != "null") else {
        record.push_null(0);
        return Ok(());
    };
    // Both are parts of the same text.
    let position = (json.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let inside = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inside.filter(|_| column.kind != Kind::Super) {
        Some(plain) if !plain.contains('\\') => record.push_text(plain.as_bytes(), position),
        Some(_) => {
            let text: String = serde_json::from_str(json).map_err(invalid)?;
            record.push_text(text.as_bytes(), position);
        }
        None => record.push_text(json.as_bytes(), position),
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "it is passed to map_err")]
fn invalid(error: serde_json::Error) -> Fault {
    Fault::json(format!("Invalid JSON format: {error}"))
}
