//! Hiding secret values in text that comes from a server.

use super::Secret;

/// Shorter values stand in any text by chance, and guard nothing.
const SHORTEST: usize = 4;

/// Values to hide.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    /// The longest first: one may hold another.
    secrets: Vec<Secret<String>>,
}

impl Mask {
    /// Hides these values, as they are and as SQL writes them in quotes.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret<String>>) -> Self {
        let long = secrets.into_iter().filter(|value| value.expose().len() >= SHORTEST);
        let forms = |value: &'a Secret<String>| {
            let quoted = Some(value).filter(|value| value.expose().contains('\''));
            [Some(value.clone()), quoted.map(|value| Secret::new(value.expose().replace('\'', "''")))]
        };
        let mut secrets: Vec<Secret<String>> = long.flat_map(forms).flatten().collect();
        secrets.sort_by_key(|value| std::cmp::Reverse(value.expose().len()));
        Self { secrets }
    }

    /// The text with `****` in place of each value.
    pub fn hide(&self, text: String) -> String {
        self.secrets.iter().fold(text, |text, secret| text.replace(secret.expose().as_str(), "****"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_hidden_in_each_form() {
        let secrets = ["abcd", "abcdef", "it's me", "xyz"].map(|value| Secret::new(value.to_owned()));
        let mask = Mask::new(&secrets);
        assert_eq!(mask.hide("abcdef abcd 'it''s me' it's me xyz".to_owned()), "**** **** '****' **** xyz");
    }
}
