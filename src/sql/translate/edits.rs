//! Changes to single tokens, and the text that comes out with the way back to the source.

use std::borrow::Cow;
use std::ops::Range;

use super::super::code::Code;
use super::super::lexer::TokenKind;
use super::design::PhysicalDesign;
use super::{LongName, Note, QuotedNames, Surroundings, Translation, Untranslatable};

/// Where the bytes of a translation come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetMap {
    /// Runs in the order of the translation, without gaps from its first byte on; none if nothing was changed.
    runs: Vec<Run>,
    /// The way from there to the source, if the source was changed before.
    before: Option<Box<OffsetMap>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    translated: usize,
    source: usize,
    /// Whether the bytes are the source's own; otherwise all of them stand for the byte at `source`.
    copied: bool,
}

impl OffsetMap {
    /// The byte of the source that a byte of the translation stands for.
    pub fn source_offset(&self, translated: usize) -> usize {
        let past = self.runs.partition_point(|run| run.translated <= translated);
        let source = match past.checked_sub(1).and_then(|at| self.runs.get(at)) {
            Some(run) if run.copied => run.source + (translated - run.translated),
            Some(run) => run.source,
            None => translated,
        };
        self.before.as_ref().map_or(source, |before| before.source_offset(source))
    }

    /// The map of a text that `before` had led to.
    pub(super) fn after(self, before: Self) -> Self {
        Self { before: Some(Box::new(before)), ..self }
    }
}

/// What becomes of one token.
#[derive(Clone, Debug, Default)]
struct Mark {
    before: String,
    body: Body,
    after: String,
}

#[derive(Clone, Debug, Default)]
enum Body {
    #[default]
    Keep,
    Drop,
    Text(String),
    /// A quoted text whose inside was translated; the number is the length of its opening and of its closing tag.
    Nested(usize, Box<Translation>),
}

/// The mark of a token that goes, with nothing in its place.
static GONE: Mark = Mark { before: String::new(), body: Body::Drop, after: String::new() };

/// The place of [`GONE`].
const PLACE_OF_GONE: u32 = u32::MAX;

/// The tokens of a text with what becomes of each.
pub(super) struct Edits<'a> {
    code: &'a Code<'a>,
    /// One more than the place of a token's mark; 0 for a token that stays, [`PLACE_OF_GONE`] for one that goes. Empty
    /// while all stay.
    places: Vec<u32>,
    marks: Vec<Mark>,
    notes: Vec<Note>,
    /// Names that were shortened in what was translated on its own.
    pub(super) long_names: Vec<LongName>,
    /// What the statement says of storage.
    pub(super) design: Option<PhysicalDesign>,
    /// Whether it is the body of a routine, where `a.b` may be a field of a variable.
    pub(super) has_variables: bool,
    /// How the session reads quoted names.
    pub(super) names: QuotedNames,
    /// What is known of tables.
    pub(super) known: &'a Surroundings,
}

impl<'a> Edits<'a> {
    pub(super) fn new(code: &'a Code<'a>, names: QuotedNames, known: &'a Surroundings) -> Self {
        Self {
            code,
            places: Vec::new(),
            marks: Vec::new(),
            notes: Vec::new(),
            long_names: Vec::new(),
            design: None,
            has_variables: false,
            names,
            known,
        }
    }

    pub(super) fn code(&self) -> &'a Code<'a> {
        self.code
    }

    pub(super) fn len(&self) -> usize {
        self.code.tokens.len()
    }

    /// Where a token begins in the text.
    pub(super) fn offset(&self, at: usize) -> usize {
        self.code.tokens.get(at).map_or(self.code.text.len(), |token| token.start)
    }

    fn mark(&self, at: usize) -> Option<&Mark> {
        match *self.places.get(at)? {
            PLACE_OF_GONE => Some(&GONE),
            place => self.marks.get((place as usize).checked_sub(1)?),
        }
    }

    fn mark_mut(&mut self, at: usize) -> Option<&mut Mark> {
        let place = self.places().get(at).copied()?;
        if place != 0 && place != PLACE_OF_GONE {
            return self.marks.get_mut((place as usize).checked_sub(1)?);
        }
        self.marks.push(if place == 0 { Mark::default() } else { GONE.clone() });
        let place = u32::try_from(self.marks.len()).ok()?;
        self.places[at] = place;
        self.marks.last_mut()
    }

