//! Cuts SQL text into tokens without losing a byte.

use memchr::{memchr2, memmem};

use super::Dialect;

/// What a [`Token`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Blanks, tabs, line ends, other Unicode spaces, a byte order mark.
    Whitespace,
    /// `--` up to the end of the line, without the line end.
    LineComment,
    /// `/* ... */`, nested.
    BlockComment,
    /// A keyword or an unquoted name. On Redshift the name of a temporary table may begin with `#`.
    Word,
    /// `"name"`; on Redshift also a name in backticks that closes on its line.
    QuotedIdentifier,
    /// `'text'`. A prefix such as `X` or `U&` is a token of its own in front of it.
    String,
    /// `E'text'`, where backslashes escape on every server.
    EscapeString,
    /// `$$text$$` or `$tag$text$tag$`.
    DollarString,
    /// A number.
    Number,
    /// `$1`.
    Parameter,
    /// `${name}`: a variable that vesto has not replaced.
    Placeholder,
    /// `;`
    Semicolon,
    /// `(`
    LeftParenthesis,
    /// `)`
    RightParenthesis,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// Any other single character.
    Symbol,
    /// A command of psql, such as `\i file`, up to the end of its line.
    MetaCommand,
    /// A string literal without an end.
    UnterminatedString,
    /// A quoted name without an end.
    UnterminatedIdentifier,
    /// A block comment without an end.
    UnterminatedComment,
    /// A dollar-quoted text without an end.
    UnterminatedDollarString,
}

impl TokenKind {
    /// Whether the server ignores it: blanks and comments.
    pub fn is_trivia(self) -> bool {
        matches!(self, Self::Whitespace | Self::LineComment | Self::BlockComment)
    }

    /// Whether it shows that the text was not meant to be read like this.
    pub(super) fn is_broken(self) -> bool {
        self.is_unterminated() || self == Self::MetaCommand
    }

    /// Whether the text stops inside of it.
    pub fn is_unterminated(self) -> bool {
        matches!(
            self,
            Self::UnterminatedString
                | Self::UnterminatedIdentifier
                | Self::UnterminatedComment
                | Self::UnterminatedDollarString
        )
    }
}

/// One token: a kind and a byte range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Token {
    /// The token's own text, given the text that was cut.
    pub fn text(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

/// All tokens of `text`; joined, they are `text`.
///
/// On Redshift a backslash escapes in plain literals, so `'\'` does not end there. People write it nevertheless. Where
/// escapes leave a literal open at the end of the text, the text is read once more with every literal that is only
/// one backslash taken as closed; if that reads well, it is what was meant.
pub fn tokens(text: &str, dialect: Dialect) -> Vec<Token> {
    read(text, dialect, Lexer::next)
}

/// As [`tokens`], without blanks and comments.
pub(super) fn code_tokens(text: &str, dialect: Dialect) -> Vec<Token> {
    read(text, dialect, Lexer::next_of_code)
}

fn read<'a>(text: &'a str, dialect: Dialect, next: impl Fn(&mut Lexer<'a>) -> Option<Token>) -> Vec<Token> {
    let scan = |mut lexer: Lexer<'a>| {
        let mut tokens = Vec::with_capacity(text.len() / 5);
        while let Some(token) = next(&mut lexer) {
            tokens.push(token);
        }
        tokens
    };
    let read = scan(Lexer::new(text, dialect));
    let broken = |tokens: &[Token]| tokens.iter().any(|token| token.kind.is_broken());
    if let Some(lexer) = Lexer::with_lone_backslashes(text, dialect)
        && broken(&read)
    {
        let again = scan(lexer);
        if !broken(&again) {
            return again;
        }
    }
    read
}

/// Whether a text holds nothing to run: only blanks, comments and semicolons.
pub fn is_blank(text: &str, dialect: Dialect) -> bool {
    let mut rest = text.trim_start();
    // Most files begin with a word, many with a few lines of comment: these need no tokens.
    while rest.starts_with("--") {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest.trim_start());
    }
    if rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return false;
    }
    let counts = |token: &Token| !token.kind.is_trivia() && token.kind != TokenKind::Semicolon;
    !tokens(rest, dialect).iter().any(counts)
}

/// What a backslash means in a plain literal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// Nothing.
    None,
    /// The next character is part of the text.
    Live,
    /// As `Live`, but `'\'` is a whole literal.
    LiveButLone,
}

