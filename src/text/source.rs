//! Files, byte ranges in them, and excerpts that remember where each of their bytes came from.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Names one file of a [`FileSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

/// A byte range in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The file that the range lies in.
    pub file: FileId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A file that was read: its name as shown to people, and its text.
#[derive(Clone, Debug)]
pub struct Source {
    path: String,
    text: Arc<str>,
}

impl Source {
    /// The name shown in messages: relative to the project where possible, with forward slashes.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole text, to be kept without a copy.
    pub fn shared_text(&self) -> Arc<str> {
        self.text.clone()
    }
}

/// All files of a project, in the order they were added.
#[derive(Clone, Debug, Default)]
pub struct FileSet {
    files: Vec<Source>,
}

impl FileSet {
    /// Adds a file and returns its name within this set.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(Source { path: path.into(), text: text.into() });
        id
    }

    /// The file behind an id of this set.
    pub fn get(&self, id: FileId) -> &Source {
        &self.files[id.0 as usize]
    }

    /// All files with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        (0..).map(FileId).zip(&self.files)
    }

    /// Resolves a span to path, line, column and the line itself, so that it can outlive this set.
    pub fn locate(&self, span: Span) -> Location {
        let source = self.get(span.file);
        let text = source.text();
        let start = floor_char(text, span.start);
        let end = floor_char(text, span.end.max(start));
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line_text = text[line_start..line_end].trim_end_matches('\r');
        let marked_end = end.clamp(start, line_start + line_text.len().max(start - line_start));
        Location {
            path: source.path().to_owned(),
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            width: text[start..marked_end].chars().count().max(1),
            text: line_text.to_owned(),
        }
    }
}

fn floor_char(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// A resolved place: `path:line:column` with the line and what to underline in it.
///
/// Displays itself with the line and a caret, so that every message about a file looks the same.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Location {
    /// Name of the file.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters to underline; at least 1.
    pub width: usize,
    /// The line, without its end.
    pub text: String,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gutter = " ".repeat(self.line.to_string().len());
        writeln!(f, "{gutter}--> {}:{}:{}", self.path, self.line, self.column)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{} | {}", self.line, self.text)?;
        // A tab stays a tab in the padding, so that the caret stands under its character in any terminal.
        let padding: String =
            self.text.chars().take(self.column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        write!(f, "{gutter} | {padding}{}", "^".repeat(self.width))
    }
}

/// A text taken out of a file that knows where each of its bytes stands there.
///
/// The value of an INI key is one: its lines lose their indentation, so it is not a range of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    file: FileId,
    text: Arc<str>,
    /// Where its first byte stands in the file.
    start: usize,
    /// `(offset here, offset in the file)` where a further run of bytes begins; ascending.
    further: Vec<(usize, usize)>,
}

impl Excerpt {
    /// An excerpt that is one contiguous range of the file, starting at `start`.
    pub fn contiguous(file: FileId, start: usize, text: impl Into<Arc<str>>) -> Self {
        Self { file, text: text.into(), start, further: Vec::new() }
    }

    /// An excerpt of several ranges of the file: each text with the place of its first byte.
    pub fn joined<'a>(file: FileId, pieces: impl IntoIterator<Item = (&'a str, usize)>) -> Self {
        let mut pieces = pieces.into_iter();
        let (first, start) = pieces.next().unwrap_or_default();
        let (mut text, mut further) = (first.to_owned(), Vec::new());
        for (piece, file_offset) in pieces {
            further.push((text.len(), file_offset));
            text.push_str(piece);
        }
        Self { file, text: text.into(), start, further }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The file that the text was taken from.
    pub fn file(&self) -> FileId {
        self.file
    }

    /// Where one byte of the text stands in the file.
    pub fn file_offset(&self, offset: usize) -> usize {
        let run = self.further.partition_point(|(here, _)| *here <= offset);
        match run.checked_sub(1).and_then(|index| self.further.get(index)) {
            Some((here, there)) => there + (offset - here),
            None => self.start + offset,
        }
    }

    /// The span in the file of a byte range of the text.
    pub fn span(&self, range: Range<usize>) -> Span {
        let start = self.file_offset(range.start);
        // The end is taken from the last byte inside: the byte after it may belong to a later run.
        let end = if range.end > range.start { self.file_offset(range.end - 1) + 1 } else { start };
        Span { file: self.file, start, end: end.max(start) }
    }

    /// A part of the text, still knowing its place.
    pub fn slice(&self, range: Range<usize>) -> Self {
        let within = self.further.iter().filter(|(here, _)| *here > range.start && *here < range.end);
        let further = within.map(|(here, there)| (here - range.start, *there)).collect();
        Self { file: self.file, start: self.file_offset(range.start), text: self.text[range].into(), further }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn location_draws_the_line_with_a_caret() {
        let mut files = FileSet::default();
        let file = files.add("a.ini", "one\n\ttwo = x\r\nthree");
        let shown = files.locate(Span { file, start: 11, end: 12 }).to_string();
        assert_eq!(shown, " --> a.ini:2:8\n  |\n2 | \ttwo = x\n  | \t      ^");
    }

    #[test]
    fn locations_survive_offsets_outside_the_text() {
        let mut files = FileSet::default();
        let file = files.add("a.sql", "é\n");
        for (start, end) in [(0, 0), (1, 1), (2, 9), (3, 3), (99, 7)] {
            let location = files.locate(Span { file, start, end });
            assert!(location.width >= 1 && location.line >= 1);
        }
    }

    #[test]
    fn excerpt_maps_every_byte_back() {
        let mut files = FileSet::default();
        let file = files.add("a.ini", "k = one\n    two\n    three\n");
        let excerpt = Excerpt::joined(file, [("one\n", 4), ("two\n", 12), ("three", 20)]);
        assert_eq!(excerpt.text(), "one\ntwo\nthree");
        assert_eq!(excerpt.span(4..7), Span { file, start: 12, end: 15 });
        assert_eq!(excerpt.slice(5..11).span(3..5), Span { file, start: 20, end: 22 });
        assert_eq!(excerpt.slice(5..11).text(), "wo\nthr");
    }
}