    fn places(&mut self) -> &mut [u32] {
        if self.places.is_empty() {
            self.places = vec![0; self.code.tokens.len()];
            self.marks.reserve(8);
        }
        &mut self.places
    }

    /// Whether the token still is what the user wrote.
    pub(super) fn is_kept(&self, at: usize) -> bool {
        self.mark(at).is_none_or(|mark| matches!(mark.body, Body::Keep))
    }

    pub(super) fn drop(&mut self, range: Range<usize>) {
        let end = range.end.min(self.len());
        if let Some(places) = self.places().get_mut(range.start..end) {
            places.fill(PLACE_OF_GONE);
        }
    }

    /// Writes `text` in place of a run of tokens.
    pub(super) fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        let before = self.mark(range.start).map(|mark| mark.before.clone()).unwrap_or_default();
        let after = self.mark(range.end.saturating_sub(1)).map(|mark| mark.after.clone()).unwrap_or_default();
        self.drop(range.clone());
        if let Some(mark) = self.mark_mut(range.start) {
            *mark = Mark { before, body: Body::Text(text.into()), after };
        }
    }

    /// Writes a translation of its own in place of what stands between the first and the last `tag` bytes of a token.
    pub(super) fn nest(&mut self, at: usize, tag: usize, inner: Translation) {
        if let Some(mark) = self.mark_mut(at) {
            mark.body = Body::Nested(tag, Box::new(inner));
        }
    }

    /// What is inserted later stands outside of what was inserted before.
    pub(super) fn insert_before(&mut self, at: usize, text: &str) {
        if let Some(mark) = self.mark_mut(at) {
            mark.before.insert_str(0, text);
        }
    }

    /// What is inserted later stands outside of what was inserted before.
    pub(super) fn insert_after(&mut self, at: usize, text: &str) {
        if let Some(mark) = self.mark_mut(at) {
            mark.after.push_str(text);
        }
    }

    pub(super) fn note(&mut self, at: usize, message: impl Into<Cow<'static, str>>) {
        self.notes.push(Note { message: message.into(), offset: self.offset(at) });
    }

    pub(super) fn refuse(&self, at: usize, message: impl Into<String>) -> Untranslatable {
        Untranslatable { message: message.into(), offset: self.offset(at), lacks: None }
    }

    /// The text of some tokens as edited so far.
    pub(super) fn render(&self, range: Range<usize>) -> String {
        let mut writer = Writer::default();
        self.write(range, &mut writer);
        writer.out
    }

    /// The notes, and nothing to send.
    pub(super) fn finish_without_text(self) -> Translation {
        Translation {
            sql: None,
            notes: self.notes,
            map: OffsetMap::default(),
            design: self.design,
            long_names: self.long_names,
        }
    }

    /// This text in place of all that there was.
    pub(super) fn finish_as(mut self, text: String) -> Translation {
        self.notes.sort_by_key(|note| note.offset);
        let whole = Run { translated: 0, source: self.offset(0), copied: false };
        let map = OffsetMap { runs: vec![whole], before: None };
        Translation { sql: Some(text), map, ..self.finish_without_text() }
    }

    pub(super) fn finish(mut self) -> Translation {
        let text = self.code.text;
        let mut writer = Writer::default();
        if self.places.is_empty() {
            writer.out.push_str(text);
        } else {
            writer.out.reserve(text.len() + 32);
            writer.runs.reserve(2 * self.marks.len() + 1);
            let first = self.offset(0);
            writer.copy(text, 0..first);
            self.write(0..self.len(), &mut writer);
            let last = self.code.tokens.last().map_or(0, |token| token.end);
            writer.copy(text, last..text.len());
        }
        for at in 0..self.places.len() {
            let start = self.offset(at);
            let Some(place) = (self.places[at] as usize).checked_sub(1) else { continue };
            if let Some(Mark { body: Body::Nested(tag, inner), .. }) = self.marks.get_mut(place) {
                self.long_names.append(&mut inner.long_names);
                let shifted = |note: Note| Note { offset: note.offset + start + *tag, ..note };
                self.notes.extend(std::mem::take(&mut inner.notes).into_iter().map(shifted));
            }
        }
        self.notes.sort_by_key(|note| note.offset);
        Translation {
            sql: Some(writer.out),
            notes: self.notes,
            map: OffsetMap { runs: writer.runs, before: None },
            design: self.design,
            long_names: self.long_names,
        }
    }

    fn write(&self, range: Range<usize>, writer: &mut Writer) {
        let text = self.code.text;
        let tokens = self.code.tokens.get(range.start..range.end.min(self.len())).unwrap_or_default();
        let Some(mut past) = tokens.first().map(|token| token.start) else { return };
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let gap = past..token.start;
            let Some(mark) = self.mark(range.start + at) else {
                // Neighbours that stay are copied together.
                let places = self.places.get(range.start + at..).unwrap_or_default();
                let kept = places.iter().position(|place| *place != 0).unwrap_or(tokens.len());
                at = (at + kept).min(tokens.len());
                past = tokens[at - 1].end;
                writer.copy(text, gap.start..past);
                continue;
            };
            let dropped = matches!(mark.body, Body::Drop) && mark.before.is_empty() && mark.after.is_empty();
            // The blanks in front of what goes go with it, so that no hole is left; a comment stays.
            if !(dropped && text.get(gap.clone()).is_some_and(is_blank)) {
                writer.copy(text, gap);
            }
            writer.add(&mark.before, token.start);
            match &mark.body {
                Body::Keep => writer.copy(text, token.start..token.end),
                Body::Drop => {}
                Body::Text(new) => writer.add(new, token.start),
                Body::Nested(tag, inner) => {
                    writer.copy(text, token.start..token.start + tag);
                    writer.nest(inner, token.start + tag);
                    writer.copy(text, token.end - tag..token.end);
                }
            }
            writer.add(&mark.after, token.end.saturating_sub(1));
            past = token.end;
            at += 1;
        }
    }
}

