//! INI files as CPython 3.11's `configparser.ConfigParser(interpolation=None)` reads them, with places.
//!
//! Files of the old Python program exist already, so its reader's meaning is kept bit for bit: `Reader` follows the
//! steps of CPython's `_read` in their order, errors included. `tests/it/project_ini_python.rs` compares the two.
//! What is likely a mistake although it can be read is the business of `traps`.

use std::collections::HashMap;

use crate::text::{Diagnostic, Excerpt, FileId, Span};

/// The section whose keys stand in every other section too.
pub const DEFAULT_SECTION: &str = "DEFAULT";

/// How a file is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether `;` after a blank starts a comment, which is Python's `inline_comment_prefixes=(';',)`.
    pub inline_comments: bool,
}

/// A file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ini {
    /// All sections but `[DEFAULT]`, in the order of the file.
    pub sections: Vec<Section>,
    /// The keys of `[DEFAULT]`.
    pub defaults: Vec<Entry>,
    /// Every header of `[DEFAULT]`; it may stand several times.
    pub default_headers: Vec<Span>,
}

/// One section with the keys that stand in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What stands between the first `[` and the last `]` of the header line.
    pub name: String,
    /// The header from `[` to `]`.
    pub span: Span,
    /// The keys in the order of the file.
    pub entries: Vec<Entry>,
}

/// One key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key in lower case.
    pub key: String,
    /// The key as written.
    pub raw_key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value: continuation lines joined by line feeds, without their indentation.
    pub value: Excerpt,
}

impl Ini {
    /// The section with exactly this name.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// The entries of a section as Python's `items(section)` gives them: first the keys of `[DEFAULT]`, with the
    /// section's own value where it has one, then the section's other keys.
    pub fn items_with_defaults<'a>(&'a self, section: &'a Section) -> Vec<&'a Entry> {
        if self.defaults.is_empty() {
            return section.entries.iter().collect();
        }
        let mut items: Vec<&Entry> =
            self.defaults.iter().map(|default| section.entry(&default.key).unwrap_or(default)).collect();
        items.extend(section.entries.iter().filter(|own| !self.defaults.iter().any(|d| d.key == own.key)));
        items
    }
}

impl Section {
    /// The entry with this key, which must be in lower case.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

/// Reads a file.
///
/// # Errors
///
/// The diagnostic's code tells which exception Python would raise: `missing-section-header`, `duplicate-section`,
/// `duplicate-option` or `parsing-error`.
pub fn read(file: FileId, text: &str, style: Style) -> Result<Ini, Box<Diagnostic>> {
    let mut reader = Reader::new(file, style);
    for line in lines(text) {
        reader.line(&line)?;
    }
    reader.finish()
}

/// One line without its end.
pub(super) struct Line<'a> {
    /// Where it starts in the file.
    pub(super) start: usize,
    /// Its characters.
    pub(super) text: &'a str,
}

/// The lines of a text as Python's text files give them: ended by `\n`, `\r\n` or `\r`, and by nothing else.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let end_of_line = if rest[length..].starts_with("\r\n") { 2 } else { usize::from(length < rest.len()) };
        let line = Line { start, text: &rest[..length] };
        start += length + end_of_line;
        Some(line)
    })
}

/// Python's `str.isspace`, which also counts the four ASCII separators.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Where the keys that are being read go.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Defaults,
    Section(usize),
}

/// A key whose value may still grow by continuation lines.
struct Draft {
    key: String,
    raw_key: String,
    key_span: Span,
    /// Each line of the value, the offset of its first byte and the offset of its line end.
    lines: Vec<(String, usize, usize)>,
}

struct Reader {
    file: FileId,
    style: Style,
    ini: Ini,
    place: Option<Place>,
    /// The key that a continuation line belongs to.
    open: Option<Draft>,
    /// In characters, as Python counts.
    indent_level: usize,
    section_names: HashMap<String, usize>,
    keys: HashMap<(Place, String), Span>,
    /// Lines that are neither header nor key; Python reports them after it has read the whole file.
    unreadable: Vec<Span>,
}

impl Reader {
    fn new(file: FileId, style: Style) -> Self {
        Self {
            file,
            style,
            ini: Ini::default(),
            place: None,
            open: None,
            indent_level: 0,
            section_names: HashMap::new(),
            keys: HashMap::new(),
            unreadable: Vec::new(),
        }
    }