/// Reads a text token by token, once. [`tokens`] says when it is to be read a second time.
pub(super) struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    dialect: Dialect,
    escapes: Escapes,
    at: usize,
    previous: TokenKind,
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    #[inline]
    fn next(&mut self) -> Option<Token> {
        let first = self.byte(0)?;
        let start = self.at;
        let kind = self.token(first);
        self.previous = kind;
        Some(Token { kind, start, end: self.at })
    }
}

impl<'a> Lexer<'a> {
    /// The next token that is neither blank nor comment.
    #[inline]
    pub(super) fn next_of_code(&mut self) -> Option<Token> {
        loop {
            if CLASSES[usize::from(self.byte(0)?)] & SPACE != 0 {
                self.skip_while(|byte| CLASSES[usize::from(byte)] & SPACE != 0);
                self.previous = TokenKind::Whitespace;
            }
            let token = self.next()?;
            if !token.kind.is_trivia() {
                return Some(token);
            }
        }
    }

    pub(super) fn new(text: &'a str, dialect: Dialect) -> Self {
        let escapes = match dialect {
            Dialect::Redshift => Escapes::Live,
            Dialect::Postgres => Escapes::None,
        };
        Self { text, bytes: text.as_bytes(), dialect, escapes, at: 0, previous: TokenKind::Whitespace }
    }

    /// For a second reading of a text that the first left broken; nothing if it would be the same.
    pub(super) fn with_lone_backslashes(text: &'a str, dialect: Dialect) -> Option<Self> {
        let differs = dialect == Dialect::Redshift && text.contains(r"'\'");
        differs.then(|| Self { escapes: Escapes::LiveButLone, ..Self::new(text, dialect) })
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn single(&mut self, kind: TokenKind) -> TokenKind {
        self.at += 1;
        kind
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|byte| !wanted(*byte)).unwrap_or(rest.len());
    }

    fn skip_line(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    }

