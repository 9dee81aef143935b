//! Sets of words that text is searched for.

/// A set of words, which tells most words that are not in it by their first letter and length.
#[derive(Debug)]
pub(super) struct WordSet<const N: usize> {
    words: [&'static str; N],
    /// For each first letter, the lengths of the words that begin with it, as bits.
    lengths: [u32; LETTERS],
    /// For each first letter, where the words are that begin with it.
    places: [(u8, u8); LETTERS],
}

/// As many as the low bits of a letter tell apart, whatever its case.
pub(super) const LETTERS: usize = 32;

impl<const N: usize> WordSet<N> {
    /// Of words in lower case with less than 32 bytes each; those with the same first letter stand together.
    pub(super) const fn new(words: [&'static str; N]) -> Self {
        let (mut lengths, mut places) = ([0; LETTERS], [(0, 0); LETTERS]);
        let mut at = 0;
        while at < N {
            let word = words[at].as_bytes();
            let letter = word[0] as usize % LETTERS;
            if lengths[letter] == 0 {
                places[letter].0 = at as u8;
            } else {
                assert!(places[letter].1 as usize == at, "words with the same first letter stand together");
            }
            places[letter].1 = at as u8 + 1;
            lengths[letter] |= 1 << word.len();
            at += 1;
        }
        Self { words, lengths, places }
    }

    /// Whether a word is in the set, in whatever case it is written.
    #[inline]
    pub(super) fn contains(&self, word: &str) -> bool {
        let Some(first) = word.as_bytes().first() else { return false };
        let letter = usize::from(*first) % LETTERS;
        word.len() < 32 && self.lengths[letter] >> word.len() & 1 == 1 && self.is_among(letter, word)
    }

    fn is_among(&self, letter: usize, word: &str) -> bool {
        let (start, end) = self.places[letter];
        let words = self.words.get(usize::from(start)..usize::from(end)).unwrap_or_default();
        words.iter().any(|known| known.eq_ignore_ascii_case(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: WordSet<4> = WordSet::new(["for", "from", "where", "window"]);

    #[test]
    fn words_are_found_whatever_their_case() {
        for word in ["for", "FROM", "Where", "window"] {
            assert!(SOME.contains(word), "{word}");
        }
        for word in ["", "f", "fox", "form", "order", "&rom", "a_name_of_more_than_thirty_two_bytes", "é"] {
            assert!(!SOME.contains(word), "{word}");
        }
    }
}