    fn line(&mut self, line: &Line<'_>) -> Result<(), Box<Diagnostic>> {
        let comment = comment_start(line.text, self.style);
        let value = line.text[..comment.unwrap_or(line.text.len())].trim_matches(is_space);
        let end = line.start + line.text.len();
        if value.is_empty() {
            if let (None, Some(open)) = (comment, &mut self.open) {
                open.lines.push((String::new(), end, end));
            }
            return Ok(());
        }
        let before = &line.text[..line.text.len() - line.text.trim_start_matches(is_space).len()];
        let indent = before.chars().count();
        let start = line.start + before.len();
        if indent > self.indent_level
            && let Some(open) = &mut self.open
        {
            open.lines.push((value.to_owned(), start, end));
            return Ok(());
        }
        self.indent_level = indent;
        if let Some(name) = section_name(value) {
            return self.header(name, self.span(start, name.len() + 2));
        }
        let Some(place) = self.place else {
            return Err(Box::new(missing_header(self.span(start, value.len()), value)));
        };
        match value.find(['=', ':']) {
            Some(delimiter) => self.key(place, value, delimiter, start, end),
            None => {
                self.unreadable.push(self.span(start, value.len()));
                Ok(())
            }
        }
    }

    fn span(&self, start: usize, length: usize) -> Span {
        Span { file: self.file, start, end: start + length }
    }

    fn header(&mut self, name: &str, span: Span) -> Result<(), Box<Diagnostic>> {
        self.close();
        if name == DEFAULT_SECTION {
            self.place = Some(Place::Defaults);
            self.ini.default_headers.push(span);
            return Ok(());
        }
        let index = self.ini.sections.len();
        if let Some(first) = self.section_names.insert(name.to_owned(), index) {
            return Err(Diagnostic::error("duplicate-section", span, format!("section `{name}` stands twice"))
                .related(self.ini.sections[first].span, "it began here first")
                .hint("give the second section another name, or move its keys into the first")
                .into());
        }
        self.ini.sections.push(Section { name: name.to_owned(), span, entries: Vec::new() });
        self.place = Some(Place::Section(index));
        Ok(())
    }

    fn key(
        &mut self,
        place: Place,
        line: &str,
        delimiter: usize,
        start: usize,
        end: usize,
    ) -> Result<(), Box<Diagnostic>> {
        self.close();
        let raw_key = line[..delimiter].trim_end_matches(is_space);
        let key = raw_key.to_lowercase();
        // Python notes a missing key as a parsing error, and still finds a second one to be a duplicate.
        let key_span = self.span(start, raw_key.len());
        if raw_key.is_empty() {
            self.unreadable.push(self.span(start, line.len()));
        }
        if let Some(first) = self.keys.insert((place, key.clone()), key_span) {
            return Err(Box::new(self.duplicate_key(place, &key, first, key_span)));
        }
        if key.is_empty() {
            return Ok(());
        }
        let rest = &line[delimiter + 1..];
        let value = rest.trim_matches(is_space);
        let value_start = start + line.len() - rest.trim_start_matches(is_space).len();
        let lines = vec![(value.to_owned(), value_start, end)];
        self.open = Some(Draft { key, raw_key: raw_key.to_owned(), key_span, lines });
        Ok(())
    }

    fn duplicate_key(&self, place: Place, key: &str, first: Span, second: Span) -> Diagnostic {
        let section = match place {
            Place::Defaults => DEFAULT_SECTION,
            Place::Section(index) => &self.ini.sections[index].name,
        };
        Diagnostic::error("duplicate-option", second, format!("key `{key}` stands twice in section `{section}`"))
            .related(first, "it was set here first")
            .hint("give the second key another name; if it continues the value above, indent the line")
    }

    fn close(&mut self) {
        let (Some(draft), Some(place)) = (self.open.take(), self.place) else { return };
        let entry = Entry {
            value: joined(self.file, &draft.lines),
            key: draft.key,
            raw_key: draft.raw_key,
            key_span: draft.key_span,
        };
        match place {
            Place::Defaults => self.ini.defaults.push(entry),
            Place::Section(index) => self.ini.sections[index].entries.push(entry),
        }
    }

    fn finish(mut self) -> Result<Ini, Box<Diagnostic>> {
        self.close();
        let Some((first, others)) = self.unreadable.split_first() else { return Ok(self.ini) };
        let mut error =
            Diagnostic::error("parsing-error", *first, "the line is neither a section nor a key with a value")
                .hint("write `key = value`; if the line continues the value above, indent it");
        for span in others {
            error = error.related(*span, "neither is this line");
        }
        Err(Box::new(error))
    }
}

/// Joins the lines of a value. Trailing empty lines are dropped; leading ones are kept, as Python does.
fn joined(file: FileId, lines: &[(String, usize, usize)]) -> Excerpt {
    let kept = lines.iter().rposition(|(text, ..)| !text.is_empty()).map_or(1, |last| last + 1);
    let mut pieces = Vec::with_capacity(2 * kept);
    for (index, (text, start, _)) in lines.iter().take(kept).enumerate() {
        if let Some((.., line_end)) = index.checked_sub(1).and_then(|previous| lines.get(previous)) {
            pieces.push(("\n", *line_end));
        }
        pieces.push((text.as_str(), *start));
    }
    Excerpt::joined(file, pieces)
}

