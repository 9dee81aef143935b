//! Fits the patterns of the table on a statement's tokens. The elements are explained there.

use super::code::Code;
use super::lexer::TokenKind;

/// Where the names begin that the pattern captured.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Captures {
    pub(super) object: Option<usize>,
    pub(super) column: Option<usize>,
}

/// A pattern of the table, read once.
#[derive(Debug)]
pub(super) struct Pattern(Vec<Element>);

#[derive(Debug)]
struct Element {
    what: What,
    optional: bool,
}

#[derive(Debug)]
enum What {
    OneOf(Vec<Choice>),
    Object,
    Column,
    Name,
    /// Anything up to what follows, with how that begins.
    Gap(Beginnings),
}

#[derive(Debug)]
enum Choice {
    /// Words in a row.
    Words(Vec<&'static str>),
    /// A parenthesis with this word in it.
    Inside(&'static str),
}

impl Pattern {
    /// Of texts of which one goes on where the one before ends.
    pub(super) fn read(texts: &[&'static str]) -> Self {
        let mut elements = texts.iter().flat_map(|text| text.split(' ')).filter(|text| !text.is_empty()).peekable();
        let mut read = Vec::new();
        while let Some(element) = elements.next() {
            let optional = element.strip_suffix('?');
            let what = match optional.unwrap_or(element) {
                "@" => What::Object,
                "#" => What::Column,
                "~" => What::Name,
                "*" => What::Gap(Beginnings::of(&choices(elements.peek().copied().unwrap_or_default()))),
                words => What::OneOf(choices(words)),
            };
            read.push(Element { what, optional: optional.is_some() });
        }
        Self(read)
    }

    /// What the pattern captured, if the tokens from `at` on begin as it says.
    pub(super) fn fit(&self, code: &Code<'_>, at: usize) -> Option<Captures> {
        let mut captures = Captures::default();
        fit_rest(&self.0, code, at, &mut captures).then_some(captures)
    }
}

fn choices(element: &'static str) -> Vec<Choice> {
    let choice = |text: &'static str| match text.strip_prefix('(') {
        Some(word) => Choice::Inside(word.trim_end_matches(')')),
        None => Choice::Words(text.split('_').collect()),
    };
    element.split('|').map(choice).collect()
}

fn fit_rest(elements: &[Element], code: &Code<'_>, at: usize, captures: &mut Captures) -> bool {
    let Some((element, rest)) = elements.split_first() else { return true };
    let next = match &element.what {
        What::Gap(begins) => {
            let fits =
                |start: usize| begins.may_be_at(code, start) && fit_rest(rest, code, start, &mut Captures::default());
            return code.find(at, fits).is_some_and(|start| {
                // Once more for its captures: a failed try must not leave any behind.
                fit_rest(rest, code, start, captures)
            });
        }
        What::OneOf(choices) => choices.iter().find_map(|choice| choice.fit(code, at)),
        What::Object | What::Column | What::Name => code.past_name(at),
    };
    let Some(next) = next else { return element.optional && fit_rest(rest, code, at, captures) };
    match element.what {
        What::Object => captures.object = Some(at),
        What::Column => captures.column = Some(at),
        _ => {}
    }
    fit_rest(rest, code, next, captures)
}

impl Choice {
    /// Just past it, if it stands at `at`.
    fn fit(&self, code: &Code<'_>, at: usize) -> Option<usize> {
        match self {
            Self::Words(words) => code.phrase(at, words),
            Self::Inside(word) => {
                let next = (code.kind(at) == Some(TokenKind::LeftParenthesis)).then(|| code.close(at))?;
                (at..next).any(|inside| code.is(inside, word)).then_some(next)
            }
        }
    }
}

/// How the words of an element begin: most tokens that a gap passes over are told from them by one letter.
#[derive(Debug)]
struct Beginnings {
    /// A bit for each letter of the alphabet.
    letters: u32,
    parenthesis: bool,
}

impl Beginnings {
    /// Of words and parentheses, as all are that follow a gap.
    fn of(choices: &[Choice]) -> Self {
        let mut begins = Self { letters: 0, parenthesis: false };
        for choice in choices {
            match choice {
                Choice::Inside(_) => begins.parenthesis = true,
                Choice::Words(words) => {
                    let first = words.first().and_then(|word| word.bytes().next());
                    begins.letters |= first.map_or(0, |first| 1 << (first & 31));
                }
            }
        }
        begins
    }

    fn may_be_at(&self, code: &Code<'_>, at: usize) -> bool {
        match code.kind(at) {
            Some(TokenKind::Word) => {
                code.token(at).bytes().next().is_some_and(|first| self.letters >> (first & 31) & 1 == 1)
            }
            Some(TokenKind::LeftParenthesis) => self.parenthesis,
            _ => false,
        }
    }
}