fn is_blank(gap: &str) -> bool {
    gap == " " || gap.trim_start().is_empty()
}

#[derive(Default)]
struct Writer {
    out: String,
    runs: Vec<Run>,
}

impl Writer {
    fn copy(&mut self, text: &str, range: Range<usize>) {
        let source = range.start;
        self.push(text.get(range).unwrap_or(""), source, true);
    }

    fn add(&mut self, text: &str, source: usize) {
        self.push(text, source, false);
    }

    fn push(&mut self, text: &str, source: usize, copied: bool) {
        let Some(first) = text.chars().next() else { return };
        // What follows its own source goes on in the same run.
        if copied && self.runs.last().is_some_and(|run| run.copied && self.source_end(*run) == source) {
            self.out.push_str(text);
            return;
        }
        let joins = |character: char| character.is_alphanumeric() || character == '_';
        // Two words must not grow together where what stood between them was left out.
        if (!copied || !self.runs.is_empty()) && joins(first) && self.out.ends_with(joins) {
            self.runs.push(Run { translated: self.out.len(), source, copied: false });
            self.out.push(' ');
        }
        self.runs.push(Run { translated: self.out.len(), source, copied });
        self.out.push_str(text);
    }

    fn source_end(&self, run: Run) -> usize {
        run.source + (self.out.len() - run.translated)
    }

    fn nest(&mut self, inner: &Translation, shift: usize) {
        let base = self.out.len();
        let unchanged = [Run { translated: 0, source: 0, copied: true }];
        let runs = if inner.map.runs.is_empty() { unchanged.iter() } else { inner.map.runs.iter() };
        self.runs.extend(runs.map(|run| Run { translated: run.translated + base, source: run.source + shift, ..*run }));
        self.out.push_str(inner.sql.as_deref().unwrap_or(""));
    }
}

/// The index of the first token in the range, outside of parentheses, that is this word.
pub(super) fn word_in(code: &Code<'_>, range: Range<usize>, word: &str) -> Option<usize> {
    let mut at = range.start;
    while at < range.end {
        if code.is(at, word) && code.kind(at.wrapping_sub(1)) != Some(TokenKind::Dot) {
            return Some(at);
        }
        at = code.step(at);
    }
    None
}