    #[inline]
    fn token(&mut self, first: u8) -> TokenKind {
        match first {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.whitespace(),
            b'e' | b'E' if self.byte(1) == Some(b'\'') => {
                self.at += 1;
                self.string(Escapes::Live, TokenKind::EscapeString)
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
            b'0'..=b'9' => self.number(),
            b'\'' => self.string(self.escapes, TokenKind::String),
            b'"' => self.quoted_identifier(),
            b'-' if self.byte(1) == Some(b'-') => {
                self.skip_line();
                TokenKind::LineComment
            }
            b'/' if self.byte(1) == Some(b'*') => self.block_comment(),
            b'$' => self.dollar(),
            b';' => self.single(TokenKind::Semicolon),
            b'(' => self.single(TokenKind::LeftParenthesis),
            b')' => self.single(TokenKind::RightParenthesis),
            b',' => self.single(TokenKind::Comma),
            b'.' => self.dot(),
            b'#' if self.dialect == Dialect::Redshift && self.byte(1).is_some_and(starts_word) => self.word(),
            b'`' if self.dialect == Dialect::Redshift => self.backticks(),
            b'\\' => self.backslash(),
            0x80.. => match self.space_length() {
                Some(_) => self.whitespace(),
                None => self.unusual_word(),
            },
            _ => self.single(TokenKind::Symbol),
        }
    }

    /// Length of the non-ASCII space that stands here, if one does.
    fn space_length(&self) -> Option<usize> {
        let here = self.text.get(self.at..)?.chars().next()?;
        (here.is_whitespace() || here == '\u{feff}').then_some(here.len_utf8())
    }

    fn whitespace(&mut self) -> TokenKind {
        loop {
            self.skip_while(|byte| CLASSES[usize::from(byte)] & SPACE != 0);
            match self.byte(0) {
                Some(0x80..) => match self.space_length() {
                    Some(length) => self.at += length,
                    None => return TokenKind::Whitespace,
                },
                _ => return TokenKind::Whitespace,
            }
        }
    }

    /// The rest of a word whose first byte is known to be one.
    #[inline]
    fn word(&mut self) -> TokenKind {
        self.at += 1;
        self.skip_while(|byte| CLASSES[usize::from(byte)] & IN_WORD != 0);
        if matches!(self.byte(0), Some(b'$' | 0x80..)) { self.unusual_word() } else { TokenKind::Word }
    }

    /// The rest of a word with a dollar sign or letters that are not ASCII.
    fn unusual_word(&mut self) -> TokenKind {
        loop {
            self.skip_while(|byte| CLASSES[usize::from(byte)] & IN_WORD != 0);
            match self.byte(0) {
                Some(b'$') if self.byte(1) != Some(b'{') => self.at += 1,
                Some(0x80..) if self.space_length().is_none() => {
                    self.at += 1;
                    self.skip_while(|byte| byte & 0xc0 == 0x80);
                }
                _ => return TokenKind::Word,
            }
        }
    }

    fn number(&mut self) -> TokenKind {
        if self.byte(0) == Some(b'0') && matches!(self.byte(1), Some(b'x' | b'X' | b'o' | b'O' | b'b' | b'B')) {
            self.at += 2;
            self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            return TokenKind::Number;
        }
        let digits = |byte: u8| byte.is_ascii_digit() || byte == b'_';
        self.skip_while(digits);
        // `1..10` is a range of PL/pgSQL.
        if self.byte(0) == Some(b'.') && self.byte(1) != Some(b'.') {
            self.at += 1;
            self.skip_while(digits);
        }
        if matches!(self.byte(0), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.byte(1), Some(b'+' | b'-')));
            if self.byte(1 + sign).is_some_and(|byte| byte.is_ascii_digit()) {
                self.at += 1 + sign;
                self.skip_while(digits);
            }
        }
        TokenKind::Number
    }

    fn dot(&mut self) -> TokenKind {
        let after_name = matches!(self.previous, TokenKind::Word | TokenKind::QuotedIdentifier | TokenKind::Dot);
        if !after_name && self.byte(1).is_some_and(|byte| byte.is_ascii_digit()) {
            return self.number();
        }
        self.single(TokenKind::Dot)
    }

    fn string(&mut self, escapes: Escapes, kind: TokenKind) -> TokenKind {
        let open = self.at;
        self.at += 1;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            self.at += memchr2(b'\'', b'\\', rest).unwrap_or(rest.len());
            match self.byte(0) {
                None => return TokenKind::UnterminatedString,
                Some(b'\'') if self.byte(1) == Some(b'\'') => self.at += 2,
                Some(b'\'') => {
                    self.at += 1;
                    return kind;
                }
                Some(b'\\') if escapes != Escapes::None => {
                    let lone = self.at == open + 1 && self.byte(1) == Some(b'\'') && self.byte(2) != Some(b'\'');
                    self.at += 1;
                    if !(lone && escapes == Escapes::LiveButLone) && self.byte(0).is_some() {
                        self.at += 1;
                        // The escaped character may have more than one byte.
                        self.skip_while(|byte| byte & 0xc0 == 0x80);
                    }
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn quoted_identifier(&mut self) -> TokenKind {
        self.at += 1;
        loop {
            self.skip_while(|byte| byte != b'"');
            match (self.byte(0), self.byte(1)) {
                (None, _) => return TokenKind::UnterminatedIdentifier,
                (Some(_), Some(b'"')) => self.at += 2,
                (Some(_), _) => {
                    self.at += 1;
                    return TokenKind::QuotedIdentifier;
                }
            }
        }
    }

    fn backticks(&mut self) -> TokenKind {
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        match rest.iter().position(|byte| matches!(byte, b'`' | b'\n' | b'\r')) {
            Some(length) if rest.get(length) == Some(&b'`') => {
                self.at += length + 2;
                TokenKind::QuotedIdentifier
            }
            _ => self.single(TokenKind::Symbol),
        }
    }

    fn block_comment(&mut self) -> TokenKind {
        self.at += 2;
        let mut depth = 1;
        while depth > 0 {
            match (self.byte(0), self.byte(1)) {
                (None, _) => return TokenKind::UnterminatedComment,
                (Some(b'/'), Some(b'*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (Some(b'*'), Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        TokenKind::BlockComment
    }

    fn dollar(&mut self) -> TokenKind {
        match self.byte(1) {
            Some(b'0'..=b'9') => {
                self.at += 1;
                self.skip_while(|byte| byte.is_ascii_digit());
                return TokenKind::Parameter;
            }
            Some(b'{') => return self.placeholder(),
            Some(b'$') => {}
            Some(byte) if starts_word(byte) => {}
            _ => return self.single(TokenKind::Symbol),
        }
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        let tag = rest.iter().take_while(|byte| starts_word(**byte) || byte.is_ascii_digit()).count();
        if rest.get(tag) != Some(&b'$') {
            return self.single(TokenKind::Symbol);
        }
        let opening = self.text.get(self.at..self.at + tag + 2).unwrap_or("$$");
        self.at += opening.len();
        match memmem::find(self.bytes.get(self.at..).unwrap_or_default(), opening.as_bytes()) {
            Some(length) => {
                self.at += length + opening.len();
                TokenKind::DollarString
            }
            None => {
                self.at = self.bytes.len();
                TokenKind::UnterminatedDollarString
            }
        }
    }

    fn placeholder(&mut self) -> TokenKind {
        let rest = self.bytes.get(self.at + 2..).unwrap_or_default();
        let name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'#' | b'/');
        let length = rest.iter().take_while(name).count();
        if length > 0 && rest.get(length) == Some(&b'}') {
            self.at += length + 3;
            return TokenKind::Placeholder;
        }
        self.single(TokenKind::Symbol)
    }

    /// No server knows a backslash outside of a literal, so it can only be meant for psql.
    fn backslash(&mut self) -> TokenKind {
        if self.byte(1).is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'!' | b'?' | b'.')) {
            self.skip_line();
            return TokenKind::MetaCommand;
        }
        self.single(TokenKind::Symbol)
    }
}

/// An ASCII space.
const SPACE: u8 = 1;
/// An ASCII letter or digit, or `_`.
const IN_WORD: u8 = 2;

/// What each byte is.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut at = 0;
    while at < 128 {
        let byte = at as u8;
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c) {
            classes[at] = SPACE;
        } else if byte.is_ascii_alphanumeric() || byte == b'_' {
            classes[at] = IN_WORD;
        }
        at += 1;
    }
    classes
};

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str, dialect: Dialect) -> Vec<(TokenKind, &str)> {
        let tokens = tokens(text, dialect).into_iter().filter(|token| token.kind != TokenKind::Whitespace);
        tokens.map(|token| (token.kind, token.text(text))).collect()
    }

    fn one(text: &str, dialect: Dialect, kind: TokenKind) {
        assert_eq!(kinds(text, dialect), [(kind, text)]);
    }

    #[test]
    fn every_kind_is_read_whole() {
        for dialect in [Dialect::Redshift, Dialect::Postgres] {
            for (text, kind) in [
                ("naïve_$1", TokenKind::Word),
                ("\"a\"\"b\"", TokenKind::QuotedIdentifier),
                ("'it''s'", TokenKind::String),
                (r"e'it\'s'", TokenKind::EscapeString),
                ("$é$ $$ $$ $é$", TokenKind::DollarString),
                ("1.5e-10", TokenKind::Number),
                (".5", TokenKind::Number),
                ("0xFF", TokenKind::Number),
                ("$12", TokenKind::Parameter),
                ("${env:STAGE}", TokenKind::Placeholder),
                ("/* a /* b */ c */", TokenKind::BlockComment),
                ("-- x", TokenKind::LineComment),
                (r"\d+ t", TokenKind::MetaCommand),
                ("\0", TokenKind::Symbol),
                ("'a", TokenKind::UnterminatedString),
                ("\"a", TokenKind::UnterminatedIdentifier),
                ("/* /* */", TokenKind::UnterminatedComment),
                ("$a$ $b$", TokenKind::UnterminatedDollarString),
            ] {
                one(text, dialect, kind);
            }
        }
    }

    #[test]
    fn the_systems_differ_in_backslashes_backticks_and_hashes() {
        one(r"'it\'s'", Dialect::Redshift, TokenKind::String);
        one(r"'\'", Dialect::Redshift, TokenKind::String);
        one(r"'\'", Dialect::Postgres, TokenKind::String);
        one("#stage", Dialect::Redshift, TokenKind::Word);
        one("`a b`", Dialect::Redshift, TokenKind::QuotedIdentifier);
        assert_eq!(kinds("#a", Dialect::Postgres).len(), 2);
        assert_eq!(kinds("`a`", Dialect::Postgres).len(), 3);
        assert_eq!(kinds("`a\n`", Dialect::Redshift).len(), 3);
    }

    #[test]
    fn names_numbers_and_ranges_come_apart() {
        let texts = |text| kinds(text, Dialect::Postgres).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts("1..10"), ["1", ".", ".", "10"]);
        assert_eq!(texts("t.5a"), ["t", ".", "5", "a"]);
        assert_eq!(texts("1.e5+1e"), ["1.e5", "+", "1", "e"]);
        assert_eq!(texts("a_${x}_b"), ["a_", "${x}", "_b"]);
        assert_eq!(texts("a -- b\rc"), ["a", "-- b", "c"]);
    }
}
