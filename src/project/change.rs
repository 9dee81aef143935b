//! One change: what it is called, what it runs, and what identifies its text.

use std::cmp::Ordering;
use std::fmt::{self, Write as _};
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::directives::Directives;
use super::script_text::{Rollback, ScriptText};
use crate::sql::{self, Dialect};
use crate::text::Span;

/// One INI query or one file of a directory. It never knows whether it was applied.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its name in the ledger.
    pub id: ChangeId,
    /// Where it comes from.
    pub kind: ChangeKind,
    /// What people call it: the file's name, or `SECTION.key`.
    pub title: String,
    /// The file.
    pub path: String,
    /// What applies it.
    pub forward: ScriptText,
    /// What takes it back, if the user wrote that.
    pub rollback: Option<Rollback>,
    /// What the user asked for in `-- vesto:` lines.
    pub directives: Directives,
    /// Identifies the text of `forward` as written.
    pub checksum: Checksum,
    /// The key, or the start of the file.
    pub declared_at: Span,
    /// The changes that must be applied before this one, beside those that stand before it in any case.
    pub depends_on: Vec<ChangeId>,
}

impl Change {
    /// The version of a versioned change.
    pub fn version(&self) -> Option<&Version> {
        match &self.kind {
            ChangeKind::Versioned { version } => Some(version),
            ChangeKind::Ini { .. } | ChangeKind::Repeatable => None,
        }
    }
}

/// The name of a change: `SECTION.key` in an INI file, `V00001` or `R__name` in a directory.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ChangeId(String);

impl ChangeId {
    /// A name as written.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a change comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// A key of an INI file.
    Ini {
        /// The section.
        section: String,
        /// The key, in lower case.
        key: String,
    },
    /// A file that is applied once, in the order of versions.
    Versioned {
        /// Its version.
        version: Version,
    },
    /// A file that is applied again when its text changes.
    Repeatable,
}

/// A version of numbers: `V2` comes before `V10`, and `V1`, `V01` and `V1.0` are the same.
#[derive(Clone, Debug)]
pub struct Version {
    /// Decimal numbers of 64 bits, with `.` or `_` between them.
    text: String,
}

impl Version {
    /// Its numbers; those that are not written are 0.
    fn numbers(&self) -> impl Iterator<Item = u64> {
        let digit = |number: u64, digit: &u8| number * 10 + u64::from(digit - b'0');
        self.text.as_bytes().split(|byte| is_separator(*byte)).map(move |part| part.iter().fold(0, digit))
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'.' | b'_')
}

impl FromStr for Version {
    type Err = BadVersion;

    fn from_str(text: &str) -> Result<Self, BadVersion> {
        let is_separator = |letter: char| u8::try_from(letter).is_ok_and(is_separator);
        for part in text.split(is_separator) {
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(BadVersion::NoNumbers);
            }
            part.parse::<u64>().map_err(|_| BadVersion::TooLarge)?;
        }
        Ok(Self { text: text.to_owned() })
    }
}

/// The text is not a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadVersion {
    /// Something else stands in it.
    #[error("a version is made of numbers with `.` or `_` between them")]
    NoNumbers,
    /// A number of more than 64 bits.
    #[error("a number in it is too large, the largest is {}", u64::MAX)]
    TooLarge,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut own, mut others) = (self.numbers(), other.numbers());
        loop {
            let order = match (own.next(), others.next()) {
                (None, None) => return Ordering::Equal,
                (one, other) => one.unwrap_or(0).cmp(&other.unwrap_or(0)),
            };
            if order.is_ne() {
                return order;
            }
        }
    }
}

/// `sha256:` and the digest of a text as written, with line ends and trailing blanks normalised.
///
/// Variables are not replaced in it, so it neither differs between targets nor gives a secret away.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Checksum([u8; 32]);

impl Checksum {
    /// The checksum of an SQL text.
    pub fn of(text: &str, dialect: Dialect) -> Self {
        Self(Sha256::digest(sql::fingerprint_text(text, dialect).as_bytes()).into())
    }

    /// The checksum of what an SQL text does: comments do not count, nor how many blanks stand between words.
    pub fn of_code(text: &str, dialect: Dialect) -> Self {
        Self(Sha256::digest(sql::code_text(text, dialect).as_bytes()).into())
    }
}

const ALGORITHM: &str = "sha256:";

/// The two hexadecimal digits of a byte.
fn digits(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ALGORITHM)?;
        self.0.iter().flat_map(|byte| digits(*byte)).try_for_each(|digit| f.write_char(char::from(digit)))
    }
}

/// Compares with a checksum as the ledger keeps it.
impl PartialEq<str> for Checksum {
    fn eq(&self, text: &str) -> bool {
        let digits = self.0.iter().flat_map(|byte| digits(*byte));
        text.strip_prefix(ALGORITHM).is_some_and(|known| digits.eq(known.bytes()))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a checksum is `sha256:` and 64 hexadecimal digits")]
pub struct BadChecksum;

impl FromStr for Checksum {
    type Err = BadChecksum;

    fn from_str(text: &str) -> Result<Self, BadChecksum> {
        let digits = text.strip_prefix(ALGORITHM).ok_or(BadChecksum)?;
        if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(BadChecksum);
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            let pair = digits.get(index * 2..index * 2 + 2).ok_or(BadChecksum)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| BadChecksum)?;
        }
        Ok(Self(bytes))
    }
}

impl serde::Serialize for Checksum {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Checksum {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().expect("is a version")
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(version("2") < version("10"));
        assert!(version("1.2") < version("1_10"));
        assert!(version("1") < version("1.0.1"));
        assert_eq!(version("1"), version("01"));
        assert_eq!(version("1"), version("1.0"));
        assert_eq!(version("00001").to_string(), "00001");
        for wrong in ["", "a", "1a", "1..2", "-1", "1."] {
            assert_eq!(wrong.parse::<Version>(), Err(BadVersion::NoNumbers), "{wrong}");
        }
        assert!("18446744073709551615".parse::<Version>().is_ok());
        assert_eq!("1.18446744073709551616".parse::<Version>(), Err(BadVersion::TooLarge));
    }

    #[test]
    fn checksums_go_round() {
        let checksum = Checksum::of("select 1", Dialect::Redshift);
        assert_eq!(checksum, Checksum::of("select 1  \r\n", Dialect::Redshift));
        assert_ne!(checksum, Checksum::of("select 2", Dialect::Redshift));
        assert_ne!(checksum, Checksum::of("select /* one */ 1", Dialect::Redshift));
        assert_eq!(checksum, Checksum::of_code("select /* one */\n 1 -- end", Dialect::Redshift));
        assert_eq!(checksum.to_string().parse(), Ok(checksum));
        assert!(
            checksum == *checksum.to_string()
                && checksum != *"sha256:"
                && checksum != *checksum.to_string().replace('1', "2")
        );
        let json = serde_json::to_string(&checksum).expect("serialises");
        assert_eq!(serde_json::from_str::<Checksum>(&json).expect("reads"), checksum);
        for wrong in ["", "sha256:", "md5:00", "sha256:é"] {
            assert_eq!(wrong.parse::<Checksum>(), Err(BadChecksum));
        }
    }
}