/// Where the comment of a line starts, if it has one.
fn comment_start(line: &str, style: Style) -> Option<usize> {
    if is_comment(line) {
        return Some(0);
    }
    let mut semicolons = line.match_indices(';').map(|(at, _)| at).filter(|_| style.inline_comments);
    semicolons.find(|at| line[..*at].chars().next_back().is_none_or(is_space))
}

/// Whether the whole line is a comment.
pub(super) fn is_comment(line: &str) -> bool {
    line.trim_start_matches(is_space).starts_with(['#', ';'])
}

/// The name in a header line: Python's `\[(.+)\]`, which is greedy and does not look at what follows.
fn section_name(value: &str) -> Option<&str> {
    let inside = value.strip_prefix('[')?;
    inside.rfind(']').map(|end| &inside[..end]).filter(|name| !name.is_empty())
}

fn missing_header(span: Span, value: &str) -> Diagnostic {
    if value.starts_with('\u{feff}') {
        return Diagnostic::error("missing-section-header", span, "the file begins with a byte order mark")
            .hint("save the file as UTF-8 without a byte order mark");
    }
    Diagnostic::error("missing-section-header", span, "the line stands before the first section")
        .hint("begin the file with a section, such as `[DDL_v01]`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::FileSet;

    fn read_text(text: &str, style: Style) -> Result<Ini, Box<Diagnostic>> {
        let mut files = FileSet::default();
        let file = files.add("a.ini", text);
        read(file, text, style)
    }

    fn shown(text: &str, style: Style) -> String {
        match read_text(text, style) {
            Err(error) => error.code.to_owned(),
            Ok(ini) => {
                let mut out = String::new();
                for section in &ini.sections {
                    out += &format!("[{}]", section.name);
                    for entry in ini.items_with_defaults(section) {
                        out += &format!(" {}={:?}", entry.key, entry.value.text());
                    }
                }
                out
            }
        }
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(shown(text, Style::default()), expected, "{text:?}");
    }

    #[test]
    fn keys_and_values_as_python_reads_them() {
        check("[s]\nA : x = 1\nb=:int\nc=\n", r#"[s] a="x = 1" b=":int" c="""#);
        check("[s]\nq = select 1\n\n   from t\n\n\n", r#"[s] q="select 1\n\nfrom t""#);
        check("[s]\nq = select ; x # y\n  # gone\n  -- kept\n", r#"[s] q="select ; x # y\n-- kept""#);
        check("[s]\nq =\n  one\n", r#"[s] q="\none""#);
        check("[a] ; c\nk=v\n[x]y]\n", r#"[a] k="v"[x]y]"#);
        check("[s]\r\nk = a\r  b\r\n", r#"[s] k="a\nb""#);
        check("[s]\n  k = a\n  l = b\n m = c\n   d\n", r#"[s] k="a" l="b" m="c\nd""#);
        check("[s]\u{1c}\nk\u{1f}=\u{3000}v\n", r#"[s] k="v""#);
        check("[DEFAULT]\nb=1\na=2\n[s]\nc=3\na=4\n[DEFAULT]\nz=5\n", r#"[s] b="1" a="4" z="5" c="3""#);
    }

    #[test]
    fn errors_as_python_raises_them() {
        check("k = v\n", "missing-section-header");
        check("\u{feff}[s]\nk = v\n", "missing-section-header");
        check("[s]\n[s]\n", "duplicate-section");
        check("[s]\na=1\nA=2\n", "duplicate-option");
        check("[DEFAULT]\na=1\n[DEFAULT]\na=2\n", "duplicate-option");
        check("[s]\nselect\n", "parsing-error");
        check("[s]\n= 1\n", "parsing-error");
        check("[s]\n= 1\n= 2\n", "duplicate-option");
        check("[]\n", "missing-section-header");
        check("[s]\nselect\n[s]\n", "duplicate-section");
    }

    #[test]
    fn inline_comments_only_where_asked_for() {
        let style = Style { inline_comments: true };
        assert_eq!(shown("[p] ; c\na = x ; y\nb = x;y ; z\nc = ; d\n", style), r#"[p] a="x" b="x;y" c="""#);
    }

    #[test]
    fn every_byte_of_a_value_knows_its_place() {
        let text = "[s]\nq = select 1\n  # c\n\n    from é\n";
        let ini = read_text(text, Style::default()).expect("reads");
        let entry = &ini.sections[0].entries[0];
        for (offset, c) in entry.value.text().char_indices() {
            assert!(text[entry.value.file_offset(offset)..].starts_with(c), "{offset}");
        }
        assert_eq!(&text[entry.key_span.start..entry.key_span.end], "q");
        assert_eq!(&text[ini.sections[0].span.start..ini.sections[0].span.end], "[s]");
    }
}
